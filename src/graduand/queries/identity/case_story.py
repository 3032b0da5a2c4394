"""One identity case: every report of the registry on the person, the person's files in all batches,
and who did what about the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graduand.models import Candidate, ChsiReport, Event, IdentityCase
from graduand.queries.basis import basis_of
from graduand.queries.identity.case_files import CASE_VERBS
from graduand.queries.records.story import FORWARD, holder, next_desk
from graduand.queries.scope import Actor, visible
from graduand.rulebook.judging import halted_at
from graduand.rulebook.terms import CaseState, Stage
from graduand.rulebook.words import label_of


def reports(case: IdentityCase) -> list[ChsiReport]:
    """Every report of the registry on the person, newest first; one query."""
    rows = ChsiReport.objects.filter(student=case.student_id).select_related("brought_by")
    return list(rows.order_by("-day"))


@dataclass(frozen=True, slots=True)
class AffectedFile:
    """A file of the person: the `step` that comes next, the unit that has to do it, and whether the
    case stops it.

    `until` is the closing day of the batch while the file must still be approved before it.
    """

    file: Candidate
    step: str
    holder: str
    stopped: bool
    until: date | None


def files(actor: Actor, case: IdentityCase) -> list[AffectedFile]:
    """The person's files that `actor` may see, in every batch, newest batch first; a few queries
    per file.
    """
    rows = visible(actor, Candidate.objects.filter(student=case.student_id, aside=False))
    found = rows.select_related("batch", "centre__parent", "round").order_by("-batch__code")
    return [_affected_file(file, CaseState(case.state)) for file in found]


def _affected_file(file: Candidate, state: CaseState) -> AffectedFile:
    stage = Stage(file.stage)
    verb = FORWARD.get(stage)
    desk = next_desk(stage)
    stopped = state.holds and desk is not None and stage in halted_at(desk)
    until = None
    if stage in (Stage.APPLIED, Stage.ENDORSED):
        until = basis_of(file.batch).policy.closes_at
    return AffectedFile(file, label_of(verb), holder(file, desk), stopped, until)


def others(case: IdentityCase) -> list[IdentityCase]:
    """The person's other cases, newest first; one query."""
    return list(
        IdentityCase.objects.filter(student=case.student_id)
        .exclude(pk=case.pk)
        .order_by("-opened_at")
    )


def events(case: IdentityCase) -> list[Event]:
    """What was done about the case, oldest first, through a file of whatever batch; one query.

    A person has one case at a time, so everything between its opening and its filing is about it.
    """
    rows = Event.objects.filter(
        candidate__student=case.student_id, verb__in=CASE_VERBS, at__gte=case.opened_at
    )
    if case.state == CaseState.CLEARED:
        rows = rows.filter(at__lte=case.filed_at)
    return list(rows.select_related("actor", "second", "candidate__batch").order_by("at", "id"))
