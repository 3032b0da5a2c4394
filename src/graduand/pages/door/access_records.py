"""Records who looked at whose data: the only thing that a GET writes to the database, outside the
view itself.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from graduand.office.outgoing import privacy
from graduand.office.outgoing.privacy import LookRecord
from graduand.pages.door import visitors


def seen(request: HttpRequest, what: LookRecord) -> None:
    """For a view that is about to show a person's data: `what` is recorded once the response is
    ready. Where that fails, the response fails.
    """
    request.seen = what  # type: ignore[attr-defined]  # ours


class AccessRecords:
    """Middleware: a page about a person is not shown unless the look can be recorded (等保: no audit,
    no business).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        what: LookRecord | None = getattr(request, "seen", None)
        if what is not None and response.status_code == 200:
            privacy.write_look(what, visitors.address(request))
        return response
