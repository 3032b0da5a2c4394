"""Stores the plan and the policy that certificates are numbered or degrees granted by, once for all
that share both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from graduand.models import PlanEdition, PlanRow
from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.audit.plan_editions import text_of


def keep(
    audits: Collection[PlanAudit], policy: int, batch: int, at: datetime, act: int | None
) -> dict[str, int]:
    """The edition of the plan of each of `audits` under a version of the policy, by 专业规则代码.

    One query, and three more where one of them was not stored yet. Of two who store the same one
    only the first does.
    """
    found = _kept(audits, policy)
    missing = [audit for audit in audits if audit.plan.code not in found]
    if not missing:
        return found
    plans = dict(PlanRow.objects.filter(code__in=_codes(missing)).values_list("code", "id"))
    rows = [
        PlanEdition(
            plan_id=plans[audit.plan.code],
            batch_id=batch,
            policy_id=policy,
            version=audit.plan.version,
            rules=text_of(audit.plan),
            sha256=audit.rules_hash,
            made_at=at,
            act_id=act,
        )
        for audit in missing
    ]
    PlanEdition.objects.bulk_create(rows, ignore_conflicts=True)
    return _kept(audits, policy)


def _kept(audits: Iterable[PlanAudit], policy: int) -> dict[str, int]:
    hashes = {audit.plan.code: audit.rules_hash for audit in audits}
    rows = PlanEdition.objects.filter(
        policy=policy, plan__code__in=list(hashes), sha256__in=list(hashes.values())
    )
    found = rows.values_list("plan__code", "sha256", "id")
    return {code: pk for code, sha256, pk in found if hashes[code] == sha256}


def _codes(audits: Iterable[PlanAudit]) -> list[str]:
    return [audit.plan.code for audit in audits]
