"""What will be thrown at the photo station, case by case, through the whole import."""

import io
import struct
from pathlib import Path
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from django.conf import settings
from django.db import transaction
from PIL import Image

from graduand.gateways import hashed_files
from graduand.gateways.photos.images import preview, stripped
from graduand.gateways.photos.repairs import NotRepairable, repair
from graduand.models import (
    Candidate,
    FaceVector,
    Intake,
    PhotoCheck,
    PhotoRow,
    PhotoUpload,
    Student,
)
from graduand.office.people import own_accounts
from graduand.office.photos import uploads
from graduand.office.photos.by_hand import reviews, singles
from graduand.office.photos.importing import import_photos
from graduand.office.photos.judging import judged
from graduand.office.photos.keeping import HELD, PhotoWriter
from graduand.office.photos.upload_run import advance
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.scope import actor_of
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import Desk, PhotoKind, Stage, Verb
from tests import acting, factories, jobs
from tests.machine import needs
from tests.material.portraits import exif, face, face_as, padded, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    needs.library("cv2")
    return factories.make_season()


@pytest.fixture
def two(season):
    """Two listed students without photos: their 学号."""
    factories.enrol(season, 2, photo=False)
    return list(Student.objects.order_by("number").values_list("number", flat=True))


def hq():
    """The program, which brings photos for every centre."""
    return own_accounts.program(Desk.CENTRE)


def send(folder, entries, **options):
    return import_photos(
        zipped(folder / "photos.zip", entries), PhotoKind.GRADUATION, by=hq(), **options
    )


def codes(place=0):
    return [row[0] for row in PhotoCheck.objects.order_by("-upload_id").get(place=place).findings]


def test_Z01_a_bomb_is_refused_and_leaves_no_entry(two, tmp_path):
    path = tmp_path / "bomb.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for place in range(40):
            archive.writestr(f"{place}.jpg", bytes(5 << 20))
    made = uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), hq())
    assert (made.code, "解压后超过上限" in made.problem, made.finished_at is not None) == (
        "ZIP_TOO_LARGE",
        True,
        True,
    )
    assert (PhotoCheck.objects.count(), jobs.work_once("worker")) == (0, False)


def test_Z03_a_zip_in_a_zip(two, tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"a.jpg": face(1)}).read_bytes()
    tally = send(tmp_path, {"inner.zip": inner, f"{two[0]}.jpg": inner, f"{two[1]}.jpg": face(1)})
    assert (tally.created, tally.refused) == (1, 2)
    assert codes(0) == ["ENTRY_NOT_JPEG", "NOT_JPEG"]
    assert codes(1) == ["NOT_JPEG"]


def test_Z04_seventy_thousand_entries_are_refused_by_their_number(two, tmp_path):
    path = tmp_path / "many.zip"
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for place in range(25_000):
            archive.writestr(f"{place}.jpg", b"")
    made = uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), hq())
    assert (made.code, PhotoCheck.objects.count()) == ("ZIP_TOO_MANY_ENTRIES", 0)


def test_Z09_twenty_thousand_equal_names_make_no_endless_sentence(two, tmp_path):
    path = tmp_path / "same.zip"
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for place in range(3_000):
            archive.writestr(f"{place}/{two[0]}.jpg", b"x" * 100)
    made = uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION, flatten=True), hq())
    assert made.total == 3_000
    assert max(len(str(row)) for row in made.checks.values_list("findings", flat=True)) < 1_000


def test_Z16_a_cut_upload_stores_nothing_and_the_whole_file_goes_in(two, tmp_path):
    whole = zipped(
        tmp_path / "photos.zip", {f"{number}.jpg": face(n) for n, number in enumerate(two)}
    ).read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) * 8 // 10])
    refused = import_photos(cut, PhotoKind.GRADUATION, by=hq())
    assert (refused.rows, PhotoRow.objects.count(), Intake.objects.count()) == (0, 0, 0)
    cut.write_bytes(whole)
    assert import_photos(cut, PhotoKind.GRADUATION, by=hq()).created == 2


def test_Z17_the_same_pictures_again_are_not_measured_again(two, tmp_path):
    entries = {f"{two[0]}.jpg": face(1), f"{two[1]}.jpg": face(2, fault="white")}
    send(tmp_path, entries)
    first = list(
        PhotoCheck.objects.order_by("place").values_list("verdict", "findings", "marks", "readings")
    )
    PhotoCheck.objects.update(readings=[["once", "measured", "", True]])
    tally = send(tmp_path, entries)
    again = PhotoUpload.objects.latest("id").checks.order_by("place")
    assert (tally.unchanged, tally.refused) == (1, 1)
    assert [row.readings for row in again] == [
        [["once", "measured", "", True]]
    ] * 2  # taken over, not measured
    assert list(again.values_list("verdict", flat=True)) == [row[0] for row in first]


