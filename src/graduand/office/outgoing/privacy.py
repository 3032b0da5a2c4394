"""Access to personal data: every look is written down; masked values are shown for a purpose and
for a minute.
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

# Somebody who opens more than this in an hour is copying a list by hand; that has to be asked for
# as an export.
MOST_AN_HOUR = 60
SHOWN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LookRecord:
    """One look: who saw which students' data, how, what of it, and why where a reason had to be
    given; `at` is the present where it is None.
    """

    actor: Actor
    students: tuple[int, ...]
    kind: LookKind
    what: str = ""
    purpose: Purpose | None = None
    at: datetime | None = None


def write_look(seen: LookRecord, address: str = "") -> None:
    """Write one row per student. A student who looks at their own data is not recorded."""
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

    The caller makes sure that the actor may see the student at all: the row comes through
    scope.visible.
    """
    field = next((each for each in revealable(actor.roles) if each.key == key), None)
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
    """The value in full; "" where none is on record."""
    found: Any = student
    for name in field.path.split("."):
        found = getattr(found, name, None)
        if found is None:
            return ""
    return str(found)
