"""Tags: each stage, degree state and finding with its tone; the sign comes from the tone, never colour alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.queries.filing.candidate_criteria import CHSI_CODES, DOUBT_CODES, PHOTO_CODES
from graduand.queries.filing.candidates import CandidateLine
from graduand.queries.filing.set_aside import ENDED
from graduand.queries.judging import StaleMark
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.certificate_terms import PaperState, paper_state
from graduand.rulebook.clauses import ACADEMIC_CODES, Finding
from graduand.rulebook.papers.printing import NOT_YET
from graduand.rulebook.terms import CaseState, DegreeState, JobState, Stage

IDLE, INFO, OK, WARN, BAD, AGAIN = "", "info", "ok", "warn", "bad", "again"
_STAGE_TONE = {
    Stage.APPLIED: INFO,
    Stage.ENDORSED: INFO,
    Stage.DEFERRED: WARN,
    Stage.RETURNED: WARN,
    Stage.REJECTED: BAD,
    Stage.APPROVED: OK,
    Stage.CERTIFIED: OK,
    Stage.SHIPPED: OK,
    Stage.RECEIVED: OK,
    Stage.COLLECTED: OK,
}
_DEGREE_TONE = {
    DegreeState.APPLIED: INFO,
    DegreeState.RETURNED: WARN,
    DegreeState.GRANTED: OK,
    DegreeState.DECLINED: BAD,
}
_CASE_TONE = {
    CaseState.OPEN: BAD,
    CaseState.COLLECTING: WARN,
    CaseState.SUBMITTED: INFO,
    CaseState.AT_COLLEGE: INFO,
    CaseState.REPORTED: INFO,
    CaseState.CLEARED: OK,
    CaseState.UPHELD: BAD,
}
_JOB_TONE = {
    JobState.RUNNING: INFO,
    JobState.DONE: OK,
    JobState.FAILED: BAD,
    JobState.CANCELLED: WARN,
}

Findings = tuple[Finding, ...] | None


@dataclass(frozen=True, slots=True)
class Tag:
    """`title` is the sentence that a mouse shows, `note` stands greyed beside it."""

    tone: str
    text: str
    title: str = ""
    note: str = ""


def stage_tag(stage: Stage) -> Tag:
    """申请状态."""
    return Tag(_STAGE_TONE.get(stage, IDLE), stage.label)


def registry_tag(line: Any) -> Tag:
    """Whether the registry answers for the certificate of a line."""
    if line.cancelled_on:
        return Tag(BAD, "已注销", f"注销日期 {line.cancelled_on}")
    return Tag(OK, "可查询") if line.queryable else Tag(IDLE, "待注册")


def paper_tag(stage: Stage, old_since: date | None) -> Tag:
    """申请状态 of a file with a certificate, or what is to be done about its paper since the content was amended."""
    state = paper_state(stage, old_paper=old_since is not None)
    if state is PaperState.CURRENT:
        return stage_tag(stage)
    if state is PaperState.REPRINT:
        return Tag(
            WARN,
            state.label,
            f"证书内容已于 {old_since} 更正，还没有按新内容打印；旧证不能寄出",
            stage.label,
        )
    handed = stage is Stage.COLLECTED
    todo = (
        "旧证在学生手里，请学习中心通知学生交回，由学院收回"
        if handed
        else "旧证不能发给学生，由学院收回"
    )
    return Tag(BAD, state.label, f"证书内容已于 {old_since} 更正；{todo}", stage.label)


def given_tag(stage: Stage, old_since: date | None, held_up: str) -> Tag:
    """The same on a list by which certificates are given out: of whom nothing is given yet, and why; "" for nothing."""
    tag = paper_tag(stage, old_since)
    if not held_up:
        return tag
    return Tag(
        BAD,
        NOT_YET,
        "；".join(filter(None, (f"证书先不要发给学生：{held_up}", tag.title))),
        tag.text,
    )


def degree_tag(state: DegreeState) -> Tag:
    """学位申请状态, under a heading that says 学位 already."""
    return Tag(_DEGREE_TONE.get(state, IDLE), state.label.replace("学位", ""), state.label)


def degree_word(state: DegreeState) -> Tag | str:
    """学位申请状态 in a list: a tag where something was asked for; else only the word."""
    tag = degree_tag(state)
    return tag if tag.tone else tag.text


def case_tag(state: CaseState) -> Tag:
    """State of an identity case."""
    return Tag(_CASE_TONE[state], state.label)


def job_tag(state: JobState) -> Tag:
    """State of long work."""
    return Tag(_JOB_TONE.get(state, IDLE), state.label)


def fit_tag(findings: Findings) -> Tag:
    """毕业条件: the missing credits when that is what is missing, else the first reason's title."""
    if findings is None:
        return Tag(IDLE, "未判断", "尚未审核，请稍后刷新")
    academic = [f for f in findings if f.code in ACADEMIC_CODES]
    if not academic:
        return Tag(OK, "满足")
    why = "；".join(f.sentence for f in academic)
    first = academic[0]
    if first.code == "CRED-TOTAL":
        short = round(float(first.need) * 100) - round(float(first.has) * 100)
        return Tag(BAD, f"差 {credits_text(short)}", why)
    return Tag(BAD, "不满足", why)


