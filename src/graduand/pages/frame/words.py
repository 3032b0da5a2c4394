"""A file in words, for staff and students alike: findings, masked facts, which unit has to act, its
steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graduand.models import AccountEvent, Candidate, User
from graduand.pages.frame import tags
from graduand.pages.frame.lists.cells import yes_or_no
from graduand.pages.frame.registry import what_left
from graduand.queries.certificates import old_papers
from graduand.queries.certificates.old_papers import OldPaper
from graduand.queries.dispatch.parcels import missed_by
from graduand.queries.judging import StaleMark
from graduand.queries.people.accounts import protected
from graduand.queries.records import person
from graduand.queries.refusals import named
from graduand.queries.review import grounds
from graduand.queries.scope import Actor
from graduand.queries.season import gaps
from graduand.rulebook.calendar import Term
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Plan
from graduand.rulebook.identity import doubts
from graduand.rulebook.outgoing import privacy
from graduand.rulebook.people.account_terms import Purpose
from graduand.rulebook.terms import (
    DegreeState,
    Desk,
    IdKind,
    Level,
    PhotoKind,
    Role,
    Sex,
    SheetKind,
    Stage,
    Standing,
    Verb,
)

# The desk that has to act at each stage; none where the season is over for the file.
HOLDER: dict[Stage, Desk] = {
    Stage.LISTED: Desk.CENTRE,
    Stage.RETURNED: Desk.CENTRE,
    Stage.DEFERRED: Desk.CENTRE,
    Stage.APPLIED: Desk.COLLEGE,
    Stage.ENDORSED: Desk.HQ,
    Stage.APPROVED: Desk.HQ,
    Stage.CERTIFIED: Desk.COLLEGE,
    Stage.SHIPPED: Desk.CENTRE,
    Stage.RECEIVED: Desk.CENTRE,
}


@dataclass(frozen=True, slots=True)
class StudentCard:
    """The person, in the head of a page."""

    batch: str
    name: str
    student_no: str
    major: str
    level: str
    centre: str
    stage: tags.Tag
    degree: tags.Tag


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding with its clause: what is wrong, who clears it, what to do next."""

    code: str
    tone: str
    title: str
    sentence: str
    source: str
    desk: str
    todo: str


def card(file: Candidate) -> StudentCard:
    """The head of a file's page."""
    student = file.student
    degree = tags.degree_tag(DegreeState(file.degree))
    return StudentCard(
        file.batch.code,
        student.name,
        student.number,
        student.plan.major_name,
        Level(student.level).label,
        file.centre.name,
        tags.stage_tag(Stage(file.stage)),
        tags.Tag(degree.tone, f"学位：{degree.text}"),
    )


def findings_rows(
    findings: tuple[Finding, ...], plan: Plan, stage: Stage | None = None
) -> list[ShownFinding]:
    """Blocking findings first, then warnings; courses by name.

    At a `stage` before the application a doubt does not block yet.
    """
    rows = [_shown(named(finding, plan), stage) for finding in findings]
    return sorted(rows, key=lambda row: row.tone != tags.BAD)


def _shown(finding: Finding, stage: Stage | None) -> ShownFinding:
    shown = ShownFinding(
        finding.code,
        tags.WARN,
        "提醒",
        finding.sentence,
        finding.clause.source,
        finding.desk.label,
        finding.todo,
    )
    if finding.code == doubts.DOUBT and stage in doubts.STILL_FILED:
        return replace(shown, sentence=f"{shown.sentence}；{doubts.FILED_FIRST}")
    if finding.blocks:
        return replace(shown, tone=tags.BAD, title="不能办理")
    return shown


def stage_holder(file: Candidate) -> str:
    """Which unit has to act on the file now."""
    desk = HOLDER.get(Stage(file.stage))
    # An amended paper is printed only after the cancellation ends
    if cancelled := person.cancelled(file):
        return f"学信网注册已于 {cancelled} 注销，{_after_cancelling(file)}"
    if old := old_papers.of_file(file):
        return f"{old.what}内容已于 {old.since} 更正，现在由{_replaced_by(old, file)}"
    if _is_held_up(file):
        return "寄出和签领已停，现在由总部核实"
    if file.stage == Stage.COLLECTED:
        return _given_words(file)
    if desk is None:
        return "审核不通过；如有申诉，由总部重审"
    if file.stage == Stage.SHIPPED and (sender := missed_by(file.pk)):
        return f"包裹清点时没有此证书，现在由{sender}查找"
    if desk is Desk.CENTRE:
        return f"现在由{file.centre.name}办理"
    return f"现在由{desk.label}办理"


