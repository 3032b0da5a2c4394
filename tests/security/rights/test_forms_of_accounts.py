"""The forms of one account's page: each is carried out once, and tells of nothing that it did not do."""

import re

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Consent, Grant, Student, Unit, User
from graduand.office.people import accounts as office
from graduand.office.people import granting, sign_in
from graduand.office.people.second_person import consent_answers
from graduand.office.refusal import Refused, not_allowed
from graduand.pages.frame.acts import consent_words
from graduand.queries import clock, scope
from graduand.rulebook.terms import Role
from tests.security.objects import populate
from tests.security.rights.test_people import protected


@pytest.fixture
def staff(world):
    populate(world)
    Consent.objects.all().delete()
    return world


def posted(client, user, deed, key, **said):
    return client.post(f"/people/{user.pk}/{deed}", {"key": key, **said})


def test_every_form_of_the_page_has_a_key_of_its_own(staff, at):
    page = at("boss").get(f"/people/{staff.users['a2'].pk}").content.decode()
    keys = re.findall(r'name="key" value="([^"]+)"', page)
    assert (len(keys) > 3, len(set(keys)), max(map(len, keys)) <= 64) == (True, len(keys), True)


def test_a_key_that_was_used_for_something_else_is_refused_and_says_so(staff, at):
    """W01: the same deed sent again is one deed; another one is not told of as done."""
    user, client = staff.users["a2"], at("boss")
    grant = Grant.objects.get(user=user)
    assert posted(client, user, "active", "k", active="0").status_code == 302
    assert posted(client, user, "active", "k", active="0").status_code == 302
    place = {"role": Role.CLASS_TEACHER.value, "unit": "101", "whole": "1"}
    for deed, said in (
        (f"grants/{grant.pk}/end", {}),
        ("grant", place),
        ("active", {"active": "1"}),
    ):
        answer = posted(client, user, deed, "k", **said)
        assert (answer.status_code, office.USED in answer.content.decode()) == (409, True)
    assert list(Grant.objects.filter(user=user)) == [grant]
    assert User.objects.get(pk=user.pk).is_active is False


def test_a_form_sent_again_does_not_say_what_is_true_no_more(staff, at):
    """From the back button, after the account was let in again; and an address that was kept."""
    user, client = staff.users["a2"], at("boss")

    def told(deed, key, **said):
        page = client.get(posted(client, user, deed, key, **said)["Location"]).content.decode()
        return re.search(r'<p class="note ok" role="status">([^<。]+)', page)[1]

    off, on = "账号已停用，登录中的设备已退出", "账号已恢复"
    assert told("active", "k1", active="0") == off
    assert told("active", "k2", active="1") == on
    assert told("active", "k1", active="0") == "这张表单先前已经办理过，这一次没有再办"
    assert off not in client.get(f"/people/{user.pk}?done=disabled").content.decode()
    grant = Grant.objects.get(user=user)
    Grant.objects.create(user=user, role=Role.CLASS_TEACHER.value, unit=staff.centres[0])
    ended = [told(f"grants/{grant.pk}/end", "k3") for _ in range(2)]
    assert ended == ["岗位已收回，立即生效", "这张表单先前已经办理过，这一次没有再办"]


def test_a_role_is_ended_once_and_no_other_by_that_form(staff, at):
    user, client = staff.users["a2"], at("boss")
    first = Grant.objects.get(user=user)
    other = Grant.objects.create(user=user, role=Role.CLASS_TEACHER.value, unit=staff.centres[0])
    for _ in range(2):
        assert posted(client, user, f"grants/{first.pk}/end", "k").status_code == 302
    assert posted(client, user, f"grants/{other.pk}/end", "k").status_code == 409
    assert list(Grant.objects.filter(user=user)) == [other]


