"""Between the password and the code much may happen: what ends such a sign-in, and what is read then."""

import re
import time

import pytest
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.signals import authentication_step_completed
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from graduand.models import AccountEvent, Grant, Sitting, User
from graduand.office.people import account_codes, sign_in
from graduand.pages.door.sign_in_ways import AccountWays
from graduand.rulebook.people.account_terms import Deed
from tests.pages.world import PASSWORD, account_for
from tests.security.accounts import code, give_app

NEW = "eleven small boats"
FACTOR = "二次验证已停用，刚才的登录没有完成。请用账号和密码重新登录"
CHANGED = "密码已修改，刚才的登录没有完成。请用新密码重新登录"
RESET = "密码已作废，刚才的登录没有完成。请向服务器管理员领取激活码"
DISABLED = "账号已停用，刚才的登录没有完成。需要恢复的，请联系本单位管理员"
NO_ROLE = "该账号目前没有有效的岗位，请联系本单位管理员"
GONE = "刚才的登录已经结束，请重新登录"


def waiting(world, name: str = "a", client: Client | None = None) -> Client:
    """Somebody at the page of the code, who wanted to come to the candidates."""
    user = world.users[name]
    if not user.authenticator_set.exists():
        give_app(user)
    client = client or Client()
    said = {"username": name, "password": PASSWORD, "next": "/candidates"}
    assert client.post("/login", said)["Location"] == "/login/code"
    return client


def drop(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()


def change(user: User) -> None:
    sign_in.change_password(User.objects.get(pk=user.pk), PASSWORD, NEW)


def reset(user: User) -> None:
    """As the second factor of a role of two is dropped."""
    drop(user)
    sign_in.end_password(User.objects.get(pk=user.pk))


def disable(user: User) -> None:
    account_codes.set_active([user.username], active=False)


def lose_roles(user: User) -> None:
    Grant.objects.filter(user=user).delete()


WAYS = {
    "the code's page": lambda client: client.get("/login/code", follow=True),
    "a code": lambda client: client.post("/login/code", {"code": code()}, follow=True),
    "the sign-in page": lambda client: client.get("/login", follow=True),
    "any page": lambda client: client.get("/jobs", follow=True),
}


def note(answer) -> str:
    """What the page says at the top."""
    assert answer.status_code == 200
    return re.sub(
        r"<[^>]+>", "", " ".join(re.findall(r'<p class="note.*?</p>', answer.text, re.DOTALL))
    )


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (drop, FACTOR),
        (change, CHANGED),
        (reset, RESET),
        (disable, DISABLED),
        (lose_roles, NO_ROLE),
    ],
)
def test_what_has_ended_a_sign_in_is_said_at_whatever_page_one_comes_next(world, happens, said):
    """Never a circle of pages, and never a session from what holds no more."""
    clients = {way: waiting(world) for way in WAYS}
    happens(world.users["a"])
    for way, client in clients.items():
        answer = WAYS[way](client)
        assert (way, answer.request["PATH_INFO"]) == (way, "/login")
        assert (way, said in note(answer)) == (way, True)
        assert LOGIN_SESSION_KEY not in client.session
        assert client.get("/login").status_code == 200
    assert Sitting.objects.count() == 0


def test_one_signs_in_anew_and_comes_to_the_page_that_was_asked_for(world):
    client = waiting(world)
    drop(world.users["a"])
    page = client.get("/login/code", follow=True)
    assert 'name="next" value="/candidates"' in page.text
    said = {"username": "a", "password": PASSWORD, "next": "/candidates"}
    assert client.post("/login", said)["Location"] == "/candidates"
    assert client.get("/account").status_code == 200


def test_a_form_that_was_opened_before_signs_in(world):
    """Of two tabs one still shows the form of the sign-in page: what is typed there counts."""
    client = waiting(world)
    drop(world.users["a"])
    assert client.post("/login", {"username": "a", "password": PASSWORD})["Location"] == "/"
    assert Sitting.objects.count() == 1


def test_the_other_tab_reads_that_it_is_over(world):
    client = waiting(world)
    drop(world.users["a"])
    client.get("/login")
    assert GONE in note(client.post("/login/code", {"code": code()}, follow=True))
    assert client.get("/login/code")["Location"] == "/login"


