"""The audit at scale: judge everybody whose facts changed, and store the judgement for the lists."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F, Min, Q, QuerySet

from graduand.models import Batch, Candidate, Forecast, Judgement, LetStandEnd, Stale
from graduand.models.engine import Ids, engine_of
from graduand.office.audit import granted_degrees
from graduand.office.audit.sheets import csv_row, judged_rows, stored_counts, stored_rows, write_csv
from graduand.office.progress import Progress
from graduand.office.queue import orders
from graduand.office.refusal import Refused
from graduand.office.season.ending import finishing
from graduand.queries import clock, judging
from graduand.queries.basis import basis_of
from graduand.queries.facts import gathering
from graduand.queries.queue import open_plans
from graduand.queries.season.batches import ONWARD, UnlistedPeople, not_listed
from graduand.queries.verdicts import CHUNK, chunks
from graduand.rulebook.clauses import mask_of
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import Basis
from graduand.rulebook.identity.person_gates import grounds
from graduand.rulebook.judging import fitness
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import DegreeState, Stage

ATTEMPTS = 3
FEW = 20
CHANGED = "资料有改动"
# A chunk of this size is judged within 250 ms on a slow machine.
CHUNK_OF_ONE_WRITER = 1_000
_TABLE = Judgement._meta.db_table
COLUMNS = [
    "fit",
    "clear",
    "codes",
    "unmet",
    "total",
    "hq",
    "judged_on",
    "changes_on",
    "plan_version",
    "policy_digest",
    "grounds",
]


@dataclass(frozen=True, slots=True)
class AuditTally:
    """`judged` people on the list, of whom `refreshed` were judged anew; `by_code` counts the
    findings of each code.

    `not_listed` are worked on in another batch, or have graduated there.
    """

    batch: str
    on: date
    judged: int
    fit: int
    unfit: int
    not_listed: UnlistedPeople
    by_code: dict[str, int]
    refreshed: int
    file: str = ""


def run(batch: Batch, out: Path | None = None, progress: Progress | None = None) -> AuditTally:
    """Judge what is due, store it, write the CSV. Raises Refused for a CSV while an import is being
    written.
    """
    if out is not None and (why := open_plans.in_the_way()):
        raise Refused(f"审核结果不能导出：{why}")
    basis = basis_of(batch)
    seen = orders.orders_of(WorkKind.AUDIT, batch.pk)
    ids = due(batch, basis)
    _refresh_all(ids, basis, progress)
    granted_degrees.check_due(granted_degrees.rows_due().filter(candidate__batch=batch), basis)
    orders.settle(WorkKind.AUDIT, batch.pk, seen, next_day(batch, basis.today))
    if out is not None:
        write_csv(out, stored_rows(batch))
    fit, unfit, by_code = stored_counts(batch)
    return AuditTally(
        batch.code,
        basis.today,
        fit + unfit,
        fit,
        unfit,
        not_listed(batch),
        by_code,
        len(ids),
        str(out or ""),
    )


def trial(
    batch: Batch, day: date, out: Path | None = None, progress: Progress | None = None
) -> AuditTally:
    """Judge everybody as of `day` and store nothing."""
    basis = basis_of(batch, day=day)
    counts: Counter[str] = Counter()
    totals = {True: 0, False: 0}

    def rows() -> Iterator[tuple[str, ...]]:
        for row, findings in judged_rows(batch, basis, progress):
            totals[not findings] += 1
            counts.update(f.code for f in findings)
            yield csv_row(*row, [f.item for f in findings])

    if out is not None:
        write_csv(out, rows())
    else:
        for _ in rows():
            pass
    every = totals[True] + totals[False]
    return AuditTally(
        batch.code,
        day,
        every,
        totals[True],
        totals[False],
        not_listed(batch),
        dict(sorted(counts.items())),
        every,
        str(out or ""),
    )


def chunk_size() -> int:
    """How many people one transaction judges: SQLite's one writer holds nobody up for over 250 ms."""
    return CHUNK if connection.vendor == "postgresql" else CHUNK_OF_ONE_WRITER


def due(batch: Batch, basis: Basis) -> list[int]:
    """The ids of `due_rows`, in the order in which they are judged."""
    return list(due_rows(batch, basis).order_by("student_id").values_list("id", flat=True))


