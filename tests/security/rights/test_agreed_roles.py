"""What was asked about an account is done only while the asker may still ask it and the account may still have it."""

from datetime import timedelta

import pytest

from graduand.models import Consent, Grant, User
from graduand.queries import clock
from graduand.rulebook.terms import Role
from tests.pages.records.test_student import text
from tests.security.accounts import give_app
from tests.security.objects import populate
from tests.security.rights.test_people import give, protected, roles


@pytest.fixture
def staff(world, settings):
    settings.MOST_SITTINGS = 100
    populate(world)
    Consent.objects.all().delete()
    return world


@pytest.fixture
def waits(staff, at):
    """A role of headquarters that was asked for, for an account that may have it."""
    user = protected(staff.users["a2"])
    Grant.objects.filter(user=user).delete()
    assert give(at("boss"), user, Role.HQ_REVIEWER, "0", reason="借调").status_code == 302
    return Consent.objects.get()


def agree(at, row, who="security"):
    """What the page says to whoever agrees."""
    return at(who).post(f"/consents/{row.pk}", {"agree": "1"})


def test_as_it_was_asked_it_is_given(staff, at, waits):
    assert agree(at, waits).status_code == 302
    assert roles(staff, "a2") == {"hq_reviewer"}


def without_role(user):
    Grant.objects.filter(user=user).delete()


def over(user):
    Grant.objects.filter(user=user).update(until=clock.today() - timedelta(1))


def lesser(user):
    Grant.objects.filter(user=user).update(role=Role.HQ_REVIEWER.value)


def disabled(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("gone", [without_role, over, lesser, disabled])
def test_nobody_gets_a_role_from_an_asker_who_could_not_ask_any_more(staff, at, waits, gone):
    gone(staff.users["boss"])
    answer = agree(at, waits)
    assert answer.status_code == 409
    assert "提出人已不在原来的岗位" in text(answer)
    assert roles(staff, "a2") == set()
    waits.refresh_from_db()
    assert (waits.agreed, bool(waits.problem)) == (None, True)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (lambda user: user.authenticator_set.all().delete(), "启用二次验证"),
        (disabled, "账号已停用"),
    ],
    ids=["factor", "disabled"],
)
def test_nobody_gets_a_role_without_what_it_asks_for(staff, at, waits, lost, said):
    lost(staff.users["a2"])
    answer = agree(at, waits)
    assert (answer.status_code, said in text(answer)) == (409, True)
    assert roles(staff, "a2") == set()


def test_a_second_factor_stays_when_whoever_asked_has_gone(staff, at):
    user = give_app(staff.users["b2"]) and staff.users["b2"]
    at("college").post(f"/people/{user.pk}/second-factor", {"reason": "手机丢失", "key": "one"})
    disabled(staff.users["college"])
    assert agree(at, Consent.objects.get()).status_code == 409
    assert user.authenticator_set.exists()


def test_a_second_factor_stays_when_whoever_asked_looks_after_the_account_no_more(staff, at):
    """A college asked for one of its centres' people, who has come to headquarters since."""
    user = staff.users["b2"]
    give_app(user)
    at("college").post(f"/people/{user.pk}/second-factor", {"reason": "手机丢失", "key": "one"})
    Grant.objects.filter(user=user).update(
        role=Role.HQ_REVIEWER.value, unit=staff.users["boss"].grants.get().unit
    )
    answer = agree(at, Consent.objects.get())
    assert (answer.status_code, "提出人已不在原来的岗位" in text(answer)) == (409, True)
    assert user.authenticator_set.exists()


def test_asked_again_with_another_reason_each_says_what_waits_and_for_whom(staff, at):
    user = protected(staff.users["a2"])
    for reason in ("借调", "借调三个月"):
        said = {"role": "hq_reviewer", "unit": "0", "key": reason, "reason": reason}
        answer = at("boss").post(f"/people/{user.pk}/grant", said)
    assert answer.status_code == 409
    assert "提出授予「总部审核」，等待安全管理员或另一位总部管理员" in text(answer)
    other = staff.users["b2"]
    give_app(other)
    for reason in ("手机丢失", "手机坏了"):
        said = {"reason": reason, "key": reason}
        answer = at("college").post(f"/people/{other.pk}/second-factor", said)
    assert answer.status_code == 409
    assert "提出停用二次验证，等待另一位有权同意的同事" in text(answer)
    assert Consent.objects.count() == 2
