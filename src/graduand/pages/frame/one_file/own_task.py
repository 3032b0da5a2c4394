"""The one thing that a student must do or know now."""

from __future__ import annotations

from datetime import date
from typing import Any

from graduand.models import Candidate
from graduand.pages.frame import tags
from graduand.pages.frame.one_file import return_reasons
from graduand.pages.frame.one_file.own_file import OwnFile
from graduand.pages.frame.phrases import in_brackets
from graduand.pages.frame.season import batch_work
from graduand.pages.frame.words import ShownFinding
from graduand.queries import judging
from graduand.queries.certificates import old_papers
from graduand.queries.clock import moment
from graduand.queries.judging import StaleMark
from graduand.queries.queue import standstill
from graduand.queries.records import person
from graduand.queries.records.person import HandoverRecord, HistoryEvent
from graduand.queries.review import grounds
from graduand.rulebook.identity.doubts import DOUBT
from graduand.rulebook.terms import Desk, HandoverMethod, Stage

_HALTED = {
    Stage.RETURNED: ("已退回补正。", "学习中心正在补正材料，如有需要会联系您。"),
    Stage.DEFERRED: ("已暂缓毕业：", "本批次不提交申请；如需恢复，请联系学习中心。"),
    Stage.REJECTED: ("审核不通过：", "原因见下方办理经过；如有异议，请联系学习中心申诉。"),
    Stage.LAPSED: ("本批次未办结：", "将转入{next}，请留意学习中心通知。"),
}
# The words where nobody can be filed, or reviewed, in the batch any more.
_HALTED_LATE = {
    Stage.RETURNED: "{over}；请联系学习中心先补正材料。",
    Stage.DEFERRED: "{over}；请留意学习中心通知。",
    Stage.REJECTED: "原因见下方办理经过；本批次不再重审，可在{next}申请，请联系学习中心。",
}
PAST = "本批次已截止，不再审核。总部延长截止日期的，会接着审核；不延长的，没有办结的转入"
_GIVEN = {
    HandoverMethod.PROXY: "毕业证书已由他人代领。",
    HandoverMethod.MAIL: "毕业证书已邮寄给您。",
    HandoverMethod.IN_PERSON: "已领取毕业证书。",
}
_CHANGED = "准予毕业以后资料有变化，现在不满足毕业条件，证书暂不编号"
_STOPPED = (
    "证书编号以后资料有变化，现在不满足毕业条件，总部核实以前不能领取，"
    "请先不要前来领证。有疑问请联系学习中心。"
)


def blocks(row: ShownFinding) -> bool:
    return row.tone == tags.BAD


def is_doubt(row: ShownFinding) -> bool:
    return row.code == DOUBT


def is_own(row: ShownFinding) -> bool:
    """What only the student can clear, also while the file is being reviewed and later."""
    return blocks(row) and row.desk == Desk.STUDENT.label


def is_lacking(row: ShownFinding) -> bool:
    """What holds up a certificate that is numbered already."""
    return blocks(row) and not is_doubt(row)


def judged_again(file: Candidate, mark: StaleMark) -> dict[str, Any]:
    """New data have come, and what they mean is not known yet."""
    if judging.stands_still():
        then = "学校的系统恢复后会接着审核，这里随后更新。暂时不需要您处理。"
        return note(tags.WARN, "重新审核暂时没有进展：", f"{then}{_whom_to_ask(file)}")
    text = f"{mark.words}，学校正在按新资料审核，完成后这里会更新。"
    if mark.judged_on:
        text += f"下面是 {mark.judged_on} 的结果，可能已有变化。"
    return note(tags.INFO, "正在重新审核：", text)


def not_carried_out(file: Candidate) -> dict[str, Any] | None:
    """A desk handed in the next step of this file, and nobody carries it out."""
    act = standstill.act_on(file.pk)
    if act is None:
        return None
    text = (
        f"学校已于 {moment(act.confirmed_at)} 提交对您档案的办理，系统暂时没有办成，"
        "恢复后会接着办理，这里随后更新。暂时不需要您处理。"
    )
    return note(tags.WARN, "办理暂时没有进展：", f"{text}{_whom_to_ask(file)}")


def old_paper(file: Candidate) -> dict[str, Any] | None:
    """The certificate was amended: the paper that the student has, or awaits, is an old one."""
    old = old_papers.of_file(file)
    if old is None:
        return None
    if file.stage == Stage.COLLECTED:
        text = (
            f"您的{old.what}内容已于 {old.since} 更正。请把手中的旧证交回学习中心，"
            "学校重新打印后会再寄来，请不要再使用旧证。"
        )
        return note(tags.BAD, "需要您处理：", text)
    return note(
        tags.WARN,
        "证书正在更换：",
        f"您的{old.what}内容已于 {old.since} 更正，学校按新内容重新打印后再发给您。",
    )


