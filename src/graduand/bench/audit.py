"""`graduand bench audit`: students per second against the bare fetch of the same rows and a per-student loop."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection

from graduand.bench import season
from graduand.bench.timing import beside, machine, own_database, peak_memory, timed
from graduand.models import Batch, Candidate, Judgement
from graduand.office import audit
from graduand.queries.bench import bench_of
from graduand.queries.verdicts import chunks
from graduand.rulebook.academics import PASS_MARK, pass_key
from graduand.rulebook.terms import ObtainedBy

LOOP_SAMPLE = 300


def measure(students: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures for one size, on the engine in use."""
    with own_database():
        batch, _ = season.build(students, say)
        say("测量……")
        fetch, first, ratio = beside(_bare_fetch, lambda: audit.run(batch), _nothing_judged)
        again = timed(lambda: _again(batch))
        nothing = timed(lambda: audit.run(batch))
        loop = timed(lambda: _loop(batch), runs=2)
        per_second = students / first.median
        return {
            "machine": machine(), "students": students, "results": students * season.RESULTS,
            "bare_fetch_per_second": round(students / fetch.median), "bare_fetch_seconds": fetch.spread,
            "audit_per_second": round(per_second), "audit_seconds": first.spread,
            "times_bare_fetch": round(ratio.median, 2), "times_bare_fetch_spread": ratio.spread,
            "rejudged_unchanged_per_second": round(students / again.median),
            "nothing_due_seconds": round(nothing.median, 3),
            "loop_per_second": round(LOOP_SAMPLE / loop.median), "times_over_loop": round(
                per_second / (LOOP_SAMPLE / loop.median), 1),
            "peak_memory_mib": round(peak_memory()),
        }  # fmt: skip


def _nothing_judged() -> None:
    """As on the first day of a season: without the dead rows that deleting leaves on PostgreSQL."""
    Judgement.objects.all().delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {Judgement._meta.db_table}")


def _bare_fetch() -> None:
    """The passed rows that the rules need, to Python, and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT student_id, pass_key FROM graduand_result WHERE pass_key > '' ORDER BY student_id"
        )
        while cursor.fetchmany(20_000):
            pass


def _again(batch: Batch) -> None:
    """Everybody judged again although nothing changed: the write-back finds nothing to write."""
    bench = bench_of(batch)
    ids = list(Candidate.objects.filter(batch=batch).order_by("student_id").values_list("id", flat=True))
    for piece in chunks(ids):
        audit.refresh(piece, bench)


def _loop(batch: Batch) -> None:
    """What a page-at-a-time platform does: one student after the other through the ORM."""
    bench = bench_of(batch)
    for candidate in Candidate.objects.filter(batch=batch)[:LOOP_SAMPLE]:
        student = candidate.student
        keys = [
            pass_key(r.course, Decimal(r.mark), ObtainedBy(r.obtained), r.reviewed)
            for r in student.results.all()
            if r.released <= bench.today and Decimal(r.mark) >= PASS_MARK
        ]
        courses = {c.code: c for c in student.plan.courses.select_related("module")}
        total = sum(courses[k[1:]].credits for k in keys if k and k[1:] in courses)
        {m.name: m.min_credits for m in student.plan.modules.all()}
        student.photos.filter(current=True).first()
        student.chsi_reports.order_by("-day").first()
        Judgement.objects.update_or_create(
            candidate=candidate,
            defaults={"total": total, "hq": 0, "codes": 0, "unmet": "[]", "judged_on": bench.today, "plan_version": 1,
                      "policy_digest": bench.policy.digest, "fit": True, "clear": True},
        )  # fmt: skip
