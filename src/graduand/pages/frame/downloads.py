"""Workbooks that a page hands out: the answer with both names of the file."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(content: bytes, plain: str, name: str) -> HttpResponse:
    """`content` as a download called `name`, or `plain` where only ASCII is understood."""
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return answer
