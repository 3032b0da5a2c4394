"""The photo pages: the import dialog of annex 3, its report, one student's pictures, what each desk may see."""

import io
import os
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from graduand.models import (
    Consent,
    Grant,
    Look,
    PhotoCheck,
    PhotoDecision,
    PhotoRow,
    PhotoUpload,
    Student,
    User,
)
from graduand.office.photos import retention, uploads
from tests import jobs
from tests.pages.world import last_left
from tests.portraits import exif, face, face_as

pytestmark = pytest.mark.django_db
ONE, TWO, OTHER = "2115100000001", "2115100000002", "2115100000003"


@pytest.fixture
def three(world):
    """Two students of centre a and one of centre b, none with a photo."""
    people = [world.student(n, centre=n // 3, photo=False) for n in (1, 2, 3)]
    world.judge()
    return people


def packed(entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return SimpleUploadedFile("照片.zip", stream.getvalue(), "application/zip")


def send(client, entries, key="a1", **more):
    form = {"kind": "graduation", "naming": "student_no", "level": "", "key": key, **more}
    return client.post("/photos/import/send", {**form, "file": packed(entries)})


def imported(client, entries, key="a1", **more):
    """Upload, 导入, and let the worker do it; returns the upload."""
    url = send(client, entries, key, **more).headers["Location"]
    assert client.post(f"{url}/begin").status_code == 302
    assert jobs.work_once("worker")
    return PhotoUpload.objects.get(key=key)


def status(client, url):
    answer = client.get(url)
    for (
        close
    ) in answer._resource_closers:  # closing the answer itself would close the database, too
        close()
    return answer.status_code


def text(answer):
    return answer.content.decode()


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


def fetched(client, url) -> int:
    """The status of a file that is sent for, taken to its end."""
    answer = client.post(url)
    answer.getvalue()
    for close in answer._resource_closers:
        close()
    return answer.status_code


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


def test_a_picture_is_served_as_a_picture_and_nothing_else(at, three):
    client = at("a")
    imported(client, {f"{ONE}.jpg": face_as(1, exif=exif(1)) + b"<script>alert(1)</script>"})
    row = PhotoRow.objects.get()
    answer = client.get(f"/photos/files/{row.pk}.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (b"script" in answer.content, b"Exif" in answer.content) == (False, False)
    assert Look.objects.filter(student=three[0], user__username="a").count() == 1
    assert [
        at(name).get(f"/photos/files/{row.pk}.jpg").status_code for name in ("b", "college", "hq")
    ] == [404, 200, 200]


def test_the_picture_of_an_upload_is_encoded_anew(at, three):
    client = at("a")
    imported(client, {f"{ONE}.jpg": face_as(1, mode="L") + b"<script>"})
    check = PhotoCheck.objects.get()
    answer = client.get(f"/photos/checks/{check.pk}.jpg")
    assert (answer.status_code, b"script" in answer.content) == (200, False)
    assert at("b").get(f"/photos/checks/{check.pk}.jpg").status_code == 404


def look(client, student, data, key="s1", **more):
    form = {"kind": "graduation", "key": key, "file": SimpleUploadedFile("my.jpg", data), **more}
    return client.post(f"/photos/students/{student.pk}/look", form)


def test_a_single_picture_is_looked_at_before_it_is_taken(at, three):
    client = at("a")
    url = look(client, three[0], face(5)).headers["Location"]
    assert PhotoRow.objects.count() == 0
    page = text(client.get(url))
    assert ("采用这张照片" in page, "检查合格" in page) == (True, True)
    assert client.post(f"{url}/take").headers["Location"] == f"/photos/students/{three[0].pk}"
    assert client.post(f"{url}/take").status_code == 302
    assert PhotoRow.objects.get().student == three[0]
    assert "合格" in text(client.get(f"/photos/students/{three[0].pk}"))


def test_a_bad_single_picture_can_not_be_taken(at, three):
    client = at("a")
    url = look(client, three[0], face(5, fault="white")).headers["Location"]
    assert "采用这张照片" not in text(client.get(url))
    client.post(f"{url}/take")
    assert PhotoRow.objects.count() == 0


def test_another_centres_student_is_not_there(at, three):
    assert at("b").get(f"/photos/students/{three[0].pk}").status_code == 404
    assert look(at("b"), three[0], face(5)).status_code == 404


def test_the_drawing_lies_over_the_picture(at, three):
    client = at("a")
    imported(client, {f"{ONE}.jpg": face(1)})
    page = text(client.get(f"/photos/students/{three[0].pk}"))
    for css in (
        "band head-band",
        "fine head-top",
        "fine eye-line",
        "fine face-width",
        "fine patch",
    ):
        assert f'class="{css}"' in page
    assert "<style" not in page


def test_repair_shows_before_and_after_and_keeps_the_original(at, three):
    client = at("a")
    made = imported(client, {f"{ONE}.jpg": face(1, fault="turned")})
    check = made.checks.get()
    assert (check.outcome, check.repairable) == ("refused", True)
    url = client.post(f"/photos/checks/{check.pk}/repair", {"key": "r1"}).headers["Location"]
    page = text(client.get(url))
    assert ("按 EXIF 标记转正" in page, "修复前" in page, "修复后" in page) == (True, True, True)
    assert PhotoRow.objects.count() == 0
    client.post(f"{url}/take")
    row = PhotoRow.objects.get()
    assert (row.width, row.height, row.judged.repair_of) == (480, 640, check)
    assert client.get(f"/photos/checks/{check.pk}.jpg").status_code == 200


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


def test_P13_a_swap_is_asked_on_the_students_page_and_answered_by_headquarters(world, at, three):
    """The centre sees both students and asks; headquarters looks at both and agrees; each page says so."""
    imported(at("a"), {f"{ONE}.jpg": face(15), f"{TWO}.jpg": face(1)})
    before = {
        number: PhotoRow.objects.get(student__number=number, current=True).sha256
        for number in (ONE, TWO)
    }
    page, form = (
        f"/photos/students/{three[0].pk}",
        {"number": TWO, "reason": "两人编号写反", "key": "s1"},
    )
    assert f'action="{page}/swap"' in text(at("a").get(page))
    assert at("b").post(f"{page}/swap", form).status_code == 404
    assert (
        at("a").post(f"{page}/swap", {**form, "number": OTHER, "key": "s2"}).status_code == 409
    )  # another centre's student
    for _ in range(2):  # a double click
        assert at("a").post(f"{page}/swap", form).status_code == 302
    row = Consent.objects.get()
    assert "等待总部同意" in text(at("a").get(page))
    told = text(at("hq").get("/consents"))
    assert f'<a href="{page}">学生1号（{ONE}）与学生2号（{TWO}）：互换毕业照片</a>' in told
    assert at("a").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 404
    assert at("hq").post(f"/consents/{row.pk}", {"agree": "1"}).status_code == 302
    now = {
        number: PhotoRow.objects.get(student__number=number, current=True).sha256
        for number in (ONE, TWO)
    }
    assert now == {ONE: before[TWO], TWO: before[ONE]}
    for student in three[:2]:
        assert "已互换" in text(at("a").get(f"/photos/students/{student.pk}"))


@pytest.mark.parametrize(
    ("role", "level"), [("class_teacher", "centre"), ("college_dispatch", "college")]
)
def test_P13_who_only_hands_over_or_sends_asks_for_no_swap(world, at, three, role, level):
    """They see both students; the question is that of whoever files or reviews."""
    imported(at("a"), {f"{ONE}.jpg": face(15), f"{TWO}.jpg": face(1)})
    Student.objects.update(class_code="B1")
    unit = world.centres[0] if level == "centre" else world.centres[0].parent
    world.users["other"] = User.objects.create_user("other", "何老师")
    Grant.objects.create(
        user=world.users["other"], role=role, unit=unit, classes="B1" if level == "centre" else ""
    )
    page = f"/photos/students/{three[0].pk}"
    shown = text(at("other").get(page))
    refused = at("other").post(
        f"{page}/swap", {"number": TWO, "reason": "两人编号写反", "key": "s1"}
    )
    assert ("照片放反了" in shown, refused.status_code, Consent.objects.count()) == (False, 403, 0)
    assert "照片互换由学习中心或审核岗位提出" in text(refused)
