"""Signing in, in addition to what allauth does: one-time codes, the first password, sessions, spent
TOTP codes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from graduand.models import Activation, Sitting, SpentCode, User, key_ring
from graduand.office import account_log
from graduand.office.people import throttle
from graduand.office.refusal import Refused, unusable
from graduand.queries import clock
from graduand.rulebook.people.account_terms import Deed

# 26 characters of 32 are 130 bits; without 0, 1, I and O, which are read for one another on paper.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SIGNS = 26
GROUP = 5
VALID = timedelta(days=7)
SEEN_EVERY = 60  # seconds between two notes that a session is in use


def fresh_code() -> str:
    """A new code as it is handed over: `7KQ2M-…`."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(SIGNS))
    return "-".join(text[at : at + GROUP] for at in range(0, SIGNS, GROUP))


def _digest(code: str) -> str:
    kept = "".join(char for char in code.upper() if char in ALPHABET)
    if len(kept) != SIGNS:
        return ""
    return key_ring().digest(f"activation:{kept}")


def make_code(
    user: User, by: int | None, address: str = "", key: str | None = None
) -> tuple[str, datetime]:
    """A code for `user`, and until when it works by the office clock; an earlier one stops working.
    It is shown once and never again.

    The password that is in force stays until the code is used: starting this locks nobody out.
    """
    code = fresh_code()
    now = clock.now()
    with transaction.atomic():
        withdraw_codes(user)
        Activation.objects.create(
            user=user, digest=_digest(code), made_at=now, made_by_id=by, expires_at=now + VALID
        )
        account_log.note(Deed.CODE_MADE, actor=by, user=user.pk, address=address, key=key)
    return code, now + VALID


def withdraw_codes(user: User) -> None:
    """Make the codes that were handed out for the account and not used invalid."""
    Activation.objects.filter(user=user, used_at=None, withdrawn_at=None).update(
        withdrawn_at=clock.now()
    )


def activate(username: str, code: str, password: str, address: str = "") -> User:
    """Set the password with a one-time code; sessions end, the second factor stays. Raises Refused."""
    now = clock.now()
    unused = Activation.objects.filter(
        digest=_digest(code), used_at=None, withdrawn_at=None, expires_at__gt=now
    )
    row = unused.select_related("user", "user__student").filter(user__username=username).first()
    if row is None or not row.user.is_active or row.user.system:
        raise unusable("账号或激活码不对，或激活码已用过、已过期；请向发放人重新领取")
    _check_password(password, row.user)
    row.user.set_password(password)  # hashed before the account is held
    with transaction.atomic():
        # The account is locked before its codes, as where codes are handed out or ended.
        _keep_password(row.user)
        if not unused.filter(pk=row.pk).update(used_at=now):
            raise unusable("激活码刚刚被用过或已作废，请向发放人重新领取")
        account_log.note(
            Deed.PASSWORD_SET, actor=row.user_id, user=row.user_id, address=address, by_code=True
        )
    return row.user


def change_password(user: User, old: str, new: str, address: str = "", keep: str = "") -> None:
    """The person's own change; other sessions end, `keep` goes on. Raises Refused."""
    if not user.check_password(old):
        raise unusable("原密码不对")
    if old == new:
        raise unusable("新密码与原密码相同")
    _check_password(new, user)
    with transaction.atomic():
        _set_password(user, new, keep)
        account_log.note(
            Deed.PASSWORD_SET, actor=user.pk, user=user.pk, address=address, by_code=False
        )


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise unusable("；".join(problem.messages)) from problem


def _set_password(user: User, password: str, keep: str = "") -> None:
    user.set_password(password)
    _keep_password(user, keep)


def end_password(user: User) -> None:
    """End the password: nobody signs in with it any more; sessions end."""
    user.set_unusable_password()
    _keep_password(user)


def _keep_password(user: User, keep: str = "") -> None:
    user.save(update_fields=["password"])
    end_sittings(user.pk, user.pk, keep=keep)


# -- sessions
# --------------------------------------------------------------------------------------------------


