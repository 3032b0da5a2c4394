"""Plans change freely after a grant: a degree is judged by the courses that its average was formed from."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import CourseRow, DegreeGrant, PlanEdition, Result, Student
from graduand.office.audit import auditing
from graduand.office.certificates.issuing import backfill
from graduand.office.certificates.issuing.backfill import BackfillTally
from graduand.office.season import batches
from graduand.queries.audit import editions
from graduand.queries.certificates.granted import against_granted
from graduand.rulebook.audit.plan_editions import read, text_of
from graduand.rulebook.terms import Level, SheetKind, Stage, Verb
from tests.acting import act, refusals
from tests.factories import make_season, plan, policy_data, set_clock
from tests.management.calling import graduand
from tests.office.audit.test_granted_degrees import STAGES, bring, failing, granted_at
from tests.office.certificates.issuing.test_backfill import forget
from tests.office.degrees import WITH_WINDOW, graduate
from tests.office.records.files import table

pytestmark = pytest.mark.django_db
# A1 has 80, and P1, the other 必修 course, 85: together 82.5.
LEAST = 81
A1 = {
    "课程代码": "A1",
    "课程名称": "课程A1",
    "学分": "4",
    "模块名称": "公共基础",
    "课程性质": "统设必修",
    "总部考试": "是",
    "综合实践": "否",
    "必须通过": "是",
    "学位课": "否",
}


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW | {"min_average": LEAST})


def course_changed(season, folder, **cells):
    """The college brings a course once more with other `cells`."""
    sheet = table(folder / "courses.csv", [{"专业规则代码": "K-TOP_UP", **A1, **cells}])
    answer = graduand(
        "import", SheetKind.COURSES.value, str(sheet), "--as", season.staff.college.username
    )
    assert answer.code == 0, answer.err
    auditing.run(season.batch)


def marked(season, folder):
    course_changed(season, folder, 学位课="是")


def no_longer_required(season, folder):
    CourseRow.objects.filter(code="P1").update(nature="elective")
    course_changed(season, folder, 课程名称="另一个名称")


def taken_out(season, folder):
    CourseRow.objects.filter(code="P1").delete()
    course_changed(season, folder, 课程名称="另一个名称")


def another_major(season, folder):
    other = plan("K-EMPTY", Level.TOP_UP)
    CourseRow.objects.filter(plan=other).delete()
    Student.objects.update(plan=other)
    auditing.run(season.batch)


@pytest.mark.parametrize(
    ("stage", "change"),
    [
        *((stage, marked) for stage in STAGES),
        *((Stage.RECEIVED, change) for change in (no_longer_required, taken_out, another_major)),
    ],
)
def test_a_changed_plan_takes_no_degree_away(season, tmp_path, stage, change):
    old, late = granted_at(season, stage), graduate(season, stage)
    auditing.run(season.batch)
    change(season, tmp_path)
    assert failing(season) == [set(), {old.pk}]
    assert (
        "DEGREE-AVERAGE" in refusals(act(season, Verb.DEGREE_APPLY, [late.pk]))[late.pk]
    )  # by the plan of today
    if stage is not Stage.APPROVED:
        assert act(season, Verb.DEGREE_CERTIFY, [old.pk]).done == 1
    bring(tmp_path, old, "40")  # what the person loses counts as ever
    assert failing(season)[0] == {old.pk}


def test_an_easier_plan_frees_nobody_who_has_lost_the_average(season, tmp_path):
    marked(season, tmp_path)
    CourseRow.objects.filter(code="P1").update(degree_course=True)
    course_changed(season, tmp_path, 学位课="是", 课程名称="另一个名称")
    file = granted_at(season, Stage.RECEIVED)
    Result.objects.filter(student=file.student, course="A1").update(mark="70")
    auditing.mark_stale([file.student_id])
    auditing.run(season.batch)
    assert failing(season)[0] == {file.pk}
    course_changed(season, tmp_path, 学位课="否")
    assert failing(season)[0] == {file.pk}


def test_a_new_decision_is_by_the_plan_of_its_day(season, tmp_path):
    file = granted_at(season, Stage.RECEIVED)
    both = {"second": season.staff.second, "reason": "materials"}
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    marked(season, tmp_path)
    again = act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third, **both)
    assert refusals(again) == {file.pk: ["DEGREE-AVERAGE"]}
    course_changed(season, tmp_path)
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third, **both).done == 1
    assert DegreeGrant.objects.filter(candidate=file).count() == 2


def marked_with(season, file, mark):
    """Another mark in the course that the college has marked since."""
    Result.objects.filter(student=file.student, course="A1").update(mark=mark)
    auditing.mark_stale([file.student_id])
    auditing.run(season.batch)


def test_once_it_is_granted_anew_the_plan_of_the_first_grant_counts_no_more(season, tmp_path):
    """By the first one the average is formed of two courses, by the second of one alone."""
    file = granted_at(season, Stage.RECEIVED)
    both = {"second": season.staff.second, "reason": "materials"}
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    marked(season, tmp_path)
    marked_with(season, file, "90")
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third, **both).done == 1
    assert failing(season) == [set(), {file.pk}]
    marked_with(season, file, "80")
    assert failing(season) == [{file.pk}, set()]


def test_what_it_was_granted_by_is_kept_for_good(season, tmp_path):
    marked(season, tmp_path)
    CourseRow.objects.filter(code="P1").update(degree_course=True)
    course_changed(season, tmp_path, 学位课="是", 课程名称="另一个名称")
    file = granted_at(season, Stage.CERTIFIED)
    kept = DegreeGrant.objects.select_related("edition", "act").get(candidate=file)
    rules = read(kept.edition.rules, kept.edition.version)
    assert {one.code for one in rules.courses if one.degree_course} == {"A1", "P1"}
    assert (text_of(rules), kept.act.verb, kept.edition.policy_id) == (
        kept.edition.rules,
        Verb.DEGREE_GRANT,
        season.batch.policy_id,
    )
    with pytest.raises(Exception, match="append-only"):
        DegreeGrant.objects.update(act=None)


def test_a_home_from_before_gets_them_from_the_plans_as_they_stand(season, tmp_path):
    files = [
        granted_at(season, stage) for stage in (Stage.APPROVED, Stage.CERTIFIED, Stage.RECEIVED)
    ]
    first = dict(DegreeGrant.objects.values_list("candidate", "edition__sha256"))
    moments = dict(DegreeGrant.objects.values_list("candidate", "at"))
    forget(DegreeGrant)
    auditing.run(season.batch)
    assert failing(season) == [set(), {file.pk for file in files}]
    assert (backfill.fill(2), backfill.fill()) == (BackfillTally(grants=3), BackfillTally())
    assert dict(DegreeGrant.objects.values_list("candidate", "edition__sha256")) == first
    assert dict(DegreeGrant.objects.values_list("candidate", "at")) == moments
    assert set(DegreeGrant.objects.values_list("act", "edition__policy")) == {
        (None, season.batch.policy_id)
    }
    marked(season, tmp_path)
    assert failing(season) == [set(), {file.pk for file in files}]


def test_such_a_home_gets_the_policy_of_the_day_of_each_grant(season):
    """What is asked since takes no degree away, and is asked of whoever is granted one since."""
    file, first = granted_at(season, Stage.RECEIVED), season.batch.policy_id
    set_clock("2023-07-13 09:00")
    batches.load(policy_data(degree=WITH_WINDOW | {"min_average": 82}), season.staff.hq.pk)
    season.batch.refresh_from_db()
    later, second = granted_at(season, Stage.RECEIVED), season.batch.policy_id
    forget(DegreeGrant)
    assert backfill.fill().grants == 2
    under = dict(DegreeGrant.objects.values_list("candidate", "edition__policy"))
    assert (under, first == second) == ({file.pk: first, later.pk: second}, False)
    for one in (file, later):
        marked_with(season, one, "78")  # the average is 81.5
    assert failing(season) == [{later.pk}, {file.pk}]


def test_reading_what_many_were_granted_by_is_one_question_and_one_for_what_is_new(season):
    files = [granted_at(season, Stage.APPROVED) for _ in range(3)]
    known = {file.pk: file.student_id for file in files}
    policy = auditing.basis_of(season.batch).policy

    def queries():
        with CaptureQueriesContext(connection) as asked:
            against_granted(known, policy, policy.issue_date)
        return len(asked)

    editions._COMPILED.clear()
    assert (queries(), queries(), PlanEdition.objects.count()) == (6, 5, 1)
