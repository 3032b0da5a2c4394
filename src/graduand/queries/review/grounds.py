"""不再符合毕业条件 after the number: whose certificate waits for headquarters, as lists and the
pages of a file ask for it.

By the last verdict, like a doubt: what is done goes by the facts of the moment
(`gates.still_qualified`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import Exact

from graduand.models import Candidate, Judgement
from graduand.queries.listing import Criterion
from graduand.rulebook.clauses import MASK_BITS, Finding, lost_finding
from graduand.rulebook.identity.doubts import DOUBT
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.terms import Severity, Stage, Verb

# The criterion, and its words: a certificate that can still be stopped, and one that the student
# has in hand.
LOST = "unqualified"
STOPPED = "1"
GIVEN = "given"
NONE = "0"
_IN_HAND = (Stage.COLLECTED.value,)
NUMBERED = tuple(sorted(stage.value for stage in SIDE_STEPS[Verb.CONFIRM_ISSUE].during or ()))
_UNDER_WAY = tuple(stage for stage in NUMBERED if stage not in _IN_HAND)


def criterion(path: str = "") -> Criterion:
    """Of a list of files, or of what `path` leads from to one."""
    where = {STOPPED: lost(path), GIVEN: given(path), NONE: ~_fails(path, NUMBERED)}
    words = ((STOPPED, "不再符合"), (GIVEN, "不再符合，学生已领证"), (NONE, "没有"))
    return Criterion(LOST, "编号制证后不再符合", lambda word: where[word], words, rare=True)


def lost(path: str = "") -> Q:
    """Numbered, under way, and something is missing that nobody has let stand."""
    return _fails(path, _UNDER_WAY)


def given(path: str = "") -> Q:
    """The same of a certificate that the student has in hand: nothing is left to stop, and
    headquarters decides on it.

    These are most of a batch in the end, and hardly anybody among them is held up: an index finds
    who is.
    """
    return _fails(path, _IN_HAND) & Q(**{f"{path}pk__in": _held_up()})


def undecided() -> Q:
    """The same wherever the certificate is: headquarters has not decided yet."""
    return _fails("", NUMBERED) & Q(pk__in=_held_up())


def _held_up() -> QuerySet[Judgement, Any]:
    return Judgement.objects.filter(grounds__gt="").values("candidate")


def _fails(path: str, stages: Sequence[str]) -> Q:
    let_stand = Q(**{f"{path}judgement__grounds": F(f"{path}confirmed_grounds")})
    return Q(**{f"{path}stage__in": stages, f"{path}judgement__grounds__gt": ""}) & ~let_stand


def stands() -> Q:
    """What is missing after the number was let stand exactly as it is, and nothing else holds the
    file up.
    """
    no_doubt = Q(Exact(F("judgement__codes").bitand(1 << MASK_BITS[DOUBT]), 0))
    return Q(judgement__grounds__gt="", judgement__grounds=F("confirmed_grounds")) & no_doubt


def is_lost(file: Candidate) -> bool:
    """The same of one file, read with its judgement, wherever its certificate is."""
    return file.stage in NUMBERED and not _nothing_holds(file)


def _judged(file: Candidate) -> Judgement | None:
    found: Judgement | None = getattr(file, "judgement", None)
    return found


def settled(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of a file, of which those only remind that headquarters has let stand, for good."""
    if file.stage not in NUMBERED or not _nothing_holds(file):
        return tuple(findings)
    return _reminders(findings)


def student_findings(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same as the student reads it: what comes up once the certificate is in hand is between
    the desks.
    """
    if file.stage in _IN_HAND:
        return _reminders(findings)
    return settled(file, findings)


def _reminders(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        replace(one, severity=Severity.WARN) if one.code != DOUBT else one for one in findings
    )


def _nothing_holds(file: Candidate) -> bool:
    """By the last verdict: nothing is missing, or exactly that was let stand."""
    judged = _judged(file)
    return judged is None or judged.grounds in ("", file.confirmed_grounds)


def is_confirmed(file: Candidate) -> bool:
    """Something is missing after the number, and exactly that was let stand."""
    judged = _judged(file)
    return (
        file.stage in NUMBERED
        and judged is not None
        and bool(judged.grounds)
        and _nothing_holds(file)
    )


def let_stand(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What holds a file up no more because headquarters has let it stand."""
    if not is_confirmed(file):
        return ()
    return tuple(one for one in findings if one.code != DOUBT and one.blocks)


def against(file: Candidate, findings: Iterable[Finding]) -> Finding | None:
    """What holds a numbered certificate up, by the findings of its file; None where nothing does."""
    if not is_lost(file):
        return None
    left = [one for one in findings if one.blocks and one.code != DOUBT]
    return lost_finding(Stage(file.stage), left)
