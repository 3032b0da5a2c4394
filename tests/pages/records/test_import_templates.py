"""Templates of sheets in the browser: they hold what the importer reads, and a workbook of another kind is refused in words."""

import io
import re

import pytest
from openpyxl import Workbook, load_workbook

from graduand.gateways.records.sheets import read_sheet
from graduand.models import Grant, SheetUpload, User
from graduand.office.records import uploads
from graduand.office.records.import_rights import sheets_for
from graduand.office.records.kinds import KINDS
from graduand.papers.workbooks.import_templates import template_workbook
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import Role, SheetKind
from tests import jobs
from tests.pages.records.uploads import STUDENT, page, send, students
from tests.pages.world import PASSWORD


def test_a_centres_template_of_students_offers_its_contacts_only(world, at):
    book = load_workbook(io.BytesIO(at("a").get("/imports/templates/students.xlsx").content))
    assert [cell.value for cell in book.worksheets[0][1]] == [
        "学号",
        "姓名",
        "班级名称",
        "班级代码",
        "手机",
        "邮箱",
    ]


def test_the_template_is_what_the_importer_reads(tmp_path):
    """Every kind: the headers are the importer's, each column is text, required ones are marked, lists hold the terms."""
    codes = {"centre_code": ["101"], "plan_code": ["P1"]}
    assert set(SPECS) == set(KINDS)
    for kind, spec in SPECS.items():
        book = load_workbook(template_workbook(tmp_path / f"{kind.value}.xlsx", spec, codes))
        first = book.worksheets[0]
        assert [cell.value for cell in first[1]] == list(spec.headers)
        marked = [cell.value for cell in first[1] if cell.fill.fgColor.rgb == "FF1155CC"]
        assert marked == list(spec.required_headers)
        texts = [
            (one.min, one.max)
            for one in first.column_dimensions.values()
            if one.number_format == "@"
        ]
        assert sum(last - start + 1 for start, last in texts) == len(spec.columns)
        assert [column.header for column in spec.columns if not column.form] == []
        assert spec.note
        rules = {
            str(rule.sqref).split(":")[0]: rule.formula1
            for rule in first.data_validations.dataValidation
        }
        offered = {
            cell.coordinate[:-1] + "2": _words(book, rules[cell.coordinate[:-1] + "2"])
            for cell, column in zip(first[1], spec.columns, strict=True)
            if column.words
        }
        assert offered == {
            cell.coordinate[:-1] + "2": list(column.words)
            for cell, column in zip(first[1], spec.columns, strict=True)
            if column.words
        }
        assert book.worksheets[1].title == "填写说明"


def test_a_filled_template_raises_no_notice(tmp_path):
    """Its second sheet and its hidden lists are ours; a real notice must not drown in them."""
    path = template_workbook(
        tmp_path / "students.xlsx", SPECS[SheetKind.STUDENTS], {"centre_code": ["101"]}
    )
    book = load_workbook(path)
    assert [(one.title, one.sheet_state) for one in book.worksheets[1:]] == [
        ("填写说明", "visible"),
        ("选项", "hidden"),
    ]
    book.worksheets[0].append(list(STUDENT.values()))
    book.save(path)
    with read_sheet(path, "学生.xlsx") as sheet:
        assert sheet.notes.sentences() == []
    book.create_sheet("去年")
    book.save(path)
    with read_sheet(path, "学生.xlsx") as sheet:
        assert sheet.notes.sentences() == ["工作簿有 2 个工作表，只读取第一个「学生」"]


def test_nobody_has_downloaded_a_template_before_it_was_asked_for(world, at):
    steps = [
        at("college").get("/imports/new").content.decode(),
        page(at("college"), send(at("college"), students(1))),
    ]
    told = [
        re.findall(r'<li class="(\w*)"[^>]*>.*?(下载模板|上传|校验预览|结果)', text, re.DOTALL)[:4]
        for text in steps
    ]
    assert [[state for state, _ in one] for one in told] == [
        ["", "now", "", ""],
        ["", "done", "now", ""],
    ]


def _words(book, formula):
    sheet, cells = formula.lstrip("=").split("!")
    return [row[0].value for row in book[sheet][cells.replace("$", "")]] if ":" in cells else []


def test_every_word_of_a_list_is_taken_by_the_importer():
    for spec in SPECS.values():
        for column in spec.columns:
            for word in column.words:
                column.parse(word)


@pytest.fixture
def teacher(world):
    """A class teacher of 杭州."""
    user = world.users["teacher"] = User.objects.create_user("teacher", "班主任", PASSWORD)
    Grant.objects.create(user=user, role=Role.CLASS_TEACHER.value, unit=world.centres[0])
    return user


def xlsx_of(headers, *rows) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (headers, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


SENDERS = ["hq", "college", "a", "teacher"]


@pytest.mark.sqlite  # what is said of a file that was not read is the same for both
@pytest.mark.parametrize("kind", list(SheetKind))
@pytest.mark.parametrize("name", SENDERS)
def test_a_workbook_of_another_kind_is_refused_in_words(world, at, teacher, name, kind):
    """Whoever sends whatever, as a workbook whose rows fail, is told what is missing. The first who
    may send the kind sends all the others, everybody else one of them.
    """
    client, student = at(name), world.student(1)
    allowed = [one for one in SENDERS if kind in sheets_for(world.actor(one))]
    mine = name in allowed
    for other in SheetKind if name in allowed[:1] else list(SheetKind)[:1]:
        headers = SPECS[other].headers
        rows = [
            [student.number if header == "学号" else "1" for header in headers]
        ] * 2  # twice: the keys repeat too
        sent = send(
            client,
            xlsx_of(headers, *rows),
            kind.value,
            f"{other.value}".replace("_", ""),
            "表.xlsx",
        )
        assert sent.status_code == (302 if mine else 403)
        if mine:
            assert client.get(sent["Location"]).status_code == 200
            assert uploads.notes_of(SheetUpload.objects.latest("id")).problems


@pytest.mark.parametrize("kind", ["students", "profiles"])
def test_a_sheet_of_which_only_the_key_is_there_lacks_its_columns(world, at, kind):
    data = xlsx_of(["学号", "备注"], [world.student(1).number, ""])
    shown = page(at("a"), send(at("a"), data, kind, name="学生.xlsx"))
    assert f"「{SheetKind(kind).label}」表缺少要导入的列，至少要有其中一列：" in shown


def test_the_rows_that_fail_come_back_in_the_senders_own_workbook(world, at):
    client = at("a")
    data = xlsx_of(["学号", "手机"], ["2117151009999", "13800000000"])
    assert "没有这个学号" in page(client, send(client, data, name="学生.xlsx"))
    assert jobs.work_once("worker")
    back = client.post(f"/imports/{SheetUpload.objects.get().pk}/errors.xlsx").getvalue()
    assert [cell.value for cell in load_workbook(io.BytesIO(back)).active[1]] == [
        "学号",
        "手机",
        "错误原因",
    ]
