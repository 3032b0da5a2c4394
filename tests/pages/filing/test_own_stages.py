"""What a student reads of the judgement at every stage: own marks and doubts always, the rest before the application."""

import re
from datetime import timedelta

import pytest

from graduand.models import ChsiReport, IdentityCase, Result
from graduand.office.audit import auditing
from graduand.queries.basis import basis_of
from graduand.rulebook.terms import Stage, Verb
from tests.pages.reading import page, text
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.stations import bring
from tests.pages.world import NOON, account_for, set_clock

UNTIL = {
    Stage.LISTED: None,
    Stage.APPLIED: Verb.APPLY,
    Stage.ENDORSED: Verb.ENDORSE,
    Stage.APPROVED: Verb.APPROVE,
    Stage.CERTIFIED: Verb.CERTIFY,
    Stage.SHIPPED: Verb.SHIP,
}
FAILED = "综合实践课程 综合实践（009） 必须通过且复核通过，现为未通过。重做该综合实践并重新提交，合格后由学院复核"
UNREVIEWED = "综合实践课程 综合实践（009） 必须通过且复核通过，现为已通过、尚未复核"
CHANGED = "准予毕业以后资料有变化，现在不满足毕业条件，证书暂不编号"


@pytest.fixture
def one(world):
    """A student with an account and everything in order."""
    world.one = world.student(1)
    world.judge()
    account_for(world, world.one)
    return world


def judged(world):
    auditing.refresh([world.file(world.one).pk], basis_of(world.batch))


@pytest.mark.parametrize("stage", [Stage.LISTED, Stage.APPLIED, Stage.ENDORSED, Stage.APPROVED])
def test_a_practice_that_failed_is_the_students_at_every_stage_before_the_number(one, at, stage):
    """毕业作业 48, published: no review is missing, the student does it again."""
    if UNTIL[stage]:
        bring(one, UNTIL[stage], one.one)
    Result.objects.filter(student=one.one, course="009").update(mark="48", pass_key="")
    judged(one)
    shown = text(at("student").get("/my"))
    assert ("需要您处理：" in shown, FAILED in shown, UNREVIEWED in shown) == (True, True, False)
    assert (CHANGED in shown) is (stage is Stage.APPROVED)
    staff = text(page(at("a"), one, one.one))
    assert "现为未通过 三.1 · 学生本人办理 下一步：重做该综合实践" in staff


def test_a_pass_without_review_is_the_colleges(one, at):
    Result.objects.filter(student=one.one, course="009").update(reviewed=False, pass_key="p009")
    judged(one)
    assert f"{UNREVIEWED} 三.1 · 学院办理 下一步：学院完成综合实践成绩复核并提交" in text(
        page(at("a"), one, one.one)
    )
    shown = text(at("student").get("/my"))
    assert (UNREVIEWED in shown, "需要您处理" in shown, "补修" in shown) == (True, False, False)
    assert "正在处理： 下面的问题由学习中心、学院或总部办理" in shown


@pytest.mark.parametrize("stage", UNTIL)
def test_a_doubt_is_told_wherever_the_file_is(one, at, stage):
    if UNTIL[stage]:
        bring(one, UNTIL[stage], one.one)
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.create(student=one.one, verdict="unsure", opened_at=NOON)
    judged(one)
    shown = text(at("student").get("/my"))
    told = shown.partition("还差什么")[2]
    assert ("暂时不需要您处理" in shown, "学信网核验结果为「身份核验不确定」" in told) == (
        False,
        True,
    )
    assert "学习中心办理 提交学生身份复核表等材料" in told


def test_other_data_that_change_during_the_review_are_not_the_students(one, at):
    bring(one, Verb.APPLY, one.one)
    ChsiReport.objects.update(mismatches="姓名")
    judged(one)
    shown = text(at("student").get("/my"))
    assert ("暂时不需要您处理。" in shown, "还差什么" in shown) == (True, False)


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (
            None,
            "没有在本批次申请： 本批次已不能再申请，没有办结的转入下一毕业批次；请留意学习中心通知。",
        ),
        (
            Verb.DEFER,
            "已暂缓毕业： 本批次已不能再申请，没有办结的转入下一毕业批次；请留意学习中心通知。",
        ),
        (
            Verb.SEND_BACK,
            "已退回补正。 原因：照片问题：照片模糊。本批次已不能再申请，没有办结的转入下一毕业批次；"
            "请联系学习中心先补正材料。",
        ),
        (
            Verb.REJECT,
            "审核不通过： 原因见下方办理经过；本批次不再重审，可在下一毕业批次申请，请联系学习中心。",
        ),
    ],
)
def test_where_nobody_can_be_filed_any_more_nobody_is_told_to_wait_for_it(one, at, verb, said):
    if verb is Verb.DEFER:
        one.do("a", verb, one.one, statement=True)
    elif verb is not None:
        bring(one, Verb.APPLY, one.one)
        one.do("college", verb, one.one, reason="photo", note="照片模糊")
    set_clock(NOON + timedelta(days=120))
    auditing.run(one.batch)
    assert said in text(at("student").get("/my"))


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (
            Verb.SEND_BACK,
            "! 学习中心申请 待补正后重新提交，由学习中心在 2023-07-16 或之前提交 4 学院审核 5 总部审核",
        ),
        (Verb.REJECT, "! 学院审核 审核不通过 5 总部审核"),
    ],
)
def test_the_way_shows_where_a_file_is_that_the_college_did_not_pass(one, at, verb, said):
    bring(one, Verb.APPLY, one.one)
    one.do("college", verb, one.one, reason="photo", note="照片模糊")
    shown = text(at("student").get("/my"))
    assert said in shown, shown


