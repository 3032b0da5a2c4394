"""An import after the numbering: before and after it one reads how many certificates differ from the record, and which."""

from datetime import date

import pytest

from graduand.models import Candidate, Certificate, PlanRow, Student, key_ring
from graduand.office.filing import statements
from graduand.queries.basis import basis_of
from graduand.queries.certificates import issued
from graduand.queries.facts.gathering import gather
from graduand.queries.records.record_differences import criterion
from graduand.queries.side_tracks import with_side_facts
from graduand.rulebook.certificate_terms import ContentState
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import Level, SheetKind, Stage, Verb
from tests import factories
from tests.acting import act, register, walk
from tests.factories import enrol, make_season
from tests.office.records.files import bring

pytestmark = pytest.mark.django_db
ID_NO = "110105199003071331"
STAYS = "已编号的 {} 份有效证书不受影响，补打和上报仍按编号时的内容；其中 {} 份与导入后的记录不一致"
SEEN = (
    "在「证书」里把「与学籍记录」选为「不一致」可以查看；确须更改的，由总部更正证书内容或作废重办"
)


@pytest.fixture
def season():
    return make_season()


def brought(season, count, stage):
    """Students as imports leave them, their files at `stage`."""
    ids = enrol(season, count, id_no=ID_NO)
    Student.objects.filter(candidates__in=ids).update(id_hash=key_ring().digest(ID_NO))
    return walk(season, ids, stage)


def row_of(pk, **change):
    """A student as the sheet has him."""
    student = Student.objects.select_related("plan", "centre").get(candidates=pk)
    return {
        "学号": student.number,
        "姓名": student.name,
        "性别": "男" if student.sex == "1" else "女",
        "出生日期": student.birth.isoformat(),
        "证件类型": "居民身份证",
        "证件号": student.id_no,
        "民族": student.nation,
        "入学年度学期": "2021春",
        "学籍状态": "在籍",
        "学习中心代码": student.centre.code,
        "学生类别": student.category,
        "学历层次": "专科",
        "专业规则代码": student.plan.code,
        "班级名称": student.class_name,
        **change,
    }


def said(tally):
    assert tally.problems == ()
    return [note for note in tally.notes if "不一致" in note]


def states(ids, batch):
    """What the amendment itself says of each."""
    basis = basis_of(batch)
    found = with_side_facts(
        gather(ids, basis.policy, basis.today, papers=True), Track.CONTENT, basis
    )
    return {pk: known.content for pk, known in found.items()}


def listed(value):
    return sorted(
        Certificate.objects.filter(criterion().where(value)).values_list("candidate_id", flat=True)
    )


def test_students_whose_certificates_differ_after_it_are_counted_before_and_after(season, tmp_path):
    ids = brought(season, 3, Stage.CERTIFIED)
    waiting = brought(season, 1, Stage.APPROVED)
    twin = factories.plan("TWIN", major_name="别的专业")
    rows = [
        row_of(ids[0], 专业规则代码=twin.code),
        row_of(ids[1], 班级名称="别的班"),
        row_of(waiting[0], 专业规则代码=twin.code),
    ]
    told = [f"{STAYS.format(2, 1)}，{SEEN}"]
    assert (
        said(bring(tmp_path, SheetKind.STUDENTS, *rows, by=season.staff.college, trial=True))
        == told
    )
    assert (listed("0"), listed("1")) == ([], sorted(ids))
    assert said(bring(tmp_path, SheetKind.STUDENTS, *rows, by=season.staff.college)) == told
    assert (listed("0"), listed("1")) == ([ids[0]], sorted(ids[1:]))
    back = bring(
        tmp_path,
        SheetKind.STUDENTS,
        row_of(ids[0], 专业规则代码=season.plans[Level.JUNIOR].code),
        by=season.staff.college,
    )
    assert (said(back), listed("0")) == (
        [],
        [],
    )  # as it was: the certificate and the record agree again


