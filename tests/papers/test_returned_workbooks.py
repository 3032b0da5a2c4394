"""Whatever was sent, something that can be mended goes back: edited where that loses nothing, else written anew."""

import errno
import importlib.util
import json
import re
import subprocess
import sys
import time
import zipfile

import openpyxl
import pytest

from graduand.gateways.records.sheets import read_sheet
from graduand.limited import NO_ROOM, command
from graduand.papers.workbooks import returned_workbooks
from graduand.papers.workbooks.returned_workbooks import (
    CHILD,
    Failures,
    NotReturned,
    RewriteLimits,
    errors_workbook,
)
from graduand.rulebook.records.sheets import Problem

ROWS = [
    ["学号", "姓名", "性别"],
    ["2117151000001", "张三丰", "不知道"],
    ["2117151000002", "李四", "男"],
]
FAILED = Failures({2: [Problem("性别", "性别「不知道」不认识")]}, {"学号": 0, "姓名": 1, "性别": 2})


@pytest.fixture
def sound(tmp_path):
    """A workbook with a bold header, and a second sheet with a date and a long number."""
    book, path = openpyxl.Workbook(), tmp_path / "学生.xlsx"
    for row in ROWS:
        book.active.append(row)
    book.active["A1"].font = openpyxl.styles.Font(bold=True)
    book.active.title = "名单"
    other = book.create_sheet("备注/2023".replace("/", "-"))
    other.append(["第一行", 12345.0])
    book.save(path)
    return path


