"""导出照片: a zip on record, named by no more than the person may see, and many 证件号 by two."""

import io
import zipfile

import pytest

from graduand.models import Consent, Grant, Look, Outgoing, PhotoRow, Student, User
from graduand.office.outgoing import personal_exports
from tests.material.portraits import face
from tests.pages.photos.photo_uploads import ONE, TWO, imported, text, three

__all__ = ["three"]  # a fixture

pytestmark = pytest.mark.django_db


def test_导出照片_is_a_streamed_zip_on_record(at, three):
    client = at("a")
    imported(client, {f"{ONE}.jpg": face(1), f"{TWO}.jpg": face(2)})
    form = {
        "kind": "graduation",
        "naming": "student_no",
        "purpose": "registration",
        "photo": "good",
    }
    answer = client.post("/photos/export/send", form)
    data = b"".join(answer.streaming_content)
    assert int(answer.headers["Content-Length"]) == len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [f"{ONE}.jpg", f"{TWO}.jpg"]
        assert archive.testzip() is None
    left = Outgoing.objects.get()
    assert (left.rows, left.personal, left.purpose, left.asked) == (
        2,
        True,
        "registration",
        [["photo", "good"]],
    )
    assert client.post("/photos/export/send", {**form, "purpose": ""}).status_code == 400
    assert at("b").post("/photos/export/send", form).status_code == 409  # nothing of theirs
    looks = Look.objects.filter(kind="export").order_by("student__number")
    assert list(looks.values_list("student__number", "user__username", "purpose", "what")) == [
        (number, "a", "registration", f"第 {left.serial} 号：毕业照片，按学号命名")
        for number in (ONE, TWO)
    ]


def test_A11_照片_are_named_by_证件号_only_for_whoever_may_see_it(at, three, world):
    """A class teacher sees no 证件号, so no file name tells it; the clerk beside them is the control."""
    imported(at("a"), {f"{ONE}.jpg": face(1)})
    Student.objects.filter(number=ONE).update(class_code="B1", id_no="110105199003071331")
    teacher = User.objects.create_user("teacher", "班主任")
    Grant.objects.create(user=teacher, role="class_teacher", unit=world.centres[0], classes="B1")
    world.users["teacher"] = teacher
    form = {"kind": "graduation", "naming": "id_no", "purpose": "registration"}
    refused = at("teacher").post("/photos/export/send", form)
    assert (
        refused.status_code,
        "不能按证件号命名；请改用学号" in text(refused),
        Outgoing.objects.count(),
    ) == (409, True, 0)
    offered = {
        name: 'value="id_no"' in text(at(name).get("/photos/export")) for name in ("teacher", "a")
    }
    assert offered == {"teacher": False, "a": True}
    assert names_of(
        at("teacher").post("/photos/export/send", {**form, "naming": "student_no"})
    ) == [f"{ONE}.jpg"]
    assert names_of(at("a").post("/photos/export/send", form)) == ["110105199003071331.jpg"]


SEND = "/photos/export/send"
FORM = {"kind": "graduation", "naming": "id_no", "purpose": "registration"}
ASKING = {"ask": "1", "reason": "制证"}


def another_colleague(world):
    """A second clerk of the first centre, known as a2."""
    user = world.users["a2"] = User.objects.create_user("a2", "郑老师")
    Grant.objects.create(user=user, role="centre_clerk", unit=world.centres[0])


def nobody_else_is_asked(client):
    """Without consent nothing leaves by 证件号; by 学号 it leaves, and nobody can be asked for it."""
    assert "按证件号命名、超过 1 张的，须由另一人同意。" in text(client.get("/photos/export"))
    alone = client.post(SEND, FORM)
    assert (alone.status_code, Outgoing.objects.count()) == (409, 0)
    assert "须由另一人同意后才能导出" in text(alone)
    by_number = {**FORM, "naming": "student_no"}
    assert names_of(client.post(SEND, by_number)) == [f"{ONE}.jpg", f"{TWO}.jpg"]
    few = client.post(SEND, {**by_number, **ASKING, "key": "k0"})
    assert (few.status_code, Consent.objects.count()) == (409, 0)


def nothing_else_is_agreed_to(client):
    """Not another purpose, nor as many with another picture among them."""
    assert client.post(SEND, {**FORM, "purpose": "identity"}).status_code == 409
    other = client.post(SEND, {**FORM, **ASKING, "key": "k1", "purpose": "identity"})
    assert ("此操作编号已用于另一事项" in text(other), Consent.objects.count()) == (True, 1)
    second = PhotoRow.objects.get(student__number=TWO)
    first_hash = PhotoRow.objects.get(student__number=ONE).sha256
    PhotoRow.objects.filter(pk=second.pk).update(sha256=first_hash)
    assert client.post(SEND, FORM).status_code == 409
    PhotoRow.objects.filter(pk=second.pk).update(sha256=second.sha256)


def test_A11_many_named_by_证件号_leave_when_a_second_person_has_agreed_to_exactly_these(
    at, three, world, monkeypatch
):
    """As every list with so many identifiers; by 学号, or fewer, nobody is asked."""
    monkeypatch.setattr(personal_exports, "WITHOUT_CONSENT", 1)
    imported(at("a"), {f"{ONE}.jpg": face(1), f"{TWO}.jpg": face(2)})
    another_colleague(world)
    client = at("a")
    nobody_else_is_asked(client)
    asked = client.post(SEND, {**FORM, **ASKING, "key": "k1"})
    row = Consent.objects.get()
    assert (asked["Location"], row.detail["rows"]) == ("/consents", 2)
    assert client.get(row.detail["back"]).status_code == 200
    told = text(at("a2").get("/consents"))
    assert "导出「毕业照片（照片）」2 行，含 文件名里的证件号，用于学历注册与制证" in told
    assert [
        at(name).post(f"/consents/{row.pk}", {"agree": "1"}).status_code
        for name in ("a", "b", "a2")
    ] == [404, 404, 302]
    nothing_else_is_agreed_to(client)
    assert len(names_of(client.post(SEND, FORM))) == 2
    assert Outgoing.objects.latest("id").consent == row
    assert client.post(SEND, FORM).status_code == 409  # once


def names_of(answer):
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        return archive.namelist()
