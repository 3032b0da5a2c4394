"""What left in bulk, for the auditor: each file with who took it out, what became of it, who
agreed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet

from graduand.models import Act, Export, Intake, Lot, Outgoing, PhotoUpload, PolicyDraft
from graduand.queries.listing import BadFilter, Criterion
from graduand.queries.scope import Actor
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import FileState, Leaves

LONGEST_HASH = 64


def files(actor: Actor) -> QuerySet[Outgoing]:
    """Every file on record, for the auditor; for anybody else none."""
    return _for_auditor(actor, Outgoing.objects.select_related("by", "end", "consent__decided_by"))


def runs(actor: Actor) -> QuerySet[Export]:
    """Every numbered file for another system, for the auditor; for anybody else none."""
    return _for_auditor(actor, Export.objects.select_related("by", "batch", "round"))


def _for_auditor(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    if not rights.may_audit(actor.roles):
        return rows.none()
    return rows


def kinds(rows: QuerySet[Outgoing]) -> Iterable[str]:
    """The keys of what has left so far; one query."""
    return rows.order_by("listing").values_list("listing", flat=True).distinct()


def taken_by(value: str) -> Q:
    """The person who took it out, by the beginning of the account or of the name."""
    if value.isascii() and value.isalnum():
        return Q(by__username__begins=value)
    return Q(by__name__begins=value)


def of_kind(value: str) -> Q:
    """What left under one key."""
    return Q(listing=value)


def with_personal_fields(some: bool) -> Q:
    """Whether it held any."""
    return Q(personal=some)


def hashed(path: str) -> Criterion:
    """The beginning of a file's hash, as somebody who has found a file computes it."""
    return Criterion(
        "hash", "文件校验码", lambda value: Q(**{f"{path}__startswith": value}), check=_hash
    )


def _hash(value: str) -> str:
    text = value.strip().lower()
    if len(text) > LONGEST_HASH or not set(text) <= set("0123456789abcdef"):
        raise BadFilter("文件校验码由 0–9 和 a–f 组成，最多 64 位；请核对。")
    return text


# What left of an import of pictures names its upload.
_OF_PICTURES = (Leaves.PHOTO_IMPORT.value, Leaves.PHOTOS_REFUSED.value)
# Conditions that name an import.
_OF_IMPORTS = ("import", "import_degree", "regained")


@dataclass(frozen=True, slots=True)
class Objects:
    """The conditions of files that name a row by its number: these rows, as far as they still
    exist.
    """

    imports: dict[int, Intake] = field(default_factory=dict)
    uploads: dict[int, PhotoUpload] = field(default_factory=dict)
    acts: dict[int, Act] = field(default_factory=dict)
    drafts: dict[int, PolicyDraft] = field(default_factory=dict)
    lots: dict[int, Lot] = field(default_factory=dict)

    def of(self, listing: str, name: str, value: str) -> Model | None:
        """What the condition `name` of a file is about; None for what is no such row."""
        imports: dict[int, Any] = self.imports
        if listing in _OF_PICTURES:
            imports = self.uploads
        known: dict[str, dict[int, Any]] = {
            **dict.fromkeys(_OF_IMPORTS, imports),
            "act": self.acts,
            "draft": self.drafts,
            "lot": self.lots,
        }
        if not value.isdecimal():
            return None
        return known.get(name, {}).get(int(value))


def objects(lines: Sequence[Outgoing]) -> Objects:
    """The rows that the conditions of these files name by number; one query per kind."""
    asked: dict[str, set[int]] = {}
    for line in lines:
        for name, value in line.asked:
            kind = name
            if name == "import" and line.listing in _OF_PICTURES:
                kind = "upload"
            if value.isdecimal():
                asked.setdefault(kind, set()).add(int(value))
    imports = set[int]().union(*(asked.get(name, set()) for name in _OF_IMPORTS))
    return Objects(
        _rows(Intake.objects.select_related("by"), imports),
        _rows(PhotoUpload.objects.select_related("by"), asked.get("upload")),
        _rows(Act.objects.select_related("actor", "batch"), asked.get("act")),
        _rows(PolicyDraft.objects.select_related("by"), asked.get("draft")),
        _rows(Lot.objects.select_related("round__batch", "centre"), asked.get("lot")),
    )


def _rows(rows: QuerySet[Any], numbers: set[int] | None) -> dict[int, Any]:
    if not numbers:
        return {}
    return rows.in_bulk(numbers)


def in_state(value: str) -> Q:
    """The state of a file: one without an end is being written."""
    if value == FileState.WRITING.value:
        return Q(end=None)
    return Q(end__state=value)


def state_of(row: Outgoing) -> FileState:
    """The state of a record's file."""
    end: Any = getattr(row, "end", None)
    if end is None:
        return FileState.WRITING
    return FileState(end.state)
