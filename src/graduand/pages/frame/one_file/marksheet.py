"""学分与成绩: each module with what it asks, each course with its best mark and other sittings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from graduand.models import Candidate
from graduand.pages.frame import tags
from graduand.pages.frame.season.deadlines import short
from graduand.queries.basis import plan_of
from graduand.queries.records import person
from graduand.queries.records.provenance import ImportSource, Sources
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.calendar import Term, office_day
from graduand.rulebook.facts import Plan
from graduand.rulebook.gates import Basis
from graduand.rulebook.papers.transcript import (
    CountedResult,
    CourseMarks,
    ModuleMarks,
    exempted,
    mark_text,
)
from graduand.rulebook.words import led_by

NO_RESULT = "无成绩"
VOIDED = tags.Tag(tags.BAD, "已作废", "作废的成绩不计学分；有疑问的请向作废它的人核对")


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A course.

    `attempt` is the 考试次序 of a sheet: with code and 学期 an import finds this mark by it.
    `source`: who brought the mark that is shown, None for one that is older than this record.
    `telling`: a re-sit, an exemption, a missing 复核 or a mark that was changed, which a reviewer
    looks at.
    """

    name: str
    credits: str
    mark: str
    term: str
    attempt: str
    earlier: str
    result: tags.Tag
    source: ImportSource | None = None
    telling: bool = False

    @property
    def day(self) -> str:
        """When the mark was brought, as short as a row is."""
        if self.source is None:
            return ""
        return short(office_day(self.source.at))


@dataclass(frozen=True, slots=True)
class ModuleSection:
    """A module; folded where nothing in it needs attention.

    `need` is "" for results outside the plan.
    """

    name: str
    has: str
    need: str
    result: tags.Tag
    folded: bool
    rows: tuple[MarkRow, ...]


def marksheet_of(file: Candidate, basis: Basis, brought: Sources) -> dict[str, Any]:
    """Credits in one line, and the modules below it, each mark with its source; one query."""
    plan = plan_of(file, basis)
    modules, outside = person.marks(file, plan, basis.today, brought.voided)
    sections = [_section(module, brought) for module in modules]
    known = {course.code for course in plan.courses}
    rows = [
        *(_outside(taken, brought) for taken in outside),
        *(_voided_outside(taken, brought) for taken in brought.voided if taken.course not in known),
    ]
    if rows:
        apart = tags.Tag(tags.IDLE, "不计入")
        sections.append(ModuleSection("专业规则以外的课程", "0", "", apart, True, tuple(rows)))
    return {"credit_line": _credit_line(file, plan), "sections": sections}


def _credit_line(file: Candidate, plan: Plan) -> str:
    """The credits of the last verdict, compared with what the plan asks."""
    row = getattr(file, "judgement", None)
    if row is None:
        return "尚未审核"
    total = f"总学分 {credits_text(row.total)} / {credits_text(plan.min_total)}"
    return f"{total} · 总部考试 {credits_text(row.hq)} / {credits_text(plan.min_hq)}"


def _section(module: ModuleMarks, brought: Sources) -> ModuleSection:
    result = tags.Tag(tags.OK, "满足")
    if module.has < module.need:
        result = tags.Tag(tags.BAD, "不足")
    rows = tuple(_row(course, module.name, brought) for course in module.courses)
    folded = module.plain and not any(row.telling for row in rows)
    return ModuleSection(
        module.name, credits_text(module.has), credits_text(module.need), result, folded, rows
    )


def _source(taken: CountedResult | None, brought: Sources) -> ImportSource | None:
    if taken is None:
        return None
    return brought.marks.get((taken.course, taken.term, taken.attempt))


def _row(marks: CourseMarks, module: str, brought: Sources) -> MarkRow:
    if marks.shown is None and marks.voided:
        return _taken_back(marks, module, brought)
    row = MarkRow(
        _title(marks, module),
        credits_text(marks.course.credits),
        NO_RESULT,
        "",
        "",
        _before(marks, brought),
        _result(marks),
        telling=_is_telling(marks, brought),
    )
    if marks.shown is None:
        return row
    return replace(
        row,
        mark=mark_text(marks.shown.mark),
        term=str(Term.from_ordinal(marks.shown.term)),
        attempt=str(marks.shown.attempt),
        source=_source(marks.shown, brought),
    )


