"""One import from file to tables: staged, checked, applied in one transaction, recorded, failures handed back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from graduand.gateways.sheets import DEFAULT_LIMITS, Limits, Sheet, SheetRefused, read_sheet
from graduand.models import Intake, SheetUpload, User
from graduand.office import trail
from graduand.office.audit import mark_stale
from graduand.office.import_rights import permission
from graduand.office.refusal import Refused
from graduand.office.tally import Tally
from graduand.papers.returned_workbooks import LARGE, Failures, NotReturned, errors_workbook
from graduand.queries import clock
from graduand.rulebook.account_terms import Extent
from graduand.rulebook.sheet_extents import spec_of
from graduand.rulebook.sheets import HeaderMap, SheetSpec, header_place, match_headers
from graduand.rulebook.terms import SheetKind

from .accounts import Users
from .chsi import Chsi
from .contacts import Contacts
from .numbers import Numbers, Registered
from .people import Confirmations, Degrees, Histories
from .plans import Courses, Modules, Plans
from .profiles import PriorChecks, Profiles, ToldProfiles
from .reading import Progress, fill, names_of
from .results import Results
from .returning import Reasons, drafts_folder
from .rows import Context, Counts, Kind, Row, refuse_own
from .staging import Stage
from .students import Students
from .units import Units

KINDS: Mapping[SheetKind, Kind] = {
    kind.kind: kind
    for kind in (
        Units(), Plans(), Modules(), Courses(), Students(), Results(), Chsi(), Profiles(), Histories(), Degrees(),
        Confirmations(), Users(), Numbers(), Registered(),
    )
}  # fmt: skip
# What reads a sheet of somebody who may bring a part of it.
PARTS: Mapping[tuple[SheetKind, Extent], Kind] = {
    (SheetKind.STUDENTS, Extent.CONTACTS): Contacts(),
    (SheetKind.PROFILES, Extent.TOLD): ToldProfiles(),
    (SheetKind.PROFILES, Extent.OWN_TOLD): ToldProfiles(),
    (SheetKind.PROFILES, Extent.CHECKS): PriorChecks(),
}
SHOWN = 20


def reader_of(kind: SheetKind, extent: Extent) -> Kind:
    """What reads a sheet of somebody who may import it so far."""
    return PARTS.get((kind, extent), KINDS[kind])


@dataclass(frozen=True, slots=True)
class IntakeTally(Tally[SheetKind]):
    """Rows are those of the sheet; `notes` are sentences about the file, `file` is the returned workbook.

    `reasons`: of what a workbook can be made later, None when every row was taken.
    """

    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    reasons: Reasons | None = None

    @property
    def nothing_new(self) -> bool:
        """Whether the file said nothing that was not on record (the same file twice)."""
        return self.ok and not self.created and not self.updated


def import_sheet(
    kind: SheetKind, path: Path, *, by: User | None, trial: bool = False, partial: bool = False,
    errors: Path | None = None, name: str | None = None, progress: Progress | None = None,
    seen: Intake | None = None, upload: SheetUpload | None = None, clear: bool = False, limits: Limits = DEFAULT_LIMITS,
) -> IntakeTally:  # fmt: skip
    """Import one file; `name` is the file's name as its sender knows it.

    All rows or none, unless `partial`. A trial is the same work, rolled back. `by` None is the operator at
    the command line. Whatever fails goes into the workbook `errors`. `seen` is the trial that the person
    looked at: when the file or what it would change is no longer the same, nothing is written (X17, X18).
    `upload` is the workbook as it came through the browser; the database keeps its rows once at most.
    `clear`: an empty cell empties what is on record; otherwise it says nothing, as a missing column does. `limits` are
    what reading the file may take.
    Never raises for what a file holds.
    """
    asked = Asked(by, trial, partial, errors, name or path.name, progress or _silent, seen, upload, clear, limits)
    try:
        try:
            return _import(kind, path, asked)
        except IntegrityError:
            # PostgreSQL lets another import write the same new key meanwhile; now that one is on record.
            return _import(kind, path, asked)
    except (SheetRefused, Refused) as problem:
        return IntakeTally(kind, trial=trial, problems=(str(problem),))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the importer asks for, see `import_sheet`."""

    by: User | None
    trial: bool
    partial: bool
    errors: Path | None
    name: str
    progress: Progress
    seen: Intake | None
    upload: SheetUpload | None
    clear: bool
    limits: Limits


def _import(kind: SheetKind, path: Path, asked: Asked) -> IntakeTally:
    digest, by = _digest(path), asked.by
    allowed = permission(by, kind)
    spec = spec_of(kind, allowed.extent)
    if asked.seen is not None and asked.seen.sha256 != digest:
        raise SheetRefused("文件在预览之后被改动过；请重新预览，核对后再导入")
    with read_sheet(path, asked.name, asked.limits) as sheet:
        sheet.head(header_place(spec, [row.cells for row in sheet.top]))
        mapping = match_headers(spec, sheet.headers, sheet.below, epoch_1904=sheet.notes.epoch_1904)
        if mapping.errors:
            raise SheetRefused("；".join(mapping.errors))
        context = Context(
            by, clock.now(), clock.today(), allowed.centres, frozenset(mapping.absent), allowed.actor, asked.clear
        )
        record = Intake(
            kind=kind.value, name=asked.name[:200], sha256=digest, trial=asked.trial, partial=asked.partial, by=by,
            at=context.now, upload=asked.upload,
        )  # fmt: skip
        run = Run(reader_of(kind, allowed.extent), spec, context, record, asked.seen, asked.progress)
        return run(sheet, mapping, path, asked.errors)


