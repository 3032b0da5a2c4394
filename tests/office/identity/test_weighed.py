"""四.1: what a 正常 is worth to a doubt that was upheld: weighed at the decision, or new since."""

from datetime import date

import pytest

from graduand.models import ChsiReport, IdentityCase
from graduand.queries.identity import cases
from graduand.queries.season.batches import left_to_do
from graduand.rulebook.terms import CaseState, Stage, Verb
from tests.acting import act, case_to, doubted, refusals
from tests.factories import normal_again, set_clock

pytestmark = pytest.mark.django_db


def test_四_1_what_was_weighed_stays_so_when_the_same_row_is_imported_once_more(season):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.REPORTED)
    normal_again(file.student)
    assert act(season, Verb.CASE_UPHOLD, [file.pk]).done == 1
    set_clock("2023-07-14 09:00")
    ChsiReport.objects.filter(student=file.student, day=date(2023, 7, 10)).delete()
    normal_again(file.student)
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk])) == {file.pk: ["SECOND"]}


def test_四_1_a_normal_row_that_was_dated_ahead_at_the_decision_is_new_when_its_day_comes(season):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.REPORTED)
    normal_again(file.student, date(2023, 7, 14))
    set_clock("2023-07-13 09:00")
    assert act(season, Verb.CASE_UPHOLD, [file.pk]).done == 1
    assert not IdentityCase.objects.filter(cases.undecided(True)).exists()
    set_clock("2023-07-14 09:00")
    assert IdentityCase.objects.filter(cases.undecided(True)).exists()
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1


@pytest.mark.parametrize("rows", ["none", "unsourced", "weighed", "since"])
def test_四_1_every_case_is_decided_or_not_and_the_end_of_its_batch_agrees(season, rows):
    file = doubted(season, Stage.CERTIFIED)
    case_to(season, [file.pk], CaseState.REPORTED)
    if rows in ("unsourced", "weighed"):
        normal_again(file.student)
    if rows == "unsourced":
        ChsiReport.objects.update(brought_by=None)
    assert act(season, Verb.CASE_UPHOLD, [file.pk]).done == 1
    if rows == "none":
        ChsiReport.objects.all().delete()
    if rows == "since":
        normal_again(file.student)
    found = [IdentityCase.objects.filter(cases.undecided(still)).count() for still in (True, False)]
    left = [one.count for one in left_to_do(season.batch) if one.key == "cases"]
    assert (found, left) == (([1, 0], [1]) if rows == "since" else ([0, 1], []))
