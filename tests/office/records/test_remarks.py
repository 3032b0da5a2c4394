"""What an import takes and remarks on all the same: names typed with spaces, a 学号 of another length than its centre's."""

from datetime import UTC, datetime

import openpyxl
import pytest

from graduand.models import GradesDeclared, Round, Student, Unit, User
from graduand.office.records.importing import import_sheet
from graduand.office.records.reading import LONGER, STILL_BEYOND
from graduand.queries.listing import searched
from graduand.rulebook.canon import spaced_out
from graduand.rulebook.terms import SheetKind

from .files import batch, bring, student, world

pytestmark = pytest.mark.django_db


def remarks(tally):
    return [note for note in tally.notes if "姓名中间有空格" in note]


def test_spaces_inside_a_name_are_told_once_for_the_sheet_and_taken_out(tmp_path):
    world(tmp_path)
    names = ("张 三", "李　四", "欧阳明月", "古丽·买买提", "John Smith")
    tally = bring(
        tmp_path,
        SheetKind.STUDENTS,
        *(student(n, 姓名=name) for n, name in enumerate(names, 2)),
        trial=True,
    )
    assert (tally.refused, tally.warned) == (0, 0)
    assert remarks(tally) == [
        "有 2 行的姓名中间有空格，已去掉，如第 2 行「张 三」按「张三」读取；少数民族和外国人姓名的间隔请写「·」，请核对"
    ]
    bring(tmp_path, SheetKind.STUDENTS, *(student(n, 姓名=name) for n, name in enumerate(names, 2)))
    assert list(Student.objects.order_by("number").values_list("name", flat=True)[1:]) == [
        "张三",
        "李四",
        "欧阳明月",
        "古丽·买买提",
        "John Smith",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张 三", True),
        ("张\u3000三", True),
        ("张\u00a0三", True),
        (" 张三 ", False),
        ("古丽·买买提", False),
        ("古丽 买买提", True),
        ("John Smith", False),
        ("金 Smith", False),
        ("", False),
    ],
)
def test_which_names_are_spaced_out(name, expected):
    assert spaced_out(name) is expected


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("钱 三", "2117151000002"),
        ("钱　三", "2117151000002"),
        ("古丽.买买提", "2117151000003"),
        ("古丽•买", "2117151000003"),
        ("John S", "2117151000004"),
        ("john", ""),
        ("John", "2117151000004"),
        ("2117151 000 003", "2117151000003"),
        ("２１１７１５１０００００４", "2117151000004"),
    ],
)
def test_who_is_searched_for_is_found_however_it_is_spaced(tmp_path, typed, number):
    world(tmp_path)
    named = ("钱三", "古丽·买买提", "John Smith")
    bring(tmp_path, SheetKind.STUDENTS, *(student(n, 姓名=name) for n, name in enumerate(named, 2)))
    found = Student.objects.filter(searched("number", "name").where(typed)).values_list(
        "number", flat=True
    )
    assert list(found) == ([number] if number else [])


def test_a_number_of_another_length_than_the_centres_is_remarked_on_and_taken(tmp_path):
    world(tmp_path, students=12)
    odd = student(13, 学号="211715100013")
    tally = bring(tmp_path, SheetKind.STUDENTS, odd, student(14), trial=True)
    assert (tally.created, tally.refused, tally.warned) == (2, 0, 1)
    assert tally.warnings == (
        "第 2 行：学号 211715100013 有 12 位，甲学习中心的学号一般是 13 位；请核对",
    )


def test_where_two_lengths_are_usual_or_few_are_known_nothing_is_remarked_on(tmp_path):
    world(tmp_path, students=3)
    few = bring(tmp_path, SheetKind.STUDENTS, student(4, 学号="211715100004"), trial=True)
    mixed = [student(n, 学号=f"21171510{n:04}") for n in range(10, 22)]
    both = bring(
        tmp_path, SheetKind.STUDENTS, *mixed, *(student(n) for n in range(30, 42)), trial=True
    )
    assert (few.warnings, both.warnings) == ((), ())


def test_三_1_marks_that_come_after_the_declaration_are_remarked_on(tmp_path):
    """The college has said that a round's grades are complete: what changes them afterwards is told, by page and command."""
    world(tmp_path)
    by, open_one = User.objects.create_user("lin", "林老师", "x"), batch()
    turn = Round.objects.create(batch=open_one, name="首批", position=1)
    college = Unit.objects.get(kind="college")
    after = "生命健康学院已于 2023-07-14 申报 202307 批次「首批」的成绩完成，这份成绩在申报以后导入"

    def said():
        tally = bring(tmp_path, SheetKind.RESULTS, trial=True)
        return [note for note in tally.notes if note.startswith(after)]

    assert said() == []
    row = GradesDeclared.objects.create(
        round=turn, college=college, at=datetime(2023, 7, 14, 2, tzinfo=UTC), by=by
    )
    assert len(said()) == 1
    GradesDeclared.objects.filter(pk=row.pk).update(
        withdrawn_at=row.at, withdrawn_by=by, withdrawn_why="补录"
    )
    assert said() == []


