"""Faces compared: off by default, ordered with a basis, sealed, forgotten; what they find a person decides."""

import csv
import os
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    FaceOrder,
    FaceVector,
    Grant,
    PhotoDecision,
    PhotoRow,
    Student,
    Unit,
    User,
)
from graduand.office.people import own_accounts
from graduand.office.photos import comparison
from graduand.office.photos.by_hand import reviews
from graduand.office.photos.importing import import_photos
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.scope import actor_of
from graduand.rulebook.photos.judge import unusable_reference
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import Desk, PhotoKind, SheetKind
from tests import jobs
from tests.machine import needs
from tests.material.portraits import face, zipped
from tests.office.records.files import batch, bring, student, world

pytestmark = pytest.mark.django_db
PHOTOS = Path(
    os.environ.get("GRADUAND_PHOTOS") or Path(__file__).resolve().parents[4] / "shared" / "photos"
)
PRESENT = (PHOTOS / "manifest.csv").is_file()
BASIS = "《个人信息保护法》第十三条第三项，学历注册法定职责；影响评估 2023-01"
ONE, TWO = "2117151000001", "2117151000002"


@pytest.fixture
def office(tmp_path):
    """A batch, two students; headquarters' administrator and reviewer."""
    needs.library("cv2")
    world(tmp_path, students=2)
    batch()
    users = {}
    for name, role in (
        ("admin", "hq_admin"),
        ("hq", "hq_reviewer"),
        ("college", "college_reviewer"),
    ):
        users[name] = User.objects.create_user(name, name)
        Grant.objects.create(user=users[name], role=role, unit=Unit.objects.get(code="Z"))
    return users


def actor(user):
    return actor_of(user, clock.today())


def switch(users, on=True, basis=BASIS, who="admin"):
    return comparison.order(on, basis if on else "", actor(users[who]), uuid4().hex)


def work():
    while jobs.work_once("worker"):
        pass


def send(folder, users, entries, kind=PhotoKind.GRADUATION):
    tally = import_photos(
        zipped(folder / "photos.zip", entries),
        kind,
        by=own_accounts.program(Desk.CENTRE),
        overwrite=True,
    )
    assert tally.created + tally.updated == len(entries), tally.problems


def codes(number):
    row = PhotoRow.objects.get(student__number=number, kind="graduation", current=True)
    return [one.code.value for one in reviews.standing(row)]


def test_faces_are_not_compared_and_not_kept_unless_ordered(tmp_path, office):
    send(tmp_path, office, {f"{ONE}.jpg": face(1)})
    work()
    assert (comparison.in_force(), FaceVector.objects.count()) == (False, 0)


def test_only_an_administrator_orders_it_and_only_with_a_basis(office):
    with pytest.raises(Refused):
        switch(office, who="hq")
    with pytest.raises(Refused):
        switch(office, basis="好")
    made = switch(office)
    assert (comparison.in_force(), made.basis, made.by.username) == (True, BASIS, "admin")


def test_what_is_kept_is_sealed_and_gone_when_it_is_switched_off(tmp_path, office):
    switch(office)
    send(tmp_path, office, {f"{ONE}.jpg": face(1)})
    row = FaceVector.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT vector FROM graduand_facevector")
        raw = bytes(cursor.fetchone()[0])
    assert (len(row.vector) > 600, row.vector.encode() in raw) == (True, False)
    assert row.runtime.startswith("opencv ")
    switch(office, on=False)
    assert (FaceVector.objects.count(), comparison.in_force(), FaceOrder.objects.count()) == (
        0,
        False,
        2,
    )


def test_faces_expire_with_the_season(tmp_path, office):
    switch(office)
    send(tmp_path, office, {f"{ONE}.jpg": face(1), f"{TWO}.jpg": face(2)})
    assert comparison.forget(everything=False) == 0
    FaceVector.objects.filter(photo__student__number=ONE).update(
        expires_on=clock.today().replace(year=clock.today().year - 1)
    )
    assert comparison.forget(everything=False) == 1
    assert comparison.forget(everything=True) == 1


def test_pictures_stored_before_are_measured_when_it_is_switched_on(tmp_path, office):
    send(tmp_path, office, {f"{ONE}.jpg": face(1)})
    send(tmp_path, office, {f"{ONE}.jpg": face(3)}, PhotoKind.ADMISSION)
    switch(office)
    work()
    assert FaceVector.objects.count() == 2


def test_numbers_of_another_runtime_are_never_compared(tmp_path, office):
    switch(office)
    send(tmp_path, office, {f"{ONE}.jpg": face(1)})
    FaceVector.objects.update(runtime="opencv 0, sface 0")
    work()
    assert FaceVector.objects.get().runtime.startswith("opencv 4")


