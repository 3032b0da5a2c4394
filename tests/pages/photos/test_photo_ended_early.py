"""An import of photos that ends among its pictures: page, record and command say what went in and what did not."""

import io
import re

import openpyxl
import pytest

from graduand.gateways import hashed_files
from graduand.models import Grant, Intake, Job, PhotoRow, PhotoUpload
from graduand.office.duties.imports import Photos
from graduand.office.photos import upload_run, uploads
from graduand.office.photos.importing import tally_of
from graduand.rulebook.terms import JobState
from tests import jobs
from tests.material.portraits import face, face_as
from tests.pages.photos.photo_uploads import ONE, OTHER, TWO, send, text, three

__all__ = ["three"]  # a fixture

pytestmark = pytest.mark.django_db
GONE = "上传的压缩包已过保存期，已经删除；请重新上传"


def ended_after(chunks, client, zip_gone=True):
    """An upload of three whose zip is gone, or whose sender's right ended, after so many chunks; the
    first one holds a picture that is refused and one that is taken.
    """
    entries = {f"{TWO}.jpg": face_as(2, size=(481, 640)), f"{ONE}.jpg": face(1)}
    url = send(client, {**entries, f"{OTHER}.jpg": face(3)}).headers["Location"]
    upload = uploads.begin(PhotoUpload.objects.get(key="a1"), job=False)
    for _ in range(chunks):
        upload_run.advance(upload.pk, 1)
    if zip_gone:
        hashed_files.place_of(uploads.media("uploads"), upload.sha256, ".zip").unlink()
    else:
        Grant.objects.filter(user=upload.by).update(role="college_dispatch")
    return url, upload_run.advance(upload.pk)


def figures(page):
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page))


def listed(client):
    shown = re.sub(r"\s+", " ", text(client.get("/imports")))
    return re.findall(r'class="tag[^"]*"[^>]*>([^<]+)<', shown)


def test_what_went_in_is_told_and_the_rest_is_not_called_imported(at, three):
    client = at("a")
    url, upload = ended_after(1, client)
    record = Intake.objects.get()
    assert (upload.problem, PhotoRow.objects.count()) == (GONE, 1)
    assert (record.rows, record.created, record.refused, record.kept) == (3, 1, 2, True)
    assert listed(client) == ["部分导入"]
    page = text(client.get(url))
    assert figures(page) == {"导入": "1", "未变": "0", "未导入": "1", "未检查": "1", "共": "3"}
    assert ("没有全部导入" in page, GONE in page, "/result.xlsx" in page) == (True, True, True)
    assert "部分导入" in text(client.get("/photos/imports"))
    answer = client.post(f"{url}/result.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.getvalue()))
    outcomes = [row[4] for row in book.active.iter_rows(values_only=True)][-3:]
    assert outcomes == ["未导入", "新增", "未检查"]
    tally = tally_of(upload)
    assert (tally.rows, tally.created, tally.refused, tally.unwritten) == (3, 1, 2, 1)
    assert (tally.ok, tally.problems[0], tally.intake) == (False, GONE, record.pk)


def test_a_right_that_ends_half_way_leaves_what_went_in(at, three):
    client = at("a")
    url, upload = ended_after(1, client, zip_gone=False)
    assert (upload.finished_at is None, upload.cursor) == (False, 2)
    record = Intake.objects.get()
    assert (record.created, record.refused, record.kept) == (1, 2, True)
    assert "refused.zip" not in text(client.get(url))
    answer = client.post(f"{url}/refused.zip")
    assert (answer.status_code, "这次导入没有做完" in text(answer)) == (409, True)
    [summary] = Photos.about([upload.pk]).values()
    assert (summary.ended_as, summary.message) == (
        (JobState.FAILED, "没有全部导入"),
        upload.problem,
    )


def test_an_import_that_ended_before_its_first_picture_brought_nothing(at, three):
    """The control."""
    client = at("a")
    url, _ = ended_after(0, client)
    record = Intake.objects.get()
    assert (record.created, record.refused, record.kept) == (0, 3, False)
    assert listed(client) == ["未导入"]
    page = text(client.get(url))
    assert ("没有导入" in page, "/result.xlsx" in page) == (True, False)
    assert client.post(f"{url}/result.xlsx").status_code == 404


def test_a_folder_that_is_away_for_a_moment_ends_no_import(at, three):
    send(at("a"), {f"{ONE}.jpg": face(1)})
    upload = uploads.begin(PhotoUpload.objects.get(key="a1"))
    folder = uploads.media("uploads")
    away = folder.rename(folder.with_name("away"))
    assert jobs.work_once("worker")
    upload.refresh_from_db()
    assert (upload.finished_at, upload.problem, Job.objects.get().state) == (None, "", "waiting")
    away.rename(folder)
    Job.objects.update(not_before=None)
    assert jobs.work_once("worker")
    upload.refresh_from_db()
    assert (upload.problem, upload.intake.created) == ("", 1)


@pytest.mark.parametrize("zip_gone", [False, True])
def test_a_stopped_import_promises_to_continue_only_what_is_still_there(at, three, zip_gone):
    client = at("a")
    url = send(client, {f"{TWO}.jpg": face(2), f"{ONE}.jpg": face(1)}).headers["Location"]
    upload = uploads.begin(PhotoUpload.objects.get(key="a1"))
    upload_run.advance(upload.pk, 1)
    client.post(f"/jobs/photos/{upload.pk}/stop")
    Job.objects.update(done=1)
    if zip_gone:
        uploads.place_of(upload).unlink()
    page = text(client.get(url))
    assert ("可以继续" in page, "上传的压缩包已经删除，其余的不能再检查" in page) == (
        not zip_gone,
        zip_gone,
    )
    client.post(f"/jobs/photos/{upload.pk}/resume")
    assert jobs.work_once("worker")
    upload.refresh_from_db()
    assert (upload.problem, upload.intake.created) == (GONE if zip_gone else "", 2 - zip_gone)
