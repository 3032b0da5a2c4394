"""Accounts and rights: made, given a role, taken back, disabled, by those who look after them; each
change is an event.

A centre looks after its own people, a college after its own and its centres', headquarters after
all. Roles of headquarters and of the three administrators are given by one person and consented to
by another (consents.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from graduand.models import AccountEvent, Grant, Unit, User
from graduand.office import account_log
from graduand.office.people import granting, sign_in
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused, not_yours
from graduand.queries.people import accounts
from graduand.queries.scope import CLASS_SEPARATOR, Actor
from graduand.rulebook.canon import BadText, canon_name, canon_print
from graduand.rulebook.people.account_terms import ConsentKind, Deed
from graduand.rulebook.records.cell_parsers import account_name
from graduand.rulebook.terms import Role

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class FormOrigin:
    """Who sends a form, from which address, and the form's own key: sent twice, it is one deed."""

    actor: Actor
    address: str = ""
    key: str = ""


# Several forms stand on one page, each with a key of its own.
USED = "这张表单已经办理过另一件事，这一次没有办理；请重新打开此页，核对后再办理"


def _once(
    sent: FormOrigin, deed: Deed, user: User, work: Callable[[], Done], **said: Any
) -> Done | None:
    """Do `work`, which writes the event of `deed`, in one transaction; None where this form did
    exactly that before.

    Raises Refused where it did something else.
    """
    if _repeated(sent, deed, user, **said):
        return None
    try:
        with transaction.atomic():
            return work()
    except (IntegrityError, Refused):  # the form sent twice at once: the other one was first
        if not _repeated(sent, deed, user, **said):
            raise
        return None


def sent_before(sent: FormOrigin) -> bool:
    """Whether this form has been carried out already: what it did then may have been undone since."""
    return account_log.event_of_form(sent.key) is not None


def _repeated(sent: FormOrigin, deed: Deed, user: User, **said: Any) -> bool:
    """Whether this form has been carried out. Raises Refused where it was for another deed or person."""
    event = account_log.event_of_form(sent.key)
    if event is None:
        return False
    if not _is_told(event, sent, deed, user, **said):
        raise Refused(USED)
    return True


def _is_told(event: AccountEvent, sent: FormOrigin, deed: Deed, user: User, **said: Any) -> bool:
    """Whether that event is of this deed, by the same person, with the same words."""
    same = (event.deed, event.actor_id, event.user_id) == (deed.value, sent.actor.user_id, user.pk)
    return same and {name: event.detail.get(name) for name in said} == said


def managed_account(actor: Actor, user: int) -> User:
    """The account, if the actor looks after it. Raises Refused."""
    if actor.roles.isdisjoint(accounts.KEEPERS):
        raise not_yours()
    found: User | None = accounts.accounts(actor).filter(pk=user).first()
    if found is None:
        raise not_yours()
    return found


def _not_myself(sent: FormOrigin, user: User) -> None:
    if user.pk == sent.actor.user_id:
        raise Refused("不能办理自己的账号，请由另一位管理员办理")


def create(sent: FormOrigin, username: str, name: str, place: granting.RolePlace) -> User:
    """An account with its first role; it can't sign in before it is activated. Raises Refused."""
    try:
        username = str(account_name(username))
        name = canon_name(name)
    except BadText as problem:
        raise Refused(problem.message) from problem
    granting.may_give(sent.actor, place)
    if place.role in accounts.BY_TWO:
        raise Refused(f"「{place.role.label}」须先以其他岗位建立账号，再授予并由第二人同意")

    if made := _made_by(sent, username, name, place):
        return made
    try:
        with transaction.atomic():
            return _create(sent, username, name, place)
    except (IntegrityError, Refused) as problem:  # sent twice at once, or not to be done
        if made := _made_by(sent, username, name, place):
            return made
        if isinstance(problem, IntegrityError) and _is_known(username):
            raise _taken(username) from None
        raise


def _create(sent: FormOrigin, username: str, name: str, place: granting.RolePlace) -> User:
    if _is_known(username):
        raise _taken(username)
    user = User(username=username, name=name)
    user.set_unusable_password()
    user.save()
    account_log.note(
        Deed.CREATED,
        actor=sent.actor.user_id,
        user=user.pk,
        address=sent.address,
        key=sent.key,
        **_said(place),
    )
    _give(sent.actor.user_id, user, place, sent.address)
    return user


def _is_known(username: str) -> bool:
    """Whether somebody signs in by that name, in whatever case it is written."""
    return bool(User.objects.filter(username__iexact=username).exists())


def _taken(username: str) -> Refused:
    return Refused(f"账号「{username}」已经有人使用，请换一个")


def _made_by(sent: FormOrigin, username: str, name: str, place: granting.RolePlace) -> User | None:
    """The account that this very form made when it was sent first. Raises Refused where it said something else."""
    event = account_log.event_of_form(sent.key)
    if event is None:
        return None
    made: User | None = User.objects.filter(pk=event.user_id, username=username, name=name).first()
    if made is None or not _is_told(event, sent, Deed.CREATED, made, **_said(place)):
        raise Refused("这张表单已经建立过账号，没有再建立；要再建一个，请重新打开「新建账号」")
    return made


