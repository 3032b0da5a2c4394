"""学分与成绩 as pages show it: each module with what it asks, each course with its best mark and the other sittings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from graduand.models import Candidate
from graduand.pages.frame import tags
from graduand.pages.frame.season.deadlines import short
from graduand.queries.bench import plan_of
from graduand.queries.records import person
from graduand.queries.records.provenance import Brought, ImportSource
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.calendar import Term, office_day
from graduand.rulebook.gates import Bench
from graduand.rulebook.papers.transcript import CourseMarks, ModuleMarks, Taken, exempted, mark_text

NO_RESULT = "无成绩"
VOIDED = tags.Tag(tags.BAD, "已作废", "作废的成绩不计学分；有疑问的请向作废它的人核对")


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A course. `attempt` is the 考试次序 of a sheet: with code and 学期 an import finds this mark
    by it. `source`: who brought the mark that is shown, None for one that is older than this
    record. `telling`: a re-sit, an exemption, a missing 复核 or a mark that was changed, which a
    reviewer looks at.
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
        """When it was brought, as short as a row is."""
        return short(office_day(self.source.at)) if self.source else ""


@dataclass(frozen=True, slots=True)
class ModuleSection:
    """A module; folded where nothing in it asks to be looked at. `need` is "" for what the plan does not have."""

    name: str
    has: str
    need: str
    result: tags.Tag
    folded: bool
    rows: tuple[MarkRow, ...]


def of(file: Candidate, bench: Bench, brought: Brought) -> dict[str, Any]:
    """Credits in one line, and the modules below it, each mark with its source; one query."""
    plan, row = plan_of(file, bench), getattr(file, "judgement", None)
    modules, outside = person.marks(file, plan, bench.today, brought.voided)
    line = "尚未审核"
    if row is not None:
        total = f"总学分 {credits_text(row.total)} / {credits_text(plan.min_total)}"
        line = f"{total} · 总部考试 {credits_text(row.hq)} / {credits_text(plan.min_hq)}"
    sections = [_section(one, brought) for one in modules]
    known = {course.code for course in plan.courses}
    gone = [one for one in brought.voided if one.course not in known]
    if outside or gone:
        rows = tuple(_outside(one, brought) for one in outside) + tuple(
            _voided_outside(one, brought) for one in gone
        )
        sections.append(
            ModuleSection("专业规则以外的课程", "0", "", tags.Tag(tags.IDLE, "不计入"), True, rows)
        )
    return {"credit_line": line, "sections": sections}


def _section(module: ModuleMarks, brought: Brought) -> ModuleSection:
    enough = module.has >= module.need
    result = tags.Tag(tags.OK, "满足") if enough else tags.Tag(tags.BAD, "不足")
    rows = tuple(_row(one, module.name, brought) for one in module.courses)
    folded = module.plain and not any(row.telling for row in rows)
    return ModuleSection(
        module.name, credits_text(module.has), credits_text(module.need), result, folded, rows
    )


def _source(taken: Taken | None, brought: Brought) -> ImportSource | None:
    return (
        brought.marks.get((taken.course, taken.term, taken.attempt)) if taken is not None else None
    )


def _row(one: CourseMarks, module: str, brought: Brought) -> MarkRow:
    practice = "·综合实践" if one.course.practice and "综合实践" not in module else ""
    if one.shown is None and one.voided:
        return _taken_back(one, practice, brought)
    shown = one.shown
    exempt = shown is not None and exempted(shown)
    unreviewed = one.course.practice and shown is not None and shown.passes and not shown.reviewed
    return MarkRow(
        f"{one.course.name}（{one.course.code}）{practice}",
        credits_text(one.course.credits),
        mark_text(shown.mark) if shown else NO_RESULT,
        str(Term.from_ordinal(shown.term)) if shown else "",
        str(shown.attempt) if shown else "",
        _before(one, brought),
        _result(one, exempt=exempt, unreviewed=unreviewed),
        _source(shown, brought),
        telling=bool(one.earlier or one.voided)
        or exempt
        or unreviewed
        or bool(_changed(shown, brought)),
    )


def _taken_back(one: CourseMarks, practice: str, brought: Brought) -> MarkRow:
    """A course of which every mark was voided: the last of them, and whose import it was, which is whom to ask."""
    *others, last = one.voided
    before = "；".join(
        filter(None, (_changed(last, brought), *(_voided(taken, brought) for taken in others)))
    )
    return MarkRow(
        f"{one.course.name}（{one.course.code}）{practice}",
        credits_text(one.course.credits),
        mark_text(last.mark),
        str(Term.from_ordinal(last.term)),
        str(last.attempt),
        before,
        VOIDED,
        _source(last, brought),
        telling=True,
    )


def _voided(taken: Taken, brought: Brought) -> str:
    """`76（2020秋考试次序 1）已作废（李老师 07-12 成绩.csv）`."""
    source = _source(taken, brought)
    whose = f"（{source.person} {short(office_day(source.at))} {source.file}）" if source else ""
    return f"{mark_text(taken.mark)}（{Term.from_ordinal(taken.term)}考试次序 {taken.attempt}）{VOIDED.text}{whose}"


def _result(one: CourseMarks, *, exempt: bool, unreviewed: bool) -> tags.Tag:
    if one.passed:
        return tags.Tag(tags.INFO, "免修免考") if exempt else tags.Tag(tags.OK, "通过")
    if unreviewed:
        return tags.Tag(tags.BAD, "未复核", "综合实践成绩须复核通过才计学分")
    return tags.Tag(tags.BAD, "未通过")


def _before(one: CourseMarks, brought: Brought) -> str:
    """What the mark was before an import changed it, and the sittings that are not shown."""
    earlier = [_earlier(taken, brought) for taken in one.earlier]
    gone = [_voided(taken, brought) for taken in one.voided]
    return "；".join(part for part in (_changed(one.shown, brought), *earlier, *gone) if part)


def _earlier(taken: Taken, brought: Brought) -> str:
    """With the 学期 and 考试次序 that a sheet must name to correct it."""
    place = f"{Term.from_ordinal(taken.term)}考试次序 {taken.attempt}"
    return "，".join(
        part for part in (f"{mark_text(taken.mark)}（{place}）", _changed(taken, brought)) if part
    )


def _changed(taken: Taken | None, brought: Brought) -> str:
    """`更改前 76`: the marks that imports replaced, oldest first; "" where the mark has always been this one."""
    if taken is None:
        return ""
    marks = [was.mark for was in brought.changed.get((taken.course, taken.term, taken.attempt), ())]
    replaced = [mark for mark, then in pairwise([*marks, taken.mark]) if mark != then]
    return f"更改前 {'、'.join(mark_text(mark) for mark in replaced)}" if replaced else ""


def _outside(taken: Taken, brought: Brought) -> MarkRow:
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


def _voided_outside(taken: Taken, brought: Brought) -> MarkRow:
    return replace(_outside(taken, brought), result=VOIDED)
