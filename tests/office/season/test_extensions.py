"""More time for photos than a policy in force gives them needs a reason and two people."""

import copy
from datetime import date

import pytest

from graduand.models import Batch, PolicyDraft, PolicyVersion, Result, Student
from graduand.office.audit import auditing
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers
from graduand.office.refusal import Refused
from graduand.office.season import batches, deleting, extensions, policy_drafts
from graduand.office.season.batches import Extension
from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import Desk, Verb
from tests import people
from tests.acting import act, refusals
from tests.factories import IN_SECOND, SECOND, enrol, policy_data, results_of, set_clock

pytestmark = pytest.mark.django_db


def with_deadline(day):
    data = policy_data()
    rounds = copy.deepcopy(data["rounds"])
    for turn in rounds:
        if turn["name"] == SECOND:
            turn["photo_deadline"] = day
            if day is None:
                del turn["photo_deadline"]
    return {**data, "rounds": rounds}


@pytest.mark.parametrize("day", [date(2023, 9, 10), None])
def test_四_2_2_a_later_deadline_alone_is_refused(season, day):
    with pytest.raises(
        Refused, match=f"「第二批」照片截止 2023-08-30 改为 {day or '不限'}：须写明原因"
    ):
        batches.load(with_deadline(day), season.staff.hq.pk)
    assert PolicyVersion.objects.count() == 1


def test_四_2_2_the_second_is_another_person_of_headquarters_and_there_is_a_reason(season):
    hq, second, college = season.staff.hq, season.staff.second, season.staff.college
    for by, extension in (
        (hq.pk, Extension("停电", hq)),
        (hq.pk, Extension("停电", college)),
        (hq.pk, Extension(" ", second)),
        (None, Extension("停电", second)),
        (own_accounts.system_actor(Desk.HQ).user_id, Extension("停电", second)),
    ):
        with pytest.raises(Refused):
            batches.load(with_deadline(date(2023, 9, 10)), by, extension)
    assert PolicyVersion.objects.count() == 1


def test_四_2_2_a_postponed_list_is_recomputed_again(season):
    set_clock(IN_SECOND)
    batches.refresh_list(season.batch)
    second = season.batch.rounds.get(name=SECOND)
    assert second.list_frozen_on == date(2023, 9, 6)
    extension = Extension("停电三天", season.staff.second)
    loaded = batches.load(with_deadline(date(2023, 9, 10)), season.staff.hq.pk, extension)
    version = PolicyVersion.objects.get(number=2)
    assert (loaded.version, version.reason, version.second) == (2, "停电三天", season.staff.second)
    second.refresh_from_db()
    assert second.list_frozen_on is None


def test_an_earlier_deadline_needs_nobody_else(season):
    assert batches.load(with_deadline(date(2023, 8, 20)), None).version == 2


def renamed(day, name="第二批改"):
    data = with_deadline(day)
    return {
        **data,
        "rounds": [
            {**turn, "name": name} if turn["name"] == SECOND else turn for turn in data["rounds"]
        ],
    }


def without_second():
    data = policy_data()
    return {**data, "rounds": [turn for turn in data["rounds"] if turn["name"] != SECOND]}


LATER = date(2023, 10, 10)


def test_四_2_2_another_name_gives_no_more_time(season):
    said = "「第二批改」照片截止 2023-10-10，晚于同期「第二批」的 2023-08-30：须写明原因"
    with pytest.raises(Refused, match=said):
        batches.load(renamed(LATER), season.staff.hq.pk)
    draft = policy_drafts.draft(renamed(LATER), people.actor(season.staff.hq), "k")
    with pytest.raises(Refused, match="由第二人同意"):
        policy_drafts.save(draft, season.staff.hq.pk)
    assert (
        batches.load(renamed(date(2023, 8, 30)), season.staff.hq.pk).version == 2
    )  # nobody is in it, nobody gets more


def test_四_2_2_a_round_left_out_and_loaded_again_gives_no_more_time(season):
    batches.load(without_second(), season.staff.hq.pk)
    for again in (with_deadline(LATER), renamed(LATER)):
        with pytest.raises(Refused, match="须写明原因，并由两位总部人员共同办理"):
            batches.load(again, season.staff.hq.pk)
        assert extensions.list_extensions(again)
    assert PolicyVersion.objects.count() == 2


def test_三_4_a_later_end_of_applications_takes_two_by_file_as_in_the_page(season):
    data = policy_data()
    data["rounds"][0]["closes"] = "2023-07-20"
    with pytest.raises(Refused, match="「首批」申请截止 2023-07-16 改为 2023-07-20：须写明原因"):
        batches.load(data, season.staff.hq.pk)
    assert (
        batches.load(data, season.staff.hq.pk, Extension("停电", season.staff.second)).version == 2
    )


