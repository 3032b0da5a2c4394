"""三.2: who is judged by a plan graduates at the plan's level; the level of whoever is filed does not change under the file."""

import pytest

from graduand.models import Candidate, Certificate, PlanRow, Student, key_ring
from graduand.office.season import batches
from graduand.queries.filing.candidates import stored
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import DegreeState, IdKind, Level, Sex, SheetKind, Stage, Verb
from tests.acting import act, refusals, walk
from tests.factories import enrol, make_season
from tests.office.degrees import WITH_WINDOW, graduate
from tests.office.records.files import bring

pytestmark = pytest.mark.django_db
NEXT = [
    (Stage.LISTED, Verb.APPLY),
    (Stage.APPLIED, Verb.ENDORSE),
    (Stage.ENDORSED, Verb.APPROVE),
    (Stage.APPROVED, Verb.CERTIFY),
]


@pytest.mark.parametrize(("stage", "verb"), NEXT, ids=[verb.value for _, verb in NEXT])
def test_another_level_than_that_of_the_plan_stops_every_step_to_the_certificate(
    season, stage, verb
):
    ids = walk(season, enrol(season), stage)
    if stage is Stage.APPROVED:
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    Student.objects.update(level=Level.TOP_UP.value)  # as an earlier program let it in
    assert (refusals(act(season, verb, ids)), Certificate.objects.count()) == (
        {ids[0]: ["INFO-LEVEL"]},
        0,
    )
    Student.objects.update(level=Level.JUNIOR.value)
    assert act(season, verb, ids).done == 1


def test_a_plan_that_changes_its_level_stops_it_too_and_says_what_disagrees(season):
    ids = walk(season, enrol(season), Stage.APPLIED)
    plan = PlanRow.objects.get(pk=season.plans[Level.JUNIOR].pk)
    PlanRow.objects.filter(pk=plan.pk).update(level=Level.BACHELOR.value, version=plan.version + 1)
    [found] = stored(act(season, Verb.ENDORSE, ids).refusals.get().findings)
    assert found.sentence == "学历层次为「专科」，专业规则是「本科」"


FILED = [
    (Stage.APPLIED, True),
    (Stage.ENDORSED, True),
    (Stage.APPROVED, True),
    (Stage.CERTIFIED, True),
    (Stage.LISTED, False),
    (Stage.RETURNED, False),
    (Stage.DEFERRED, False),
]


@pytest.mark.parametrize(("stage", "refused"), FILED, ids=[stage.value for stage, _ in FILED])
def test_the_level_of_whoever_is_filed_is_not_changed_by_an_import(
    season, tmp_path, stage, refused
):
    [pk] = walk(season, enrol(season), stage)
    one = with_passport(Candidate.objects.get(pk=pk).student)
    tally = bring(tmp_path, SheetKind.STUDENTS, record(one, 学历层次="专升本"))
    said = f"第 2 行：学号 {one.number} 在批次 202307 已申请毕业，学历层次不能用导入更改；确需更改请先撤回或退回申请"
    assert (tally.problems, tally.updated) == (((said,), 0) if refused else ((), 1))
    # Whatever else changes is taken as before.
    assert (
        bring(
            tmp_path, SheetKind.STUDENTS, record(Student.objects.get(pk=one.pk), 手机="13800138001")
        ).updated
        == 1
    )


def test_the_level_that_a_degree_was_granted_by_stays_while_the_file_is_returned(tmp_path):
    season = make_season(degree=WITH_WINDOW)
    file = graduate(season, Stage.APPROVED)
    assert act(season, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third).done == 1
    staff = season.staff
    assert act(season, Verb.SEND_BACK, [file.pk], staff.hq, second=staff.second).done == 1
    one = with_passport(file.student)
    tally = bring(tmp_path, SheetKind.STUDENTS, record(one, 学历层次="本科"))
    said = f"第 2 行：学号 {one.number} 在批次 202307 已授予学位，学历层次不能用导入更改；确需更改请先由总部改为「不授予学位」"
    assert (tally.problems, tally.updated) == ((said,), 0)
    Candidate.objects.update(degree=DegreeState.DECLINED.value)
    assert bring(tmp_path, SheetKind.STUDENTS, record(one, 学历层次="本科")).updated == 1


def with_passport(one):
    one.id_kind, one.id_no, one.id_hash = (
        IdKind.PASSPORT.value,
        "E00000001",
        key_ring().digest("E00000001"),
    )
    one.save()
    return one


def record(one, **change):
    """A student's row as it is on record, changed so."""
    return {
        "学号": one.number,
        "姓名": one.name,
        "性别": Sex(one.sex).label,
        "出生日期": one.birth.isoformat(),
        "证件类型": IdKind(one.id_kind).label,
        "证件号": one.id_no,
        "入学年度学期": str(Term.from_ordinal(one.entry)),
        "学习中心代码": one.centre.code,
        "学历层次": Level(one.level).label,
        "专业规则代码": one.plan.code,
    } | change
