"""What the check-up says of the background work: open, given up, failing by itself, due and taken by nobody."""

from datetime import timedelta

import pytest

from graduand.models import Job
from graduand.office.duties.periodic import Retention
from graduand.office.installation import checkup
from graduand.office.queue import orders
from graduand.office.queue.work import Worker
from graduand.queries import clock
from graduand.queries.queue import jobs
from graduand.rulebook.queue.work_terms import PERIODIC, WorkKind

pytestmark = pytest.mark.django_db


def said():
    return [(line.state, line.wrong) for line in checkup._queue()]


@pytest.fixture
def ordered(season):
    orders.order(WorkKind.FACES, 1, None)
    return Job.objects.get(kind="faces")


def ago(**when):
    return clock.real_now() - timedelta(**when)


def test_nothing_is_left_to_do():
    assert said() == [("没有未完成的办理", False)]


def test_work_that_was_just_ordered_is_nothing_wrong(ordered):
    assert said() == [("没有未完成的办理", False)]


def test_what_home_says_stands_still_is_said_here_too(ordered):
    Job.objects.update(beat_at=ago(minutes=2))
    assert said() == [("1 项任务等着办理，一分钟以上没有人办", True)]


def test_work_that_nobody_takes_is_late(ordered):
    Job.objects.update(beat_at=ago(minutes=6))
    assert said() == [("1 项任务到时没有人办", True)]
    Job.objects.create(
        kind="audit", subject=1, state="running", owner="one", leased_until=ago(seconds=-30)
    )
    assert said() == [("没有未完成的办理", False)]  # somebody is at work, one thing after the other


@pytest.mark.parametrize(
    ("columns", "late"),
    [
        ({"state": "waiting", "not_before": timedelta(minutes=-1)}, 0),
        ({"state": "waiting", "not_before": timedelta(minutes=6)}, 1),
        ({"state": "running", "leased_until": timedelta(minutes=6)}, 1),
        ({"state": "done", "not_before": timedelta(minutes=6)}, 1),
        ({"state": "done", "not_before": timedelta(minutes=4)}, 0),
        ({"state": "done", "not_before": None}, 0),
        ({"state": "failed", "not_before": None}, 0),
        ({"state": "cancelled", "not_before": None}, 0),
    ],
)
def test_what_is_late(ordered, columns, late):
    """A span is how long ago it was."""
    now = clock.real_now()
    Job.objects.update(
        **{
            name: now - told if isinstance(told, timedelta) else told
            for name, told in columns.items()
        }
    )
    assert jobs.late().count() == late


def test_what_was_due_yesterday_is_late(ordered):
    Job.objects.update(state="done", again_on=clock.today())
    assert jobs.late().count() == 0
    Job.objects.update(again_on=clock.today() - timedelta(days=1))
    assert jobs.late().count() == 1


def test_what_fails_by_itself_is_said_with_its_sentence(season, monkeypatch):
    def broken(_self):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Retention, "work", broken)
    orders.arm(PERIODIC)
    one = Worker("one")
    while one.work_once() is not None:
        pass
    found = [(line, wrong) for line, wrong in said() if "自动运行" in line]
    assert found == [
        (
            "自动运行的「删除过期的文件」没有办成：磁盘已满。到时自动再试；反复出现时，请管理员查看日志",
            True,
        )
    ]