def test_other_contacts_by_a_form_that_was_sent_are_not_lost_in_silence(staff, at):
    unit, client = staff.centres[0], at("system")
    said = {"contact": "周老师", "phone": "0571-1", "address": "杭州", "key": "u1"}
    url = f"/units/{unit.pk}/change"
    assert [client.post(url, said).status_code for _ in range(2)] == [302, 302]
    answer = client.post(url, {**said, "contact": "吴老师"})
    assert (answer.status_code, Unit.objects.get(pk=unit.pk).contact) == (409, "周老师")


@pytest.mark.parametrize(
    "other",
    [
        {"name": "吴新"},
        {"role": Role.CENTRE_CLERK.value, "whole": ""},
        {"until": "2024-01-01"},
        {"whole": "", "classes": "B1"},
    ],
)
def test_a_form_of_a_new_account_sent_again_with_other_words_makes_and_tells_of_nothing(
    staff, at, other
):
    said = {"username": "new1", "name": "郑新", "role": Role.CLASS_TEACHER.value, "unit": "101"}
    said |= {"whole": "1", "key": "k1"}
    assert [at("a").post("/people/create", said).status_code for _ in range(2)] == [302, 302]
    again = at("a").post("/people/create", said | other)
    told = "这张表单已经建立过账号，没有再建立" in again.content.decode()
    assert (again.status_code, told or "没有班级代码" in again.content.decode()) == (409, True)
    grant = Grant.objects.get(user__username="new1")
    assert (grant.user.name, grant.role, grant.until) == ("郑新", Role.CLASS_TEACHER.value, None)


def of_new(staff, username: str = "new1", classes: tuple[str, ...] = ()):
    """What `office.create` is told of an account of a centre."""
    actor = scope.actor_of(staff.users["a"], clock.today())
    place = granting.RolePlace(Role.CLASS_TEACHER, staff.centres[0], classes=classes)
    return office.FormOrigin(actor, key="k1"), username, "郑新", place


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (Refused("岗位刚刚停用"), (Refused, "^岗位刚刚停用$")),
        (not_allowed("您的岗位刚刚收回"), (Refused, "^您的岗位刚刚收回$")),
        (IntegrityError("grant_once"), (IntegrityError, "^grant_once$")),
    ],
)
def test_why_an_account_was_not_made_is_told_as_it_is(staff, monkeypatch, raised, told):
    """Not every refusal means that the name is taken: who chose another name would try for ever."""

    def refuse(*_what):
        raise raised

    monkeypatch.setattr(office, "_give", refuse)
    with pytest.raises(told[0], match=told[1]):
        office.create(*of_new(staff))
    assert not User.objects.filter(username="new1").exists()


def test_a_name_that_somebody_has_taken_is_told_in_whatever_case_and_whoever_was_first(
    staff, monkeypatch
):
    for name in ("a2", "A2"):
        with pytest.raises(Refused, match=f"账号「{name}」已经有人使用"):
            office.create(*of_new(staff, name))
    known = iter((False, True))  # made in between
    monkeypatch.setattr(office, "_is_known", lambda _name: next(known))
    with pytest.raises(Refused, match="账号「a2」已经有人使用"):
        office.create(*of_new(staff, "a2"))


def test_more_classes_than_a_role_holds_are_refused_with_a_sentence(staff, at):
    codes = [f"{number:040}" for number in range(10)]
    said = {"username": "new1", "name": "郑新", "role": Role.CLASS_TEACHER.value, "unit": "101"}
    answer = at("a").post("/people/create", said | {"key": "k1", "classes": "、".join(codes)})
    assert (answer.status_code, "班级代码合计最多 400 个字符" in answer.text) == (409, True)


@pytest.mark.parametrize("questions", [1, 4])
def test_what_becomes_of_accounts_without_their_factor_is_one_question_for_all(
    staff, asks, questions
):
    """However many wait, and none for questions of another kind."""
    boss = scope.actor_of(staff.users["boss"], clock.today())
    for name in ("a2", "boss2", "b2", "college")[:questions]:
        office.ask_to_drop_factor(office.FormOrigin(boss, key=name), staff.users[name], "手机丢失")
    rows = list(Consent.objects.select_related("user").order_by("id"))
    with asks(1):
        told = consent_words.warnings(rows, {}, ())
    of_two = {row.pk for row in rows if row.user.username == "boss2"}
    assert {pk for pk, said in told.items() if "密码同时作废" in said[0]} == of_two
    with asks(0):
        consent_words.warnings([], {}, ())


