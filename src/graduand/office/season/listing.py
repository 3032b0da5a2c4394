"""Who is on a batch's list: everybody has a file in it, but a person is worked on in one batch at a
time.

A person with a live file or a valid certificate in one batch is listed in no new one, and a file
LISTED or DEFERRED elsewhere is set aside. When that live file ends without a certificate, the
others come back in the same transaction, and a person who was in no list is listed in every open
batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from graduand.models import Batch, Candidate, Student
from graduand.models.engine import Ids, engine_of
from graduand.office.audit import auditing
from graduand.office.queue import orders
from graduand.office.records import file_centres
from graduand.queries.queue import jobs
from graduand.queries.season import batches as looking
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.steps import Step, Track
from graduand.rulebook.terms import LIVE_STAGES, Stage

# How many rows of a list one transaction writes: a third of the time for which the database may be
# held.
PIECE = 1_000
_LIVE = [stage.value for stage in LIVE_STAGES]
_WAITING = (Stage.LISTED.value, Stage.DEFERRED.value)
_LIST = """
    INSERT INTO graduand_candidate (batch_id, student_id, centre_id, number, degree, approved_photo, explanation)
    SELECT b.id, s.id, s.centre_id, s.number, 'none', '', ''
    FROM graduand_student s JOIN graduand_batch b
      ON (b.closed_at IS NULL OR b.listed_to IS NOT NULL) AND b.closing_since IS NULL
      AND b.deleted_at IS NULL AND b.policy_id IS NOT NULL
    WHERE {who}
      AND NOT EXISTS (SELECT 1 FROM graduand_candidate c WHERE c.batch_id = b.id AND c.student_id = s.id)
      AND NOT EXISTS (SELECT 1 FROM graduand_candidate o WHERE o.student_id = s.id AND o.stage IN ({live}))
    ORDER BY b.id, s.number ON CONFLICT DO NOTHING
"""


def list_newcomers(students: Sequence[int] | None = None) -> int:
    """One LISTED file for everybody, of `students` when given, who stands in no list yet, in every
    open batch.

    Whatever the 学籍状态. One statement, for the caller's transaction, idempotent; returns how many
    were added. Who stands in a list already may be filed there at this moment, and is left to
    `advance` and `follow`, which look while nobody else does.
    """
    who = "NOT EXISTS (SELECT 1 FROM graduand_candidate f WHERE f.student_id = s.id)"
    params = []
    engine = engine_of()
    if students is not None:
        who = f"{engine.AMONG_IDS.format('s.id')} AND {who}"
        params = [engine.bound_ids(list(students))]
    added = _insert(who, params)
    if added:
        orders.order_again(
            WorkKind.AUDIT, set(looking.known().filter(closed_at=None).values_list("id", flat=True))
        )
    return added


def _insert(who: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        # The stages are literals in the SQL, so that SQLite finds the index of live files.
        cursor.execute(
            _LIST.format(who=who, live=", ".join(f"'{stage}'" for stage in _LIVE)), params
        )
        return int(cursor.rowcount)


# -- one batch, piece by piece
# -----------------------------------------------------------------------------------


def order(batch: Batch) -> None:
    """Order the list of `batch` to be made, or completed: `advance` does it from the first 学号 on."""
    Batch.objects.filter(pk=batch.pk, closed_at=None, closing_since=None, deleted_at=None).update(
        listed_to=""
    )


def complete(batch: Batch, size: int = PIECE) -> int:
    """Make the list of `batch` in short transactions; returns how many were added. Killed, it goes
    on where it was.
    """
    added = 0
    while (piece := advance(batch.pk, size)) is not None:
        added += piece
    return added


def advance(pk: int, size: int = PIECE) -> int | None:
    """The next piece of a list that is being made; returns how many were added, None when nothing
    is left to do.
    """
    with transaction.atomic():
        # The row is held until we commit: no file is filed or withdrawn while we look which
        # students have one.
        making = Batch.objects.filter(
            pk=pk, listed_to__isnull=False, deleted_at=None, closed_at=None
        )
        if not making.update(listed_to=F("listed_to")):
            return None
        _, last, added = add_piece(pk, size)
        Batch.objects.filter(pk=pk).update(listed_to=last)
        if added:
            orders.order_again(WorkKind.AUDIT, {pk})
    return added


def order_half_made() -> int:
    """Order the rest of lists that a killed process left half made, through the judging of their
    batches; returns how many.
    """
    half = set(
        looking.known().filter(listed_to__isnull=False, closed_at=None).values_list("pk", flat=True)
    )
    left = half - jobs.unsettled(WorkKind.AUDIT)
    orders.order_again(WorkKind.AUDIT, left)
    return len(left)


def add_piece(pk: int, size: int) -> tuple[str, str | None, int]:
    """List whoever of the next `size` students stands in no list; the caller holds the batch, and
    writes `listed_to`.

    Returns (the 学号 after which they come, the last one of them or None for the end, how many were
    added).
    """
    after = Batch.objects.values_list("listed_to", flat=True).get(pk=pk) or ""
    ahead = (
        Student.objects.filter(number__gt=after).order_by("number").values_list("number", flat=True)
    )
    last = next(iter(ahead[size - 1 : size]), None)
    whom = "b.id = %s AND s.number > %s"
    if last is None:
        return after, None, _insert(whom, [pk, after])
    return after, last, _insert(f"{whom} AND s.number <= %s", [pk, after, last])


def resume() -> int:
    """Complete every list that a killed process left half made; returns how many were added."""
    half = looking.known().filter(listed_to__isnull=False, closed_at=None)
    return sum(complete(batch) for batch in half)


# -- set aside, and back
# -----------------------------------------------------------------------------------------


def changes_who_is_live(step: Step) -> bool:
    """Whether a step can begin or end somebody's live file."""
    target = step.target in LIVE_STAGES
    return step.track is Track.STAGE and any(
        (origin in LIVE_STAGES) is not target for origin in step.stages
    )


