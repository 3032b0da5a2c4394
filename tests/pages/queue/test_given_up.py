"""Work that was given up is continued or put away, and the check-up is quiet again."""

import pytest

from graduand.models import Act, Candidate, ImportPlan, Intake, Job, SheetUpload, Student
from graduand.office import acts
from graduand.office.queue.halting import MUST_BE_DONE
from graduand.office.queue.work import WENT_WRONG
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.queue.jobs import unfinished
from graduand.rulebook.terms import JobState
from tests import jobs
from tests.pages.lists.test_bulk import confirmed
from tests.pages.queue.test_stopping import said
from tests.pages.records.uploads import send, students


def give_up(kind: str) -> Job:
    """The job of that kind as a worker leaves it after its last failure."""
    Job.objects.filter(kind=kind).update(state="failed", message=WENT_WRONG, strikes=3)
    return Job.objects.get(kind=kind)


def offers(page: str) -> tuple[bool, bool]:
    """Whether the page offers to continue and to stop."""
    return "继续</button>" in page, "停止</button>" in page


def judged_act(world, at) -> Job:
    world.student(1)
    world.judge()
    confirmed(at("a"), same_checked="1")
    return give_up("act")


@pytest.mark.parametrize("who", ["a", "boss"])
@pytest.mark.parametrize(
    ("verb", "stage", "state"), [("resume", "applied", "done"), ("stop", "listed", "cancelled")]
)
def test_an_act_is_continued_or_ended(world, at, boss, who, verb, stage, state):
    job = judged_act(world, at)
    assert (offers(said(at(who), job)), unfinished()) == ((True, True), (1, 1))
    at(who).post(f"/jobs/act/{job.subject}/{verb}")
    jobs.work_once("worker")
    assert (Candidate.objects.get().stage, Job.objects.get(pk=job.pk).state) == (stage, state)
    assert (Act.objects.get().finished_at is not None, unfinished()) == (True, (0, 0))
    assert offers(said(at(who), job)) == (False, False)


def test_an_act_that_a_command_finishes_is_given_up_no_more(world, at):
    job = judged_act(world, at)
    acts.resume(world.batch)
    assert (Candidate.objects.get().stage, unfinished()) == ("applied", (0, 0))
    assert (Job.objects.get(pk=job.pk).state, Job.objects.get(pk=job.pk).message) == ("done", "")


def test_an_import_that_only_lacks_what_follows_it_is_continued_and_says_why(world, at):
    record = Intake.objects.create(
        kind="students", name="名单.xlsx", sha256="0" * 64, trial=False, kept=True, at=clock.now()
    )
    plan = ImportPlan.objects.create(
        kind="students",
        intake=record,
        pieces=0,
        place=1,
        told='{"problems": [], "notes": [], "reasons": ""}',
        confirmed_at=clock.now(),
        made_at=clock.now(),
    )
    Job.objects.create(kind="plan", subject=plan.pk, by=world.users["college"])
    job = give_up("plan")
    answer = at("college").post(f"/jobs/plan/{job.subject}/stop")
    assert (answer.status_code, MUST_BE_DONE in answer.content.decode()) == (409, True)
    assert Job.objects.get(pk=job.pk).state == JobState.FAILED
    assert jobs.resume(job.pk, world.actor("college"))
    assert jobs.work_once("worker")
    assert (Job.objects.get(pk=job.pk).state, unfinished()) == (JobState.DONE, (0, 0))


@pytest.mark.parametrize("who", ["college", "boss"])
def test_a_check_of_a_workbook_is_continued_or_put_away(world, at, boss, settings, who):
    settings.SHEET_AT_ONCE_BYTES = 10
    send(at("college"), students(3))
    job = give_up("sheet")
    page = at(who).get(f"/jobs/sheet/{job.subject}", follow=True).content.decode()
    assert (offers(page), unfinished()) == ((True, True), (0, 1))
    at(who).post(f"/jobs/sheet/{job.subject}/stop")
    assert (Job.objects.get(pk=job.pk).state, unfinished()) == ("cancelled", (0, 0))
    give_up("sheet")
    at(who).post(f"/jobs/sheet/{job.subject}/resume")
    assert jobs.work_once("worker")
    assert (SheetUpload.objects.get().checked.rows, unfinished()) == (3, (0, 0))


def test_the_workbook_of_what_was_written_is_made_when_its_job_is_continued(world, at):
    client = at("college")
    first, _, last = students(3).rpartition("男".encode())
    where = send(client, first + "甲".encode() + last)["Location"]
    assert jobs.work_once("worker")
    client.post(f"{where}/begin", {"partial": "1"})
    job = give_up("sheet")
    page = client.get(where).content.decode()
    assert (offers(page), "导入完成" in page) == ((True, True), True)
    client.post(f"/jobs/sheet/{job.subject}/resume")
    assert jobs.work_once("worker")
    assert (SheetUpload.objects.get().errors != "", Student.objects.count()) == (True, 2)
    assert unfinished() == (0, 0)


def test_a_closing_that_was_given_up_is_put_away_and_not_continued_by_one_person(world, boss):
    world.batch.closing_since = clock.now()
    world.batch.save()
    job = Job.objects.create(kind="closing", subject=world.batch.pk, by=world.users["hq"])
    give_up("closing")
    with pytest.raises(Refused):
        jobs.resume(job.pk, world.actor("boss"))
    assert jobs.stop(job.pk, world.actor("boss"))
    assert (Job.objects.get(pk=job.pk).state, unfinished()) == (JobState.CANCELLED, (0, 0))
    world.batch.refresh_from_db()
    assert world.batch.closing_since is None
