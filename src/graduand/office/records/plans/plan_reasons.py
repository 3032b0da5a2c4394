"""What is said of a plan: the rows not written after all, with their reasons."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from graduand.models import ImportPlan, RefusedRow
from graduand.office.records.files import plan_files, returning
from graduand.office.records.files.tallies import SHOWN, by_reason
from graduand.rulebook.records.sheets import Problem

ENDED = "已终止：导入在写到这一行之前被终止，这一行没有导入"


def refused_after(plan: ImportPlan) -> dict[int, list[Problem]]:
    """The rows that were confirmed and refused after all, each with its reasons."""
    return {
        row: [Problem(*problem) for problem in json.loads(reasons)]
        for row, reasons in RefusedRow.objects.filter(plan=plan)
        .order_by("row")
        .values_list("row", "reasons")
    }


def _unwritten(plan: ImportPlan) -> dict[int, list[Problem]]:
    """The rows that its end left unwritten; as long as the file of its rows is there."""
    if plan.ended_at is None or not plan.file:
        return {}
    why = [Problem("", _why_ended(plan))]
    try:
        with plan_files.OpenPlanFile(plan.file) as kept:
            return dict.fromkeys(kept.numbers(plan.cursor), why)
    except FileNotFoundError:
        return {}


def _why_ended(plan: ImportPlan) -> str:
    if plan.ended_why:
        return f"已终止：{plan.ended_why}"
    return ENDED


def reasons_of(plan: ImportPlan) -> returning.RowReasons | None:
    """What the returned workbook says: what the check refused, and what was not written."""
    if not plan.file:
        return None
    try:
        with plan_files.OpenPlanFile(plan.file) as kept:
            told = kept.failures()
    except FileNotFoundError:
        return None
    found = returning.RowReasons.of(told)
    problems = {**found.failures.problems, **refused_after(plan), **_unwritten(plan)}
    if not problems:
        return None
    return replace(found, failures=replace(found.failures, problems=problems))


def plan_sentences(plan: ImportPlan) -> dict[str, Any]:
    """The sentences about an import: of its check, of what was not written, of what followed."""
    checked: dict[str, Any] = json.loads(plan.told)
    after = refused_after(plan)
    sentences = by_reason(
        {row: [problem.message for problem in found] for row, found in after.items()}
    )
    ended = [ended_sentence(plan)] if plan.ended_at is not None else []
    return checked | {
        "problems": [*ended, *sentences, *checked["problems"]][: SHOWN + 1],
        "notes": [*checked["notes"], *plan.said],
    }


def ended_sentence(plan: ImportPlan) -> str:
    """What an ended import has kept and left; it holds from the moment of the end."""
    kept = f"导入已由 {_ended_by(plan)} 终止，已写入的 {plan.done:,} 行保留"
    return f"{kept}，其余 {plan.unwritten:,} 行没有导入。{plan.ended_why}"


def _ended_by(plan: ImportPlan) -> str:
    if plan.ended_by is None:
        return "系统"
    return plan.ended_by.name
