"""A large import in the browser: confirmed, written by the worker in its turn, ended by who may, told on its pages."""

import io
import re

import pytest
from openpyxl import load_workbook

from graduand.models import AccountEvent, Grant, ImportPlan, Intake, Job, Result, SheetUpload
from graduand.office.queue import orders
from graduand.office.queue.work import WENT_WRONG
from graduand.office.records import import_run, uploads
from graduand.office.records.files import plan_files, sealed_sheets
from graduand.office.records.files.tallies import IntakeTally
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans import import_plans, plan_reasons
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.office.records.plans.writing import WritingPace
from graduand.papers.workbooks import returned_workbooks
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, SheetKind
from tests import jobs
from tests.pages.records.uploads import csv_of, send, students
from tests.pages.world import last_left

PEOPLE = 5


@pytest.fixture
def large(world, settings, monkeypatch):
    """Every file is large, and is written a student or two at a time."""
    for n in range(1, PEOPLE + 1):
        world.student(n)
    Result.objects.all().delete()
    settings.SHEET_AT_ONCE_BYTES = 10
    monkeypatch.setattr(import_run, "FIRST", 0)
    monkeypatch.setattr(plan_files, "PIECE", 1)
    return world


def results(mark: str = "85", people: int = PEOPLE) -> bytes:
    return csv_of(
        *(
            {
                "学号": f"21151{n:08d}",
                "课程代码": "001",
                "成绩": mark,
                "学期": "2021春",
                "发布日期": "2021-07-10",
            }
            for n in range(1, people + 1)
        )
    )


def confirmed(client, mark: str = "85", key: str = "k1") -> SheetUpload:
    """Sent, looked at, confirmed, and checked once more, as the worker does it: a plan that waits for its turn."""
    where = send(client, results(mark), "results", key, "成绩.csv")["Location"]
    number = int(where.split("/")[-1])
    uploads.advance(number)
    client.post(f"{where}/begin")
    uploads.advance(number)
    orders.leave(WorkKind.SHEET, number)
    return SheetUpload.objects.get(pk=number)


def text(client, where: str) -> str:
    return client.get(where).content.decode()


def test_a_large_file_is_written_by_a_job_of_its_own_and_the_page_says_how_far(large, at):
    client = at("college")
    upload = confirmed(client)
    plan = ImportPlan.objects.get()
    assert (Result.objects.count(), upload.finished_at) == (0, None)
    shown = text(client, f"/imports/{upload.pk}")
    assert ("正在导入…" in shown, "已写入 0 / 5 行" in shown, "停止" in shown) == (True, True, True)
    import_plans.advance(plan, WritingPace(1))
    plan.refresh_from_db()
    shown = text(client, f"/imports/{upload.pk}?poll=2")
    assert f"已写入 {plan.done} / 5 行" in shown
    record = f"/imports/records/{plan.intake_id}"
    assert ("正在写入" in text(client, "/imports"), "终止导入" in text(client, record)) == (
        True,
        True,
    )
    assert "写入导入的数据：成绩（成绩.csv）" in text(client, "/jobs")
    assert client.get(f"/jobs/plan/{plan.pk}")["Location"] == f"/imports/{upload.pk}"
    assert jobs.work_once("worker")
    shown = text(client, f"/imports/{upload.pk}")
    assert ("导入完成" in shown, "全部导入" in shown, Result.objects.count()) == (
        True,
        True,
        PEOPLE,
    )
    assert "终止导入" not in text(client, record)


def test_a_later_file_says_for_which_one_it_waits(large, at):
    client = at("college")
    confirmed(client, "60")
    later = confirmed(client, "70", "k2")
    shown = text(client, f"/imports/{later.pk}")
    assert "等待前面的「成绩」导入（成绩.csv，" in shown
    assert "已写入 0 / 5 行）" in shown
    while jobs.work_once("worker"):
        pass
    assert set(Result.objects.values_list("mark", flat=True)) == {"70"}
    assert sorted(Intake.objects.filter(kept=True).values_list("created", "updated")) == [
        (0, 5),
        (5, 0),
    ]
    assert "导入完成" in text(client, f"/imports/{later.pk}")