def test_what_takes_too_long_is_said(world):
    client = waiting(world)
    session = client.session
    begun = dict(session[LOGIN_SESSION_KEY])
    session[LOGIN_SESSION_KEY] = begun | {"initiated_at": time.time() - 901}
    session.save()
    answer = client.post("/login/code", {"code": code()}, follow=True)
    assert "二次验证没有在 15 分钟内完成，请重新登录" in note(answer)
    assert "next=%2Fcandidates" in answer.redirect_chain[-1][0]


def test_a_factor_set_up_anew_meanwhile_is_asked_for(world):
    """The password is the same: the new app decides, in each browser that waits."""
    first, second = waiting(world), waiting(world)
    drop(world.users["a"])
    assert FACTOR in note(second.get("/login/code", follow=True))
    other = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
    give_app(world.users["a"], other)
    assert first.post("/login/code", {"code": code()}).status_code == 401
    assert first.post("/login/code", {"code": code(secret=other)})["Location"] == "/candidates"


def test_the_new_password_begins_a_sign_in_that_holds(world):
    """In the browser in which the old one waited, and not in the other."""
    first, second = waiting(world), waiting(world)
    change(world.users["a"])
    said = {"username": "a", "password": NEW}
    assert first.post("/login", said)["Location"] == "/login/code"
    assert CHANGED in note(second.post("/login/code", {"code": code()}, follow=True))
    assert first.post("/login/code", {"code": code()})["Location"] == "/"


def test_a_role_changed_meanwhile_is_the_one_that_counts(world):
    client = waiting(world)
    Grant.objects.filter(user=world.users["a"]).update(unit=world.centres[1])
    assert client.post("/login/code", {"code": code()})["Location"] == "/candidates"


def test_activation_ends_what_was_begun_before_in_this_browser(world):
    """Also of another account: who has set a password wants to sign in with that."""
    for name in ("a", "b"):
        client = waiting(world, "a")
        text, _ = sign_in.make_code(world.users[name], None)
        said = {"username": name, "code": text, "password": NEW, "again": NEW}
        answer = client.post("/activate", said, follow=True)
        assert (answer.request["PATH_INFO"], note(answer)) == (
            "/login",
            "密码已设置，请用新密码登录。",
        )
        world.users["a"].save(update_fields=["password"])  # the one of before


def test_activation_takes_nothing_from_who_is_signed_in(world, at):
    client = at("a")
    text, _ = sign_in.make_code(world.users["b"], None)
    client.post("/activate", {"username": "b", "code": text, "password": NEW, "again": NEW})
    assert client.get("/candidates").status_code == 200


def test_students_are_told_the_same(world):
    student = world.student(1)
    world.judge()
    world.users["student"] = account_for(world, student)
    client = waiting(world, "student")
    drop(world.users["student"])
    assert FACTOR in note(client.get("/login/code", follow=True))


@pytest.mark.parametrize("happens", [drop, change, disable])
def test_no_session_opens_when_all_of_them_were_ended_while_the_code_was_looked_at(world, happens):
    """It would be the only one left: whoever ended the others has not seen it."""
    client = waiting(world)

    def between(method: str, user: User, **_more) -> None:
        happens(user)

    authentication_step_completed.connect(between)
    try:
        answer = client.post("/login/code", {"code": code()}, follow=True)
    finally:
        authentication_step_completed.disconnect(between)
    assert GONE in note(answer)
    assert client.get("/candidates").status_code == 302
    assert Sitting.objects.count() == 0
    assert not AccountEvent.objects.filter(deed=Deed.SIGNED_IN).exists()


def test_the_door_itself_compares_the_password_with_the_one_of_the_beginning(world, rf):
    """Changed after the page has looked, and before the account is read for the session."""
    request = rf.post("/login/code")
    request.session, request.user = waiting(world).session, AnonymousUser()
    change(world.users["a"])
    with pytest.raises(ImmediateHttpResponse) as left:
        AccountWays(request).login(request, User.objects.get(username="a"))
    assert left.value.response["Location"] == "/login?ended=password&next=%2Fcandidates"
