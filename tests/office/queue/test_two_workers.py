"""Several workers at one queue: each job is one worker's, each piece is done once, a killed one's work is taken up."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError

from graduand.models import Event, Job
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.duties.acts import Acts
from graduand.office.queue import orders
from graduand.office.queue.kinds import Duty, WorkProgress
from graduand.office.queue.work import Worker
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Verb
from tests import factories, people
from tests.acting import stages
from tests.office.races.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)
MANY, WORKERS = 12, 4


class Counted(Duty):
    """Counts who was at which subject."""

    kind = WorkKind.FACES
    lock, seen = threading.Lock(), Counter()

    def advance(self, subject):
        with self.lock:
            self.seen[subject] += 1
        return WorkProgress(1, 1, ended=True)


class Hasty(Worker):
    """The control: it takes what it has read, without asking whether somebody was quicker."""

    def _take(self, job, now):
        both_have_read.wait(30)
        return super()._take(Job.objects.get(pk=job.pk), now) or bool(
            Job.objects.filter(pk=job.pk).update(state="running", owner=self.owner)
        )


both_have_read = threading.Barrier(2)


def drained(kind, name):
    """A worker of its own that works until nothing is left."""
    return lambda: sum(1 for _ in iter(kind(name, {"faces": Counted()}).work_once, None))


def test_each_job_is_done_by_one_of_them():
    Counted.seen.clear()
    for subject in range(MANY):
        orders.order(WorkKind.FACES, subject, None)
    outcomes = together(*(drained(Worker, f"worker {n}") for n in range(WORKERS)))
    assert [
        one
        for one in outcomes
        if isinstance(one, Exception) and not isinstance(one, OperationalError)
    ] == []
    assert dict(Counted.seen) == dict.fromkeys(range(MANY), 1)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_the_control_without_the_comparison_two_do_one_job():
    orders.order(WorkKind.FACES, 1, None)
    taken = together(*(Hasty(f"worker {n}", {"faces": Counted()}).claim for n in range(2)))
    assert [job is not None for job in taken] == [True, True]


def test_two_workers_at_one_act_after_the_lease_ran_out_do_each_piece_once(
    open_season, monkeypatch
):
    """The first one is slow, not dead: its lease ran out in a piece, and it comes back while the second one works."""
    monkeypatch.setattr(Acts, "size", 2)
    ids = factories.enrol(open_season, 9)
    acts.confirm(
        open_season.batch,
        ids,
        people.actor(open_season.staff.clerks[0]),
        ActRequest(Verb.APPLY),
        job=True,
    )
    one, two = Worker("one", {"act": Acts()}), Worker("two", {"act": Acts()})
    slow = one.claim()
    Job.objects.update(leased_until=clock.real_now() - timedelta(seconds=1))
    quick = two.claim()
    assert (slow.pk, quick.owner) == (quick.pk, "two")
    together(lambda: moves.advance(slow.subject, 2), lambda: two.run(quick))
    assert one.run(slow).value == "waiting"
    assert stages(ids) == ["applied"] * 9
    assert Event.objects.filter(verb="apply").count() == 9
    assert Job.objects.get(kind="act").state == "done"
