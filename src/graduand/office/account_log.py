"""The account log: every sign-in, refusal, grant and change is one event, written with what it is
about and where it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from getpass import getuser
from socket import gethostname
from typing import Any

from graduand.models import AccountEvent, Intake
from graduand.queries import clock
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import Channel

_FROM: ContextVar[str] = ContextVar("graduand_coming_from", default="")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from: the browser, or a machine's command line and the person there."""

    channel: Channel = Channel.WEB
    os_user: str = ""
    host: str = ""

    @classmethod
    def of_command(cls) -> Origin:
        """The command line of this machine, with the person at it."""
        return cls(Channel.COMMAND, getuser(), gethostname())

    @property
    def address(self) -> str:
        """`root@office1`, as the account log stores the origin of an event."""
        return f"{self.os_user}@{self.host}"[:45] if self.channel is Channel.COMMAND else ""


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Everything in this block comes from `address`: the visitor's, or a command line's; "" for
    nobody's.
    """
    before = _FROM.set(address)
    try:
        yield
    finally:
        _FROM.reset(before)


def current_address() -> str:
    """Where the present work comes from; "" for what the program does by itself."""
    return _FROM.get()


def note(
    deed: Deed,
    *,
    actor: int | None = None,
    user: int | None = None,
    address: str = "",
    key: str | None = None,
    now: datetime | None = None,
    **detail: Any,
) -> AccountEvent:
    """Write one event; `detail` holds ids of accounts, never a secret and never a person's number.
    Without an `address` it came from `current_address`. Giving `now`, where the caller has it,
    saves a query.
    """
    return AccountEvent.objects.create(
        at=now or clock.now(),
        deed=deed.value,
        actor_id=actor,
        user_id=user,
        address=address or current_address(),
        detail=detail,
        key=key or None,
    )


def note_import(record: Intake, created: int, updated: int, address: str = "") -> None:
    """One event for a file whose rows or pictures were kept; nobody's when the operator brought it."""
    note(
        Deed.IMPORTED,
        actor=record.by_id,
        address=address,
        kind_of_data=record.kind,
        intake=record.pk,
        created=created,
        updated=updated,
    )


def event_of_form(key: str) -> AccountEvent | None:
    """The event of the form with this key, if it was carried out already: sent twice, it is done
    once.
    """
    if not key:
        return None
    return AccountEvent.objects.filter(key=key).first()
