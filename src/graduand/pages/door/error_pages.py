"""What is shown instead of a page that failed: a sentence, never a trace."""

from __future__ import annotations

import sys
from html import escape
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from graduand.faults import fault_of

BUSY = "系统正忙"
NOT_DONE = "这次操作没有完成，请稍后再试；如反复出现，请联系管理员。"
# Without files of its own and without a template: what is left when neither can be had.
BARE = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{heading}</title></head>'
    '<body><main><h1>{heading}</h1><p>{sentence}</p><p><a href="/">返回首页</a></p></main></body></html>'
)
log = structlog.get_logger(__name__)


def error_page(
    request: HttpRequest, status: int, heading: str, sentence: str, back: str = "/"
) -> HttpResponse:
    """A sentence instead of a page, in the dialog or alone."""
    words = {"heading": heading, "sentence": sentence, "back": back, "back_label": "返回"}
    if getattr(request, "htmx", False):
        return render(request, "parts/trouble.html", words, status=status)
    return render(request, "pages/trouble.html", words, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400.

    Django reports a session that could not be stored as a bad request, whatever the cause: a
    database that is away is no fault of the visitor.
    """
    if isinstance(exception, SessionInterrupted):
        sentence, status = _of_failure(_below(exception))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            return _said(request, status, sentence)
    return error_page(request, 400, "无法识别的请求", "请从页面上重新操作。")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return error_page(request, 403, "不能访问", "您的账号不能进行此操作。")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: an old page, or not ours."""
    return error_page(request, 403, "页面已过期", "没有保存任何内容，请返回后刷新页面再试。")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not yours; which of the two is not said."""
    return error_page(request, 404, "没有找到", "页面不存在，或不属于您的单位。")


def broken(request: HttpRequest, **_more: Any) -> HttpResponse:
    """500, or 503 for a fault of the disk or the database: this page needs neither.

    It does not need the page's static files either.
    """
    sentence, status = _of_failure(sys.exception())
    return _said(request, status, sentence)


def _said(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """The sentence, with as much of a page around it as can be made."""
    try:
        return error_page(request, status, BUSY, sentence)
    except Exception:  # whatever else is broken, the visitor reads a sentence
        log.exception("the page of an error could not be made")
        return HttpResponse(
            BARE.format(heading=escape(BUSY), sentence=escape(sentence)), status=status
        )


def _below(problem: BaseException | None) -> BaseException | None:
    """The failure of the database during which `problem` came up; None where there was none."""
    while problem is not None and not isinstance(problem, Error):
        problem = problem.__context__
    return problem


def _of_failure(problem: BaseException | None) -> tuple[str, int]:
    """The sentence about the failure that is being answered, and the status."""
    fault = None
    # the driver's own error comes where a cursor is closed on a connection that broke
    driver = connection.Database  # type: ignore[attr-defined]  # both engines have it
    if isinstance(problem, (Error, driver.Error, OSError)):
        fault = fault_of(problem, settings.GRADUAND_HOME)
    if fault is None:
        return NOT_DONE, HTTPStatus.INTERNAL_SERVER_ERROR
    return fault.visitor.format(help=settings.HELP_CONTACT), HTTPStatus.SERVICE_UNAVAILABLE
