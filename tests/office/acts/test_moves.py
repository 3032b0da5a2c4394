"""The mover: every verb's happy path, idempotency, tallies, a constant number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    Act,
    Candidate,
    Certificate,
    Counter,
    Event,
    Handover,
    Lot,
    Parcel,
    ParcelItem,
    User,
)
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.season import returning_files
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Desk, Level, Stage, Verb
from tests import people
from tests.acting import act, candidate_at, refusals, register, spread, stages, walk
from tests.factories import AFTER, enrol, make_season, set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db

HAPPY = [
    (Verb.APPLY, Stage.LISTED, Stage.APPLIED, Desk.CENTRE),
    (Verb.APPLY, Stage.RETURNED, Stage.APPLIED, Desk.CENTRE),
    (Verb.WITHDRAW, Stage.APPLIED, Stage.LISTED, Desk.CENTRE),
    (Verb.DEFER, Stage.LISTED, Stage.DEFERRED, Desk.CENTRE),
    (Verb.DEFER, Stage.RETURNED, Stage.DEFERRED, Desk.CENTRE),
    (Verb.RESUME, Stage.DEFERRED, Stage.LISTED, Desk.CENTRE),
    (Verb.ENDORSE, Stage.APPLIED, Stage.ENDORSED, Desk.COLLEGE),
    (Verb.APPROVE, Stage.ENDORSED, Stage.APPROVED, Desk.HQ),
    (Verb.SEND_BACK, Stage.APPLIED, Stage.RETURNED, Desk.COLLEGE),
    (Verb.SEND_BACK, Stage.ENDORSED, Stage.RETURNED, Desk.HQ),
    (Verb.SEND_BACK, Stage.APPROVED, Stage.RETURNED, Desk.HQ),
    (Verb.REJECT, Stage.APPLIED, Stage.REJECTED, Desk.COLLEGE),
    (Verb.REJECT, Stage.ENDORSED, Stage.REJECTED, Desk.HQ),
    (Verb.REOPEN, Stage.REJECTED, Stage.RETURNED, Desk.HQ),
    (Verb.LAPSE, Stage.LISTED, Stage.LAPSED, Desk.HQ),
    (Verb.LAPSE, Stage.RETURNED, Stage.LAPSED, Desk.HQ),
    (Verb.LAPSE, Stage.DEFERRED, Stage.LAPSED, Desk.HQ),
    (Verb.LAPSE, Stage.APPLIED, Stage.LAPSED, Desk.HQ),
    (Verb.LAPSE, Stage.ENDORSED, Stage.LAPSED, Desk.HQ),
    (Verb.RELIST, Stage.LAPSED, Stage.LISTED, Desk.HQ),
    (Verb.RELIST_DEFERRED, Stage.LAPSED, Stage.DEFERRED, Desk.HQ),
    (Verb.RELIST_RETURNED, Stage.LAPSED, Stage.RETURNED, Desk.HQ),
    (Verb.RELIST_APPLIED, Stage.LAPSED, Stage.APPLIED, Desk.HQ),
    (Verb.RELIST_ENDORSED, Stage.LAPSED, Stage.ENDORSED, Desk.HQ),
    (Verb.CERTIFY, Stage.APPROVED, Stage.CERTIFIED, Desk.HQ),
    (Verb.VOID, Stage.CERTIFIED, Stage.APPROVED, Desk.HQ),
    (Verb.VOID, Stage.SHIPPED, Stage.APPROVED, Desk.HQ),
    (Verb.VOID, Stage.RECEIVED, Stage.APPROVED, Desk.HQ),
    (Verb.VOID, Stage.COLLECTED, Stage.APPROVED, Desk.HQ),
    (Verb.SHIP, Stage.CERTIFIED, Stage.SHIPPED, Desk.COLLEGE),
    (Verb.RECEIVE, Stage.SHIPPED, Stage.RECEIVED, Desk.CENTRE),
    (Verb.COLLECT, Stage.RECEIVED, Stage.COLLECTED, Desk.CENTRE),
    (Verb.UNCOLLECT, Stage.COLLECTED, Stage.RECEIVED, Desk.CENTRE),
    (Verb.RECALL, Stage.SHIPPED, Stage.CERTIFIED, Desk.COLLEGE),
    (Verb.RECALL, Stage.RECEIVED, Stage.CERTIFIED, Desk.COLLEGE),
    (Verb.RECALL, Stage.COLLECTED, Stage.CERTIFIED, Desk.COLLEGE),
]
DESKS = (Desk.CENTRE, Desk.COLLEGE, Desk.HQ)


def test_every_origin_of_the_table_has_a_happy_path():
    table = [(s.verb, stage, s.target, desk) for s in STEPS.values() for stage, desk in s.origins]
    assert sorted(HAPPY) == sorted(table)
    assert {desk for *_, desk in HAPPY} == set(DESKS)


def prepare(season, verb: Verb, origin: Stage, file: Candidate) -> None:
    """What the step asks of the file besides its stage."""
    if verb in returning_files.TO_THE_APPLICATION:  # what lapsed on the list was never filed
        Candidate.objects.filter(pk=file.pk).update(explanation="学生出国")
        assert act(season, Verb.LAPSE, [file.pk]).done == 1
    if origin in (Stage.APPLIED, Stage.ENDORSED) and verb is Verb.LAPSE:
        Candidate.objects.filter(pk=file.pk).update(explanation="材料未齐，转下一批")
    if (
        origin is Stage.COLLECTED
    ):  # voided when the registration is cancelled, taken back when its paper is an old one
        Certificate.objects.filter(candidate=file).update(
            cancelled_on="2023-08-01", queryable=False, old_paper_since=file.collected_at
        )
    if verb is Verb.CERTIFY:
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    if verb is Verb.COLLECT:
        register([file.pk])


def moved_whole(season, done: Act, file: Candidate, way: tuple[Verb, Stage, Stage, Desk]) -> None:
    """The act, the file and its event say the same of the step, and of who took it."""
    verb, origin, target, desk = way
    assert (done.done, done.refused, done.raced, done.unchanged) == (1, 0, 0, 0), way
    assert (done.by_code, done.finished_at is not None) == ({}, True), way
    file.refresh_from_db()
    assert (file.stage, file.last_act_id, file.moved_at) == (target, done.pk, done.finished_at), way
    event = file.events.latest("id")
    assert (event.verb, event.from_stage, event.to_stage) == (verb, origin, target), way
    assert (event.actor_id, event.desk, event.acted_for, event.act_id) == (
        user_at(season, desk).pk,
        desk,
        False,
        done.pk,
    ), way
    assert event.policy_digest == season.batch.policy.digest


def user_at(season, desk: Desk) -> User:
    """Who takes the steps of that desk here."""
    return {
        Desk.CENTRE: season.staff.clerks[0],
        Desk.COLLEGE: season.staff.college,
        Desk.HQ: season.staff.hq_third,
    }[desk]


@pytest.mark.parametrize("desk", DESKS, ids=str)
def test_every_verb_moves_from_every_origin(season, desk):
    """A file for every step of the desk, each moved by an act of its own."""
    ways = [way for way in HAPPY if way[3] is desk]
    starts = [
        target if verb in returning_files.TO_THE_APPLICATION else origin
        for verb, origin, target, _ in ways
    ]
    for way, file in zip(ways, spread(season, starts), strict=True):
        verb, origin, *_ = way
        prepare(season, verb, origin, file)
        before = file.events.count()
        waybill = {"tracking": "SF9"} if verb is Verb.SHIP else {}
        by = user_at(season, desk)
        done = act(season, verb, [file.pk], by, second=season.staff.second, **waybill)
        moved_whole(season, done, file, way)
        assert file.events.count() == before + 1, way
        assert violations(season.batch) == [], way


def test_a_file_at_the_target_is_unchanged_and_writes_nothing(season):
    ids = walk(season, enrol(season, 2), Stage.APPLIED)
    events = Event.objects.count()
    done = act(season, Verb.APPLY, ids)
    assert (done.done, done.unchanged, done.refused, Event.objects.count()) == (0, 2, 0, events)


def test_W01_the_same_key_twice_is_one_act(season):
    ids = enrol(season, 3)
    first = act(season, Verb.APPLY, ids, key="double-click")
    again = act(season, Verb.APPLY, ids, key="double-click")
    assert (first.pk, again.pk, again.done) == (first.pk, first.pk, 3)
    assert (Act.objects.count(), Event.objects.count(), Lot.objects.count()) == (1, 3, 1)
    assert Counter.objects.get(key=f"reported:{first.round_id}").value == 3


def test_a_key_is_its_owners(season):
    """A key that somebody else used opens nothing of theirs."""
    ids = enrol(season, 1) + enrol(season, 1, centre=1)
    act(season, Verb.APPLY, ids[:1], key="k")
    with pytest.raises(Refused):
        act(season, Verb.APPLY, ids[1:], key="k")
    with pytest.raises(Refused):
        act(season, Verb.DEFER, ids[:1], key="k")
    assert stages(ids) == [Stage.APPLIED, Stage.LISTED]


def test_A02_a_foreign_file_among_them_refuses_all(season):
    mine, other = enrol(season, 2), enrol(season, 1, centre=1)
    with pytest.raises(Refused):
        act(season, Verb.APPLY, mine + other, season.staff.clerks[0])
    assert (stages(mine + other), Act.objects.count(), Counter.objects.count()) == (
        [Stage.LISTED] * 3,
        0,
        0,
    )


def test_files_that_do_not_exist_refuse_all_with_the_same_words(season):
    mine, other = enrol(season, 1), enrol(season, 1, centre=1)
    texts = []
    for stranger in (other[0], 987_654):
        with pytest.raises(Refused) as refused:
            act(season, Verb.APPLY, [*mine, stranger], season.staff.clerks[0])
        texts.append(str(refused.value))
    assert texts == ["所选 2 人中有不存在或不属于您的学生，全部未办理"] * 2


@pytest.mark.parametrize(
    ("verb", "who", "sentence"),
    [
        (Verb.ENDORSE, "clerk", "「学院审核通过」由学院办理，您的岗位是学习中心"),
        (Verb.APPROVE, "clerk", "「准予毕业」由总部办理，您的岗位是学习中心"),
        (Verb.APPROVE, "college", "「准予毕业」由总部办理，您的岗位是学院"),
        (Verb.APPLY, "college", "「申请毕业」由学习中心办理，您的岗位是学院"),
        (Verb.COLLECT, "college", "「签领」由学习中心办理，您的岗位是学院"),
    ],
)
def test_a_desk_without_the_step_is_told_whose_it_is(season, verb, who, sentence):
    ids = enrol(season, 1)
    user = {"clerk": season.staff.clerks[0], "college": season.staff.college}[who]
    with pytest.raises(Refused) as refused:
        act(season, verb, ids, user)
    assert (str(refused.value), Act.objects.count()) == (sentence, 0)


def test_headquarters_acts_for_a_lower_desk_and_the_event_says_so(season):
    ids = enrol(season, 2)
    done = act(season, Verb.APPLY, ids, season.staff.hq)
    assert (done.done, done.acted_for, done.desk) == (2, True, Desk.HQ)
    assert (
        list(Event.objects.values_list("desk", "acted_for", "actor_id"))
        == [(Desk.CENTRE, True, season.staff.hq.pk)] * 2
    )
    endorsed = act(season, Verb.ENDORSE, ids, season.staff.hq_third)
    assert (endorsed.done, endorsed.acted_for) == (2, True)


# -- one transaction a chunk ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [Verb.APPLY, Verb.ENDORSE, Verb.CERTIFY, Verb.SHIP])
def test_the_number_of_statements_does_not_grow(season, verb):
    origin = {
        Verb.APPLY: Stage.LISTED,
        Verb.ENDORSE: Stage.APPLIED,
        Verb.CERTIFY: Stage.APPROVED,
        Verb.SHIP: Stage.CERTIFIED,
    }[verb]
    first, *files = walk(
        season, enrol(season, 122), origin
    )  # all but one in one piece of every verb
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    basis_of(season.batch)  # compiles the plans, once in a process
    assert (
        act(season, verb, [first], tracking="SF0").done == 1
    )  # the rules that number are kept once for all
    counts = []
    for ids in (files[:1], files[1:]):
        with CaptureQueriesContext(connection) as asked:
            assert act(season, verb, ids, tracking=f"SF{len(ids)}").done == len(ids)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_W04_one_withdrawn_meanwhile_is_skipped_with_its_reason(season):
    ids = walk(season, enrol(season, 5), Stage.APPLIED)
    endorsing = acts.confirm(
        season.batch, ids, people.actor(season.staff.college), ActRequest(Verb.ENDORSE)
    )
    act(season, Verb.WITHDRAW, ids[2:3])
    done = moves.carry_out(endorsing)
    assert (done.done, done.refused, done.by_code, refusals(done)) == (
        4,
        1,
        {"STAGE": 1},
        {ids[2]: ["STAGE"]},
    )
    assert violations(season.batch) == []


def test_nobody_at_all_is_an_act_of_nothing(season):
    enrol(season, 1)
    done = act(season, Verb.ENDORSE, [], season.staff.college)
    assert (done.total, done.done, done.cursor, done.finished_at) == (0, 0, 0, done.confirmed_at)


def test_a_parcel_to_each_centre(season):
    ids = walk(season, enrol(season, 2), Stage.CERTIFIED)
    other = walk(season, enrol(season, 1, centre=1), Stage.CERTIFIED)
    act(season, Verb.SHIP, ids + other, waybills={"C1": ["顺丰", "SF1"], "C2": ["顺丰", "SF2"]})
    parcels = list(
        Parcel.objects.order_by("receiver__code").values_list(
            "sender__code", "receiver__code", "tracking"
        )
    )
    assert parcels == [("X1", "C1", "SF1"), ("X1", "C2", "SF2")]
    assert list(ParcelItem.objects.values_list("open", "counted")) == [(True, None)] * 3
    assert list(Certificate.objects.values_list("held_by", flat=True)) == [None] * 3
    act(season, Verb.RECEIVE, ids)
    assert set(
        Certificate.objects.filter(candidate__in=ids).values_list("held_by__code", flat=True)
    ) == {"C1"}
    assert list(
        Parcel.objects.order_by("receiver__code").values_list("received_by__username", flat=True)
    ) == ["clerk1", None]


def test_collecting_records_the_hand_over(season):
    file = candidate_at(season, Stage.COLLECTED)
    got = list(Handover.objects.values_list("candidate_id", "method", "confirmed", "by__username"))
    assert got == [(file.pk, "in_person", True, "clerk1")]
    assert Certificate.objects.get(candidate=file).held_by is None


def test_a_walk_keeps_every_invariant():
    season = make_season(3)
    for stage in Stage:
        walk(season, enrol(season, 2, level=Level.TOP_UP), stage)
    assert violations(season.batch) == []
    set_clock(AFTER)
    assert refusals(act(season, Verb.APPLY, enrol(season, 1))) != {}


def test_六_a_sealed_parcel_takes_nobody_in(season):
    first, left = walk(season, enrol(season, 2), Stage.CERTIFIED)
    act(season, Verb.SHIP, [first])
    with pytest.raises(Refused, match="包裹已封，请换一个运单号"):
        act(season, Verb.SHIP, [left])
    assert stages([first, left]) == [Stage.SHIPPED, Stage.CERTIFIED]
    assert (
        act(season, Verb.SHIP, [first]).unchanged == 1
    )  # the same again is nothing new, and no refusal


def test_六_one_waybill_goes_to_one_centre(season):
    """Three of two centres: under one number, under the same number twice, under a number that is on its way elsewhere."""
    ids = walk(season, enrol(season, 2), Stage.CERTIFIED)
    (other,) = walk(season, enrol(season, 1, centre=1), Stage.CERTIFIED)
    with pytest.raises(Refused) as problem:
        act(season, Verb.SHIP, [*ids, other])
    names = {unit.code: unit.name for unit in season.centres}
    assert str(problem.value) == (
        f"一个运单只寄往一个学习中心，所选证书分属：{names['C1']}（C1）2 件、{names['C2']}（C2）1 件。"
        "请为每个学习中心各填一个运单，命令行请用 --centre 分别寄出"
    )
    with pytest.raises(Refused, match=f"运单 顺丰 SF1 同时填给了{names['C1']}、{names['C2']}"):
        act(
            season,
            Verb.SHIP,
            [*ids, other],
            waybills={"C1": ["顺丰", "SF1"], "C2": ["顺丰", " SF1 "]},
        )
    act(season, Verb.SHIP, ids)
    with pytest.raises(Refused, match=f"运单 顺丰 SF1 已寄往{names['C1']}且尚未签收"):
        act(season, Verb.SHIP, [other])
    assert (stages([*ids, other]), Parcel.objects.count()) == (
        [Stage.SHIPPED, Stage.SHIPPED, Stage.CERTIFIED],
        1,
    )


def test_六_the_centre_whose_waybill_was_left_open_is_refused_by_name(season):
    ids = walk(season, enrol(season, 2), Stage.CERTIFIED)
    (other,) = walk(season, enrol(season, 1, centre=1), Stage.CERTIFIED)
    done = act(season, Verb.SHIP, [*ids, other], waybills={"C1": ["顺丰", "SF1"], "C2": ["", ""]})
    assert (done.done, refusals(done)) == (2, {other: ["TRACKING"]})
    events = Event.objects.filter(act=done).values_list("number", flat=True)
    assert (list(events), Parcel.objects.get().tracking) == (["顺丰 SF1"] * 2, "SF1")