def _after_cancelling(file: Candidate) -> str:
    """What ends the state of a certificate without registration, and who does it: the paper may be
    with any unit.
    """
    stops = "不能签领，"
    paper = "证书先不要发给学生"
    if file.stage == Stage.COLLECTED:
        stops = ""
        paper = f"旧证在学生手里，作废后由{file.centre.name}收回"
    return (
        f"{stops}现在由总部办理「{Verb.VOID.label}」（学信网重新注册的，导入「注册结果」；"
        f"登记错了的，办理「{Verb.REREGISTER.label}」）；{paper}"
    )


def _is_held_up(file: Candidate) -> bool:
    """Whether a numbered certificate waits for headquarters; one on its way is received first."""
    return file.stage not in (Stage.SHIPPED, Stage.COLLECTED) and grounds.is_lost(file)


def _given_words(file: Candidate) -> str:
    """No unit has to act once the certificate is handed over, unless facts have changed."""
    if grounds.is_lost(file):
        return "毕业证书已签领；资料有变化，现在由总部核实"
    return "毕业证书已签领"


def _replaced_by(old: OldPaper, file: Candidate) -> str:
    """Who has to replace an outdated paper, and how; degree certificates are made elsewhere."""
    if file.stage == Stage.COLLECTED:
        return f"{file.centre.name}通知学生交回旧证，转交学院收回：旧证到学院后办理「{Verb.RECALL.label}」"
    if Stage(file.stage) in OLD_PAPER_OUT:
        return "学院收回旧证：旧证到学院后办理「退回学院」"
    if old.certificate:
        return "总部重新打印：请系统管理员代为打印"
    return f"总部重制学位证书，制好后办理「{Verb.DEGREE_REPLACE.label}」"


def waits(ahead: int | None) -> str:
    """An addition with the position in the queue; "" where the file does not wait."""
    if ahead is None:
        return ""
    if ahead == 0:
        return "，前面没有等待的档案"
    return f"，前面还有 {ahead:,} 份，按上报先后办理"


def _reported_as(file: Candidate) -> str:
    """The round and the position in it under which the file was reported."""
    if not file.reported_no:
        return "未上报"
    name = ""
    if file.round is not None:
        name = file.round.name
    return f"{name} 第 {file.reported_no} 号"


def person_facts(
    file: Candidate, findings: tuple[Finding, ...] | None, mark: StaleMark | None = None
) -> list[tuple[str, Any]]:
    """Label and value; numbers of documents and phones are masked.

    With a `mark` what was found is greyed.
    """
    student = file.student
    return [
        ("学号", student.number),
        ("姓名", student.name),
        ("性别", Sex(student.sex).label),
        (IdKind(student.id_kind).label, privacy.shown("id_no", student.id_no)),
        ("手机", privacy.shown("mobile", student.mobile) or "未登记"),
        ("入学学期", str(Term.from_ordinal(student.entry))),
        ("班级", student.class_name or "未登记"),
        ("学生类别", student.category),
        ("学籍状态", Standing(student.standing).label),
        ("续读本科", yes_or_no(student.goes_on)),
        ("毕业照片", tags.last_tag(tags.photo_tag(findings), mark)),
        ("学信网照片", tags.last_tag(tags.chsi_tag(findings), mark)),
        ("上报顺序", _reported_as(file)),
    ]


def reveal_form(actor: Actor, pk: int) -> dict[str, Any] | None:
    """What a file's page needs to ask for a masked field in full; None for roles that see none."""
    fields = [(field.key, field.label) for field in privacy.revealable(actor.roles)]
    if not fields:
        return None
    return {"url": f"/candidates/{pk}/reveal", "fields": fields, "purposes": Purpose.choices()}


# -- accounts


def account_tag(user: User) -> tags.Tag:
    """状态 of an account."""
    if not user.is_active:
        return tags.Tag(tags.BAD, "已停用")
    if not user.has_usable_password():
        return tags.Tag(tags.WARN, "未激活")
    return tags.Tag(tags.OK, "在用")


