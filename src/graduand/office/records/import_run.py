"""One run of an importer: rows read, checked, written at once or kept as a plan."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from graduand.gateways.records.sheets import SheetLimits
from graduand.models import ImportPlan, Intake, SheetUpload, User
from graduand.office import account_log
from graduand.office.progress import Progress
from graduand.office.queue.leases import Lease
from graduand.office.records.import_rights import ImportPermission
from graduand.queries import clock
from graduand.queries.queue import open_plans

from .checking import FileCheck, check_file
from .files import returning
from .files.plan_files import PlanWriting
from .files.returning import RowReasons
from .files.tallies import SHOWN, IntakeTally
from .plans import import_losses, import_plans
from .plans.import_plans import PlanWriter
from .plans.plan_reasons import plan_sentences, reasons_of
from .plans.writing import FIRST, places_taken, take_place, write_rows
from .reading import Reader
from .rows import Counts, ImportContext, SheetImporter
from .run_sentences import reasons_of_check, sentences_of

CHANGED_DATA = "预览之后数据有了变化（可能有别人导入过）；请重新预览，核对后再导入"

NO_ROWS = "「{label}」表的表头下面没有数据行（空行和合计行不算）；请在表头下面一行填写一条，保存后重新上传"


@dataclass(frozen=True, slots=True)
class ImportRequest:
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
    limits: SheetLimits
    carrier: PlanWriter


@dataclass(slots=True)
class ImportRun:
    """One import on its way."""

    kind: SheetImporter
    reader: Reader
    asked: ImportRequest
    allowed: ImportPermission
    digest: str
    path: Path
    lease: Lease | None = None

    def __call__(self) -> IntakeTally:
        """Check and write what passes; again, with every row, if another import came between."""
        tally = self._once(every=False) or self._once(every=True)
        return tally or IntakeTally(self.kind.kind, problems=(CHANGED_DATA,))

    def _once(self, *, every: bool) -> IntakeTally | None:
        """None if another import of the sheet was confirmed beside our check: rows may differ now."""
        asked = self.asked
        place = places_taken(self.kind.kind)
        every = every or self._others()
        with PlanWriting() as writing:
            kept = None if asked.trial else writing
            found = check_file(
                self.kind, self.reader, self._context, kept, asked.progress, every=every
            )
            if not found.rows:
                return self._without_rows(found)
            record = self._record(found)
            problem = self._against(found)
            if asked.trial or problem or (found.context.problems and not asked.partial):
                if not problem and (asked.partial or not found.context.problems):
                    _count(record, found.counts)
                record.save()
                return self._tally(record, found, problem)
            expected = None if every else place
            if self._is_small(writing):
                tally = self._at_once(record, found, writing, expected)
                if tally is not None or expected is not None:
                    return tally
            return self._planned(record, found, writing, expected)

    def _without_rows(self, found: FileCheck) -> IntakeTally:
        """A sheet with headers and nothing under them: there is nothing to look at or to confirm."""
        label = self.kind.kind.label
        notes = tuple(self._sentences(found)["notes"])
        return IntakeTally(
            self.kind.kind,
            trial=self.asked.trial,
            problems=(NO_ROWS.format(label=label),),
            notes=notes,
        )

    def _context(self) -> ImportContext:
        allowed = self.allowed
        absent = frozenset(self.reader.mapping.absent)
        asked = self.asked
        return ImportContext(
            asked.by,
            clock.now(),
            clock.today(),
            allowed.centres,
            absent,
            allowed.actor,
            asked.clear,
        )

    def _record(self, found: FileCheck) -> Intake:
        asked = self.asked
        context = found.context
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

    def _against(self, found: FileCheck) -> str:
        """Why this is no longer what the person looked at, a sentence; "" when it is."""
        seen = self.asked.seen
        counts = found.counts
        if seen is None or (seen.created, seen.updated, seen.unchanged) == (
            counts.created,
            counts.updated,
            counts.unchanged,
        ):
            return ""
        return CHANGED_DATA

    def _is_small(self, writing: PlanWriting) -> bool:
        """Whether one transaction writes it all, and nobody is before it."""
        if not self.kind.by_student:
            return True
        return writing.count <= FIRST and not self._others()

    def _others(self) -> bool:
        """Whether a plan of this sheet is being written."""
        return open_plans.being_written().filter(kind=self.kind.kind.value).exists()

    def _compared(self, place: int | None) -> bool:
        """Whether what was found to be written is what is written: nobody came between."""
        return self.kind.lasting and place is not None

    # -- one transaction

    def _at_once(
        self, record: Intake, found: FileCheck, writing: PlanWriting, place: int | None
    ) -> IntakeTally | None:
        """Written with its confirmation; what follows is left to a plan whose rows are written."""
        owed = self._owed(record, found)
        try:
            return self._written(record, found, writing, place, owed)
        finally:
            if owed is not None:
                import_plans.forget(owed)  # does nothing where the plan was confirmed

    def _owed(self, record: Intake, found: FileCheck) -> ImportPlan | None:
        """The draft of a plan without rows by which the workbook of a command is made, whoever
        comes to make it; None where all is written or nothing, and where the sender's file is kept
        elsewhere.
        """
        asked = self.asked
        if not asked.partial or asked.errors is None or self._is_kept:
            return None
        with PlanWriting() as without_rows:
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
        found: FileCheck,
        writing: PlanWriting,
        place: int | None,
        owed: ImportPlan | None,
    ) -> IntakeTally | None:
        context = self._context()
        plan = None
        strict = not self.asked.partial
        with transaction.atomic():
            if self._take_place(place) is None or (self.kind.by_student and self._others()):
                # A plan that was confirmed during our check is written before ours.
                transaction.set_rollback(True)
                return None
            record.kept = True
            record.save()
            context.intake_id = record.pk
            rows = writing.rows()
            compared = self._compared(place)
            counts = write_rows(self.kind, rows, context, compared=compared, all_or_none=strict)
            counts.unchanged += found.dropped
            overtaken = strict and bool(context.problems)
            if overtaken:
                transaction.set_rollback(True)
            else:
                _count(record, counts)
                record.refused += len(context.problems)
                record.save()
                account_log.note_import(record, counts.created, counts.updated)
                plan = self._follows(record, found, context, owed)
        found.context.problems.update(context.problems)
        if overtaken:
            record = self._record(found)
            record.save()
        if plan is not None:
            plan = self._carried_out(plan)
        return self._tally(record, found, "", plan)

    def _follows(
        self, record: Intake, found: FileCheck, context: ImportContext, owed: ImportPlan | None
    ) -> ImportPlan | None:
        """The plan of what follows, in the transaction that wrote the rows; None when nothing does.

        The workbook that is `owed` is made of what the check had refused and of what was refused
        just now.
        """
        follow = self.kind.following(context) | import_losses.facts_before(
            self.kind, context, whole=True
        )
        owes = owed is not None and bool(found.context.problems or context.problems)
        if not follow and not owes:
            return None
        kept = "" if owes else returning.keep(self._reasons(record, found))
        plan = owed if owed is not None and owes else ImportPlan(kind=record.kind, by=record.by)
        plan.intake = record
        plan.place = places_taken(self.kind.kind)
        plan.confirmed_at = clock.now()
        plan.follow = follow
        plan.told = self._told(found, kept)
        plan.save()
        if owes:
            import_plans.refuse_rows(plan, context)
        self.lease = import_plans.order(plan, self.asked.carrier)
        return plan

    def _take_place(self, expected: int | None) -> int | None:
        """Our place among the imports of this sheet; None if it does not follow the last seen."""
        place = take_place(self.kind.kind)
        if expected is None or place == expected + 1:
            return place
        return None

    # -- piece by piece

    def _planned(
        self, record: Intake, found: FileCheck, writing: PlanWriting, place: int | None
    ) -> IntakeTally | None:
        """Confirmed by one row when everything is durable, then written."""
        head = {
            "absent": sorted(self.reader.mapping.absent),
            "clear": self.asked.clear,
            "extent": self.allowed.extent.value,
            "compared": self._compared(place),
        }
        source = None if self._is_kept else self.path
        failures = self._failures(record, found)
        plan = import_plans.draft(
            self.kind.kind, record.by, found.students, writing, head, failures, source
        )
        try:
            with transaction.atomic():
                place = self._take_place(place)
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
        return self.asked.upload is not None or self.asked.carrier is PlanWriter.ALONE

    def _failures(self, record: Intake, found: FileCheck) -> dict[str, Any]:
        """What a plan keeps for the returned workbook: rows may be refused while being written."""
        return self._so_far(record, found).told()

    def _confirm(self, plan: ImportPlan, record: Intake, found: FileCheck, place: int) -> None:
        record.kept = True
        record.unchanged = found.dropped
        record.save()
        columns = {"told": self._told(found), "confirmed_at": clock.now()}
        ImportPlan.objects.filter(pk=plan.pk).update(intake=record, place=place, **columns)
        self.lease = import_plans.order(plan, self.asked.carrier)

    def _carried_out(self, plan: ImportPlan) -> ImportPlan:
        if self.lease is None:
            return plan
        if self.asked.carrier is PlanWriter.PAGE and open_plans.ahead_of(plan) is not None:
            self.lease.hand_over(0, plan.rows)
            return plan
        alone = self.asked.carrier is PlanWriter.ALONE
        return import_plans.carry_out(plan, self.lease, self.asked.progress, alone=alone)

    # -- what it says

    def _tally(
        self, record: Intake, found: FileCheck, problem: str, plan: ImportPlan | None = None
    ) -> IntakeTally:
        """Of what the check found; of a plan that is through, of what became of it."""
        sentences = self._sentences(found)
        reasons = self._reasons(record, found)
        through = plan is not None and plan.finished_at is not None
        if plan is not None and through:
            record.refresh_from_db()
            sentences = plan_sentences(plan)
            if plan.file:
                reasons = reasons_of(plan)
        problems = list(filter(None, (problem, *sentences["problems"])))
        tally = IntakeTally(
            kind=self.kind.kind,
            rows=record.rows,
            created=record.created,
            updated=record.updated,
            unchanged=record.unchanged,
            refused=record.refused,
            warned=record.warned,
            trial=record.trial,
            problems=tuple(problems[:SHOWN]),
            warnings=tuple(sentences["warnings"]),
            intake=record.pk,
            notes=tuple(sentences["notes"]),
            columns=self.reader.mapping.pairs,
            reasons=reasons,
        )
        if plan is None:
            return tally
        if through:
            return replace(tally, returned=plan.errors, unwritten=plan.left_out)
        return replace(tally, plan=plan.pk)

    def _sentences(self, found: FileCheck) -> dict[str, Any]:
        return sentences_of(self.kind, self.reader, found.context, trial=self.asked.trial)

    def _reasons(self, record: Intake, found: FileCheck) -> RowReasons | None:
        """Of what the returned workbook is made, as far as the check knows."""
        if not found.context.problems:
            return None
        return self._so_far(record, found)

    def _so_far(self, record: Intake, found: FileCheck) -> RowReasons:
        return reasons_of_check(self.reader, found.context, record.rows)

    def _told(self, found: FileCheck, reasons: str = "") -> str:
        """What is kept for whoever finishes the plan.

        `reasons` are kept under this hash where no file of rows has them.
        """
        return json.dumps(self._sentences(found) | {"reasons": reasons}, ensure_ascii=False)


def _count(record: Intake, counts: Counts) -> None:
    for name, value in asdict(counts).items():
        setattr(record, name, value)
