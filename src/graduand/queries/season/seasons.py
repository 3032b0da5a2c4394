"""The batches that are in use at the same time, each with its policy: which are not finished, which
have begun, which one a list shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, Subquery

from graduand.models import Act, Batch, Round
from graduand.queries.basis import policy_at
from graduand.queries.listing import BATCH, BadFilter, Criterion
from graduand.queries.season import batches
from graduand.rulebook.calendar import office_day
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import RoundKind, Verb

# The values of 毕业批次 that are several batches: whichever there are, and those in which something
# is left to do.
EVERY_BATCH = "all"
OPEN_BATCHES = "open"
NEXT_BATCH = "下一毕业批次"
SEVERAL = {EVERY_BATCH: "全部批次", OPEN_BATCHES: "全部未办结批次"}


@dataclass(frozen=True, slots=True)
class Season:
    """One batch with the policy in force and the rounds that were closed by hand."""

    batch: Batch
    policy: BatchPolicy
    closed_rounds: Mapping[str, date] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.batch.code

    @property
    def came_back(self) -> bool:
        """Whether it was opened again after a closing with which files had lapsed."""
        return bool(getattr(self.batch, "relisted", False))

    def begun(self, day: date) -> bool:
        """Whether one of its rounds has opened: before that nobody files, the batch is only
        prepared.
        """
        return any(filing_round.opens <= day for filing_round in self.policy.rounds)

    def filing_over(self, day: date) -> bool:
        """Whether nobody can apply there any more: it is closed or about to be, or its last round
        has ended.
        """
        ahead = (
            filing_round
            for filing_round in self.policy.rounds
            if filing_round.closes >= day and filing_round.name not in self.closed_rounds
        )
        return not self.batch.is_open or next(ahead, None) is None

    def overdue(self, day: date) -> bool:
        """Whether its last day is over and headquarters has not closed it: nothing is filed or
        reviewed there any more.
        """
        return self.batch.is_open and day > self.policy.closes_at

    def open_round(self, day: date, *, early: bool = False) -> RoundPolicy | None:
        """The round that an application of `day` goes to; None when there is none, or the batch is
        closed.
        """
        if not self.batch.is_open:
            return None
        return self.policy.open_round(day, self.closed_rounds, early=early)

    def filing_round(self, day: date) -> RoundPolicy | None:
        """The round, open or to come, in which one can still be filed; None when there is none, or
        the batch is closed.
        """
        if not self.batch.is_open:
            return None
        return self.policy.filing_round(day, self.closed_rounds)

    def early_round(self, day: date) -> RoundPolicy | None:
        """The round of 续读本科 alone, while it is open."""
        filing_round = self.open_round(day, early=True)
        if filing_round is not None and filing_round.kind is RoundKind.EARLY:
            return filing_round
        return None


def next_open(known: Iterable[Season], code: str) -> str:
    """The batch in which a person who ends in `code` without a certificate goes on; "" before there
    is one.
    """
    return min(
        (season.code for season in known if season.code > code and season.batch.is_open), default=""
    )


def naming_next(words: str, known: Iterable[Season], code: str) -> str:
    """`words` with 下一毕业批次 of the batch `code` called by its name as well, where it is loaded
    already.
    """
    following = next_open(known, code)
    if not following:
        return words
    return words.replace(NEXT_BATCH, f"{NEXT_BATCH}（{following}）")


def naming_next_of(code: str) -> Callable[[str], str]:
    """`naming_next` for many sentences about the batch `code`; two queries when one speaks of it."""
    known: list[Season] = []

    def named(words: str) -> str:
        if NEXT_BATCH not in words:
            return words
        if not known:
            known.extend(seasons())
        return naming_next(words, known, code)

    return named


def seasons() -> tuple[Season, ...]:
    """Every batch that is known, newest first; two queries while the policies have been read."""
    relisted = Exists(Act.objects.filter(batch=OuterRef("pk"), verb=Verb.RELIST.value))
    known = list(
        batches.known().annotate(digest=F("policy__digest"), relisted=relisted).order_by("-code")
    )
    closed: dict[int, dict[str, date]] = {}
    by_hand = Round.objects.filter(batch__in=[batch.pk for batch in known], closed_at__isnull=False)
    for batch, name, moment in by_hand.values_list("batch_id", "name", "closed_at"):
        assert moment is not None  # the caller asks only where it is set
        closed.setdefault(batch, {})[name] = office_day(moment)
    return tuple(
        Season(batch, policy_at(batch.digest, batch.policy_id or 0), closed.get(batch.pk, {}))
        for batch in known
    )


def of_batch(path: str = "batch") -> Criterion:
    """毕业批次 of a row's file (annex 2's first control): one, all that are not finished, or all there
    are.
    """

    def where(value: str) -> Q:
        if value == EVERY_BATCH:
            return Q()
        if value == OPEN_BATCHES:
            return Q(**{f"{path}__in": batches.known().filter(finished_at=None).values("id")})
        return Q(**{path: Subquery(Batch.objects.filter(code=value).values("id")[:1])})

    return Criterion(BATCH, "毕业批次", where, check=_batch_code)


def _batch_code(value: str) -> str:
    if value in SEVERAL or (value.isascii() and value.isdigit() and len(value) == 6):
        return value
    raise BadFilter("毕业批次无法识别，请从页面上选择。")