def test_Z19_a_photo_of_an_approved_file_stays(season, tmp_path):
    file = acting.candidate_at(season, Stage.APPROVED)
    tally = send(tmp_path, {f"{file.student.number}.jpg": face(1)}, overwrite=True)
    assert (tally.refused, codes()) == (1, ["PHOTO_DECIDED"])
    student = file.student
    check = singles.judge_single(face(1), "a.jpg", student, PhotoKind.GRADUATION, hq(), uuid4().hex)
    assert singles.take_it(check.upload).outcome == "refused"
    assert PhotoRow.objects.filter(student=student).count() == 1


@pytest.mark.parametrize("size", [(481, 640), (640, 480), (479, 640)])
def test_P02_exact_pixels_and_cropping_only_when_asked(two, tmp_path, size):
    send(tmp_path, {f"{two[0]}.jpg": face_as(1, size=size)})
    check = PhotoCheck.objects.get()
    assert (check.outcome, "WRONG_SIZE" in codes(), check.repairable) == (
        "refused",
        True,
        size == (481, 640),
    )
    assert PhotoRow.objects.count() == 0


def bomb(width, height):
    """A JPEG header that promises more pixels than any camera has."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes((1, 34, 0, 2, 17, 1, 3, 17, 1))
    scan = b"\xff\xda" + struct.pack(">HB", 12, 3) + bytes((1, 0, 2, 17, 3, 17, 0, 63, 0))
    return b"\xff\xd8\xff\xc0" + frame + scan + b"\x12" * 100_000 + b"\xff\xd9"


def test_P04_a_picture_of_900_million_pixels_is_known_by_its_header(two, tmp_path):
    png = io.BytesIO()
    Image.new("L", (12_000, 12_000)).save(png, "PNG")
    tally = send(tmp_path, {f"{two[0]}.jpg": bomb(30_000, 30_000), f"{two[1]}.jpg": png.getvalue()})
    assert (tally.refused, "BOMB_DIMENSIONS" in codes(0), codes(1)[0]) == (2, True, "NOT_JPEG")
    assert list(PhotoCheck.objects.values_list("pixels", flat=True)) == ["", ""]  # never decoded
    with pytest.raises(NotRepairable):
        repair(bomb(30_000, 30_000), PhotoSpec())


def test_P06_what_is_served_is_a_picture_and_nothing_more(two, tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"a.txt": b"<script>"}).read_bytes()
    send(tmp_path, {f"{two[0]}.jpg": face(1) + inner})
    row = PhotoRow.objects.get()
    served = hashed_files.place_of(Path(settings.MEDIA_ROOT) / "photos", row.sha256).read_bytes()
    assert (served, row.original != row.sha256) == (stripped(face(1)), True)
    assert codes() == ["W_TRAILING_DATA"]


def test_P07_a_picture_that_lies_is_turned_only_as_a_repair(two, tmp_path):
    send(tmp_path, {f"{two[0]}.jpg": face(1, fault="turned")})
    assert "EXIF_ORIENTATION" in codes()
    done = repair(face(1, fault="turned"), PhotoSpec())
    with Image.open(io.BytesIO(done.data)) as picture:
        assert (
            picture.size,
            picture.getexif().get(0x0112),
            picture.info["dpi"],
            "progression" in picture.info,
        ) == (
            (480, 640),
            None,
            (300, 300),
            False,
        )
    assert done.steps[0] == "按 EXIF 标记转正"


def test_P08_neither_a_repair_nor_a_preview_keeps_a_place_or_a_name():
    data = face_as(1, size=(640, 480), exif=exif(6), comment=b"Zhang San")
    assert (b"Zhang San" in data, b"Exif" in data) == (True, True)
    for made in (repair(data, PhotoSpec()).data, preview(data), stripped(data)):
        assert (b"Zhang San" in made, b"Exif" in made) == (False, False)


def test_P12_the_same_pixels_in_another_wrapping(two, tmp_path):
    """Other bytes, the same picture: neither is taken while both are in one zip, nor later."""
    other = padded(face(1), len(face(1)) + 500)
    tally = send(tmp_path, {f"{two[0]}.jpg": face(1), f"{two[1]}.jpg": other})
    assert (tally.created, codes(0), codes(1)) == (0, ["DUPLICATE_IMAGE"], ["DUPLICATE_IMAGE"])
    send(tmp_path, {f"{two[0]}.jpg": face(1)})
    assert send(tmp_path, {f"{two[1]}.jpg": other}).problems == (f"{two[1]}.jpg：{HELD}",)


def test_P13_P14_a_photo_that_is_doubted_after_the_approval_goes_onto_no_certificate(season):
    file = acting.candidate_at(season, Stage.APPROVED)
    ids = [file.pk]
    factories.batches.freeze_roster(season.batch, season.staff.hq.pk)
    photo = PhotoRow.objects.get(student=file.student)
    PhotoRow.objects.filter(pk=photo.pk).update(review="pending", stored_by=season.staff.clerks[0])
    assert acting.refusals(acting.act(season, Verb.CERTIFY, ids)) == {file.pk: ["PHOTO-REVIEW"]}
    who = actor_of(season.staff.college, clock.today())
    reviews.decide(
        photo.pk, who, reviews.PictureDecision(False, PhotoReason.PERSON, "", uuid4().hex)
    )
    assert acting.refusals(acting.act(season, Verb.CERTIFY, ids)) == {file.pk: ["PHOTO-SPEC"]}
    PhotoRow.objects.filter(pk=photo.pk).update(review="", problems="", sha256="f" * 64)
    assert acting.refusals(acting.act(season, Verb.CERTIFY, ids)) == {file.pk: ["PHOTO-CHANGED"]}
    PhotoRow.objects.filter(pk=photo.pk).update(sha256=photo.sha256)
    assert acting.act(season, Verb.CERTIFY, ids).done == 1
    assert Candidate.objects.get(pk=file.pk).certificates.get().photo_sha256 == photo.sha256  # I12


def test_P13_a_photo_in_review_may_be_filed_and_not_endorsed(season):
    ids = factories.enrol(season, 1)
    PhotoRow.objects.update(review="pending")
    assert acting.act(season, Verb.APPLY, ids).done == 1
    assert acting.refusals(acting.act(season, Verb.ENDORSE, ids)) == {ids[0]: ["PHOTO-REVIEW"]}
    PhotoRow.objects.update(review="accepted")
    assert acting.act(season, Verb.ENDORSE, ids).done == 1


def test_P13_who_uploaded_and_the_centre_do_not_decide(season):
    factories.enrol(season, 1)
    PhotoRow.objects.update(review="pending", stored_by=season.staff.college)
    row = PhotoRow.objects.get()
    clerk, college, two_ = (
        actor_of(user, clock.today())
        for user in (season.staff.clerks[0], season.staff.college, season.staff.college_two)
    )
    said = reviews.PictureDecision(True, key=uuid4().hex)
    with pytest.raises(Refused):
        reviews.decide(row.pk, clerk, said)
    with pytest.raises(Refused):
        reviews.decide(row.pk, college, said)
    assert reviews.decide(row.pk, two_, said).accepted


def test_P15_a_repair_goes_down_in_quality_or_gives_up():
    heavy = face(1, fault="heavy")
    done = repair(heavy, PhotoSpec())
    assert (len(heavy) > 51_200, len(done.data) <= 51_200) == (True, True)
    with pytest.raises(NotRepairable, match="仍超过"):
        repair(heavy, PhotoSpec(max_bytes=5_000, warn_bytes=0))


def test_of_two_workers_one_keeps_a_chunk(two, tmp_path):
    """The slower one finds the cursor moved: nothing is kept twice and no entry is passed over."""
    path = zipped(
        tmp_path / "photos.zip", {f"{number}.jpg": face(n) for n, number in enumerate(two)}
    )
    upload = uploads.begin(
        uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), hq()), job=False
    )
    slow = PhotoUpload.objects.select_related("by").get(pk=upload.pk)
    piece = list(judged(slow, PhotoSpec()))[:1]
    advance(upload.pk, 1)
    assert PhotoWriter(slow).keep(piece).cursor == 1
    assert advance(upload.pk, 1).finished_at is not None
    assert (PhotoRow.objects.count(), FaceVector.objects.count()) == (2, 0)


def test_a_chunk_that_was_rolled_back_is_kept_by_the_second_try(two, tmp_path):
    """PostgreSQL may refuse the first try when another upload wrote the same student's photo meanwhile."""
    path = zipped(
        tmp_path / "photos.zip", {f"{number}.jpg": face(n) for n, number in enumerate(two)}
    )
    upload = uploads.begin(
        uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), hq()), job=False
    )
    piece = list(judged(upload, PhotoSpec()))
    keeping = PhotoWriter(upload)
    with transaction.atomic():
        keeping._write(piece)
        transaction.set_rollback(True)
    assert PhotoRow.objects.count() == 0  # the control: nothing is left of the first try
    assert keeping.keep(piece).finished_at is not None
    assert (PhotoRow.objects.count(), list(upload.checks.values_list("outcome", flat=True))) == (
        2,
        ["created"] * 2,
    )
