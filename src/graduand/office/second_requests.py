"""What takes two people, asked for at the command line: it waits for the other one, who agrees in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from graduand.models import Batch, Candidate
from graduand.office import consents, second_acts
from graduand.office.acts import Wish, asked_by
from graduand.office.refusal import Refused
from graduand.queries.bench import bench_of
from graduand.queries.scope import Actor
from graduand.queries.verdicts import chunks, verdicts
from graduand.rulebook.account_terms import ConsentKind
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import ReasonCode

WAITS = "WAITS-SECOND"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file that waits: the number of the consent, whose file it is, and what is missing that would be let stand."""

    consent: int
    student: str
    let_stand: tuple[str, ...] = ()


def waiting_files(batch: Batch, ids: Sequence[int], actor: Actor, wish: Wish) -> list[int]:
    """Those of `ids` against which nothing stands but that a second person has not agreed."""
    step, bench, asked = step_of(wish.verb), bench_of(batch), asked_by(actor, wish)
    found = []
    for piece in chunks(ids):
        for pk, verdict in verdicts(step, piece, bench, asked).items():
            if {finding.code for finding in verdict.findings if finding.blocks} == {"SECOND"}:
                found.append(pk)
    return found


def refuse_hopeless(file: Candidate, actor: Actor, wish: Wish) -> None:
    """Nothing is asked of a second person that could not be done as it is asked. Raises Refused."""
    step, bench = step_of(wish.verb), bench_of(file.batch)
    verdict = verdicts(step, [file.pk], bench, asked_by(actor, wish)).get(file.pk)
    against = [one for one in verdict.findings if one.blocks and one.code != "SECOND"] if verdict else []
    if against:
        raise Refused(f"{against[0].sentence}；{against[0].todo}")


def ask(batch: Batch, ids: Sequence[int], actor: Actor, wish: Wish, address: str) -> list[Waiting]:
    """Ask for each of `ids`, or for nobody; the same question while it is open is the same one.

    Raises Refused without a reason, and where somebody else's question about one of them waits.
    """
    files = Candidate.objects.filter(id__among=list(ids), batch=batch).select_related("student")
    made = []
    with transaction.atomic():
        for file in files.order_by("student__number"):
            detail = second_acts.act_detail(wish.verb, file, wish.said)
            row = consents.ask(actor, ConsentKind.ACT, detail, _reason(wish), address=address)
            made.append(Waiting(row.pk, detail["student"], tuple(detail["said"].get("let_stand", ()))))
    return made


def _reason(wish: Wish) -> str:
    """Why, as the second person reads it: the note, else the label of the reason."""
    reason = ReasonCode.of(str(wish.said.get("reason", "")))
    return str(wish.said.get("note") or (reason.label if reason else ""))