def doubted(tmp_path, office):
    """Two pictures of which comparing has found something: {picture: findings}."""
    switch(office)
    send(tmp_path, office, {f"{ONE}.jpg": face(1), f"{TWO}.jpg": face(2)})
    work()
    doubt = unusable_reference(PhotoKind.ADMISSION, comparison.NO_FACE)
    return {row.pk: [doubt] for row in PhotoRow.objects.all()}


def pieces(asked):
    """How many transactions were begun."""
    return sum(query["sql"].startswith(("SAVEPOINT", "BEGIN")) for query in asked.captured_queries)


def test_what_comparing_finds_is_put_down_some_pictures_at_a_time(tmp_path, office, monkeypatch):
    """A season of them in one transaction would keep everybody from the embedded database."""
    found = doubted(tmp_path, office)
    monkeypatch.setattr(comparison, "PIECE", 1)
    with CaptureQueriesContext(connection) as asked:
        comparison._record(found)
    assert pieces(asked) >= 2
    assert set(PhotoRow.objects.values_list("review", flat=True)) == {"pending"}
    with CaptureQueriesContext(connection) as asked:
        comparison._record(found)
    assert pieces(asked) == 0  # nothing is new


def test_what_a_person_decides_while_findings_are_put_down_stays_decided(tmp_path, office):
    found = doubted(tmp_path, office)
    comparison._record(found)
    read = PhotoRow.objects.select_related("judged").get(student__number=ONE)
    reviewer = actor(office["college"])
    reviews.decide(read.pk, reviewer, reviews.PictureDecision(accepted=True, key="k"))
    assert comparison._put_down(read, []) is False
    assert PhotoRow.objects.get(pk=read.pk).review == "accepted"


# -- on real faces, where there is a set of them -------------------------------------------------------------

real = pytest.mark.skipif(not PRESENT, reason=f"no set of pictures at {PHOTOS}")


def manifest(kind):
    with (PHOTOS / "manifest.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["kind"] == kind]


@pytest.fixture
def season(tmp_path, office):
    """The good pictures with their admission photos and the registry's copies, compared."""
    numbers = [
        row["student_no"]
        for row in manifest("photo")
        if row["expected"] == "pass" and row["file"].startswith("ok/")
    ]
    bring(
        tmp_path,
        SheetKind.STUDENTS,
        *({**student(100 + n), "学号": number} for n, number in enumerate(numbers)),
    )
    switch(office)
    for kind, folder in (
        (PhotoKind.GRADUATION, "ok"),
        (PhotoKind.ADMISSION, "admission"),
        (PhotoKind.CREDENTIAL, "chsi"),
    ):
        files = {
            path.name: path.read_bytes()
            for path in (PHOTOS / folder).glob("*.jpg")
            if path.stem in numbers
        }
        import_photos(
            zipped(tmp_path / f"{folder}.zip", files), kind, by=own_accounts.program(Desk.CENTRE)
        )
    work()
    return office


@real
@pytest.mark.slow
def test_P13_the_wrong_person_waits_at_the_desk_and_nobody_else(season):
    kinds = {"FACE_MISMATCH", "FACE_UNSURE", "REFERENCE_UNUSABLE"}
    expected = {
        row["student_no"]: set(filter(None, row["codes"].split(";"))) & kinds
        for row in manifest("admission")
    }
    known = set(Student.objects.values_list("number", flat=True))
    assert {n: set(codes(n)) & kinds for n in expected if n in known} == {
        n: c for n, c in expected.items() if n in known
    }


@real
@pytest.mark.slow
def test_四_2_3_the_registrys_copy_is_the_same_picture_or_a_person_is_asked(season):
    expected = {row["student_no"]: "CHSI_PHOTO_DIFFERS" in row["codes"] for row in manifest("chsi")}
    rows = PhotoRow.objects.filter(
        kind="graduation", current=True, student__number__in=list(expected)
    )
    states = {row.student.number: row for row in rows}
    same = {
        n
        for n, differs in expected.items()
        if n in states and not differs and "REFERENCE" not in str(codes(n))
    }
    assert {n: states[n].same for n in same} == dict.fromkeys(same, True)
    for number in (n for n, differs in expected.items() if differs and n in states):
        assert (states[number].same, states[number].review) == (None, "pending")


@real
@pytest.mark.slow
def test_a_confirmed_difference_from_the_registry_blocks(season):
    waiting = PhotoRow.objects.filter(kind="graduation", current=True, review="pending").order_by(
        "id"
    )
    row = next(one for one in waiting if "CHSI_PHOTO_DIFFERS" in str(one.compared))
    said = reviews.PictureDecision(False, PhotoReason.REGISTRY, "", uuid4().hex)
    reviews.decide(row.pk, actor(season["hq"]), said)
    row.refresh_from_db()
    assert (row.same, row.review, row.problems) == (
        False,
        "refused",
        "人工审核：与学信网照片不一致",
    )
    comparison.compare()  # again: what a person has decided stays decided
    row.refresh_from_db()
    assert (row.review, PhotoDecision.objects.count()) == ("refused", 1)
