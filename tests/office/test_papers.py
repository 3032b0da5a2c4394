"""Printing from the database to the files: who is in, what stands there, who is refused and why, the record of it."""

import hashlib
import shutil
import stat
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.gateways import hashed_files
from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    Document,
    Export,
    PhotoRow,
    PlanRow,
    Profile,
    Result,
    Schooling,
    Student,
)
from graduand.office import batches, papers
from graduand.office.papers import SNAG_HEADERS, PrintRefused
from graduand.papers.shelf import LEDGER
from graduand.queries import papers as looking
from graduand.rulebook.terms import ChsiVerdict, DegreeState, Level, PaperKind, PhotoKind, Stage, Verb
from tests import factories, people, portraits
from tests.papers import reading

ID_NO = "11010519900307002X"
FORM, TRANSCRIPT, ENROLMENT = PaperKind.REGISTRATION_FORM, PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM
CERTIFICATE, ROSTER, PACKING, SIGN_OFF = PaperKind.CERTIFICATE, PaperKind.ROSTER, PaperKind.PACKING_LIST, PaperKind.SIGN_OFF
RARE = "\U00031350"  # in GB 18030, in no font of ours


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def store(shade):
    """A picture in the store; returns its hash."""
    return hashed_files.keep(Path(settings.MEDIA_ROOT) / "photos", portraits.portrait(shade))


def at(season, stage=Stage.CERTIFIED, count=1, **enrolled):
    """Files at `stage` whose photos lie in the store."""
    ids = factories.enrol(season, count, id_no=ID_NO, **enrolled)
    for pk in ids:
        PhotoRow.objects.filter(student__candidates=pk).update(sha256=store(pk))
    PlanRow.objects.update(years="2.5")
    return factories.walk(season, ids, stage)


def press(season, kind, out, user=None, **options):
    return papers.print_papers(season.batch, kind, out, people.actor(user or season.staff.hq), **options)


def names(out, kind):
    return sorted(one.name for one in (out / kind.label).iterdir() if one.name != LEDGER)


def number_of(pk):
    return Candidate.objects.get(pk=pk).student.number


