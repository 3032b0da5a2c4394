"""Issued is frozen: whatever changes afterwards, a certificate is printed and registered as it was numbered."""

import json
from datetime import date

import pytest
from django.db import connection

from graduand.models import Candidate, Certificate, CertificateContent, PlanRow, Student
from graduand.models.engine import engine_of
from graduand.office import moves
from graduand.office.certificates.issuing import fixed_terms, numbering
from graduand.office.records.importing import import_sheet
from graduand.office.refusal import Refused
from graduand.office.registry import chsi_export
from graduand.office.season import batches, policy_drafts
from graduand.queries.basis import basis_of
from graduand.queries.certificates import issued
from graduand.rulebook.season.policy import PolicyRefused
from graduand.rulebook.terms import Level, PaperKind, Sex, SheetKind, Stage, Verb
from tests import acting, factories, people
from tests.acting import let_stand
from tests.office.papers.print_runs import (
    CERTIFICATE,
    FORM,
    ID_NO,
    PACKING,
    ROSTER,
    SIGN_OFF,
    at,
    on_roster,
    print_file,
)
from tests.office.records.files import ROWS, bring, table
from tests.papers import reading, xbase

PAPERS = (CERTIFICATE, ROSTER, PACKING, SIGN_OFF, FORM)
EVERY = (*PAPERS, PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM)


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def season(season):
    PlanRow.objects.update(major_code="520801", years="2.5")
    return season


def printed(season, out, kinds=PAPERS):
    """kind -> the text of every file of it."""
    found = {}
    for kind in kinds:
        print_file(season, kind, out)
        folder = out / kind.label
        found[kind] = {one.name: reading.text(one) for one in sorted(folder.glob("*.pdf"))}
    return found


def exported(season, out):
    tally = chsi_export.export(season.batch, out, people.actor(season.staff.hq))
    return xbase.read(out / f"xueli-202307-{tally.run}.dbf").rows


def change_everything(season):
    """Another record of the student, another plan, and all of the policy that may change."""
    Student.objects.update(
        name="别人",
        sex=Sex.MALE.value,
        birth=date(1980, 1, 1),
        id_no="110105198001010012",
        exam_no="K9",
        entry=4030,
        level=Level.TOP_UP.value,
        class_name="别的班",
        class_code="Z9",
    )
    PlanRow.objects.update(major_code="999999", major_name="别的专业", years="4", min_semesters=8)
    later = [{"from": "2020-01-01", "name": "卫知秋"}, {"from": "2023-07-21", "name": "易春来"}]
    data = factories.policy_data(
        principals=later, contacts={"people": ["新人"], "phone": "1"}, closes_at="2023-10-31"
    )
    season.batch = batches.load(
        data, season.staff.hq.pk, batches.Extension("延长", season.staff.second)
    ).batch


def tampered(**columns):
    """Columns of every content, changed by somebody at the database."""
    table = CertificateContent._meta.db_table
    with connection.cursor() as cursor:
        for statement in engine_of().DROP_APPEND_ONLY:
            cursor.execute(statement.format(table=table))
        for name, value in columns.items():
            cursor.execute(f"UPDATE {table} SET {name} = %s", [value])


def test_prints_and_the_registrys_file_stay_what_they_were_at_numbering(season, tmp_path):
    ids = at(season, count=2) + at(season, centre=1, level=Level.TOP_UP)
    first, rows = printed(season, tmp_path / "a"), exported(season, tmp_path / "a")
    change_everything(season)
    let_stand(season, ids)
    again = printed(season, tmp_path / "b")
    for kind in (CERTIFICATE, ROSTER, SIGN_OFF):
        assert again[kind] == first[kind], kind
    assert exported(season, tmp_path / "b") == rows
    assert [
        ["别人" in text, "别的专业" in text] for kind in PAPERS for text in again[kind].values()
    ] == [[False, False] for kind in PAPERS for _ in again[kind]]


def test_whatever_the_certificate_says_is_printed_as_it_was_on_every_paper(season, tmp_path):
    """Also on those that show the record beside it: what the content holds never comes from the student or the plan of today."""
    ids = at(season, count=2)
    first = printed(season, tmp_path / "a", EVERY)
    Student.objects.update(
        name="别人",
        sex=Sex.MALE.value,
        birth=date(1980, 1, 1),
        id_no="110105198001010012",
        exam_no="K9",
        entry=4030,
        level=Level.TOP_UP.value,
    )
    PlanRow.objects.update(major_code="999999", major_name="别的专业", years="4", min_semesters=8)
    let_stand(season, ids)
    assert printed(season, tmp_path / "b", EVERY) == first
    assert [len(files) for files in first.values()] == [2, 1, 1, 1, 2, 2, 2]


