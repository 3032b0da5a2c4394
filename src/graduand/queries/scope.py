"""Who sees which rows: the only place that knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from graduand.models import Certificate, Grant, Student, Unit, User
from graduand.rulebook.people.rights import DESK_OF_ROLE
from graduand.rulebook.terms import Desk, Role, UnitKind

_HEIGHT = {Desk.STUDENT: 0, Desk.ADMIN: 1, Desk.CENTRE: 2, Desk.COLLEGE: 3, Desk.HQ: 4}
CLASS_SEPARATOR = "、"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a desk: what the office and the pages know of whoever acts.

    `centres` are the learning centres whose rows are visible; None is everywhere (headquarters).
    `classes` are the (centre, 班级代码) of a class teacher, "" for every class of that centre; None
    for whoever isn't bound to classes.
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
    classes: frozenset[tuple[int, str]] | None = None


def actor_of(user: User, day: date) -> Actor | None:
    """The actor that `user` is on `day`, by the highest grants in force; None without any, or when
    disabled.
    """
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
    desk, best = max(desks, key=lambda pair: (_HEIGHT[pair[0]], -pair[1].pk))
    there = _seat([g for d, g in desks if d is desk], best)
    roles = frozenset(Role(g.role) for g in there)
    centres = _centres(desk, [g.unit for g in there])
    return Actor(
        user.id,
        user.name,
        desk,
        roles,
        best.unit_id,
        best.unit.code,
        best.unit.name,
        centres,
        user.student_id,
        _classes(there),
    )


def _seat(grants: list[Grant], best: Grant) -> list[Grant]:
    """The grants that count together: at the unit of `best`, and at every other one with the very
    same roles.

    What somebody may do at one unit says nothing about another: grants that differ never make one
    actor.
    """
    roles: dict[int, set[str]] = {}
    for grant in grants:
        roles.setdefault(grant.unit_id, set()).add(grant.role)
    return [grant for grant in grants if roles[grant.unit_id] == roles[best.unit_id]]


def _classes(grants: list[Grant]) -> frozenset[tuple[int, str]] | None:
    """The classes that the grants of one desk are bound to; None when one of them is more than a
    class teacher's.

    No query unless a grant names classes.
    """
    if any(grant.role != Role.CLASS_TEACHER for grant in grants) or not any(
        grant.classes for grant in grants
    ):
        return None
    return frozenset(
        (centre, code)
        for grant in grants
        for centre in units_below([grant.unit_id])
        for code in _codes(grant)
    )


def _codes(grant: Grant) -> list[str]:
    """The class codes of a grant; "" alone is every class, together with others it means nothing."""
    return [code for code in grant.classes.split(CLASS_SEPARATOR) if code] or [""]


def in_classes(actor: Actor, rows: QuerySet[Any], student: str = "") -> QuerySet[Any]:
    """The rows whose students `actor` teaches; all of them for whoever isn't bound to classes.

    `student` is the look-up path to the student, "" where the rows are students.
    """
    if actor.classes is None:
        return rows
    classes = Q(pk__in=[])
    for centre, code in sorted(actor.classes):
        taught_there = Q(centre=centre)
        if code:
            taught_there &= Q(class_code=code)
        classes |= taught_there
    taught = Student.objects.filter(classes)
    if not student:
        return rows.filter(pk__in=taught.values("pk"))
    # by their own keys: a path to many students must not double a row
    return rows.filter(pk__in=rows.model.objects.filter(**{f"{student}__in": taught}).values("pk"))


def _centres(desk: Desk, units: list[Unit]) -> frozenset[int] | None:
    """The centres below `units`; None is everywhere, empty is nowhere."""
    if desk is Desk.HQ:
        return None
    if desk in (Desk.STUDENT, Desk.ADMIN):
        return frozenset()
    return units_below(unit.id for unit in units)


def units_below(units: Iterable[int]) -> frozenset[int]:
    """`units` and all below them: the tree is headquarters, colleges, centres; deeper centres count
    too. One query.
    """
    children: dict[int | None, list[int]] = {}
    for pk, parent in Unit.objects.values_list("id", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found = set[int]()
    queue = [*units]
    while queue:
        pk = queue.pop()
        if pk not in found:
            found.add(pk)
            queue.extend(children.get(pk, ()))
    return frozenset(found)


def own_units(actor: Actor) -> QuerySet[Unit]:
    """The units whose rows `actor` sees; every unit for headquarters."""
    if actor.centres is None:
        return Unit.objects.all()
    return Unit.objects.filter(pk__in=actor.centres)


def centres_of(actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the learning centres that `actor` sees; one query."""
    units = own_units(actor).filter(kind=UnitKind.CENTRE.value)
    return list(units.order_by("code").values_list("code", "name"))


def colleges() -> dict[int, int | None]:
    """Unit -> the nearest college above it; a centre below another centre, or below headquarters,
    may have any depth.

    One query. What has no college above it answers with its own parent.
    """
    above: dict[int, tuple[int | None, str]] = {
        pk: (parent, kind)
        for pk, parent, kind in Unit.objects.values_list("id", "parent_id", "kind")
    }
    found: dict[int, int | None] = {}
    for pk, (parent, _) in above.items():
        place = parent
        while place is not None and above[place][1] != UnitKind.COLLEGE:
            place = above[place][0]
        found[pk] = place or parent
    return found


def visible(
    actor: Actor, rows: QuerySet[Any], centre: str = "centre", student: str = "student"
) -> QuerySet[Any]:
    """`rows` that `actor` may see; `centre` and `student` are the look-up paths to the centre and
    the student.

    A student sees only their own rows, a class teacher those of their own classes, the three
    administrators (系统, 安全, 审计) none.
    """
    if actor.desk is Desk.ADMIN:
        return rows.none()
    if actor.desk is Desk.STUDENT:
        if not actor.student_id:
            return rows.none()
        return rows.filter(Q(**{student: actor.student_id}))
    if actor.centres is None:
        return rows
    there = rows.filter(**{f"{centre}__in": actor.centres})
    if rows.model is Student:
        return in_classes(actor, there)
    return in_classes(actor, there, student)


def certificates_of(actor: Actor | None) -> QuerySet[Certificate]:
    """证书 that `actor` sees, the voided ones too; the operator at the command line (None) sees
    everybody's.
    """
    rows = Certificate.objects.all()
    if actor is None:
        return rows
    return visible(actor, rows, centre="candidate__centre", student="candidate__student")
