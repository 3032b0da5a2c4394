"""Many hands at once, each on a connection of its own: one winner a file, no number twice, no lock errors."""

import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, connections

from graduand.models import Act, Candidate, Certificate, Counter, Event, Lot
from graduand.models.engine import engine_of
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.verdicts import asked_of
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Level, Stage, Verb
from tests import people
from tests.acting import SAID, act, stages, walk
from tests.factories import Season, enrol, other_batch
from tests.invariants import violations

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Act]) -> list[Act | Exception]:
    """Do all `works` at the same moment; the outcome of each, errors included."""
    start, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            outcomes[place] = works[place]()
        except Exception as error:  # noqa: BLE001 - the test looks at every outcome
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return outcomes


def doing(
    season: Season, verb: Verb, ids: Sequence[int], user, size: int = 100, key: str | None = None
):
    """A work for `together`: confirm, then carry out in small chunks."""
    actor = people.actor(user)
    request = ActRequest(verb, answers=dict(SAID.get(verb, {})), **({"key": key} if key else {}))
    return lambda: moves.carry_out(acts.confirm(season.batch, ids, actor, request), size=size)


def faults_of_two_operators(
    season: Season, ids: Sequence[int], outcomes: Sequence[Act | Exception]
) -> list[str]:
    """What is wrong after several operators applied for the same `ids`: the oracle, used with and without guards."""
    found = [f"error: {o!r}" for o in outcomes if isinstance(o, Exception)]
    done = [o for o in outcomes if isinstance(o, Act)]
    if sum(o.done for o in done) != len(ids):
        found.append(f"{sum(o.done for o in done)} done of {len(ids)}")
    uncounted = [o for o in done if o.done + o.raced + o.unchanged != len(ids)]
    found += [f"act {o.pk} counts {o.done}+{o.raced}+{o.unchanged}" for o in uncounted]
    numbers = []
    for o in done:
        mine = (
            Event.objects.filter(act=o.pk, verb=Verb.APPLY.value)
            .order_by("id")
            .values_list("number", flat=True)
        )
        given = [int(n) for n in mine]
        numbers += given
        if given != sorted(set(given)):
            found.append(f"act {o.pk}: order numbers not strictly increasing")
    if len(set(numbers)) != len(numbers):
        found.append("an order number was given twice")
    return found + violations(season.batch)


def two_operators(season: Season, count: int, size: int) -> None:
    ids = enrol(season, count)
    outcomes = together(
        doing(season, Verb.APPLY, ids, season.staff.clerks[0], size),
        doing(season, Verb.APPLY, ids, season.staff.hq, size),
    )
    assert faults_of_two_operators(season, ids, outcomes) == []
    assert Event.objects.filter(verb=Verb.APPLY).count() == count
    assert Candidate.objects.filter(stage=Stage.APPLIED).count() == count
    assert Counter.objects.get(key__startswith="reported:").value == 2 * count
    assert list(Lot.objects.order_by("number").values_list("first_no", "size")) == [
        (1, count),
        (count + 1, count),
    ]


def test_two_operators_apply_for_the_same_600(open_season):
    two_operators(open_season, 600, 100)


@pytest.mark.slow
def test_two_operators_apply_for_the_same_5000(open_season):
    two_operators(open_season, 5_000, 500)


@pytest.mark.slow
def test_two_operators_apply_for_the_same_5000_in_one_chunk(open_season):
    two_operators(open_season, 5_000, 5_000)


def late_judgement(monkeypatch, season: Season, ids: Sequence[int]) -> list[Act]:
    """The second operator's look is older than the first one's write, on every engine."""
    real, kept = moves.verdicts, {}

    def looked_before(step, piece, basis, asked):
        return kept.setdefault(tuple(piece), real(step, piece, basis, asked))

    monkeypatch.setattr(moves, "verdicts", looked_before)
    first = acts.confirm(
        season.batch, ids, people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY)
    )
    second = acts.confirm(season.batch, ids, people.actor(season.staff.hq), ActRequest(Verb.APPLY))
    return [moves.carry_out(first), moves.carry_out(second)]


def test_a_write_on_an_old_look_moves_nothing(open_season, monkeypatch):
    ids = enrol(open_season, 5)
    outcomes = late_judgement(monkeypatch, open_season, ids)
    assert faults_of_two_operators(open_season, ids, outcomes) == []
    assert [(o.done, o.raced) for o in outcomes] == [(5, 0), (0, 5)]
    assert list(outcomes[1].refusals.values_list("raced", flat=True)) == [True] * 5


def test_negative_control_without_the_guard_the_oracle_complains(open_season, monkeypatch):
    """The same two operators with the compare taken out of the compare-and-set."""
    real = engine_of()

    class Unguarded:
        def __getattr__(self, name):
            return getattr(real, name)

        def update_each(self, cursor, table, key, columns, where, rows, seen=None):
            return real.update_each(
                cursor, table, key, columns, "1 = 1", [row[: 1 + len(columns)] for row in rows]
            )

    monkeypatch.setattr(moves, "engine_of", Unguarded)
    ids = enrol(open_season, 5)
    outcomes = late_judgement(monkeypatch, open_season, ids)
    found = faults_of_two_operators(open_season, ids, outcomes)
    assert "10 done of 5" in found
    assert len([line for line in found if line.startswith("I4")]) == 5


