"""A worker: one claims, a killed one's work is taken up where it stopped, who lost the lease stops."""

from datetime import timedelta

import pytest

from graduand.models import Event, Job
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.duties.acts import Acts
from graduand.office.queue import leases, orders
from graduand.office.queue.work import Worker
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Verb
from tests import factories, jobs, people
from tests.management.calling import graduand, stages


@pytest.fixture
def waiting(season, monkeypatch):
    """Five files confirmed for the worker, which does two at a time; (candidate ids, the job)."""
    monkeypatch.setattr(Acts, "size", 2)
    ids = factories.enrol(season, 5)
    clerk = people.actor(season.staff.clerks[0])
    acts.confirm(season.batch, ids, clerk, ActRequest(Verb.APPLY), job=True)
    return ids, Job.objects.get()


def look(job):
    return Job.objects.get(pk=job.pk)


def lease_ran_out(job):
    Job.objects.filter(pk=job.pk).update(leased_until=clock.real_now() - timedelta(seconds=1))


def test_the_worker_does_what_waits(waiting):
    ids, job = waiting
    answer = graduand("worker", "--once", "--json")
    assert (answer.code, answer.json) == (0, {"jobs": 2})  # and whoever was never judged
    assert stages(ids) == ["applied"] * 5
    done = look(job)
    assert (done.state, done.done, done.total, done.strikes) == ("done", 5, 5, 0)
    assert graduand("worker", "--once", "--json").json == {"jobs": 0}


def test_a_killed_commands_act_is_finished_by_the_worker(season, monkeypatch):
    """The command works on a lease of its own: while it lives nobody meddles, once it is gone the worker goes on."""
    ids = factories.enrol(season, 5)
    real, done = moves.advance, []

    def killed_in_the_second_chunk(act_id, size):
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return real(act_id, 2)

    with monkeypatch.context() as dying:
        dying.setattr(moves, "advance", killed_in_the_second_chunk)
        with pytest.raises(KeyboardInterrupt):
            graduand("act", "apply", "202307")
    job = Job.objects.get()
    assert (stages(ids).count("applied"), job.state, job.done, job.total) == (2, "running", 2, 5)
    assert jobs.claim("worker") is None
    lease_ran_out(job)
    assert graduand("worker", "--once", "--json").json == {
        "jobs": 2
    }  # and whoever was never judged
    assert (stages(ids), look(job).state, Event.objects.count()) == (["applied"] * 5, "done", 5)


def test_a_commands_act_is_done_when_it_returns(season):
    factories.enrol(season, 3)
    auditing.run(season.batch)
    assert graduand("act", "apply", "202307").code == 0
    assert list(Job.objects.values_list("state", "done", "total", "strikes")) == [("done", 3, 3, 0)]
    assert graduand("worker", "--once", "--json").json == {"jobs": 0}


def test_of_two_workers_one_claims(waiting):
    assert jobs.claim("one").owner == "one"
    assert jobs.claim("two") is None


def test_a_killed_workers_work_is_taken_up_and_nothing_done_twice(waiting):
    ids, job = waiting
    jobs.claim("killed")
    Acts().advance(job.subject)  # its first chunk, committed; then the process was gone
    assert stages(ids).count("applied") == 2
    assert jobs.claim("next") is None  # the lease still holds
    lease_ran_out(job)
    taken = jobs.claim("next")
    assert (taken.owner, taken.strikes, taken.strike_place) == ("next", 1, 0)
    assert jobs.run(taken, "next") is JobState.DONE
    assert stages(ids) == ["applied"] * 5
    assert Event.objects.filter(verb="apply").count() == 5
    assert (look(job).state, look(job).strikes) == ("done", 0)


def test_who_lost_the_lease_stops_before_the_next_piece(waiting, monkeypatch):
    ids, job = waiting
    real = Acts.advance

    def slow_piece(self, subject):
        step = real(self, subject)
        lease_ran_out(job)
        jobs.claim("quick")
        return step

    monkeypatch.setattr(Acts, "advance", slow_piece)
    assert jobs.run(jobs.claim("slow"), "slow") is JobState.WAITING
    assert stages(ids).count("applied") == 2  # the piece that was under way, and no other
    assert (look(job).owner, look(job).state, look(job).done) == ("quick", "running", 0)


def test_who_lost_the_lease_before_the_first_piece_does_none(waiting):
    ids, job = waiting
    slow = jobs.claim("slow")
    lease_ran_out(job)
    jobs.claim("quick")
    assert jobs.run(slow, "slow") is JobState.WAITING
    assert stages(ids).count("applied") == 0


def test_a_worker_that_is_asked_to_stop_hands_the_rest_back(waiting):
    ids, job = waiting
    stops = iter((False, True))
    claimed = jobs.claim("one")
    assert jobs.run(claimed, "one", lambda: next(stops)) is JobState.WAITING
    assert stages(ids).count("applied") == 2
    assert (look(job).state, look(job).owner, look(job).leased_until, look(job).done) == (
        "waiting",
        "",
        None,
        2,
    )


def test_an_audit_in_the_background_can_be_ordered_again(season):
    factories.enrol(season, 3)
    ordered = jobs.order_audit(season.batch, None)
    assert jobs.work_once("one")
    assert (look(ordered).state, look(ordered).done, look(ordered).total) == ("done", 3, 3)
    assert jobs.order_audit(season.batch, None).state == "waiting"
    assert Job.objects.count() == 1


@pytest.mark.parametrize("seconds", [60, 5])
def test_leases_are_as_long_as_set_and_do_not_follow_the_demos_clock(waiting, settings, seconds):
    settings.JOB_LEASE_SECONDS = seconds
    factories.set_clock("2031-01-01 09:00")
    claimed = jobs.claim("one")
    assert abs((claimed.leased_until - clock.real_now()).total_seconds() - seconds) < 3


def test_what_a_dead_worker_held_is_free_at_once_and_a_living_ones_is_not(waiting):
    _, job = waiting
    dead, other = Worker("dead"), Worker("other")
    assert dead.claim() == job
    leases.expire_leases("other")
    assert other.claim() is None
    leases.expire_leases("dead")
    assert other.claim() == job
    assert (look(job).owner, look(job).strikes) == ("other", 1)


def test_work_that_was_given_up_and_is_done_elsewhere_is_given_up_no_more(season):
    """A command has done it: neither the check-up nor a page says that it failed."""
    orders.order(WorkKind.FACES, 1, None)
    Job.objects.update(state="failed", message="处理出错，已停止")
    orders.leave(WorkKind.FACES, 1)
    assert list(Job.objects.values_list("state", "message")) == [("done", "")]
