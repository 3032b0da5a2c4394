"""Judgement follows the facts by itself: every cause orders it, one turn of a worker does it, nothing false is shown before."""

import json
import threading

import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from graduand.models import (
    Batch,
    Candidate,
    CourseRow,
    Job,
    Judgement,
    PlanRow,
    Result,
    Stale,
    Student,
)
from graduand.models.engine import engine_of
from graduand.office.audit import auditing, rejudging
from graduand.office.queue.kinds import WorkProgress
from graduand.office.season import rounds
from graduand.queries.basis import basis_of
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Stage
from tests import factories, jobs, people
from tests.acting import walk
from tests.factories import enrol
from tests.machine import migration_modules
from tests.office.audit.judging import (
    due,
    fresh,
    judged,
    ordered,
    shown_and_false,
    stored,
    worker_turn,
)
from tests.office.audit.judging_causes import AT_ONCE, CAUSES, registry, results

__all__ = ["judged"]  # a fixture

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_judged_within_one_turn_and_nothing_false_is_shown_before(
    judged, tmp_path, cause
):
    season, ids = judged
    cause(season, ids, tmp_path)
    assert shown_and_false() == set()
    waiting = due()
    assert (waiting == set()) is (cause in AT_ONCE)
    assert {Candidate.objects.get(pk=pk).batch_id for pk in waiting} <= ordered()
    worker_turn()
    assert (due(), stored(), ordered(), Stale.objects.count()) == (set(), fresh(), set(), 0)


def test_without_an_order_the_control_is_seen(judged):
    """The same oracle over a change that tells nobody."""
    _, ids = judged
    Result.objects.filter(student__candidates=ids[0]).update(pass_key="")
    both = Candidate.objects.filter(student__candidates=ids[0])
    assert shown_and_false() == set(both.values_list("id", flat=True))


def test_a_step_that_changes_no_verdict_marks_nobody(judged):
    season, ids = judged
    walk(season, ids, Stage.APPROVED)
    assert (due(), ordered(), stored()) == (set(), set(), fresh())


def test_a_round_closed_by_hand_changes_no_stored_verdict(judged):
    season, _ = judged
    rounds.switch(season.batch, factories.FIRST, people.actor(season.staff.hq), opening=False)
    assert (due(), stored()) == (set(), fresh())


def test_the_marks_say_since_when_and_why(judged, tmp_path):
    season, ids = judged
    registry(season, ids, tmp_path)
    results(season, ids, tmp_path)
    marks = set(Stale.objects.values_list("cause", flat=True))
    assert (marks, Stale.objects.filter(since__isnull=True).count()) == (
        {"导入了学信网反馈"},
        0,
    )  # the first one counts


def test_many_orders_are_one_job(judged):
    Job.objects.all().delete()
    students = list(Student.objects.values_list("id", flat=True))
    for _ in range(3):
        auditing.mark_stale(students)
    assert sorted(Job.objects.values_list("kind", "subject", "state", "orders")) == [
        ("audit", pk, "waiting", 3) for pk in sorted(Batch.objects.values_list("id", flat=True))
    ]


@pytest.mark.usefixtures("judged")
def test_what_nobody_ordered_is_found_by_the_look():
    """Tables changed by hand, as far as they can be told: another plan version."""
    CourseRow.objects.filter(code="E1").update(must_pass=True)
    PlanRow.objects.update(version=2)
    assert (rejudging.look(), rejudging.look()) == (2, 0)
    worker_turn()
    assert (stored(), due()) == (fresh(), set())


# -- the race of a mark with the end of the job ----------------------------------------------------------------


def marked_between_look_and_end(monkeypatch, season, ids, mark):
    """A worker looks and finds nobody left; before it ends the job, somebody is marked. The state that it leaves."""
    real, marked = rejudging.advance, []

    def advance(subject):
        step = WorkProgress(*real(subject))
        if step.ended and not marked:
            marked.append(1)
            Result.objects.filter(student__candidates=ids[0]).update(pass_key="")
            mark([Candidate.objects.get(pk=ids[0]).student_id])
        return step

    jobs.doing(WorkKind.AUDIT, advance, monkeypatch)
    jobs.order_audit(season.batch, None)
    state = jobs.run(jobs.claim("worker"), "worker")
    return state, Stale.objects.filter(candidate__batch=season.batch).count(), shown_and_false()


