"""The only writer of a candidate's stage and degree: carry out a confirmed act chunk by chunk.

gather, judge, compare-and-set, events, tally: one transaction a chunk, a constant number of
statements however many files it holds. A killed act is resumed from its cursor; nothing is done
twice.
"""

from __future__ import annotations

import json
from collections import Counter as Tallied
from datetime import date
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from graduand.models import Act, Batch, Candidate, Event, Forecast, Refusal
from graduand.models.engine import Ids, engine_of
from graduand.office import effects
from graduand.office.audit import auditing
from graduand.office.chunk import Chunk
from graduand.office.dispatch import waybills
from graduand.office.moved_rows import columns_of, db_time, row_maker
from graduand.office.progress import Progress
from graduand.office.queue.attempts import attempt
from graduand.office.season.ending import finishing
from graduand.queries import clock, judging, scope
from graduand.queries.basis import basis_of
from graduand.queries.verdicts import Verdict, asked_of, verdicts
from graduand.rulebook.clauses import Finding
from graduand.rulebook.journey import step_of
from graduand.rulebook.judging import changes_verdict
from graduand.rulebook.people import rights
from graduand.rulebook.terms import Desk, Stage, Verb
from graduand.rulebook.words import stored_value

# Files of one transaction: nobody should wait for the embedded database for longer than 250 ms,
# people who watch the progress see it move, and a stop is obeyed between two chunks. Numbering
# writes most: everything that papers say of each person, including every mark.
PIECE = 500
PIECES = {Verb.CERTIFY: 150}
_CANDIDATE, _EVENT, _REFUSAL = (model._meta.db_table for model in (Candidate, Event, Refusal))

