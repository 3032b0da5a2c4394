"""What follows the rows of a plan: judging, the workbook that goes back, the end."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from graduand.models import ImportPlan, Intake, PlannedStudent, SheetUpload
from graduand.office import account_log
from graduand.office.queue import leases, orders
from graduand.office.records.files import plan_files, returning
from graduand.office.records.kinds import reader_of
from graduand.office.records.plans.plan_reasons import plan_sentences, reasons_of
from graduand.papers.workbooks.returned_workbooks import NotReturned
from graduand.queries import clock
from graduand.queries.review import lost_conditions
from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import SheetKind

from . import import_losses

NO_SOURCE = "原文件没有留存，不能做成带「错误原因」的工作簿；请按行号在原文件里修改"
STUDENTS_AT_A_TIME = 2_000
ROWS_WRITTEN = 0
FOLLOWED = 1
RETURNED = 2
# Making the returned workbook is one piece, and may take this long.
RETURNING = timedelta(minutes=3)
# The judging of people who had applied may take this long.
JUDGING = timedelta(minutes=3)


def record_of(plan: ImportPlan) -> int:
    """The record of a confirmed plan; the database holds that there is one."""
    return int(plan.intake_id or 0)


def follow(plan: ImportPlan) -> None:
    """The next step after the rows; each may be taken again after a kill."""
    if plan.step == ROWS_WRITTEN:
        sentences, follow = _followed(plan)
        ImportPlan.objects.filter(pk=plan.pk, step=ROWS_WRITTEN).update(
            step=FOLLOWED, said=sentences, follow=follow
        )
        return
    if (
        plan.step == FOLLOWED
        and plan.file
        and plan.intake is not None
        and plan.intake.upload_id is None
    ):
        _hand_back(plan, plan.intake)
        return
    _finish(plan)
    plan_files.throw_away(plan.file)


def _followed(plan: ImportPlan) -> tuple[list[str], dict[str, Any]]:
    """(what there is to tell, what is kept of it) once all that follows the rows was done."""
    follow = dict(plan.follow)
    about: list[list[int]] = [follow.pop(name, []) for name in lost_conditions.FOLLOWED]
    sentences: list[str] = []
    if follow:
        kind = reader_of(SheetKind(plan.kind), Extent.WHOLE)
        sentences += kind.follow(follow, plan.by, f"import-{plan.pk}")
    if any(about):
        leases.beat(WorkKind.PLAN, plan.pk, plan.done, plan.rows, JUDGING)
        outcome = import_losses.judge_lost(*about)
        follow |= outcome.kept()
        sentences += import_losses.words(outcome)
    return sentences, follow


def _hand_back(plan: ImportPlan, record: Intake) -> None:
    """Make and keep the workbook of a file that came by command: its sender may be gone."""
    leases.beat(WorkKind.PLAN, plan.pk, plan.done, plan.rows, RETURNING)
    reasons = reasons_of(plan)
    made = ""
    sentences = list(plan.said)
    if reasons is not None:
        try:
            made = returning.make_of(plan.file, record.name, reasons)
        except FileNotFoundError:
            sentences.append(NO_SOURCE)
        except NotReturned as problem:
            sentences.append(str(problem))
    ImportPlan.objects.filter(pk=plan.pk, step=FOLLOWED).update(
        step=RETURNED, errors=made, said=sentences
    )


def _finish(plan: ImportPlan) -> None:
    """Tell its sender, leave the workbook to be made, and close the plan."""
    reasons = reasons_of(plan)
    sentences = plan_sentences(plan)
    sentences["reasons"] = sentences["reasons"] or returning.keep(reasons)
    while left := list(
        PlannedStudent.objects.filter(plan=plan).values_list("pk", flat=True)[:STUDENTS_AT_A_TIME]
    ):
        PlannedStudent.objects.filter(pk__in=left).delete()
    record = Intake.objects.get(pk=record_of(plan))
    with transaction.atomic():
        if not ImportPlan.objects.filter(pk=plan.pk, finished_at=None).update(
            finished_at=clock.now()
        ):
            return
        if plan.ended_at is not None:
            Intake.objects.filter(pk=record.pk).update(refused=F("refused") + plan.rows - plan.done)
        upload = SheetUpload.objects.filter(intakes=record, finished_at=None)
        upload.update(
            finished_at=clock.now(),
            done=record,
            said=json.dumps(sentences, ensure_ascii=False),
            errors="",
        )
        if sentences["reasons"] and record.upload_id is not None:
            orders.order(WorkKind.SHEET, record.upload_id, record.by_id, record.rows)
        if plan.pieces:  # rows that were written at once are recorded already
            account_log.note_import(
                record, record.created, record.updated, orders.address_of(WorkKind.PLAN, plan.pk)
            )
