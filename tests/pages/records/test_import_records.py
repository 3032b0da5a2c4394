"""导入记录: an import is called as the page of its file calls it, and says whether every row went in."""

import errno
import re

import openpyxl
import pytest

from graduand.models import Grant, Intake, SheetUpload
from graduand.office.records.files import sealed_sheets
from graduand.office.records.import_run import CHANGED_DATA
from graduand.office.records.importing import import_sheet
from graduand.rulebook.people.rights import import_refusal
from graduand.rulebook.terms import Role, SheetKind
from tests.pages.records.uploads import STUDENT, csv_of, page, send, students


def test_a_record_is_called_as_the_step_is_and_says_whether_every_row_went_in(world, at):
    """A mark that is looked at is a 提醒 and takes nothing from 全部导入."""
    world.student(1)
    marks = {
        "学号": "2115100000001",
        "课程代码": "99999",
        "成绩": "70",
        "学期": "2021春",
        "发布日期": "2021-07-10",
    }
    client = at("college")
    upload = send(client, csv_of(marks), "results", "k1", "成绩.csv")["Location"]
    shown = " ".join(client.get(upload).content.decode().split())
    assert [
        shown.count(text) for text in ("没有课程代码「99999」", "的课程不在", "没有这些课程代码")
    ] == [1, 0, 0]
    client.post(f"{upload}/begin")
    assert Intake.objects.get(kept=True).warned == 1
    listed = client.get("/imports").content.decode()
    assert [
        re.findall(r'class="tag[^"]*">([^<]+)<', listed),
        "试运行" in listed,
        "是否校验预览" in listed,
    ] == [["全部导入", "校验预览"], False, True]


NO_ROWS = (
    "「学生」表的表头下面没有数据行（空行和合计行不算）；请在表头下面一行填写一条，保存后重新上传"
)


def test_a_sheet_without_rows_is_refused_and_cannot_be_confirmed(world, at, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(list(STUDENT))
    book.save(tmp_path / "空.xlsx")
    (tmp_path / "空.csv").write_text(",".join(STUDENT) + "\r\n", encoding="utf-8-sig")
    client = at("college")
    for name in ("空.xlsx", "空.csv"):
        file = tmp_path / name
        shown = page(client, send(client, file.read_bytes(), key=f"k{name[-3:]}", name=name))
        assert (NO_ROWS in shown, "全部通过" in shown, "/begin" in shown) == (True, False, False)
        tally = import_sheet(SheetKind.STUDENTS, file, by=None)
        assert (tally.problems, tally.ok) == ((NO_ROWS,), False)
    assert not Intake.objects.exists()


MARKS = csv_of(dict.fromkeys(("学号", "课程代码", "成绩", "学期", "发布日期"), "1"))


def test_a_file_of_another_kind_is_called_by_its_name(world, at):
    """The button that sends it again chooses that kind."""
    shown = page(at("college"), send(at("college"), MARKS))
    assert "这个文件的表头像是「成绩」，请改选「成绩」后再上传" in shown
    assert ("可能就是" in shown, "缺少必需的列" in shown) == (False, False)
    assert re.findall(r'href="/imports/new\?kind=(\w+)"', shown) == ["results"]


def test_whoever_may_not_import_that_other_kind_is_told_who_does(world, at):
    """Nobody is sent to choose what is not among his choices."""
    shown = page(at("a"), send(at("a"), MARKS))
    refusal = import_refusal(
        [Role(Grant.objects.get(user=world.users["a"]).role)], SheetKind.RESULTS
    )
    assert f"这个文件的表头像是「成绩」；{refusal}" in shown
    assert "请改选" not in shown


@pytest.mark.parametrize("cause", ["right", "disk"])
def test_a_check_that_ended_for_no_fault_of_the_file_may_be_made_again(
    world, at, monkeypatch, cause
):
    """The sender is not told to mend a good file."""
    client = at("college")
    sent = send(client, students(2))["Location"]
    held = Grant.objects.filter(user=world.users["college"])
    role = held.get().role
    with monkeypatch.context() as changed:
        if cause == "right":
            held.update(role="college_dispatch")
        else:
            changed.setattr(sealed_sheets, "opened", _full)
        client.post(f"{sent}/check")
        tag = re.findall(
            r'class="tag ([a-z]*)"[^>]*>([^<]+)<', client.get("/jobs").content.decode()
        )
        shown = client.get(sent).content.decode()
    assert tag == [("bad", "校验没有完成")]
    assert [said in shown for said in ("文件不能", "请改好后", f"{sent}/check")] == [
        False,
        False,
        True,
    ]
    held.update(role=role)
    client.post(f"{sent}/check")
    assert "导入 2 行" in client.get(sent).content.decode()


def _full(_sha256):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_confirmed_file_that_was_not_imported_is_not_done_and_says_why(world, at):
    """Somebody else imported one of its students between the look and the confirmation."""
    client = at("college")
    sent = send(client, students(2))["Location"]
    assert send(client, students(1), key="k2")["Location"] != sent
    client.post(f"/imports/{SheetUpload.objects.get(key='k2').pk}/begin")
    client.post(f"{sent}/begin")
    tasks = client.get("/jobs").content.decode()
    assert re.findall(r'class="tag ([a-z]*)"[^>]*>([^<]+)<', tasks) == [
        ("ok", "已完成"),
        ("bad", "没有导入"),
    ]
    assert CHANGED_DATA in tasks
    shown = client.get("/imports/new").content.decode()
    waiting = re.search(r'id="n-wait".*?</section>', shown, re.DOTALL)[0]
    assert (f'href="{sent}"' in waiting, ">没有导入<" in waiting) == (True, True)
