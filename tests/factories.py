"""Small builders for tests: a season with its units, plan and batch, and its students."""

import copy
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from graduand.models import (
    Batch,
    Candidate,
    ChsiReport,
    CourseRow,
    Deployment,
    Intake,
    Job,
    Module,
    PhotoRow,
    PlanRow,
    Result,
    Student,
    Unit,
    User,
)
from graduand.office.season import batches, listing
from graduand.queries import basis, clock
from graduand.rulebook.audit.academics import pass_key
from graduand.rulebook.calendar import OFFICE_ZONE, Term
from graduand.rulebook.terms import (
    ChsiVerdict,
    CourseNature,
    GradeWord,
    IdKind,
    Level,
    ObtainedBy,
    PhotoKind,
    Sex,
    Standing,
    UnitKind,
)
from tests import people

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "202307.toml"
FIRST, SECOND, EARLY = "首批", "第二批", "续读本科"
# A working day in each round, and one after the issue date.
IN_FIRST, IN_SECOND, AFTER = "2023-07-12 09:00", "2023-09-06 09:00", "2023-10-20 09:00"


def policy_data(**changes: Any) -> dict[str, Any]:
    """The notice's policy as loaded from TOML, with top-level `changes`; None removes a key."""
    data = copy.deepcopy(_example() | changes)
    return {key: value for key, value in data.items() if value is not None}


@cache
def _example() -> dict[str, Any]:
    """The notice's policy, read once, since nearly every test loads it."""
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def set_clock(text: str) -> datetime:
    """Set the office's clock to `text` (Shanghai time); it runs on from there."""
    moment = datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)
    offset = (moment - clock.real_now()).total_seconds()
    Deployment.objects.update_or_create(key=clock.CLOCK_KEY, defaults={"value": str(offset)})
    Deployment.objects.get_or_create(
        key=clock.DEMO_KEY, defaults={"value": "1"}
    )  # without this the call would change nothing
    return moment


@dataclass
class Season:
    """The objects that every test of the office needs."""

    hq: Unit
    college: Unit
    centres: list[Unit]
    plans: dict[Level, PlanRow]
    batch: Batch
    staff: people.Staff


def units(centres: int = 2) -> tuple[Unit, Unit, list[Unit]]:
    """Headquarters, one college, learning centres C1, C2 …"""
    hq = Unit.objects.create(code="HQ", name="总部", kind=UnitKind.HQ.value)
    college = Unit.objects.create(
        code="X1", name="生命健康学院", kind=UnitKind.COLLEGE.value, parent=hq
    )
    below = Unit.objects.bulk_create(
        Unit(code=f"C{n}", name=f"第{n}学习中心", kind=UnitKind.CENTRE.value, parent=college)
        for n in range(1, centres + 1)
    )
    return hq, college, below


def plan(code: str, level: Level = Level.JUNIOR, **changes: Any) -> PlanRow:
    """A plan of 10 credits: A1 核心 4 (总部考试, 必须通过), P1 综合实践 4, E1 选修 2."""
    values = {
        "major_code": f"M{code}",
        "major_name": "健康管理",
        "min_total": 1000,
        "min_hq": 400,
        "min_semesters": 5,
        "max_years": 8,
        "exempt_cap": "0.5",
        **changes,
    }
    row = PlanRow.objects.create(code=code, level=level.value, **values)
    spec = (
        ("A1", "公共基础", 400, CourseNature.CORE, True, False, True),
        ("E1", "通识", 200, CourseNature.ELECTIVE, False, False, False),
        ("P1", "综合实践", 400, CourseNature.REQUIRED, False, True, True),
    )
    modules = Module.objects.bulk_create(
        Module(plan=row, name=name, min_credits=credits) for _, name, credits, *_ in spec
    )
    CourseRow.objects.bulk_create(
        CourseRow(
            plan=row,
            code=course,
            name=f"课程{course}",
            credits=credits,
            nature=nature.value,
            hq_exam=hq_exam,
            practice=practice,
            must_pass=must,
            module=module,
        )
        for module, (course, _, credits, nature, hq_exam, practice, must) in zip(
            modules, spec, strict=True
        )
    )
    return row


def make_season(centres: int = 2, now: str = IN_FIRST, **policy: Any) -> Season:
    """Units, staff, one plan per level, and the batch of the notice, at `now`."""
    set_clock(now)
    basis._audits.cache_clear()  # plans of another test may have had the same keys
    hq, college, below = units(centres)
    plans = {level: plan(f"K-{level.value.upper()}", level) for level in Level}
    batch = batches.load(policy_data(**policy), None).batch
    return Season(hq, college, below, plans, batch, people.staff(hq, college, below))


