"""A synthetic season of any size, written straight into the tables: only for measuring."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db import connection, transaction

from graduand.models import (
    Batch,
    ChsiReport,
    CourseRow,
    Grant,
    Module,
    PhotoRow,
    PlanRow,
    Result,
    Student,
    Unit,
    User,
)
from graduand.models.engine import engine_of
from graduand.office.season import batches
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import (
    ChsiVerdict,
    CourseNature,
    Desk,
    Level,
    PhotoKind,
    Role,
    UnitKind,
)

RESULTS = 40
PIECE = 5_000
CODE = "202307"
ENTRY = Term(2021, 0)
# An index-only scan on PostgreSQL needs the visibility map, which only VACUUM writes.
ANALYZE = {"postgresql": "VACUUM ANALYZE", "sqlite": "ANALYZE"}


def build(
    students: int, say: Callable[[str], None], *, results: bool = True
) -> tuple[Batch, Actor]:
    """`students` people with RESULTS results each (unless they come later), photos and registry
    rows; most of them fit.
    """
    user = User.objects.create_user("bench", "测量")
    hq = Unit.objects.create(code="HQ", name="总部", kind=UnitKind.HQ.value)
    Grant.objects.create(
        user=user, role=Role.HQ_ADMIN.value, unit=hq
    )  # a move checks whether its actor may still act
    centres = _centres(hq, max(3, students // 3_000))
    plans = [plan(n) for n in range(4)]
    numbers = random.Random(7)
    for start in range(0, students, PIECE):
        _people(
            range(start, min(start + PIECE, students)),
            centres,
            plans,
            user,
            numbers if results else None,
        )
        say(f"{min(start + PIECE, students):,} / {students:,}")
    batch = batches.load(policy(), user.id).batch
    with connection.cursor() as cursor:
        cursor.execute(ANALYZE[connection.vendor])
    return batch, Actor(
        user.id, "测量", Desk.HQ, frozenset({Role.HQ_ADMIN}), hq.id, hq.code, hq.name, None
    )


def _centres(hq: Unit, count: int) -> list[Unit]:
    """Make this many centres of one college."""
    college = Unit.objects.create(code="C0", name="学院", kind=UnitKind.COLLEGE.value, parent=hq)
    return [
        Unit.objects.create(
            code=f"X{n:03}", name=f"学习中心{n}", kind=UnitKind.CENTRE.value, parent=college
        )
        for n in range(count)
    ]


def policy() -> dict[str, Any]:
    """A policy whose windows are open today, so that only the data decide."""
    return {
        "code": CODE,
        "enrolled_through": "2021春",
        "issue_date": "2023-07-20",
        "closes_at": "2099-12-31",
        "school": {"code": "51161", "name": "测量", "type_digit": "8"},
        "rounds": [{"name": "首批", "opens": "2023-07-06", "closes": "2099-12-31"}],
    }


def number(place: int) -> str:
    """The 学号 of the student with this position in the season."""
    return f"21{place:011}"


def plan(number: int) -> PlanRow:
    """Make plan `number`, with RESULTS courses."""
    row = PlanRow.objects.create(
        code=f"P{number}",
        major_code=f"52080{number}",
        major_name="测量专业",
        level=Level.JUNIOR.value,
        min_total=7_600,
        min_hq=4_000,
        min_semesters=5,
        max_years=8,
        exempt_cap="0.35",
    )
    _courses(row, number)
    return row


def _courses(row: PlanRow, number: int) -> None:
    modules = [
        Module.objects.create(plan=row, name=f"模块{m}", min_credits=1_000) for m in range(6)
    ]
    CourseRow.objects.bulk_create(
        CourseRow(
            plan=row,
            code=f"{number}{c:04}",
            name=f"课程{c}",
            credits=250 if c % 4 else 300,
            module=modules[c % 6],
            nature=CourseNature.CORE.value if c % 3 == 0 else CourseNature.ELECTIVE.value,
            hq_exam=c % 2 == 0,
            practice=c == RESULTS - 1,
            must_pass=c % 10 == 0,
        )
        for c in range(RESULTS)
    )


def _student(place: int, centre: Unit, plan: PlanRow) -> Student:
    return Student(
        number=number(place),
        name=f"学生{place}",
        sex="1",
        birth=date(1995, 1, 1),
        nation="汉族",
        id_kind="1",
        entry=ENTRY.ordinal - place % 3,
        standing="enrolled",
        centre=centre,
        category="开放",
        level=Level.JUNIOR.value,
        plan=plan,
        class_name="测量班",
        class_code=f"B{place % 50}",
    )


@transaction.atomic  # otherwise every row would be a transaction of its own
def _people(
    span: range,
    centres: list[Unit],
    plans: list[PlanRow],
    user: User,
    numbers: random.Random | None,
) -> None:
    Student.objects.bulk_create(_student(n, centres[n % len(centres)], plans[n % 4]) for n in span)
    ids = list(
        Student.objects.filter(number__gte=number(span[0]), number__lte=number(span[-1]))
        .order_by("number")
        .values_list("id", flat=True)
    )
    if numbers is not None:
        with connection.cursor() as cursor:
            engine_of().insert(
                cursor, Result._meta.db_table, _RESULT, list(_results(span, ids, numbers))
            )
    pictures(ids, user)


def pictures(ids: list[int], user: User) -> None:
    """Make a picture and a registry row for each student."""
    day = date(2023, 6, 1)
    now = clock.now()
    PhotoRow.objects.bulk_create(
        PhotoRow(
            student_id=pk,
            kind=PhotoKind.GRADUATION.value,
            sha256=f"{pk:064x}",
            size=30_000,
            width=480,
            height=640,
            since=day,
            stored_at=now,
            stored_by=user,
            same=True,
        )
        for pk in ids
    )
    ChsiReport.objects.bulk_create(
        ChsiReport(
            student_id=pk,
            day=day,
            admission_photo=True,
            credential_photo=True,
            verdict=ChsiVerdict.NORMAL.value,
        )
        for pk in ids
    )


_RESULT = [
    "student_id",
    "course",
    "term",
    "attempt",
    "mark",
    "obtained",
    "released",
    "reviewed",
    "void",
    "pass_key",
]


def _results(span: range, ids: list[int], numbers: random.Random) -> Iterator[tuple[Any, ...]]:
    day = _day(date(2023, 6, 1))
    for n, pk in zip(span, ids, strict=True):
        for c in range(RESULTS):
            course = f"{n % 4}{c:04}"
            passed = numbers.random() > 0.02
            way = "p"
            if c == RESULTS - 1:
                way = "r"
            elif c == 3 and n % 5 == 0:
                way = "e"
            key = ""
            mark = "41"
            if passed:
                key = way + course
                mark = "75"
            yield (
                pk,
                course,
                4_044,
                1,
                mark,
                "exam",
                day,
                c == RESULTS - 1,
                False,
                key,
            )


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)
