"""Lots, the advice of notice 七.2, the place in the queue, and what headquarters did not let pass."""

import io
import re
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from graduand.models import Candidate, Lot, Result, Student
from graduand.office import acts, moves
from graduand.office.audit import auditing
from graduand.office.people import own_accounts
from graduand.office.records import file_centres
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Desk, Verb
from tests import jobs
from tests.pages.world import account_for, set_clock


def text(answer):
    """What is read on the page, without markup."""
    body = answer.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def rows(answer):
    """The cells of each line of a list, after 序号."""
    lines = re.findall(
        r"<tr>(.*?)</tr>", answer.content.decode().partition("<tbody>")[2], re.DOTALL
    )
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL)[1:] for line in lines]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in line] for line in cells]


@pytest.fixture
def reported(world):
    """杭州 reported three (one has been refused, no photo), then one; 成都 reported two in between."""
    mine = [world.student(number, photo=number != 3) for number in (1, 2, 3, 4)]
    theirs = [world.student(number, centre=1) for number in (5, 6)]
    world.judge()
    world.do("a", Verb.APPLY, *mine[:3])
    world.do("b", Verb.APPLY, *theirs)
    world.do("a", Verb.APPLY, mine[3])
    world.students = [*mine, *theirs]
    return world


def test_七_2_a_bulk_application_is_a_lot_with_its_numbers(reported, at):
    reported.do("college", Verb.ENDORSE, reported.students[0])
    reported.do("college", Verb.SEND_BACK, reported.students[3], reason="photo")
    assert [" | ".join(row) for row in rows(at("college").get("/lots"))] == [
        "首批 第 3 批 | 杭州学习中心 | 6 | 1 | 0 | 0 | 0 | 1 |  | 周老师 | 2023-07-12 12:00",
        "首批 第 2 批 | 成都学习中心 | 4–5 | 2 | 2 | 0 | 0 | 0 |  | 吴老师 | 2023-07-12 12:00",
        "首批 第 1 批 | 杭州学习中心 | 1–3 | 2 | 1 | 1 | 0 | 0 | 3 申请时未通过 | 周老师 | 2023-07-12 12:00",
    ]
    lot = Lot.objects.get(number=1)
    opened = at("a").get(f"/candidates?lot={lot.pk}")
    assert "查询到 2 人" in text(opened).replace("<b>", "")


def test_every_missing_number_of_a_lot_has_its_reason(reported, at):
    first, second, fourth = (reported.students[place] for place in (0, 1, 3))
    reported.do("a", Verb.WITHDRAW, first)
    reported.do("college", Verb.SEND_BACK, second, reason="details")
    reported.do("a", Verb.APPLY, second)
    reported.do("college", Verb.SEND_BACK, fourth, reason="details")
    reported.do("a", Verb.DEFER, fourth, statement=True)
    held = [[row[0], row[2], row[3], row[7], row[8]] for row in rows(at("college").get("/lots"))]
    assert held == [
        ["首批 第 4 批", "7", "1", "0", ""],
        ["首批 第 3 批", "6", "1", "0", "6 已暂缓"],
        ["首批 第 2 批", "4–5", "2", "0", ""],
        ["首批 第 1 批", "1–3", "2", "0", "1 已撤回；2 补正后用新号；3 申请时未通过"],
    ]
    assert "确认提交时按名单预留，没有通过的不上报，号码空着不再使用；一轮之内各中心接着编" in text(
        at("a").get("/lots")
    )


def test_decision_7_a_lot_counts_whoever_has_changed_centre_since(reported, at):
    """The lot keeps its history: the file is with the college as before, and nobody sent it back."""
    gone = reported.students[1]
    Student.objects.filter(pk=gone.pk).update(centre=reported.student(9, centre=1).centre)
    assert file_centres.follow([gone.pk]) == 1
    assert [row[3:9] for row in rows(at("a").get("/lots")) if row[2] == "1–3"] == [
        ["2", "2", "0", "0", "0", "3 申请时未通过"]
    ]


def test_the_numbers_of_whom_a_closing_lapsed_and_its_opening_listed_again_are_explained(
    reported, at
):
    both = reported.students[:2]
    Candidate.objects.filter(student__in=both).update(explanation="学生出国")
    reported.do("hq", Verb.LAPSE, *both, closing=True)
    reported.do("hq", Verb.RELIST, *both, closing=True)
    assert [row[8] for row in rows(at("college").get("/lots")) if row[2] == "1–3"] == [
        "1、2 随批次关闭结转，已重新列入；3 申请时未通过"
    ]


