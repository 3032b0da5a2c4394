"""我的账号: the second factor, the password, the sessions; every change leaves an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import get_adapter as mfa_ways
from allauth.mfa.base.internal.flows import delete_and_cleanup
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from qrcode.main import QRCode

from graduand.models import User
from graduand.office import account_log
from graduand.office.people import passwords, sign_in, throttle
from graduand.office.refusal import Refused
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, own
from graduand.pages.frame.shell import any_shell
from graduand.queries import clock
from graduand.queries.people import accounts
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Desk

HOME = "/account"
BOTH = ("GET", "HEAD", "POST")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of the account."""

    id: int
    browser: str
    address: str
    started: datetime
    seen: datetime
    current: bool


@own()
def account(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What protects the account, and where it is signed in."""
    devices = _devices(request)
    needed = settings.SECOND_FACTOR == "required" and visit.actor.desk is not Desk.STUDENT
    page = {
        "shell": any_shell(visit, HOME, bare=needed and not devices["protected"]),
        **devices,
        "needed": needed,
        "sittings": _sittings(request, visit.actor.user_id),
        "roles": accounts.roles_of(visit.actor.user_id),
        "idle": settings.IDLE_SECONDS // 60,
        "longest": settings.SESSION_COOKIE_AGE // 3600,
    }
    return render(request, "pages/people/sign_in/own_account.html", page)


def _devices(request: HttpRequest) -> dict[str, Any]:
    """The app, the keys, and how many recovery codes are left; codes that were never shown do not
    count.
    """
    devices = list(Authenticator.objects.filter(user=request.user).order_by("id"))
    kept = next((d.wrap() for d in devices if d.type == Authenticator.Type.RECOVERY_CODES), None)
    keys = [d for d in devices if d.type == Authenticator.Type.WEBAUTHN]
    _show_in_business_time(devices)
    app = next((d for d in devices if d.type == Authenticator.Type.TOTP), None)
    return {
        "app": app,
        "keys": [
            {"id": d.pk, "name": d.wrap().name, "at": d.created_at, "used": d.last_used_at}
            for d in keys
        ],
        "codes": _codes_left(kept),
        "protected": bool(app or keys),
    }


def _show_in_business_time(devices: list[Authenticator]) -> None:
    """Converts their real times to the time that pages show; the objects are not saved."""
    if not devices:
        return
    ahead = clock.shift()
    for device in devices:
        device.created_at += ahead
        if device.last_used_at is not None:
            device.last_used_at += ahead


def _codes_left(kept: Any) -> int:
    """How many recovery codes are left; none where they were never shown."""
    if kept is None or not kept.did_view:
        return 0
    return len(kept.get_unused_codes())


def _sittings(request: HttpRequest, user: int) -> list[SessionLine]:
    rows = accounts.sittings(user)
    return [
        SessionLine(
            s.pk,
            visitors.browser_name(s.agent),
            s.address,
            s.started_at,
            s.seen_at,
            s.session_key == request.session.session_key,
        )
        for s in rows
    ]


class NewApp(ActivateTOTPView):
    """Shows the secret as a picture and as text; the first code proves that the app has it."""

    template_name = "pages/people/sign_in/new_app.html"

    def get_success_url(self) -> str:
        return "/account?added=app"

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            _added(self.request, "totp")
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super(ActivateTOTPView, self).get_context_data(**kwargs)
        form = page["form"]
        return page | {
            "shell": self.request.shell,
            "square": _square(mfa_ways().build_totp_url(self.request.user, form.secret)),
            "secret": " ".join(form.secret[at : at + 4] for at in range(0, len(form.secret), 4)),
            "error": next((str(e) for errors in form.errors.values() for e in errors), ""),
        }


class NewKey(AddWebAuthnView):
    """A passkey: made by the browser, kept by the device."""

    template_name = "pages/people/sign_in/new_key.html"

    def get_success_url(self) -> str:
        return "/account?added=key"

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            _added(self.request, "webauthn")
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super().get_context_data(**kwargs)
        form = page["form"]
        error = next((str(e) for errors in form.errors.values() for e in errors), "")
        return page | {"shell": self.request.shell, "error": error}


def _added(request: HttpRequest, kind: str) -> None:
    """The first code or key proves the factor: the session is signed in with it."""
    device = Authenticator.objects.filter(user=request.user, type=kind).latest("id")
    visitors.prove(request, device.pk, kind)
    user = request.user.pk
    account_log.note(
        Deed.FACTOR_ADDED, actor=user, user=user, address=visitors.address(request), kind=kind
    )


def _square(url: str) -> dict[str, Any]:
    """The QR code as one path of unit squares: no inline image, no inline style."""
    code = QRCode(border=2)
    code.add_data(url)
    code.make()
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return {"size": len(rows), "path": path}


def _frame(request: HttpRequest, visit: Visit) -> Any:
    """Without a menu, as long as each of its lines would lead back here."""
    bare = settings.SECOND_FACTOR == "required" and not visitors.has_second_factor(request)
    return any_shell(visit, HOME, bare=bare and visit.actor.desk is not Desk.STUDENT)


@own(*BOTH, fresh=True)
def new_app(request: HttpRequest, visit: Visit) -> HttpResponse:
    """An authenticator app."""
    request.shell = _frame(request, visit)  # type: ignore[attr-defined]  # for the view's own template
    if Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists():
        return redirect(HOME)
    return NewApp.as_view()(request)


@own(*BOTH, fresh=True)
def new_key(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A passkey."""
    request.shell = _frame(request, visit)  # type: ignore[attr-defined]  # for the view's own template
    return NewKey.as_view()(request)


@own("POST", fresh=True)
def remove_device(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove an app or key; staff keep at least one where a second factor is required."""
    devices = Authenticator.objects.filter(user=request.user).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    device = devices.filter(pk=pk).first()
    if device is None:
        raise Http404
    needed = settings.SECOND_FACTOR == "required" and visit.actor.desk is not Desk.STUDENT
    if needed and devices.count() == 1:
        return redirect("/account?last=1")
    with transaction.atomic():
        delete_and_cleanup(request, device)
        _removed(request, device.type)
    return redirect("/account?removed=1")


def _removed(request: HttpRequest, kind: str) -> None:
    """Notes that a factor was taken off the account."""
    user = request.user.pk
    where = visitors.address(request)
    account_log.note(Deed.FACTOR_REMOVED, actor=user, user=user, address=where, kind=kind)


@own("POST", fresh=True)
def recovery(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ten new recovery codes, shown once; earlier ones stop working."""
    if not Authenticator.objects.filter(user=request.user, type__in=("totp", "webauthn")).exists():
        return redirect(HOME)
    with transaction.atomic():
        made = generate_recovery_codes(request).wrap()
        codes = made.get_unused_codes()
        made.mark_as_viewed()
        where = visitors.address(request)
        account_log.note(
            Deed.RECOVERY_MADE, actor=request.user.pk, user=request.user.pk, address=where
        )
    groups = [" ".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]
    return render(
        request,
        "pages/people/sign_in/recovery.html",
        {"shell": any_shell(visit, HOME), "codes": groups},
    )


@own(*BOTH)
def password(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Change the account's own password; other sessions end, this one goes on."""
    page = {"shell": any_shell(visit, HOME), "hints": passwords.hints(), "error": ""}
    status = 200
    if request.method == "POST":
        page["error"] = _changed(request)
        status = 400
        if not page["error"]:
            return redirect("/account?changed=1")
    return render(request, "pages/people/sign_in/password.html", page, status=status)


def _changed(request: HttpRequest) -> str:
    """What is wrong; "" when it was changed."""
    user = request.user
    assert isinstance(user, User)  # the access check lets nobody else in
    old, new, twice = (request.POST.get(name, "") for name in ("old", "password", "again"))
    paid = throttle.pay((throttle.Charge(throttle.CODE, f"change {user.pk}"),))
    if paid.wait:
        return f"尝试次数过多，请 {paid.wait} 秒后再试。"
    if new != twice:
        return "两次输入的新密码不一样。"
    try:
        sign_in.change_password(
            user, old, new, visitors.address(request), request.session.session_key or ""
        )
    except Refused as problem:
        return f"{str(problem).rstrip('。')}。"
    throttle.refund(paid)
    update_session_auth_hash(request, user)
    sign_in.renew_sitting(
        user.pk,
        request.session.session_key or "",
        visitors.address(request),
        visitors.agent(request),
    )
    return ""


@own("POST")
def end_sitting(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """End one session of the account."""
    me = visit.actor.user_id
    if not sign_in.end_sittings(me, me, only=pk, address=visitors.address(request)):
        raise Http404
    return redirect("/account?ended=1")


@own("POST")
def end_others(request: HttpRequest, visit: Visit) -> HttpResponse:
    """End all sessions of the account but this one."""
    me = visit.actor.user_id
    here = request.session.session_key or ""
    sign_in.end_sittings(me, me, keep=here, address=visitors.address(request))
    return redirect("/account?ended=1")
