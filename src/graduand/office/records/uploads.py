"""A workbook from the browser: stored, tried, looked at by its sender, then imported; large ones in
the background.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from graduand.faults import met_full_disk
from graduand.gateways.records.sheets import DEFAULT_LIMITS, SheetLimits
from graduand.models import Intake, SheetUpload, User
from graduand.office.queue import halting, leases, orders
from graduand.office.queue.leases import Lease
from graduand.office.records.files import returning, sealed_sheets
from graduand.office.records.files.tallies import IntakeTally
from graduand.office.records.import_rights import permission
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.office.refusal import Refused
from graduand.papers.workbooks.returned_workbooks import NotReturned
from graduand.queries import clock
from graduand.queries.queue import jobs, open_plans
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import SheetKind

# While the person waits, the limits are those that a small file needs, so that a hostile file is
# stopped early.
AT_ONCE = SheetLimits(memory=1 << 30, seconds=15)
DISK_FULL = f"服务器磁盘已满，没有写入任何数据；请联系{settings.HELP_CONTACT}清理后重新校验"
GONE = "这个文件已不在服务器上，或已损坏；请重新上传"


@dataclass(frozen=True, slots=True)
class UploadNotes:
    """What a workbook's page has to say: sentences, and (column of the file, column of the
    template).

    `reasons` is the hash under which the reasons of its rows are stored, "" for none. `blameless`:
    nothing is wrong with the file, as when a right ended or the disk was full. `meant`: the kind
    that it seems to be of, "" for the chosen one.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    reasons: str = ""
    blameless: bool = False
    meant: str = ""


def notes_of(upload: SheetUpload) -> UploadNotes:
    """What the last run had to tell."""
    told: Mapping[str, Any] = json.loads(upload.said or "{}")
    problems, warnings, notes = (
        tuple(told.get(name, ())) for name in ("problems", "warnings", "notes")
    )
    columns = tuple((theirs, ours) for theirs, ours in told.get("columns", ()))
    return UploadNotes(
        problems,
        warnings,
        notes,
        columns,
        told.get("reasons", ""),
        told.get("blameless", False),
        told.get("meant", ""),
    )


def at_work(upload: SheetUpload) -> bool:
    """Whether its trial or its import is still to be done."""
    return upload.looked_at is None or (
        upload.confirmed_at is not None and upload.finished_at is None
    )


def owes_a_workbook(upload: SheetUpload) -> bool:
    """Whether the workbook with the reasons of its rows is still to be made."""
    return not at_work(upload) and not upload.errors and notes_of(upload).reasons != ""


def receive(
    path: Path, kind: SheetKind, name: str, by: User, key: str, *, clear: bool = False
) -> SheetUpload:
    """Keep what was sent and try it; the same key again gives the upload that it made. Raises
    Refused.

    Nothing is kept of what the sender may not import (Refused).
    """
    permission(by, kind)
    known = SheetUpload.objects.filter(key=key, by=by).first()
    if known is not None:
        return known
    size = _size_of(path)
    sha256 = sealed_sheets.keep(path)
    try:
        with transaction.atomic():
            upload = SheetUpload.objects.create(
                key=key,
                kind=kind.value,
                name=name[:200],
                sha256=sha256,
                size=size,
                by=by,
                at=clock.now(),
                clear=clear,
            )
            lease = _order(upload)
    except IntegrityError:  # a double click: the other request was quicker
        return SheetUpload.objects.get(key=key, by=by)
    return _at_once(upload, lease)


def _size_of(path: Path) -> int:
    """Bytes of a file that may be kept. Raises Refused for a larger one."""
    size = path.stat().st_size
    if size > settings.MOST_SHEET_BYTES:
        raise Refused(too_large(size))
    return size


def too_large(size: int) -> str:
    """The sentence for a file beyond the limit."""
    most = settings.MOST_SHEET_BYTES >> 20
    return f"文件有 {size / (1 << 20):.1f} MB，超过上限 {most} MB；请分成几个文件，或另存为只含数据的 .xlsx 再上传"


def look_again(upload: SheetUpload) -> SheetUpload:
    """重新校验: try the same file against what is on record now. Raises Refused when its rows were
    written already.
    """
    under_way = jobs.open_jobs(WorkKind.SHEET).filter(subject=upload.pk)
    fresh = {
        "looked_at": None,
        "checked": None,
        "confirmed_at": None,
        "finished_at": None,
        "done": None,
        "partial": False,
        "said": "",
        "errors": "",
    }
    with transaction.atomic():
        if at_work(SheetUpload.objects.get(pk=upload.pk)) and under_way.exists():
            return upload
        if not SheetUpload.objects.filter(pk=upload.pk).exclude(intakes__kept=True).update(**fresh):
            raise Refused("这个文件已经导入，不必重新校验")
        lease = _order(upload)
    return _at_once(upload, lease)


def begin(upload: SheetUpload, *, partial: bool) -> SheetUpload:
    """导入 the file that was looked at; doing it twice imports once. Raises Refused for a file with
    errors unless `partial`.
    """
    if upload.looked_at is None or upload.checked is None:
        raise Refused("请先等校验预览完成，核对后再导入")
    if upload.checked.refused and not partial:
        raise Refused("文件里有未通过的行，请改好后重新上传，或选择只导入没有问题的行")
    with transaction.atomic():
        rows = SheetUpload.objects.filter(pk=upload.pk, checked=upload.checked, confirmed_at=None)
        lease = None
        if rows.update(confirmed_at=clock.now(), partial=partial):
            lease = _order(upload)
    return _at_once(upload, lease)


