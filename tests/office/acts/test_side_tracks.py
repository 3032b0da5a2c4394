"""What all decisions beside the journey have in common: their cost, and that the program is nobody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    IdentityCase,
)
from graduand.queries import clock
from graduand.queries.filing.candidates import stored
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import Stage, Verb
from tests import jobs
from tests.acting import act, candidate_at, refusals, register
from tests.factories import set_clock
from tests.office.degrees import degrees, graduate

__all__ = ["degrees"]  # a fixture

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("verb", [Verb.DEGREE_APPLY, Verb.CASE_CLEAR, Verb.DEREGISTER], ids=str)
def test_one_file_or_five_take_the_same_statements(degrees, verb):
    def prepared(count: int) -> list[int]:
        files = [graduate(degrees, Stage.CERTIFIED) for _ in range(count)]
        register([file.pk for file in files])
        for file in files:
            IdentityCase.objects.create(
                student_id=file.student_id,
                verdict="unsure",
                state="reported",
                opened_at=clock.now(),
            )
        return [file.pk for file in files]

    groups, counted = (prepared(1), prepared(5)), []
    set_clock("2023-07-25 09:00")
    jobs.order_audit(degrees.batch, None)  # the first order of a batch makes its job
    for ids in groups:
        with CaptureQueriesContext(connection) as asked:
            done = act(
                degrees,
                verb,
                ids,
                second=degrees.staff.second if step_of(verb).two_people else None,
            )
        assert (done.done, done.by_code) == (len(ids), {})
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_the_program_is_nobody_where_two_people_must_act(season):
    file = candidate_at(season, Stage.REJECTED)
    season.staff.hq_third.system = True
    season.staff.hq_third.save()
    refused = act(season, Verb.REOPEN, [file.pk], season.staff.hq_third, second=season.staff.second)
    assert refusals(refused) == {file.pk: ["SECOND"]}
    [found] = stored(refused.refusals.get().findings)
    assert (
        found.sentence
        == "「申诉重审」须由两人共同办理：系统账号不能算第一人，请说明由谁办理（--as）"
    )
    assert (
        act(season, Verb.REOPEN, [file.pk], season.staff.hq, second=season.staff.second).done == 1
    )
