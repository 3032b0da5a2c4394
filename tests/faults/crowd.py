"""In a process of its own: a crowd of files with long work ordered for it, a worker to be killed at it, what is left then."""

import hashlib
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command

django.setup()

from graduand.models import Batch, Candidate, Job, Result, Stale, Student, User  # noqa: E402 - after Django is set up
from graduand.office import acts, audit  # noqa: E402 - after Django is set up
from graduand.queries import clock  # noqa: E402 - after Django is set up
from graduand.rulebook.terms import Verb  # noqa: E402 - after Django is set up
from tests import factories, jobs, people  # noqa: E402 - after Django is set up
from tests.faults import works  # noqa: E402 - after Django is set up

MANY = 2_200  # more than four pieces of an act


def prepare(work: str) -> None:
    """Everybody of two centres is on the list; then the work is ordered, and nobody has begun it."""
    call_command("migrate", verbosity=0)
    season = factories.make_season()
    for centre in (0, 1):
        factories.enrol(season, MANY // 2, centre)
    while jobs.work_once("before"):
        pass
    {"act": order_act, "audit": order_audit}[work](season.batch)


def order_act(batch: Batch) -> None:
    """Headquarters applies for everybody; every seventh lacks a course and will be refused."""
    spoil(7)
    actor = people.actor(User.objects.get(username="hq1"))
    wish = acts.Wish(Verb.APPLY, said=factories.SAID.get(Verb.APPLY, {}), key="crowd")
    acts.confirm(batch, works.everybody(), actor, wish, job=True)


def order_audit(batch: Batch) -> None:
    """Everybody has been judged, then every third lost a course: the verdicts on record are all doubtful."""
    spoil(3)
    audit.mark_stale(list(Student.objects.values_list("id", flat=True)))
    jobs.order_audit(batch)


def spoil(every: int) -> None:
    """Take a course that must be passed from every so-many-th student."""
    short = list(Student.objects.order_by("number").values_list("id", flat=True))[::every]
    Result.objects.filter(student__in=short, course="A1").delete()


def lease_runs_out() -> None:
    """The minute of the lease is over: time that a test does not want to wait."""
    Job.objects.exclude(leased_until=None).update(leased_until=clock.real_now() - timedelta(seconds=1))


def look() -> dict[str, Any]:
    """What the data say: broken invariants, what is not done yet, and a hash over everybody's file and verdict."""
    picture = json.dumps(works.picture(), ensure_ascii=False, default=str).encode()
    return {
        "violations": works.violations()[:5],
        "open": Job.objects.exclude(state="done").count(),
        "stale": Stale.objects.count(),
        "files": Candidate.objects.count(),
        "picture": hashlib.sha256(picture).hexdigest(),
    }


TASKS: dict[str, Callable[..., Any]] = {
    "prepare": prepare,
    "lease_runs_out": lease_runs_out,
    "look": look,
}

if __name__ == "__main__":
    json.dump(TASKS[sys.argv[1]](*sys.argv[2:]), sys.stdout)