def altered(path, change):
    """The same workbook with every part through `change(name, bytes)`; None drops a part."""
    broken = path.with_name("改过.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return broken


def back(path, **limits):
    """What goes back, as (titles of the sheets, rows of the first one, is the header still bold)."""
    target = path.with_name("退回.xlsx")
    with read_sheet(path) as sheet:
        errors_workbook(path, sheet, FAILED, target, **limits)
    book = openpyxl.load_workbook(target)
    first = book.worksheets[0]
    return (
        book.sheetnames,
        [[cell.value for cell in row] for row in first.iter_rows()],
        first["A1"].font.bold,
    )


REASONS = [[*ROWS[0], "错误原因"], [*ROWS[1], "性别「不知道」不认识"], [*ROWS[2], None]]


def test_a_sound_workbook_is_edited(sound):
    assert back(sound) == (["名单", "备注-2023"], REASONS, True)


UNEDITABLE = {
    "a style that is not there": lambda name, part: (
        part.replace(b'<c r="A2"', b'<c r="A2" s="99"') if "sheet1" in name else part
    ),
    "an empty fill": lambda name, part: (
        re.sub(b"<fill>.*?</fill>", b"<fill/>", part) if "styles" in name else part
    ),
    "styles with a size that is no number": lambda name, part: re.sub(
        b'<sz val="[^"]*"', b'<sz val="big"', part
    ),
    "a broken second sheet": lambda name, part: (
        part[: len(part) // 2] if "sheet2" in name else part
    ),
    "a merged block of all cells": lambda name, part: (
        part.replace(
            b"</sheetData>",
            b'</sheetData><mergeCells count="1"><mergeCell ref="K10:XFD1048576"/></mergeCells>',
        )
        if "sheet1" in name
        else part
    ),
}


@pytest.mark.parametrize("what", UNEDITABLE)
def test_what_the_editing_library_cannot_open_is_written_anew(sound, what):
    titles, rows, _ = back(altered(sound, UNEDITABLE[what]))
    assert (rows, titles) == (REASONS, ["退回修改", "备注-2023"])


def test_the_other_sheets_come_along_as_text(sound):
    target = sound.with_name("退回.xlsx")
    broken = altered(sound, UNEDITABLE["an empty fill"])
    with read_sheet(broken) as sheet:
        errors_workbook(broken, sheet, FAILED, target)
    other = openpyxl.load_workbook(target)["备注-2023"]
    assert [[cell.value for cell in row] for row in other.iter_rows()] == [["第一行", "12345"]]


def test_a_library_that_comes_to_no_end_is_stopped_and_the_workbook_written_anew(
    sound, monkeypatch
):
    huge = altered(sound, UNEDITABLE["a merged block of all cells"])
    monkeypatch.setattr(
        "graduand.papers.workbooks.returned_workbooks.WIDE_MERGER", 1 << 60
    )  # the way round it, as a negative control
    start = time.monotonic()
    titles, rows, _ = back(huge, editing=RewriteLimits(seconds=2))
    assert (titles[0], rows) == ("退回修改", REASONS)
    assert time.monotonic() - start > 1


def test_where_nothing_can_be_made_a_sentence_says_so_and_no_half_file_is_left(sound):
    with pytest.raises(NotReturned, match="没有做成"):
        back(sound, editing=RewriteLimits(memory=1 << 20), writing=RewriteLimits(memory=1 << 20))
    assert not sound.with_name("退回.xlsx").exists()


# -- what to look at that is no error ------------------------------------------------------------------------------------

REMINDED = Failures(
    FAILED.problems, FAILED.places, {2: ["学号有 13 位", "请核对"], 3: ["没有课程代码「999999」"]}
)


def sent_back(path, failures, **more):
    """(rows of the workbook that goes back, its first sheet)."""
    target = path.with_name(f"退回-{path.name}").with_suffix(".xlsx")
    with read_sheet(path) as sheet:
        errors_workbook(path, sheet, failures, target, **more)
    page = openpyxl.load_workbook(target).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()], page


WITH_REMINDERS = [
    [*ROWS[0], "导入提醒", "错误原因"],
    [*ROWS[1], "学号有 13 位；请核对", "性别「不知道」不认识"],
    [*ROWS[2], "没有课程代码「999999」", None],
]


@pytest.mark.parametrize("what", [None, "an empty fill"])
def test_reminders_have_a_column_of_their_own_and_another_colour(sound, what):
    path = altered(sound, UNEDITABLE[what]) if what else sound
    rows, page = sent_back(path, REMINDED)
    assert rows == WITH_REMINDERS
    colours = {
        cell.coordinate: cell.fill.fgColor.rgb[2:]
        for row in page
        for cell in row
        if cell.fill.fill_type == "solid"
    }
    assert colours == {"C2": "FFC7CE", "E2": "FFC7CE", "D2": "FFEB9C", "D3": "FFEB9C"}


def test_a_second_return_takes_off_the_reminders_of_the_first(sound):
    _, page = sent_back(sound, REMINDED)
    page.parent.save(sound.with_name("第二次.xlsx"))
    rows, again = sent_back(sound.with_name("第二次.xlsx"), FAILED)
    assert rows == [
        [*ROWS[0], None, "错误原因"],
        [*ROWS[1], None, "性别「不知道」不认识"],
        [*ROWS[2], None, None],
    ]
    assert {cell.coordinate for row in again for cell in row if cell.fill.fill_type == "solid"} == {
        "C2",
        "E2",
    }
    rows, _ = sent_back(sound.with_name("第二次.xlsx"), REMINDED)
    assert rows == WITH_REMINDERS


def test_of_a_large_file_the_failed_rows_come_back_with_their_reminders(sound):
    few = Failures(FAILED.problems, FAILED.places, {2: ["请核对"]})
    rows, _ = sent_back(sound, few, only_failed=True)
    assert rows == [
        [*ROWS[0], "导入提醒", "错误原因"],
        [*ROWS[1], "请核对", "（原第 2 行）性别「不知道」不认识"],
    ]


@pytest.mark.parametrize("what", [None, "an empty fill"])
def test_it_prints_with_all_columns_on_one_page_and_the_header_on_each(sound, what):
    _, page = sent_back(altered(sound, UNEDITABLE[what]) if what else sound, REMINDED)
    setup = page.page_setup
    assert (setup.orientation, setup.fitToWidth or 1, setup.fitToHeight) == (
        "landscape",
        1,
        0,
    )  # 1 unless it is said
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.print_title_rows) == (True, "$1:$1")
    other = page.parent.worksheets[1]
    for sheet in (page, other):
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.print_options.gridLines) == (
            True,
            True,
        )
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)


def test_what_the_sender_lets_print_is_widened_and_the_senders_own_titles_stay(sound):
    book = openpyxl.load_workbook(sound)
    book.active.print_area, book.active.print_title_rows = "A1:B40", "1:2"
    book.save(sound)
    _, page = sent_back(sound, REMINDED)
    assert (page.print_area, page.print_title_rows) == ("'名单'!$A$1:$E$40", "$1:$2")


def test_a_row_whose_height_was_fixed_grows_with_its_reasons(sound):
    book = openpyxl.load_workbook(sound)
    for number in (1, 2, 3):
        book.active.row_dimensions[number].height = 14.25
    book.save(sound)
    long = Failures({2: [Problem("性别", "性别「不知道」不认识；可填：男、女" * 3)]}, FAILED.places)
    _, page = sent_back(sound, long)
    assert [page.row_dimensions[number].height for number in (1, 2, 3)] == [14.25, 45.0, 14.25]


