"""The X and N cases of hostile and careless sheets, as they reach the tables."""

import json
import tracemalloc
from datetime import date
from zipfile import ZipFile

import openpyxl
import pytest

from graduand.models import Candidate, IntakeChange, PlanRow, Student, Unit, key_ring
from graduand.office.records.importing import import_sheet
from graduand.rulebook.identity.id_documents import IdProblem, problems_mask
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import ROWS, batch, bring, student, table, world

pytestmark = pytest.mark.django_db

FIRST = {"证件类型": "护照", "证件号": "E00000001"}


def students(tmp_path, *changes, **options):
    return bring(tmp_path, SheetKind.STUDENTS, *changes, **options)


def test_X01_an_id_that_excel_made_a_number_is_never_repaired(tmp_path):
    world(tmp_path)
    row = ROWS[SheetKind.STUDENTS] | {"学号": "2117151000009", "证件号": 110105199003071234}
    path = table(tmp_path / "ids.xlsx", [row])
    tally = import_sheet(SheetKind.STUDENTS, path, by=None)
    assert tally.problems == ("第 2 行：证件号被 Excel 改成数字，末位已丢失；请设为文本后重新填写",)


def test_X02_student_numbers_as_numbers(tmp_path):
    world(tmp_path)
    rows = [ROWS[SheetKind.RESULTS] | {"学号": value} for value in (2117151000001, "2.117E+12")]
    path = table(tmp_path / "numbers.xlsx", rows)
    tally = import_sheet(SheetKind.RESULTS, path, by=None, partial=True)
    assert (tally.created, tally.refused, tally.warned) == (1, 1, 1)
    assert tally.warnings == ("第 2 行：学号是数字格式，已按 13 位数字读取；建议设为文本",)


def test_X03_headers_and_cells_with_strange_spaces(tmp_path):
    world(tmp_path)
    row = {
        f"\u3000{name}\u00a0*": f" {value}\u3000" for name, value in ROWS[SheetKind.RESULTS].items()
    }
    assert (
        import_sheet(SheetKind.RESULTS, table(tmp_path / "spaces.csv", [row]), by=None).created == 1
    )


def test_X07_a_formula_is_refused(tmp_path):
    world(tmp_path)
    path = table(tmp_path / "formula.xlsx", [ROWS[SheetKind.RESULTS] | {"成绩": "=1+1"}])
    tally = import_sheet(SheetKind.RESULTS, path, by=None)
    assert tally.problems == (
        "第 2 行：单元格是公式，不能导入；请复制该列，用「选择性粘贴→数值」替换后重传",
    )


def test_X08_a_runnable_text_is_stored_as_text(tmp_path):
    world(tmp_path)
    students(tmp_path, student(2, 班级名称='=HYPERLINK("http://x")'))
    assert Student.objects.get(number="2117151000002").class_name == '=HYPERLINK("http://x")'


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16"])
def test_X09_encodings(tmp_path, encoding):
    world(tmp_path)
    text = table(
        tmp_path / "a.csv", [ROWS[SheetKind.STUDENTS] | student(2, 姓名="欧阳修")]
    ).read_text("utf-8-sig")
    path = tmp_path / "b.csv"
    path.write_bytes(text.encode(encoding))
    assert import_sheet(SheetKind.STUDENTS, path, by=None).created == 1
    assert Student.objects.get(number="2117151000002").name == "欧阳修"


def test_X11_a_student_twice_in_one_file(tmp_path):
    world(tmp_path)
    tally = students(tmp_path, student(2), student(3), student(2, 班级名称="别的班"))
    assert tally.problems == (
        "第 2 行：学号与第 4 行重复；同一个学号在一个文件里只能有一行",
        "第 4 行：学号与第 2 行重复；同一个学号在一个文件里只能有一行",
    )
    assert Student.objects.count() == 1


def test_X11_one_key_in_every_row_is_refused_in_the_memory_of_its_rows(tmp_path):
    """A 学号 that was filled down by mistake: rows that each named all the others would fill it."""
    world(tmp_path)
    path = table(tmp_path / "same.csv", [ROWS[SheetKind.RESULTS]] * 3_000)
    tracemalloc.start()
    tally = import_sheet(SheetKind.RESULTS, path, by=None)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tally.refused, tally.problems[1]) == (
        3_000,
        "第 3 行：学号、课程代码、学期、考试次序与第 2 行、第 4 行、第 5 行、第 6 行、第 7 行等重复；"
        "同一个学号、课程代码、学期、考试次序在一个文件里只能有一行",
    )
    assert most < 40 << 20


def test_X11_repeats_far_apart_and_in_rows_with_other_errors(tmp_path):
    world(tmp_path)
    rows = [{"课程代码": f"{n:05}"} for n in range(5_100)]
    tally = bring(tmp_path, SheetKind.RESULTS, *rows, {"课程代码": "00000", "成绩": "x"})
    assert [text.partition("：")[0] for text in tally.problems] == [
        "第 2 行",
        "第 5102 行",
        "第 5102 行",
    ]