@pytest.mark.parametrize("late", [False, True])
def test_who_was_sent_back_and_has_a_thing_to_do_reads_why_and_whether_it_is_still_in_time(
    one, at, late
):
    bring(one, Verb.APPLY, one.one)
    one.do("college", Verb.SEND_BACK, one.one, reason="photo", note="照片模糊")
    Result.objects.filter(student=one.one, course="009").update(mark="48", pass_key="")
    judged(one)
    if late:
        set_clock(NOON + timedelta(days=120))
        auditing.run(one.batch)
    over = "本批次已不能再申请，没有办结的转入下一毕业批次。" if late else ""
    said = f"需要您处理： 申请已退回，原因：照片问题：照片模糊。{over}综合实践课程 综合实践（009）"
    shown = text(at("student").get("/my"))
    assert said in shown, shown


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (False, "待补正后重新提交，由学习中心在 2023-07-16 或之前提交"),
        (True, "已退回学习中心补正，本批次不能再提交"),
    ],
)
def test_the_step_of_who_was_sent_back_says_so_also_where_the_conditions_are_not_met(
    one, at, late, said
):
    bring(one, Verb.APPLY, one.one)
    one.do("college", Verb.SEND_BACK, one.one, reason="photo", note="照片模糊")
    Result.objects.filter(student=one.one, course="009").update(mark="48", pass_key="")
    judged(one)
    if late:
        set_clock(NOON + timedelta(days=120))
        auditing.run(one.batch)
    shown = text(at("student").get("/my"))
    way = re.search(
        r"! 毕业条件未满足 学分 [^!]+? 毕业照片已提交 （已完成） ! 学习中心申请 (.+?) 4 学院审核",
        shown,
    )
    assert way is not None, shown
    assert way[1] == said


def test_who_goes_on_in_the_next_batch_reads_which_one_it_is_once_there_is_one(one, at):
    bring(one, Verb.APPLY, one.one)
    one.do("college", Verb.SEND_BACK, one.one, reason="photo", note="照片模糊")
    set_clock(NOON + timedelta(days=70))
    auditing.run(one.batch)
    before = text(at("student").get("/my"))
    load_next()
    named = text(at("student").get("/my"))
    where = "本批次不能毕业，转入下一毕业批次"
    assert [
        f"{where}{end}" in page for page in (before, named) for end in ("。", "（202401）。")
    ] == [True, False, False, True]
    set_clock(NOON + timedelta(days=120))
    auditing.run(one.batch)
    assert (
        text(at("student").get("/my")).count("没有办结的转入下一毕业批次（202401）") == 2
    )  # what halts it, and when


def test_a_file_that_came_back_too_late_lies_at_the_centre_and_not_at_a_review(one, at):
    bring(one, Verb.APPLY, one.one)
    one.do("college", Verb.SEND_BACK, one.one, reason="photo", note="照片模糊")
    set_clock(NOON + timedelta(days=120))
    auditing.run(one.batch)
    assert "! 学习中心申请 已退回学习中心补正，本批次不能再提交 4 学院审核 5 总部审核" in text(
        at("student").get("/my")
    )


def test_who_was_approved_and_lost_the_conditions_reads_that_day_by_which_it_counts(one, at):
    bring(one, Verb.APPROVE, one.one)
    Result.objects.filter(student=one.one, course="009").update(mark="48", pass_key="")
    judged(one)
    assert "要在通知承诺的 2023-09-20 或之前领到证书，请尽早解决" in text(at("student").get("/my"))


def test_who_deferred_reads_until_when_that_can_be_taken_back(one, at):
    one.do("a", Verb.DEFER, one.one, statement=True)
    assert "已暂缓，未申请；要恢复的，由学习中心在 2023-07-16 或之前提交" in text(
        at("student").get("/my")
    )