def test_a_frozen_roster_shows_the_classes_that_it_was_ordered_by(season, tmp_path):
    """班级 is a key of its order (五.3), and a centre may change it: neither order nor words of a frozen roster follow."""
    on_roster(season, count=2)
    print_file(season, ROSTER, tmp_path / "a")
    Student.objects.update(class_name="别的班", class_code="Z9")
    print_file(season, ROSTER, tmp_path / "b")
    texts = [
        "".join(reading.text(one) for one in sorted((tmp_path / run / ROSTER.label).glob("*.pdf")))
        for run in "ab"
    ]
    assert (texts[0] == texts[1], "别的班" in texts[0]) == (True, False)
    Candidate.objects.update(
        roster_class=None
    )  # the control: frozen before classes were kept, it shows today's
    print_file(season, ROSTER, tmp_path / "c")
    assert "别的班" in "".join(
        reading.text(one) for one in sorted((tmp_path / "c" / ROSTER.label).glob("*.pdf"))
    )


# What a content says, but for what differs from person to person.
TOLD = {
    "template": "graduation-1",
    "student_no": "",
    "exam_no": "",
    "name": "",
    "sex": "2",
    "birth": "1990-03-07",
    "id_kind": "1",
    "id_hash": "",
    "entry": 4042,
    "level": "junior",
    "major_code": "520801",
    "major_name": "健康管理",
    "years": "2.5",
    "min_semesters": 5,
    "form": "开放教育",
    "school_code": "51161",
    "school_name": "国家开放大学",
    "principal": "卫知秋",
    "issued": "2023-07-20",
    "photo": "",
    "text": "",
    "degree": "",
    "degree_field": "",
}


def test_the_content_is_whole_and_in_the_transaction_of_the_number(season):
    (pk,) = at(season)
    row = CertificateContent.objects.get()
    certificate = Certificate.objects.get(candidate=pk)
    told = json.loads(row.body)
    assert (row.certificate, row.version, row.id_no, row.act.verb) == (
        certificate,
        1,
        ID_NO,
        "certify",
    )
    assert ID_NO not in row.body
    own = dict.fromkeys(("id_hash", "photo", "text", "student_no", "name"), "")
    assert told | own == {**TOLD, "number": certificate.number}
    assert told["photo"] == certificate.photo_sha256 == Candidate.objects.get(pk=pk).approved_photo
    assert told["text"].endswith("准予毕业。")
    assert issued.graduations([pk])[pk].content.id_no == ID_NO


@pytest.mark.parametrize(
    "columns", [{"body": "{}"}, {"sha256": "0" * 64}, {"id_no": b""}], ids=["body", "hash", "id"]
)
def test_a_content_that_was_changed_refuses_prints_and_the_export_by_name(
    season, tmp_path, columns
):
    (pk,) = at(season)
    tampered(**columns)
    number = Certificate.objects.get(candidate=pk).number
    said = f"证书 {number} 没有保存的内容，或内容与编号时保存的不符"
    for kind in PAPERS:
        tally = print_file(season, kind, tmp_path)
        assert (tally.written, tally.by_code, tally.snags[0][5]) == (0, {"CONTENT": 1}, said)
    export = chsi_export.export(season.batch, tmp_path, people.actor(season.staff.hq))
    assert (export.rows, export.by_code, export.held[0][5]) == (0, {"CONTENT": 1}, said)


def test_a_content_can_not_be_changed_in_place(season):
    at(season)
    row = CertificateContent.objects.get()
    with pytest.raises(Exception, match="append-only"):
        CertificateContent.objects.filter(pk=row.pk).update(version=2)


# -- what a batch may no longer change ---------------------------------------------------------------------------

