"""What a judgement rests on, for one batch at one moment: the policy in force and the compiled
plans.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from graduand.models import Batch, Candidate, PlanRow, PolicyVersion
from graduand.queries import clock
from graduand.queries.audit import academics, editions
from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.calendar import office_day
from graduand.rulebook.facts import Plan
from graduand.rulebook.gates import Basis
from graduand.rulebook.season.policy import BatchPolicy


class NoPolicy(LookupError):
    """No policy is in force: none was loaded, or the batch was deleted."""


_POLICIES: dict[str, BatchPolicy] = {}


def policy_of(batch: Batch) -> BatchPolicy:
    """The policy in force. Raises NoPolicy when none was loaded."""
    return _in_force(batch).policy


def in_force(batch: Batch) -> tuple[BatchPolicy, dict[str, date]]:
    """(policy, round -> when it was closed by hand). Raises NoPolicy when no policy was loaded."""
    found = _in_force(batch)
    return found.policy, found.closed_rounds


class PolicyInForce(NamedTuple):
    """The policy of a batch, and what was closed by hand; `closing`: the batch is about to be
    closed, or opened again.
    """

    policy: BatchPolicy
    closed_on: date | None
    closed_rounds: dict[str, date]
    reopening: bool
    closing: bool


_IN_FORCE = (
    "digest",
    "source",
    "batch__closed_at",
    "batch__listed_to",
    "batch__closing_since",
    "batch__rounds__name",
    "batch__rounds__closed_at",
)


def _in_force(batch: Batch) -> PolicyInForce:
    """One query, one row per round."""
    rows = list(PolicyVersion.objects.filter(pk=batch.policy_id or 0).values_list(*_IN_FORCE))
    if not rows:
        raise NoPolicy(f"批次 {batch.code} 还没有规定，请总部先载入批次规定（毕业批次 → 载入）")
    digest, source, closed, listed_to, closing_since, _, _ = rows[0]
    rounds = {name: office_day(at) for *_, name, at in rows if at is not None}
    if closed is None:
        return PolicyInForce(
            _policy(digest, source),
            None,
            rounds,
            reopening=False,
            closing=closing_since is not None,
        )
    return PolicyInForce(
        _policy(digest, source),
        office_day(closed),
        rounds,
        reopening=listed_to is not None,
        closing=False,
    )


def policy_at(digest: str, version: int) -> BatchPolicy:
    """The policy of a stored version; one query unless it was read before."""
    if digest not in _POLICIES:
        source = PolicyVersion.objects.values_list("source", flat=True).get(pk=version)
        return _policy(digest, source)
    return _POLICIES[digest]


def _policy(digest: str, source: dict[str, Any]) -> BatchPolicy:
    """Policies are immutable, so one that was read is cached under its digest."""
    if digest not in _POLICIES:
        _POLICIES[digest] = BatchPolicy.from_dict(source)
    return _POLICIES[digest]


@lru_cache(maxsize=8)
def _audits(digest: str, versions: tuple[tuple[int, int], ...]) -> dict[str, PlanAudit]:
    return academics.compiled(academics.plans(pk for pk, _ in versions), _POLICIES[digest])


def basis_under(batch: Batch, source: dict[str, Any]) -> Basis:
    """The basis of `batch` today, as if this policy were in force. Raises PolicyRefused."""
    now = basis_of(batch)
    policy = BatchPolicy.from_dict(source)
    _POLICIES.setdefault(policy.digest, policy)
    versions = tuple(PlanRow.objects.order_by("id").values_list("id", "version"))
    # A numbered file is judged by the edition that it was numbered by, under every later policy.
    return replace(now, policy=policy, audits=_audits(policy.digest, versions))


def basis_of(batch: Batch, now: datetime | None = None, day: date | None = None) -> Basis:
    """The basis of `batch` at `now` (default: the office clock); `day` judges as of another day,
    without a time.
    """
    policy, closed, rounds, reopening, closing = _in_force(batch)
    plans = editions.plans_of_today(batch)
    audits = _audits(policy.digest, tuple(dict.fromkeys((row.plan, row.version) for row in plans)))
    moment = None
    if day is None:
        moment = now or clock.now()
        day = office_day(moment)
    numbered_by = editions.compiled(plans, audits, policy)
    return Basis(policy, audits, day, moment, closed, rounds, reopening, closing, numbered_by)


def plan_of(file: Candidate, basis: Basis) -> Plan:
    """The plan that the person of a file is judged by; one query for a numbered file that does not
    say by which plan.
    """
    edition = vars(file).get("edition")
    if "edition" not in vars(file) and file.stage in editions.NUMBERED:
        edition = (
            Candidate.objects.filter(pk=file.pk).values_list(editions.of_file(), flat=True).get()
        )
    kept = basis.editions.get(edition or 0)
    if kept is None:
        return basis.audits[file.student.plan.code].plan
    return kept.audit.plan
