"""Work on a whole batch: the trial of its changed policy, closing it, opening it again, emptying one that was deleted."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform

from graduand.models import AccountEvent, Batch, PolicyDraft
from graduand.office.queue.kinds import Duty, WorkProgress, WorkSummary
from graduand.office.season import deleting, policy_drafts
from graduand.office.season.ending import closing, reopening
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk


class PolicyTrials(Duty):
    """A changed policy, tried on everybody before it is in force."""

    kind = WorkKind.POLICY
    desk = Desk.HQ
    resumable = True
    after_stop = "已试判 {done} 人，规定没有改动。试判全部完成后才能保存，可以继续。"

    def advance(self, subject: int) -> WorkProgress:
        return WorkProgress(*policy_drafts.advance(subject))

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        rows = PolicyDraft.objects.filter(pk__in=subjects).defer("moved", "source")
        return {row.pk: WorkSummary(cls.kind.label, row.at, ended_at=row.tried_at) for row in rows}

    @classmethod
    def page(cls, subject: int) -> str:
        return f"/batches/drafts/{subject}"


class Closing(Duty):
    """A batch that two people want closed; when this is stopped, it stays open, and the files that
    lapsed return to where they were.

    Given up, it is undone by itself after a while: one person may not let it continue then.
    """

    kind = WorkKind.CLOSING
    desk = Desk.HQ
    retryable = False
    after_stop = (
        "批次没有关闭。已结转的 {done} 人随即恢复到关闭前的状态，申请、上报顺序和审核结果不变；恢复完成以前不能申请和审核。"
        "要关闭，请重新提出，并由第二人同意。"
    )

    def advance(self, subject: int) -> WorkProgress:
        return WorkProgress(*closing.advance(subject))

    def undo(self, subject: int) -> None:
        closing.undo(subject)

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        return _about(cls.kind, subjects)


class Reopening(Duty):
    """The list of a closed batch that two people want open again; when this is stopped, the batch
    stays closed and the work can be continued.

    It can't be stopped where the closing itself did not take place: one person would then leave a
    batch partly closed, which two people wanted neither closed nor so.
    """

    kind = WorkKind.REOPENING
    desk = Desk.HQ
    resumable = True
    after_stop = (
        "已列回 {done} 人，其余 {left} 人还没有列回，批次不能申请和审核。要办理本批次，请继续。"
    )
    before_first = "名单还没有开始恢复，批次仍不能申请和审核。要办理本批次，请继续。"

    def advance(self, subject: int) -> WorkProgress:
        return WorkProgress(*reopening.advance(subject))

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        return _about(cls.kind, subjects)

    @classmethod
    def may_end(cls, subject: int) -> bool:
        return not Batch.objects.filter(pk=subject, closing_undone=True).exists()


class Deleting(Duty):
    """The files of a batch that was deleted."""

    kind = WorkKind.DELETING
    desk = Desk.HQ
    resumable = True
    after_stop = "批次已经删除，已清理 {done} 人的名单，其余的不再显示。可以继续清理。"
    before_first = "批次已经删除，名单不再显示，还没有开始清理。可以继续清理。"

    def advance(self, subject: int) -> WorkProgress:
        return WorkProgress(*deleting.advance(subject))

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        rows = Batch.objects.filter(pk__in=subjects, deleted_at__isnull=False)
        return {row.pk: WorkSummary(f"{cls.kind.label} {row.code}", row.deleted_at) for row in rows}


_ENDS = {WorkKind.CLOSING: Deed.BATCH_CLOSED, WorkKind.REOPENING: Deed.BATCH_REOPENED}


def _about(kind: WorkKind, subjects: Collection[int]) -> dict[int, WorkSummary]:
    """Which batch it is, and when it was last closed, or open again: the account log knows."""
    events = AccountEvent.objects.annotate(code=KeyTextTransform("batch", "detail")).filter(
        code=OuterRef("code"), deed=_ENDS[kind].value
    )
    last = Subquery(events.order_by("-id").values("at")[:1])
    rows = Batch.objects.filter(pk__in=subjects).annotate(ended_at=last)
    found = {}
    for event in rows:
        under_way = {
            WorkKind.CLOSING: event.closing_since is not None,
            WorkKind.REOPENING: event.reopening,
        }
        ended = None
        if not under_way[kind]:
            ended = event.ended_at
        found[event.pk] = WorkSummary(f"{kind.label} {event.code}", ended_at=ended)
    return found
