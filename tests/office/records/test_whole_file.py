"""One file is checked as a whole: all or nothing, --partial, trials, the returned workbook, a constant number of queries."""

import errno
import os
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Grant, Intake, Result, Stale, Student, Unit, User
from graduand.office.records.files import plan_files
from graduand.office.records.importing import import_sheet
from graduand.office.records.rows import ImportRow, RowBlock
from graduand.office.records.sheets.contacts import NO_NEW_STUDENTS
from graduand.rulebook.people.rights import import_refusal
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import CHECK, ROWS, batch, bring, student, table, world
from tests.office.records.plans.plans import at_once

pytestmark = pytest.mark.django_db

GOOD = {"课程代码": "00001"}
BAD = {"课程代码": "00002", "成绩": "101"}


def counts(tally):
    return tally.rows, tally.created, tally.updated, tally.unchanged, tally.refused


def test_X16_one_bad_row_keeps_everything_out(tmp_path):
    world(tmp_path)
    many = [{"课程代码": f"{n:05}"} for n in range(6_000)]
    tally = bring(
        tmp_path, SheetKind.RESULTS, *many, {"课程代码": "X", "成绩": "百", "学号": "2117151999999"}
    )
    assert counts(tally) == (6001, 0, 0, 0, 1)
    assert tally.problems == (
        "第 6002 行：成绩「百」不认识；应为 0–100 的数，或：优、良、中、及格、合格、免考、不及格、不合格、缺考",
        "第 6002 行：没有这个学号，或不在您的管理范围内；请核对学号，或先导入学生名单",
    )
    assert not Result.objects.exists()
    assert not Stale.objects.exists()


def test_X16_partial_keeps_the_good_rows(tmp_path):
    world(tmp_path)
    tally = bring(tmp_path, SheetKind.RESULTS, GOOD, BAD, partial=True)
    assert counts(tally) == (2, 1, 0, 0, 1)
    assert list(Result.objects.values_list("course", flat=True)) == ["00001"]


@pytest.mark.parametrize("kind", [SheetKind.RESULTS, SheetKind.STUDENTS])
def test_a_trial_says_the_same_and_writes_nothing(tmp_path, kind):
    world(tmp_path)
    batch()
    changes = (
        [student(1, 班级名称="新班"), student(2)]
        if kind is SheetKind.STUDENTS
        else [{}, {"课程代码": "2"}]
    )
    before = list(Student.objects.values()), list(Result.objects.values())
    trial = bring(tmp_path, kind, *changes, trial=True)
    assert (list(Student.objects.values()), list(Result.objects.values())) == before
    assert Intake.objects.get(pk=trial.intake).trial
    real = bring(tmp_path, kind, *changes)
    assert counts(trial) == counts(real)
    assert real.created + real.updated == 2


def test_the_returned_workbook_is_mended_and_sent_again(tmp_path):
    world(tmp_path)
    back = tmp_path / "back.xlsx"
    wrong = {"课程代码": "00002", "成绩": "101", "发布日期": "没有"}
    tally = bring(tmp_path, SheetKind.RESULTS, GOOD, wrong, suffix=".xlsx", errors=back)
    assert (tally.file, tally.refused) == (str(back), 1)
    book = openpyxl.load_workbook(back)
    page = book.active
    headers = [cell.value for cell in page[1]]
    assert headers[-1] == "错误原因"
    reasons = page.cell(3, len(headers)).value
    assert reasons.count("；") >= 1
    assert "101" in reasons
    assert page.cell(2, len(headers)).value is None
    page.cell(3, headers.index("成绩") + 1).value = "91"
    page.cell(3, headers.index("发布日期") + 1).value = "2021-07-10"
    book.save(back)
    assert counts(import_sheet(SheetKind.RESULTS, back, by=None)) == (2, 2, 0, 0, 0)


def test_a_missing_column_is_one_clear_error_before_any_row(tmp_path):
    world(tmp_path)
    tally = bring(tmp_path, SheetKind.RESULTS, {"成绩": "bad"}, without=("学期", "发布日期"))
    assert (tally.problems, tally.rows, tally.intake) == (
        ("「成绩」表缺少必需的列：学期、发布日期",),
        0,
        0,
    )
    extra = bring(tmp_path, SheetKind.RESULTS, {"备注": "x"})
    assert extra.notes[0] == "不认识的列已忽略：备注"


