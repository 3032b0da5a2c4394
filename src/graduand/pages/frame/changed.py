"""What has changed since a file was approved or numbered, and what is asked of a desk then: on home, and on the file's page."""

from __future__ import annotations

from graduand.models import Candidate
from graduand.queries import grounds, old_papers
from graduand.queries.candidates import lost
from graduand.rulebook.terms import Desk, Stage, Verb

# What a centre can do for somebody whose marks or papers stop what was approved: it decides nothing, and knows the student.
_CENTRE_HELPS = "请核对未发布、未导入的成绩，补材料，并告诉学生"
OLD_HERE = "证书内容已更正，中心的旧证不能发给学生，等学院收回"
OLD_GIVEN = "证书内容已更正，旧证在学生手里：请通知学生交回，收到后转交学院收回"
_NO_UNDOING = f"「{Verb.UNCOLLECT.label}」只用于登记错了的签领，收回旧证不用它"


def after_approval(desk: Desk) -> str:
    """Of whoever is approved and can't be numbered any more."""
    told = "准予毕业以后资料有变化，不再符合条件，不能编号制证"
    return f"{told}：{_CENTRE_HELPS}" if desk is Desk.CENTRE else told


def after_number(desk: Desk) -> str:
    """Of whoever has a number and no longer qualifies."""
    told = "编号制证以后资料有变化，不再符合毕业条件，寄出和签领已停"
    return f"{told}：证书先不要发，{_CENTRE_HELPS}" if desk is Desk.CENTRE else told


def of_file(desk: Desk, file: Candidate) -> tuple[str, bool]:
    """(what has changed, as home says it, "" for nothing; whether the person no longer qualifies).

    Of a numbered certificate other desks read what holds it up, and of an old paper who has it now.
    """
    if file.aside:
        return "", False
    if file.stage == Stage.APPROVED:
        gone = Candidate.objects.filter(lost(), pk=file.pk).exists()
        return (after_approval(desk) if gone else ""), gone
    centre = desk is Desk.CENTRE
    if grounds.is_lost(file):
        return (after_number(desk) if centre else ""), True
    if not centre or file.stage not in (Stage.RECEIVED, Stage.COLLECTED) or old_papers.of_file(file) is None:
        return "", False
    return (OLD_HERE if file.stage == Stage.RECEIVED else f"{OLD_GIVEN}。{_NO_UNDOING}"), False
