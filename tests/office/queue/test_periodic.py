"""What comes again by itself: each has its row and its next time; one that fails says so and ends nothing."""

import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from graduand.models import Batch, Candidate, Job
from graduand.office.duties.periodic import DueCheck, ResumeHalfDone, Retention, SweepDrafts
from graduand.office.outgoing import drafts, exports
from graduand.office.queue import orders
from graduand.office.queue.kinds import registry
from graduand.office.queue.work import Worker
from graduand.office.records.plans import import_plans
from graduand.office.refusal import Refused
from graduand.office.season import deleting, listing
from graduand.queries import clock
from graduand.queries.queue import jobs as tasks
from graduand.rulebook.queue.work_terms import PERIODIC, WorkKind
from tests import factories, jobs, people
from tests.management.calling import graduand

pytestmark = pytest.mark.django_db
EVERY_DAY = {WorkKind.DAYS, WorkKind.RETENTION, WorkKind.SWEEP}


@pytest.fixture
def armed(season):
    """A worker has started on a batch in which nobody is due."""
    jobs.order_audit(season.batch)
    while jobs.work_once():
        pass
    orders.arm(PERIODIC)
    return season


def row(kind):
    return Job.objects.get(kind=kind.value)


def done():
    """Which kinds ran, until nothing was left."""
    one, ran = Worker("one"), []
    while (job := one.work_once()) is not None:
        ran.append(WorkKind(job.kind))
        assert len(ran) < 20
    return ran


def minutes(kind):
    return round((row(kind).not_before - clock.real_now()).total_seconds() / 60)


def test_each_is_declared_and_has_one_row_however_often_workers_start(armed):
    orders.arm(PERIODIC)
    assert sorted(Job.objects.filter(kind__in=PERIODIC).values_list("kind", flat=True)) == sorted(
        PERIODIC
    )
    assert {kind for kind in registry.duties if not registry.of(kind).stoppable} == set(PERIODIC)


def test_each_runs_says_what_it_did_and_waits_for_its_next_time(armed):
    assert set(done()) == PERIODIC
    tomorrow = clock.today() + timedelta(days=1)
    assert {kind: (row(kind).state, row(kind).again_on) for kind in EVERY_DAY} == dict.fromkeys(
        EVERY_DAY, ("done", tomorrow)
    )
    assert (minutes(WorkKind.LOOK), minutes(WorkKind.HALF_DONE)) == (1, 5)
    assert (row(WorkKind.RETENTION).message, row(WorkKind.LOOK).message) == (
        "删除过期的上传文件 0 个，人脸特征 0 份",
        "没有遗漏",
    )
    assert done() == []
    factories.set_clock(f"{tomorrow} 09:00")
    assert set(done()) == EVERY_DAY
    Job.objects.filter(kind=WorkKind.LOOK.value).update(not_before=clock.real_now())
    assert done() == [WorkKind.LOOK]


def test_a_worker_that_starts_does_not_wait_for_the_next_day(armed):
    done()
    orders.arm(PERIODIC)
    assert set(done()) == PERIODIC


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (
            PermissionError(13, "Permission denied", "/home/x/files"),
            "没有读写权限（/home/x/files）",
        ),
        (OSError(28, "No space left on device"), "磁盘已满"),
        (OSError("odd"), "目录或文件无法读写"),
        (RuntimeError("a name 张三"), "处理出错"),
    ],
)
def test_one_that_fails_says_why_and_the_others_and_the_worker_go_on(
    armed, monkeypatch, problem, why
):
    def broken(_self):
        raise problem

    monkeypatch.setattr(Retention, "work", broken)
    assert set(done()) == PERIODIC
    failed = row(WorkKind.RETENTION)
    said = f"没有办成：{why}。到时自动再试；反复出现时，请管理员查看日志"
    assert (failed.state, failed.message, minutes(WorkKind.RETENTION)) == ("failed", said, 10)
    assert {row(kind).state for kind in PERIODIC - {WorkKind.RETENTION}} == {"done"}
    assert tasks.unfinished() == (0, 0)  # nobody has to order it anew
    monkeypatch.undo()
    Job.objects.filter(pk=failed.pk).update(not_before=clock.real_now())
    assert done() == [WorkKind.RETENTION]
    assert (row(WorkKind.RETENTION).state, row(WorkKind.RETENTION).strikes) == ("done", 0)


def test_one_that_fails_for_weeks_still_comes(armed, monkeypatch):
    monkeypatch.setattr(DueCheck, "work", lambda _self: 1 / 0)
    Job.objects.filter(kind=WorkKind.LOOK.value).update(strikes=998)
    for _ in range(3):
        Job.objects.filter(kind=WorkKind.LOOK.value).update(not_before=clock.real_now())
        done()
    assert (row(WorkKind.LOOK).state, row(WorkKind.LOOK).strikes, minutes(WorkKind.LOOK)) == (
        "failed",
        999,
        1,
    )


