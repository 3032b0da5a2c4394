"""Persons' data: masked until asked for with a purpose, every look written down, lists with identifiers by two people."""

import errno
import hashlib
import io
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import transaction

from graduand.models import AccountEvent, Candidate, Consent, Look, Outgoing, Student, Unit
from graduand.office.outgoing import list_exports, personal_exports, privacy
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.outgoing.privacy import FIELDS, revealable
from graduand.rulebook.people.account_terms import ConsentKind, Deed, FieldLevel, Purpose
from graduand.rulebook.terms import Role
from tests.pages.conftest import prove
from tests.security.objects import populate

NUMBER, PHONE = "11010519900307123X", "13800001234"


@pytest.fixture
def staff(world, settings):
    settings.MOST_SITTINGS = 100
    populate(world)
    Consent.objects.all().delete()
    return world


def file_of(world, centre: int = 0) -> Candidate:
    return Candidate.objects.get(student__centre=world.centres[centre])


def test_masked_by_default_everywhere(staff, at):
    for name in ("hq", "college", "a"):
        for page in ("/candidates", "/students", f"/candidates/{file_of(staff).pk}"):
            text = at(name).get(page).content.decode()
            assert (NUMBER in text, PHONE in text) == (False, False), page
    assert "110105********123X" in at("a").get(f"/candidates/{file_of(staff).pk}").content.decode()
    assert NUMBER not in at("student").get("/my").content.decode()


def reveal(client, file, field="id_no", purpose="identity", **headers):
    return client.post(
        f"/candidates/{file.pk}/reveal", {"field": field, "purpose": purpose}, headers=headers
    )


def test_a_reveal_names_a_purpose_is_for_a_minute_and_is_written_down(staff, at):
    file = file_of(staff)
    answer = reveal(at("a"), file)
    assert (NUMBER in answer.content.decode(), answer["Refresh"]) == (
        True,
        f"60;url=/candidates/{file.pk}",
    )
    assert "no-store" in answer["Cache-Control"]
    part = reveal(at("a"), file, "mobile", "contact", **{"HX-Request": "true"}).content.decode()
    assert ('data-forget="60"' in part, 'data-masked="138****1234"' in part, PHONE in part) == (
        True,
        True,
        True,
    )
    seen = list(
        Look.objects.filter(kind="reveal")
        .order_by("id")
        .values_list("what", "purpose", "user__username", "student_id")
    )
    assert seen == [
        ("证件号", "identity", "a", file.student_id),
        ("手机", "contact", "a", file.student_id),
    ]


@pytest.mark.parametrize(
    ("who", "field", "purpose", "status"),
    [
        ("a", "id_no", "", 409),
        ("a", "id_no", "curiosity", 409),
        ("a", "raw", "identity", 409),
        ("a", "name", "identity", 409),
        ("teacher", "id_no", "identity", 409),
        ("teacher", "mobile", "contact", 200),
        ("b", "id_no", "identity", 404),
        ("auditor", "id_no", "inspection", 404),
        ("student", "id_no", "identity", 404),
    ],
)
def test_who_may_see_what_in_full(staff, at, who, field, purpose, status):
    answer = reveal(at(who), file_of(staff), field, purpose)
    assert answer.status_code == status
    assert Look.objects.filter(kind="reveal").count() == (status == 200)
    if status != 200:
        assert NUMBER not in answer.content.decode()


def test_taking_a_list_out_by_hand_is_stopped(staff, at, monkeypatch):
    monkeypatch.setattr(privacy, "MOST_AN_HOUR", 3)
    statuses = [reveal(at("a"), file_of(staff)).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 409]


def test_a_look_is_written_by_the_page_and_stays(staff, at):
    file = file_of(staff)
    at("a").get(f"/candidates/{file.pk}")
    at("b").get(f"/candidates/{file.pk}")
    assert list(Look.objects.values_list("user__username", "kind", "student_id")) == [
        ("a", "file", file.student_id)
    ]
    for attempt in (lambda rows: rows.update(what="x"), lambda rows: rows.delete()):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            attempt(Look.objects.all())


