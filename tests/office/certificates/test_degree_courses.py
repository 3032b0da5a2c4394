"""A course of the degree that is not passed stops the degree, is named, and is a choice of the policy."""

import pytest

from graduand.models import Candidate, CourseRow, Result
from graduand.office.audit import auditing
from graduand.office.season import batches, policy_drafts
from graduand.queries.filing.candidates import stored
from graduand.queries.season import policies
from graduand.rulebook.audit.academics import pass_key
from graduand.rulebook.terms import ObtainedBy, Stage, Verb
from tests import people
from tests.acting import act, refusals
from tests.factories import make_season, policy_data
from tests.office.degrees import WITH_WINDOW, graduate

pytestmark = pytest.mark.django_db
STRICT = WITH_WINDOW | {"courses_passed": True}


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=STRICT)


def with_elective(file, mark=""):
    """The plan marks an elective that nobody must pass as 学位课, beside A1; "" is not taken."""
    plan = file.student.plan_id
    CourseRow.objects.filter(plan=plan, code="A1").update(degree_course=True)
    module = CourseRow.objects.filter(plan=plan, code="A1").values_list("module_id", flat=True)[0]
    CourseRow.objects.get_or_create(
        plan_id=plan,
        code="E9",
        defaults={
            "name": "学术写作",
            "credits": 1,
            "module_id": module,
            "nature": "elective",
            "hq_exam": False,
            "practice": False,
            "must_pass": False,
            "degree_course": True,
        },
    )
    marked(file, mark)


def marked(file, mark):
    Result.objects.filter(student=file.student_id, course="E9").delete()
    if mark:
        key = pass_key("E9", int(mark), ObtainedBy.EXAM, reviewed=False)
        term = Result.objects.filter(student=file.student_id).values_list("term", flat=True)[0]
        Result.objects.create(
            student_id=file.student_id,
            course="E9",
            term=term,
            mark=mark,
            released="2023-07-01",
            pass_key=key,
        )
    auditing.mark_stale([file.student_id])


@pytest.mark.parametrize("mark", ["", "0", "59"])
def test_a_degree_course_that_is_not_passed_stops_the_degree_and_never_the_graduation(season, mark):
    file = graduate(season)
    with_elective(file, mark)
    done = act(season, Verb.DEGREE_APPLY, [file.pk])
    assert refusals(done) == {file.pk: ["DEGREE-COURSE"]}
    has = {one.code: one.has for one in stored(done.refusals.get().findings)}
    assert has["DEGREE-COURSE"] == "学术写作（E9）"
    assert Candidate.objects.get(pk=file.pk).stage == Stage.APPROVED
    marked(file, "90")
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1


def test_a_policy_may_leave_it_out_of_the_average_and_its_trial_says_whom_that_frees(season):
    file = graduate(season)
    with_elective(file, "59")
    auditing.run(season.batch)
    mild = policy_data(degree=WITH_WINDOW)  # as every policy from before this could be asked for
    draft = policy_drafts.draft(mild, people.actor(season.staff.hq), "k")
    assert (draft.tried["degree"], draft.tried["degree_gained"]) == ([0, 1], 1)
    assert draft.tried["codes"]["DEGREE-COURSE"] == [1, 0]
    assert [row[0] for row in policies.named(draft, False, True, degree=True)] == [file.pk]
    season.batch = batches.load(mild, season.staff.hq.pk).batch
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
