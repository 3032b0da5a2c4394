"""Accounts to look at: whose they are, what they may do today, where they are signed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from graduand.models import AccountEvent, Consent, Grant, Sitting, Unit, User
from graduand.queries import clock
from graduand.queries.listing import Criterion
from graduand.queries.scope import Actor, units_below
from graduand.rulebook.people.account_terms import OFFICERS
from graduand.rulebook.terms import Desk, Role, UnitKind

# Who looks after whose accounts. The system administrator does the technical part (codes, sessions,
# disabling) and grants nothing; the security administrator looks, and consents.
KEEPERS = (Role.HQ_ADMIN, Role.COLLEGE_REVIEWER, Role.CENTRE_CLERK, Role.SYSTEM_ADMIN)
LOOKERS = (*KEEPERS, Role.SECURITY_ADMIN)
EVERYWHERE = (Role.HQ_ADMIN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)

# The kinds of unit at which a role makes sense.
PLACES: dict[Role, tuple[UnitKind, ...]] = {
    Role.HQ_ADMIN: (UnitKind.HQ,),
    Role.HQ_REVIEWER: (UnitKind.HQ,),
    Role.COLLEGE_REVIEWER: (UnitKind.COLLEGE,),
    Role.COLLEGE_DISPATCH: (UnitKind.COLLEGE,),
    Role.CENTRE_CLERK: (UnitKind.CENTRE,),
    Role.CLASS_TEACHER: (UnitKind.CENTRE,),
    Role.SYSTEM_ADMIN: (UnitKind.HQ,),
    Role.SECURITY_ADMIN: (UnitKind.HQ,),
    Role.AUDITOR: (UnitKind.HQ, UnitKind.COLLEGE),
    Role.STUDENT: (UnitKind.CENTRE,),
}
# What each desk may hand out by itself; roles of headquarters and the three administrators need a
# second person.
_CENTRE_ROLES = (Role.CENTRE_CLERK, Role.CLASS_TEACHER)
_COLLEGE_ROLES = (Role.COLLEGE_REVIEWER, Role.COLLEGE_DISPATCH)
ALONE: dict[Desk, tuple[Role, ...]] = {
    Desk.CENTRE: _CENTRE_ROLES,
    Desk.COLLEGE: (*_COLLEGE_ROLES, *_CENTRE_ROLES),
    Desk.HQ: (*_COLLEGE_ROLES, *_CENTRE_ROLES),
}
BY_TWO = (Role.HQ_ADMIN, Role.HQ_REVIEWER, *OFFICERS)


def roles_of_two(users: Collection[int]) -> set[int]:
    """Those of `users` who hold a role that two people agreed to give; one query."""
    of_two = [role.value for role in BY_TWO]
    held = Grant.objects.filter(user__among=list(users), role__in=of_two)
    return set(held.values_list("user_id", flat=True))


def role_of_two(user: int) -> bool:
    """Whether the account holds a role that two people agreed to give."""
    return user in roles_of_two([user])


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role of somebody: where, and from when until when."""

    id: int
    role: Role
    unit: str
    since: date | None
    until: date | None
    classes: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it counts on `day`."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


def roles_of(user: int) -> list[HeldRole]:
    """Every grant of an account, the newest last; one query."""
    rows = Grant.objects.filter(user=user).select_related("unit").order_by("id")
    return [HeldRole(g.pk, Role(g.role), g.unit.name, g.since, g.until, g.classes) for g in rows]


def sittings(user: int) -> list[Sitting]:
    """Where somebody is signed in, the latest first, in business time, without sessions that have
    expired.
    """
    now = timezone.now()
    ahead = clock.shift()
    quiet = now - timedelta(seconds=settings.IDLE_SECONDS)
    old = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = Sitting.objects.filter(user=user, ended_at=None, seen_at__gt=quiet, started_at__gt=old)
    found = list(rows.order_by("-seen_at", "-id"))
    for row in found:  # as every time on a page; nobody saves these
        row.started_at += ahead
        row.seen_at += ahead
    return found


def reach(actor: Actor) -> frozenset[int] | None:
    """The units whose people the actor looks after; None is everywhere, empty is nowhere."""
    if not actor.roles.isdisjoint(EVERYWHERE):
        return None
    if actor.roles.isdisjoint(LOOKERS):
        return frozenset()
    held = Grant.objects.filter(user=actor.user_id, role__in=[role.value for role in LOOKERS])
    day = clock.today()
    held = held.filter(Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gte=day))
    return units_below(held.values_list("unit_id", flat=True))


