"""A degree that was granted and whose own conditions fail since: in a list of its own until it is in order or declined."""

import pytest

from graduand.models import Candidate, Judgement
from graduand.office.audit import auditing, granted_degrees, rejudging
from graduand.office.records.importing import import_sheet
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.scope import visible
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests import acting, factories, people
from tests.acting import act, refusals
from tests.factories import make_season
from tests.office.audit.judging import worker_turn
from tests.office.certificates.test_held_up import granted, waiting
from tests.office.degrees import WITH_WINDOW, graduate, thesis
from tests.office.records.files import table

pytestmark = pytest.mark.django_db
STAGES = [Stage.APPROVED, Stage.CERTIFIED, Stage.RECEIVED, Stage.COLLECTED]


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW)


def granted_at(season, stage):
    file = graduate(season, stage)
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
    return file


def failing(season, actor=None):
    """(who is named as failing, who is not) among the granted."""
    everybody = visible(people.actor(actor or season.staff.hq), Candidate.objects.all())
    found = (
        everybody.filter(asked_for(degree="granted", degree_lost=word).where())
        for word in ("1", "0")
    )
    return [set(rows.values_list("id", flat=True)) for rows in found]


def bring(folder, file, mark):
    """The college brings the thesis' mark once more."""
    row = {
        "学号": file.student.number,
        "论文成绩": mark,
        "学位外语类别": "国家开放大学学位英语",
        "学位外语成绩": "70",
    }
    tally = import_sheet(SheetKind.DEGREES, table(folder / "degrees.csv", [row]), by=None)
    assert not tally.problems, tally.problems
    worker_turn()


@pytest.mark.parametrize("stage", STAGES)
def test_whose_thesis_fails_after_the_grant_stands_in_a_list_until_it_is_in_order(
    season, tmp_path, stage
):
    lost, fine = (granted_at(season, stage) for _ in range(2))
    auditing.run(season.batch)
    assert failing(season) == [set(), {lost.pk, fine.pk}]
    bring(tmp_path, lost, "40")
    assert failing(season) == [{lost.pk}, {fine.pk}]
    assert [failing(season, clerk)[0] for clerk in season.staff.clerks] == [{lost.pk}, set()]
    bring(tmp_path, lost, "90")
    assert failing(season) == [set(), {lost.pk, fine.pk}]


def test_what_the_step_would_refuse_is_no_work(season, tmp_path):
    lost, fine = (granted(season, Stage.CERTIFIED) for _ in range(2))
    assert waiting(season, "number") == {lost.pk, fine.pk}
    bring(tmp_path, lost, "40")
    assert waiting(season, "number") == {fine.pk}
    done = act(season, Verb.DEGREE_CERTIFY, [lost.pk, fine.pk])
    assert (done.done, refusals(done)) == (1, {lost.pk: ["DEGREE-THESIS"]})


def test_it_ends_with_the_decision_and_a_new_one_begins_in_order(season, tmp_path):
    file = granted_at(season, Stage.RECEIVED)
    bring(tmp_path, file, "40")
    assert failing(season)[0] == {file.pk}
    both = {"second": season.staff.second, "reason": "materials"}
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    assert failing(season)[0] == set()
    thesis(file, "90")
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third, **both).done == 1
    assert failing(season) == [set(), {file.pk}]


def test_in_a_closed_batch_it_is_found_and_freed_where_the_student_has_the_certificate(
    season, tmp_path
):
    file = granted_at(season, Stage.COLLECTED)
    auditing.run(season.batch)
    Judgement.objects.update(degree_lost=True)
    acting.shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()
    assert failing(season)[0] == {file.pk}
    bring(tmp_path, file, "90")
    assert failing(season)[0] == set()


def test_a_look_that_was_cut_off_is_made_later_and_one_that_was_overtaken_is_not_written(season):
    file = granted_at(season, Stage.RECEIVED)
    basis = basis_of(season.batch)
    auditing.refresh([file.pk], basis)  # and then the process ended
    thesis(file, "40")
    assert (failing(season)[0], rejudging.look()) == (set(), 1)
    overtaken = list(granted_degrees.rows_due().values_list("degree_owed", flat=True))
    auditing.refresh([file.pk], basis)
    granted_degrees._look({file.pk: file.student_id}, overtaken[0], basis)
    assert (failing(season)[0], granted_degrees.rows_due().count()) == (set(), 1)
    worker_turn()
    assert (failing(season)[0], granted_degrees.rows_due().count()) == ({file.pk}, 0)


def test_many_are_looked_at_piece_by_piece(season):
    """So many at a time as nobody notices; of how many pieces says who asks, and what is left is told."""
    files = [granted_at(season, Stage.APPROVED) for _ in range(3)]
    auditing.run(season.batch)
    basis = basis_of(season.batch)
    for file in files:
        thesis(file, "40")
    auditing.refresh([file.pk for file in files], basis)
    rows = granted_degrees.rows_due().filter(candidate__batch=season.batch)
    assert (
        granted_degrees.check_due(rows, basis, 0),
        granted_degrees.check_due(rows, basis, 1),
    ) == (
        True,
        False,
    )
    assert failing(season)[0] == {file.pk for file in files}


# -- what is asked for a degree later on


def asking(season, least):
    """From now on the policy asks so much of the average."""
    season.batch = batches.load(
        factories.policy_data(degree=WITH_WINDOW | {"min_average": least}), None
    ).batch
    auditing.run(season.batch)


@pytest.mark.parametrize("stage", STAGES)
def test_a_degree_stands_by_the_policy_of_its_grant(season, tmp_path, stage):
    """A harder policy takes no degree away, and its number is given; what the person loses counts as ever."""
    old, late = granted_at(season, stage), graduate(season, stage)
    asking(season, 99)
    assert refusals(act(season, Verb.DEGREE_APPLY, [late.pk])) == {late.pk: ["DEGREE-AVERAGE"]}
    assert failing(season) == [set(), {old.pk}]
    if stage is not Stage.APPROVED:
        assert act(season, Verb.DEGREE_CERTIFY, [old.pk]).done == 1
    bring(tmp_path, old, "40")
    assert failing(season)[0] == {old.pk}
    bring(tmp_path, old, "90")
    asking(season, 98)
    assert failing(season)[0] == set()


def test_a_policy_that_asks_less_is_that_of_whoever_is_granted_a_degree_under_it(season):
    """Also where the certificate was numbered before: of the degree the day of its grant decides."""
    asking(season, 99)
    file = graduate(season, Stage.CERTIFIED)
    assert refusals(act(season, Verb.DEGREE_APPLY, [file.pk])) == {file.pk: ["DEGREE-AVERAGE"]}
    asking(season, 75)
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
    asking(season, 99)
    assert (failing(season), act(season, Verb.DEGREE_CERTIFY, [file.pk]).done) == (
        [set(), {file.pk}],
        1,
    )


def test_a_new_decision_is_by_the_policy_of_its_day(season):
    file = granted_at(season, Stage.RECEIVED)
    both = {"second": season.staff.second, "reason": "materials"}
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    asking(season, 99)
    again = act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third, **both)
    assert refusals(again) == {file.pk: ["DEGREE-AVERAGE"]}
