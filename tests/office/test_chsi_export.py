"""The 学历注册 export from the database to the files: who is in, who is held back and why, the record of it."""

import errno
import hashlib
import multiprocessing
import os
import signal
import stat
import sys
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Batch, Candidate, Certificate, ChsiReport, Export, IdentityCase, PlanRow
from graduand.office import accounts, batches, chsi_export, drafts, export_runs
from graduand.office.chsi_export import HELD_HEADERS
from graduand.office.refusal import Refused
from graduand.papers.dbf import write_dbf
from graduand.queries import clock
from graduand.rulebook.exchange import PROFILE, Field, Profile
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, Level, Stage, Verb
from tests import factories, people
from tests.papers import xbase

ID_NO = "11010519900307002X"


@pytest.fixture
def season(season):
    """Majors have codes of the catalogue; `enrol` gives the id."""
    PlanRow.objects.update(major_code="520801", years="2.5")
    return season


def certified(season, count=1, **changes):
    """Files that are numbered, on one roster."""
    return factories.walk(
        season, factories.enrol(season, count, **{"id_no": ID_NO, **changes}), Stage.CERTIFIED
    )


def export(season, out, **options):
    return chsi_export.export(season.batch, out, people.actor(season.staff.hq), **options)


def of(pk):
    """(学号, 姓名, 电子注册号) of a candidate."""
    file = Candidate.objects.select_related("student").get(pk=pk)
    return (
        file.student.number,
        file.student.name,
        Certificate.objects.get(candidate=pk, voided_at=None).number,
    )


def doubt(pk, verdict=ChsiVerdict.FAILED):
    student = Candidate.objects.get(pk=pk).student
    ChsiReport.objects.create(student=student, day=date(2023, 7, 11), verdict=verdict.value)


def sheet(path):
    return [
        [cell or "" for cell in row]
        for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    ]


