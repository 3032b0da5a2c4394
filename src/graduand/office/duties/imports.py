"""What people send: pictures, workbooks; and the faces that are compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from graduand.models import ImportPlan, Intake, PhotoUpload, SheetUpload
from graduand.office.photos import comparison
from graduand.office.photos.upload_run import CHUNK, JudgeProcesses
from graduand.office.photos.uploads import ended_early, is_gone
from graduand.office.queue.kinds import Duty, WorkProgress, WorkSummary
from graduand.office.records import uploads
from graduand.office.records.plans import import_plans
from graduand.office.records.plans.writing import WritingPace
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, SheetKind


class Photos(Duty):
    """The pictures of an upload, through the judge, whose processes are this instance's."""

    kind = WorkKind.PHOTOS
    resumable = True
    after_stop = (
        "前 {done} 张已检查，合格的已导入并保留；其余 {left} 张没有检查，原有照片没有改动。"
        "可以继续，也可以重新上传同一个压缩包，已导入的会记为未变。"
    )
    once_gone = (
        "前 {done} 张已检查，合格的已导入并保留；其余 {left} 张没有检查，原有照片没有改动。"
        "上传的压缩包已经删除，其余的不能再检查：点「继续」结束这次导入，得到前面各张的导入结果；"
        "再重新上传同一个压缩包，已导入的会记为未变。"
    )
    size = CHUNK

    def __init__(self) -> None:
        self._judges = JudgeProcesses()

    def advance(self, subject: int) -> WorkProgress:
        upload = self._judges.advance(subject, self.size)
        return WorkProgress(upload.cursor, upload.total, upload.finished_at is not None)

    def leave(self, subject: int) -> None:
        self._judges.leave(subject)

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        rows = PhotoUpload.objects.filter(pk__in=subjects)
        return {
            upload.pk: WorkSummary(
                f"{cls.kind.label}：{upload.name}",
                upload.at,
                upload.cursor,
                upload.total,
                upload.finished_at,
                message=upload.problem,
                ended_as=_broken_off(upload),
            )
            for upload in rows
        }

    @classmethod
    def after_stop_of(cls, subject: int) -> str:
        upload = PhotoUpload.objects.filter(pk=subject).first()
        if upload is not None and is_gone(upload):
            return cls.once_gone
        return cls.after_stop

    @classmethod
    def page(cls, subject: int) -> str:
        return f"/photos/imports/{subject}"


def _broken_off(upload: PhotoUpload) -> tuple[JobState, str] | None:
    """The end of an import that something ended: none of its pictures or not all went in."""
    if upload.finished_at is None or not upload.problem:
        return None
    if ended_early(upload):
        return JobState.FAILED, "没有全部导入"
    return JobState.FAILED, "没有导入"


class Faces(Duty):
    """Faces that were not measured yet; at last everybody is compared."""

    kind = WorkKind.FACES
    resumable = True
    after_stop = "已测量的 {done} 张保留，还没有作出比对。可以继续，下次导入照片也会接着做。"

    def advance(self, subject: int) -> WorkProgress:
        far = comparison.advance()
        return WorkProgress(far.done, far.total, far.ended)


class ImportRows(Duty):
    """The rows of a confirmed import, in its turn, and what follows them. When it is ended, the
    rest goes back to its sender.
    """

    kind = WorkKind.PLAN
    resumable = ends_itself = closes = True

    def __init__(self) -> None:
        self._pace = WritingPace()

    def advance(self, subject: int) -> WorkProgress:
        return WorkProgress(*import_plans.advance_slice(subject, self._pace))

    def leave(self, subject: int) -> None:
        self._pace = WritingPace()

    def end(self, subject: int, by: int) -> bool:
        return import_plans.stop(subject, by)

    @classmethod
    def page(cls, subject: int) -> str:
        plan = (
            ImportPlan.objects.filter(pk=subject)
            .values_list("intake_id", "intake__upload_id")
            .first()
        )
        record, upload = plan or (None, None)
        if upload:
            return f"/imports/{upload}"
        return f"/imports/records/{record}"

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        plans = ImportPlan.objects.filter(pk__in=subjects).select_related("intake")
        return {plan.pk: _about(plan) for plan in plans}