def test_the_page_of_an_account_does_not_ask_for_its_roles_once_more(staff, at):
    """They stand on it: what becomes of it without its factor is read from them."""
    protected(staff.users["boss2"])
    with CaptureQueriesContext(connection) as seen:
        page = at("boss").get(f"/people/{staff.users['boss2'].pk}")
    assert "密码同时作废：由服务器管理员发放激活码" in page.text
    asked = [query["sql"] for query in seen if "graduand_grant" in query["sql"]]
    assert [sql for sql in asked if "hq_admin" in sql and "LIMIT 1" in sql] == []


def test_a_role_s_form_sent_twice_is_one_deed_and_with_other_classes_none(staff, at):
    Student.objects.filter(centre=staff.centres[0]).update(class_code="B1")
    user, client = staff.users["a2"], at("boss")
    said = {"role": Role.CLASS_TEACHER.value, "unit": "101", "classes": "B1"}
    assert [posted(client, user, "grant", "k", **said).status_code for _ in range(2)] == [302, 302]
    Grant.objects.filter(user=user, role=Role.CLASS_TEACHER.value).delete()
    whole = {"role": Role.CLASS_TEACHER.value, "unit": "101", "whole": "1"}
    assert posted(client, user, "grant", "k", **whole).status_code == 409
    assert not Grant.objects.filter(user=user, role=Role.CLASS_TEACHER.value).exists()


def test_a_code_that_was_handed_out_ends_with_the_second_factor(staff, at):
    """One person with an old code would become the account of headquarters that two took the factor from."""
    user = protected(staff.users["boss2"])
    boss, security = (scope.actor_of(staff.users[n], clock.today()) for n in ("boss", "security"))
    code, _ = office.hand_out_code(office.FormOrigin(boss, key="k"), user)
    office.ask_to_drop_factor(office.FormOrigin(boss, key="f"), user, "手机丢失")
    assert consent_answers.decide(security, Consent.objects.get().pk, agree=True).agreed
    with pytest.raises(Refused, match="激活码不对"):
        sign_in.activate(user.username, code, "Correct-horse-battery-9")
    with pytest.raises(Refused, match="只能由服务器管理员发放"):
        office.hand_out_code(office.FormOrigin(boss, key="k2"), user)


def test_a_code_that_was_used_is_worth_nothing_without_the_second_factor(staff, at):
    """Who handed out the code and used it would sign in alone, once two have taken the factor."""
    user = protected(staff.users["boss2"])
    boss, security = (scope.actor_of(staff.users[n], clock.today()) for n in ("boss", "security"))
    code, _ = office.hand_out_code(office.FormOrigin(boss, key="k"), user)
    sign_in.activate(user.username, code, "Correct-horse-battery-9")
    office.ask_to_drop_factor(office.FormOrigin(boss, key="f"), user, "手机丢失")
    page = at("security").get("/consents").content.decode()
    assert "密码同时作废：由服务器管理员发放激活码" in page
    assert consent_answers.decide(security, Consent.objects.get().pk, agree=True).agreed
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_an_account_that_one_person_may_give_keeps_its_password_without_the_factor(staff):
    user = protected(staff.users["a2"])
    user.set_password("Correct-horse-battery-9")
    user.save(update_fields=["password"])
    boss, security = (scope.actor_of(staff.users[n], clock.today()) for n in ("boss", "security"))
    office.ask_to_drop_factor(office.FormOrigin(boss, key="f"), user, "手机丢失")
    assert consent_answers.decide(security, Consent.objects.get().pk, agree=True).agreed
    user.refresh_from_db()
    assert user.check_password("Correct-horse-battery-9")
