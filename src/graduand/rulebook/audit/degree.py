"""The degree's own conditions: average, thesis and language; never a gate of the graduation."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from graduand.rulebook.calendar import Window
from graduand.rulebook.canon import BadText, canon_header
from graduand.rulebook.terms import CourseNature, GradeWord

Score = Decimal | Fraction | int | GradeWord
"""A number 0–100 (a language test may have more), or a word."""

# 优95 良85 中75 及格60 合格60; a result that is not a pass has no marks.
_WORD_MARKS = {
    GradeWord.EXCELLENT: 95,
    GradeWord.GOOD: 85,
    GradeWord.FAIR: 75,
    GradeWord.PASS: 60,
    GradeWord.QUALIFIED: 60,
    GradeWord.EXEMPT: 60,
    GradeWord.FAIL: 0,
    GradeWord.UNQUALIFIED: 0,
    GradeWord.ABSENT: 0,
}
_REQUIRED = frozenset({CourseNature.CORE, CourseNature.REQUIRED})


@dataclass(frozen=True, slots=True)
class DegreePolicy:
    """What the policy asks for a degree.

    `exclude_exempt` leaves exempted courses out of the average, otherwise they count 60.
    `courses_passed`: the courses of the average must all be passed. A failed course is in no
    average, so without this a student with a failed course could get a degree that one with a low
    pass does not. A policy without the key, such as those from before it existed, asks for the
    average alone. `languages` maps a 学位外语类别 to its lowest score; empty asks for no language.
    `opens` and `closes` bound the days on which a degree is applied for and a decision revised;
    empty is no bound. Raises BadText for a value that is not a number.
    """

    min_average: Decimal = Decimal(75)
    exclude_exempt: bool = True
    courses_passed: bool = False
    min_thesis: Decimal = Decimal(80)
    languages: Mapping[str, Decimal] = field(default_factory=dict)
    opens: date | None = None
    closes: date | None = None

    @property
    def window(self) -> Window:
        return Window(self.opens, self.closes)

    def __post_init__(self) -> None:
        for key in ("exclude_exempt", "courses_passed"):
            if not isinstance(getattr(self, key), bool):
                raise BadText(f"degree.{key} 应是 true 或 false")
        if not isinstance(self.languages, Mapping):
            raise BadText("degree.languages 应是「类别 = 最低分」的一组键值")
        least = {
            str(kind): _number(value, f"languages.{kind}") for kind, value in self.languages.items()
        }
        object.__setattr__(self, "languages", least)
        for key in ("min_average", "min_thesis"):
            object.__setattr__(self, key, _number(getattr(self, key), key))
        if self.opens is not None and self.closes is not None and self.closes < self.opens:
            raise BadText(f"degree.closes {self.closes} 早于 degree.opens {self.opens}")


class DegreeCourse(NamedTuple):
    """A course of a student's plan, as far as the degree is concerned."""

    code: str
    name: str
    nature: CourseNature
    degree_course: bool


@dataclass(frozen=True, slots=True)
class DegreeMark:
    """The best passing result of one course of the student's plan, on the day of judgement."""

    course: str
    nature: CourseNature
    score: Score
    exempted: bool = False
    degree_course: bool = False


class DegreeFinding(NamedTuple):
    """A condition that is not met; `need` and `has` are for showing, `has` is never rounded up."""

    code: str
    need: str
    has: str


def degree_findings(
    marks: Iterable[DegreeMark],
    thesis: Score | None,
    language: tuple[str, Score | None] | None,
    policy: DegreePolicy,
    failed: Sequence[DegreeCourse] = (),
) -> tuple[DegreeFinding, ...]:
    """DEGREE-COURSE, DEGREE-AVERAGE, DEGREE-THESIS, DEGREE-LANGUAGE, one each at most; empty when
    all is met.

    `thesis` is 论文成绩; `language` is (学位外语类别, 学位外语成绩). None stands for nothing on
    record. `failed` are the courses of `not_passed`.
    """
    found = (
        _courses(failed, policy),
        _average(marks, policy),
        _thesis(thesis, policy),
        _language(language, policy),
    )
    return tuple(finding for finding in found if finding is not None)


