"""How many wait in each to-do of a desk: each count is that of the list which it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graduand.office.people.second_person import consents
from graduand.pages.door.access import Visit
from graduand.pages.frame.menus.menus import BADGES, card_entries, menu
from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.pages.frame.menus.todos import ENTRIES
from graduand.pages.frame.phrases import counted
from graduand.queries.capped_counts import THE_MOMENT, waiting
from graduand.queries.filing.open_filings import EARLY, PARTS, USUAL, round_of_kind, still_counts
from graduand.queries.listing import COUNT_CAP
from graduand.rulebook.terms import Desk

MENU_CAP = 999


@dataclass(frozen=True, slots=True)
class Consents:
    """待同意事项: what somebody else asked and this person may agree to."""

    def rows(self, visit: Visit) -> Any:
        """The questions that the page of consents shows."""
        return consents.waiting_for(visit.actor, THE_MOMENT)


@dataclass(frozen=True, slots=True)
class FailedProposals:
    """What this person asked, another one agreed to, and could then not be done."""

    def rows(self, visit: Visit) -> Any:
        """The questions that the page of consents marks."""
        return consents.in_vain(visit.actor, THE_MOMENT)


@dataclass(frozen=True, slots=True)
class Count:
    """`12`, or `999+` when counting stopped there."""

    number: int = 0
    more: bool = False

    def __str__(self) -> str:
        return counted(self.number, more=self.more)

    @property
    def words(self) -> str:
        """`12`, or `999+` when counting stopped there; "" for none."""
        if not self.number:
            return ""
        return str(self)


def tally(
    visit: Visit,
    entries: Mapping[Any, TodoEntry | Consents | FailedProposals],
    cap: int = COUNT_CAP,
) -> dict[str, Count]:
    """The count of each entry; one query."""
    # A verdict from before today may no longer hold, and a round closed by hand takes no files.
    who = (visit.actor, visit.today, tuple(entries.values()), _rounds(visit))
    since = consents.valid_since(visit.now)
    found = waiting(
        who,
        lambda: {key: entry.rows(visit) for key, entry in entries.items()},
        list(entries),
        cap,
        since,
    )
    return {key: Count(*number) for key, number in found.items()}


def _rounds(visit: Visit) -> tuple[Any, ...]:
    """The rounds in which one can file now or prepares: what `FILING` and `PREPARING` mean."""
    day = visit.today
    return tuple(
        (
            s.code,
            round_of_kind(s, USUAL, day),
            round_of_kind(s, EARLY, day),
            *(still_counts(s, which, day) for which, _ in PARTS),
        )
        for s in visit.seasons
    )


def each_batch(visit: Visit, entries: dict[str, TodoEntry]) -> dict[tuple[str, str], TodoEntry]:
    """(key, batch) -> the to-do of that batch, newest first; "" is the batch of to-dos that have
    none.
    """
    found: dict[tuple[str, str], TodoEntry] = {}
    for key, entry in entries.items():
        if not entry.of_files:
            found[key, ""] = entry
            continue
        for season in visit.unfinished:
            there = entry.in_season(season, visit.today)
            if there is not None:
                found[key, season.code] = there
    return found


CONSENTS = "consents"
IN_VAIN = "in_vain"


def menu_entries(visit: Visit) -> dict[tuple[str, str], TodoEntry]:
    """(key, batch) -> what is counted for the lines of a menu."""
    one_centre = visit.actor.desk is Desk.CENTRE
    keys = (
        *(key for keys in menu(visit.actor).values() for key in keys),
        *card_entries(visit.actor),
    )
    every = dict.fromkeys(BADGES.get(key, key) for key in keys)
    wanted = {
        key: ENTRIES[key]
        for key in every
        if key in ENTRIES and (one_centre or not ENTRIES[key].heavy)
    }
    return each_batch(
        visit, {key: entry for key, entry in wanted.items() if entry.is_work(visit.actor)}
    )


def menu_counts(
    visit: Visit, entries: Mapping[tuple[str, str], TodoEntry]
) -> dict[tuple[str, str], Count]:
    """(key, batch) -> the counts, with CONSENTS; up to 999, as more would cost too much."""
    every: dict[tuple[str, str], TodoEntry | Consents] = {**entries, (CONSENTS, ""): Consents()}
    counts = tally(
        visit, {f"{key}@{code}": entry for (key, code), entry in every.items()}, MENU_CAP
    )
    return {(key, code): counts[f"{key}@{code}"] for key, code in every}