def test_a_page_that_cannot_be_written_down_is_not_shown(staff, at, monkeypatch):
    """等保 ⑮: without the record no answer."""

    def broken(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(privacy, "write_look", broken)
    client = at("a")
    client.raise_request_exception = False
    answer = client.get(f"/candidates/{file_of(staff).pk}")
    assert (answer.status_code, "学生1号" in answer.content.decode()) == (500, False)


def test_who_looked_at_me(staff, at):
    file = file_of(staff)
    at("a").get(f"/candidates/{file.pk}")
    reveal(at("college"), file)
    page = at("student").get("/my/looks").content.decode()
    assert ("杭州学习中心 周老师" in page, "查看明文：证件号" in page, "核对身份" in page) == (
        True,
        True,
        True,
    )
    assert "生命健康学院 学院李老师" in page
    assert "周老师" not in at("other_student").get("/my/looks").content.decode()
    assert 'href="/my/looks"' in at("student").get("/my").content.decode()


def test_looking_at_oneself_is_nobodys_business(staff, at):
    at("student").get("/my")
    at("student").get("/my/looks")
    assert Look.objects.count() == 0


# -- exports ---------------------------------------------------------------------------------------------------


def export(client, *fields, purpose="registration", **more):
    answer = client.post(
        "/lists/candidates/personal/export", {"field": list(fields), "purpose": purpose, **more}
    )
    answer.file = b"".join(answer.streaming_content) if answer.streaming else b""
    for close in answer._resource_closers:  # answer.close() would close the test's database, too
        close()
    return answer


def rows_of(answer) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.file))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def test_an_export_with_identifiers_is_marked_and_written_down(staff, at):
    answer = export(at("a"), "id_no", "mobile", stage="listed")
    content = answer.file
    book = openpyxl.load_workbook(io.BytesIO(content))
    head, row = list(book.active.iter_rows(values_only=True))
    assert (head[-2:], row[-2:]) == (("证件号", "手机"), (NUMBER, PHONE))
    left = Outgoing.objects.get()
    assert (left.rows, left.personal, left.purpose, left.by.username, left.asked) == (
        1,
        True,
        "registration",
        "a",
        [["batch", "202307"], ["stage", "listed"]],
    )
    assert (left.fields[-2:], left.end.sha256) == (
        ["id_no", "mobile"],
        hashlib.sha256(content).hexdigest(),
    )
    mark = f"含个人信息，用于学历注册与制证，不得转发　毕业申请　第 {left.serial} 号　杭州学习中心 周老师"
    assert mark in book.properties.description
    assert mark in book.active.oddHeader.center.text
    assert f"第 {left.serial} 号" in book.active.oddFooter.left.text
    assert list(Look.objects.values_list("kind", "student__number")) == [
        ("export", "2115100000001")
    ]
    assert AccountEvent.objects.filter(deed=Deed.EXPORTED).get().detail == {
        "serial": left.serial,
        "rows": 1,
        "listing": "candidates",
    }


def test_an_export_asks_for_a_recent_proof(staff, at):
    client = at("a")
    prove(client, staff.users["a"], ago=1_000)
    assert export(client, "id_no")["Location"].startswith("/account/again")
    assert client.get("/lists/candidates/personal")["Location"].startswith("/account/again")
    assert Outgoing.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "fields", "purpose"),
    [
        ("a", (), "registration"),
        ("a", ("id_no",), ""),
        ("a", ("raw",), "registration"),
        ("a", ("password",), "registration"),
        ("teacher", ("id_no",), "registration"),
        ("a", ("id_no", "raw"), "registration"),
    ],
)
def test_A11_no_field_that_a_role_may_not_see(staff, at, who, fields, purpose):
    assert export(at(who), *fields, purpose=purpose).status_code == 409
    assert Outgoing.objects.count() == 0


def test_A03_an_export_holds_the_own_rows_only(staff, at):
    rows = rows_of(export(at("b"), "id_no"))
    assert [row[0] for row in rows[1:]] == ["2115100000002"]
    assert rows_of(export(at("b"), "id_no", centre="101"))[1:] == []


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(personal_exports, "WITHOUT_CONSENT", 0)


def test_above_the_limit_a_second_person_agrees_to_exactly_this(staff, at, few):
    assert export(at("a"), "id_no").status_code == 409
    asked = export(at("a"), "id_no", ask="1", reason="省厅核查", key="k1")
    assert asked["Location"] == "/consents"
    row = Consent.objects.get()
    assert (
        "导出「毕业申请」1 行，含 证件号，用于学历注册与制证"
        in at("a2").get("/consents").content.decode()
    )
    assert [
        at(name).post(f"/consents/{row.pk}", {"agree": "1"}).status_code
        for name in ("a", "b", "a2")
    ] == [404, 404, 302]
    assert export(at("a"), "id_no", "mobile").status_code == 409
    assert export(at("a"), "id_no", purpose="contact").status_code == 409
    assert export(at("a2"), "id_no").status_code == 409
    assert export(at("a"), "id_no").status_code == 200
    assert Outgoing.objects.get().consent_id == row.pk
    assert export(at("a"), "id_no").status_code == 409