def test_the_files_hold_everybody(season, tmp_path):
    ids = certified(season, 2) + certified(season, 1, centre=1, level=Level.TOP_UP)
    tally = export(season, tmp_path / "new" / "out")
    path = tmp_path / "new" / "out" / "xueli-202307-1.dbf"
    assert tally.as_dict() == {
        "kind": "chsi",
        "batch": "202307",
        "rows": 3,
        "held_back": 0,
        "by_code": {},
        "file": str(path),
    }
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "held-back.xlsx",
        "xueli-202307-1.dbf",
        "xueli-202307-1.xlsx",
    ]
    table = xbase.read(path)
    assert (table.language, table.changed) == (0x4D, date(2023, 7, 12))
    assert table.fields == [(field.name, "C", field.width) for field in PROFILE.fields]
    expected = []
    for pk, level in zip(ids, ("专科", "专科", "专升本"), strict=True):
        number, name, registration = of(pk)
        expected.append(
            [
                number,
                name,
                "女",
                "19900307",
                ID_NO,
                "51161",
                "国家开放大学",
                "520801",
                "健康管理",
                "2.5",
                "开放教育",
                level,
                "20210301",
                "20230720",
                "毕业",
                registration,
                "卫知秋",
                "",
            ]
        )
    assert table.rows == expected
    assert sheet(path.with_suffix(".xlsx")) == [[field.name for field in PROFILE.fields], *expected]
    assert sheet(path.parent / "held-back.xlsx") == [list(HELD_HEADERS)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_order_is_the_rosters_then_the_numbers(season, tmp_path):
    later, sooner = (factories.enrol(season, 2, centre=centre, id_no=ID_NO) for centre in (1, 0))
    for ids in (later, sooner):
        factories.walk(season, ids, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    factories.act(season, Verb.CERTIFY, later + sooner)
    assert [of(pk)[2][-1] for pk in later + sooner] == ["1", "2", "3", "4"]
    last = certified(season)
    export(season, tmp_path)
    exported = [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows]
    assert exported == [of(pk)[0] for pk in sooner + later + last]


def test_the_export_is_on_record(season, tmp_path):
    certified(season, 2)
    export(season, tmp_path)
    digest = hashlib.sha256((tmp_path / "xueli-202307-1.dbf").read_bytes()).hexdigest()
    kept = Export.objects.get()
    assert (kept.kind, kept.batch.code, kept.round, kept.run, kept.name) == (
        "chsi",
        "202307",
        None,
        1,
        "xueli-202307-1.dbf",
    )
    assert (kept.rows, kept.held_back, kept.sha256, kept.by) == (2, 0, digest, season.staff.hq)
    assert abs((clock.now() - kept.at).total_seconds()) < 60


def test_a_run_that_fails_keeps_its_number_and_says_why(season, tmp_path, monkeypatch):
    certified(season)

    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(chsi_export, "write_dbf", full)
        with pytest.raises(OSError, match="No space"):
            export(season, tmp_path)
    failed = Export.objects.get()
    assert (failed.run, failed.state, failed.sha256, failed.why) == (
        1,
        "failed",
        "",
        "服务器磁盘已满",
    )
    assert list(tmp_path.iterdir()) == []
    assert (export(season, tmp_path).run, Export.objects.get(run=2).state) == (2, "written")


def test_a_run_is_on_record_before_its_files_are_written(season, tmp_path, monkeypatch):
    certified(season)
    seen = []

    def watched(target, *args, **more):
        kept = Export.objects.get()
        seen.append(
            (
                kept.state,
                kept.rows,
                kept.sha256,
                drafts.is_held(kept.draft),
                target.parent.name == kept.draft,
            )
        )
        return write_dbf(target, *args, **more)

    monkeypatch.setattr(chsi_export, "write_dbf", watched)
    export(season, tmp_path)
    assert seen == [("writing", 1, "", True, True)]
    assert drafts.is_held(Export.objects.get().draft) is False


# How far a run has come when its process is killed: before the drafts go to their place, between
# them, after the last.
STATES = {0: "failed", 1: "failed", 2: "written"}


def killed_at(place, deliver):
    """`deliver` in a process of its own, which is killed at the file after `place` of them, or at the first statement."""
    seen = []

    def die(*_said):
        os.kill(os.getpid(), signal.SIGKILL)

    def renamed(event, _about):
        if event == "os.rename":
            if len(seen) == place:
                die()
            seen.append(event)

    def work():
        sys.addaudithook(renamed)
        with connection.execute_wrapper(die):
            deliver()

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("placed", STATES)
def test_a_record_says_what_lies_in_the_folder_whenever_the_process_is_killed(
    season, tmp_path, placed
):
    """The file is there before the record says so, and the sweep looks at the file."""
    drafts_of = [tmp_path / name for name in ("a.xlsx", "a.dbf")]
    for draft in drafts_of:
        draft.write_text(draft.name)
    (out := tmp_path / "out").mkdir()
    asked = export_runs.Asked("chsi", season.batch, None, people.actor(season.staff.hq), 1)
    run = export_runs.begin(asked, lambda _run: "a.dbf")
    killed_at(placed, lambda: run.deliver(drafts_of, out))
    os.close(run._draft.handle)  # which the killed process had, too
    assert (Export.objects.get().state, len(list(out.iterdir()))) == ("writing", placed)
    assert export_runs.sweep() == (STATES[placed] == "failed")
    kept, found = Export.objects.get(), out / "a.dbf"
    assert (kept.state, found.exists()) == (STATES[placed], STATES[placed] == "written")
    if placed == 2:
        assert (kept.sha256, kept.why) == (hashlib.sha256(found.read_bytes()).hexdigest(), "")


def test_every_run_has_its_number(season, tmp_path):
    certified(season)
    assert [export(season, tmp_path).run for _ in range(3)] == [1, 2, 3]
    assert sorted(path.name for path in tmp_path.glob("*.dbf")) == [
        f"xueli-202307-{n}.dbf" for n in (1, 2, 3)
    ]
    first, *others = [path.read_bytes() for path in sorted(tmp_path.glob("*.dbf"))]
    assert others == [first, first]


def test_四_1_a_doubt_holds_back(season, tmp_path):
    held, free = certified(season, 2)
    doubt(held)
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back, tally.by_code) == (1, 1, {"CHSI-DOUBT": 1})
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(free)[0]]
    number, name, registration = of(held)
    assert sheet(tmp_path / "held-back.xlsx") == [
        list(HELD_HEADERS),
        [
            number,
            name,
            "C1 第1学习中心",
            registration,
            "CHSI-DOUBT",
            "学信网核验结果为「身份核验未通过」，尚未备案通过：还没有立案，请总部重新导入学信网反馈",
            "四.1",
            "总部",
            "作出备案决定；还没有立案的，重新导入学信网反馈",
        ],
    ]


