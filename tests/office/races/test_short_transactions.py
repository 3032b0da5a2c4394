"""No station writes more files in one transaction than its piece: the embedded database has one
writer, others wait.

Rows are counted, not seconds, so it fails on every machine when a station takes everybody at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from graduand.models import (
    AccountEvent,
    Candidate,
    Judgement,
    ListEntry,
    Parcel,
    Roster,
    Stale,
    Student,
)
from graduand.office import acts, moves, picks
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.certificates import roster_places
from graduand.office.season import batches, deleting, listing
from graduand.office.season.ending import closing, reopening
from graduand.rulebook.terms import Stage, Verb
from tests import jobs, people
from tests.acting import SAID, desk_user, register, shut, stages
from tests.factories import enrol, other_batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

FILES = 600  # more than one piece of an act
MANY = 1_100  # more than one piece of everything
# What a transaction writes beside the files themselves: the act, its job, counters, parcels, the
# batch's orders.
BESIDE = 20
# Rows that a step writes for each file: the file and its event; then the certificate, its content
# and its archive, the parcel's line …
ROWS = {
    Verb.APPLY: 2,
    Verb.ENDORSE: 2,
    Verb.APPROVE: 2,
    Verb.CERTIFY: 5,
    Verb.SHIP: 4,
    Verb.RECEIVE: 4,
    Verb.COLLECT: 4,
}


class Counted:
    """The most rows that one transaction has written, by SQLite's own count."""

    def __init__(self) -> None:
        self.most, self.before = 0, connection.connection.total_changes

    def __call__(self, execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if not connection.in_atomic_block:  # a transaction by itself
            self.close()
        return done

    def close(self) -> None:
        now = connection.connection.total_changes
        self.most, self.before = max(self.most, now - self.before), now


@contextmanager
def counted() -> Iterator[Counted]:
    connection.ensure_connection()
    rows, commit = Counted(), connection._commit

    def committed() -> None:
        rows.close()
        commit()

    connection._commit = committed
    try:
        with connection.execute_wrapper(rows):
            yield rows
    finally:
        connection._commit = commit


def confirmed(season, verb, ids):
    said = SAID.get(verb, {})
    user = (
        season.staff.hq
        if verb in (Verb.APPLY, Verb.RECEIVE, Verb.COLLECT)
        else desk_user(season, verb, ids)
    )
    if verb is Verb.APPROVE:
        user = season.staff.second
    return acts.confirm(
        season.batch, ids, people.actor(user), ActRequest(verb, answers=said), job=True
    )


def test_every_step_of_the_journey_writes_one_piece_in_a_transaction(open_season):
    season, most = open_season, {}
    ids = enrol(season, FILES)
    for verb in ROWS:
        if verb is Verb.CERTIFY:
            with counted() as rows:
                [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
            assert (
                rows.most // roster_places.PIECE,
                rows.most % roster_places.PIECE <= BESIDE,
                roster.size,
            ) == (1, True, FILES)
        if verb is Verb.COLLECT:
            register(ids)
        act = confirmed(season, verb, ids)
        with counted() as rows:
            act = acts.carry_out(act, "test")
        assert (verb, act.done, act.by_code) == (verb, FILES, {})
        most[verb] = rows.most
    assert set(stages(ids)) == {Stage.COLLECTED}
    pieces = {verb: moves.PIECES.get(verb, moves.PIECE) for verb in most}
    assert {verb: wrote // pieces[verb] for verb, wrote in most.items()} == ROWS
    assert max(wrote % pieces[verb] for verb, wrote in most.items()) <= BESIDE


def test_control_an_act_in_one_piece_is_seen(open_season):
    act = confirmed(open_season, Verb.APPLY, enrol(open_season, FILES))
    with counted() as rows:
        moves.carry_out(act, size=FILES)
    assert rows.most > ROWS[Verb.APPLY] * FILES > ROWS[Verb.APPLY] * moves.PIECE + BESIDE


def test_the_worker_takes_the_same_piece_as_a_command(open_season):
    confirmed(open_season, Verb.APPLY, enrol(open_season, FILES))
    with counted() as rows:
        assert jobs.work_once("worker")
    assert rows.most <= ROWS[Verb.APPLY] * moves.PIECE + BESIDE
    assert Candidate.objects.filter(stage=Stage.APPLIED.value).count() == FILES


def batch_is_shut(season) -> bool:
    season.batch.refresh_from_db()
    return season.batch.closed_at is not None


def test_control_a_list_brought_back_in_one_piece_is_seen(open_season):
    season, hq = open_season, people.actor(open_season.staff.hq)
    enrol(season, FILES)
    Candidate.objects.update(explanation="不再办理")
    auditing.run(season.batch)
    shut(season.batch, hq)
    reopening.order(season.batch, hq)
    with counted() as rows:
        reopening.advance(season.batch.pk, size=FILES)
    assert rows.most > 3 * reopening.PIECE + BESIDE


def test_七_3_reasons_are_written_piece_by_piece_by_page_and_by_command(open_season):
    season, most = open_season, {}
    enrol(season, MANY)
    auditing.run(season.batch)
    with counted() as rows:
        many = closing.explain(
            season.batch, "unfiled", None, "联系不上", people.actor(season.staff.hq)
        )
    most["page"] = rows.most
    noted = list(
        AccountEvent.objects.filter(deed="explained")
        .order_by("id")
        .values_list("detail__people", flat=True)
    )
    assert (many, noted) == (MANY, [closing.EXPLAINED, MANY - closing.EXPLAINED])
    ids = list(Candidate.objects.values_list("id", flat=True))
    Candidate.objects.update(explanation="")
    with counted() as rows:
        closing.explain_named(season.batch, ids, "学生出国", people.actor(season.staff.hq))
    most["command"] = rows.most
    piece = closing.EXPLAINED
    assert {
        what: piece <= wrote <= piece + BESIDE for what, wrote in most.items()
    } == dict.fromkeys(most, True)
    assert {said[:4] for said in Candidate.objects.values_list("explanation", flat=True)} == {
        "学生出国"
    }


def test_whom_an_act_is_about_is_looked_up_before_the_transaction_and_what_stays_inside_is_a_few_rows(
    open_season,
):
    """However many are confirmed: the act with its lots, and the frozen pieces of the dialog."""
    season, seen = open_season, []
    ids = enrol(season, MANY)

    def noted(execute, sql, params, many, context):
        if connection.in_atomic_block and sql.startswith("SELECT") and "graduand_candidate" in sql:
            seen.append(sql)
        return execute(sql, params, many, context)

    actor = people.actor(season.staff.hq)
    with connection.execute_wrapper(noted), counted() as rows:
        pick = picks.make(actor, ids, picks.PickRequest("apply", "candidates", [], everybody=True))
        acts.confirm(
            season.batch, picks.ids_of(pick), actor, ActRequest(Verb.APPLY, picked=True), job=True
        )
    assert (seen, 0 < rows.most <= BESIDE) == ([], True)


def judged_and_listed(batch):
    """What each of three works wrote at most in one transaction, beside how much it may."""
    most = {}
    with counted() as rows:
        auditing.run(batch)
    most["judge"] = (rows.most, auditing.CHUNK_OF_ONE_WRITER)
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))
    with counted() as rows:
        auditing.run(batch)
    # The mark goes, and the verdict is written.
    most["judge what is stale"] = (rows.most, 2 * auditing.CHUNK_OF_ONE_WRITER)
    with counted() as rows:
        batches.refresh_list(batch)
    most["初审名单"] = (rows.most, listing.PIECE)
    return most


def test_listing_judging_closing_and_deleting_go_piece_by_piece(open_season):
    season = open_season
    enrol(season, MANY)
    with counted() as rows:
        later = other_batch(season)
    most = {"list": (rows.most, listing.PIECE), **judged_and_listed(later)}
    kinds = (Judgement, ListEntry, Stale)
    assert [kind.objects.count() for kind in kinds] == [MANY, MANY, MANY]
    deleting.delete(later, people.actor(season.staff.hq))
    with counted() as rows:
        deleting.complete(later)
    most["delete"] = rows.most, 3 * deleting.PIECE  # the file, its verdict, its line in the list
    auditing.run(season.batch)
    Candidate.objects.update(explanation="不再办理")
    with counted() as rows:
        shut(season.batch, people.actor(season.staff.hq))
    most["close"] = rows.most, ROWS[Verb.APPLY] * moves.PIECE
    reopening.order(season.batch, people.actor(season.staff.hq))
    while batch_is_shut(season):
        with counted() as rows:
            reopening.advance(season.batch.pk)
        most["reopen"] = max(
            most.get("reopen", (0, 0)), (rows.most, 3 * reopening.PIECE)
        )  # the file, its event, its mark
    assert {
        what: 0 < wrote <= piece + BESIDE for what, (wrote, piece) in most.items()
    } == dict.fromkeys(most, True)
    assert set(Candidate.objects.values_list("stage", flat=True)) == {Stage.LISTED.value}
    assert (Parcel.objects.count(), Roster.objects.count()) == (0, 0)