def not_passed(
    courses: Iterable[DegreeCourse], passed: Container[str], tried: Container[str]
) -> tuple[DegreeCourse, ...]:
    """The courses of the average that are not passed, in the order of their codes.

    Where the plan marks 学位课, these are all of them, whether taken or not. Otherwise they are the 必修
    that were taken and failed, since a plan may have more 必修 than anybody has to take.
    """
    rows = sorted(courses)
    marked = [course for course in rows if course.degree_course]
    chosen = marked or [
        course for course in rows if course.nature in _REQUIRED and course.code in tried
    ]
    return tuple(course for course in chosen if course.code not in passed)


def _courses(failed: Sequence[DegreeCourse], policy: DegreePolicy) -> DegreeFinding | None:
    if not failed or not policy.courses_passed:
        return None
    shown = "、".join(f"{course.name}（{course.code}）" for course in failed)
    return DegreeFinding("DEGREE-COURSE", "", shown)


def degree_average(marks: Iterable[DegreeMark], policy: DegreePolicy) -> Fraction | None:
    """The plain mean over the 学位课 when the plan marks any, else over all 必修; None when no course
    counts.
    """
    rows = list(marks)
    chosen = [m for m in rows if m.degree_course] or [m for m in rows if m.nature in _REQUIRED]
    if policy.exclude_exempt:
        chosen = [m for m in chosen if not _exempted(m)]
    if not chosen:
        return None
    return Fraction(sum(map(_points, chosen)), len(chosen))


def _points(mark: DegreeMark) -> Fraction:
    """What a mark counts in the mean; an exemption counts as a bare pass."""
    if _exempted(mark):
        return Fraction(60)
    return _marks(mark.score)


def _average(marks: Iterable[DegreeMark], policy: DegreePolicy) -> DegreeFinding | None:
    average = degree_average(marks, policy)
    if average is not None and average >= Fraction(policy.min_average):
        return None
    return DegreeFinding(
        "DEGREE-AVERAGE", _shown(policy.min_average), _shown(average, "没有可计算的成绩")
    )


def _thesis(thesis: Score | None, policy: DegreePolicy) -> DegreeFinding | None:
    need = _shown(policy.min_thesis)
    if thesis is None:
        return DegreeFinding("DEGREE-THESIS", need, "没有论文成绩")
    if _marks(thesis) < Fraction(policy.min_thesis):
        return DegreeFinding("DEGREE-THESIS", need, f"为 {_shown(thesis)}")
    return None


def _language(
    language: tuple[str, Score | None] | None, policy: DegreePolicy
) -> DegreeFinding | None:
    if not policy.languages:
        return None
    need = "、".join(f"{kind} {_shown(least)}" for kind, least in policy.languages.items())
    if language is None or not language[0]:
        return DegreeFinding("DEGREE-LANGUAGE", need, "没有学位外语成绩")
    kind, score = language
    accepted = {canon_header(name): least for name, least in policy.languages.items()}
    least = accepted.get(canon_header(kind))
    if least is not None and score is not None and _marks(score) >= Fraction(least):
        return None
    return DegreeFinding("DEGREE-LANGUAGE", need, f"{kind} {_shown(score, '没有成绩')}")


def _exempted(mark: DegreeMark) -> bool:
    return mark.exempted or mark.score is GradeWord.EXEMPT


def _marks(score: Score) -> Fraction:
    if isinstance(score, GradeWord):
        return Fraction(_WORD_MARKS[score])
    return Fraction(score)


def _number(value: object, key: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float)):
        raise BadText(f"degree.{key} 应是数字，现为 {value!r}")
    exact = Decimal(str(value))
    if not exact.is_finite() or exact < 0:
        raise BadText(f"degree.{key} 应是不小于 0 的数字，现为 {value!r}")
    return exact


def _shown(score: Score | None, missing: str = "") -> str:
    """A word by its label, a number with two places at most, cut off so that 74.999 never reads 75."""
    if score is None:
        return missing
    if isinstance(score, GradeWord):
        return score.label
    hundredths = Fraction(score) * 100 // 1
    text = f"{Decimal(hundredths).scaleb(-2):f}"
    return text.rstrip("0").rstrip(".")
