"""Batches and their policies: the list, one with its versions, and the drafts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from graduand.models import (
    AccountEvent,
    Batch,
    Candidate,
    Consent,
    Event,
    PolicyDraft,
    PolicyVersion,
)
from graduand.queries.basis import policy_of
from graduand.queries.people.questions import UNANSWERED
from graduand.queries.scope import Actor, visible
from graduand.queries.season import batches
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.people.account_terms import ConsentKind, Deed
from graduand.rulebook.season.policy import BatchPolicy

SHOWN_VERSIONS = 20
SHOWN_NAMES = 30
STALE = "批次规定在此期间已改过，请从现行规定重新修改、试判"
DELETED = "批次 {code} 已删除，这份修改不能再保存；要重新载入，请从「毕业批次」新建"


def batches_with_policy() -> QuerySet[Batch]:
    """Every batch that has a policy; whoever works in the office may know their days."""
    return batches.known()


def stands(state: str) -> Q:
    """Batches that are open, closed and not finished, or finished."""
    if state == "open":
        return Q(closed_at=None)
    return Q(closed_at__isnull=False, finished_at__isnull=state == "closed")


def untouched(one: Batch) -> bool:
    """Whether nothing has happened to any file of the batch yet."""
    return not Event.objects.filter(candidate__batch=one).exists()


def people(actor: Actor) -> dict[str, Any]:
    """The expression that counts a batch's list, as far as `actor` sees it."""
    rows = (
        visible(actor, Candidate.objects.filter(batch=OuterRef("pk"), aside=False))
        .order_by()
        .values("batch")
    )
    return {"people": Coalesce(Subquery(rows.annotate(n=Count("id")).values("n")), 0)}


def batch(code: str) -> Batch | None:
    """One batch with the policy in force; one query."""
    return batches_with_policy().select_related("policy").filter(code=code).first()


def policy(one: Batch) -> BatchPolicy:
    """The policy in force."""
    return policy_of(one)


def newest(besides: str = "") -> Batch | None:
    """The batch that a new one is made from and compared with."""
    return (
        batches_with_policy()
        .exclude(code=besides)
        .select_related("policy")
        .order_by("-code")
        .first()
    )


def versions(one: Batch) -> list[PolicyVersion]:
    """The versions of its policy, newest first; one query."""
    rows = PolicyVersion.objects.filter(batch=one).select_related("loaded_by", "second")
    return list(rows.order_by("-number")[:SHOWN_VERSIONS])


def version(one: Batch, number: int) -> PolicyVersion | None:
    """One version of its policy."""
    return PolicyVersion.objects.filter(batch=one, number=number).first()


def draft(actor: Actor, pk: int) -> PolicyDraft | None:
    """A draft of the actor's own, or one that waits for a second person."""
    rows = PolicyDraft.objects.select_related("base", "by", "saved")
    found = rows.filter(pk=pk).first()
    if found and (found.by_id == actor.user_id or asked_for(found)):
        return found
    return None


def drafts(keys: Collection[int]) -> dict[int, PolicyDraft]:
    """Drafts with the version that each of them changes, by key; one query."""
    return PolicyDraft.objects.select_related("base").in_bulk(list(keys))


def overtaken(one: PolicyDraft) -> str:
    """Why the draft can no longer take effect: its batch has another policy than it was made from,
    or was deleted; "" where neither is so, without a full stop.
    """
    batch, in_force, deleted = Batch.objects.filter(code=one.code).first(), None, True
    if batch is not None:
        in_force, deleted = batch.policy_id, batch.deleted_at is not None
    if in_force == one.base_id:
        return ""
    if deleted and one.base_id is not None:
        return DELETED.format(code=one.code)
    return STALE


def asked_for(one: PolicyDraft) -> Consent | None:
    """The question about this draft that nobody has answered yet."""
    rows = Consent.objects.filter(UNANSWERED, kind=ConsentKind.POLICY.value, detail__draft=one.pk)
    return rows.select_related("asked_by").first()


def switching(one: Batch) -> list[Consent]:
    """Who wanted this batch closed or opened, and who agreed; newest first."""
    rows = Consent.objects.filter(kind=ConsentKind.BATCH.value, detail__batch=one.pk)
    return list(rows.select_related("asked_by", "decided_by").order_by("-id")[:10])


def resumed(one: Batch) -> list[AccountEvent]:
    """When this batch stopped being finished, by whom and why; newest first."""
    rows = AccountEvent.objects.filter(deed=Deed.BATCH_RESUMED.value, detail__batch=one.code)
    return list(rows.select_related("actor").order_by("-id")[:10])


def by_round(one: Batch) -> dict[int | None, dict[str, int]]:
    """Round (None: not applied for) -> stage -> people; one query."""
    found: dict[int | None, dict[str, int]] = {}
    rows = (
        Candidate.objects.filter(batch=one, aside=False)
        .order_by()
        .values("round", "stage")
        .annotate(n=Count("id"))
    )
    for row in rows:
        found.setdefault(row["round"], {})[row["stage"]] = row["n"]
    return found


def named(
    one: PolicyDraft, before: bool, after: bool, *, degree: bool = False
) -> list[tuple[int, str, str, str]]:
    """(candidate, 学号, 姓名, what stands or stood against it) of whom the draft frees or stops,
    the first ones; one query.

    `before` and `after` say whether they can apply under the policy in force and under the draft;
    of the `degree`, whether its conditions are met.
    """
    place = 1
    if degree:
        place = 5
    rows = {row[0]: row for row in one.moved if row[place : place + 2] == [before, after]}
    people = Candidate.objects.filter(pk__among=list(rows)).order_by("number")[:SHOWN_NAMES]
    side = 4
    if after:
        side = 3
    return [
        (pk, number, name, rows[pk][side])
        for pk, number, name in people.values_list("id", "number", "student__name")
    ]


_YES = {True: "是", False: "否", None: ""}


def moved(one: PolicyDraft) -> list[tuple[str, ...]]:
    """学号, 姓名, 学习中心; before and after: can apply, meets the degree's conditions ("" where
    nothing else is asked for it), what stands against it. One query.
    """
    rows = {row[0]: row for row in one.moved}
    named = Candidate.objects.filter(pk__among=list(rows)).order_by("number")
    found = []
    for pk, number, name, centre in named.values_list(
        "pk", "number", "student__name", "centre__name"
    ).iterator():
        _, before, after, against_before, against_after, *degree = rows[pk]
        told = [before, after, *(degree or (None, None))]
        found.append(
            (
                number,
                name,
                centre,
                *(_YES[word] for word in told),
                in_words(against_before),
                in_words(against_after),
            )
        )
    return found


def in_words(items: str) -> str:
    """The codes of a trial with their arguments, as titles."""
    words = []
    for item in filter(None, items.split(";")):
        code, _, argument = item.partition(":")
        title = code
        if code in CLAUSES:
            title = CLAUSES[code].title
        if argument:
            title += f"（{argument}）"
        words.append(title)
    return "；".join(words)