def other_batch(season: Season) -> Batch:
    """A later batch next to the notice's, open for applications on the same days; everybody is
    listed in both.
    """
    turn = {"name": FIRST, "opens": "2023-07-01", "closes": "2024-01-16"}
    data = policy_data(
        code="202401",
        issue_date="2024-01-20",
        closes_at="2024-04-12",
        enrolled_through="2021秋",
        progression=None,
        rounds=[turn],
    )
    return batches.load(data, None).batch


def results_of(student: Student, fit: bool = True) -> list[Result]:
    """All three courses passed; without `fit`, 综合实践 lacks 复核通过."""
    rows = []
    for course, mark, reviewed in (("A1", "80", False), ("E1", "good", False), ("P1", "85", fit)):
        score = GradeWord.of(mark) or int(mark)
        key = pass_key(course, score, ObtainedBy.EXAM, reviewed)
        rows.append(
            Result(
                student=student,
                course=course,
                term=4046,
                mark=mark,
                released=date(2023, 7, 1),
                reviewed=reviewed,
                pass_key=key,
            )
        )
    return rows


def photo_of(student: Student, by: User, since: date = date(2023, 6, 1), sha: str = "") -> PhotoRow:
    """A 毕业照片 that is in time and the registry's own, not stored yet."""
    return PhotoRow(
        student=student,
        kind=PhotoKind.GRADUATION.value,
        sha256=sha or f"{student.pk:064x}",
        size=30_000,
        width=480,
        height=640,
        since=since,
        stored_at=clock.now(),
        stored_by=by,
        same=True,
    )


def chsi_of(student: Student, day: date = date(2023, 7, 1), **changes: Any) -> ChsiReport:
    """A report of the registry without anything wrong, not stored yet."""
    values = {
        "admission_photo": True,
        "credential_photo": True,
        "verdict": ChsiVerdict.NORMAL.value,
        **changes,
    }
    return ChsiReport(student=student, day=day, **values)


def normal_again(student: Student, day: date = date(2023, 7, 10)) -> None:
    """Import a newer row of the registry, 正常, as an account that decides on no case."""
    by = User.objects.get_or_create(username="registrar", defaults={"name": "注册岗"})[0]
    sheet = Intake.objects.create(
        kind="chsi", name="反馈.xlsx", sha256="0" * 64, trial=False, by=by, at=clock.now()
    )
    chsi_of(student, day, brought_by=sheet).save()


def new_student(
    season: Season, number: str, centre: int = 0, level: Level = Level.JUNIOR, **changes: Any
) -> Student:
    """A student in good standing, not stored yet."""
    values = {
        "name": f"学生{number[-6:]}",
        "sex": Sex.FEMALE.value,
        "birth": date(1990, 3, 7),
        "nation": "汉族",
        "id_kind": IdKind.RESIDENT.value,
        "id_hash": number,
        "entry": Term.parse("2021春").ordinal,
        "standing": Standing.ENROLLED.value,
        "category": "开放",
        "class_code": "B1",
        **changes,
    }
    return Student(
        number=number,
        centre=season.centres[centre],
        level=level.value,
        plan=season.plans[level],
        **values,
    )


def enrol(
    season: Season,
    count: int = 1,
    centre: int = 0,
    level: Level = Level.JUNIOR,
    *,
    fit: bool = True,
    photo: bool = True,
    chsi: bool = True,
    **changes: Any,
) -> list[int]:
    """Store `count` students with everything in order; returns their candidates' ids in the order
    of 学号.
    """
    start = Student.objects.count() + 1
    fresh = [
        new_student(season, f"2021{start + n:09}", centre, level, **changes) for n in range(count)
    ]
    people_ = Student.objects.bulk_create(fresh)
    Result.objects.bulk_create(row for one in people_ for row in results_of(one, fit))
    if photo:
        PhotoRow.objects.bulk_create(photo_of(one, season.staff.clerks[centre]) for one in people_)
    if chsi:
        ChsiReport.objects.bulk_create(chsi_of(one) for one in people_)
    listing.list_newcomers()
    Job.objects.filter(
        kind="audit"
    ).delete()  # nobody is judged here, so that a test's own work is the worker's only job
    rows = Candidate.objects.filter(batch=season.batch, student__in=[one.pk for one in people_])
    return list(rows.order_by("student__number").values_list("id", flat=True))
