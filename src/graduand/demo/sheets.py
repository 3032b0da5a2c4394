"""The workbooks of the invented season, as offices would send them."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from graduand.demo.curriculum import BASE, CORE, GROUND, MORE, PRACTICE, WIDE, Lesson
from graduand.demo.people import InventedStudent, Trouble
from graduand.papers.workbooks.tables import shown_text, table_workbook
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import SheetKind

LONG = frozenset({SheetKind.STUDENTS, SheetKind.RESULTS, SheetKind.PROFILES})
RELEASED = date(2023, 6, 20)
LATE = (date(2023, 7, 12), date(2023, 9, 5))
AS_OF = date(2023, 6, 26)
STUDENTS = (
    "学号",
    "姓名",
    "性别",
    "出生日期",
    "民族",
    "证件类型",
    "证件号",
    "政治面貌",
    "入学年度学期",
    "学籍状态",
    "学习中心代码",
    "学生类别",
    "学历层次",
    "专业规则代码",
    "班级名称",
    "班级代码",
    "手机",
    "续读本科",
)
RESULTS = ("学号", "课程代码", "成绩", "取得方式", "学期", "发布日期", "复核通过")
CHSI = ("学号", "姓名", "录取照片", "学历照片", "核验结果", "数据日期", "性别", "出生日期")
USERS = ("账号", "姓名", "单位代码", "角色", "学号")
REGISTERED = ("学号", "姓名", "证书编号", "毕业日期", "可查询", "注册日期")
DEGREES = ("学号", "论文成绩", "学位外语类别", "学位外语成绩", "学位外语取得日期")
PROFILES = (
    "学号",
    "报名日期",
    "前置学历层次",
    "前置毕业学校",
    "前置毕业时间",
    "家庭住址",
    "论文题目",
)
PRIOR_CHECKS = ("学号", "前置学历核验")

_OTHER_SEX = {"男": "女", "女": "男"}
_ENROLLED = {"春": "02", "秋": "08"}
VERDICTS = {
    Trouble.UNSURE: "身份核验不确定",
    Trouble.FAILED: "身份核验未通过",
    Trouble.ABNORMAL: "身份核验异常",
}
# The courses that a trouble leaves out: (module, how many courses remain or the places that are
# failed).
_FAILED = {
    Trouble.HQ: {BASE: (4,), GROUND: (0,)},
    Trouble.MISSING: {BASE: (1,)},
    Trouble.MODULE: {WIDE: (0, 1, 2)},
    Trouble.TOTAL: {MORE: (2, 3), WIDE: (1, 2)},
    Trouble.LATE_MARK: {},
}


def write(
    folder: Path, kind: SheetKind, headers: Sequence[str], rows: Iterable[Sequence[object]]
) -> Path:
    """Write one sheet under its Chinese name; the longest ones as CSV, since a workbook takes much
    longer.
    """
    if kind in LONG:
        return _write_text(folder / f"{kind.label}.csv", headers, rows)
    return table_workbook(folder / f"{kind.label}.xlsx", headers, rows, sheet=kind.label)


def _write_text(path: Path, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a CSV as a spreadsheet saves it, with a byte order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(headers)
        lines.writerows([shown_text(cell) for cell in row] for row in rows)
    return path


def student_rows(people: Iterable[InventedStudent]) -> Iterator[tuple[object, ...]]:
    """One line per student."""
    for p in people:
        yield (
            p.number,
            p.name,
            p.sex,
            p.birth,
            p.nation,
            "居民身份证",
            p.id_no,
            p.politics,
            p.entry,
            p.standing,
            p.centre,
            "开放",
            p.level,
            p.programme.code,
            p.class_name,
            p.class_code,
            p.mobile,
            p.goes_on,
        )


def result_rows(people: Iterable[InventedStudent]) -> Iterator[tuple[object, ...]]:
    """One line per result; some courses took two attempts."""
    for person in people:
        yield from _results(person)


def _results(p: InventedStudent) -> Iterator[tuple[object, ...]]:
    chance = random.Random(f"marks {p.number}")
    taken = _taken(p, chance)
    for place, (lesson, passed) in enumerate(taken):
        term = _term(p, place)
        exempt = _exempt(p, lesson, place)
        if passed and not exempt and place >= 6 and chance.random() < 0.06:
            failed = chance.randrange(35, 60)
            yield (p.number, lesson.code, failed, "考试", _term(p, place - 6), RELEASED, "")
        way = "考试"
        mark: object = "免考"
        if exempt:
            way = "免修免考"
        else:
            mark = _mark(lesson, chance, passed)
        released = _released(p, lesson)
        yield (p.number, lesson.code, mark, way, term, released, _reviewed(p, lesson))


def _released(p: InventedStudent, lesson: Lesson) -> date:
    """The day on which a mark was published; with one of the troubles the core courses are late."""
    if p.trouble is Trouble.LATE_MARK and lesson.module == CORE and lesson.must:
        return LATE[int(p.number[-1]) % 2]
    return RELEASED


def _reviewed(p: InventedStudent, lesson: Lesson) -> str:
    """复核通过, which only 综合实践 has."""
    if not lesson.practice:
        return ""
    if p.trouble is Trouble.EXERCISE and lesson.credits == 5:
        return "否"
    return "是"


def _taken(p: InventedStudent, chance: random.Random) -> list[tuple[Lesson, bool]]:
    """The courses that a person took, and whether each was passed."""
    found = []
    failed: Mapping[str, tuple[int, ...]] = {}
    left_out: dict[str, tuple[int, ...]] = {}
    # a person who is to miss one requirement only takes all other courses
    if p.trouble:
        failed = _FAILED.get(p.trouble, {})
    else:
        left_out[MORE] = chance.choice(((), (), (3,)))
        left_out[WIDE] = chance.choice(((), (2,), (1, 2)))
    for module in (BASE, GROUND, CORE, MORE, WIDE, PRACTICE):
        for place, lesson in enumerate(p.programme.of(module)):
            if place in left_out.get(module, ()):
                continue
            found.append((lesson, place not in failed.get(module, ())))
    return found


def _exempt(p: InventedStudent, lesson: Lesson, place: int) -> bool:
    """Whether the result is an exemption: most people have a few, within the cap; people with
    Trouble.EXEMPT have more.
    """
    if p.trouble is Trouble.EXEMPT:
        return (
            lesson.nature == "统设必修"
            and not lesson.practice
            and lesson.credits >= 3
            and place < 8
        )
    return (
        p.trouble is None
        and lesson.module == BASE
        and lesson.credits == 4
        and int(p.number[-1]) == 7
    )


def _mark(lesson: Lesson, chance: random.Random, passed: bool) -> object:
    if not passed:
        return chance.choice((45, 52, 58, "缺考", 59.5))
    if lesson.thesis:
        return chance.randrange(72, 95)
    if lesson.practice:
        return chance.choice(("优", "良", "良", "中", "及格"))
    return max(60, min(98, round(chance.gauss(78, 8))))


def _term(p: InventedStudent, place: int) -> str:
    first = Term.parse(p.entry)
    return str(Term.from_ordinal(first.ordinal + max(0, place) // 6))


def chsi_rows(people: Iterable[InventedStudent], day: date = AS_OF) -> Iterator[tuple[object, ...]]:
    """The registry's row about each person; one person has none."""
    for p in people:
        if p.trouble is Trouble.NO_REPORT:
            continue
        born = p.birth
        sex = p.sex
        if p.trouble is Trouble.MATCH and p.birth.day < 29:
            born = p.birth.replace(year=p.birth.year - 1)
        elif p.trouble is Trouble.MATCH:
            sex = _OTHER_SEX[sex]
        yield (
            p.number,
            p.name,
            _there_but_for(p, Trouble.NO_ADMISSION),
            _there_but_for(p, Trouble.NO_CREDENTIAL),
            _verdict(p),
            day,
            sex,
            born,
        )


