"""Stopping long work, as pages show it: the button, who wanted it, what was kept and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import Job
from graduand.office import jobs
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import stamp
from graduand.rulebook.terms import JobState

WORK = {"act": "批量办理", "audit": "重新判断毕业条件", "photos": "导入照片", "faces": "人脸比对", "sheet": "导入数据",
        "policy": "试判规定", "closing": "关闭批次",
        "deleting": "删除批次"}  # fmt: skip
# What was kept, and what to do next; {done} and {left} are counts.
AFTER = {
    "act": "办理了前 {done} 人，其余 {left} 人没有变化，可以重新办理。",
    "audit": "前 {done} 人已按现行规定判断，其余 {left} 人在名单里仍显示上一次的判断；每次办理都会重新判断，不受影响。",
    "photos": "前 {done} 张已检查，合格的已导入并保留；其余 {left} 张没有检查，原有照片没有改动。"
              "可以继续，也可以重新上传同一个压缩包，已导入的会记为未变。",
    "faces": "已测量的 {done} 张保留，还没有作出比对。可以继续，下次导入照片也会接着做。",
    "sheet": "没有写入任何数据：一个文件要么整体写入，要么一行不写。要导入，请重新校验，核对后再导入。",
    "policy": "已试判 {done} 人，规定没有改动。试判全部完成后才能保存，可以继续。",
    "closing": "批次没有关闭。已结转的 {done} 人随即列回名单，须重新申请；其余没有变化。要关闭，请重新提出，并由第二人同意。",
    "deleting": "批次已经删除，已清理 {done} 人的名单，其余的不再显示。可以继续清理。",
}  # fmt: skip
NOT_BEGUN = "还没有开始办理，没有任何变化。"
LATE = "要求停止时已经办完，结果完整保留。"


@dataclass(frozen=True, slots=True)
class Halt:
    """`state` is open (it can be stopped), stopping, stopped, late (it was over first) or "" (nothing to say)."""

    url: str
    state: str
    who: str = ""
    after: str = ""
    resumable: bool = False


def halt_of(job: Job | None, visit: Visit, done: int | None = None, total: int | None = None) -> Halt | None:
    """How stopping this work stands, for somebody who may; None for anybody else. `stop_by` comes with the row."""
    if job is None or not jobs.may_stop(job, visit.actor):
        return None
    url, state = f"/tasks/{job.pk}", JobState(job.state)
    who = f"{job.stop_by.name} 于 {stamp(job.stop_at)}" if job.stop_by and job.stop_at else ""
    if state in (JobState.WAITING, JobState.RUNNING):
        return Halt(url, "stopping" if who else "open", who)
    if state is JobState.CANCELLED:
        far, whole = job.done if done is None else done, job.total if total is None else total
        after = AFTER[job.kind].format(done=f"{far:,}", left=f"{max(0, whole - far):,}")
        if not far and job.kind in jobs.RESUMABLE:
            after = NOT_BEGUN
        return Halt(url, "stopped", who, after, job.kind in jobs.RESUMABLE)
    return Halt(url, "late" if who else "", who, LATE)
