"""Batches side by side: a person is worked on in one of them at a time, and stands again in the others when that ends."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Batch, Candidate, Stale, Student
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.audit import sheets as audit_sheets
from graduand.office.season import batches, listing
from graduand.queries.season import gaps
from graduand.queries.season.batches import UnlistedPeople, not_listed
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.acting import act, candidate_at, opened_again, register, shut, signed, walk
from tests.factories import enrol, other_batch, policy_data

pytestmark = pytest.mark.django_db


def third_batch() -> Batch:
    """A batch after the next one."""
    data = policy_data(
        code="202407",
        issue_date="2024-07-31",
        closes_at="2024-10-12",
        enrolled_through="2022春",
        progression=None,
        rounds=[{"name": "首批", "opens": "2024-07-01", "closes": "2024-07-16"}],
    )
    return batches.load(data, None).batch


def rows_of(student: Student) -> dict[str, tuple[str, bool]]:
    """Batch -> (stage, set aside) of one person's files."""
    rows = Candidate.objects.filter(student=student).values_list("batch__code", "stage", "aside")
    return {code: (stage, aside) for code, stage, aside in rows}


def in_batch(batch: Batch, verb: Verb, file: Candidate, by, **said):
    request = ActRequest(verb, answers=said, statements=signed(verb, said))
    return acts.do(
        batch, [batch.candidates.get(student=file.student).pk], people.actor(by), request
    )


# -- whom a new batch lists ----------------------------------------------------------------------------------------


def test_a_new_batch_lists_nobody_with_a_live_file_or_a_certificate_and_counts_them(season):
    at = {stage: candidate_at(season, stage) for stage in Stage}
    later = batches.load(
        policy_data(code="202401", issue_date="2024-01-20", closes_at="2024-04-12"), None
    )
    listed = {
        Stage(at_first)
        for at_first in Candidate.objects.filter(
            batch=season.batch, student__candidates__batch=later.batch
        ).values_list("stage", flat=True)
    }
    assert listed == {Stage.LISTED, Stage.DEFERRED, Stage.REJECTED, Stage.LAPSED}
    assert (later.listed, later.not_listed) == (4, UnlistedPeople(live=4, graduated=4))
    assert str(later.not_listed) == "另有 8 人未列入（已有毕业证书 4 人，他批次有在办档案 4 人）"
    assert listing.list_newcomers() == 0
    assert rows_of(at[Stage.LISTED].student) == {
        "202307": ("listed", False),
        "202401": ("listed", False),
    }
    tally = auditing.run(later.batch)
    assert (tally.judged, tally.not_listed) == (4, later.not_listed)


def test_nobody_is_left_out_of_the_first_batch(season):
    enrol(season, 3)
    assert not_listed(season.batch) == UnlistedPeople(0, 0)
    assert str(not_listed(season.batch)) == ""


# -- set aside, and back -------------------------------------------------------------------------------------------


_ENDS = {
    Verb.WITHDRAW: (Stage.APPLIED, "listed"),
    Verb.REJECT: (Stage.APPLIED, "rejected"),
    Verb.DEFER: (Stage.RETURNED, "deferred"),
}


@pytest.mark.parametrize(("verb", "start", "end"), [(v, *se) for v, se in _ENDS.items()], ids=str)
def test_the_files_of_other_batches_are_set_aside_while_one_lives_and_come_back_when_it_ends(
    season, verb, start, end
):
    later, third = other_batch(season), third_batch()
    file = candidate_at(season, start)
    assert rows_of(file.student) == {
        "202307": (start, False),
        "202401": ("listed", True),
        "202407": ("listed", True),
    }
    assert [gaps.counts(batch)["unfiled"] for batch in (later, third)] == [0, 0]
    auditing.run(later), auditing.run(third)
    assert list(audit_sheets.stored_rows(later)) == []
    assert act(season, verb, [file.pk]).done == 1
    assert rows_of(file.student) == {
        "202307": (end, False),
        "202401": ("listed", False),
        "202407": ("listed", False),
    }
    assert set(Stale.objects.values_list("candidate__batch__code", flat=True)) >= {
        "202401",
        "202407",
    }


def test_a_certificate_keeps_the_others_aside_also_when_it_is_voided_and_made_again(season):
    later = other_batch(season)
    deferred = enrol(season)
    file = Candidate.objects.get(pk=deferred[0])
    assert in_batch(later, Verb.DEFER, file, season.staff.clerks[0], statement=True).done == 1
    walk(season, deferred, Stage.CERTIFIED)
    assert rows_of(file.student) == {"202307": ("certified", False), "202401": ("deferred", True)}
    assert not_listed(later) == UnlistedPeople(live=0, graduated=1)
    assert act(season, Verb.VOID, deferred, second=season.staff.second).done == 1
    assert rows_of(file.student) == {"202307": ("approved", False), "202401": ("deferred", True)}
    assert not_listed(later) == UnlistedPeople(live=1, graduated=0)


