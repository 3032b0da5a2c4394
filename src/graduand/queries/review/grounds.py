"""不再符合毕业条件 after the number: whose certificate waits for headquarters, as lists and the pages of a
file ask for it.

By the last verdict, as for a doubt; the steps themselves go by the facts of the moment
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
    """The criterion of a list of files, or of rows from which `path` leads to one."""
    where = {STOPPED: lost(path), GIVEN: given(path), NONE: ~_fails(path, NUMBERED)}
    words = ((STOPPED, "不再符合"), (GIVEN, "不再符合，学生已领证"), (NONE, "没有"))
    return Criterion(LOST, "编号制证后不再符合", lambda word: where[word], words, rare=True)


def lost(path: str = "") -> Q:
    """Numbered, under way, and something is missing that headquarters has not confirmed."""
    return _fails(path, _UNDER_WAY)


def given(path: str = "") -> Q:
    """The student has the certificate in hand, and something is missing: no step is left to stop,
    and headquarters decides on it.

    In the end most files of a batch have this stage, and hardly any is held up: an index finds
    these.
    """
    return _fails(path, _IN_HAND) & Q(**{f"{path}pk__in": _held_up()})


def undecided() -> Q:
    """Something is missing wherever the certificate is: headquarters has not decided yet."""
    return _fails("", NUMBERED) & Q(pk__in=_held_up())


def _held_up() -> QuerySet[Judgement, Any]:
    return Judgement.objects.filter(grounds__gt="").values("candidate")


def _fails(path: str, stages: Sequence[str]) -> Q:
    let_stand = Q(**{f"{path}judgement__grounds": F(f"{path}confirmed_grounds")})
    return Q(**{f"{path}stage__in": stages, f"{path}judgement__grounds__gt": ""}) & ~let_stand


def stands() -> Q:
    """What is missing after the number was confirmed exactly as it is, and nothing else holds the
    file up.
    """
    no_doubt = Q(Exact(F("judgement__codes").bitand(1 << MASK_BITS[DOUBT]), 0))
    return Q(judgement__grounds__gt="", judgement__grounds=F("confirmed_grounds")) & no_doubt


def is_lost(file: Candidate) -> bool:
    """Whether something is missing that headquarters has not confirmed (`undecided`), for one file
    read with its judgement.
    """
    return file.stage in NUMBERED and not _nothing_holds(file)


def _judged(file: Candidate) -> Judgement | None:
    found: Judgement | None = getattr(file, "judgement", None)
    return found


def settled(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of a file; those that headquarters has confirmed for good are only warnings."""
    if file.stage not in NUMBERED or not _nothing_holds(file):
        return tuple(findings)
    return _reminders(findings)


def student_findings(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings as the student reads them: what comes up once the certificate is in hand is a
    matter between the desks.
    """
    if file.stage in _IN_HAND:
        return _reminders(findings)
    return settled(file, findings)


def _reminders(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        replace(finding, severity=Severity.WARN) if finding.code != DOUBT else finding
        for finding in findings
    )


def _nothing_holds(file: Candidate) -> bool:
    """By the last verdict nothing is missing, or exactly what headquarters confirmed."""
    judged = _judged(file)
    return judged is None or judged.grounds in ("", file.confirmed_grounds)


def is_confirmed(file: Candidate) -> bool:
    """Whether something is missing after the number, and exactly that was confirmed."""
    judged = _judged(file)
    return (
        file.stage in NUMBERED
        and judged is not None
        and bool(judged.grounds)
        and _nothing_holds(file)
    )


def let_stand(file: Candidate, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that no longer hold a file up because headquarters confirmed them."""
    if not is_confirmed(file):
        return ()
    return tuple(finding for finding in findings if finding.code != DOUBT and finding.blocks)


def against(file: Candidate, findings: Iterable[Finding]) -> Finding | None:
    """The finding that holds a numbered certificate up, from the findings of its file; None where
    nothing does.
    """
    if not is_lost(file):
        return None
    left = [finding for finding in findings if finding.blocks and finding.code != DOUBT]
    return lost_finding(Stage(file.stage), left)
