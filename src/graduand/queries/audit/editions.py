"""The plan and policy that certificates were numbered by; later changes of either do not affect
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Subquery, When

from graduand.models import Batch, Certificate, PlanEdition, PlanRow
from graduand.queries.audit import academics
from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.audit.plan_editions import read
from graduand.rulebook.gates import Edition
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import GRADUATED_STAGES

# Files with a numbered certificate that is not void.
NUMBERED = tuple(stage.value for stage in GRADUATED_STAGES)
# (digest of the policy, hash of the plan's rules) -> both, compiled: neither ever changes.
_COMPILED: dict[tuple[str, str], Edition] = {}


class PlanOfToday(NamedTuple):
    """A plan and an edition of it that certificates of the batch were numbered by; one row each,
    None where there is no edition.
    """

    plan: int
    version: int
    code: str
    edition: int | None
    sha256: str | None
    policy: str | None


def of_file() -> Case:
    """The edition of the valid certificate of a candidate; not asked before the number."""
    valid = Certificate.objects.filter(candidate=OuterRef("pk"), voided_at=None).values(
        "edition_id"
    )
    return Case(When(stage__in=NUMBERED, then=Subquery(valid[:1])))


def plans_of_today(batch: Batch) -> list[PlanOfToday]:
    """Every plan with the editions that certificates of `batch` were numbered by; one query."""
    numbered = FilteredRelation("editions", condition=Q(editions__batch=batch))
    rows = PlanRow.objects.annotate(
        numbered=numbered, policy=F("numbered__policy__digest")
    ).order_by("id")
    columns = ("id", "version", "code", "numbered__id", "numbered__sha256", "policy")
    return [PlanOfToday(*row) for row in rows.values_list(*columns)]


def compiled(
    rows: Sequence[PlanOfToday], audits: Mapping[str, PlanAudit], policy: BatchPolicy
) -> dict[int, Edition]:
    """The editions of `rows`, by key: today's plan and policy where they are still the same ones,
    without a query; else one query for those not read before.
    """
    found: dict[int, Edition] = {}
    unread: dict[int, tuple[str, str]] = {}
    for row in rows:
        if row.edition is None or row.sha256 is None or row.policy is None:
            continue
        today = audits[row.code]
        name = (row.policy, row.sha256)
        if name == (policy.digest, today.rules_hash):
            found[row.edition] = Edition(today, policy)
        elif name in _COMPILED:
            found[row.edition] = _COMPILED[name]
        else:
            unread[row.edition] = name
    return found | _read(unread)


def named(names: Mapping[int, tuple[str, str]]) -> dict[int, Edition]:
    """The editions of these keys, each with the digest of its policy and the hash of its rules; one
    query for those not read before.
    """
    unread = {pk: name for pk, name in names.items() if name not in _COMPILED}
    known = {pk: _COMPILED[name] for pk, name in names.items() if pk not in unread}
    return known | _read(unread)


def _read(names: Mapping[int, tuple[str, str]]) -> dict[int, Edition]:
    if not names:
        return {}
    rows = PlanEdition.objects.filter(id__in=list(names)).values_list(
        "id", "rules", "version", "policy__source"
    )
    for pk, rules, version, source in rows:
        policy = BatchPolicy.from_dict(source)
        _COMPILED[names[pk]] = Edition(academics.audit_of(read(rules, version), policy), policy)
    return {pk: _COMPILED[name] for pk, name in names.items()}