@pytest.mark.parametrize(
    ("change", "header"),
    [
        ({"姓名": "李四光"}, "姓名"),
        ({"性别": "女"}, "性别"),
        ({"出生日期": "1990-03-08"}, "出生日期"),
        ({"证件号": "E99999999"}, "证件号"),
        ({"证件类型": "军官证"}, "证件类型"),
    ],
)
def test_X12_who_a_student_is_never_changes_by_import(tmp_path, change, header):
    world(tmp_path)
    before = Student.objects.values().get()
    tally = students(tmp_path, FIRST | change | {"班级名称": "新班"})
    assert tally.problems == (
        f"第 2 行：学号 2117151000001 已有记录，{header}与记录不一致，"
        "不能用导入更改，请核对学号是否填错；确有错误的，本系统暂时不能更正：请留存证明材料，更正以前不要为该生编号制证",
    )
    assert Student.objects.values().get() == before


def test_X13_one_person_with_two_numbers(tmp_path):
    world(tmp_path)
    bring(tmp_path, SheetKind.PLANS, {"专业规则代码": "P2", "学历层次": "专升本"})
    same = {"证件号": "E00000001"}
    across = students(tmp_path, student(2) | same | {"学历层次": "专升本", "专业规则代码": "P2"})
    assert (across.created, across.warnings) == (1, ())
    within = students(tmp_path, student(3) | same)
    assert within.created == 1
    assert within.warnings == (
        "第 2 行：同一证件号在同一层次还有学号 2117151000001，请核对是否重复录入",
    )


@pytest.mark.parametrize("text", ["2021.3", "2021年春", "1899-12-30", "2023-02-29"])
def test_X14_days_are_strict(tmp_path, text):
    world(tmp_path)
    assert bring(tmp_path, SheetKind.RESULTS, {"发布日期": text}).refused == 1


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("76", 7600),
        ("76.0", 7600),
        ("７６", 7600),
        ("-1", None),
        ("1e3", None),
        ("NaN", None),
        ("76,5", None),
    ],
)
def test_X19_credits(tmp_path, text, taken):
    world(tmp_path)
    tally = bring(tmp_path, SheetKind.COURSES, {"课程代码": "9", "学分": text})
    assert (tally.created, tally.refused) == ((1, 0) if taken else (0, 1))


def test_X20_hidden_rows_are_read_and_said(tmp_path):
    world(tmp_path)
    path = table(tmp_path / "hidden.xlsx", [ROWS[SheetKind.RESULTS]])
    book = openpyxl.load_workbook(path)
    book.active.row_dimensions[2].hidden = True
    book.save(path)
    tally = import_sheet(SheetKind.RESULTS, path, by=None)
    assert (tally.created, tally.notes) == (1, ("有 1 行是隐藏的，照样读取",))


def test_X20_rows_and_columns_drawn_to_nothing_are_said_too(tmp_path):
    world(tmp_path)
    path = table(tmp_path / "flat.xlsx", [ROWS[SheetKind.RESULTS]])
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = next(name for name in parts if name.endswith("sheet1.xml"))
    flat = parts[sheet].replace(b'<row r="2"', b'<row r="2" ht="0" customHeight="1"')
    parts[sheet] = flat.replace(
        b"<sheetData>", b'<cols><col min="2" max="2" width="0" customWidth="1"/></cols><sheetData>'
    )
    with ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)
    tally = import_sheet(SheetKind.RESULTS, path, by=None)
    assert (tally.created, tally.notes) == (
        1,
        ("有 1 行是隐藏的，照样读取", "B 列是隐藏的，照样读取"),
    )


# ---------------------------------------------------------------- names and ids


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"证件号": "110105199003071339"}, (IdProblem.CHECKSUM,)),
        ({"证件号": "110105900307133"}, (IdProblem.OLD15,)),
        (
            {"证件号": "11010519990231133X", "出生日期": "1999-03-01"},
            (IdProblem.CHECKSUM, IdProblem.DATE),
        ),
        ({"出生日期": "1990-03-08"}, (IdProblem.BIRTH,)),
        ({"性别": "女"}, (IdProblem.SEX,)),
        ({"证件类型": "护照", "证件号": "E1234567"}, ()),
    ],
)
def test_N01_to_N04_what_is_wrong_with_an_id_is_stored_beside_it(tmp_path, change, problems):
    world(tmp_path)
    good = "110105199003071339"
    check = "10X98765432"[sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(good[:17])) % 11]
    row = {"学号": "2117151000005", "证件类型": "居民身份证", "证件号": good[:17] + check} | change
    if row["证件号"] == good and check == good[17]:
        row["证件号"] = good[:17] + ("1" if check == "0" else "0")
    tally = students(tmp_path, row)
    assert (tally.created, tally.warned) == (1, int(bool(problems)))
    stored = Student.objects.get(number="2117151000005")
    assert stored.id_problems == problems_mask(problems)
    assert (stored.id_no, stored.id_hash) == (row["证件号"], key_ring().digest(row["证件号"]))


