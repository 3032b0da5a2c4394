"""How a page's files are printed: what to tell the system administrator, who prints."""

from __future__ import annotations

from graduand.pages.frame.lists.list_spec import OperatorCommand
from graduand.queries.season.seasons import SEVERAL
from graduand.rulebook.papers.printing import NUMBERED_LISTS
from graduand.rulebook.terms import PaperKind, Verb


def _is_one_batch(batch: str) -> bool:
    return batch not in ("", *SEVERAL)


def _batch_to_print(batch: str) -> str:
    """The batch in words for the person who prints."""
    if _is_one_batch(batch):
        return f"毕业批次 {batch}"
    return "毕业批次"


def _batch_argument(batch: str) -> str:
    """The batch as the command takes it; a word in its place where the page is about several."""
    if _is_one_batch(batch):
        return batch
    return "批次"


def printing(batch: str, *kinds: PaperKind) -> OperatorCommand:
    """How the files of a page are printed.

    Printing is a command, which no desk has, so the page says whom to ask.
    """
    named = "、".join(kind.label for kind in kinds)
    tell = (
        f"请告诉他：{_batch_to_print(batch)}、要打印的材料（{named}），只要一部分的，"
        "再附上轮次、学习中心或学号名单；印好的文件由他交给您。"
    )
    if any(kind in NUMBERED_LISTS for kind in kinds):
        tell += (
            "证书暂不能寄出或签领的人不列入，已在途的注明「暂不发」；"
            "是哪些人、怎么办，看他同时得到的「不能打印和提醒」名单。"
        )
    commands = "；".join(
        f"graduand papers {_batch_argument(batch)} --kind {kind.label} --out 目录" for kind in kinds
    )
    return OperatorCommand(f"打印{named}", tell, commands)


def reprinting(batch: str) -> OperatorCommand:
    """How the certificates that were amended are printed anew; nobody has to be named."""
    tell = (
        f"请告诉他：{_batch_to_print(batch)}，打印更正后待重新打印的毕业证书（程序只打印这些人的，不用另附名单）。印好的证书由他交给您，"
        "您再送到学院；旧证由学院作废。打印以后这里不再列出，学院就可以寄出。学位证书不在其中：由总部重制，"
        f"制好后在该生的档案页办理「{Verb.DEGREE_REPLACE.label}」，然后才能寄出。"
    )
    command = (
        f"graduand papers {_batch_argument(batch)} "
        f"--kind {PaperKind.CERTIFICATE.label} --amended --out 目录"
    )
    return OperatorCommand("更正后重新打印毕业证书", tell, command)
