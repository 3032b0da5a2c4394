"""A closed batch is finished when nothing is left to do, or when two people say so with a reason for each file."""

from datetime import timedelta

import pytest

from graduand.models import Batch, Candidate, IdentityCase, ParcelItem
from graduand.office.people.second_person import consent_answers
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.office.season.ending import closing, finishing, switching
from graduand.queries import clock
from graduand.queries.season.batches import (
    left_to_do,
    state,
    unclaimed_certificates,
    unfinished_batches,
)
from graduand.rulebook.season.batch_terms import BatchState, BatchSwitch
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.acting import act, candidate_at, register, shut, walk
from tests.factories import enrol, other_batch

pytestmark = pytest.mark.django_db


def finished() -> bool:
    return Batch.objects.get(code="202307").finished_at is not None


def close(season):
    shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()


def test_a_batch_is_finished_by_the_last_signature_and_no_longer_by_a_voided_certificate(season):
    ids = walk(season, enrol(season, 2), Stage.APPROVED)
    later = other_batch(season)
    close(season)
    for verb, label in (
        (Verb.CERTIFY, "待寄出"),
        (Verb.SHIP, "寄送途中"),
        (Verb.RECEIVE, "待签领"),
    ):
        if verb is Verb.CERTIFY:
            batches.freeze_roster(season.batch, season.staff.hq.pk)
        act(season, verb, ids)
        assert [(one.label, one.count) for one in left_to_do(season.batch)] == [(label, 2)]
    assert unclaimed_certificates(season.batch) == [("C1", "第1学习中心", 2)]
    register(ids[:1])
    act(season, Verb.COLLECT, ids[:1])
    assert (finished(), unfinished_batches()) == (False, [later, season.batch])
    assert act(season, Verb.RECALL, ids[1:]).done == 1
    assert act(season, Verb.VOID, ids[1:], second=season.staff.second).done == 1
    assert (
        act(season, Verb.SEND_BACK, ids[1:], by=season.staff.hq, second=season.staff.second).done
        == 1
    )
    assert [one.key for one in left_to_do(season.batch)] == ["returned"]
    assert act(season, Verb.LAPSE, ids[1:]).done == 1
    assert (finished(), left_to_do(season.batch), unfinished_batches()) == (True, [], [later])


def test_a_certificate_voided_after_the_end_gives_the_batch_work_again(season):
    ids = walk(season, enrol(season), Stage.RECEIVED)
    close(season)
    Candidate.objects.filter(pk__in=ids).update(explanation="长期联系不上")
    finishing.declare(season.batch)
    assert finished()
    assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
    assert not finished()


@pytest.mark.parametrize("what", ["case", "shortage", "open"])
def test_an_open_case_a_shortage_or_an_open_batch_keeps_it_unfinished(season, what):
    file = candidate_at(season, Stage.COLLECTED)
    if what == "case":
        IdentityCase.objects.create(
            student=file.student, verdict="doubt", state="open", opened_at=clock.now()
        )
    if what == "shortage":
        ParcelItem.objects.filter(candidate=file).update(open=True, counted=False)
    if what != "open":
        close(season)
        assert [(one.key, one.count) for one in left_to_do(season.batch)] == [
            ({"case": "cases", "shortage": "short"}[what], 1)
        ]
    assert (finishing.settle(), finished()) == (0, False)
    IdentityCase.objects.update(state="cleared", filed_at=clock.now(), filed_by=season.staff.hq)
    ParcelItem.objects.update(open=False)
    assert (finishing.settle(), finished()) == ((0, False) if what == "open" else (1, True))


def test_the_case_of_somebody_who_graduates_in_another_batch_keeps_nothing_open(season):
    lapsed = candidate_at(season, Stage.LAPSED)
    IdentityCase.objects.create(
        student=lapsed.student, verdict="doubt", state="open", opened_at=clock.now()
    )
    close(season)
    assert (left_to_do(season.batch), finished()) == ([], True)


def test_two_people_declare_it_finished_with_a_reason_for_each_file_left(season):
    ids = walk(season, enrol(season, 2), Stage.RECEIVED)
    close(season)
    hq, second = people.actor(season.staff.hq), people.actor(season.staff.second)
    with pytest.raises(Refused, match="还有已准予未领证 2 人没有说明原因"):
        switching.ask(hq, season.batch, BatchSwitch.FINISH, "期满")
    with pytest.raises(Refused, match="批次 202307 已关闭，请刷新页面后重新选择"):
        closing.explain(season.batch, "motion", None, "长期联系不上", hq)
    assert closing.explain(season.batch, "onward", None, "长期联系不上", hq) == 2
    row = switching.ask(hq, season.batch, BatchSwitch.FINISH, "期满")
    assert not finished()
    consent_answers.decide(second, row.pk, agree=True)
    assert (finished(), unfinished_batches(), unclaimed_certificates(season.batch)) == (
        True,
        [],
        [("C1", "第1学习中心", 2)],
    )
    register(ids)
    assert act(season, Verb.COLLECT, ids).done == 2  # whoever comes for it still gets it
    season.batch.refresh_from_db()
    with pytest.raises(Refused, match="批次 202307 已办结"):
        switching.ask(hq, season.batch, BatchSwitch.FINISH, "期满")


def test_an_open_batch_is_not_finished_and_why_it_was_late_once_says_nothing_once_it_is_approved(
    season,
):
    with pytest.raises(Refused, match="批次 202307 还没有关闭，关闭后才能办结"):
        finishing.declare(season.batch)
    ids = walk(season, enrol(season), Stage.ENDORSED)
    Candidate.objects.filter(pk__in=ids).update(explanation="缺材料")
    act(season, Verb.APPROVE, ids)
    assert Candidate.objects.get().explanation == ""


def test_where_a_batch_stands_in_words(season):
    today, opening = clock.today(), clock.today().replace(day=1)
    assert state(season.batch, today, opening, today) is BatchState.FILING
    assert state(season.batch, today, opening, today - timedelta(days=1)) is BatchState.DUE
    assert state(season.batch, today, today.replace(month=12), today) is BatchState.PREPARING
    season.batch.closed_at = clock.now()
    assert state(season.batch, today, opening, opening) is BatchState.CLOSED
    season.batch.finished_at = clock.now()
    assert state(season.batch, today, opening, opening).label == "已办结"