def test_a_mark_between_the_last_look_and_the_end_is_judged(judged, monkeypatch):
    season, ids = judged
    assert marked_between_look_and_end(monkeypatch, season, ids, auditing.mark_stale) == (
        JobState.DONE,
        0,
        set(),
    )


def mark_and_arm_what_has_ended(students):
    """The control: only a job that has ended is armed again, and nothing is counted."""
    rows = Candidate.objects.filter(student__in=students)
    Stale.objects.bulk_create(Stale(candidate=one) for one in rows)
    Job.objects.filter(kind="audit").exclude(state__in=["waiting", "running"]).update(
        state="waiting"
    )


def test_the_control_without_counting_the_orders_the_mark_is_left(judged, monkeypatch):
    season, ids = judged
    state, left, _ = marked_between_look_and_end(
        monkeypatch, season, ids, mark_and_arm_what_has_ended
    )
    assert (state, left) == (JobState.DONE, 1)


def judged_while_a_change_waits(season, ids, mark):
    """A person is marked already. One transaction changes a fact of that person, marks, and commits
    only when a worker has had the time to judge; the verdict that is left, and whether it is
    marked.
    """
    student = Candidate.objects.get(pk=ids[0]).student_id
    auditing.mark_stale([student])
    changed, basis = threading.Event(), basis_of(season.batch)

    def change():
        try:
            with transaction.atomic():
                Result.objects.filter(student=student).update(pass_key="")
                mark([ids[0]])
                changed.set()
                worker.join(1)
        finally:
            connections.close_all()

    def judge():
        try:
            changed.wait(30)
            auditing.refresh([ids[0]], basis)
        finally:
            connections.close_all()

    worker, writer = threading.Thread(target=judge), threading.Thread(target=change)
    worker.start()
    writer.start()
    writer.join(30)
    worker.join(30)
    return Judgement.objects.get(candidate=ids[0]).fit, Stale.objects.filter(
        candidate=ids[0]
    ).exists()


@pytest.fixture
def open_judged(open_season):
    ids = enrol(open_season, 2)
    auditing.run(open_season.batch)
    return open_season, ids


def guarded(ids):
    with connection.cursor() as cursor:
        engine_of().mark(cursor, Stale._meta.db_table, "candidate_id", ids, {"cause": "x"})


def unguarded(ids):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO graduand_stale (candidate_id) VALUES (%s) ON CONFLICT DO NOTHING", [ids[0]]
        )


@pytest.mark.django_db(transaction=True)
def test_a_mark_that_stands_already_is_not_taken_by_who_has_not_seen_the_change(open_judged):
    fit, marked = judged_while_a_change_waits(*open_judged, guarded)
    assert (fit, marked) in {(False, False), (True, True)}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_control_with_a_mark_that_holds_nothing_the_old_verdict_stays_unmarked(open_judged):
    """SQLite lets only one write at a time; on PostgreSQL the row of the mark must be held."""
    assert judged_while_a_change_waits(*open_judged, unguarded) == (True, False)


def test_the_upgrade_judges_again_whom_a_finding_without_its_turn_stands_against(season):
    """Stored before findings said whose turn it is, a failed 综合实践 still sends the student to the college."""
    failed, fit = enrol(season, 2)
    Result.objects.filter(student__candidates=failed, course="P1").update(pass_key="")
    auditing.run(season.batch)
    before = stored()
    kept = Judgement.objects.get(candidate=failed)
    kept.unmet = json.dumps([row[:5] for row in json.loads(kept.unmet)])
    kept.save()
    migration_modules.migration("whose_turn").order(apps, None)
    jobs.work_once()
    assert stored() != before  # negative control: nobody is marked
    with connection.cursor() as cursor:
        cursor.execute(migration_modules.migration("whose_turn").MARK)
    assert list(Stale.objects.values_list("candidate", "cause")) == [(failed, "判断说明更新")]
    migration_modules.migration("whose_turn").order(apps, None)
    jobs.work_once()
    assert (stored(), Stale.objects.count(), before[fit][2]) == (before, 0, "[]")