def test_a_filed_case_lets_out(season, tmp_path):
    pk = certified(season)[0]
    doubt(pk)
    assert export(season, tmp_path).rows == 0
    IdentityCase.objects.create(
        student=Candidate.objects.get(pk=pk).student,
        verdict=ChsiVerdict.FAILED.value,
        state=CaseState.CLEARED.value,
        opened_at=clock.now(),
        filed_at=clock.now(),
        filed_by=season.staff.hq,
    )
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back) == (1, 0)
    assert sheet(tmp_path / "held-back.xlsx") == [list(HELD_HEADERS)]


def test_四_2_3_missing_pictures_hold_back(season, tmp_path):
    bare, silent, fine = certified(season, 3)
    reports = ChsiReport.objects.filter(student__candidates=bare)
    reports.update(credential_photo=False)
    ChsiReport.objects.filter(student__candidates=silent).delete()
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back) == (1, 2)
    assert tally.by_code == {"CHSI-ADMISSION": 1, "CHSI-CREDENTIAL": 2}
    assert [(row[0], row[4], row[6]) for row in tally.held] == [
        (of(bare)[0], "CHSI-CREDENTIAL", "四.2(3)"),
        (of(silent)[0], "CHSI-ADMISSION", "四.2(3)"),
        (of(silent)[0], "CHSI-CREDENTIAL", "四.2(3)"),
    ]
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(fine)[0]]


def test_what_the_file_cannot_hold_is_held_back(season, tmp_path):
    certified(season, name="张䶮")
    (bare,) = certified(season, id_no="")
    certified(season, name="买买提·吐尔逊")
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back, tally.by_code) == (1, 2, {"DATA-EXPORT": 2})
    assert [(row[1], row[5], row[7]) for row in tally.held] == [
        ("张䶮", "姓名里的「䶮」（U+4DAE）不能用 GBK 表示（XM）", "总部"),
        (of(bare)[1], "缺少身份证号（SFZH）", "学习中心"),
    ]
    assert [row[1] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == ["买买提·吐尔逊"]
    wider = export(season, tmp_path, profile=Profile(PROFILE.fields, encoding="gb18030"))
    assert (wider.rows, wider.held_back) == (2, 1)
    assert [row[1] for row in xbase.read(tmp_path / "xueli-202307-2.dbf", "gb18030").rows] == [
        "张䶮",
        "买买提·吐尔逊",
    ]


def test_one_exam_number_for_two_holds_both(season, tmp_path):
    ids = certified(season, 2, exam_no="21110105150001")
    tally = export(season, tmp_path)
    assert (tally.rows, tally.by_code, tally.file) == (
        0,
        {"DATA-EXPORT": 2},
        str(tmp_path / "held-back.xlsx"),
    )
    assert [row[0] for row in tally.held] == [of(pk)[0] for pk in ids]
    assert (Export.objects.count(), [path.name for path in tmp_path.iterdir()]) == (
        0,
        ["held-back.xlsx"],
    )


def test_only_the_numbered_and_not_the_voided(season, tmp_path):
    factories.candidate_at(season, Stage.APPROVED, id_no=ID_NO)
    shipped = factories.candidate_at(season, Stage.SHIPPED, id_no=ID_NO).pk
    voided = certified(season)
    factories.act(season, Verb.VOID, voided, second=season.staff.second)
    assert export(season, tmp_path).rows == 1
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(shipped)[0]]


