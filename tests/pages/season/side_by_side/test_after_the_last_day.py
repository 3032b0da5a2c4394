"""After the last day of a batch, and after its closing: whom each desk is told of, and what a student reads of it."""

import re
from datetime import timedelta

import pytest

from graduand.models import Candidate, Grant, Unit, User
from graduand.office import act_results, acts, command_acts
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.queries.records import story
from graduand.rulebook.terms import Role, Stage, Verb
from tests.acting import shut
from tests.pages.home.test_home import alarmed, listed
from tests.pages.lists.picking import opened
from tests.pages.reading import page, text
from tests.pages.season.side_by_side.test_side_by_side import BEGUN, load_next
from tests.pages.stations import bring
from tests.pages.world import NOON, account_for, list_all, set_clock

LATE = NOON + timedelta(days=120)
OVER = (
    "批次 202307 已于 2023-10-12 截止，不能再审核通过：由总部查缺补漏后关闭，未办结的转入下一毕业批次；"
    "要继续审核的，由总部写明原因、两人延长批次截止"
)
AT_COLLEGE, AT_HQ = f"已申请，学院还没有审核，{OVER}", f"学院已通过，总部还没有审核，{OVER}"
APPLIED, ENDORSED = (
    "/candidates?batch=202307&stage=applied",
    "/candidates?batch=202307&stage=endorsed",
)


@pytest.fixture
def filed(world):
    """Two of 杭州 have applied, of whom the college has passed the second; one of 成都 has applied."""
    world.one, world.two = world.student(1), world.student(2)
    world.far = world.student(3, centre=1)
    world.judge()
    world.do("a", Verb.APPLY, world.one, world.two)
    world.do("b", Verb.APPLY, world.far)
    world.do("college", Verb.ENDORSE, world.two)
    account_for(world, world.one)
    return world


def late(world):
    set_clock(LATE)
    auditing.run(world.batch)


def test_headquarters_and_each_centre_are_told_of_whoever_missed_the_last_day(filed, at):
    """Own people only, and each line counts the list that it opens."""
    asked = "。请告诉学生"
    assert [alarmed(at("a"), AT_COLLEGE + asked), alarmed(at("hq"), AT_COLLEGE)] == [
        None,
        None,
    ]  # until then it is work
    late(filed)
    found = {
        "hq": (alarmed(at("hq"), AT_COLLEGE), alarmed(at("hq"), f"还没有审核，{OVER}")),
        "a": (alarmed(at("a"), AT_COLLEGE + asked), alarmed(at("a"), AT_HQ + asked)),
        "b": (alarmed(at("b"), AT_COLLEGE + asked), alarmed(at("b"), AT_HQ + asked)),
    }
    assert found == {
        "hq": ((APPLIED, 2), ("/reviews?batch=202307", 1)),
        "a": ((APPLIED, 1), (ENDORSED, 1)),
        "b": ((APPLIED, 1), None),
    }
    assert [listed(at(name), APPLIED) for name in ("hq", "a", "b")] == [2, 1, 1]
    assert (listed(at("hq"), "/reviews?batch=202307"), listed(at("a"), ENDORSED)) == (1, 1)


def test_after_the_last_day_nobody_reads_of_a_turn_in_a_queue_that_stands(filed, at):
    before = [text(page(at("a"), filed, filed.one)), text(at("student").get("/my"))]
    assert ["前面没有等待的档案" in shown for shown in before] == [True, True]
    late(filed)
    after = [text(page(at("a"), filed, filed.one)), text(at("student").get("/my"))]
    assert [word in shown for shown in after for word in ("前面", "按上报先后")] == [False] * 4
    what = "本批次已截止，不再审核。总部延长截止日期的，会接着审核；不延长的，没有办结的转入下一毕业批次。"
    assert f"没有在截止前审核通过： {what}请留意学习中心通知。" in after[1]
    assert (
        f"现在还说不准：{what}" in after[1],
        "4 学院审核 没有在截止前审核通过" in after[1],
        "办理中" in after[1],
    ) == (True, True, False)


def close(world):
    Candidate.objects.filter(stage__in=("applied", "endorsed", "returned")).update(
        explanation="内部说明"
    )
    shut(world.batch, world.actor("hq"))


def carried(where="下一毕业批次"):
    return f"批次 202307 已关闭，没有审核通过或没有补正的申请已结转：请告诉学生，在{where}重新提交"


