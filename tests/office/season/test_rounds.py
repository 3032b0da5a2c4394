"""Only headquarters closes a round early and opens it again; by whom stands in the account log."""

import pytest

from graduand.models import AccountEvent, Batch, Round
from graduand.office.people import own_accounts
from graduand.office.refusal import Refused
from graduand.office.season import rounds
from graduand.queries import clock
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Desk, Role
from tests import people
from tests.factories import FIRST, enrol
from tests.management.calling import graduand
from tests.people import account

pytestmark = pytest.mark.django_db


def closed():
    return Round.objects.get(name=FIRST).closed_at is not None


def trail():
    rows = AccountEvent.objects.filter(deed__startswith="round_").order_by("id")
    return list(rows.values_list("deed", "actor__username", "detail"))


def test_by_whom_is_written_and_twice_is_once(season):
    told = {"batch": "202307", "round": FIRST}
    for opening in (False, False, True, True):
        rounds.switch(season.batch, FIRST, people.actor(season.staff.second), opening=opening)
        assert closed() is not opening
    assert trail() == [(Deed.ROUND_CLOSED, "hq2", told), (Deed.ROUND_OPENED, "hq2", told)]


@pytest.mark.parametrize(
    "who", ["college", "college_two", "dispatch", "clerk", "student", "auditor"]
)
def test_nobody_else_closes_a_round(season, who):
    enrol(season)
    student = season.batch.candidates.get().student
    others = {
        "clerk": season.staff.clerks[0],
        "student": account("s1", Role.STUDENT, season.centres[0], student=student),
        "auditor": account("aud", Role.AUDITOR, season.hq),
    }
    user = others.get(who) or getattr(season.staff, who)
    with pytest.raises(Refused, match="轮次由总部管理或总部审核人员开放、关闭，您的角色是"):
        rounds.switch(season.batch, FIRST, people.actor(user), opening=False)
    answer = graduand("batch", "close", "202307", "--round", FIRST, "--as", user.username)
    assert (answer.code, closed(), trail()) == (1, False, [])


def test_a_closed_batch_keeps_its_rounds(season):
    Batch.objects.update(closed_at=clock.now())
    with pytest.raises(Refused, match="批次 202307 已关闭，不能开放或关闭轮次"):
        rounds.switch(season.batch, FIRST, people.actor(season.staff.hq), opening=False)
    assert graduand("batch", "close", "202307", "--round", FIRST).code == 1
    assert (closed(), trail()) == (False, [])


def test_a_command_that_names_nobody_is_the_programs_own(season):
    assert graduand("batch", "close", "202307", "--round", FIRST).code == 0
    program = own_accounts.program(Desk.HQ).username
    assert [row[:2] for row in trail()] == [(Deed.ROUND_CLOSED, program)]
