"""The columns that a move writes, and the row of each file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

from graduand.models import STAGE_STAMP, Act, Lot
from graduand.office.chunk import Chunk
from graduand.queries.verdicts import Verdict
from graduand.rulebook.clauses import against_degree
from graduand.rulebook.review.side_gates import DECIDED
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import DegreeState, Stage, Verb

# Columns written by every move, and the further ones of each verb; PostgreSQL wants their types.
_ALWAYS = {"stage": "text", "moved_at": "timestamptz", "last_act_id": "bigint"}
# A step of another track leaves the stage and its time alone; the case and the certificate are
# written by the effects.
_BESIDE: dict[Track, dict[str, str]] = {
    Track.DEGREE: {"degree": "text", "last_act_id": "bigint"},
    Track.CASE: {"last_act_id": "bigint"},
    Track.REGISTRATION: {"last_act_id": "bigint"},
    Track.CONTENT: {"last_act_id": "bigint"},
    Track.DEGREE_PAPER: {"last_act_id": "bigint"},
    Track.GROUNDS: {"confirmed_grounds": "text", "last_act_id": "bigint"},
}
_NO_APPLICATION = {
    "round_id": "bigint",
    "reported_no": "integer",
    "lot_id": "bigint",
    "applied_at": "timestamptz",
    "applied_by_id": "bigint",
    "degree": "text",
}
_UNREVIEWED = {
    "endorsed_at": "timestamptz",
    "endorsed_by_id": "bigint",
    "approved_at": "timestamptz",
    "approved_by_id": "bigint",
    "approved_photo": "text",
}
# A file that is no longer approved leaves the frozen roster: the place stays empty, as an
# application order does (五.3).
_UNROSTERED = {"roster_id": "bigint", "roster_no": "integer", "roster_class": "varchar"}
_UNCERTIFIED = {
    "certified_at": "timestamptz",
    "shipped_at": "timestamptz",
    "received_at": "timestamptz",
    "collected_at": "timestamptz",
}
# The explanation of a file is about the stage it was written at: every step of the file except
# LAPSE, which it explains, deletes it.
_UNEXPLAINED = {"explanation": "text"}
COLUMNS_OF_VERB: dict[Verb, dict[str, str]] = {
    Verb.APPLY: {**_NO_APPLICATION, **_UNREVIEWED},
    Verb.WITHDRAW: _NO_APPLICATION,
    Verb.DEFER: {**_NO_APPLICATION, **_UNREVIEWED},
    Verb.RELIST: {**_NO_APPLICATION, **_UNREVIEWED},
    Verb.RELIST_DEFERRED: {**_NO_APPLICATION, **_UNREVIEWED},
    Verb.ENDORSE: {"endorsed_at": "timestamptz", "endorsed_by_id": "bigint"},
    Verb.APPROVE: {
        "approved_at": "timestamptz",
        "approved_by_id": "bigint",
        "approved_photo": "text",
    },
    Verb.SEND_BACK: {**_UNREVIEWED, **_UNROSTERED},
    Verb.REOPEN: _UNREVIEWED,
    Verb.CERTIFY: {"certified_at": "timestamptz"},
    Verb.VOID: {**_UNCERTIFIED, "confirmed_grounds": "text"},
    Verb.SHIP: {"shipped_at": "timestamptz"},
    Verb.RECEIVE: {"received_at": "timestamptz"},
    Verb.COLLECT: {"collected_at": "timestamptz"},
    Verb.UNCOLLECT: {"collected_at": "timestamptz"},
    Verb.RECALL: {
        "shipped_at": "timestamptz",
        "received_at": "timestamptz",
        "collected_at": "timestamptz",
    },
}
_EMPTY = {"approved_photo": "", "explanation": "", "confirmed_grounds": ""}


def columns_of(chunk: Chunk) -> dict[str, str]:
    """The columns that the step writes, with their types."""
    if chunk.step.track is not Track.STAGE:
        return _BESIDE[chunk.step.track]
    # A closing that did not take place leaves a file's columns as they were, since LAPSE has
    # written nothing but the stage.
    if chunk.asked.undone or chunk.verb is Verb.LAPSE:
        return _ALWAYS
    return {**_ALWAYS, **_UNEXPLAINED, **COLUMNS_OF_VERB.get(chunk.verb, {})}


def row_maker(chunk: Chunk, columns: list[str]) -> Callable[[int, Verdict], tuple[Any, ...]]:
    """A function that gives (id, *values of `columns`) for one file; values that all files share
    are made once.
    """
    fixed = _shared_values(chunk, columns)
    lots = None
    if chunk.verb is Verb.APPLY:
        lots = _lot_finder(chunk.act)
    template = [None, *(fixed[column] for column in columns)]
    place = {column: index for index, column in enumerate(columns, start=1)}

    def row(pk: int, verdict: Verdict) -> tuple[Any, ...]:
        values = template.copy()
        values[0] = pk
        if lots is not None:
            values[place["lot_id"]], values[place["reported_no"]] = lots(chunk.places[pk])
        elif chunk.verb is Verb.APPROVE and verdict.facts.photo is not None:
            values[place["approved_photo"]] = verdict.facts.photo.sha256
        elif chunk.verb is Verb.CONFIRM_ISSUE:
            values[place["confirmed_grounds"]] = verdict.facts.grounds_mark
        if chunk.step.track is Track.STAGE and "degree" in place:
            values[place["degree"]] = _degree_after(chunk, verdict)
        return tuple(values)

    return row


def _shared_values(chunk: Chunk, columns: list[str]) -> dict[str, Any]:
    """What the step writes alike for every file, by column: when, by whom, in which round."""
    act = chunk.act
    now = db_time(chunk.at)
    target = chunk.step.target
    fixed: dict[str, Any] = {name: _EMPTY.get(name) for name in columns if name not in _ALWAYS}
    fixed |= {"stage": target.value, "moved_at": now, "last_act_id": act.pk}
    if chunk.step.track is Track.DEGREE:
        fixed["degree"] = target.value
    stamp = STAGE_STAMP.get(target) if isinstance(target, Stage) else None
    if stamp in columns and chunk.verb is not Verb.VOID:
        fixed[stamp] = now
        if f"{stamp[:-3]}_by_id" in columns:
            fixed[f"{stamp[:-3]}_by_id"] = act.actor_id
    if chunk.verb is Verb.APPLY:
        fixed["round_id"] = act.round_id
    return fixed


def _degree_after(chunk: Chunk, verdict: Verdict) -> str:
    """The file's degree after the step: an application for the degree is made and withdrawn with
    the file's own, and a decision on a degree never changes here.

    Findings against the degree drop the degree half and never the graduation.
    """
    now = verdict.facts.file.degree
    if now in DECIDED:
        return now.value
    wanted = chunk.verb is Verb.APPLY and chunk.asked.with_degree
    if not wanted or against_degree(verdict.findings):
        return DegreeState.NONE.value
    return DegreeState.APPLIED.value


def _lot_finder(act: Act) -> Callable[[int], tuple[int, int]]:
    """position in the act -> (lot, application order): the lots follow each other in the act's own
    order.

    Files refused when the act was confirmed come before them, in no lot.
    """
    lots = list(
        Lot.objects.filter(act=act).order_by("first_no").values_list("id", "first_no", "size")
    )
    firsts = [first for _, first, _ in lots]
    before = act.total - sum(size for *_, size in lots)

    def found(place: int) -> tuple[int, int]:
        number = firsts[0] + place - before
        return lots[bisect_right(firsts, number) - 1][0], number

    return found


def db_time(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)
