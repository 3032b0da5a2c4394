"""已核查学信网: what a centre declared when it applied, by whom and when, and for which stages and
pictures the declaration holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from graduand.models import Candidate, Lot, PhotoRow
from graduand.rulebook.clauses import Finding
from graduand.rulebook.terms import PhotoKind, Stage

SAME = "PHOTO-SAME"
# A new application comes with a new declaration.
_UNFILED = tuple(stage.value for stage in (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED))


def is_declared() -> Q:
    """For a filter of candidates: declared when they were applied for, about the picture that is
    current now.

    A picture that came later has not been compared.
    """
    later = PhotoRow.objects.filter(
        student=OuterRef("student"),
        kind=PhotoKind.GRADUATION.value,
        current=True,
        stored_at__gt=OuterRef("lot__act__confirmed_at"),
    )
    return Q(~Exists(later), lot__act__asked__same_checked=True)


@dataclass(frozen=True, slots=True)
class CentreDeclaration:
    """Who declared for a file that the registry's picture is the same person's, for which centre,
    and when.
    """

    user: int
    name: str
    centre: str
    at: datetime


def declaration_of(file: Candidate) -> CentreDeclaration | None:
    """The declaration that holds for `file`, or None; one query, none for a file that is not filed."""
    if file.lot_id is None or file.stage in _UNFILED:
        return None
    declared = Candidate.objects.filter(is_declared(), pk=file.pk)
    lot = (
        Lot.objects.filter(pk__in=declared.values("lot"))
        .select_related("act__actor", "centre")
        .first()
    )
    if lot is None:
        return None
    return CentreDeclaration(
        lot.act.actor_id, lot.act.actor.name, lot.centre.name, lot.act.confirmed_at
    )


def outstanding(findings: tuple[Finding, ...], file: Candidate) -> tuple[Finding, ...]:
    """`findings` of a stored verdict, without the reminder that nobody has compared the pictures
    where that was declared.
    """
    reminded = [finding for finding in findings if finding.code == SAME and not finding.blocks]
    if not reminded or declaration_of(file) is None:
        return findings
    return tuple(finding for finding in findings if finding not in reminded)


def answered() -> Q:
    """For a filter of candidates: the declaration holds, and nothing blocks."""
    return is_declared() & Q(judgement__clear=True) & ~Q(stage__in=_UNFILED)
