"""What the policy in force and a changed one say about the same people: who is fit, the findings
against each, and the sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.models import Candidate
from graduand.models.engine import Ids
from graduand.queries.audit.degrees import degree_findings_under
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import NOBODY, Basis, round_open
from graduand.rulebook.identity.person_gates import platform_photo
from graduand.rulebook.judging import fitness
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import DegreeState, Level, Stage

# The codes of the findings against somebody's degree under the policy in force and under the draft.
Halves = tuple[tuple[str, ...], tuple[str, ...]]
_BEFORE_REVIEW = frozenset({Stage.LISTED, Stage.RETURNED, Stage.DEFERRED, Stage.APPLIED})


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """What a policy says about one person: fit (毕业条件), clear (nothing blocks), and every code with
    its argument.

    `degree`: whether the conditions of the degree are met; None where the policy asks nothing new
    of it.
    """

    fit: bool
    clear: bool
    items: tuple[str, ...]
    degree: bool | None = None


def degree_halves(
    old: dict[str, Any], new: dict[str, Any], ids: Sequence[int], day: date
) -> dict[int, Halves]:
    """The findings against the degree of those of `ids` who may still be granted one, by the stored
    policies; five queries.
    """
    rows = Candidate.objects.filter(id__among=Ids(ids)).exclude(student__level=Level.JUNIOR.value)
    students = dict(rows.exclude(degree=DegreeState.GRANTED.value).values_list("id", "student_id"))
    asked = [BatchPolicy.from_dict(source) for source in (old, new)]
    before, after = degree_findings_under(list(students.values()), asked, day)
    return {
        pk: (_codes(before[student]), _codes(after[student])) for pk, student in students.items()
    }


def _codes(rows: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(code for code, _, _ in rows)


def both(
    people: Mapping[int, Facts],
    now: Basis,
    then: Basis,
    halves: Mapping[int, Halves],
) -> Iterator[tuple[int, TrialVerdict, TrialVerdict]]:
    """(candidate, what the policy in force says today, what the draft would say)."""
    windows = _is_open(now) is not _is_open(then)
    for pk, known in people.items():
        before, after = (_judged(known, basis, windows=windows) for basis in (now, then))
        if pk in halves:
            before, after = (
                _with_degree(verdict, codes)
                for verdict, codes in zip((before, after), halves[pk], strict=True)
            )
        yield pk, before, after


def _with_degree(verdict: TrialVerdict, codes: tuple[str, ...]) -> TrialVerdict:
    return replace(verdict, items=(*verdict.items, *codes), degree=not codes)


def _is_open(basis: Basis) -> bool:
    return basis.policy.open_round(basis.today, basis.closed_rounds) is not None


def _judged(known: Facts, basis: Basis, *, windows: bool) -> TrialVerdict:
    """With what the round adds for a file that is not reviewed yet: a photo in time, and its window
    where that changes.
    """
    academic = basis.academic(known)
    every: tuple[Finding, ...] = fitness(known, basis, academic)
    if known.file.stage in _BEFORE_REVIEW:
        asked = replace(NOBODY, round_name=_round_of(known, basis))
        every += tuple(f for f in platform_photo(known, basis, asked) if f.code == "PHOTO-LATE")
        if windows and known.file.stage is not Stage.APPLIED:
            every += round_open(known, basis, asked)
    items = tuple(sorted(f.item for f in every))
    return TrialVerdict(not academic, not any(f.blocks for f in every), items)


def _round_of(known: Facts, basis: Basis) -> str | None:
    """The round of the file; of one without a round, that in which it can still be filed."""
    if known.file.round_name:
        return known.file.round_name
    planned = basis.policy.filing_round(basis.today, basis.closed_rounds)
    if planned is None:
        return None
    return planned.name


def count(
    sums: dict[str, Any], moved: list[Any], pairs: Iterator[tuple[int, TrialVerdict, TrialVerdict]]
) -> None:
    codes = {code: Counter({0: n[0], 1: n[1]}) for code, n in sums["codes"].items()}
    for pk, before, after in pairs:
        sums["judged"] += 1
        for place, verdict in enumerate((before, after)):
            sums["fit"][place] += verdict.fit
            sums["clear"][place] += verdict.clear
            sums["degree"][place] += verdict.degree is True
            for code in {item.partition(":")[0] for item in verdict.items}:
                codes.setdefault(code, Counter())[place] += 1
        sums["lost"] += before.fit and not after.fit
        sums["gained"] += after.fit and not before.fit
        sums["stopped"] += before.clear and not after.clear
        sums["freed"] += after.clear and not before.clear
        sums["degree_lost"] += before.degree is True and after.degree is False
        sums["degree_gained"] += after.degree is True and before.degree is False
        if before != after:
            moved.append(_moved_row(pk, before, after))
    sums["codes"] = {code: [n[0], n[1]] for code, n in sorted(codes.items())}


def _moved_row(pk: int, before: TrialVerdict, after: TrialVerdict) -> list[Any]:
    return [
        pk,
        before.clear,
        after.clear,
        ";".join(before.items),
        ";".join(after.items),
        before.degree,
        after.degree,
    ]
