"""Files for the import tests: one good row of every kind, and what a test changes of it."""

import csv
from pathlib import Path
from typing import Any

import openpyxl

from graduand.models import Batch, PolicyVersion
from graduand.office.records.files.tallies import IntakeTally
from graduand.office.records.importing import import_sheet
from graduand.rulebook.season.policy import policy_digest
from graduand.rulebook.terms import SheetKind

# What a centre leaves out of 报名与学习经历: the college brings it.
CHECK = ("前置学历核验",)

ROWS: dict[SheetKind, dict[str, str]] = {
    SheetKind.UNITS: {
        "单位代码": "C01",
        "单位名称": "甲学习中心",
        "单位类型": "学习中心",
        "上级单位代码": "X01",
        "联系人": "王老师",
        "联系电话": "010-12345678",
        "邮寄地址": "北京市某路 1 号",
    },
    SheetKind.PLANS: {
        "专业规则代码": "P1",
        "专业代码": "590103",
        "专业名称": "健康管理",
        "学历层次": "专科",
        "最低总学分": "76",
        "最低总部考试学分": "40",
        "最短学期数": "5",
        "最长年限": "8",
        "免修免考比例上限": "0.4",
    },
    SheetKind.MODULES: {"专业规则代码": "P1", "模块名称": "公共基础课", "最低学分": "10.5"},
    SheetKind.COURSES: {
        "专业规则代码": "P1",
        "课程代码": "00001",
        "课程名称": "学习指南",
        "学分": "1",
        "模块名称": "公共基础课",
        "课程性质": "统设必修",
        "总部考试": "是",
        "综合实践": "否",
        "必须通过": "是",
    },
    SheetKind.STUDENTS: {
        "学号": "2117151000001",
        "姓名": "张三丰",
        "性别": "男",
        "出生日期": "1990-03-07",
        "民族": "汉族",
        "证件类型": "居民身份证",
        "证件号": "110105199003071331",
        "政治面貌": "群众",
        "入学年度学期": "2021春",
        "学籍状态": "在籍",
        "学习中心代码": "C01",
        "学生类别": "开放",
        "学历层次": "专科",
        "专业规则代码": "P1",
        "班级名称": "21春健康管理",
        "班级代码": "B1",
        "手机": "13800138000",
        "邮箱": "a@example.edu.cn",
        "续读本科": "否",
    },
    SheetKind.RESULTS: {
        "学号": "2117151000001",
        "课程代码": "00001",
        "成绩": "85",
        "取得方式": "考试",
        "学期": "2021春",
        "发布日期": "2021-07-10",
        "复核通过": "否",
    },
    SheetKind.CHSI: {
        "学号": "2117151000001",
        "姓名": "张三丰",
        "录取照片": "有",
        "学历照片": "有",
        "核验结果": "正常",
        "数据日期": "2023-06-01",
    },
    SheetKind.PROFILES: {
        "学号": "2117151000001",
        "报名日期": "2021-01-10",
        "前置学历层次": "高中",
        "前置毕业学校": "某中学",
        "前置毕业时间": "2009-07",
        "前置证书编号": "G123",
        "前置学历核验": "通过",
        "家庭住址": "北京",
        "工作单位": "某公司",
        "初审意见": "同意",
        "初审日期": "2021-01-12",
    },
    SheetKind.HISTORIES: {
        "学号": "2117151000001",
        "起": "2006-09",
        "止": "2009-07",
        "地点与学校": "北京某中学",
    },
    SheetKind.DEGREES: {
        "学号": "2117151000001",
        "论文成绩": "优",
        "学位外语类别": "国家开放大学学位英语",
        "学位外语成绩": "70",
    },
    SheetKind.CONFIRMATIONS: {
        "学号": "2117151000001",
        "确认日期": "2023-06-20",
        "确认方式": "本人在线",
    },
    SheetKind.USERS: {
        "账号": "wang",
        "姓名": "王小明",
        "单位代码": "C01",
        "角色": "学习中心",
        "起": "2023-01-01",
    },
    SheetKind.NUMBERS: {"学号": "2117151000001", "电子注册号": "511618202306000001"},
    SheetKind.REGISTERED: {
        "学号": "2117151000001",
        "姓名": "张三丰",
        "证书编号": "511618202306000001",
        "毕业日期": "2023-07-20",
        "可查询": "是",
        "注册日期": "2023-08-01",
    },
}
HQ = {"单位代码": "Z", "单位名称": "总部", "单位类型": "总部", "上级单位代码": ""}
COLLEGE = {"单位代码": "X01", "单位名称": "生命健康学院", "单位类型": "学院", "上级单位代码": "Z"}
ORDER = (SheetKind.UNITS, SheetKind.PLANS, SheetKind.MODULES, SheetKind.COURSES, SheetKind.STUDENTS)


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as .csv or .xlsx, by the suffix; the columns of all rows together."""
    headers = list(dict.fromkeys(name for row in rows for name in row))
    lines = [headers, *([row.get(name, "") for name in headers] for row in rows)]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(lines)
        return path
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


def bring(
    folder: Path,
    kind: SheetKind,
    *changes: dict[str, Any],
    suffix: str = ".csv",
    without: tuple[str, ...] = (),
    **options: Any,
) -> IntakeTally:
    """Import a file with one good row for each of `changes`, changed so; no changes = one good row."""
    rows = [
        {k: v for k, v in (ROWS[kind] | change).items() if k not in without}
        for change in changes or [{}]
    ]
    path = table(folder / f"{kind.value}{suffix}", rows)
    return import_sheet(kind, path, by=options.pop("by", None), **options)


def world(folder: Path, students: int = 1) -> None:
    """Units, a plan with a module and a course, and students 2117151000001 …."""
    bring(folder, SheetKind.UNITS, HQ, COLLEGE, {}, {"单位代码": "C02", "单位名称": "乙学习中心"})
    for kind in ORDER[1:-1]:
        assert bring(folder, kind).problems == ()
    assert (
        bring(folder, SheetKind.STUDENTS, *(student(n) for n in range(1, students + 1))).problems
        == ()
    )


def student(number: int, **change: Any) -> dict[str, Any]:
    """What tells student number n from the first one."""
    return {"学号": f"2117151{number:06}", "证件类型": "护照", "证件号": f"E{number:08}"} | change


def batch(**change: Any) -> Batch:
    """An open batch 202307 with the policy of the example, changed so."""
    source = {
        "code": "202307",
        "enrolled_through": "2021春",
        "issue_date": "2023-07-20",
        "closes_at": "2023-10-12",
        "school": {"code": "51161", "name": "国家开放大学", "type_digit": "8"},
        "rounds": [{"name": "首批", "opens": "2023-07-06", "review_to": "2023-07-16"}],
    } | change
    made = Batch.objects.create(code=source["code"])
    made.policy = PolicyVersion.objects.create(
        batch=made,
        number=1,
        digest=policy_digest(source),
        source=source,
        loaded_at="2023-06-01T00:00:00+08:00",
        loaded_by=None,
    )
    made.save()
    return made
