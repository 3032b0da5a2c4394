"""Printing from the database to the files: who is in, what stands there, who is refused and why, the record of it."""

import hashlib
import stat
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from graduand.gateways import hashed_files
from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    Document,
    Export,
    PhotoRow,
    Profile,
    Result,
    Schooling,
)
from graduand.office.papers.print_tally import SNAG_HEADERS, STOPPED
from graduand.office.season import batches
from graduand.rulebook.terms import ChsiVerdict, Level, PhotoKind, Stage, Verb
from tests import acting, factories
from tests.material import portraits
from tests.office.papers.print_runs import (
    CERTIFICATE,
    ENROLMENT,
    FORM,
    ID_NO,
    ROSTER,
    TRANSCRIPT,
    at,
    counts,
    names,
    number_of,
    on_roster,
    print_file,
    snags,
    store,
)
from tests.papers import reading

RARE = "\U00031350"  # in GB 18030, in no font of ours


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def test_the_forms_lie_in_roster_order(season, tmp_path):
    later = at(season, count=1, centre=1)
    first = at(season, count=2)  # on a second roster, so after the first one
    tally = print_file(season, FORM, tmp_path / "new" / "out")
    expected = [
        f"{place:05}-{number_of(pk)}.pdf" for place, pk in enumerate([*later, *first], start=1)
    ]
    assert names(tmp_path / "new" / "out", FORM) == expected
    assert (counts(tally), tally.by_code) == ((3, 3, 0, 0, 3), {})
    path = tmp_path / "new" / "out" / "登记表"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((path / expected[0]).stat().st_mode) == 0o600
    row = Export.objects.get()
    hashes = "".join(
        f"{name} {hashlib.sha256((path / name).read_bytes()).hexdigest()}\n" for name in expected
    )
    assert (row.kind, row.rows, row.held_back, row.run, row.by) == (
        "registration_form",
        3,
        0,
        1,
        season.staff.hq,
    )
    assert (row.name, row.sha256) == (
        "登记表（3 个文件）",
        hashlib.sha256(hashes.encode()).hexdigest(),
    )
    assert not Document.objects.exists()  # printed is not yet signed, nor in the archive


def test_what_stands_on_the_form(season, tmp_path):
    (pk,) = on_roster(season, politics="群众", mobile="13800001234", name="𬭩䶮㛃·𡈽")
    student = Candidate.objects.get(pk=pk).student
    Profile.objects.create(
        student=student, employer="#import *云岭*医院$", internship="社区卫生服务中心"
    )
    Schooling.objects.create(
        student=student, start="2005-09", end="2008-07", place="云岭市第一中学"
    )
    Schooling.objects.create(student=student, start="2008-09", end="至今", place="云岭职业学院")
    acting.act(season, Verb.CERTIFY, [pk])
    tally = print_file(season, FORM, tmp_path)
    (name,) = names(tmp_path, FORM)
    path = tmp_path / "登记表" / name
    there = reading.flat(path)
    assert reading.pages(path) == 4
    for told in (
        "𬭩䶮㛃·𡈽",
        "#import*云岭*医院$",
        f"证件号{ID_NO}",
        "学生类别开放教育专科",
        "毕业时间2023年7月",
        "云岭职业学院",
        Certificate.objects.get().number,
    ):
        assert told in there
    assert reading.pictures(path) == [portraits.portrait(pk)]
    assert [row[3] for row in tally.snags] == ["FORM-THESIS"]


def test_T13_the_day_on_the_form_is_the_batchs_not_the_annexs(season, tmp_path):
    at(season)
    print_file(season, FORM, tmp_path)
    path = tmp_path / "登记表" / names(tmp_path, FORM)[0]
    assert [
        ("2023年7月20日" in reading.page(path, n), "2023年1月20日" in reading.page(path, n))
        for n in (3, 4)
    ] == [(False, False), (True, False)]