def test_a_mark_added_beside_one_that_earns_credits_is_warned_of(tmp_path):
    """考试次序 counts within a 学期: whoever means to correct a mark and names another adds one, and the better counts."""
    world(tmp_path)
    bring(
        tmp_path,
        SheetKind.RESULTS,
        {"学期": "2022春", "成绩": "56"},
        {"学期": "2022秋", "成绩": "91"},
    )
    added = bring(
        tmp_path, SheetKind.RESULTS, {"学期": "2022秋", "成绩": "50", "考试次序": "2"}, trial=True
    )
    assert (added.created, added.warned, added.warnings) == (
        1,
        1,
        (
            "第 2 行：学号 2117151000001 的课程「00001」2022秋已有计学分的成绩 91（考试次序 1），"
            "这一行按考试次序 2 另外新增，原成绩照旧计入；若是更正原成绩，请把考试次序改为 1",
        ),
    )
    right = (
        {"学期": "2022秋", "成绩": "50", "考试次序": "1"},
        {"学期": "2022春", "成绩": "91", "考试次序": "2"},
    )
    told = [bring(tmp_path, SheetKind.RESULTS, row, trial=True) for row in right]
    assert [(one.created, one.updated, one.warnings) for one in told] == [(0, 1, ()), (1, 0, ())]


def test_a_mark_whose_earlier_sitting_nobody_knows_is_warned_of(tmp_path):
    world(tmp_path)
    third = {"学期": "2022秋", "考试次序": "3"}
    alone = bring(
        tmp_path, SheetKind.RESULTS, third, {"学期": "2022秋", "考试次序": "2"}, trial=True
    )
    hole = "2022秋没有考试次序 1 的成绩，这一行却是考试次序 {}（同一学期内第几次考试）"
    assert (
        alone.warned,
        [hole.format(n) in said for n, said in zip((3, 2), alone.warnings, strict=True)],
    ) == (2, [True, True])
    whole = bring(
        tmp_path,
        SheetKind.RESULTS,
        third,
        *({"学期": "2022秋", "考试次序": n} for n in "21"),
        trial=True,
    )
    taken_back = bring(tmp_path, SheetKind.RESULTS, third | {"作废": "是"}, trial=True)
    assert (whole.created, whole.warnings, taken_back.warnings) == (3, (), ())


def test_what_stands_under_no_header_is_told_and_not_lost_in_silence(tmp_path):
    """A remark in a column without a header, between those that have one."""
    world(tmp_path)
    head = "单位代码,单位名称,单位类型,上级单位代码,,邮寄地址\n"
    path = tmp_path / "units.csv"
    path.write_text(
        f"{head}C08,八中心,学习中心,X01,待核,北京市\nC09,九中心,学习中心,X01,,上海市\n",
        encoding="utf-8",
    )
    tally = import_sheet(SheetKind.UNITS, path, by=None, trial=True)
    assert (tally.refused, tally.notes[-1]) == (
        0,
        "有 1 行在没有表头的列里有内容（如第 2 行「待核」），没有读取；要导入的请补上表头",
    )


@pytest.mark.parametrize("end", ["", ","])
def test_a_row_of_text_that_is_longer_than_the_header_is_refused_and_goes_back_whole(tmp_path, end):
    """A comma without quotes moves what follows it: an address would be cut, a title be an award.
    The comma that some programs write at the end of the header makes no room for it.
    """
    world(tmp_path)
    path = tmp_path / "units.csv"
    path.write_text(
        f"单位代码,单位名称,单位类型,上级单位代码,邮寄地址{end}\n"
        'C08,八,学习中心,X01,北京,知春路,1 号\nC09,九,学习中心,X01,"上海,一路",,\n',
        encoding="utf-8",
    )
    tally = import_sheet(SheetKind.UNITS, path, by=None, errors=tmp_path / "back.xlsx")
    assert tally.problems == (f"第 2 行：{LONGER.format('知春路')}",)
    page = openpyxl.load_workbook(tmp_path / "back.xlsx").worksheets[0]
    assert [[cell.value for cell in row] for row in page.iter_rows(max_row=2)] == [
        [
            *("单位代码", "单位名称", "单位类型", "上级单位代码", "邮寄地址"),
            "错误原因",
            "多出的内容",
        ],
        [*("C08", "八", "学习中心", "X01", "北京"), LONGER.format("知春路"), "知春路,1 号"],
    ]
    assert not Unit.objects.filter(code__in=("C08", "C09")).exists()


def test_a_returned_row_is_taken_once_what_it_had_too_much_is_back_in_its_place(tmp_path):
    """The returned workbook is no text file: without a look at our column the address is cut."""
    world(tmp_path)
    path = tmp_path / "units.csv"
    path.write_text(
        "单位代码,单位名称,单位类型,上级单位代码,邮寄地址\nC08,八,学习中心,X01,北京,知春路\n",
        encoding="utf-8",
    )
    back = tmp_path / "back.xlsx"
    import_sheet(SheetKind.UNITS, path, by=None, errors=back)
    again = import_sheet(SheetKind.UNITS, back, by=None)
    assert (again.problems, again.notes) == ((f"第 2 行：{STILL_BEYOND.format('知春路')}",), ())
    book = openpyxl.load_workbook(back)
    book.worksheets[0]["E2"] = "北京,知春路"
    book.worksheets[0]["G2"] = None
    book.save(back)
    mended = import_sheet(SheetKind.UNITS, back, by=None)
    assert (mended.problems, mended.notes, mended.created) == ((), (), 1)
    assert Unit.objects.get(code="C08").address == "北京,知春路"


def test_the_control_empty_columns_without_a_header_are_not_worth_a_word(tmp_path):
    world(tmp_path)
    path = tmp_path / "units.csv"
    path.write_text(
        "单位代码,单位名称,单位类型,上级单位代码,,\nC08,八中心,学习中心,X01, ,\n", encoding="utf-8"
    )
    tally = import_sheet(SheetKind.UNITS, path, by=None, trial=True)
    assert [note for note in tally.notes if "没有表头" in note] == []
