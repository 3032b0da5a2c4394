"""审核中: whoever is being judged again is neither fit nor unfit, and every page says since when, why, and who helps."""

import re
from datetime import timedelta

import pytest

from graduand.models import Candidate, Job, Judgement, Result, Student, Unit
from graduand.office.audit import auditing
from graduand.queries import clock, judging
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.season import gaps, progress
from graduand.rulebook.terms import Verb
from tests import jobs
from tests.pages.world import NOON, account_for, set_clock

pytestmark = pytest.mark.django_db
HELP = "后台处理没有进展，请联系系统管理员"


@pytest.fixture
def stale(world):
    """Five fit students in the first centre; a mark of the first one was taken back and nobody has judged it yet."""
    students = [world.student(number) for number in range(1, 6)]
    world.judge()
    Result.objects.filter(student=students[0], course="002").update(pass_key="")
    auditing.mark_stale([students[0].pk], "导入了成绩")
    return students


def pks(**said):
    rows = Candidate.objects.filter(asked_for(**said).where()).order_by("number")
    return [int(number[-2:]) for number in rows.values_list("number", flat=True)]


def text(answer):
    return " ".join(answer.content.decode().split())


def beat(seconds):
    """Somebody was last at it `seconds` ago."""
    Job.objects.filter(kind="audit").update(beat_at=clock.real_now() - timedelta(seconds=seconds))


def test_a_doubtful_verdict_answers_to_no_question_about_it(stale):
    assert Judgement.objects.filter(fit=True).count() == 5  # as it is stored
    assert (pks(fit="1"), pks(fit="0")) == ([2, 3, 4, 5], [])
    assert (pks(clear="1"), pks(clear="0")) == ([2, 3, 4, 5], [])
    assert (pks(photo="1"), pks(photo="0")) == ([2, 3, 4, 5], [])
    assert (pks(chsi="1"), pks(chsi="0")) == ([2, 3, 4, 5], [])
    assert (pks(judging="1"), pks(judging="0"), pks()) == ([1], [2, 3, 4, 5], [1, 2, 3, 4, 5])
    Judgement.objects.update(codes=1 << 1)
    assert set(pks(code="CRED-TOTAL")) <= {2, 3, 4, 5}


def test_it_is_in_no_count(world, stale):
    people = Candidate.objects.all()
    assert [(row[2], row[3]) for row in progress.by_centre(people)] == [(0, 4)]
    assert gaps.counts(world.batch) == {"motion": 0, "returned": 0, "unfiled": 4, "deferred": 0}
    Judgement.objects.update(codes=1)
    assert [n for _, n in progress.reasons(people)] == [4]


def test_after_one_turn_of_the_worker_everything_is_known_again(world, at, stale):
    assert jobs.work_once("worker")
    assert (pks(fit="1"), pks(fit="0"), pks(judging="1")) == ([2, 3, 4, 5], [1], [])
    page = text(at("a").get("/candidates"))
    assert ("正在重新审核" in page, "重审中" in page) == (False, False)


def test_the_negative_control_without_an_order_nothing_is_said(stale):
    """The first half of the condition: the same doubt, and nobody has ordered the judging."""
    Job.objects.all().delete()
    assert (pks(fit="1"), pks(judging="1")) == ([1, 2, 3, 4, 5], [])


@pytest.mark.parametrize("doubt", ["policy", "plan", "day"])
def test_another_policy_another_plan_a_day_that_has_come_are_doubts_too(world, stale, doubt):
    assert jobs.work_once("worker")
    row = Judgement.objects.filter(candidate__number__endswith="2")
    if doubt == "policy":
        row.update(policy_digest="another")
    elif doubt == "plan":
        row.update(plan_version=7)
    else:
        row.update(changes_on=clock.today() + timedelta(days=1))
        Job.objects.update(again_on=clock.today() + timedelta(days=1))
        assert pks(judging="1") == []
        set_clock(NOON + timedelta(days=1))
    if doubt != "day":
        jobs.order_audit(world.batch, None)
    assert pks(judging="1") == [2]
    assert jobs.work_once("worker")  # a day that has come wakes the job by itself
    assert pks(judging="1") == []


def test_a_card_of_home_follows_the_day(world, at, stale):
    """The question behind a card is put together once and kept, and the day is part of it."""
    assert jobs.work_once("worker")
    row = Judgement.objects.filter(candidate__number__endswith="2")
    row.update(changes_on=clock.today() + timedelta(days=1))
    Job.objects.update(again_on=clock.today() + timedelta(days=1))
    ready = re.compile(r'满足全部条件、未申请<span class="count">(\d+)<')
    counts = [ready.search(text(at("a").get("/")))[1]]
    set_clock(NOON + timedelta(days=1))
    counts.append(ready.search(text(at("a").get("/")))[1])
    assert counts == ["4", "3"]


