"""One student in two batches: the page of a file says which batch it is, where else there is one, and what was refused there."""

import re
from datetime import datetime, timedelta

import pytest

from graduand.models import Candidate
from graduand.office.acts import ActRequest, do
from graduand.office.audit import auditing
from graduand.queries.facts.earlier_refusals import refused_before
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Stage, Verb
from tests.acting import shut
from tests.pages.lists.picking import opened
from tests.pages.season.side_by_side.test_side_by_side import BEGUN, load_next
from tests.pages.world import NOON, account_for, list_all, set_clock

RETURNED, REJECTED, WAITS = 1, 2, 3


@pytest.fixture
def carried(world):
    """One sent back, one rejected, one who never applied; then the batch was closed and the next one takes applications."""
    world.students = [world.student(n) for n in (RETURNED, REJECTED, WAITS)]
    world.judge()
    world.do("a", Verb.APPLY, *world.students[:2])
    world.do("college", Verb.SEND_BACK, world.students[0], reason="details", note="班级不对")
    world.do("college", Verb.REJECT, world.students[1], reason="result", note="核查不符")
    world.next = load_next()
    list_all(world.next)
    Candidate.objects.filter(batch=world.batch).update(explanation="说明")
    shut(world.batch, world.actor("hq"))
    set_clock(BEGUN)
    auditing.run(world.next)
    return world


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def both(world, number):
    student = world.students[number - 1]
    return world.file(student).pk, Candidate.objects.get(batch=world.next, student=student).pk


@pytest.mark.parametrize(
    ("number", "stage", "holder", "said"),
    [
        (
            RETURNED,
            "未办结转",
            "已转入 202401，请到那里办理",
            "退回补正（信息有误：班级不对），学院",
        ),
        (
            REJECTED,
            "审核不通过",
            "本批次已关闭，不再重审；可在 202401 申请",
            "审核不通过（成绩有误：核查不符），学院",
        ),
        (WAITS, "未办结转", "已转入 202401，请到那里办理", ""),
    ],
)
def test_the_pages_of_both_files_name_their_batch_and_lead_to_each_other(
    carried, at, number, stage, holder, said
):
    old, new = both(carried, number)
    client = at("a")
    pages = [client.get(f"/candidates/{pk}") for pk in (old, new)]
    assert [
        f'href="/candidates/{pk}"' in page.content.decode()
        for pk, page in ((new, pages[0]), (old, pages[1]))
    ] == [True] * 2
    first, second = map(text, pages)
    assert ("· 202307 批次 ·" in first, "· 202401 批次 ·" in second) == (True, True)
    assert (holder in first, "这份档案已办结" in first, "等待总部处理" in first) == (
        True,
        False,
        False,
    )
    there = second.partition("该生在其他毕业批次")[2].partition("基本信息")[0]
    assert ("202307 批次" in there, stage in there, said in there) == (True, True, True)


def test_over_all_batches_a_file_that_has_ended_says_where_the_person_goes_on_and_is_ticked_for_nothing(
    carried, at
):
    page = at("a").get("/candidates?batch=all").content.decode()
    rows = re.findall(r"<tr>\s*<td class=\"tick\">.*?</tr>", page, re.DOTALL)
    plain = {re.search(r"/candidates/(\d+)\?", row)[1]: row for row in rows}
    for number, stage in ((RETURNED, "未办结转"), (REJECTED, "审核不通过"), (WAITS, "未办结转")):
        old, new = (plain[str(pk)] for pk in both(carried, number))
        assert [
            re.sub(r"<[^>]+>", "", row.partition('data-label="状态">')[2].partition("</td>")[0])
            for row in (old, new)
        ] == [
            f"{stage} 在 202401 继续",
            "未申请",
        ]
        assert [("checkbox" in row, "/confirm?" in row) for row in (old, new)] == [
            (False, False),
            (True, True),
        ]
    college = at("college").get("/candidates?batch=all").content.decode()
    assert ('name="chosen"' in college, "/confirm?" in college) == (
        False,
        False,
    )  # nobody there waits for a review


