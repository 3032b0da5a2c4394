"""How allauth works here: our client address, our sessions, sealed secrets, proof by the stronger factor, Chinese."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from graduand.models import User, key_ring
from graduand.office.people import sign_in
from graduand.office.refusal import Refused
from graduand.pages.door import pending_sign_in, visitors
from graduand.pages.door.pending_sign_in import EndReason
from graduand.pages.door.session_limits import BEGAN, SEEN

WRONG = "账号或密码不对，请重新输入。"
WRONG_CODE = "验证码不对，或已经用过。请等下一个验证码再试。"
AGAIN = {
    "reauthenticate": "用密码验证",
    "mfa_reauthenticate": "用验证码验证",
    "mfa_reauthenticate:webauthn": "用通行密钥验证",
}


class AccountWays(DefaultAccountAdapter):
    """Accounts: nobody signs up, nothing is mailed."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": WRONG,
        "username_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "incorrect_password": "密码不对，请重新输入。",
        "incorrect_code": WRONG_CODE,
        "too_many_login_attempts": "尝试次数过多，请稍后再试。",
        "rate_limited": "尝试次数过多，请稍后再试。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return visitors.address(request)

    def is_safe_url(self, url: str) -> bool:
        """Only a page of ours to come back to (S04)."""
        request = context.request
        safe = url_has_allowed_host_and_scheme(
            url, {request.get_host()}, require_https=request.is_secure()
        )
        return bool(safe) and url.startswith("/")

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse | None:
        """The password was right; if it is changed before the second step, this sign-in ends."""
        pending_sign_in.begin(request, user)
        answer: HttpResponse | None = super().pre_login(request, user, **more)
        return answer

    def login(self, request: HttpRequest, user: Any) -> None:
        """A new session id, a session that its owner can list, a browser that knows the account."""
        if why := pending_sign_in.shut(request, user):
            raise ImmediateHttpResponse(pending_sign_in.leave(request, why))
        pending_sign_in.finish(request)
        super().login(request, user)
        request.session[BEGAN] = request.session[SEEN] = time.time()
        if not request.session.session_key:
            request.session.save()
        try:
            self._open_sitting(request, user)
        except Refused as problem:
            logout(request)
            raise ImmediateHttpResponse(pending_sign_in.leave(request, EndReason.GONE)) from problem
        request.signed_in_as = user.username  # type: ignore[attr-defined]  # read by SessionLimits

    def _open_sitting(self, request: HttpRequest, user: Any) -> None:
        """Raises Refused where the account has changed since this sign-in began."""
        sign_in.open_sitting(
            user,
            request.session.session_key or "",
            visitors.address(request),
            visitors.agent(request),
            visitors.factor_shown(request),
        )

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return redirect(settings.LOGIN_URL)

    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:
        """Proofs are as fresh on allauth's own pages as for our guarded acts."""
        return not visitors.fresh(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """People with a second factor prove their identity by that; a password alone is enough for
        those without one.
        """
        ways = super().get_reauthentication_methods(user)
        strong = [way for way in ways if way["id"] != "reauthenticate"]
        return [way | {"description": AGAIN[way["id"]]} for way in strong or ways]

    def add_message(self, *_args: Any, **_more: Any) -> None:
        """Our pages say themselves what was done."""


class FactorWays(DefaultMFAAdapter):
    """The second factor: secrets are sealed like every identifier."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": "不能停用二次验证。",
        "cannot_generate_recovery_codes": "请先启用二次验证，再生成恢复码。",
    }

    def encrypt(self, text: str) -> str:
        return b64encode(key_ring().seal(text)).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().open(b64decode(encrypted_text))

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002  # allauth's word
        return "通行密钥"