def open_sitting(
    user: User, session_key: str, address: str, agent: str, factor: int | None = None
) -> None:
    """Somebody has signed in, having shown `factor`; beyond the most that one person may have, the
    oldest session ends.

    Raises Refused where the password, the second factor or the account has ended meanwhile: whoever
    ended it has ended all sessions that there were, and this one was not among them.
    """
    now = timezone.now()
    with transaction.atomic():
        _stands_as_read(user, factor)
        _sweep(now)
        Sitting.objects.update_or_create(
            session_key=session_key,
            defaults={
                "user": user,
                "started_at": now,
                "seen_at": now,
                "address": address,
                "agent": agent[:200],
                "ended_at": None,
                "ended_by": None,
            },
        )
        live = list(Sitting.objects.filter(user=user, ended_at=None).order_by("-started_at", "-id"))
        _end(live[settings.MOST_SITTINGS :], user.pk)
        account_log.note(Deed.SIGNED_IN, actor=user.pk, user=user.pk, address=address)


def _stands_as_read(user: User, factor: int | None) -> None:
    """Hold the account until the transaction ends. Raises Refused where it is not as it was read."""
    same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    held = same.update(name=F("name"))
    if not held or (factor and not Authenticator.objects.filter(user=user, pk=factor).exists()):
        raise Refused("账号刚刚有变化，登录没有完成，请重新登录")


def _sweep(now: datetime) -> None:
    """Sessions that ran out by themselves end in the list, too; what expired is thrown away."""
    quiet = now - timedelta(seconds=settings.IDLE_SECONDS + SEEN_EVERY)
    old = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    gone = Sitting.objects.filter(Q(seen_at__lt=quiet) | Q(started_at__lt=old), ended_at=None)
    gone.update(ended_at=F("seen_at"))
    Session.objects.filter(expire_date__lt=now).delete()
    throttle.sweep(now)


def renew_sitting(user: int, session_key: str, address: str, agent: str) -> None:
    """The session goes on under a new key, as after a change of password."""
    now = timezone.now()
    with transaction.atomic():
        gone = Sitting.objects.filter(user=user, ended_at=None).exclude(session_key=session_key)
        gone.update(ended_at=now, ended_by=user)
        Sitting.objects.create(
            user_id=user,
            session_key=session_key,
            started_at=now,
            seen_at=now,
            address=address,
            agent=agent[:200],
        )


def saw_sitting(session_key: str) -> None:
    """Record that the session is in use; at most once a minute."""
    Sitting.objects.filter(session_key=session_key, ended_at=None).update(seen_at=timezone.now())


def close_sitting(user: int, session_key: str, address: str = "") -> None:
    """Record that the session ended: signed out, or idle for too long."""
    with transaction.atomic():
        Sitting.objects.filter(session_key=session_key, ended_at=None).update(
            ended_at=timezone.now(), ended_by=user
        )
        account_log.note(Deed.SIGNED_OUT, actor=user, user=user, address=address)


def end_sittings(
    user: int,
    by: int | None,
    *,
    only: int | None = None,
    keep: str = "",
    address: str = "",
    key: str | None = None,
) -> int:
    """End the sessions of `user` on the server: all, `only` one, or all but the one with the key
    `keep`.
    """
    with transaction.atomic():
        rows = Sitting.objects.filter(user=user, ended_at=None).exclude(session_key=keep)
        if only is not None:
            rows = rows.filter(pk=only)
        ended = _end(rows, by)
        if ended:
            account_log.note(
                Deed.SESSION_ENDED, actor=by, user=user, address=address, key=key, count=ended
            )
    return ended


def _end(sittings: Iterable[Sitting], by: int | None) -> int:
    """Delete the session's own row, too, so that its cookie is worth nothing."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    gone = list(sittings)
    for sitting in gone:
        store(sitting.session_key).delete()
    Sitting.objects.filter(pk__in=[sitting.pk for sitting in gone]).update(
        ended_at=timezone.now(), ended_by=by
    )
    return len(gone)


# -- codes of an authenticator
# ---------------------------------------------------------------------------------


def spend_code(user: int, step: int) -> bool:
    """Whether the TOTP code of this time step had not been used by this account before."""
    try:
        with transaction.atomic():
            SpentCode.objects.create(user_id=user, step=step)
    except IntegrityError:
        return False
    SpentCode.objects.filter(user_id=user, step__lt=step - 10).delete()
    return True
