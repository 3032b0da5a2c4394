"""我的任务: what I ordered, of whatever kind; stopping it; the workbook of everybody."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from graduand.models import (
    Act,
    Batch,
    Candidate,
    Event,
    Job,
    PhotoUpload,
    PolicyDraft,
    SheetUpload,
    Sitting,
)
from graduand.office import moves
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.queue import orders
from graduand.office.season.ending import reopening
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Verb
from tests import jobs
from tests.acting import shut
from tests.pages.filing.test_reporting import rows
from tests.pages.lists.test_bulk import confirmed, figures
from tests.pages.world import NOON, last_left, set_clock


@pytest.fixture
def ordered(world, at):
    """Four applied for by 杭州, one of them without a photo; nothing done yet."""
    world.students = [world.student(number, photo=number != 3) for number in (1, 2, 3, 4)]
    world.judge()
    confirmed(at("a"), same_checked="1")
    return world


def result(client):
    """The rows of the workbook of everybody."""
    answer = client.post(f"/jobs/act/{Act.objects.get().pk}/result.xlsx")
    assert last_left() == ("act-result", "a", Act.objects.get().total, "written")
    return [
        list(row)
        for row in load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(values_only=True)
    ]


def test_everything_that_I_ordered_is_listed_with_how_far_it_is(ordered, at):
    upload = PhotoUpload.objects.create(
        key="u",
        kind="graduation",
        name="照片.zip",
        sha256="0" * 64,
        total=9,
        cursor=4,
        by=ordered.users["a"],
        at=NOON,
    )
    Job.objects.create(
        kind="photos", subject=upload.pk, by=ordered.users["a"], state=JobState.RUNNING.value
    )
    moves.advance(Act.objects.get().pk, 2)
    assert [row[:6] for row in rows(at("a").get("/jobs"))] == [
        ["导入照片：照片.zip", "2023-07-12 12:00", "处理中", "4 / 9", "", ""],
        ["批量申请毕业", "2023-07-12 12:00", "排队中", "2 / 4", "2", "0"],
    ]
    assert rows(at("b").get("/jobs")) == []
    assert len(rows(at("a").get("/jobs?verb=apply"))) == 1
    assert len(rows(at("a").get("/jobs?running=0"))) == 0


def test_all_times_of_the_page_are_the_offices(ordered, at):
    """Jobs are kept in real time, which a demonstration has moved away from: no kind of work shows it."""
    clerk = ordered.users["a"]
    upload = PhotoUpload.objects.create(
        key="u", kind="graduation", name="照片.zip", sha256="0" * 64, by=clerk, at=NOON
    )
    sheet = SheetUpload.objects.create(
        key="s", kind="results", name="成绩.csv", sha256="0" * 64, size=1, by=clerk, at=NOON
    )
    draft = PolicyDraft.objects.create(
        key="d", code="202307", base=ordered.batch.policy, source={}, by=clerk, at=NOON
    )
    gone = Batch.objects.create(code="202401", closed_at=NOON, deleted_at=NOON, deleted_by=clerk)
    subjects = {
        "photos": upload.pk,
        "sheet": sheet.pk,
        "policy": draft.pk,
        "deleting": gone.pk,
        "closing": ordered.batch.pk,
        "audit": ordered.batch.pk,
        "faces": 0,
    }
    for kind, subject in subjects.items():
        orders.order(WorkKind(kind), subject, clerk.pk)
    shown = rows(at("a").get("/jobs"))
    assert sorted(row[0] for row in shown) == sorted(
        [
            "批量申请毕业",
            "导入照片：照片.zip",
            "导入数据：成绩.csv",
            "试判规定",
            "删除批次 202401",
            f"关闭批次 {ordered.batch.code}",
            "重新判断毕业条件",
            "人脸比对",
        ]
    )
    assert {row[1][:10] for row in shown} == {"2023-07-12"}
    for job in Job.objects.exclude(kind__in=("act", "photos", "sheet", "policy")):
        assert "2023-07-12" in at("a").get(f"/jobs/{job.kind}/{job.subject}").content.decode()


def test_the_account_page_shows_the_same_clock(ordered, at):
    client = at("a")
    Sitting.objects.create(
        user=ordered.users["a"], session_key="k", started_at=timezone.now(), seen_at=timezone.now()
    )
    page = client.get("/account").content.decode()
    assert re.findall(r"(\d{4}-\d\d-\d\d) \d\d:\d\d(?: 登录)", page) == ["2023-07-12"]


def test_W16_stopped_before_it_began_nobody_has_moved(ordered, at):
    client, pk = at("a"), Act.objects.get().pk
    assert client.post(f"/jobs/act/{pk}/stop")["Location"] == f"/jobs/act/{pk}"
    assert not jobs.work_once("worker")
    assert list(Candidate.objects.values_list("stage", flat=True).distinct()) == ["listed"]
    assert (Event.objects.filter(act=pk).count(), Act.objects.get().done) == (0, 0)


def test_W16_stopped_on_its_way_by_a_button_without_scripts(ordered, at):
    client, pk = at("a"), Act.objects.get().pk
    moves.advance(pk, 2)
    assert client.post(f"/jobs/act/{pk}/stop")["Location"] == f"/jobs/act/{pk}"
    page = client.get(f"/jobs/act/{pk}")
    assert "已停止：办理了前 2 人，其余 2 人没有变化，可以重新办理" in page.content.decode()
    assert figures(page) == {"成功": 2, "未通过": 0, "共": 4}
    assert not jobs.work_once("worker")
    assert [row[4] for row in result(client)[1:]] == [
        "成功",
        "成功",
        "未处理（已停止）",
        "未处理（已停止）",
    ]


def test_A01_nobody_stops_or_reads_the_work_of_another(ordered, at):
    pk = Act.objects.get().pk
    for name in ("b", "college", "hq"):
        answers = [
            at(name).post(f"/jobs/act/{pk}/stop"),
            at(name).post(f"/jobs/act/{pk}/result.xlsx"),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert Act.objects.get().finished_at is None


def test_the_workbook_says_what_became_of_everybody(ordered, at):
    assert jobs.work_once("worker")
    found = result(at("a"))
    assert found[0] == [
        "序号",
        "学号",
        "姓名",
        "学习中心",
        "结果",
        "上报顺序或编号",
        "现在的状态",
        "原因",
        "下一步",
    ]
    assert [row[:7] for row in found[1:]] == [
        ["1", "2115100000001", "学生1号", "杭州学习中心", "成功", "1", "已申请"],
        ["2", "2115100000002", "学生2号", "杭州学习中心", "成功", "2", "已申请"],
        ["3", "2115100000003", "学生3号", "杭州学习中心", "未通过", None, "未申请"],
        ["4", "2115100000004", "学生4号", "杭州学习中心", "成功", "4", "已申请"],
    ]
    assert found[3][7] == "一平台没有毕业照片（四.2(2)）"


def test_A05_whoever_has_left_my_centre_is_named_no_more(ordered, at):
    assert jobs.work_once("worker")
    Candidate.objects.filter(student__in=ordered.students[1:3]).update(centre=ordered.centres[1])
    assert result(at("a"))[2] == ["2", None, None, None, "已不属于您的单位", None, None, None, None]
    # nor the one who was refused: on the page, in the workbook of the refused
    pk = Act.objects.get().pk
    assert "2115100000003" not in at("a").get(f"/jobs/act/{pk}").content.decode()
    refused = load_workbook(
        io.BytesIO(at("a").post(f"/jobs/act/{pk}/refused.xlsx").getvalue())
    ).active
    lines = list(refused.iter_rows(min_row=2, values_only=True))
    assert [(line[1], line[3]) for line in lines] == [("另有 1 人", "已不属于您的单位")]


def test_whoever_stands_there_already_is_told_so(ordered, at):
    ordered.do("a", Verb.APPLY, ordered.students[0])
    assert jobs.work_once("worker")
    answer = at("a").post(f"/jobs/act/{Act.objects.earliest('id').pk}/result.xlsx")
    found = list(load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(values_only=True))
    assert (found[1][4], found[1][6]) == ("已是「已申请」", "已申请")


def test_a_job_and_the_page_of_its_batch_say_the_same_moment_whatever_the_clock_is_set_to_since(
    world, at
):
    """Closing and opening again have no moment but their job's; ordered once more, it is that of the last time."""
    world.student(1)
    world.judge()
    Candidate.objects.update(explanation="联系不上")
    shut(world.batch, world.actor("hq"))
    set_clock(NOON + timedelta(days=1))
    reopening.order(world.batch, world.actor("hq"))
    roll_forward.batches()
    set_clock(NOON + timedelta(days=200))
    expected = {"关闭批次 202307": "2023-07-12 12:00", "重新开放批次 202307": "2023-07-13 12:00"}
    assert {row[0]: row[1] for row in rows(at("hq").get("/jobs"))} == expected
    assert {row[0]: row[-1] for row in rows(at("hq").get("/jobs"))} == expected  # when they ended
    Candidate.objects.update(explanation="仍联系不上")
    auditing.run(world.batch)
    shut(Batch.objects.get(), world.actor("hq"))
    told = {row[0]: row[1][:10] for row in rows(at("hq").get("/jobs"))}
    assert told == {"关闭批次 202307": "2024-01-28", "重新开放批次 202307": "2023-07-13"}
