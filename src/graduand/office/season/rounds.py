"""Closing a round to applications before its last day, and opening it again: by whom and when is in
the account log.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from graduand.models import Batch, Round
from graduand.office import account_log
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Role


def switch(batch: Batch, name: str, actor: Actor, *, opening: bool, address: str = "") -> None:
    """Close a round to applications before its last day, or open it again; doing it twice is done,
    and logged, once.

    Raises Refused for an actor who neither publishes nor reviews at headquarters, and for a closed
    batch.
    """
    if not rights.may_switch_rounds(actor.roles):
        mine = "、".join(role.label for role in Role if role in actor.roles)
        raise not_allowed(f"轮次由总部管理或总部审核人员开放、关闭，您的角色是「{mine}」")
    with transaction.atomic():
        # The row is held until we commit, so nobody closes or deletes the batch meanwhile.
        if not Batch.objects.filter(pk=batch.pk, closed_at=None, closing_since=None).update(
            closed_at=None
        ):
            raise Refused(f"{Batch.objects.get(pk=batch.pk).shut}，不能开放或关闭轮次")
        filing_round = Round.objects.filter(batch=batch, name=name, closed_at__isnull=not opening)
        deed = Deed.ROUND_CLOSED
        closed_at: datetime | None = clock.now()
        if opening:
            deed = Deed.ROUND_OPENED
            closed_at = None
        if filing_round.update(closed_at=closed_at):
            account_log.note(
                deed, actor=actor.user_id, address=address, batch=batch.code, round=name
            )
