"""What people send: pictures, workbooks; and the faces that are compared."""

from __future__ import annotations

from collections.abc import Collection

from graduand.models import ImportPlan, PhotoUpload, SheetUpload
from graduand.office.intake import import_plans, uploads
from graduand.office.photos import comparison
from graduand.office.photos.keeping import CHUNK, Judges
from graduand.office.queue.kinds import About, Duty, Step
from graduand.rulebook.terms import SheetKind
from graduand.rulebook.work_terms import WorkKind


class Photos(Duty):
    """The pictures of an upload, through the judge, whose processes are this instance's."""

    kind = WorkKind.PHOTOS
    resumable = True
    after_stop = (
        "前 {done} 张已检查，合格的已导入并保留；其余 {left} 张没有检查，原有照片没有改动。"
        "可以继续，也可以重新上传同一个压缩包，已导入的会记为未变。"
    )
    size = CHUNK

    def __init__(self) -> None:
        self._judges = Judges()

    def advance(self, subject: int) -> Step:
        upload = self._judges.advance(subject, self.size)
        return Step(upload.cursor, upload.total, upload.finished_at is not None)

    def leave(self, subject: int) -> None:
        self._judges.leave(subject)

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, About]:
        rows = PhotoUpload.objects.filter(pk__in=subjects)
        return {
            one.pk: About(f"{cls.kind.label}：{one.name}", one.at, one.cursor, one.total, one.finished_at)
            for one in rows
        }

    @classmethod
    def page(cls, subject: int) -> str:
        return f"/photos/imports/{subject}"


class Faces(Duty):
    """Faces that were not measured yet; at last everybody is compared."""

    kind = WorkKind.FACES
    resumable = True
    after_stop = "已测量的 {done} 张保留，还没有作出比对。可以继续，下次导入照片也会接着做。"

    def advance(self, subject: int) -> Step:
        far = comparison.advance()
        return Step(far.done, far.total, far.ended)


class Plans(Duty):
    """The rows of a confirmed import, in its turn, and what follows them. Ended, the rest goes back to its sender."""

    kind = WorkKind.PLAN
    ends_itself = closes = True

    def advance(self, subject: int) -> Step:
        return Step(*import_plans.advance_slice(subject))

    def end(self, subject: int, by: int) -> bool:
        return import_plans.stop(subject, by)

    @classmethod
    def page(cls, subject: int) -> str:
        plan = ImportPlan.objects.filter(pk=subject).values_list("intake_id", "intake__upload_id").first()
        record, upload = plan or (None, None)
        return f"/imports/{upload}" if upload else f"/imports/records/{record}"

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, About]:
        plans = ImportPlan.objects.filter(pk__in=subjects).select_related("intake")
        return {plan.pk: _about(plan) for plan in plans}


def _about(plan: ImportPlan) -> About:
    record = plan.intake
    refused, wrote = (record.refused, record.created + record.updated) if record is not None else (0, 0)
    title = f"{WorkKind.PLAN.label}：{SheetKind(plan.kind).label}"
    if record is not None:
        title = f"{title}（{record.name}）"
    return About(
        title, plan.confirmed_at, plan.done, plan.rows, plan.finished_at, wrote, refused, plan.finished_at is not None
    )


class Sheets(Duty):
    """The next run of a workbook: its trial, the confirmation of its import, or the workbook that goes back."""

    kind = WorkKind.SHEET
    after_stop = "没有写入任何数据：还没有确认写入。要导入，请重新校验，核对后再导入。"

    def advance(self, subject: int) -> Step:
        return Step(*uploads.advance(subject))

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, About]:
        rows = SheetUpload.objects.filter(pk__in=subjects)
        return {
            one.pk: About(f"{cls.kind.label}：{one.name}", one.at, ended_at=one.finished_at) for one in rows
        }

    @classmethod
    def page(cls, subject: int) -> str:
        return f"/imports/{subject}"