def due_rows(batch: Batch, basis: Basis) -> QuerySet[Candidate]:
    """Candidates to judge: new, marked stale, another plan or policy, or the day has come."""
    rows = Candidate.objects.filter(
        judging.outdated(basis.today), judging.FOLLOWED, batch=batch, aside=False
    )
    # In a closed batch few verdicts are kept up to date, and an index finds them by their stage.
    if batch.closed_at is not None:
        return rows.filter(stage__in=(*ONWARD, Stage.COLLECTED.value))
    return rows


def next_day(batch: Batch, today: date) -> date | None:
    """The next day on which time alone changes a verdict of `batch`."""
    rows = Candidate.objects.filter(judging.FOLLOWED, batch=batch, judgement__changes_on__gt=today)
    found: date | None = rows.aggregate(first=Min("judgement__changes_on"))["first"]
    return found


def _refresh_all(ids: Sequence[int], basis: Basis, progress: Progress | None) -> None:
    """Chunk after chunk; on PostgreSQL two at a time, each on a connection of its own.

    Half of a chunk's time is the server's, so a second one keeps both busy. SQLite has one writer,
    and a caller's transaction one connection: there it is one after the other.
    """
    left = deque(chunks(ids, chunk_size()))
    done = 0
    counting = Lock()

    def work() -> None:
        nonlocal done
        while left:
            try:
                piece = left.popleft()
            except IndexError:  # the other thread has taken the last piece
                return
            refresh(piece, basis)
            with counting:
                done += len(piece)
                if progress is not None:
                    progress(done, len(ids))

    def work_beside() -> None:
        try:
            work()
        finally:
            connection.close()  # each thread has a connection of its own

    if len(left) < 2 or connection.vendor == "sqlite" or connection.in_atomic_block:
        work()
        return
    with ThreadPoolExecutor(1, "audit") as pool:
        beside = pool.submit(work_beside)
        try:
            work()
        finally:
            left.clear()  # after a failure no further piece is begun
        beside.result()


