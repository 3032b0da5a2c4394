"""Longer deadlines from a policy file: as on the pages a draft that is tried first, then put to a
second person.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from graduand.models import Batch, Consent
from graduand.office import typed_texts
from graduand.office.people.second_person import consents
from graduand.office.queue import orders
from graduand.office.refusal import Refused, not_allowed
from graduand.office.season import batches, deadlines, policy_drafts
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Desk


def list_extensions(data: dict[str, Any]) -> tuple[str, ...]:
    """The deadlines that this policy would extend, a sentence each. Raises PolicyRefused."""
    policy = BatchPolicy.brought(data)
    batch = Batch.objects.filter(code=policy.code, closed_at=None).select_related("policy").first()
    return deadlines.made_longer(deadlines.in_force(batch), policy).sentences


def ask(data: dict[str, Any], actor: Actor, reason: str, *, address: str = "") -> Consent:
    """Store a draft, try it, and ask; the same file on the same day is the same question.

    Raises PolicyRefused, Refused.
    """
    if actor.desk is not Desk.HQ:
        raise not_allowed(f"批次政策由总部载入，您的岗位是{actor.desk.label}")
    said = typed_texts.words(reason)
    if not said:
        raise Refused(
            f"{'；'.join(list_extensions(data))}：请用 --reason 写明原因，再由第二人在网页上同意"
        )
    draft = policy_drafts.draft(data, actor, _key(data, actor))
    while not policy_drafts.advance(draft.pk)[2]:
        pass
    orders.leave(WorkKind.POLICY, draft.pk)
    draft.refresh_from_db()
    detail = policy_drafts.consent_detail(draft, clock.today())
    return consents.ask(actor, ConsentKind.POLICY, detail, said, address=address)


def _key(data: dict[str, Any], actor: Actor) -> str:
    """One draft for what one person loads on one day over one version."""
    code = str(data.get("code", ""))
    base = Batch.objects.filter(code=code).values_list("policy", flat=True).first()
    text = json.dumps(
        [batches.json_ready(data), actor.user_id, base, clock.today().isoformat()], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()
