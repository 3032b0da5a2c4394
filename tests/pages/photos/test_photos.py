"""The photo pages: the import dialog of annex 3, its report, the review, the list of photos."""

import io
import os
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from graduand.models import (
    PhotoCheck,
    PhotoDecision,
    PhotoRow,
    PhotoUpload,
    User,
)
from graduand.office.photos import retention, uploads
from graduand.office.photos.by_hand import singles
from tests import jobs
from tests.material.portraits import face, face_as
from tests.pages.photos.photo_uploads import (
    ONE,
    OTHER,
    TWO,
    fetched,
    imported,
    send,
    status,
    text,
    three,
)
from tests.pages.world import last_left

__all__ = ["three"]  # a fixture

pytestmark = pytest.mark.django_db


def test_the_dialog_asks_what_annex_3_asks(at, three):
    page = text(at("a").get("/photos/import"))
    for words in ("上传类型", "专业层次", "导入文件的命名方式", "覆盖已经存在的照片", "忽略文件夹"):
        assert words in page
    supplied = "（标明「中心提供」，不作为学信网照片的证明）"
    for word in (
        "毕业照片",
        f"入学照片{supplied}",
        f"学历照片{supplied}",
        "学号",
        "证件号",
        "考生号",
    ):
        assert f">{word}</option>" in page
    registering = text(at("hq").get("/photos/import"))
    assert [
        f">{word}</option>" in registering for word in ("毕业照片", "入学照片", "学历照片")
    ] == [False, True, True]
    assert "毕业照片由学习中心导入" in registering


def test_nothing_is_judged_before_导入_is_pressed(at, three):
    client = at("a")
    url = send(client, {f"{ONE}.jpg": face(1), "张三.jpg": face(2)}).headers["Location"]
    page = text(client.get(url))
    assert ("导入 1 张" in page, "已核对压缩包和文件名" in page) == (True, True)
    assert not jobs.work_once("worker")
    assert PhotoRow.objects.count() == 0
    assert client.post(f"{url}/begin").status_code == 302
    assert client.post(f"{url}/begin").status_code == 302  # pressed twice
    # the pictures, the judging of whoever got one, and nothing more
    assert [jobs.work_once("worker") for _ in range(3)] == [True, True, False]
    assert list(PhotoRow.objects.values_list("student__number", flat=True)) == [ONE]


def test_a_picture_named_by_a_person_is_refused_with_the_number_that_may_be_meant(at, three, world):
    """Only whom the sender sees is named; the one of another centre is not."""
    world.student(7, name="张伟")
    world.student(8, name="李娜")
    world.student(9, name="李娜")
    world.student(10, centre=1, name="王芳")
    send(at("a"), {"张伟.jpg": face(1), "李娜.jpg": face(2), "王芳.jpg": face(3)})
    said = [check.findings[0][4] for check in PhotoCheck.objects.order_by("place")]
    plain = "「{}.jpg」不是以学号命名，应形如 2117151000123.jpg"
    assert said == [
        plain.format("张伟")
        + "；您范围内只有一位「张伟」，学号 2115100000007，核对是本人后请改名为 2115100000007.jpg 再上传",
        plain.format("李娜")
        + "；您范围内有 2 位「李娜」（2115100000008、2115100000009），请按学号命名",
        plain.format("王芳"),
    ]
    assert list(PhotoCheck.objects.values_list("student", flat=True)) == [None, None, None]


def test_the_same_form_sent_twice_is_one_upload(at, three):
    client = at("a")
    assert (
        send(client, {f"{ONE}.jpg": face(1)}).headers["Location"]
        == send(client, {f"{ONE}.jpg": face(1)}).headers["Location"]
    )
    assert PhotoUpload.objects.count() == 1


def test_the_report_says_every_reason_and_gives_the_refused_back(at, three):
    client = at("a")
    bad = face_as(2, size=(640, 480))
    made = imported(client, {f"{ONE}.jpg": face(1), f"{TWO}.jpg": bad, f"{OTHER}.jpg": face(3)})
    page = text(client.get(f"/photos/imports/{made.pk}"))
    assert "照片尺寸 640×480，应为 480×640" in page
    assert "没有这个学号，或不在您的管理范围内" in page  # Z18: another centre's student
    zipped = client.post(f"/photos/imports/{made.pk}/refused.zip").getvalue()
    assert last_left() == ("photos-refused", "a", 2, "written")
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        names = archive.namelist()
        assert names[-1] == "不合格照片清单.xlsx"
        assert archive.read(names[0]) == bad
    book = client.post(f"/photos/imports/{made.pk}/result.xlsx").getvalue()
    assert last_left() == ("photo-import", "a", 3, "written")
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert [row[4].value for row in sheet] == ["结果", "新增", "未导入", "未导入"]