def test_the_list_says_how_many_since_when_and_why(at, stale):
    page = text(at("a").get("/candidates"))
    assert "<b>1 人</b>正在重新审核（自 12:00，导入了成绩），完成后自动更新。" in page
    assert ('judging=1">只看这 1 人</a>' in page, "另有 " in page) == (True, False)
    fit = text(at("a").get("/candidates?fit=1"))
    assert ("另有 <b>1 人</b>正在重新审核" in fit, "查询到 <b>4</b>" in fit) == (True, True)
    only = text(at("a").get("/candidates?judging=1"))
    assert ("查询到 <b>1</b>" in only, "另有 " in only) == (True, False)


def test_the_row_shows_the_last_verdict_greyed_with_its_day_and_its_verbs_are_off(at, stale):
    page = text(at("a").get("/candidates?judging=1"))
    assert (
        '<span class="tag again"' in page,
        ">重审中</span>" in page,
        ">7-12 满足</small>" in page,
    ) == (True, True, True)
    assert "申请毕业：正在重新审核（12:00 导入了成绩），完成后再办理" in page
    assert "暂缓毕业：正在重新审核" not in page  # a step that stands on no verdict
    known = text(at("a").get("/candidates?judging=0"))
    assert ("重审中" in known, "申请毕业：正在重新审核" in known) == (False, False)


def test_another_centre_hears_nothing_of_it(at, stale):
    assert "正在重新审核" not in text(at("b").get("/candidates"))


def test_the_line_looks_again_ever_slower_and_then_no_more(at, stale):
    first, last = text(at("a").get("/candidates")), text(at("a").get("/candidates?poll=12"))
    assert ("poll=1" in first, 'hx-trigger="load delay:2s"' in first) == (True, True)
    assert 'hx-trigger="load delay:60s"' in text(at("a").get("/candidates?poll=11"))
    assert ("poll=13" in last, 'href="/candidates">刷新</a>' in last) == (False, True)
    assert jobs.work_once("worker")
    assert "重新审核已完成。" in text(at("a").get("/candidates?poll=2"))


def test_home_says_it_and_counts_only_what_is_known(at, stale):
    page = text(at("a").get("/"))
    assert (
        "另有 <b>1 人</b>正在重新审核（自 12:00，导入了成绩），没有计入满足和不满足；完成后自动更新。"
        in page
    )


def test_when_nobody_is_at_it_for_a_minute_every_page_says_whom_to_call(world, at, stale, settings):
    file = world.file(stale[0])
    pages = ("/candidates", "/", f"/candidates/{file.pk}")
    beat(20)
    assert [HELP in text(at("a").get(page)) for page in pages] == [False, False, False]
    beat(61)
    settings.HELP_CONTACT = "信息中心 010-1234"
    said = HELP.replace("系统管理员", "信息中心 010-1234")
    assert [said in text(at("a").get(page)) for page in pages] == [True, True, True]


def test_a_worker_at_other_work_does_not_stand_still(at, stale):
    beat(61)
    Job.objects.create(
        kind="act",
        subject=1,
        state="running",
        leased_until=clock.real_now() + timedelta(seconds=60),
    )
    page = text(at("a").get("/candidates"))
    assert (HELP in page, "后台正在办理其他任务，办完后接着审核" in page) == (False, True)


def test_the_page_of_a_student_shows_the_last_verdict_as_the_last_one(world, at, stale):
    page = text(at("a").get(f"/candidates/{world.file(stale[0]).pk}"))
    assert (
        "正在重新审核（12:00 导入了成绩）：下面是 2023-07-12 的判断，可能已有变化；完成后刷新即可看到。"
        in page
    )
    assert "正在重新审核（12:00 导入了成绩），完成后再办理" in page
    assert "各项条件均满足，没有需要处理的问题" not in page
    other = text(at("a").get(f"/candidates/{world.file(stale[1]).pk}"))
    assert ("正在重新审核" in other, "各项条件均满足，没有需要处理的问题" in other) == (False, True)


def test_the_students_own_page_says_it_in_plain_words(world, at, stale):
    account_for(world, stale[0])
    page = text(at("student").get("/my"))
    assert (
        "正在重新审核：" in page,
        "12:00 导入了成绩，学校正在按新资料审核，完成后这里会更新" in page,
    ) == (True, True)
    assert "毕业条件已满足" not in page
    beat(61)
    page = text(at("student").get("/my"))
    # who looks after the program is the staff's to know: a student asks the learning centre
    assert (
        "重新审核暂时没有进展：</b>学校的系统恢复后会接着审核，这里随后更新。暂时不需要您处理。"
        "有疑问请联系杭州学习中心" in page
    )
    assert HELP not in page


def test_a_step_judges_afresh_whatever_is_stored(world, stale):
    """The verdict of the list is doubtful; the move looks at the facts."""
    world.do("a", Verb.APPLY, stale[0], stale[1])
    assert [world.file(student).stage for student in stale[:2]] == ["listed", "applied"]


def test_a_batch_is_not_closed_while_somebody_is_being_judged(world, stale):
    from graduand.office.season.ending import closing  # what it says is looked at here alone

    doubtful = "还有 1 人正在重新审核，是否满足条件尚未确定，"
    assert closing.ready(world.batch) == f"{doubtful}请等审核完成"
    Job.objects.update(beat_at=clock.real_now() - timedelta(seconds=90))
    assert closing.ready(world.batch) == f"{doubtful}{HELP}"
    assert jobs.work_once("worker")
    named = "、".join(f"{pupil.number} {pupil.name}" for pupil in stale[1:])
    left = f"还有{gaps.GAPS['unfiled']} 4 人（{named}）没有说明，"
    assert closing.ready(world.batch) == left + "请先办结或在「查缺补漏与关闭」逐项说明"


