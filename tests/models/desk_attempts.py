"""Attempts against the constraints of uploaded workbooks, drafts of a policy, and notices."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, Subquery
from django.db.models.functions import Now

from graduand.models import (
    Batch,
    Forecast,
    GradesDeclared,
    Intake,
    Job,
    Notice,
    NoticeAddress,
    NoticeReceipt,
    PendingForm,
    Pick,
    PickPiece,
    PolicyDraft,
    SheetUpload,
    Statement,
    User,
)
from graduand.models.candidate import Candidate

# The account that was made first: a sub-query, so that it is read when it is needed.
FIRST = Subquery(User.objects.order_by("pk").values("pk")[:1])
Again = Callable[..., Callable[[Candidate], None]]


def prepare(file: Candidate) -> None:
    """One row of everything."""
    user = User.objects.latest("pk")
    _prepare_sheet(file, user)
    _prepare_policy(file, user)
    _prepare_notice(file, user)
    _prepare_forms(file, user)


def _prepare_sheet(file: Candidate, user: User) -> None:
    now = file.collected_at
    upload = SheetUpload.objects.create(
        key="s", kind="students", name="a.xlsx", sha256="0", size=1, by=user, at=now
    )
    Intake.objects.create(
        kind="students",
        name="a.xlsx",
        sha256="0",
        trial=False,
        by=user,
        at=now,
        kept=True,
        upload=upload,
    )


def _prepare_policy(file: Candidate, user: User) -> None:
    now = file.collected_at
    batch = file.batch
    PolicyDraft.objects.create(
        key="p",
        code=batch.code,
        base=batch.policy,
        source={},
        by=user,
        at=now,
        tried_at=now,
        saved=batch.policy,
    )
    Forecast.objects.create(
        draft=PolicyDraft.objects.latest("pk"),
        candidate=file,
        fit=True,
        clear=True,
        codes=0,
        unmet="[]",
        total=0,
        hq=0,
        judged_on=now.date(),
        plan_version=1,
        policy_digest="0",
    )


def _prepare_notice(file: Candidate, user: User) -> None:
    now = file.collected_at
    batch = file.batch
    notice = Notice.objects.create(
        key="n",
        batch=batch,
        policy=batch.policy,
        title="通知",
        body="正文",
        for_all=False,
        by=user,
        published_at=now,
    )
    NoticeAddress.objects.create(notice=notice, unit=file.centre)
    NoticeReceipt.objects.create(notice=notice, unit=file.centre, user=user, read_at=now)


def _prepare_forms(file: Candidate, user: User) -> None:
    now = file.collected_at
    Statement.objects.create(
        act=file.last_act, candidate=file, signed_on=now.date(), place="档案柜"
    )
    GradesDeclared.objects.create(round=file.round, college=file.centre.parent, at=now, by=user)
    PendingForm.objects.create(key="f", owner=user, path="/", before="/", kept_at=now)
    pick = Pick.objects.create(
        key="k",
        owner=user,
        verb="apply",
        batch=file.batch,
        listing="candidates",
        size=1,
        made_at=now,
    )
    PickPiece.objects.create(pick=pick, place=0, packed=PickPiece.pack([file.pk]))


def attempts(again: Again, changed: Any) -> dict[str, Callable[[Candidate], Any]]:
    """Constraint -> what must be refused."""
    return {
        "sheet_confirmed_after_a_look": changed(SheetUpload, confirmed_at=F("at")),
        "sheet_finished_after_confirmed": changed(SheetUpload, finished_at=F("at")),
        "sheet_upload_kept_once": again(Intake),
        "intake_trial_keeps_nothing": changed(Intake, trial=True),
        "policy_tried_before_saved": changed(PolicyDraft, tried_at=None),
        "batch_finished_is_closed": changed(Batch, finished_at=Now(), closed_at=None),
        "batch_finished_has_its_list": changed(
            Batch, closed_at=Now(), finished_at=Now(), listed_to=""
        ),
        "batch_resumed_is_closed_and_unfinished": changed(
            Batch, closed_at=Now(), finished_at=Now(), resumed_at=Now()
        ),
        "batch_closing_is_open_with_its_list": changed(Batch, closing_since=Now(), closed_at=Now()),
        "batch_closing_undone_is_shut": changed(Batch, closing_undone=True),
        "batch_deleted_has_no_policy": changed(Batch, deleted_at=Now(), deleted_by=FIRST),
        "batch_deleted_who_and_when_together": changed(Batch, deleted_at=Now(), policy=None),
        "forecast_once_a_draft": again(Forecast),
        "grades_declared_once": again(GradesDeclared),
        "grades_withdrawn_says_who_and_why": changed(GradesDeclared, withdrawn_at=F("at")),
        "pick_piece_once_a_place": again(PickPiece),
        "job_stop_says_who": changed(Job, stop_at=Now()),
        "statement_once_an_act": again(Statement),
        "statement_scan_or_paper": again(
            Statement, candidate=lambda: Candidate.objects.latest("pk"), place=""
        ),
        "notice_to_a_unit_once": again(NoticeAddress),
        "notice_read_once_a_person": again(NoticeReceipt),
    }


def fields(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Unique field -> what must be refused."""
    return {
        "sheetupload.key": again(SheetUpload),
        "policydraft.key": again(PolicyDraft, saved=None),
        "policydraft.saved": again(PolicyDraft, key="other"),
        "notice.key": again(Notice),
        "pendingform.key": again(PendingForm),
        "pick.key": again(Pick),
    }