def test_a_certificate_made_anew_goes_out_with_its_new_number(season, tmp_path):
    ids = certified(season, 2)
    factories.act(season, Verb.VOID, ids[:1], second=season.staff.second)
    factories.act(season, Verb.CERTIFY, ids[:1])
    assert export(season, tmp_path).rows == 2
    exported = [(row[0], row[15][-1]) for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows]
    assert exported == [(of(ids[0])[0], "3"), (of(ids[1])[0], "2")]


def test_another_batch_and_another_round_stay_out(season, tmp_path):
    ids = certified(season, 2)
    other = factories.other_batch(season)
    assert chsi_export.export(other, tmp_path, people.actor(season.staff.hq)).rows == 0
    Candidate.objects.filter(pk=ids[0]).update(round=season.batch.rounds.get(name=factories.SECOND))
    assert export(season, tmp_path, round_name=factories.SECOND).rows == 1
    assert Export.objects.get().round.name == factories.SECOND
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(ids[0])[0]]


def test_nobody_numbered_writes_nothing(season, tmp_path):
    tally = export(season, tmp_path / "out")
    assert (tally.rows, tally.held_back, tally.file, (tmp_path / "out").exists()) == (
        0,
        0,
        "",
        False,
    )


def test_only_headquarters_exports(season, tmp_path):
    certified(season)
    for user, desk in ((season.staff.college, "学院"), (season.staff.clerks[0], "学习中心")):
        with pytest.raises(Refused) as refused:
            chsi_export.export(season.batch, tmp_path, people.actor(user))
        assert str(refused.value) == f"学信网数据由总部导出，您属于{desk}"
    assert (list(tmp_path.iterdir()), Export.objects.count()) == ([], 0)


def test_a_foreign_file_is_not_covered(season, tmp_path):
    certified(season)
    (tmp_path / "xueli-202307-1.xlsx").write_bytes(b"foreign")
    with pytest.raises(Refused):
        export(season, tmp_path)
    assert ([path.name for path in tmp_path.iterdir()], Export.objects.count()) == (
        ["xueli-202307-1.xlsx"],
        0,
    )
    assert export(season, tmp_path / "other").run == 1


def test_a_profile_that_no_dbf_can_hold(season, tmp_path):
    certified(season)
    wide = Profile(tuple(Field(f"F{n}", "", 254, "student_no") for n in range(16)))
    with pytest.raises(Refused):
        export(season, tmp_path, profile=wide)
    assert (list(tmp_path.iterdir()), Export.objects.count()) == ([], 0)


def test_schooling_that_was_reckoned_is_said(season, tmp_path):
    PlanRow.objects.update(years="")
    certified(season, 2)
    said = "专业 520801 健康管理 没有填写学制，按最短学期数 5 写为 2.5 年，请在上报前核对"
    assert export(season, tmp_path).notes == (said,)


@pytest.mark.parametrize("held", [False, True])
def test_one_and_three_take_the_same_queries_and_open_ids_once(season, tmp_path, held):
    def queries(rows):
        with CaptureQueriesContext(connection) as captured:
            tally = export(season, tmp_path)
        assert (tally.rows, tally.held_back) == (rows, rows if held else 0)
        return [query["sql"] for query in captured]

    def more(count):
        ids = certified(season, count)
        for pk in certified(season, count) if held else ():
            doubt(pk)
        return ids

    more(1)
    one = queries(1)
    more(2)
    three = queries(3)
    assert len(three) == len(one)
    assert [sum("id_no" in sql for sql in captured) for captured in (one, three)] == [1, 1]


def test_the_systems_account_may_export(season, tmp_path):
    certified(season)
    actor = accounts.system_actor(Desk.HQ)
    assert chsi_export.export(Batch.objects.get(), tmp_path, actor).rows == 1
    assert Export.objects.get().by_id == actor.user_id