def again_tag(last: Tag, mark: StaleMark) -> Tag:
    """重审中, with the last verdict greyed beside it and its day."""
    if mark.judged_on is None:
        return Tag(AGAIN, "审核中", f"{mark.words}，正在审核")
    day = f"{mark.judged_on.month}-{mark.judged_on.day}"
    return Tag(
        AGAIN,
        "重审中",
        f"{mark.words}，正在重新审核；{day} 的判断：{last.title or last.text}",
        f"{day} {last.text}",
    )


def last_tag(last: Tag, mark: StaleMark) -> Tag:
    """A part of the last verdict while it is judged again: greyed."""
    day = f"{mark.judged_on.month}-{mark.judged_on.day} 的判断，" if mark.judged_on else ""
    return Tag(IDLE, last.text, f"{day}正在重新审核")


def photo_tag(findings: Findings) -> Tag:
    """毕业照片 on the platform."""
    return _presence(findings, PHOTO_CODES, "未上传", WARN, "PHOTO-SPEC", "不合格")


def chsi_tag(findings: Findings) -> Tag:
    """学信网照片, and the registry's doubt: 存在, 缺, 存疑, or the last two together."""
    if findings is None:
        return Tag(IDLE, "未判断")
    missing = [f.sentence for f in findings if f.code in CHSI_CODES]
    doubt = [f.sentence for f in findings if f.code in DOUBT_CODES]
    if not missing and not doubt:
        return Tag(OK, "存在")
    words = [word for word, sentences in (("缺", missing), ("存疑", doubt)) if sentences]
    return Tag(BAD, "、".join(words), "；".join([*missing, *doubt]))


def _presence(
    findings: Findings, codes: tuple[str, ...], absent: str, tone: str, other: str, word: str
) -> Tag:
    if findings is None:
        return Tag(IDLE, "未判断")
    missing = [f.sentence for f in findings if f.code in codes]
    if missing:
        return Tag(tone, absent, "；".join(missing))
    worse = [f.sentence for f in findings if f.code == other]
    return Tag(BAD, word, "；".join(worse)) if worse else Tag(OK, "存在")


# -- of a line of a list -----------------------------------------------------------------------------------------


def line_fit(line: CandidateLine) -> Tag:
    """毕业条件, or that it is being judged again."""
    tag = fit_tag(line.findings)
    return again_tag(tag, line.judging) if line.judging else tag


def line_stage(line: CandidateLine) -> Tag:
    """申请状态 of a line; of whoever has ended there, in which batch the person goes on, or how it ended there, too."""
    if line.gone_on is None:
        return stage_tag(line.stage)
    batch, stage = line.gone_on
    then = stage.label if stage in ENDED else "继续"
    return replace(stage_tag(line.stage), note=f"在 {batch} {then}")


def line_photo(line: CandidateLine) -> Tag:
    """毕业照片."""
    tag = photo_tag(line.findings)
    return last_tag(tag, line.judging) if line.judging else tag


def line_chsi(line: CandidateLine) -> Tag:
    """学信网照片."""
    tag = chsi_tag(line.findings)
    return last_tag(tag, line.judging) if line.judging else tag
