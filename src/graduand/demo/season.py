"""`graduand demo`: a fresh embedded database with an invented season, and accounts to look at it."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.models import Count

from graduand.demo import fates, people, sheets, staff, walk, walker
from graduand.demo.files import Files
from graduand.models import Candidate
from graduand.office.installation import deployment, homes
from graduand.office.people import own_accounts as accounts
from graduand.rulebook.terms import Role, SheetKind, Stage

LEAST = 60
STEPS = (
    walk.prepare,
    walk.apply,
    walk.review,
    walk.certify,
    walk.dispatch,
    walk.decide,
    walk.second_round,
)


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the table of accounts."""

    username: str
    password: str
    name: str
    role: str
    unit: str


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """A summary of the season: how many people, how many at each stage, and the accounts to look at
    it.
    """

    students: int
    stages: dict[str, int]
    accounts: tuple[Account, ...]


def make(students: int, say: Callable[[str], None]) -> DemoSummary:
    """Delete an earlier invented season and make a new one. Raises Refused."""
    deployment.clear_demo()
    home = Path(settings.GRADUAND_HOME) / "tmp"
    with tempfile.TemporaryDirectory(dir=home) as folder, Files(students, Path(folder)) as files:
        call_command("migrate", interactive=False, verbosity=0)
        deployment.mark_demo()
        homes.bind()
        invented = people.invent(students)
        fates.decide(invented)
        season = walker.Walk(invented, Path(folder), files, say)
        for step in STEPS:
            step(season)
        student = _student(season)
    shown = _accounts(student)
    deployment.keep_accounts(table(shown))
    rows = Candidate.objects.filter(batch=season.batch).values_list("stage").annotate(n=Count("id"))
    counted = dict(rows)
    stages = {stage.label: counted[stage.value] for stage in Stage if stage.value in counted}
    return DemoSummary(len(invented), stages, tuple(shown))


def _student(season: walker.Walk) -> tuple[str, str, str, str]:
    """Make an account for a student whose certificate waits at the centre."""
    number = walk.student_for_demo(season.batch)
    person = next(p for p in season.people if p.number == number)
    role = Role.STUDENT.label
    season.sheet(
        SheetKind.USERS, sheets.USERS, [(number, person.name, person.centre, role, number)]
    )
    return number, person.name, person.centre, role


def _accounts(student: tuple[str, str, str, str]) -> list[Account]:
    """The accounts, all with one password, which is a new one in every demonstration."""
    password = f"demo-{secrets.token_hex(3)}"
    everybody = (*staff.STAFF, *staff.OFFICERS, student)
    accounts.set_passwords((username for username, *_ in everybody), password)
    return [
        Account(username, password, name, role, walk.unit_name(code))
        for username, name, code, role in everybody
    ]


def table(rows: list[Account]) -> str:
    """The accounts as a table for a terminal, in which a Chinese character is two columns wide."""
    lines = [
        ("账号", "密码", "姓名", "角色", "单位"),
        *((a.username, a.password, a.name, a.role, a.unit) for a in rows),
    ]
    widths = [max(_width(line[place]) for line in lines) for place in range(5)]
    return "\n".join(
        "  ".join(
            text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)
