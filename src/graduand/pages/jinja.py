"""The Jinja2 environment of our templates: static files, and how numbers and moments are written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.templatetags.static import static
from django.utils import timezone
from jinja2 import Environment, StrictUndefined


def stamp(moment: datetime | date) -> str:
    """`2023-07-16 23:59` in Beijing time; a date has no hour."""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
    return moment.isoformat()


def count(number: int) -> str:
    """`1,138`."""
    return f"{number:,}"


def environment(**options: Any) -> Environment:
    """Everything is escaped; an unknown name is an error rather than an empty place."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    options.pop("autoescape", None)
    env = Environment(autoescape=True, **options)
    env.globals["static"] = static
    env.filters.update(stamp=stamp, count=count)
    return env
