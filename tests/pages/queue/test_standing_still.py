"""Nobody is at the background work for a minute: whoever waits for it reads so, and whom to call."""

import re
from datetime import timedelta

import pytest

from graduand.models import Batch, Candidate, Grant, Job, Judgement, Unit, User
from graduand.queries import clock
from graduand.queries.queue import standstill
from graduand.rulebook.terms import JobState, Role
from tests import jobs
from tests.pages.lists.test_bulk import confirmed
from tests.pages.queue.test_stopping import album, sheet  # noqa: F401  fixtures
from tests.pages.reading import text
from tests.pages.world import PASSWORD, account_for

HELP = "后台处理没有进展，请联系系统管理员。"
RUNNING, WAITING = JobState.RUNNING.value, JobState.WAITING.value


@pytest.fixture
def act(world, at):
    """An application of one person that waits for the worker."""
    world.student(1)
    world.judge()
    confirmed(at("a"), same_checked="1")
    return Job.objects.get(kind="act")


def waited(job: Job, seconds: int, **columns) -> None:
    """Nobody has been at it for so long."""
    Job.objects.filter(pk=job.pk).update(
        beat_at=clock.real_now() - timedelta(seconds=seconds), **columns
    )


def told(client, job: Job) -> list[bool]:
    """Whether it is said by the page of the work, by its poll in a dialog, by 我的任务."""
    address = f"/jobs/{job.kind}/{job.subject}"
    pages = (
        client.get(address),
        client.get(f"{address}?poll=3", headers={"HX-Request": "true"}),
        client.get("/jobs"),
    )
    return [HELP in page.content.decode() for page in pages]


def test_an_act_that_nobody_carries_out_says_so_and_whom_to_call(act, at):
    client = at("a")
    waited(act, 30)
    assert told(client, act) == [False, False, False]
    waited(act, 90)
    assert told(client, act) == [True, True, True]
    page = client.get(f"/jobs/act/{act.subject}").content.decode()
    assert ("已经提交，后台恢复后会接着处理" in page, "可以关闭此窗口" in page) == (True, False)
    assert re.findall("<title>(.*?) ·", page) == [
        "申请毕业"
    ]  # what it is and not how far: a poll does not renew it
    assert HELP not in at("b").get("/jobs").content.decode()
    # A worker that died with it: as long as its lease runs it may still be at it.
    later, before = (clock.real_now() + timedelta(seconds=seconds) for seconds in (20, -20))
    waited(act, 90, state=RUNNING, leased_until=later)
    assert told(client, act) == [False, False, False]
    waited(act, 90, state=RUNNING, leased_until=before)
    assert told(client, act) == [True, True, True]


def test_what_has_become_due_stands_still_a_minute_later(act, at):
    """Put back after a failure, nobody has been at it for minutes: it was not their turn."""
    for ago, expected in ((1, False), (90, True)):
        waited(act, 300, not_before=clock.real_now() - timedelta(seconds=ago))
        assert told(at("a"), act) == [expected] * 3


def test_what_was_stopped_for_long_does_not_stand_still_when_it_goes_on(at, album):  # noqa: F811
    client, address = at("a"), f"/jobs/{album.kind}/{album.subject}"
    client.post(f"{address}/stop")
    waited(album, 300)
    client.post(f"{address}/resume")
    assert Job.objects.get(pk=album.pk).state == WAITING
    assert standstill.words_of(Job.objects.filter(pk=album.pk)) == ""
    waited(album, 90)
    assert standstill.words_of(Job.objects.filter(pk=album.pk)) != ""


@pytest.mark.parametrize("why", ["other work", "a pause", "it is over"])
def test_the_control_what_waits_for_its_turn_does_not_stand_still(act, at, why):
    later = clock.real_now() + timedelta(seconds=40)
    waited(act, 90)
    if why == "other work":
        Job.objects.create(
            kind="photos", subject=9, state=RUNNING, leased_until=later, beat_at=clock.real_now()
        )
    elif why == "a pause":
        Job.objects.filter(pk=act.pk).update(not_before=later)
    else:
        Job.objects.filter(pk=act.pk).update(state=JobState.CANCELLED.value)
    assert standstill.words_of(Job.objects.filter(pk=act.pk)) == ""
    assert told(at("a"), act) == [False, False, False]


