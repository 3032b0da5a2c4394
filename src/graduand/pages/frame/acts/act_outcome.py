"""The outcome of an act that has ended, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graduand.models import Act, Candidate, Event
from graduand.office import act_results
from graduand.pages.door.access import Visit, opens
from graduand.pages.frame.acts.confirming import NAMED, SETTLED, RefusedGroup, list_address
from graduand.pages.frame.base import address
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.shell import LIST
from graduand.queries.filing.confirming import SkippedPerson
from graduand.queries.listing import BATCH
from graduand.queries.records.person import degree_dropped, number_words
from graduand.queries.season import progress
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import Verb


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """The outcome of an act that has ended: who was not moved, and who was.

    Of `nameable` people who were not moved `named` are on the page; `moved` are (address, name, 学号,
    number, what was dropped).
    """

    groups: list[RefusedGroup] = field(default_factory=list)
    named: int = 0
    moved: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    back: str = LIST
    without_degree: int = 0


def outcome_of(visit: Visit, work: progress.ActWork) -> ActOutcome:
    """At most NAMED of those who were not moved, and of those who were, by name.

    A person with several reasons counts with each and is named under the first.
    """
    act = work.act
    refused = [_skipped(row) for row in act_results.refusals(act, visit.actor, NAMED)]
    groups = _refused_groups(act, refused)
    target = step_of(Verb(act.verb)).target.label
    still = [
        _settled(file, target)
        for file in act_results.settled(act, visit.actor, NAMED - len(refused))
    ]
    if act.unchanged:
        groups.append(
            RefusedGroup(f"无需办理：已经是「{target}」", SETTLED, act.unchanged, tuple(still))
        )
    dropped = act_results.without_degree(act, visit.actor)
    return ActOutcome(
        groups, len(refused) + len(still), _moved(visit, act), _back(visit, act), dropped
    )


def _refused_groups(act: Act, refused: Sequence[SkippedPerson]) -> list[RefusedGroup]:
    """The people who were not moved, by the first reason of each, the most frequent first."""
    groups = [
        RefusedGroup(
            CLAUSES[code].title,
            CLAUSES[code].source,
            count,
            tuple(person for person in refused if person.reason == code),
        )
        for code, count in sorted(act.by_code.items(), key=lambda pair: -pair[1])
    ]
    if act.raced:
        raced = tuple(person for person in refused if not person.reason)
        groups.append(RefusedGroup("处理时已被他人办理", SETTLED, act.raced, raced))
    return groups


def _moved(visit: Visit, act: Act) -> list[tuple[str, str, str, str, str]]:
    """The people who were moved: (address, name, 学号, number, what was dropped)."""
    return [
        (
            f"{LIST}/{event.candidate_id}",
            event.candidate.student.name,
            event.candidate.student.number,
            _numbered(event),
            degree_dropped(event),
        )
        for event in act_results.moved(act, visit.actor, NAMED)
    ]


def _numbered(event: Event) -> str:
    """`上报第 60 号`: which number somebody was given; a waybill needs no such words."""
    if event.verb == Verb.APPLY and event.number:
        return f"上报第 {event.number} 号"
    return number_words(event)


def _back(visit: Visit, act: Act) -> str:
    """The list that the people were picked from, as it was filtered; else that of the batch."""
    pick = progress.pick_of(act)
    if pick is None or pick.listing not in LISTS or not opens(visit, LISTS[pick.listing].path):
        return address(LIST, [(BATCH, act.batch.code)])
    return list_address(LISTS[pick.listing], pick, act.batch.code)


def _skipped(one: act_results.RefusalReasons) -> SkippedPerson:
    file = one.row.candidate
    return SkippedPerson(
        file.pk,
        file.student.number,
        file.student.name,
        file.centre.name,
        one.first,
        one.words,
        one.todo,
    )


def _settled(file: Candidate, target: str) -> SkippedPerson:
    words = f"办理前已经是「{target}」"
    return SkippedPerson(
        file.pk, file.student.number, file.student.name, file.centre.name, "", words, ""
    )
