"""The office clock: business time, the same for web, worker and command line.

On PostgreSQL the database's clock rules, on SQLite the host's. A demo keeps an offset in its own database;
leases and sessions never use this clock.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from graduand.models import Deployment
from graduand.rulebook.calendar import office_day

CLOCK_KEY = "clock"


def real_now() -> datetime:
    """Now by the clock that rules this engine, aware."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment: datetime = cursor.fetchone()[0]
            return moment
    return timezone.now()


def now() -> datetime:
    """Business time, aware."""
    kept = Deployment.objects.filter(key=CLOCK_KEY).values_list("value", flat=True).first()
    seconds = float(kept.partition(" ")[0]) if kept else 0.0
    return real_now() + timedelta(seconds=seconds)


def today() -> date:
    """The office's day in Shanghai."""
    return office_day(now())
