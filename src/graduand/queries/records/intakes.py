"""Imports: the workbooks that somebody has sent, the job behind one, and the records of what was
imported.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from graduand.models import ImportPlan, Intake, Job, SheetUpload
from graduand.models.records.plan import PlanRow
from graduand.queries import stations
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor, own_units
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import UnitKind

MOST_CODES = 2_000


def upload(actor: Actor, pk: int) -> SheetUpload | None:
    """One workbook of the actor's own; None for anybody else's. One query."""
    rows = SheetUpload.objects.filter(by=actor.user_id, pk=pk)
    return rows.select_related("by", "checked", "done").first()


def waiting(actor: Actor) -> QuerySet[SheetUpload]:
    """The actor's workbooks that are not finished: still being read, to be confirmed, being
    written, or confirmed and not imported all the same.
    """
    at_hand = Q(finished_at=None) & (Q(looked_at=None) | Q(checked__isnull=False))
    undone = Q(finished_at__isnull=False) & (Q(done=None) | Q(done__kept=False))
    return SheetUpload.objects.filter(at_hand | undone, by=actor.user_id)


def job_of(one: SheetUpload, plan: ImportPlan | None = None) -> Job | None:
    """The job of its last run: of its plan while that is being written."""
    if plan is not None and plan.finished_at is None:
        return jobs.job_of(WorkKind.PLAN, plan.pk)
    return jobs.job_of(WorkKind.SHEET, one.pk)


def work_on(
    uploads: Collection[SheetUpload],
) -> dict[int, tuple[ImportPlan | None, Job | None]]:
    """The open plan of each workbook, and the job of its last run; two queries."""
    plans = {
        plan.intake.upload_id: plan
        for plan in ImportPlan.objects.filter(
            intake__upload__in=uploads, finished_at=None
        ).select_related("intake")
        if plan.intake is not None
    }
    sheets = Q(kind=WorkKind.SHEET.value, subject__in=[one.pk for one in uploads])
    written = Q(kind=WorkKind.PLAN.value, subject__in=[plan.pk for plan in plans.values()])
    found = {(job.kind, job.subject): job for job in Job.objects.filter(sheets | written)}
    return {
        one.pk: (plan, found.get(_last_run(one, plan)))
        for one, plan in ((one, plans.get(one.pk)) for one in uploads)
    }


def _last_run(one: SheetUpload, plan: ImportPlan | None) -> tuple[str, int]:
    """(kind, subject) of the job of its last run."""
    if plan is not None:
        return WorkKind.PLAN.value, plan.pk
    return WorkKind.SHEET.value, one.pk


def plan_of(one: SheetUpload) -> ImportPlan | None:
    """The plan that its confirmation made; None for a workbook that was written at once."""
    return (
        ImportPlan.objects.filter(intake__upload=one)
        .select_related("intake", "by", "ended_by")
        .first()
    )


def plan_of_record(record: Intake) -> ImportPlan | None:
    """The plan of an import's record; None for one that was written at once."""
    return (
        ImportPlan.objects.filter(intake=record).select_related("intake", "by", "ended_by").first()
    )


def record(actor: Actor, pk: int) -> Intake | None:
    """One record that the actor may see; one query."""
    found: Intake | None = (
        stations.intakes(actor).select_related("by", "upload").filter(pk=pk).first()
    )
    return found


def codes(actor: Actor) -> dict[str, list[str]]:
    """The codes that a template offers, by the name of the column; two queries. What is too long is
    typed by hand.
    """
    rows = list(own_units(actor).order_by("code").values_list("code", "kind")[: MOST_CODES + 1])
    every = [code for code, _ in rows]
    centres = [code for code, kind in rows if kind == UnitKind.CENTRE]
    plans = list(PlanRow.objects.order_by("code").values_list("code", flat=True)[: MOST_CODES + 1])
    found = {"centre_code": centres, "unit_code": every, "parent_code": every, "plan_code": plans}
    return {name: values for name, values in found.items() if 0 < len(values) <= MOST_CODES}