def test_numbers_that_wait_for_the_worker_and_those_that_were_stopped(world, at):
    people = [world.student(number) for number in (1, 2, 3)]
    world.judge()
    files = [world.file(student).pk for student in people]
    act = acts.confirm(world.batch, files, world.actor("a"), acts.ActRequest(Verb.APPLY), job=True)
    moves.advance(act.pk, 1)
    assert rows(at("a").get("/lots"))[0][3:9] == ["1", "1", "0", "0", "0", "2、3 尚未办理"]
    jobs.cancel(act.pk, world.actor("a"))
    assert rows(at("a").get("/lots"))[0][3:9] == [
        "1",
        "1",
        "0",
        "0",
        "0",
        "2、3 办理停止，没有申请",
    ]


def test_a_lot_applied_for_in_two_centres_counts_each_by_its_own_block(world, at):
    """One act by command, a lot for each centre: numbers and people stay together across the border."""
    people = [
        world.student(1),
        world.student(2),
        world.student(3, centre=1, photo=False),
        world.student(4, centre=1),
    ]
    world.judge()
    files = [world.file(student).pk for student in people]
    acts.do(world.batch, files, own_accounts.system_actor(Desk.CENTRE), acts.ActRequest(Verb.APPLY))
    found = {row[1]: (row[2], row[8]) for row in rows(at("college").get("/lots"))}
    assert found == {"杭州学习中心": ("1–2", ""), "成都学习中心": ("3–4", "3 申请时未通过")}


@pytest.mark.parametrize("lots", [1, 3])
def test_missing_numbers_take_a_constant_number_of_questions(world, at, asks, lots):
    for number in range(lots):
        pair = [world.student(2 * number), world.student(2 * number + 1, photo=False)]
        world.judge()
        world.do("a", Verb.APPLY, *pair)
    client = at("a")
    client.get("/lots")
    with asks(LOT_QUERIES):
        client.get("/lots")


LOT_QUERIES = 26


def test_A01_a_centre_sees_its_own_lots_alone(reported, at):
    assert [row[0] for row in rows(at("a").get("/lots"))] == ["首批 第 3 批", "首批 第 1 批"]
    assert [row[0] for row in rows(at("b").get("/lots"))] == ["首批 第 2 批"]
    assert [at(name).get("/lots").status_code for name in ("auditor",)] == [404]
    other = Lot.objects.get(number=2)
    assert "查询到 0 人" in text(at("a").get(f"/candidates?lot={other.pk}"))
    assert at("a").get("/candidates?lot=x").status_code == 400


def later(world, number, day):
    """A student whose last mark is published on `day`."""
    student = world.student(number)
    Result.objects.filter(student=student, course="009").update(released=day)
    return student


def test_七_2_the_advice_says_who_is_ready_who_will_be_and_when_to_report(world, at):
    for number in (1, 2):
        world.student(number)
    later(world, 3, date(2023, 7, 14))
    later(world, 4, date(2023, 7, 15))
    # published in time, but without a photo: the day changes nothing
    no_photo = later(world, 5, date(2023, 7, 15))
    no_photo.photos.all().delete()
    later(world, 6, date(2023, 8, 1))
    world.judge()
    assert (
        "「首批」现在可以上报 2 人；截止前数据生效后还会满足条件的：2023-07-14 起 1 人、2023-07-15 起 1 人。"
        "建议到 2023-07-15 一并集中上报。本轮 2023-07-16 截止，还有 4 天 11 小时。"
    ) in text(at("a").get("/lots"))
    set_clock(datetime(2023, 7, 15, 9, 0, tzinfo=OFFICE_ZONE))
    auditing.run(world.batch)
    said = (
        "「首批」现在可以上报 4 人。建议现在一次全部上报。本轮 2023-07-16 截止，还有 1 天 14 小时。"
    )
    assert said in text(at("a").get("/lots"))
    assert ["建议" in text(at(name).get("/lots")) for name in ("b", "college")] == [False, False]


