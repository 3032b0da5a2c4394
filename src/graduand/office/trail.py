"""The trail of accounts: every sign-in, refusal, grant and change is one event, written with what it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graduand.models import AccountEvent, Intake
from graduand.queries import clock
from graduand.rulebook.account_terms import Deed


def note(
    deed: Deed, *, actor: int | None = None, user: int | None = None, address: str = "", key: str | None = None,
    now: datetime | None = None, **detail: Any,
) -> AccountEvent:  # fmt: skip
    """Write one event; ids of accounts, never a secret and never a person's number, in `detail`. `now` saves a question to
    whoever knows it."""
    return AccountEvent.objects.create(
        at=now or clock.now(), deed=deed.value, actor_id=actor, user_id=user, address=address, detail=detail, key=key or None
    )


def imported(record: Intake, created: int, updated: int) -> None:
    """One event for a file whose rows or pictures were kept; nobody's when the operator brought it."""
    note(Deed.IMPORTED, actor=record.by_id, kind_of_data=record.kind, intake=record.pk, created=created, updated=updated)


def known(key: str) -> bool:
    """Whether the form with this key has been carried out already: sent twice, it is one deed."""
    return bool(key) and AccountEvent.objects.filter(key=key).exists()
