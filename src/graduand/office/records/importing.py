"""One import from file to tables, and the workbook of what was refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from django.db import IntegrityError

from graduand.gateways.records.sheets import (
    DEFAULT_LIMITS,
    Sheet,
    SheetLimits,
    SheetRefused,
    read_sheet,
)
from graduand.models import Intake, SheetUpload, User
from graduand.office.outgoing import exports
from graduand.office.progress import Progress, unwatched
from graduand.office.records.import_rights import permission, receiver
from graduand.office.records.import_run import ImportRequest, ImportRun
from graduand.office.refusal import Refused
from graduand.papers.workbooks.returned_workbooks import NotReturned
from graduand.queries.scope import Actor
from graduand.rulebook.people import rights
from graduand.rulebook.records.meant_kinds import meant_kind
from graduand.rulebook.records.sheet_extents import spec_of
from graduand.rulebook.records.sheets import header_place, match_headers
from graduand.rulebook.terms import SheetKind

from .files import returning
from .files.tallies import IntakeTally
from .kinds import reader_of
from .plans import import_plans
from .plans.import_plans import PlanWriter
from .reading import Reader

CHANGED_FILE = "文件在预览之后被改动过；请重新预览，核对后再导入"

OTHER_KIND = "这个文件的表头像是「{label}」，请改选「{label}」后再上传"
NOT_YOURS = "这个文件的表头像是「{label}」；{refusal}"


class OtherKind(SheetRefused):
    """The file is of another kind than the one that was chosen: of `meant`."""

    def __init__(self, meant: SheetKind, by: Actor | None) -> None:
        sentence = OTHER_KIND.format(label=meant.label)
        if by is not None and rights.import_extent(by.roles, by.desk, meant) is None:
            refusal = rights.import_refusal(by.roles, meant)
            sentence = NOT_YOURS.format(label=meant.label, refusal=refusal)
        super().__init__(sentence)
        self.meant = meant


def import_sheet(
    kind: SheetKind,
    path: Path,
    *,
    by: User | None,
    trial: bool = False,
    partial: bool = False,
    errors: Path | None = None,
    name: str | None = None,
    progress: Progress | None = None,
    seen: Intake | None = None,
    upload: SheetUpload | None = None,
    clear: bool = False,
    limits: SheetLimits = DEFAULT_LIMITS,
    carrier: PlanWriter = PlanWriter.COMMAND,
) -> IntakeTally:
    """Import one file; `name` is the file's name as its sender knows it.

    Nothing is written while a row is refused, unless `partial`. A trial is the same check and
    writes nothing. `by` None is the operator at the command line. Whatever fails goes into the
    workbook `errors`. `seen` is the trial that the person looked at: when the file or what it would
    change is no longer the same, nothing is written (X17, X18). `upload` is the workbook as it came
    through the browser; the database keeps its rows once at most. `clear`: an empty cell empties
    what is on record; otherwise it says nothing, as a missing column does. `limits` are what
    reading the file may take.

    What is confirmed and large is a plan, which `carrier` writes: a command here and now, after
    whatever was confirmed before; a page, when nothing is before it; else the worker. The tally
    names a plan that is left. Never raises for what a file holds.
    """
    name = name or path.name
    progress = progress or unwatched
    asked = ImportRequest(
        by, trial, partial, errors, name, progress, seen, upload, clear, limits, carrier
    )
    try:
        return _in_turn(kind, path, asked)
    except (SheetRefused, Refused) as problem:
        return _refused(kind, problem, trial=trial)


def _refused(kind: SheetKind, problem: SheetRefused | Refused, *, trial: bool) -> IntakeTally:
    """What is said of a file of which nothing is taken; a right that ended is no fault of it."""
    blameless = isinstance(problem, Refused)
    meant = problem.meant.value if isinstance(problem, OtherKind) else ""
    return IntakeTally(
        kind, trial=trial, problems=(str(problem),), blameless=blameless, meant=meant
    )


def _in_turn(kind: SheetKind, path: Path, asked: ImportRequest) -> IntakeTally:
    """The import, after whatever was confirmed before a command."""
    if not asked.trial and asked.carrier in (PlanWriter.COMMAND, PlanWriter.ALONE):
        import_plans.roll_forward(unwatched)
    try:
        return _import(kind, path, asked)
    except IntegrityError:
        # On PostgreSQL a person may write the same new key meanwhile; now that row is on record.
        return _import(kind, path, asked)


def _import(kind: SheetKind, path: Path, asked: ImportRequest) -> IntakeTally:
    digest = _digest(path)
    allowed = permission(asked.by, kind)
    spec = spec_of(kind, allowed.extent)
    if asked.seen is not None and asked.seen.sha256 != digest:
        raise SheetRefused(CHANGED_FILE)
    with read_sheet(path, asked.name, asked.limits) as sheet:
        sheet.head(header_place(spec, [row.cells for row in sheet.top]))
        mapping = match_headers(spec, sheet.headers, sheet.below, epoch_1904=sheet.notes.epoch_1904)
        if mapping.errors:
            meant = meant_kind(spec, [row.cells for row in sheet.top])
            if meant is not None:
                raise OtherKind(meant, allowed.actor)
            raise SheetRefused("；".join(mapping.errors))
        reads = reader_of(kind, allowed.extent)
        run = ImportRun(
            reads,
            Reader(sheet, spec, mapping, evidence=reads.evidence),
            asked,
            allowed,
            digest,
            path,
        )
        tally = run()
        if asked.errors is None:
            return tally
        return _with_workbook(tally, receiver(allowed, kind), path, sheet, asked.errors)


def _with_workbook(
    tally: IntakeTally, by: Actor, source: Path, sheet: Sheet, target: Path
) -> IntakeTally:
    """The tally with the workbook of its reasons, on record, or with why there is none."""
    reasons = tally.reasons
    if reasons is None and not tally.returned:
        return tally
    leaving = returning.leaving(Intake.objects.get(pk=tally.intake))

    def write(draft: Path) -> int:
        if tally.returned:
            returning.fetch(tally.returned, draft)
        elif reasons is not None:
            returning.workbook(source, sheet, reasons, draft)
        return leaving.rows

    try:
        exports.deliver(by, leaving, target, write)
    except NotReturned as problem:
        return replace(tally, notes=(*tally.notes, str(problem)))
    except OSError as problem:  # rows that were imported stay imported
        said = f"带「错误原因」的工作簿没有写成（{problem.strerror}）；请按上面的行号在原文件里修改"
        return replace(tally, notes=(*tally.notes, said))
    return replace(tally, file=str(target))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
