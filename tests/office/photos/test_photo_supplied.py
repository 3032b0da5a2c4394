"""Copies of the registry's photos: headquarters' prove, a centre's say; and photos by whoever lost the right to bring them."""

from uuid import uuid4

import pytest

from graduand.models import Grant, Intake, PhotoRow, PhotoUpload, Student, Unit, User
from graduand.models.engine import Ids
from graduand.office.people import own_accounts
from graduand.office.photos import upload_run, uploads
from graduand.office.photos.by_hand import singles
from graduand.office.photos.importing import import_photos
from graduand.office.refusal import Refused
from graduand.queries.facts.photos import photos_of
from graduand.rulebook.people.rights import import_refusal
from graduand.rulebook.photos import places
from graduand.rulebook.terms import Desk, PhotoKind, Role
from tests.material.portraits import face, zipped
from tests.office.records.files import batch, world

pytestmark = pytest.mark.django_db
ONE = "2117151000001"
A, B = face(0), face(1)


@pytest.fixture
def clerk(tmp_path):
    """One student with a 毕业照片; the clerk of the centre."""
    world(tmp_path)
    batch()
    user = User.objects.create_user("clerk", "王老师")
    Grant.objects.create(user=user, role="centre_clerk", unit=Unit.objects.get(code="C01"))
    assert send(tmp_path, user, PhotoKind.GRADUATION, A).created == 1
    return user


def send(folder, by, kind, data, **more):
    return import_photos(zipped(folder / "photos.zip", {f"{ONE}.jpg": data}), kind, by=by, **more)


def photo():
    """The 毕业照片 as a judgement knows it: (proved the same, stated by the centre)."""
    (found,) = photos_of(Ids([Student.objects.get(number=ONE).pk])).values()
    return found.same, found.stated


def test_a_copy_from_the_centre_is_its_statement_and_no_proof(tmp_path, clerk):
    assert send(tmp_path, clerk, PhotoKind.CREDENTIAL, A).created == 1
    row = PhotoRow.objects.get(kind="credential")
    assert (row.supplied, row.judged.upload.supplied, photo()) == (True, True, (None, True))


def test_the_control_a_copy_from_headquarters_proves_it(tmp_path, clerk):
    assert send(tmp_path, own_accounts.program(Desk.HQ), PhotoKind.CREDENTIAL, A).created == 1
    assert (PhotoRow.objects.get(kind="credential").supplied, photo()) == (False, (True, False))


def test_a_copy_from_the_centre_that_differs_is_looked_at_by_a_person(tmp_path, clerk):
    send(tmp_path, clerk, PhotoKind.CREDENTIAL, B)
    row = PhotoRow.objects.get(kind="graduation")
    assert (row.review, row.same) == ("pending", None)


def test_a_centre_does_not_replace_what_headquarters_brought(tmp_path, clerk):
    send(tmp_path, own_accounts.program(Desk.HQ), PhotoKind.CREDENTIAL, B)
    tally = send(tmp_path, clerk, PhotoKind.CREDENTIAL, A, overwrite=True)
    assert (tally.refused, tally.problems) == (1, (f"{ONE}.jpg：{places.PROVEN}",))
    assert not PhotoRow.objects.get(kind="credential").supplied
    over = send(tmp_path, clerk, PhotoKind.ADMISSION, A)
    back = send(tmp_path, own_accounts.program(Desk.HQ), PhotoKind.ADMISSION, B, overwrite=True)
    assert (
        over.created,
        back.updated,
        PhotoRow.objects.get(kind="admission", current=True).supplied,
    ) == (1, 1, False)


def test_A04_nothing_more_is_kept_for_whoever_lost_the_right_meanwhile(tmp_path, clerk):
    path = zipped(tmp_path / "new.zip", {f"{ONE}.jpg": B})
    upload = uploads.receive(
        path, uploads.UploadChoices(PhotoKind.GRADUATION, overwrite=True), clerk
    )
    upload = uploads.begin(upload, job=False)
    Grant.objects.filter(user=clerk).update(
        role="college_dispatch", unit=Unit.objects.get(code="X01")
    )
    ended = upload_run.advance(upload.pk)
    refusal = import_refusal({Role.COLLEGE_DISPATCH}, PhotoKind.GRADUATION)
    assert (ended.problem, ended.cursor, ended.finished_at is not None) == (refusal, 0, True)
    assert (
        PhotoRow.objects.count(),
        Intake.objects.latest("id").created,
        ended.intake_id is not None,
    ) == (1, 0, True)
    assert upload_run.advance(upload.pk).finished_at == ended.finished_at


def test_a_single_picture_and_a_repair_ask_for_the_same_right(tmp_path, clerk):
    student, before = Student.objects.get(number=ONE), PhotoUpload.objects.count()
    Grant.objects.filter(user=clerk).update(role="class_teacher")
    with pytest.raises(Refused) as problem:
        singles.judge_single(B, "a.jpg", student, PhotoKind.GRADUATION, clerk, uuid4().hex)
    assert str(problem.value) == import_refusal({Role.CLASS_TEACHER}, PhotoKind.GRADUATION)
    assert PhotoUpload.objects.count() == before
