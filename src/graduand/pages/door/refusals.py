"""The response when the office refuses: one status and one heading for each kind, and always the
office's own sentence.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from graduand.office.refusal import RefusalKind, Refused
from graduand.pages.door.error_pages import error_page

ANSWERS = {
    RefusalKind.STATE: (HTTPStatus.CONFLICT, "没有办理"),
    RefusalKind.RIGHTS: (HTTPStatus.FORBIDDEN, "不能办理"),
    RefusalKind.INPUT: (HTTPStatus.UNPROCESSABLE_ENTITY, "没有办理"),
    RefusalKind.INSTALLATION: (HTTPStatus.CONFLICT, "没有办理"),
}


def answer(request: HttpRequest, refusal: Refused, back: str) -> HttpResponse:
    """The page for a refusal of any kind but NOT_YOURS, which is answered as an address that does not exist."""
    status, heading = ANSWERS[refusal.kind]
    return error_page(request, status, heading, f"{str(refusal).rstrip('。')}。", back)