def test_X17_a_file_changed_after_its_preview(tmp_path):
    world(tmp_path)
    trial = bring(tmp_path, SheetKind.RESULTS, {}, trial=True)
    seen = Intake.objects.get(pk=trial.intake)
    changed = bring(tmp_path, SheetKind.RESULTS, {"成绩": "100"}, seen=seen)
    assert changed.problems == ("文件在预览之后被改动过；请重新预览，核对后再导入",)
    assert not Result.objects.exists()
    assert bring(tmp_path, SheetKind.RESULTS, {}, seen=seen).created == 1


def test_X18_somebody_else_imported_after_the_preview(tmp_path):
    world(tmp_path)
    rows = [{}, {"课程代码": "00002"}]
    seen = Intake.objects.get(pk=bring(tmp_path, SheetKind.RESULTS, *rows, trial=True).intake)
    bring(tmp_path, SheetKind.RESULTS, {"成绩": "61"})
    late = bring(tmp_path, SheetKind.RESULTS, *rows, seen=seen)
    assert late.problems == ("预览之后数据有了变化（可能有别人导入过）；请重新预览，核对后再导入",)
    assert list(Result.objects.values_list("mark", flat=True)) == ["61"]


@pytest.mark.parametrize("again", [False, True])
def test_a_chunk_of_results_takes_a_constant_number_of_queries(tmp_path, again):
    world(tmp_path, students=500)
    taken = []
    for size in (10, 500):
        rows = [{"学号": f"2117151{n:06}", "课程代码": f"S{size}"} for n in range(1, size + 1)]
        if again:
            bring(tmp_path, SheetKind.RESULTS, *rows)
            rows = [row | {"成绩": "77"} for row in rows]
        with CaptureQueriesContext(connection) as caught:
            assert bring(tmp_path, SheetKind.RESULTS, *rows).problems == ()
        taken.append(len(caught))
    assert taken[0] == taken[1]


@pytest.mark.parametrize(
    "kind",
    [
        SheetKind.STUDENTS,
        SheetKind.CHSI,
        SheetKind.PROFILES,
        SheetKind.HISTORIES,
        SheetKind.DEGREES,
        SheetKind.CONFIRMATIONS,
    ],
)
def test_every_sheet_of_persons_takes_a_constant_number_of_queries(tmp_path, kind):
    world(tmp_path, students=200)
    taken = []
    for start, size in ((1, 5), (11, 150)):
        offset = 500 if kind is SheetKind.STUDENTS else 0
        rows = [student(n + offset) for n in range(start, start + size)]
        if kind is not SheetKind.STUDENTS:
            rows = [{"学号": row["学号"]} for row in rows]
        rows = [
            row | ({"核验结果": "身份核验不确定"} if kind is SheetKind.CHSI else {}) for row in rows
        ]
        with CaptureQueriesContext(connection) as caught:
            assert bring(tmp_path, kind, *rows).problems == ()
        taken.append(len(caught))
    assert taken[0] == taken[1]


@pytest.fixture
def home(settings, tmp_path):
    """A home without a file in it."""
    settings.GRADUAND_HOME = str(tmp_path / "home")
    return tmp_path / "home"


def left_in(home):
    return sorted(path.name for name in ("tmp", "plans") for path in (home / name).glob("*"))


PERSON = ImportRow(
    2, {"student_no": "2117151000001", "id_number": "110105199003071331", "name": "张三丰"}
)


def test_what_is_kept_to_be_written_is_sealed_and_thrown_away(home):
    with plan_files.PlanWriting() as writing:
        writing.add(RowBlock.of([PERSON]))
        name = writing.keep({"clear": False}, {"problems": {}})
    assert left_in(home) == [name]
    file = home / "plans" / name
    assert [
        text.encode() in file.read_bytes()
        for text in ("110105199003071331", "张三丰", "2117151000001")
    ] == [False] * 3
    with plan_files.OpenPlanFile(name) as kept:
        head = kept.head()
        rows, upto = kept.rows(head, 0, writing.pieces, 10)
        assert (list(rows), upto) == ([PERSON], 1)
    plan_files.throw_away(name)
    assert left_in(home) == []


def test_nothing_is_left_of_rows_when_the_import_breaks(home, monkeypatch):
    monkeypatch.setattr(plan_files, "HELD", 1)

    def stop():
        with plan_files.PlanWriting() as writing:
            writing.add(RowBlock.of([PERSON]))
            assert len(left_in(home)) == 1
            raise OSError

    with pytest.raises(OSError):
        stop()
    assert left_in(home) == []


