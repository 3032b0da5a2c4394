"""What keeps a paper from being printed, and the warnings with which it is printed: each with who
can clear it and how.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from graduand.rulebook.certificates import numbering_gates, paper_gates
from graduand.rulebook.certificates.certificate_content import Content
from graduand.rulebook.certificates.paper_words import years_or_derived
from graduand.rulebook.clauses import Finding
from graduand.rulebook.dispatch import gates as dispatch_gates
from graduand.rulebook.facts import Facts
from graduand.rulebook.filing.registration_form import FormFinding
from graduand.rulebook.gates import NOBODY, Basis
from graduand.rulebook.identity import person_gates
from graduand.rulebook.review import side_gates
from graduand.rulebook.terms import APPROVED_STAGES, Desk, PaperKind, Stage

# From 准予毕业 on; the roster orders them (五.3).
PRINTED_STAGES = APPROVED_STAGES
PERSONAL = (
    PaperKind.REGISTRATION_FORM,
    PaperKind.TRANSCRIPT,
    PaperKind.ENROLMENT_FORM,
    PaperKind.CERTIFICATE,
)
# These lists are about certificates: people without a number are not on them.
NUMBERED_LISTS = (PaperKind.PACKING_LIST, PaperKind.SIGN_OFF)
# The certificate itself is printed where the numbers are given.
HQ_ONLY = (PaperKind.CERTIFICATE,)
GETA = "〓"
# Next to the name of a person whose certificate is in a parcel and must not be handed out yet.
NOT_YET = "暂不发"
# Next to the name of a person whose certificate was in a parcel and no longer travels in it.
VOIDED_IN_IT = "已作废"
LOST = "因遗失作废"
TAKEN_OUT = "已取出"


class PrintProblem(NamedTuple):
    """One thing about one person's paper; `blocks`: it is not printed."""

    code: str
    sentence: str
    source: str
    desk: Desk
    todo: str
    blocks: bool = True


_FORM_SENTENCES = {
    "FORM-EMPTY": "登记表「{}」没有内容，留空由本人填写",
    "FORM-THESIS": "登记表「毕业论文及毕业设计题目」没有内容，专科印「无」",
    "FORM-HISTORY": "登记表「主要学习经历」：{}",
    "FORM-HISTORY-START": "登记表「主要学习经历」应自高中（或相当于高中）阶段起，第一行为「{}」",
    "FORM-APPRAISAL": "自我鉴定只有 {} 字",
}


def not_on_roster() -> PrintProblem:
    """五.3: papers lie in the order of the frozen roster."""
    return _of_clause(Finding("ROSTER"))


def certificate_snags(
    facts: Facts, basis: Basis, content: Content, photo_whole: bool
) -> list[PrintProblem]:
    """What keeps the certificate from being printed: a doubt, a graduation that does not hold as of
    today, a cancelled registration, no 学历照片, a lost picture, and before the number a changed one.
    """
    asked = (
        person_gates.no_doubt,
        side_gates.still_graduates,
        dispatch_gates.not_cancelled,
        person_gates.credential_photo,
    )
    snags = [_of_clause(finding) for gate in asked for finding in gate(facts, basis, NOBODY)]
    changed = numbering_gates.photo_unchanged(facts, basis, NOBODY)
    if content.number and changed:
        snags.append(another_picture_since())
    else:
        snags += [_of_clause(finding) for finding in changed]
    if content.photo and not photo_whole:
        snags.append(lost_picture(blocks=True))
    return snags


def holding_up(facts: Facts, basis: Basis, *, packed: bool) -> list[PrintProblem]:
    """What both 寄出 and 签领 refuse about the certificate itself; where it lies in a parcel (`packed`)
    that is mentioned.
    """
    asked = (
        person_gates.no_doubt,
        person_gates.still_qualified,
        side_gates.import_written,
        dispatch_gates.not_cancelled,
        paper_gates.says_the_content,
    )
    snags = [_of_clause(finding) for gate in asked for finding in gate(facts, basis, NOBODY)]
    if not packed:
        return snags
    return [
        snag._replace(
            sentence=f"证书在包裹里，先不要发给学生（装箱单上已注明「{NOT_YET}」）：{snag.sentence}",
            blocks=False,
        )
        for snag in snags
    ]


def taken_out(voided: bool, *, lost: bool) -> str:
    """What the list of a sealed parcel says of a certificate that no longer travels in it.

    A voided one is still in it, and goes back to the college; a lost one is nowhere; any other was
    taken out.
    """
    if not voided:
        return TAKEN_OUT
    return LOST if lost else VOIDED_IN_IT


def old_paper_out(stage: Stage, since: date) -> PrintProblem:
    """One number, one paper: the new one is printed when the old one has come back."""
    where = {Stage.SHIPPED: "寄送途中", Stage.RECEIVED: "学习中心", Stage.COLLECTED: "学生手中"}[
        stage
    ]
    sentence = f"证书内容已于 {since} 更正，旧证还在{where}；一个编号只能有一份证书，收回旧证以后才打印新证"
    return PrintProblem(
        "PAPER-OLD", sentence, "证书管理", Desk.COLLEGE, "学院办理「退回学院」收回旧证后重打"
    )


