"""A sign-in that waits for its second step: what has ended it meanwhile, and what the page says
then.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login, unstash_login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from graduand.queries import clock
from graduand.queries.scope import actor_of

NO_ROLE = "该账号目前没有有效的岗位，请联系本单位管理员。"
# The password, as a hash, with which the sign-in of this session was begun.
_BEGUN = "begun_with"
# The page that was asked for, when a sign-in was discarded because it came too late.
_ASKED = "asked_before"
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class EndReason(StrEnum):
    """Why a sign-in that was begun can't be completed."""

    FACTOR = "factor"
    PASSWORD = "password"  # noqa: S105  # a reason
    RESET = "reset"
    ACCOUNT = "account"
    ROLE = "role"
    LATE = "late"
    GONE = "gone"


_SAID = {
    EndReason.FACTOR: "二次验证已停用，刚才的登录没有完成。请用账号和密码重新登录；岗位须用二次验证的，登录后按提示重新设置。",
    EndReason.PASSWORD: "密码已修改，刚才的登录没有完成。请用新密码重新登录；不是您本人修改的，请马上联系本单位管理员。",
    EndReason.RESET: "密码已作废，刚才的登录没有完成。请向服务器管理员领取激活码，重新设置密码后再登录。",
    EndReason.ACCOUNT: "账号已停用，刚才的登录没有完成。需要恢复的，请联系本单位管理员。",
    EndReason.ROLE: NO_ROLE,
    EndReason.LATE: "二次验证没有在 {minutes} 分钟内完成，请重新登录。",
    EndReason.GONE: "刚才的登录已经结束，请重新登录。",
}


def sentence(why: str) -> str:
    """What the sign-in page says of `why`; "" for anything else that an address may carry."""
    if why not in _SAID:
        return ""
    return _SAID[EndReason(why)].format(minutes=app_settings.LOGIN_TIMEOUT // 60)


def begin(request: HttpRequest, user: Any) -> None:
    """The password was right: remember which one it was, as a session does."""
    request.session[_BEGUN] = user.get_session_auth_hash()


def ended(request: HttpRequest) -> EndReason | None:
    """What has ended the sign-in that waits in this session; None where it goes on or none waits."""
    if request.user.is_authenticated or LOGIN_SESSION_KEY not in request.session:
        return None
    asked = request.session[LOGIN_SESSION_KEY].get("redirect_url")
    login = unstash_login(request, peek=True)
    if login is None:
        request.session[_ASKED] = asked or ""
        return EndReason.LATE
    user: Any = login.user
    if why := shut(request, user):
        return why
    if not is_mfa_enabled(user, _FACTORS):
        return EndReason.FACTOR
    if actor_of(user, clock.today()) is None:
        return EndReason.ROLE
    return None


def shut(request: HttpRequest, user: Any) -> EndReason | None:
    """Whether the account was disabled, or has another password than the sign-in began with."""
    if user is None or not user.is_active:
        return EndReason.ACCOUNT
    if not user.has_usable_password():
        return EndReason.RESET
    begun = request.session.get(_BEGUN)
    if not begun:
        return EndReason.GONE
    known = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    if not any(constant_time_compare(begun, mark) for mark in known):
        return EndReason.PASSWORD
    return None


def finish(request: HttpRequest) -> None:
    """Signed in: from here on the session keeps the password by itself."""
    request.session.pop(_BEGUN, None)


def none_waits(request: HttpRequest) -> bool:
    """Whether no sign-in waits between the two steps."""
    return not request.user.is_authenticated and LOGIN_SESSION_KEY not in request.session


def end(request: HttpRequest) -> None:
    """Forget the sign-in that waits in this session; a session that is signed in loses nothing."""
    if request.user.is_authenticated:
        return
    clear_login(request)
    request.session.pop(_BEGUN, None)


def leave(request: HttpRequest, why: EndReason) -> HttpResponse:
    """To the sign-in page, which says why; afterwards the person comes to the page that was asked for."""
    waiting = request.session.get(LOGIN_SESSION_KEY)
    late = request.session.pop(_ASKED, "")
    after = request.GET.get("next", "") or late
    if not after and isinstance(waiting, dict):
        after = waiting.get("redirect_url") or ""
    end(request)
    asked = {"ended": why.value}
    if after:
        asked["next"] = after
    return redirect(f"/login?{urlencode(asked)}")
