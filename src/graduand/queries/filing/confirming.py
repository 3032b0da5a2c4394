"""What a confirmation shows about its files: who would be skipped and why, what came back before,
where to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.lookups import In

from graduand.models import Candidate, Event
from graduand.queries import scope
from graduand.queries.filing.candidate_criteria import nothing_against
from graduand.queries.filing.open_filings import GOING_ON
from graduand.queries.filing.returns import last_step, last_word, still_back, why
from graduand.queries.refusals import named
from graduand.queries.scope import Actor
from graduand.queries.season.seasons import naming_next_of
from graduand.queries.verdicts import chunks, verdicts, with_round
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.gates import Basis
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import Desk, Stage, Verb

PIECE = 2_000


@dataclass(frozen=True, slots=True)
class SkippedPerson:
    """A person whom the step would not move: the first reason with its figures, all reasons, what
    to do next.
    """

    id: int
    number: str
    name: str
    centre: str
    reason: str
    words: str
    todo: str


@dataclass(frozen=True, slots=True)
class ReturnedPerson:
    """Why a person who is filed once more was sent back, by whom and when; `batch` is "" for the
    batch of the file.
    """

    id: int
    number: str
    name: str
    why: str
    who: str
    at: datetime
    batch: str = ""


@dataclass(frozen=True, slots=True)
class DeferredPerson:
    """A person who has deferred in `batch` and is about to be filed in another one; `ended`: the
    file there has ended.
    """

    id: int
    number: str
    name: str
    batch: str
    ended: bool


def still_visible_ids(actor: Actor, ids: Sequence[int]) -> set[int]:
    """The frozen files that the actor still sees; others have moved to another unit since."""
    return set(
        scope.visible(actor, Candidate.objects.filter(id__among=list(ids))).values_list(
            "id", flat=True
        )
    )


def skipped(
    verb: Verb, basis: Basis, ids: Sequence[int], asked: ActDetails
) -> Iterator[SkippedPerson]:
    """The files of `ids` that the step would not move, in the order of `ids`; courses by name."""
    step = step_of(verb)
    asked = with_round(asked, verb, basis)
    naming = naming_next_of(basis.policy.code)
    for piece in chunks(ids, PIECE):
        judged = verdicts(step, piece, basis, asked)
        rows = Candidate.objects.filter(id__among=list(piece)).select_related(
            "student__plan", "centre"
        )
        files = {file.pk: file for file in rows}
        for pk in piece:
            verdict = judged.get(pk)
            file = files.get(pk)
            if verdict is None or file is None or verdict.passes:
                continue
            plan = basis.edition_of(verdict.facts).audit.plan
            against = [f for f in verdict.findings if f.blocks] or list(verdict.findings)
            found = [named(finding, plan) for finding in against]
            yield _skipped(file, found, f"已经是「{step.target.label}」", naming)


def _skipped(
    file: Candidate, found: Sequence[Finding], settled: str, naming: Callable[[str], str]
) -> SkippedPerson:
    words = naming("；".join(f"{finding.sentence}（{finding.clause.source}）" for finding in found))
    todo = naming("；".join(dict.fromkeys(finding.todo for finding in found)))
    reason = settled
    if found:
        reason = naming(found[0].sentence)
    return SkippedPerson(
        file.pk,
        file.student.number,
        file.student.name,
        file.centre.name,
        reason,
        words or settled,
        todo,
    )


@dataclass(frozen=True, slots=True)
class MovablePerson:
    """A person whom the step would move; `why` they are filed without the degree that was asked
    for.
    """

    id: int
    number: str
    name: str
    class_name: str
    why: str = ""


def people(ids: Sequence[int]) -> list[MovablePerson]:
    """Who they are, by 学号; one query."""
    rows = Candidate.objects.filter(id__among=list(ids)).order_by("number")
    return [
        MovablePerson(*row)
        for row in rows.values_list("id", "number", "student__name", "student__class_name")
    ]


def going_on(ids: Sequence[int]) -> int:
    """How many of them the round of 续读本科 is for; one query."""
    return Candidate.objects.filter(GOING_ON, id__among=list(ids)).count()


def without_degree(found: Mapping[int, tuple[Finding, ...]], most: int) -> list[MovablePerson]:
    """The first people whose application is for graduation alone, each with the reason; one query,
    none for no ids.
    """
    reasons = {
        pk: "；".join(one.sentence for one in findings) for pk, findings in [*found.items()][:most]
    }
    if not reasons:
        return []
    return [replace(one, why=reasons[one.id]) for one in people([*reasons])]


def returned(ids: Sequence[int], most: int) -> tuple[int, list[ReturnedPerson]]:
    """(how many of `ids` came back and were not filed since, the first of them by 学号): one query,
    one more for any.
    """
    back = Candidate.objects.filter(still_back(), id__among=list(ids)).annotate(
        back=last_step("id")
    )
    rows = list(
        back.order_by("student__number").values_list(
            "id", "student__number", "student__name", "back"
        )
    )
    if not rows:
        return 0, []
    shown = rows[:most]
    events = Event.objects.select_related("actor", "second", "candidate__batch").in_bulk(
        [row[3] for row in shown]
    )
    return len(rows), [
        _returned(pk, number, name, events[event]) for pk, number, name, event in shown
    ]


def _returned(pk: int, number: str, name: str, event: Event) -> ReturnedPerson:
    batch = ""
    if event.candidate_id != pk:
        batch = event.candidate.batch.code
    by = f"{Desk(event.desk).label} {event.people}"
    return ReturnedPerson(pk, number, name, why(event), by, event.at, batch)


def deferred_elsewhere(ids: Sequence[int], most: int) -> tuple[int, list[DeferredPerson]]:
    """(how many of `ids` are of people who have deferred in another batch, the first of them); one
    query.

    A deferral holds while its file stands there; carried over with its batch, until the person
    says, or files, anything else.
    """
    other = Candidate.objects.filter(
        student=OuterRef("student"), stage=Stage.DEFERRED.value, batch__closed_at=None
    )
    where = (
        other.exclude(batch=OuterRef("batch")).order_by("-batch__code").values("batch__code")[:1]
    )
    rows = Candidate.objects.filter(id__among=list(ids)).annotate(there=Subquery(where))
    rows = rows.filter(Q(there__isnull=False) | Q(In(last_word("verb"), [Verb.DEFER.value])))
    rows = rows.annotate(
        file=last_word("candidate"), then=last_word("candidate__batch__code")
    ).order_by("student__number")
    found = [
        DeferredPerson(pk, number, name, there or then, there is None)
        for pk, number, name, there, file, then in rows.values_list(
            "id", "student__number", "student__name", "there", "file", "then"
        )
        if there is not None or file != pk
    ]
    return len(found), found[:most]


def fileable_in(batch: int, ids: Sequence[int], most: int) -> tuple[int, list[MovablePerson]]:
    """(how many of `ids` have a student who can still be filed in `batch`, with nothing against it;
    the first of them): one query.
    """
    there = Candidate.objects.filter(
        nothing_against(clear=True), batch=batch, stage=Stage.LISTED.value, aside=False
    )
    rows = Candidate.objects.filter(
        id__among=list(ids), student__in=there.values("student")
    ).order_by("number")
    found = [
        MovablePerson(*row)
        for row in rows.values_list("id", "number", "student__name", "student__class_name")
    ]
    return len(found), found[:most]


def centres(ids: Sequence[int]) -> list[tuple[str, str, int]]:
    """(code, name, how many of `ids`) of each centre, by its code; one query."""
    rows = (
        Candidate.objects.filter(id__among=list(ids))
        .order_by()
        .values("centre__code", "centre__name")
    )
    found = rows.annotate(n=Count("id")).values_list("centre__code", "centre__name", "n")
    return sorted((str(code), str(name), int(n)) for code, name, n in found)