@pytest.mark.parametrize(
    ("verbs", "said"),
    [
        ((), "继续"),
        ((Verb.APPLY,), "继续"),
        ((Verb.APPLY, Verb.REJECT), "审核不通过"),
        ((Verb.LAPSE,), "未办结转"),
    ],
)
def test_of_whoever_has_ended_in_the_later_batch_too_nobody_is_said_to_go_on_there(
    carried, at, verbs, said
):
    old, new = both(carried, WAITS)
    for verb in verbs:
        if verb is Verb.LAPSE:  # as the batch's closing does
            Candidate.objects.filter(pk=new).update(stage=Stage.LAPSED.value)
        else:
            desk = "a" if verb is Verb.APPLY else "college"
            do(
                carried.next,
                [new],
                carried.actor(desk),
                ActRequest(verb, answers={"reason": "result", "note": "核查不符"}),
            )
    page = at("a").get("/candidates?batch=202307").content.decode()
    row = next(row for row in page.split("<tr>") if f"/candidates/{old}?" in row)
    shown = re.sub(r"<[^>]+>", "", row.partition('data-label="状态">')[2].partition("</td>")[0])
    assert shown == f"未办结转 在 202401 {said}"


def test_whoever_reviews_anew_is_told_what_was_refused_in_an_earlier_batch(carried, at):
    files = {number: both(carried, number)[1] for number in (RETURNED, REJECTED, WAITS)}
    do(carried.next, list(files.values()), carried.actor("a"), ActRequest(Verb.APPLY))
    pages = {
        number: text(at("college").get(f"/reviews/{pk}?batch=202401"))
        for number, pk in files.items()
    }
    assert "202307 批次：审核不通过（成绩有误：核查不符），学院" in pages[REJECTED]
    assert "202307 批次：退回补正（信息有误：班级不对），学院" in pages[RETURNED]
    clean = {number: "各项条件均满足，没有提醒。" in page for number, page in pages.items()}
    assert clean == {RETURNED: False, REJECTED: False, WAITS: True}


def test_who_was_refused_before_stands_out_and_is_not_passed_with_those_without_problems(
    carried, at
):
    """Refused in an earlier batch, for a reason that the judgement of today cannot see: a person looks at it first."""
    files = {number: both(carried, number)[1] for number in (RETURNED, REJECTED, WAITS)}
    do(carried.next, list(files.values()), carried.actor("a"), ActRequest(Verb.APPLY))
    client, names = at("college"), {number: carried.students[number - 1].name for number in files}
    listed = client.get("/reviews?batch=202401").content.decode()
    stands_out = {
        number: re.findall("曾不通过|曾退回补正", line)
        for number, name in names.items()
        for line in listed.split("<tr>")
        if f">{name}</a>" in line
    }
    assert stands_out == {RETURNED: ["曾退回补正"], REJECTED: ["曾不通过"], WAITS: []}
    assert 'title="2023-07-12 在 202307 批次被退回补正（信息有误）"' in listed
    assert (
        'title="2024-01-02 在 202307 批次审核不通过（成绩有误）"' not in listed
    )  # the day of the refusal, not of today
    assert 'title="2023-07-12 在 202307 批次审核不通过（成绩有误）"' in listed
    link = re.search(r'href="([^"]+)">批量通过无问题的<', listed)[1].replace("&amp;", "&")
    dialog = text(client.post("/candidates/picks", {"meant": link.partition("?")[2]}, follow=True))
    assert "已选 3 可以提交 1 将跳过 2" in re.sub(r"(\S) +(\d)", r"\1 \2", dialog)
    assert "以前被退回补正或审核不通过" in dialog
    one_by_one = do(
        carried.next, [files[REJECTED]], carried.actor("college"), ActRequest(Verb.ENDORSE)
    )
    assert (one_by_one.done, one_by_one.warned) == (1, 1)


