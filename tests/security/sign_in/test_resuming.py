"""A proof of identity in the middle of a form: nothing is done before it, nothing that was typed is lost by it."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from graduand.models import Act, Consent, Intake, PendingForm, SheetUpload
from graduand.office import acts
from graduand.office.people import pending_forms
from graduand.office.season import batches
from graduand.rulebook.terms import Verb
from tests.pages.conftest import prove
from tests.pages.lists.picking import opened, token_of
from tests.pages.records.uploads import csv_of, send


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings):
    settings.SECOND_FACTOR = "optional"


@pytest.fixture
def approved(world):
    """Two students on a frozen roster."""
    students = [world.student(1), world.student(2)]
    world.judge()
    world.do("a", Verb.APPLY, *students)
    world.do("college", Verb.ENDORSE, *students)
    world.do("hq", Verb.APPROVE, *students)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    return world


def waits(answer) -> str:
    """The page on which the form waits for the proof."""
    found = re.fullmatch(r"/account/again\?next=(%2Faccount%2Fresume%2F[\w-]+)", answer["Location"])
    assert found, answer["Location"]
    return found[1].replace("%2F", "/")


def form_of(page) -> tuple[str, list[tuple[str, str]]]:
    """(address, fields) of the one form of the page."""
    text = page.content.decode()
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
    address = re.search(r'<form method="post" action="([^"]+)"', text)[1]
    return html.unescape(address), [
        (n, html.unescape(v)) for n, v in fields if n != "csrfmiddlewaretoken"
    ]


def stale(client, user) -> None:
    """The last proof is an hour old."""
    prove(client, user, ago=3600)


def test_certifying_goes_on_with_the_same_people_and_the_same_key(approved, at):
    client, user = at("hq"), approved.users["hq"]
    token = token_of(opened(client, "verb=certify&all=1&list=candidates&stage=approved"))
    stale(client, user)
    resume = waits(client.post("/candidates/submit", {"token": token, "note": "第一批"}))
    assert Act.objects.filter(verb=Verb.CERTIFY).count() == 0
    # without the proof the page leads to the proof, and nobody else has such a page
    assert client.get(resume)["Location"].startswith("/account/again?next=")
    assert at("college").get(resume).status_code == 404
    prove(client, user)
    address, fields = form_of(client.get(resume))
    assert (address, fields) == (
        "/candidates/submit",
        [("token", token), ("note", "第一批"), ("resumed", resume.rpartition("/")[2])],
    )
    answers = [client.post(address, dict(fields)) for _ in range(2)]
    acts.resume(approved.batch)
    act = Act.objects.get(verb=Verb.CERTIFY)
    assert [answer["Location"] for answer in answers] == [f"/jobs/act/{act.pk}"] * 2
    assert (act.key, act.done, act.asked["note"]) == (token, 2, "第一批")
    assert (client.get(resume).status_code, PendingForm.objects.count()) == (404, 0)


def test_what_was_typed_for_voiding_is_asked_of_the_second_person_once(approved, at):
    client, user = at("hq"), approved.users["hq"]
    file = approved.batch.candidates.first()
    approved.do("hq", Verb.CERTIFY, file.student)
    token = token_of(opened(client, f"verb=void&chosen={file.pk}"))
    stale(client, user)
    typed = {"token": token, "reason": "details", "note": "姓名多一点：阿·依古丽"}
    sent = client.post("/candidates/submit", typed, headers={"HX-Request": "true"})
    assert (sent.status_code, Consent.objects.count()) == (200, 0)
    resume = sent["HX-Redirect"].partition("next=")[2].replace("%2F", "/")
    prove(client, user)
    address, fields = form_of(client.get(resume))
    assert dict(fields).items() >= typed.items()
    assert client.post(address, dict(fields))["Location"] == "/consents?done=asked"
    asked = Consent.objects.get()
    assert (asked.reason, asked.detail["said"]["reason"]) == (typed["note"], "details")


def test_of_a_form_with_a_file_all_else_is_kept_and_the_file_is_asked_for_by_its_name(approved, at):
    client, user = at("hq"), approved.users["hq"]
    file = approved.batch.candidates.first()
    approved.do("hq", Verb.CERTIFY, file.student)
    token = token_of(opened(client, f"verb=amend&chosen={file.pk}"))
    stale(client, user)
    typed = {"token": token, "reason": "details", "note": "学信更〔2023〕12号"}
    scan = [
        SimpleUploadedFile("更正结果.pdf", b"%PDF-1.4 scan", "application/pdf") for _ in range(2)
    ]
    resume = waits(client.post("/candidates/submit", typed | {"answer": scan[0]}))
    prove(client, user)
    page = client.get(resume)
    address, fields = form_of(page)
    assert (address, dict(fields).items() >= typed.items()) == ("/candidates/submit", True)
    shown = page.content.decode()
    assert 'enctype="multipart/form-data"' in shown
    assert re.findall(
        r'<label[^>]*>([^<]+)</label>\s*<input id="file-1" type="file" name="(\w+)" required>',
        shown,
    ) == [("重新选择文件：更正结果.pdf", "answer")]
    assert "只有选好的文件没有保留：请在下面重新选择同一个文件" in shown
    answer = client.post(
        address, dict(fields) | {"answer": scan[1]}
    )  # the form itself again, with what it says to that
    assert (answer.status_code, "学信更〔2023〕12号" in answer.content.decode()) == (409, True)


def test_confirming_an_import_goes_on_with_what_was_ticked(world, at):
    user = world.users["hq"]
    world.student(1)
    client = at("hq")
    where = send(client, csv_of({"学号": "1", "电子注册号": "511618202306000001"}), kind="numbers")[
        "Location"
    ]
    stale(client, user)
    resume = waits(client.post(f"{where}/begin", {"partial": "1"}))
    assert (Intake.objects.filter(trial=False).count(), SheetUpload.objects.get().confirmed_at) == (
        0,
        None,
    )
    prove(client, user)
    address, fields = form_of(client.get(resume))
    assert (address, ("partial", "1") in fields) == (f"{where}/begin", True)
    assert client.post(address, dict(fields))["Location"] == where
    assert SheetUpload.objects.get().confirmed_at is not None


def test_what_is_kept_is_sealed_without_passwords_and_for_half_an_hour(world, settings):
    user = world.users["hq"].pk
    typed = (
        ("note", "证件号 11010519900307123X"),
        ("password", "hunter2"),
        ("chosen", "1"),
        ("chosen", "2"),
    )
    key = pending_forms.keep(user, pending_forms.SentForm("/x", "/", typed))
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM graduand_pendingform")
        raw = bytes(cursor.fetchone()[0])
    assert (b"11010519900307123X" in raw, "证件号".encode() in raw) == (False, False)
    assert pending_forms.pending_form(user, key).fields == (typed[0], *typed[2:])
    assert pending_forms.pending_form(world.users["college"].pk, key) is None
    PendingForm.objects.update(kept_at=timezone.now() - timedelta(seconds=settings.PICK_SECONDS))
    assert pending_forms.pending_form(user, key) is None
    pending_forms.keep(user, pending_forms.SentForm("/y", "/", ()))
    assert PendingForm.objects.count() == 1


def test_what_the_program_kept_before_it_knew_of_files_is_still_read(world):
    """An upgrade lies between the two halves of a form: it was sent to the old program, and the new one has it proved."""
    user = world.users["hq"].pk
    typed = (("note", "材料不全"), ("chosen", "1"), ("chosen", "2"))
    fields = json.dumps([list(pair) for pair in typed], ensure_ascii=False)
    PendingForm.objects.create(
        key="k" * 22, owner_id=user, path="/x", before="/y", fields=fields, kept_at=timezone.now()
    )
    assert pending_forms.pending_form(user, "k" * 22) == pending_forms.SentForm(
        "/x", "/y", typed, ()
    )


def test_what_is_too_large_to_be_kept_is_said_to_be_lost(world):
    large = (("text", "长" * (pending_forms.MOST_CHARACTERS + 1)),)
    assert pending_forms.keep(world.users["hq"].pk, pending_forms.SentForm("/x", "/", large)) == ""