def snags(path):
    return [tuple(row[:5]) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def counts(tally):
    return tally.people, tally.written, tally.unchanged, tally.refused, tally.warned


def test_the_forms_lie_in_roster_order(season, tmp_path):
    later = at(season, count=1, centre=1)
    first = at(season, count=2)  # on a second roster, so after the first one
    tally = press(season, FORM, tmp_path / "new" / "out")
    expected = [f"{place:05}-{number_of(pk)}.pdf" for place, pk in enumerate([*later, *first], start=1)]
    assert names(tmp_path / "new" / "out", FORM) == expected
    assert (counts(tally), tally.by_code) == ((3, 3, 0, 0, 3), {})
    path = tmp_path / "new" / "out" / "登记表"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((path / expected[0]).stat().st_mode) == 0o600
    row = Export.objects.get()
    hashes = "".join(f"{name} {hashlib.sha256((path / name).read_bytes()).hexdigest()}\n" for name in expected)
    assert (row.kind, row.rows, row.held_back, row.run, row.by) == ("registration_form", 3, 0, 1, season.staff.hq)
    assert (row.name, row.sha256) == ("登记表（3 个文件）", hashlib.sha256(hashes.encode()).hexdigest())
    assert not Document.objects.exists()  # printed is not yet signed, nor in the archive


def test_what_stands_on_the_form(season, tmp_path):
    (pk,) = at(season, politics="群众", mobile="13800001234", name="𬭩䶮㛃·𡈽")
    student = Candidate.objects.get(pk=pk).student
    Profile.objects.create(student=student, employer="#import *云岭*医院$", internship="社区卫生服务中心")
    Schooling.objects.create(student=student, start="2005-09", end="2008-07", place="云岭市第一中学")
    Schooling.objects.create(student=student, start="2008-09", end="至今", place="云岭职业学院")
    tally = press(season, FORM, tmp_path)
    (name,) = names(tmp_path, FORM)
    path = tmp_path / "登记表" / name
    there = reading.flat(path)
    assert reading.pages(path) == 4
    for told in ("𬭩䶮㛃·𡈽", "#import*云岭*医院$", f"证件号{ID_NO}", "学生类别开放教育专科", "毕业时间2023年7月", "云岭职业学院",
                 Certificate.objects.get().number):  # fmt: skip
        assert told in there
    assert reading.pictures(path) == [portraits.portrait(pk)]
    assert [row[3] for row in tally.snags] == ["FORM-THESIS"]


def test_T13_the_day_on_the_form_is_the_batchs_not_the_annexs(season, tmp_path):
    at(season)
    press(season, FORM, tmp_path)
    path = tmp_path / "登记表" / names(tmp_path, FORM)[0]
    assert [("2023年7月20日" in reading.page(path, n), "2023年1月20日" in reading.page(path, n)) for n in (3, 4)] == [
        (False, False), (True, False)]  # fmt: skip


def test_I11_another_issue_date_is_another_day_on_every_paper(season, tmp_path):
    at(season, level=Level.TOP_UP)
    season.batch = batches.load(factories.policy_data(issue_date="2023-07-31"), None).batch
    for kind in (FORM, TRANSCRIPT, ENROLMENT, ROSTER):
        press(season, kind, tmp_path)
        there = reading.flat(tmp_path / kind.label / names(tmp_path, kind)[0])
        assert ("2023年7月31日" in there, "2023年7月20日" in there) == (True, False)


def test_the_number_is_blank_before_certify(season, tmp_path):
    at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    press(season, FORM, tmp_path)
    proof = press(season, CERTIFICATE, tmp_path)
    texts = [reading.flat(tmp_path / kind.label / names(tmp_path, kind)[0], "-raw") for kind in (FORM, CERTIFICATE)]
    assert ["5116182023" in text for text in texts] == [False, False]
    assert ("校对样张" in texts[1], [row[3] for row in proof.snags], counts(proof)) == (True, ["PROOF"], (1, 1, 0, 0, 1))


def test_labels_of_level_and_category(season, tmp_path):
    at(season, level=Level.TOP_UP)
    press(season, FORM, tmp_path)
    press(season, CERTIFICATE, tmp_path)
    form, degree = (reading.flat(tmp_path / kind.label / names(tmp_path, kind)[0]) for kind in (FORM, CERTIFICATE))
    assert [told in form for told in ("学生类别开放教育本科", "学历层次专科起点本科")] == [True, True]
    assert "专科起点本科学习" in degree


def test_the_transcript(season, tmp_path):
    (pk,) = at(season)
    student = Candidate.objects.get(pk=pk).student
    for course, mark, released in (("A1", "55", date(2023, 6, 1)), ("Z9", "70", date(2023, 6, 1)), ("E1", "90", date(2023, 9, 1))):
        Result.objects.create(student=student, course=course, mark=mark, term=4045, released=released)
    tally = press(season, TRANSCRIPT, tmp_path)
    path = tmp_path / "成绩单" / names(tmp_path, TRANSCRIPT)[0]
    rows = [" ".join(line.split()) for line in reading.text(path).splitlines()]
    assert [row for row in rows if row.startswith(("A1 ", "E1 ", "P1 ", "Z9 ", "总学分"))] == [
        "A1 课程A1 统设必修 是 4 80 2023春", "E1 课程E1 选修 2 良 2023春", "P1 课程P1 综合实践 4 85 2023春",
        "Z9 0 70 2022秋 不计入", "总学分 10（最低 10） 总部考试学分 4（最低 4） 课程 3 门",
    ]  # fmt: skip
    assert ("2023年7月20日" in reading.flat(path), counts(tally)) == (True, (1, 1, 0, 0, 0))
    Result.objects.filter(student=student, course="P1").update(reviewed=False, pass_key="pP1")
    assert [row[3] for row in press(season, TRANSCRIPT, tmp_path).snags] == ["CREDITS"]


def test_the_enrolment_form_carries_the_picture_of_entry(season, tmp_path):
    (pk,) = at(season)
    student = Candidate.objects.get(pk=pk).student
    Profile.objects.create(student=student, enrolled_on=date(2021, 2, 15), prior_check="passed", prior_certificate="105411201506000123",
                           opinions={"终审": {"text": "同意录取", "on": "2021-03-01"}})  # fmt: skip
    without = press(season, ENROLMENT, tmp_path)
    PhotoRow.objects.create(student=student, kind=PhotoKind.ADMISSION.value, sha256=store(900), size=1, width=480, height=640,
                            since=date(2021, 3, 1), stored_at=student.candidates.get().applied_at, stored_by=season.staff.hq)  # fmt: skip
    full = press(season, ENROLMENT, tmp_path)
    path = tmp_path / "报名登记表" / names(tmp_path, ENROLMENT)[0]
    assert ([row[3] for row in without.snags], full.snags, counts(full)) == (["PHOTO-EMPTY"], [], (1, 1, 0, 0, 0))
    assert (reading.pictures(path), reading.pages(path)) == ([portraits.portrait(900)], 1)
    there = reading.flat(path)
    assert [told in there for told in ("核验：通过", "105411201506000123", "同意录取", "2021年3月1日", "报名日期2021年2月15日")] == [True] * 5


def test_I12_the_certificate_carries_the_approved_picture_or_is_not_printed(season, tmp_path):
    good, changed, lost, broken = at(season, count=4)
    PhotoRow.objects.filter(student__candidates=changed).update(sha256=store(700))
    place = {pk: hashed_files.place_of(Path(settings.MEDIA_ROOT) / "photos", Candidate.objects.get(pk=pk).approved_photo)
             for pk in (lost, broken)}  # fmt: skip
    place[lost].unlink()
    place[broken].write_bytes(portraits.portrait(701))
    tally = press(season, CERTIFICATE, tmp_path)
    assert names(tmp_path, CERTIFICATE) == [f"00001-{number_of(good)}.pdf"]
    assert reading.pictures(tmp_path / "毕业证书" / names(tmp_path, CERTIFICATE)[0]) == [portraits.portrait(good)]
    assert (counts(tally), tally.by_code) == ((4, 1, 0, 3, 0), {"PHOTO-CHANGED": 1, "PHOTO-FILE": 2})
    assert [row[:2] + row[3:5] for row in snags(tally.file)[1:]] == [
        (number_of(pk), Candidate.objects.get(pk=pk).student.name, code, "不能打印")
        for pk, code in ((changed, "PHOTO-CHANGED"), (lost, "PHOTO-FILE"), (broken, "PHOTO-FILE"))
    ]  # fmt: skip


def test_W07_a_doubt_after_numbering_freezes_the_certificate_and_takes_the_old_file_away(season, tmp_path):
    ids = at(season, count=2)
    press(season, CERTIFICATE, tmp_path)
    assert len(names(tmp_path, CERTIFICATE)) == 2
    ChsiReport.objects.create(student=Candidate.objects.get(pk=ids[0]).student, day=date(2023, 7, 11), verdict=ChsiVerdict.FAILED.value)
    tally = press(season, CERTIFICATE, tmp_path)
    assert (counts(tally), tally.by_code) == ((2, 0, 1, 1, 0), {"CHSI-DOUBT": 1})
    assert names(tmp_path, CERTIFICATE) == [f"00002-{number_of(ids[1])}.pdf"]


def test_without_a_principal_no_certificate(season, tmp_path):
    at(season)
    season.batch = batches.load(factories.policy_data(principals=None), None).batch
    assert press(season, CERTIFICATE, tmp_path).by_code == {"PRINCIPAL": 1}


def test_the_principal_of_the_day(season, tmp_path):
    at(season)
    two = [{"from": date(2020, 1, 1), "name": "卫知秋"}, {"from": date(2023, 7, 21), "name": "易春来"}]
    season.batch = batches.load(factories.policy_data(principals=two), None).batch
    press(season, CERTIFICATE, tmp_path)
    there = reading.flat(tmp_path / "毕业证书" / names(tmp_path, CERTIFICATE)[0])
    assert ("卫知秋" in there, "易春来" in there) == (True, False)


@pytest.mark.parametrize("merge", [False, True])
def test_C08_a_character_that_no_font_has_blocks_that_print_alone(season, tmp_path, merge):
    rare, fine = at(season, count=2)
    Student.objects.filter(candidates=rare).update(name=f"王{RARE}")
    tally = press(season, FORM, tmp_path, merge=merge)
    assert (tally.refused, tally.by_code, tally.written) == (1, {"GLYPH": 1}, 1)
    assert names(tmp_path, FORM) == (["C1.pdf"] if merge else [f"00002-{number_of(fine)}.pdf"])
    told = {row[3]: row[5] for row in tally.snags if row[0] == number_of(rare) and row[4] == papers.STOPPED}
    assert told == {"GLYPH": f"「姓名」里的{RARE}（U+31350）字体里没有"}
    path = tmp_path / "登记表" / names(tmp_path, FORM)[0]
    assert (reading.pages(path), number_of(fine) in reading.flat(path)) == (4, True)


def test_C08_a_list_prints_a_geta_and_says_so(season, tmp_path):
    rare, _ = at(season, count=2)
    Student.objects.filter(candidates=rare).update(name=f"王{RARE}")
    tally = press(season, ROSTER, tmp_path)
    assert (counts(tally), [row[3:5] for row in tally.snags]) == ((2, 1, 0, 0, 1), [("GLYPH", "提醒")])
    assert "王〓" in reading.flat(tmp_path / "花名册" / "C1.pdf")


@pytest.mark.parametrize("merge", [False, True])
def test_what_does_not_fit_is_refused_with_its_field(season, tmp_path, merge):
    long, fine = at(season, count=2)
    Profile.objects.create(student=Candidate.objects.get(pk=long).student, internship="实习内容" * 900, thesis_title="题" * 290)
    tally = press(season, FORM, tmp_path, merge=merge)
    assert (counts(tally), tally.by_code) == ((2, 1, 0, 1, 1), {"FIT": 1})
    reasons = [row[5] for row in tally.snags if row[4] == papers.STOPPED]
    assert reasons == ["「毕业实习单位及主要内容」用最小的字号也印不下"]
    there = reading.flat(tmp_path / "登记表" / names(tmp_path, FORM)[0])
    assert (number_of(fine) in there, number_of(long) in there) == (True, False)


def test_not_on_a_roster(season, tmp_path):
    on = at(season)
    off = factories.walk(season, factories.enrol(season, 1), Stage.APPROVED)
    factories.enrol(season, 1)  # not approved: nobody asks for its papers
    tally = press(season, TRANSCRIPT, tmp_path)
    assert (names(tmp_path, TRANSCRIPT), tally.by_code) == ([f"00001-{number_of(on[0])}.pdf"], {"ROSTER": 1})
    assert snags(tally.file) == [SNAG_HEADERS[:5], (number_of(off[0]), Candidate.objects.get(pk=off[0]).student.name,
                                                   "C1 第1学习中心", "ROSTER", "不能打印")]  # fmt: skip
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    again = press(season, TRANSCRIPT, tmp_path)
    assert (counts(again), again.file, list(tmp_path.glob("*.xlsx"))) == ((2, 1, 1, 0, 0), "", [])


# -- again, merged, resumed ------------------------------------------------------------------------------------


def test_C09_a_second_run_keeps_everything(season, tmp_path):
    at(season, count=3)
    press(season, TRANSCRIPT, tmp_path / "a")
    before = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in (tmp_path / "a" / "成绩单").iterdir()}
    again = press(season, TRANSCRIPT, tmp_path / "a")
    after = {one.name: (one.stat().st_mtime_ns, one.read_bytes()) for one in (tmp_path / "a" / "成绩单").iterdir()}
    assert (after, counts(again), Export.objects.count()) == (before, (3, 0, 3, 0, 0), 1)
    press(season, TRANSCRIPT, tmp_path / "b")
    assert {name: (tmp_path / "b" / "成绩单" / name).read_bytes() for name in names(tmp_path / "b", TRANSCRIPT)} == {
        name: data for name, (_, data) in after.items() if name != LEDGER
    }


