"""Closing a batch, opening it again, declaring it finished: one person of headquarters asks,
another one agrees.

The page and the command line ask the same question, by the same rules.
"""

from __future__ import annotations

from typing import Any

from graduand.models import Batch, Consent
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused, not_allowed
from graduand.office.season.ending import closing, finishing, reopening
from graduand.queries import clock
from graduand.queries.people import questions
from graduand.queries.scope import Actor
from graduand.queries.season import closing_summary, gaps, returning_files
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Desk


def why_not(batch: Batch, do: BatchSwitch) -> str:
    """Why it can't be done, in a sentence; "" when it can."""
    if do is BatchSwitch.CLOSE:
        return closing.ready(batch)
    if do is BatchSwitch.FINISH:
        return finishing.why_not(batch)
    return reopening.why_not(batch)


def waiting(batch: Batch, do: BatchSwitch) -> Consent | None:
    """The question about this switch that is still valid and that nobody has answered yet."""
    return questions.switch_waiting(batch, do, consents.valid_since(clock.now()))


def declined(batch: Batch, do: BatchSwitch) -> Consent | None:
    """The last question about this switch, where the second person did not agree."""
    return questions.declined_switch(batch, do)


def asked_already(row: Consent) -> str:
    """Who has asked, when, and where the second person answers, without a full stop."""
    return consents.asked_already(row, BatchSwitch(row.detail["do"]).label)


def ask(
    actor: Actor, batch: Batch, do: BatchSwitch, reason: str, *, address: str = "", key: str = ""
) -> Consent:
    """Put the question to a second person. Raises Refused with what is missing, or where such a
    question waits already.
    """
    if actor.desk is not Desk.HQ:
        raise not_allowed(f"「{do.label}」由总部办理，您的岗位是{actor.desk.label}")
    if why := why_not(batch, do):
        raise Refused(why)
    detail: dict[str, Any] = {
        "batch": batch.pk,
        "code": batch.code,
        "do": do.value,
        "version": batch.policy_id,
        "on": clock.today().isoformat(),
    }
    if do is BatchSwitch.CLOSE:
        detail |= {"told": closing_summary.sentence(batch), "people": closing_summary.people(batch)}
    if do is BatchSwitch.FINISH:
        detail["told"] = closing_summary.leaves_the_todos(batch)
    if do is BatchSwitch.REOPEN:
        detail["told"] = returning_files.consequences(batch)
    else:  # the second person agrees on the strength of these reasons
        detail["explained"] = [
            [gap.stage.value, gap.text, gap.people, files] for gap, files in gaps.reasons(batch)
        ]
    return consents.ask(actor, ConsentKind.BATCH, detail, reason, address=address, key=key)
