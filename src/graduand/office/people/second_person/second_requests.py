"""Asking a second person from the command line: the file waits for somebody who agrees in the
browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.models import Batch, Candidate, Consent
from graduand.office.acts import ActRequest, asked_by
from graduand.office.people.second_person import consents, second_acts
from graduand.office.refusal import Refused
from graduand.queries.basis import basis_of
from graduand.queries.scope import Actor
from graduand.queries.verdicts import chunks, verdicts
from graduand.rulebook.journey import step_of
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import ReasonCode
from graduand.rulebook.words import label_of

WAITS = "WAITS-SECOND"
UNASKED = "ASKED-ALREADY"


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """One file that waits: the number of the consent, whose file it is, and what is missing that
    would be confirmed.

    `fails`: what is against the degree that would be taken back; None for any other question.
    """

    consent: int
    student: str
    let_stand: tuple[str, ...] = ()
    fails: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class UnaskedFile:
    """One file that no question was asked about: whose it is, and why."""

    number: str
    name: str
    centre: str
    why: str


def waiting_files(batch: Batch, ids: Sequence[int], actor: Actor, request: ActRequest) -> list[int]:
    """The files of `ids` that only lack the agreement of a second person."""
    step = step_of(request.verb)
    basis = basis_of(batch)
    asked = asked_by(actor, request)
    found = []
    for piece in chunks(ids):
        for pk, verdict in verdicts(step, piece, basis, asked).items():
            if {finding.code for finding in verdict.findings if finding.blocks} == {"SECOND"}:
                found.append(pk)
    return found


def refuse_hopeless(file: Candidate, actor: Actor, request: ActRequest) -> None:
    """Refuses to ask a second person for something that could not be done as asked. Raises Refused."""
    step = step_of(request.verb)
    basis = basis_of(file.batch)
    verdict = verdicts(step, [file.pk], basis, asked_by(actor, request)).get(file.pk)
    if verdict is None:
        return
    for finding in verdict.findings:
        if finding.blocks and finding.code != "SECOND":
            raise Refused(f"{finding.sentence}；{finding.todo}")


def ask(
    batch: Batch, ids: Sequence[int], actor: Actor, request: ActRequest, address: str
) -> tuple[list[WaitingRequest], list[UnaskedFile]]:
    """Ask for each of `ids`, a transaction each; the same question while it is open is the same
    one.

    Who is asked about already is left out by name. Raises Refused without a reason, and then nobody
    is asked about.
    """
    if not ids:
        return [], []
    reason = consents.checked_reason(_reason(request))
    files = Candidate.objects.filter(id__among=list(ids), batch=batch).select_related(
        "student", "centre"
    )
    made = []
    left = []
    for file in files.order_by("student__number"):
        detail = second_acts.act_detail(request.verb, file, request.answers)
        try:
            row = consents.ask(actor, ConsentKind.ACT, detail, reason, address=address)
        except Refused as problem:
            left.append(
                UnaskedFile(file.student.number, file.student.name, file.centre.name, str(problem))
            )
        else:
            made.append(_waiting(row))
    return made, left


def _waiting(row: Consent) -> WaitingRequest:
    answers = row.detail["said"]
    fails = tuple(answers["fails"]) if "fails" in answers else None
    return WaitingRequest(row.pk, row.detail["student"], tuple(answers.get("let_stand", ())), fails)


def _reason(request: ActRequest) -> str:
    """Why, as the second person reads it: the note, else the label of the reason."""
    reason = ReasonCode.of(str(request.answers.get("reason", "")))
    return str(request.answers.get("note") or label_of(reason))