def test_a_batch_that_is_made_anew_is_another_one(season):
    hq = people.actor(season.staff.hq)
    deleting.delete(season.batch, hq)
    deleting.complete(season.batch)
    assert batches.load(with_deadline(LATER), season.staff.hq.pk).version == 2
    with pytest.raises(Refused, match="「第二批」照片截止 2023-10-10 改为 2023-10-11：须写明原因"):
        batches.load(with_deadline(date(2023, 10, 11)), season.staff.hq.pk)
    assert batches.load(with_deadline(date(2023, 10, 9)), season.staff.hq.pk).version == 3


def test_a_round_in_use_is_neither_renamed_nor_left_out_not_even_by_two(season):
    """The deadline and the review of its files stand in the policy under its name."""
    two = Extension("改名", season.staff.second)
    kept = "不能改名或删去：请在规定里保留原来的轮次名称；需要另外安排的，请增加新的轮次"
    set_clock(IN_SECOND)
    with pytest.raises(
        Refused, match=f"「首批」已于 2023-07-06 开始，「第二批」已于 2023-09-04 开始，{kept}"
    ):
        batches.load(
            {**policy_data(), "rounds": policy_data()["rounds"][2:]}, season.staff.hq.pk, two
        )
    assert act(season, Verb.APPLY, enrol(season, 2)).done == 2
    set_clock("2023-08-01 09:00")  # before the day on which it begins, but people are in it
    with pytest.raises(Refused, match=f"^「第二批」已有 2 份档案，{kept}"):
        batches.load(renamed(date(2023, 8, 30)), season.staff.hq.pk, two)
    with pytest.raises(PolicyRefused, match=f"「第二批」已有 2 份档案，{kept}"):
        policy_drafts.draft(without_second(), people.actor(season.staff.hq), "k")
    assert PolicyVersion.objects.count() == 1


def test_a_file_whose_round_the_policy_has_lost_passes_no_review(season):
    """As an earlier program let it happen."""
    set_clock(IN_SECOND)
    ids = enrol(season)
    act(season, Verb.APPLY, ids)
    version = PolicyVersion.objects.get()
    lost = batches.json_ready(without_second())
    PolicyVersion.objects.create(
        batch=season.batch,
        number=2,
        digest=BatchPolicy.from_dict(lost).digest,
        source=lost,
        loaded_at=version.loaded_at,
    )
    Batch.objects.update(policy=PolicyVersion.objects.get(number=2))
    done = act(season, Verb.ENDORSE, ids)
    assert refusals(done) == {ids[0]: ["ROUND-NONE"]}
    with pytest.raises(Refused, match="「第二批」已有 1 份档案"):
        batches.load({**without_second(), "self_appraisal_min_chars": 300}, season.staff.hq.pk)
    assert batches.load(policy_data(), season.staff.hq.pk).version == 3
    assert act(season, Verb.ENDORSE, ids).done == 1


def test_四_2_2_an_extension_is_agreed_to_although_facts_have_changed_since_it_was_asked_for(
    season,
):
    """The second person is told once that the trial was made anew, looks at the new one, and agrees to that."""
    enrol(season, 10, fit=False)
    auditing.run(season.batch)
    hq, second = people.actor(season.staff.hq), people.actor(season.staff.second)
    row = extensions.ask(with_deadline(date(2023, 9, 10)), hq, "照片晚到")
    draft = PolicyDraft.objects.get()
    assert draft.tried["fit"] == [0, 0]
    Result.objects.all().delete()
    Result.objects.bulk_create(mark for one in Student.objects.all() for mark in results_of(one))
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)), "导入了成绩")
    auditing.run(season.batch)
    with pytest.raises(Refused, match=policy_drafts.AGREE_AGAIN):
        consent_answers.decide(second, row.pk, agree=True)
    draft.refresh_from_db()
    row.refresh_from_db()
    assert (draft.tried["fit"], draft.saved, row.decided_at) == ([10, 10], None, None)
    assert consent_answers.decide(second, row.pk, agree=True).agreed
    assert PolicyVersion.objects.get(number=2).second == season.staff.second


def test_四_2_2_who_does_not_agree_is_not_kept_waiting_by_a_trial(season):
    enrol(season, 10, fit=False)
    row = extensions.ask(
        with_deadline(date(2023, 9, 10)), people.actor(season.staff.hq), "照片晚到"
    )
    set_clock("2023-07-12 23:59")
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)), "导入了成绩")
    assert (
        consent_answers.decide(
            people.actor(season.staff.second), row.pk, agree=False, why="不宜再延"
        ).agreed
        is False
    )
