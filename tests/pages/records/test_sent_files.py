"""Files that went wrong once, through the browser: sent, looked at by the worker, shown, handed back, imported."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from graduand.gateways.records.sheets import read_sheet
from graduand.models import PhotoCheck, SheetUpload
from graduand.office.records import uploads
from tests import jobs
from tests.machine import needs
from tests.material.sent_files import PICTURES, SENT, STORED, make_ready, path_of, stored


@pytest.fixture
def ready(world, settings):
    """The season, with what the files speak of; whatever is sent is the worker's."""
    make_ready(world.centres[0].parent)
    settings.SHEET_AT_ONCE_BYTES = 0
    return world


def all_done():
    while jobs.work_once("worker"):
        pass


def sent(client, name):
    """The upload of a file after the worker has had it, and its page."""
    file = SimpleUploadedFile(name, path_of(name).read_bytes())
    answer = client.post("/imports/send", {"kind": SENT[name].kind, "key": "k1", "file": file})
    assert answer.status_code == 302
    all_done()
    page = client.get(answer["Location"])
    assert page.status_code == 200
    return SheetUpload.objects.select_related("checked").get(), page.content.decode()


@pytest.mark.parametrize("name", SENT)
def test_what_the_page_says_of_it(ready, at, name):
    right, client = SENT[name], at(SENT[name].by)
    upload, page = sent(client, name)
    said = uploads.notes_of(upload)
    told = [*said.problems, *said.warnings, *said.notes]
    assert [sentence for sentence in right.says if sentence not in told] == []
    if right.unreadable:
        assert (upload.checked, "文件不能导入" in page) == (None, True)
        return
    checked = upload.checked
    assert (checked.created, checked.refused, checked.warned) == (
        right.created,
        right.refused,
        right.warned,
    )
    if right.refused:
        _comes_back(client, upload, name)
    else:
        client.post(f"/imports/{upload.pk}/begin")
        all_done()
        assert "导入完成" in client.get(f"/imports/{upload.pk}").content.decode()
        assert stored(name) == STORED.get(name, [])


def _comes_back(client, upload, name):
    """The returned workbook: the sender's columns and rows in their order, a reason in every
    refused row, and before it what to look at in others.
    """
    answer = client.post(f"/imports/{upload.pk}/errors.xlsx")
    book = load_workbook(io.BytesIO(answer.getvalue()))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    with read_sheet(path_of(name)) as sheet:
        given = [list(sheet.headers), *(list(row.cells) for row in sheet.rows())]
    assert [row[: len(given[0])] for row in rows] == given
    ours = ["导入提醒", "错误原因"] if uploads.notes_of(upload).warnings else ["错误原因"]
    assert rows[0][len(given[0]) :] == ours
    assert sum(bool(row[-1]) for row in rows[1:]) == SENT[name].refused


def test_a_workbook_with_bad_rows_goes_back_is_mended_and_imported(ready, at):
    client = at("college")
    upload, page = sent(client, "f00-plain-one-bad-row.xlsx")
    assert f'action="/imports/{upload.pk}/errors.xlsx"' in page
    book = load_workbook(io.BytesIO(client.post(f"/imports/{upload.pk}/errors.xlsx").getvalue()))
    book.worksheets[0]["C2"] = "女"
    mended = io.BytesIO()
    book.save(mended)
    file = SimpleUploadedFile("改好.xlsx", mended.getvalue())
    where = client.post("/imports/send", {"kind": "students", "key": "k2", "file": file})[
        "Location"
    ]
    all_done()
    client.post(f"{where}/begin")
    all_done()
    assert "全部导入" in client.get(where).content.decode()


def test_half_a_picture_is_refused_and_a_date_over_the_clothes_goes_to_a_person(world, at):
    needs.library("cv2")
    people = [world.student(number, photo=False) for number in (1, 2, 3)]
    world.judge()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for student, name in zip(people, PICTURES, strict=True):
            archive.write(path_of(name), f"{student.number}.jpg")
    client, form = at("a"), {"kind": "graduation", "naming": "student_no", "level": "", "key": "k1"}
    url = client.post(
        "/photos/import/send", {**form, "file": SimpleUploadedFile("照片.zip", packed.getvalue())}
    )["Location"]
    client.post(f"{url}/begin")
    all_done()
    assert client.get(url).status_code == 200
    checks = PhotoCheck.objects.order_by("pk")
    said = [
        (check.verdict, [row[4] for row in check.findings if "下部" in row[4]]) for check in checks
    ]
    assert said == [(verdict, [text] if text else []) for verdict, text in PICTURES.values()]
