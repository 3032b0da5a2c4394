"""Files that a page hands out. A file about several people is on record before it leaves; one about
a single person is recorded as a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from graduand.gateways.signed_papers import TYPES
from graduand.office.outgoing import exports, list_exports
from graduand.pages.door.access import Visit
from graduand.queries.season.seasons import OPEN_BATCHES, SEVERAL

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
# How many batches the name of a file names.
NAMED_BATCHES = 3
# Kinds of files whose names end otherwise.
_ENDINGS = {"jpeg": "jpg"}
Answer = TypeVar("Answer", bound=HttpResponseBase)


def table(
    visit: Visit,
    leaving: list_exports.ListExport,
    rows: Iterable[Sequence[str]],
    expected: int,
    name: str,
) -> FileResponse:
    """`rows`, about `expected` of them, as a workbook called `name`. Raises Refused, OSError."""
    _, file = list_exports.write(visit.actor, leaving, rows, expected)
    return recorded(file, leaving.listing, name)


def list_name(visit: Visit, title: str, batch: str) -> str:
    """The name of a list that leaves: its title, the batches of its filter, and the day. A few
    batches are named, more are called what the page calls them.
    """
    codes = batch
    if batch in SEVERAL:
        seasons = visit.unfinished if batch == OPEN_BATCHES else visit.seasons
        codes = "+".join(sorted(season.code for season in seasons))
        if len(seasons) > NAMED_BATCHES:
            codes = SEVERAL[batch]
    return "-".join(part for part in (title, codes, f"{visit.today:%Y%m%d}.xlsx") if part)


def returned(visit: Visit, leaving: exports.LeavingFile, kept: Path, name: str) -> FileResponse:
    """A workbook that goes back to its sender, from where it is stored. Raises Refused, OSError."""
    return recorded(exports.hand_over(visit.actor, leaving, kept), leaving.listing, name)


def recorded(file: BinaryIO, plain: str, name: str) -> FileResponse:
    """A workbook that is on record; `plain` is its name in ASCII, without the end."""
    answer = FileResponse(file, content_type=XLSX)
    return _called(answer, f"{plain}.xlsx", name)


def recorded_zip(
    pieces: exports.ExportSending, plain: str, name: str, length: int | None = None
) -> StreamingHttpResponse:
    """A zip that is on record and is written while it is sent."""
    answer = StreamingHttpResponse(pieces, content_type=ZIP)
    if length is not None:
        answer["Content-Length"] = str(length)
    return _called(answer, f"{plain}.zip", name)


def of_nobody(
    content: bytes | BinaryIO, kind: str, plain: str, name: str
) -> HttpResponse | FileResponse:
    """A file in which no student is named: an empty form, a calendar, a notice's attachment."""
    if isinstance(content, bytes):
        return _called(HttpResponse(content, content_type=kind), plain, name)
    return _called(FileResponse(content, content_type=kind), plain, name)


def scan(content: bytes, kind: str, plain: str) -> HttpResponse:
    """A signed paper of one person, byte by byte: it is never shown inside a page of ours.

    `plain` is its name without the end.
    """
    answer = HttpResponse(content, content_type=TYPES[kind])
    ending = _ENDINGS.get(kind, kind)
    answer["Content-Disposition"] = f'attachment; filename="{plain}.{ending}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _called(answer: Answer, plain: str, name: str) -> Answer:
    """As a download called `name`, or `plain` where only ASCII is understood."""
    answer["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    )
    return answer
