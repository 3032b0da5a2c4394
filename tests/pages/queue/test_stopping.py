"""Long work of every kind stops between its pieces: what is done stays, the job is 已停止 and not failed, who asked is kept."""

from zipfile import ZipFile

import pytest

from graduand.models import (
    AccountEvent,
    Act,
    Batch,
    Candidate,
    Job,
    PhotoRow,
    PhotoUpload,
    SheetUpload,
    Student,
)
from graduand.office.photos import upload_run as photo_upload_run
from graduand.office.photos import uploads as photo_uploads
from graduand.office.queue.work import WENT_WRONG
from graduand.office.refusal import Refused
from graduand.office.season.ending import closing
from graduand.rulebook.terms import JobState, PhotoKind, Verb
from tests import jobs
from tests.material.portraits import face
from tests.pages.filing.test_reporting import rows
from tests.pages.records.uploads import send, students

STOPPED = JobState.CANCELLED


@pytest.fixture
def album(world, tmp_path):
    """A zip of one good picture and eleven hundred of nobody: two pieces of work; its job waits."""
    world.student(1, photo=False)
    with ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("2115100000001.jpg", face(0))
        for number in range(1_100):
            archive.writestr(f"99{number:011d}.jpg", b"%0100d" % number)
    sending = photo_uploads.UploadChoices(PhotoKind.GRADUATION)
    made = photo_uploads.receive(tmp_path / "photos.zip", sending, world.users["a"], "照片.zip")
    photo_uploads.begin(made)
    return Job.objects.get(kind="photos")


def asked_while_at_work(world, job: Job, by: str = "a") -> JobState:
    """A worker takes the job; while it is at its first piece, `by` wants it to stop."""
    taken = jobs.claim("worker")
    assert taken.pk == job.pk

    def between() -> bool:
        jobs.stop(job.pk, world.actor(by))
        return False

    return jobs.run(taken, "worker", between)


def said(client, job: Job) -> str:
    return client.get(f"/jobs/{job.kind}/{job.subject}").content.decode()


def deeds() -> list[tuple[str, str]]:
    rows = AccountEvent.objects.filter(deed__in=("stopped", "resumed")).order_by("id")
    return list(rows.values_list("deed", "actor__username"))


def test_W16_photos_stop_after_the_piece_in_hand_and_go_on_from_there(world, at, album):
    assert asked_while_at_work(world, album) is STOPPED
    upload = PhotoUpload.objects.get()
    assert (upload.cursor, upload.total, upload.finished_at, PhotoRow.objects.count()) == (
        991,
        1_101,
        None,
        1,
    )
    client = at("a")
    page = client.get(f"/photos/imports/{upload.pk}").content.decode()
    assert "已停止导入" in page
    assert (
        "已由 周老师 于 2023-07-12 12:00 停止。前 991 张已检查，合格的已导入并保留；其余 110 张没有检查"
        in page
    )
    assert not jobs.work_once("another")
    assert (
        client.post(f"/jobs/{album.kind}/{album.subject}/resume")["Location"]
        == f"/photos/imports/{upload.pk}"
    )
    assert jobs.work_once("another")
    upload.refresh_from_db()
    assert (upload.cursor, upload.finished_at is not None, Job.objects.get(pk=album.pk).state) == (
        1_101,
        True,
        "done",
    )
    assert upload.intake.created == 1
    assert deeds() == [("stopped", "a"), ("resumed", "a")]


def test_the_control_without_the_wish_all_of_it_is_done(album):
    assert jobs.run(jobs.claim("worker"), "worker") is JobState.DONE
    assert PhotoUpload.objects.get().cursor == 1_101


def test_what_was_given_up_half_way_goes_on_where_it_was_once_somebody_has_mended_the_cause(
    world, at, album
):
    assert photo_upload_run.advance(album.subject).cursor == 991
    Job.objects.update(
        state=JobState.FAILED.value, message=WENT_WRONG, strikes=3, strike_place=991, done=991
    )
    client, where = at("a"), f"/photos/imports/{album.subject}"
    page = client.get(where).content.decode()
    assert ("没有办完" in page, "没有导入" in page, "继续</button>" in page) == (True, False, True)
    assert not jobs.work_once("worker")
    assert client.post(f"/jobs/photos/{album.subject}/resume")["Location"] == where
    assert (Job.objects.get().strikes, Job.objects.get().message) == (0, "")
    assert jobs.work_once("worker")
    assert (PhotoUpload.objects.get().cursor, Job.objects.get().state) == (1_101, "done")
    assert deeds() == [("resumed", "a")]


