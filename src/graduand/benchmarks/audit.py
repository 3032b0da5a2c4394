"""`graduand bench audit`: students per second, compared with the bare fetch of the same rows and
with a loop over students.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from graduand.benchmarks import season
from graduand.benchmarks.measuring.timing import (
    circumstances,
    measure_in_turns,
    must_be,
    own_database,
    peak_memory,
    timed,
    work_clock,
)
from graduand.models import Batch, Candidate, Judgement, Result, Student
from graduand.office.audit import auditing
from graduand.queries.basis import basis_of
from graduand.queries.verdicts import chunks
from graduand.rulebook.audit.academics import PASS_MARK, pass_key
from graduand.rulebook.terms import ObtainedBy

LOOP_SAMPLE = 300
RUNS = 7


def measure(students: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The figures for one number of students, on the engine in use."""
    with own_database():
        batch, _ = season.build(students, say)
        say("测量……")
        clock = work_clock()
        passed = Result.objects.filter(pass_key__gt="").count()
        fetch, first, ratio = measure_in_turns(
            lambda: _bare_fetch(passed),
            lambda: _audit(batch, students),
            _nothing_judged,
            RUNS,
            clock,
        )
        again = timed(lambda: _again(batch, students), clock=clock)
        nothing = timed(lambda: _audit(batch, 0), clock=clock)
        loop = timed(lambda: _loop(batch), runs=2, clock=clock)
        sample = min(LOOP_SAMPLE, students)
        per_second = students / first.median
        return {
            **circumstances(),
            "students": students,
            "results": students * season.RESULTS,
            "bare_fetch_per_second": round(students / fetch.median),
            "bare_fetch_seconds": fetch.spread,
            "audit_per_second": round(per_second),
            "audit_seconds": first.spread,
            "times_bare_fetch": round(ratio.median, 2),
            "times_bare_fetch_spread": ratio.spread,
            "rejudged_unchanged_per_second": round(students / again.median),
            "nothing_due_seconds": round(nothing.median, 3),
            "loop_per_second": round(sample / loop.median),
            "times_over_loop": round(per_second / (sample / loop.median), 1),
            "peak_memory_mib": round(peak_memory()),
        }


def _audit(batch: Batch, due: int) -> None:
    """Judge everybody who is due; that must be this many people."""
    must_be("审核的人", auditing.run(batch).refreshed, due)


def _nothing_judged() -> None:
    """Delete all judgements, as on the first day of a season, and the dead rows that deleting
    leaves on PostgreSQL.
    """
    Judgement.objects.all().delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {Judgement._meta.db_table}")


def _bare_fetch(passed: int) -> None:
    """Fetch the passed rows that the rules need, to Python, and nothing else; there must be this
    many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT student_id, pass_key FROM graduand_result WHERE pass_key > '' ORDER BY student_id"
        )
        fetched = 0
        while rows := cursor.fetchmany(20_000):
            fetched += len(rows)
    must_be("取到 Python 的成绩", fetched, passed)


def _again(batch: Batch, students: int) -> None:
    """Judge everybody again although nothing changed, so that no row has to be written."""
    basis = basis_of(batch)
    ids = list(
        Candidate.objects.filter(batch=batch).order_by("student_id").values_list("id", flat=True)
    )
    for piece in chunks(ids):
        auditing.refresh(piece, basis)
    must_be("再审一遍的人", len(ids), students)
    must_be("有审核结果的人", Judgement.objects.filter(candidate__batch=batch).count(), students)


def _loop(batch: Batch) -> None:
    """Judge as a platform does that works page by page: one student after the other through the
    ORM.
    """
    basis = basis_of(batch)
    judged = 0
    for candidate in Candidate.objects.filter(batch=batch)[:LOOP_SAMPLE]:
        judged += 1
        Judgement.objects.update_or_create(
            candidate=candidate,
            defaults={
                "total": _looked_at(candidate.student, basis.today),
                "hq": 0,
                "codes": 0,
                "unmet": "[]",
                "judged_on": basis.today,
                "plan_version": 1,
                "policy_digest": basis.policy.digest,
                "fit": True,
                "clear": True,
            },
        )
    must_be(
        "逐人循环审核的人", judged, min(LOOP_SAMPLE, Candidate.objects.filter(batch=batch).count())
    )


def _looked_at(student: Student, today: date) -> int:
    """The credits of one student; modules, photo and registry row are fetched as well, as a page
    would.
    """
    keys = [
        pass_key(r.course, Decimal(r.mark), ObtainedBy(r.obtained), r.reviewed)
        for r in student.results.all()
        if r.released <= today and Decimal(r.mark) >= PASS_MARK
    ]
    courses = {c.code: c for c in student.plan.courses.select_related("module")}
    total = sum(courses[k[1:]].credits for k in keys if k and k[1:] in courses)
    {m.name: m.min_credits for m in student.plan.modules.all()}
    student.photos.filter(current=True).first()
    student.chsi_reports.order_by("-day").first()
    return total