def _halted(
    own: OwnFile, findings: list[ShownFinding], history: list[HistoryEvent]
) -> dict[str, Any] | None:
    """Why the file does not go on for the moment, where others deal with it."""
    if own.stage in _HALTED:
        return _stands_still(own, history)
    if own.stage is Stage.APPROVED and findings:
        return note(
            tags.WARN,
            "证书暂缓办理：",
            f"{_CHANGED}；学习中心和学院正在处理，请配合。",
            ("查看详情", "#todo"),
        )
    if earlier := _from_earlier(own, history):
        return earlier
    if own.lapses:
        return note(
            tags.WARN, "没有在截止前审核通过：", f"{PAST}{own.next_batch}。请留意学习中心通知。"
        )
    if own.stage is Stage.LISTED and own.filing_round is None:
        return note(tags.WARN, "没有在本批次申请：", f"{own.over}；请留意学习中心通知。")
    if words := return_reasons.deferral(own.file, history):
        return note(tags.INFO, "您曾声明暂缓毕业：", words)
    if own.stage is Stage.CERTIFIED and not findings and return_reasons.unclaimed(history):
        return _unclaimed(own.file)
    return None


def _unclaimed(file: Candidate) -> dict[str, Any]:
    where = f"{file.centre.name}{in_brackets(file.centre.phone)}"
    text = f"要领取的，请联系{where}，由学院重新寄来；证书到了这里会更新。"
    return note(tags.WARN, "证书因无人领取已退回学院：", text)


def _stands_still(own: OwnFile, history: list[HistoryEvent]) -> dict[str, Any]:
    """The task of a file at a stage at which others act."""
    head, text = _HALTED[own.stage]
    if _is_over(own):
        text = _HALTED_LATE.get(own.stage, text)
    text = text.format(over=own.over, next=own.next_batch)
    if own.stage is Stage.RETURNED:
        text = f"{return_reasons.reason(history)}{text}"
    return note(tags.WARN, head, text)


def _is_over(own: OwnFile) -> bool:
    """Whether nobody can be filed, or of the rejected ones reviewed, in the batch any more."""
    basis = own.basis
    if basis.closed_on is not None or basis.today > basis.policy.closes_at:
        return True
    return own.filing_round is None and own.stage is not Stage.REJECTED


def _from_earlier(own: OwnFile, history: list[HistoryEvent]) -> dict[str, Any] | None:
    """How the last application ended, which still holds for a file that is listed anew."""
    if return_reasons.sent_back_before(own.file, history):
        then = f"{own.over}；请联系学习中心先补正材料。"
        if own.filing_round is not None:
            then = "学习中心补正后才能重新提交，如有需要会联系您。"
        return note(tags.WARN, "上次申请被退回。", f"{return_reasons.reason(history)}{then}")
    if why := return_reasons.lapsed_before(own.file, history):
        return note(tags.WARN, "上次申请没有办结：", why)
    return None


def _leading(own: OwnFile, history: list[HistoryEvent]) -> str:
    """What is said before the task: what it stopped, or why the application came back."""
    if own.stage is Stage.APPROVED:
        return f"{_CHANGED}。"
    if own.stage is Stage.RETURNED or return_reasons.sent_back_before(own.file, history):
        words = f"申请已退回，{return_reasons.reason(history)}"
        if own.filing_round is None:
            return f"{words}{own.over}。"
        return words
    if own.filing_round is None:
        return ""
    return return_reasons.deferral(own.file, history)


def task_of(
    own: OwnFile,
    findings: list[ShownFinding],
    given: HandoverRecord | None,
    history: list[HistoryEvent],
) -> dict[str, Any] | None:
    """The one thing to know: the student's task, what halts the file, or that there is none."""
    if day := person.cancelled(own.file):
        return _taken_back(own.file, day, given)
    if given is not None:
        return _collected(own.file, given, findings)
    return _still_to_come(own, findings, history)


def _still_to_come(
    own: OwnFile, findings: list[ShownFinding], history: list[HistoryEvent]
) -> dict[str, Any] | None:
    """The one thing to know for a student who has no certificate yet."""
    if own.stage in grounds.NUMBERED and any(is_lacking(row) for row in findings):
        return note(tags.WARN, "毕业证书暂停发放：", _STOPPED, ("查看详情", "#todo"))
    task = next((row for row in findings if is_own(row)), None)
    if task is not None:
        text = f"{_leading(own, history)}{task.sentence}。{task.todo}。"
        return note(tags.BAD, "需要您处理：", text, ("查看还差什么", "#todo"))
    if own.stage is Stage.LAPSED and own.file.batch.reopening:
        return _opened_again(own.file)
    if halted := _halted(own, findings, history):
        return halted
    if own.stage is Stage.RECEIVED:
        return _fetch(own, findings)
    if findings:
        return note(
            tags.WARN,
            "正在处理：",
            "下面的问题由学习中心、学院或总部办理，请配合提供材料。",
            ("查看详情", "#todo"),
        )
    return NOTHING_TO_DO


