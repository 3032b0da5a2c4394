"""Files that a page hands out: workbooks with both names of the file, scans as they came."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

from graduand.gateways.signed_papers import TYPES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(content: bytes, plain: str, name: str) -> HttpResponse:
    """`content` as a download called `name`, or `plain` where only ASCII is understood."""
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return answer


def scan(content: bytes, kind: str, plain: str) -> HttpResponse:
    """A signed paper, byte by byte: it is never shown inside a page of ours. `plain` is its name without the end."""
    answer = HttpResponse(content, content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{plain}.{"jpg" if kind == "jpeg" else kind}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