def test_C09_a_crash_on_the_way_is_resumed_and_ends_with_the_same_bytes(season, tmp_path, monkeypatch):
    at(season, count=5)
    press(season, TRANSCRIPT, tmp_path / "whole")
    monkeypatch.setattr(papers, "CHUNK", 2)

    def crash(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        press(season, TRANSCRIPT, tmp_path / "cut", progress=crash)
    assert len(names(tmp_path / "cut", TRANSCRIPT)) == 4
    (tmp_path / "cut" / "成绩单" / names(tmp_path / "cut", TRANSCRIPT)[0]).write_bytes(b"%PDF half")  # damaged meanwhile
    resumed = press(season, TRANSCRIPT, tmp_path / "cut")
    assert counts(resumed) == (5, 2, 3, 0, 0)
    assert [(tmp_path / "cut" / "成绩单" / name).read_bytes() for name in names(tmp_path / "cut", TRANSCRIPT)] == [
        (tmp_path / "whole" / "成绩单" / name).read_bytes() for name in names(tmp_path / "whole", TRANSCRIPT)]  # fmt: skip


def test_what_changed_is_printed_again(season, tmp_path):
    changed, _ = at(season, count=2)
    press(season, TRANSCRIPT, tmp_path)
    Result.objects.filter(student__candidates=changed, course="A1").update(mark="91")
    assert counts(press(season, TRANSCRIPT, tmp_path)) == (2, 1, 1, 0, 0)


def test_merged_there_is_a_file_a_centre_over_several_chunks(season, tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "CHUNK", 2)
    here, there = at(season, count=3), at(season, count=1, centre=1)
    tally = press(season, FORM, tmp_path, merge=True)
    assert (names(tmp_path, FORM), counts(tally)) == (["C1.pdf", "C2.pdf"], (4, 2, 0, 0, 4))
    assert [reading.pages(tmp_path / "登记表" / name) for name in ("C1.pdf", "C2.pdf")] == [12, 4]
    covers = [reading.page(tmp_path / "登记表" / "C1.pdf", page) for page in (1, 5, 9)]
    assert [number_of(pk) in cover for pk, cover in zip(here, covers, strict=True)] == [True] * 3
    assert number_of(there[0]) in reading.page(tmp_path / "登记表" / "C2.pdf", 1)
    assert counts(press(season, FORM, tmp_path, merge=True)) == (4, 0, 2, 0, 4)


# -- lists -----------------------------------------------------------------------------------------------------


def test_rosters_of_a_centre(season, tmp_path):
    first = at(season, count=2)
    second = at(season, count=1, level=Level.TOP_UP)
    Candidate.objects.filter(pk=first[0]).update(degree=DegreeState.GRANTED.value)
    at(season, count=1, centre=1)
    tally = press(season, ROSTER, tmp_path)
    assert (names(tmp_path, ROSTER), counts(tally)) == (["C1.pdf", "C2.pdf"], (4, 2, 0, 0, 0))
    path = tmp_path / "花名册" / "C1.pdf"
    rows = [" ".join(line.split()) for line in reading.text(path).splitlines()]
    number = {pk: Certificate.objects.get(candidate=pk).number for pk in (*first, *second)}
    name = {pk: Candidate.objects.get(pk=pk).student.name for pk in number}
    assert [row for row in rows if number_of(first[0])[:5] in row] == [
        f"1 {number_of(first[0])} {name[first[0]]} 女 专科 健康管理 {number[first[0]]} 授予学位",
        f"2 {number_of(first[1])} {name[first[1]]} 女 专科 健康管理 {number[first[1]]}",
        f"3 {number_of(second[0])} {name[second[0]]} 女 专科起点本科 健康管理 {number[second[0]]}",
    ]  # fmt: skip
    assert [told in reading.flat(path) for told in ("第1号花名册（首批）", "第2号花名册（首批）", "2023年7月20日")] == [True] * 3


def test_packing_lists_a_parcel_each(season, tmp_path):
    shipped = at(season, Stage.SHIPPED, count=2)
    waiting = at(season, count=1)
    approved = at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    tally = press(season, PACKING, tmp_path)
    (sealed,) = [name for name in names(tmp_path, PACKING) if name != "C1.pdf"]
    assert (sealed.endswith("-SF1.pdf"), counts(tally)) == (True, (4, 2, 0, 0, 0))
    texts = {name: reading.flat(tmp_path / "装箱单" / name) for name in names(tmp_path, PACKING)}
    everybody = [*shipped, *waiting, *approved]
    assert [number_of(pk) in texts[sealed] for pk in everybody] == [True, True, False, False]
    assert [number_of(pk) in texts["C1.pdf"] for pk in everybody] == [False, False, True, False]
    for told in ("承运：顺丰运单号：SF1", "共2人", "寄往寄自第1学习中心生命健康学院", "签收回执", "应为2", "毕业审核办公室"):
        assert told in texts[sealed]
    assert tally.notes == ["另有 1 人尚未编号制证，不在装箱单里"]
    press(season, PACKING, tmp_path / "merged", merge=True)
    assert (names(tmp_path / "merged", PACKING), reading.pages(tmp_path / "merged" / "装箱单" / "C1.pdf")) == (["C1.pdf"], 2)


def test_the_sign_off_list_has_room_to_sign_and_says_who_has_signed(season, tmp_path):
    (waiting,) = at(season)
    (collected,) = at(season, Stage.COLLECTED)
    press(season, SIGN_OFF, tmp_path)
    rows = [" ".join(line.split()) for line in reading.text(tmp_path / "签领表" / "C1.pdf").splitlines()]
    told = {pk: (number_of(pk), Candidate.objects.get(pk=pk).student.name, Certificate.objects.get(candidate=pk).number)
            for pk in (waiting, collected)}  # fmt: skip
    assert [row for row in rows if "一致 □ 不一致" in row] == [
        "1 {} {} 健康管理 {} □ 一致 □ 不一致".format(*told[waiting]),
        "2 {} {} 健康管理 {} □ 一致 □ 不一致 本人 2023-07-12".format(*told[collected]),
    ]  # fmt: skip
    assert "领取人签名" in reading.flat(tmp_path / "签领表" / "C1.pdf")


# -- who may -------------------------------------------------------------------------------------------------------


def test_a_centre_prints_its_own_and_no_certificates(season, tmp_path):
    mine, other = at(season), at(season, centre=1)
    clerk = season.staff.clerks[0]
    tally = press(season, TRANSCRIPT, tmp_path, clerk)
    assert (names(tmp_path, TRANSCRIPT), tally.people) == ([f"00001-{number_of(mine[0])}.pdf"], 1)
    foreign = press(season, TRANSCRIPT, tmp_path / "b", clerk, centre=season.centres[1])
    assert (names(tmp_path / "b", TRANSCRIPT), foreign.people) == ([], 0)
    assert press(season, TRANSCRIPT, tmp_path / "c", season.staff.college).people == 2
    assert press(season, TRANSCRIPT, tmp_path / "d", centre=season.centres[1]).people == 1
    assert names(tmp_path / "d", TRANSCRIPT) == [f"00002-{number_of(other[0])}.pdf"]
    with pytest.raises(PrintRefused, match="毕业证书由总部打印，您属于学习中心"):
        press(season, CERTIFICATE, tmp_path, clerk)
    assert Export.objects.count() == 3


def test_one_round(season, tmp_path):
    at(season)
    assert press(season, TRANSCRIPT, tmp_path, round_name=factories.SECOND).people == 0
    assert press(season, TRANSCRIPT, tmp_path, round_name=factories.FIRST).people == 1
    assert Export.objects.get().round.name == factories.FIRST


def test_a_voided_number_is_not_printed(season, tmp_path):
    (pk,) = at(season)
    spent = Certificate.objects.get().number
    factories.act(season, Verb.VOID, [pk], second=season.staff.second)
    press(season, FORM, tmp_path)
    assert spent not in reading.flat(tmp_path / "登记表" / names(tmp_path, FORM)[0])


def test_the_queries_do_not_grow_with_the_people(season):
    ids = at(season, count=1)
    with CaptureQueriesContext(connection) as one:
        looking.graduands(ids, date(2023, 7, 12))
    ids += at(season, count=4)
    with CaptureQueriesContext(connection) as five:
        found = looking.graduands(ids, date(2023, 7, 12))
    assert (len(one), len(five), [person.candidate for person in found]) == (12, 12, ids)


def test_names_of_units_never_leave_the_folder(season, tmp_path):
    at(season)
    type(season.centres[0]).objects.filter(pk=season.centres[0].pk).update(code="../../x/y")
    press(season, ROSTER, tmp_path / "deep" / "out")
    assert names(tmp_path / "deep" / "out", ROSTER) == ["_x_y.pdf"]
    shutil.rmtree(tmp_path / "deep")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["media"]
