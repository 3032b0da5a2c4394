"""开关记录 of a batch: what two people asked and answered, and when it stopped being finished."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graduand.models import AccountEvent, Batch, Candidate, Consent
from graduand.pages.frame import tags
from graduand.pages.frame.acts import consent_words
from graduand.pages.frame.lists.cells import name_of
from graduand.queries.season import policies
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Verb

RESUMED = tags.Tag(tags.WARN, "恢复为已关闭")
BY_ITSELF = "有证书或学位待总部核实"


def entries(batch: Batch, now: datetime) -> list[dict[str, Any]]:
    """The entries that the page shows, newest first; three queries."""
    resumed = policies.resumed(batch)
    found = [_switched(row, now) for row in policies.switching(batch)]
    students = _students(resumed)
    found += [_resumed(event, students) for event in resumed]
    return sorted(found, key=lambda row: row["at"], reverse=True)


def _switched(row: Consent, now: datetime) -> dict[str, Any]:
    return {
        "what": BatchSwitch(row.detail["do"]).label,
        "by": row.asked_by.name,
        "at": row.asked_at,
        "reason": row.reason,
        "state": consent_words.state(row, now),
        "second": name_of(row.decided_by),
        "declined": row.problem if row.agreed is False else "",
    }


def _resumed(event: AccountEvent, students: dict[int, str]) -> dict[str, Any]:
    """Who made it unfinished, by which step and on whose file; nobody where a judging found it."""
    reason = BY_ITSELF
    if "verb" in event.detail:
        reason = f"「{Verb(event.detail['verb']).label}」{students.get(event.detail['file'], '')}"
        if event.detail["files"] > 1:
            reason += f" 等 {event.detail['files']:,} 人"
    return {
        "what": "批次不再是「已办结」",
        "by": name_of(event.actor) or "系统",
        "at": event.at,
        "reason": reason,
        "state": RESUMED,
        "second": "",
        "declined": "",
    }


def _students(events: list[AccountEvent]) -> dict[int, str]:
    """学号 and name of the first file of each, by the file."""
    files = [event.detail["file"] for event in events if "file" in event.detail]
    rows = Candidate.objects.filter(pk__in=files)
    return {
        pk: f"{number} {name}"
        for pk, number, name in rows.values_list("id", "student__number", "student__name")
    }
