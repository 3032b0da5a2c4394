"""Recurring work: days that pass, people who are due, work that was left half done, files whose
time is over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from graduand.office.audit import rejudging
from graduand.office.outgoing import drafts, export_runs, exports
from graduand.office.photos import retention
from graduand.office.queue.kinds import Periodic
from graduand.office.records.plans import import_plans
from graduand.office.season import deleting, listing
from graduand.office.season.ending import closing, finishing
from graduand.rulebook.queue.work_terms import WorkKind

log = structlog.get_logger(__name__)


def all_tried(*parts: Callable[[], int]) -> list[int]:
    """What each part has counted. One that fails keeps none of the others from its turn; the first
    failure is raised when all have had theirs.
    """
    counts = []
    failures = []
    for part in parts:
        try:
            counts.append(part())
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is raised below
            log.warning("a part of periodic work failed", part=part.__qualname__, why=repr(problem))
            failures.append(problem)
    if failures:
        raise failures[0]
    return counts


class FinishBatches(Periodic):
    """Closed batches of which nothing is left to do are finished."""

    kind = WorkKind.DAYS

    def work(self) -> str:
        count = finishing.settle()
        if not count:
            return "没有要办结的批次"
        return f"办结了 {count} 个批次"


class DueCheck(Periodic):
    """Finds people who became due without an order: a clock turned back, tables changed by hand."""

    kind = WorkKind.LOOK
    every = timedelta(minutes=1)

    def work(self) -> str:
        count = rejudging.look()
        if not count:
            return "没有遗漏"
        return f"{count} 个批次里有人须重新判断，已安排"


class ResumeHalfDone(Periodic):
    """Half-made lists and half-done deletions are ordered anew, and a closing that was given up is
    undone; work with a job of its own continues through that.

    A file that a dead process was writing is recorded as failed.
    """

    kind = WorkKind.HALF_DONE
    every = timedelta(minutes=5)

    def work(self) -> str:
        *resumed, files, runs = all_tried(
            listing.order_half_made,
            deleting.order_half_done,
            closing.undo_half_done,
            exports.sweep,
            export_runs.sweep,
        )
        count = sum(resumed)
        cut_off = files + runs
        sentence = "没有中断的工作"
        if count:
            sentence = f"{count} 项中断的工作已安排接着办"
        if cut_off:
            sentence += f"，{cut_off} 个没有写完的导出文件记为未成"
        return sentence


class Retention(Periodic):
    """Deletes what has been kept long enough: files that people sent, faces of a season that is
    over.
    """

    kind = WorkKind.RETENTION

    def work(self) -> str:
        files, faces = retention.tidy()
        return f"删除过期的上传文件 {files} 个，人脸特征 {faces} 份"


class SweepDrafts(Periodic):
    """Deletes drafts that a killed process left."""

    kind = WorkKind.SWEEP

    def work(self) -> str:
        return f"清理中断时留下的草稿 {sum(all_tried(drafts.sweep, import_plans.sweep))} 个"
