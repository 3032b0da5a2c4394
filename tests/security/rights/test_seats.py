"""What an account may do at one unit says nothing of another (A05, I7): two grants never melt into one actor."""

import pytest

from graduand.models import Candidate, Grant, Student, Unit
from graduand.office import acts
from graduand.office.people import accounts as office
from graduand.office.people import granting
from graduand.office.refusal import Refused
from graduand.queries import scope
from graduand.rulebook.terms import Role, Verb
from tests import acting, factories, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_centres():
    """A season with a file of one's own centre, and two of another one, one of them in class B2."""
    season = factories.make_season(centres=2)
    own, others = factories.enrol(season, 1, centre=0), factories.enrol(season, 2, centre=1)
    Student.objects.filter(candidates__in=others[1:]).update(class_code="B2")
    return season, own, others


def seen(user) -> list[int]:
    rows = scope.visible(people.actor(user), Candidate.objects.all())
    return sorted(rows.values_list("id", flat=True))


def give(season, user, role, unit, classes=()):
    sent = office.FormOrigin(people.actor(season.staff.second))
    return office.grant(sent, user, granting.RolePlace(role, unit, classes=classes))


def test_A05_another_role_at_another_centre_needs_an_account_of_its_own(two_centres):
    season, own, _ = two_centres
    with pytest.raises(Refused, match="同一账号在不同单位的岗位须相同；请另建一个账号"):
        give(season, season.staff.clerks[0], Role.CLASS_TEACHER, season.centres[1], ("B2",))
    assert seen(season.staff.clerks[0]) == own


def test_A05_a_grant_from_before_gives_nothing_beside_a_different_one(two_centres):
    season, own, others = two_centres
    clerk = season.staff.clerks[0]
    Grant.objects.create(
        user=clerk, role=Role.CLASS_TEACHER.value, unit=season.centres[1], classes="B2"
    )
    assert seen(clerk) == own
    with pytest.raises(Refused):
        acts.do(season.batch, others, people.actor(clerk), acts.ActRequest(Verb.APPLY))


def test_I7_whoever_sends_for_one_college_does_not_review_for_it(two_centres):
    season, _, others = two_centres
    sender = season.staff.dispatch
    acting.act(season, Verb.APPLY, others)
    other = Unit.objects.create(code="X2", name="二学院", kind="college", parent=season.hq)
    Grant.objects.create(user=sender, role=Role.COLLEGE_REVIEWER.value, unit=other)
    with pytest.raises(Refused):
        acts.do(season.batch, others, people.actor(sender), acts.ActRequest(Verb.ENDORSE))


def test_the_same_role_at_two_centres_is_one_seat(two_centres):
    season, own, others = two_centres
    clerk = season.staff.clerks[0]
    assert "立即生效" in give(season, clerk, Role.CENTRE_CLERK, season.centres[1])
    assert seen(clerk) == [*own, *others]


def test_a_class_teacher_has_own_classes_at_each_centre(two_centres):
    season, own, others = two_centres
    teacher = people.account("teacher-of-two", Role.CLASS_TEACHER, season.centres[0])
    Student.objects.filter(candidates__in=own).update(class_code="B1")
    Grant.objects.filter(user=teacher).update(classes="B1")
    assert "立即生效" in give(season, teacher, Role.CLASS_TEACHER, season.centres[1], ("B2",))
    assert seen(teacher) == [*own, others[1]]
