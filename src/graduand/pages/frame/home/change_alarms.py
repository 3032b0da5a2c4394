"""What has changed since a file was approved or numbered, and what a desk has to do then.

The home page and the page of the file use the same words.
"""

from __future__ import annotations

from graduand.models import Candidate
from graduand.queries.certificates import old_papers
from graduand.queries.filing.candidate_criteria import lost
from graduand.queries.review import grounds, lost_in_review
from graduand.rulebook.terms import Desk, Stage, Verb
from graduand.rulebook.words import led_by

# What a centre can do where marks or papers stop an approved file: it decides nothing, and knows
# the student.
_CENTRE_HELPS = "请核对未发布、未导入的成绩，补材料，并告诉学生"
_IN_REVIEW = {
    Desk.CENTRE: _CENTRE_HELPS,
    Desk.COLLEGE: "成绩有误的请更正，一时补不齐的请退回补正（已到总部的，由总部退回）",
    Desk.HQ: "请等学院更正成绩，或退回补正",
}
_HQ_DECIDES = f"请逐人核实，仍然有效的办理「{Verb.CONFIRM_ISSUE.label}」，属实的办理「{Verb.VOID.label}」，成绩有误的等学院更正"
_GIVEN = {
    Desk.CENTRE: "维持，或作废证书。证书在学生手里，没有要发的，也先不要收回；成绩或材料有误的，请协助更正",
    Desk.COLLEGE: "维持，或作废证书。成绩有误的，请更正",
}
OLD_HERE = "证书内容已更正，中心的旧证不能发给学生，等学院收回"
OLD_GIVEN = "证书内容已更正，旧证在学生手里：请通知学生交回，收到后转交学院收回"
_NO_UNDOING = f"「{Verb.UNCOLLECT.label}」只用于登记错了的签领，收回旧证不用它"


def in_review(desk: Desk) -> str:
    """The words for a file that has been filed and that no review passes any more."""
    return f"申请以后资料有变化，不再符合条件，审核不能通过：{_IN_REVIEW[desk]}"


def after_approval(desk: Desk) -> str:
    """The words for a file that is approved and can't be numbered any more."""
    sentence = "准予毕业以后资料有变化，不再符合条件，不能编号制证"
    if desk is Desk.CENTRE:
        return f"{sentence}：{_CENTRE_HELPS}"
    return sentence


def after_number(desk: Desk) -> str:
    """The words for a numbered file that no longer qualifies, while there is a step left to stop."""
    sentence = "编号制证以后资料有变化，不再符合毕业条件，寄出和签领已停"
    todo = {Desk.CENTRE: f"证书先不要发，{_CENTRE_HELPS}", Desk.HQ: _HQ_DECIDES}.get(desk, "")
    return f"{sentence}{led_by('：', todo)}"


def after_handing_over(desk: Desk) -> str:
    """The words for a file that no longer qualifies and whose student has the certificate in hand:
    headquarters decides.
    """
    sentence = "学生领证以后资料有变化，不再符合毕业条件"
    if desk is Desk.HQ:
        return f"{sentence}：{_HQ_DECIDES}"
    return f"{sentence}，由总部核实：{_GIVEN[desk]}"


def of_file(desk: Desk, file: Candidate) -> tuple[str, bool]:
    """(what has changed, as the home page says it, "" for nothing; whether the person no longer
    qualifies).

    For a numbered certificate other desks read what holds it up, and for an outdated paper who has
    it now.
    """
    if file.aside:
        return "", False
    if not _no_longer_qualifies(file):
        return _of_old_paper(desk, file), False
    if file.stage in lost_in_review.STAGES:
        return in_review(desk), True
    if file.stage == Stage.APPROVED:
        return after_approval(desk), True
    if desk is not Desk.CENTRE:
        return "", True
    if file.stage == Stage.COLLECTED:
        return after_handing_over(desk), True
    return after_number(desk), True


def _no_longer_qualifies(file: Candidate) -> bool:
    if file.stage in lost_in_review.STAGES:
        return lost_in_review.is_lost(file)
    if file.stage == Stage.APPROVED:
        return Candidate.objects.filter(lost(), pk=file.pk).exists()
    return grounds.is_lost(file)


def _of_old_paper(desk: Desk, file: Candidate) -> str:
    """The words for the centre that has the paper, or whose student has it: the content was
    amended.
    """
    if desk is not Desk.CENTRE or file.stage not in (Stage.RECEIVED, Stage.COLLECTED):
        return ""
    if old_papers.of_file(file) is None:
        return ""
    if file.stage == Stage.RECEIVED:
        return OLD_HERE
    return f"{OLD_GIVEN}。{_NO_UNDOING}"