def test_whoever_files_anew_reads_for_what_it_came_back_in_the_batch_before(carried, at):
    """As a file that came back within one batch is filed again; who was rejected, or never filed, came back for nothing."""
    client, why = (
        at("a"),
        "信息有误：班级不对 学院 学院李老师 于 2023-07-12 12:00 在 202307 批次退回，此后没有再申请",
    )
    everybody = text(opened(client, "verb=apply&all=1&list=candidates&batch=202401&stage=listed"))
    assert ("其中 1 人是重新提交，上次退回的原因" in everybody, why in everybody) == (True, True)
    new = both(carried, RETURNED)[1]
    assert "202307 批次退回原因：信息有误：班级不对" in text(client.get(f"/candidates/{new}"))
    do(carried.next, [new], carried.actor("a"), ActRequest(Verb.APPLY))
    do(carried.next, [new], carried.actor("a"), ActRequest(Verb.WITHDRAW))
    assert "是重新提交" not in text(
        opened(client, f"verb=apply&chosen={new}")
    )  # filed since: it holds no longer


def test_who_has_deferred_in_a_batch_that_is_not_closed_is_named_before_being_filed_in_another(
    world, at
):
    """The student signed to graduate later: filing everybody takes nobody along without a word."""
    deferred, other = world.student(1), world.student(2)
    world.judge()
    world.do("a", Verb.DEFER, deferred, statement=True)
    after = load_next()
    list_all(after)
    set_clock(BEGUN)
    auditing.run(after)
    client, asked = at("a"), "verb=apply&all=1&list=candidates&batch=202401&stage=listed"
    dialog = text(opened(client, asked))
    warned = dialog.partition("可以提交的人中，1 人在其他批次已声明暂缓毕业，还没有恢复。")[2]
    assert "请先与学生确认要在本批次毕业" in warned
    assert (
        f"{deferred.name} {deferred.number} 在 202307 批次暂缓" in warned,
        other.name in warned,
    ) == (True, False)
    alone = Candidate.objects.get(batch=after, student=other).pk
    said = "该生在 202307 批次声明过暂缓毕业，还没有恢复。申请以前请先与学生确认要在本批次毕业。"
    there = Candidate.objects.get(batch=after, student=deferred).pk
    assert [said in text(client.get(f"/candidates/{pk}")) for pk in (there, alone)] == [True, False]
    assert "已声明暂缓毕业" not in text(opened(client, f"verb=apply&chosen={alone}"))
    set_clock(NOON + timedelta(hours=1))
    world.do("a", Verb.RESUME, deferred)
    set_clock(BEGUN)
    assert "已声明暂缓毕业" not in text(opened(client, asked))


def test_a_rejection_that_was_reopened_stands_out_in_its_own_batch_and_a_mended_return_does_not(
    world, at
):
    rejected, returned = world.student(1), world.student(2)
    world.judge()
    world.do("a", Verb.APPLY, rejected, returned)
    world.do("college", Verb.REJECT, rejected, reason="identity")
    world.do("college", Verb.SEND_BACK, returned, reason="photo")
    files = {
        name: world.file(student).pk
        for name, student in (("rejected", rejected), ("returned", returned))
    }
    said = ("曾不通过", "2023-07-12 在 202307 批次审核不通过（身份存疑）")
    assert refused_before(list(files.values())) == {files["rejected"]: said}


def test_a_student_with_one_file_has_no_such_card(world, at):
    student = world.student(1)
    world.judge()
    assert "该生在其他毕业批次" not in text(at("a").get(f"/candidates/{world.file(student).pk}"))


def test_the_student_reads_until_when_the_centre_files_and_where_the_old_file_went(carried, at):
    account_for(carried, carried.students[WAITS - 1])
    shown = text(at("student").get("/my"))
    assert "学习中心申请 未申请，由学习中心在 2024-01-16 或之前提交" in shown
    others = shown.partition("我在其他毕业批次")[2]
    assert ("未办结，已转入 202401" in others, "制证、寄送、签领继续办理" in others) == (
        True,
        False,
    )