def test_one_whose_worker_was_killed_again_and_again_still_comes(armed):
    done()
    for name in ("one", "two", "three", "four"):
        Job.objects.filter(kind=WorkKind.LOOK.value).update(
            state="running", owner=name, leased_until=clock.real_now() - timedelta(seconds=1)
        )
        Worker("next").claim()
    Job.objects.filter(kind=WorkKind.LOOK.value).update(not_before=clock.real_now())
    assert WorkKind.LOOK in done()


def test_a_folder_that_may_not_be_written_ends_nothing_of_the_command(armed, monkeypatch):
    """The whole command: the sweep fails, an act that waits is done all the same."""
    monkeypatch.setattr(drafts, "sweep", lambda: os.stat("/nowhere"))  # noqa: PTH116 - it raises what a folder would
    answer = graduand("worker", "--once", "--json")
    assert (answer.code, answer.json) == (0, {"jobs": 0})
    assert row(WorkKind.SWEEP).message.startswith("没有办成：目录或文件不存在（/nowhere）")
    assert row(WorkKind.RETENTION).state == "done"


def test_nobody_stops_what_comes_by_itself(armed):
    with pytest.raises(Refused):
        jobs.stop(row(WorkKind.LOOK).pk, people.actor(armed.staff.hq))


def test_a_list_that_a_killed_process_left_half_made_is_completed(armed):
    factories.enrol(armed, 3)
    Candidate.objects.all().delete()
    listing.order(armed.batch)
    Job.objects.filter(kind=WorkKind.AUDIT.value).update(state="done", again_on=None)
    assert ResumeHalfDone().work() == "1 项中断的工作已安排接着办"
    while jobs.work_once():
        pass
    assert (Candidate.objects.count(), Batch.objects.get(pk=armed.batch.pk).listed_to) == (3, None)
    assert ResumeHalfDone().work() == "没有中断的工作"


def test_a_deletion_that_a_killed_command_left_half_done_is_finished_but_not_one_that_was_stopped(
    armed,
):
    factories.enrol(armed, 3)
    boss = people.actor(armed.staff.hq)
    deleting.delete(armed.batch, boss)
    Job.objects.filter(kind=WorkKind.DELETING.value).delete()
    assert ResumeHalfDone().work() == "1 项中断的工作已安排接着办"
    assert ResumeHalfDone().work() == "没有中断的工作"  # it waits for a worker
    stopped = Job.objects.filter(kind=WorkKind.DELETING.value)
    stopped.update(state="cancelled", stop_at=clock.now(), stop_by=boss.user_id)
    assert ResumeHalfDone().work() == "没有中断的工作"
    stopped.update(state="waiting", stop_at=None, stop_by=None)
    while jobs.work_once():
        pass
    assert Candidate.objects.count() == 0


def test_a_part_that_fails_keeps_no_other_part_from_its_turn(armed, monkeypatch):
    """A list that can't be made anew, say, must not keep cut-off exports from being swept."""

    def broken():
        raise OSError("broken")

    done = []
    monkeypatch.setattr(listing, "order_half_made", broken)
    monkeypatch.setattr(exports, "sweep", lambda: done.append("exports") or 1)
    monkeypatch.setattr(import_plans, "sweep", lambda: done.append("plans") or 1)
    monkeypatch.setattr(drafts, "sweep", broken)
    for duty in (ResumeHalfDone, SweepDrafts):
        with pytest.raises(OSError, match="broken"):
            duty().work()
    assert done == ["exports", "plans"]


def test_drafts_go_after_a_day_and_what_is_kept_stays(armed, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR, settings.MEDIA_ROOT = tmp_path / "tmp", tmp_path / "files"
    old = time.time() - 2 * 24 * 60 * 60
    kept = ["tmp/fresh", "files/photos/ab/abcd.jpg", "files/photos/ab/.fresh"]
    gone = ["tmp/old", "tmp/folder/inside", "files/photos/ab/.9da45e"]
    for name in (*kept, *gone):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for name in ("files/photos/ab/abcd.jpg", "tmp/old", "tmp/folder", "files/photos/ab/.9da45e"):
        os.utime(tmp_path / name, (old, old))
    assert SweepDrafts().work() == "清理中断时留下的草稿 3 个"
    left = sorted(
        str(path.relative_to(tmp_path)) for path in Path(tmp_path).rglob("*") if path.is_file()
    )
    assert left == sorted(kept)


def test_a_draft_that_can_not_be_deleted_keeps_no_other(armed, settings, tmp_path, monkeypatch):
    settings.FILE_UPLOAD_TEMP_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    old = time.time() - 2 * 24 * 60 * 60
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (old, old))
    real = drafts.shutil.rmtree

    def stubborn(path):
        if path.name == "a":
            raise PermissionError(13, "Permission denied", "inside")
        real(path)

    monkeypatch.setattr(drafts.shutil, "rmtree", stubborn)
    done()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert row(WorkKind.SWEEP).message.startswith(f"没有办成：没有读写权限（{tmp_path / 'a'}）")


def test_a_day_is_a_business_day(armed):
    factories.set_clock("2031-01-01 09:00")
    done()
    assert row(WorkKind.DAYS).again_on == date(2031, 1, 2)
