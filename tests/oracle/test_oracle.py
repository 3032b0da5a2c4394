"""The oracle itself, checked against sums done by hand; no database, nothing of the program."""

import ast
import csv
import io
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracle import disguise, judging
from tests.oracle.cases import Case, R, all_cases
from tests.oracle.judging import Batch, Finding, Row, judge
from tests.oracle.people import check_character
from tests.oracle.policy_text import BATCH
from tests.oracle.population import Season, case_results, result_rows
from tests.oracle.portraits import portrait
from tests.oracle.reading import plain, read_sheet

HERE = Path(__file__).parent
DAY = date(2023, 7, 12)
SEASON = Season()


def judge_case(case: Case, batch: Batch = BATCH, day: date = DAY) -> judging.Outcome:
    courses = SEASON.of_plan(SEASON.courses, case.plan)
    results: list[Row] = []
    for code, tried in case_results(case, courses).items():
        results += result_rows("1", code, tried)
    student = {"入学年度学期": "2019春", "学籍状态": "在籍"} | case.student
    modules = SEASON.of_plan(SEASON.modules, case.plan)
    return judge(student, SEASON.plan(case.plan), modules, courses, results, batch, day)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_designed_student_as_worked_out_by_hand(case):
    assert judge_case(case).items == case.items


def test_every_code_is_covered():
    codes = {item.split(":")[0] for case in all_cases() for item in case.items.split(";") if item}
    assert codes == {
        "ELIG-TERM",
        "ELIG-EXPIRED",
        "ELIG-STATUS",
        "CRED-TOTAL",
        "CRED-HQ",
        "CRED-MODULE",
        "COURSE-MISSING",
        "PRACTICE",
        "CRED-EXEMPT",
    }


@pytest.mark.parametrize(
    ("entry", "batch", "number"),
    [
        ("2021春", "202307", 5),
        ("2020秋", "202301", 5),
        ("2020秋", "202307", 6),
        ("2021春", "202301", 4),
        ("2023春", "202307", 1),
        ("2023秋", "202307", 0),
        ("2014春", "201607", 5),
        ("2014秋", "201701", 5),
    ],
)
def test_semesters(entry, batch, number):
    assert judging.semesters(entry, batch) == number


@pytest.mark.parametrize(
    ("entry", "years", "issue", "expired"),
    [
        ("2015秋", 8, date(2023, 7, 20), False),
        ("2015秋", 8, date(2023, 9, 1), False),
        ("2015秋", 8, date(2023, 9, 2), True),
        ("2015春", 8, date(2023, 3, 1), False),
        ("2015春", 8, date(2023, 3, 2), True),
        ("2016秋", 7, date(2023, 7, 20), False),
    ],
)
def test_expiry_on_the_day_itself_is_still_in_time(entry, years, issue, expired):
    plan = {"最短学期数": "5", "最长年限": str(years)}
    student = {"入学年度学期": entry, "学籍状态": "在籍"}
    found = judging.eligibility(student, plan, Batch("202307", "2021春", issue))
    assert [finding.code for finding in found] == (["ELIG-EXPIRED"] if expired else [])


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        (["优", "60", "75"], "75"),
        (["免考", "合格", "良"], "良"),
        (["免考", "59.5"], "免考"),
        (["缺考", "30"], "30"),
        (["不及格", "缺考"], "不及格"),
        (["及格", "99", "100"], "100"),
        ([], ""),
        (["45", "合格"], "合格"),
    ],
)
def test_best_result_shown(marks, shown):
    assert judging.best_shown([{"成绩": mark} for mark in marks]) == shown


def test_shortfalls_of_one_student_done_by_hand():
    case = Case(
        "", drop="00101 01202 01304", put={"00102": (R("59.5"), R("30")), "09902": (R("80"),)}
    )
    outcome = judge_case(case)
    assert sorted(outcome.findings, key=lambda finding: finding.item) == [
        Finding("COURSE-MISSING", "00101", "60", ""),
        Finding("CRED-HQ", "", "15.5", "9.5"),
        Finding("CRED-MODULE", "专业核心课", "12", "10"),
        Finding("CRED-MODULE", "公共基础课", "4.5", "1.5"),
        Finding("CRED-MODULE", "综合实践", "5", "3"),
        Finding("CRED-TOTAL", "", "30", "21"),
        Finding("PRACTICE", "09902", "复核通过", "80"),
    ]
    assert (outcome.total, outcome.headquarters) == (Decimal(21), Decimal("9.5"))


