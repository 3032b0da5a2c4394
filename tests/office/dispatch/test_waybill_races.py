"""六: one waybill, one sealed parcel, whoever else gave the same number while the first one was still to be sent."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from graduand.models import Act, Candidate, Parcel
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.refusal import Refused
from graduand.rulebook.terms import Role, Stage, Verb
from tests import people
from tests.acting import act, refusals, stages, walk
from tests.factories import enrol, make_season
from tests.office.races.two_connections import run_concurrently

SF1 = {"carrier": "顺丰", "tracking": "SF1"}


def certified(season, count: int = 1, centre: int = 0) -> list[int]:
    return walk(season, enrol(season, count, centre=centre), Stage.CERTIFIED)


def confirmed(season, ids: list[int], **said):
    """Confirmed, and left to the worker."""
    college = people.actor(season.staff.college)
    return acts.confirm(season.batch, ids, college, ActRequest(Verb.SHIP, answers={**SF1, **said}))


def parcels() -> list[tuple[str, str, int]]:
    """(centre, number, papers in it) of each parcel."""
    rows = Parcel.objects.order_by("id").values_list("receiver__code", "tracking")
    counts = [parcel.items.count() for parcel in Parcel.objects.order_by("id")]
    return [(*row, count) for row, count in zip(rows, counts, strict=True)]


@pytest.mark.django_db
@pytest.mark.parametrize("centre", [0, 1], ids=["same centre", "another centre"])
def test_六_a_waybill_confirmed_twice_before_the_worker_comes_seals_one_parcel(season, centre):
    ids, others = certified(season, 2), certified(season, 1, centre)
    first, second = confirmed(season, ids), confirmed(season, others)
    done = [moves.carry_out(one) for one in (first, second)]
    assert [(one.done, refusals(one)) for one in done] == [(2, {}), (0, {others[0]: ["WAYBILL"]})]
    assert (parcels(), stages(others)) == ([("C1", "SF1", 2)], [Stage.CERTIFIED])
    again = act(season, Verb.SHIP, others, carrier="顺丰", tracking="SF2")
    assert (again.done, stages(others)) == (1, [Stage.SHIPPED])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spelled", ["sf1", "SF 1", "ＳＦ１", "sf-1", "SF―1", "SF.1", "SF1。", "S\u00adF\u200b1\ufeff"]
)
def test_六_a_number_has_one_spelling_by_whatever_door_it_comes(season, spelled):
    ids, others = certified(season), certified(season, 1, centre=1)
    assert act(season, Verb.SHIP, ids, carrier="顺丰", tracking=spelled).done == 1
    assert parcels() == [("C1", "SF1", 1)]
    with pytest.raises(Refused, match="运单 顺丰 SF1 已寄往"):
        confirmed(season, others)
    with pytest.raises(Refused, match="同时填给了"):
        confirmed(season, certified(season) + others, waybills=shared("SF9", "sf 9"))


@pytest.mark.django_db
def test_六_a_waybill_that_cannot_be_one_is_said_with_its_centre(season):
    """It is one of many rows."""
    both = certified(season) + certified(season, 1, centre=1)
    with pytest.raises(Refused, match="学习中心 C2：运单号"):
        confirmed(season, both, waybills=shared("SF9", "S" * 61))


def shared(*numbers: str) -> dict[str, list[str]]:
    return {f"C{place}": ["顺丰", number] for place, number in enumerate(numbers, 1)}


@pytest.mark.django_db
def test_六_an_act_in_pieces_fills_the_parcel_that_it_has_sealed(season):
    ids = certified(season, 3)
    done = moves.carry_out(confirmed(season, ids), size=1)
    assert (done.done, parcels()) == (3, [("C1", "SF1", 3)])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("size", "moved"),
    [(1, 2), (500, 2), (500, 0)],
    ids=["in pieces", "at once", "the first one of all"],
)
def test_六_who_moves_to_another_centre_meanwhile_needs_another_waybill(season, size, moved):
    """Most of the papers keep the waybill, whoever stands first."""
    ids = certified(season, 3)
    sending = confirmed(season, ids)
    Candidate.objects.filter(pk=ids[moved]).update(centre=season.centres[1])
    done = moves.carry_out(sending, size=size)
    assert (done.done, refusals(done)) == (2, {ids[moved]: ["WAYBILL"]})
    assert parcels() == [("C1", "SF1", 2)]


@pytest.mark.django_db
def test_六_the_parcel_of_another_person_is_another_s_even_of_the_same_moment(season):
    ids, others = certified(season), certified(season)
    first, request = confirmed(season, ids), ActRequest(Verb.SHIP, answers=SF1)
    unit = season.staff.college.grants.get().unit
    another = people.actor(people.account("another", Role.COLLEGE_REVIEWER, unit))
    second = acts.confirm(season.batch, others, another, request)
    Act.objects.filter(pk=second.pk).update(confirmed_at=first.confirmed_at)
    done = [moves.carry_out(Act.objects.get(pk=one.pk)) for one in (first, second)]
    assert [(one.done, refusals(one)) for one in done] == [(1, {}), (0, {others[0]: ["WAYBILL"]})]
    assert parcels() == [("C1", "SF1", 1)]


@pytest.mark.django_db
def test_六_what_came_back_travels_under_another_waybill_and_a_received_one_is_free(season):
    first, second = certified(season, 2)
    act(season, Verb.SHIP, [first], **SF1)
    act(season, Verb.RECALL, [first], reason="other", note="地址有误")
    assert act(season, Verb.SHIP, [first], carrier="顺丰", tracking="SF2").done == 1
    act(season, Verb.RECEIVE, [first])
    assert act(season, Verb.SHIP, [second], carrier="顺丰", tracking="SF2").done == 1
    assert parcels() == [("C1", "SF1", 1), ("C1", "SF2", 1), ("C1", "SF2", 1)]


@pytest.mark.django_db
def test_parcels_that_shared_a_waybill_before_it_was_refused_stay_as_they_are(season):
    ids, others = certified(season), certified(season, 1, centre=1)
    act(season, Verb.SHIP, ids, carrier="顺丰", tracking="SF1")
    act(season, Verb.SHIP, others, carrier="顺丰", tracking="SF2")
    mark = import_module("graduand.migrations.0063_a_waybill_for_each_parcel").mark_shared
    mark(apps, None)
    assert not Parcel.objects.filter(shares=True).exists()
    # Two under one number, which the database lets lie only while one of them is marked.
    Parcel.objects.filter(tracking="SF1").update(shares=True)
    Parcel.objects.update(tracking="SF1")
    mark(apps, None)
    assert list(Parcel.objects.values_list("shares", flat=True)) == [True, True]
    Parcel.objects.filter(receiver__code="C1").update(shares=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_六_of_two_who_seal_at_the_same_moment_one_has_the_waybill(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    season = make_season()
    ids, others = certified(season), certified(season, 1, centre=1)
    first, second = confirmed(season, ids), confirmed(season, others)
    (done,) = run_concurrently(lambda: moves.carry_out(first), lambda: moves.carry_out(second))
    assert (done.done, refusals(done)) == (0, {others[0]: ["WAYBILL"]})
    assert parcels() == [("C1", "SF1", 1)]


@pytest.mark.django_db
def test_六_what_is_sent_after_the_parcel_was_counted_in_opens_another_one(season):
    ids = certified(season, 3)
    sending = moves.advance(confirmed(season, ids).pk, size=1)
    act(season, Verb.RECEIVE, ids[:1])
    done = moves.carry_out(sending, size=1)
    assert (done.done, parcels()) == (3, [("C1", "SF1", 1), ("C1", "SF1", 2)])
    assert [one.received_at is None for one in Parcel.objects.order_by("id")] == [False, True]
    act(season, Verb.RECEIVE, ids[1:])
    assert stages(ids) == [Stage.RECEIVED] * 3


@pytest.mark.django_db
def test_六_the_number_alone_decides_however_the_carrier_is_written(season):
    ids, others = certified(season), certified(season, 1, centre=1)
    assert act(season, Verb.SHIP, ids, carrier="顺丰 速运", tracking="SF1").done == 1
    assert Parcel.objects.get().carrier == "顺丰"
    late = confirmed(season, others, tracking="SF2")
    Parcel.objects.update(carrier="ＳＦ express", tracking="SF2")  # it says what it said before
    for carrier in ("ems", "ＥＭＳ", "E M S", "EMS快递", "顺丰", "顺丰速运", "SF"):
        with pytest.raises(Refused, match="运单 ＳＦ express SF2 已寄往"):
            confirmed(season, others, carrier=carrier, tracking="SF2")
    assert refusals(moves.carry_out(late)) == {others[0]: ["WAYBILL"]}
    two = {"C1": ["EMS", "SF9"], "C2": ["云岭快递", "SF9"]}
    with pytest.raises(Refused, match="运单 邮政特快专递 SF9 同时填给了"):
        confirmed(season, certified(season) + others, waybills=two)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("carrier", "number", "why"),
    [
        ("顺丰", "9" * 61, "有 61 位，最多 60 位"),
        ("顺丰", "ﷺ" * 60, "数字和英文字母以外的字"),
        ("顺丰", "运单号SF1", "数字和英文字母以外的字"),
        ("顺丰", " -。- ", "没有数字和字母"),
        ("顺丰", "A\u202eB", "改变书写方向"),
        ("顺丰", "a\x00b", "控制字符"),
        ("顺\x07丰", "SF1", "控制字符"),
        ("㍻" * 40, "SF1", "有 80 个字，最多 40 个字"),
    ],
)
def test_六_what_no_parcel_can_keep_is_refused_before_it_is_confirmed(season, carrier, number, why):
    ids = certified(season)
    before = Act.objects.count()
    for said in (
        {"carrier": carrier, "tracking": number},
        {"waybills": {"C1": [carrier, number]}},
    ):
        with pytest.raises(Refused, match=why):
            confirmed(season, ids, **said)
    assert Act.objects.count() == before


@pytest.mark.django_db
def test_六_an_act_of_before_is_carried_out_in_the_one_spelling_or_refused(season):
    ids, others = certified(season), certified(season, 1, centre=1)
    third = certified(season)
    said = [{"tracking": "sf 1"}, {"carrier": "sf", "tracking": "ＳＦ-1"}, {"tracking": "㍻" * 60}]
    waiting = [confirmed(season, files) for files in (ids, others, third)]
    for one, typed in zip(waiting, said, strict=True):
        Act.objects.filter(pk=one.pk).update(asked={**one.asked, **typed})
    done = [moves.carry_out(Act.objects.get(pk=one.pk)) for one in waiting]
    assert [(one.done, refusals(one)) for one in done] == [
        (1, {}),
        (0, {others[0]: ["WAYBILL"]}),
        (0, {third[0]: ["TRACKING"]}),
    ]
    assert parcels() == [("C1", "SF1", 1)]


@pytest.mark.django_db
def test_六_a_parcel_holds_its_number_until_all_that_lay_in_it_is_found_or_taken_back(season):
    ids, others = certified(season, 2), certified(season, 1, centre=1)
    act(season, Verb.SHIP, ids, **SF1)
    late = confirmed(season, others, tracking="SF2")
    act(season, Verb.RECEIVE, ids[:1])
    with pytest.raises(Refused, match=r"运单 顺丰 SF1 已寄往.*缺少或未清点"):
        confirmed(season, others)
    Act.objects.filter(pk=late.pk).update(asked={**late.asked, "tracking": "SF1"})
    assert refusals(moves.carry_out(Act.objects.get(pk=late.pk))) == {others[0]: ["WAYBILL"]}
    act(season, Verb.RECALL, ids[1:], reason="other", note="没有装箱")
    assert act(season, Verb.SHIP, others, **SF1).done == 1


@pytest.mark.django_db
def test_numbers_of_before_get_the_one_spelling_and_what_meets_shares_it(season):
    spelled = {"C1": "sf 1", "C2": "ＳＦ―1"}
    for place, (code, number) in enumerate(spelled.items()):
        files = certified(season, 1, centre=place)
        act(season, Verb.SHIP, files, carrier=code, tracking=f"SF9{place}")
        Parcel.objects.filter(receiver__code=code).update(tracking=number)
    import_module("graduand.migrations.0065_a_waybill_is_its_number").spell(apps, None)
    rows = Parcel.objects.order_by("id").values_list("tracking", "shares", "carrier")
    assert list(rows) == [("SF1", False, "C1"), ("SF1", True, "C2")]
    with pytest.raises(Refused, match="运单 C1 SF1 已寄往"):
        confirmed(season, certified(season))
