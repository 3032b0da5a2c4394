"""The second factor: required for staff, codes taken once, keys bound to this site, secrets sealed, nothing bypassed."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from graduand.models import AccountEvent, Sitting
from graduand.office.people import sign_in
from graduand.rulebook.people.account_terms import Deed
from tests.pages.world import PASSWORD, account_for
from tests.security.accounts import SECRET, Passkey, code, give_app

HERE = "https://testserver"


def password_step(client: Client, name: str = "a"):
    return client.post("/login", {"username": name, "password": PASSWORD})


def code_step(client: Client, text: str):
    return client.post("/login/code", {"code": text})


def options_of(page) -> dict:
    """What the page hands to the browser's key."""
    found = re.search(
        r'<script id="\w+-data" type="application/json">(.*?)</script>',
        page.content.decode(),
        re.DOTALL,
    )
    data = json.loads(found.group(1))
    return data.get("creation_options") or data["request_options"]


def test_staff_get_nowhere_without_a_second_factor(world):
    client = Client()
    assert password_step(client)["Location"] == "/"
    places = {
        page: client.get(page).get("Location")
        for page in ("/", "/candidates", "/jobs", "/people", "/candidates/1")
    }
    assert set(places.values()) == {"/account"}
    assert client.get("/candidates", headers={"HX-Request": "true"})["HX-Redirect"] == "/account"
    page = client.get("/account").content.decode()
    assert "请先启用二次验证" in page


def test_a_demonstration_may_do_without(world, settings):
    settings.SECOND_FACTOR = "optional"
    client = Client()
    password_step(client)
    assert client.get("/candidates").status_code == 200


def test_students_need_none(world):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    client = Client()
    password_step(client, "student")
    assert client.get("/my").status_code == 200


def test_the_password_alone_opens_no_session(world):
    """After the first step the session knows nobody; the page asks for the code."""
    give_app(world.users["a"])
    client = Client()
    assert password_step(client)["Location"] == "/login/code"
    assert client.get("/candidates")["Location"].startswith("/login")
    assert Sitting.objects.count() == 0


def test_a_code_lets_one_in(world):
    give_app(world.users["a"])
    client = Client()
    client.post("/login", {"username": "a", "password": PASSWORD, "next": "/candidates"})
    assert code_step(client, code())["Location"] == "/candidates"
    assert client.get("/candidates").status_code == 200


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}-{1} ", "{0}　{1}"])
def test_S13_a_code_is_read_however_it_was_typed(world, typed):
    give_app(world.users["a"])
    client, now = Client(), code()
    password_step(client)
    wide = now.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert code_step(client, typed.format(wide[:3], wide[3:])).status_code == 302


def test_S13_a_code_is_taken_once(world):
    """Also after half a minute, when the same code would still be within the step that is forgiven."""
    give_app(world.users["a"])
    first, second, now = Client(), Client(), code()
    password_step(first)
    assert code_step(first, now).status_code == 302
    for typed in (now, f"{now[:3]} {now[3:]}"):
        password_step(second)
        again = code_step(second, typed)
        assert (again.status_code, "已经用过" in again.content.decode()) == (401, True)
    assert code_step(second, code(1)).status_code == 302


def test_S13_one_step_of_skew_is_forgiven_and_no_more(world):
    give_app(world.users["a"])
    for steps, status in ((-1, 302), (1, 302), (-3, 401), (3, 401)):
        client = Client()
        password_step(client)
        assert (steps, code_step(client, code(steps)).status_code) == (steps, status)


def test_T15_the_skew_is_symmetrical(world, settings):
    assert settings.MFA_TOTP_TOLERANCE == 1


def test_guessing_codes_is_slowed(world):
    give_app(world.users["a"])
    client = Client()
    password_step(client)
    statuses = [code_step(client, "000000").status_code for _ in range(7)]
    assert statuses == [401, 401, 401, 401, 401, 429, 429]
    right = code_step(client, code())
    assert (right.status_code, "秒后再试" in right.content.decode()) == (429, True)


def test_a_recovery_code_works_once(world):
    user = world.users["a"]
    give_app(user)
    client = Client()
    password_step(client)
    code_step(client, code())
    page = client.post("/account/recovery").content.decode()
    codes = re.findall(r"<code>([\d ]{14})</code>", page)
    assert (len(codes), len(set(codes))) == (10, 10)
    other = Client()
    password_step(other)
    assert code_step(other, codes[0]).status_code == 302
    third = Client()
    password_step(third)
    assert [code_step(third, one).status_code for one in (codes[0], codes[1])] == [401, 302]
    assert "还有 8 个没有用过" in other.get("/account").content.decode()


def test_the_secret_of_the_app_is_sealed(world):
    give_app(world.users["a"])
    stored = json.dumps(Authenticator.objects.get().data)
    assert SECRET not in stored


def test_enrolling_an_app(world):
    client = Client()
    password_step(client)
    page = client.get("/account/app").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", "")
    assert ("data:image" in page, "<path d=" in page) == (False, True)
    assert client.post("/account/app", {"code": "000000"}).status_code == 200
    assert (
        client.post("/account/app", {"code": code(secret=secret)})["Location"]
        == "/account?added=app"
    )
    assert client.get("/candidates").status_code == 200
    deeds = list(
        AccountEvent.objects.filter(actor=world.users["a"])
        .order_by("id")
        .values_list("deed", flat=True)
    )
    assert deeds == [Deed.SIGNED_IN, Deed.FACTOR_ADDED]


