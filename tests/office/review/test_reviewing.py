"""Decisions on single files: of two reviewers one wins, a stale look decides nothing, a stopped act stays stopped."""

from functools import partial

import pytest

from graduand.models import Act, Candidate, Event, Job
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.duties.acts import Acts
from graduand.office.review import reviewing
from graduand.office.review.reviewing import Decision
from graduand.queries.queue import jobs as tasks
from graduand.rulebook.terms import JobState, ReasonCode, Stage, Verb
from tests import jobs, people
from tests.acting import act, refusals, stages, walk
from tests.factories import enrol
from tests.invariants import violations
from tests.office.races.test_races import together

DECISIONS = (Verb.ENDORSE, Verb.SEND_BACK, Verb.REJECT)


def seen(pk):
    """The last act on the file, as a page shows it."""
    return Candidate.objects.values_list("last_act", flat=True).get(pk=pk)


def decide(season, pk, user, verb=Verb.ENDORSE, key="k1", at=None):
    reason = None if verb is Verb.ENDORSE else ReasonCode.PHOTO
    decision = Decision(verb, seen(pk) if at is None else at, key, reason)
    return reviewing.decide(season.batch, pk, people.actor(user), decision)


@pytest.mark.django_db
def test_a_decision_is_made_at_once_and_leaves_no_task(season):
    pk = walk(season, enrol(season, 1), Stage.APPLIED)[0]
    done = decide(season, pk, season.staff.college)
    assert ((done.done, done.cursor), stages([pk]), Job.objects.count()) == (
        (1, 1),
        [Stage.ENDORSED],
        0,
    )
    assert decide(season, pk, season.staff.college, at=1).pk == done.pk  # the same key
    assert violations(season.batch) == []


@pytest.mark.django_db
def test_W02_what_was_looked_at_is_what_is_decided_on(season):
    """Sent back and filed again, the file stands where it stood; the older look decides nothing."""
    pk = walk(season, enrol(season, 1), Stage.APPLIED)[0]
    older = seen(pk)
    act(season, Verb.SEND_BACK, [pk])
    act(season, Verb.APPLY, [pk])
    done = decide(season, pk, season.staff.college, at=older)
    assert (refusals(done), stages([pk])) == ({pk: ["STALE"]}, [Stage.APPLIED])
    assert decide(season, pk, season.staff.college, key="k2").done == 1


def faults_of_two_reviewers(pk, outcomes) -> list[str]:
    """What is wrong after two reviewers decided on one file at the same moment: used with and without the guard."""
    found = [f"error: {one!r}" for one in outcomes if isinstance(one, Exception)]
    done = [one for one in outcomes if isinstance(one, Act)]
    if sum(one.done for one in done) != 1:
        found.append(f"{sum(one.done for one in done)} winners")
    made = Event.objects.filter(candidate=pk, verb__in=DECISIONS)
    if made.count() != 1:
        found.append(f"{made.count()} decisions")
    if made.count() == 1 and made.get().to_stage != Candidate.objects.get(pk=pk).stage:
        found.append("the file is not where the decision put it")
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "verbs",
    [(Verb.ENDORSE, Verb.SEND_BACK), (Verb.REJECT, Verb.ENDORSE), (Verb.SEND_BACK, Verb.REJECT)],
)
def test_W03_two_reviewers_at_the_same_moment_one_wins(open_season, verbs):
    season, found = open_season, []
    for round_ in range(8):
        pk = walk(season, enrol(season, 1), Stage.APPLIED)[0]
        at, staff = seen(pk), (season.staff.college, season.staff.college_two)
        pairs = zip(staff, verbs, strict=True)
        works = [
            partial(decide, season, pk, user, verb, f"{round_}-{user.pk}", at)
            for user, verb in pairs
        ]
        found += faults_of_two_reviewers(pk, together(*works))
    assert (found, violations(season.batch)) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_W03_control_without_the_comparison_both_win(open_season, monkeypatch):
    """The second look is older than the first write, and the write no longer compares."""
    season = open_season
    pk = walk(season, enrol(season, 1), Stage.APPLIED)[0]
    real_engine, real_look, kept = moves.engine_of(), moves.verdicts, {}

    class Unguarded:
        def __getattr__(self, name):
            return getattr(real_engine, name)

        def update_each(self, cursor, table, key, columns, where, rows, seen=None):
            return real_engine.update_each(
                cursor, table, key, columns, "1 = 1", [row[: 1 + len(columns)] for row in rows]
            )

    def looked_before(step, piece, basis, asked):
        if step.verb not in kept:
            for verb in (Verb.ENDORSE, Verb.SEND_BACK):
                kept[verb] = real_look(moves.step_of(verb), piece, basis, asked)
        return kept[step.verb]

    monkeypatch.setattr(moves, "engine_of", Unguarded)
    monkeypatch.setattr(moves, "verdicts", looked_before)
    at = seen(pk)
    staff = season.staff
    reason = {"reason": ReasonCode.PHOTO.value, "seen": at}
    one = acts.do(
        season.batch, [pk], people.actor(staff.college), ActRequest(Verb.SEND_BACK, answers=reason)
    )
    two = acts.do(
        season.batch,
        [pk],
        people.actor(staff.college_two),
        ActRequest(Verb.ENDORSE, answers=reason),
    )
    assert faults_of_two_reviewers(pk, [one, two]) == ["2 winners", "2 decisions"]


