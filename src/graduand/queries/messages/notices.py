"""Notices: who sees which, which of the units addressed have read one, and which have not."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from graduand.models import Notice, NoticeAddress, NoticeFile, NoticeReceipt, Unit
from graduand.queries.scope import Actor
from graduand.rulebook.terms import Desk, UnitKind


def visible(actor: Actor) -> QuerySet[Notice]:
    """Headquarters sees all; others what is for everybody or for a unit of theirs."""
    if actor.centres is None:
        return Notice.objects.all()
    if actor.desk not in (Desk.CENTRE, Desk.COLLEGE):
        return Notice.objects.none()
    addressed = NoticeAddress.objects.filter(unit__in=actor.centres).values("notice")
    return Notice.objects.filter(Q(for_all=True) | Q(pk__in=addressed))


def listed(actor: Actor) -> QuerySet[Notice]:
    """The notices that the actor sees, with whether the actor has read each; None for headquarters,
    which wrote it.
    """
    own = NoticeReceipt.objects.filter(notice=OuterRef("pk"), user=actor.user_id)
    mine: Any = Value(None, output_field=BooleanField()) if actor.desk is Desk.HQ else Exists(own)
    return visible(actor).annotate(mine=mine)


def was_read(yes: bool) -> Q:
    """Of the notices `listed`, those that were confirmed as read, or those that were not."""
    return Q(mine=yes)


def with_receipts() -> dict[str, Any]:
    """The expression that counts the units that have read a notice."""
    every = NoticeReceipt.objects.filter(notice=OuterRef("pk")).order_by().values("notice")
    units = every.annotate(n=Count("unit", distinct=True)).values("n")
    return {"units_read": Coalesce(Subquery(units), 0)}


def unread(actor: Actor) -> QuerySet[Notice]:
    """What the actor has not confirmed to have read."""
    return visible(actor).exclude(
        pk__in=NoticeReceipt.objects.filter(user=actor.user_id).values("notice")
    )


def visible_notice(actor: Actor, pk: int) -> Notice | None:
    """One notice that the actor may see."""
    return visible(actor).select_related("by", "batch", "policy").filter(pk=pk).first()


def file(actor: Actor, notice: int, number: int) -> NoticeFile | None:
    """An attachment of a notice that the actor may see."""
    return NoticeFile.objects.filter(pk=number, notice=notice, notice__in=visible(actor)).first()


def receipts(notice: Notice, actor: Actor) -> list[NoticeReceipt]:
    """Who has read it, newest first: everybody for headquarters, else people of the actor's units.
    One query.
    """
    rows = (
        NoticeReceipt.objects.filter(notice=notice)
        .select_related("unit", "user")
        .order_by("-read_at", "-id")
    )
    if actor.centres is not None:
        rows = rows.filter(unit__in=actor.centres)
    return list(rows)


def not_read(notice: Notice) -> list[Unit]:
    """The addressed units in which nobody has read it, in full whoever asks.

    One query.
    """
    units = Unit.objects.exclude(kind=UnitKind.HQ.value)
    if not notice.for_all:
        units = units.filter(pk__in=NoticeAddress.objects.filter(notice=notice).values("unit"))
    return list(
        units.exclude(pk__in=NoticeReceipt.objects.filter(notice=notice).values("unit")).order_by(
            "code"
        )
    )


def receivers() -> list[Unit]:
    """Every unit that a notice can be for."""
    return list(Unit.objects.exclude(kind=UnitKind.HQ.value).order_by("kind", "code"))
