"""What is shown when there is no page: a sentence, never a trace."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def trouble(request: HttpRequest, status: int, heading: str, sentence: str, back: str = "/") -> HttpResponse:
    """A sentence instead of a page, in the dialog or alone."""
    name = "parts/trouble.html" if getattr(request, "htmx", False) else "pages/trouble.html"
    words = {"heading": heading, "sentence": sentence, "back": back, "back_label": "返回"}
    return render(request, name, words, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return trouble(request, 400, "无法识别的请求", "请从页面上重新操作。")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return trouble(request, 403, "不能访问", "您的账号不能进行此操作。")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: an old page, or not ours."""
    return trouble(request, 403, "页面已过期", "没有保存任何内容，请返回后刷新页面再试。")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not yours; which of the two is not said."""
    return trouble(request, 404, "没有找到", "页面不存在，或不属于您的单位。")


def broken(request: HttpRequest, **_more: Any) -> HttpResponse:
    """500."""
    return trouble(request, 500, "系统正忙", "这次操作没有完成，请稍后再试；如反复出现，请联系管理员。")
