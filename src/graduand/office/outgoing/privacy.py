"""Persons' data in use: what was looked at is written down, what is masked is shown for a purpose
and for a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from graduand.models import Look, Student
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.outgoing.privacy import PersonalField, revealable
from graduand.rulebook.people.account_terms import LookKind, Purpose
from graduand.rulebook.words import stored_value

# Somebody who opens more than this in an hour is taking a list out by hand: that is an export, and
# asked for as one.
MOST_AN_HOUR = 60
SHOWN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LookRecord:
    """One look: who saw which students' data, how, what of it, why where a reason had to be given;
    `at` is now.
    """

    actor: Actor
    students: tuple[int, ...]
    kind: LookKind
    what: str = ""
    purpose: Purpose | None = None
    at: datetime | None = None


def write_look(seen: LookRecord, address: str = "") -> None:
    """One row a student; what a student sees of his own is nobody's business."""
    actor = seen.actor
    at = seen.at or clock.now()
    Look.objects.bulk_create(
        Look(
            at=at,
            user_id=actor.user_id,
            desk=actor.desk.value,
            unit_id=actor.unit_id,
            student_id=student,
            kind=seen.kind.value,
            what=seen.what[:100],
            purpose=stored_value(seen.purpose),
            address=address,
        )
        for student in seen.students
        if student != actor.student_id
    )


def reveal(
    actor: Actor, student: Student, key: str, purpose: Purpose | None, address: str = ""
) -> tuple[PersonalField, str]:
    """One masked field in full, written down in the same transaction. Raises Refused.

    That the actor may see the student at all is the caller's to know: the row comes through
    scope.visible.
    """
    field = next((one for one in revealable(actor.roles) if one.key == key), None)
    if field is None:
        raise Refused("您的岗位不能查看这一项的明文")
    if purpose is None:
        raise Refused("请选择查看的用途")
    with transaction.atomic():
        hour = clock.now() - timedelta(hours=1)
        lately = Look.objects.filter(
            user=actor.user_id, kind=LookKind.REVEAL.value, at__gt=hour
        ).count()
        if lately >= MOST_AN_HOUR:
            raise Refused(f"一小时内已查看 {lately} 次明文；需要成批使用时请用名单导出")
        write_look(LookRecord(actor, (student.pk,), LookKind.REVEAL, field.label, purpose), address)
    return field, value_of(student, field)


def value_of(student: Student, field: PersonalField) -> str:
    """The value in full; "" for what is not on record."""
    found: Any = student
    for name in field.path.split("."):
        found = getattr(found, name, None)
        if found is None:
            return ""
    return str(found)
