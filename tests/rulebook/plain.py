"""Plain facts for tests of rules: a student with nothing wrong, at any stage, and the basis of
the notice.
"""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.calendar import Term
from graduand.rulebook.facts import ActDetails, Chsi, Course, Facts, File, Paper, Photo, Plan
from graduand.rulebook.gates import Basis
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import (
    ChsiVerdict,
    CourseNature,
    Desk,
    HandoverMethod,
    Level,
    ReasonCode,
    Stage,
    Standing,
)

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "202307.toml"
IN_FIRST = date(2023, 7, 12)
PLAN = Plan(
    "K",
    Level.JUNIOR,
    400,
    400,
    5,
    8,
    None,
    (("公共", 400),),
    (Course("A", "课", 400, "公共", CourseNature.CORE, True, False, True),),
)


def notice() -> dict[str, Any]:
    """The notice's policy as its file has it."""
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def policy(**changes: Any) -> BatchPolicy:
    """The notice's policy with top-level changes."""
    return BatchPolicy.from_dict({**notice(), **changes})


def basis(day: date = IN_FIRST, now: datetime | None = None, **changes: Any) -> Basis:
    """The basis on `day`."""
    rules = policy(**changes)
    plans = (PLAN, replace(PLAN, code="U", level=Level.TOP_UP))
    audits = {
        one.code: PlanAudit(one, rules.code, rules.enrolled_through.ordinal, rules.issue_date, True)
        for one in plans
    }
    return Basis(rules, audits, day, now)


def facts(
    stage: Stage = Stage.LISTED, *, file: dict[str, Any] | None = None, **changes: Any
) -> Facts:
    """A student with nothing wrong whose file is at `stage`, ready for every step that leads on."""
    there = File(
        stage,
        None if stage in (Stage.LISTED, Stage.DEFERRED) else "首批",
        last_at=datetime(2023, 7, 10, tzinfo=UTC),
        applied_by=7,
        endorsed_by=8,
        on_roster=True,
        approved_photo="a" * 64,
        explained=True,
    )
    good = Facts(
        "2117",
        Term.parse("2021春").ordinal,
        Standing.ENROLLED,
        Level.JUNIOR,
        goes_on=False,
        id_problems=0,
        passes="pA",
        plan="K",
        file=there._replace(**(file or {})),
        chsi=Chsi(date(2023, 7, 1), True, True, ChsiVerdict.NORMAL, cleared=False),
        photo=Photo("a" * 64, date(2023, 6, 1), same=True),
        paper=Paper("X1", "1" * 18, queryable=True, in_parcel=True),
        confirmed=True,
        moral=True,
    )
    return good._replace(**changes)


def asked(desk: Desk = Desk.CENTRE, **changes: Any) -> ActDetails:
    """Somebody who says all that any step can ask for."""
    said = {
        "round_name": "首批",
        "second": 2,
        "second_ok": True,
        "reason": ReasonCode.PHOTO,
        "statement": True,
        "carrier": "顺丰",
        "tracking": "SF1",
        "unit": "X1",
        "handover": HandoverMethod.IN_PERSON,
        "confirmed": True,
        **changes,
    }
    return ActDetails(actor=said.pop("actor", 1), desk=desk, **said)
