"""The draft of a notice to the centres. It is written from the policy itself, so that it cannot
differ from what is judged.
"""

from __future__ import annotations

from graduand.rulebook.season.agenda import AgendaEntry, agenda, day_words
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import RoundKind


def title_of(policy: BatchPolicy) -> str:
    """关于做好 2023 年 7 月毕业生毕业审核和证书办理相关工作的通知."""
    return f"关于做好 {_season(policy)}毕业生毕业审核和证书办理相关工作的通知"


def _season(policy: BatchPolicy) -> str:
    return f"{policy.code[:4]} 年 {int(policy.code[4:])} 月"


def body_of(policy: BatchPolicy) -> str:
    """The text, one paragraph per line; headquarters reads and amends it before it is published."""
    parts = [
        "各学习中心：",
        f"现将 {policy.code} 批次毕业审核和证书办理的安排通知如下。",
        "一、毕业对象",
        f"入学年度学期为 {policy.enrolled_through} 及之前入学的学生。",
        "二、时间安排",
        *_rounds(policy),
        f"本批次毕业审核和证书办理于 {day_words(policy.closes_at)}截止，证书发证日期统一为 {day_words(policy.issue_date)}。",
        "三、照片与身份",
        *_photos(policy),
        "学信网反馈身份存疑、缺少录取照片或学历照片的学生，不能通过审核；请核查学信网学历照片与毕业照片一致。",
        "四、毕业档案",
        *_papers(policy),
        "五、注意事项",
        "1. 总部按申请上报的先后办理，请在同一轮内将学生适当集中后上报，避免过于分散。",
        "2. 证书到达后请清点签收，学生核对证书与学信网信息无误后签领，做好签收回执，留存签领记录。",
        "3. 请对应届毕业生证书办理情况查缺补漏，做到全部办理、按时发放。",
        *_promise(policy),
        *_contacts(policy),
    ]
    return "\n".join(parts)


def _rounds(policy: BatchPolicy) -> list[str]:
    days = agenda(policy)
    return [
        f"{place}. {_round(name, [entry for entry in days if entry.round_name == name])}"
        for place, name in enumerate(_names(policy), 1)
    ]


def _names(policy: BatchPolicy) -> list[str]:
    """The names of the rounds in the order of the notice: the normal ones by their opening, then
    the early one.
    """
    ordered = sorted(policy.rounds, key=lambda rule: (rule.kind is RoundKind.EARLY, rule.opens))
    return [rule.name for rule in ordered]


def _round(name: str, days: list[AgendaEntry]) -> str:
    """The line of one round. Why a day is as it is stands there only for the early round, whose day
    is computed (三.3).
    """
    parts = []
    # 毕业申请 comes first, the others keep their order.
    for entry in sorted(days, key=lambda entry: entry.what != "毕业申请"):
        words = f"{entry.what} {entry.words}"
        if entry.why and entry.source == "三.3":
            words += f"（{entry.why}）"
        parts.append(words)
    return f"{name}：{'；'.join(parts)}。"


def _photos(policy: BatchPolicy) -> list[str]:
    spec = policy.photo
    late = [
        f"{rule.name}的照片须在 {day_words(rule.photo_deadline)}前提交，未提交的不能进入该轮初审名单"
        for rule in policy.rounds
        if rule.photo_deadline
    ]
    first = f"毕业照片为 {spec.width}×{spec.height}、不超过 {spec.max_bytes // 1024} KB 的{spec.colour}底 jpg，以学号命名"
    return ["；".join([first, *late]) + "。"]


def _papers(policy: BatchPolicy) -> list[str]:
    if not policy.dossier:
        return ["按学院要求整理。"]
    names = "、".join(paper.label for paper in policy.dossier)
    return [
        f"毕业档案包含{names}，按毕业生花名册顺序排列，统一邮寄。自我鉴定不少于 {policy.self_appraisal_min_chars} 字。"
    ]


def _promise(policy: BatchPolicy) -> list[str]:
    if policy.promise.start != "issue_date":
        return []
    return [
        f"4. 学生应在毕业后 {policy.promise.months} 个月内（{day_words(policy.promise_due)}前）拿到毕业证书。"
    ]


def _contacts(policy: BatchPolicy) -> list[str]:
    who = policy.contacts
    rows = (
        ("联系人", "、".join(who.people)),
        ("联系电话", who.phone),
        ("邮箱", who.email),
        ("毕业生档案邮寄地址", who.address),
    )
    lines = [f"{label}：{value}" for label, value in rows if value]
    if not lines:
        return []
    return ["六、联系方式", *lines]
