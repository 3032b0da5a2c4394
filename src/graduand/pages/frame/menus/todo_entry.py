"""A list with a filter, worth a place in a menu, a card or an alarm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.registry import LISTS
from graduand.queries.filing.open_filings import (
    FILED,
    FILING,
    PREPARING,
    REVIEWED,
    STILL,
    filed_in_kind,
    prepared_in,
    round_of_kind,
    still_counts,
)
from graduand.queries.listing import BATCH
from graduand.queries.scope import Actor
from graduand.queries.season.returning_files import REFILE
from graduand.queries.season.seasons import Season
from graduand.rulebook.people import rights
from graduand.rulebook.terms import Verb

APART = (REFILE, "0")


@dataclass(frozen=True, slots=True)
class TodoEntry:
    """A list with a filter that has a place in a menu, a card or an alarm: it counts what it opens.

    `verb` is what a desk does there: a desk without it does not see the entry. `clears` is what
    ends the matter: a desk without it finds the list in the menu, and no card, count or alarm. An
    entry for filing or preparing filters its list by who can be, each person once (`FILING`,
    `PREPARING`).

    `rare` ones are shown while there are rows. `came_back` is for a batch that was opened again.

    `review` ends with the last day of the batch: nothing passes after it.

    `heavy` ones look at every file, so menus count them only where there is one centre to look at.
    """

    label: str
    icon: str
    listing: str
    answers: tuple[tuple[str, str], ...] = ()
    tone: str = ""
    note: str = ""
    heavy: bool = False
    verb: Verb | None = None
    clears: Verb | None = None
    rare: bool = False
    came_back: bool = False
    review: bool = False

    def is_work(self, actor: Actor) -> bool:
        """Whether one of the actor's roles has the verb that the files there wait for."""
        return self.is_mine(actor) and (
            self.clears is None or rights.may(actor.roles, actor.desk, self.clears)
        )

    def is_mine(self, actor: Actor) -> bool:
        """Whether one of the actor's roles has the verb of the entry."""
        return self.verb is None or rights.may(actor.roles, actor.desk, self.verb)

    def in_season(self, season: Season, day: date) -> TodoEntry | None:
        """The to-do of that batch; None where there is no such work now.

        Preparation begins with the loading, everything else with the first round; work that ends
        with an application ends with the last round. Files that came back from a closing have a
        list, and a card, of their own.
        """
        if not self._is_done_in(season, day):
            return None
        entry = self.in_batch(season.code)
        if FILING in dict(self.answers) and season.came_back:
            return replace(entry, answers=(*entry.answers, APART))
        return entry

    def _is_done_in(self, season: Season, day: date) -> bool:
        """Whether that batch has such work on that day."""
        if self.came_back and not season.came_back:
            return False
        if self.clears is Verb.APPLY and season.filing_over(day):
            return False
        if self.review and season.overdue(day):
            return False
        asked = dict(self.answers)
        if PREPARING in asked:
            return still_counts(season, asked[PREPARING], day)
        if FILING in asked:
            return round_of_kind(season, asked[FILING], day) is not None
        return season.begun(day)

    def still_possible(self) -> TodoEntry:
        """The to-do without the batches whose last day, or last round, has ended its work."""
        if {FILING, PREPARING}.intersection(dict(self.answers)):
            return self
        if self.review:
            return replace(self, answers=(*self.answers, (STILL, REVIEWED)))
        if self.clears is Verb.APPLY:
            return replace(self, answers=(*self.answers, (STILL, FILED)))
        return self

    @property
    def of_files(self) -> bool:
        """Whether its list is one of files: each unfinished batch has such a to-do of its own."""
        return bool(LISTS[self.listing].batch)

    def in_batch(self, code: str) -> TodoEntry:
        """The to-do limited to one batch."""
        rest = tuple(pair for pair in self.answers if pair[0] != BATCH)
        return replace(self, answers=((BATCH, code), *rest))

    @property
    def url(self) -> str:
        return address(LISTS[self.listing].path, self.answers)

    @property
    def page(self) -> str:
        """Its address whatever the batch."""
        return address(LISTS[self.listing].path, self.in_batch("").answers[1:])

    @property
    def noun(self) -> str:
        """What it counts: 人, 件, 本."""
        return str(LISTS[self.listing].noun)

    def rows(self, visit: Visit) -> Any:
        """The rows that it counts for this visit: exactly those of the list that it opens."""
        spec = LISTS[self.listing]
        asked = dict(self.answers)
        filed = asked.pop(FILING, "")
        prepared = asked.pop(PREPARING, "")
        rows = spec.rows(visit).filter(spec.asked(asked).where())
        if filed:
            rows = rows.filter(filed_in_kind(filed, visit.seasons, visit.today))
        if prepared:
            rows = rows.filter(prepared_in(prepared, visit.seasons, visit.today))
        return rows
