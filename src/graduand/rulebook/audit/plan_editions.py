"""A plan's rules as text, kept when a certificate is numbered by them, so that a later change of
the plan does not affect it.

A text outlives the program that wrote it, so a field with its default value is not written: a field
that is added later gets a default that means what was true before, and the text and hash of a plan
without it stay the same. A field that is removed is ignored by `read`. Where a text would mean
something else, `FORMAT` goes up and is written into it, and `read` tells the formats apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.terms import CourseNature, Level

# The format of a text that names none is 1.
FORMAT = 1


def text_of(plan: Plan) -> str:
    """Everything that the audit reads of a plan; its version only counts the changes."""
    data = _stored_fields(plan) | {"courses": [_stored_fields(course) for course in plan.courses]}
    data.pop("version", None)
    data["exempt_cap"] = None if plan.exempt_cap is None else str(plan.exempt_cap)
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(text: str) -> str:
    """The hash under which a text is kept; the same rules have the same hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, version: int) -> Plan:
    """The plan of a kept text, as its `version`. Raises ValueError, KeyError, TypeError for any
    other text.
    """
    data = json.loads(text)
    if (written := data.get("format", FORMAT)) != FORMAT:
        raise ValueError(
            f"专业规则按第 {written} 版格式保存，本程序只认识第 {FORMAT} 版，请使用更新的程序"
        )
    cap = data["exempt_cap"]
    known = _known(Plan, data) | {
        "level": Level(data["level"]),
        "exempt_cap": None if cap is None else Fraction(cap),
        "version": version,
        "modules": tuple((name, least) for name, least in data["modules"]),
        "courses": tuple(
            Course(**_known(Course, course) | {"nature": CourseNature(course["nature"])})
            for course in data["courses"]
        ),
    }
    return Plan(**known)


def _stored_fields(row: Plan | Course) -> dict[str, Any]:
    return {
        field.name: value
        for field in fields(row)
        if (value := getattr(row, field.name)) != field.default
    }


def _known(kind: type[Plan | Course], data: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: data[field.name] for field in fields(kind) if field.name in data}
