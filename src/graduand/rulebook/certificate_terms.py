"""The terms of what belongs to a certificate: its registration, whether its content is still that
of the record, whether the paper in hand says that content, and the degree certificate.
"""

from __future__ import annotations

from graduand.rulebook.terms import SENT_STAGES, Stage
from graduand.rulebook.words import Word


class Registration(Word):
    """学历注册 of a certificate at the national registry."""

    NONE = "none", "未注册"
    ENTERED = "entered", "已注册"
    CANCELLED = "cancelled", "注册已注销"


class ContentState(Word):
    """Whether the content of a valid certificate is what the record would give it today."""

    AGREES = "agrees", "与学籍一致"
    DIFFERS = "differs", "与学籍不一致"


class DegreePaper(Word):
    """The degree certificate of whom the degree was granted to."""

    NONE = "unnumbered", "学位证书未编号"
    NUMBERED = "numbered", "学位证书已编号"
    OLD = "old", "学位证书待重制"


class Grounds(Word):
    """Of whom a numbered certificate speaks that does not satisfy the conditions any more; nobody
    else stands at either.
    """

    LOST = "lost", "不再符合毕业条件"
    CONFIRMED = "confirmed", "已核实维持"


class PaperState(Word):
    """Whether the paper that lies somewhere says what its certificate says since it was amended."""

    CURRENT = "current", "无须更换"
    REPRINT = "reprint", "待重新打印"
    BACK = "back", "旧证待收回"


# The outdated paper has left the house that printed it: it comes back before a new one is printed.
OLD_PAPER_OUT = SENT_STAGES


def paper_state(stage: Stage, *, old_paper: bool) -> PaperState:
    """What is to be done about the paper of a file at `stage`."""
    if not old_paper:
        return PaperState.CURRENT
    if stage in OLD_PAPER_OUT:
        return PaperState.BACK
    return PaperState.REPRINT


def old_papers_words(*, certificate: bool, degree: bool) -> str:
    """Which papers of a file say what was amended."""
    named = ("证书" if certificate else "", "学位证书" if degree else "")
    return "和".join(word for word in named if word)