def accounts(actor: Actor) -> QuerySet[User]:
    """The accounts that the actor may see: all of their roles are in the actor's units, none above
    the actor's own.

    An account with one role outside is not among them, since resetting its password would give
    access there, too.
    """
    rows = User.objects.filter(system=False)
    units = reach(actor)
    if units is None:
        return rows
    inside = Q(
        unit__in=units, role__in=[role.value for role in (*ALONE.get(actor.desk, ()), Role.STUDENT)]
    )
    outside = Grant.objects.exclude(inside).values("user")
    return rows.filter(pk__in=Grant.objects.filter(inside).values("user")).exclude(pk__in=outside)


def places(actor: Actor) -> list[Unit]:
    """The units at which the actor may give somebody a role, in the order of their codes."""
    units = reach(actor)
    rows = Unit.objects.order_by("code")
    if units is not None:
        rows = rows.filter(pk__in=units)
    return list(rows)


def may_give(actor: Actor) -> tuple[Role, ...]:
    """The roles that the actor may hand out, alone or with a second person's consent."""
    if Role.HQ_ADMIN in actor.roles:
        return (*BY_TWO, *ALONE[Desk.HQ])
    if actor.roles.isdisjoint((Role.COLLEGE_REVIEWER, Role.CENTRE_CLERK)):
        return ()
    return ALONE.get(actor.desk, ())


# -- the list and one account ----------------------------------------------------------------------------------


_PROTECTED = Exists(
    Authenticator.objects.filter(user=OuterRef("pk"), type__in=("totp", "webauthn"))
)
STATES = (("active", "在用"), ("new", "未激活"), ("off", "已停用"))


def _state(value: str) -> Q:
    if value == "off":
        return Q(is_active=False)
    unset = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(password="")
    return Q(is_active=True) & (unset if value == "new" else ~unset)


def _with_grant(path: str) -> Callable[[str], Q]:
    return lambda value: Q(pk__in=Grant.objects.filter(**{path: value}).values("user"))


def _units(rows: QuerySet[User]) -> Iterable[tuple[str, str]]:
    held = Grant.objects.filter(user__in=rows.order_by().values("pk"))
    return list(held.order_by("unit__code").values_list("unit__code", "unit__name").distinct())


CRITERIA = (
    Criterion("role", "岗位", _with_grant("role"), tuple(Role.choices())),
    Criterion("unit", "单位", _with_grant("unit__code"), offered=_units),
    Criterion("state", "状态", _state, STATES),
)


def with_roles(rows: QuerySet[User]) -> QuerySet[User]:
    """Accounts with their grants beside them, and whether a second factor protects them."""
    return rows.annotate(protected=_PROTECTED).prefetch_related(
        Prefetch("grants", Grant.objects.select_related("unit").order_by("id"))
    )


def protected(user: User) -> bool:
    """Whether a second factor stands before an account that `with_roles` read."""
    annotated: Any = user
    return bool(annotated.protected)


def visible_account(actor: Actor, pk: int) -> User:
    """The account `pk` of those that the actor sees. Raises Http404."""
    return get_object_or_404(with_roles(accounts(actor)), pk=pk)


def history(user: int, most: int = 50) -> list[AccountEvent]:
    """What happened to an account, the latest first."""
    rows = AccountEvent.objects.filter(user=user).select_related("actor").order_by("-at", "-id")
    return list(rows[:most])


def asked_by(user: int, most: int = 30) -> list[Consent]:
    """What somebody asked a second person for, the latest first."""
    rows = (
        Consent.objects.filter(asked_by=user)
        .select_related("asked_by", "user", "decided_by")
        .order_by("-id")
    )
    return list(rows[:most])


def answered_by(user: int, most: int = 20) -> list[Consent]:
    """What somebody answered as the second person, the latest first."""
    rows = Consent.objects.filter(decided_by=user).select_related("asked_by", "user", "decided_by")
    return list(rows.order_by("-decided_at", "-id")[:most])


def tree() -> list[tuple[int, Unit]]:
    """Every unit with its depth, children after their parent in the order of codes; `n` is the
    number of accounts.
    """
    rows = list(Unit.objects.annotate(n=Count("grant__user", distinct=True)).order_by("code"))
    below: dict[int | None, list[Unit]] = {}
    for unit in rows:
        below.setdefault(unit.parent_id, []).append(unit)

    def walk(parent: int | None, depth: int) -> Iterator[tuple[int, Unit]]:
        for unit in below.get(parent, ()):
            yield depth, unit
            yield from walk(unit.pk, depth + 1)

    return list(walk(None, 0))


def ids_of(named: Q, most: int = 100) -> list[int]:
    """The first accounts of staff that are meant; one query."""
    return list(
        User.objects.filter(named, student=None).order_by("id").values_list("id", flat=True)[:most]
    )