@pytest.mark.parametrize("door", ["record", "job"])
def test_an_ended_import_keeps_what_is_written_and_the_workbook_holds_the_rest(large, at, door):
    client = at("college")
    upload = confirmed(client)
    plan = ImportPlan.objects.get()
    import_plans.advance(plan, WritingPace(1))
    wrote = Result.objects.count()
    assert 0 < wrote < PEOPLE
    where = (
        f"/imports/records/{plan.intake_id}/end"
        if door == "record"
        else f"/jobs/plan/{plan.pk}/stop"
    )
    assert [client.post(where).status_code for _ in range(2)] == [302, 302]
    while jobs.work_once("worker"):
        pass
    assert Result.objects.count() == wrote
    shown = text(client, f"/imports/{upload.pk}")
    assert (
        "导入已终止" in shown,
        f"已写入的 {wrote} 行保留，其余 {PEOPLE - wrote} 行没有导入" in shown,
    ) == (True, True)
    back = client.post(f"/imports/{upload.pk}/errors.xlsx").getvalue()
    reasons = [row[-1].value for row in load_workbook(io.BytesIO(back)).active.iter_rows(min_row=2)]
    assert sorted(map(str, reasons)) == sorted(
        ["None"] * wrote + [plan_reasons.ENDED] * (PEOPLE - wrote)
    )
    assert "其余" in text(client, f"/imports/records/{plan.intake_id}")


def test_rows_that_an_end_left_unwritten_are_not_called_wrong(large, at):
    client = at("college")
    upload = confirmed(client)
    plan = ImportPlan.objects.get()
    import_plans.advance(plan, WritingPace(1))
    wrote = Result.objects.count()
    left = PEOPLE - wrote
    where, record = f"/imports/{upload.pk}", f"/imports/records/{plan.intake_id}"
    client.post(f"{record}/end")
    ended = f"终止，已写入的 {wrote} 行保留，其余 {left} 行没有导入。"
    assert ended in text(client, where)  # before anything else was done
    while jobs.work_once("worker"):
        pass
    shown, kept, tasks = (text(client, place) for place in (where, record, "/jobs"))
    wrong, unwritten = "<dt>有误</dt><dd>0</dd>", f"<dt>未写入</dt><dd>{left}</dd>"
    todo = f"{left} 行没有写入，不是有误，不用改："
    for page in (shown, kept):
        assert (wrong in page, unwritten in page, todo in page) == (True, True, True)
        assert ("改好后" in page, "红色的行" in page) == (False, False)
    assert (shown.count(ended), 'id="o-bad"' in shown) == (1, False)
    assert f"0（未写入 {left}）" in text(client, "/imports")
    with_errors = [record in text(client, f"/imports?refused={yes}") for yes in "10"]
    assert with_errors == [False, True]
    assert (tasks.count(">已终止<"), tasks.count(f"；未写入 {left}"), "tag ok" in tasks) == (
        2,
        2,
        False,
    )
    again = send(client, results(), "results", "k2", "成绩.csv")["Location"]
    uploads.advance(int(again.split("/")[-1]))
    assert f"<dt>未变</dt><dd>{wrote}</dd>" in text(client, again)


def test_the_summary_of_a_command_counts_unwritten_rows_apart():
    ended = IntakeTally(SheetKind.RESULTS, rows=6, created=2, refused=4, unwritten=3)
    assert ended.counts == "新增 2，更新 0，未变 0，不能导入 1，提醒 0，未写入 3"
    said = ended.as_dict()
    assert (said["rows"], said["refused"], said["unwritten"]) == (6, 1, 3)


def test_whoever_may_not_import_the_sheet_does_not_end_it(large, at):
    confirmed(at("college"))
    plan = ImportPlan.objects.get()
    record = f"/imports/records/{plan.intake_id}"
    for name in ("a", "auditor"):
        client = at(name)
        assert "终止导入" not in text(client, record)
        assert client.post(f"{record}/end").status_code in (403, 404, 409)
    assert ImportPlan.objects.get().ended_at is None
    assert at("hq").post(f"{record}/end").status_code == 302
    assert ImportPlan.objects.get().ended_by == large.users["hq"]


def test_a_file_that_is_being_written_is_not_looked_at_again(large, at):
    client = at("college")
    upload = confirmed(client)
    refused = client.post(f"/imports/{upload.pk}/check")
    assert (refused.status_code, "这个文件已经导入，不必重新校验" in refused.content.decode()) == (
        409,
        True,
    )