def test_I11_another_issue_date_is_another_day_on_every_paper(season, tmp_path):
    season.batch = batches.load(
        factories.policy_data(issue_date="2023-07-31"), None
    ).batch  # before anything is issued
    at(season, level=Level.TOP_UP)
    for kind in (FORM, TRANSCRIPT, ENROLMENT, ROSTER):
        print_file(season, kind, tmp_path)
        there = reading.flat(tmp_path / kind.label / names(tmp_path, kind)[0])
        assert ("2023年7月31日" in there, "2023年7月20日" in there) == (True, False)


def test_the_number_is_blank_before_certify(season, tmp_path):
    at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    print_file(season, FORM, tmp_path)
    proof = print_file(season, CERTIFICATE, tmp_path)
    texts = [
        reading.flat(tmp_path / kind.label / names(tmp_path, kind)[0], "-raw")
        for kind in (FORM, CERTIFICATE)
    ]
    assert ["5116182023" in text for text in texts] == [False, False]
    assert ("校对样张" in texts[1], [row[3] for row in proof.snags], counts(proof)) == (
        True,
        ["PROOF"],
        (1, 1, 0, 0, 1),
    )


def test_a_voided_certificate_is_not_printed_and_the_proof_says_so(season, tmp_path):
    """The number is spent: what comes out is a proof with the mark across it, without any number."""
    (pk,) = at(season)
    number = Certificate.objects.get().number
    acting.act(season, Verb.VOID, [pk], second=season.staff.second)
    run = print_file(season, CERTIFICATE, tmp_path)
    text = reading.flat(tmp_path / CERTIFICATE.label / names(tmp_path, CERTIFICATE)[0], "-raw")
    assert ("校对样张" in text, number in text) == (True, False)
    assert [(row[3], row[5]) for row in run.snags] == [
        ("PROOF", f"证书 {number} 已作废，不再打印；重新编号以前印出的是校对样张")
    ]


def test_labels_of_level_and_category(season, tmp_path):
    at(season, level=Level.TOP_UP)
    print_file(season, FORM, tmp_path)
    print_file(season, CERTIFICATE, tmp_path)
    form, degree = (
        reading.flat(tmp_path / kind.label / names(tmp_path, kind)[0])
        for kind in (FORM, CERTIFICATE)
    )
    assert [told in form for told in ("学生类别开放教育本科", "学历层次专科起点本科")] == [
        True,
        True,
    ]
    assert "专科起点本科学习" in degree


def test_the_transcript(season, tmp_path):
    (pk,) = on_roster(season)
    student = Candidate.objects.get(pk=pk).student
    more = (
        ("A1", "55", date(2023, 6, 1)),
        ("Z9", "70", date(2023, 6, 1)),
        ("E1", "90", date(2023, 9, 1)),
    )
    for course, mark, released in more:
        Result.objects.create(
            student=student, course=course, mark=mark, term=4045, released=released
        )
    tally = print_file(season, TRANSCRIPT, tmp_path)
    path = tmp_path / "成绩单" / names(tmp_path, TRANSCRIPT)[0]
    rows = [" ".join(line.split()) for line in reading.text(path).splitlines()]
    assert [row for row in rows if row.startswith(("A1 ", "E1 ", "P1 ", "Z9 ", "总学分"))] == [
        "A1 课程A1 统设必修 是 4 80 2023春",
        "E1 课程E1 选修 2 良 2023春",
        "P1 课程P1 综合实践 4 85 2023春",
        "Z9 0 70 2022秋 不计入",
        "总学分 10（最低 10） 总部考试学分 4（最低 4） 课程 3 门",
    ]
    assert ("2023年7月20日" in reading.flat(path), counts(tally)) == (True, (1, 1, 0, 0, 0))
    Result.objects.filter(student=student, course="P1").update(reviewed=False, pass_key="pP1")
    assert [row[3] for row in print_file(season, TRANSCRIPT, tmp_path).snags] == ["CREDITS"]


