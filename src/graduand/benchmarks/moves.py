"""`graduand bench moves`: a bulk application of many candidates, judged afresh and with history,
compared with its bare writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from django.db import connection, transaction

from graduand.benchmarks import season
from graduand.benchmarks.measuring.timing import (
    Cost,
    NotDone,
    circumstances,
    cost,
    must_be,
    own_database,
    peak_memory,
)
from graduand.models import Act, Batch, Candidate, Event
from graduand.models.engine import engine_of
from graduand.office import acts
from graduand.queries.scope import Actor
from graduand.rulebook.terms import Stage, Verb

RUNS = 3
PIECE = 500  # files per transaction, as many as the mover takes
# The columns that an application writes in the row of a file, and in the file's row of history.
FILE = {
    "stage": "text",
    "moved_at": "timestamptz",
    "last_act_id": "bigint",
    "round_id": "bigint",
    "lot_id": "bigint",
    "reported_no": "integer",
    "applied_at": "timestamptz",
    "applied_by_id": "bigint",
    "degree": "text",
}
HISTORY = [
    "candidate_id",
    "act_id",
    "verb",
    "from_stage",
    "to_stage",
    "at",
    "actor_id",
    "second_id",
    "desk",
    "acted_for",
    "reason",
    "note",
    "findings",
    "policy_digest",
    "number",
]


def measure(students: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Apply for everybody at once, RUNS times over, each time compared with the bare writes for
    those who could be filed.
    """
    with own_database():
        batch, actor = season.build(students, say)
        ids = list(Candidate.objects.filter(batch=batch).values_list("id", flat=True))
        say("测量……")
        filed: list[Act] = []
        spent: list[Cost] = []
        floors: list[Cost] = []
        for _ in range(RUNS):
            spent.append(cost(lambda: filed.append(_apply(batch, ids, actor))))
            check_filed(batch, filed[-1], students)
            floors.append(_floor(filed[-1]))
            _back(batch, filed[-1], actor)
        return {
            **circumstances(),
            "candidates": students,
            "applied": filed[-1].done,
            "refused": filed[-1].refused,
            **_speeds(students, filed[-1].done, spent, floors),
            "events": Event.objects.count(),
            "peak_memory_mib": round(peak_memory()),
        }


def _speeds(
    students: int, applied: int, spent: Sequence[Cost], floors: Sequence[Cost]
) -> dict[str, Any]:
    """Files per second, and how many times the floor's work the application took."""
    each = median(run.work for run in spent)
    ratios = [run.work / floor.work for run, floor in zip(spent, floors, strict=True)]
    return {
        "floor_per_second": round(applied / median(run.work for run in floors)),
        "per_second": round(students / each),
        "applied_per_second": round(applied / each),
        "times_floor": round(median(ratios), 2),
        "times_floor_spread": f"{min(ratios):.2f}–{max(ratios):.2f}",
        "clock_seconds": f"{min(run.wall for run in spent):.2f}–{max(run.wall for run in spent):.2f}",
    }


def _apply(batch: Batch, ids: Sequence[int], actor: Actor) -> Act:
    return acts.do(batch, ids, actor, acts.ActRequest(Verb.APPLY, answers={"same_checked": True}))


def check_filed(batch: Batch, act: Act, students: int) -> None:
    """Check that everybody was filed or refused, and that each filed candidate has the stage and a
    row of history.
    """
    if not act.done:
        raise NotDone(f"没有测到：没有一人办成申请（{act.by_code}），所以不给出数字")
    must_be("办成和被拒绝的人", act.done + act.refused, students)
    must_be(
        "已申请的人",
        Candidate.objects.filter(batch=batch, stage=Stage.APPLIED.value).count(),
        act.done,
    )
    must_be("申请的历史记录", Event.objects.filter(act=act).count(), act.done)


def _floor(act: Act) -> Cost:
    """The floor: the same rows and their history written once more, in as many transactions,
    without any judgement.
    """
    files = _stored(Candidate.objects.filter(last_act=act).order_by("id").values_list("id", *FILE))
    history = _stored(Event.objects.filter(act=act).values_list(*HISTORY))
    must_be("底线写入的人", len(files), act.done)
    return cost(lambda: _write(files, history))


def _stored(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows in the form that the database takes."""
    adapt = connection.ops.adapt_datetimefield_value
    return [
        tuple(adapt(value) if isinstance(value, datetime) else value for value in row)
        for row in rows
    ]


def _write(files: Sequence[tuple[Any, ...]], history: Sequence[tuple[Any, ...]]) -> None:
    engine = engine_of()
    for start in range(0, len(files), PIECE):
        piece = slice(start, start + PIECE)
        with transaction.atomic(), connection.cursor() as cursor:
            engine.update_each(cursor, Candidate._meta.db_table, "id", FILE, "1 = 1", files[piece])
            engine.insert(cursor, Event._meta.db_table, HISTORY, history[piece])


def _back(batch: Batch, act: Act, actor: Actor) -> None:
    """Withdraw everybody; not part of the measured time."""
    applied = Candidate.objects.filter(batch=batch, stage=Stage.APPLIED.value).values_list(
        "id", flat=True
    )
    back = acts.do(batch, list(applied), actor, acts.ActRequest(Verb.WITHDRAW))
    must_be("撤回申请的人", back.done, act.done)
