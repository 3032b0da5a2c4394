"""A policy is tried before it comes into force: the verdicts of the trial are stored, and replace
the judgements with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, transaction

from graduand.models import Batch, Candidate, Forecast, Judgement, PolicyDraft
from graduand.models.engine import Ids, engine_of
from graduand.office.audit import auditing, granted_degrees
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import Basis

_TABLE = Forecast._meta.db_table


def keep(draft: PolicyDraft, people: Mapping[int, Facts], basis: Basis) -> None:
    """Keep the verdicts on `people` under the draft's `basis`; in the transaction that gathered
    them.
    """
    Forecast.objects.filter(draft=draft, candidate_id__among=Ids(people)).delete()
    rows = [(draft.pk, *row) for row in auditing.verdict_rows(people, basis)]
    with connection.cursor() as cursor:
        engine_of().insert(cursor, _TABLE, ["draft_id", "candidate_id", *auditing.COLUMNS], rows)


def changed_since(draft: PolicyDraft, batch: Batch) -> int:
    """How many people have changed since the trial: their forecast was deleted, or they were added
    later.
    """
    kept = Forecast.objects.filter(draft=draft).values("candidate_id")
    return Candidate.objects.filter(batch=batch, aside=False).exclude(pk__in=kept).count()


def _draft_in_force(batch: Batch) -> int | None:
    """The draft that was saved as the version in force, where there was one; the newest of several."""
    saved = PolicyDraft.objects.filter(saved=batch.policy_id).order_by("-id")
    return saved.values_list("id", flat=True).first()


def swap(batch: Batch, size: int) -> int:
    """Replace the judgements by the next `size` forecasts of the version in force; returns how
    many.

    One transaction. A row is deleted before its verdict is written: a judging at the same time has
    either taken it first, or waits for us and then writes what is newer. A file that is marked
    stays marked and is judged afterwards.
    """
    draft = _draft_in_force(batch)
    if draft is None:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        engine_of().by_keys(cursor)
        rows = (
            Forecast.objects.filter(draft=draft)
            .order_by("candidate_id")
            .values_list("id", flat=True)
        )
        ids = list(rows[:size])
        if not ids:
            return 0
        taken = engine_of().take(cursor, _TABLE, ["candidate_id", *auditing.COLUMNS], ids)
        engine_of().upsert(
            cursor, Judgement._meta.db_table, "candidate_id", auditing.COLUMNS, taken
        )
        auditing.end_let_stand(auditing.marks_of(row[0] for row in taken))
        granted_degrees.mark_due(row[0] for row in taken)
    return len(ids)


def drop(draft: PolicyDraft) -> None:
    """Forget the trial of a draft that is tried anew."""
    Forecast.objects.filter(draft=draft).delete()
