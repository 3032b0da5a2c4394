"""What people sent goes after the days that are set, by the office clock; what was found out and taken from it stays."""

import io
import os
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.management import call_command

from graduand.models import Deployment, Job, PhotoRow, PhotoUpload, Student
from graduand.office.people import own_accounts
from graduand.office.photos import importing, retention, uploads
from graduand.office.photos.by_hand import singles
from graduand.office.photos.importing import import_photos
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.photos.words import PhotoSource
from graduand.rulebook.terms import Desk, PhotoKind
from tests import factories, jobs
from tests.machine import needs
from tests.material.portraits import face, face_as, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """A place of its own: what other tests have sent is not counted here."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def numbers():
    needs.library("cv2")
    factories.enrol(factories.make_season(), 3, photo=False)
    return list(Student.objects.order_by("number").values_list("number", flat=True))


@pytest.fixture
def later(settings):
    """Move the office clock on by so many days."""
    settings.GRADUAND_DEMO = True

    def move(days):
        Deployment.objects.update_or_create(
            key=clock.CLOCK_KEY, defaults={"value": str(timedelta(days=days).total_seconds())}
        )

    return move


def hq():
    """The program, which brings photos for every centre."""
    return own_accounts.program(Desk.CENTRE)


def sent(folder, numbers, name="photos.zip"):
    """One picture that is taken and one that is refused."""
    return zipped(
        folder / name,
        {f"{numbers[0]}.jpg": face(1), f"{numbers[1]}.jpg": face_as(2, size=(481, 640))},
    )


def kept():
    return sorted(path.suffix for path in uploads.media("uploads").rglob("*") if path.is_file())


def test_a_zip_goes_after_thirty_days_and_its_report_stays(numbers, tmp_path, later):
    import_photos(sent(tmp_path, numbers), PhotoKind.GRADUATION, by=hq())
    upload = PhotoUpload.objects.get()
    before = list(upload.checks.order_by("place").values())
    later(29)
    assert (retention.forget_uploads(), kept()) == (
        0,
        [".zip"],
    )  # the control: a day earlier nothing goes
    later(31)
    assert (retention.forget_uploads(), retention.forget_uploads(), kept()) == (1, 0, [])
    assert list(upload.checks.order_by("place").values()) == before
    row = PhotoRow.objects.get()
    assert (
        uploads.media("photos") / row.sha256[:2] / row.sha256[2:4] / f"{row.sha256}.jpg"
    ).read_bytes()
    assert importing.tally_of(upload).as_dict() | {"kind": ""} == {
        "kind": "",
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "unwritten": 0,
        "warned": 0,
        "file": "",
    }
    assert (retention.is_retained(upload), uploads.bytes_of(upload.checks.get(place=1))) == (
        False,
        None,
    )


def test_the_days_are_a_setting(numbers, tmp_path, later, settings):
    import_photos(sent(tmp_path, numbers), PhotoKind.GRADUATION, by=hq())
    settings.KEPT_DAYS = {"photos": 90}
    later(89)
    assert retention.forget_uploads() == 0
    later(91)
    assert retention.forget_uploads() == 1


def test_the_same_file_sent_again_is_kept_for_the_later_import(numbers, tmp_path, later):
    path = sent(tmp_path, numbers)
    import_photos(path, PhotoKind.GRADUATION, by=hq())
    later(20)
    import_photos(path, PhotoKind.GRADUATION, by=hq())
    later(40)
    assert (retention.forget_uploads(), kept()) == (0, [".zip"])
    later(51)
    assert (retention.forget_uploads(), kept()) == (1, [])


def test_what_is_under_way_is_kept_and_what_was_never_begun_is_not(numbers, tmp_path, later):
    begun = uploads.begin(
        uploads.receive(sent(tmp_path, numbers), uploads.UploadChoices(PhotoKind.GRADUATION), hq())
    )
    path = zipped(tmp_path / "other.zip", {f"{numbers[2]}.jpg": face(3)})
    waiting = uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), hq())
    later(60)
    assert retention.forget_uploads() == 1
    assert (retention.is_retained(begun), retention.is_retained(waiting)) == (True, False)
    with pytest.raises(Refused, match="已过保存期"):
        uploads.begin(waiting)
    assert jobs.work_once("worker")
    assert PhotoUpload.objects.get(pk=begun.pk).finished_at is not None


def test_an_import_whose_zip_is_gone_ends_with_that_sentence(numbers, tmp_path, later):
    """Given up, it keeps no zip; who lets it continue after its days must not fail without end."""
    begun = uploads.begin(
        uploads.receive(sent(tmp_path, numbers), uploads.UploadChoices(PhotoKind.GRADUATION), hq())
    )
    Job.objects.update(state="failed")
    later(60)
    assert retention.forget_uploads() == 1
    Job.objects.update(state="waiting")
    assert jobs.work_once("worker")
    ended = PhotoUpload.objects.get(pk=begun.pk)
    assert (ended.problem, ended.finished_at is None) == (
        "上传的压缩包已过保存期，已经删除；请重新上传",
        False,
    )


def test_a_killed_command_run_again_after_the_days_goes_on_with_its_file(numbers, tmp_path, later):
    """The same file sent again is kept anew: the upload that it was killed in refuses it no more."""
    path = sent(tmp_path, numbers)
    begun = uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), hq())
    uploads.begin(begun, job=False)
    later(60)
    assert retention.forget_uploads() == 1
    tally = import_photos(path, PhotoKind.GRADUATION, by=hq())
    assert (tally.created, tally.refused) == (1, 1)
    assert PhotoUpload.objects.get().finished_at is not None


def test_a_single_picture_and_what_no_upload_speaks_of_go_too(numbers, later):
    student = Student.objects.get(number=numbers[0])
    singles.judge_single(face(1), "a.jpg", student, PhotoKind.GRADUATION, hq(), "k1")
    stray = uploads.media("uploads") / "aa" / "bb" / ".draft"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"cut off")
    assert (retention.forget_uploads(), len(kept())) == (0, 2)
    os.utime(stray, (0, 0))
    assert (retention.forget_uploads(), kept()) == (1, [".bin"])
    later(31)
    assert (retention.forget_uploads(), kept()) == (1, [])
    assert PhotoUpload.objects.get(source=PhotoSource.SINGLE).checks.count() == 1


def test_the_command_and_the_worker_do_it(numbers, tmp_path, later, capsys):
    import_photos(sent(tmp_path, numbers), PhotoKind.GRADUATION, by=hq())
    later(31)
    call_command("worker", "--once", stdout=io.StringIO())
    assert kept() == []
    call_command("photos", "forget", "--json", stdout=(said := io.StringIO()))
    assert said.getvalue().strip() == '{"files": 0, "forgotten": 0}'


def test_the_refused_come_back_as_a_zip_written_while_it_is_sent(numbers, tmp_path):
    """One picture in memory at a time: the first piece is there before the second picture was read."""
    bad = {f"{numbers[place]}.jpg": face_as(place, size=(481, 640)) for place in (0, 2)}
    import_photos(
        zipped(tmp_path / "a.zip", {f"{numbers[1]}.jpg": face(1), **bad}),
        PhotoKind.GRADUATION,
        by=hq(),
    )
    pieces = importing.refused_bytes(PhotoUpload.objects.get())
    first = next(pieces)
    assert len(first) < len(next(iter(bad.values())))
    with ZipFile(io.BytesIO(first + b"".join(pieces))) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert list(found) == [
        f"1_{numbers[0]}_照片尺寸 481×640.jpg",
        f"2_{numbers[2]}_照片尺寸 481×640.jpg",
        "不合格照片清单.xlsx",
    ]
    assert list(found.values())[:2] == list(bad.values())
