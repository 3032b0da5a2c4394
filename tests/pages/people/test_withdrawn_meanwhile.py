"""Who answers a question that has ended while the page was open reads what has come of it."""

from datetime import timedelta

import pytest

from graduand.models import Consent, Event, Grant, User
from graduand.office.acts import ActRequest
from graduand.office.people.second_person import second_requests
from graduand.rulebook.terms import Role, Verb
from tests.pages.records.test_student import text
from tests.pages.test_stations import bring


@pytest.fixture
def row(world):
    """A question of headquarters about an approved file, and two more people there."""
    unit = world.users["hq"].grants.get().unit
    for name, called in (("hq2", "总部吕老师"), ("hq3", "总部施老师")):
        world.users[name] = User.objects.create_user(name, called, "x")
        Grant.objects.create(user=world.users[name], role=Role.HQ_REVIEWER.value, unit=unit)
    one = world.student(1)
    world.judge()
    bring(world, Verb.APPROVE, one)
    said = {"reason": "details", "note": "班级不对"}
    act_request = ActRequest(Verb.SEND_BACK, answers=said)
    second_requests.ask(world.batch, [world.file(one).pk], world.actor("hq"), act_request, "")
    return Consent.objects.get()


@pytest.mark.parametrize(
    "said", [{"agree": "1"}, {"agree": "0", "why": "不合规定"}, {"agree": "0"}]
)
def test_the_second_person_is_told_who_took_the_question_back_and_when(at, row, said):
    at("hq").post(f"/consents/{row.pk}/withdraw")
    before = Event.objects.count()
    answer = at("hq2").post(f"/consents/{row.pk}", said)
    assert answer.status_code == 409
    assert "总部何老师 已于 2023-07-12 12:00 撤回这一项，没有办理" in text(answer)
    row.refresh_from_db()
    assert (row.agreed, row.problem, Event.objects.count()) == (None, "", before)


def test_a_second_answer_is_told_of_the_first(at, row):
    at("hq3").post(f"/consents/{row.pk}", {"agree": "0", "why": "不合规定"})
    answer = at("hq2").post(f"/consents/{row.pk}", {"agree": "1"})
    assert (answer.status_code, "总部施老师 已于" in text(answer)) == (409, True)
    assert "答复「不同意」" in text(answer)


def test_what_ran_out_is_said_to_have_run_out(at, row):
    Consent.objects.update(asked_at=row.asked_at - timedelta(days=2))
    answer = at("hq2").post(f"/consents/{row.pk}", {"agree": "1"})
    assert (answer.status_code, "一天内没有人答复" in text(answer)) == (409, True)


@pytest.mark.parametrize("who", ["college", "a"])
def test_to_nobody_else_is_anything_said_of_it(at, row, who):
    at("hq").post(f"/consents/{row.pk}/withdraw")
    answer = at(who).post(f"/consents/{row.pk}", {"agree": "1"})
    assert answer.status_code in (403, 404)
    assert "撤回这一项" not in answer.content.decode()
