"""`graduand bench moves`: a bulk application of many candidates, judged afresh, with history."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from graduand.bench import season
from graduand.bench.timing import cpu_seconds, load, machine, own_database, peak_memory, timed
from graduand.models import Act, Candidate, Event
from graduand.office import acts
from graduand.rulebook.terms import Stage, Verb


def measure(students: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Apply for everybody at once; then withdraw, three times over."""
    with own_database():
        batch, actor = season.build(students, say)
        ids = list(Candidate.objects.filter(batch=batch).values_list("id", flat=True))
        say("测量……")
        took: list[Act] = []
        spent: list[float] = []

        def apply() -> None:
            start = cpu_seconds()
            took.append(acts.do(batch, ids, actor, acts.Wish(Verb.APPLY, said={"same_checked": True})))
            spent.append(cpu_seconds() - start)

        def back() -> None:
            applied = Candidate.objects.filter(batch=batch, stage=Stage.APPLIED.value).values_list(
                "id", flat=True
            )
            if applied:
                acts.do(batch, list(applied), actor, acts.Wish(Verb.WITHDRAW))

        runs = timed(apply, before=back)
        act = took[-1]
        if not act.done:
            raise RuntimeError(f"nobody could be filed, so nothing was measured: {act.by_code}")
        return {
            "machine": machine(), "candidates": students, "applied": act.done, "refused": act.refused,
            "candidates_per_second": round(students / runs.median), "spread": runs.spread,
            "per_cpu_second": round(students / median(spent)), "load": load(),
            "events": Event.objects.count(), "peak_memory_mib": round(peak_memory()),
        }  # fmt: skip