def _about(plan: ImportPlan) -> WorkSummary:
    record = plan.intake
    title = f"{WorkKind.PLAN.label}：{SheetKind(plan.kind).label}"
    if record is None:
        return WorkSummary(title)
    done = plan.done
    rows = plan.rows
    if (
        not plan.pieces
    ):  # its rows were written with the confirmation: what follows them is all that is left to do
        done = rows = record.rows - record.refused
    wrote = record.created + record.updated
    through = plan.finished_at is not None
    title = f"{title}（{record.name}）"
    return WorkSummary(
        title,
        plan.confirmed_at,
        done,
        rows,
        plan.finished_at,
        wrote,
        record.refused - plan.left_out,
        through,
        _written(record, plan),
        _ended_as(plan),
    )


def _ended_as(plan: ImportPlan | None) -> tuple[JobState, str] | None:
    """The end of an import that somebody ended while it was being written."""
    if plan is None or plan.finished_at is None or plan.ended_at is None:
        return None
    return JobState.CANCELLED, "已终止"


def _written(record: Intake, plan: ImportPlan | None) -> str:
    wrote = f"新增 {record.created:,}，更新 {record.updated:,}，未变 {record.unchanged:,}"
    if plan is None or not plan.left_out:
        return f"已写入：{wrote}"
    return f"已写入：{wrote}；未写入 {plan.left_out:,}"


class Sheets(Duty):
    """The next run of a workbook: its trial, the confirmation of its import, or the workbook that
    goes back.
    """

    kind = WorkKind.SHEET
    after_stop = "没有写入任何数据：还没有确认写入。要导入，请重新校验，核对后再导入。"
    once_confirmed = (
        "没有写入任何数据：确认之后、写入之前已停止。要导入，请重新校验，核对后再导入。"
    )
    once_written = "停止时数据已经写入，见导入记录；没有做的只是带「错误原因」的工作簿。"

    def advance(self, subject: int) -> WorkProgress:
        return WorkProgress(*uploads.advance(subject))

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        rows = SheetUpload.objects.filter(pk__in=subjects).select_related("checked", "done__plan")
        return {upload.pk: _about_sheet(upload) for upload in rows}

    @classmethod
    def too_late(cls, subject: int) -> bool:
        """Its rows are written: the workbook that goes back is made.

        Asked of the record, which is written with the rows; the upload names it a moment later.
        """
        return Intake.objects.filter(upload=subject, kept=True).exists()

    @classmethod
    def after_stop_of(cls, subject: int) -> str:
        if cls.too_late(subject):
            return cls.once_written
        if SheetUpload.objects.filter(pk=subject, confirmed_at__isnull=False).exists():
            return cls.once_confirmed
        return cls.after_stop

    @classmethod
    def page(cls, subject: int) -> str:
        return f"/imports/{subject}"


def _about_written(summary: WorkSummary, record: Intake) -> WorkSummary:
    """The same with what was written of the file."""
    plan: ImportPlan | None = getattr(record, "plan", None)
    return replace(
        summary,
        succeeded=record.created + record.updated,
        refused=record.refused - (plan.left_out if plan else 0),
        message=_written(record, plan),
        ended_as=_ended_as(plan),
    )


def _about_nothing(summary: WorkSummary, one: SheetUpload, word: str) -> WorkSummary:
    """The same of a file of which nothing was written, and why: no end that its sender wanted."""
    said = "；".join(uploads.notes_of(one).problems)
    return replace(summary, message=said, ended_as=(JobState.FAILED, word))


def _about_sheet(one: SheetUpload) -> WorkSummary:
    """A file that was only checked has written nothing, however well its check went."""
    title = f"{WorkKind.SHEET.label}：{one.name}"
    if one.finished_at is not None:
        if one.done is None or not one.done.kept:
            return _about_nothing(
                WorkSummary(title, one.at, ended_at=one.finished_at), one, "没有导入"
            )
        return _about_written(WorkSummary(title, one.at, ended_at=one.finished_at), one.done)
    if one.looked_at is None or one.confirmed_at is not None:
        return WorkSummary(title, one.at)
    summary = WorkSummary(title, one.at, ended_at=one.looked_at)
    if one.checked is None:
        blameless = uploads.notes_of(one).blameless
        return _about_nothing(summary, one, "校验没有完成" if blameless else "文件不能导入")
    return replace(summary, refused=one.checked.refused, message="已检查，未导入")
