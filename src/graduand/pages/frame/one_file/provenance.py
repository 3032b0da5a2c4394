"""决定性的事实，谁带来的: each fact that decides on a file with its value, who brought it, when, and in which file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graduand.models import Candidate, PhotoRow
from graduand.pages.frame import pictures, tags
from graduand.queries.bench import plan_of
from graduand.queries.records.provenance import Brought, ImportSource
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.facts import Plan
from graduand.rulebook.gates import Bench
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
    file: Candidate, bench: Bench, held: dict[str, PhotoRow], found: Brought
) -> list[ProvenanceLine]:
    """The lines of the card; `held` are the current pictures by kind."""
    plan = plan_of(file, bench)
    practice = frozenset(course.code for course in plan.courses if course.practice)
    standing = ProvenanceLine("学籍状态", Standing(file.student.standing).label, found.standing)
    return [
        *_registry(found),
        *_photos(found, held),
        *_declared(found, held),
        *_credits(file, plan, found),
        _practice(practice, found),
        standing,
        *_further(file, bench, found),
    ]


def _registry(found: Brought) -> list[ProvenanceLine]:
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
    verdict = ChsiVerdict(report.verdict)
    tone = tags.OK if verdict is ChsiVerdict.NORMAL else tags.BAD
    same = (
        tags.Tag(tags.BAD, f"不一致：{found.mismatches}")
        if found.mismatches
        else tags.Tag(tags.OK, "一致")
    )
    return [
        ProvenanceLine("学信网核验", tags.Tag(tone, verdict.label), found.registry),
        ProvenanceLine("信息比对", same, found.compared),
    ]


def _photos(found: Brought, held: dict[str, PhotoRow]) -> list[ProvenanceLine]:
    """The 毕业照片, and the copies of the registry's pictures that the centre supplied: those prove nothing."""
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


def _declared(found: Brought, held: dict[str, PhotoRow]) -> list[ProvenanceLine]:
    """Where no copy of the registry's picture is held, the comparison is what the centre declared when it applied."""
    row = held.get(PhotoKind.GRADUATION.value)
    if found.declared is None or row is None or row.same is not None:
        return []
    return [
        ProvenanceLine("与学信网照片比对", tags.Tag(tags.OK, "已声明核查学信网"), found.declared)
    ]


def _credits(file: Candidate, plan: Plan, found: Brought) -> list[ProvenanceLine]:
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


def _practice(practice: frozenset[str], found: Brought) -> ProvenanceLine:
    if not practice:
        return ProvenanceLine("实践复核", "专业规则没有综合实践", None, "")
    if found.reviewed >= practice:
        return ProvenanceLine("实践复核", tags.Tag(tags.OK, "复核通过"), found.review)
    left = f"复核通过 {len(found.reviewed)} / {len(practice)} 门"
    return ProvenanceLine(
        "实践复核",
        tags.Tag(tags.WARN, left),
        found.review,
        UNKNOWN if found.reviewed else "没有导入过复核通过",
    )


def _further(file: Candidate, bench: Bench, found: Brought) -> list[ProvenanceLine]:
    """What decides only where the policy of the batch asks for it."""
    lines = []
    if "INFO-CONFIRM" in bench.policy.extra_gates:
        on = file.student.confirmed_on
        value = on or tags.Tag(tags.WARN, "未确认")
        lines.append(
            ProvenanceLine(
                "学生确认", value, found.confirmation, UNKNOWN if on else "没有导入过确认"
            )
        )
    if "QUALIF" in bench.policy.extra_gates and file.student.level != Level.JUNIOR:
        check = PriorCheck(found.prior_check or PriorCheck.UNCHECKED)
        tone = tags.OK if check is PriorCheck.PASSED else tags.WARN
        lacking = UNKNOWN if found.prior_check else "没有导入过核验结果"
        lines.append(
            ProvenanceLine("前置学历核验", tags.Tag(tone, check.label), found.check, lacking)
        )
    return lines