def _order(upload: SheetUpload) -> Lease | None:
    """Order the next run. A small file is done here and now on the job's lease: killed, it is the
    worker's.
    """
    if upload.size > settings.SHEET_AT_ONCE_BYTES:
        orders.order(WorkKind.SHEET, upload.pk, upload.by_id)
        return None
    return leases.order_here(WorkKind.SHEET, upload.pk, upload.by_id, "web")


def _at_once(upload: SheetUpload, lease: Lease | None) -> SheetUpload:
    if lease is not None:
        try:
            done, total, ended = advance(upload.pk, AT_ONCE, PlanWriter.PAGE)
            if ended:
                lease.end(done, total)
            # The worker makes the returned workbook, since a page must not wait for a file's
            # contents
            else:
                lease.hand_over(done, total)
        except halting.WorkStopped:
            lease.stopped()
    return SheetUpload.objects.get(pk=upload.pk)


def advance(
    subject: int, limits: SheetLimits = DEFAULT_LIMITS, carrier: PlanWriter = PlanWriter.WORKER
) -> tuple[int, int, bool]:
    """What an upload waits for first: its trial, its confirmation, the workbook with the reasons of
    either.

    (rows done, rows, whether nothing is left to do). A large file's rows are written by a job of
    their own, which asks for the workbook when it is through; a page writes those of a small one
    here and now.
    """
    upload = SheetUpload.objects.select_related("by", "checked").get(pk=subject)
    if upload.looked_at is None:
        _look(upload, limits)
    elif at_work(upload):
        _write(upload, limits, carrier)
    elif owes_a_workbook(upload):
        _hand_back(upload)
    upload = SheetUpload.objects.select_related("checked").get(pk=subject)
    rows = 0
    if upload.checked:
        rows = upload.checked.rows
    return rows, rows, _handed_on(upload) or not (at_work(upload) or owes_a_workbook(upload))


def _look(upload: SheetUpload, limits: SheetLimits) -> None:
    """The trial takes the good rows, so that the counts say what a partial import would do."""
    tally = _run(upload, limits, PlanWriter.WORKER, trial=True, partial=True)
    upload.checked = Intake.objects.filter(pk=tally.intake).first()
    columns = {
        "looked_at": clock.now(),
        "checked": upload.checked,
        "said": _told(tally),
        "errors": "",
    }
    SheetUpload.objects.filter(pk=upload.pk, looked_at=None).update(**columns)


def _handed_on(upload: SheetUpload) -> bool:
    """Whether a plan is writing its rows, or does what follows them."""
    return open_plans.unfinished().filter(intake__upload=upload).exists()


def _write(upload: SheetUpload, limits: SheetLimits, carrier: PlanWriter) -> None:
    """The real run: the same code. What a killed run has confirmed already is found, not confirmed
    again.
    """
    if _handed_on(upload):
        return
    kept = Intake.objects.filter(upload=upload, kept=True).first()
    columns: dict[str, datetime | Intake | str | None] = {"finished_at": clock.now(), "done": kept}
    if kept is None:
        tally = _run(upload, limits, carrier, trial=False, partial=upload.partial)
        if tally.plan is not None:
            return
        columns |= {
            "done": Intake.objects.filter(pk=tally.intake).first(),
            "said": _told(tally),
            "errors": "",
        }
    SheetUpload.objects.filter(pk=upload.pk, finished_at=None).update(**columns)


def _hand_back(upload: SheetUpload) -> None:
    """Make the workbook of what the last run found; of a run that was ordered meanwhile another one
    is made.
    """
    columns: dict[str, str] = {}
    try:
        columns["errors"] = returning.make(upload.sha256, upload.name, notes_of(upload).reasons)
    except (NotReturned, FileNotFoundError) as problem:
        sentence = GONE if isinstance(problem, FileNotFoundError) else str(problem)
        told = json.loads(upload.said)
        columns["said"] = json.dumps(
            told | {"notes": [*told["notes"], sentence], "reasons": ""}, ensure_ascii=False
        )
    same = SheetUpload.objects.filter(
        pk=upload.pk, looked_at=upload.looked_at, finished_at=upload.finished_at
    )
    same.update(**columns)


def _run(
    upload: SheetUpload, limits: SheetLimits, carrier: PlanWriter, *, trial: bool, partial: bool
) -> IntakeTally:
    """One run of the file. The rights of this day decide, whenever it was sent (A04)."""
    kind = SheetKind(upload.kind)
    try:
        with sealed_sheets.opened(upload.sha256) as path:
            return import_sheet(
                kind,
                path,
                by=upload.by,
                trial=trial,
                partial=partial,
                name=upload.name,
                progress=_Beat(upload.pk),
                seen=None if trial else upload.checked,
                upload=upload,
                clear=upload.clear,
                limits=limits,
                carrier=carrier,
            )
    except FileNotFoundError:
        return IntakeTally(kind, trial=trial, problems=(GONE,))
    except OSError as problem:
        if not met_full_disk(problem):
            raise
        return IntakeTally(kind, trial=trial, problems=(DISK_FULL,), blameless=True)


def _told(tally: IntakeTally) -> str:
    names = ("problems", "warnings", "notes", "columns", "blameless", "meant")
    notes = {name: getattr(tally, name) for name in names} | {
        "reasons": returning.keep(tally.reasons)
    }
    return json.dumps(notes, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Beat:
    """Says how far the check is, and holds the lease.

    Raises WorkStopped when somebody wants it to end: until its rows are confirmed, none of them is
    written.
    """

    upload: int

    def __call__(self, done: int, total: int) -> None:
        halting.obey(WorkKind.SHEET, self.upload)
        leases.beat(WorkKind.SHEET, self.upload, min(done, total), total)
