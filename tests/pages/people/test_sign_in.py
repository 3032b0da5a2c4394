"""Signing in and out, and the door of every page."""

import pytest
from django.db import transaction
from django.test import Client

from graduand.models import Grant, Unit
from graduand.pages.door.read_only import WriteRefused, looking
from tests.pages.world import NOON, PASSWORD, account_for, set_clock

PAGES = (
    "/",
    "/candidates",
    "/candidates/confirm?verb=apply&all=1",
    "/candidates/1",
    "/jobs",
    "/jobs/act/1",
    "/my",
)


def sign_in(client, username, password=PASSWORD, **more):
    return client.post("/login", {"username": username, "password": password, **more})


@pytest.mark.parametrize("page", PAGES)
def test_nobody_is_sent_to_the_form(world, page):
    answer = Client().get(page)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login")


def test_the_form_leads_back_to_the_page_that_was_asked_for(world, settings):
    settings.SECOND_FACTOR = "optional"
    client = Client()
    form = client.get(client.get("/candidates?stage=listed")["Location"]).content.decode()
    assert 'name="next" value="/candidates?stage=listed"' in form
    assert (
        sign_in(client, "a", next="/candidates?stage=listed")["Location"]
        == "/candidates?stage=listed"
    )
    assert client.get("/candidates").status_code == 200


@pytest.mark.parametrize(
    "evil",
    ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", ""],
)
def test_S04_only_our_own_pages_to_come_back_to(world, evil):
    assert sign_in(Client(), "a", next=evil)["Location"] == "/"


def test_S01_the_session_key_is_a_new_one(world):
    client = Client()
    client.cookies["sessionid"] = "fixed-by-somebody-else"
    sign_in(client, "a")
    assert client.cookies["sessionid"].value not in ("", "fixed-by-somebody-else")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(world):
    wrong, unknown = (sign_in(Client(), name, "not the password") for name in ("a", "nobody"))
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "账号或密码不对" in wrong.content.decode()
    assert wrong.content.replace(b"a", b"") != b""
    assert len(unknown.content) - len(wrong.content) == len("nobody") - len("a")


def test_S12_a_huge_password_is_nobodys(world, asks):
    with asks(0):
        assert sign_in(Client(), "a", "x" * 1_000_000).status_code == 401


def test_S02_a_form_without_its_token_is_refused(world):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/login", {"username": "a", "password": PASSWORD}).status_code == 403
    client.force_login(world.users["a"])
    assert client.post("/candidates/submit", {"token": "x"}).status_code == 403


def test_signing_out_ends_the_session_on_the_server(world, at):
    client = at("a")
    kept = client.cookies["sessionid"].value
    assert client.get("/logout").status_code == 405
    answer = client.post("/logout")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    again = Client()
    again.cookies["sessionid"] = kept
    assert again.get("/candidates").status_code == 302


def test_A15_a_disabled_account_is_out_at_once(world, at):
    client = at("a")
    world.users["a"].is_active = False
    world.users["a"].save()
    assert client.get("/candidates").status_code == 302


def test_A04_a_role_that_ended_yesterday_is_out_at_once(world, at):
    client = at("a")
    Grant.objects.filter(user=world.users["a"]).update(until=NOON.date().replace(day=11))
    assert client.get("/candidates").status_code == 302


def test_students_and_auditors_have_no_desk(world, at):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    statuses = {
        name: [at(name).get(page).status_code for page in ("/candidates", "/jobs", "/candidates/1")]
        for name in ("student", "auditor")
    }
    assert statuses == {"student": [404, 404, 404], "auditor": [404, 404, 404]}
    assert at("student").get("/")["Location"] == "/my"


def test_staff_have_no_student_page(world, at):
    assert at("a").get("/my").status_code == 404


def test_personal_pages_are_not_kept_and_run_nothing_from_elsewhere(world, at):
    answer = at("a").get("/candidates")
    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    body = answer.content.decode()
    assert [
        word for word in ("<script>", " style=", " onclick=", "http://", "https://") if word in body
    ] == []


def test_a_page_that_is_looked_at_cannot_write(world):
    def write():
        with transaction.atomic(), looking():
            assert Unit.objects.count() == 4
            Unit.objects.update(name="x")

    with pytest.raises(WriteRefused):
        write()
    assert Unit.objects.filter(name="x").count() == 0


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_S19_a_list_only_answers_a_look(world, at, method):
    assert getattr(at("a"), method)("/candidates").status_code == 405


def test_a_session_lost_inside_the_dialog_leads_to_the_form(world):
    answer = Client().get("/candidates/confirm?verb=apply&all=1", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/login"


def test_before_any_batch_the_pages_stand(world, at):
    world.batch.policy = None
    world.batch.save()
    set_clock(NOON)
    assert [
        at(name).get(page).status_code for name in ("hq", "a") for page in ("/", "/candidates")
    ] == [200] * 4
