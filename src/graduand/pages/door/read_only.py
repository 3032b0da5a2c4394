"""A GET never writes: while its view runs, and while what it streams is made, the database refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import structlog
from django.conf import settings
from django.db import connection
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse

from graduand.pages.door.error_pages import BUSY, error_page

READ = ("GET", "HEAD")
# Texts, names and comments say nothing of what a statement does. A text after an E has escapes and
# is not read here.
_TOLD = re.compile(r"""'(?<!\b[eE]')(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
_ASKS = re.compile(r"[\s(]*(SELECT|WITH|VALUES)\b", re.IGNORECASE)
# A SELECT may contain a statement that writes, lock rows, or call functions that count on.
_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|INTO|FOR\s+SHARE|FOR\s+KEY\s+SHARE|NEXTVAL|SETVAL|SET_CONFIG|PG_\w*LOCK\w*)\b",
    re.IGNORECASE,
)
# A second statement begins after a semicolon; one may be hidden in a text that was not read to its
# end.
_BEGINS = (";", "'", '"', "$")
NOT_SHOWN = "这个页面没有显示，数据没有改动；请联系管理员查看日志。"
_LOG = structlog.get_logger("graduand.access")


class WriteRefused(RuntimeError):
    """A GET tried to change the database; str() is the statement, without its values."""


@lru_cache(maxsize=4096)
def only_asks(sql: str) -> bool:
    """Whether a statement leaves the database as it is."""
    bare = _TOLD.sub(" ", sql)
    if any(mark in bare for mark in _BEGINS):
        return False
    return _ASKS.match(bare) is not None and _WRITES.search(bare) is None


def _refuse_writes(execute: Any, sql: str, *rest: Any) -> Any:
    if not only_asks(sql):
        _LOG.error("a page that is looked at wanted to write", statement=sql[:200])
        raise WriteRefused(sql[:200])
    return execute(sql, *rest)


@contextmanager
def looking() -> Iterator[None]:
    """In this block the database answers queries and refuses anything else."""
    with connection.execute_wrapper(_refuse_writes):
        yield


def look(
    request: HttpRequest, view: Callable[..., HttpResponseBase], *args: Any, **named: Any
) -> HttpResponseBase:
    """The response to a GET, made under the rule to its last byte.

    A write is an error in the log; where the setting is not strict the visitor reads a sentence
    instead of the page.
    """
    try:
        with looking():
            answer = view(request, *args, **named)
            if isinstance(answer, SimpleTemplateResponse):
                answer.render()
    except WriteRefused:
        if settings.LOOKING_IS_STRICT:
            raise
        return error_page(request, 500, BUSY, NOT_SHOWN)
    if isinstance(answer, StreamingHttpResponse) and not isinstance(answer, FileResponse):
        made = cast("Iterable[bytes]", answer.streaming_content)
        answer.streaming_content = _pieces(made)
    return answer


def _pieces(made: Iterable[bytes]) -> Iterator[bytes]:
    """Each piece of a streamed response is made after its view has ended, and under the same rule."""
    pieces = iter(made)
    while True:
        with looking():
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
