"""The degree's conditions: average, thesis, language, in exact arithmetic."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.audit.degree import (
    DegreeCourse,
    DegreeMark,
    DegreePolicy,
    degree_average,
    degree_findings,
    not_passed,
)
from graduand.rulebook.canon import BadText
from graduand.rulebook.terms import CourseNature, GradeWord

POLICY = DegreePolicy(
    languages={"CET-4": Decimal(425), "国开学位英语": Decimal(60)}, courses_passed=True
)
GOOD_LANGUAGE = ("CET-4", 430)


def mark(score, nature=CourseNature.CORE, **more):
    return DegreeMark("00001", nature, score, **more)


def findings(scores=(80,), thesis=GradeWord.GOOD, language=GOOD_LANGUAGE, policy=POLICY):
    return degree_findings([mark(score) for score in scores], thesis, language, policy)


def test_all_conditions_met():
    assert findings() == ()


def test_nothing_on_record_is_said_three_times():
    assert degree_findings([], None, None, POLICY) == (
        ("DEGREE-AVERAGE", "75", "没有可计算的成绩"),
        ("DEGREE-THESIS", "80", "没有论文成绩"),
        ("DEGREE-LANGUAGE", "CET-4 425、国开学位英语 60", "没有学位外语成绩"),
    )


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ((75,), ()),
        ((75, 75, 74), (("DEGREE-AVERAGE", "75", "74.66"),)),
        ((Decimal("74.999"),), (("DEGREE-AVERAGE", "75", "74.99"),)),
        ((Decimal("74.5"), Decimal("75.5")), ()),
        (
            (
                GradeWord.EXCELLENT,
                GradeWord.GOOD,
                GradeWord.FAIR,
                GradeWord.PASS,
                GradeWord.QUALIFIED,
            ),
            (),
        ),
        ((GradeWord.FAIR, GradeWord.PASS), (("DEGREE-AVERAGE", "75", "67.5"),)),
    ],
)
def test_the_average_is_exact_and_never_shown_rounded_up(scores, found):
    assert findings(scores) == found


def test_words_have_the_agreed_marks():
    words = [
        GradeWord.EXCELLENT,
        GradeWord.GOOD,
        GradeWord.FAIR,
        GradeWord.PASS,
        GradeWord.QUALIFIED,
    ]
    assert [degree_average([mark(word)], POLICY) for word in words] == [95, 85, 75, 60, 60]


def test_electives_do_not_count():
    marks = [mark(80), mark(70, CourseNature.REQUIRED), mark(10, CourseNature.ELECTIVE)]
    assert degree_average(marks, POLICY) == 75


def test_marked_degree_courses_take_the_place_of_the_required_ones():
    marks = [mark(60), mark(90, CourseNature.ELECTIVE, degree_course=True)]
    assert degree_average(marks, POLICY) == 90


@pytest.mark.parametrize(("exclude", "average"), [(True, Fraction(80)), (False, Fraction(200, 3))])
def test_exempted_courses_are_left_out_or_count_60(exclude, average):
    marks = [mark(80), mark(90, exempted=True), mark(GradeWord.EXEMPT)]
    assert degree_average(marks, DegreePolicy(exclude_exempt=exclude)) == average


@pytest.mark.parametrize(
    ("thesis", "found"),
    [
        (80, ()),
        (GradeWord.GOOD, ()),
        (GradeWord.EXCELLENT, ()),
        (Decimal("79.9"), (("DEGREE-THESIS", "80", "为 79.9"),)),
        (GradeWord.FAIR, (("DEGREE-THESIS", "80", "为 中"),)),
    ],
)
def test_the_thesis_needs_80_or_good(thesis, found):
    assert findings(thesis=thesis) == found


NEED = "CET-4 425、国开学位英语 60"


@pytest.mark.parametrize(
    ("language", "found"),
    [
        (("ｃｅｔ－４", 425), ()),
        (("国开学位英语", GradeWord.QUALIFIED), ()),
        (("CET-4", 424), (("DEGREE-LANGUAGE", NEED, "CET-4 424"),)),
        (("CET-4", GradeWord.QUALIFIED), (("DEGREE-LANGUAGE", NEED, "CET-4 合格"),)),
        (("CET-4", None), (("DEGREE-LANGUAGE", NEED, "CET-4 没有成绩"),)),
        (("托业", 900), (("DEGREE-LANGUAGE", NEED, "托业 900"),)),
        (("", 500), (("DEGREE-LANGUAGE", NEED, "没有学位外语成绩"),)),
    ],
)
def test_the_language_is_one_of_the_accepted_with_its_own_score(language, found):
    assert findings(language=language) == found


def test_a_policy_without_languages_asks_for_none():
    assert findings(language=None, policy=DegreePolicy()) == ()


@given(st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=30))
def test_the_average_is_between_the_lowest_and_the_highest(scores):
    average = degree_average([mark(score) for score in scores], POLICY)
    assert Fraction(min(scores)) <= average <= Fraction(max(scores))
    assert (average >= 75) == (findings(scores) == ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_average": "75"},
        {"languages": {"CET-4": "425"}},
        {"exclude_exempt": 1},
        {"courses_passed": "是"},
        {"languages": 3},
        {"min_thesis": Decimal("nan")},
    ],
)
def test_a_policy_that_is_no_number_is_refused(wrong):
    with pytest.raises(BadText):
        DegreePolicy(**wrong)


def course(code, nature=CourseNature.CORE, *, degree_course=False):
    return DegreeCourse(code, f"课程{code}", nature, degree_course)


@pytest.mark.parametrize(
    ("courses", "failed"),
    [
        # Marked, taken or not; the others are no matter of the degree.
        ([course("A", degree_course=True), course("B"), course("C")], ()),
        ([course("B", degree_course=True), course("C", degree_course=True)], ("B", "C")),
        # None is marked: of the 必修 what was taken in vain, and an elective never.
        ([course("A"), course("B"), course("C"), course("E", CourseNature.ELECTIVE)], ("B",)),
        ([course("C", CourseNature.REQUIRED)], ()),
    ],
)
def test_the_courses_of_the_average_that_are_not_passed(courses, failed):
    """A is passed, B and E were taken in vain, C was not taken."""
    found = not_passed(courses, {"A"}, {"A", "B", "E"})
    assert tuple(one.code for one in found) == failed


def test_a_failed_course_is_named_and_stops_the_degree_where_the_policy_asks_for_it():
    failed = [course("B"), course("C")]
    judged = [mark(80)], GradeWord.GOOD, GOOD_LANGUAGE
    assert degree_findings(*judged, POLICY, failed) == (
        ("DEGREE-COURSE", "", "课程B（B）、课程C（C）"),
    )
    mild = DegreePolicy(languages=POLICY.languages)
    assert degree_findings(*judged, mild, failed) == ()


def granted_with(score, policy):
    """Whether who has 80 in A and `score` in B meets all conditions."""
    courses, passed = [course("A"), course("B")], {"A", "B"} if score >= 60 else {"A"}
    marks = [mark(80), *([mark(score)] if score >= 60 else [])]
    failed = not_passed(courses, passed, {"A", "B"})
    return degree_findings(marks, GradeWord.GOOD, GOOD_LANGUAGE, policy, failed) == ()


@given(st.decimals(0, 100, places=1), st.decimals(0, 100, places=1))
def test_no_worse_mark_is_granted_what_a_better_one_is_not(one, other):
    worse, better = sorted((one, other))
    assert granted_with(better, POLICY) or not granted_with(worse, POLICY)


def test_without_it_59_is_granted_what_60_is_not():
    """What a policy gives up that does not ask for it."""
    mild = DegreePolicy(languages=POLICY.languages)
    assert [granted_with(score, mild) for score in (59, 60, 70)] == [True, False, True]
    assert [granted_with(score, POLICY) for score in (59, 60, 70)] == [False, False, True]
