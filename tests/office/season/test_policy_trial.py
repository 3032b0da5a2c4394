"""A policy is judged before it comes into force: the trial names whom it frees and stops, and its verdicts are kept."""

from datetime import date

import pytest

from graduand.models import (
    Batch,
    Candidate,
    DegreeMaterial,
    Forecast,
    Job,
    Judgement,
    PhotoRow,
    PolicyDraft,
    Result,
    Student,
)
from graduand.office.audit import auditing, rejudging
from graduand.office.refusal import Refused
from graduand.office.season import batches, policy_drafts
from graduand.queries import clock, judging
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.queries.season import policies
from graduand.rulebook.terms import Level, Stage, Verb
from tests import jobs, people
from tests.acting import act, walk
from tests.factories import enrol, make_season, policy_data, set_clock

pytestmark = pytest.mark.django_db
LATE = date(2023, 9, 5)


def stored():
    return {
        row[0]: row[1:]
        for row in Judgement.objects.values_list("candidate_id", "fit", "clear", "unmet")
    }


def fresh(season):
    basis = basis_of(Batch.objects.get(pk=season.batch.pk))
    ids = list(Candidate.objects.values_list("id", flat=True))
    return {
        row[0]: (row[1], row[2], row[4])
        for row in auditing.verdict_rows(gather(ids, basis.policy, basis.today), basis)
    }


def being_judged():
    return Candidate.objects.filter(judging.being_judged(clock.today())).count()


def tried(season, key="k", **changes):
    return policy_drafts.draft(policy_data(**changes), people.actor(season.staff.hq), key)


def rounds(deadline):
    """The notice's rounds with another photo deadline for the second one."""
    turns = policy_data()["rounds"]
    return [
        {**turn, "photo_deadline": deadline} if turn["name"] == "第二批" else turn for turn in turns
    ]


def worker_turn():
    while jobs.work_once("worker"):
        pass


@pytest.fixture
def judged(season):
    ids = enrol(season, 4)
    auditing.run(season.batch)
    return season, ids


def save(draft, season):
    return policy_drafts.save(draft, season.staff.hq.pk)


def test_a_shifted_photo_deadline_names_the_five_whom_it_frees(season):
    set_clock("2023-09-06 09:00")
    enrol(season, 2)
    PhotoRow.objects.update(since=date(2023, 6, 1))
    late = enrol(season, 5)
    PhotoRow.objects.filter(student__candidates__in=late).update(since=LATE)
    auditing.run(season.batch)
    draft = tried(season, rounds=rounds("2023-09-10"))
    assert (draft.tried["freed"], draft.tried["stopped"], draft.tried["codes"]["PHOTO-LATE"]) == (
        5,
        0,
        [5, 0],
    )
    freed = policies.named(draft, before=False, after=True)
    assert [row[0] for row in freed] == late
    assert {row[3].partition(":")[0].partition(";")[0] for row in freed} == {"PHOTO-LATE"}
    assert policies.named(draft, before=True, after=False) == []


def test_an_earlier_deadline_names_whom_it_stops(season):
    set_clock("2023-08-28 09:00")
    late = enrol(season, 2)
    PhotoRow.objects.update(since=date(2023, 8, 27))
    auditing.run(season.batch)
    draft = tried(season, rounds=rounds("2023-08-26"))
    assert (draft.tried["freed"], draft.tried["stopped"]) == (0, 2)
    assert [row[0] for row in policies.named(draft, before=True, after=False)] == late


def test_a_round_that_stays_open_for_today_frees_everybody(db):
    """Between two rounds nobody can file; a longer first round lets them."""
    turn = {"name": "首批", "opens": "2023-07-01", "closes": "2023-07-15"}
    season = make_season(rounds=[turn], progression=None)
    ids = enrol(season, 2)
    set_clock("2023-07-20 09:00")
    auditing.run(season.batch)
    draft = tried(season, rounds=[{**turn, "closes": "2023-07-30"}], progression=None)
    assert (
        draft.tried["freed"],
        [row[0] for row in policies.named(draft, before=False, after=True)],
    ) == (2, ids)


def test_the_verdicts_of_the_trial_come_into_force_with_the_version(judged):
    season, _ = judged
    draft = tried(season, extra_gates=["INFO-CONFIRM"])
    assert (Forecast.objects.count(), being_judged(), stored()) == (4, 0, fresh(season))
    save(draft, season)
    assert being_judged() == 4  # nothing old is shown as a fact
    assert (rejudging.advance(season.batch.pk)[2], Forecast.objects.count(), being_judged()) == (
        False,
        0,
        0,
    )
    assert stored() == fresh(season)
    assert {verdict[1] for verdict in stored().values()} == {False}
    worker_turn()
    assert (stored(), Job.objects.get(kind="audit").state) == (fresh(season), "done")