@pytest.mark.sqlite
def test_negative_control_with_a_deferred_lock_the_oracle_complains(open_season, monkeypatch):
    """IMMEDIATE is what keeps "database is locked" away: without it the same race loses."""
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "transaction_mode", "DEFERRED")
    ids = enrol(open_season, 600)
    faults: list[str] = []
    for _ in range(5):
        outcomes = together(
            *(
                doing(open_season, verb, ids, open_season.staff.clerks[0], 20)
                for verb in (Verb.APPLY, Verb.APPLY, Verb.WITHDRAW, Verb.APPLY)
            )
        )
        faults += [repr(o) for o in outcomes if isinstance(o, Exception) and "locked" in repr(o)]
        if faults:
            break
    assert faults != []


def test_W01_twelve_times_the_same_key_is_one_act(open_season):
    ids = enrol(open_season, 20)
    outcomes = together(
        *(
            doing(open_season, Verb.APPLY, ids, open_season.staff.clerks[0], key="same")
            for _ in range(12)
        )
    )
    assert [type(o) for o in outcomes] == [Act] * 12
    assert ({o.pk for o in outcomes}, Act.objects.count(), Lot.objects.count()) == (
        {outcomes[0].pk},
        1,
        1,
    )
    assert Event.objects.count() == 20
    assert violations(open_season.batch) == []


def test_W03_endorse_and_send_back_at_once_have_one_winner_a_file(open_season):
    ids = walk(open_season, enrol(open_season, 120), Stage.APPLIED)
    staff = open_season.staff
    outcomes = together(
        doing(open_season, Verb.ENDORSE, ids, staff.college, 30),
        doing(open_season, Verb.SEND_BACK, ids, staff.college_two, 30),
    )
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    # whoever came second may still send back what was endorsed? No: that is headquarters' step.
    assert sum(o.done for o in outcomes) == 120
    assert set(stages(ids)) <= {Stage.ENDORSED, Stage.RETURNED}
    assert violations(open_season.batch) == []


def test_a_file_that_moved_on_to_another_desk_is_raced_not_moved(open_season, monkeypatch):
    """The college looked at 已申请 and sends back; meanwhile it was endorsed: only headquarters may send back now."""
    ids = walk(open_season, enrol(open_season, 3), Stage.APPLIED)
    college = people.actor(open_season.staff.college_two)
    back = acts.confirm(
        open_season.batch,
        ids,
        college,
        ActRequest(Verb.SEND_BACK, answers=dict(SAID[Verb.SEND_BACK])),
    )
    looked = moves.verdicts(STEPS[Verb.SEND_BACK], ids, basis_of(open_season.batch), asked_of(back))
    act(open_season, Verb.ENDORSE, ids)
    monkeypatch.setattr(moves, "verdicts", lambda *_: looked)
    done = moves.carry_out(back)
    assert (done.done, done.raced, stages(ids)) == (0, 3, [Stage.ENDORSED] * 3)
    assert violations(open_season.batch) == []


def test_W14_two_workers_on_one_act_do_each_chunk_once(open_season):
    ids = enrol(open_season, 200)
    one = acts.confirm(
        open_season.batch, ids, people.actor(open_season.staff.clerks[0]), ActRequest(Verb.APPLY)
    )
    outcomes = together(
        *(lambda: moves.carry_out(Act.objects.get(pk=one.pk), size=20) for _ in range(4))
    )
    assert [(o.cursor, o.done) for o in outcomes] == [(200, 200)] * 4
    assert Event.objects.count() == 200
    assert violations(open_season.batch) == []


def test_two_certifications_at_once_leave_no_gap(open_season):
    ids = enrol(open_season, 60) + enrol(open_season, 60, level=Level.TOP_UP)
    walk(open_season, ids, Stage.APPROVED)
    batches.freeze_roster(open_season.batch, open_season.staff.hq.pk)
    outcomes = together(
        doing(open_season, Verb.CERTIFY, ids, open_season.staff.hq, 20),
        doing(open_season, Verb.CERTIFY, ids[::-1], open_season.staff.second, 50),
    )
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    assert (sum(o.done for o in outcomes), Certificate.objects.count()) == (120, 120)
    assert violations(open_season.batch) == []


def test_applying_in_two_batches_at_once_makes_one_live_file(open_season):
    """The database refuses the second live file; the act judges again and says so by name."""
    ids = enrol(open_season, 40)
    later = other_batch(open_season)
    twins = list(later.candidates.order_by("id").values_list("id", flat=True))
    actor = people.actor(open_season.staff.clerks[0])
    outcomes = together(
        doing(open_season, Verb.APPLY, ids, open_season.staff.clerks[0], 40),
        lambda: moves.carry_out(acts.confirm(later, twins, actor, ActRequest(Verb.APPLY)), size=40),
    )
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    assert sum(o.done for o in outcomes) == 40
    assert violations(open_season.batch) + violations(later) == []


def test_opposite_orders_do_not_wait_for_each_other_for_ever(open_season):
    """Different verbs freeze different orders; both get through, file by file."""
    ids = [
        pk
        for centre in (0, 1)
        for pk in walk(open_season, enrol(open_season, 150, centre), Stage.APPROVED)
    ]
    batches.freeze_roster(open_season.batch, open_season.staff.hq.pk)
    staff = open_season.staff
    back = ActRequest(Verb.SEND_BACK, second=staff.second, answers=dict(SAID[Verb.SEND_BACK]))
    outcomes = together(
        doing(open_season, Verb.CERTIFY, ids, staff.hq, 300),
        lambda: moves.carry_out(
            acts.confirm(open_season.batch, ids, people.actor(staff.hq_third), back), size=300
        ),
    )
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    assert sum(o.done for o in outcomes) == 300
    assert violations(open_season.batch) == []
    assert act(
        open_season,
        Verb.SHIP,
        [pk for pk, at in zip(ids, stages(ids), strict=True) if at is Stage.CERTIFIED],
        waybills={"C1": ["顺丰", "SF1"], "C2": ["顺丰", "SF2"]},
    )
