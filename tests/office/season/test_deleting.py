"""A batch loaded by mistake is deleted piece by piece; one in which something has happened is not."""

import pytest

from graduand.models import (
    Batch,
    Candidate,
    Certificate,
    DegreeCertificate,
    DegreeGrant,
    Document,
    Event,
    Forecast,
    Handover,
    Job,
    Judgement,
    LetStandEnd,
    ListEntry,
    ParcelItem,
    PolicyVersion,
    Refusal,
    Round,
    Statement,
)
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import consent_answers, consents, second_acts
from graduand.office.refusal import Refused
from graduand.office.season import batches, deleting, policy_drafts, rounds
from graduand.office.season.ending import closing, switching
from graduand.queries.season.batches import known, unfinished_batches
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Stage, Verb
from tests import jobs, people
from tests.acting import act, candidate_at, stages
from tests.factories import enrol, other_batch, policy_data
from tests.office.races.test_races import together

pytestmark = pytest.mark.django_db


def mistaken(season) -> Batch:
    """A second batch with judgements, a list and a refused application, in which nothing has happened."""
    later = other_batch(season)
    auditing.run(later)
    batches.refresh_list(later)
    refused = acts.do(
        later,
        list(later.candidates.values_list("id", flat=True))[:1],
        people.actor(season.staff.clerks[0]),
        ActRequest(Verb.DEFER),
    )
    assert (refused.done, refused.refused) == (0, 1)
    return later


def test_nothing_of_the_list_is_left_and_the_versions_of_the_policy_stay(season):
    ids = enrol(season, 5)
    later = mistaken(season)
    assert deleting.why_not(later) == ""
    deleting.delete(later, people.actor(season.staff.hq))
    assert (list(known()), unfinished_batches()) == ([season.batch], [season.batch])
    assert [deleting.advance(later.pk, 2) for _ in range(3)] == [
        (2, 5, False),
        (4, 5, False),
        (5, 5, True),
    ]
    later.refresh_from_db()
    assert (later.policy, later.deleted_by, later.versions.count()) == (None, season.staff.hq, 1)
    assert (Refusal.objects.count(), ListEntry.objects.filter(round__batch=later).count()) == (0, 0)
    assert Judgement.objects.filter(candidate__batch=later).count() == 0
    assert list(Candidate.objects.order_by("id").values_list("id", flat=True)) == ids


def test_what_the_trial_of_a_changed_policy_foresaw_goes_with_the_files(season):
    enrol(season, 3)
    later = mistaken(season)
    changed = later.policy.source | {"extra_gates": ["INFO-CONFIRM"]}
    policy_drafts.draft(changed, people.actor(season.staff.hq), "k")
    assert Forecast.objects.filter(candidate__batch=later).count() == 3
    deleting.delete(later, people.actor(season.staff.hq))
    deleting.complete(later)
    assert not Candidate.objects.filter(batch=later).exists()


def test_no_table_that_hangs_on_a_file_is_forgotten():
    """What nothing has happened to is emptied; all else is refused, since something has."""
    happened = {Certificate, DegreeCertificate, DegreeGrant, Document, Event, Handover, LetStandEnd}
    happened |= {ParcelItem, Statement}
    hanging = {one.related_model for one in Candidate._meta.related_objects}
    assert hanging == {*deleting._NOTED, *happened}


def test_the_same_code_is_loaded_again_as_the_next_version_and_its_rounds_begin_anew(season):
    enrol(season, 2)
    later = mistaken(season)
    rounds.switch(later, "首批", people.actor(season.staff.hq), opening=False)
    deleting.delete(later, people.actor(season.staff.hq))
    with pytest.raises(Refused, match="批次 202401 正在删除，请稍后再载入"):
        other_batch(season)
    assert jobs.work_once("worker")
    loaded = batches.load(
        {**PolicyVersion.objects.get(batch=later).source, "self_appraisal_min_chars": 300}, None
    )
    assert (loaded.batch.pk, loaded.version, loaded.listed) == (later.pk, 2, 2)
    assert list(Round.objects.filter(batch=later).values_list("closed_at", "list_frozen_on")) == [
        (None, None)
    ]
    later.refresh_from_db()
    assert (later.deleted_at, later.deleted_by, later.policy.number) == (None, None, 2)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.LISTED], ids=str)
def test_a_batch_in_which_something_has_happened_is_not_deleted(season, stage):
    file = candidate_at(season, stage)
    verb = Verb(file.events.earliest("id").verb).label
    told = f"批次 202307 已有办理记录（2021000000001 已于 2023-07-12「{verb}」），不能删除；不再办理的，请关闭批次"
    with pytest.raises(Refused) as refused:
        deleting.delete(season.batch, people.actor(season.staff.hq))
    assert (str(refused.value), stages([file.pk])) == (told, [stage])
    assert (Batch.objects.get().deleted_at, Job.objects.filter(kind="deleting").count()) == (
        None,
        0,
    )