def a_change(season, pk):
    Result.objects.filter(student__candidates=pk, course="A1").update(pass_key="")
    auditing.mark_stale([Candidate.objects.get(pk=pk).student_id])


@pytest.mark.parametrize(
    "judged_before", [True, False], ids=["judged before the saving", "still marked"]
)
def test_who_changed_between_the_trial_and_the_saving_is_judged_again(
    judged, monkeypatch, judged_before
):
    monkeypatch.setattr(policy_drafts, "TOLERATED", 1)
    season, ids = judged
    draft = tried(season, extra_gates=["INFO-CONFIRM"])
    a_change(season, ids[0])
    if judged_before:
        worker_turn()
    save(draft, season)
    worker_turn()
    assert (stored(), being_judged(), stored()[ids[0]][0]) == (fresh(season), 0, False)


def test_the_control_with_a_forecast_that_outlives_the_change_the_oracle_complains(
    judged, monkeypatch
):
    monkeypatch.setattr(policy_drafts, "TOLERATED", 1)
    season, ids = judged
    draft = tried(season, extra_gates=["INFO-CONFIRM"])
    old = list(Forecast.objects.values("draft_id", "candidate_id", *auditing.COLUMNS))
    a_change(season, ids[0])
    worker_turn()
    Forecast.objects.all().delete()
    Forecast.objects.bulk_create(Forecast(**row) for row in old)
    save(draft, season)
    worker_turn()
    assert stored()[ids[0]] != fresh(season)[ids[0]]


def test_a_trial_of_older_facts_is_made_anew_and_looked_at_before_it_is_saved(judged):
    season, ids = judged
    draft = tried(season, extra_gates=["INFO-CONFIRM"])
    a_change(season, ids[0])
    worker_turn()
    with pytest.raises(Refused, match=policy_drafts.TRIED_AGAIN):
        save(draft, season)
    again = policy_drafts.PolicyDraft.objects.get(pk=draft.pk)
    assert (again.saved, again.tried["fit"], draft.tried["fit"], Forecast.objects.count()) == (
        None,
        [3, 3],
        [4, 4],
        4,
    )
    assert save(again, season).saved is not None


def test_a_trial_that_changes_other_people_is_looked_at_again_though_the_sums_are_the_same(judged):
    """Whom it stops is what the person saw and agreed to, not how many."""
    season, ids = judged
    good = Result.objects.get(student__candidates=ids[3], course="A1").pass_key
    a_change(season, ids[3])
    worker_turn()
    draft = tried(season, extra_gates=["INFO-CONFIRM"])
    a_change(season, ids[0])
    Result.objects.filter(student__candidates=ids[3], course="A1").update(pass_key=good)
    auditing.mark_stale([Candidate.objects.get(pk=ids[3]).student_id])
    worker_turn()
    with pytest.raises(Refused, match=policy_drafts.TRIED_AGAIN):
        save(draft, season)
    again = policy_drafts.PolicyDraft.objects.get(pk=draft.pk)
    assert (again.saved, again.tried) == (None, draft.tried)
    assert [
        [row[0] for row in policies.named(one, before=True, after=False)] for one in (draft, again)
    ] == [ids[:3], ids[1:]]
    assert save(again, season).saved is not None


def degree(**changes):
    return {**policy_data()["degree"], **changes}


@pytest.fixture
def for_a_degree(season):
    """Two of 专升本 whose thesis has 77 and 82 marks, one without a thesis, and one of 专科, whom no degree concerns."""
    ids = enrol(season, 3, level=Level.TOP_UP)
    for pk, mark in zip(ids, ("77", "82", ""), strict=True):
        student = Candidate.objects.get(pk=pk).student
        DegreeMaterial.objects.create(
            student=student, thesis_mark=mark, language_kind="大学英语四级", language_mark="430"
        )
    enrol(season, 1)
    auditing.run(season.batch)
    return season, ids