@pytest.mark.parametrize(
    ("kind", "who", "page"),
    [("photos", "a", "/photos/imports/{}"), ("sheet", "college", "/imports/{}")],
)
def test_so_do_the_pages_of_an_import(request, world, at, kind, who, page):
    job = request.getfixturevalue({"photos": "album", "sheet": "sheet"}[kind])
    pages = []
    for seconds in (30, 90):
        waited(job, seconds)
        shown = at(who).get(page.format(job.subject)).content.decode()
        pages.append((HELP in shown, bool(re.search("后台继续|仍在后台处理", shown))))
    assert pages == [(False, True), (True, False)]  # said, and nothing promised beside it


HOMES = {
    "a": "您提交的 1 项任务还没有办完。",
    "b": "现在提交的批量办理、导入和照片要等恢复后才办理。",
    "college": "现在提交的批量办理、导入和照片要等恢复后才办理。",
    "hq": "现在提交的批量办理、导入和照片要等恢复后才办理。",
}


@pytest.mark.parametrize("who", HOMES)
def test_the_home_of_every_desk_says_so_with_what_is_its_own(act, at, who):
    """One centre's act stands still: nobody else gets on, either."""
    waited(act, 30)
    assert "后台处理" not in text(at(who).get("/"))
    waited(act, 90)
    told_there = f"{HELP.removesuffix('。')}：{HOMES[who]}已提交的都已保存，恢复后自动接着办理，不用重新提交。"
    assert told_there in text(at(who).get("/"))


@pytest.mark.parametrize(
    ("kind", "promised"),
    [("audit", "名单正在后台生成，请稍后刷新。"), ("closing", ""), ("reopening", "")],
)
def test_so_does_the_page_of_a_batch_whose_list_is_on_its_way(world, at, kind, promised):
    began = {"closing_since": clock.now()} if kind == "closing" else {"listed_to": ""}
    if kind == "reopening":
        began["closed_at"] = clock.now()
    Batch.objects.update(**began)
    job, _ = Job.objects.get_or_create(
        kind=kind, subject=world.batch.pk, defaults={"beat_at": clock.real_now()}
    )
    Job.objects.update(state=WAITING)
    pages = []
    for seconds in (30, 90):
        waited(job, seconds)
        shown = text(at("hq").get(f"/batches/{world.batch.code}"))
        pages.append((HELP in shown, "请稍后刷新" in shown, promised in shown))
    assert pages == [(False, bool(promised), True), (True, False, not promised)]


def test_a_file_that_nobody_judges_promises_nothing(world, at):
    world.student(1)
    world.judge()
    Judgement.objects.all().delete()
    file = Candidate.objects.get()
    job = jobs.order_audit(world.batch, None)
    pages = []
    for seconds in (30, 90):
        waited(job, seconds)
        shown = text(at("a").get(f"/candidates/{file.pk}"))
        pages.append((HELP in shown, "尚未审核。" in shown, "请稍后刷新" in shown))
    assert pages == [(False, True, False), (True, True, False)]


def test_who_is_to_be_called_reads_where_to_look(act, at, world):
    user = world.users["keeper"] = User.objects.create_user("keeper", "系统管理员", PASSWORD)
    top = Unit.objects.get(parent=None)
    Grant.objects.create(user=user, role=Role.SYSTEM_ADMIN.value, unit=top)
    waited(act, 30)
    assert "后台处理" not in text(at("keeper").get("/people"))
    waited(act, 90)
    shown = text(at("keeper").get("/people"))
    assert "后台处理没有进展：1 项任务等着办理，一分钟以上没有人办。" in shown
    assert "graduand serve" not in text(at("hq").get("/"))


def test_the_student_of_the_act_reads_so_and_whom_to_ask(act, at, world):
    """Not what was handed in: nothing has been decided yet. Another one is told nothing."""
    other = world.student(2)
    world.judge()
    for file in Candidate.objects.select_related("student"):
        name = account_for(world, file.student, f"student{file.pk}").username
        waited(act, 90)
        shown = text(at(name).get("/my"))
        mine = file.student_id != other.pk
        assert ("办理暂时没有进展：" in shown, "有疑问请联系杭州学习中心" in shown) == (mine, mine)
        waited(act, 30)
        assert "办理暂时没有进展" not in text(at(name).get("/my"))
