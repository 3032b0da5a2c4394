"""Slows guessing down, for an address, an account and both together, without locking anybody out.

A try is paid for before it is judged, by compare-and-set, so that twelve at once are twelve; a
successful one is paid back. A browser that has signed in to the account before is counted on its
own: strangers who guess at an account make the next stranger wait, never its owner. Real time, not
the demo's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from graduand.models import Throttle

ATTEMPTS_AT_ONE_ROW = 8


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries in `window` seconds, then a wait that starts at `first` and doubles up to `most`
    seconds.
    """

    name: str
    free: int
    window: int
    first: float
    most: float

    def wait(self, spent: int) -> float:
        """Seconds to wait after the `spent`-th try."""
        over = spent - self.free
        if over < 0:
            return 0.0
        return min(self.first * 2.0 ** min(over, 30), self.most)


PAIR = Limit("pair", free=5, window=15 * 60, first=5, most=15 * 60)
KNOWN = Limit("known", free=8, window=15 * 60, first=5, most=5 * 60)
CODE = Limit("code", free=5, window=15 * 60, first=10, most=15 * 60)
ACCOUNT = Limit("account", free=20, window=60 * 60, first=30, most=30)
# A whole campus may come from one address: hundreds of honest mistakes an hour, then one try every
# two seconds.
ADDRESS = Limit("address", free=100, window=10 * 60, first=2, most=2)


@dataclass(frozen=True, slots=True)
class Charge:
    """One key to pay with."""

    limit: Limit
    subject: str

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.limit.name}\0{self.subject}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChargeOutcome:
    """`wait` is 0 when the try may go on; `slowed` names the limits that this try reached."""

    charges: tuple[Charge, ...]
    wait: int
    slowed: tuple[str, ...] = ()


def sign_in_charges(address: str, username: str, known: str) -> tuple[Charge, ...]:
    """What a try at the sign-in form pays with; `known` is the mark of a browser that knows this
    account, or "".
    """
    name = username.casefold()
    if known:
        return (Charge(KNOWN, f"{known}\0{name}"),)
    return (Charge(PAIR, f"{address}\0{name}"), Charge(ACCOUNT, name), Charge(ADDRESS, address))


def pay(charges: Iterable[Charge], now: datetime | None = None) -> ChargeOutcome:
    """Pay for one try, or say how long to wait; a try that has to wait costs nothing."""
    moment = now or timezone.now()
    wanted = tuple(charges)
    with transaction.atomic():
        waits = [_open_at(charge, moment) - moment for charge in wanted]
        longest = max(waits, default=timedelta())
        if longest > timedelta():
            return ChargeOutcome((), max(1, -int(-longest.total_seconds() // 1)))
        slowed = []
        for charge in wanted:
            spent = _spend(charge, moment)
            if spent is None:  # somebody else is faster at this very key: wait for a turn
                transaction.set_rollback(True)
                return ChargeOutcome((), 1)
            if spent == charge.limit.free:
                slowed.append(charge.limit.name)
    return ChargeOutcome(wanted, 0, tuple(slowed))


def refund(paid: ChargeOutcome) -> None:
    """The try was honest: the account's and the address's count go back by one, the pair's own is
    forgotten.
    """
    for charge in paid.charges:
        rows = Throttle.objects.filter(key=charge.key)
        if charge.limit in (ACCOUNT, ADDRESS):
            rows.filter(spent__gt=0).update(spent=F("spent") - 1, open_at=F("since"))
        else:
            rows.delete()


def sweep(now: datetime | None = None) -> int:
    """Forget what is older than any window; returns how many rows."""
    limit = (now or timezone.now()) - timedelta(days=1)
    return Throttle.objects.filter(since__lt=limit, open_at__lt=limit).delete()[0]


def _open_at(charge: Charge, now: datetime) -> datetime:
    row = Throttle.objects.filter(key=charge.key).values_list("open_at", "since").first()
    if row is None:
        return now
    return row[0]


def _spend(charge: Charge, now: datetime) -> int | None:
    """Raise the count by one where nobody else did meanwhile; None when the row keeps changing."""
    for _ in range(ATTEMPTS_AT_ONE_ROW):
        row = Throttle.objects.filter(key=charge.key).first()
        if row is None:
            try:
                with transaction.atomic():
                    Throttle.objects.create(key=charge.key, spent=1, since=now, open_at=now)
            except IntegrityError:
                continue
            return 1
        if row.open_at > now:
            return None
        spent = row.spent + 1
        since = row.since
        if since + timedelta(seconds=charge.limit.window) <= now:
            spent = 1
            since = now
        opens = now + timedelta(seconds=charge.limit.wait(spent))
        same = Throttle.objects.filter(pk=row.pk, spent=row.spent, open_at=row.open_at)
        if same.update(spent=spent, since=since, open_at=opens):
            return spent
    return None