def test_exempted_shortfall_and_courses_outside_the_plan():
    case = next(case for case in all_cases() if case.name == "上限6.3免修6.5")
    assert judge_case(case).findings == [Finding("CRED-EXEMPT", "", "6.3", "6.5")]
    outside = next(case for case in all_cases() if case.name == "计划外成绩不是问题")
    assert judge_case(outside).outside == ["02001", "77777"]


def test_exempted_credits_left_out_of_hq_where_the_policy_says_so():
    strict = Batch("202307", "2021春", date(2023, 7, 20), exemption_counts_as_hq=False)
    case = Case("", put={"01202": (R("免考"),), "00102": (R("70", "免修免考"), R("61"))})
    assert judge_case(case, strict).items == ""  # 19.5 - 4 = 15.5; 00102 was examined as well
    assert (
        judge_case(Case("", put={"01202": (R("免考"),)}, drop="01304"), strict).items == "CRED-HQ"
    )


def test_later_day_of_judgement_sees_later_results():
    case = next(case for case in all_cases() if case.name == "九月才发布")
    assert judge_case(case, day=date(2023, 9, 14)).items != ""
    assert judge_case(case, day=date(2023, 9, 15)).items == ""


def test_check_character_of_the_standard_s_example():
    assert check_character("11010519491231002") == "X"


@pytest.mark.parametrize("text", [*disguise.term_spellings("2021秋"), "２０２１秋", " 202109"])
def test_term_spellings_read_back(text):
    assert plain("学期", text) == "2021秋"


@pytest.mark.parametrize(
    "value", [*disguise.date_spellings("2023-07-02"), date(2023, 7, 2), "２０２３0702"]
)
def test_date_spellings_read_back(value):
    assert plain("发布日期", value) == "2023-07-02"


def test_portrait_has_the_size_of_annex_3():
    data = portrait("2171701400001")
    assert data == portrait("2171701400001")
    assert 20 * 1024 <= len(data) <= 50 * 1024


def test_nothing_of_the_program_is_imported():
    for path in HERE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in {"graduand", "django"}], (
                path
            )


# ------------------------------------------------------------------ the written season
@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("season")
    command = [
        sys.executable,
        str(HERE / "season.py"),
        "--students",
        "260",
        "--photos",
        "2",
        "--out",
        str(out),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return out


def final_results(out: Path) -> dict[tuple[str, ...], Row]:
    """All result sheets in order; a later row replaces an earlier one with the same key."""
    rows = {}
    for path in sorted(out.glob("*成绩*")):
        for row in read_sheet(path):
            key = (row["学号"], row["课程代码"], row["学期"], row.get("考试次序") or "1")
            rows[key] = row
    return rows


def test_sheets_read_back_judge_to_the_expected_csv(written):
    students = [row for path in sorted(written.glob("*学生*")) for row in read_sheet(path)]
    modules, courses = read_sheet(written / "03-模块.csv"), read_sheet(written / "04-课程.xlsx")
    plans = {row["专业规则代码"]: row for row in read_sheet(written / "02-专业规则.csv")}
    results = final_results(written)
    text = (written / "expected.csv").read_bytes().decode("utf-8-sig")
    expected = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["学号"] for row in expected] == sorted(row["学号"] for row in students)
    by_number = {row["学号"]: row for row in students}
    for line in expected:
        student = by_number[line["学号"]]
        code = student["专业规则代码"]
        own = [row for key, row in results.items() if key[0] == line["学号"]]
        mine = [[row for row in rows if row["专业规则代码"] == code] for rows in (modules, courses)]
        outcome = judge(student, plans[code], *mine, own, BATCH, DAY)
        assert (outcome.items, student["学习中心代码"]) == (line["不满足项"], line["学习中心"])
        assert line["满足毕业条件"] == ("否" if outcome.findings else "是")


def test_keys_are_unique_inside_each_file(written):
    for path in sorted(written.glob("*成绩*")):
        keys = [
            (r["学号"], r["课程代码"], r["学期"], r.get("考试次序") or "1")
            for r in read_sheet(path)
        ]
        assert len(keys) == len(set(keys)), path.name


def test_same_seed_same_expectation(written, tmp_path):
    command = [
        sys.executable,
        str(HERE / "season.py"),
        "--students",
        "260",
        "--photos",
        "0",
        "--out",
        str(tmp_path),
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "expected.csv").read_bytes() == (written / "expected.csv").read_bytes()
    assert (tmp_path / "07-成绩-1.csv").read_bytes() == (written / "07-成绩-1.csv").read_bytes()
