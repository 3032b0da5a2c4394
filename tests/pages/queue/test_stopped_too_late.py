"""An import that is written already is not stopped: its workbook is made, and no page says that nothing was written."""

import pytest

from graduand.models import Intake, Job, SheetUpload, Student
from graduand.queries import clock
from tests import jobs
from tests.pages.queue.test_stopping import deeds, said
from tests.pages.records.uploads import send, students

NOTHING = "没有写入任何数据"
LATE = "要求停止时已经办完，结果完整保留。"


@pytest.fixture
def written(world, at):
    """Two of three rows are written; the workbook with the third is still to be made."""
    client = at("college")
    first, _, last = students(3).rpartition("男".encode())
    where = send(client, first + "甲".encode() + last)["Location"]
    assert jobs.work_once("worker")
    client.post(f"{where}/begin", {"partial": "1"})
    job = Job.objects.get(kind="sheet")
    assert (Student.objects.count(), job.state) == (2, "waiting")
    return job


def shown(client, job: Job) -> str:
    return client.get(f"/imports/{job.subject}").content.decode()


@pytest.mark.parametrize("who", ["college", "boss"])
def test_what_is_written_is_not_stopped_and_its_workbook_is_made(world, at, boss, written, who):
    page = said(at("boss"), written)
    assert ("停止</button>" in page, NOTHING in page) == (False, False)
    at(who).post(f"/jobs/sheet/{written.subject}/stop")
    assert (Job.objects.get(pk=written.pk).state, deeds()) == ("waiting", [])
    assert jobs.work_once("worker")
    assert (Job.objects.get(pk=written.pk).state, SheetUpload.objects.get().errors != "") == (
        "done",
        True,
    )
    page = shown(at("college"), written)
    assert ("导入完成" in page, "下载带「错误原因」的工作簿" in page) == (True, True)


def test_who_asked_while_the_rows_were_committed_reads_that_it_was_too_late(world, at, written):
    Job.objects.filter(pk=written.pk).update(stop_at=clock.now(), stop_by=world.users["college"])
    client = at("college")
    page = shown(client, written)
    assert (LATE in page, "要求停止；" in page, NOTHING in page) == (True, False, False)
    assert jobs.work_once("worker")
    assert (Job.objects.get(pk=written.pk).state, SheetUpload.objects.get().errors != "") == (
        "done",
        True,
    )
    assert LATE in shown(client, written)


def test_where_it_was_stopped_all_the_same_the_pages_say_what_is_written(world, at, boss, written):
    """As before written imports could no longer be stopped."""
    Job.objects.filter(pk=written.pk).update(
        state="cancelled", stop_at=clock.now(), stop_by=world.users["college"]
    )
    page = shown(at("college"), written)
    assert ("导入完成" in page, "停止时数据已经写入" in page, "工作簿没有做成" in page) == (
        True,
        True,
        True,
    )
    assert (NOTHING in page, "未写入</span>" in page, "重新校验</button>" in page) == (
        False,
        False,
        False,
    )
    page = said(at("boss"), written)
    assert ("停止时数据已经写入" in page, NOTHING in page) == (True, False)
    client = at("college")
    record = client.get(f"/imports/records/{Intake.objects.get(kept=True).pk}").content.decode()
    assert ("没有留下带「错误原因」的工作簿" in record, "请下载带" in record) == (True, False)
    answer = client.post(f"/imports/{written.subject}/errors.xlsx")
    assert (answer.status_code, "没有做成" in answer.content.decode()) == (409, True)


def test_rows_that_were_written_a_moment_before_the_end_of_their_worker_are_not_stopped(
    world, at, written
):
    SheetUpload.objects.update(done=None, finished_at=None)
    client = at("college")
    client.post(f"/jobs/sheet/{written.subject}/stop")
    assert (Job.objects.get(pk=written.pk).state, NOTHING in shown(client, written)) == (
        "waiting",
        False,
    )
    while jobs.work_once("worker"):
        pass
    assert "导入完成" in shown(client, written)


def test_the_control_what_is_not_written_is_stopped(world, at, settings):
    settings.SHEET_AT_ONCE_BYTES = 10
    client = at("college")
    where = send(client, students(3))["Location"]
    assert jobs.work_once("worker")
    client.post(f"{where}/begin")
    job = Job.objects.get(kind="sheet")
    client.post(f"/jobs/sheet/{job.subject}/stop")
    assert (Job.objects.get(pk=job.pk).state, Student.objects.count()) == ("cancelled", 0)
    assert NOTHING in shown(client, job)