def test_the_rows_of_a_student_are_in_one_piece_wherever_they_stand_in_the_file(home):
    rows = [ImportRow(n, {"student_no": f"{n % 70:013}", "grade": n}) for n in range(2, 2_002)]
    with plan_files.PlanWriting() as writing:
        for start in range(0, len(rows), 300):
            writing.add(RowBlock.of(rows[start : start + 300]))
        name = writing.keep({}, {})
    with plan_files.OpenPlanFile(name) as kept:
        pieces = [
            kept.rows(kept.head(), piece, writing.pieces, 1)[0] for piece in range(writing.pieces)
        ]
    where = {row.values["student_no"]: set() for row in rows}
    for place, piece in enumerate(pieces):
        for row in piece:
            where[row.values["student_no"]].add(place)
    assert {len(places) for places in where.values()} == {1}
    assert sorted((row.number, row.values["grade"]) for piece in pieces for row in piece) == [
        (n, n) for n in range(2, 2_002)
    ]
    plan_files.throw_away(name)


def test_progress_is_told_and_nothing_is_left_behind(tmp_path):
    world(tmp_path)
    told = []
    bring(
        tmp_path, SheetKind.RESULTS, GOOD, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 1)]
    assert list((Path(settings.GRADUAND_HOME) / "tmp").glob("intake-*")) == []


def test_the_summary_is_what_json_prints(tmp_path):
    world(tmp_path)
    assert bring(tmp_path, SheetKind.RESULTS).as_dict() == {
        "kind": SheetKind.RESULTS,
        "rows": 1,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "unwritten": 0,
        "warned": 0,
        "file": "",
    }


def test_what_a_killed_import_left_behind_is_swept(home):
    plan_files.sweep(frozenset())
    names = (
        "tmp/intake-old",
        "tmp/intake-fresh",
        "plans/old.rows",
        "plans/open.rows",
        "plans/fresh.rows",
    )
    for name in names:
        (home / name).write_bytes(b"x")
        os.utime(home / name, None if "fresh" in name else (0, 0))
    plan_files.sweep(frozenset({"open.rows"}))
    assert left_in(home) == ["fresh.rows", "intake-fresh", "open.rows"]


def test_A02_a_centre_imports_for_its_own_students_only(tmp_path):
    world(tmp_path, students=2)
    bring(tmp_path, SheetKind.STUDENTS, student(2, 学习中心代码="C02"))
    clerk = User.objects.create_user("clerk", "王老师")
    nobody = bring(tmp_path, SheetKind.PROFILES, by=clerk)
    assert nobody.problems == (import_refusal((), SheetKind.PROFILES),)
    Grant.objects.create(user=clerk, role="centre_clerk", unit=Unit.objects.get(code="C01"))
    unknown = "没有这个学号，或不在您的管理范围内；请核对学号，或先导入学生名单"
    tally = bring(
        tmp_path,
        SheetKind.PROFILES,
        {},
        {"学号": "2117151000002"},
        {"学号": "2117151000003"},
        by=clerk,
        without=CHECK,
    )
    assert tally.problems == (f"第 3、4 行：{unknown}",)
    moved = bring(tmp_path, SheetKind.STUDENTS, student(2), by=clerk)
    assert moved.problems == (f"第 2 行：{NO_NEW_STUDENTS}",)


@pytest.mark.django_db(transaction=True)
def test_I14_the_same_file_twice_at_once_is_one_import(tmp_path):
    world(tmp_path)
    rows = [ROWS[SheetKind.RESULTS] | {"课程代码": f"{n:05}"} for n in range(300)]
    tallies = at_once(table(tmp_path / "both.csv", rows))
    assert sorted((tally.created, tally.unchanged) for tally in tallies) == [(0, 300), (300, 0)]
    assert Result.objects.count() == 300


def test_K04_a_full_disk_is_told_as_that(home):
    with plan_files.PlanWriting() as writing:
        writing._opened().execute("PRAGMA max_page_count = 5")
        writing.add(
            RowBlock.of(
                [
                    ImportRow(number, {"student_no": "1", "text": "x" * 5000})
                    for number in range(100)
                ]
            )
        )
        with pytest.raises(OSError, match="No space left") as caught:
            writing.keep({}, {})
    assert (caught.value.errno, left_in(home)) == (errno.ENOSPC, [])
