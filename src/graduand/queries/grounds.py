"""不再符合毕业条件 after the number: whose certificate waits for headquarters, as lists and the pages of a file ask for it.

By the last verdict, like a doubt: what is done goes by the facts of the moment (`gates.still_qualified`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import F, Q
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.lookups import GreaterThan

from graduand.models import Candidate
from graduand.queries.listing import Criterion, yes_no
from graduand.rulebook.clauses import ACADEMIC_CODES, ACADEMIC_MASK, MASK_BITS, Finding
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.terms import Severity, Standing, Verb

# The criterion.
LOST = "unqualified"
# Numbered and not in the student's hand.
NUMBERED = tuple(sorted(stage.value for stage in SIDE_STEPS[Verb.CONFIRM_ISSUE].during or ()))
_STATUS = 1 << MASK_BITS["ELIG-STATUS"]


def criterion(path: str = "") -> Criterion:
    """Of a list of files, or of what `path` leads from to one."""
    return yes_no(LOST, "编号制证后不再符合", lambda yes: lost(path) if yes else ~lost(path), "不再符合", "没有", rare=True)


def lost(path: str = "") -> Q:
    """Numbered, under way, and something is missing that nobody has let stand."""
    graduated = Q(**{f"{path}student__standing": Standing.GRADUATED.value})
    missing = _open(path, ACADEMIC_MASK & ~_STATUS) | (_open(path, _STATUS) & ~graduated)
    return Q(**{f"{path}stage__in": NUMBERED}) & missing


def _open(path: str, mask: int) -> Q:
    """The last verdict has one of these codes, and headquarters has not let it stand."""
    found = F(f"{path}judgement__codes").bitand(mask)
    covered = CombinedExpression(found, Combinable.BITAND, F(f"{path}confirmed_codes"))
    return Q(GreaterThan(found, covered))


def settled(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of a file, of which those only remind that hold a numbered certificate up no more."""
    if file.stage not in NUMBERED:
        return tuple(findings)
    return tuple(replace(one, severity=Severity.WARN) if _stands(file, one.code) else one for one in findings)


def _stands(file: Candidate, code: str) -> bool:
    graduated = code == "ELIG-STATUS" and file.student.standing == Standing.GRADUATED
    return code in ACADEMIC_CODES and (graduated or bool(1 << MASK_BITS[code] & file.confirmed_codes))


def against(file: Candidate, findings: Iterable[Finding]) -> Finding | None:
    """What holds a numbered certificate up, by the findings of its file; None where nothing does."""
    left = [one for one in settled(file, findings) if one.blocks and one.code in ACADEMIC_CODES]
    if file.stage not in NUMBERED or not left:
        return None
    return Finding("ISSUED-LOST", has="、".join(dict.fromkeys(one.clause.title for one in left)))
