"""Sessions: new at sign-in, ended on the server, idle and absolute limits, listed, ended by others; S cases of the web."""

import json
import time
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client

from graduand.models import AccountEvent, Candidate, Sitting
from graduand.office.people import sign_in
from graduand.pages.door.session_limits import BEGAN, SEEN
from graduand.rulebook.people.account_terms import Deed
from tests.pages.conftest import prove
from tests.pages.lists.picking import opened
from tests.pages.world import PASSWORD


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings):
    settings.SECOND_FACTOR = "optional"


def signed_in(name: str = "a", **more) -> Client:
    """Through the form."""
    client = Client(**more)
    assert client.post("/login", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def session_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def test_S01_the_session_id_changes_at_sign_in(world):
    """One that stood before, of our own making, is not the one after."""
    client = Client()
    client.get("/account/app")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    client.post("/login", {"username": "a", "password": PASSWORD})
    assert session_of(client) != before
    assert not Session.objects.filter(session_key=before).exists()


def test_S03_signing_somebody_in_from_elsewhere_is_refused(world):
    """Login CSRF: the form's token is of this browser, and the origin must be ours."""
    client = Client(enforce_csrf_checks=True)
    assert client.post("/login", {"username": "a", "password": PASSWORD}).status_code == 403
    client.get("/login")
    token = client.cookies["csrftoken"].value
    said = {"username": "a", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert (
        client.post("/login", said, headers={"Origin": "https://evil.example"}).status_code == 403
    )
    assert Sitting.objects.count() == 0
    assert client.post("/login", said).status_code == 302


def test_S05_a_foreign_host_header_is_refused(world, settings):
    settings.ALLOWED_HOSTS = ["biye.example.edu"]
    assert Client().get("/login", headers={"Host": "biye.example.edu"}).status_code == 200
    assert Client().get("/login", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(("behind", "expected"), [(False, "127.0.0.1"), (True, "203.0.113.9")])
def test_S06_an_address_that_a_visitor_claims_counts_for_nothing(world, settings, behind, expected):
    """Only what our own proxy appended last is believed, and only where there is one."""
    settings.BEHIND_PROXY = behind
    signed_in(headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert Sitting.objects.get().address == expected


def test_S06_claiming_addresses_does_not_dodge_the_throttle(world):
    statuses = [
        Client(headers={"X-Forwarded-For": f"198.51.100.{n}"})
        .post("/login", {"username": "a", "password": "wrong"})
        .status_code
        for n in range(7)
    ]
    assert statuses == [401] * 5 + [429] * 2


def test_S07_no_page_stands_in_a_frame(world):
    answer = signed_in().get("/candidates")
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


EVIL = "<img src=x onerror=alert(1)>"


def test_S08_what_people_wrote_is_text(world):
    """In names, in a class, in what a reviewer noted."""
    student = world.student(1, name=EVIL, class_name=EVIL)
    world.judge()
    client = signed_in()
    for page in (
        "/candidates",
        f"/candidates/{Candidate.objects.get(student=student).pk}",
        "/students",
    ):
        text = client.get(page).content.decode()
        assert ("<img src=x" in text, "&lt;img src=x onerror=alert(1)&gt;" in text) == (
            False,
            True,
        ), page


def test_S09_htmx_evaluates_nothing_and_asks_nobody_else(world):
    page = signed_in().get("/candidates").content.decode()
    config = json.loads(page.partition("htmx-config")[2].split("'")[1])
    asked = ("allowEval", "selfRequestsOnly", "historyCacheSize", "allowScriptTags")
    assert [config[name] for name in asked] == [False, True, 0, False]
    world.student(1, name='" hx-get="/logout" x="')
    world.judge()
    assert 'hx-get="/logout"' not in signed_in().get("/candidates").content.decode()


def test_S10_nothing_is_kept_for_the_back_button(world):
    client = signed_in()
    for page in ("/", "/candidates", "/account", "/jobs"):
        assert "no-store" in client.get(page)["Cache-Control"], page
    assert client.post("/logout")["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/candidates")["Location"].startswith("/login")


def test_S11_ten_thousand_fields_and_a_huge_body_are_refused(world):
    client = signed_in()
    assert (
        client.post("/candidates/submit", {f"f{n}": "1" for n in range(10_000)}).status_code == 400
    )
    huge = client.post(
        "/candidates/submit",
        data=b"token=" + b"x" * 11_000_000,
        content_type="application/x-www-form-urlencoded",
    )
    assert huge.status_code == 400
    assert client.get("/candidates").status_code == 200


def test_S16_there_is_no_mail_to_flood(world, mailoutbox):
    """A forgotten password is an administrator's to start; no address of ours sends anything."""
    for page in (
        "/password/reset",
        "/account/password/reset",
        "/accounts/password/reset/",
        "/signup",
    ):
        assert Client().post(page, {"email": "a@example.edu"}).status_code == 404
    assert len(mailoutbox) == 0


def test_S17_a_person_has_five_sessions_at_most(world):
    clients = [signed_in() for _ in range(6)]
    assert [client.get("/candidates").status_code for client in clients] == [
        302,
        200,
        200,
        200,
        200,
        200,
    ]
    assert Sitting.objects.filter(ended_at=None).count() == 5


def test_S18_two_hundred_tabs_are_one_session(world):
    client = signed_in()
    assert {client.get("/alive").status_code for _ in range(200)} == {200}
    assert {client.get("/jobs").status_code for _ in range(20)} == {200}
    assert Sitting.objects.count() == 1


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_S19_no_other_method_and_no_override(world, method):
    client = signed_in()
    assert getattr(client, method)("/candidates").status_code == 405
    overridden = client.get(
        "/account/sessions/end-others", headers={"X-HTTP-Method-Override": "POST"}
    )
    assert overridden.status_code == 405
    assert client.head("/candidates").status_code == 200


def test_S20_a_parameter_given_twice_has_one_meaning(world):
    """The last one, for the list, its count and its export alike."""
    world.student(1)
    world.judge()
    client = signed_in()
    empty = [
        "没有符合条件的记录" in client.get(f"/candidates?{asked}").content.decode()
        for asked in ("stage=listed&stage=applied", "stage=applied", "stage=listed")
    ]
    assert empty == [True, True, False]
    assert client.get("/candidates?stage=applied&stage=nonsense").status_code == 400


# -- how long, and who ends it ---------------------------------------------------------------------------------


def aged(client: Client, name: str, seconds: float) -> None:
    """The session says that it was `name` (began, seen) so many seconds ago."""
    session = client.session
    session[name] = time.time() - seconds
    session.save()


@pytest.mark.parametrize(
    ("mark", "seconds", "status"),
    [
        (SEEN, 29 * 60, 200),
        (SEEN, 31 * 60, 302),
        (BEGAN, 11.9 * 3600, 200),
        (BEGAN, 12.1 * 3600, 302),
    ],
)
def test_idle_for_half_an_hour_or_older_than_twelve_hours(world, mark, seconds, status):
    client = signed_in()
    aged(client, mark, seconds)
    answer = client.get("/candidates")
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"].startswith("/login?timeout=1")
        assert "长时间没有操作" in client.get(answer["Location"]).content.decode()
        assert Sitting.objects.get().ended_at is not None


def test_being_in_use_is_written_once_a_minute(world):
    client = signed_in()
    first = Sitting.objects.get().seen_at
    client.get("/jobs")
    assert Sitting.objects.get().seen_at == first
    aged(client, SEEN, 61)
    client.get("/jobs")
    assert Sitting.objects.get().seen_at > first


def test_signing_out_ends_it_on_the_server(world):
    client = signed_in()
    kept = session_of(client)
    client.post("/logout")
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get("/candidates").status_code == 302
    assert Sitting.objects.get().ended_at is not None


def test_my_sessions_are_listed_and_ended(world):
    here, there = (
        signed_in(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/130"}),
        signed_in(),
    )
    page = here.get("/account").content.decode()
    assert ("Chrome · Windows" in page, page.count("本机")) == (True, 1)
    other = Sitting.objects.get(session_key=session_of(there))
    assert here.post(f"/account/sessions/{other.pk}/end").status_code == 302
    assert (here.get("/jobs").status_code, there.get("/jobs").status_code) == (200, 302)


def test_end_all_but_this_one(world):
    clients = [signed_in() for _ in range(3)]
    clients[1].post("/account/sessions/end-others")
    assert [client.get("/jobs").status_code for client in clients] == [302, 200, 302]


def test_an_administrator_ends_somebodys_sessions(world, at):
    client = signed_in("a")
    keeper = at("college")
    assert (
        keeper.post(f"/people/{world.users['a'].pk}/sessions/end", {"key": "1"}).status_code == 302
    )
    assert client.get("/jobs").status_code == 302
    assert (
        AccountEvent.objects.filter(deed=Deed.SESSION_ENDED, actor=world.users["college"]).count()
        == 1
    )


def test_A15_a_disabled_person_is_out_at_once(world, at):
    client = signed_in("a")
    at("college").post(f"/people/{world.users['a'].pk}/active", {"active": "0", "key": "1"})
    assert client.get("/candidates").status_code == 302
    assert Client().post("/login", {"username": "a", "password": PASSWORD}).status_code == 401


def test_changing_the_password_ends_the_other_sessions(world):
    here, there = signed_in(), signed_in()
    said = {"old": PASSWORD, "password": "seven brown kettles", "again": "seven brown kettles"}
    assert here.post("/account/password", said)["Location"] == "/account?changed=1"
    assert (here.get("/jobs").status_code, there.get("/jobs").status_code) == (200, 302)
    assert Sitting.objects.filter(ended_at=None).count() == 1


# -- step-up ---------------------------------------------------------------------------------------------------


def test_numbering_asks_for_a_recent_proof(world, at):
    world.student(1)
    world.judge()
    client = at("hq")
    certify = client.post("/candidates/picks", {"meant": "verb=certify&all=1"})["Location"]
    assert client.get(certify).status_code == 200
    prove(client, world.users["hq"], ago=django_settings.FRESH_SECONDS + 1)
    assert client.get(certify)["Location"] == f"/account/again?next={quote(certify, safe='')}"
    assert opened(client, "verb=approve&all=1").status_code == 200


def test_a_proof_by_password_is_not_fresh_for_whoever_has_a_second_factor(world, at):
    """The strongest proof of the session is what counts."""
    client = at("a")
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "at": time.time() - 5_000},
        {"method": "password", "at": time.time()},
    ]
    session.save()
    assert client.get("/account/app").status_code == 302


def test_a_session_that_was_ended_twice_is_ended_once(world):
    signed_in()
    user = world.users["a"].pk
    assert [sign_in.end_sittings(user, None) for _ in range(2)] == [1, 0]