def test_a_plan_that_changes_what_certificates_say_counts_them(season, tmp_path):
    ids = brought(season, 2, Stage.CERTIFIED)
    plan = PlanRow.objects.get(pk=Student.objects.get(candidates=ids[0]).plan_id)
    row = {
        "专业规则代码": plan.code,
        "专业代码": plan.major_code,
        "专业名称": "改了的专业",
        "学历层次": "专科",
        "最低总学分": f"{plan.min_total / 100:g}",
        "最低总部考试学分": f"{plan.min_hq / 100:g}",
        "最短学期数": str(plan.min_semesters),
        "最长年限": str(plan.max_years),
    }
    told = [f"{STAYS.format(2, 2)}，{SEEN}"]
    assert said(bring(tmp_path, SheetKind.PLANS, row, by=season.staff.college, trial=True)) == told
    assert said(bring(tmp_path, SheetKind.PLANS, row, by=season.staff.college)) == told
    assert listed("0") == sorted(ids)
    only = bring(
        tmp_path,
        SheetKind.PLANS,
        {**row, "专业名称": plan.major_name, "最长年限": "9"},
        by=season.staff.college,
    )
    assert said(only) == []


def test_a_college_counts_the_certificates_that_its_list_shows(season, tmp_path):
    """A file on a frozen roster stays with its centre: another college's list has it, whoever's student it is by now."""
    ids = brought(season, 2, Stage.CERTIFIED)
    other = factories.Unit.objects.create(
        code="X9", name="别的学院", kind="college", parent=season.hq
    )
    there = factories.Unit.objects.create(code="X901", name="别的中心", kind="centre", parent=other)
    Candidate.objects.filter(pk=ids[1]).update(centre=there)
    plan = PlanRow.objects.get(pk=Student.objects.get(candidates=ids[0]).plan_id)
    row = {
        "专业规则代码": plan.code,
        "专业代码": plan.major_code,
        "专业名称": "改了的专业",
        "学历层次": "专科",
        "最低总学分": f"{plan.min_total / 100:g}",
        "最低总部考试学分": f"{plan.min_hq / 100:g}",
        "最短学期数": str(plan.min_semesters),
        "最长年限": str(plan.max_years),
    }
    told = {}
    for name, by in (("college", season.staff.college), ("operator", None)):
        told[name] = said(bring(tmp_path, SheetKind.PLANS, row, by=by, trial=True))
    assert told == {
        name: [f"{STAYS.format(n, n)}，{SEEN}"] for name, n in (("college", 1), ("operator", 2))
    }
    students = [row_of(pk, 班级名称="别的班") for pk in ids]
    kept = {}
    for name, by in (("college", season.staff.college), ("operator", None)):
        notes = bring(
            tmp_path, SheetKind.STUDENTS, *[{**row, "班级名称": name} for row in students], by=by
        ).notes
        kept[name] = [note for note in notes if "不受影响" in note]
    assert kept == {
        name: [f"已编号的 {n} 份有效证书不受影响，补打和上报仍按编号时的内容"]
        for name, n in (("college", 1), ("operator", 2))
    }


CHANGES = {
    "name": {"name": "李改名"},
    "sex": {"sex": "1"},
    "birth": {"birth": date(1991, 1, 2)},
    "exam": {"exam_no": "K1"},
    "entry": {"entry": 4041},
    "mobile": {"mobile": "13900000000"},
    "class": {"class_name": "别的班"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_list_says_what_the_amendment_says(season, change):
    ids = brought(season, 2, Stage.CERTIFIED)
    Student.objects.filter(candidates=ids[0]).update(**CHANGES[change])
    differing = [
        pk for pk, state in states(ids, season.batch).items() if state is ContentState.DIFFERS
    ]
    assert listed("0") == differing
    assert bool(differing) is (change not in ("mobile", "class"))


@pytest.mark.parametrize("column", ["major_code", "major_name", "years", "min_semesters", "degree"])
def test_the_list_follows_the_plan_as_far_as_certificates_do(season, column):
    ids = brought(season, 1, Stage.CERTIFIED)
    PlanRow.objects.update(**{column: 9 if column == "min_semesters" else "改"})
    differing = [
        pk for pk, state in states(ids, season.batch).items() if state is ContentState.DIFFERS
    ]
    assert (listed("0"), bool(differing)) == (differing, column != "degree")


def test_the_last_version_is_the_one_that_is_compared(season, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    ids = brought(season, 1, Stage.CERTIFIED)
    register(ids)
    factories.set_clock("2023-07-25 09:00")
    Student.objects.update(name="李改名")
    assert listed("0") == ids
    answer = statements.sealed(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF", "更正.pdf")
    assert act(season, Verb.AMEND, ids, second=season.staff.second, statement=answer).done == 1
    assert (listed("0"), issued.graduations(ids)[ids[0]].version) == ([], 2)