def test_of_work_that_failed_nobody_is_told_that_all_of_it_was_done(world, at):
    """Somebody wanted it to stop, and it failed before its next piece."""
    job = Job.objects.create(kind="faces", subject=1, by=world.users["a"])
    jobs.claim("worker")
    jobs.stop(job.pk, world.actor("a"))
    Job.objects.update(state=JobState.FAILED.value, message=WENT_WRONG)
    page = said(at("a"), job)
    assert (WENT_WRONG in page, "要求停止时已经办完" in page, "继续</button>" in page) == (
        True,
        False,
        True,
    )


def test_what_nobody_is_at_ends_at_once_and_twice_is_once(world, at, album):
    client = at("a")
    for _ in range(2):
        assert (
            client.post(f"/jobs/{album.kind}/{album.subject}/stop")["Location"]
            == f"/photos/imports/{album.subject}"
        )
    job = Job.objects.get(pk=album.pk)
    assert (job.state, job.stop_by, deeds()) == (STOPPED, world.users["a"], [("stopped", "a")])
    assert not jobs.work_once("worker")
    assert PhotoUpload.objects.get().cursor == 0
    assert rows(client.get("/jobs"))[0][2] == "已停止"
    assert client.get("/jobs?state=cancelled").content.decode().count("导入照片：照片.zip") > 0


def test_a_worker_that_died_with_the_wish_unread_is_followed_by_one_that_reads_it(world, album):
    jobs.claim("killed")
    assert jobs.stop(album.pk, world.actor("a"))
    Job.objects.update(leased_until=None, state=JobState.WAITING.value)  # as a strike hands it back
    assert jobs.work_once("next")
    assert (Job.objects.get(pk=album.pk).state, PhotoUpload.objects.get().cursor) == (STOPPED, 0)


@pytest.fixture
def sheet(world, at, settings):
    """A workbook of three students that waits for its trial; its job."""
    settings.SHEET_AT_ONCE_BYTES = 10
    send(at("college"), students(3))
    return Job.objects.get(kind="sheet")


def test_W16_a_workbook_is_stopped_before_it_writes_a_row(world, at, sheet):
    client, address = at("college"), f"/imports/{sheet.subject}"
    assert jobs.work_once("worker")
    client.post(f"{address}/begin")
    assert asked_while_at_work(world, sheet, "college") is STOPPED
    assert (Student.objects.count(), SheetUpload.objects.get().finished_at) == (0, None)
    page = client.get(address).content.decode()
    assert (
        "已停止导入" in page,
        "没有写入任何数据：确认之后、写入之前已停止。" in page,
        "HX-Refresh" in client.get(f"{address}?poll=2", headers={"HX-Request": "true"}),
    ) == (True, True, True)
    client.post(f"{address}/check")
    assert jobs.work_once("worker")
    client.post(f"{address}/begin")
    assert jobs.work_once("worker")
    assert (Student.objects.count(), Job.objects.get(pk=sheet.pk).stop_by) == (3, None)


def test_W16_its_trial_is_stopped_too(world, at, sheet):
    assert asked_while_at_work(world, sheet, "college") is STOPPED
    assert SheetUpload.objects.get().looked_at is None
    page = at("college").get(f"/imports/{sheet.subject}").content.decode()
    assert ("已停止校验" in page, "没有写入任何数据：还没有确认写入" in page) == (True, True)


def test_W16_who_asks_too_late_is_told_that_everything_was_written(world, at, sheet):
    client = at("college")
    jobs.work_once("worker")
    client.post(f"/imports/{sheet.subject}/begin")
    jobs.work_once("worker")
    assert jobs.stop(sheet.pk, world.actor("college")) is False
    assert (Student.objects.count(), deeds()) == (3, [])
    # between the last row and the end
    Job.objects.update(stop_at=world.batch.versions.get().loaded_at, stop_by=world.users["college"])
    page = client.get(f"/imports/{sheet.subject}").content.decode()
    assert "要求停止时已经办完，结果完整保留。" in page


