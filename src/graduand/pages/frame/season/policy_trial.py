"""What the trial of a changed policy found, in words: whom it frees, whom it stops, and why."""

from __future__ import annotations

from graduand.models import PolicyDraft
from graduand.queries.season import policies
from graduand.rulebook.clauses import CLAUSES


def whose_judgement_changes(
    found: PolicyDraft,
) -> list[tuple[str, int, list[tuple[int, str, str, str]]]]:
    """Whom the policy frees and whom it stops, also of the degree: (words, how many, the first)."""
    told = (
        ("新可申请", "freed", False, True, False),
        ("不能再申请", "stopped", True, False, False),
        ("新满足学位条件", "degree_gained", False, True, True),
        ("不再满足学位条件", "degree_lost", True, False, True),
    )
    return [
        (
            words,
            found.tried.get(count, 0),
            _reasons(policies.named(found, before, after, degree=degree), degree=degree),
        )
        for words, count, before, after, degree in told
    ]


def _reasons(
    rows: list[tuple[int, str, str, str]], *, degree: bool
) -> list[tuple[int, str, str, str]]:
    """The people with the titles of the reasons instead of codes: the degree's, or the others."""
    found = []
    for pk, number, name, items in rows:
        codes = dict.fromkeys(item.partition(":")[0] for item in items.split(";"))
        here = [code for code in codes if code in CLAUSES and code.startswith("DEGREE-") is degree]
        found.append((pk, number, name, "、".join(CLAUSES[code].title for code in here)))
    return found


def reasons_that_change(found: PolicyDraft) -> list[tuple[str, int, int, int]]:
    """(title, before, after, difference) of each reason whose number changes."""
    rows = found.tried.get("codes", {}).items()
    return [
        (CLAUSES[code].title, old, new, new - old)
        for code, (old, new) in rows
        if old != new and code in CLAUSES
    ]