def test_the_enrolment_form_carries_the_picture_of_entry(season, tmp_path):
    (pk,) = on_roster(season)
    student = Candidate.objects.get(pk=pk).student
    Profile.objects.create(
        student=student,
        enrolled_on=date(2021, 2, 15),
        prior_check="passed",
        prior_certificate="105411201506000123",
        opinions={"终审": {"text": "同意录取", "on": "2021-03-01"}},
    )
    without = print_file(season, ENROLMENT, tmp_path)
    PhotoRow.objects.create(
        student=student,
        kind=PhotoKind.ADMISSION.value,
        sha256=store(900),
        size=1,
        width=480,
        height=640,
        since=date(2021, 3, 1),
        stored_by=season.staff.hq,
        stored_at=student.candidates.get().applied_at,
    )
    full = print_file(season, ENROLMENT, tmp_path)
    path = tmp_path / "报名登记表" / names(tmp_path, ENROLMENT)[0]
    assert ([row[3] for row in without.snags], full.snags, counts(full)) == (
        ["PHOTO-EMPTY"],
        [],
        (1, 1, 0, 0, 0),
    )
    assert (reading.pictures(path), reading.pages(path)) == ([portraits.portrait(900)], 1)
    there = reading.flat(path)
    wanted = (
        "核验：通过",
        "105411201506000123",
        "同意录取",
        "2021年3月1日",
        "报名日期2021年2月15日",
    )
    assert [told in there for told in wanted] == [True] * 5


def test_I12_the_certificate_carries_the_approved_picture_or_is_not_printed(season, tmp_path):
    good, changed, lost, broken = at(season, count=4)
    PhotoRow.objects.filter(student__candidates=changed).update(sha256=store(700))
    place = {
        pk: hashed_files.place_of(
            Path(settings.MEDIA_ROOT) / "photos", Candidate.objects.get(pk=pk).approved_photo
        )
        for pk in (lost, broken)
    }
    place[lost].unlink()
    place[broken].write_bytes(portraits.portrait(701))
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert names(tmp_path, CERTIFICATE) == [
        f"00001-{number_of(good)}.pdf",
        f"00002-{number_of(changed)}.pdf",
    ]
    assert [
        reading.pictures(tmp_path / "毕业证书" / name) for name in names(tmp_path, CERTIFICATE)
    ] == [[portraits.portrait(good)], [portraits.portrait(changed)]]
    assert (counts(tally), tally.by_code) == ((4, 2, 0, 2, 1), {"PHOTO-FILE": 2})
    assert [row[:2] + row[3:5] for row in snags(tally.file)[1:]] == [
        (number_of(pk), Candidate.objects.get(pk=pk).student.name, code, grade)
        for pk, code, grade in (
            (changed, "PHOTO-CHANGED", "提醒"),
            (lost, "PHOTO-FILE", "不能打印"),
            (broken, "PHOTO-FILE", "不能打印"),
        )
    ]


def test_I12_before_the_number_a_picture_other_than_the_approved_one_stops_the_proof(
    season, tmp_path
):
    (pk,) = on_roster(season)
    PhotoRow.objects.filter(student__candidates=pk).update(sha256=store(700))
    assert print_file(season, CERTIFICATE, tmp_path).by_code == {"PHOTO-CHANGED": 1}


def test_W07_a_doubt_after_numbering_freezes_the_certificate_and_takes_the_old_file_away(
    season, tmp_path
):
    ids = at(season, count=2)
    print_file(season, CERTIFICATE, tmp_path)
    assert len(names(tmp_path, CERTIFICATE)) == 2
    student = Candidate.objects.get(pk=ids[0]).student
    ChsiReport.objects.create(
        student=student, day=date(2023, 7, 11), verdict=ChsiVerdict.FAILED.value
    )
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert (counts(tally), tally.by_code) == ((2, 0, 1, 1, 0), {"CHSI-DOUBT": 1})
    assert names(tmp_path, CERTIFICATE) == [f"00002-{number_of(ids[1])}.pdf"]