def _with_workbook(tally: IntakeTally, source: Path, sheet: Sheet, target: Path) -> IntakeTally:
    """The tally with the workbook of its reasons, or with a sentence why there is none."""
    reasons = tally.reasons
    if reasons is None:
        return tally
    try:
        only_failed = reasons.only_failed
        errors_workbook(source, sheet, reasons.failures, target, only_failed=only_failed, drafts=drafts_folder())
    except NotReturned as problem:
        return replace(tally, notes=(*tally.notes, str(problem)))
    return replace(tally, file=str(target))


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(slots=True)
class Run:
    """One import on its way through the stage."""

    kind: Kind
    spec: SheetSpec
    context: Context
    record: Intake
    seen: Intake | None
    progress: Progress

    def __call__(self, sheet: Sheet, mapping: HeaderMap, source: Path, errors: Path | None) -> IntakeTally:
        context, record, spec = self.context, self.record, self.spec
        with Stage(Path(settings.GRADUAND_HOME) / "tmp") as stage:
            chunk = min(self.kind.chunk, 1 << 20)
            record.rows = fill(stage, sheet, spec, mapping, context, chunk, self.progress)
            stale = self._apply(stage, names_of(spec))
        record.refused = len(context.problems)
        record.warned = len(context.warnings.keys() - context.problems.keys())
        record.save()
        kept = self._keeping and not stale and not record.trial
        following = self.kind.after(context) if kept else ()
        tally = self._tally(sheet, mapping, stale, following)
        if not context.problems:
            return tally
        failures = Failures(context.problems, mapping.places)
        tally = replace(tally, reasons=Reasons(failures, len(sheet.above), record.rows > LARGE))
        return tally if errors is None else _with_workbook(tally, source, sheet, errors)

    def _apply(self, stage: Stage, names: tuple[str, ...]) -> str:
        """Check and write chunk by chunk in one transaction; returns why nothing was kept, or ""."""
        context, counts, stale = self.context, Counts(), ""
        with transaction.atomic():
            self.record.save()
            context.intake_id = self.record.pk
            done = 0
            for staged in stage.chunks():
                rows = [Row(number, dict(zip(names, values, strict=True))) for number, values in staged]
                refuse_own(self.kind.kind, rows, context)
                self.kind.check(rows, context)
                if self._keeping:
                    counts += self.kind.apply(context.good(rows), context)
                done += len(rows)
                self.progress(done, self.record.rows)
            if self._keeping:
                self.kind.finish(context)
                mark_stale(sorted(context.touched), f"导入了{self.kind.kind.label}")
                stale = self._stale(counts)
            if stale or self.record.trial or not self._keeping:
                transaction.set_rollback(True)
            else:
                # With the rows, not after them: a kill between the two would leave a record of nothing.
                Intake.objects.filter(pk=self.record.pk).update(kept=True, **asdict(counts))
                self.record.kept = True
                trail.imported(self.record, counts.created, counts.updated)
        if not self._keeping or stale:
            counts = Counts()
        if stale or self.record.trial or not self._keeping:
            self.record.pk = None
            self.record._state.adding = True  # noqa: SLF001  # the row was rolled back: insert it again
        for field, value in asdict(counts).items():
            setattr(self.record, field, value)
        return stale

    @property
    def _keeping(self) -> bool:
        return self.record.partial or not self.context.problems

    def _stale(self, counts: Counts) -> str:
        seen = self.seen
        if seen is None or (seen.created, seen.updated, seen.unchanged) == tuple(asdict(counts).values()):
            return ""
        return "预览之后数据有了变化（可能有别人导入过）；请重新预览，核对后再导入"

    def _tally(self, sheet: Sheet, mapping: HeaderMap, stale: str, following: tuple[str, ...]) -> IntakeTally:
        context, record = self.context, self.record
        problems = [
            f"第 {row} 行：{p.message}"
            for row in sorted(context.problems)[:SHOWN]
            for p in context.problems[row]
        ]
        warnings = [
            f"第 {row} 行：{text}"
            for row in sorted(context.warnings)[:SHOWN]
            for text in context.warnings[row]
        ]
        return IntakeTally(
            self.kind.kind, record.rows, record.created, record.updated, record.unchanged, record.refused,
            record.warned, "", record.trial, tuple(([stale] if stale else []) + problems[:SHOWN]),
            tuple(warnings[:SHOWN]), record.pk,
            (*mapping.warnings, *sheet.notes.sentences(), *sheet.skipped(), *self.kind.remarks(context), *context.notices,
             *following), mapping.pairs,
        )  # fmt: skip