def _fetch(own: OwnFile, findings: list[ShownFinding]) -> dict[str, Any]:
    """To come for the certificate, unless the centre may not hand it over yet."""
    file = own.file
    if findings:
        return _doubted(findings[0])
    if not person.is_queryable(file):
        text = "学信网还查询不到您的学历注册信息，可以查询后才能领取，请等这里更新后再前来领证。"
        return note(tags.WARN, "证书已到学习中心，还不能领取：", text)
    issued = own.basis.policy.issue_date
    if own.basis.today < issued:
        text = f"发证日期为 {issued}，请到那一天以后再来领取；要提前领的，先问学习中心能否发给。"
        return note(
            tags.WARN, "证书已到学习中心，还没有到发证日期：", f"{text}{_whom_to_ask(file)}"
        )
    where = "，".join(
        part for part in (file.centre.name, file.centre.address, file.centre.phone) if part
    )
    text = f"证书已到学习中心，请带身份证件领取，并当面核对证书与学信网信息。领取地点：{where}。"
    return note(tags.INFO, "请您领取：", text)


def _doubted(doubt: ShownFinding) -> dict[str, Any]:
    """The certificate waits at the centre for a filing; the student acts while the case lies there."""
    text = "证书已到学习中心，但学信网身份核验存疑，备案以前不能领取，请先不要前来领证。"
    if doubt.desk == Desk.CENTRE.label:
        text += "请联系学习中心，按要求提交身份复核材料；备案以后这里会更新。"
        return note(tags.BAD, "需要您处理：", text)
    text += f"{doubt.desk}：{doubt.todo}。结果这里会更新。"
    return note(tags.WARN, "暂时不能领取：", text)


def _opened_again(file: Candidate) -> dict[str, Any]:
    """The batch that the file lapsed with is being opened again."""
    if batch_work.standing_still(file.batch):
        then = "学校的系统恢复后会接着恢复名单，这里随后更新。暂时不需要您处理。"
        return note(tags.WARN, "本批次重新开放暂时没有进展：", f"{then}{_whom_to_ask(file)}")
    return note(
        tags.INFO,
        "本批次正在重新开放：",
        "名单恢复完成后这里会更新；需要重新申请的，由学习中心办理。",
    )


def _whom_to_ask(file: Candidate) -> str:
    return f"有疑问请联系{file.centre.name}{in_brackets(file.centre.phone)}。"


def _taken_back(file: Candidate, day: date, given: HandoverRecord | None) -> dict[str, Any]:
    """The registry has cancelled the registration, so the student need not wait."""
    ask = _whom_to_ask(file)
    if given is None:
        text = f"现在不能领取，请先不要前来领证；总部办理后这里会更新。{ask}"
    else:
        text = f"您领到的证书在学信网查询不到；总部正在办理，需要交回旧证时学习中心会通知您。{ask}"
    return note(tags.WARN, f"学信网学历注册已于 {day} 注销：", text)


def _collected(
    file: Candidate, given: HandoverRecord, findings: list[ShownFinding]
) -> dict[str, Any]:
    """The certificate was handed over, and to whom; details and objections are below.

    What has changed since is a matter between the desks: it is mentioned in a sentence, and nothing
    is asked of the student.
    """
    if any(is_doubt(row) for row in findings):
        text = f"学信网身份核验存疑，办理情况见下方；需要您提交材料时学习中心会联系您。{_whom_to_ask(file)}"
        return note(tags.WARN, _GIVEN[given.method], text)
    if grounds.is_lost(file):
        text = f"领证以后学习记录有变化，学院和总部正在核对，现在不需要您处理。{_whom_to_ask(file)}"
        return note(tags.INFO, _GIVEN[given.method], text)
    if given.method is HandoverMethod.PROXY:
        return note(
            tags.WARN, _GIVEN[given.method], "谁领的、什么时候领的见下方；如有疑问请尽快提出。"
        )
    if given.method is HandoverMethod.MAIL:
        return note(tags.OK, _GIVEN[given.method], "运单号见下方。祝贺毕业！")
    return note(tags.OK, _GIVEN[given.method], "祝贺毕业！")


def note(tone: str, head: str, text: str, button: tuple[str, str] | None = None) -> dict[str, Any]:
    return {"tone": tone, "head": head, "text": text, "button": button}


NOTHING_TO_DO = note(tags.INFO, "暂时不需要您处理。", "有进展时这里会更新。")
