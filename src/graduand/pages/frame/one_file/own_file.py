"""A student's own file as the student's page tells of it: in which round it can be filed, where it goes on, its steps."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import Candidate
from graduand.pages.frame import tags
from graduand.pages.frame.season.deadlines import StepMark
from graduand.pages.frame.words import waits
from graduand.queries.review import grounds
from graduand.queries.review.reviewing import ahead, review_over
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.calendar import by_day, office_day
from graduand.rulebook.clauses import ACADEMIC_CODES, EXPIRED, MARK_CODES, TOO_EARLY, Finding
from graduand.rulebook.filing.own_days import days_to_keep
from graduand.rulebook.gates import Bench
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.season.promise import Expectation
from graduand.rulebook.terms import Stage

# The steps that a student sees, and when each was completed.
_WAY = (
    ("学习中心申请", "applied_at"),
    ("学院审核", "endorsed_at"),
    ("总部审核", "approved_at"),
    ("证书编号制证", "certified_at"),
    ("证书寄到学习中心", "received_at"),
    ("领取毕业证书", "collected_at"),
)
_NOT_REVIEWED = "没有在截止前审核通过"
_ENDED_AT = {Stage.REJECTED: "审核不通过", Stage.LAPSED: "本批次未办结"}
# Files that stand still until somebody else does something: their step says so, whatever the
# conditions say.
HALTED = (Stage.RETURNED, Stage.DEFERRED, *_ENDED_AT)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file with the rules of its batch; `next_batch` is where it goes on when it ends there, in words."""

    file: Candidate
    bench: Bench
    next_batch: str

    @property
    def stage(self) -> Stage:
        return Stage(self.file.stage)

    @property
    def open_round(self) -> RoundPolicy | None:
        """The round that takes the student now."""
        return self.bench.open_round() or (
            self.bench.open_round(early=True) if self.file.student.goes_on else None
        )

    @property
    def filing_round(self) -> RoundPolicy | None:
        """The round in which the student can still be filed, open or to come."""
        return self.open_round or self.bench.filing_round()

    @property
    def lapses(self) -> bool:
        """Whether the application was not reviewed by the last day: unless headquarters extends that, it is carried over."""
        return self.stage in (Stage.APPLIED, Stage.ENDORSED) and review_over(self.bench)

    @property
    def over(self) -> str:
        """That nobody can be filed in the batch any more, and what follows; without a full stop."""
        return f"本批次已不能再申请，没有办结的转入{self.next_batch}"


def track(
    own: OwnFile, findings: tuple[Finding, ...] | None, when: Expectation | None
) -> list[StepMark]:
    """Two conditions, then the stages; the first that is not done is now. A file that stands still does so at a stage."""
    marks = [_conditions(own.file, findings), _photo(findings)]
    first = len(marks) if own.stage in HALTED else 0
    for label, column in _WAY:
        moment = (
            None if own.stage is Stage.RETURNED else getattr(own.file, column)
        )  # all is done anew
        note = f"{office_day(moment)} 完成" if moment else ""
        marks.append(StepMark(label, note, "done" if moment else ""))
    if when is not None:
        marks[-1] = StepMark(
            marks[-1].label, f"预计 {by_day(when.by)}" if when.by else "现在还说不准"
        )
    waiting = next(
        (place for place, mark in enumerate(marks) if place >= first and not mark.state), None
    )
    stopped = first == 0 and any(mark.state == "halt" for mark in marks)
    if waiting is not None and not stopped:
        mark = marks[waiting]
        note = mark.note or _pending(own, mark) or "办理中" + waits(ahead(own.file, own.bench))
        marks[waiting] = StepMark(mark.label, note, "halt" if first else "now")
    return marks


def _pending(own: OwnFile, mark: StepMark) -> str:
    """What is said of an application that nobody has handed in, and of a step at which the file has ended; "" of others."""
    if own.stage in _ENDED_AT:
        return _ENDED_AT[own.stage]
    if mark.label != _WAY[0][0]:
        return _NOT_REVIEWED if own.lapses else ""
    last, turn = own.filing_round, own.open_round
    if own.stage is Stage.DEFERRED:
        return (
            f"已暂缓，未申请；要恢复的，由学习中心在 {by_day(last.closes)}提交"
            if last
            else "已暂缓，未申请"
        )
    if own.stage is Stage.RETURNED and last is None:
        return "已退回学习中心补正，本批次不能再提交"
    said = "待补正后重新提交" if own.stage is Stage.RETURNED else "未申请"
    return f"{said}，由学习中心在 {by_day(turn.closes)}提交" if turn else said


def _conditions(file: Candidate, findings: tuple[Finding, ...] | None) -> StepMark:
    row = getattr(file, "judgement", None)
    if findings is None or row is None:
        return StepMark("毕业条件", "等待审核")
    note = f"学分 {credits_text(row.total)} / {credits_text(file.student.plan.min_total)}"
    if any(f.code in ACADEMIC_CODES for f in findings):
        if file.stage == Stage.COLLECTED and grounds.is_lost(file):
            return StepMark("毕业条件正在核对", note, "now")
        if grounds.is_confirmed(file):
            return StepMark("毕业条件已由总部核实", note, "done")
    missing = any(f.code in ACADEMIC_CODES and f.blocks for f in findings)
    return (
        StepMark("毕业条件未满足", note, "halt")
        if missing
        else StepMark("毕业条件已满足", note, "done")
    )


def _photo(findings: tuple[Finding, ...] | None) -> StepMark:
    tag = tags.photo_tag(findings)
    if tag.tone == tags.OK:
        return StepMark("毕业照片已提交", "", "done")
    return StepMark("毕业照片", tag.title or tag.text, "halt" if findings is not None else "")


def days(own: OwnFile, findings: tuple[Finding, ...] | None) -> tuple[str, ...]:
    """Until which day something must be done, for who has not applied, as far as a round is open or to come."""
    turn = own.filing_round
    if own.stage not in (Stage.LISTED, Stage.RETURNED) or turn is None:
        return ()
    photo = findings is not None and tags.photo_tag(findings).tone != tags.OK
    against = {finding.code for finding in findings or () if finding.blocks}
    barred = next((code for code in (EXPIRED, TOO_EARLY) if code in against), "")
    bench = own.bench
    return days_to_keep(
        bench.policy,
        turn,
        bench.closed_rounds,
        bench.today,
        photo=photo,
        grades=not against.isdisjoint(MARK_CODES),
        barred=barred,
        next_batch=own.next_batch,
    )
