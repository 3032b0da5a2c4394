"""Questions that wait for a second person about one file, shown before somebody decides on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.models import Candidate, Consent
from graduand.office.people.second_person import consents, second_acts
from graduand.pages.door.access import Visit
from graduand.pages.frame.acts import consent_words
from graduand.queries.people import questions
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import Desk, Verb

_ONE_OF_BOTH = "办成其中一项，另一项就不再有效，请一并核对"


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """Another question about the same file, without a full stop, and where it stands."""

    words: str
    url: str


def of_file(visit: Visit, file: Candidate) -> list[Consent]:
    """The questions to a second person about the file: for headquarters, and for the asker."""
    return [
        row
        for row in questions.about_file(file, consents.valid_since(visit.now))
        if _may_read(visit, row)
    ]


def _may_read(visit: Visit, row: Consent) -> bool:
    return visit.actor.desk is Desk.HQ or row.asked_by_id == visit.actor.user_id


def asked_before(visit: Visit, file: Candidate, verb: Verb) -> str:
    """The refusal that the same question waits already; "" where it may be asked."""
    detail = second_acts.act_detail(verb, file, {})
    row = questions.waiting(ConsentKind.ACT, detail, consents.valid_since(visit.now))
    if row is None:
        return ""
    return consents.earlier_question(visit.actor, row, detail)


def others(visit: Visit, file: Candidate | None, verb: Verb) -> list[str]:
    """The other questions that wait about the file of a form, a sentence each; empty for several
    files.
    """
    if file is None:
        return []
    return [
        f"{consent_words.of_file(row)['words']}；{_ONE_OF_BOTH}"
        for row in of_file(visit, file)
        if row.agreed is None and row.detail["verb"] != verb
    ]


def other_proposals(visit: Visit, rows: Sequence[Consent]) -> dict[int, list[OpenProposal]]:
    """The other questions that wait about the file of each waiting question, by its key; one query."""
    since = consents.valid_since(visit.now)
    here = {row.pk for row in rows}
    waiting = [
        row
        for row in rows
        if row.decided_at is None and row.withdrawn_at is None and row.asked_at >= since
    ]
    return {
        pk: [
            _beside(question, here=question.pk in here)
            for question in found
            if _may_read(visit, question)
        ]
        for pk, found in questions.other_questions(waiting, since).items()
    }


def _beside(row: Consent, *, here: bool) -> OpenProposal:
    words = f"同一档案另有一项在等待答复：{consent_words.of_file(row)['words']}；{_ONE_OF_BOTH}"
    if here:
        return OpenProposal(words, f"#c-{row.pk}")
    return OpenProposal(words, f"/candidates/{row.detail['file']}")