# ---- only what has nothing against it


@pytest.mark.django_db
def test_spotless_leaves_out_whoever_has_a_warning(season):
    clean, warned = walk(season, enrol(season, 2), Stage.APPLIED)
    Candidate.objects.get(pk=warned).student.photos.update(same=None)
    done = act(season, Verb.ENDORSE, [clean, warned], spotless=True)
    assert (done.done, done.refused, done.by_code) == (1, 1, {"PHOTO-SAME": 1})
    assert stages([clean, warned]) == [Stage.ENDORSED, Stage.APPLIED]
    assert act(season, Verb.ENDORSE, [warned]).done == 1


# ---- stopped


@pytest.fixture
def long_work(season):
    """Five to apply for, two of them done."""
    ids = enrol(season, 5)
    made = acts.confirm(
        season.batch, ids, people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY), job=True
    )
    moves.advance(made.pk, 2)
    return season, made, ids


@pytest.mark.django_db
def test_a_stopped_act_is_taken_up_by_nobody(long_work):
    season, made, ids = long_work
    clerk = people.actor(season.staff.clerks[0])
    assert (jobs.cancel(made.pk, clerk), jobs.cancel(made.pk, clerk)) == (True, False)
    assert (jobs.work_once("worker"), acts.resume(season.batch)) == (False, acts.ResumedActs())
    assert moves.carry_out(Act.objects.get(pk=made.pk)).cursor == 2
    assert stages(ids) == [Stage.APPLIED] * 2 + [Stage.LISTED] * 3
    assert (Job.objects.get().state, tasks.unfinished(), violations(season.batch)) == (
        JobState.CANCELLED,
        (0, 0),
        [],
    )
    # the numbers that were reserved for the rest are spent; whoever applies later comes after them
    assert act(season, Verb.APPLY, ids[2:]).done == 3
    assert list(Candidate.objects.order_by("id").values_list("reported_no", flat=True)) == [
        1,
        2,
        6,
        7,
        8,
    ]


@pytest.mark.django_db
def test_a_worker_that_holds_it_stops_before_the_next_piece(long_work, monkeypatch):
    season, made, _ = long_work
    monkeypatch.setattr(Acts, "size", 1)
    job = jobs.claim("worker")
    stopped = iter([False, False, True])

    def stop():
        if next(stopped):
            jobs.cancel(made.pk, people.actor(season.staff.clerks[0]))
        return False

    jobs.run(job, "worker", stop)
    assert (Act.objects.get(pk=made.pk).cursor, Job.objects.get().state) == (4, JobState.CANCELLED)


@pytest.mark.django_db
def test_A01_nobody_stops_the_work_of_another(long_work):
    season, made, _ = long_work
    others = (season.staff.hq, season.staff.college, season.staff.clerks[1])
    assert [jobs.cancel(made.pk, people.actor(user)) for user in others] == [False] * 3
    assert jobs.work_once("worker")
    assert Act.objects.get(pk=made.pk).done == 5
