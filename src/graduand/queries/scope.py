"""Who sees which rows: the only place that knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from graduand.models import Grant, Unit, User
from graduand.rulebook.terms import Desk, Role, UnitKind

DESK_OF_ROLE = {
    Role.HQ_ADMIN: Desk.HQ,
    Role.HQ_REVIEWER: Desk.HQ,
    Role.COLLEGE_REVIEWER: Desk.COLLEGE,
    Role.COLLEGE_DISPATCH: Desk.COLLEGE,
    Role.CENTRE_CLERK: Desk.CENTRE,
    Role.CLASS_TEACHER: Desk.CENTRE,
    Role.STUDENT: Desk.STUDENT,
}
_HEIGHT = {Desk.STUDENT: 0, Desk.CENTRE: 1, Desk.COLLEGE: 2, Desk.HQ: 3}
DESK_OF_KIND = {UnitKind.HQ: Desk.HQ, UnitKind.COLLEGE: Desk.COLLEGE, UnitKind.CENTRE: Desk.CENTRE}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a desk: what the office and the pages know of whoever acts.

    `centres` are the learning centres whose rows are visible; None is everywhere (headquarters).
    """

    user_id: int
    name: str
    desk: Desk
    roles: frozenset[Role]
    unit_id: int | None
    unit_code: str
    unit_name: str
    centres: frozenset[int] | None
    student_id: int | None = None


def actor_of(user: User, day: date) -> Actor | None:
    """The actor that `user` is on `day`, by the highest grant in force; None without any, or when disabled."""
    if not user.is_active:
        return None
    grants = [
        g
        for g in Grant.objects.filter(user=user).select_related("unit")
        if (g.since is None or g.since <= day) and (g.until is None or day <= g.until)
    ]
    if not grants:
        return None
    desks = [(DESK_OF_ROLE.get(Role(g.role), Desk.STUDENT), g) for g in grants]
    desk, best = max(desks, key=lambda pair: _HEIGHT[pair[0]])
    roles = frozenset(Role(g.role) for g in grants)
    centres = frozenset[int]() if desk is Desk.STUDENT else _centres(desk, [g.unit for d, g in desks if d is desk])
    return Actor(user.id, user.name, desk, roles, best.unit_id, best.unit.code, best.unit.name, centres,
                 user.student_id)  # fmt: skip


def _centres(desk: Desk, units: list[Unit]) -> frozenset[int] | None:
    """The centres below `units`: the tree is headquarters, colleges, centres; deeper centres count too."""
    if desk is Desk.HQ:
        return None
    children: dict[int | None, list[int]] = {}
    for pk, parent in Unit.objects.values_list("id", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found, queue = set[int](), [unit.id for unit in units]
    while queue:
        pk = queue.pop()
        if pk not in found:
            found.add(pk)
            queue.extend(children.get(pk, ()))
    return frozenset(found)


def colleges() -> dict[int, int | None]:
    """Unit -> the nearest college above it; a centre below another centre, or below headquarters, may have any depth.

    One query. What has no college above it answers with its own parent.
    """
    above: dict[int, tuple[int | None, str]] = {
        pk: (parent, kind) for pk, parent, kind in Unit.objects.values_list("id", "parent_id", "kind")
    }
    found: dict[int, int | None] = {}
    for pk, (parent, _) in above.items():
        place = parent
        while place is not None and above[place][1] != UnitKind.COLLEGE:
            place = above[place][0]
        found[pk] = parent if place is None else place
    return found


def visible(actor: Actor, rows: QuerySet[Any], centre: str = "centre", student: str = "student") -> QuerySet[Any]:
    """`rows` that `actor` may see; `centre` and `student` are the look-up paths to the centre and the student.

    A student sees his own rows only, an auditor without a desk none.
    """
    if actor.desk is Desk.STUDENT:
        return rows.filter(Q(**{student: actor.student_id})) if actor.student_id else rows.none()
    if actor.centres is None:
        return rows
    return rows.filter(**{f"{centre}__in": actor.centres})
