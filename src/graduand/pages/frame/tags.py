"""Tags: stages, states and findings with their tone, which shows as a symbol and not as colour
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graduand.queries.filing.candidate_criteria import CHSI_CODES, DOUBT_CODES, PHOTO_CODES
from graduand.queries.filing.candidates import CandidateLine
from graduand.queries.judging import StaleMark
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.certificate_terms import PaperState, paper_state
from graduand.rulebook.clauses import ACADEMIC_CODES, Finding
from graduand.rulebook.papers.printing import NOT_YET
from graduand.rulebook.terms import ENDED_STAGES, CaseState, DegreeState, JobState, Stage

IDLE = ""
INFO = "info"
OK = "ok"
WARN = "warn"
BAD = "bad"
AGAIN = "again"
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
    """`title` is the sentence that the mouse shows, `note` is greyed text after the tag."""

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
    if line.queryable:
        return Tag(OK, "可查询")
    return Tag(IDLE, "待注册")


def paper_tag(stage: Stage, old_since: date | None) -> Tag:
    """申请状态 of a file with a certificate, or what its paper needs since it was amended."""
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
    todo = "旧证不能发给学生，由学院收回"
    if stage is Stage.COLLECTED:
        todo = "旧证在学生手里，请学习中心通知学生交回，由学院收回"
    return Tag(BAD, state.label, f"证书内容已于 {old_since} 更正；{todo}", stage.label)


def given_tag(stage: Stage, old_since: date | None, held_up: str) -> Tag:
    """申请状态 of a file, or what its paper needs, on a list by which certificates are given out.

    `held_up` is why it must not be given out yet; "" for nothing.
    """
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
    if tag.tone:
        return tag
    return tag.text


def case_tag(state: CaseState) -> Tag:
    """State of an identity case."""
    return Tag(_CASE_TONE[state], state.label)


def job_tag(state: JobState) -> Tag:
    """State of long work."""
    return Tag(_JOB_TONE.get(state, IDLE), state.label)


def fit_tag(findings: Findings) -> Tag:
    """毕业条件: the missing credits when that is what is missing, else the first reason's title."""
    if findings is None:
        return Tag(IDLE, "未判断", "尚未审核")
    academic = [f for f in findings if f.code in ACADEMIC_CODES]
    if not academic:
        return Tag(OK, "满足")
    why = "；".join(f.sentence for f in academic)
    first = academic[0]
    if first.code == "CRED-TOTAL":
        short = round(float(first.need) * 100) - round(float(first.has) * 100)
        return Tag(BAD, f"差 {credits_text(short)}", why)
    return Tag(BAD, "不满足", why)


def again_tag(last: Tag, mark: StaleMark | None) -> Tag:
    """重审中, followed by the last verdict and its day in grey; without a `mark` the verdict."""
    if mark is None:
        return last
    if mark.judged_on is None:
        return Tag(AGAIN, "审核中", f"{mark.words}，正在审核")
    day = _short_day(mark.judged_on)
    return Tag(
        AGAIN,
        "重审中",
        f"{mark.words}，正在重新审核；{day} 的判断：{last.title or last.text}",
        f"{day} {last.text}",
    )


def last_tag(last: Tag, mark: StaleMark | None) -> Tag:
    """A part of the last verdict, in grey while it is judged again: as long as there is a `mark`."""
    if mark is None:
        return last
    if mark.judged_on is None:
        return Tag(IDLE, last.text, "正在重新审核")
    return Tag(IDLE, last.text, f"{_short_day(mark.judged_on)} 的判断，正在重新审核")


def _short_day(day: date) -> str:
    return f"{day.month}-{day.day}"


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
    if worse:
        return Tag(BAD, word, "；".join(worse))
    return Tag(OK, "存在")


def agreement_tag(mismatches: str) -> Tag:
    """Whether the registry's record agrees with ours; `mismatches` name what differs."""
    if mismatches:
        return Tag(BAD, f"不一致：{mismatches}")
    return Tag(OK, "一致")


# -- of a line of a list


def line_fit(line: CandidateLine) -> Tag:
    """毕业条件, or that it is being judged again."""
    return again_tag(fit_tag(line.findings), line.judging)


def line_stage(line: CandidateLine) -> Tag:
    """申请状态 of a line; for a file that has ended there, also the batch where the person goes on or
    ended.
    """
    tag = stage_tag(line.stage)
    if line.gone_on is None:
        return tag
    batch, stage = line.gone_on
    if stage in ENDED_STAGES:
        return replace(tag, note=f"在 {batch} {stage.label}")
    return replace(tag, note=f"在 {batch} 继续")


def line_photo(line: CandidateLine) -> Tag:
    """毕业照片."""
    return last_tag(photo_tag(line.findings), line.judging)


def line_chsi(line: CandidateLine) -> Tag:
    """学信网照片."""
    return last_tag(chsi_tag(line.findings), line.judging)
