"""Cells that several lists have: 是 or 否, credits, whether there is a picture, who did it, days."""

from __future__ import annotations

from datetime import date, datetime

from graduand.models import User
from graduand.pages.frame.tags import IDLE, OK, Tag
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.calendar import office_day


def yes_or_no(answer: object) -> str:
    """是 for what is there or true, else 否."""
    if answer:
        return "是"
    return "否"


def total_credits(hundredths: int | None) -> str:
    """The credits of a file; "" before it was judged."""
    if hundredths is None:
        return ""
    return credits_text(hundredths)


def uploaded(there: object) -> Tag:
    """Whether a picture is there."""
    if there:
        return Tag(OK, "已上传")
    return Tag(IDLE, "未上传")


def day_of(instant: datetime | None) -> date | None:
    """The day in Shanghai of an event; None where it has not happened."""
    if instant is None:
        return None
    return office_day(instant)


def name_of(person: User | None, nobody: str = "") -> str:
    """The name of the person who did it; `nobody` where the program did, or it was not done yet."""
    if person is None:
        return nobody
    return person.name