def test_a_consent_is_to_these_files_and_to_no_others(staff, at, few, monkeypatch):
    """As many of others under the same filter are another question."""
    export(at("a"), "id_no", ask="1", reason="省厅核查", key="k1")
    at("a2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    first, second = Candidate.objects.order_by("student__number")[:2]
    Candidate.objects.filter(pk=first.pk).update(aside=True)
    Candidate.objects.filter(pk=second.pk).update(centre=first.centre_id)
    Student.objects.filter(pk=second.student_id).update(centre=first.centre_id)
    assert (export(at("a"), "id_no").status_code, Outgoing.objects.count()) == (409, 0)
    monkeypatch.setattr(personal_exports, "WITHOUT_CONSENT", 1)
    assert [row[0] for row in rows_of(export(at("a"), "id_no"))[1:]] == [second.student.number]


@pytest.mark.parametrize(
    ("kind", "detail", "other"),
    [
        (
            ConsentKind.EXPORT,
            {"listing": "photos", "purpose": "registration"},
            {"purpose": "identity"},
        ),
        (
            ConsentKind.GRANT,
            {"role": "hq_admin", "unit": 1, "since": None},
            {"since": "2023-07-01"},
        ),
        (ConsentKind.SWAP, {"one": 1, "two": 2, "photos": [1, 2]}, {"photos": [1, 3]}),
    ],
    ids=["export", "grant", "swap"],
)
def test_W01_a_changed_question_under_the_key_of_another_is_refused(staff, kind, detail, other):
    actor = staff.actor("a")
    row = consents.ask(actor, kind, detail, "制证", key="k1")
    assert consents.ask(actor, kind, detail, "制证", key="k1") == row
    with pytest.raises(Refused, match="此操作编号已用于另一事项"):
        consents.ask(actor, kind, detail | other, "制证", key="k1")


def test_a_consent_is_not_spent_by_a_file_that_failed(staff, at, few, monkeypatch):
    export(at("a"), "id_no", ask="1", reason="省厅核查", key="k1")
    at("a2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    client = at("a")
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(list_exports, "MOST_ROWS", 0)
        assert export(client, "id_no").status_code == 422
    assert Consent.objects.get().used_at is None
    with monkeypatch.context() as broken:
        broken.setattr(settings, "FILE_UPLOAD_TEMP_DIR", Path("/proc/none"))
        assert export(client, "id_no").status_code == 500
    assert (Consent.objects.get().used_at, Outgoing.objects.count()) == (None, 0)
    value_of = privacy.value_of
    with monkeypatch.context() as broken:
        broken.setattr(
            privacy, "value_of", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
        )
        assert export(client, "id_no").status_code == 503
    assert privacy.value_of is value_of
    failed = Outgoing.objects.get()
    assert (failed.end.state, failed.end.why, failed.consent_id) == (
        "failed",
        "服务器磁盘已满",
        Consent.objects.get().pk,
    )
    assert export(client, "id_no").status_code == 200
    assert [out.end.state for out in Outgoing.objects.order_by("serial")] == ["failed", "written"]
    assert export(client, "id_no").status_code == 409


def test_who_leaves_the_list_while_it_is_written_is_not_in_the_file(staff, at, monkeypatch):
    """A student changes centre: the file has the others, each beside the own data."""
    before = rows_of(export(at("a"), "id_no"))
    file, written = file_of(staff), privacy.write_look
    elsewhere = Unit.objects.filter(kind="centre").exclude(pk=file.centre_id).first()

    def beside_a_move(*said):
        Candidate.objects.filter(pk=file.pk).update(centre=elsewhere)
        return written(*said)

    monkeypatch.setattr(privacy, "write_look", beside_a_move)
    answer = export(at("a"), "id_no")
    assert (answer.status_code, rows_of(answer)) == (
        200,
        [row for row in before if file.student.number not in row],
    )
    assert Outgoing.objects.latest("serial").end.rows == len(before) - 2


def test_a_consent_is_worth_a_day(staff, at, few, monkeypatch):
    export(at("a"), "id_no", ask="1", reason="省厅核查", key="k1")
    at("a2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + personal_exports.consents.EXPORT_VALID * 1.01)
    assert export(at("a"), "id_no").status_code == 409


def test_asking_twice_is_asking_once(staff, at, few):
    for key in ("k1", "k1", "k2"):
        export(at("a"), "id_no", ask="1", reason="省厅核查", key=key)
    assert Consent.objects.count() == 1


# -- the registry ----------------------------------------------------------------------------------------------


def test_every_sealed_column_is_in_the_registry():
    """What is encrypted at rest has a level and a mask."""
    sealed = {f.name for f in Student._meta.fields if type(f).__name__ == "SealedField"}
    assert sealed - {field.path for field in FIELDS.values()} == set()
    assert [
        key for key, field in FIELDS.items() if field.masked and field.mask(NUMBER) == NUMBER
    ] == []


def test_what_is_never_shown():
    assert {key for key, field in FIELDS.items() if field.level is FieldLevel.L4} == {"raw"}
    assert "raw" not in {field.key for field in revealable(frozenset(Role))}
    assert revealable(frozenset({Role.STUDENT, Role.AUDITOR, Role.SYSTEM_ADMIN})) == ()


def test_a_value_comes_from_beside_the_student_too(staff):
    student = file_of(staff).student
    assert privacy.value_of(student, FIELDS["home_address"]) == ""
    with pytest.raises(Refused, match="用途"):
        privacy.reveal(staff.actor("a"), student, "id_no", None)
    assert privacy.reveal(staff.actor("a"), student, "id_no", Purpose.IDENTITY)[1] == NUMBER


def test_A12_nobody_finds_out_by_searching(staff, at):
    """The list neither sorts by nor searches in what it masks."""
    client = at("a")
    assert client.get("/candidates?sort=id_no").status_code == 400
    assert (
        NUMBER[:6]
        not in client.get(f"/candidates?q={NUMBER[:6]}").content.decode().partition("<tbody>")[2]
    )
