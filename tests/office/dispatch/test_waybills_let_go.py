"""六: how long a parcel holds its waybill, and what becomes of an act whose own parcel was opened meanwhile."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef

from graduand.models import Act, Certificate, Parcel, ParcelItem
from graduand.office import moves
from graduand.office.dispatch import receipts
from graduand.office.refusal import Refused
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.terms import Desk, Stage, Verb
from tests import people
from tests.acting import act, refusals, stages
from tests.factories import make_season
from tests.office.dispatch.test_waybill_races import SF1, certified, confirmed, parcels
from tests.office.races.two_connections import run_concurrently

BACK = {"reason": "other", "note": "地址有误"}


@pytest.fixture(autouse=True)
def _open_is_what_something_lies_in(request):
    """Whatever a test does, the mark on a parcel says what its items say."""
    yield
    if "django_db" in request.keywords:
        lying = ParcelItem.objects.filter(parcel=OuterRef("pk"), open=True)
        assert not Parcel.objects.exclude(open=Exists(lying)).exists()


def counted_in(season, parcel: Parcel, found: list[int]) -> None:
    """By the centre, as its page does it."""
    clerk = people.actor(season.staff.clerks[0])
    for one in receipts.receive(parcel.pk, found, clerk, f"counted-{parcel.pk}"):
        moves.carry_out(one)


@pytest.mark.django_db
def test_六_a_parcel_that_was_taken_back_whole_lets_go_of_its_waybill(season):
    first, second, third = certified(season, 3)
    act(season, Verb.SHIP, [first, second], **SF1)
    act(season, Verb.RECALL, [first], **BACK)
    with pytest.raises(Refused, match="运单 顺丰 SF1 已寄往"):
        confirmed(season, [third])
    act(season, Verb.VOID, [second], second=season.staff.second)
    assert act(season, Verb.SHIP, [third], carrier="顺丰", tracking="ｓｆ 1").done == 1
    assert act(season, Verb.RECALL, [first], **BACK).done == 0  # once more, and it is here already
    with pytest.raises(Refused, match="运单 顺丰 SF1 已寄往"):
        confirmed(season, [first])
    before, now = Parcel.objects.order_by("id")
    clerk = people.actor(season.staff.clerks[0])
    assert receipts.receive(before.pk, [], clerk, "late") == []
    with pytest.raises(Refused, match="不在这个包裹里"):
        receipts.receive(before.pk, [first], clerk, "later")
    counted_in(season, now, [third])
    assert stages([first, third]) == [Stage.CERTIFIED, Stage.RECEIVED]
    ends = [(one.open, one.received_at is None) for one in Parcel.objects.order_by("id")]
    assert ends == [(False, True), (False, False)]


@pytest.mark.django_db
def test_the_database_keeps_a_number_for_one_parcel_in_which_something_lies(season):
    ids, others = certified(season, 2), certified(season)
    act(season, Verb.SHIP, ids, **SF1)
    counted_in(season, Parcel.objects.get(), ids[:1])
    act(season, Verb.SHIP, others, carrier="顺丰", tracking="SF2")
    with pytest.raises(IntegrityError), transaction.atomic():
        Parcel.objects.filter(tracking="SF2").update(tracking="SF1")


@pytest.mark.django_db
@pytest.mark.parametrize("found", [[0], []], ids=["one of two", "none"])
def test_六_what_comes_after_its_own_parcel_was_counted_in_short_is_left_by_name(season, found):
    """Two pieces of one act, and between them the centre has counted the first and missed some."""
    ids = certified(season, 4)
    sending = moves.advance(confirmed(season, ids).pk, size=2)
    counted_in(season, Parcel.objects.get(), [ids[place] for place in found])
    # A parcel of which nothing was found is not counted in: it still is on its way.
    left = ids[2:] if found else []
    done = moves.carry_out(sending, size=1)
    assert (done.done, refusals(done)) == (4 - len(left), {pk: ["WAYBILL"] for pk in left})
    assert (parcels(), stages(left)) == (
        [("C1", "SF1", 4 - len(left))],
        [Stage.CERTIFIED] * len(left),
    )
    act(season, Verb.RECALL, ids[1:2], **BACK)
    if left:
        assert act(season, Verb.SHIP, ids[1:], **SF1).done == 3
    items = ParcelItem.objects.filter(open=True).values_list("candidate", flat=True)
    assert sorted(items) == sorted(set(items))


@pytest.mark.django_db
def test_六_what_comes_after_its_own_parcel_was_taken_back_goes_into_another_one(season):
    ids = certified(season, 3)
    sending = moves.advance(confirmed(season, ids).pk, size=1)
    act(season, Verb.RECALL, ids[:1], **BACK)
    assert moves.carry_out(sending, size=1).done == 3
    assert parcels() == [("C1", "SF1", 1), ("C1", "SF1", 2)]
    held = Certificate.objects.filter(candidate__in=ids, held_by=season.college)
    assert list(held.values_list("candidate", flat=True)) == ids[:1]


@pytest.mark.django_db
def test_六_a_number_let_go_in_the_middle_of_an_act_is_another_s_once_taken(season):
    ids, others = certified(season, 2), certified(season, 1, centre=1)
    sending = moves.advance(confirmed(season, ids).pk, size=1)
    act(season, Verb.RECALL, ids[:1], **BACK)
    assert act(season, Verb.SHIP, others, **SF1).done == 1
    assert refusals(moves.carry_out(sending, size=1)) == {ids[1]: ["WAYBILL"]}
    assert parcels() == [("C1", "SF1", 1), ("C2", "SF1", 1)]


def before_the_numbers(season, *kept: str) -> None:
    """A parcel for each number, as an earlier program kept it, each to be carried by its own carrier."""
    for place, number in enumerate(kept):
        act(season, Verb.SHIP, certified(season), carrier=f"C{place}", tracking=f"SF9{place}")
        Parcel.objects.filter(tracking=f"SF9{place}").update(tracking=number)


@pytest.mark.django_db
def test_numbers_kept_with_words_are_the_numbers_and_what_meets_shares_it(season, capsys):
    kept = ("运单号SF1", "SF1", "顺丰SF2单", "单号SF3第2箱", "面单", "单号SF5")
    before_the_numbers(season, *kept)
    act(
        season,
        Verb.RECALL,
        list(Parcel.objects.get(tracking=kept[5]).items.values_list("candidate", flat=True)),
        **BACK,
    )
    Parcel.objects.filter(tracking=kept[5]).update(open=True)  # before there was such a mark
    import_module("graduand.migrations.0066_a_parcel_lets_go_of_its_waybill").let_go(apps, None)
    rows = Parcel.objects.order_by("id").values_list("tracking", "shares", "open")
    assert list(rows) == [
        ("SF1", False, True),
        ("SF1", True, True),
        ("SF2", False, True),
        ("单号SF3第2箱", False, True),
        ("面单", False, True),
        ("SF5", False, False),
    ]
    told = capsys.readouterr().err.splitlines()
    assert [line.partition("（")[2].partition("）")[0] for line in told] == [
        "C1 SF1",
        "C3 单号SF3第2箱",
        "C4 面单",
    ]
    for number in ("SF1", "SF2"):
        with pytest.raises(Refused, match=f"运单 C. {number} 已寄往"):
            confirmed(season, certified(season), tracking=number)


@pytest.mark.parametrize(
    ("kept", "number"),
    [
        ("运单号SF1", "SF1"),
        (" 顺丰 sf-1 ", "SF1"),
        ("单号SF3第2箱", "单号SF3第2箱"),
        ("-。", "-。"),
    ],
)
def test_六_an_act_of_before_sends_under_the_number_without_words(kept, number):
    asked = ActDetails(1, Desk.COLLEGE, carrier="顺丰", tracking=kept)
    assert asked.waybill("C1") == ("顺丰", number)


several_writers = pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")


@pytest.fixture
def real_season(tmp_path, settings):
    """For two connections, each of which sees what the other has committed."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season()