def given_up(plan: ImportPlan) -> Job:
    """Its job, after the last try."""
    rows = Job.objects.filter(kind=WorkKind.PLAN.value, subject=plan.pk)
    rows.update(state=JobState.FAILED.value, strikes=3, strike_place=0, message=WENT_WRONG)
    return rows.get()


def test_an_import_that_was_given_up_goes_on_when_its_sender_says_so(large, at):
    client = at("college")
    upload = confirmed(client)
    plan = ImportPlan.objects.get()
    job = given_up(plan)
    where, again = f"/imports/{upload.pk}", f"/jobs/plan/{plan.pk}/resume"
    shown = text(client, where)
    assert (WENT_WRONG in shown, f'action="{again}"' in shown, f"{where}/check" in shown) == (
        True,
        True,
        False,
    )
    assert not jobs.work_once("worker")
    assert client.post(again)["Location"] == where
    job.refresh_from_db()
    assert (job.state, job.strikes, job.strike_place, job.message) == ("waiting", 0, None, "")
    assert jobs.work_once("worker")
    assert ("导入完成" in text(client, where), Result.objects.count()) == (True, PEOPLE)


def test_an_import_that_was_given_up_and_is_ended_hands_back_the_rest(large, at):
    client = at("college")
    upload = confirmed(client)
    plan = ImportPlan.objects.get()
    given_up(plan)
    assert client.post(f"/imports/records/{plan.intake_id}/end").status_code == 302
    while jobs.work_once("worker"):
        pass
    shown = text(client, f"/imports/{upload.pk}")
    assert (
        "导入已终止" in shown,
        f"其余 {PEOPLE} 行没有导入" in shown,
        Result.objects.count(),
    ) == (
        True,
        True,
        0,
    )
    back = client.post(f"/imports/{upload.pk}/errors.xlsx").getvalue()
    assert load_workbook(io.BytesIO(back)).active.max_row == 1 + PEOPLE


def test_the_rows_of_an_ended_import_without_a_workbook_are_in_the_sent_file(
    large, at, monkeypatch, tmp_path
):
    client = at("college")
    confirmed(client)
    plan = ImportPlan.objects.get()
    record = f"/imports/records/{plan.intake_id}"
    (tmp_path / "broken.py").write_text("raise SystemExit(1)")
    monkeypatch.setattr(returned_workbooks, "CHILD", tmp_path / "broken.py")
    client.post(f"{record}/end")
    while jobs.work_once("worker"):
        pass
    said = (
        f"{PEOPLE} 行没有写入，不是有误，不用改：把同一个文件重新上传即可，已写入的会记为「未变」"
    )
    assert said in "".join(text(client, record).split()).replace(f"{PEOPLE}行", f"{PEOPLE} 行")


def test_the_pages_of_a_plan_ask_few_questions(large, at, asks):
    client = at("college")
    upload = confirmed(client)
    record = f"/imports/records/{ImportPlan.objects.get().intake_id}"
    client.get(f"/imports/{upload.pk}")
    with asks(12):
        client.get(f"/imports/{upload.pk}")
    with asks(12):
        client.get(record)


def test_the_workbook_of_a_file_that_came_by_command_is_fetched_from_its_record(
    large, at, tmp_path
):
    rows = results().decode().splitlines()
    source = tmp_path / "成绩.csv"
    source.write_text("\n".join([*rows[:2], rows[2].replace("85", "abc"), *rows[3:]]))
    import_sheet(
        SheetKind.RESULTS,
        source,
        by=large.users["college"],
        partial=True,
        carrier=PlanWriter.WORKER,
    )
    source.unlink()
    import_plans.roll_forward(lambda _done, _total: None)
    plan = ImportPlan.objects.get()
    client, where = at("college"), f"/imports/records/{plan.intake_id}"
    assert f'action="{where}/errors.xlsx"' in text(client, where)
    answer = client.post(f"{where}/errors.xlsx")
    assert (
        answer.status_code,
        "%E6%88%90%E7%BB%A9-%E9%94%99%E8%AF%AF.xlsx" in answer["Content-Disposition"],
    ) == (200, True)
    assert last_left() == ("import-returned", "college", 5, "written")  # of all rows that it holds
    head, *found = load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows(values_only=True)
    assert [row[head.index("学号")] for row in found if row[-1]] == [rows[2].split(",")[0]]
    assert [at(name).post(f"{where}/errors.xlsx").status_code for name in ("a", "auditor")] == [
        404,
        404,
    ]


