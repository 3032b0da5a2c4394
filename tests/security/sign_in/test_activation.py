"""One-time codes: 128 bits and more, hashed, a week, once; the person sets the password, an administrator never does."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from graduand.models import AccountEvent, Activation, Grant, Sitting, User
from graduand.office.people import account_codes, sign_in
from graduand.office.refusal import Refused
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Role
from tests.pages.world import NOON, PASSWORD, set_clock

NEW = "eleven small boats"


def sent(
    code: str,
    username: str = "a",
    password: str = NEW,
    again: str = "",
    client: Client | None = None,
):
    said = {"username": username, "code": code, "password": password, "again": again or password}
    return (client or Client()).post("/activate", said)


def test_a_code_has_130_bits_and_only_its_hash_is_kept(world):
    codes = {sign_in.fresh_code() for _ in range(200)}
    assert (len(codes), {len(code.replace("-", "")) for code in codes}) == (200, {26})
    assert len(set(sign_in.ALPHABET)) == 32
    code, until = sign_in.make_code(world.users["a"], None)
    row = Activation.objects.get()
    assert code.replace("-", "") not in str(vars(row))
    assert until - row.made_at == timedelta(days=7)


def test_a_code_works_once_however_it_is_typed(world):
    code, _ = sign_in.make_code(world.users["a"], None)
    assert sent(code.lower().replace("-", " "))["Location"] == "/login?activated=1"
    assert User.objects.get(username="a").check_password(NEW)
    again = sent(code, password="another long one")
    assert (again.status_code, "已用过" in again.content.decode()) == (400, True)
    assert User.objects.get(username="a").check_password(NEW)


def test_a_code_expires_by_the_office_clock(world):
    """In a demonstration whose clock was moved on by a week it is too late, whatever the real clock says."""
    code, until = sign_in.make_code(world.users["a"], None)
    set_clock(until + timedelta(minutes=1))
    assert sent(code).status_code == 400
    assert User.objects.get(username="a").check_password(PASSWORD)
    set_clock(until - timedelta(minutes=1))  # the control: the same code in time
    assert sent(code).status_code == 302


def test_a_code_is_for_a_week_from_the_day_of_the_office(world):
    _, until = sign_in.make_code(world.users["a"], None)
    assert timedelta() <= until - timedelta(days=7) - NOON < timedelta(minutes=5)


def test_a_newer_code_replaces_an_older_one(world):
    first, second = (sign_in.make_code(world.users["a"], None)[0] for _ in range(2))
    assert [sent(code).status_code for code in (first, second)] == [400, 302]


def test_a_code_belongs_to_one_account(world):
    code, _ = sign_in.make_code(world.users["a"], None)
    assert [sent(code, name).status_code for name in ("b", "nobody", "a")] == [400, 400, 302]


def test_nothing_is_locked_while_a_code_waits(world, settings):
    """Starting a reset for somebody does not put them out: the password holds until the code is used."""
    settings.SECOND_FACTOR = "optional"
    sign_in.make_code(world.users["a"], None)
    assert Client().post("/login", {"username": "a", "password": PASSWORD}).status_code == 302


def test_sessions_end_when_a_code_is_used(world, settings):
    settings.SECOND_FACTOR = "optional"
    client = Client()
    client.post("/login", {"username": "a", "password": PASSWORD})
    code, _ = sign_in.make_code(world.users["a"], None)
    sent(code)
    assert client.get("/jobs").status_code == 302
    assert Sitting.objects.filter(ended_at=None).count() == 0


def test_guessing_codes_is_slowed(world):
    client = Client()
    statuses = [sent("A" * 26, client=client).status_code for _ in range(7)]
    assert statuses == [400] * 5 + [429] * 2


def test_two_different_passwords_use_nothing_up(world):
    code, _ = sign_in.make_code(world.users["a"], None)
    assert sent(code, again="something else").status_code == 400
    assert sent(code).status_code == 302


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("short", "至少 12 个字符"),
        ("x" * 257, "最多 256 个字符"),
        ("password123456", "密码里不要有"),
        ("1q2w3e4r5t6y", "常见"),
        ("周老师 is here today", "密码里不要有"),
        ("the gkd of today", "密码里不要有"),
        ("123456789012", "数字"),
    ],
)
def test_passwords_that_are_not_taken(world, password, word):
    """ASVS 6.1.2, 6.2.1, 6.2.4; what is refused is said, which word it was is not."""
    code, _ = sign_in.make_code(world.users["a"], None)
    answer = sent(code, password=password)
    assert (answer.status_code, word in answer.content.decode()) == (400, True)
    assert sent(code).status_code == 302


def test_no_composition_rule_but_where_the_profile_asks(world, settings):
    code, _ = sign_in.make_code(world.users["a"], None)
    settings.PASSWORD_PROFILE = "djbh"
    answer = sent(code, password="only small letters")
    assert (answer.status_code, "三种" in answer.content.decode()) == (400, True)
    settings.PASSWORD_PROFILE = "asvs"
    assert sent(code, password="only small letters").status_code == 302


def test_6_4_2_the_end_of_the_identity_number_is_no_password(world):
    """Neither given by us nor taken from a person."""
    student = world.student(1)
    user = User.objects.create_user("s1", student.name, None, student=student)
    Grant.objects.create(user=user, role=Role.STUDENT.value, unit=student.centre)
    assert not user.has_usable_password()
    assert (
        Client().post("/login", {"username": "s1", "password": student.id_no[-6:]}).status_code
        == 401
    )
    code, _ = sign_in.make_code(user, None)
    for guess in (f"abcd{student.id_no[-6:]}xyz", f"pass {student.number}"):
        assert sent(code, "s1", guess).status_code == 400
    assert sent(code, "s1", "ten letters").status_code == 302


def test_the_administrator_gives_a_code_and_sees_no_password(world, at):
    page = at("college").post(f"/people/{world.users['a'].pk}/code", {"key": "k"}).content.decode()
    code = re.search(r"<code>([0-9A-Z-]{31})</code>", page).group(1)
    assert 'name="password"' not in page
    assert User.objects.get(username="a").check_password(PASSWORD)
    assert sent(code).status_code == 302
    deeds = (
        AccountEvent.objects.exclude(actor=None)
        .order_by("id")
        .values_list("deed", "actor__username")
    )
    assert list(deeds) == [(Deed.CODE_MADE, "college"), (Deed.PASSWORD_SET, "a")]


def test_codes_for_all_who_never_had_a_password(world):
    hq = world.users["hq"].grants.get().unit
    for name in ("n1", "n2"):
        user = User.objects.create(username=name, name=name, password=make_password(None))
        Grant.objects.create(user=user, role=Role.CENTRE_CLERK.value, unit=world.centres[0])
    User.objects.create(username="sys", name="x", system=True, password=make_password(None))
    made = account_codes.for_new(hq)
    assert [code.username for code in made] == ["n1", "n2"]
    assert [sent(code.text, code.username).status_code for code in made] == [302, 302]
    assert account_codes.for_new() == []
    # Nor for whom the second factor was taken from, with the password.
    sign_in.end_password(User.objects.get(username="n1"))
    assert account_codes.for_new() == []


def test_a_disabled_account_is_not_activated(world):
    code, _ = sign_in.make_code(world.users["a"], None)
    User.objects.filter(username="a").update(is_active=False)
    assert sent(code).status_code == 400
    with pytest.raises(Refused, match="已停用"):
        account_codes.for_named(["a"])