def test_only_headquarters_deletes_and_nobody_under_work_in_progress(season):
    ids = enrol(season)
    with pytest.raises(Refused):
        deleting.delete(season.batch, people.actor(season.staff.college))
    acts.confirm(season.batch, ids, people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY))
    with pytest.raises(Refused, match="有正在进行的批量办理"):
        deleting.delete(season.batch, people.actor(season.staff.hq))


def test_a_killed_deletion_goes_on_with_the_next_command(season):
    enrol(season, 5)
    later = mistaken(season)
    deleting.delete(later, people.actor(season.staff.hq))
    deleting.advance(later.pk, 2)
    deleting.resume()
    assert (later.candidates.count(), season.batch.candidates.count()) == (0, 5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_file_is_filed_or_the_batch_is_deleted_and_never_both(open_season, attempt):
    ids = enrol(open_season, 20)
    boss = people.actor(open_season.staff.hq)
    together(
        lambda: deleting.delete(open_season.batch, boss), lambda: act(open_season, Verb.APPLY, ids)
    )
    deleted = Batch.objects.get().deleted_at is not None
    assert stages(ids) == [Stage.LISTED if deleted else Stage.APPLIED] * 20


def test_the_photo_deadline_of_a_deleted_batch_binds_nobody(season):
    """What was never in force for anybody takes no second person to be given more time."""
    deleting.delete(season.batch, people.actor(season.staff.hq))
    data = policy_data()
    data["rounds"] = [
        {name: said for name, said in turn.items() if name != "photo_deadline"}
        for turn in data["rounds"]
    ]
    assert batches.load(data, None).version == 2


def test_what_was_asked_about_a_batch_before_it_was_deleted_is_not_done_to_the_one_loaded_anew(
    season,
):
    """Under the same code, even from the same file, it is another batch: nobody agreed to anything about it."""
    first, second = people.actor(season.staff.hq), people.actor(season.staff.second)
    asked = switching.ask(first, season.batch, BatchSwitch.CLOSE, "期满")
    source = season.batch.policy.source
    deleting.delete(season.batch, first)
    with pytest.raises(Refused, match="批次 202307 在提出之后已删除，不能办理"):
        consent_answers.decide(second, asked.pk, agree=True)
    assert batches.load(source, None).version == 2
    with pytest.raises(Refused, match="批次 202307 的规定在提出之后改过，或批次删除后重新载入过"):
        consent_answers.decide(second, asked.pk, agree=True)
    asked.refresh_from_db()
    assert (asked.decided_at, Job.objects.filter(kind="closing").count()) == (None, 0)
    again = switching.ask(first, Batch.objects.get(), BatchSwitch.CLOSE, "期满")
    assert (again.pk == asked.pk, consent_answers.decide(second, again.pk, agree=True).agreed) == (
        False,
        True,
    )


def test_what_was_asked_about_a_file_of_a_deleted_batch_is_a_sentence(season):
    first, second = people.actor(season.staff.hq), people.actor(season.staff.second)
    [pk] = enrol(season)
    file = Candidate.objects.get(pk=pk)
    asked = consents.ask(
        first, ConsentKind.ACT, second_acts.act_detail(Verb.CASE_CLEAR, file, {}), "已查明"
    )
    source = season.batch.policy.source
    deleting.delete(season.batch, first)
    with pytest.raises(Refused, match="批次 202307 在提出之后已删除，不能办理"):
        consent_answers.decide(second, asked.pk, agree=True)
    deleting.complete(season.batch)
    batches.load(source, None)
    with pytest.raises(Refused, match="批次 202307 在提出之后删除过，请按现在的情况重新提出"):
        consent_answers.decide(second, asked.pk, agree=True)


def test_a_closing_that_waits_is_not_one_of_the_batch_that_is_loaded_next(season):
    """Two people agreed to close the mistaken one; under the same code stands another one when the worker gets to it."""
    enrol(season, 2, fit=False)
    later = mistaken(season)
    closing.order(later, people.actor(season.staff.hq))
    deleting.delete(later, people.actor(season.staff.hq))
    deleting.complete(later)
    batches.load(
        {**PolicyVersion.objects.get(batch=later).source, "self_appraisal_min_chars": 300}, None
    )
    while jobs.work_once("worker"):
        pass
    later.refresh_from_db()
    files = later.candidates.values_list("stage", flat=True)
    assert (later.closed_at, list(files)) == (None, ["listed", "listed"])
    assert Job.objects.get(kind="closing").state == "cancelled"
    closing.order(
        later, people.actor(season.staff.hq)
    )  # the new one is closed when it is asked for anew
    assert jobs.work_once("worker")
    later.refresh_from_db()
    assert later.closed_at is not None
