"""Writes down who looked at whom: the one thing that a GET leaves in the database, outside the page itself."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from graduand.office.outgoing import privacy
from graduand.office.outgoing.privacy import LookRecord
from graduand.pages.door import visitors


def seen(request: HttpRequest, what: LookRecord) -> None:
    """A page calls this with what it is about to show; it is written once the answer is ready, or the answer fails."""
    request.seen = what  # type: ignore[attr-defined]  # ours


class AccessRecords:
    """A page about a person that can't be written down is not shown (等保: no audit, no business)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        what: LookRecord | None = getattr(request, "seen", None)
        if what is not None and response.status_code == 200:
            privacy.write_look(what, visitors.address(request))
        return response
