"""Nobody defers without a signed statement of each student, by whichever door (annex 2)."""

from datetime import date

import pytest

from graduand.models import Act, Statement
from graduand.office import acts
from graduand.office.filing.signed_statements import SignedStatements
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.acting import candidate_at, refusals, stages
from tests.factories import enrol

pytestmark = pytest.mark.django_db
PAPER = SignedStatements(signed_on=date(2023, 7, 1), place="档案柜 2 号")


def deferred(season, ids: list[int], **request) -> Act:
    return acts.do(
        season.batch,
        ids,
        people.actor(season.staff.clerks[0]),
        acts.ActRequest(Verb.DEFER, **request),
    )


@pytest.mark.parametrize(
    "said",
    [{}, {"statement": True}, {"statement": {"place": "档案柜"}}, {"statement": {"papers": 2}}],
)
def test_what_is_said_of_a_statement_is_none(season, said):
    """What a caller says of it, whatever it is, was taken for a statement while none was kept with the file."""
    ids = enrol(season, 2)
    done = deferred(season, ids, answers=said)
    assert (done.done, refusals(done)) == (0, {pk: ["STATEMENT"] for pk in ids})
    assert ("statement" in done.asked, Statement.objects.count(), stages(ids)) == (
        False,
        0,
        [Stage.LISTED] * 2,
    )


def test_each_who_defers_has_a_statement_on_record_and_nobody_else(season):
    ids, applied = enrol(season, 2), candidate_at(season, Stage.APPLIED).pk
    for _ in range(2):  # a double click
        done = deferred(season, [*ids, applied], statements=PAPER, key="once")
    rows = list(
        Statement.objects.order_by("candidate_id").values_list("candidate_id", "act_id", "place")
    )
    assert (done.done, rows) == (2, [(pk, done.pk, "档案柜 2 号") for pk in ids])
    assert (done.asked["statement"], stages(ids)) == (
        {"place": "档案柜 2 号"},
        [Stage.DEFERRED] * 2,
    )
