"""gather() and the previews: rows to plain data in a constant number of queries; who sees whom."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Candidate, Grant, Parcel, PhotoRow
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.refusal import Refused
from graduand.queries import scope
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.queries.verdicts import preview
from graduand.rulebook.facts import Chsi, File, Paper, Photo
from graduand.rulebook.terms import ChsiVerdict, Desk, Level, Role, Stage, Standing, UnitKind, Verb
from tests import factories, people
from tests.acting import act, candidate_at, stages
from tests.factories import chsi_of, enrol, set_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return factories.make_season()


def known(season, pk, **more):
    basis = basis_of(season.batch)
    return gather([pk], basis.policy, basis.today, **more)[pk]


def test_everything_about_one_file(season):
    file = candidate_at(season, Stage.RECEIVED)
    facts = known(season, file.pk, papers=True)
    staff = season.staff
    assert facts.file == File(
        Stage.RECEIVED,
        "首批",
        last_at=file.moved_at,
        applied_by=staff.clerks[0].pk,
        endorsed_by=staff.college.pk,
        on_roster=True,
        approved_photo=f"{file.student_id:064x}",
        degree=facts.file.degree,
        version=file.last_act_id,
    )
    assert (facts.student_no, facts.standing, facts.level, facts.plan) == (
        file.student.number,
        Standing.ENROLLED,
        Level.JUNIOR,
        "K-JUNIOR",
    )
    assert sorted(facts.passes.split(",")) == ["pA1", "pE1", "rP1"]
    assert facts.chsi == Chsi(date(2023, 7, 1), True, True, ChsiVerdict.NORMAL, cleared=False)
    assert facts.photo == Photo(
        f"{file.student_id:064x}", date(2023, 6, 1), same=True, size=30_000, width=480, height=640
    )
    assert facts.paper == Paper("C1", "511618202306000001", documents_recorded=False, receiver="C1")


def test_a_registry_file_that_does_not_speak_of_photos_leaves_what_was_known(season):
    [pk] = enrol(season, 1)
    student = Candidate.objects.get(pk=pk).student
    chsi_of(student, date(2023, 7, 10), admission_photo=None, credential_photo=False).save()
    assert known(season, pk).chsi == Chsi(
        date(2023, 7, 10), True, False, ChsiVerdict.NORMAL, cleared=False
    )


def test_the_order_of_the_question_is_the_order_of_the_answer(season):
    ids = enrol(season, 5)[::-1]
    basis = basis_of(season.batch)
    assert list(gather([*ids, 999_999], basis.policy, basis.today)) == ids
    assert gather([], basis.policy, basis.today) == {}


@pytest.mark.parametrize(
    ("more", "queries"),
    [
        ({}, 6),
        ({"papers": True}, 11),
        ({"papers": True, "degree": True}, 15),
    ],
)
@pytest.mark.parametrize("count", [1, 3, 200])
def test_the_number_of_queries_is_constant(season, count, more, queries):
    ids = enrol(season, count)
    basis = basis_of(season.batch)
    with CaptureQueriesContext(connection) as asked:
        gather(ids, basis.policy, basis.today, **more)
    assert len(asked) == queries


@pytest.mark.parametrize("spoiled", [0, 2])
def test_a_preview_counts_what_the_act_then_does(season, spoiled):
    ids = enrol(season, 5)
    PhotoRow.objects.filter(student__candidates__in=ids[:spoiled]).update(current=False)
    request = ActRequest(Verb.APPLY)
    seen = preview(
        Verb.APPLY, season.batch, ids, acts.asked_by(people.actor(season.staff.hq), request)
    )
    assert stages(ids) == [Stage.LISTED] * 5
    done = act(season, Verb.APPLY, ids, season.staff.hq)
    assert (seen.total, seen.passes, seen.refused, seen.unchanged, seen.warned, seen.by_code) == (
        done.total,
        done.done,
        done.refused,
        done.unchanged,
        done.warned,
        done.by_code,
    )
    again = preview(
        Verb.APPLY, season.batch, ids, acts.asked_by(people.actor(season.staff.hq), request)
    )
    assert (again.unchanged, again.refused) == (5 - spoiled, spoiled)


# -- who sees whom -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("hq", 5),
        ("college", 5),
        ("dispatch", 5),
        ("clerk0", 3),
        ("clerk1", 2),
    ],
)
def test_A01_each_desk_sees_its_own(season, who, sees):
    enrol(season, 3)
    enrol(season, 2, centre=1)
    user = (
        season.staff.clerks[int(who[-1])] if who.startswith("clerk") else getattr(season.staff, who)
    )
    actor = people.actor(user)
    assert scope.visible(actor, Candidate.objects.all()).count() == sees


def test_another_college_sees_nothing_of_this_one(season):
    enrol(season, 2)
    other = season.college.__class__.objects.create(
        code="X2", name="另一学院", kind=UnitKind.COLLEGE, parent=season.hq
    )
    actor = people.actor(people.account("college9", Role.COLLEGE_REVIEWER, other))
    assert (actor.desk, scope.visible(actor, Candidate.objects.all()).count()) == (Desk.COLLEGE, 0)


def test_a_student_sees_himself_and_acts_for_nobody(season):
    mine, _ = enrol(season, 2)
    student = Candidate.objects.get(pk=mine).student
    actor = people.actor(people.account("s1", Role.STUDENT, season.centres[0], student=student))
    assert list(scope.visible(actor, Candidate.objects.values_list("id", flat=True))) == [mine]
    with pytest.raises(Refused):
        acts.do(season.batch, [mine], actor, ActRequest(Verb.APPLY))


def test_an_auditor_and_a_stranger_see_no_files(season):
    enrol(season, 1)
    auditor = people.actor(people.account("a1", Role.AUDITOR, season.hq))
    assert scope.visible(auditor, Candidate.objects.all()).count() == 0
    nobody = people.account("n1", Role.CENTRE_CLERK, season.centres[0])
    Grant.objects.filter(user=nobody).delete()
    assert scope.actor_of(nobody, date(2023, 7, 12)) is None


def test_A04_A15_a_grant_ends_and_an_account_is_disabled_at_once(season):
    clerk = season.staff.clerks[0]
    Grant.objects.filter(user=clerk).update(since="2023-07-01", until="2023-07-12")
    assert scope.actor_of(clerk, date(2023, 6, 30)) is None
    assert scope.actor_of(clerk, date(2023, 7, 12)) is not None
    assert scope.actor_of(clerk, date(2023, 7, 13)) is None
    season.staff.hq.is_active = False
    assert scope.actor_of(season.staff.hq, date(2023, 7, 12)) is None


def test_parcels_are_scoped_by_their_own_path(season):
    candidate_at(season, Stage.SHIPPED)
    mine, other = (people.actor(clerk) for clerk in season.staff.clerks)
    assert [
        scope.visible(a, Parcel.objects.all(), centre="receiver").count() for a in (mine, other)
    ] == [1, 0]


def test_the_highest_grant_decides_the_desk(season):
    clerk = season.staff.clerks[0]
    Grant.objects.create(user=clerk, role=Role.HQ_REVIEWER, unit=season.hq)
    actor = people.actor(clerk)
    assert (actor.desk, actor.centres, actor.roles) == (Desk.HQ, None, {Role.HQ_REVIEWER})
    assert replace(actor, desk=Desk.CENTRE).desk is Desk.CENTRE


def test_the_office_clock_moves_business_time_only(season):
    set_clock("2023-09-06 09:00")
    assert basis_of(season.batch).today == date(2023, 9, 6)
    assert basis_of(season.batch, day=date(2023, 7, 1)).now is None
