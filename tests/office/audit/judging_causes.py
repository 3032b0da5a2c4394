"""Each cause that makes a stored judgement false, as one act of the desk that it comes from."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

from graduand.models import (
    Batch,
    Candidate,
    IdentityCase,
    Judgement,
    PhotoRow,
    Result,
    Student,
)
from graduand.office.audit import auditing
from graduand.office.photos.by_hand import reviews
from graduand.office.photos.importing import import_photos
from graduand.office.records.importing import import_sheet
from graduand.office.season import batches, listing
from graduand.queries import clock
from graduand.queries.identity import case_files
from graduand.queries.season.seasons import seasons
from graduand.rulebook.calendar import Term
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import PhotoKind, SheetKind, Verb
from tests import acting, factories, people
from tests.acting import act
from tests.factories import policy_data, set_clock
from tests.material.portraits import face, zipped
from tests.office.audit.judging import worker_turn
from tests.office.records.files import table


def brought(season, folder, kind, **cells):
    number = Student.objects.order_by("number").values_list("number", flat=True)[0]
    path = table(folder / "sheet.csv", [{"学号": number, **cells}])
    tally = import_sheet(kind, path, by=None)
    assert not tally.problems, tally.problems


def results(season, ids, folder):
    void = {
        "课程代码": "A1",
        "成绩": "80",
        "取得方式": "考试",
        "学期": str(Term.from_ordinal(4046)),
        "发布日期": "2023-07-01",
        "作废": "是",
    }
    brought(season, folder, SheetKind.RESULTS, **void)


def registry(season, ids, folder):
    name = Student.objects.order_by("number").values_list("name", flat=True)[0]
    cells = {
        "姓名": name,
        "录取照片": "有",
        "学历照片": "无",
        "核验结果": "身份核验不确定",
        "数据日期": "2023-07-10",
    }
    brought(season, folder, SheetKind.CHSI, **cells)


def a_plan(season, ids, folder):
    row = season.plans[factories.Level.JUNIOR]
    cells = {
        "专业规则代码": row.code,
        "专业代码": row.major_code,
        "专业名称": row.major_name,
        "学历层次": "专科",
        "最低总学分": "12",
        "最低总部考试学分": "4",
        "最短学期数": "5",
        "最长年限": "8",
        "免修免考比例上限": "0.5",
    }
    tally = import_sheet(SheetKind.PLANS, table(folder / "plans.csv", [cells]), by=None)
    assert (tally.updated, tally.problems) == (1, ())


def a_module(season, ids, folder):
    cells = {
        "专业规则代码": season.plans[factories.Level.JUNIOR].code,
        "模块名称": "通识",
        "最低学分": "3",
    }
    tally = import_sheet(SheetKind.MODULES, table(folder / "modules.csv", [cells]), by=None)
    assert (tally.updated, tally.problems) == (1, ())


def a_course(season, ids, folder):
    cells = {
        "专业规则代码": season.plans[factories.Level.JUNIOR].code,
        "课程代码": "E1",
        "课程名称": "课程E1",
        "学分": "1",
        "模块名称": "通识",
        "课程性质": "选修",
        "总部考试": "否",
        "综合实践": "否",
        "必须通过": "否",
    }
    tally = import_sheet(SheetKind.COURSES, table(folder / "courses.csv", [cells]), by=None)
    assert (tally.updated, tally.problems) == (1, ())


def a_photo(season, ids, folder):
    number = Student.objects.order_by("number").values_list("number", flat=True)[0]
    path = zipped(folder / "photos.zip", {f"{number}.jpg": face(0)})
    tally = import_photos(path, PhotoKind.GRADUATION, by=season.staff.clerks[0], overwrite=True)
    assert (tally.updated, tally.problems) == (1, ())


def a_photo_refused(season, ids, folder):
    row = PhotoRow.objects.order_by("student__number")[0]
    PhotoRow.objects.filter(pk=row.pk).update(review="pending")
    auditing.mark_stale([row.student_id])
    worker_turn()
    said = reviews.PictureDecision(False, PhotoReason.PERSON, "", uuid4().hex)
    reviews.decide(row.pk, people.actor(season.staff.college), said)


def a_case_filed(season, ids, folder):
    registry(season, ids, folder)
    worker_turn()
    case = IdentityCase.objects.get()
    begun = case_files.begun(seasons(), clock.today())
    file = case_files.in_order(Candidate.objects.filter(student=case.student_id), begun).first()
    there, hq, second = replace(season, batch=file.batch), season.staff.hq, season.staff.second
    done = act(there, Verb.CASE_CLEAR, [file.pk], hq, second=second, reason="identity")
    assert done.done == 1


def a_policy(season, ids, folder):
    batches.load(policy_data(extra_gates=["INFO-CONFIRM"]), None)


def a_day(season, ids, folder):
    Result.objects.filter(student__candidates=ids[0], course="A1").update(
        released=date(2023, 7, 20)
    )
    auditing.mark_stale([Candidate.objects.get(pk=ids[0]).student_id])
    worker_turn()
    assert Judgement.objects.get(candidate=ids[0]).fit is False
    set_clock("2023-07-20 09:00")


def a_step(season, ids, folder):
    """A photo that waits for a person may be filed, and then stops the review: the step changes its own verdict."""
    PhotoRow.objects.update(review="pending")
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))
    worker_turn()
    act(season, Verb.APPLY, ids)


def a_batch_opened_again(season, ids, folder):
    Batch.objects.filter(pk=season.batch.pk).update(closed_at=clock.now())
    results(season, ids, folder)
    worker_turn()
    acting.opened_again(season)


def a_new_student(season, ids, folder):
    new = factories.new_student(season, "2021900000001")
    new.save()
    listing.list_newcomers()


CAUSES = (
    results,
    registry,
    a_plan,
    a_module,
    a_course,
    a_photo,
    a_photo_refused,
    a_case_filed,
    a_policy,
    a_day,
    a_step,
    a_batch_opened_again,
    a_new_student,
)


# What one person does with few files is judged in the same transaction: whoever did it sees the new
# verdict.
AT_ONCE = (a_case_filed, a_step)