def test_N02_a_birthday_on_which_the_clocks_changed_stays_a_day(tmp_path):
    world(tmp_path)
    students(tmp_path, student(2, 出生日期="1986-05-04"))
    assert Student.objects.get(number="2117151000002").birth == date.fromisoformat("1986-05-04")


def test_N05_N06_one_person_however_written(tmp_path):
    world(tmp_path)
    students(tmp_path, student(2, 姓名="林·买买提"))
    again = students(tmp_path, student(2, 姓名="\uf9f4•买买提"))
    assert (again.unchanged, again.refused) == (1, 0)


def test_the_raw_name_and_id_are_kept_sealed(tmp_path):
    world(tmp_path)
    students(tmp_path, student(2, 姓名="林•买买提", 证件号="e0000 0002"))
    stored = Student.objects.get(number="2117151000002")
    assert json.loads(stored.raw) == {
        "student_no": "2117151000002",
        "name": "林•买买提",
        "id_number": "e0000 0002",
    }
    assert (stored.name, stored.id_no) == ("林·买买提", "E00000002")


@pytest.mark.parametrize(
    "name", ["\ue000某", "张\u202e三", "张\u200d三丰\u0007", "张三😀", "张", "无"]
)
def test_N09_N10_N11_names_that_cannot_be_kept(tmp_path, name):
    world(tmp_path)
    assert students(tmp_path, student(2, 姓名=name)).refused == 1


def test_marks_that_nobody_sees_part_nothing_in_two(tmp_path):
    """They come with what is copied from a page or a slide: what is kept is what everybody sees."""
    world(tmp_path)
    assert bring(tmp_path, SheetKind.UNITS, {"单位名称": "甲\u200b学习中心"}).problems == ()
    assert bring(tmp_path, SheetKind.PLANS, {"专业名称": "健康\u2060管理"}).problems == ()
    copied = {"班级名称": "21春\u00ad健康管理", "民族": "汉\u200b族", "班级代码": "B\ufe0f1"}
    assert students(tmp_path, student(2, **copied)).problems == ()
    kept = Student.objects.get(number="2117151000002")
    assert (kept.class_name, kept.nation, kept.class_code) == ("21春健康管理", "汉族", "B1")
    assert Unit.objects.filter(name="甲学习中心").exists()
    assert PlanRow.objects.filter(major_name="健康管理").exists()


def test_a_cell_of_nothing_but_such_marks_changes_nothing_and_is_no_name(tmp_path):
    world(tmp_path)
    students(tmp_path, student(2))
    marks = {"手机": "\u3164", "邮箱": "\u2800", "班级名称": "\ufe0f"}
    said = students(tmp_path, student(2, **marks, 政治面貌="\u3164 \u2060"))
    assert (said.updated, said.unchanged, said.problems) == (0, 1, ())
    named = bring(tmp_path, SheetKind.UNITS, {"单位名称": "\u3164"})
    assert named.problems == ("第 2 行：单位名称不能为空",)
    assert students(tmp_path, student(2, 民族="\u200b")).problems == ("第 2 行：民族不能为空",)
    cleared = students(tmp_path, student(2, **marks), clear=True)
    kept = Student.objects.get(number="2117151000002")
    assert (cleared.updated, kept.class_name) == (1, "")


def test_N15_latin_names(tmp_path):
    world(tmp_path)
    students(tmp_path, student(2, 姓名="Anne-Marie  O'Neil"))
    assert Student.objects.get(number="2117151000002").name == "Anne-Marie O'Neil"


# ---------------------------------------------------------------- what follows from students


def test_new_students_are_listed_in_every_open_batch(tmp_path):
    world(tmp_path)
    batch()
    students(tmp_path, student(2, 学籍状态="退学"))
    assert list(
        Candidate.objects.values_list("student__number", "stage").order_by("student__number")
    ) == [
        ("2117151000001", "listed"),
        ("2117151000002", "listed"),
    ]


def test_a_file_not_on_a_roster_follows_its_student(tmp_path):
    world(tmp_path)
    batch()
    students(tmp_path, FIRST)
    students(tmp_path, FIRST | {"学习中心代码": "C02"})
    assert Candidate.objects.get().centre == Unit.objects.get(code="C02")
    assert IntakeChange.objects.count() == 1


def test_a_level_that_is_not_the_plans_is_said(tmp_path):
    world(tmp_path)
    tally = students(tmp_path, student(2, 学历层次="专升本", 续读本科="是"))
    assert (tally.created, tally.warnings) == (
        1,
        (
            "第 2 行：学历层次是专升本，专业规则是专科；请核对",
            "第 2 行：续读本科只用于专科学生，这里不起作用",
        ),
    )
