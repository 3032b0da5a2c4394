"""A file in words, for staff and for the student alike: findings, masked facts, who holds it, its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graduand.models import AccountEvent, Candidate, User
from graduand.pages.frame import tags
from graduand.pages.frame.lists.list_spec import OnRequest
from graduand.pages.frame.registry import what_left
from graduand.queries.certificates import old_papers
from graduand.queries.certificates.old_papers import OldPaper
from graduand.queries.dispatch.parcels import missed_by
from graduand.queries.judging import StaleMark
from graduand.queries.records import person
from graduand.queries.refusals import named
from graduand.queries.review import grounds
from graduand.queries.scope import Actor
from graduand.queries.season import gaps
from graduand.queries.season.seasons import SEVERAL
from graduand.rulebook.calendar import Term
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Plan
from graduand.rulebook.identity import doubts
from graduand.rulebook.outgoing import privacy
from graduand.rulebook.papers.printing import NUMBERED_LISTS
from graduand.rulebook.people.account_terms import Purpose
from graduand.rulebook.terms import (
    DegreeState,
    Desk,
    IdKind,
    Level,
    PaperKind,
    PhotoKind,
    Role,
    Sex,
    SheetKind,
    Stage,
    Standing,
    Verb,
)

# Whose turn it is at each stage; nobody's where the season is over for this file.
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
    """Who it is, in the head of a page."""

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
    student, degree = file.student, tags.degree_tag(DegreeState(file.degree))
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


def printing(batch: str, *kinds: PaperKind) -> OnRequest:
    """How what a page is about gets onto paper: printing is a command, which no desk has, so the page says whom to ask."""
    named, known = "、".join(kind.label for kind in kinds), batch not in ("", *SEVERAL)
    which = f"毕业批次 {batch}" if known else "毕业批次"
    tell = f"请告诉他：{which}、要打印的材料（{named}），只要一部分的，再附上轮次、学习中心或学号名单；印好的文件由他交给您。"
    if any(kind in NUMBERED_LISTS for kind in kinds):
        tell += "证书暂不能寄出或签领的人不列入，已在途的注明「暂不发」；是哪些人、怎么办，看他同时得到的「不能打印和提醒」名单。"
    commands = "；".join(
        f"graduand papers {batch if known else '批次'} --kind {kind.label} --out 目录"
        for kind in kinds
    )
    return OnRequest(f"打印{named}", tell, commands)


def reprinting(batch: str) -> OnRequest:
    """How the certificates that were amended are printed anew: those alone, and nobody has to be named."""
    known = batch not in ("", *SEVERAL)
    which = f"毕业批次 {batch}" if known else "毕业批次"
    tell = (
        f"请告诉他：{which}，打印更正后待重新打印的毕业证书（程序只打印这些人的，不用另附名单）。印好的证书由他交给您，"
        "您再送到学院；旧证由学院作废。打印以后这里不再列出，学院就可以寄出。学位证书不在其中：由总部重制，"
        f"制好后在该生的档案页办理「{Verb.DEGREE_REPLACE.label}」，然后才能寄出。"
    )
    command = f"graduand papers {batch if known else '批次'} --kind {PaperKind.CERTIFICATE.label} --amended --out 目录"
    return OnRequest("更正后重新打印毕业证书", tell, command)


def findings_rows(
    findings: tuple[Finding, ...], plan: Plan, stage: Stage | None = None
) -> list[ShownFinding]:
    """What blocks first, then what warns; courses by name. At a `stage` before the application a doubt blocks nothing yet."""
    rows = [_said(named(finding, plan), stage) for finding in findings]
    return sorted(rows, key=lambda row: row.tone != tags.BAD)


def _said(finding: Finding, stage: Stage | None) -> ShownFinding:
    sentence, source, desk = finding.sentence, finding.clause.source, finding.desk.label
    tone, title = (tags.BAD, "不能办理") if finding.blocks else (tags.WARN, "提醒")
    if finding.code == doubts.DOUBT and stage in doubts.STILL_FILED:
        tone, title, sentence = tags.WARN, "提醒", f"{sentence}；{doubts.FILED_FIRST}"
    return ShownFinding(finding.code, tone, title, sentence, source, desk, finding.todo)


def stage_holder(file: Candidate) -> str:
    """Who holds the file now."""
    desk = HOLDER.get(Stage(file.stage))
    if cancelled := person.cancelled(file):  # whatever was amended is not printed before that ends
        return f"学信网注册已于 {cancelled} 注销，{_after_cancelling(file)}"
    if old := old_papers.of_file(file):
        return f"{old.what}内容已于 {old.since} 更正，现在由{_replaced_by(old, file)}"
    if _is_held_up(file):
        return "寄出和签领已停，现在由总部核实"
    if desk is None:
        return (
            _given_words(file)
            if file.stage == Stage.COLLECTED
            else "审核不通过；如有申诉，由总部重审"
        )
    sender = missed_by(file.pk) if file.stage == Stage.SHIPPED else ""
    if sender:
        return f"包裹清点时没有此证书，现在由{sender}查找"
    where = file.centre.name if desk is Desk.CENTRE else desk.label
    return f"现在由{where}办理"


def _after_cancelling(file: Candidate) -> str:
    """What ends that a certificate has no registration, and who does it: the paper may lie with
    anybody.
    """
    stops, paper = "不能签领，", "证书先不要发给学生"
    if file.stage == Stage.COLLECTED:
        stops, paper = "", f"旧证在学生手里，作废后由{file.centre.name}收回"
    return (
        f"{stops}现在由总部办理「{Verb.VOID.label}」（学信网重新注册的，导入「注册结果」；"
        f"登记错了的，办理「{Verb.REREGISTER.label}」）；{paper}"
    )


def _is_held_up(file: Candidate) -> bool:
    """Whether a numbered certificate waits for headquarters; one that is on its way is received first."""
    return file.stage not in (Stage.SHIPPED, Stage.COLLECTED) and grounds.is_lost(file)


def _given_words(file: Candidate) -> str:
    """Of whom the certificate was handed over to: that nobody has the file any more, unless facts have changed since."""
    return (
        "毕业证书已签领；资料有变化，现在由总部核实" if grounds.is_lost(file) else "毕业证书已签领"
    )


def _replaced_by(old: OldPaper, file: Candidate) -> str:
    """Who has an old paper to replace, and how: the degree certificate is made elsewhere, and somebody says so."""
    if file.stage == Stage.COLLECTED:
        return f"{file.centre.name}通知学生交回旧证，转交学院收回：旧证到学院后办理「{Verb.RECALL.label}」"
    if Stage(file.stage) in OLD_PAPER_OUT:
        return "学院收回旧证：旧证到学院后办理「退回学院」"
    if old.certificate:
        return "总部重新打印：请系统管理员代为打印"
    return f"总部重制学位证书，制好后办理「{Verb.DEGREE_REPLACE.label}」"


def waits(ahead: int | None) -> str:
    """The place in the queue, to be added to whose turn it is; "" where nobody waits."""
    if ahead is None:
        return ""
    return f"，前面还有 {ahead:,} 份，按上报先后办理" if ahead else "，前面没有等待的档案"


def person_facts(
    file: Candidate, findings: tuple[Finding, ...] | None, mark: StaleMark | None = None
) -> list[tuple[str, Any]]:
    """Label and value; numbers of documents and phones are masked. With a `mark` what was found is greyed."""
    student = file.student
    photo, chsi = tags.photo_tag(findings), tags.chsi_tag(findings)
    if mark is not None:
        photo, chsi = tags.last_tag(photo, mark), tags.last_tag(chsi, mark)
    order = "未上报"
    if file.reported_no:
        order = f"{file.round.name if file.round else ''} 第 {file.reported_no} 号"
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
        ("续读本科", "是" if student.goes_on else "否"),
        ("毕业照片", photo),
        ("学信网照片", chsi),
        ("上报顺序", order),
    ]


def reveal_form(actor: Actor, pk: int) -> dict[str, Any] | None:
    """What the page of a file needs to ask for a masked field in full; None for a role that may see none."""
    fields = [(field.key, field.label) for field in privacy.revealable(actor.roles)]
    return (
        {"url": f"/candidates/{pk}/reveal", "fields": fields, "purposes": Purpose.choices()}
        if fields
        else None
    )


# -- accounts --------------------------------------------------------------------------------------------------


def account_tag(user: User) -> tags.Tag:
    """状态 of an account."""
    if not user.is_active:
        return tags.Tag(tags.BAD, "已停用")
    return (
        tags.Tag(tags.OK, "在用") if user.has_usable_password() else tags.Tag(tags.WARN, "未激活")
    )


def factor_tag(user: User) -> tags.Tag:
    """二次验证 of an account that was read with it."""
    return tags.Tag(tags.OK, "已启用") if user.protected else tags.Tag(tags.IDLE, "未启用")


def roles_text(user: User) -> str:
    """The roles of an account whose grants are at hand."""
    return (
        "、".join(dict.fromkeys(Role(grant.role).label for grant in user.grants.all())) or "无岗位"
    )


def event_note(event: AccountEvent) -> str:
    """What an account event tells beside who and when."""
    said = event.detail
    parts = [
        Role(said["role"]).label if "role" in said else "",
        f"单位 {said['unit']}" if "unit" in said else "",
        _classes(said),
        " 至 ".join(filter(None, (said.get("since"), said.get("until")))),
        "用激活码" if said.get("by_code") else "",
        "二次验证码不对" if said.get("second_factor") else "",
        "账号已停用" if said.get("disabled") else "",
        f"{said['count']} 个" if "count" in said else "",
        {"totp": "手机验证器", "webauthn": "通行密钥"}.get(said.get("kind", ""), ""),
        f"第 {said['consent']} 号申请" if "consent" in said else "",
        f"「{Verb(said['verb']).label}」{said['files']:,} 件（第 {said['act']} 号）"
        if "act" in said
        else "",
        f"graduand {said['command']}" if "command" in said else "",
        _done_to_a_batch(said),
        f"批次 {said['batch']}" if "batch" in said else "",
        f"「{said['round']}」" if "round" in said else "",
        f"第 {said['version']} 版" if "version" in said else "",
        f"「{what_left(said['listing'])}」{said['rows']:,} 行，第 {said['serial']} 号"
        if "serial" in said
        else "",
    ]
    return "，".join(part for part in parts if part)


def _classes(said: dict[str, Any]) -> str:
    """Which classes a teacher was given or lost; "" for other roles, and where an older event does not say."""
    if said.get("role") != Role.CLASS_TEACHER.value or "classes" not in said:
        return ""
    return f"班级 {said['classes']}" if said["classes"] else "全部班级"


def _done_to_a_batch(said: dict[str, Any]) -> str:
    """What was brought, decided, frozen, published or explained, with how many it was about."""
    if "intake" in said:
        kind = SheetKind.of(said["kind_of_data"]) or PhotoKind.of(said["kind_of_data"])
        what = kind.label if kind else said["kind_of_data"]
        return f"「{what}」新增 {said['created']:,}、更新 {said['updated']:,}（第 {said['intake']} 号导入）"
    accepted = "合格" if said.get("accepted") else "不合格"
    switched = "开启" if said.get("on") else "关闭"
    parts = (
        accepted if "photo" in said else "",
        switched if "faces" in said else "",
        f"第 {said['roster']} 号花名册" if "roster" in said else "",
        f"第 {said['notice']} 号通知" if "notice" in said else "",
        {**gaps.GAPS, **gaps.LEFT}.get(said.get("gap", ""), said.get("again", "")),
        f"{said['people']:,} 人" if "people" in said else "",
        f"（原因：{said['reason']}）" if "reason" in said else "",
    )
    return " ".join(part for part in parts if part)
