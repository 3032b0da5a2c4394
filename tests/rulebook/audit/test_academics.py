"""The academic audit: the definition's own examples, and any plan against a naive second opinion."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graduand.rulebook.audit.academics import PlanAudit, counted, credits_text, pass_key
from graduand.rulebook.calendar import Term
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.terms import CourseNature, Desk, GradeWord, Level, ObtainedBy, Standing
from tests.oracle import judging

BATCH, CUT_OFF, ISSUED = "202307", Term.parse("2021春").ordinal, date(2023, 7, 20)
EXAM, EXEMPT = ObtainedBy.EXAM, ObtainedBy.EXEMPTION
MODULES = (("公共", 400), ("实践", 400))
COURSES = (
    Course("A", "统设", 400, "公共", CourseNature.CORE, True, False, True),
    Course("B", "选修", 250, "公共", CourseNature.ELECTIVE, False, False, False),
    Course("P", "实践", 400, "实践", CourseNature.REQUIRED, False, True, True),
)


def audit(**changes) -> PlanAudit:
    values = {
        "min_total": 1000,
        "min_hq": 400,
        "min_semesters": 5,
        "max_years": 8,
        "exempt_cap": None,
        "modules": MODULES,
        "courses": COURSES,
        **changes,
    }
    hq = values.pop("exemption_is_hq", True)
    return PlanAudit(Plan("K", Level.JUNIOR, **values), BATCH, CUT_OFF, ISSUED, hq)


def items(
    passes: str, entry: str = "2021春", standing: Standing = Standing.ENROLLED, **changes
) -> list[str]:
    return [f.item for f in audit(**changes)(Term.parse(entry).ordinal, standing, passes)[0]]


# -- one result ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "obtained", "reviewed", "key"),
    [
        (Decimal(60), EXAM, False, "pA"),
        (Decimal("59.5"), EXAM, False, ""),
        (Decimal("59.99"), EXAM, True, ""),
        (Decimal(100), EXAM, True, "rA"),
        (Decimal(0), EXAM, False, ""),
        (Decimal(70), EXEMPT, False, "eA"),
        (Decimal(70), EXEMPT, True, "eA"),
        (Decimal(50), EXEMPT, True, ""),
        (GradeWord.EXEMPT, EXAM, False, "eA"),
        (GradeWord.EXEMPT, EXEMPT, True, "eA"),
        (GradeWord.EXCELLENT, EXAM, False, "pA"),
        (GradeWord.GOOD, EXAM, True, "rA"),
        (GradeWord.FAIR, EXAM, False, "pA"),
        (GradeWord.PASS, EXAM, False, "pA"),
        (GradeWord.QUALIFIED, EXAM, False, "pA"),
        (GradeWord.FAIL, EXAM, True, ""),
        (GradeWord.UNQUALIFIED, EXEMPT, True, ""),
        (GradeWord.ABSENT, EXAM, False, ""),
    ],
)
def test_rules_1_and_2_one_result(mark, obtained, reviewed, key):
    assert pass_key("A", mark, obtained, reviewed) == key


def test_rule_1_a_result_counts_from_the_day_of_its_release():
    rows = [("pB", date(2023, 7, 12)), ("pA", date(2023, 7, 13)), ("", date(2023, 1, 1))]
    assert counted(rows, date(2023, 7, 11)) == ""
    assert counted(rows, date(2023, 7, 12)) == "pB"
    assert counted(rows, date(2023, 7, 13)) == "pA,pB"


@pytest.mark.parametrize(
    ("value", "text"),
    [(7050, "70.5"), (400, "4"), (0, "0"), (1, "0.01"), (Fraction(100, 3), "0.3333")],
)
def test_credits_as_people_write_them(value, text):
    assert credits_text(value) == text


# -- one student -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passes", "expected"),
    [
        ("pA,pB,rP", []),
        ("rA,rB,rP", []),
        ("pA,pB,pP", ["PRACTICE:P", "CRED-TOTAL", "CRED-MODULE:实践"]),
        ("pA,pB,eP", ["PRACTICE:P", "CRED-TOTAL", "CRED-MODULE:实践"]),
        ("pA,pB,eP,pP", ["PRACTICE:P", "CRED-TOTAL", "CRED-MODULE:实践"]),
        ("pA,pB,eP,rP", []),
        ("pA,rP", ["CRED-TOTAL"]),
        ("pB,rP", ["COURSE-MISSING:A", "CRED-TOTAL", "CRED-HQ", "CRED-MODULE:公共"]),
        ("pA,pB,rP,pX,eY", []),
        (
            "pX",
            [
                "COURSE-MISSING:A",
                "PRACTICE:P",
                "CRED-TOTAL",
                "CRED-HQ",
                "CRED-MODULE:公共",
                "CRED-MODULE:实践",
            ],
        ),
        (
            "",
            [
                "COURSE-MISSING:A",
                "PRACTICE:P",
                "CRED-TOTAL",
                "CRED-HQ",
                "CRED-MODULE:公共",
                "CRED-MODULE:实践",
            ],
        ),
    ],
)
def test_rules_3_and_4_credits(passes, expected):
    assert items(passes) == expected


@pytest.mark.parametrize(
    ("passes", "has", "desk"),
    [
        ("pA,pB,pP", "已通过、尚未复核", Desk.COLLEGE),
        ("pA,pB,eP,pP", "已通过、尚未复核", Desk.COLLEGE),
        ("pA,pB,eP", "未通过", Desk.STUDENT),
        ("pA,pB", "未通过", Desk.STUDENT),
        ("", "未通过", Desk.STUDENT),
    ],
)
def test_三_1_a_practice_that_failed_is_the_students_and_one_without_review_the_colleges(
    passes, has, desk
):
    """Asked in either order, and once more: what is compiled of one student serves the next."""
    one = audit()
    for asked in (passes, "pA,pB,pP", "pA,pB", passes):
        found = one(CUT_OFF, Standing.ENROLLED, asked)[0]
    [practice] = [finding for finding in found if finding.code == "PRACTICE"]
    assert (practice.need, practice.has, practice.desk) == ("通过且复核通过", has, desk)
    assert practice.todo.startswith("学院完成" if desk is Desk.COLLEGE else "重做该综合实践")


@pytest.mark.parametrize(
    ("passes", "changes", "desks"),
    [
        ("pA,pB,pP", {}, {"CRED-TOTAL": Desk.COLLEGE, "CRED-MODULE": Desk.COLLEGE}),
        (
            "pA,pP",
            {},
            {"CRED-TOTAL": Desk.STUDENT, "CRED-MODULE": Desk.COLLEGE},
        ),  # with the review 8 of 10 are there
        ("pA,pP", {"min_total": 800}, {"CRED-TOTAL": Desk.COLLEGE, "CRED-MODULE": Desk.COLLEGE}),
        ("pA,pB", {}, {"CRED-TOTAL": Desk.STUDENT, "CRED-MODULE": Desk.STUDENT}),
        (
            "eA,pB,pP",
            {"exempt_cap": Fraction(1, 2)},
            {"CRED-TOTAL": Desk.COLLEGE, "CRED-MODULE": Desk.COLLEGE, "CRED-EXEMPT": Desk.CENTRE},
        ),
    ],
)
def test_三_1_credits_that_wait_for_a_review_are_not_the_students_to_make_good(
    passes, changes, desks
):
    found = audit(**changes)(CUT_OFF, Standing.ENROLLED, passes)[0]
    assert {one.code: one.desk for one in found if one.code.startswith("CRED")} == desks


def test_rule_4_exempted_credits_count_as_headquarters_by_policy():
    assert items("eA,pB,rP") == []
    assert items("eA,pB,rP", exemption_is_hq=False) == ["CRED-HQ"]
    assert items("eA,pA,pB,rP", exemption_is_hq=False) == []


@pytest.mark.parametrize(
    ("cap", "passes", "expected"),
    [
        (Fraction(1, 2), "eA,pB,rP", ["CRED-EXEMPT"]),
        (Fraction(1), "eA,pB,rP", []),
        (Fraction(5, 8), "pA,eB,rP", []),
        (Fraction(62499, 100000), "pA,eB,rP", ["CRED-EXEMPT"]),
        (Fraction(0), "pA,pB,rP", []),
        (Fraction(0), "eA,pA,pB,rP", []),
        (None, "eA,eB,rP", []),
    ],
)
def test_rule_5_the_cap_is_strict_and_unrounded(cap, passes, expected):
    assert items(passes, exempt_cap=cap) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("2021春", []),
        ("2021秋", ["ELIG-TERM"]),
        ("2015秋", []),
        ("2015春", ["ELIG-EXPIRED"]),
        ("2020秋", []),
    ],
)
def test_rules_6_and_7_terms(entry, expected):
    assert items("pA,pB,rP", entry) == expected


def test_rule_6_too_few_semesters_is_the_same_finding_once():
    assert items("pA,pB,rP", min_semesters=6) == ["ELIG-TERM"]
    assert items("pA,pB,rP", "2021秋", min_semesters=6) == ["ELIG-TERM"]


@pytest.mark.parametrize("standing", list(Standing), ids=str)
def test_only_students_in_good_standing_and_the_rest_is_judged_all_the_same(standing):
    ok = standing is Standing.ENROLLED
    assert items("pA,rP", standing=standing) == ([] if ok else ["ELIG-STATUS"]) + ["CRED-TOTAL"]


def test_shortfalls_in_words_and_numbers():
    found = {
        f.code: (f.need, f.has)
        for f in audit(exempt_cap=Fraction(1, 2))(CUT_OFF + 1, Standing.WITHDRAWN, "eA")[0]
    }
    assert found == {
        "ELIG-TERM": ("2021春及以前入学、学满 5 个学期", "2021秋入学、至本批次 4 个学期"),
        "ELIG-STATUS": ("在籍", "退学"),
        "PRACTICE": ("通过且复核通过", "未通过"),
        "CRED-TOTAL": ("10", "4"),
        "CRED-MODULE": ("4", "0"),
        "CRED-EXEMPT": ("2", "4"),
    }


# -- against the second opinion ------------------------------------------------------------------------------------

WORDS = [word.label for word in GradeWord]
CREDITS = st.sampled_from(["0", "0.5", "1", "2.5", "3", "4"])
YES = st.sampled_from(["是", "否"])
MARKS = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(["59.5", "60", "60.0", "59.99", "0", "100", "75"])
)


RESULTS = st.lists(
    st.fixed_dictionaries(
        {
            "课程代码": st.sampled_from("ABCDEF"),
            "成绩": MARKS,
            "取得方式": st.sampled_from(["", "考试", "免修免考"]),
            "发布日期": st.sampled_from(["2023-07-12", "2023-07-13"]),
            "复核通过": st.sampled_from(["", "是", "否"]),
        }
    ),
    max_size=8,
)


@st.composite
def cases(draw):
    """(student, plan, modules, courses, results) as rows of the sheets."""
    names = draw(st.lists(st.sampled_from(["公共", "专业", "实践"]), min_size=1, unique=True))
    modules = [{"模块名称": name, "最低学分": draw(CREDITS)} for name in names]
    courses = [
        {
            "课程代码": code,
            "课程名称": code,
            "学分": draw(CREDITS),
            "模块名称": draw(st.sampled_from(names)),
            "课程性质": draw(st.sampled_from([word.label for word in CourseNature])),
            "总部考试": draw(YES),
            "综合实践": draw(YES),
            "必须通过": draw(YES),
        }
        for code in draw(st.lists(st.sampled_from("ABCDE"), unique=True))
    ]
    results = draw(RESULTS)
    plan = {
        "最低总学分": draw(st.sampled_from(["0", "3.5", "10"])),
        "最低总部考试学分": draw(st.sampled_from(["0", "4"])),
        "最短学期数": str(draw(st.integers(1, 9))),
        "最长年限": str(draw(st.integers(2, 9))),
        "免修免考比例上限": draw(st.sampled_from(["", "0", "0.3", "0.333", "1"])),
    }
    student = {
        "入学年度学期": str(Term.from_ordinal(draw(st.integers(4028, 4046)))),
        "学籍状态": draw(st.sampled_from(["在籍", "休学"])),
    }
    return student, plan, modules, courses, results


def hundredths(text: str) -> int:
    return int(Decimal(text) * 100)


def plan_of(plan, modules, courses):
    """The plan of the rulebook from the rows of its sheets."""
    return Plan(
        "K",
        Level.JUNIOR,
        hundredths(plan["最低总学分"]),
        hundredths(plan["最低总部考试学分"]),
        int(plan["最短学期数"]),
        int(plan["最长年限"]),
        Fraction(plan["免修免考比例上限"]) if plan["免修免考比例上限"] else None,
        tuple((m["模块名称"], hundredths(m["最低学分"])) for m in modules),
        tuple(
            Course(
                c["课程代码"],
                "",
                hundredths(c["学分"]),
                c["模块名称"],
                CourseNature.of(c["课程性质"]),
                *(c[flag] == "是" for flag in ("总部考试", "综合实践", "必须通过")),
            )
            for c in courses
        ),
    )


def by_the_program(student, plan, modules, courses, results, exemption_is_hq):
    compiled = PlanAudit(
        plan_of(plan, modules, courses),
        BATCH,
        CUT_OFF,
        ISSUED,
        exemption_is_hq,
    )
    keys = [
        (
            pass_key(
                r["课程代码"],
                GradeWord.of(r["成绩"]) or Decimal(r["成绩"]),
                ObtainedBy.of(r["取得方式"]) or EXAM,
                r["复核通过"] == "是",
            ),
            date.fromisoformat(r["发布日期"]),
        )
        for r in results
    ]
    passes = counted(keys, date(2023, 7, 12))
    found, total, hq = compiled(
        Term.parse(student["入学年度学期"]).ordinal, Standing.of(student["学籍状态"]), passes
    )
    return ";".join(sorted(f.item for f in found)), Decimal(total) / 100, Decimal(hq) / 100


@settings(max_examples=300)
@given(case=cases(), exemption_is_hq=st.booleans())
def test_any_plan_and_any_results_as_the_naive_audit_says(case, exemption_is_hq):
    batch = judging.Batch(BATCH, "2021春", ISSUED, exemption_is_hq)
    said = judging.judge(*case, batch, date(2023, 7, 12))
    assert by_the_program(*case, exemption_is_hq) == (said.items, said.total, said.headquarters)
