"""No batch is finished while a certificate or a degree fails and waits for headquarters; one that was is taken up again."""

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Batch, Candidate, DegreeMaterial, Job, Judgement, PhotoRow
from graduand.office.audit import auditing, granted_degrees, rejudging
from graduand.office.photos.by_hand import reviews
from graduand.office.refusal import Refused
from graduand.office.season.ending import finishing
from graduand.queries import judging
from graduand.queries.basis import basis_of
from graduand.queries.season.batches import left_to_do, unfinished_batches
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Stage, Verb
from tests import acting, factories, people
from tests.acting import act
from tests.factories import make_season
from tests.machine import migration_modules
from tests.office.audit.judging import worker_turn
from tests.office.certificates.after_the_number import at, correct, let_stand
from tests.office.certificates.test_let_stand_exactly import registrys_word
from tests.office.degrees import WITH_WINDOW, graduate

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW)


def finished(season):
    return Batch.objects.get(pk=season.batch.pk).finished_at is not None


def close(season):
    acting.shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()


def left(season):
    return [(one.key, one.count) for one in left_to_do(season.batch)]


def test_who_loses_with_the_certificate_in_hand_keeps_the_batch_open_until_it_is_decided(
    season, tmp_path
):
    ids = at(season, Stage.COLLECTED, 2)
    correct(season, tmp_path, ids[0], void=True)
    close(season)
    assert (finished(season), finishing.settle(), left(season)) == (False, 0, [("given", 1)])
    with pytest.raises(
        Refused, match="学生已领证、不再符合毕业条件，待总部核实 1 人，请先由总部决定"
    ):
        finishing.declare(season.batch)
    assert let_stand(season, ids[:1]).done == 1
    assert (finished(season), left(season)) == (True, [])


def test_who_loses_after_the_end_makes_the_batch_known_again_and_once_it_is_corrected_it_is_over(
    season, tmp_path
):
    ids = at(season, Stage.COLLECTED, 2)
    close(season)
    assert finished(season)
    correct(season, tmp_path, ids[0], void=True)
    assert (finished(season), left(season), unfinished_batches()) == (
        False,
        [("given", 1)],
        [season.batch],
    )
    correct(season, tmp_path, ids[0], void=False)
    assert (finishing.settle(), finished(season)) == (1, True)


def test_of_a_batch_declared_finished_who_waits_for_the_certificate_is_known_too(season, tmp_path):
    [pk] = at(season, Stage.RECEIVED)
    close(season)
    Candidate.objects.update(explanation="长期联系不上")
    finishing.declare(season.batch)
    registrys_word(season, tmp_path, pk, "2023-07-10", 姓名="王小芳")
    assert (finished(season), left(season)) == (False, [("received", 1), ("1", 1)])
    with pytest.raises(Refused, match="证书在途、不再符合毕业条件，待总部核实 1 人"):
        finishing.declare(season.batch)
    assert let_stand(season, [pk]).done == 1
    finishing.declare(season.batch)
    assert finished(season)


def granted_and_closed(season):
    file = graduate(season, Stage.COLLECTED)
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
    auditing.run(season.batch)
    close(season)
    return file


def failing(season, file, mark="40"):
    DegreeMaterial.objects.filter(student=file.student_id).update(thesis_mark=mark)
    auditing.mark_stale([file.student_id])
    auditing.judge_due([file.pk])


def test_a_granted_degree_that_fails_is_the_same(season):
    file = granted_and_closed(season)
    assert finished(season)
    failing(season, file)
    assert (finished(season), left(season), finishing.settle()) == (False, [("degree_lost", 1)], 0)
    both = {"second": season.staff.second, "reason": "materials"}
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    assert (finished(season), left(season)) == (True, [])


