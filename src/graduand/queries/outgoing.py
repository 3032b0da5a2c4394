"""What left in bulk, for whoever audits: each file with whoever took it out, what became of it, who agreed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from graduand.models import Export, Outgoing
from graduand.queries.listing import BadFilter, Criterion
from graduand.queries.scope import Actor
from graduand.rulebook import rights
from graduand.rulebook.account_terms import FileState

LONGEST_HASH = 64


def files(actor: Actor) -> QuerySet[Outgoing]:
    """Every file on record, for the auditor; for anybody else none."""
    rows = Outgoing.objects.select_related("by", "end", "consent__decided_by")
    return rows if rights.may_audit(actor.roles) else rows.none()


def runs(actor: Actor) -> QuerySet[Export]:
    """Every numbered file for another system, for the auditor; for anybody else none."""
    rows = Export.objects.select_related("by", "batch", "round")
    return rows if rights.may_audit(actor.roles) else rows.none()


def kinds(rows: QuerySet[Outgoing]) -> Iterable[str]:
    """The keys of what has left so far; one query."""
    return rows.order_by("listing").values_list("listing", flat=True).distinct()


def taken_by(value: str) -> Q:
    """Whoever took it out, by the beginning of the account or of the name."""
    column = "username" if value.isascii() and value.isalnum() else "name"
    return Q(**{f"by__{column}__begins": value})


def of_kind(value: str) -> Q:
    """What left under one key."""
    return Q(listing=value)


def with_personal_fields(some: bool) -> Q:
    """Whether it held any."""
    return Q(personal=some)


def hashed(path: str) -> Criterion:
    """The beginning of the hash of a file, as whoever found one reckons it."""
    return Criterion("hash", "文件校验码", lambda value: Q(**{f"{path}__startswith": value}), check=_hash)


def _hash(value: str) -> str:
    text = value.strip().lower()
    if len(text) > LONGEST_HASH or not set(text) <= set("0123456789abcdef"):
        raise BadFilter("文件校验码由 0–9 和 a–f 组成，最多 64 位；请核对。")
    return text


def in_state(value: str) -> Q:
    """How far a file is: what has no end is being written."""
    return Q(end=None) if value == FileState.WRITING.value else Q(end__state=value)


def state_of(row: Outgoing) -> FileState:
    """How far the file of a record is."""
    end: Any = getattr(row, "end", None)
    return FileState.WRITING if end is None else FileState(end.state)