SCHOOL = {"code": "51161", "name": "国家开放大学", "type_digit": "8"}
OUT = "批次 202307 已有 2 份有效证书，印在证书上的内容不能再改："


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issue_date": "2023-07-31"}, "发证日期 2023-07-20 改为 2023-07-31"),
        ({"school": {**SCHOOL, "name": "别的大学"}}, "学校名称 国家开放大学 改为 别的大学"),
        (
            {"school": {**SCHOOL, "code": "10001", "type_digit": "5"}},
            "学校代码 51161 改为 10001；办学类型 8 改为 5",
        ),
        (
            {"principals": [{"from": "2020-01-01", "name": "易春来"}]},
            "发证日期在任的院（校）长 卫知秋 改为 易春来",
        ),
        ({"principals": None}, "发证日期在任的院（校）长 卫知秋 改为 空"),
        ({"numbering": "imported"}, "证书编号 本系统编号 改为 总部编号导入"),
    ],
    ids=["day", "name", "code", "principal", "nobody", "numbering"],
)
def test_what_stands_on_issued_certificates_can_not_be_changed(season, changes, said):
    at(season, count=2)
    data = factories.policy_data(**changes)
    with pytest.raises(Refused, match=f"{OUT}{said}。"):
        batches.load(data, season.staff.hq.pk)
    with pytest.raises(PolicyRefused, match=f"{OUT}{said}。"):
        policy_drafts.draft(data, people.actor(season.staff.hq), "k")
    season.batch.refresh_from_db()
    assert (season.batch.policy.number, season.batch.versions.count()) == (1, 1)


def test_without_valid_certificates_everything_may_change(season):
    ids = at(season)
    acting.act(season, Verb.VOID, ids, second=season.staff.second)
    loaded = batches.load(factories.policy_data(issue_date="2023-07-31"), season.staff.hq.pk)
    assert (loaded.changed, fixed_terms.unchanged_note(season.batch)) == (True, "")
    acting.act(season, Verb.CERTIFY, ids)
    assert issued.graduations(ids)[ids[0]].content.issued == date(2023, 7, 31)
    assert (
        fixed_terms.unchanged_note(season.batch)
        == "已编号的 1 份有效证书不受影响，补打和上报仍按编号时的内容"
    )


def certified_on_an_old_look(season, monkeypatch):
    """Headquarters judges, another policy comes into force, then the numbers are written; the day on the certificate."""
    ids = at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    old, real = basis_of(season.batch), moves.basis_of
    batches.load(factories.policy_data(issue_date="2023-07-31"), season.staff.hq.pk)
    looks = [old]
    monkeypatch.setattr(moves, "basis_of", lambda batch: looks.pop() if looks else real(batch))
    assert acting.act(season, Verb.CERTIFY, ids).done == 1
    return issued.graduations(ids)[ids[0]].content.issued


def test_a_policy_that_came_between_look_and_write_is_the_one_that_numbers(season, monkeypatch):
    assert certified_on_an_old_look(season, monkeypatch) == date(2023, 7, 31)


def test_negative_control_without_comparing_the_policy_the_old_day_is_printed(season, monkeypatch):
    monkeypatch.setattr(numbering, "same_policy", lambda chunk: chunk.act.batch.policy_id)
    assert certified_on_an_old_look(season, monkeypatch) == date(2023, 7, 20)


def test_an_import_of_plans_says_how_many_certificates_stay_as_they_were(season, tmp_path):
    at(season, count=2)
    at(season, level=Level.TOP_UP)
    plan = {
        **ROWS[SheetKind.PLANS],
        "专业规则代码": "K-JUNIOR",
        "专业名称": "别的专业",
        "学历层次": "专科",
    }
    tally = bring(tmp_path, SheetKind.PLANS, plan)
    [told] = tally.notes[1:]  # one sentence, which says both
    assert (tally.updated, told.partition("，在")[0]) == (
        1,
        "已编号的 2 份有效证书不受影响，补打和上报仍按编号时的内容；其中 2 份与导入后的记录不一致",
    )
    assert bring(tmp_path, SheetKind.PLANS, plan).notes[1:] == ()  # nothing has changed


def test_an_import_of_students_says_how_many_certificates_stay_as_they_were(season, tmp_path):
    """A centre's own column as well: whatever changes on the record, the paper that is out stays."""
    (pk,) = at(season)
    at(season)
    one = Candidate.objects.select_related("student").get(pk=pk).student
    centre = season.staff.clerks[0]
    row = {"学号": one.number, "姓名": one.name, "手机": "13900001111", "班级名称": "改班"}
    path = table(tmp_path / "students.csv", [row])
    said = [
        import_sheet(SheetKind.STUDENTS, path, by=centre).notes[1:] for _ in range(2)
    ]  # the first: how it is encoded
    assert said == [
        ("已编号的 1 份有效证书不受影响，补打和上报仍按编号时的内容",),
        (),
    ]  # the second time nothing has changed
