"""Questions to a second person about one thing: which one waits, and which was declined, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from graduand.models import Batch, Candidate, Consent, PolicyDraft
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.season.batch_terms import BatchSwitch

# Neither answered nor taken back.
UNANSWERED = Q(decided_at=None, withdrawn_at=None)
# The keys of what a question is about: while it waits nobody can ask another one about the same.
# Questions of other kinds are compared as a whole.
ABOUT = {
    ConsentKind.ACT.value: ("verb", "file"),
    ConsentKind.POLICY.value: ("draft",),
    ConsentKind.BATCH.value: ("do", "batch"),
    ConsentKind.SWAP.value: ("one", "two", "photos"),
}
# The keys of the state in which it was asked (of the file and its case, of the batch's policy): any
# later change ends the question.
AS_IT_WAS = ("seen", "cases", "version")
# The keys of what was shown with it: the new content, missing conditions, failed conditions of a
# degree.
AS_SHOWN = ("content", "grounds", "against")


def waiting(kind: ConsentKind, detail: dict[str, Any], since: datetime) -> Consent | None:
    """The unanswered question that asks the same about the same thing in its present state, asked
    after `since`; None where there is none.
    """
    about = {f"detail__{name}": detail[name] for name in ABOUT[kind.value]}
    rows = Consent.objects.filter(UNANSWERED, kind=kind.value, asked_at__gte=since, **about)
    same = (
        row
        for row in rows.select_related("asked_by").order_by("id")
        if _as_it_is(row.detail) == _as_it_is(detail)
    )
    return next(same, None)


def switch_waiting(batch: Batch, do: BatchSwitch, since: datetime) -> Consent | None:
    """The unanswered question about this switch of the batch; None where there is none."""
    return waiting(
        ConsentKind.BATCH, {"batch": batch.pk, "do": do.value, "version": batch.policy_id}, since
    )


def _as_it_is(detail: dict[str, Any]) -> list[Any]:
    answers = detail.get("said", {})
    return [*(detail.get(name) for name in AS_IT_WAS), *(answers.get(name) for name in AS_SHOWN)]


def about_file(file: Candidate, since: datetime) -> list[Consent]:
    """The questions about this file in its present state that wait for an answer, or were declined,
    all asked after `since`; one query.
    """
    rows = Consent.objects.filter(
        kind=ConsentKind.ACT.value,
        detail__file=file.pk,
        detail__seen=file.last_act_id or 0,
        withdrawn_at=None,
        asked_at__gte=since,
    ).exclude(agreed=True)
    return list(rows.select_related("asked_by", "decided_by").order_by("id"))


def other_questions(rows: Iterable[Consent], since: datetime) -> dict[int, list[Consent]]:
    """The other questions that wait about the file of each question, in the file's present state,
    by the key of the question; one query, or none.
    """
    asked = [row for row in rows if row.kind == ConsentKind.ACT]
    if not asked:
        return {}
    about = {
        "kind": ConsentKind.ACT.value,
        "detail__file__in": sorted({row.detail["file"] for row in asked}),
    }
    others = Consent.objects.filter(UNANSWERED, asked_at__gte=since, **about)
    known: dict[tuple[Any, Any], list[Consent]] = {}
    for question in others.select_related("asked_by").order_by("id"):
        known.setdefault(_file_as_it_was(question), []).append(question)
    return {
        row.pk: [
            question for question in known.get(_file_as_it_was(row), ()) if question.pk != row.pk
        ]
        for row in asked
    }


def _file_as_it_was(row: Consent) -> tuple[Any, Any]:
    return row.detail["file"], row.detail.get("seen")


def second_of_switch(batch: Batch, do: BatchSwitch, first: int | None) -> int | None:
    """Who agreed when `first` last asked to close, open or finish this batch; None where nobody was
    asked.
    """
    agreed = Consent.objects.filter(
        kind=ConsentKind.BATCH.value,
        agreed=True,
        asked_by=first,
        detail__batch=batch.pk,
        detail__do=do.value,
    )
    return agreed.order_by("-id").values_list("decided_by", flat=True).first()


def declined_draft(one: PolicyDraft) -> Consent | None:
    """The last question about this draft, when the second person has not agreed to it."""
    return _declined(kind=ConsentKind.POLICY.value, detail__draft=one.pk)


def declined_switch(batch: Batch, do: BatchSwitch) -> Consent | None:
    """The last question about closing, opening or finishing this batch as it is, when the second
    person has not agreed.
    """
    about = {"detail__batch": batch.pk, "detail__do": do.value, "detail__version": batch.policy_id}
    return _declined(kind=ConsentKind.BATCH.value, **about)


def _declined(**about: Any) -> Consent | None:
    rows = Consent.objects.filter(withdrawn_at=None, **about)
    last = rows.select_related("asked_by", "decided_by").order_by("-id").first()
    if last is not None and last.agreed is False:
        return last
    return None
