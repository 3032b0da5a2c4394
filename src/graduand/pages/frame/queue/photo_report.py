"""An import of photos as pages show it: how far it is, what was chosen, its counts, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from graduand.models import Job, PhotoUpload
from graduand.office.photos import retention, uploads
from graduand.pages.door.access import Visit
from graduand.pages.frame import tags
from graduand.pages.frame.queue.halting import Halt, halt_of
from graduand.pages.frame.queue.polling import looks_again, wait_after
from graduand.queries import clock
from graduand.queries.photos import gallery as lists
from graduand.rulebook.photos.places import before_looking
from graduand.rulebook.photos.words import PhotoSource
from graduand.rulebook.terms import JobState, Level, PhotoKind, PhotoNaming
from graduand.rulebook.words import name_and_count

HOME = "/photos/imports"
NAMED = 30


class TurnedAway(NamedTuple):
    """Pictures that can't be imported for one reason: how many, and whose."""

    reason: str
    pictures: int
    people: str


@dataclass(frozen=True, slots=True)
class Report:
    """An upload as pages show it: how far it is, its counts, what can be done next."""

    url: str
    upload: PhotoUpload
    title: str
    kind: str
    details: list[tuple[str, str]]
    counts: dict[str, int]
    unmatched: int
    away: list[TurnedAway]
    state: tags.Tag
    ready: bool
    ended: bool
    trouble: str
    poll: int = 0
    wait: int = 0
    polling: bool = False
    halt: Halt | None = None
    gone: str = ""

    @property
    def fit(self) -> int:
        """How many pictures 导入 will look at with nothing known against them."""
        return self.upload.total - self.unmatched - sum(group.pictures for group in self.away)

    @property
    def figures(self) -> list[tuple[str, int, str]]:
        """(label, number, tone) of what became of the pictures."""
        refused = self.counts["refused"]
        left = [("未检查", self.counts["waiting"], "bad")] if self.ended_early else []
        return [
            ("导入", self.counts["created"] + self.counts["updated"], "ok"),
            ("未变", self.counts["unchanged"], ""),
            ("未导入", refused, "bad" if refused else ""),
            *left,
            ("共", self.upload.total, ""),
        ]

    @property
    def ended_early(self) -> bool:
        """Whether it ended before its last picture; what had been taken until then stays."""
        return uploads.ended_early(self.upload)


def report_of(upload: PhotoUpload, visit: Visit, poll: int) -> Report:
    """The import after `poll` looks at it."""
    job = lists.job_of(upload)
    begun = upload.started_at is not None
    ended = upload.finished_at is not None
    broken_off = job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)
    return Report(
        f"{HOME}/{upload.pk}",
        upload,
        upload.name,
        kind_of(upload),
        _details(upload),
        lists.outcome_counts(upload),
        _unmatched(upload),
        _turned_away(upload),
        state_tag(upload, _state_of(job)),
        not begun and not ended,
        ended,
        upload.problem or _trouble(upload, job),
        poll + 1,
        wait_after(poll),
        polling=begun and not ended and not broken_off and looks_again(poll),
        halt=halt_of(job, visit, upload.cursor, upload.total),
        gone=_gone(upload),
    )


def kind_of(upload: PhotoUpload) -> str:
    """The kind of its pictures; and that they were repaired."""
    label = PhotoKind(upload.kind).label
    if upload.source == PhotoSource.REPAIR:
        return f"{label}（修复）"
    return label


def state_tag(upload: PhotoUpload, job: JobState | None) -> tags.Tag:
    """How the import stands, by its job where that is at work."""
    if uploads.ended_early(upload):
        return tags.Tag(tags.WARN, "部分导入", upload.problem)
    if upload.problem:
        return tags.Tag(tags.BAD, "已拒绝", upload.problem)
    if upload.finished_at is not None:
        return tags.job_tag(JobState.DONE)
    if upload.started_at is None:
        return tags.Tag(tags.WARN, "待导入")
    return tags.job_tag(job or JobState.RUNNING)


def _state_of(job: Job | None) -> JobState | None:
    if job is None:
        return None
    return JobState(job.state)


def _unmatched(upload: PhotoUpload) -> int:
    """How many pictures have a name that matches no student, while that can still be corrected."""
    if upload.started_at is not None:
        return 0
    return lists.refused_by_name(upload)


def _turned_away(upload: PhotoUpload) -> list[TurnedAway]:
    """Whose pictures the import would refuse whatever they show, while nothing has begun."""
    if upload.started_at is not None or upload.finished_at is not None:
        return []
    groups: dict[str, list[str]] = {}
    for person, refusal in lists.known_refusals(upload, clock.today()):
        groups.setdefault(before_looking(refusal), []).append(person)
    return [
        TurnedAway(reason, len(people), name_and_count(people, NAMED, "人"))
        for reason, people in groups.items()
    ]


def _trouble(upload: PhotoUpload, job: Job | None) -> str:
    """Why the import was broken off."""
    if upload.finished_at is not None or job is None or job.state != JobState.FAILED:
        return ""
    return job.message


def _details(upload: PhotoUpload) -> list[tuple[str, str]]:
    """What was chosen when it was sent; of a single picture or repairs only the kind."""
    kind = ("上传类型", PhotoKind(upload.kind).label)
    if upload.source != PhotoSource.ZIP:
        return [kind]
    return [
        kind,
        ("命名方式", PhotoNaming(upload.naming).label),
        ("专业层次", Level.label_of(upload.level) or "全部"),
        ("已有照片", "覆盖" if upload.overwrite else "不覆盖"),
        ("文件夹", "忽略文件夹" if upload.flatten else "不允许"),
        ("压缩包", _kept_until(upload)),
    ]


def _kept_until(upload: PhotoUpload) -> str:
    if not retention.is_retained(upload):
        return "已过保存期，已删除"
    return f"保存到 {retention.retained_until(upload)}"


def _gone(upload: PhotoUpload) -> str:
    """That the zip is not kept any more; "" while it is, and for what came without one."""
    if upload.source != PhotoSource.ZIP or retention.is_retained(upload):
        return ""
    kept = f"上传的压缩包只保存 {retention.retention_days()} 天，已经删除"
    return f"{kept}；导入结果仍可查看和下载，未导入的照片请从原来的文件里取，修改后重新上传。"