def refresh(ids: Sequence[int], basis: Basis) -> list[int]:
    """Judge `ids` (at most a chunk) and store it in one transaction; an unchanged judgement writes
    nothing. Returns whose granted degree is to be looked at afterwards.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            return _refresh(ids, basis)
        except OperationalError as error:
            if not left or connection.in_atomic_block or not engine_of().was_thrown_out(error):
                raise
    raise AssertionError("the last attempt returns or raises")


def _refresh(ids: Sequence[int], basis: Basis) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        engine_of().by_keys(cursor)
        # Deleted first: an import that marks one of these files now waits for us, and its mark
        # outlives our commit.
        Stale.objects.filter(candidate_id__among=Ids(sorted(ids))).delete()
        Forecast.objects.filter(
            candidate_id__among=Ids(ids)
        ).delete()  # forecasts are made from older facts
        people = gathering.gather(ids, basis.policy, basis.today)
        rows = verdict_rows(people, basis)
        engine_of().upsert(cursor, _TABLE, "candidate_id", COLUMNS, rows)
        end_let_stand(
            {pk: mark for pk, known in people.items() if (mark := known.file.confirmed_grounds)}
        )
        if basis.closed_on is not None and any(row[-1] for row in rows):
            finishing.take_up_undecided()
        granted = [pk for pk, known in people.items() if known.file.degree is DegreeState.GRANTED]
        if granted:
            granted_degrees.mark_due(granted)
        return granted


def end_let_stand(marks: Mapping[int, str]) -> None:
    """Of the files of `marks`, just judged: what headquarters confirmed ends for good once not
    exactly that is missing, and the history records it. What is in order again and lost once more
    has to be looked at once more.

    The mark of a file is what it was judged with; what two people have confirmed since then is left
    alone.
    """
    if not marks:
        return
    stood = Candidate.objects.filter(
        id__among=Ids(marks), confirmed_grounds__in=set(marks.values())
    )
    ended = stood.exclude(confirmed_grounds=F("judgement__grounds"))
    if missing := dict(ended.values_list("id", "judgement__grounds")):
        now = clock.now()
        LetStandEnd.objects.bulk_create(
            LetStandEnd(candidate_id=pk, at=now, gone=not left) for pk, left in missing.items()
        )
        ended.update(confirmed_grounds="")


def marks_of(files: Iterable[int]) -> dict[int, str]:
    """What headquarters has confirmed of `files`, as it is now; files without anything are left
    out.
    """
    stood = Candidate.objects.filter(id__among=Ids(files)).exclude(confirmed_grounds="")
    return dict(stood.values_list("id", "confirmed_grounds"))


def verdict_rows(people: Mapping[int, Facts], basis: Basis) -> list[tuple[Any, ...]]:
    """(candidate, *COLUMNS) of each of `people`, as the database takes them."""
    day = connection.ops.adapt_datefield_value(basis.today)
    digest = basis.policy.digest
    rows = []
    for pk, known in people.items():
        academic, total, hq = basis.audited(known)
        changes = connection.ops.adapt_datefield_value(known.changes_on)
        # These are today's also for numbered files: they record since when nothing has to be judged
        # again.
        fixed = total, hq, day, changes, basis.audits[known.plan].plan.version, digest
        found = fitness(known, basis, academic)
        if not found:  # the case of most people, so the shortest way
            rows.append((pk, True, True, 0, "[]", *fixed, ""))
            continue
        unmet = json.dumps([f.as_row() for f in found], ensure_ascii=False)
        clear = not any(f.blocks for f in found)
        rows.append(
            (
                pk,
                not academic,
                clear,
                mask_of(found),
                unmet,
                *fixed,
                "" if clear else grounds(known, basis),
            )
        )
    return rows


def mark_stale(students: Sequence[int], cause: str = CHANGED) -> None:
    """Mark every candidate of `students` as due for judgement, and order that of those whose
    verdict follows the facts.

    Call it with the change, late in its transaction. `cause` says what happened, as in 「9:34
    导入了成绩」. Who lapsed with a closed batch or was refused there is judged when that is opened
    again; who has its certificate, at once.
    """
    files = Candidate.objects.filter(student_id__among=list(students))
    rows = files.values_list("id", "batch_id", "batch__closed_at", "stage")
    mark(
        [
            (pk, batch, judging.is_followed(closed, stage, held=True))
            for pk, batch, closed, stage in rows
        ],
        cause,
    )


def mark(files: Sequence[tuple[int, int, bool]], cause: str) -> None:
    """Mark `files`: (candidate, batch, whether the verdict follows the facts)."""
    if not files:
        return
    since = connection.ops.adapt_datetimefield_value(clock.now())
    same = {"since": since, "cause": cause[:40]}
    with connection.cursor() as cursor:
        engine_of().mark(
            cursor, Stale._meta.db_table, "candidate_id", sorted(pk for pk, _, _ in files), same
        )
    orders.order_again(WorkKind.AUDIT, {batch for _, batch, followed in files if followed})


def hold_marks(files: Iterable[int]) -> None:
    """Until the transaction ends, nobody marks `files`: a change of the facts waits with its mark;
    or it came before, and is included in the judging. The judgement and what is stored then agree.
    """
    with connection.cursor() as cursor:
        engine_of().hold_keys(cursor, Stale._meta.db_table, "candidate_id", sorted(files))


def judge_few(files: Sequence[int]) -> None:
    """Judge `files` where they are changed if they are few: the new verdict shows at once."""
    if len(files) <= FEW:
        _judge(Candidate.objects.filter(judging.FOLLOWED, id__among=list(files)))


def judge_due(files: Sequence[int]) -> None:
    """Judge the files whose verdict is not known, chunk by chunk; in a closed batch also those with
    a certificate, for whatever reason it is not known.
    """
    files_due = Candidate.objects.filter(
        judging.outdated(clock.today()), id__among=Ids(files), aside=False
    )
    _judge(files_due.filter(judging.FOLLOWED | Q(stage=Stage.COLLECTED.value)))


def _judge(files: QuerySet[Candidate]) -> None:
    by_batch: dict[int, list[int]] = {}
    for pk, number in files.order_by("batch_id", "id").values_list("id", "batch_id"):
        by_batch.setdefault(number, []).append(pk)
    for batch in Batch.objects.filter(pk__in=by_batch):
        basis = basis_of(batch)
        for piece in chunks(by_batch[batch.pk], chunk_size()):
            if granted := refresh(piece, basis):
                granted_degrees.check_due(
                    granted_degrees.rows_due().filter(candidate_id__among=Ids(granted)), basis
                )