def _title(marks: CourseMarks, module: str) -> str:
    """The course with its code; 综合实践 is marked where its module does not say so."""
    title = f"{marks.course.name}（{marks.course.code}）"
    if marks.course.practice and "综合实践" not in module:
        return f"{title}·综合实践"
    return title


def _is_telling(marks: CourseMarks, brought: Sources) -> bool:
    """Whether a reviewer looks at the course: something about its mark is out of the usual."""
    if marks.earlier or marks.voided or _is_exempt(marks) or _is_unreviewed(marks):
        return True
    return bool(_changed(marks.shown, brought))


def _is_exempt(marks: CourseMarks) -> bool:
    return marks.shown is not None and exempted(marks.shown)


def _is_unreviewed(marks: CourseMarks) -> bool:
    """A mark of 综合实践 that would pass and was not reviewed."""
    if marks.shown is None or not marks.course.practice:
        return False
    return marks.shown.passes and not marks.shown.reviewed


def _taken_back(marks: CourseMarks, module: str, brought: Sources) -> MarkRow:
    """A course of which every mark was voided: the last of them, and whose import it was."""
    *others, last = marks.voided
    before = "；".join(
        filter(None, (_changed(last, brought), *(_voided(taken, brought) for taken in others)))
    )
    return MarkRow(
        _title(marks, module),
        credits_text(marks.course.credits),
        mark_text(last.mark),
        str(Term.from_ordinal(last.term)),
        str(last.attempt),
        before,
        VOIDED,
        _source(last, brought),
        telling=True,
    )


def _voided(taken: CountedResult, brought: Sources) -> str:
    """`76（2020秋考试次序 1）已作废（李老师 07-12 成绩.csv）`."""
    sitting = f"{Term.from_ordinal(taken.term)}考试次序 {taken.attempt}"
    words = f"{mark_text(taken.mark)}（{sitting}）{VOIDED.text}"
    source = _source(taken, brought)
    if source is None:
        return words
    return f"{words}（{source.person} {short(office_day(source.at))} {source.file}）"


def _result(marks: CourseMarks) -> tags.Tag:
    if marks.passed and _is_exempt(marks):
        return tags.Tag(tags.INFO, "免修免考")
    if marks.passed:
        return tags.Tag(tags.OK, "通过")
    if _is_unreviewed(marks):
        return tags.Tag(tags.BAD, "未复核", "综合实践成绩须复核通过才计学分")
    return tags.Tag(tags.BAD, "未通过")


def _before(marks: CourseMarks, brought: Sources) -> str:
    """What the mark was before an import changed it, and the sittings that are not shown."""
    earlier = [_earlier(taken, brought) for taken in marks.earlier]
    voided = [_voided(taken, brought) for taken in marks.voided]
    return "；".join(filter(None, (_changed(marks.shown, brought), *earlier, *voided)))


def _earlier(taken: CountedResult, brought: Sources) -> str:
    """With the 学期 and 考试次序 that a sheet must name to correct it."""
    place = f"{Term.from_ordinal(taken.term)}考试次序 {taken.attempt}"
    return "，".join(
        part for part in (f"{mark_text(taken.mark)}（{place}）", _changed(taken, brought)) if part
    )


def _changed(taken: CountedResult | None, brought: Sources) -> str:
    """`更改前 76`: the marks that imports replaced, oldest first; "" without any."""
    if taken is None:
        return ""
    marks = [was.mark for was in brought.changed.get((taken.course, taken.term, taken.attempt), ())]
    replaced = [mark for mark, then in pairwise([*marks, taken.mark]) if mark != then]
    return led_by("更改前 ", "、".join(mark_text(mark) for mark in replaced))


def _outside(taken: CountedResult, brought: Sources) -> MarkRow:
    term = str(Term.from_ordinal(taken.term))
    return MarkRow(
        taken.course,
        "",
        mark_text(taken.mark),
        term,
        str(taken.attempt),
        "",
        tags.Tag(tags.IDLE, "不计入"),
        _source(taken, brought),
    )


def _voided_outside(taken: CountedResult, brought: Sources) -> MarkRow:
    return replace(_outside(taken, brought), result=VOIDED)
