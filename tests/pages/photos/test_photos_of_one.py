"""One student's pictures: looked at, drawn over, repaired, and decided by the college where the judge left it open."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import (
    Consent,
    Grant,
    Look,
    PhotoCheck,
    PhotoRow,
    Student,
    User,
)
from tests.material.portraits import exif, face, face_as, half_sent
from tests.pages.photos.photo_uploads import ONE, OTHER, TWO, imported, text, three

__all__ = ["three"]  # a fixture

pytestmark = pytest.mark.django_db


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


def test_a_picture_that_decodes_is_shown_with_the_part_it_lacks(at, three):
    """Grey below, it is refused as incomplete; one whose file breaks off has nothing to show."""
    client = at("a")
    made = imported(client, {f"{ONE}.jpg": half_sent(1), f"{TWO}.jpg": face(1)[:-900]})
    told = []
    for check in made.checks.order_by("place"):
        page = text(client.get(f"/photos/checks/{check.pk}"))
        address = f"/photos/checks/{check.pk}.jpg"
        drawn = re.findall(r'<rect class="off stray" x="0" y="(\d+)', page)
        codes = [row[0] for row in check.findings if row[1] == "fail"]
        told.append((check.outcome, codes, address in page, "没有照片" in page, drawn))
    assert told == [
        ("refused", ["TRUNCATED"], True, False, ["401"]),
        ("refused", ["TRUNCATED"], False, True, []),
    ]


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


def test_a_picture_that_is_taken_after_a_look_has_each_finding_once(at, three):
    client = at("a")
    url = look(client, three[0], face(5, fault="uneven")).headers["Location"]
    seen = PhotoCheck.objects.get().findings
    client.post(f"{url}/take")
    assert (len(seen) > 0, PhotoRow.objects.get().judged.findings == seen) == (True, True)


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


def test_whatever_is_drawn_over_the_picture_is_in_the_legend(at, three):
    """The boxes where the backdrop is sampled have a line of their own, and so a key of their own."""
    client = at("a")
    imported(client, {f"{ONE}.jpg": face(1)})
    page = text(client.get(f"/photos/students/{three[0].pk}"))
    looks = {
        "patch" if shape == "fine patch" else shape.split()[0]
        for shape in re.findall(r'<(?:rect|line) class="([^"]+)"', page)
    }
    keys = re.findall(r'<span class="key (\w+)">', page)
    assert (looks, keys) == ({"band", "fine", "patch"}, ["band", "fine", "patch", "off"])
    style = Path(finders.find("ui/photos.css")).read_text()
    drawn = re.search(r"\.marks \.patch\.fine \{ stroke: (#\w+)", style)
    told = re.search(r"\.legend \.patch::before \{ border-color: (#\w+)", style)
    assert drawn is not None
    assert told is not None
    assert drawn[1] == told[1]


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