@pytest.mark.parametrize(("number", "told"), [(RETURNED, True), (WAITS, False)])
def test_the_student_reads_in_the_next_batch_why_the_application_came_back(
    carried, at, number, told
):
    """Carried over, the reason still holds: nobody has mended it, and the same application would come back once more."""
    account_for(carried, carried.students[number - 1])
    why = (
        "上次申请被退回。 原因：信息有误：班级不对。学习中心补正后才能重新提交，如有需要会联系您。"
    )
    shown = text(at("student").get("/my"))
    assert (why in shown, "暂时不需要您处理" in shown) == (told, not told)


def test_the_charts_of_home_are_about_the_batch_that_takes_applications(carried, at):
    carried.student(9, photo=False)
    list_all(carried.next)
    auditing.run(carried.next)
    shown = text(at("a").get("/"))
    reasons = shown.partition("还不能申请的原因和提醒")[2]
    assert (reasons.lstrip().startswith("202401 批次"), "没有被拦下的学生" in reasons) == (
        True,
        False,
    )
    assert "每日申请人数 202307 批次" in text(at("a").get("/?batch=202307"))


def test_before_the_next_one_begins_the_charts_stay_with_the_running_batch(world, at):
    """The control: a later batch that is only prepared takes no chart away."""
    world.student(1)
    world.judge()
    load_next()
    assert "每日申请人数 202307 批次" in text(at("a").get("/"))
    set_clock(datetime(2023, 12, 1, 9, 0, tzinfo=OFFICE_ZONE))
    assert "每日申请人数 202307 批次" in text(at("a").get("/"))


def test_nobody_is_said_to_act_in_a_batch_whose_last_day_is_over(world, at):
    """Before headquarters has closed it, too: neither the centre files nor does anybody judge a rejection again."""
    waits, rejected = world.student(1), world.student(2)
    world.judge()
    world.do("a", Verb.APPLY, rejected)
    world.do("college", Verb.REJECT, rejected, reason="result")
    pages = [
        text(at("a").get(f"/candidates/{world.file(student).pk}")) for student in (waits, rejected)
    ]
    assert (
        "现在由杭州学习中心办理" in pages[0],
        "审核不通过；如有申诉，由总部重审" in pages[1],
    ) == (True, True)
    set_clock(datetime(2023, 10, 13, 9, 0, tzinfo=OFFICE_ZONE))
    pages = [
        text(at("a").get(f"/candidates/{world.file(student).pk}")) for student in (waits, rejected)
    ]
    assert "本批次已于 2023-10-12 截止，不再申请和审核，待总部关闭" in pages[0]
    assert "本批次已截止，不再重审；可在下一毕业批次申请" in pages[1]


def test_who_had_deferred_in_a_batch_that_was_closed_is_named_and_told_in_the_next_one(world, at):
    """The closing carries the file over; it takes back nothing that the student signed."""
    deferred, other = world.student(1), world.student(2)
    account_for(world, deferred)
    world.judge()
    world.do("a", Verb.DEFER, deferred, statement=True)
    after = load_next()
    list_all(after)
    Candidate.objects.filter(batch=world.batch).update(explanation="说明")
    shut(world.batch, world.actor("hq"))
    set_clock(BEGUN)
    auditing.run(after)
    client, asked = at("a"), "verb=apply&all=1&list=candidates&batch=202401&stage=listed"
    warned = text(opened(client, asked)).partition(
        "可以提交的人中，1 人在其他批次已声明暂缓毕业，还没有恢复。"
    )[2]
    assert f"{deferred.name} {deferred.number} 在 202307 批次暂缓，没有办结而转入本批次" in warned
    assert other.name not in warned
    own = "您曾声明暂缓毕业：您在以前的批次声明过暂缓毕业，那个批次已经结束，您已转入202401批次。"
    assert f"{own}要在这个批次毕业的，请联系学习中心" in text(at("student").get("/my")).replace(
        " ", ""
    )
    file = Candidate.objects.get(batch=after, student=deferred).pk
    for verb in (Verb.APPLY, Verb.WITHDRAW):  # filed since: the student has said otherwise
        do(after, [file], world.actor("a"), ActRequest(verb))
    assert "已声明暂缓毕业" not in text(opened(client, asked))
    assert "您曾声明暂缓毕业" not in text(at("student").get("/my"))
