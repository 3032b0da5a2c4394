"""A student's own file as the student's page shows it: its round, its steps, what is next."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from graduand.rulebook.gates import Basis
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
# Stages at which a file waits until somebody else acts: its step says so, whatever the conditions
# say.
HALTED = (Stage.RETURNED, Stage.DEFERRED, *_ENDED_AT)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file with the rules of its batch; `next_batch` is where it goes on after it, in words."""

    file: Candidate
    basis: Basis
    next_batch: str

    @property
    def stage(self) -> Stage:
        return Stage(self.file.stage)

    @property
    def open_round(self) -> RoundPolicy | None:
        """The round that takes the student now."""
        filing_round = self.basis.open_round()
        if filing_round is None and self.file.student.goes_on:
            return self.basis.open_round(early=True)
        return filing_round

    @property
    def filing_round(self) -> RoundPolicy | None:
        """The round in which the student can still be filed, open or to come."""
        return self.open_round or self.basis.filing_round()

    @property
    def lapses(self) -> bool:
        """Whether the application was not reviewed by the last day.

        Unless headquarters extends that, it is carried over.
        """
        return self.stage in (Stage.APPLIED, Stage.ENDORSED) and review_over(self.basis)

    @property
    def over(self) -> str:
        """The sentence that nobody can be filed in the batch any more, and what follows; without a
        full stop.
        """
        return f"本批次已不能再申请，没有办结的转入{self.next_batch}"


def track(
    own: OwnFile, findings: tuple[Finding, ...] | None, when: Expectation | None
) -> list[StepMark]:
    """Two conditions, then the stages; the first that is not done is the current one.

    A file that does not go on stops at a stage.
    """
    conditions = [_conditions(own.file, findings), _photo(findings)]
    stages = _stages(own, when)
    if own.stage in HALTED:
        return [*conditions, *_with_next(own, stages, "halt")]
    marks = [*conditions, *stages]
    if any(mark.state == "halt" for mark in marks):
        return marks
    return _with_next(own, marks, "now")


def _stages(own: OwnFile, when: Expectation | None) -> list[StepMark]:
    """The stages with the days on which they were done; the last one `when` it is expected."""
    marks = [_stage(own, label, column) for label, column in _WAY]
    if when is not None:
        marks[-1] = StepMark(marks[-1].label, _expected(when))
    return marks


def _stage(own: OwnFile, label: str, column: str) -> StepMark:
    """The state of a stage; a returned file does all of them anew."""
    moment = getattr(own.file, column)
    if own.stage is Stage.RETURNED or not moment:
        return StepMark(label, "")
    return StepMark(label, f"{office_day(moment)} 完成", "done")


def _expected(when: Expectation) -> str:
    if when.by is None:
        return "现在还说不准"
    return f"预计 {by_day(when.by)}"


def _with_next(own: OwnFile, marks: list[StepMark], state: str) -> list[StepMark]:
    """The marks, the first one without a state being in `state`."""
    for place, mark in enumerate(marks):
        if not mark.state:
            note = mark.note or _pending(own, mark) or "办理中" + waits(ahead(own.file, own.basis))
            return [*marks[:place], StepMark(mark.label, note, state), *marks[place + 1 :]]
    return marks


def _pending(own: OwnFile, mark: StepMark) -> str:
    """What is said of a step at which the file ended or was not handed in; "" of others."""
    if own.stage in _ENDED_AT:
        return _ENDED_AT[own.stage]
    if mark.label == _WAY[0][0]:
        return _not_applied(own)
    if own.lapses:
        return _NOT_REVIEWED
    return ""


def _not_applied(own: OwnFile) -> str:
    """What is said of an application that nobody has handed in."""
    if own.stage is Stage.DEFERRED:
        return _deferred(own.filing_round)
    if own.stage is not Stage.RETURNED:
        return f"未申请{_handed_in_by(own.open_round)}"
    if own.filing_round is None:
        return "已退回学习中心补正，本批次不能再提交"
    return f"待补正后重新提交{_handed_in_by(own.open_round)}"


def _deferred(filing_round: RoundPolicy | None) -> str:
    if filing_round is None:
        return "已暂缓，未申请"
    return f"已暂缓，未申请；要恢复的，由学习中心在 {by_day(filing_round.closes)}提交"


def _handed_in_by(filing_round: RoundPolicy | None) -> str:
    """An addition that says until when the centre can apply; "" while no round is open."""
    if filing_round is None:
        return ""
    return f"，由学习中心在 {by_day(filing_round.closes)}提交"


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
    if any(f.code in ACADEMIC_CODES and f.blocks for f in findings):
        return StepMark("毕业条件未满足", note, "halt")
    return StepMark("毕业条件已满足", note, "done")


def _photo(findings: tuple[Finding, ...] | None) -> StepMark:
    tag = tags.photo_tag(findings)
    if tag.tone == tags.OK:
        return StepMark("毕业照片已提交", "", "done")
    mark = StepMark("毕业照片", tag.title or tag.text)
    if findings is None:
        return mark
    return replace(mark, state="halt")


def days(own: OwnFile, findings: tuple[Finding, ...] | None) -> tuple[str, ...]:
    """Until which day something must be done by who has not applied, while a round is to come."""
    filing_round = own.filing_round
    if own.stage not in (Stage.LISTED, Stage.RETURNED) or filing_round is None:
        return ()
    photo = findings is not None and tags.photo_tag(findings).tone != tags.OK
    against = {finding.code for finding in findings or () if finding.blocks}
    barred = next((code for code in (EXPIRED, TOO_EARLY) if code in against), "")
    basis = own.basis
    return days_to_keep(
        basis.policy,
        filing_round,
        basis.closed_rounds,
        basis.today,
        photo=photo,
        grades=not against.isdisjoint(MARK_CODES),
        barred=barred,
        next_batch=own.next_batch,
    )