# Steps between judging by today's rules and judging by the certificate's.
_OVER_THE_NUMBER = frozenset({Verb.CERTIFY, Verb.VOID})
# The columns that must be unchanged when a file is written, besides its stage.
_VERSION = {"last_act_id": "bigint"}
_EVENT_COLUMNS = [
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


def carry_out(act: Act, progress: Progress | None = None, size: int = PIECE) -> Act:
    """Do what is left of a confirmed act; returns it with its tally."""
    while act.finished_at is None:
        act = advance(act.pk, size)
        if progress is not None:
            progress(act.cursor, act.total)
    return act


def advance(act_id: int, size: int = PIECE) -> Act:
    """Do the next chunk of an act in one transaction and return the act as it then is.

    Once more when another act made one of these students' files live between our look and our write
    (the database refused the whole chunk: judged again, that file is refused by name and the rest
    go through), and when the database threw this transaction out so that another one could go on.
    """
    act = attempt(partial(_advance_in_transaction, act_id, size))
    if (
        act.finished_at is not None
        and Batch.objects.filter(pk=act.batch_id, closed_at__isnull=False).exists()
    ):
        finishing.settle()  # after the commit: the chunk shares the batch's row with others
    return act


def _advance_in_transaction(act_id: int, size: int) -> Act:
    with transaction.atomic():
        return _advance(act_id, size)


def _advance(act_id: int, size: int) -> Act:
    act = Act.objects.select_related("round", "unit", "actor").get(pk=act_id)
    start = act.cursor
    if act.finished_at is not None:
        return act
    # The row is held until we commit; whoever comes second finds the cursor moved, or the act
    # stopped, and does nothing.
    if not Act.objects.filter(pk=act_id, cursor=start, finished_at=None).update(verb=act.verb):
        return _as_it_is(act_id)
    with connection.cursor() as cursor:
        engine_of().by_keys(cursor)
        engine_of().hold_batches(cursor)
    batch = Batch.objects.get(pk=act.batch_id)
    if batch.deleted_at is not None:
        return _without_batch(act)
    basis = basis_of(batch)
    assert basis.now is not None
    piece = act.items[start : start + min(size, PIECES.get(Verb(act.verb), size))]
    chunk = Chunk(
        act,
        step_of(Verb(act.verb)),
        asked_of(act),
        basis,
        basis.now,
        {pk: start + offset for offset, pk in enumerate(piece)},
    )
    effects.prepare(chunk)
    judged = _within_rights(
        act, piece, verdicts(chunk.step, piece, basis, chunk.asked), basis.today
    )
    if chunk.verb is Verb.SHIP:
        judged = waybills.refuse_sealed(act, chunk.asked, judged)
    done, raced = _write(chunk, {pk: v for pk, v in judged.items() if v.passes})
    _note_refusals(chunk, judged, raced)
    _tally(chunk, judged, done, raced, len(piece))
    _judge_anew(chunk, done)
    return _as_it_is(act_id)


def _as_it_is(act_id: int) -> Act:
    """The act without its items, of which there are as many as files, and which never change."""
    return Act.objects.defer("items").get(pk=act_id)


def _without_batch(act: Act) -> Act:
    """The batch was deleted since the confirmation: its files are gone, nothing is left to do."""
    left = act.total - act.cursor
    Act.objects.filter(pk=act.pk).update(
        cursor=act.total, raced=F("raced") + left, finished_at=clock.now()
    )
    return _as_it_is(act.pk)


def _judge_anew(chunk: Chunk, done: dict[int, Verdict]) -> None:
    """The files whose stored verdict the step itself has changed, and those that come back to be
    worked on in a closed batch, where judging did not follow the facts meanwhile. Last, as it locks
    the row of the batch's judging.
    """
    if chunk.verb in _OVER_THE_NUMBER:  # their forecasts were made by the other rules
        Forecast.objects.filter(candidate_id__among=Ids(list(done))).delete()
    files = {
        pk: _stage_after(chunk, verdict)
        for pk, verdict in done.items()
        if _is_followed_again(chunk, verdict)
        or changes_verdict(chunk.step, verdict.facts, chunk.basis)
    }
    if files:
        closed = chunk.basis.closed_on
        rows = [
            (pk, chunk.act.batch_id, judging.is_followed(closed, stage.value, held=True))
            for pk, stage in files.items()
        ]
        auditing.mark(rows, f"办理了{chunk.verb.label}")
        auditing.judge_few(list(files))


def _stage_after(chunk: Chunk, verdict: Verdict) -> Stage:
    target = chunk.step.target
    return target if isinstance(target, Stage) else verdict.facts.file.stage


def _is_followed_again(chunk: Chunk, verdict: Verdict) -> bool:
    """Whether with this step the verdict of a file begins to follow the facts."""
    if not isinstance(chunk.step.target, Stage):
        return False
    stages = (verdict.facts.file.stage, chunk.step.target)
    return [judging.is_followed(chunk.basis.closed_on, stage.value) for stage in stages] == [
        False,
        True,
    ]


def _within_rights(
    act: Act, piece: list[int], judged: dict[int, Verdict], day: date
) -> dict[int, Verdict]:
    """Refuses by name whatever the act's own person may no longer do: a role ended, an account
    closed, a student moved.

    Background work may run long after it was confirmed (ASVS 8.3.3).
    """
    actor = scope.actor_of(act.actor, day)
    if (
        actor is None
        or actor.desk.value != act.desk
        or not rights.may(actor.roles, actor.desk, Verb(act.verb))
    ):
        seen: frozenset[int] = frozenset()
    elif actor.centres is None:
        return judged
    else:
        rows = scope.visible(actor, Candidate.objects.filter(id__among=piece))
        seen = frozenset(rows.values_list("id", flat=True))
    lost = Finding("RIGHTS")
    for pk in judged.keys() - seen:
        if not judged[pk].unchanged:
            judged[pk] = Verdict(judged[pk].facts, (lost,), unchanged=False, refusal=lost)
    return judged


def _write(chunk: Chunk, passed: dict[int, Verdict]) -> tuple[dict[int, Verdict], set[int]]:
    """Move `passed`; returns those that moved and the ids that somebody else moved first."""
    if not passed:
        return {}, set()
    columns = columns_of(chunk)
    row_of = row_maker(chunk, list(columns))
    # A file moves only from the stage that was judged (another origin of the step may be another
    # desk's), and only if no act has written it since: it may have left that stage and come back.
    looked: dict[Stage, list[tuple[Any, ...]]] = {}
    for pk, verdict in passed.items():
        file = verdict.facts.file
        looked.setdefault(file.stage, []).append((*row_of(pk, verdict), file.version))
    with connection.cursor() as cursor:
        moved = sum(
            engine_of().update_each(
                cursor, _CANDIDATE, "id", columns, f"stage = '{stage.value}'", rows, _VERSION
            )
            for stage, rows in looked.items()
        )
        done = passed
        if moved != len(passed):
            mine = Candidate.objects.filter(id__among=list(passed), last_act=chunk.act)
            won = set(mine.values_list("id", flat=True))
            done = {pk: verdict for pk, verdict in passed.items() if pk in won}
        numbers = effects.apply(chunk, done)
        engine_of().insert(cursor, _EVENT, _EVENT_COLUMNS, _events(chunk, done, numbers))
    return done, passed.keys() - done.keys()


def _events(
    chunk: Chunk, done: dict[int, Verdict], numbers: dict[int, str]
) -> list[tuple[Any, ...]]:
    act = chunk.act
    asked = chunk.asked
    step = chunk.step
    at = db_time(chunk.at)
    reason = stored_value(asked.reason)
    note = asked.note
    own = dict(step.origins)
    reasons = _explanations(chunk, done)
    rows = []
    for pk, verdict in done.items():
        place = step.place(verdict.facts)
        assert place is not None  # a file without a place was refused
        owner = own[place]
        rows.append(
            (
                pk,
                act.pk,
                step.verb.value,
                place.value,
                step.target.value,
                at,
                act.actor_id,
                act.second_id,
                owner.value,
                owner is not Desk(act.desk),
                reason,
                reasons.get(pk, note),
                _as_json(*verdict.findings, *verdict.facts.lacking),
                chunk.basis.policy.digest,
                numbers.get(pk, ""),
            )
        )
    return rows


def _explanations(chunk: Chunk, done: dict[int, Verdict]) -> dict[int, str]:
    """The explanation of why each file was not finished, as written before the closing: the file's
    history shows it (七.3). For a file that lapses alone it is what two people agreed to, whatever
    was written meanwhile.
    """
    if chunk.verb is not Verb.LAPSE:
        return {}
    explanations = (
        Candidate.objects.filter(id__among=list(done))
        .exclude(explanation="")
        .values_list("id", "explanation")
    )
    return {pk: text for pk, text in explanations if text.startswith(chunk.asked.note)}


def _note_refusals(chunk: Chunk, judged: dict[int, Verdict], raced: set[int]) -> None:
    rows = [
        (chunk.act.pk, pk, pk in raced, _as_json(*verdict.findings))
        for pk, verdict in judged.items()
        if pk in raced or not (verdict.passes or verdict.unchanged)
    ]
    if rows:
        with connection.cursor() as cursor:
            engine_of().insert(
                cursor, _REFUSAL, ["act_id", "candidate_id", "raced", "findings"], rows
            )


def _tally(
    chunk: Chunk, judged: dict[int, Verdict], done: dict[int, Verdict], raced: set[int], size: int
) -> None:
    act = chunk.act
    unchanged = sum(v.unchanged for v in judged.values())
    codes = Tallied(act.by_code)
    for verdict in judged.values():
        codes.update(verdict.stops)
    # A file that vanished from the batch is neither; it is counted as raced, so that the counts add
    # up.
    lost = len(raced) + size - len(judged)
    refused = size - len(done) - unchanged - lost
    finished = chunk.at if act.cursor + size >= act.total else None
    Act.objects.filter(pk=act.pk).update(
        cursor=F("cursor") + size,
        done=F("done") + len(done),
        refused=F("refused") + refused,
        raced=F("raced") + lost,
        unchanged=F("unchanged") + unchanged,
        warned=F("warned") + sum(bool(v.findings) for v in done.values()),
        by_code=dict(codes),
        finished_at=finished,
    )


def _as_json(*findings: Finding) -> str:
    return json.dumps([f.as_row() for f in findings], ensure_ascii=False)