def _there_but_for(p: InventedStudent, trouble: Trouble) -> str:
    """Whether the registry has the photo: 有, except for people with `trouble`."""
    if p.trouble is trouble:
        return "无"
    return "有"


def _verdict(p: InventedStudent) -> str:
    if p.trouble is None:
        return "正常"
    return VERDICTS.get(p.trouble, "正常")


def degree_rows(people: Iterable[InventedStudent]) -> Iterator[tuple[object, ...]]:
    """The degree material of those who want a degree; some of it is not good enough."""
    for p in people:
        if p.level != "专科" and int(p.number[-2:]) % 3 != 0:
            ending = int(p.number[-2:])
            thesis = 86
            if ending % 7 == 0:
                thesis = 76
            english = 71
            if ending % 11 == 0:
                english = 54
            yield p.number, thesis, "国家开放大学学位英语", english, "2022-11-20"


def profile_rows(people: Iterable[InventedStudent]) -> Iterator[tuple[object, ...]]:
    """The rows of everybody's former education, address and thesis."""
    for place, p in enumerate(people):
        education = "专科"
        school = "云岭职业学院"
        thesis = f"{p.programme.name}专题研究"
        if p.level == "专科":
            education = "高中"
            school = f"云岭市第{'一二三四五六七八九'[place % 9]}中学"
            thesis = ""
        yield (
            p.number,
            f"{p.entry[:4]}-{_ENROLLED[p.entry[4]]}-15",
            education,
            school,
            f"{int(p.entry[:4]) - 2}-07",
            f"云岭市梧桐街 {place % 200 + 1} 号",
            thesis,
        )


def check_rows(people: Iterable[InventedStudent]) -> Iterator[tuple[object, ...]]:
    """The rows of the college's check of everybody's former education."""
    for p in people:
        if p.level == "专科":
            yield p.number, "未查"
        else:
            yield p.number, "通过"
