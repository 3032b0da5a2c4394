"""The Jinja2 environment of our templates: static files, how numbers and moments are written."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.html import json_script
from jinja2 import Environment, StrictUndefined

from graduand.pages.frame.base import stamp


def count(number: int) -> str:
    """`1,138`."""
    return f"{number:,}"


def environment(**options: Any) -> Environment:
    """Everything is escaped; an unknown name is an error rather than an empty text."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    options.pop("autoescape", None)
    env = Environment(autoescape=True, **options)
    env.globals["static"] = static
    env.filters.update(json_script=json_script, stamp=stamp, count=count)
    return env
