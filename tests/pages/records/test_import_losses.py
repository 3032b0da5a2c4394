"""An import that takes the conditions away from people who have applied, or wait for a certificate, says so, and names them."""

import re

import pytest

from graduand.models import AccountEvent, ChsiReport, Grant, ImportPlan, Result, Stale, Unit, User
from graduand.office.audit import auditing
from graduand.office.records import import_run, uploads
from graduand.office.records.files import plan_files
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans import import_losses, import_plans, plan_following
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Role, SheetKind, Verb
from tests import acting, factories, jobs
from tests.pages.home.test_home import listed
from tests.pages.records.uploads import csv_of, send
from tests.pages.review.test_being_judged import text
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.stations import bring
from tests.pages.world import list_all

pytestmark = pytest.mark.django_db
ABOUT = (
    "有改动的学生中，已申请 1 人、准予毕业 2 人：导入后按新资料重新审核，这些人中不再符合条件和转为符合条件的在导入结果中列出；"
    "还没有申请的，重新审核后看「毕业申请」名单"
)
LOST = "导入后有 {}）"
TODO = "，请逐人核对：录入有误的更正后重新导入，属实的由审核岗位办理；已编号的由总部核实；学信网身份存疑的，在「身份核查」办理"


@pytest.fixture
def filed(world):
    """One has applied, two were approved, and one, who is fit, has not applied; the fifth is unfit and was never filed."""
    students = [world.student(n, credits=n != 5) for n in range(1, 6)]
    world.judge()
    world.do("a", Verb.APPLY, *students[:3])
    for name, verb in (("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, *students[1:3])
    return students


@pytest.fixture(params=["small", "large"])
def size(request, settings, monkeypatch):
    """Written at once, or as a plan a student at a time."""
    if request.param == "large":
        settings.SHEET_AT_ONCE_BYTES = 10
        monkeypatch.setattr(import_run, "FIRST", 0)
        monkeypatch.setattr(plan_files, "PIECE", 1)


def marks(given):
    return csv_of(
        *(
            {
                "学号": f"21151{n:08d}",
                "课程代码": "002",
                "成绩": mark,
                "学期": "2021春",
                "发布日期": "2021-07-10",
            }
            for n, mark in given.items()
        )
    )


def looked_at(client, given, key):
    where = send(client, marks(given), "results", key, "成绩.csv")["Location"]
    uploads.advance(int(where.split("/")[-1]))
    return where


def imported(client, where):
    client.post(f"{where}/begin")
    while jobs.work_once():
        pass


def told(page):
    """(sentence, where it leads, with what words) of each that is about people under way."""
    sentence = r"<span>((?:有改动|导入后)[^<]*?) ?(?:<a href=\"([^\"]+)\">([^<]+)</a>)?</span>"
    return re.findall(sentence, page.replace("&amp;", "&"))


def test_the_result_says_who_no_longer_satisfies_with_the_list_of_them(world, at, filed, size):
    client = at("college")
    where = looked_at(client, {1: "50", 2: "50", 3: "70", 4: "50", 5: "50"}, "k1")
    assert told(text(client.get(where))) == [(ABOUT, "", "")]
    imported(client, where)
    record = ImportPlan.objects.get().intake_id
    people, url = (
        "2 人不再符合条件（已申请 1 人、准予毕业 1 人",
        f"/candidates?batch=all&import={record}",
    )
    assert told(text(client.get(where))) == [(LOST.format(people) + TODO, url, "查看这些人")]
    assert [listed(at(name), url) for name in ("college", "hq", "a", "b")] == [2, 2, 2, 0]
    page = text(client.get(f"/imports/records/{record}")).replace("&amp;", "&")
    assert f'{LOST.format(people)}{TODO} <a href="{url}">查看这些人</a>' in page
    assert not Stale.objects.exists()


def test_an_import_that_takes_nothing_away_says_so_of_nobody(at, filed, size):
    client = at("college")
    where = looked_at(client, {1: "70", 2: "70", 3: "70", 4: "50"}, "k1")
    imported(client, where)
    assert (
        len(AccountEvent.objects.filter(deed=Deed.IMPORTED)) == 1
    )  # whatever follows the rows is the same import
    shown = " ".join(text(client.get("/jobs")).split())
    record = ImportPlan.objects.get().intake
    wrote = f"已写入：新增 {record.created}，更新 {record.updated}，未变 {record.unchanged}"
    assert ("4 / 4" in shown, "0 / 0" in shown, wrote in shown, record.rows) == (
        True,
        False,
        True,
        4,
    )
    nobody = "导入后已重新审核，其中没有人因此不再符合条件"
    assert told(text(client.get(where))) == [(nobody, "", "")]
    where = looked_at(client, {4: "51", 5: "50"}, "k2")  # nobody of them has applied
    imported(client, where)
    assert told(text(client.get(where))) == []


def test_a_command_says_it_too_and_a_doubt_counts_like_a_mark(world, filed, tmp_path):
    file = tmp_path / "chsi.csv"
    file.write_bytes(
        csv_of(
            {
                "学号": "2115100000002",
                "姓名": "学生2号",
                "录取照片": "有",
                "学历照片": "有",
                "核验结果": "身份核验不确定",
                "数据日期": "2023-07-10",
            }
        )
    )
    notes = import_sheet(SheetKind.CHSI, file, by=None).notes
    assert [note for note in notes if "准予毕业" in note] == [
        LOST.format("1 人不再符合条件（准予毕业 1 人") + TODO
    ]


def test_in_a_closed_batch_who_was_approved_counts_and_who_lapsed_does_not(world, at, filed):
    factories.Candidate.objects.exclude(stage="approved").update(explanation="本人暂不申请")
    acting.shut(world.batch, world.actor("hq"))
    client = at("college")
    where = looked_at(client, {1: "50", 2: "50"}, "k1")
    assert told(text(client.get(where)))[0][0] == ABOUT.replace(
        "已申请 1 人、准予毕业 2 人", "准予毕业 1 人"
    )
    imported(client, where)
    [(lost, _, _)] = told(text(client.get(where)))
    assert lost == LOST.format("1 人不再符合条件（准予毕业 1 人") + TODO


def test_who_was_named_stays_named_when_the_step_is_taken_again_after_a_kill(world, at, filed):
    client = at("college")
    where = looked_at(client, {1: "50", 2: "50"}, "k1")
    imported(client, where)
    plan = ImportPlan.objects.get()
    lost = plan.follow["lost"]
    assert sorted(lost) == sorted(world.file(student).pk for student in filed[:2])
    ImportPlan.objects.update(
        step=plan_following.ROWS_WRITTEN, finished_at=None, follow={"under_way": lost}, said=[]
    )
    import_plans.roll_forward(lambda *_: None)
    again = ImportPlan.objects.get()
    assert (again.follow, again.said) == (plan.follow, plan.said)


def test_whoever_had_something_against_him_before_has_lost_nothing_by_it(world, at, filed):
    ChsiReport.objects.filter(student=filed[0]).update(mismatches="姓名")
    auditing.mark_stale([filed[0].pk])
    auditing.run(world.batch)
    client = at("college")
    where = looked_at(client, {1: "50", 2: "50"}, "k1")
    imported(client, where)
    assert ImportPlan.objects.get().follow == {"lost": [world.file(filed[1]).pk], "regained": []}
    still = "导入后仍不符合条件的有 1 人：已申请 1 人"
    assert [sentence for sentence, _, _ in told(text(client.get(where)))][1:] == [still]


def test_whoever_has_the_conditions_again_is_told_of_with_the_list_of_them(world, at, filed, size):
    """Approved, sent back, and approved once more: each had lost a course, and a corrected mark gives it back to two."""
    client = at("college")
    where = looked_at(client, {1: "50", 2: "50", 3: "50"}, "k1")
    imported(client, where)
    world.do("college", Verb.SEND_BACK, filed[0], reason="result", note="成绩有误")
    where = looked_at(client, {1: "70", 2: "70", 3: "55"}, "k2")
    about = "有改动的学生中，退回补正 1 人、准予毕业 2 人"
    assert told(text(client.get(where)))[0][0].partition("：")[0] == about
    imported(client, where)
    record = ImportPlan.objects.order_by("-pk")[0].intake_id
    url = f"/candidates?batch=all&regained={record}"
    again = "导入后有 2 人转为符合条件（退回补正 1 人、准予毕业 1 人），停下的办理可以继续；退回补正的，由学习中心重新提交"
    still = "导入后仍不符合条件的有 1 人：准予毕业 1 人"
    assert told(text(client.get(where))) == [(again, url, "查看这些人"), (still, "", "")]
    assert [listed(at(name), url) for name in ("college", "hq", "a", "b")] == [2, 2, 2, 0]


def test_who_has_not_applied_and_may_by_it_is_told_of_with_those_whose_file_goes_on(
    world, at, filed
):
    """A corrected mark of the fourth, who was listed and unfit, and of one who had been sent back."""
    client = at("college")
    imported(client, looked_at(client, {1: "50", 4: "50"}, "k1"))
    world.do("college", Verb.SEND_BACK, filed[0], reason="result", note="成绩有误")
    where = looked_at(client, {1: "70", 4: "70", 5: "50"}, "k2")
    imported(client, where)
    url = f"/candidates?batch=all&regained={ImportPlan.objects.order_by('-pk')[0].intake_id}"
    [(sentence, link, _)] = told(text(client.get(where)))
    assert (link, listed(client, url)) == (url, 2)
    assert sentence == (
        "导入后有 2 人转为符合条件（未申请 1 人、退回补正 1 人），停下的办理可以继续；退回补正的，由学习中心重新提交；"
        "未申请的，学习中心可以申请"
    )


def test_who_stands_in_two_batches_is_one_person(world, at, filed):
    """The fourth is listed in the next batch, too."""
    after = load_next()
    list_all(after)
    for batch in (world.batch, after):
        auditing.run(batch)
    client = at("college")
    imported(client, looked_at(client, {4: "50"}, "k1"))
    where = looked_at(client, {4: "70"}, "k2")
    imported(client, where)
    [(sentence, link, _)] = told(text(client.get(where)))
    assert (
        sentence
        == "导入后有 1 人转为符合条件（未申请 1 人，共 2 份档案），未申请的，学习中心可以申请"
    )
    assert listed(client, link) == 2


def test_of_many_who_have_not_applied_the_result_says_nothing(at, filed, monkeypatch):
    monkeypatch.setattr(import_losses, "MOST_NOT_APPLIED", 0)
    client = at("college")
    imported(client, looked_at(client, {4: "50"}, "k1"))
    where = looked_at(client, {4: "70"}, "k2")
    imported(client, where)
    assert told(text(client.get(where))) == []


def test_who_may_apply_now_alone_is_told_of(at, filed):
    client = at("college")
    imported(client, looked_at(client, {4: "50"}, "k1"))
    where = looked_at(client, {4: "70"}, "k2")
    imported(client, where)
    [(sentence, _, _)] = told(text(client.get(where)))
    assert sentence == "导入后有 1 人转为符合条件（未申请 1 人），未申请的，学习中心可以申请"


@pytest.fixture
def numbered(world):
    """Three at their centre; the first has lost 健康管理学 since, and headquarters has let that stand."""
    students = [world.student(n) for n in range(1, 4)]
    world.judge()
    bring(world, Verb.RECEIVE, *students)
    acting.register([world.file(student).pk for student in students])
    world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(
        user=world.users["hq2"], role=Role.HQ_REVIEWER.value, unit=Unit.objects.get(kind="hq")
    )
    taken(world, students[0], "002")
    world.do(
        "hq", Verb.CONFIRM_ISSUE, students[0], second=world.users["hq2"], note="以编号时的成绩为准"
    )
    return students


def taken(world, student, course):
    """The mark of a course counts for nothing since."""
    Result.objects.filter(student=student, course=course).update(pass_key="")
    auditing.mark_stale([student.pk])
    auditing.run(world.batch)


def said_of(client, rows, key):
    """What the result of an import of marks says of whoever has lost the conditions."""
    where = send(client, csv_of(*rows), "results", key, "成绩.csv")["Location"]
    uploads.advance(int(where.split("/")[-1]))
    imported(client, where)
    return told(text(client.get(where)))


def mark_of(n, course, mark="50"):
    return {
        "学号": f"21151{n:08d}",
        "课程代码": course,
        "成绩": mark,
        "学期": "2021春",
        "发布日期": "2021-07-11",
    }


def test_who_was_let_stand_and_loses_more_is_named(world, at, numbered):
    [(sentence, url, _)] = said_of(
        at("college"), [mark_of(1, "001"), mark_of(2, "001", "90")], "k1"
    )
    assert sentence == LOST.format("1 人不再符合条件（中心已签收 1 人") + TODO
    assert (listed(at("hq"), url), listed(at("hq"), "/candidates?batch=202307&unqualified=1")) == (
        1,
        1,
    )


def test_who_was_let_stand_and_loses_nothing_more_is_not(world, at, numbered):
    assert said_of(at("college"), [mark_of(1, "001", "90"), mark_of(1, "002")], "k1") == [
        ("导入后已重新审核，其中没有人因此不再符合条件", "", "")
    ]


@pytest.mark.parametrize("closed", [False, True])
def test_who_has_the_certificate_in_hand_is_named_too(world, at, numbered, closed):
    """Nobody follows them in a closed batch: the import that takes something away does."""
    world.do("a", Verb.COLLECT, *numbered[1:], handover="in_person", confirmed=True)
    if closed:
        acting.shut(world.batch, world.actor("hq"))
    [(sentence, url, _)] = said_of(
        at("college"), [mark_of(2, "001"), mark_of(3, "001", "90")], "k1"
    )
    assert sentence == LOST.format("1 人不再符合条件（学生已签领 1 人") + TODO
    assert listed(at("hq"), url) == 1
    [(again, _, _)] = said_of(at("college"), [mark_of(2, "001", "51")], "k2")
    assert again == "导入后仍不符合条件的有 1 人：学生已签领 1 人"  # named already