def test_homes_from_before_know_whom_they_had_forgotten(season, tmp_path):
    """Who is held up is known at once; a degree after it was looked at once more, by whoever is at work."""
    ids, file = at(season, Stage.COLLECTED), granted_and_closed(season)
    failing(season, file)
    correct(season, tmp_path, ids[0], void=True)
    for known, degree in ((True, True), (False, True), (False, False)):
        if not known:
            Judgement.objects.filter(candidate__in=ids).update(grounds="")
        if not degree:
            DegreeMaterial.objects.update(thesis_mark="90")
        Batch.objects.update(finished_at=factories.clock.now(), resumed_at=None)
        migration_modules.migration("finished_but_for_decisions").take_up(apps, None)
        assert finished(season) is not known
        assert rejudging.look() == 1
        worker_turn()
        assert finished(season) is not degree


def test_a_batch_that_was_finished_beside_the_judging_is_taken_up_when_the_next_is_looked_for(
    season, tmp_path
):
    """Neither of the two saw what the other had not committed yet; whoever looks for what is finished sees both."""
    ids = at(season, Stage.COLLECTED)
    close(season)
    correct(season, tmp_path, ids[0], void=True)
    Batch.objects.update(finished_at=factories.clock.now(), resumed_at=None)
    assert (finishing.settle(), finished(season), left(season)) == (0, False, [("given", 1)])


# -- who is followed in a batch where everybody has the certificate


def test_who_is_held_up_in_a_batch_where_everybody_has_the_certificate_is_followed(
    season, tmp_path
):
    ids = at(season, Stage.COLLECTED, 2)
    close(season)
    correct(season, tmp_path, ids[0], void=True)
    Candidate.objects.get(pk=ids[0]).student.results.filter(course="E1").update(pass_key="")
    before = rejudging.ordered()
    auditing.mark_stale([Candidate.objects.get(pk=ids[0]).student_id])
    assert (rejudging.catch_up(before), auditing.due(season.batch, basis_of(season.batch))) == (
        1,
        [],
    )
    Judgement.objects.filter(candidate=ids[0]).update(policy_digest="another")
    assert rejudging.look() == 1


def test_whose_facts_have_just_changed_there_is_found_though_nobody_was_told(season):
    """Nothing is against the certificate yet, and the order to judge is gone: the look finds who is due."""
    [pk] = at(season, Stage.COLLECTED)
    close(season)
    assert (finished(season), rejudging.look()) == (True, 0)
    student = Candidate.objects.get(pk=pk).student
    student.results.filter(course="E1").update(pass_key="")
    auditing.mark_stale([student.pk])
    Job.objects.filter(kind=WorkKind.AUDIT.value).update(state=JobState.DONE.value)
    assert (list(judging.followed_batches()), rejudging.look()) == ([season.batch], 1)
    worker_turn()
    assert (finished(season), left(season)) == (False, [("given", 1)])


def test_a_degree_whose_look_was_cut_off_there_is_found(season):
    file = granted_and_closed(season)
    DegreeMaterial.objects.update(thesis_mark="40")
    auditing.refresh([file.pk], basis_of(season.batch))  # and then the process ended
    assert (granted_degrees.rows_due().count(), rejudging.look()) == (1, 1)
    worker_turn()
    assert (granted_degrees.rows_due().count(), left(season)) == (0, [("degree_lost", 1)])


def test_what_is_asked_grows_with_nothing(season):
    asked = []
    for count in (1, 3):
        at(season, Stage.COLLECTED, count)
        with CaptureQueriesContext(connection) as queries:
            finishing.take_up_undecided()
        asked.append(len(queries))
    assert asked == [1, 1]


def test_a_picture_of_somebody_else_is_known_of_whoever_has_the_certificate_too(season):
    """By whatever door a fact changes: the file of a closed batch is judged, and the batch is finished no more."""
    [pk] = at(season, Stage.COLLECTED)
    close(season)
    finishing.settle()
    assert finished(season)
    PhotoRow.objects.filter(student__candidates=pk).update(review="pending")
    photo = PhotoRow.objects.get(student__candidates=pk, kind="graduation", current=True)
    found = reviews.PictureDecision(False, PhotoReason.REGISTRY, "学信网照片是另一个人", key="k1")
    reviews.decide(photo.pk, people.actor(season.staff.college), found)
    worker_turn()
    finishing.settle()
    assert (finished(season), left(season)) == (False, [("given", 1)])
