"""Which questions nobody can agree to any more, since their subject has changed since they were
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from graduand.models import Batch, Candidate, Consent
from graduand.office.people.second_person import consent_answers
from graduand.queries.basis import basis_of
from graduand.queries.certificates import issued
from graduand.queries.review.against_degrees import DegreeObjection, against_granted
from graduand.queries.side_tracks import case_of
from graduand.rulebook.facts import Case
from graduand.rulebook.gates import Basis
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import Verb

Matter = TypeVar("Matter")
_AGAIN = "已不能按提出时的内容同意：请写明原因不同意，由提出人按现在的情况重新提出"
_OTHER_FACTS = "提出以后该生的资料又有变化，下面各项是提出时的情况"


def outdated(rows: Sequence[Consent]) -> dict[int, str]:
    """Why nobody can agree, by the key of the question; a few queries per question, a few per
    batch.
    """
    reasons = {row.pk: why for row in rows if (why := consent_answers.in_the_way(row))}
    acts = [row for row in rows if row.kind == ConsentKind.ACT and row.pk not in reasons]
    reasons |= _acts_moved_on(acts)
    return {pk: f"{why}，{_AGAIN}" for pk, why in reasons.items()}


@dataclass(frozen=True, slots=True)
class _CurrentState:
    """The present state of the files that steps were asked for.

    By file: the last act and what is missing, the identity case; by the question: which conditions
    of a degree fail, and what a certificate would say.
    """

    files: Mapping[int, tuple[int | None, str | None]]
    cases: Mapping[int, Case]
    degrees: Mapping[int, DegreeObjection]
    contents: Mapping[int, str]


def _acts_moved_on(acts: Sequence[Consent]) -> dict[int, str]:
    """For each step the first thing that differs from what was shown."""
    if not acts:
        return {}
    rows = Candidate.objects.filter(pk__in={row.detail["file"] for row in acts})
    now = _CurrentState(
        {
            pk: (act, lacking)
            for pk, act, lacking in rows.values_list("pk", "last_act_id", "judgement__grounds")
        },
        _cases_of(acts),
        degrees_of(acts),
        _contents_of(acts),
    )
    reasons = {
        row.pk: next((why for look in SINCE.values() if (why := look(row, now))), "")
        for row in acts
    }
    return {pk: why for pk, why in reasons.items() if why}


def _file_moved_on(row: Consent, now: _CurrentState) -> str:
    act, _ = now.files[row.detail["file"]]
    if row.detail.get("seen") == (act or 0):
        return ""
    return "提出以后此档案又有人办理过"


def _case_moved_on(row: Consent, now: _CurrentState) -> str:
    """A case moves through the file of any batch, and leaves this file unchanged."""
    case = now.cases.get(row.detail["file"])
    shown = row.detail.get("cases")
    if shown is None or case is None or case.mark in shown:
        return ""
    return "提出以后该生的身份复核又有人办理过"


def _grounds_moved_on(row: Consent, now: _CurrentState) -> str:
    _, lacking = now.files[row.detail["file"]]
    shown = row.detail["said"].get("grounds")
    if shown is None or lacking in shown:
        return ""
    return _OTHER_FACTS


def _degree_moved_on(row: Consent, now: _CurrentState) -> str:
    found = now.degrees.get(row.pk)
    if found is None or found.mark == row.detail["said"]["against"]:
        return ""
    return _OTHER_FACTS


def _content_moved_on(row: Consent, now: _CurrentState) -> str:
    shown = row.detail["said"].get("content")
    if shown is None or now.contents.get(row.pk) == shown:
        return ""
    return "提出以后该生的记录又有变化，下面列出的不是证书更正后的内容"


# The facts that a question about a step rests on, by the names under which they are stored with it
# (`queries.people.questions`).
SINCE: Mapping[str, Callable[[Consent, _CurrentState], str]] = {
    "seen": _file_moved_on,
    "grounds": _grounds_moved_on,
    "cases": _case_moved_on,
    "against": _degree_moved_on,
    "content": _content_moved_on,
}


def _cases_of(acts: Sequence[Consent]) -> dict[int, Case]:
    """The identity cases that questions are about, by file."""
    files = sorted({row.detail["file"] for row in acts if row.detail.get("cases") is not None})
    if not files:
        return {}
    return case_of(files)


def degrees_of(rows: Sequence[Consent]) -> dict[int, DegreeObjection]:
    """The findings against the degree that a question would take back; a few queries per batch."""
    return _by_batch([row for row in rows if _takes_a_degree_back(row)], against_granted)


def _takes_a_degree_back(row: Consent) -> bool:
    return (
        row.kind == ConsentKind.ACT
        and row.detail["verb"] == Verb.DEGREE_DECLINE
        and "against" in row.detail["said"]
    )


def _contents_of(acts: Sequence[Consent]) -> dict[int, str]:
    """The new content of the certificate that a question would amend; a few queries per batch."""
    asked = [row for row in acts if "content" in row.detail["said"]]
    return _by_batch(asked, lambda ids, basis: issued.contents_on_record(ids, basis.policy))


def _by_batch(
    asked: Sequence[Consent], look: Callable[[Sequence[int], Basis], Mapping[int, Matter]]
) -> dict[int, Matter]:
    """What `look` finds of the file of each question, by the key of the question."""
    if not asked:
        return {}
    batches = Batch.objects.filter(
        pk__in={row.detail["batch"] for row in asked}, deleted_at=None, policy__isnull=False
    )
    found: dict[int, Matter] = {}
    for batch in batches:
        files = {row.pk: row.detail["file"] for row in asked if row.detail["batch"] == batch.pk}
        found_by_file = look(sorted(set(files.values())), basis_of(batch))
        found |= {pk: found_by_file[file] for pk, file in files.items() if file in found_by_file}
    return found
