"""The rows of parcels and of their items, and the conditions that lists filter them by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from graduand.models import (
    Certificate,
    Parcel,
    ParcelItem,
)
from graduand.queries import clock
from graduand.queries.certificates import voided_papers
from graduand.queries.listing import Criterion, negated_unless, plain
from graduand.queries.scope import Actor, in_classes
from graduand.queries.stations import Rows, issued_to, old_since
from graduand.rulebook.calendar import midnight
from graduand.rulebook.canon import CARRIER_MAX, WAYBILL_MAX, spelt_waybill, stored_waybill
from graduand.rulebook.dispatch.carriers import behind_carrier

# A carrier's name, a space, a number: the longest text that a line of the list shows.
WAYBILL_TEXT = CARRIER_MAX + 1 + WAYBILL_MAX


def parcels(actor: Actor) -> Rows:
    """包裹 that somebody of the actor's units sends or receives."""
    every = Parcel.objects.all()
    if actor.centres is None:
        return every
    return every.filter(Q(receiver__in=actor.centres) | Q(sender__in=actor.centres))


def in_parcel(actor: Actor, **which: Any) -> Any:
    """An annotation: how many items of a row's parcel the actor may see; `which` are further
    conditions on the items.
    """
    items = ParcelItem.objects.filter(parcel=OuterRef("pk"), **which).order_by()
    items = in_classes(actor, items, "candidate__student")
    return Coalesce(Subquery(items.values("parcel").annotate(n=Count("id")).values("n")), 0)


def short(wanted: bool) -> Q:
    """Something was not there when the parcel was counted, and has not turned up."""
    not_found = Exists(ParcelItem.objects.filter(parcel=OuterRef("pk"), counted=False, open=True))
    return negated_unless(wanted, not_found)


def overdue(wanted: bool) -> Q:
    """Sealed longer ago than the days after which the home page reminds of it (a setting), and not
    all counted in.
    """
    limit = midnight(clock.today() - timedelta(days=settings.ALARM_DAYS["parcel"]))
    waiting = on_the_way(True) & Q(sealed_at__lt=limit)
    return negated_unless(wanted, waiting)


def on_the_way(wanted: bool) -> Q:
    """Something in it was not counted yet. What a count did not find is a difference (`short`) and
    no longer on its way.
    """
    uncounted = Exists(ParcelItem.objects.filter(parcel=OuterRef("pk"), counted=None, open=True))
    return negated_unless(wanted, uncounted)


def sealed() -> Q:
    """Something in it is neither counted in, taken back nor voided. Until then the parcel holds its
    waybill, which the database allows once.
    """
    return Q(open=True)


def by_waybill() -> Criterion:
    """The beginning of a waybill's number, in every spelling that the form for sending takes: with
    words around it, or after its carrier's name.
    """

    def where(value: str) -> Q:
        spelt = spelt_waybill(value) or value
        found = Q(tracking__begins=spelt) | Q(tracking__begins=stored_waybill(value))
        names, rest = behind_carrier(value, settings.CARRIERS)
        if number := spelt_waybill(rest):
            sent_by = Q()
            for name in names:
                sent_by |= Q(carrier__iexact=name)
            found |= sent_by & Q(tracking__begins=number)
        return found

    return Criterion("q", "运单号", where, check=lambda value: plain(value, WAYBILL_TEXT))


def receiver() -> Criterion:
    """The unit that a parcel goes to."""

    def offered(rows: Rows) -> list[tuple[str, str]]:
        return list(
            rows.order_by("receiver__code")
            .values_list("receiver__code", "receiver__name")
            .distinct()
        )

    return Criterion(
        "receiver",
        "接收单位",
        lambda value: Q(receiver__code=value),
        offered=offered,
        beyond_centre=True,
    )


def parcel(actor: Actor, pk: int) -> Parcel | None:
    """One parcel, as far as the actor may see it; else None."""
    found: Parcel | None = (
        parcels(actor)
        .select_related("sender", "receiver", "sealed_by", "received_by")
        .filter(pk=pk)
        .first()
    )
    return found


def parcel_items(actor: Actor, parcel: int) -> Rows:
    """The items of a parcel in the order of the packing list: by batch, then as on the rosters."""
    valid = Certificate.objects.filter(candidate=OuterRef("candidate"), voided_at=None)
    items = ParcelItem.objects.filter(parcel=parcel, parcel__in=parcels(actor)).annotate(
        certificate=Subquery(valid.values("number")[:1]),
        old_since=old_since("candidate"),
        body=issued_to("candidate"),
        **voided_papers.of_item(),
    )
    items = in_classes(actor, items, "candidate__student")
    items = items.select_related("candidate__student__plan", "candidate__roster")
    return items.order_by(
        "candidate__batch__code",
        "candidate__roster__number",
        "candidate__roster_no",
        "candidate__student__number",
    )


def missed_by(file: int) -> str:
    """The unit that looks for a certificate which was not in its parcel, namely the sender; ""
    where none is missing.
    """
    items = ParcelItem.objects.filter(candidate=file, counted=False, open=True).order_by("-id")
    return items.values_list("parcel__sender__name", flat=True).first() or ""


def missed(wanted: bool) -> Q:
    """The last count of the certificate's parcel did not find it."""
    not_found = Exists(
        ParcelItem.objects.filter(candidate=OuterRef("candidate"), counted=False, open=True)
    )
    return negated_unless(wanted, not_found)