def test_the_definition_is_the_audits_own(world, stale):
    due = set(auditing.due(world.batch, auditing.basis_of(world.batch)))
    assert (
        set(
            Candidate.objects.filter(judging.being_judged(clock.today())).values_list(
                "id", flat=True
            )
        )
        == due
    )


@pytest.mark.parametrize(("name", "may"), [("college", True), ("hq", True), ("a", False)])
def test_judging_again_is_a_button_for_who_reviews(world, at, stale, name, may):
    file = world.file(stale[0])
    client, address = at(name), f"/candidates/{file.pk}"
    assert (f'action="{address}/judge"' in text(client.get(address))) is may
    answers = [
        client.post(f"{address}/judge").status_code,
        client.post("/batches/202307/judge").status_code,
    ]
    assert (answers, pks(judging="1")) == (([302, 302], []) if may else ([403, 404], [1]))


def test_nobody_judges_another_centres_file(world, at, stale):
    assert at("b").post(f"/candidates/{world.file(stale[0]).pk}/judge").status_code == 404


# -- 重新审核 says what it did -----------------------------------------------------------------------------------


def said(client, answer):
    """What the page to which one is sent back says of it."""
    page = text(client.get(answer["Location"]))
    found = re.search(r'id="rejudged">(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def test_judging_a_file_again_says_what_it_changed(world, at, stale):
    client, address = at("hq"), f"/candidates/{world.file(stale[1]).pk}"
    assert said(client, client.post(f"{address}/judge")) == "已按现有资料重新审核，结果与之前相同。"
    Result.objects.filter(student=stale[1], course="002").delete()
    told = said(client, client.post(f"{address}/judge"))
    assert (
        told
        == "已按现有资料重新审核，新出现：总学分不足、模块学分不足、必须通过的课程未通过；总学分 12 → 5。"
    )
    assert 'id="rejudged"' not in text(client.get(address))
    assert [
        said(client, {"Location": f"{address}?judged={odd}"}) for odd in ("x", "-1-2", "1")
    ] == ["", "", ""]


def test_judging_a_batch_again_says_how_many_how_far_and_what_it_changed(world, at, stale):
    client = at("hq")
    Result.objects.filter(student=stale[0], course="002").delete()
    answer = client.post("/batches/202307/judge")
    told = said(client, answer)
    assert told.startswith("已安排重新审核 1 人，还有 1 人正在重新审核（")
    assert told.endswith("查看正在审核的人 刷新")
    assert jobs.work_once("worker")
    before = len(stale)
    assert (
        said(client, answer)
        == f"已重新审核 1 人，满足毕业条件的由 {before} 人变为 {before - 1} 人。"
    )
    nothing = (
        "名单上每个人的判断都是最新的，没有需要重新审核的。资料或规定一有变化，系统会自动重新审核。"
    )
    assert said(client, client.post("/batches/202307/judge")) == nothing


# -- numbers that a college reads are those of its own people ------------------------------------------------------


@pytest.fixture
def two_colleges(world, stale):
    """Three of the five belong to another college; one of the first college and all of these are being judged."""
    college = Unit.objects.create(
        code="X9", name="别的学院", kind="college", parent=Unit.objects.get(kind="hq")
    )
    centre = Unit.objects.create(code="X901", name="别的中心", kind="centre", parent=college)
    others = [student.pk for student in stale[2:]]
    Student.objects.filter(pk__in=others).update(centre=centre)
    Candidate.objects.filter(student__in=others).update(centre=centre)
    auditing.mark_stale(others, "导入了成绩")
    return stale


@pytest.mark.parametrize(
    ("name", "due", "before", "by"), [("college", 1, 2, None), ("hq", 4, 5, "hq")]
)
def test_judging_a_batch_again_counts_whom_the_visitor_sees(
    world, at, two_colleges, name, due, before, by
):
    client = at(name)
    answer = client.post("/batches/202307/judge")
    told = said(client, answer)
    assert told.startswith(f"已安排重新审核 {due} 人，还有 {due} 人正在重新审核（")
    assert f"查询到 <b>{due}</b>" in text(client.get("/candidates?batch=202307&judging=1"))
    assert Job.objects.get(kind="audit").by == (
        world.users[by] if by else None
    )  # whose it is may stop it
    while jobs.work_once("worker"):
        pass
    assert (
        said(client, answer)
        == f"已重新审核 {due} 人，满足毕业条件的由 {before} 人变为 {before - 1} 人。"
    )


@pytest.mark.parametrize(("name", "people"), [("college", 2), ("a", 2), ("b", 0), ("hq", 5)])
def test_the_list_of_batches_counts_whom_the_visitor_sees(at, two_colleges, name, people):
    page = text(at(name).get("/batches"))
    assert re.findall(r'data-label="名单">(\d+)<', page) == [str(people)]
