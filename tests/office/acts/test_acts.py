"""Confirming: what is frozen and reserved in one short transaction, before anything is done."""

import pytest

from graduand.models import Act, Candidate, Counter, Event, Job, Lot, Student
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.records import file_centres
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.rulebook.terms import ReasonCode, Stage, Verb
from tests import people
from tests.acting import act, stages, walk
from tests.factories import EARLY, FIRST, SECOND, enrol, set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db


def confirmed(season, ids, verb=Verb.APPLY, user=None, **more):
    return acts.confirm(
        season.batch, ids, people.actor(user or season.staff.hq), ActRequest(verb, **more)
    )


def test_confirming_moves_nobody_and_reserves_the_block(season):
    ids = enrol(season, 3) + enrol(season, 2, centre=1)
    act_ = confirmed(season, ids[::-1])
    assert (stages(ids), act_.items, act_.total, act_.cursor, act_.finished_at) == (
        [Stage.LISTED] * 5,
        ids,
        5,
        0,
        None,
    )
    assert list(
        act_.lots.order_by("first_no").values_list("centre__code", "number", "first_no", "size")
    ) == [("C1", 1, 1, 3), ("C2", 2, 4, 2)]
    assert dict(Counter.objects.values_list("key", "value")) == {
        f"lot:{act_.round_id}": 2,
        f"reported:{act_.round_id}": 5,
    }
    assert violations(season.batch) == []


def test_what_was_confirmed_first_has_the_lower_numbers_whoever_is_done_first(season):
    early, late = enrol(season, 2), enrol(season, 2)
    first, second = confirmed(season, early), confirmed(season, late)
    moves.carry_out(second)
    moves.carry_out(first)
    numbers = (
        Candidate.objects.filter(pk__in=early + late)
        .order_by("id")
        .values_list("reported_no", flat=True)
    )
    assert list(numbers) == [1, 2, 3, 4]


def test_numbers_over_several_chunks_follow_the_order_of_application(season):
    """The order of an act of certify is that of the applications, also beyond one chunk."""
    ids = [
        pk for centre in (1, 0, 1) for pk in walk(season, enrol(season, 2, centre), Stage.APPROVED)
    ]
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    moves.carry_out(confirmed(season, ids, Verb.CERTIFY), size=2)
    rows = (
        Candidate.objects.filter(pk__in=ids)
        .order_by("reported_no")
        .values_list("id", "certificates__serial")
    )
    assert list(rows) == [(pk, serial) for serial, pk in enumerate(ids, start=1)]


@pytest.mark.parametrize(
    ("moment", "name", "stored"),
    [
        ("2023-07-12 09:00", None, FIRST),
        ("2023-07-12 09:00", EARLY, EARLY),
        ("2023-09-06 09:00", None, SECOND),
        ("2023-08-01 09:00", None, None),
        ("2023-07-12 09:00", "第三批", None),
    ],
)
def test_the_round_is_the_named_one_or_the_open_normal_one(season, moment, name, stored):
    ids = enrol(season, 1)
    set_clock(moment)
    act_ = confirmed(season, ids, round_name=name)
    assert ((act_.round.name if act_.round else None), Lot.objects.count()) == (
        stored,
        int(stored is not None),
    )


def test_a_job_is_left_for_the_worker_in_the_same_transaction(season):
    ids = enrol(season, 2)
    actor = people.actor(season.staff.clerks[0])
    act_ = acts.confirm(season.batch, ids, actor, ActRequest(Verb.APPLY), job=True)
    assert list(Job.objects.values_list("kind", "subject", "by", "total")) == [
        ("act", act_.pk, actor.user_id, 2)
    ]


def test_what_was_said_is_kept_with_the_act(season):
    ids = walk(season, enrol(season, 1), Stage.APPLIED)
    act_ = act(season, Verb.SEND_BACK, ids, reason=ReasonCode.MATERIALS.value, note="缺成绩单")
    assert (act_.asked["reason"], act_.asked["note"], act_.second) == (
        "materials",
        "缺成绩单",
        None,
    )
    event = act_.event_set.get()
    assert (event.reason, event.note) == ("materials", "缺成绩单")


def test_a_refused_confirmation_leaves_no_trace(season):
    mine, other = enrol(season, 1), enrol(season, 1, centre=1)
    with pytest.raises(Refused):
        confirmed(season, mine + other, user=season.staff.clerks[0])
    assert (Act.objects.count(), Lot.objects.count(), Counter.objects.count()) == (0, 0, 0)


def test_the_same_file_twice_in_a_choice_is_one(season):
    ids = enrol(season, 1)
    done = act(season, Verb.APPLY, ids * 3)
    assert (done.total, done.done) == (1, 1)


def test_I6_the_history_has_the_order_that_was_given_although_somebody_moved_since_the_pick(season):
    """七.2: who has left the centre by 提交 is refused by name and has no place in the block."""
    ids, clerk = enrol(season, 4), season.staff.clerks[0]
    gone = Candidate.objects.get(pk=ids[1]).student_id
    Student.objects.filter(pk=gone).update(centre=season.centres[1])
    file_centres.follow([gone])
    first = moves.carry_out(confirmed(season, ids, user=clerk, picked=True), size=2)
    second = moves.carry_out(confirmed(season, enrol(season), user=clerk))
    assert [(done.done, done.by_code) for done in (first, second)] == [(3, {"RIGHTS": 1}), (1, {})]
    told = (
        Event.objects.filter(verb="apply")
        .order_by("id")
        .values_list("number", "candidate__reported_no")
    )
    assert list(told) == [("1", 1), ("2", 2), ("3", 3), ("4", 4)]
    assert violations(season.batch) == []


def test_W01_a_key_answers_for_the_files_it_was_used_for_and_for_no_others(season):
    first, second = enrol(season, 2)
    made = confirmed(season, [first], key="k1")
    assert confirmed(season, [first], key="k1").pk == made.pk
    for other in ([second], [first, second]):
        with pytest.raises(Refused, match="此操作编号已用于另一次办理"):
            confirmed(season, other, key="k1")
    assert list(Act.objects.values_list("items", flat=True)) == [[first]]
