"""A file that left its stage and came back is another file; a transaction thrown out of a deadlock is done again."""

import threading

import pytest
from django.db import OperationalError, connection, connections, transaction

from graduand.models import Act, Candidate, DegreeMaterial, Event
from graduand.models.engine import engine_of
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.queries.basis import basis_of
from graduand.queries.verdicts import asked_of
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Level, Stage, Verb
from tests import people
from tests.acting import act, stages, walk
from tests.factories import enrol
from tests.invariants import violations
from tests.office.races.test_races import doing, together

TABLE = Candidate._meta.db_table


# -- there and back again --------------------------------------------------------------------------------------------


def endorsed_on_an_old_look(season, monkeypatch) -> tuple[Act, list[int]]:
    """The college looks, the centre withdraws and applies again, then the college writes."""
    ids = walk(season, enrol(season, 3), Stage.APPLIED)
    act_ = acts.confirm(
        season.batch, ids, people.actor(season.staff.college), ActRequest(Verb.ENDORSE)
    )
    looked = moves.verdicts(STEPS[Verb.ENDORSE], ids, basis_of(season.batch), asked_of(act_))
    for verb in (Verb.WITHDRAW, Verb.APPLY):
        assert act(season, verb, ids[:1]).done == 1
    monkeypatch.setattr(moves, "verdicts", lambda *_: looked)
    return moves.carry_out(act_), ids


@pytest.mark.django_db
def test_a_file_that_left_and_came_back_is_not_the_one_that_was_judged(season, monkeypatch):
    done, ids = endorsed_on_an_old_look(season, monkeypatch)
    assert (done.done, done.raced) == (2, 1)
    assert stages(ids) == [Stage.APPLIED, Stage.ENDORSED, Stage.ENDORSED]
    assert list(done.refusals.values_list("candidate", "raced")) == [(ids[0], True)]
    assert violations(season.batch) == []


@pytest.mark.django_db
def test_negative_control_comparing_the_stage_alone_lets_it_through(season, monkeypatch):
    real = engine_of()

    class StageAlone:
        def __getattr__(self, name):
            return getattr(real, name)

        def update_each(self, cursor, table, key, columns, where, rows, seen=None):
            return real.update_each(
                cursor, table, key, columns, where, [row[: 1 + len(columns)] for row in rows]
            )

    monkeypatch.setattr(moves, "engine_of", StageAlone)
    done, ids = endorsed_on_an_old_look(season, monkeypatch)
    assert (done.done, done.raced, stages(ids)) == (3, 0, [Stage.ENDORSED] * 3)


@pytest.mark.django_db
@pytest.mark.parametrize("same", [True, False], ids=["same", "mixed"])
def test_a_row_is_written_only_while_it_has_what_was_seen(season, same):
    """Both ways in which SQLite binds what was seen: once for all, or row by row; NULL is a value like any other."""
    ids = enrol(season, 3)
    others = walk(season, enrol(season, 1), Stage.APPLIED)
    last = Candidate.objects.get(pk=others[0]).last_act_id
    rows = [(pk, f"e{pk}", None) for pk in ids] + ([] if same else [(others[0], "x", last)])
    rows.append((others[0], "wrong", last + 1) if same else (ids[0], "wrong", last))
    with connection.cursor() as cursor:
        columns, seen = {"explanation": "text"}, {"last_act_id": "bigint"}
        written = engine_of().update_each(
            cursor, TABLE, "id", columns, "1 = 1", rows[: 3 if same else 4], seen
        )
        refused = engine_of().update_each(cursor, TABLE, "id", columns, "1 = 1", rows[-1:], seen)
    assert (written, refused) == (3 if same else 4, 0)
    assert list(
        Candidate.objects.filter(pk__in=ids).order_by("id").values_list("explanation", flat=True)
    ) == [f"e{pk}" for pk in ids]


# -- deadlocks -------------------------------------------------------------------------------------------------------


