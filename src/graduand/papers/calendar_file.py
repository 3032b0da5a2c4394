"""The days of a batch as an iCalendar file (RFC 5545): all-day events, stable ids, so that a second
import updates the events of the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

LINE_BYTES = 75


class CalendarEvent(NamedTuple):
    """One event; the last day is included. `uid` stays the same when its days change."""

    uid: str
    first: date
    last: date
    summary: str
    description: str


def calendar_file(
    name: str, entries: Iterable[CalendarEvent], stamp: datetime, version: int
) -> bytes:
    """The file; `version` grows with each change, so that a calendar replaces the events it has."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//graduand//batch//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "X-WR-TIMEZONE:Asia/Shanghai",
    ]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(entry.uid)}",
            f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"SEQUENCE:{version}",
            f"DTSTART;VALUE=DATE:{entry.first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.last + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(entry.summary)}",
            f"DESCRIPTION:{_text(entry.description)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _text(value: str) -> str:
    """A text as RFC 5545, 3.3.11, asks: backslash, comma, semicolon and line ends are escaped;
    other control characters are left out.
    """
    escaped = (
        value.replace("\\", "\\\\")
        .replace(";", "\\;")
        .replace(",", "\\,")
        .replace("\r\n", "\n")
        .replace("\n", "\\n")
    )
    return "".join(char for char in escaped if char >= " ")


def _folded(line: str) -> bytes:
    """Lines as RFC 5545, 3.1, asks: none over 75 bytes, and none cut inside a character."""
    pieces = []
    room = LINE_BYTES
    piece = b""
    for char in line:
        data = char.encode()
        if len(piece) + len(data) > room:
            pieces.append(piece)
            piece = b""
            room = LINE_BYTES - 1
        piece += data
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