PROBE = """
import resource, sys, time
from pathlib import Path
from graduand.gateways.records.sheets import read_sheet
from graduand.papers.workbooks.returned_workbooks import Failures, errors_workbook
from graduand.rulebook.records.sheets import Problem
source = Path(sys.argv[1])
with read_sheet(source) as sheet:
    errors_workbook(source, sheet, Failures({2: [Problem("学号", "没有这个学号")]}, {"学号": 0}), source.with_name("back.xlsx"))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss >> 10)
"""


def test_a_merged_block_of_seventeen_thousand_million_cells_costs_a_second_and_two_hundred_megabytes(
    sound,
):
    huge = altered(sound, UNEDITABLE["a merged block of all cells"])
    told = subprocess.run(
        [sys.executable, "-c", PROBE, huge], capture_output=True, text=True, check=True, timeout=60
    )
    seconds, megabytes = told.stdout.split()
    assert huge.with_name("back.xlsx").is_file()
    assert (float(seconds) < 2, int(megabytes) < 200) == (True, True), (
        told.stdout
    )  # twice the aim: the machine is shared


def test_the_child_loads_nothing_that_a_sheet_of_ours_does_not_need():
    """It is started for every workbook that goes back: numpy took 0.1 s of 0.27."""
    assert importlib.util.find_spec("numpy") is not None  # faces are found with it
    loading = f"import runpy, sys; runpy.run_path({str(CHILD)!r}); print(sys.modules['numpy'])"
    told = subprocess.run(
        [sys.executable, "-I", "-c", loading], check=True, capture_output=True, text=True, env={}
    )
    assert told.stdout == "None\n"


# -- the disk --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["ENOSPC", "EDQUOT"])
def test_K04_a_full_disk_is_no_fault_of_what_was_sent(sound, tmp_path, monkeypatch, number):
    """It is tried again when there is room; a workbook that was given up would not be."""
    full = tmp_path / "full.py"
    full.write_text(f"import errno; raise OSError(errno.{number}, 'No space left on device')")
    monkeypatch.setattr(returned_workbooks, "CHILD", full)
    with pytest.raises(OSError, match="No space left") as caught:
        back(sound)
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("edit", [True, False])
def test_K04_either_library_tells_of_the_full_disk(sound, tmp_path, edit):
    order = {
        "edit": edit,
        "source": str(sound),
        "target": "/dev/full",
        "title": "名单",
        "headers": ROWS[0],
        "header_row": 1,
        "above": [],
        "earlier": {"导入提醒": [], "错误原因": []},
        "reasons_header": "错误原因",
        "reminders_header": "导入提醒",
        "reminders": False,
        "only_failed": False,
        "others": False,
        "rows": [1, 2, 3],
        "drafts": str(tmp_path),
    }
    told = [2, "不认识", [2], ""] if edit else [2, ROWS[1], "不认识", [2], ""]
    lines = "".join(f"{json.dumps(one)}\n" for one in (order, told))
    limits = {"memory": 1 << 30, "seconds": 20, "size": 1 << 30}
    ended = subprocess.run(command(CHILD, **limits), input=lines, text=True, env={}, check=False)
    assert ended.returncode == NO_ROOM


WATCHED = """
import runpy, sys

def tell(event, values):
    if event == "open" and values[2] & 3:  # opened to be written
        with_path.append(str(values[0]))

with_path = []
sys.addaudithook(tell)
try:
    runpy.run_path({child!r}, run_name="__main__")
finally:
    open({told!r}, "w").write("\\n".join(with_path))
"""


def test_what_the_libraries_write_for_a_moment_lies_among_the_drafts_of_the_home(
    sound, tmp_path, monkeypatch
):
    """The editing library writes each sheet, names and all, to a file before it goes into the zip."""
    told = tmp_path / "told"
    watched = tmp_path / "watched.py"
    watched.write_text(WATCHED.format(child=str(CHILD), told=str(told)))
    monkeypatch.setattr(returned_workbooks, "CHILD", watched)
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    assert back(sound, drafts=drafts)[2] is True  # edited
    written = [path for path in told.read_text().splitlines() if "__pycache__" not in path]
    assert [path for path in written if "openpyxl." in path] != []
    assert [path for path in written if not path.startswith(f"{drafts}/")] == [str(told)]
