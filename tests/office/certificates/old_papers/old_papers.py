"""Certificates whose content was amended, what their papers say, and since when they are old."""

import pytest

from graduand.models import (
    Certificate,
    Student,
)
from graduand.office.certificates.issuing.reprinting import PrintedContent
from graduand.office.filing import statements
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Verb
from tests import factories
from tests.acting import act, register
from tests.factories import make_season, set_clock
from tests.office.certificates.issuing.test_amending import PDF
from tests.office.papers.print_runs import at


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = make_season()
    set_clock("2023-07-25 09:00")
    return made


def amended(season, stage, count=1, **record):
    """Certificates at `stage`, registered, whose content was amended at 9:00 on the 25th."""
    set_clock(factories.IN_FIRST)
    ids = at(season, stage, count)
    register(ids)
    amend(season, ids, "2023-07-25 09:00", **(record or {"name": "李改名"}))
    return ids


def amend(season, ids, when, **record):
    set_clock(when)
    Student.objects.filter(candidates__in=ids).update(**record)
    answer = statements.sealed(PDF, "学信网更正.pdf")
    assert act(season, Verb.AMEND, ids, second=season.staff.second, statement=answer).done == len(
        ids
    )


def old(ids):
    return list(
        Certificate.objects.filter(candidate__in=ids)
        .order_by("id")
        .values_list("old_paper_since", flat=True)
    )


def as_read(ids):
    """What a print that begins now puts of the certificates."""
    now = issued.standing(ids)
    return {
        pk: PrintedContent(one.content, now.old_papers.get(pk))
        for pk, one in now.certificates.items()
    }


def says(ids):
    """The hash of what each old paper says."""
    return list(
        Certificate.objects.filter(candidate__in=ids)
        .order_by("id")
        .values_list("old_paper_sha256", flat=True)
    )
