"""The visitor: the address, the browser, the accounts it knows, the proofs of identity."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

# How long a browser is known, and by how many accounts.
KNOWN_DAYS = 180
MOST_KNOWN = 8
_SALT = "graduand.known"


def address(request: HttpRequest) -> str:
    """The visitor's address: what our proxy appended last, never what the visitor claims (S06)."""
    if settings.BEHIND_PROXY:
        passed = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if passed:
            return str(passed)[:45]
    return str(request.META.get("REMOTE_ADDR") or "")[:45]


def for_a_part(request: HttpRequest) -> bool:
    """Whether the page itself asks for a part of it (htmx), not the browser for a whole one."""
    return bool(getattr(request, "htmx", False))


def agent(request: HttpRequest) -> str:
    """What the browser calls itself."""
    return str(request.META.get("HTTP_USER_AGENT", ""))[:200]


def browser_name(text: str) -> str:
    """`Chrome · Windows`: enough to recognise one's own device in a list of sessions."""
    kinds = (
        ("Edg", "Edge"),
        ("MicroMessenger", "微信"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Mac", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in table if mark in text), "") for table in (kinds, systems)]
    return " · ".join(part for part in found if part) or "未知浏览器"


# -- a browser that knows an account ---------------------------------------------------------------


def _cookie() -> str:
    if settings.SESSION_COOKIE_SECURE:
        return "__Host-known"
    return "known"


def _short(username: str) -> str:
    return hashlib.sha256(username.casefold().encode()).hexdigest()[:16]


def _known(request: HttpRequest) -> dict[str, Any]:
    try:
        held = signing.loads(
            request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=KNOWN_DAYS * 86_400
        )
    except signing.BadSignature:
        held = None
    if isinstance(held, dict):
        return held
    return {"d": "", "u": []}


def known_mark(request: HttpRequest, username: str) -> str:
    """The mark of the browser when `username` has signed in on it before, else ""."""
    held = _known(request)
    if _short(username) not in held["u"]:
        return ""
    return str(held["d"])


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Remember `username` for this browser; the cookie holds no name, only a signed hash."""
    held = _known(request)
    names = [_short(username), *(name for name in held["u"] if name != _short(username))][
        :MOST_KNOWN
    ]
    value = signing.dumps({"d": held["d"] or secrets.token_urlsafe(16), "u": names}, salt=_SALT)
    response.set_cookie(
        _cookie(),
        value,
        max_age=KNOWN_DAYS * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


# -- what this session has proved ------------------------------------------------------------------


def proofs(request: HttpRequest) -> list[dict[str, Any]]:
    """Each proof of identity in this session, as allauth keeps them: method, at, …"""
    kept = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if isinstance(kept, list):
        return kept
    return []


def prove(request: HttpRequest, device: int, kind: str) -> None:
    """Record that a device was shown in this session."""
    record_authentication(request, request.user, "mfa", id=device, type=kind)


def has_second_factor(request: HttpRequest) -> bool:
    """Whether a code or a key was shown in this session."""
    return any(proof.get("method") == "mfa" for proof in proofs(request))


def forget_factor(request: HttpRequest) -> None:
    """Forget what this session was shown of a second factor, which the account no longer has."""
    kept = [proof for proof in proofs(request) if proof.get("method") != "mfa"]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = kept


def factor_shown(request: HttpRequest) -> int | None:
    """The app, key or set of recovery codes that was shown last in this session; None where none
    was.
    """
    shown = [proof.get("id") for proof in proofs(request) if proof.get("method") == "mfa"]
    return next(reversed(shown), None)


def fresh(request: HttpRequest) -> bool:
    """Whether the strongest proof of this session is minutes old: what guarded acts ask for."""
    strongest = "password"
    if has_second_factor(request):
        strongest = "mfa"
    moments = [proof["at"] for proof in proofs(request) if proof.get("method") == strongest]
    return bool(moments) and time.time() - max(moments) < settings.FRESH_SECONDS