def follow(files: Sequence[int]) -> None:
    """The other files of these files' students follow what has just happened; in the transaction of
    the step.
    """
    students = list(
        Candidate.objects.filter(id__among=Ids(files)).values_list("student_id", flat=True)
    )
    settle(Candidate.objects.filter(student_id__among=Ids(students)))
    engine = engine_of()
    if _insert(engine.AMONG_IDS.format("s.id"), [engine.bound_ids(students)]):
        auditing.mark_stale(students)


def settle(rows: QuerySet[Candidate]) -> int:
    """Set aside what of `rows` must be, and bring back what no longer must; returns how many were
    changed.
    """
    wrong = list(rows.filter(_misplaced()).values_list("id", "student_id", "aside"))
    if not wrong:
        return 0
    back = [pk for pk, _, aside in wrong if aside]
    Candidate.objects.filter(id__among=Ids(back), aside=True).update(aside=False)
    Candidate.objects.filter(
        id__among=Ids(pk for pk, _, aside in wrong if not aside), aside=False
    ).update(aside=True)
    if back:
        auditing.mark_stale([student for _, student, aside in wrong if aside])
    return len(wrong)


def _misplaced() -> Q:
    """Files that are aside without a live file elsewhere, or not aside with one; in a batch that
    lists nobody nothing comes back.
    """
    elsewhere = Candidate.objects.filter(student=OuterRef("student"), stage__in=_LIVE).exclude(
        batch=OuterRef("batch")
    )
    open_ones = Batch.objects.filter(looking.LISTS)
    aside = Q(aside=False) & Q(Exists(elsewhere))
    back = Q(aside=True) & (Q(stage__in=_WAITING, batch__in=open_ones) & ~Q(Exists(elsewhere)))
    return Q(stage__in=_WAITING) & (aside | back)


def misplaced() -> int:
    """How many people are in two lists, or in none: none, unless data were repaired by hand. One
    query.
    """
    return Candidate.objects.filter(_misplaced()).count()


def settle_all(size: int = PIECE) -> int:
    """Every file of every batch, in short transactions; returns how many were wrong: none, unless
    data were mended.
    """
    rows = Candidate.objects.all()
    changed = 0
    after = 0
    while True:
        ids = list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:size])
        if not ids:
            return changed
        with transaction.atomic():
            with connection.cursor() as cursor:
                engine_of().hold_batches(cursor)
            piece = rows.filter(pk__gt=after, pk__lte=ids[-1])
            changed += settle(piece) + file_centres.settle(piece)
        after = ids[-1]
