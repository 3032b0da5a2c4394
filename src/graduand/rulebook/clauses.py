"""The table of clauses that refusals cite, and the findings that cite them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from graduand.rulebook.chapters import (
    audit,
    certificates,
    degree,
    dispatch,
    identity,
    photos,
    procedure,
    season,
)
from graduand.rulebook.chapters.clause import Clause
from graduand.rulebook.terms import Desk, Severity, Stage

# In the order in which they are printed.
_CHAPTERS = (audit, photos, identity, degree, season, procedure, certificates, dispatch)
CLAUSES: dict[str, Clause] = {row.code: row for part in _CHAPTERS for row in part.CLAUSES}

# What the audit finds.
ACADEMIC_CODES = tuple(row.code for row in audit.CLAUSES)
# Findings that marks clear, once they are published; the rest of the audit they do not: the term of
# entry, and the standing.
MARK_CODES = tuple(code for code in ACADEMIC_CODES if not code.startswith("ELIG-"))
# Findings that must be cleared by a last day: nobody is filed while they stand.
EXPIRED, TOO_EARLY = "ELIG-EXPIRED", "ELIG-TERM"
# What the gate of personal data finds (`person_gates.personal`).
PERSONAL_CODES = ("INFO-ID", "INFO-LEVEL", "INFO-MATCH", "INFO-CONFIRM", "MORAL", "QUALIF")

# The codes of a stored judgement, whose places are the bits of its mask. Append only: stored rows
# carry these numbers.
_STORED_CODES = (
    *ACADEMIC_CODES,
    "PHOTO-PLATFORM",
    "PHOTO-SPEC",
    "PHOTO-SAME",
    "PHOTO-LATE",
    "CHSI-ADMISSION",
    "CHSI-CREDENTIAL",
    "CHSI-DOUBT",
    "INFO-ID",
    "INFO-MATCH",
    "INFO-CONFIRM",
    "QUALIF",
    "MORAL",
    "DATA-EXPORT",
    "DEGREE-AVERAGE",
    "DEGREE-THESIS",
    "DEGREE-LANGUAGE",
    "DEGREE-LEVEL",
    "DEGREE-ONCE",
    "PHOTO-REVIEW",
    "INFO-LEVEL",
    "DEGREE-COURSE",
)
MASK_BITS: dict[str, int] = {code: bit for bit, code in enumerate(_STORED_CODES)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason against (or a warning about) one step for one person.

    `next_desk` is one of the clause's; None means the clause's own desk. `next_step` is what that
    desk does in this very case, "" where it is what the clause says. `about` tells two facts apart
    whose words are the same: a short key that is never shown, is not stored with the finding, and
    reveals nothing of the person.
    """

    code: str
    arg: str = ""
    need: str = ""
    has: str = ""
    severity: Severity = Severity.BLOCK
    next_desk: Desk | None = None
    about: str = ""
    next_step: str = ""

    @property
    def clause(self) -> Clause:
        return CLAUSES[self.code]

    @property
    def desk(self) -> Desk:
        """Who can clear it."""
        return self.next_desk or self.clause.desk

    @property
    def todo(self) -> str:
        """What that desk does next."""
        return self.next_step or dict(self.clause.next_desks).get(self.desk, self.clause.todo)

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCK

    @property
    def item(self) -> str:
        """`CODE` or `CODE:argument`, as the audit's CSV prints it."""
        if self.arg:
            return f"{self.code}:{self.arg}"
        return self.code

    @property
    def sentence(self) -> str:
        """What is wrong, in words and numbers."""
        return self.clause.text.format(arg=self.arg, need=self.need, has=self.has)

    def as_row(self) -> list[str]:
        """How a finding is stored: [code, argument, need, has, severity], then the next desk and
        what it does, if any.
        """
        row = [self.code, self.arg, self.need, self.has, self.severity.value]
        if not self.next_desk:
            return row
        row.append(self.next_desk.value)
        if self.next_step:
            row.append(self.next_step)
        return row

    @classmethod
    def from_row(cls, row: list[str]) -> Finding:
        """The inverse of `as_row`."""
        code, arg, need, has, severity, *rest = row
        next_desk = None
        next_step = ""
        if rest:
            next_desk = Desk(rest[0])
            next_step = "".join(rest[1:])
        return cls(code, arg, need, has, Severity(severity), next_desk, next_step=next_step)


def mask_of(findings: tuple[Finding, ...]) -> int:
    """The bit mask of the codes found; process codes have no bit."""
    mask = 0
    for finding in findings:
        mask |= 1 << MASK_BITS[finding.code]
    return mask


def fingerprint(whose: str, findings: Iterable[Finding]) -> str:
    """A short key of exactly these findings about this 学号, in whatever order; "" for none.

    Another course, a greater shortfall or another status gives another key, since what was decided
    about one does not hold for the other. So does another name at the registry, or another wrong
    document, through the finding's `about`.
    """
    rows = sorted(
        (
            finding.code,
            finding.arg,
            finding.need,
            finding.has,
            *((finding.about,) if finding.about else ()),
        )
        for finding in findings
    )
    if not rows:
        return ""
    return hashlib.sha256(json.dumps([whose, rows], ensure_ascii=False).encode()).hexdigest()[:16]


def refuse_if(
    wrong: object, code: str, arg: str = "", *, need: str = "", has: str = ""
) -> tuple[Finding, ...]:
    """One finding of the clause `code` where something is `wrong`; nothing where it is not."""
    if not wrong:
        return ()
    return (Finding(code, arg, need, has),)


def refuse_unless(
    met: object, code: str, arg: str = "", *, need: str = "", has: str = ""
) -> tuple[Finding, ...]:
    """One finding of the clause `code` where its condition is not `met`."""
    return refuse_if(not met, code, arg, need=need, has=has)


def lost_finding(stage: Stage, found: Iterable[Finding]) -> Finding:
    """What is said of a numbered certificate that `found` holds up. Once the student has it in
    hand, there is nothing left to stop.
    """
    code = "ISSUED-LOST"
    if stage is Stage.COLLECTED:
        code = "GIVEN-LOST"
    return Finding(code, has="、".join(dict.fromkeys(finding.clause.title for finding in found)))


def against_degree(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings against the degree alone: they drop that half of an application and stop nothing
    else.
    """
    return tuple(finding for finding in findings if finding.code.startswith("DEGREE-"))


def blocking(findings: tuple[Finding, ...]) -> Finding | None:
    """The first finding that stops the step, None when nothing does."""
    for finding in findings:
        if finding.severity is Severity.BLOCK:
            return finding
    return None