def deadlocked(season, ids: list[int]) -> Act | Exception:
    """Move `ids` while somebody holds the last of them and then wants the act: the mover is thrown
    out.

    The mover holds its act and waits for the file; the other holds the file and waits for the act.
    Whoever has waited for `deadlock_timeout` first looks for a ring and leaves it: the other is
    told to wait for ever.
    """
    work = acts.confirm(
        season.batch, ids, people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY)
    )
    held, outcome = threading.Event(), []

    def move() -> None:
        try:
            held.wait(30)
            with connection.cursor() as cursor:
                cursor.execute("SET deadlock_timeout = '300ms'")
            outcome.append(moves.carry_out(work))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcome.append(error)
        finally:
            connections.close_all()

    mover = threading.Thread(target=move)
    mover.start()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL deadlock_timeout = '60s'")
        cursor.execute(f"UPDATE {TABLE} SET explanation = explanation WHERE id = %s", [ids[-1]])
        held.set()
        waiting(cursor)
        Act.objects.filter(pk=work.pk).update(verb=work.verb)
    mover.join(60)
    return outcome[0]


def waiting(cursor) -> None:
    """Until somebody waits for a lock."""
    for _ in range(600):
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        if cursor.fetchone()[0]:
            return
        cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_is_thrown_out_of_a_deadlock_begins_again(open_season):
    ids = enrol(open_season, 3)
    done = deadlocked(open_season, ids)
    assert isinstance(done, Act), done
    assert (done.done, stages(ids), Event.objects.count()) == (3, [Stage.APPLIED] * 3, 3)
    assert violations(open_season.batch) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_without_it_the_deadlock_reaches_the_person(open_season, monkeypatch):
    monkeypatch.setattr(engine_of(), "was_thrown_out", lambda _: False)
    ids = enrol(open_season, 3)
    failed = deadlocked(open_season, ids)
    assert isinstance(failed, OperationalError)
    assert failed.__cause__.sqlstate == "40P01"
    assert (stages(ids), Event.objects.count()) == ([Stage.LISTED] * 3, 0)


@pytest.mark.sqlite
@pytest.mark.django_db
def test_on_sqlite_nothing_else_is_tried_again(season, monkeypatch):
    """A lock that is not given within the timeout is no lost race: it is said, not tried for another minute."""
    work = acts.confirm(
        season.batch, enrol(season), people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY)
    )
    tries = []

    def locked(*_):
        tries.append(1)
        raise OperationalError("database is locked")

    monkeypatch.setattr(moves, "_advance", locked)
    with pytest.raises(OperationalError):
        moves.carry_out(work)
    assert len(tries) == 1


# -- two decisions at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_a_grant_and_a_refusal_at_once_one_stands(open_season):
    """Of the degree, too, there is one winner a file, and what stands is what the last event says."""
    ids = walk(open_season, enrol(open_season, 40, level=Level.TOP_UP), Stage.APPROVED)
    students = Candidate.objects.filter(pk__in=ids).values_list("student", flat=True)
    DegreeMaterial.objects.bulk_create(
        DegreeMaterial(
            student_id=pk, thesis_mark="85", language_kind="大学英语四级", language_mark="430"
        )
        for pk in students
    )
    assert act(open_season, Verb.DEGREE_APPLY, ids).done == 40
    staff = open_season.staff
    outcomes = together(
        doing(open_season, Verb.DEGREE_GRANT, ids, staff.hq, 5),
        doing(open_season, Verb.DEGREE_DECLINE, ids, staff.second, 5),
    )
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    assert sum(o.done for o in outcomes) == 40
    decided = Candidate.objects.filter(pk__in=ids).values_list("degree", flat=True)
    assert [outcomes[0].done, outcomes[1].done] == [
        list(decided).count(word) for word in ("granted", "declined")
    ]
    assert violations(open_season.batch) == []
