"""注册结果 beside a desk at the same certificate: what was recorded last is what both have seen."""

import pytest
from django.db import connection

from graduand.models import Certificate
from graduand.office.records.importing import import_sheet
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests.acting import act, refusals
from tests.factories import make_season, set_clock
from tests.office.certificates.issuing.registry_rows import registry_file
from tests.office.papers.print_runs import at
from tests.office.races.two_connections import run_concurrently

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time"),
]


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season()


def bring(path):
    """(rows that changed something, problems)."""
    done = import_sheet(SheetKind.REGISTERED, path, by=None)
    return done.created + done.updated, len(done.problems)


def press(season, verb, pk, **said):
    done = act(season, verb, [pk], second=season.staff.second, **said)
    return done.done, refusals(done)


def test_a_cancellation_is_not_wiped_out_by_an_older_file(season, tmp_path):
    pk = at(season, Stage.CERTIFIED)[0]
    set_clock("2023-07-25T12:00:00+08:00")
    Certificate.objects.update(queryable=True, registered_on=None)
    path, pressed = registry_file(tmp_path, pk, "2023-07-21"), []
    brought = run_concurrently(
        lambda: pressed.append(press(season, Verb.DEREGISTER, pk, note="学信网注销回执")),
        lambda: bring(path),
    )
    assert (pressed, brought) == ([(1, {})], [(0, 1)])
    paper = Certificate.objects.get(candidate=pk)
    assert (paper.cancelled_on.isoformat(), paper.queryable) == ("2023-07-25", False)


def test_what_was_registered_again_meanwhile_is_not_voided(season, tmp_path):
    pk = at(season, Stage.CERTIFIED)[0]
    set_clock("2023-07-25T12:00:00+08:00")
    Certificate.objects.update(queryable=True, registered_on="2023-07-21")
    assert press(season, Verb.DEREGISTER, pk, note="学信网注销回执") == (1, {})
    path, brought = registry_file(tmp_path, pk, "2023-07-25"), []
    pressed = run_concurrently(
        lambda: brought.append(bring(path)),
        lambda: press(season, Verb.VOID, pk, reason="details", note="学信网注销回执"),
    )
    assert (brought, pressed) == ([(1, 0)], [(0, {pk: ["VOID-GROUND"]})])
    paper = Certificate.objects.get(candidate=pk)
    assert (paper.voided_at, paper.queryable) == (None, True)
