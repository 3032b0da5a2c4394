"""How far an upload of a sheet is, as its page shows it: its phase, its figures, what goes back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graduand.models import ImportPlan, Intake, Job, SheetUpload
from graduand.office.records import uploads
from graduand.office.records.files.tallies import SHOWN
from graduand.office.records.plans.plan_reasons import ended_sentence
from graduand.pages.frame.queue.import_links import link_of, row_figures
from graduand.pages.frame.queue.polling import looks_again, wait_after
from graduand.queries.queue import open_plans
from graduand.queries.records import intakes
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import JobState, SheetKind


@dataclass(frozen=True, slots=True)
class UploadStatus:
    """An upload as its page shows it; `phase` is reading, unreadable, preview, writing, done or
    undone.

    `back` is the workbook that goes back: ready, making, failed, or "" for none. `plan` is what
    writes it piece by piece, `ahead` names the import that has to be written first.
    Of the rows that are not imported `wrong` have errors, `unwritten` were only left; `ended` says
    who ended it and what was kept.
    """

    url: str
    upload: SheetUpload
    kind: str
    phase: str
    said: uploads.UploadNotes
    figures: list[tuple[str, int, str]]
    good: int
    job: Job | None
    trouble: str
    back: str
    poll: int
    wait: int
    polling: bool
    columns: int
    cut: bool
    plan: ImportPlan | None
    ahead: str
    wrong: int
    unwritten: int
    ended: str

    def link(self, sentence: str) -> tuple[str, str] | None:
        """Where a sentence leads."""
        return link_of(sentence, self.upload.done)


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far an upload is: its phase, the plan and the job that work on it, if any.

    With `owed` the workbook that goes back is still to be made.
    """

    phase: str
    owed: bool
    plan: ImportPlan | None
    job: Job | None

    @property
    def at_work(self) -> bool:
        return self.phase in ("reading", "writing")

    @property
    def ended(self) -> bool:
        """Whether the job stopped before it was through."""
        return self.job is not None and self.job.state in (JobState.FAILED, JobState.CANCELLED)

    @property
    def moving(self) -> bool:
        """Whether the page has to look again."""
        return (self.at_work or self.owed) and not self.ended

    @property
    def shown_job(self) -> Job | None:
        """The job that the page speaks of: not one that only makes the workbook."""
        if self.at_work or self.phase == "done":
            return self.job
        return None

    @property
    def trouble(self) -> str:
        """Why the work was broken off."""
        if self.at_work and self.job is not None and self.job.state == JobState.FAILED:
            return self.job.message
        return ""


def goes_back(upload: SheetUpload) -> bool:
    """Whether the workbook with the reasons of its rows is kept, or is being made. No query unless it
    is still to be made.
    """
    if not uploads.owes_a_workbook(upload):
        return upload.errors != ""
    return not _progress(upload).ended


def _progress(upload: SheetUpload) -> _Progress:
    phase = _phase(upload)
    owed = uploads.owes_a_workbook(upload)
    plan = job = None
    if phase in ("writing", "done"):
        plan = intakes.plan_of(upload)
    if owed or phase in ("reading", "writing", "done"):
        job = intakes.job_of(upload, plan)
    return _Progress(phase, owed, plan, job)


def stand_of(upload: SheetUpload, poll: int) -> UploadStatus:
    """The upload after `poll` looks at it."""
    progress = _progress(upload)
    kind = SheetKind(upload.kind)
    notes = uploads.notes_of(upload)
    record = upload.done or upload.checked
    ended = _ended(progress.plan)
    unwritten = _unwritten(progress.plan)
    return UploadStatus(
        url=f"/imports/{upload.pk}",
        upload=upload,
        kind=kind.label,
        phase=progress.phase,
        said=replace(notes, problems=tuple(text for text in notes.problems if text != ended)),
        figures=_figures(record, unwritten),
        good=_good(record),
        job=progress.shown_job,
        trouble=progress.trouble,
        back=_back(upload, progress),
        poll=poll + 1,
        wait=wait_after(poll),
        polling=progress.moving and looks_again(poll),
        columns=len(SPECS[kind].columns),
        cut=len(notes.problems) >= SHOWN,
        plan=progress.plan,
        ahead=_ahead(progress),
        wrong=record.refused - unwritten if record else 0,
        unwritten=unwritten,
        ended=ended,
    )


def _ended(plan: ImportPlan | None) -> str:
    """Who ended the import, and what was kept; "" while nobody did."""
    if plan is None or plan.ended_at is None:
        return ""
    return ended_sentence(plan)


def _unwritten(plan: ImportPlan | None) -> int:
    """How many of the refused rows were only not written."""
    return plan.left_out if plan else 0


def _figures(record: Intake | None, unwritten: int) -> list[tuple[str, int, str]]:
    """(label, number, tone) of what was done with the rows."""
    if record is None:
        return []
    return row_figures(record, unwritten)


def _good(record: Intake | None) -> int:
    """How many rows are in order."""
    if record is None:
        return 0
    return record.created + record.updated + record.unchanged


def _ahead(progress: _Progress) -> str:
    """The import that has to be written before this one, in words."""
    if progress.plan is None or progress.phase != "writing":
        return ""
    return open_plans.words_before(progress.plan)


def _back(upload: SheetUpload, progress: _Progress) -> str:
    if upload.errors:
        return "ready"
    if not progress.owed:
        return ""
    if progress.ended:
        return "failed"
    return "making"


def _phase(upload: SheetUpload) -> str:
    if upload.looked_at is None:
        return "reading"
    if upload.checked is None:
        return "unreadable"
    if upload.confirmed_at is None:
        return "preview"
    if upload.finished_at is None:
        return "writing"
    if upload.done and upload.done.kept:
        return "done"
    return "undone"