@several_writers
@pytest.mark.django_db(transaction=True)
def test_六_of_two_who_send_under_a_freed_number_one_has_it(real_season):
    season = real_season
    first, second = certified(season, 2)
    act(season, Verb.SHIP, [first], **SF1)
    act(season, Verb.RECALL, [first], **BACK)
    acts = [confirmed(season, [pk]) for pk in (first, second)]
    (done,) = run_concurrently(*(lambda one=one: moves.carry_out(one) for one in acts))
    assert (done.done, refusals(done)) == (0, {second: ["WAYBILL"]})
    assert parcels() == [("C1", "SF1", 1), ("C1", "SF1", 1)]


@several_writers
@pytest.mark.django_db(transaction=True)
def test_六_two_who_take_out_the_last_ones_at_once_let_go_of_the_number(real_season):
    season = real_season
    ids = certified(season, 2)
    act(season, Verb.SHIP, ids, **SF1)
    run_concurrently(*(lambda pk=pk: act(season, Verb.RECALL, [pk], **BACK) for pk in ids))
    assert stages(ids) == [Stage.CERTIFIED] * 2
    assert Parcel.objects.get().open is False


@several_writers
@pytest.mark.django_db(transaction=True)
def test_六_what_is_counted_in_short_while_the_next_piece_is_sent_takes_nothing_more(real_season):
    season = real_season
    ids = certified(season, 3)
    sending = moves.advance(confirmed(season, ids).pk, size=2)
    (done,) = run_concurrently(
        lambda: counted_in(season, Parcel.objects.get(), ids[:1]),
        lambda: moves.carry_out(Act.objects.get(pk=sending.pk)),
    )
    assert refusals(done) == {ids[2]: ["WAYBILL"]}
    assert parcels() == [("C1", "SF1", 2)]