def test_without_a_principal_no_certificate(season, tmp_path):
    ids = at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    season.batch = batches.load(factories.policy_data(principals=None), None).batch
    assert acting.act(season, Verb.CERTIFY, ids).by_code == {"PRINCIPAL": 1}
    assert print_file(season, CERTIFICATE, tmp_path).by_code == {"PRINCIPAL": 1}  # not even a proof


def test_the_principal_of_the_day(season, tmp_path):
    at(season)
    two = [
        {"from": date(2020, 1, 1), "name": "卫知秋"},
        {"from": date(2023, 7, 21), "name": "易春来"},
    ]
    season.batch = batches.load(factories.policy_data(principals=two), None).batch
    print_file(season, CERTIFICATE, tmp_path)
    there = reading.flat(tmp_path / "毕业证书" / names(tmp_path, CERTIFICATE)[0])
    assert ("卫知秋" in there, "易春来" in there) == (True, False)


@pytest.mark.parametrize("merge", [False, True])
def test_C08_a_character_that_no_font_has_blocks_that_print_alone(season, tmp_path, merge):
    (rare,), (fine,) = at(season, name=f"王{RARE}"), at(season)
    tally = print_file(season, FORM, tmp_path, merge=merge)
    assert (tally.refused, tally.by_code, tally.written) == (1, {"GLYPH": 1}, 1)
    assert names(tmp_path, FORM) == (["C1.pdf"] if merge else [f"00002-{number_of(fine)}.pdf"])
    told = {
        row[3]: row[5] for row in tally.snags if row[0] == number_of(rare) and row[4] == STOPPED
    }
    assert told == {"GLYPH": f"「姓名」里的{RARE}（U+31350）字体里没有"}
    path = tmp_path / "登记表" / names(tmp_path, FORM)[0]
    assert (reading.pages(path), number_of(fine) in reading.flat(path)) == (4, True)


def test_C08_a_list_prints_a_geta_and_says_so(season, tmp_path):
    at(season, name=f"王{RARE}")
    at(season)
    tally = print_file(season, ROSTER, tmp_path)
    assert (counts(tally), [row[3:5] for row in tally.snags]) == (
        (2, 1, 0, 0, 1),
        [("GLYPH", "提醒")],
    )
    assert "王〓" in reading.flat(tmp_path / "花名册" / "C1.pdf")


@pytest.mark.parametrize("merge", [False, True])
def test_what_does_not_fit_is_refused_with_its_field(season, tmp_path, merge):
    long, fine = on_roster(season, count=2)
    Profile.objects.create(
        student=Candidate.objects.get(pk=long).student,
        internship="实习内容" * 900,
        thesis_title="题" * 290,
    )
    tally = print_file(season, FORM, tmp_path, merge=merge)
    assert (counts(tally), tally.by_code) == ((2, 1, 0, 1, 1), {"FIT": 1})
    reasons = [row[5] for row in tally.snags if row[4] == STOPPED]
    assert reasons == ["「毕业实习单位及主要内容」用最小的字号也印不下"]
    there = reading.flat(tmp_path / "登记表" / names(tmp_path, FORM)[0])
    assert (number_of(fine) in there, number_of(long) in there) == (True, False)


def test_not_on_a_roster(season, tmp_path):
    on = at(season)
    off = acting.walk(season, factories.enrol(season, 1), Stage.APPROVED)
    factories.enrol(season, 1)  # not approved: nobody asks for its papers
    tally = print_file(season, TRANSCRIPT, tmp_path)
    assert (names(tmp_path, TRANSCRIPT), tally.by_code) == (
        [f"00001-{number_of(on[0])}.pdf"],
        {"ROSTER": 1},
    )
    assert snags(tally.file) == [
        SNAG_HEADERS[:5],
        (
            number_of(off[0]),
            Candidate.objects.get(pk=off[0]).student.name,
            "C1 第1学习中心",
            "ROSTER",
            "不能打印",
        ),
    ]
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    again = print_file(season, TRANSCRIPT, tmp_path)
    assert (counts(again), again.file, list(tmp_path.glob("*.xlsx"))) == ((2, 1, 1, 0, 0), "", [])
