"""`graduand bench lists`: every default list at every desk, compared with its bare SQL plus its
template.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.template.backends.jinja2 import Template
from django.test import Client

from graduand.benchmarks import desks
from graduand.benchmarks.measuring.timing import (
    NotDone,
    circumstances,
    own_database,
    peak_memory,
    work_clock,
)
from graduand.models import User

LISTS = (
    "students",
    "candidates",
    "reviews",
    "photos",
    "identity",
    "archives",
    "rosters",
    "certificates",
    "parcels",
    "handovers",
    "imports",
    "jobs",
)
NOT_AT_A_CENTRE = {"reviews"}
RUNS = 9
WARM = 2


@dataclass(slots=True)
class PageTiming:
    """One request of a page: seconds in all and in its template, and the statements that it sent to
    the database.
    """

    whole: float = 0.0
    template: float = 0.0
    asked: list[tuple[str, Any]] = field(default_factory=list)


def measure(people: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds of work per page, the median of RUNS; `times` is the page divided by bare SQL
    plus template.
    """
    # As in production, pages name their static files by hash.
    call_command("collectstatic", interactive=False, verbosity=0)
    with own_database():
        _, users = desks.build(people, say)
        rows = []
        for desk, user in users.items():
            client = signed_in(user)
            for name in LISTS:
                if desk != "centre" or name not in NOT_AT_A_CENTRE:
                    say(f"测量 {desk} {name}　　　　")
                    rows.append({"desk": desk, "list": name, **_page(client, f"/{name}")})
        slowest = max(rows, key=lambda row: row["page_ms"])
        worst = max(rows, key=lambda row: row["times"])
        return {
            **circumstances(),
            "candidates": people,
            "slowest": f"{slowest['list']}@{slowest['desk']}",
            "slowest_ms": slowest["page_ms"],
            "slowest_times": slowest["times"],
            "worst": f"{worst['list']}@{worst['desk']}",
            "worst_times": worst["times"],
            "peak_memory_mib": round(peak_memory()),
            "pages": rows,
        }


def signed_in(user: User) -> Client:
    """A client whose session says that a second factor was shown: the pages are measured, not
    signing in.
    """
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "at": time.time()}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def _page(client: Client, path: str) -> dict[str, Any]:
    looks = [look(client, path) for _ in range(WARM + RUNS)][WARM:]
    bare = [_bare(looks[-1].asked) for _ in range(RUNS)]
    whole, template, sql = (
        statistics.median(times) * 1_000
        for times in ([look.whole for look in looks], [look.template for look in looks], bare)
    )
    return {
        "page_ms": round(whole, 1),
        "sql_ms": round(sql, 2),
        "template_ms": round(template, 1),
        "statements": len(looks[-1].asked),
        "times": round(whole / (sql + template), 2),
    }


def look(client: Client, path: str) -> PageTiming:
    """Time one request. Raises NotDone when the page does not list a row."""
    timing = PageTiming()
    with _watched(timing):
        start = work_clock()()
        response = client.get(path, secure=True, headers={"host": "localhost"})
        timing.whole = work_clock()() - start
    if response.status_code != 200:
        raise NotDone(f"没有测到：{path} 的回答是 {response.status_code}")
    if response.content.count(b"<tr>") < 2:  # the head of a table, and at least one row
        raise NotDone(f"没有测到：{path} 没有列出任何一行")
    return timing


@contextmanager
def _watched(timing: PageTiming) -> Iterator[None]:
    """Note each statement sent to the database, and how long the template takes."""
    render = Template.render

    def asked(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        timing.asked.append((sql, params))
        return execute(sql, params, many, context)

    def timed(self: Template, *args: Any, **kwargs: Any) -> Any:
        start = work_clock()()
        try:
            return render(self, *args, **kwargs)
        finally:
            timing.template += work_clock()() - start

    Template.render = timed  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(asked):
            yield
    finally:
        Template.render = render  # type: ignore[method-assign]


def _bare(asked: list[tuple[str, Any]]) -> float:
    """Seconds for the same statements sent straight to the database, every row fetched and thrown
    away.
    """
    start = work_clock()()
    with connection.cursor() as cursor:
        for sql, params in asked:
            if sql.lstrip("( ").upper().startswith(("SELECT", "WITH")):
                cursor.execute(sql, params)
                cursor.fetchall()
    return work_clock()() - start
