"""Headers of every response that Django's own middleware does not set: what a browser may do, and
that nothing is cached.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Browser features that no page needs; keys are for the second factor.
PERMISSIONS = ", ".join(
    [
        *(
            f"{name}=()"
            for name in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture")
        ),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)


class Headers:
    """Static files are answered before this middleware; the response of a view is not cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cache-Control", "no-store, private")
        return response