def test_W16_closing_a_batch_stops_with_the_batch_open(world, at, boss):
    world.student(1, credits=False)
    world.judge()
    closing.order(world.batch, world.actor("hq"))
    job = Job.objects.get(kind="closing")
    assert closing.advance(world.batch.pk) == (1, 1, False)
    assert asked_while_at_work(world, job, "boss") is STOPPED
    assert Candidate.objects.get().stage == "lapsed"
    assert (
        Batch.objects.get().reopening,
        Act.objects.filter(verb=Verb.LAPSE.value, finished_at=None).count(),
    ) == (True, 0)
    assert "已由 管理员 于 2023-07-12 12:00 停止。批次没有关闭。" in said(at("hq"), job)
    with pytest.raises(Refused):
        jobs.resume(job.pk, world.actor("hq"))
    while jobs.work_once("worker"):
        pass
    assert (Candidate.objects.get().stage, Batch.objects.get().is_open) == (
        "listed",
        True,
    )  # as if nobody had closed it


def test_W16_a_closing_that_is_stopped_while_nobody_is_at_it_brings_back_whom_it_has_lapsed(
    world, at, boss
):
    """A worker was killed in it; who asked for it has left since."""
    world.student(1, credits=False)
    world.judge()
    closing.order(world.batch, world.actor("hq"))
    assert closing.advance(world.batch.pk) == (1, 1, False)
    world.users["hq"].grants.all().delete()
    assert jobs.stop(Job.objects.get(kind="closing").pk, world.actor("boss"))
    while jobs.work_once("worker"):
        pass
    assert (Candidate.objects.get().stage, Batch.objects.get().closed_at) == ("listed", None)


NOTHING = "还没有开始办理，没有任何变化。"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("audit", "还没有开始审核，名单里仍显示上一次的判断；每次办理都会重新判断，不受影响。"),
        ("faces", NOTHING),
        ("policy", NOTHING),
        ("reopening", "名单还没有开始恢复，批次仍不能申请和审核。要办理本批次，请继续。"),
        ("deleting", "批次已经删除，名单不再显示，还没有开始清理。可以继续清理。"),
    ],
)
def test_W16_every_other_kind_stops_and_goes_on(world, at, boss, kind, told):
    """Before its first piece, too; where the order itself has changed something, nobody is told that nothing has."""
    job = Job.objects.create(kind=kind, subject=world.batch.pk, by=world.users["hq"])
    client = at("boss")
    assert "停止</button>" in said(client, job)
    client.post(f"/jobs/{job.kind}/{job.subject}/stop")
    assert (Job.objects.get().state, jobs.work_once("worker")) == (STOPPED, False)
    page = said(client, job)
    assert "继续</button>" in page
    assert f"停止。{told}</p>" in page
    client.post(f"/jobs/{job.kind}/{job.subject}/resume")
    assert (Job.objects.get().state, Job.objects.get().stop_at) == (JobState.WAITING, None)


def test_an_audit_that_was_stopped_can_be_ordered_again(world):
    job = jobs.order_audit(world.batch, world.users["hq"].pk)
    jobs.stop(job.pk, world.actor("hq"))
    assert jobs.order_audit(world.batch, world.users["hq"].pk).state == JobState.WAITING
    assert jobs.work_once("worker")


def test_A01_only_who_ordered_it_or_an_administrator_stops_it(world, at, boss, album):
    for name in ("b", "college", "hq"):
        answers = [
            at(name).get(f"/jobs/{album.kind}/{album.subject}"),
            at(name).post(f"/jobs/{album.kind}/{album.subject}/stop"),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        with pytest.raises(Refused):
            jobs.stop(album.pk, world.actor(name))
    assert Job.objects.get(pk=album.pk).stop_at is None
    assert [row[0] for row in rows(at("boss").get("/jobs"))] == ["导入照片：照片.zip"]
    assert (
        at("boss").post(f"/jobs/{album.kind}/{album.subject}/stop")["Location"]
        == f"/jobs/{album.kind}/{album.subject}"
    )
    assert (Job.objects.get(pk=album.pk).state, deeds()) == (STOPPED, [("stopped", "boss")])


def test_A01_an_administrator_stops_anybodys_act(world, at, boss):
    world.student(1)
    world.judge()
    from tests.pages.lists.test_bulk import confirmed  # its fixtures would be collected here

    confirmed(at("a"), same_checked="1")
    job = Job.objects.get(kind="act")
    at("boss").post(f"/jobs/{job.kind}/{job.subject}/stop")
    assert (Job.objects.get(pk=job.pk).state, Act.objects.get().finished_at is None) == (
        STOPPED,
        False,
    )
    assert "其余 1 人没有变化" in said(at("boss"), job)