@pytest.mark.parametrize(
    ("least", "sums", "gained", "lost"),
    [("75", [1, 2], 1, 0), ("85", [1, 0], 0, 1), ("82", [1, 1], 0, 0)],
)
def test_another_condition_of_the_degree_names_whom_it_gives_the_degree_half_and_from_whom_it_takes_it(
    for_a_degree, least, sums, gained, lost
):
    season, ids = for_a_degree
    draft = tried(season, degree=degree(min_thesis=int(least)))
    told = draft.tried
    assert (told["degree"], told["degree_gained"], told["degree_lost"]) == (sums, gained, lost)
    assert (told["fit"], told["stopped"], told["freed"]) == (
        [4, 4],
        0,
        0,
    )  # the graduation is another matter
    found = [
        [row[0] for row in policies.named(draft, *way, degree=True)]
        for way in ((False, True), (True, False))
    ]
    assert found == [ids[:1] * gained, ids[1:2] * lost]
    assert told["codes"].get("DEGREE-THESIS") == [3 - sums[0], 3 - sums[1]]
    words = {row[0]: row[3:] for row in policies.moved(draft)}
    number = Candidate.objects.values_list("number", flat=True).get(pk=ids[0])
    assert words.get(number) == (("是", "是", "否", "是", "论文成绩不够", "") if gained else None)


def test_whoever_was_granted_the_degree_keeps_it_whatever_is_asked_now(for_a_degree):
    season, ids = for_a_degree
    Candidate.objects.filter(pk=ids[1]).update(degree="granted")
    assert tried(season, degree=degree(min_thesis=85)).tried["degree"] == [0, 0]


def test_a_policy_that_asks_the_same_for_the_degree_says_nothing_of_it(for_a_degree):
    season, _ = for_a_degree
    draft = tried(season, degree=degree(closes="2024-01-20"), extra_gates=["INFO-CONFIRM"])
    assert (policy_drafts.changes_degree(draft), draft.tried["degree"], len(draft.moved)) == (
        False,
        [0, 0],
        4,
    )
    assert {code for code in draft.tried["codes"] if code.startswith("DEGREE")} == set()
    assert {tuple(row[5:]) for row in draft.moved} == {(None, None)}


def test_a_trial_of_another_day_with_the_same_outcome_is_saved(judged):
    season, _ = judged
    draft = tried(season, extra_gates=["INFO-CONFIRM"])
    set_clock("2023-07-13 09:00")
    assert save(draft, season).saved is not None
    assert set(Forecast.objects.values_list("judged_on", flat=True)) == {date(2023, 7, 13)}


def test_a_step_after_the_trial_keeps_the_forecast(judged):
    """A step changes no verdict, unless it marks its files."""
    season, ids = judged
    tried(season, extra_gates=["INFO-CONFIRM"])
    assert act(season, Verb.APPLY, ids[:1]).done == 1
    assert (Forecast.objects.count(), Student.objects.count()) == (4, 4)


@pytest.mark.parametrize("asked", ["of the degree", "of another thing"])
def test_a_trial_of_an_earlier_program_is_made_anew_where_it_did_not_look_at_the_degree(
    for_a_degree, asked
):
    season, _ = for_a_degree
    changes = (
        {"degree": degree(min_thesis=85)}
        if asked == "of the degree"
        else {"extra_gates": ["INFO-CONFIRM"]}
    )
    draft = tried(season, **changes)
    kept = {name: told for name, told in draft.tried.items() if not name.startswith("degree")}
    PolicyDraft.objects.filter(pk=draft.pk).update(
        tried=kept, moved=[row[:5] for row in draft.moved]
    )
    draft.refresh_from_db()
    assert policy_drafts.is_late(draft) is (asked == "of the degree")
    if policy_drafts.is_late(draft):
        with pytest.raises(Refused, match="已重新试判"):
            policy_drafts.save(draft, season.staff.hq.pk)
        draft.refresh_from_db()
        assert draft.tried["degree_lost"] == 1
    assert policy_drafts.save(draft, season.staff.hq.pk).saved_id is not None


@pytest.mark.parametrize(
    ("stage", "verb"), [(Stage.APPROVED, Verb.CERTIFY), (Stage.CERTIFIED, Verb.VOID)]
)
def test_who_is_numbered_or_voided_after_the_trial_is_judged_by_the_rules_that_count_then(
    season, stage, verb
):
    """By those of the certificate, or by today's: what the trial found was found by the others."""
    ids = walk(season, enrol(season, 2), stage)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    Student.objects.update(moral=None)
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))
    auditing.run(season.batch)
    draft = tried(season, extra_gates=["MORAL"])
    assert act(season, verb, ids[:1], second=season.staff.second).done == 1
    with pytest.raises(Refused, match="已重新试判"):
        save(draft, season)
    save(PolicyDraft.objects.get(pk=draft.pk), season)
    worker_turn()
    assert stored() == fresh(season)
    assert stored()[ids[0]][1] is (verb is Verb.CERTIFY)
