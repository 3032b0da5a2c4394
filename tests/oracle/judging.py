"""The academic audit once more, naively: loops over raw rows, exact numbers, none of the program's
code.

A row is a dict of Chinese column header -> text in its plain form (`2021春`, `2023-07-20`, `59.5`,
`是`). The numbers in the comments are the rules of the audit's definition in the file contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Row = dict[str, str]

PASSING_WORDS = ("优", "良", "中", "及格", "合格", "免考")
FAILING_WORDS = ("不及格", "不合格", "缺考")
SHOWN_BEST_FIRST = ("优", "良", "中", "及格", "合格", "免考")


@dataclass(frozen=True)
class Finding:
    """One reason why a student cannot graduate; needed and has are texts for people."""

    code: str
    argument: str = ""
    needed: str = ""
    has: str = ""

    @property
    def item(self) -> str:
        """As the CSV writes it: CODE or CODE:argument."""
        return f"{self.code}:{self.argument}" if self.argument else self.code


@dataclass(frozen=True)
class Batch:
    """What the audit takes from a batch's policy."""

    code: str
    enrolled_through: str
    issue_date: date
    exemption_counts_as_hq: bool = True


@dataclass
class Outcome:
    """Everything that was found out about one student."""

    findings: list[Finding] = field(default_factory=list)
    total: Decimal = Decimal(0)
    headquarters: Decimal = Decimal(0)
    exempted: Decimal = Decimal(0)
    modules: dict[str, Decimal] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)

    @property
    def items(self) -> str:
        """不满足项: sorted by code point, joined by a half-width semicolon."""
        return ";".join(sorted(finding.item for finding in self.findings))


