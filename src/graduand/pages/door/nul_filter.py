"""Refuses a request that contains the character NUL, which no keyboard types and PostgreSQL does
not store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\0"


class NulFilter:
    """Middleware after the CSRF check, which reads the form first, and before whatever reads the
    session.

    PostgreSQL refuses the character in any text, even in one that is only compared; SQLite keeps
    it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refuse_nul(request.path_info, *request.COOKIES.values(), *_texts(request.GET))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Iterable[Any], kwargs: dict[str, Any]
    ) -> None:
        """Checks what was posted; a form without its token has been refused by now."""
        refuse_nul(*_texts(request.POST))


def form_in(text: str) -> QueryDict:
    """A form that another form carries as text. Raises BadRequest."""
    form = QueryDict(text)
    refuse_nul(*_texts(form))
    return form


def refuse_nul(*texts: str) -> None:
    """Raises BadRequest where one of `texts` contains NUL."""
    if any(NUL in text for text in texts):
        raise BadRequest("NUL")


def _texts(form: QueryDict) -> list[str]:
    return [*form, *(value for _, values in form.lists() for value in values)]
