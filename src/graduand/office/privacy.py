"""Persons' data in use: what was looked at is written down."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import Look
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.account_terms import LookKind, Purpose


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: who saw which students' data, how, what of it, and why where a reason had to be given."""

    actor: Actor
    students: tuple[int, ...]
    kind: LookKind
    what: str = ""
    purpose: Purpose | None = None


def write_look(seen: Seen, address: str = "") -> None:
    """One row a student; what a student sees of his own is nobody's business."""
    actor, at = seen.actor, clock.now()
    Look.objects.bulk_create(
        Look(at=at, user_id=actor.user_id, desk=actor.desk.value, unit_id=actor.unit_id, student_id=student,
             kind=seen.kind.value, what=seen.what[:100], purpose=seen.purpose.value if seen.purpose else "",
             address=address)
        for student in seen.students
        if student != actor.student_id
    )  # fmt: skip