def test_the_report_says_that_the_zip_is_gone_and_stays_readable(at, three, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    client = at("a")
    url = f"/photos/imports/{imported(client, {f'{ONE}.jpg': face(1), f'{TWO}.jpg': face_as(2, size=(481, 640))}).pk}"
    page = text(client.get(url))
    assert ("保存到 " in page, "refused.zip" in page, "修复这 1 张" in page) == (True, True, True)
    PhotoUpload.objects.update(
        at=F("at") - timedelta(days=31), started_at=F("started_at") - timedelta(days=31)
    )
    for path in uploads.media("uploads").rglob("*.zip"):
        os.utime(path, (0, 0))
    assert retention.forget_uploads() == 1
    page = text(client.get(url))
    assert ("只保存 30 天，已经删除" in page, "refused.zip" in page, "修复这 1 张" in page) == (
        True,
        False,
        False,
    )
    assert "照片尺寸 481×640" in page
    assert [fetched(client, f"{url}/{name}") for name in ("result.xlsx", "refused.zip")] == [
        200,
        409,
    ]


def test_a_zip_that_is_gone_before_导入_can_only_be_sent_again(at, three, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    client = at("a")
    url = send(client, {f"{ONE}.jpg": face(1)}).headers["Location"]
    for path in uploads.media("uploads").rglob("*.zip"):
        path.unlink()
    page = text(client.get(url))
    assert ("不能再导入；请重新上传" in page, f"{url}/begin" in page) == (True, False)
    assert (client.post(f"{url}/begin").status_code, jobs.work_once("worker")) == (409, False)


@pytest.mark.parametrize("page", ["", "/refused.zip", "/result.xlsx"])
def test_an_import_is_seen_by_who_sent_it_and_by_headquarters(at, three, page):
    made = imported(at("a"), {f"{ONE}.jpg": face(1)})
    url = f"/photos/imports/{made.pk}{page}"
    ask = fetched if page else status
    assert [ask(at(name), url) for name in ("a", "hq", "b", "college")] == [200, 200, 404, 404]


NOBODYS = {f"99{number:011d}.jpg": b"%0100d" % number for number in range(5)}


def test_many_pictures_are_put_down_some_in_a_transaction(at, three, monkeypatch):
    """In one, twenty thousand would keep everybody from the embedded database for a second."""
    monkeypatch.setattr(uploads, "AT_ONCE", 2)
    pieces, insert = [], uploads._insert_checks

    def counted(upload, rows):
        pieces.append(len(rows))
        insert(upload, rows)

    monkeypatch.setattr(uploads, "_insert_checks", counted)
    send(at("a"), NOBODYS)
    made = PhotoUpload.objects.get()
    assert (pieces, made.total, made.problem, made.finished_at) == ([2, 2, 1], 5, "", None)
    assert list(made.checks.order_by("place").values_list("place", flat=True)) == [0, 1, 2, 3, 4]


def test_K01_a_zip_whose_process_was_killed_while_its_pictures_were_put_down_says_so(
    at, three, monkeypatch
):
    monkeypatch.setattr(uploads, "AT_ONCE", 2)
    insert = uploads._insert_checks

    def killed(upload, rows):
        if upload.checks.exists():
            raise KeyboardInterrupt
        insert(upload, rows)

    with monkeypatch.context() as dying:
        dying.setattr(uploads, "_insert_checks", killed)
        with pytest.raises(KeyboardInterrupt):
            send(at("a"), NOBODYS)
    left = PhotoUpload.objects.get()
    assert (left.checks.count(), left.problem) == (2, uploads.NOT_WHOLE)
    page = text(at("a").get(f"/photos/imports/{left.pk}"))
    assert (uploads.NOT_WHOLE in page, f"/photos/imports/{left.pk}/begin" in page) == (True, False)
    send(at("a"), NOBODYS, key="again")
    assert PhotoUpload.objects.get(key="again").checks.count() == 5


def test_a_zip_that_is_refused_says_why(at, three):
    client = at("a")
    form = {
        "kind": "graduation",
        "naming": "student_no",
        "key": "k",
        "file": SimpleUploadedFile("x.zip", b"Rar!" * 9),
    }
    page = text(client.get(client.post("/photos/import/send", form).headers["Location"]))
    assert "文件不是完整的 zip 压缩包" in page
    assert "/begin" not in page


def test_one_control_repairs_a_whole_import(at, three):
    client = at("a")
    made = imported(
        client, {f"{ONE}.jpg": face(1, fault="large"), f"{TWO}.jpg": face(2, fault="white")}
    )
    assert "修复这 1 张" in text(client.get(f"/photos/imports/{made.pk}"))
    url = client.post(f"/photos/imports/{made.pk}/repair", {"key": "r2"}).headers["Location"]
    assert (
        client.post(f"/photos/imports/{made.pk}/repair", {"key": "r2"}).headers["Location"] == url
    )
    assert jobs.work_once("worker")
    assert list(PhotoRow.objects.values_list("student__number", flat=True)) == [ONE]
    assert "以质量" in PhotoRow.objects.get().judged.repaired
    assert client.post(f"/photos/imports/{made.pk}/repair", {"key": "r3"}).status_code == 409


def test_W01_a_second_click_that_comes_between_repairs_a_whole_import_once(at, three, monkeypatch):
    client = at("a")
    made = imported(client, {f"{ONE}.jpg": face(1, fault="large")})
    where = f"/photos/imports/{made.pk}/repair"
    wanted = singles.repairable

    def after_the_other(upload):
        found = wanted(upload)
        monkeypatch.setattr(singles, "repairable", wanted)
        assert at("a").post(where, {"key": "r2"}).status_code == 302
        return found

    monkeypatch.setattr(singles, "repairable", after_the_other)
    answer = client.post(where, {"key": "r2"})
    once = PhotoUpload.objects.get(key="r2")
    assert (answer.status_code, answer["Location"]) == (302, f"/photos/imports/{once.pk}")


def pending(client, three):
    imported(client, {f"{ONE}.jpg": face(1, fault="uneven"), f"{TWO}.jpg": face(2, fault="uneven")})
    return list(PhotoRow.objects.order_by("id"))


def decide(client, row, key="d1", **said):
    return client.post(
        f"/photos/review/{row.pk}/decide", {"key": key, "answer": "accept", "note": "", **said}
    )


def test_the_college_decides_what_the_judge_left_open(at, three):
    first, second = pending(at("a"), three)
    client = at("college")
    assert "背景不均匀" in text(client.get("/photos/review"))
    page = text(client.get(f"/photos/review/{first.pk}"))
    assert ("合格（A）" in page, f'rel="next" href="/photos/review/{second.pk}"' in page) == (
        True,
        True,
    )
    assert decide(client, first).headers["Location"] == f"/photos/review/{second.pk}"
    assert decide(client, second, "d2", answer="refuse").status_code == 409  # no reason
    assert (
        decide(client, second, "d2", answer="refuse", reason="backdrop").headers["Location"]
        == "/photos/review"
    )
    states = PhotoRow.objects.order_by("id").values_list("review", "problems")
    assert list(states) == [("accepted", ""), ("refused", "人工审核：背景不合格")]
    assert list(
        PhotoDecision.objects.order_by("id").values_list(
            "accepted", "reason", "by__username", "desk"
        )
    ) == [
        (True, "", "college", "college"),
        (False, "backdrop", "college", "college"),
    ]


def test_who_may_not_decide(at, three):
    row = pending(at("a"), three)[0]
    assert decide(at("a"), row).status_code == 403
    assert decide(at("b"), row).status_code == 403
    assert at("b").get(f"/photos/review/{row.pk}").status_code == 404
    PhotoRow.objects.update(stored_by=User.objects.get(username="college"))
    assert "由另一位同事审核" in text(decide(at("college"), row))
    assert PhotoDecision.objects.count() == 0


def test_a_double_click_decides_once_and_a_colleague_is_told(at, three):
    row = pending(at("a"), three)[0]
    client = at("college")
    assert (decide(client, row).status_code, decide(client, row).status_code) == (302, 302)
    assert "已由他人审核" in text(decide(at("hq"), row, "h1"))
    assert PhotoDecision.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("photo=none", [TWO]),
        ("photo=good", [ONE]),
        ("photo=pending", []),
        ("admission=0", [ONE, TWO]),
        ("registry=1", []),
    ],
)
def test_the_list_shows_three_states_and_filters_by_them(at, three, asked, numbers):
    client = at("a")
    imported(client, {f"{ONE}.jpg": face(1)})
    page = text(client.get(f"/photos?{asked}"))
    assert [number for number in (ONE, TWO, OTHER) if number in page] == numbers


@pytest.mark.parametrize("shown", [1, 3])
def test_the_list_asks_the_same_number_of_questions(world, at, asks, shown):
    for n in range(shown):
        world.student(n + 1)
    client = at("hq")
    client.get("/photos")
    with asks(15):
        assert client.get("/photos").status_code == 200
