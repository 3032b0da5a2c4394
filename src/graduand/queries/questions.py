"""What was put to a second person about one thing: whose question waits, and whose was declined, why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graduand.models import Batch, Candidate, Consent, PolicyDraft
from graduand.rulebook.account_terms import ConsentKind
from graduand.rulebook.batch_terms import BatchSwitch

# A question of an act is about the file, and its case, as they were when it was asked; whatever was done since ends it.
_AS_IT_WAS = ("seen", "cases")
# … and about what was shown of it: the new content, or what is missing.
_AS_SHOWN = ("content", "grounds")


def act_waiting(detail: dict[str, Any], since: datetime) -> Consent | None:
    """Who wants this step on this file as it is, asked after `since`, and has no answer yet; None while nobody does."""
    about = {"detail__verb": detail["verb"], "detail__file": detail["file"]}
    rows = Consent.objects.filter(kind=ConsentKind.ACT.value, decided_at=None, withdrawn_at=None, asked_at__gte=since, **about)
    same = (row for row in rows.select_related("asked_by").order_by("id") if _as_it_is(row.detail) == _as_it_is(detail))
    return next(same, None)


def _as_it_is(detail: dict[str, Any]) -> list[Any]:
    said = detail.get("said", {})
    return [*(detail.get(name) for name in _AS_IT_WAS), *(said.get(name) for name in _AS_SHOWN)]


def about_file(file: Candidate, since: datetime) -> list[Consent]:
    """What waits for an answer about this file as it is, and what was declined, all asked after `since`; one query."""
    rows = Consent.objects.filter(
        kind=ConsentKind.ACT.value, detail__file=file.pk, detail__seen=file.last_act_id or 0, withdrawn_at=None,
        asked_at__gte=since,
    ).exclude(agreed=True)  # fmt: skip
    return list(rows.select_related("asked_by", "decided_by").order_by("id"))


def declined_draft(one: PolicyDraft) -> Consent | None:
    """The last question about this draft, when the second person has not agreed to it."""
    return _declined(kind=ConsentKind.POLICY.value, detail__draft=one.pk)


def declined_switch(batch: Batch, do: BatchSwitch) -> Consent | None:
    """The last question about closing, opening or finishing this batch as it is, when the second person has not agreed."""
    about = {"detail__batch": batch.pk, "detail__do": do.value, "detail__version": batch.policy_id}
    return _declined(kind=ConsentKind.BATCH.value, **about)


def _declined(**about: Any) -> Consent | None:
    rows = Consent.objects.filter(withdrawn_at=None, **about)
    last = rows.select_related("asked_by", "decided_by").order_by("-id").first()
    return last if last is not None and last.agreed is False else None
