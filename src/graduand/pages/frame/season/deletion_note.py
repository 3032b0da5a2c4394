"""What the list of batches says after one of them was deleted."""

from __future__ import annotations

from graduand.pages.door.access import Visit
from graduand.queries.queue import jobs, standstill
from graduand.queries.season import batches
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, JobState

_KEPT = "学生、成绩、照片和其他批次不受影响。"
_AWAY = "它的名单不再显示"


def sentence(visit: Visit, code: str) -> str:
    """A sentence on the batch that the address names, as it stands now; "" where none was deleted."""
    if not code or visit.actor.desk is not Desk.HQ:
        return ""
    gone = batches.deleted().filter(code=code).first()
    if gone is None:
        return ""
    left = batches.everybody_in(gone)
    if not left:
        return f"批次 {gone.code} 和它的名单已删除。{_KEPT}"
    job = jobs.job_of(WorkKind.DELETING, gone.pk)
    if job is None or job.state not in (JobState.WAITING, JobState.RUNNING):
        how = f"还有 {left:,} 人没有清理，清理已停下，见「我的任务」"
    else:
        how = standstill.words_of_job(job) or "正在后台清理"
        how = f"还有 {left:,} 人没有清理，{how}"
    return f"批次 {gone.code} 已删除，{_AWAY}（{how}）。{_KEPT}"
