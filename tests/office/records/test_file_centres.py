"""Whoever changes centre takes along what is on no frozen roster yet, of closed batches too: no two centres work on one."""

from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.db import connection

from graduand import migrations
from graduand.models import Batch, Candidate, Student
from graduand.office.installation.checkup import check
from graduand.office.records import file_centres
from graduand.office.refusal import Refused
from graduand.office.season import batches, listing
from graduand.rulebook.terms import SheetKind, Stage, Verb
from tests import invariants, people
from tests.acting import act, opened_again, refusals, shut, walk
from tests.factories import FIRST, IN_SECOND, SECOND, enrol, set_clock
from tests.office.records.files import batch, bring, student, world

pytestmark = pytest.mark.django_db


def centres(ids):
    known = dict(Candidate.objects.filter(id__in=ids).values_list("id", "centre__code"))
    return [known[pk] for pk in ids]


def closed(season):
    """(frozen, approved and on no roster, lapsed by the closing) of a closed batch, all of the first centre."""
    frozen = walk(season, enrol(season), Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    waiting, lapsed = walk(season, enrol(season), Stage.APPROVED), enrol(season)
    Candidate.objects.filter(pk__in=lapsed).update(explanation="学生出国")
    shut(season.batch, people.actor(season.staff.hq))
    return [*frozen, *waiting, *lapsed]


def test_an_import_moves_the_files_of_a_closed_batch(tmp_path):
    batch()
    world(tmp_path)
    Batch.objects.update(closed_at="2023-10-12T00:00:00+08:00")
    assert bring(tmp_path, SheetKind.STUDENTS, student(1, 学习中心代码="C02")).updated == 1
    assert list(Candidate.objects.values_list("centre__code", "batch__code")) == [("C02", "202307")]


def test_of_a_closed_batch_only_the_frozen_file_stays_with_the_old_centre(season):
    ids = closed(season)
    Student.objects.update(centre=season.centres[1])
    assert file_centres.misplaced() == 2
    assert file_centres.follow(Student.objects.values_list("pk", flat=True)) == 2
    assert (centres(ids), file_centres.misplaced()) == (["C1", "C2", "C2"], 0)
    [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert Candidate.objects.get(roster=roster).centre == season.centres[1]


def test_opening_again_puts_every_file_where_its_student_is(season):
    """As an earlier program left them."""
    ids = closed(season)
    Student.objects.update(centre=season.centres[1])
    assert [line for line in invariants.everywhere() if line.startswith("centre")] == [
        f"centre file {pk}: at C1, the student at C2" for pk in ids[1:]
    ]
    opened_again(season)
    assert centres(ids) == ["C1", "C2", "C2"]
    assert [line for line in invariants.everywhere() if line.startswith("centre")] == []


def test_the_doctor_names_files_at_a_centre_that_the_student_has_left_and_the_list_mends_them(
    season,
):
    closed(season)
    Student.objects.update(centre=season.centres[1])
    assert "2 件档案还在学生原来的学习中心" in [line.state for line in check() if line.wrong]
    assert (listing.settle_all(size=1), listing.settle_all()) == (2, 0)
    assert "2 件档案还在学生原来的学习中心" not in [line.state for line in check()]


def test_a_filed_student_who_changes_centre_breaks_nothing_that_must_hold(season):
    """The lot stays with the centre that filed; the new one and its college go on."""
    [pk] = walk(season, enrol(season), Stage.APPLIED)
    Student.objects.update(centre=season.centres[1])
    file_centres.follow(Student.objects.values_list("pk", flat=True))
    assert act(season, Verb.ENDORSE, [pk], season.staff.college).done == 1
    assert (centres([pk]), invariants.everywhere()) == (["C2"], [])


def sent_back(season):
    """Two on the frozen roster of 首批, both of students who are at the second centre now; the first one is sent back."""
    ids, staff = walk(season, enrol(season, 2), Stage.APPROVED), season.staff
    batches.freeze_roster(season.batch, staff.hq.pk)
    Student.objects.update(centre=season.centres[1])
    file_centres.follow(Student.objects.values_list("pk", flat=True))
    assert centres(ids) == ["C1", "C1"]
    assert act(season, Verb.SEND_BACK, ids[:1], staff.hq, second=staff.second).done == 1
    return ids


def test_decision_7_a_file_sent_back_from_a_frozen_roster_leaves_it_and_is_taken_over(season):
    """五.3: the new centre files it in the next round, on whose roster it then stands; its old place stays empty."""
    back, kept = sent_back(season)
    assert (centres([back, kept]), invariants.everywhere()) == (["C2", "C1"], [])
    set_clock(IN_SECOND)
    with pytest.raises(Refused, match="不属于您"):
        act(season, Verb.APPLY, [back], season.staff.clerks[0])
    for verb in (Verb.APPLY, Verb.ENDORSE, Verb.APPROVE):
        assert act(season, verb, [back]).done == 1
    assert refusals(act(season, Verb.CERTIFY, [back])) == {back: ["ROSTER"]}
    [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert (roster.number, roster.round.name, roster.size) == (2, SECOND, 1)
    assert act(season, Verb.CERTIFY, [back, kept]).done == 2
    places = Candidate.objects.order_by("id").values_list(
        "round__name", "roster__round__name", "roster_no"
    )
    assert list(places) == [(SECOND, SECOND, 1), (FIRST, FIRST, 2)]
    assert invariants.everywhere() == []


def test_decision_7_what_an_earlier_program_left_on_the_roster_is_taken_off(season, engine):
    """The migration; who goes on to the certificate keeps the place and stays with the frozen centre."""
    back, kept = sent_back(season)
    with connection.cursor() as cursor:
        if engine == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE graduand_candidate DROP CONSTRAINT candidate_on_a_roster_is_approved"
            )
    roster = Candidate.objects.get(pk=kept).roster
    Candidate.objects.filter(pk=back).update(roster=roster, roster_no=1, centre=season.centres[0])
    [name] = [
        one.name
        for one in iter_modules(migrations.__path__)
        if one.name.endswith("_off_the_roster")
    ]
    import_module(f"graduand.migrations.{name}").leave(apps, None)
    found = Candidate.objects.order_by("id").values_list(
        "centre__code", "roster__number", "roster_no"
    )
    assert list(found) == [("C2", None, None), ("C1", 1, 2)]
    with connection.cursor() as cursor:
        if engine == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