def factor_tag(user: User) -> tags.Tag:
    """二次验证 of an account that was read with it."""
    if protected(user):
        return tags.Tag(tags.OK, "已启用")
    return tags.Tag(tags.IDLE, "未启用")


def roles_text(user: User) -> str:
    """The roles of an account whose grants are at hand."""
    labels = dict.fromkeys(Role(grant.role).label for grant in user.grants.all())
    return "、".join(labels) or "无岗位"


# What an account event says, in reading order: the key of its detail, the words.
_OF_WHOM = (("role", "{role}"), ("unit", "单位 {unit}"))
_HOW_MANY = (("count", "{count} 个"),)
_BY_WHAT = (
    ("consent", "第 {consent} 号申请"),
    ("act", "「{verb}」{files:,} 件（第 {act} 号）"),
    ("command", "graduand {command}"),
)
_PAPERS = (("roster", "第 {roster} 号花名册"), ("notice", "第 {notice} 号通知"))
_PEOPLE = (("people", "{people:,} 人"), ("reason", "（原因：{reason}）"))
_WHERE = (
    ("batch", "批次 {batch}"),
    ("round", "「{round}」"),
    ("version", "第 {version} 版"),
    ("serial", "「{listing}」{rows:,} 行，第 {serial} 号"),
)
# The words of an event that are shown only where its flag is set.
_WENT_SO = {"by_code": "用激活码", "second_factor": "二次验证码不对", "disabled": "账号已停用"}
_FACTORS = {"totp": "手机验证器", "webauthn": "通行密钥"}


def event_note(event: AccountEvent) -> str:
    """What an account event says besides who and when."""
    detail = _with_labels(event.detail)
    parts = [
        *_told_of(detail, _OF_WHOM),
        _classes(event.detail),
        " 至 ".join(filter(None, (detail.get("since"), detail.get("until")))),
        *(words for key, words in _WENT_SO.items() if detail.get(key)),
        *_told_of(detail, _HOW_MANY),
        _FACTORS.get(detail.get("kind", ""), ""),
        *_told_of(detail, _BY_WHAT),
        _done_to_a_batch(detail),
        *_told_of(detail, _WHERE),
    ]
    return "，".join(part for part in parts if part)


def _classes(detail: Mapping[str, Any]) -> str:
    """Which classes a teacher was given or lost; "" for other roles and for older events."""
    if detail.get("role") != Role.CLASS_TEACHER.value or "classes" not in detail:
        return ""
    if not detail["classes"]:
        return "全部班级"
    return f"班级 {detail['classes']}"


def _with_labels(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail with labels in place of the stored codes of role, verb and list."""
    labelled = dict(detail)
    if "role" in detail:
        labelled["role"] = Role(detail["role"]).label
    if "act" in detail:
        labelled["verb"] = Verb(detail["verb"]).label
    if "serial" in detail:
        labelled["listing"] = what_left(detail["listing"])
    return labelled


def _told_of(detail: Mapping[str, Any], words: Iterable[tuple[str, str]]) -> list[str]:
    """The words of every key that the detail has."""
    return [text.format_map(detail) for key, text in words if key in detail]


def _done_to_a_batch(detail: Mapping[str, Any]) -> str:
    """What was imported, decided, frozen, published or explained, and how many it was about."""
    if "intake" in detail:
        return _brought(detail)
    parts = [
        *_decided(detail),
        *_told_of(detail, _PAPERS),
        {**gaps.GAPS, **gaps.LEFT}.get(detail.get("gap", ""), detail.get("again", "")),
        *_told_of(detail, _PEOPLE),
    ]
    return " ".join(part for part in parts if part)


def _brought(detail: Mapping[str, Any]) -> str:
    """What an import brought."""
    code = detail["kind_of_data"]
    kind = SheetKind.of(code) or PhotoKind.of(code)
    what = code
    if kind is not None:
        what = kind.label
    return (
        f"「{what}」新增 {detail['created']:,}、更新 {detail['updated']:,}"
        f"（第 {detail['intake']} 号导入）"
    )


def _decided(detail: Mapping[str, Any]) -> list[str]:
    """How a picture was decided on, and how the comparison of faces was switched."""
    words = []
    if "accepted" in detail:
        words.append("合格" if detail["accepted"] else "不合格")
    if "faces" in detail:
        words.append("开启" if detail.get("on") else "关闭")
    return words
