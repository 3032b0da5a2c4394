"""A draft of a policy as its page shows it: what it changes, its trial, the question about it."""

from __future__ import annotations

from typing import Any

from graduand.models import PolicyDraft, PolicyVersion
from graduand.office.certificates.issuing import fixed_terms
from graduand.office.season import policy_drafts
from graduand.pages.door.access import Visit
from graduand.pages.frame.acts import consent_words
from graduand.pages.frame.queue.halting import halt_of
from graduand.pages.frame.season import policy_trial
from graduand.pages.frame.season.policy_changes import differences
from graduand.queries.people import questions
from graduand.queries.queue import jobs
from graduand.queries.season import batches, policies
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState


def against_base(draft: PolicyDraft) -> dict[str, Any]:
    """The changes from the version that the draft is based on; a new batch is compared with the
    last.
    """
    base = draft.base
    if base is None:
        return _against_the_last(draft)
    return {
        "changes": differences(base.source, draft.source),
        "last": None,
        "lists": None,
        "number": base.number + 1,
        "issued": fixed_terms.unchanged_note(policies.batch(draft.code)),
    }


def _against_the_last(draft: PolicyDraft) -> dict[str, Any]:
    last = policies.newest(besides=draft.code)
    before = None
    if last is not None:
        before = last.policy
    return {
        "changes": differences(source_of_version(before), draft.source),
        "last": last,
        "lists": batches.would_list(),
        "number": 1,
        "issued": "",
    }


def source_of_version(version: PolicyVersion | None) -> dict[str, Any]:
    """The text of a version; nothing before there is one."""
    if version is None:
        return {}
    source: dict[str, Any] = version.source
    return source


def trial(visit: Visit, draft: PolicyDraft) -> dict[str, Any]:
    """For whom the judgement would change, and the work that finds it out."""
    job = None
    if draft.tried_at is None:
        job = jobs.job_of(WorkKind.POLICY, draft.pk)
    return {
        "job": job,
        "halt": halt_of(job, visit, draft.tried.get("judged", 0)),
        "failed": job is not None and job.state == JobState.FAILED,
        "tried": draft.tried,
        "codes": policy_trial.reasons_that_change(draft),
        "moved": len(draft.moved),
        "named": policy_trial.whose_judgement_changes(draft),
        "degree": policy_drafts.changes_degree(draft),
    }


def question(draft: PolicyDraft) -> dict[str, Any]:
    """The question that waits about this draft; or who declined it, and why."""
    asked = policies.asked_for(draft)
    refused = None
    if asked is None and draft.saved_id is None:
        refused = questions.declined_draft(draft)
    words = {"propose": "提交第二人同意", "proposal": "提出延长期限"}
    if refused is not None:
        words = {"propose": "重新提出", "proposal": "重新提出延长期限"}
    return {"asked": asked, "declined": consent_words.proposed_in_vain(refused), **words}


def is_stale(draft: PolicyDraft) -> bool:
    """Whether another version came into force meanwhile."""
    in_force = None
    if (batch := policies.batch(draft.code)) is not None:
        in_force = batch.policy_id
    return draft.saved_id is None and draft.base_id != in_force
