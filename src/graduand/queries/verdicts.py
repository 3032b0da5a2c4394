"""What a step would do to many files: the same gathering and judging that a move does, without
moving.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from graduand.models import Act, Batch, User
from graduand.queries import clock, scope, side_tracks
from graduand.queries.basis import basis_of
from graduand.queries.facts import gathering as facts
from graduand.queries.people import own_files
from graduand.rulebook.clauses import Finding, against_degree, blocking
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import Basis
from graduand.rulebook.journey import step_of
from graduand.rulebook.judging import judge
from graduand.rulebook.steps import Step, Track
from graduand.rulebook.terms import Desk, HandoverMethod, ReasonCode, Verb

CHUNK = 5_000  # files that are read together; they are written in smaller pieces
# The steps that judge again what was applied for, with what was declared then.
REVIEW_VERBS = frozenset({Verb.ENDORSE, Verb.APPROVE})
_Row = TypeVar("_Row")
# The steps that look at the certificate, the archive or the parcel.
PAPER_VERBS = frozenset(
    {
        Verb.CERTIFY,
        Verb.VOID,
        Verb.SHIP,
        Verb.RECEIVE,
        Verb.COLLECT,
        Verb.UNCOLLECT,
        Verb.RECALL,
        Verb.DEREGISTER,
        Verb.REREGISTER,
        Verb.AMEND,
        Verb.DEGREE_GRANT,
        Verb.DEGREE_CERTIFY,
        Verb.DEGREE_REPLACE,
        Verb.CONFIRM_ISSUE,
    }
)
# The tracks whose steps look at what stands against the degree.
DEGREE_TRACKS = frozenset({Track.DEGREE, Track.DEGREE_PAPER})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One file against one step; `unchanged` when it already stands where the step leads, `refusal`
    the first finding that stops it (a warning, when only files without any are meant).
    """

    facts: Facts
    findings: tuple[Finding, ...]
    unchanged: bool
    refusal: Finding | None = None

    @property
    def stops(self) -> frozenset[str]:
        """The codes that refuse it, each once; none when it passes."""
        if self.refusal is None:
            return frozenset()
        return frozenset(found.code for found in self.findings if found.blocks) or frozenset(
            {self.refusal.code}
        )

    @property
    def passes(self) -> bool:
        return not self.unchanged and self.refusal is None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk act would do: which files pass, which already are where the step leads, how many
    each first reason stops (most first), how many of those that pass have each warning, and which
    pass without the degree that is asked for, with the findings against it.
    """

    total: int
    passing: list[int]
    settled: list[int]
    stopped: dict[str, list[int]]
    warned: int
    by_warning: dict[str, int] = field(default_factory=dict)
    without_degree: dict[int, tuple[Finding, ...]] = field(default_factory=dict)

    @property
    def passes(self) -> int:
        return len(self.passing)

    @property
    def unchanged(self) -> int:
        return len(self.settled)

    @property
    def refused(self) -> int:
        return sum(self.by_code.values())

    @property
    def by_code(self) -> dict[str, int]:
        """How many files each first reason stops."""
        return {code: len(files) for code, files in self.stopped.items()}


def verdicts(step: Step, ids: Sequence[int], basis: Basis, asked: ActDetails) -> dict[int, Verdict]:
    """The verdict on each candidate of `ids` (at most CHUNK), by id; a constant number of queries."""
    papers = step.verb in PAPER_VERBS
    spoken = step.verb in REVIEW_VERBS
    degree = asked.with_degree or step.track in DEGREE_TRACKS
    found = facts.gather(
        ids, basis.policy, basis.today, papers=papers, degree=degree, spoken=spoken
    )
    if step.track is not Track.STAGE:
        found = side_tracks.with_side_facts(found, step.track, basis)
    return {pk: _verdict(step, known, basis, asked) for pk, known in found.items()}


def _verdict(step: Step, known: Facts, basis: Basis, asked: ActDetails) -> Verdict:
    if step.place(known) is step.target:
        return Verdict(known, (), unchanged=True)
    found = judge(step, known, basis, asked)
    if not found:
        return Verdict(known, found, unchanged=False)
    refusal = blocking(found)
    if refusal is None and asked.spotless:
        refusal = found[0]
    return Verdict(known, found, unchanged=False, refusal=refusal)


def chunks(rows: Sequence[_Row], size: int = CHUNK) -> Iterator[Sequence[_Row]]:
    """`rows` in pieces of at most `size`, in order."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def preview(
    verb: Verb, batch: Batch, ids: Sequence[int], asked: ActDetails, known: Basis | None = None
) -> Preview:
    """Judge `ids` as a move would, and count; `known`: the batch's basis, if the caller has it."""
    step = step_of(verb)
    basis = known or basis_of(batch)
    asked = with_round(asked, verb, basis)
    sorting = _Sorting(with_degree=asked.with_degree)
    for piece in chunks(ids):
        judged = verdicts(step, piece, basis, asked)
        for pk in piece:
            verdict = judged.get(pk)
            if verdict is not None:
                sorting.add(pk, verdict)
    return sorting.preview(len(ids))