def content_snags(content: Content, voided: str = "") -> list[PrintProblem]:
    """Warnings about a certificate's content: nobody signs it, it is a proof only, its 学制 was
    computed.

    `voided` is the last number that was voided, where there is no new one yet.
    """
    snags = []
    if not content.principal:
        snags.append(
            PrintProblem(
                "PRINCIPAL",
                "政策没有写明发证日期在任的校长",
                "七.4",
                Desk.HQ,
                "在批次政策里补上 principals 后重打",
            )
        )
    if not content.number:
        snags.append(proof(voided))
    _, derived = years_or_derived(content.years, content.min_semesters)
    if derived:
        snags.append(derived_years())
    return snags


def unreadable(number: str) -> PrintProblem:
    """A number without a content, or with one that its hash does not vouch for."""
    sentence = f"证书 {number} 没有保存的内容，或内容与编号时保存的不符"
    todo = "运行 graduand doctor 查看；没有补录的运行 graduand init，被改动过的从备份恢复后重打"
    return PrintProblem("CONTENT", sentence, "证书管理", Desk.HQ, todo)


def proof(voided: str = "") -> PrintProblem:
    """Before the number is given, and again once it was taken back, a certificate is a proof only."""
    why = "尚未编号制证，"
    if voided:
        why = f"证书 {voided} 已作废，不再打印；重新编号以前"
    return PrintProblem(
        "PROOF",
        f"{why}印出的是校对样张",
        "七.4",
        Desk.HQ,
        "编号制证（graduand certify）后重打",
        blocks=False,
    )


def lost_picture(*, blocks: bool) -> PrintProblem:
    """The picture is on record, but its file is missing or is another one."""
    return PrintProblem(
        "PHOTO-FILE",
        "照片文件不在存储里，或与记录的不符",
        "四.2(3)",
        Desk.HQ,
        "从备份恢复照片文件后重打",
        blocks,
    )


def another_picture_since() -> PrintProblem:
    """The certificate keeps the picture that it was numbered with."""
    sentence = "编号后毕业照片有更换，印的仍是编号时的照片"
    return PrintProblem(
        "PHOTO-CHANGED", sentence, "四.2(3)", Desk.HQ, "编号时的照片有误的，作废重办", blocks=False
    )


def no_picture(what: str) -> PrintProblem:
    """A form is printed without a picture: there is room to paste one."""
    return PrintProblem(
        "PHOTO-EMPTY",
        f"没有{what}，照片栏留空",
        "附件1",
        Desk.CENTRE,
        f"粘贴照片，或上传{what}后重打",
        blocks=False,
    )


def derived_years() -> PrintProblem:
    """The plan does not state 学制."""
    todo = "核对推算的学制；不对的，编号前在「专业规则」表里补上学制，已编号的须作废重办"
    return PrintProblem(
        "YEARS", "专业规则没有填写学制，按最短学期数推算", "专业规则", Desk.HQ, todo, blocks=False
    )


def short_credits() -> PrintProblem:
    """What was earned is less than the plan asks: on the day of the number, before that on the day
    of printing.
    """
    return PrintProblem(
        "CREDITS",
        "成绩单上的学分少于专业规则的要求",
        "附件2",
        Desk.COLLEGE,
        "核对准予毕业之后变动的成绩",
        blocks=False,
    )


def form_snags(findings: Iterable[FormFinding], *, frozen: bool) -> list[PrintProblem]:
    """Gaps of the form: the student fills them in by hand (notes 1 and 2), so they only warn.

    `frozen`: the certificate has its number, and what is entered now no longer appears on the form.
    """
    todo = "由本人补填"
    if not frozen:
        todo += "，或编号制证前导入「报名与学习经历」「学习经历」表后重打"
    return [
        PrintProblem(
            finding.code,
            _FORM_SENTENCES[finding.code].format(finding.argument or "空"),
            "附件1",
            Desk.CENTRE,
            todo,
            blocks=False,
        )
        for finding in findings
    ]


def missing_glyphs(lacking: Sequence[tuple[str, str]], *, blocks: bool) -> PrintProblem:
    """C08: (what, characters) that no font has; a list prints 〓 in their place."""
    shown = "，".join(
        f"「{what}」里的" + "、".join(f"{char}（U+{ord(char):04X}）" for char in chars)
        for what, chars in lacking
    )
    then = ""
    if not blocks:
        then = f"，印作「{GETA}」"
    todo = "安装 fonts-hanazono，或把含有这些字的字体放进数据目录的 fonts 文件夹，然后重打"
    return PrintProblem("GLYPH", f"{shown}字体里没有{then}", "附件1", Desk.HQ, todo, blocks)


def does_not_fit(what: str) -> PrintProblem:
    """A text that does not fit even in the smallest size is never cut."""
    return PrintProblem(
        "FIT",
        f"「{what}」用最小的字号也印不下",
        "附件1",
        Desk.CENTRE,
        "缩短这一栏的内容后重打；不能缩短的另附页",
    )


def unprintable(reason: str) -> PrintProblem:
    """The typesetter failed on this one paper."""
    return PrintProblem(
        "TYPESET",
        f"排版出错：{reason}",
        "打印",
        Desk.HQ,
        "把这一行交给系统维护人员；其余的人不受影响",
    )


def _of_clause(finding: Finding) -> PrintProblem:
    clause = finding.clause
    return PrintProblem(
        finding.code, finding.sentence, clause.source, finding.desk, finding.todo, finding.blocks
    )
