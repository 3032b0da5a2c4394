"""What a new version of a policy may not do to a round in use, and what it makes later than any
version before.
"""

from __future__ import annotations

from django.db.models import Count

from graduand.models import AccountEvent, Batch, PolicyVersion, Round
from graduand.queries import clock
from graduand.queries.basis import policy_at
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.season.extended_deadlines import ExtendedDeadlines, find_extensions
from graduand.rulebook.season.policy import BatchPolicy


def made_longer(base: PolicyVersion | None, new: BatchPolicy) -> ExtendedDeadlines:
    """What `new` makes later than the versions up to `base`, the one in force, gave it."""
    if base is None:
        return ExtendedDeadlines()
    versions = PolicyVersion.objects.filter(
        batch=base.batch_id, number__lte=base.number, number__gte=_first(base.batch)
    )
    rows = versions.order_by("number").values_list("digest", "pk")
    return find_extensions([policy_at(digest, pk) for digest, pk in rows], new)


def _first(batch: Batch) -> int:
    """The number of the batch's first version since it was made, or made anew: a deleted batch
    counts as another one.
    """
    events = AccountEvent.objects.filter(detail__batch=batch.code).order_by("-pk")
    made = events.filter(deed=Deed.BATCH_CREATED.value).first()
    if made is None:
        return 1
    first = events.filter(deed=Deed.POLICY_SAVED.value, pk__gt=made.pk).last()
    if first is None:
        return 1
    return int(first.detail["version"])


def in_force(batch: Batch | None) -> PolicyVersion | None:
    """The policy of `batch`; None where there is no batch yet, or it has none."""
    if batch is None:
        return None
    return batch.policy


def lost_round(batch: Batch | None, base: PolicyVersion | None, new: BatchPolicy) -> str:
    """A sentence on each round in use that `new` does not have; "" when it has all.

    Its photo deadline and its review stand in the policy under its name: without it they would bind
    its files no more.
    """
    if batch is None or base is None:
        return ""
    people = Count("candidate")
    files = dict(
        Round.objects.filter(batch=batch)
        .annotate(n=people)
        .filter(n__gt=0)
        .values_list("name", "n")
    )
    begun = {
        filing_round.name: filing_round.opens
        for filing_round in policy_at(base.digest, base.pk).rounds
        if filing_round.opens <= clock.today()
    }
    lost = [name for name in dict.fromkeys([*begun, *files]) if new.round(name) is None]
    if not lost:
        return ""
    why = {name: f"已于 {day} 开始" for name, day in begun.items()}
    why |= {name: f"已有 {count} 份档案" for name, count in files.items()}
    sentences = [f"「{name}」{why[name]}" for name in lost]
    return f"{'，'.join(sentences)}，不能改名或删去：请在规定里保留原来的轮次名称；需要另外安排的，请增加新的轮次"