def grant(sent: FormOrigin, user: User, place: granting.RolePlace, reason: str = "") -> str:
    """Give a role; for one that takes two people, ask. Returns what was done, a sentence. Raises Refused."""
    granting.may_give(sent.actor, place)
    _not_myself(sent, user)
    if place.role in accounts.BY_TWO:
        granting.can_be_held(user, place)
        detail = {
            "role": place.role.value,
            "unit": place.unit.pk,
            "since": _iso(place.since),
            "until": _iso(place.until),
        }
        consents.ask(
            sent.actor,
            ConsentKind.GRANT,
            detail,
            reason,
            user=user,
            address=sent.address,
            key=sent.key,
        )
        return f"已提出申请：授予{user.name}「{place.role.label}」，须由另一人同意后生效"

    def work() -> None:
        granting.take(user)
        granting.can_be_held(user, place)
        _give(sent.actor.user_id, user, place, sent.address, sent.key)

    _once(sent, Deed.GRANTED, user, work, **_said(place))
    return f"已授予{user.name}「{place.role.label}」，立即生效"


def end_grant(sent: FormOrigin, user: User, number: int) -> None:
    """Take a role back, at once. Raises Refused."""
    _not_myself(sent, user)
    if sent.actor.roles.isdisjoint((Role.HQ_ADMIN, Role.COLLEGE_REVIEWER, Role.CENTRE_CLERK)):
        raise Refused("系统管理员不办理岗位的授予和收回，请由业务管理员办理")

    def work() -> None:
        granting.take(user)
        held = Grant.objects.filter(pk=number, user=user).select_related("unit").first()
        if held is None:
            raise not_yours()
        account_log.note(
            Deed.GRANT_ENDED,
            actor=sent.actor.user_id,
            user=user.pk,
            address=sent.address,
            key=sent.key,
            role=held.role,
            unit=held.unit.code,
            classes=held.classes,
            grant=number,
        )
        held.delete()

    _once(sent, Deed.GRANT_ENDED, user, work, grant=number)


def set_active(sent: FormOrigin, user: User, *, active: bool) -> None:
    """Disable an account, whose sessions end at once, or let it in again. Raises Refused."""
    _not_myself(sent, user)

    deed = Deed.ENABLED if active else Deed.DISABLED

    def work() -> None:
        if User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
            account_log.note(
                deed, actor=sent.actor.user_id, user=user.pk, address=sent.address, key=sent.key
            )
            if not active:
                sign_in.end_sittings(user.pk, sent.actor.user_id, address=sent.address)

    _once(sent, deed, user, work)


def hand_out_code(sent: FormOrigin, user: User) -> tuple[str, datetime] | None:
    """A one-time code for a first password or a forgotten one; None when this very form was sent before."""
    _not_myself(sent, user)

    def work() -> tuple[str, datetime]:
        granting.take(user)  # with its second factor, as it stands now
        _refuse_code(user)
        return sign_in.make_code(user, sent.actor.user_id, sent.address, sent.key)

    return _once(sent, Deed.CODE_MADE, user, work)


def _refuse_code(user: User) -> None:
    """Raises Refused for an account that one person with a code could become, and for a disabled one."""
    if not user.is_active:
        raise Refused("账号已停用，请先恢复账号")
    if granting.by_server_only(user):
        raise Refused(
            "总部岗位的账号没有二次验证时，激活码只能由服务器管理员发放：graduand accounts activate 账号"
        )


def end_sessions(sent: FormOrigin, user: User) -> int:
    """End every session of somebody; returns how many there were."""

    def work() -> int:
        return sign_in.end_sittings(user.pk, sent.actor.user_id, address=sent.address, key=sent.key)

    return _once(sent, Deed.SESSION_ENDED, user, work) or 0


def ask_to_drop_factor(sent: FormOrigin, user: User, reason: str) -> None:
    """Ask to remove a lost second factor; it is removed when a second person consents. Raises
    Refused.
    """
    _not_myself(sent, user)
    consents.ask(
        sent.actor, ConsentKind.FACTOR, {}, reason, user=user, address=sent.address, key=sent.key
    )


def change_unit(sent: FormOrigin, unit: Unit, contact: str, phone: str, address: str) -> None:
    """Who to ask at a unit, and where parcels go: printed on labels and pages."""
    try:
        given = {
            "contact": canon_print(contact)[:100],
            "phone": canon_print(phone)[:60],
            "address": canon_print(address)[:300],
        }
    except BadText as problem:
        raise Refused(problem.message) from None
    try:
        with transaction.atomic():
            _change_unit(sent, unit, given)
    except IntegrityError:  # the key is an event's: sending the same form again changes nothing
        raise Refused(USED) from None


def _change_unit(sent: FormOrigin, unit: Unit, given: dict[str, str]) -> None:
    stands = Unit.objects.get(pk=unit.pk)
    changed = {name: value for name, value in given.items() if getattr(stands, name) != value}
    if changed:
        Unit.objects.filter(pk=unit.pk).update(**changed)
        account_log.note(
            Deed.UNIT_CHANGED,
            actor=sent.actor.user_id,
            address=sent.address,
            key=sent.key,
            unit=unit.code,
            fields=sorted(changed),
        )


def _give(by: int, user: User, place: granting.RolePlace, address: str, key: str = "") -> None:
    classes = CLASS_SEPARATOR.join(place.classes)
    Grant.objects.create(
        user=user,
        role=place.role.value,
        unit=place.unit,
        since=place.since,
        until=place.until,
        classes=classes,
    )
    account_log.note(
        Deed.GRANTED,
        actor=by,
        user=user.pk,
        address=address,
        key=key,
        **_said(place),
    )


def _said(place: granting.RolePlace) -> dict[str, Any]:
    """The role as events tell of it."""
    return {
        "role": place.role.value,
        "unit": place.unit.code,
        "since": _iso(place.since),
        "until": _iso(place.until),
        "classes": CLASS_SEPARATOR.join(place.classes),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
