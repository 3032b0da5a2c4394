"""What giving a role requires of the giver and the receiver; and giving the one that two people
agreed to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import F

from graduand.models import Consent, Grant, Student, Unit, User
from graduand.office import account_log
from graduand.office.refusal import Refused, not_yours
from graduand.queries import clock, scope
from graduand.queries.people import accounts
from graduand.queries.scope import CLASS_SEPARATOR, Actor
from graduand.rulebook.people.account_terms import OFFICERS, Deed
from graduand.rulebook.people.rights import DESK_OF_ROLE
from graduand.rulebook.terms import Role, UnitKind

# The most characters that the classes of a class teacher may have.
CLASSES_LENGTH = 400
ASKER_GONE = "提出人已不在原来的岗位，不能办理，请由在岗的同事重新提出"


@dataclass(frozen=True, slots=True)
class RolePlace:
    """A role at a unit, from–until; days, both included. `classes`: the 班级代码 of a class teacher, () for all of them."""

    role: Role
    unit: Unit
    since: date | None = None
    until: date | None = None
    classes: tuple[str, ...] = ()


def unprotected(user: User) -> bool:
    """Whether one person with a code could take the account over: nothing but a password protects
    it.
    """
    if settings.SECOND_FACTOR != "required":
        return False
    return not Authenticator.objects.filter(user=user, type__in=("totp", "webauthn")).exists()


def by_server_only(user: User) -> bool:
    """Whether only the operator of the machine may let this person in: somebody who hands out a
    code could take over an account whose role took two people to give.
    """
    return unprotected(user) and accounts.role_of_two(user.pk)


def may_give(actor: Actor, place: RolePlace) -> None:
    if place.role not in accounts.may_give(actor):
        raise Refused(f"您的岗位不能授予「{place.role.label}」")
    units = accounts.reach(actor)
    if units is not None and place.unit.pk not in units:
        raise not_yours()
    if UnitKind(place.unit.kind) not in accounts.PLACES[place.role]:
        wanted = "、".join(kind.label for kind in accounts.PLACES[place.role])
        raise Refused(
            f"「{place.role.label}」应属于{wanted}，「{place.unit.name}」是{UnitKind(place.unit.kind).label}"
        )
    _check_classes(place)
    if place.since and place.until and place.until < place.since:
        raise Refused("止日早于起日，请检查")


def _check_classes(place: RolePlace) -> None:
    """Only a class teacher is bound to classes, and only to classes that have students there."""
    if not place.classes:
        return
    if "" in place.classes:  # an empty code would be stored as every class
        raise Refused("班级代码不能为空，请核对")
    if len(CLASS_SEPARATOR.join(place.classes)) > CLASSES_LENGTH:
        raise Refused(
            f"班级代码合计最多 {CLASSES_LENGTH} 个字符，请勾选「本单位全部班级」或另建账号"
        )
    if place.role is not Role.CLASS_TEACHER:
        raise Refused(f"「{place.role.label}」不分班级，请不要填写班级代码")
    if said := no_such_class(place.unit, place.classes):
        raise Refused(said)


def no_such_class(unit: Unit, codes: Collection[str]) -> str:
    """That no student of `unit` is in one of the classes, and what to write instead; "" else.

    Whoever knows the class by its name reads its code.
    """
    students = Student.objects.filter(centre__in=scope.units_below([unit.pk]))
    taught = students.filter(class_code__in=codes).values_list("class_code", flat=True)
    unknown = sorted(set(codes) - set(taught))
    if not unknown:
        return ""
    named = students.filter(class_name__in=unknown).exclude(class_code="").order_by("class_code")
    codes_of = dict(named.values_list("class_name", "class_code"))
    hints = [f"{name}的班级代码是 {code}" for name, code in codes_of.items()]
    where = "请填写班级代码，不是班级名称：在「学生」列表的「列」里勾选「班级代码」查看"
    return f"{unit.name}没有班级代码为「{'」「'.join(unknown)}」的学生；{'，'.join(hints) or where}"


def take(user: User) -> None:
    """Lock the account until the transaction ends, and read it then: whatever two people do to it
    at once, to its roles, its second factor or its being disabled, comes one after the other.
    """
    User.objects.filter(pk=user.pk).update(name=F("name"))
    user.refresh_from_db()


def can_be_held(user: User, place: RolePlace) -> None:
    """三员分离: 系统, 安全, 审计 never meet, and none of them acts in the business."""
    held = {Role(role) for role in Grant.objects.filter(user=user).values_list("role", flat=True)}
    if place.role in OFFICERS and held:
        raise Refused(
            f"「{place.role.label}」不能与其他岗位兼任，该账号已有「{'、'.join(sorted(r.label for r in held))}」"
        )
    if officer := next((role for role in held if role in OFFICERS), None):
        raise Refused(f"该账号是「{officer.label}」，不能兼任其他岗位")
    if Grant.objects.filter(user=user, role=place.role.value, unit=place.unit).exists():
        raise Refused(f"该账号在{place.unit.name}已有「{place.role.label}」")
    _fits_beside(user, place)
    if place.role in accounts.BY_TWO:
        _is_protected(user, place.role)


def _is_protected(user: User, role: Role) -> None:
    """A role that two people agree to give goes only to an account that no one person can take
    over.
    """
    if not user.is_active:
        raise Refused("账号已停用，请先恢复账号")
    if unprotected(user):
        raise Refused(
            f"「{role.label}」只授予已激活并启用二次验证的账号；请先让本人激活账号、启用二次验证"
        )


def _fits_beside(user: User, place: RolePlace) -> None:
    """At one desk an account has the same roles at each of its units: what differs needs an account of its own."""
    roles: dict[int, set[Role]] = {place.unit.pk: {place.role}}
    names: dict[int, str] = {}
    for grant in Grant.objects.filter(user=user).select_related("unit"):
        roles.setdefault(grant.unit_id, set()).add(Role(grant.role))
        names[grant.unit_id] = grant.unit.name
    here = roles.pop(place.unit.pk)
    desk = DESK_OF_ROLE[place.role]
    for unit, there in roles.items():
        if desk not in {DESK_OF_ROLE[role] for role in there}:
            continue  # of two desks only the higher one counts
        if not (here <= there or there <= here):
            held = "、".join(sorted(role.label for role in there))
            raise Refused(
                f"该账号在{names[unit]}是「{held}」，同一账号在不同单位的岗位须相同；请另建一个账号"
            )


def asker(row: Consent) -> Actor:
    """The asker, with the rights of today. Raises Refused for one whose role has ended, or who is
    disabled.
    """
    found = scope.actor_of(row.asked_by, clock.today())
    if found is None:
        raise Refused(ASKER_GONE)
    return found


def can_be_given(row: Consent) -> None:
    """Raises Refused where the role can't be given as it was asked for: all that was asked of both
    when the question was put is asked again, since either may have changed meanwhile.
    """
    assert row.user is not None
    place = _place_of(row)
    _may_still_give(asker(row), place)
    can_be_held(row.user, place)


def _place_of(row: Consent) -> RolePlace:
    said = row.detail
    since, until = (
        date.fromisoformat(said[name]) if said[name] else None for name in ("since", "until")
    )
    return RolePlace(Role(said["role"]), Unit.objects.get(pk=said["unit"]), since, until)


def carry_out(row: Consent, user: User, second: Actor, address: str) -> None:
    """Give the role that was agreed to. Raises Refused."""
    said = row.detail
    place = _place_of(row)
    take(user)
    can_be_given(row)
    Grant.objects.create(
        user=user, role=place.role.value, unit=place.unit, since=place.since, until=place.until
    )
    account_log.note(
        Deed.GRANTED,
        actor=row.asked_by_id,
        user=user.pk,
        address=address,
        role=place.role.value,
        unit=place.unit.code,
        second=second.user_id,
        since=said["since"],
        until=said["until"],
    )


def _may_still_give(first: Actor, place: RolePlace) -> None:
    """The refusal for the second person, who reads that it is the asker's right that has ended."""
    try:
        may_give(first, place)
    except Refused as lost:
        raise Refused(ASKER_GONE) from lost
