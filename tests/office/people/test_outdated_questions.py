"""A question that nobody can agree to any more says so before it is answered, of whatever kind it is."""

from datetime import date

import pytest
from allauth.mfa.models import Authenticator

from graduand.models import Consent, Grant, Student, Unit
from graduand.office.acts import ActRequest
from graduand.office.filing import statements
from graduand.office.people import accounts
from graduand.office.people.granting import RolePlace
from graduand.office.people.second_person import consent_answers, consents, second_requests
from graduand.office.photos.by_hand import swapping
from graduand.office.refusal import Refused
from graduand.office.season import batches, extensions
from graduand.office.season.ending import switching
from graduand.pages.frame.acts import outdated_questions
from graduand.queries.people import questions
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Role, Stage, Verb
from tests import acting, factories, people
from tests.factories import make_season, policy_data
from tests.office.certificates.issuing.test_amending import PDF, registered
from tests.office.season.test_extensions import with_deadline

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = make_season()
    made.boss = people.account("boss", Role.HQ_ADMIN, Unit.objects.get(kind="hq"), "总部丁")
    return made


# -- a question of each kind, and what leaves it behind -----------------------------------------------------------


def amended(season):
    ids = registered(season)
    Student.objects.update(name="李改名")
    said = {
        "reason": "details",
        "note": "学信函 5 号",
        "statement": statements.sealed(PDF, "学信网更正.pdf"),
        "on": "2023-07-25",
    }
    second_requests.ask(
        season.batch, ids, people.actor(season.boss), ActRequest(Verb.AMEND, answers=said), ""
    )


def renamed_again(season):
    Student.objects.update(name="李又改")


def longer(season):
    extensions.ask(with_deadline(date(2023, 9, 10)), people.actor(season.boss), "照片晚到")


def other_policy(season):
    batches.load(policy_data(self_appraisal_min_chars=300), season.staff.hq.pk)


def closed(season):
    season.ids = factories.enrol(season, 2)
    switching.ask(people.actor(season.boss), season.batch, BatchSwitch.CLOSE, "期满")


def swapped(season):
    season.ids = factories.enrol(season, 2)
    one, two = Student.objects.filter(candidates__in=season.ids).order_by("number")
    actor = people.actor(season.boss)
    consents.ask(actor, ConsentKind.SWAP, swapping.detail(actor, one, two.number), "写反")


def approved(season):
    acting.walk(season, season.ids[1:], Stage.APPROVED)


def given(season):
    hq = Unit.objects.get(kind="hq")
    Authenticator.objects.create(user=season.staff.hq_third, type="totp", data={"secret": "x"})
    sent = accounts.FormOrigin(people.actor(season.boss), "k1", "")
    accounts.grant(sent, season.staff.hq_third, RolePlace(Role.HQ_ADMIN, hq), "轮岗")


def has_it_already(season):
    hq = Unit.objects.get(kind="hq")
    Grant.objects.create(user=season.staff.hq_third, role=Role.HQ_ADMIN.value, unit=hq)


def dropped(season):
    consents.ask(
        people.actor(season.boss), ConsentKind.FACTOR, {}, "手机丢失", user=season.staff.college
    )


def exported(season):
    detail = {
        "listing": "candidates",
        "title": "档案",
        "rows": 3,
        "labels": [],
        "purpose": "registration",
    }
    consents.ask(people.actor(season.boss), ConsentKind.EXPORT, detail, "省厅核查")


def asker_gone(season):
    Grant.objects.filter(user=season.boss).delete()


CASES = [
    (ConsentKind.ACT, amended, renamed_again, "不是证书更正后的内容"),
    (ConsentKind.ACT, amended, asker_gone, "提出人已不在原来的岗位"),
    (ConsentKind.POLICY, longer, other_policy, "批次规定在此期间已改过"),
    (ConsentKind.POLICY, longer, asker_gone, "提出人已不在原来的岗位"),
    (ConsentKind.BATCH, closed, other_policy, "的规定在提出之后改过"),
    (ConsentKind.SWAP, swapped, approved, "两人中有一人已准予毕业"),
    (ConsentKind.SWAP, swapped, asker_gone, "已看不到其中一位学生"),
    (ConsentKind.GRANT, given, has_it_already, "已有「总部管理」"),
    (ConsentKind.GRANT, given, asker_gone, "提出人已不在原来的岗位"),
    (ConsentKind.FACTOR, dropped, asker_gone, "提出人已不在原来的岗位"),
    (ConsentKind.EXPORT, exported, asker_gone, "提出人已不在原来的岗位"),
]


@pytest.mark.parametrize(
    ("kind", "ask", "change", "told"),
    CASES,
    ids=[f"{kind.value} {change.__name__}" for kind, _, change, _ in CASES],
)
def test_what_refuses_the_answer_is_told_before_it(season, kind, ask, change, told):
    ask(season)
    row = Consent.objects.get(kind=kind.value)
    assert outdated_questions.outdated([row]) == {}
    change(season)
    row = Consent.objects.get(pk=row.pk)
    assert told in outdated_questions.outdated([row])[row.pk]
    with pytest.raises(Refused):
        consent_answers.decide(people.actor(season.staff.second), row.pk, agree=True)
    assert Consent.objects.get(pk=row.pk).agreed is None


def test_no_kind_of_question_is_left_out():
    assert {kind for kind, *_ in CASES} == set(ConsentKind) == set(consent_answers.CHECKS)


def test_all_that_a_step_is_asked_on_is_looked_at():
    """The version of a policy is a question's about a batch, and refuses by itself."""
    kept = {*questions.AS_IT_WAS, *questions.AS_SHOWN}
    assert set(outdated_questions.SINCE) == kept - {"version"}
