"""The transcript: the best result of each course, credits by module, totals that are the audit's own."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.audit.academics import PlanAudit, counted, pass_key
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.papers.transcript import (
    CountedResult,
    best,
    mark_text,
    marksheet,
    rank,
    transcript,
)
from graduand.rulebook.terms import CourseNature, GradeWord, Level, ObtainedBy

DAY = date(2023, 7, 12)
COURSES = (
    Course("A1", "甲", 400, "公共", CourseNature.CORE, True, False, True),
    Course("A2", "乙", 250, "公共", CourseNature.ELECTIVE, False, False, False),
    Course("P1", "实践", 500, "综合实践", CourseNature.REQUIRED, False, True, True),
)
PLAN = Plan(
    "P",
    Level.JUNIOR,
    1000,
    400,
    5,
    8,
    Fraction(1, 2),
    (("公共", 600), ("综合实践", 500), ("空", 0)),
    COURSES,
)
AUDIT = PlanAudit(PLAN, "202307", 4043, date(2023, 7, 20), True)


def taken(course, mark, way=ObtainedBy.EXAM, term=4044, reviewed=False):
    """A result and its pass key."""
    score = GradeWord.of(mark) or int(mark)
    key = pass_key(course, score, way, reviewed)
    return CountedResult(course, mark, way, term, bool(key), reviewed=key.startswith("r")), (
        key,
        DAY,
    )


def of(*pairs):
    return transcript(AUDIT, [one for one, _ in pairs], counted([key for _, key in pairs], DAY))


def test_everything_passed():
    made = of(taken("A1", "85"), taken("A2", "good"), taken("P1", "pass", reviewed=True))
    assert (made.total, made.total_need, made.hq, made.hq_need, made.count, made.short) == (
        1150,
        1000,
        400,
        400,
        3,
        False,
    )
    assert [
        (one.name, one.need, one.has, [line.course.code for line in one.courses])
        for one in made.modules
    ] == [
        ("公共", 600, 650, ["A1", "A2"]),
        ("综合实践", 500, 500, ["P1"]),
        ("空", 0, 0, []),
    ]


def test_practice_without_its_review_earns_nothing():
    made = of(taken("A1", "85"), taken("A2", "60"), taken("P1", "90"))
    line = made.modules[1].courses[0]
    assert (line.passed, line.earned, line.result.mark, made.total, made.short) == (
        False,
        0,
        "90",
        650,
        True,
    )


def test_an_exemption_is_said_and_counts():
    made = of(taken("A1", "exempt"), taken("A2", "70", ObtainedBy.EXEMPTION))
    assert [(line.exempted, line.earned) for line in made.modules[0].courses] == [
        (True, 400),
        (True, 250),
    ]
    assert made.hq == 400


def test_what_the_plan_does_not_have_counts_for_nothing():
    made = of(taken("A1", "85"), taken("Z9", "95"), taken("Z9", "50"))
    assert ([one.mark for one in made.outside], made.total, made.count) == (["95"], 400, 1)


def test_the_result_that_is_shown():
    ways = [
        ("absent", 4040),
        ("59", 4041),
        ("pass", 4042),
        ("85", 4044),
        ("85", 4043),
        ("excellent", 4045),
    ]
    results = [taken("A1", mark, term=term)[0] for mark, term in ways]
    assert (best(results).mark, best(results).term) == (
        "85",
        4043,
    )  # the highest number, where it was first reached
    assert (
        best(results[:3]).mark == "pass"
    )  # a failing number does not stand on a line that earned its credits
    assert best(results[:2]).mark == "59"
    marks = [
        "absent",
        "unqualified",
        "fail",
        "exempt",
        "qualified",
        "pass",
        "fair",
        "good",
        "excellent",
        "0",
        "59.5",
        "100",
    ]
    ranks = [rank(mark) for mark in marks]
    assert ranks == sorted(set(ranks))
    assert [mark_text(mark) for mark in ("59.5", "absent", "exempt", "excellent")] == [
        "59.5",
        "缺考",
        "免考",
        "优",
    ]


def test_a_word_that_passes_stands_before_a_number_that_does_not():
    """Marks are stored as staff write them: 良 beside a failed 39 is the result, and words have their order."""
    results = [taken("A1", mark, term=4040 + place)[0] for place, mark in enumerate(("39", "良"))]
    assert best(results).mark == "良"
    upwards = (
        "缺考",
        "不合格",
        "不及格",
        "0",
        "59",
        "免考",
        "合格",
        "及格",
        "中",
        "良",
        "优",
        "60",
    )
    every = [taken("A1", mark)[0] for mark in upwards]
    assert [best(every[: place + 1]).mark for place in range(len(every))] == [
        one.mark for one in every
    ]


def test_a_practice_mark_with_its_review_stands_before_a_higher_one_without():
    results = [taken("P1", "95", term=4040)[0], taken("P1", "良", term=4041, reviewed=True)[0]]
    assert (best(results, practice=True).mark, best(results).mark) == ("良", "95")
    made = of(taken("P1", "95", term=4040), taken("P1", "良", term=4041, reviewed=True))
    assert [(line.result.mark, line.passed) for line in made.modules[1].courses] == [("良", True)]


def test_the_marksheet_has_every_sitting_and_every_course_that_the_plan_asks_for():
    pairs = [
        taken("P1", "39", term=4041),
        taken("P1", "良", term=4045, reviewed=True),
        taken("A2", "免考", term=4042),
        taken("Z9", "95"),
    ]
    modules, outside = marksheet(
        PLAN, [one for one, _ in pairs], counted([key for _, key in pairs], DAY)
    )
    assert [(one.name, one.need, one.has, one.plain) for one in modules] == [
        ("公共", 600, 250, False),
        ("综合实践", 500, 500, False),
        ("空", 0, 0, True),
    ]
    rows = [
        (
            one.course.code,
            one.shown and one.shown.mark,
            [was.mark for was in one.earlier],
            one.passed,
        )
        for module in modules
        for one in module.courses
    ]
    assert rows == [("A1", None, [], False), ("A2", "免考", [], True), ("P1", "良", ["39"], True)]
    assert [one.mark for one in outside] == ["95"]


def test_a_module_in_which_nothing_is_to_be_looked_at_is_plain():
    ready = [taken("A1", "85"), taken("A2", "良")]
    again = [*ready, taken("A2", "50", term=4041)]
    plain = [
        marksheet(PLAN, [one for one, _ in pairs], counted([key for _, key in pairs], DAY))[0][
            0
        ].plain
        for pairs in (ready, again, ready[:1])
    ]
    assert plain == [True, False, False]


MARKS = st.sampled_from(("0", "59", "60", "100", *(word.value for word in GradeWord)))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("A1", "A2", "P1", "Z9")),
            MARKS,
            st.sampled_from(ObtainedBy),
            st.booleans(),
        )
    )
)
def test_the_lines_add_up_to_what_the_audit_says(results):
    pairs = [
        taken(course, mark, way, 4044 + place, reviewed)
        for place, (course, mark, way, reviewed) in enumerate(results)
    ]
    made = of(*pairs)
    findings, total, hq = AUDIT.credits(counted([key for _, key in pairs], DAY))
    assert (sum(line.earned for one in made.modules for line in one.courses), made.hq) == (
        total,
        hq,
    )
    short = {finding.code for finding in findings} & {"CRED-TOTAL", "CRED-HQ", "CRED-MODULE"}
    assert made.short == bool(short)
