"""One import from file to tables: checked without a lock, then written at once when it is small, else as a plan."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from graduand.gateways.sheets import DEFAULT_LIMITS, Limits, Sheet, SheetRefused, read_sheet
from graduand.models import ImportPlan, Intake, SheetUpload, User
from graduand.office import outgoing, trail
from graduand.office.import_rights import Permission, permission, receiver
from graduand.office.progress import Progress, unwatched
from graduand.office.queue.leases import Lease
from graduand.office.refusal import Refused
from graduand.papers.returned_workbooks import LARGE, Failures, NotReturned
from graduand.queries import clock, importing
from graduand.queries.scope import Actor
from graduand.rulebook.sheet_extents import spec_of
from graduand.rulebook.sheets import header_place, match_headers
from graduand.rulebook.terms import SheetKind

from . import import_plans, losing, returning
from .checking import Found, check_file
from .import_plans import Carrier
from .kinds import reader_of
from .plan_files import Writing
from .reading import Reader
from .returning import Reasons
from .rows import Context, Counts, Kind
from .tallies import SHOWN, IntakeTally, by_reason
from .writing import FIRST, last_turn, take_turn, write_rows

CHANGED_FILE = "文件在预览之后被改动过；请重新预览，核对后再导入"
CHANGED_DATA = "预览之后数据有了变化（可能有别人导入过）；请重新预览，核对后再导入"


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
    limits: Limits = DEFAULT_LIMITS,
    carrier: Carrier = Carrier.COMMAND,
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
    asked = Asked(
        by,
        trial,
        partial,
        errors,
        name or path.name,
        progress or unwatched,
        seen,
        upload,
        clear,
        limits,
        carrier,
    )
    try:
        if not trial and carrier in (Carrier.COMMAND, Carrier.ALONE):
            import_plans.roll_forward(unwatched)
        try:
            return _import(kind, path, asked)
        except IntegrityError:
            # PostgreSQL lets somebody at a desk write the same new key meanwhile; now that one is
            # on record.
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
    carrier: Carrier


def _import(kind: SheetKind, path: Path, asked: Asked) -> IntakeTally:
    digest, allowed = _digest(path), permission(asked.by, kind)
    spec = spec_of(kind, allowed.extent)
    if asked.seen is not None and asked.seen.sha256 != digest:
        raise SheetRefused(CHANGED_FILE)
    with read_sheet(path, asked.name, asked.limits) as sheet:
        sheet.head(header_place(spec, [row.cells for row in sheet.top]))
        mapping = match_headers(spec, sheet.headers, sheet.below, epoch_1904=sheet.notes.epoch_1904)
        if mapping.errors:
            raise SheetRefused("；".join(mapping.errors))
        reads = reader_of(kind, allowed.extent)
        run = Run(
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
    """The tally with the workbook of its reasons, on record, or with a sentence why there is none."""
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
        outgoing.deliver(by, leaving, target, write)
    except NotReturned as problem:
        return replace(tally, notes=(*tally.notes, str(problem)))
    except OSError as problem:  # what was imported stays imported
        said = f"带「错误原因」的工作簿没有写成（{problem.strerror}）；请按上面的行号在原文件里修改"
        return replace(tally, notes=(*tally.notes, said))
    return replace(tally, file=str(target))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(slots=True)
class Run:
    """One import on its way."""

    kind: Kind
    reader: Reader
    asked: Asked
    allowed: Permission
    digest: str
    path: Path
    lease: Lease | None = None

    def __call__(self) -> IntakeTally:
        """Check, and write what passes; once more, with every row, when another import of the sheet came between."""
        tally = self._once(every=False) or self._once(every=True)
        return tally or IntakeTally(self.kind.kind, problems=(CHANGED_DATA,))

    def _once(self, *, every: bool) -> IntakeTally | None:
        """None when another import of the sheet was confirmed beside our check: what that left out may have changed."""
        asked, turn = self.asked, last_turn(self.kind.kind)
        every = every or self._others()
        with Writing() as writing:
            kept = None if asked.trial else writing
            found = check_file(
                self.kind, self.reader, self._context, kept, asked.progress, every=every
            )
            record, problem = self._record(found), self._against(found)
            if asked.trial or problem or (found.context.problems and not asked.partial):
                if not problem and (asked.partial or not found.context.problems):
                    _count(record, found.counts)
                record.save()
                return self._tally(record, found, problem)
            expected = None if every else turn
            if self._is_small(writing):
                tally = self._at_once(record, found, writing, expected)
                if tally is not None or expected is not None:
                    return tally
            return self._planned(record, found, writing, expected)

    def _context(self) -> Context:
        allowed, absent = self.allowed, frozenset(self.reader.mapping.absent)
        asked = self.asked
        return Context(
            asked.by,
            clock.now(),
            clock.today(),
            allowed.centres,
            absent,
            allowed.actor,
            asked.clear,
        )

    def _record(self, found: Found) -> Intake:
        asked, context = self.asked, found.context
        return Intake(
            kind=self.kind.kind.value,
            name=asked.name[:200],
            sha256=self.digest,
            trial=asked.trial,
            partial=asked.partial,
            by=asked.by,
            at=context.now,
            upload=asked.upload,
            rows=found.rows,
            refused=len(context.problems),
            warned=len(context.warnings.keys() - context.problems.keys()),
        )

    def _against(self, found: Found) -> str:
        """Why this is no longer what the person looked at, a sentence; "" when it is."""
        seen, counts = self.asked.seen, found.counts
        if seen is None or (seen.created, seen.updated, seen.unchanged) == (
            counts.created,
            counts.updated,
            counts.unchanged,
        ):
            return ""
        return CHANGED_DATA

    def _is_small(self, writing: Writing) -> bool:
        """Whether one transaction writes it all, and nobody is before it."""
        if not self.kind.by_student:
            return True
        return writing.count <= FIRST and not self._others()

    def _others(self) -> bool:
        """Whether a plan of this sheet is being written."""
        return importing.being_written().filter(kind=self.kind.kind.value).exists()

    def _compared(self, turn: int | None) -> bool:
        """Whether what was found to be written is what is written: nobody came between."""
        return self.kind.lasting and turn is not None

    # -- one transaction ---------------------------------------------------------------------------------------------

    def _at_once(
        self, record: Intake, found: Found, writing: Writing, turn: int | None
    ) -> IntakeTally | None:
        """Written with its confirmation; what follows is left to a plan whose rows are written."""
        owed = self._owed(record, found)
        try:
            return self._written(record, found, writing, turn, owed)
        finally:
            if owed is not None:
                import_plans.forget(owed)  # unless it was confirmed

    def _owed(self, record: Intake, found: Found) -> ImportPlan | None:
        """The draft of a plan without rows by which the workbook of a command is made, whoever
        comes to make it; None where all is written or nothing, and where the sender's file is kept
        elsewhere.
        """
        asked = self.asked
        if not asked.partial or asked.errors is None or self._is_kept:
            return None
        with Writing() as without_rows:
            return import_plans.draft(
                self.kind.kind,
                record.by,
                {},
                without_rows,
                {},
                self._failures(record, found),
                self.path,
            )

    def _written(
        self,
        record: Intake,
        found: Found,
        writing: Writing,
        turn: int | None,
        owed: ImportPlan | None,
    ) -> IntakeTally | None:
        context, plan = self._context(), None
        strict = not self.asked.partial
        with transaction.atomic():
            if self._take_turn(turn) is None or (self.kind.by_student and self._others()):
                transaction.set_rollback(
                    True
                )  # a plan that was confirmed beside our check is written before us
                return None
            record.kept = True
            record.save()
            context.intake_id = record.pk
            rows, compared = writing.rows(), self._compared(turn)
            counts = write_rows(self.kind, rows, context, compared=compared, all_or_none=strict)
            counts.unchanged += found.dropped
            overtaken = strict and bool(context.problems)
            if overtaken:
                transaction.set_rollback(True)
            else:
                _count(record, counts)
                record.refused += len(context.problems)
                record.save()
                trail.imported(record, counts.created, counts.updated)
                plan = self._follows(record, found, context, owed)
        found.context.problems.update(context.problems)
        if overtaken:
            record = self._record(found)
            record.save()
        return self._tally(record, found, "", self._carried_out(plan) if plan is not None else None)

    def _follows(
        self, record: Intake, found: Found, context: Context, owed: ImportPlan | None
    ) -> ImportPlan | None:
        """The plan of what follows, in the transaction that wrote the rows; None when nothing does.

        The workbook that is `owed` is made of what the check had refused and of what was refused
        just now.
        """
        follow = self.kind.following(context) | losing.following(self.kind, context, whole=True)
        owes = owed is not None and bool(found.context.problems or context.problems)
        if not follow and not owes:
            return None
        kept = "" if owes else returning.keep(self._reasons(record, found))
        plan = owed if owed is not None and owes else ImportPlan(kind=record.kind, by=record.by)
        plan.intake, plan.place, plan.confirmed_at = record, last_turn(self.kind.kind), clock.now()
        plan.follow, plan.told = follow, self._told(found, kept)
        plan.save()
        if owes:
            import_plans.refuse_rows(plan, context)
        self.lease = import_plans.order(plan, self.asked.carrier)
        return plan

    def _take_turn(self, expected: int | None) -> int | None:
        """Our turn among the imports of this sheet; None when it is not the one after the last that we saw."""
        turn = take_turn(self.kind.kind)
        return turn if expected is None or turn == expected + 1 else None

    # -- piece by piece ----------------------------------------------------------------------------------------------

    def _planned(
        self, record: Intake, found: Found, writing: Writing, turn: int | None
    ) -> IntakeTally | None:
        """Confirmed by one row when everything is durable, then written."""
        head = {
            "absent": sorted(self.reader.mapping.absent),
            "clear": self.asked.clear,
            "extent": self.allowed.extent.value,
            "compared": self._compared(turn),
        }
        source, failures = None if self._is_kept else self.path, self._failures(record, found)
        plan = import_plans.draft(
            self.kind.kind, record.by, found.students, writing, head, failures, source
        )
        try:
            with transaction.atomic():
                place = self._take_turn(turn)
                if place is None:
                    transaction.set_rollback(True)
                else:
                    self._confirm(plan, record, found, place)
        except IntegrityError:
            import_plans.forget(plan)
            raise
        if place is None:
            import_plans.forget(plan)
            return None
        return self._tally(record, found, "", self._carried_out(import_plans.fresh(plan.pk)))

    @property
    def _is_kept(self) -> bool:
        """Whether the sender's file is kept already, or nobody waits for anything of it."""
        return self.asked.upload is not None or self.asked.carrier is Carrier.ALONE

    def _failures(self, record: Intake, found: Found) -> dict[str, Any]:
        """Of what the returned workbook is made, as a plan keeps it: rows may be refused when they are written."""
        return self._so_far(record, found).told()

    def _confirm(self, plan: ImportPlan, record: Intake, found: Found, place: int) -> None:
        record.kept, record.unchanged = True, found.dropped
        record.save()
        told = {"told": self._told(found), "confirmed_at": clock.now()}
        ImportPlan.objects.filter(pk=plan.pk).update(intake=record, place=place, **told)
        self.lease = import_plans.order(plan, self.asked.carrier)

    def _carried_out(self, plan: ImportPlan) -> ImportPlan:
        if self.lease is None:
            return plan
        if self.asked.carrier is Carrier.PAGE and importing.ahead_of(plan) is not None:
            self.lease.hand_over(0, plan.rows)
            return plan
        alone = self.asked.carrier is Carrier.ALONE
        return import_plans.carry_out(plan, self.lease, self.asked.progress, alone=alone)

    # -- what it says ------------------------------------------------------------------------------------------------

    def _tally(
        self, record: Intake, found: Found, problem: str, plan: ImportPlan | None = None
    ) -> IntakeTally:
        """Of what the check found; of a plan that is through, of what became of it."""
        told, reasons = self._sentences(found), self._reasons(record, found)
        through = plan is not None and plan.finished_at is not None
        if plan is not None and through:
            record.refresh_from_db()
            told = import_plans.told_of(plan)
            reasons = import_plans.reasons_of(plan) if plan.file else reasons
        problems = [*([problem] if problem else []), *told["problems"]]
        return IntakeTally(
            self.kind.kind,
            record.rows,
            record.created,
            record.updated,
            record.unchanged,
            record.refused,
            record.warned,
            "",
            record.trial,
            tuple(problems[:SHOWN]),
            tuple(told["warnings"]),
            record.pk,
            tuple(told["notes"]),
            self.reader.mapping.pairs,
            reasons,
            plan.pk if plan is not None and not through else None,
            plan.errors if plan is not None and through else "",
        )

    def _sentences(self, found: Found) -> dict[str, Any]:
        context, sheet, mapping = found.context, self.reader.sheet, self.reader.mapping
        problems = by_reason(
            {row: [one.message for one in found] for row, found in context.problems.items()}
        )
        about_file = [
            *mapping.warnings,
            *sheet.notes.sentences(),
            *sheet.skipped(),
            *self.kind.remarks(context),
        ]
        # What becomes of people is foretold by the trial; the import itself says what has become of
        # them.
        people = losing.remarks(self.kind, context) if self.asked.trial else ()
        notes = [*about_file, *context.notices, *people]
        return {
            "problems": problems,
            "warnings": by_reason(context.warnings),
            "notes": notes,
            "columns": mapping.pairs,
        }

    def _reasons(self, record: Intake, found: Found) -> Reasons | None:
        """Of what the returned workbook is made, as far as the check knows."""
        return self._so_far(record, found) if found.context.problems else None

    def _so_far(self, record: Intake, found: Found) -> Reasons:
        """The reasons of the rows that failed, and what to look at: of a large file in these rows alone."""
        context, only_failed = found.context, record.rows > LARGE
        rows = (
            context.problems.keys() & context.warnings.keys()
            if only_failed
            else context.warnings.keys()
        )
        reminders = {row: context.warnings[row] for row in sorted(rows)}
        failures = Failures(context.problems, self.reader.mapping.places, reminders)
        return Reasons(failures, len(self.reader.sheet.above), only_failed)

    def _told(self, found: Found, reasons: str = "") -> str:
        """What is kept for whoever finishes the plan; `reasons` are kept under this hash where no file of rows has them."""
        return json.dumps(self._sentences(found) | {"reasons": reasons}, ensure_ascii=False)


def _count(record: Intake, counts: Counts) -> None:
    for name, value in asdict(counts).items():
        setattr(record, name, value)