def test_a_returned_workbook_that_is_lost_is_a_sentence(large, at, tmp_path):
    source = tmp_path / "成绩.csv"
    rows = results().decode().splitlines()
    source.write_text("\n".join([*rows[:2], rows[2].replace("85", "abc"), *rows[3:]]))
    import_sheet(
        SheetKind.RESULTS,
        source,
        by=large.users["college"],
        partial=True,
        carrier=PlanWriter.WORKER,
    )
    import_plans.roll_forward(lambda _done, _total: None)
    plan = ImportPlan.objects.get()
    sealed_sheets._place(plan.errors).unlink()
    lost = at("college").post(f"/imports/records/{plan.intake_id}/errors.xlsx")
    assert (lost.status_code, "已不在服务器上，或已损坏" in lost.content.decode()) == (409, True)


def test_my_tasks_say_of_a_file_that_was_only_checked_that_nothing_was_imported(world, at):
    client = at("college")
    sent = send(client, students(2))["Location"]
    assert _task(client) == ("", "0", "2023-07-12 12:00", "已检查，未导入")
    client.post(f"{sent}/begin")
    assert _task(client) == ("2", "0", "2023-07-12 12:00", "已写入：新增 2，更新 0，未变 0")


def test_my_tasks_say_that_a_file_could_not_be_read_and_why(world, at):
    client = at("college")
    sent = send(client, b"")["Location"]
    tasks = text(client, "/jobs")
    why = re.search(r'role="alert">([^<]+)<', text(client, sent))[1]
    assert re.findall(r'class="tag ([a-z]*)"[^>]*>([^<]+)<', tasks) == [("bad", "文件不能导入")]
    assert _task(client)[3] == why
    number = sent.split("/")[-1]
    assert f'href="/jobs/sheet/{number}"' in tasks
    assert client.get(f"/jobs/sheet/{number}")["Location"] == sent


def _task(client):
    """(成功, 未通过, 结束时间, 结果) of the one task."""
    shown = client.get("/jobs").content.decode()
    cells = dict(re.findall(r'data-label="([^"]+)"[^>]*>(.*?)</td>', shown, re.DOTALL))
    return tuple(
        re.sub(r"<[^>]+>", "", cells[label]).strip() for label in ("成功", "未通过", "结束", "结果")
    )


def test_writing_that_was_given_up_says_so_on_its_record_and_is_continued_there(large, at):
    """A file that came by command has no page but its record; headquarters finds it in the tasks."""
    confirmed(at("college"))
    plan = ImportPlan.objects.get()
    Intake.objects.filter(pk=plan.intake_id).update(upload=None)
    row = Job.objects.filter(kind="plan", subject=plan.pk)
    row.update(state="failed", message="处理出错，已停止")
    record = f"/imports/records/{plan.intake_id}"
    assert at("college").get(f"/jobs/plan/{plan.pk}")["Location"] == record
    shown = text(at("college"), record)
    assert ("处理出错，已停止" in shown, f"/jobs/plan/{plan.pk}/resume" in shown) == (True, True)
    Grant.objects.filter(user=large.users["hq"]).update(role="hq_admin")
    assert "写入导入的数据：成绩（成绩.csv）" in text(at("hq"), "/jobs?state=failed")
    at("hq").post(f"/jobs/plan/{plan.pk}/resume")
    deed = AccountEvent.objects.get(deed="resumed")
    assert (deed.actor, Job.objects.get(kind="plan").by) == (
        large.users["hq"],
        large.users["college"],
    )
    while jobs.work_once("worker"):
        pass
    assert Result.objects.count() == PEOPLE
    assert "处理出错" not in text(at("college"), record)


def test_an_ended_import_whose_follow_up_was_given_up_is_not_called_being_ended(large, at):
    client = at("college")
    confirmed(client)
    plan = ImportPlan.objects.get()
    client.post(f"/imports/records/{plan.intake_id}/end")
    assert ">正在终止<" in text(client, "/imports/new")  # the control
    Job.objects.filter(kind="plan").update(state="failed", message=WENT_WRONG)
    shown = text(client, "/imports/new")
    assert (">出错停止<" in shown, ">正在终止<" in shown) == (True, False)