def test_the_centre_is_told_of_its_applications_that_lapsed_until_each_is_filed_anew(filed, at):
    close(filed)
    url = "/candidates?batch=202307&stage=lapsed&carried=1"
    assert [alarmed(at(name), carried()) for name in ("a", "b", "hq")] == [(url, 2), (url, 1), None]
    assert (listed(at("a"), url), listed(at("b"), url)) == (2, 1)
    set_clock(BEGUN)
    later = load_next()
    list_all(later)
    auditing.run(later)
    assert alarmed(at("a"), carried("下一毕业批次（202401）")) == (url, 2)
    anew = Candidate.objects.get(batch=later, student=filed.one)
    assert acts.do(later, [anew.pk], filed.actor("a"), acts.ActRequest(Verb.APPLY)).done == 1
    assert alarmed(at("a"), carried("下一毕业批次（202401）")) == (url, 1)
    assert listed(at("a"), url) == 1


def test_a_class_teacher_is_told_whom_to_tell_and_not_of_parcels_that_others_count(filed, at):
    """The class teacher speaks with the students and receives no parcel; the clerk beside does both."""
    nine = filed.student(9)
    filed.judge()
    bring(filed, Verb.SHIP, nine)
    close(filed)
    set_clock(BEGUN)
    parcels = "寄出 7 天以上未签收"
    assert [alarmed(at("a"), label) is None for label in (carried(), parcels)] == [False, False]
    Grant.objects.filter(user=filed.users["a"]).update(role=Role.CLASS_TEACHER.value)
    assert [alarmed(at("a"), label) is None for label in (carried(), parcels)] == [False, True]


def test_workbooks_commands_and_dialogs_name_the_next_batch_as_pages_do(filed, at):
    """Who reads 下一毕业批次 in a file that a desk was sent has no page beside it that says which."""
    five = filed.student(5)
    filed.judge()
    late(filed)
    load_next()
    by, pk = filed.actor("a"), filed.file(five).pk
    act_request = acts.ActRequest(Verb.APPLY)
    outcome = command_acts.run(
        command_acts.CommandAct(filed.batch, act_request, by, students=(five.number,))
    )
    (act,) = outcome.acts
    (asked,), (refused,) = command_acts.refused_rows(outcome), act_results.refused_rows(act, by)
    (whole,) = act_results.everybody(act, by)
    told = next(file for file in story.story(five.number).files if file.batch == "202307")
    said = {
        "command": asked[4],
        "refused": refused[4],
        "everybody": whole[8],
        "dialog": text(opened(at("a"), f"verb=apply&chosen={pk}")),
        "status": "".join(hurdle.todo for hurdle in told.hurdles),
    }
    assert {
        key for key, words in said.items() if "转入下一毕业批次（202401）" not in words
    } == set()


def test_a_class_teacher_is_told_while_something_can_still_be_done(filed, at):
    """Who can apply before the round ends, who lies at the college on the last day: before the closing."""
    four = filed.student(4)
    filed.student(5, photo=False)
    filed.judge()
    set_clock(NOON + timedelta(days=4))  # the last day but one of the first round
    auditing.run(filed.batch)
    ready = "首批 2023-07-16 截止，满足条件还未申请"
    assert alarmed(at("a"), ready)[1] == 1
    Grant.objects.filter(user=filed.users["a"]).update(role=Role.CLASS_TEACHER.value)
    told = f"{ready}：请通知学生，由学习中心提交申请"
    url, count = alarmed(at("a"), told)
    assert (count, listed(at("a"), url)) == (1, 1)
    assert four.name in at("a").get(url).content.decode()
    set_clock(NOON + timedelta(days=1))
    assert alarmed(at("a"), told) is not None
    late(filed)
    asked = "。请告诉学生"
    assert [alarmed(at("a"), words + asked) for words in (AT_COLLEGE, AT_HQ)] == [
        (APPLIED, 1),
        (ENDORSED, 1),
    ]
    issuer = "寄出 7 天以上未签收"
    assert alarmed(at("a"), issuer) is None


def test_a_student_reads_why_the_application_lapsed_and_what_was_done_before(filed, at):
    close(filed)
    why = "截止时学院还没有审核通过"
    shown = text(at("student").get("/my"))
    assert (f"本批次未办结 2023-07-12 12:00 {why}" in shown, "内部说明" in shown) == (True, False)
    later = load_next()
    list_all(later)
    auditing.run(later)
    shown = text(at("student").get("/my"))
    again = f"上次申请没有办结： {why}。您已转入 202401 批次，要由学习中心在这个批次重新提交申请，请留意学习中心通知。"
    assert again in shown
    assert (
        f"未办结，已转入 202401；{why} 202307 批次的办理经过 申请毕业 2023-07-12 12:00 本批次未办结"
        in shown
    )
    assert "内部说明" not in shown


