"""The season in memory: designed students, ordinary ones, their results, CHSI's answer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.oracle import curriculum
from tests.oracle.cases import EX, Case, R, all_cases
from tests.oracle.judging import Row
from tests.oracle.people import Registry

VERDICTS = ("正常", "身份核验不确定", "身份核验未通过", "身份核验异常")
TERMS = ("2022春", "2022秋", "2021秋", "2023春")
CENTRES = tuple(row["单位代码"] for row in curriculum.units() if row["单位类型"] == "学习中心")
SAFE_ENTRIES = {
    "BJ21B": ("2019春", "2019秋", "2020春"),
    "YX21B": ("2018秋", "2019秋", "2020春", "2020秋"),
}
ENTRIES = ("2017秋", "2018春", "2019秋", "2020春", "2020秋", "2021春", "2021春")


@dataclass
class Season:
    """All rows, in the plain form that the judge reads."""

    units: list[Row] = field(default_factory=curriculum.units)
    plans: list[Row] = field(default_factory=curriculum.plans)
    modules: list[Row] = field(default_factory=curriculum.modules)
    courses: list[Row] = field(default_factory=curriculum.courses)
    students: list[Row] = field(default_factory=list)
    results: list[Row] = field(default_factory=list)
    chsi: list[Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)

    def plan(self, code: str) -> Row:
        """The row of one plan."""
        return next(row for row in self.plans if row["专业规则代码"] == code)

    def of_plan(self, rows: list[Row], code: str) -> list[Row]:
        """Modules or courses of one plan."""
        return [row for row in rows if row["专业规则代码"] == code]


def result_rows(number: str, code: str, results: tuple[R, ...]) -> list[Row]:
    """Rows of the sheet 成绩 for one course of one student."""
    rows = []
    for place, result in enumerate(results):
        row = {
            "学号": number,
            "课程代码": code,
            "成绩": result.mark,
            "取得方式": result.how,
            "学期": result.term or TERMS[place],
            "发布日期": result.published,
            "复核通过": result.review,
            "考试次序": result.attempt,
            "作废": result.void,
        }
        rows.append(row)
    return rows


def case_results(case: Case, courses: list[Row]) -> dict[str, tuple[R, ...]]:
    """Everything passed, then the case's own changes."""
    results = {}
    for course in courses:
        if course["课程代码"] not in case.drop.split():
            results[course["课程代码"]] = (
                R("75", review="是" if course["综合实践"] == "是" else ""),
            )
    return results | case.put


def ordinary_result(chance: random.Random, practice: bool, quality: float) -> R:
    """One result of an ordinary student."""
    good = chance.random() < quality
    if chance.random() < 0.12:
        mark = chance.choice(
            ("优", "良", "中", "及格", "合格") if good else ("不及格", "不合格", "缺考")
        )
    else:
        mark = str(chance.randint(60, 100) if good else chance.randint(0, 59))
        mark += chance.choice(("", "", "", "", ".5")) if mark != "100" else ""
    how = chance.choice(("", "考试"))
    if not practice and chance.random() < 0.04:
        mark, how = chance.choice(
            (("免考", ""), ("免考", EX), ("合格", EX), (mark, EX), ("免考", "考试"))
        )
    review = chance.choices(("是", "否", ""), (94, 3, 3))[0] if practice else ""
    days = ("2023-07-06", "2022-08-20", "2021-12-31", "2023-07-14", "2023-09-13")
    day = chance.choices(days, (30, 40, 20, 1, 1))[0]
    return R(mark, how, review, published=day, void="是" if chance.random() < 0.004 else "")


def ordinary_results(chance: random.Random, courses: list[Row]) -> dict[str, tuple[R, ...]]:
    """An ordinary student: most courses passed, some tried again, a few elsewhere."""
    quality = chance.choice((0.999, 0.999, 0.99, 0.97, 0.9, 0.6))
    results = {}
    for course in courses:
        if chance.random() < 0.012:
            continue
        practice = course["综合实践"] == "是"
        times = chance.choices((1, 2, 3), (93, 6, 1))[0]
        results[course["课程代码"]] = tuple(
            ordinary_result(chance, practice, quality) for _ in range(times)
        )
    if chance.random() < 0.1:
        results[chance.choice(("00101", "88001", "ZX001"))] = (R("77"),)
    return results


def ordinary_student(chance: random.Random) -> tuple[Row, dict[str, str]]:
    """A plan and the entry term and standing of an ordinary student."""
    code = chance.choices(("JK21Z", "HL21S", "YX21B", "BJ21"), (45, 30, 10, 15))[0]
    entry = chance.choice(SAFE_ENTRIES.get(code, ENTRIES))
    if chance.random() < 0.03:
        entry = chance.choice(("2014秋", "2015春", "2015秋", "2021秋", "2022春"))
    status = chance.choice(("退学", "未注册", "毕业")) if chance.random() < 0.02 else "在籍"
    return next(row for row in curriculum.plans() if row["专业规则代码"] == code), {
        "入学年度学期": entry,
        "学籍状态": status,
    }


def add_student(season: Season, registry: Registry, place: int, plan: Row, changes: Row) -> str:
    """Put a person into the season; returns the student number."""
    centre = CENTRES[place % len(CENTRES)]
    row, canonical = registry.student(plan, changes["入学年度学期"], centre)
    row |= changes
    season.students.append(row)
    season.names[row["学号"]] = canonical
    return row["学号"]


def chsi_rows(chance: random.Random, number: str, name: str) -> list[Row]:
    """CHSI's feedback: one or two days of data, mostly good."""
    if chance.random() < 0.02:
        return []
    rows = []
    for day in ("2023-06-30", "2023-07-10")[: chance.choice((1, 1, 1, 2))]:
        verdict = chance.choices(VERDICTS, (95, 3, 1, 1))[0]
        first, second = (chance.choices(("有", "无"), (96, 4))[0] for _ in range(2))
        row = {"学号": number, "姓名": name, "录取照片": first, "学历照片": second}
        rows.append(row | {"核验结果": verdict, "数据日期": day})
    return rows


def same_person_twice(season: Season) -> None:
    """A 专科 student and a 专升本 student with one id: legal, two student numbers of one person."""
    residents = [row for row in season.students if row["证件类型"] == "居民身份证"]
    first = next((row for row in residents if row["学历层次"] == "专科"), None)
    second = next((row for row in residents if row["学历层次"] == "专升本"), None)
    if first and second:
        for header in ("姓名", "性别", "出生日期", "民族", "证件类型", "证件号"):
            second[header] = first[header]
        season.names[second["学号"]] = season.names[first["学号"]]


def make_season(number: int, seed: int) -> Season:
    """`number` invented students: the designed ones first (up to half, repeated), ordinary ones after."""
    chance, registry, season = random.Random(f"season {seed}"), Registry(seed), Season()
    designed = all_cases()
    repeats = max(number // 2, min(number, len(designed)))
    for place in range(number):
        case = designed[place % len(designed)] if place < repeats else None
        if case:
            plan = season.plan(case.plan)
            changes = {"入学年度学期": chance.choice(SAFE_ENTRIES["BJ21B"])} | case.student
        else:
            plan, changes = ordinary_student(chance)
        student = add_student(season, registry, place, plan, changes)
        courses = season.of_plan(season.courses, plan["专业规则代码"])
        results = case_results(case, courses) if case else ordinary_results(chance, courses)
        for code, tried in results.items():
            season.results += result_rows(student, code, tried)
        if case:
            season.cases[student] = case
    same_person_twice(season)
    for row in season.students:
        season.chsi += chsi_rows(chance, row["学号"], season.names[row["学号"]])
    return season
