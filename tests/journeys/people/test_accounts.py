"""Accounts in a real browser: activation, an authenticator app, a passkey, sessions, people; nothing complains."""

import pytest
from django.test import Client

from graduand.models import AccountEvent, Grant, User
from graduand.office.people import sign_in
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Role
from tests.journeys.test_axe import violations
from tests.pages.world import PASSWORD, account_for
from tests.security.accounts import code

pytestmark = pytest.mark.browser
NEW = "eleven small boats"
SIZES = pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)


@pytest.fixture
def strict(season, settings):
    """As in production: staff need a second factor."""
    settings.SECOND_FACTOR = "required"
    boss = season.users["boss"] = User.objects.create_user("boss", "总部季老师", PASSWORD)
    Grant.objects.create(
        user=boss, role=Role.HQ_ADMIN.value, unit=Grant.objects.get(user__username="hq").unit
    )
    return season


def keep(walk, name: str) -> None:
    """A picture; the page has no violation and does not stick out."""
    walk.keep(name)
    assert (name, violations(walk.driver), walk.sticks_out()) == (name, [], 0)


def size_of(request) -> str:
    return request.node.callspec.params["browser"]


def enter(walk, **fields: str) -> None:
    """Write into the fields of the form."""
    for name, text in fields.items():
        field = walk.until(f"[name={name}]")
        field.clear()
        field.send_keys(text)


def enrol(walk, size: str = "") -> str:
    """Set up an app from the page that shows its secret; returns the secret."""
    walk.press("a[href='/account/app']")
    secret = walk.read(".square code").replace(" ", "")
    if size:
        keep(walk, f"totp-{size}")
    enter(walk, code=code(secret=secret))
    walk.press("form.inline .btn.main")
    walk.until(".note.ok")
    return secret


# What the log has of an account that was activated, given a second factor, and used once more.
FIRST_DEEDS = [
    Deed.CODE_MADE,
    Deed.PASSWORD_SET,
    Deed.SIGNED_IN,
    Deed.FACTOR_ADDED,
    Deed.RECOVERY_MADE,
    Deed.SIGNED_OUT,
    Deed.SIGNED_IN,
]


@SIZES
def test_activation_an_app_and_the_next_sign_in(strict, walk, request):
    size = size_of(request)
    text, _ = sign_in.make_code(strict.users["a"], strict.users["college"].pk)
    walk.go("/login")
    keep(walk, f"login-{size}")
    walk.press("a[href='/activate']")
    enter(walk, username="a", code=text, password=NEW, again=NEW)
    keep(walk, f"activate-{size}")
    walk.press(".gate .btn.main")
    assert walk.says(".note.ok", "密码已设置，请用新密码登录。")
    enter(walk, username="a", password=NEW)
    walk.press(".gate .btn.main")
    assert walk.holds(".note.warn", "请先启用二次验证")
    keep(walk, f"account-first-{size}")
    secret = enrol(walk, size)
    keep(walk, f"account-{size}")
    walk.press("form[action='/account/recovery'] button")
    walk.until(".codes code")
    assert len(walk.all(".codes code")) == 10
    keep(walk, f"recovery-{size}")
    walk.go("/candidates")
    assert walk.holds(".rules", "查询到 15 人")
    walk.press(".topbar form button")
    enter(walk, username="a", password=NEW)
    walk.press(".gate .btn.main")
    assert walk.says("h2", "二次验证")
    keep(walk, f"second-step-{size}")
    enter(walk, code=code(1, secret))
    walk.press(".gate .btn.main")
    walk.until(".topbar form button")
    assert walk.sticks_out() == 0
    deeds = [event.deed for event in AccountEvent.objects.order_by("id")]
    own = deeds[deeds.index(Deed.CODE_MADE) :]  # the season's own deeds come before
    assert own == FIRST_DEEDS


@pytest.fixture
def authenticator(walk):
    """A passkey device in the browser, as its developers' tools make one."""
    walk.driver.execute_cdp_cmd("WebAuthn.enable", {})
    device = walk.driver.execute_cdp_cmd(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasUserVerification": True,
                "isUserVerified": True,
                "hasResidentKey": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield device
    walk.driver.execute_cdp_cmd("WebAuthn.disable", {})


@SIZES
def test_a_passkey_under_the_strict_policy(strict, walk, authenticator, request):
    """allauth's own script file works without any inline script; the console stays silent."""
    size = size_of(request)
    walk.go("/login")
    enter(walk, username="a", password=PASSWORD)
    walk.press(".gate .btn.main")
    walk.press("a[href='/account/key']")
    keep(walk, f"passkey-{size}")
    walk.press("#new-key")
    assert walk.holds(".note.ok", "已启用")
    walk.press(".topbar form button")
    enter(walk, username="a", password=PASSWORD)
    walk.press(".gate .btn.main")
    keep(walk, f"second-step-key-{size}")
    walk.press("#second-key")
    walk.until(".topbar form button")
    walk.go("/candidates")
    assert walk.holds(".rules", "查询到 15 人")


@SIZES
def test_people_and_one_account(strict, walk, settings, request):
    settings.SECOND_FACTOR, size = "optional", size_of(request)
    for n in range(3):
        Client().post("/login", {"username": "a", "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{n}")
    windows = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130"}
    Client().post("/login", {"username": "a", "password": PASSWORD}, headers=windows)
    walk.sign_in("boss", PASSWORD)
    for page, name in (
        ("/people", "people"),
        (f"/people/{strict.users['a'].pk}", "person"),
        ("/people/new", "person-new"),
        ("/units", "units"),
        ("/consents", "consents"),
    ):
        walk.go(page)
        keep(walk, f"{name}-{size}")
    walk.go(f"/people/{strict.users['a'].pk}")
    walk.press("form[action$='/code'] button")
    assert len(walk.read(".secret code")) == 31
    keep(walk, f"person-code-{size}")
    assert walk.sticks_out() == 0


@SIZES
def test_the_auditors_pages(strict, walk, settings, request):
    settings.SECOND_FACTOR, size = "optional", size_of(request)
    Client().post("/login", {"username": "a", "password": "wrong"})
    walk.sign_in("auditor", PASSWORD)
    for page, name in (("/trail", "trail"), ("/looks", "looks")):
        walk.go(page)
        keep(walk, f"{name}-{size}")


@SIZES
def test_a_revealed_number_is_masked_again(strict, walk, settings, monkeypatch, request):
    from graduand.office.outgoing import privacy  # needs Django to be set up

    settings.SECOND_FACTOR, size = "optional", size_of(request)
    monkeypatch.setattr(privacy, "SHOWN_SECONDS", 2)
    file = strict.batch.candidates.select_related("student").order_by("id").first()
    account_for(strict, file.student)
    walk.sign_in("a", PASSWORD)
    walk.go(f"/candidates/{file.pk}")
    walk.one("#r-purpose").send_keys("核对身份")
    walk.press("form.reveal .btn")
    assert walk.says("[data-secret]", "11010519900307123X")
    keep(walk, f"revealed-{size}")
    assert walk.says("[data-secret]", "110105********123X")
    walk.go("/lists/candidates/personal?stage=listed")
    keep(walk, f"personal-export-{size}")
    assert walk.sticks_out() == 0
    walk.press(".topbar form button")
    walk.sign_in("student", PASSWORD)
    walk.go("/my/looks")
    keep(walk, f"my-looks-{size}")
    assert walk.holds(".things", "查看明文：证件号")