def test_a_file_sent_back_still_lives_and_one_reopened_lives_again(season):
    later = other_batch(season)
    file = candidate_at(season, Stage.RETURNED)
    assert rows_of(file.student)["202401"] == ("listed", True)
    rejected = candidate_at(season, Stage.REJECTED)
    assert rows_of(rejected.student)["202401"] == ("listed", False)
    assert (
        act(
            season,
            Verb.REOPEN,
            [rejected.pk],
            second=season.staff.second,
            reason="other",
            note="复查",
        ).done
        == 1
    )
    assert rows_of(rejected.student) == {"202307": ("returned", False), "202401": ("listed", True)}
    assert later.candidates.filter(aside=False).count() == 0


def test_closing_a_batch_never_touches_the_files_of_another_and_the_lapsed_stand_in_the_next(
    season,
):
    """Whoever was listed in none is listed then; who is set aside here is nobody's to explain or to lapse."""
    moving = candidate_at(
        season, Stage.ENDORSED
    )  # filed before the next batch was loaded: not listed there
    later = other_batch(season)
    assert not later.candidates.filter(student=moving.student).exists()
    elsewhere = Candidate.objects.get(pk=enrol(season)[0])
    assert in_batch(later, Verb.APPLY, elsewhere, season.staff.clerks[0]).done == 1
    Candidate.objects.filter(pk=moving.pk).update(explanation="学生出国")
    done = shut(season.batch, people.actor(season.staff.hq))
    assert (done and done.done) == 1
    assert rows_of(moving.student) == {"202307": ("lapsed", False), "202401": ("listed", False)}
    assert rows_of(elsewhere.student) == {"202307": ("listed", True), "202401": ("applied", False)}
    # What comes to nothing there brings nobody back into a closed batch, until it is opened again.
    assert in_batch(later, Verb.WITHDRAW, elsewhere, season.staff.clerks[0]).done == 1
    assert rows_of(elsewhere.student) == {"202307": ("listed", True), "202401": ("listed", False)}
    opened_again(season)
    assert rows_of(elsewhere.student) == {"202307": ("listed", False), "202401": ("listed", False)}


def test_a_closed_batch_goes_on_numbering_sending_and_handing_over(season):
    ids = walk(season, enrol(season, 2), Stage.APPROVED)
    other_batch(season)
    shut(season.batch, people.actor(season.staff.hq))
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    for verb in (Verb.CERTIFY, Verb.SHIP, Verb.RECEIVE):
        assert act(season, verb, ids).done == 2
    register(ids)
    assert act(season, Verb.COLLECT, ids).done == 2


def test_the_step_and_what_it_sets_aside_are_one_constant_number_of_statements(season):
    other_batch(season)
    counts = []
    for size in (1, 1, 40):  # the first one reads the plans
        ids = enrol(season, size)
        with CaptureQueriesContext(connection) as asked:
            assert act(season, Verb.APPLY, ids).done == size
        counts.append(len(asked))
    assert counts[1] == counts[2]


def test_which_steps_can_begin_or_end_a_live_file():
    found = {verb for verb, step in STEPS.items() if listing.changes_who_is_live(step)}
    undone = {Verb.RELIST_RETURNED, Verb.RELIST_APPLIED, Verb.RELIST_ENDORSED}
    assert (
        found
        == {Verb.APPLY, Verb.WITHDRAW, Verb.DEFER, Verb.REJECT, Verb.REOPEN, Verb.LAPSE} | undone
    )


def test_everybody_is_put_right_piece_by_piece(season):
    other_batch(season)
    files = [candidate_at(season, Stage.APPLIED) for _ in range(3)]
    free = enrol(season, 2)
    Candidate.objects.filter(student__in=[file.student_id for file in files]).update(aside=False)
    Candidate.objects.filter(student__candidates__in=free, batch=season.batch).update(aside=True)
    assert listing.misplaced() == 5
    assert (listing.settle_all(size=2), listing.settle_all(), listing.misplaced()) == (5, 0, 0)
    assert {
        code for file in files for code, (_, aside) in rows_of(file.student).items() if aside
    } == {"202401"}
    assert not Candidate.objects.filter(pk__in=free, aside=True).exists()
