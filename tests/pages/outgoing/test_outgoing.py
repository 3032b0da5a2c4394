"""导出记录: the auditor reads what left by page and by command: what, who, when, how many rows, why, under which hash."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from graduand.models import (
    Act,
    Consent,
    Counter,
    Export,
    Grant,
    Intake,
    Outgoing,
    OutgoingEnd,
    Student,
    User,
)
from graduand.rulebook.people.account_terms import FileState, Leaves, Purpose
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import Role, SheetKind, Verb
from tests import jobs
from tests.management.calling import graduand
from tests.pages.records.uploads import csv_of, send
from tests.pages.world import NOON, PASSWORD, last_left

HASH = "ab12" * 16
QUERIES = 12


def left(world, serial, name="a", **more):
    """A record of three rows that left, or is being written when `state` says so."""
    state, given = (
        more.pop("state", FileState.WRITTEN),
        {"listing": Leaves.LOSSES, "asked": [["batch", "202307"]]},
    )
    assert Counter.reserve("outgoing", 1) == serial
    row = Outgoing.objects.create(
        **given
        | {
            "serial": serial,
            "personal": False,
            "rows": 3,
            "by": world.users[name],
            "at": NOON + timedelta(days=serial),
            **more,
        }
    )
    if state is FileState.WRITTEN:
        OutgoingEnd.objects.create(
            outgoing=row,
            state=state.value,
            rows=3,
            size=9,
            sha256=f"{serial}{HASH[1:]}"[:64],
            at=row.at,
        )
    elif state is FileState.FAILED:
        OutgoingEnd.objects.create(outgoing=row, state=state.value, why="服务器磁盘已满", at=row.at)
    return row


def lines(client, query="", path="/outgoing") -> list[list[str]]:
    """The cells of the list as its export has them; what it was asked for is what the page shows."""
    said = dict(pair.split("=") for pair in query.split("&") if pair)
    answer = client.post(f"/lists/{path[1:].replace('/', '-')}/export", said)
    assert answer.status_code == 200
    return [
        ["" if value is None else str(value) for value in row]
        for row in load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(
            values_only=True, min_row=2
        )
    ]


@pytest.fixture
def records(world):
    """A plain list, one with personal fields to which somebody agreed, a failed one, one that is being written."""
    left(world, 1)
    agreed = Consent.objects.create(
        kind="export",
        digest="d",
        reason="寄送录取通知",
        asked_by=world.users["a"],
        asked_at=NOON,
        key="k",
        decided_by=world.users["college"],
        decided_at=NOON,
        agreed=True,
        used_at=NOON,
    )
    left(
        world,
        2,
        listing="students",
        asked=[["q", "张"], ["sort", "-number"]],
        fields=["number", "mobile"],
        personal=True,
        purpose=Purpose.CONTACT.value,
        consent=agreed,
    )
    left(world, 3, "hq", listing="act-refused", asked=[["act", "7"]], state=FileState.FAILED)
    left(
        world,
        4,
        "hq",
        listing="photos",
        fields=["graduation"],
        asked=[],
        personal=True,
        purpose="dispatch",
        state=FileState.WRITING,
    )


HEADS = "序号 名称 办理人 行数 状态 校验码 条件 字段 用途 同意 说明".split()
NOTHING_SAID = dict.fromkeys(HEADS, "") | {"行数": "3"}
LEFT = [
    {
        "序号": "4",
        "名称": "学生照片管理",
        "办理人": "总部何老师",
        "状态": "正在写",
        "字段": "毕业照片",
        "用途": "邮寄与发放",
    },
    {
        "序号": "3",
        "名称": "未办理名单",
        "办理人": "总部何老师",
        "状态": "未成",
        "条件": "办理编号 7",
        "说明": "服务器磁盘已满",
    },
    {
        "序号": "2",
        "名称": "学生",
        "办理人": "周老师",
        "状态": "已写成",
        "校验码": f"2{HASH[1:]}",
        "条件": "学号 / 姓名 张，排序 -number",
        "字段": "手机",
        "用途": "联系学生",
        "同意": "学院李老师：寄送录取通知",
    },
    {
        "序号": "1",
        "名称": "未获证书名单",
        "办理人": "周老师",
        "状态": "已写成",
        "校验码": f"1{HASH[1:]}",
        "条件": "毕业批次 202307",
    },
]


def test_every_file_says_what_it_is_who_took_it_why_and_its_hash(records, at):
    shown = lines(at("auditor"))
    assert [dict(zip(HEADS, row[1:], strict=True)) for row in shown] == [
        {**NOTHING_SAID, **row} for row in LEFT
    ]
    assert shown[3][0].startswith("2023-07-13")


@pytest.mark.parametrize(
    ("query", "serials"),
    [
        ("q=周", ["2", "1"]),
        ("q=hq", ["4", "3"]),
        ("kind=losses", ["1"]),
        ("personal=1", ["4", "2"]),
        ("personal=0", ["3", "1"]),
        ("purpose=contact", ["2"]),
        ("state=failed", ["3"]),
        ("state=writing", ["4"]),
        ("state=written", ["2", "1"]),
        ("from=2023-07-15", ["4", "3"]),
        ("to=2023-07-14", ["2", "1"]),
        (f"hash=2{HASH[1:9].upper()}", ["2"]),
        ("hash=f", []),
    ],
)
def test_it_is_asked_for_by_person_kind_purpose_day_and_hash(records, at, query, serials):
    assert [row[1] for row in lines(at("auditor"), query)] == serials


def test_what_was_asked_for_by_a_number_says_of_whom_it_was(world, at):
    """The auditor has no page of an import: what it was, and whose, stands in the line."""
    world.student(1)
    marks = {
        "学号": "2115100000001",
        "课程代码": "002",
        "成绩": "99",
        "学期": "2021春",
        "发布日期": "2021-07-10",
    }
    sent = send(
        at("college"), csv_of(marks, {**marks, "学号": "x"}), "results", "k1", "成绩更正.csv"
    )["Location"]
    while jobs.work_once():
        pass
    at("college").post(f"{sent}/errors.xlsx").getvalue()
    number = Intake.objects.get().pk
    [line] = lines(at("auditor"), "kind=import-returned&personal=1")
    assert line[7:9] == [
        f"第 {number} 号导入：成绩「成绩更正.csv」2 行，学院李老师 2023-07-12 12:00 导入",
        "、".join(column.header for column in SPECS[SheetKind.RESULTS].columns),
    ]
    world.judge()
    world.do("a", Verb.APPLY, *Student.objects.all())
    act = Act.objects.get()
    left(world, 3, listing="act-refused", asked=[["act", str(act.pk)]])
    left(world, 4, listing="act-refused", asked=[["act", "999"]])  # gone
    assert [row[7] for row in lines(at("auditor"), "kind=act-refused")] == [
        "办理编号 999",
        f"第 {act.pk} 号办理：批次 202307「申请毕业」1 件，周老师 2023-07-12 12:00 办理",
    ]


@pytest.mark.parametrize(
    ("kind", "said"), [("sign_off", "签领表"), ("packing_list", "装箱单"), ("chsi", "chsi")]
)
def test_of_which_papers_somebody_was_left_out_is_said_in_words(world, at, kind, said):
    left(world, 1, listing="print-snags", asked=[["kind", kind]])
    assert [row[7] for row in lines(at("auditor"))] == [f"种类 {said}"]


def test_a_hash_that_is_none_is_refused_in_a_sentence(records, at):
    answer = at("auditor").get("/outgoing?hash=xyz")
    assert (answer.status_code, "文件校验码由 0–9 和 a–f 组成" in answer.content.decode()) == (
        400,
        True,
    )


def test_the_export_of_the_record_is_itself_on_record(records, at):
    lines(at("auditor"))
    assert last_left() == ("outgoing", "auditor", 4, "written")
    assert lines(at("auditor"))[0][2] == "导出记录"


@pytest.mark.parametrize("count", [1, 3, 200])
def test_a_constant_number_of_queries(world, at, asks, count):
    for serial in range(1, count + 1):
        left(world, serial)
    client = at("auditor")
    client.get("/outgoing")
    with asks(QUERIES):
        assert (
            client.get("/outgoing?size=200").content.decode().count('<td class="seq num less">')
            == count
        )


def test_files_for_other_systems_are_a_list_of_their_own(world, at):
    run = {
        "kind": "chsi",
        "batch": world.batch,
        "rows": 3,
        "held_back": 1,
        "by": world.users["hq"],
        "at": NOON,
    }
    Export.objects.create(run=1, name="xueli-202307-1", state="written", sha256=HASH, **run)
    Export.objects.create(run=2, name="xueli-202307-2", state="failed", why="服务器磁盘已满", **run)
    shown = lines(at("auditor"), path="/outgoing/runs")
    assert sorted(row[1:] for row in shown) == [
        ["202307", "1", "xueli-202307-1", "总部何老师", "3", "1", "已写成", HASH, ""],
        ["202307", "2", "xueli-202307-2", "总部何老师", "3", "1", "未成", "", "服务器磁盘已满"],
    ]
    assert [row[2] for row in lines(at("auditor"), "hash=ab", "/outgoing/runs")] == ["1"]
    assert "xueli-202307-2" in at("auditor").get("/outgoing/runs").content.decode()


@pytest.mark.parametrize("path", ["/outgoing", "/outgoing/runs"])
def test_nobody_but_the_auditor_reads_it(records, world, at, path):
    system = User.objects.create_user("system", "系统管理员", PASSWORD)
    Grant.objects.create(
        user=system, role=Role.SYSTEM_ADMIN.value, unit=world.centres[0].parent.parent
    )
    world.users["system"] = system
    assert [
        at(name).get(path).status_code for name in ("hq", "college", "a", "system", "auditor")
    ] == [404] * 4 + [200]
    assert f'href="{path}"' in at("auditor").get("/outgoing").content.decode()
    key = path[1:].replace("/", "-")
    assert [
        at(name).post(f"/lists/{key}/export").status_code for name in ("hq", "a", "system")
    ] == [404] * 3


def test_what_a_command_takes_out_stands_there_too(world, at, tmp_path):
    world.student(1)
    world.judge()
    graduand("audit", "202307", "--csv", tmp_path / "a.csv")
    ((_, _, kind, who, rows, *_),) = lines(at("auditor"))
    assert (kind, who, rows) == ("毕业审核结果（CSV）", "系统（总部）", "1")
