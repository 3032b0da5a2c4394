"""What no keyboard types and no database keeps: a request with the sign NUL in it is answered before anything asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\0"


class NulFilter:
    """Stands behind the guard of forms, which reads them first, and before whatever asks for the
    session.

    PostgreSQL refuses the sign in any text, also in one that is only compared; SQLite keeps it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        readable(request.path_info, *request.COOKIES.values(), *_texts(request.GET))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Iterable[Any], kwargs: dict[str, Any]
    ) -> None:
        """What was posted; the forms that were posted without a token are refused by now."""
        readable(*_texts(request.POST))


def form_in(text: str) -> QueryDict:
    """A form that another one carries. Raises BadRequest."""
    form = QueryDict(text)
    readable(*_texts(form))
    return form


def readable(*texts: str) -> None:
    """Raises BadRequest where one of `texts` cannot be looked for."""
    if any(NUL in text for text in texts):
        raise BadRequest("NUL")


def _texts(form: QueryDict) -> list[str]:
    return [*form, *(value for _, values in form.lists() for value in values)]
