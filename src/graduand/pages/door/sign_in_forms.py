"""The forms of signing in: allauth's, with our throttle and codes that work once."""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as MfaReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from graduand.models import User
from graduand.office import account_log
from graduand.office.people import sign_in, throttle
from graduand.office.people.passwords import LONGEST
from graduand.pages.door import visitors
from graduand.pages.door.pending_sign_in import NO_ROLE
from graduand.pages.door.sign_in_ways import WRONG, WRONG_CODE
from graduand.queries import clock
from graduand.queries.scope import actor_of
from graduand.rulebook.people.account_terms import Deed


class ThrottledForm(ValidationError):
    """Tried too often: the page says how long to wait, whether or not there is such an account."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"尝试次数过多，请 {_wait(seconds)}后再试。", code="too_fast")


def _wait(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} 秒"
    return f"{-(-seconds // 60)} 分钟"


def _pay(charges: tuple[throttle.Charge, ...], user: int | None) -> throttle.ChargeOutcome:
    paid = throttle.pay(charges)
    if paid.wait:
        raise ThrottledForm(paid.wait)
    if paid.slowed:
        account_log.note(
            Deed.SLOWED,
            user=user,
            address=visitors.address(context.request),
            limits=list(paid.slowed),
        )
    return paid


class SignInForm(LoginForm):
    """账号 and 密码; the field keeps the name that browsers' password stores know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("login", "password"):
            self.fields[name].validators.append(MaxLengthValidator(LONGEST, WRONG))
            self.fields[name].error_messages["required"] = WRONG

    def add_prefix(self, field_name: str) -> str:
        if field_name == "login":
            return "username"
        return super().add_prefix(field_name)

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        """Pay, then judge: an unknown name, a disabled account, a wrong password (6.3.8).

        All of them get one answer.
        """
        name = credentials["username"]
        known = User.objects.filter(username=name).values_list("id", flat=True).first()
        mark = visitors.known_mark(context.request, name)
        where = visitors.address(context.request)
        paid = _pay(throttle.sign_in_charges(where, name, mark), known)
        try:
            cleaned: dict[str, Any] = super()._clean_with_password(credentials)
        except ValidationError:
            account_log.note(Deed.SIGN_IN_FAILED, user=known, address=where)
            raise
        user: Any = self.user
        if not user.is_active or user.system:
            account_log.note(Deed.SIGN_IN_FAILED, user=known, address=where, disabled=True)
            raise ValidationError(WRONG)
        throttle.refund(paid)
        if actor_of(user, clock.today()) is None:
            raise ValidationError(NO_ROLE, code="no_role")
        return cleaned


def plain(code: str) -> str:
    """The digits of a code however it was typed: full-width, with spaces, in groups."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", code) if sign.isascii() and sign.isdigit()
    )


def _spent(secret: str, code: str, user: int) -> bool:
    """Whether `code` is right for `secret` now and was not used before (S13)."""
    for step in totp.yield_hotp_counters_from_time():
        if compare_user_code(
            actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, step))
        ):
            return sign_in.spend_code(user, step)
    return False


class _OneCode:
    """A code from the app, or a recovery code: paid for, normalised, taken once."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        paid = _pay((throttle.Charge(throttle.CODE, str(self.user.pk)),), self.user.pk)
        code = plain(self.cleaned_data["code"])
        for device in Authenticator.objects.filter(user=self.user).exclude(
            type=Authenticator.Type.WEBAUTHN
        ):
            if self._right(device, code):
                device.user = self.user
                self.authenticator = device
                throttle.refund(paid)
                return code
        where = visitors.address(context.request)
        account_log.note(Deed.SIGN_IN_FAILED, user=self.user.pk, address=where, second_factor=True)
        raise ValidationError(WRONG_CODE)

    def _right(self, device: Authenticator, code: str) -> bool:
        if device.type == Authenticator.Type.TOTP:
            return _spent(decrypt(device.data["secret"]), code, self.user.pk)
        return bool(code) and bool(device.wrap().validate_code(code))


class CodeForm(_OneCode, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_OneCode, MfaReauthenticateForm):
    """Proof before a guarded act."""


class PasswordAgainForm(ReauthenticateForm):
    """Proof by password, for accounts without a second factor."""

    def clean_password(self) -> str:
        paid = _pay((throttle.Charge(throttle.CODE, f"again {self.user.pk}"),), self.user.pk)
        password: str = super().clean_password()
        throttle.refund(paid)
        return password


class NewTotpForm(ActivateTOTPForm):
    """The first code of a new app."""

    def clean_code(self) -> str:
        paid = _pay((throttle.Charge(throttle.CODE, f"new {self.user.pk}"),), self.user.pk)
        code = plain(self.cleaned_data["code"])
        if not _spent(self.secret, code, self.user.pk):
            raise ValidationError("验证码不对。请核对手机时间是否准确，再输入新的验证码。")
        throttle.refund(paid)
        return code


class _OneKey:
    """What a browser sends back from a passkey; anything malformed is simply wrong."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]  # allauth's form comes after
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise ValidationError("没有识别到通行密钥，请重试，或改用验证码。") from problem


class KeyForm(_OneKey, AuthenticateWebAuthnForm):
    """A passkey as the second step of signing in."""


class KeyAgainForm(_OneKey, ReauthenticateWebAuthnForm):
    """A passkey before a guarded act."""