def test_the_last_factor_of_staff_stays(world):
    device = give_app(world.users["a"])
    client = Client()
    password_step(client)
    code_step(client, code())
    assert client.post(f"/account/devices/{device.pk}/remove")["Location"] == "/account?last=1"
    assert Authenticator.objects.filter(pk=device.pk).exists()


def test_changing_the_factor_asks_for_a_recent_proof(world, at):
    from tests.pages.conftest import prove  # a conftest is read before Django's apps are ready

    client = at("a")
    prove(client, world.users["a"], ago=700)
    assert client.get("/account/app")["Location"] == "/account/again?next=%2Faccount%2Fapp"
    prove(client, world.users["a"], ago=60)
    assert client.get("/account/app").status_code == 200


def test_proof_is_by_the_stronger_factor(world):
    """Whoever has an app can't prove by password alone."""
    give_app(world.users["a"])
    client = Client()
    password_step(client)
    code_step(client, code())
    assert client.get("/account/again?next=/jobs")["Location"] == "/account/again/code?next=%2Fjobs"
    assert client.post("/account/again", {"password": PASSWORD, "next": "/jobs"})[
        "Location"
    ].startswith("/account/again/code")
    assert (
        client.post("/account/again/code", {"code": code(1), "next": "/jobs"})["Location"]
        == "/jobs"
    )


def test_a_reset_of_the_password_does_not_bypass_the_second_factor(world):
    """6.4.3: the code sets a password; signing in still asks for the app."""
    user = world.users["a"]
    give_app(user)
    text, _ = sign_in.make_code(user, None)
    client = Client()
    new = "four quiet horses 9"
    assert (
        client.post(
            "/activate", {"username": "a", "code": text, "password": new, "again": new}
        ).status_code
        == 302
    )
    assert client.post("/login", {"username": "a", "password": new})["Location"] == "/login/code"
    assert Authenticator.objects.filter(user=user).count() == 1


def register(client: Client, key: Passkey, origin: str = HERE):
    options = options_of(client.get("/account/key", secure=True))
    return client.post(
        "/account/key", {"name": "", "credential": key.register(options, origin)}, secure=True
    )


def test_S14_a_passkey_of_another_origin_is_refused(world, at):
    key = Passkey()
    client = at("a")
    for origin in ("https://evil.example", "https://testserver.evil.example", "http://testserver"):
        assert (origin, register(client, key, origin).status_code) == (origin, 200)
    assert Authenticator.objects.count() == 0
    assert register(client, key)["Location"] == "/account?added=key"
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_S14_a_passkey_signs_in_here_and_not_from_elsewhere(world, at):
    key = Passkey()
    register(at("a"), key)
    client = Client()
    client.post("/login", {"username": "a", "password": PASSWORD}, secure=True)
    for origin, status in (("https://evil.example", 401), (HERE, 302)):
        options = options_of(client.get("/login/code", secure=True))
        answer = client.post("/login/code", {"credential": key.sign(options, origin)}, secure=True)
        assert (origin, answer.status_code) == (origin, status)


@pytest.mark.parametrize(
    "nonsense", ["{}", "[]", "null", '{"id": 1}', '{"id": "x", "response": {}}', "not json", '"x"']
)
def test_a_malformed_key_is_a_sentence(world, at, nonsense):
    register(at("a"), Passkey())
    client = Client()
    client.post("/login", {"username": "a", "password": PASSWORD}, secure=True)
    client.get("/login/code", secure=True)
    assert client.post("/login/code", {"credential": nonsense}, secure=True).status_code == 401


def test_a_passkey_proves_again_and_a_wrong_one_is_a_sentence(world, at):
    key, client = Passkey(), at("a")
    register(client, key)
    for origin, status in (("https://evil.example", 401), (HERE, 302)):
        options = options_of(client.get("/account/again/key?next=/jobs", secure=True))
        said = {"credential": key.sign(options, origin), "next": "/jobs"}
        answer = client.post("/account/again/key", said, secure=True)
        assert (origin, answer.status_code) == (origin, status)
        assert answer.get("Location") == (None if status == 401 else "/jobs")


def test_who_has_no_second_factor_any_more_proves_by_password(world):
    """A code that was shown in this session before counts no longer: nothing could make it fresh."""
    from tests.pages.conftest import prove  # a conftest is read before Django's apps are ready

    student = world.student(1)
    world.judge()
    user = account_for(world, student)
    give_app(user)
    client = Client()
    password_step(client, "student")
    code_step(client, code())
    Authenticator.objects.filter(user=user).delete()
    prove(client, user, ago=700)
    again = "/account/again?next=%2Faccount%2Fapp"
    assert client.get("/account/app")["Location"] == again
    said = {"password": PASSWORD, "next": "/account/app"}
    assert client.post("/account/again", said)["Location"] == "/account/app"
    assert client.get("/account/app").status_code == 200
