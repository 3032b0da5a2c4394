"""What a confirmation asks for about its files, what it advises, and whether all was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from graduand.models import Candidate, Pick
from graduand.office import acts, picks
from graduand.office.people.second_person import second_acts
from graduand.office.refusal import Refused
from graduand.pages.frame.offers import Offer, RequiredAnswers, asks, reason_choices
from graduand.pages.frame.season import late_filing
from graduand.queries.certificates import old_papers
from graduand.queries.scope import Actor
from graduand.rulebook.gates import Basis
from graduand.rulebook.judging import unanswered
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import Desk, ReasonCode, Verb

PASSED_OVER = "案卷还没有由学习中心、学院逐级提交和上报，现在由总部直接决定"
EARLY = f"{PASSED_OVER}：请写明理由，由总部另一人同意后生效。"
# The files that an act would move, where 可以 and the label of its verb do not make a sentence.
_READY = {
    Verb.APPLY: "可以提交的",
    Verb.ENDORSE: "可以审核通过的",
    Verb.REJECT: "可以判为审核不通过的",
    Verb.DEGREE_DECLINE: "可以决定不授予学位的",
    Verb.DEGREE_CERTIFY: "可以给学位证书编号的",
    Verb.CONFIRM_ISSUE: "核实后可以维持的",
}
# The verbs that take a second person, always or where the file has come far enough.
MAY_TAKE_TWO = frozenset(
    {
        Verb.LAPSE,
        Verb.REOPEN,
        Verb.VOID,
        Verb.SEND_BACK,
        Verb.DEGREE_GRANT,
        Verb.DEGREE_DECLINE,
        Verb.UNCOLLECT,
        Verb.RECALL,
        Verb.CASE_CLEAR,
        Verb.CASE_UPHOLD,
        Verb.AMEND,
        Verb.DEREGISTER,
        Verb.REREGISTER,
        Verb.CONFIRM_ISSUE,
    }
)
ADVICE = {
    Verb.APPLY: "提交后由学院审核；申请截止前可以撤回。证书按提交的先后顺序办理，请尽量集中提交。",
    Verb.DEFER: "暂缓后本批次不再提交申请；恢复后可重新申请。",
    Verb.SEND_BACK: "退回后由学习中心补正，再重新提交；原申请顺序不保留。",
    Verb.REJECT: "审核不通过后，须由总部两人共同重审才能恢复。",
    Verb.LAPSE: "本批次不再办理，学生转入下一毕业批次，在那里重新申请；只有重新开放本批次才能恢复。",
    Verb.CERTIFY: "编号以后号码不能收回；照片以准予毕业时的为准。",
    Verb.AMEND: "只用于学信网已按原编号更正的证书；更正后编号不变，须按新内容重新打印。"
    "已寄出、到中心或学生已领的旧证，先由学院退回收回，再打印新证。未注册的请作废重办。",
    Verb.DEREGISTER: "只登记学信网已经办妥的注销；登记后不能签领，可以作废重办。登记错了，由两人撤销。",
    Verb.REREGISTER: "只用于登记错了的：证书恢复登记注销以前的注册状态。学信网重新注册的，请导入「注册结果」。",
    Verb.VOID: "原编号不再使用；已编号的学位证书一并作废。已经打印的纸质证书，除遗失的以外须收回，由学院销毁。",
    Verb.DEGREE_CERTIFY: "编号以后号码不能收回；学位证书的内容从此固定。",
    Verb.DEGREE_REPLACE: "新的学位证书已按更正后的内容制作、旧的已经收回作废时登记；依据写明新证制作的日期和经办人。",
    Verb.CONFIRM_ISSUE: "证书仍然有效才办理：只维持这里列出的各项，以后有变化的须重新核实。成绩有误的先更正，属实的作废证书。",
    Verb.SHIP: "每个学习中心一个运单；封箱后不能再放入其他证书。",
    Verb.RECEIVE: "签收表示已逐件清点、全部收到；有缺少的，请到「包裹」里按运单清点签收。",
    Verb.COLLECT: "请当面或凭委托材料办理；学生核对证书与学信网信息一致后再签领。",
    Verb.RECALL: "证书已回到学院才办理；遗失的不能退回，未签领的报总部作废重办，已签领的出具毕业证明书。",
    Verb.UNCOLLECT: "只用于登记错了的签领：证书应仍在学习中心。撤销后回到「中心已签收」，学生的确认不再算数，重新签领时再确认。",
}


# The advice where an amendment changes nothing that is printed.
SAME_PAPER = (
    "只用于学信网已按原编号更正的证书；更正后编号不变。"
    "这次更正的各项不印在纸质证书上，不须收回旧证、重新打印。未注册的请作废重办。"
)


def advice(verb: Verb, basis: Basis, *, same_paper: bool = False) -> str:
    """What to consider before confirming; a file that is sent back too late can't be filed again."""
    if verb is Verb.AMEND and same_paper:
        return SAME_PAPER
    if verb is not Verb.SEND_BACK or basis.filing_round() is not None:
        return ADVICE.get(verb, "")
    if basis.closed_on is not None:
        return late_filing.WARNING_CLOSED
    return late_filing.WARNING


