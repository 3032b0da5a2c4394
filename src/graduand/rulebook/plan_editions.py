"""A plan's rules as text: kept when a certificate is numbered by them, so that a later change of the plan leaves it alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.terms import CourseNature, Level


def text_of(plan: Plan) -> str:
    """Everything that the audit reads of a plan; its version only counts the changes."""
    told = asdict(plan)
    del told["version"]
    told["exempt_cap"] = None if plan.exempt_cap is None else str(plan.exempt_cap)
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(text: str) -> str:
    """The name of a text among all: the same rules have the same."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, version: int) -> Plan:
    """The plan of a kept text, as its `version`. Raises ValueError, KeyError, TypeError for any other text."""
    told = json.loads(text)
    cap, modules, courses = told.pop("exempt_cap"), told.pop("modules"), told.pop("courses")
    return Plan(
        level=Level(told.pop("level")),
        exempt_cap=None if cap is None else Fraction(cap),
        modules=tuple((name, least) for name, least in modules),
        courses=tuple(_course(**one) for one in courses),
        version=version,
        **told,
    )


def _course(nature: str, **rest: Any) -> Course:
    return Course(nature=CourseNature(nature), **rest)
