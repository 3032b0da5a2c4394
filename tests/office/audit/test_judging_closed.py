"""In a closed batch the work goes on with whoever was approved, and so their verdicts follow the facts; no others do."""

from datetime import timedelta

import pytest

from graduand.models import Candidate, Certificate, ChsiReport, Result, Stale, Student
from graduand.office.audit import auditing
from graduand.queries import clock, judging
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.queries.filing.candidate_criteria import DOUBT_CODES
from graduand.queries.review.finding_codes import has_code
from graduand.rulebook.terms import CaseState, ChsiVerdict, Stage, Verb
from tests import acting, factories, people
from tests.acting import act, walk
from tests.office.audit import judging_causes as causes
from tests.office.audit.judging import due, judged, ordered, stored, worker_turn

pytestmark = pytest.mark.django_db
FACTS = (
    causes.results,
    causes.registry,
    causes.a_plan,
    causes.a_module,
    causes.a_course,
    causes.a_photo_refused,
    causes.a_day,
)
__all__ = ["judged"]  # a fixture


def judged_now(pk):
    """(fit, clear, findings) of one file by the facts of now."""
    batch = Candidate.objects.get(pk=pk).batch
    basis = basis_of(batch)
    ((_, fit, clear, _, unmet, *_),) = auditing.verdict_rows(
        gather([pk], basis.policy, basis.today), basis
    )
    return fit, clear, unmet


def closed_with_one_approved(season, ids):
    """The first one is approved, the others lapse with an explanation; the second batch goes on beside it."""
    walk(season, ids[:1], Stage.APPROVED)
    Candidate.objects.filter(batch=season.batch, stage="listed").update(explanation="本人暂不申请")
    acting.shut(season.batch, people.actor(season.staff.hq))
    worker_turn()


@pytest.mark.parametrize("cause", FACTS)
def test_in_a_closed_batch_who_can_be_numbered_is_judged_and_who_lapsed_is_not(
    judged, tmp_path, cause
):
    season, ids = judged
    closed_with_one_approved(season, ids)
    before = stored()
    cause(season, ids, tmp_path)
    worker_turn()
    after = stored()
    assert {pk: after[pk] for pk in ids} == {ids[0]: judged_now(ids[0])} | {
        pk: before[pk] for pk in ids[1:]
    }
    assert (due(), auditing.due(season.batch, basis_of(season.batch)), ordered()) == (
        set(),
        [],
        set(),
    )


def test_in_a_closed_batch_a_doubt_and_its_filing_reach_whoever_waits_for_the_certificate(season):
    """The to-do of the hand-over asks the stored verdict for a doubt: it comes, and after the filing it goes."""
    file = acting.candidate_at(season, Stage.RECEIVED)
    acting.shut(season.batch, people.actor(season.staff.hq))
    in_doubt = Candidate.objects.filter(has_code(DOUBT_CODES)).values_list("id", flat=True)
    acting.doubt(file)
    auditing.mark_stale([file.student_id])
    worker_turn()
    assert list(in_doubt.all()) == [file.pk]
    acting.case_to(season, [file.pk], CaseState.CLEARED)
    assert list(in_doubt.all()) == []


@pytest.mark.parametrize("verb", [Verb.VOID, Verb.UNCOLLECT])
def test_in_a_closed_batch_who_comes_back_to_be_worked_on_is_judged_by_the_step(season, verb):
    """Of whoever has the certificate the worker judges what changed; as soon as it is taken back, the step itself does."""
    file = acting.candidate_at(season, Stage.COLLECTED)
    walk(season, factories.enrol(season), Stage.APPROVED)
    auditing.run(season.batch)
    acting.shut(season.batch, people.actor(season.staff.hq))
    worker_turn()
    Result.objects.filter(student=file.student_id, course="A1").delete()
    auditing.mark_stale([file.student_id])
    before = stored()[file.pk]
    assert (ordered(), before != judged_now(file.pk)) == ({season.batch.pk}, True)
    if verb is Verb.VOID:
        Certificate.objects.filter(candidate=file).update(queryable=False, registered_on=None)
        Student.objects.filter(pk=file.student_id).update(name="李错字")
    assert act(season, verb, [file.pk], second=season.staff.second).done == 1
    assert stored()[file.pk] == judged_now(file.pk) != before
    assert not Stale.objects.filter(candidate=file).exists()


def test_in_a_closed_batch_a_day_to_come_is_waited_for_of_who_has_the_certificate(season):
    """The registry's word of a later day says nothing yet, and nobody says anything on that day."""
    file = acting.candidate_at(season, Stage.COLLECTED)
    auditing.run(season.batch)
    acting.shut(season.batch, people.actor(season.staff.hq))
    then = clock.today() + timedelta(days=28)
    ChsiReport.objects.create(
        student=file.student,
        day=then,
        verdict=ChsiVerdict.UNSURE.value,
        admission_photo=True,
        credential_photo=True,
    )
    auditing.mark_stale([file.student_id])
    worker_turn()
    before = stored()[file.pk]
    assert (before, judging.followed_batches().count()) == (judged_now(file.pk), 1)
    factories.set_clock(f"{then} 09:00")
    worker_turn()
    assert stored()[file.pk] == judged_now(file.pk) != before
