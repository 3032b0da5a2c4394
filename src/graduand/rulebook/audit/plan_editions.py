"""A plan's rules as text: kept when a certificate is numbered by them, so that a later change of
the plan leaves it alone.

A text outlives the program that wrote it. What is as it was before there was a word for it is not
said: a field that is added to a plan or a course has a default, which means just that, and the text
and hash of a plan without it stay the same. A field that is taken away is passed over. Where a text
would mean something else, `FORMAT` goes up, stands in what is written from then on, and `read`
tells the formats apart.
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

# Of a text that names none: 1.
FORMAT = 1


def text_of(plan: Plan) -> str:
    """Everything that the audit reads of a plan; its version only counts the changes."""
    told = _said(plan) | {"courses": [_said(course) for course in plan.courses]}
    told.pop("version", None)
    told["exempt_cap"] = None if plan.exempt_cap is None else str(plan.exempt_cap)
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(text: str) -> str:
    """The name of a text among all: the same rules have the same."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, version: int) -> Plan:
    """The plan of a kept text, as its `version`. Raises ValueError, KeyError, TypeError for any
    other text.
    """
    told = json.loads(text)
    if (written := told.get("format", FORMAT)) != FORMAT:
        raise ValueError(
            f"专业规则按第 {written} 版格式保存，本程序只认识第 {FORMAT} 版，请使用更新的程序"
        )
    cap = told["exempt_cap"]
    known = _known(Plan, told) | {
        "level": Level(told["level"]),
        "exempt_cap": None if cap is None else Fraction(cap),
        "version": version,
        "modules": tuple((name, least) for name, least in told["modules"]),
        "courses": tuple(
            Course(**_known(Course, one) | {"nature": CourseNature(one["nature"])})
            for one in told["courses"]
        ),
    }
    return Plan(**known)


def _said(row: Plan | Course) -> dict[str, Any]:
    return {
        one.name: value for one in fields(row) if (value := getattr(row, one.name)) != one.default
    }


def _known(kind: type[Plan | Course], told: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: told[one.name] for one in fields(kind) if one.name in told}
