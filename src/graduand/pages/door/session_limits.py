"""Sessions as they go: idle for half an hour or older than a working day they end."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

from graduand.office.people import sign_in
from graduand.pages.door import visitors

BEGAN = "began"
SEEN = "seen"


class SessionLimits:
    """Compares the two times stored in the session itself, so that a page costs no further query.

    Recording once a minute that a session is in use is one of the two things that a GET writes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.get(SESSION_KEY):
            _still_valid(request)
        response = self.get_response(request)
        username = getattr(request, "signed_in_as", "")
        if username:
            visitors.remember(request, response, username)
        return response


def _still_valid(request: HttpRequest) -> None:
    now = time.time()
    session = request.session
    began = session.get(BEGAN)
    seen = session.get(SEEN)
    if began is None or seen is None:
        session[BEGAN] = session[SEEN] = now
    elif now - seen > settings.IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
        sign_in.close_sitting(
            int(session[SESSION_KEY]), session.session_key or "", visitors.address(request)
        )
        logout(request)
        request.timed_out = True  # type: ignore[attr-defined]  # the sign-in page says why
    elif now - seen > sign_in.SEEN_EVERY:
        session[SEEN] = now
        sign_in.saw_sitting(session.session_key or "")
