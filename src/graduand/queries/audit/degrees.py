"""The findings against the degree of many students, in a constant number of queries; which degrees
wait for a desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.lookups import Exact

from graduand.models import (
    Candidate,
    Certificate,
    CourseRow,
    DegreeCertificate,
    DegreeMaterial,
    Judgement,
    Result,
    Student,
)
from graduand.queries.listing import Criterion, negated_unless, yes_no
from graduand.rulebook.audit.degree import (
    DegreeCourse,
    DegreeMark,
    Score,
    degree_findings,
    not_passed,
)
from graduand.rulebook.canon import canon_number
from graduand.rulebook.clauses import ACADEMIC_CODES, MASK_BITS
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    CourseNature,
    DegreeState,
    GradeWord,
    ObtainedBy,
    Stage,
    Verb,
)

_WORD_ORDER = {word: -index for index, word in enumerate(GradeWord)}
Row = tuple[str, str, str]
# By 课程代码.
Courses = Mapping[str, DegreeCourse]
# What of degrees waits for headquarters, by the word of the criterion; applied for is whoever is to
# be decided on.
ASKED = "asked"
GRANTING = "grant"
NUMBERING = "number"
# Applications that were returned and can be made again; a file that has ended since is not among
# them.
BACK = "back"
WAITS = (
    (ASKED, "已申请"),
    (GRANTING, "待授予"),
    (NUMBERING, "待学位证书编号"),
    (BACK, "退回后可重新申请"),
)
_ACADEMIC = sum(1 << MASK_BITS[code] for code in ACADEMIC_CODES)
# With fewer digits the text may be the beginning of a 学号, with more it cannot.
_LONGEST_STUDENT_NUMBER = 13


def criteria() -> tuple[Criterion, ...]:
    """The criteria about degrees of a list of files."""
    fails = yes_no(
        "degree_lost",
        "授予学位后不再符合",
        lambda yes: negated_unless(yes, fails_since()),
        "不再符合",
        "没有",
        rare=True,
    )
    return (Criterion("award", "学位办理", waits, WAITS, rare=True), fails)


def waits(what: str) -> Q:
    """Files whose degree has to be decided, can be granted now, or needs its certificate numbered.

    The steps take those whose graduation holds by the last verdict; findings against the degree
    itself the steps report.
    """
    if what == BACK:
        accepted = [stage.value for stage in SIDE_STEPS[Verb.DEGREE_APPLY].during or ()]
        return Q(degree=DegreeState.RETURNED.value, stage__in=sorted(accepted))
    numbered = [stage.value for stage in GRADUATED_STAGES]
    asked = Q(degree=DegreeState.APPLIED.value, stage__in=[Stage.APPROVED.value, *numbered])
    if what == ASKED:
        return asked
    if what == GRANTING:
        return asked & _graduation_stands()
    valid = Exists(DegreeCertificate.objects.filter(candidate=OuterRef("pk"), voided_at=None))
    stands = _graduation_stands() & (Q(judgement=None) | Q(judgement__degree_lost=False))
    return Q(~valid, degree=DegreeState.GRANTED.value, stage__in=numbered) & stands


def fails_since() -> Q:
    """Granted, and the degree's own conditions fail by the facts of the last judging; an index
    finds these few.
    """
    lost = Judgement.objects.filter(degree_lost=True).values("candidate")
    stages = [stage.value for stage in (Stage.APPROVED, *GRADUATED_STAGES)]
    return Q(degree=DegreeState.GRANTED.value, stage__in=stages, pk__in=lost)


def has_failed(file: Candidate) -> bool:
    """Whether the conditions of a granted degree fail (`fails_since`), for one file read with its
    judgement.
    """
    judged = getattr(file, "judgement", None)
    return file.degree == DegreeState.GRANTED and judged is not None and judged.degree_lost


def _graduation_stands() -> Q:
    """What `side_gates.still_graduates` asks, by the last verdict: for an approved file the
    conditions, for a numbered one the grounds.
    """
    approved = Q(stage=Stage.APPROVED.value)
    fit = Q(Exact(F("judgement__codes").bitand(_ACADEMIC), 0))
    stands = Q(judgement__grounds="") | Q(judgement__grounds=F("confirmed_grounds"))
    return Q(judgement=None) | (approved & fit) | (~approved & stands)


def with_degree_number(value: str, file: str) -> Q:
    """Files (their id under `file`) with a degree certificate whose number begins so, even a voided
    one.
    """
    number = canon_number(value)
    if not (number.isascii() and number.isalnum()):
        return Q(pk__in=[])
    return Q(
        **{
            f"{file}__in": Subquery(
                DegreeCertificate.objects.filter(number__begins=number).values("candidate")
            )
        }
    )


def with_certificate_number(value: str) -> Q:
    """Files with a certificate, of the graduation or the degree, whose number begins so: with more
    digits than a 学号.
    """
    number = canon_number(value)
    if not (number.isascii() and number.isdigit() and len(number) > _LONGEST_STUDENT_NUMBER):
        return Q(pk__in=[])
    papers = Certificate.objects.filter(number__begins=number).values("candidate")
    return Q(pk__in=Subquery(papers)) | with_degree_number(value, "pk")


def score_of(text: str) -> Score | None:
    """A stored mark as a number or a word; None for an empty one."""
    word = GradeWord.of(text)
    if word is not None:
        return word
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def best_first(score: Score) -> tuple[int, Decimal | int]:
    """Sort key: numbers before words, words in the order of `GradeWord` (audit rule 2)."""
    if isinstance(score, GradeWord):
        return (0, _WORD_ORDER[score])
    return (1, Decimal(str(score)))


class DegreeBasis(NamedTuple):
    """What a degree was granted by: the policy, the courses of the plan (None: those of today) and
    the day of its proofs.
    """

    policy: BatchPolicy
    courses: Courses | None
    day: date


def degree_findings_under(
    students: Sequence[int], asked: Sequence[BatchPolicy], day: date
) -> list[dict[int, tuple[Row, ...]]]:
    """Findings (code, need, has) against the degree of each student, as of `day`, under each of
    these policies; four queries.
    """
    known = _known_of(students, day)
    return [
        {pk: _findings(known[pk], DegreeBasis(policy, None, day)) for pk in students}
        for policy in asked
    ]


def degree_findings_by(
    students: Sequence[int], policy: BatchPolicy, day: date, formed: Mapping[int, DegreeBasis]
) -> dict[int, tuple[Row, ...]]:
    """Findings (code, need, has) against the degree of each student under one policy; for those of
    whom it is known what their degree was granted by, under that. Four queries.
    """
    known = _known_of(students, day)
    today = DegreeBasis(policy, None, day)
    return {pk: _findings(known[pk], formed.get(pk, today)) for pk in students}


_Best = dict[str, tuple[Score, bool]]


class _DegreeRecord(NamedTuple):
    """One student's best passing results, the courses with any result, the courses of today's plan,
    the degree material.
    """

    best: _Best
    tried: frozenset[str]
    courses: Courses
    material: DegreeMaterial | None


def _known_of(students: Sequence[int], day: date) -> dict[int, _DegreeRecord]:
    """What is on record of each student on `day`."""
    plan_of = dict(Student.objects.filter(id__among=students).values_list("id", "plan_id"))
    courses = _courses_of(set(plan_of.values()))
    best: dict[int, _Best] = {}
    tried: dict[int, set[str]] = {}
    results = Result.objects.filter(student_id__among=students, released__lte=day, void=False)
    for pk, course, mark, obtained, pass_key in results.values_list(
        "student_id", "course", "mark", "obtained", "pass_key"
    ):
        tried.setdefault(pk, set()).add(course)
        if not pass_key:
            continue
        score = score_of(mark)
        mine = best.setdefault(pk, {})
        if score is not None and (
            course not in mine or best_first(score) > best_first(mine[course][0])
        ):
            mine[course] = (score, obtained == ObtainedBy.EXEMPTION.value)
    material = {m.student_id: m for m in DegreeMaterial.objects.filter(student_id__among=students)}
    return {
        pk: _DegreeRecord(
            best.get(pk, {}),
            frozenset(tried.get(pk, ())),
            courses.get(plan_of[pk], {}),
            material.get(pk),
        )
        for pk in students
    }


def _courses_of(plans: set[int]) -> dict[int, dict[str, DegreeCourse]]:
    """The courses of each plan as it stands, by code."""
    courses: dict[int, dict[str, DegreeCourse]] = {}
    rows = CourseRow.objects.filter(plan_id__in=plans)
    for plan, code, name, nature, degree_course in rows.values_list(
        "plan_id", "code", "name", "nature", "degree_course"
    ):
        course_row = DegreeCourse(code, name, CourseNature(nature), degree_course)
        courses.setdefault(plan, {})[code] = course_row
    return courses


def _findings(known: _DegreeRecord, formed: DegreeBasis) -> tuple[Row, ...]:
    courses = formed.courses
    if courses is None:
        courses = known.courses
    marks = [
        DegreeMark(code, courses[code].nature, score, exempted, courses[code].degree_course)
        for code, (score, exempted) in known.best.items()
        if code in courses
    ]
    failed = not_passed(courses.values(), known.best, known.tried)
    thesis = None
    language = None
    material = known.material
    if material is not None:
        thesis = score_of(material.thesis_mark)
        valid = material.valid_until is None or material.valid_until >= formed.day
        if material.language_kind and valid:
            language = (material.language_kind, score_of(material.language_mark))
    found = degree_findings(marks, thesis, language, formed.policy.degree, failed)
    return tuple((f.code, f.need, f.has) for f in found)
