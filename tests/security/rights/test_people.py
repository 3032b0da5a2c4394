"""Rights: given within one's own units, at once, by two where it matters; the three administrators never in one hand."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from graduand.models import AccountEvent, Candidate, Consent, Grant, Student, User
from graduand.office.people import accounts as office
from graduand.office.refusal import Refused, not_allowed, not_yours
from graduand.queries import clock, scope
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Role
from tests.pages.conftest import prove
from tests.security.accounts import give_app
from tests.security.objects import populate


@pytest.fixture
def staff(world, settings):
    settings.MOST_SITTINGS = 100
    populate(world)
    Consent.objects.all().delete()
    return world


def protected(user: User) -> User:
    """Roles of headquarters are for accounts with a second factor."""
    if not user.authenticator_set.exists():
        give_app(user)
    return user


def give(client: Client, user: User, role: Role, unit: str, **more):
    said = {"role": role.value, "unit": unit, "key": f"{role}{unit}{user.pk}{more}", **more}
    return client.post(f"/people/{user.pk}/grant", said)


def roles(world, name: str) -> set[str]:
    return set(Grant.objects.filter(user=world.users[name]).values_list("role", flat=True))


def test_a_centre_manages_its_own_people(staff, at):
    said = {
        "username": "new1",
        "name": "郑新",
        "role": "class_teacher",
        "unit": "101",
        "key": "k1",
        "whole": "1",
    }
    answer = at("a").post("/people/create", said)
    user = User.objects.get(username="new1")
    assert (answer["Location"], user.has_usable_password()) == (
        f"/people/{user.pk}?done=created",
        False,
    )
    assert at("a").post("/people/create", said)["Location"] == answer["Location"]
    assert AccountEvent.objects.filter(user=user, deed=Deed.CREATED).count() == 1
    other = at("a").post("/people/create", {**said, "username": "new2"})
    assert "这张表单已经建立过账号，没有再建立" in other.content.decode()
    assert not User.objects.filter(username="new2").exists()
    taken = at("a").post("/people/create", {**said, "username": "a2"})  # which is there already
    assert (taken.status_code, "没有再建立" in taken.content.decode()) == (409, True)
    assert at("b").get(f"/people/{user.pk}").status_code == 404
    assert at("college").get(f"/people/{user.pk}").status_code == 200


def test_a_class_teacher_is_given_classes_or_expressly_all_of_them(staff, at):
    """Nobody sees a whole centre because a form had no place for the classes."""
    student = Student.objects.filter(centre=staff.centres[0]).first()
    Student.objects.filter(pk=student.pk).update(class_code="B1", class_name="21春甲班")
    said = {"username": "new1", "name": "郑新", "role": "class_teacher", "unit": "101"}
    answers = [
        at("a").post("/people/create", {**said, "key": f"k{n}", **more})
        for n, more in enumerate(
            (
                {},
                {"classes": "B1", "whole": "1"},
                {"classes": "B1、B9"},
                {"classes": "B1", "role": "centre_clerk"},
                {"classes": "21春甲班"},
            )
        )
    ]
    assert [one.status_code for one in answers] == [409] * 5
    told = answers[2].content.decode()
    kept = [f'value="{word}"' in told for word in ("new1", "郑新", "B1、B9")] + [
        '<option value="101" selected>' in told
    ]
    assert ("没有班级代码为「B9」的学生" in told, kept) == (
        True,
        [True] * 4,
    )  # and what was typed is still there
    assert "请填写班级代码，不是班级名称：在「学生」列表的「列」里勾选「班级代码」查看" in told
    assert "21春甲班的班级代码是 B1" in answers[4].content.decode()
    assert not User.objects.filter(username="new1").exists()
    at("a").post("/people/create", {**said, "key": "ok", "classes": "B1， B1"})
    user = User.objects.get(username="new1")
    assert user.grants.get().classes == "B1"
    assert "· B1" in at("a").get(f"/people/{user.pk}").content.decode()
    seen = scope.visible(
        scope.actor_of(user, clock.today()), Candidate.objects.all(), "centre", "student"
    )
    assert set(seen.values_list("student", flat=True)) == {student.pk}


@pytest.mark.parametrize(
    ("who", "role", "unit"),
    [
        ("a", Role.CENTRE_CLERK, "102"),
        ("a", Role.COLLEGE_REVIEWER, "10"),
        ("a", Role.HQ_ADMIN, "0"),
        ("a", Role.AUDITOR, "0"),
        ("college", Role.HQ_REVIEWER, "0"),
        ("college", Role.SYSTEM_ADMIN, "0"),
        ("system", Role.CENTRE_CLERK, "101"),
        ("system", Role.HQ_ADMIN, "0"),
        ("college", Role.CENTRE_CLERK, "10"),
        ("teacher", Role.CLASS_TEACHER, "101"),
    ],
)
def test_nobody_gives_more_than_they_may(staff, at, who, role, unit):
    before = roles(staff, "a2")
    assert give(at(who), staff.users["a2"], role, unit).status_code in (404, 409)
    assert (roles(staff, "a2"), Consent.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("refused", "status"),
    [(not_yours(), 404), (not_allowed("不能办理"), 403), (Refused("重名"), 409)],
)
def test_only_what_a_slip_of_the_pen_may_be_is_answered_with_the_form(
    staff, at, monkeypatch, refused, status
):
    """A right that was taken back meanwhile is answered as everywhere else."""

    def refuses(*_sent):
        raise refused

    monkeypatch.setattr(office, "create", refuses)
    said = {"username": "new9", "name": "郑新", "role": "class_teacher", "unit": "101"}
    answer = at("a").post("/people/create", {**said, "whole": "1", "key": "k9"})
    assert answer.status_code == status
    assert ('value="new9"' in answer.content.decode()) is (status == 409)


def test_a_right_acts_at_the_next_click(staff, at):
    """8.3.2: given, and taken back, while the page is open."""
    client = at("teacher")
    assert client.get("/people").status_code == 404
    give(at("a"), staff.users["teacher"], Role.CENTRE_CLERK, "101")
    assert client.get("/people").status_code == 200
    grant = Grant.objects.get(user=staff.users["teacher"], role=Role.CENTRE_CLERK.value)
    at("a").post(f"/people/{staff.users['teacher'].pk}/grants/{grant.pk}/end", {"key": "e1"})
    assert client.get("/people").status_code == 404


def test_an_account_with_one_role_above_is_not_mine(staff, at):
    """Else a centre could reset the password of somebody at headquarters who also helps out there."""
    hq = staff.users["hq"]
    Grant.objects.create(user=hq, role=Role.CLASS_TEACHER.value, unit=staff.centres[0])
    assert at("a").get(f"/people/{hq.pk}").status_code == 404
    assert at("a").post(f"/people/{hq.pk}/code", {"key": "x"}).status_code == 404
    assert at("boss").get(f"/people/{hq.pk}").status_code == 200


@pytest.mark.parametrize("deed", ["grant", "code", "active", "second-factor"])
def test_nobody_manages_the_own_account(staff, at, deed):
    me = staff.users["a"]
    said = {"role": "class_teacher", "unit": "101", "active": "0", "reason": "x", "key": deed}
    assert at("a").post(f"/people/{me.pk}/{deed}", said).status_code == 409
    assert (roles(staff, "a"), User.objects.get(pk=me.pk).is_active) == ({"centre_clerk"}, True)


def test_A10_a_role_at_headquarters_takes_two(staff, at):
    user = protected(staff.users["a2"])
    Grant.objects.filter(user=user).delete()
    asked = give(at("boss"), user, Role.HQ_REVIEWER, "0", reason="借调")
    assert (asked["Location"], roles(staff, "a2")) == (f"/people/{user.pk}?done=asked", set())
    row = Consent.objects.get()
    assert [
        at(name).post(f"/consents/{row.pk}", {"agree": "1"}).status_code
        for name in ("boss", "boss2", "system", "a")
    ] == [404, 404, 404, 404]
    assert at("security").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 302
    assert roles(staff, "a2") == {"hq_reviewer"}
    granted = AccountEvent.objects.get(user=user, deed=Deed.GRANTED)
    assert (granted.actor.username, granted.detail["second"]) == (
        "boss",
        staff.users["security"].pk,
    )


def test_A10_without_a_security_administrator_another_of_headquarters_consents(staff, at):
    Grant.objects.filter(role=Role.SECURITY_ADMIN.value).delete()
    user = protected(staff.users["a2"])
    give(at("boss"), user, Role.HQ_REVIEWER, "0", reason="借调")
    row = Consent.objects.get()
    assert at("boss").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 404
    assert at("boss2").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 302
    assert "hq_reviewer" in roles(staff, "a2")


def test_A10_who_is_asked_about_does_not_answer(staff, at):
    give(at("boss"), protected(staff.users["boss2"]), Role.HQ_REVIEWER, "0", reason="兼任")
    Grant.objects.filter(role=Role.SECURITY_ADMIN.value).delete()
    assert (
        at("boss2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code == 404
    )


def test_a_refusal_leaves_everything(staff, at):
    give(at("boss"), protected(staff.users["a2"]), Role.HQ_REVIEWER, "0", reason="借调")
    at("security").post(
        f"/consents/{Consent.objects.get().pk}", {"agree": "0", "why": "岗位不需要"}
    )
    assert roles(staff, "a2") == {"centre_clerk"}
    assert Consent.objects.get().agreed is False


def test_the_database_refuses_one_person_for_both(staff):
    boss = staff.users["boss"]
    row = Consent.objects.create(
        kind="grant", digest="d", reason="r", asked_by=boss, asked_at=boss.created_at, key="k"
    )
    with pytest.raises(IntegrityError, match="consent_by_a_second_person"), transaction.atomic():
        Consent.objects.filter(pk=row.pk).update(
            decided_by=boss, decided_at=boss.created_at, agreed=True
        )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN),
        (Role.SECURITY_ADMIN, Role.AUDITOR),
        (Role.AUDITOR, Role.SYSTEM_ADMIN),
    ],
)
def test_A16_the_three_administrators_never_meet(staff, at, first, second):
    """By the office, and by the database whoever writes."""
    unit = staff.users["hq"].grants.first().unit
    user = User.objects.create_user("x1", "某", None)
    Grant.objects.create(user=user, role=first.value, unit=unit)
    assert give(at("boss"), user, second, "0", reason="r").status_code == 409
    assert give(at("boss"), user, Role.CENTRE_CLERK, "101").status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(user=user, role=second.value, unit=unit)


def test_A16_nobody_in_the_business_becomes_an_administrator_beside(staff, at):
    assert give(at("boss"), staff.users["a2"], Role.AUDITOR, "0", reason="r").status_code == 409


def test_A16_a_role_that_came_meanwhile_stops_the_consent(staff, at):
    user = protected(User.objects.create_user("x1", "某", None))
    give(at("boss"), user, Role.AUDITOR, "0", reason="r")
    Grant.objects.create(user=user, role=Role.CENTRE_CLERK.value, unit=staff.centres[0])
    assert (
        at("security").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code
        == 409
    )
    assert Consent.objects.get().decided_at is None


def test_one_person_with_a_code_becomes_nobody_at_headquarters(staff, at):
    """Else whoever hands out codes could be the security administrator, and consent to the own wishes."""
    victim = staff.users["security"]
    victim.authenticator_set.all().delete()
    for name in ("boss", "system"):
        assert at(name).post(f"/people/{victim.pk}/code", {"key": name}).status_code == 409
    give_app(victim)
    assert at("boss").post(f"/people/{victim.pk}/code", {"key": "k2"}).status_code == 200
    fresh = User.objects.create_user("x2", "某", None)
    assert give(at("boss"), fresh, Role.SECURITY_ADMIN, "0", reason="r").status_code == 409
    assert Consent.objects.count() == 0


def test_a_reason_keeps_no_identity_number(staff, at):
    give(
        at("boss"),
        protected(staff.users["a2"]),
        Role.HQ_REVIEWER,
        "0",
        reason="顶替 11010519900307123X",
    )
    assert Consent.objects.get().reason == "顶替 110105********123X"


def test_a_lost_second_factor_goes_by_two(staff, at):
    user = staff.users["b2"]
    give_app(user)
    asked = at("college").post(
        f"/people/{user.pk}/second-factor", {"reason": "手机丢失", "key": "f"}
    )
    assert asked.status_code == 302
    row = Consent.objects.get()
    assert at("college").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 404
    assert user.authenticator_set.count() == 1
    assert at("boss").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 302
    assert user.authenticator_set.count() == 0


def test_consenting_asks_for_a_recent_proof(staff, at):
    client = at("security")
    prove(client, staff.users["security"], ago=1_000)
    assert client.post("/consents/1", {"agree": "1"})["Location"].startswith("/account/again?next=")


def test_every_change_is_an_event_and_events_stay(staff, at):
    user = staff.users["a2"]
    client = at("a")
    client.post(f"/people/{user.pk}/active", {"active": "0", "key": "1"})
    client.post(f"/people/{user.pk}/active", {"active": "0", "key": "1"})
    client.post(f"/people/{user.pk}/active", {"active": "1", "key": "2"})
    deeds = list(
        AccountEvent.objects.filter(user=user).order_by("id").values_list("deed", "actor__username")
    )
    assert deeds == [(Deed.DISABLED, "a"), (Deed.ENABLED, "a")]
    for attempt in (lambda rows: rows.update(actor=None), lambda rows: rows.delete()):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            attempt(AccountEvent.objects.all())


def test_the_auditor_reads_and_nobody_else(staff, at):
    at("a").post(f"/people/{staff.users['a2'].pk}/active", {"active": "0", "key": "1"})
    page = at("auditor").get("/trail?deed=disabled").content.decode()
    assert ("停用账号" in page, "a2老师" in page) == (True, True)
    assert [at(name).get("/trail").status_code for name in ("boss", "system", "security", "a")] == [
        404
    ] * 4
    assert at("auditor").get("/candidates").status_code == 404


def test_contacts_of_a_unit_are_changed_once(staff, at):
    unit = staff.centres[0]
    said = {"contact": "周老师", "phone": "0571-1", "address": "杭州", "key": "u1"}
    for _ in range(2):
        assert at("system").post(f"/units/{unit.pk}/change", said).status_code == 302
    event = AccountEvent.objects.get(deed=Deed.UNIT_CHANGED)
    assert event.detail == {"unit": "101", "fields": ["address", "contact", "phone"]}
    copied = said | {"contact": "周\u200b老师", "address": "杭\u202e州", "key": "u2"}
    refused = at("system").post(f"/units/{unit.pk}/change", copied)
    assert "改变书写方向的隐藏字符" in refused.content.decode()
    at("system").post(f"/units/{unit.pk}/change", copied | {"address": "杭州", "key": "u3"})
    unit.refresh_from_db()
    assert (unit.contact, unit.address) == ("周老师", "杭州")


@pytest.mark.parametrize("count", [1, 3])
def test_a_constant_number_of_queries(staff, at, asks, count):
    for n in range(count):
        user = User.objects.create_user(f"q{n}", f"人{n}", None)
        Grant.objects.create(user=user, role=Role.CLASS_TEACHER.value, unit=staff.centres[1])
    client = at("b")
    client.get("/people")  # what is asked once and kept
    with asks(21):
        assert client.get("/people").status_code == 200