def test_七_2_the_advice_counts_whom_the_card_of_home_counts(world, at):
    """Who was sent back is corrected, not reported; a photo that came too late for the round can't be."""
    students = [world.student(number) for number in (1, 2, 3)]
    world.judge()
    world.do("a", Verb.APPLY, students[0])
    world.do("college", Verb.SEND_BACK, students[0], reason="photo")
    auditing.run(world.batch)
    card = re.search(
        r'<a class="todo mine" href="([^"]+)">满足全部条件、未申请<b>(\d+)</b>',
        at("a").get("/").content.decode(),
    )
    page = at("a").get("/lots")
    assert card[2] == "2"
    assert "「首批」现在可以上报 2 人" in text(page)
    assert f'href="{card[1]}"' in page.content.decode()


def test_七_2_before_the_round_nobody_is_told_to_report(world, at):
    world.student(1)
    world.judge()
    set_clock(datetime(2023, 7, 3, 9, 0, tzinfo=OFFICE_ZONE))
    auditing.run(world.batch)
    page = text(at("a").get("/lots"))
    assert ("现在可以上报" in page, "建议现在" in page, "提交申请" in page) == (False, False, False)
    assert "「首批」2023-07-06 开始申请，现在还不能上报。" in page


def test_七_2_scattered_reporting_is_counted(reported, at):
    assert "本轮已上报 2 批，其中 2 批人数较少；总部按上报先后办理，请适当集中。" in text(
        at("a").get("/lots")
    )


def test_the_place_in_the_queue_for_centre_and_student(reported, at):
    """Numbers of others count, of all centres of the college, and nothing else of theirs is told."""
    last = reported.students[3]
    account_for(reported, last)
    assert "前面还有 4 份，按上报先后办理" in text(
        at("a").get(f"/candidates/{reported.file(last).pk}")
    )
    assert "前面还有 4 份，按上报先后办理" in text(at("student").get("/my"))
    reported.do("college", Verb.ENDORSE, *reported.students[:2])
    assert "前面还有 2 份，按上报先后办理" in text(at("student").get("/my"))
    reported.do("college", Verb.ENDORSE, last)
    assert "前面还有 2 份，按上报先后办理" in text(at("student").get("/my"))
    reported.do("hq", Verb.APPROVE, *reported.students[:2])
    assert "前面没有等待的档案" in text(at("student").get("/my"))


def test_what_came_back_is_filed_again_under_its_own_name(reported, at):
    reported.do("college", Verb.SEND_BACK, reported.students[0], reason="photo")
    pk = reported.file(reported.students[0]).pk
    page = at("a").get(f"/candidates/{pk}").content.decode()
    assert re.findall(r'href="/candidates/confirm\?verb=apply[^"]*"[^>]*>([^<]+)<', page) == [
        "重新提交"
    ]  # 专科 has no degree
    assert "批量重新提交" in at("a").get("/candidates?stage=returned").content.decode()


# ---- differences


@pytest.fixture
def differing(reported):
    """Headquarters sent back one and rejected one that the college had passed; the college sent back a third."""
    one, two, _, four, five, _ = reported.students
    reported.do("college", Verb.ENDORSE, one, two, five)
    reported.do("hq", Verb.SEND_BACK, one, reason="photo", note="背景不是蓝色")
    reported.do("hq", Verb.REJECT, five, reason="result")
    reported.do("college", Verb.SEND_BACK, four, reason="photo")
    return reported


def test_differences_are_what_passed_below_and_not_above(differing, at):
    found = rows(at("college").get("/differences"))
    assert [[row[0][-2:], row[4], row[5], row[6], row[8], row[9], row[10]] for row in found] == [
        ["05", "2023-07-12 12:00", "学院李老师", "审核不通过", "成绩有误", "", "审核不通过"],
        [
            "01",
            "2023-07-12 12:00",
            "学院李老师",
            "退回补正",
            "照片问题",
            "背景不是蓝色",
            "退回补正",
        ],
    ]
    assert len(rows(at("college").get("/differences?verb=reject"))) == 1
    assert len(rows(at("college").get("/differences?settled=1"))) == 0


def test_A01_differences_of_other_centres_are_not_there(differing, at):
    assert {
        name: [row[0][-1] for row in rows(at(name).get("/differences"))]
        for name in ("a", "b", "hq")
    } == {
        "a": ["1"],
        "b": ["5"],
        "hq": ["5", "1"],
    }
    assert at("auditor").get("/differences").status_code == 404


def test_differences_leave_as_a_workbook(differing, at):
    answer = at("college").post("/lists/differences/export")
    page = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    answer.close()
    found = list(page.iter_rows(values_only=True))
    assert [row[0][-2:] for row in found if row[0] and row[0].isdigit()] == ["05", "01"]