def text_of(number: Decimal) -> str:
    """30.0 -> 30, 29.50 -> 29.5, never an exponent."""
    shown = format(number, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


# ------------------------------------------------------------------ terms (rules 6, 7)
def half_years(term: str) -> int:
    """`2021春` -> 4042, `2021秋` -> 4043."""
    return int(term[:4]) * 2 + (1 if term[4:] == "秋" else 0)


def batch_term(code: str) -> str:
    """Batch YYYY07 ends YYYY春, batch YYYY01 ends (YYYY-1)秋."""
    year = int(code[:4])
    return {"07": f"{year}春", "01": f"{year - 1}秋"}[code[4:]]


def semesters(entry: str, code: str) -> int:
    """Half-years from the entry term to the batch's term, both included."""
    return half_years(batch_term(code)) - half_years(entry) + 1


def last_day(entry: str, years: int) -> date:
    """Entry date (春 03-01, 秋 09-01) plus calendar years: the last issue date that is not too late."""
    return date(int(entry[:4]) + years, 9 if entry[4:] == "秋" else 3, 1)


# ------------------------------------------------------------------ one result (rules 1, 2)
def counts(result: Row, day: date) -> bool:
    """Published on or before the day of judgement and not cancelled (作废); no term is compared."""
    return result.get("作废", "") != "是" and date.fromisoformat(result["发布日期"]) <= day


def passes(result: Row) -> bool:
    """A number of at least 60, unrounded, or one of the passing words."""
    mark = result["成绩"]
    if mark in PASSING_WORDS:
        return True
    if mark in FAILING_WORDS:
        return False
    return Decimal(mark) >= 60


def is_exempted(result: Row) -> bool:
    """Either sign is enough, whatever the other says."""
    return result.get("取得方式", "") == "免修免考" or result["成绩"] == "免考"


def practice_passes(result: Row) -> bool:
    """One single result must pass, be examined and be re-checked, all three."""
    return passes(result) and not is_exempted(result) and result.get("复核通过", "") == "是"


def course_passed(course: Row, counted: list[Row]) -> bool:
    """`counted`: the student's counted results for this very course."""
    if course["综合实践"] == "是":
        return any(practice_passes(result) for result in counted)
    return any(passes(result) for result in counted)


def course_exempted(counted: list[Row]) -> bool:
    """Rule 5: every counted passing result is exempted (asked of passed courses only)."""
    return all(is_exempted(result) for result in counted if passes(result))


def best_shown(counted: list[Row]) -> str:
    """The result that is shown: passing numbers, 优 良 中 及格 合格, 免考, then failing ones."""

    def order(result: Row) -> tuple[int, Decimal]:
        mark = result["成绩"]
        if mark in SHOWN_BEST_FIRST:
            return (1 + SHOWN_BEST_FIRST.index(mark), Decimal(0))
        if mark in FAILING_WORDS:
            return (20 + FAILING_WORDS.index(mark), Decimal(0))
        return (0 if Decimal(mark) >= 60 else 10, -Decimal(mark))

    return min(counted, key=order)["成绩"] if counted else ""


# ------------------------------------------------------------------ one student
def judge(
    student: Row,
    plan: Row,
    modules: list[Row],
    courses: list[Row],
    results: list[Row],
    batch: Batch,
    day: date,
) -> Outcome:
    """Judge one student; modules and courses are those of `plan`, results those of `student`."""
    outcome = Outcome()
    outcome.findings += eligibility(student, plan, batch)
    counted: dict[str, list[Row]] = {}
    for result in results:
        if counts(result, day):
            counted.setdefault(result["课程代码"], []).append(result)
    planned = {course["课程代码"] for course in courses}
    outcome.outside = sorted(code for code in counted if code not in planned)
    add_credits(outcome, modules, courses, counted, batch)
    outcome.findings += credit_findings(outcome, plan, modules, courses)
    outcome.findings += course_findings(courses, counted)
    return outcome


def eligibility(student: Row, plan: Row, batch: Batch) -> list[Finding]:
    """ELIG-*: each at most once."""
    found = []
    entry = student["入学年度学期"]
    studied, least = semesters(entry, batch.code), int(plan["最短学期数"])
    if half_years(entry) > half_years(batch.enrolled_through) or studied < least:
        needed = f"{batch.enrolled_through}, {least}"
        found.append(Finding("ELIG-TERM", needed=needed, has=f"{entry}, {studied}"))
    last = last_day(entry, int(plan["最长年限"]))
    if batch.issue_date > last:
        found.append(
            Finding("ELIG-EXPIRED", needed=last.isoformat(), has=batch.issue_date.isoformat())
        )
    if student["学籍状态"] != "在籍":
        found.append(Finding("ELIG-STATUS", needed="在籍", has=student["学籍状态"]))
    return found


def add_credits(
    outcome: Outcome,
    modules: list[Row],
    courses: list[Row],
    counted: dict[str, list[Row]],
    batch: Batch,
) -> None:
    """Rules 3 to 5: once per course, with the plan's value."""
    for module in modules:
        outcome.modules[module["模块名称"]] = Decimal(0)
    for course in courses:
        mine = counted.get(course["课程代码"], [])
        if not course_passed(course, mine):
            continue
        worth = Decimal(course["学分"])
        exempted = course_exempted(mine)
        outcome.total += worth
        outcome.modules[course["模块名称"]] += worth
        if exempted:
            outcome.exempted += worth
        if course["总部考试"] == "是" and (batch.exemption_counts_as_hq or not exempted):
            outcome.headquarters += worth


def exemption_base(courses: list[Row]) -> Decimal:
    """Credits of the plan's 统设必修 courses that are not 综合实践."""
    base = Decimal(0)
    for course in courses:
        if course["课程性质"] == "统设必修" and course["综合实践"] != "是":
            base += Decimal(course["学分"])
    return base


def credit_findings(
    outcome: Outcome, plan: Row, modules: list[Row], courses: list[Row]
) -> list[Finding]:
    """CRED-*: less than the plan asks; exempted strictly more than the unrounded cap."""
    found = []

    def compare(code: str, argument: str, needed: str, has: Decimal) -> None:
        if has < Decimal(needed):
            found.append(Finding(code, argument, text_of(Decimal(needed)), text_of(has)))

    compare("CRED-TOTAL", "", plan["最低总学分"], outcome.total)
    compare("CRED-HQ", "", plan["最低总部考试学分"], outcome.headquarters)
    for module in modules:
        name = module["模块名称"]
        compare("CRED-MODULE", name, module["最低学分"], outcome.modules[name])
    if plan["免修免考比例上限"]:
        limit = Decimal(plan["免修免考比例上限"]) * exemption_base(courses)
        if outcome.exempted > limit:
            found.append(Finding("CRED-EXEMPT", "", text_of(limit), text_of(outcome.exempted)))
    return found


def course_findings(courses: list[Row], counted: dict[str, list[Row]]) -> list[Finding]:
    """COURSE-MISSING for compulsory courses, PRACTICE for every 综合实践 course, never both."""
    found = []
    for course in courses:
        mine = counted.get(course["课程代码"], [])
        if course_passed(course, mine):
            continue
        if course["综合实践"] == "是":
            found.append(Finding("PRACTICE", course["课程代码"], "复核通过", best_shown(mine)))
        elif course["必须通过"] == "是":
            found.append(Finding("COURSE-MISSING", course["课程代码"], "60", best_shown(mine)))
    return found