@dataclass(slots=True)
class _Sorting:
    """Files sorted by their verdicts, one after the other; where the degree is asked for, also by
    what stands against it.
    """

    with_degree: bool
    passing: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    stopped: dict[str, list[int]] = field(default_factory=dict)
    warned: int = 0
    by_warning: Counter[str] = field(default_factory=Counter)
    without_degree: dict[int, tuple[Finding, ...]] = field(default_factory=dict)

    def add(self, pk: int, verdict: Verdict) -> None:
        """Put one file where it belongs."""
        if verdict.unchanged:
            self.settled.append(pk)
        elif verdict.refusal is not None:
            self.stopped.setdefault(verdict.refusal.code, []).append(pk)
        else:
            self.passing.append(pk)
            self.warned += bool(verdict.findings)
            self.by_warning.update({found.code for found in verdict.findings})
            if self.with_degree and (against := against_degree(verdict.findings)):
                self.without_degree[pk] = against

    def preview(self, total: int) -> Preview:
        """What was sorted, the most frequent reasons and warnings first."""
        most_first = sorted(self.stopped.items(), key=lambda pair: -len(pair[1]))
        return Preview(
            total,
            self.passing,
            self.settled,
            dict(most_first),
            self.warned,
            dict(self.by_warning.most_common()),
            self.without_degree,
        )


def with_round(asked: ActDetails, verb: Verb, basis: Basis) -> ActDetails:
    """`asked` with the round that an application goes to: the one named, else the open normal
    round.
    """
    if verb is not Verb.APPLY or asked.round_name:
        return asked
    filing_round = basis.open_round()
    if filing_round is None:
        return replace(asked, round_name=None)
    return replace(asked, round_name=filing_round.name)


def asked_of(act: Act) -> ActDetails:
    """What the person entered when the act was confirmed; the second person's desk is looked up
    again.
    """
    answers = act.asked
    second_ok = False
    if act.second_id is not None:
        second = scope.actor_of(User.objects.get(pk=act.second_id), clock.today())
        second_ok = second is not None and second.desk is Desk.HQ
    return ActDetails(
        actor=act.actor_id,
        desk=Desk(act.desk),
        round_name=act.round_name,
        second=act.second_id,
        second_ok=second_ok,
        reason=ReasonCode.stored(answers.get("reason")),
        note=answers.get("note", ""),
        statement=bool(answers.get("statement")),
        with_degree=bool(answers.get("with_degree")),
        same_checked=bool(answers.get("same_checked")),
        carrier=answers.get("carrier", ""),
        tracking=answers.get("tracking", ""),
        waybills=tuple((code, *waybill) for code, waybill in answers.get("waybills", {}).items()),
        unit=act.unit_code,
        handover=HandoverMethod.stored(answers.get("handover")),
        confirmed=bool(answers.get("confirmed")),
        own=own_files.numbers_of((act.actor_id, act.second_id)),
        # Where two people must act, each is known; only then is the second one's desk looked up.
        system=act.second_id is not None and act.actor.system,
        closing=bool(answers.get("closing")),
        undone=bool(answers.get("undone")),
        on=_day_of(answers.get("on")),
        seen=answers.get("seen"),
        cases=_set_of(answers.get("cases")),
        grounds=_set_of(answers.get("grounds")),
        against=answers.get("against"),
        content=answers.get("content", ""),
        spotless=bool(answers.get("spotless")),
    )


def _day_of(text: str | None) -> date | None:
    if not text:
        return None
    return date.fromisoformat(text)


def _set_of(marks: Iterable[str] | None) -> frozenset[str] | None:
    """What the person was shown, as a set; None where nothing was shown."""
    if marks is None:
        return None
    return frozenset(marks)
