"""One-time codes for many accounts at once, and switching accounts off and on, for the operator of
the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q

from graduand.models import AccountEvent, Grant, Unit, User
from graduand.office import account_log
from graduand.office.people import sign_in
from graduand.office.people.own_accounts import person
from graduand.office.refusal import unusable
from graduand.queries.scope import units_below
from graduand.rulebook.people.account_terms import Deed


@dataclass(frozen=True, slots=True)
class Code:
    """A code and its account."""

    username: str
    name: str
    unit: str
    text: str
    until: datetime


def for_named(usernames: Sequence[str]) -> list[Code]:
    """A code for each; all of them or none. Raises Refused for an unknown, system or disabled account."""
    users = [person(username) for username in dict.fromkeys(usernames)]
    off = [user.username for user in users if not user.is_active]
    if off:
        raise unusable(f"账号「{'、'.join(off)}」已停用，请先恢复：graduand accounts enable")
    return _made(users)


def for_new(unit: Unit | None = None) -> list[Code]:
    """A code for everybody who has never had a password, of one unit and below, or of all.

    People whose password ended with the second factor had one: their code is handed out to them
    singly.
    """
    unset = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    had_one = AccountEvent.objects.filter(
        deed__in=(Deed.PASSWORD_SET.value, Deed.FACTOR_REMOVED.value)
    )
    rows = User.objects.filter(unset, system=False, is_active=True)
    rows = rows.exclude(pk__in=had_one.values("user"))
    if unit is not None:
        rows = rows.filter(
            pk__in=Grant.objects.filter(unit__in=units_below([unit.pk])).values("user")
        )
    return _made(rows.order_by("username"))


def _made(users: Iterable[User]) -> list[Code]:
    found = list(users)
    units = dict(
        Grant.objects.filter(user__among=[user.pk for user in found]).values_list(
            "user_id", "unit__name"
        )
    )
    with transaction.atomic():
        codes = [(user, *sign_in.make_code(user, None)) for user in found]
    return [
        Code(user.username, user.name, units.get(user.pk, ""), text, until)
        for user, text, until in codes
    ]


def set_active(usernames: Sequence[str], *, active: bool) -> int:
    """Switch accounts off (sessions end) or on; returns how many changed. Raises Refused for an unknown one."""
    users = [person(username) for username in dict.fromkeys(usernames)]
    changed = 0
    with transaction.atomic():
        for user in users:
            if User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
                changed += 1
                account_log.note(Deed.ENABLED if active else Deed.DISABLED, user=user.pk)
                if not active:
                    sign_in.end_sittings(user.pk, None)
    return changed