def ready_words(verb: Verb, *, two: bool = False) -> str:
    """`可以签领的`: the files that the act would move; what takes `two` people is put to the second one."""
    if two:
        return "可以提交的"
    return _READY.get(verb, f"可以{verb.label}的")


def asked_for(offer: Offer, file: Candidate | None, files: Sequence[int] = ()) -> RequiredAnswers:
    """What the form asks for about `files`, or about `file` alone.

    A revision needs the same reasons as what it revises. For a case that is decided a level early
    the note gives the reason, since none of the codes for sending back does.
    """
    usual = asks(offer)
    if offer.verb is Verb.RECALL and files:
        return _about_papers(usual, offer, files)
    if file is None or usual.reason or offer.verb not in MAY_TAKE_TWO:
        return usual
    if "REASON" not in second_acts.demanded(offer.verb, file):
        return usual
    if offer.step.track is Track.CASE:
        return replace(usual, texts=[("note", "依据（文号）和直接决定的理由")], early=EARLY)
    return replace(usual, reason=reason_choices(offer))


def _about_papers(usual: RequiredAnswers, offer: Offer, files: Sequence[int]) -> RequiredAnswers:
    """The reasons for papers to come back: outdated ones because they are outdated, others for any
    other reason.
    """
    old = old_papers.count(files)
    if not old:
        return replace(usual, reason=reason_choices(offer, old_paper=False))
    if old < len(files):
        return replace(usual, reason=reason_choices(offer))
    return replace(
        usual, reason=reason_choices(offer, old_paper=True), likely=ReasonCode.REPLACED.value
    )


def who_agrees(offer: Offer) -> str:
    """The sentence that says who has to agree before anything happens."""
    then = "在自己的账号「待同意事项」中核对并确认，一天内有效；确认前不会有任何变化。"
    if offer.step.desk is Desk.HQ:
        return f"这一步须由总部两人共同办理：提交后请另一位同事{then}"
    return f"这一步须由两人共同办理：提交后请总部的一位老师{then}"


def refuse_unanswered(pick: Pick, offer: Offer, actor: Actor, said: dict[str, Any]) -> None:
    """Refuse an act that lacks what its form asks for; the dialog shows all of it at once.

    Raises Refused.
    """
    wanted = asks(offer)
    if not (wanted.reason or wanted.handover):
        return
    act_request = acts.ActRequest(offer.verb, answers=said)
    problems = [
        f"{finding.sentence}；{finding.todo}"
        for finding in unanswered(offer.step, acts.asked_by(actor, act_request))
    ]
    problems += acts.proxy_problems(pick.batch, picks.ids_of(pick), actor, act_request)
    if problems:
        raise Refused("。".join(problems))


def shown(form: QueryDict, offer: Offer) -> dict[str, Any]:
    """What the form had shown of the grounds of a decision: it is made on these, or not at all."""
    read = {"read": form.getlist("read")}
    if offer.step.track is Track.GROUNDS:
        return {"grounds": form.getlist("grounds"), **read}
    if offer.verb is Verb.DEGREE_DECLINE:
        return {"against": form.get("against"), **read}
    return {}


def waybills(form: QueryDict) -> dict[str, dict[str, list[str]]]:
    """The carrier and the number that were typed for each centre, as long as they are: the office
    spells them, and refuses what no waybill is.
    """
    codes = [name.partition("-")[2] for name in form if name.startswith("tracking-")]
    typed = {
        code: [form.get(f"{part}-{code}", "").strip() for part in ("carrier", "tracking")]
        for code in codes
    }
    if not typed:
        return {}
    return {"waybills": typed}
