"""决定性的事实，谁带来的: each fact that decides on a file, who brought it, when, in which file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graduand.models import Candidate, PhotoRow
from graduand.pages.frame import pictures, tags
from graduand.queries.basis import plan_of
from graduand.queries.records.provenance import ImportSource, Sources
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.facts import Plan
from graduand.rulebook.gates import Basis
from graduand.rulebook.terms import ChsiVerdict, Level, PhotoKind, PriorCheck, Standing

UNKNOWN = "来源未记录（早于此功能）"


@dataclass(frozen=True, slots=True)
class ProvenanceLine:
    """One fact; `value` is a word or a tag, `source` None where nobody brought it on record."""

    label: str
    value: Any
    source: ImportSource | None
    lacking: str = UNKNOWN


def lines(
    file: Candidate, basis: Basis, held: dict[str, PhotoRow], found: Sources
) -> list[ProvenanceLine]:
    """The lines of the card; `held` are the current pictures by kind."""
    plan = plan_of(file, basis)
    practice = frozenset(course.code for course in plan.courses if course.practice)
    standing = ProvenanceLine("学籍状态", Standing(file.student.standing).label, found.standing)
    return [
        *_registry(found),
        *_photos(found, held),
        *_declared(found, held),
        *_credits(file, plan, found),
        _practice(practice, found),
        standing,
        *_further(file, basis, found),
    ]


def _registry(found: Sources) -> list[ProvenanceLine]:
    report = found.report
    if report is None:
        return [
            ProvenanceLine(
                "学信网核验",
                tags.Tag(tags.BAD, "无反馈数据"),
                None,
                "总部没有导入过此学生的反馈数据",
            )
        ]
    return [
        ProvenanceLine("学信网核验", _verdict_tag(ChsiVerdict(report.verdict)), found.registry),
        ProvenanceLine("信息比对", tags.agreement_tag(found.mismatches), found.compared),
    ]


def _verdict_tag(verdict: ChsiVerdict) -> tags.Tag:
    if verdict is ChsiVerdict.NORMAL:
        return tags.Tag(tags.OK, verdict.label)
    return tags.Tag(tags.BAD, verdict.label)


def _photos(found: Sources, held: dict[str, PhotoRow]) -> list[ProvenanceLine]:
    """The 毕业照片, and the copies of the registry's pictures that the centre supplied."""
    lines = []
    for kind in PhotoKind:
        row = held.get(kind.value)
        if row is not None and (kind is PhotoKind.GRADUATION or row.supplied):
            lines.append(
                ProvenanceLine(kind.label, pictures.review_tag(row), found.photos[kind.value])
            )
    if PhotoKind.GRADUATION.value not in held:
        lines.insert(
            0,
            ProvenanceLine(
                PhotoKind.GRADUATION.label,
                tags.Tag(tags.WARN, "未存"),
                None,
                "学习中心没有上传过照片",
            ),
        )
    return lines


def _declared(found: Sources, held: dict[str, PhotoRow]) -> list[ProvenanceLine]:
    """What the centre declared when it applied, where no copy of the registry's picture is held."""
    row = held.get(PhotoKind.GRADUATION.value)
    if found.declared is None or row is None or row.same is not None:
        return []
    return [
        ProvenanceLine("与学信网照片比对", tags.Tag(tags.OK, "已声明核查学信网"), found.declared)
    ]


def _credits(file: Candidate, plan: Plan, found: Sources) -> list[ProvenanceLine]:
    row = getattr(file, "judgement", None)
    if row is None:
        return [ProvenanceLine("总学分", "尚未审核", found.results)]
    return [
        ProvenanceLine(
            "总学分", f"{credits_text(row.total)} / {credits_text(plan.min_total)}", found.results
        ),
        ProvenanceLine(
            "总部考试学分",
            f"{credits_text(row.hq)} / {credits_text(plan.min_hq)}",
            found.hq_results,
        ),
    ]


def _practice(practice: frozenset[str], found: Sources) -> ProvenanceLine:
    if not practice:
        return ProvenanceLine("实践复核", "专业规则没有综合实践", None, "")
    if found.reviewed >= practice:
        return ProvenanceLine("实践复核", tags.Tag(tags.OK, "复核通过"), found.review)
    left = tags.Tag(tags.WARN, f"复核通过 {len(found.reviewed)} / {len(practice)} 门")
    if not found.reviewed:
        return ProvenanceLine("实践复核", left, found.review, "没有导入过复核通过")
    return ProvenanceLine("实践复核", left, found.review)


def _further(file: Candidate, basis: Basis, found: Sources) -> list[ProvenanceLine]:
    """What decides only where the policy of the batch asks for it."""
    lines = []
    if "INFO-CONFIRM" in basis.policy.extra_gates:
        lines.append(_confirmation(file, found))
    if "QUALIF" in basis.policy.extra_gates and file.student.level != Level.JUNIOR:
        lines.append(_prior_check(found))
    return lines


def _confirmation(file: Candidate, found: Sources) -> ProvenanceLine:
    day = file.student.confirmed_on
    if not day:
        unconfirmed = tags.Tag(tags.WARN, "未确认")
        return ProvenanceLine("学生确认", unconfirmed, found.confirmation, "没有导入过确认")
    return ProvenanceLine("学生确认", day, found.confirmation)


def _prior_check(found: Sources) -> ProvenanceLine:
    if not found.prior_check:
        unchecked = tags.Tag(tags.WARN, PriorCheck.UNCHECKED.label)
        return ProvenanceLine("前置学历核验", unchecked, found.check, "没有导入过核验结果")
    check = PriorCheck(found.prior_check)
    if check is PriorCheck.PASSED:
        return ProvenanceLine("前置学历核验", tags.Tag(tags.OK, check.label), found.check)
    return ProvenanceLine("前置学历核验", tags.Tag(tags.WARN, check.label), found.check)