@pytest.mark.parametrize("in_hand", [True, False])
def test_a_voided_certificate_is_told_in_the_next_batch_too(world, at, in_hand):
    """Voided, sent back and carried over: the student and the centre read it where the student goes on."""
    one = world.student(1)
    account_for(world, one)
    world.judge()
    second = world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(user=second, role=Role.HQ_REVIEWER.value, unit=Unit.objects.get(kind="hq"))
    bring(world, Verb.RECEIVE, one)
    if in_hand:
        Candidate.objects.filter(student=one).get().certificates.update(queryable=True)
        world.do("a", Verb.COLLECT, one, handover="in_person", confirmed=True)
        Candidate.objects.filter(student=one).get().certificates.update(queryable=False)
    number = Candidate.objects.get(student=one).certificates.get().number
    world.do("hq", Verb.VOID, one, second=second, reason="details", note="姓名印错")
    world.do("hq", Verb.SEND_BACK, one, second=second, reason="details", note="请更正姓名")
    close(world)
    assert world.file(one).stage == Stage.LAPSED
    later = load_next()
    list_all(later)
    auditing.run(later)
    shown = text(at("student").get("/my"))
    back = "请把手里的原证书交回杭州学习中心" if in_hand else "原证书没有发到您手里，不需要交回。"
    head = "需要您处理：" if in_hand else "毕业证书已作废："
    assert (
        f"{head} 原证书（编号 {number}）已于 2023-07-12 作废，不能再使用。原因：信息有误：姓名印错。{back}"
        in shown
    )
    assert "您现在没有有效的毕业证书；重新申请、准予毕业以后，另行编号制证。" in shown
    assert re.search(r"202307 批次的办理经过 .*毕业证书作废.* 信息有误：姓名印错 退回补正", shown)
    file = Candidate.objects.get(batch=later, student=one)
    staff = text(at("a").get(f"/candidates/{file.pk}"))
    told = (
        f"该生 202307 批次的毕业证书（编号 {number}）已于 2023-07-12 作废，原因：信息有误：姓名印错"
    )
    assert (told in staff, "作废时证书在学生手里：请收回，转交学院" in staff) == (True, in_hand)


def test_a_roster_says_how_many_places_are_empty_and_why(world, at):
    people = [world.student(1), world.student(2)]
    world.judge()
    bring(world, Verb.APPROVE, *people)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    empty = "1 人确定后退回补正，序号空着"
    assert empty not in at("hq").get("/rosters").content.decode()
    second = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(user=second, role=Role.HQ_REVIEWER.value, unit=Unit.objects.get(kind="hq"))
    world.do("hq", Verb.SEND_BACK, people[0], second=second, reason="details", note="班级不对")
    assert empty in at("hq").get("/rosters").content.decode()


def test_where_nobody_of_a_list_is_at_a_step_of_the_desk_its_verbs_say_so(world, at):
    """All of a batch to come are 未申请: college and headquarters have nothing to do there, and read why."""
    one = world.student(1)
    world.judge()
    why = {"college": "「已申请」", "hq": "「已申请」、「学院已通过」、「准予毕业」"}
    for name, stages in why.items():
        shown = at(name).get("/candidates?batch=202307").content.decode()
        verbs = re.findall(r'name="verb" value="\w+"([^>]*)>', shown)
        assert [
            f"这个名单里没有{stages}" in rest and 'aria-disabled="true"' in rest for rest in verbs
        ] == [True, True]
        assert f"：这个名单里没有{stages}" in text(at(name).get("/candidates?batch=202307"))
    world.do("a", Verb.APPLY, one)
    assert "这个名单里没有" not in at("college").get("/candidates?batch=202307").content.decode()


@pytest.mark.parametrize("name", ["a", "college"])
def test_what_is_handed_over_already_is_not_offered_to_be_handed_over(world, at, name):
    one = world.student(1)
    world.judge()
    bring(world, Verb.RECEIVE, one)
    Candidate.objects.get(student=one).certificates.update(queryable=True)
    assert 'name="verb"' in at(name).get("/handovers").content.decode()
    world.do("a", Verb.COLLECT, one, handover="in_person", confirmed=True)
    assert 'name="verb"' not in at(name).get("/handovers?stage=collected").content.decode()
