"""Accounts that no workbook brings: the first one of headquarters, and the program's own at each
desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from graduand.models import Grant, Unit, User
from graduand.office.refusal import Refused, unusable
from graduand.queries import clock, scope
from graduand.queries.scope import Actor
from graduand.rulebook.canon import BadText
from graduand.rulebook.records.cell_parsers import account_name
from graduand.rulebook.terms import Desk, Role, UnitKind

# Stands for headquarters until the first 单位 sheet names it.
FIRST_UNIT = "HQ"
# An installation begins with two people, because some acts take two; these two create all later
# ones.
FIRST_ACCOUNTS = 2
HQ_ROLES = (Role.HQ_ADMIN, Role.HQ_REVIEWER)
_SYSTEM: dict[Desk, tuple[str, str, tuple[Role, ...]]] = {
    Desk.CENTRE: ("system-centre", "系统（学习中心）", (Role.CENTRE_CLERK,)),
    Desk.COLLEGE: (
        "system-college",
        "系统（学院）",
        (Role.COLLEGE_REVIEWER, Role.COLLEGE_DISPATCH),
    ),
    Desk.HQ: ("system-hq", "系统（总部）", HQ_ROLES),
}


def headquarters() -> Unit:
    """The unit of headquarters; one that stands for it where no 单位 sheet has named it yet."""
    real = (
        Unit.objects.filter(kind=UnitKind.HQ.value).exclude(code=FIRST_UNIT).order_by("id").first()
    )
    if real is not None:
        return real
    return Unit.objects.get_or_create(
        code=FIRST_UNIT, defaults={"name": "总部", "kind": UnitKind.HQ.value}
    )[0]


def settle_headquarters() -> None:
    """Move the first accounts to the headquarters that a 单位 sheet named, and drop what stood for
    it.
    """
    stand_in = Unit.objects.filter(code=FIRST_UNIT).first()
    real = headquarters()
    if stand_in is None or real == stand_in or stand_in.children.exists():
        return
    with transaction.atomic():
        for grant in Grant.objects.filter(unit=stand_in):
            Grant.objects.get_or_create(user_id=grant.user_id, role=grant.role, unit=real)
            grant.delete()
        stand_in.delete()


def first_account(username: str, password: str) -> User:
    """Make an account of headquarters with every right of it. Raises Refused."""
    try:
        username = str(account_name(username))
        validate_password(password, User(username=username, name=username))
    except BadText as problem:
        raise Refused(problem.message) from problem
    except ValidationError as problem:
        raise Refused("；".join(problem.messages)) from problem
    with transaction.atomic():
        if User.objects.filter(username=username).exists():
            raise Refused(f"账号「{username}」已经存在")
        return make_account(username, username, password, headquarters(), HQ_ROLES)


def first_accounts(passwords: Mapping[str, str]) -> None:
    """Make all of these accounts of headquarters, or none, each with a password of its own. Raises
    Refused.
    """
    there = _of_headquarters()
    if len(set(passwords.values())) < len(passwords) or any(
        user.check_password(password) for user in there for password in passwords.values()
    ):
        raise Refused("两个账号的密码不能相同：两个账号是两个人，请各自设定自己的密码")
    with transaction.atomic():
        for username, password in passwords.items():
            first_account(username, password)


def make_account(
    username: str,
    name: str,
    password: str | None,
    unit: Unit,
    roles: tuple[Role, ...],
    *,
    system: bool = False,
) -> User:
    """An account with `roles` at `unit`; without a password it can't sign in."""
    user = User(username=username, name=name, system=system)
    user.set_password(password)
    user.save()
    Grant.objects.bulk_create(Grant(user=user, role=role.value, unit=unit) for role in roles)
    return user


def set_passwords(usernames: Iterable[str], password: str) -> None:
    """Give known accounts one password, hashed once: only for accounts that were invented together."""
    User.objects.filter(username__in=list(usernames)).update(password=make_password(password))


def headquarters_accounts() -> int:
    """How many people of headquarters there are: acts of two people need two."""
    return _of_headquarters().count()


def _of_headquarters() -> QuerySet[User]:
    held = Grant.objects.filter(role__in=[role.value for role in HQ_ROLES])
    return User.objects.filter(pk__in=held.values("user"), is_active=True, system=False)


def unprotected() -> int:
    """How many people of the staff have a password but no second factor."""
    held = Authenticator.objects.filter(type__in=("totp", "webauthn")).values("user")
    rows = User.objects.filter(is_active=True, system=False, student=None).exclude(pk__in=held)
    return rows.exclude(password="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).count()


def count_unused(days: int) -> int:
    """How many accounts nobody has used for so long, though they could be (real time)."""
    limit = timezone.now() - timedelta(days=days)
    rows = User.objects.filter(is_active=True, system=False, created_at__lt=limit)
    return rows.filter(Q(last_login=None) | Q(last_login__lt=limit)).count()


def system_actor(desk: Desk) -> Actor:
    """The program itself at `desk`, for a command that names nobody; made on first use.

    It belongs to no single unit: it acts for every centre or college that the files lie at.
    """
    username, name, roles = _SYSTEM[desk]
    user = User.objects.filter(username=username, system=True).first()
    if user is None:
        try:
            with transaction.atomic():
                user = make_account(username, name, None, headquarters(), roles, system=True)
        except IntegrityError:  # another process has just made the account
            user = User.objects.get(username=username, system=True)
    actor = scope.actor_of(user, clock.today())
    if actor is None:
        raise unusable(f"系统账号「{username}」已停用")
    return replace(actor, unit_id=None, unit_code="", unit_name=desk.label)


def program(desk: Desk) -> User:
    """The program's own account at `desk`."""
    user: User = User.objects.get(pk=system_actor(desk).user_id)
    return user


def person(username: str) -> User:
    """The account that signs in as `username`. Raises Refused for an unknown, disabled or system
    one.
    """
    user: User | None = User.objects.filter(username=username, system=False).first()
    if user is None:
        raise unusable(f"没有账号「{username}」")
    return user


def actor_today(user: User | None) -> Actor | None:
    """Who `user` is today; None for nobody, and for whoever has no role in force."""
    if user is None:
        return None
    return scope.actor_of(user, clock.today())


def actor_named(username: str) -> Actor:
    """Who `username` is today. Raises Refused when the account has no role in force."""
    actor = actor_today(person(username))
    if actor is None:
        raise unusable(f"账号「{username}」今天没有可用的角色")
    return actor
