"""The program's clock: business time, the same for web, worker and command line.

On PostgreSQL it follows the database server, on SQLite the host. A demo stores an offset in its own
database; leases and sessions never use this clock.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from graduand.models import Deployment
from graduand.rulebook.calendar import OFFICE_ZONE, office_day

CLOCK_KEY = "clock"
DEMO_KEY = "demo"
# Written as SQL: every act asks several times, and building the query took ten times as long as
# running it.
_KEPT = f"SELECT key, value FROM {Deployment._meta.db_table} WHERE key IN (%s, %s)"  # noqa: S608 - our own name


def real_now() -> datetime:
    """Now by the clock that rules this engine, aware."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment
    return timezone.now()


def now() -> datetime:
    """Business time, aware.

    An offset counts in a demonstration only: with GRADUAND_DEMO, or where every row was invented.
    One that was left in a database with real data has no effect.
    """
    return real_now() + shift()


def shift() -> timedelta:
    """How far business time is ahead of real time; zero outside a demonstration.

    A page shows one time only: times stored as real time are moved by this before they are shown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [CLOCK_KEY, DEMO_KEY])
        kept: dict[str, str] = dict(cursor.fetchall())
    if CLOCK_KEY not in kept or not (settings.GRADUAND_DEMO or DEMO_KEY in kept):
        return timedelta()
    return timedelta(seconds=float(kept[CLOCK_KEY].partition(" ")[0]))


def today() -> date:
    """The office's day in Shanghai."""
    return office_day(now())


def moment(when: datetime) -> str:
    """The time of day, with the day before it unless that is today."""
    here = when.astimezone(OFFICE_ZONE)
    hour = f"{here.hour}:{here.minute:02}"
    if office_day(when) == today():
        return hour
    return f"{here.month}-{here.day} {hour}"
