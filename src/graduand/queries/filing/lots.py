"""上报批: what each centre reported together, with its block of order numbers; and what to report next
(notice 七.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Count, Max, Q, QuerySet

from graduand.models import Candidate, Lot
from graduand.models.engine import Ids
from graduand.queries import judging
from graduand.queries.filing.lot_gaps import Gap, files_of, gaps
from graduand.queries.scope import Actor, in_classes, visible
from graduand.queries.verdicts import chunks, verdicts
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.gates import Basis
from graduand.rulebook.journey import STEPS
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import APPROVED_STAGES, Desk, Stage, Verb

PASSED = frozenset(APPROVED_STAGES)
UNFILED = (Stage.LISTED.value, Stage.RETURNED.value)
# Beyond this many people only the days are given, not how many will really be fit.
MOST_JUDGED = 2_000
# A lot of fewer people than this is a scattered one: a setting of ours, the notice gives no number.
SMALL_LOT = 10


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot: its block of `reserved` numbers, and where its people are now. `rest` are those who
    went no further and keep their number: sent back or rejected since; `gaps` are the numbers that
    no file holds, with the reason. `taught`: how many of it an actor bound to classes sees.
    """

    id: int
    number: int
    batch: str
    round_name: str
    centre: str
    first_no: int
    reserved: int
    at: datetime
    by: str
    verb_degree: bool
    at_college: int
    at_hq: int
    approved: int
    rest: int
    gaps: tuple[Gap, ...] = ()
    taught: int | None = None

    @property
    def last_no(self) -> int:
        return self.first_no + self.reserved - 1

    @property
    def size(self) -> int:
        """Who was really filed in the lot: the act was confirmed for more where some were refused,
        and their numbers are gaps.
        """
        if self.taught is not None:
            return self.taught
        return self.reserved - sum(len(gap.numbers) for gap in self.gaps if not gap.filed)


def lots(actor: Actor) -> QuerySet[Lot]:
    """上报批次, as far as the actor sees their centres."""
    rows: QuerySet[Lot] = visible(actor, Lot.objects.all(), student="candidate__student")
    return rows


def lines(actor: Actor, rows: QuerySet[Lot], first: int, size: int) -> list[LotLine]:
    """`size` lots from place `first` (0-based) on, with their counts of today; three queries, six
    where numbers are missing.

    Whoever has changed centre since is counted: the lot keeps its history. For whoever is bound to
    classes it counts their students, as the list that a line opens; the numbers are the lot's.
    """
    found = list(rows.select_related("round__batch", "centre", "act__actor")[first : first + size])
    files = files_of(found)
    everybody = Ids(file for numbers in files.values() for file in numbers.values())
    people = Candidate.objects.filter(id__among=everybody, lot__in=list(files))
    counts = _counts(in_classes(actor, people, "student"))
    if actor.classes is not None:
        counted = [(lot, counts.get(lot.pk, {})) for lot in found]
        return [_taught(_line(lot, stages, ()), stages) for lot, stages in counted]
    missing = gaps([lot for lot in found if sum(counts.get(lot.pk, {}).values()) < lot.size], files)
    return [_line(lot, counts.get(lot.pk, {}), missing.get(lot.pk, ())) for lot in found]


def _counts(people: QuerySet[Candidate]) -> dict[int, dict[Stage, int]]:
    """Lot -> how many are at each stage; one query."""
    found: dict[int, dict[Stage, int]] = {}
    for lot, stage, n in people.order_by().values_list("lot", "stage").annotate(n=Count("id")):
        found.setdefault(lot, {})[Stage(stage)] = n
    return found


def _taught(line: LotLine, stages: Mapping[Stage, int]) -> LotLine:
    """The line of the lot for an actor who sees only these files."""
    here = sum(stages.values())
    return replace(line, taught=here, rest=here - line.at_college - line.at_hq - line.approved)


def _line(lot: Lot, stages: dict[Stage, int], missing: tuple[Gap, ...]) -> LotLine:
    approved = sum(n for stage, n in stages.items() if stage in PASSED)
    college = stages.get(Stage.APPLIED, 0)
    hq = stages.get(Stage.ENDORSED, 0)
    return LotLine(
        lot.pk,
        lot.number,
        lot.round.batch.code,
        lot.round.name,
        lot.centre.name,
        lot.first_no,
        lot.size,
        lot.act.confirmed_at,
        lot.act.actor.name,
        bool(lot.act.asked.get("with_degree")),
        college,
        hq,
        approved,
        lot.size - college - hq - approved - sum(len(gap.numbers) for gap in missing),
        missing,
    )


# ---- what to report, and when


@dataclass(frozen=True, slots=True)
class Advice:
    """What could be reported now, who will be fit on which day before the round closes, and when to
    report.

    `ready` is None before the round opens. `judged` says that the coming ones were judged as of
    their day; else only their data are known to change then.
    """

    round_name: str
    opens: date
    closes: date
    ready: int | None
    coming: tuple[tuple[date, int], ...]
    judged: bool
    reported: int
    small: int
    last: datetime | None

    @property
    def on(self) -> date | None:
        """The day to wait for; None when nobody else will come."""
        if not self.coming:
            return None
        return self.coming[-1][0]


def advice(
    people: QuerySet[Candidate],
    mine: QuerySet[Lot],
    filing_round: RoundPolicy,
    basis: Basis,
    ready: int | None,
) -> Advice:
    """What 七.2 means for `people` in `filing_round` today, when `ready` of them can be reported."""
    unfiled = people.filter(stage__in=UNFILED)
    coming, judged = _coming(unfiled, filing_round, basis)
    mine = mine.filter(round__name=filing_round.name)
    told = mine.aggregate(n=Count("id"), last=Max("act__confirmed_at"))
    small = mine.filter(size__lt=SMALL_LOT).count()
    return Advice(
        filing_round.name,
        filing_round.opens,
        filing_round.closes,
        ready,
        coming,
        judged,
        told["n"],
        small,
        told["last"],
    )


def _coming(
    unfiled: QuerySet[Candidate], filing_round: RoundPolicy, basis: Basis
) -> tuple[tuple[tuple[date, int], ...], bool]:
    """(day, people who can be applied for from that day on) until the round closes, and whether
    they were judged.
    """
    soon = unfiled.filter(
        judging.judged(Q(judgement__clear=False)),
        judgement__changes_on__gt=basis.today,
        judgement__changes_on__lte=filing_round.closes,
    )
    rows = list(soon.order_by("id").values_list("judgement__changes_on", "id")[: MOST_JUDGED + 1])
    days: dict[date, list[int]] = {}
    for day, pk in rows:
        assert day is not None  # it is later than today
        days.setdefault(max(day, filing_round.opens), []).append(pk)
    judged = len(rows) <= MOST_JUDGED
    found = (
        (day, _fit(ids, day, filing_round, basis) if judged else len(ids))
        for day, ids in sorted(days.items())
    )
    return tuple((day, n) for day, n in found if n), judged


def _fit(ids: list[int], day: date, filing_round: RoundPolicy, basis: Basis) -> int:
    """How many of `ids` could be applied for on `day`, with the data that are published by then."""
    then = replace(basis, today=day, now=None)
    asked = ActDetails(actor=0, desk=Desk.CENTRE, round_name=filing_round.name, same_checked=True)
    judged = (verdicts(STEPS[Verb.APPLY], piece, then, asked) for piece in chunks(ids))
    return sum(verdict.passes for piece in judged for verdict in piece.values())
