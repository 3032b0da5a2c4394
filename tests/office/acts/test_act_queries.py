"""What an act asks of the database: nothing twice in one transaction. Each chunk asks anew what the confirmation asked."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.rulebook.terms import Stage, Verb
from tests import factories, people
from tests.office.papers.print_runs import at

pytestmark = pytest.mark.django_db


def asked_twice(work) -> list[str]:
    """The questions that `work` asked more than once."""
    with CaptureQueriesContext(connection) as seen:
        work()
    return [sql for sql, times in Counter(query["sql"] for query in seen).items() if times > 1]


@pytest.mark.parametrize(
    ("verb", "stage"),
    [(Verb.APPLY, Stage.LISTED), (Verb.ENDORSE, Stage.APPLIED), (Verb.APPROVE, Stage.ENDORSED)],
)
def test_nothing_is_asked_twice_in_one_transaction(season, verb, stage):
    ids = factories.enrol(season, 3) if stage is Stage.LISTED else at(season, stage)
    who = {
        Stage.LISTED: season.staff.clerks[0],
        Stage.APPLIED: season.staff.college,
        Stage.ENDORSED: season.staff.hq,
    }
    actor, request, confirmed = people.actor(who[stage]), ActRequest(verb), []
    assert (
        asked_twice(lambda: confirmed.append(acts.confirm(season.batch, ids, actor, request))) == []
    )
    assert asked_twice(lambda: confirmed.append(moves.carry_out(confirmed[0]))) == []
    assert (confirmed[1].done, confirmed[1].refused) == (len(ids), 0)
    assert (
        len(asked_twice(lambda: [confirmed[1].refresh_from_db() for _ in range(2)])) == 1
    )  # the control
