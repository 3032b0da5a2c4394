"""准予毕业以后资料有变化: who can't be numbered any more is an alarm, and no number of the work
that can be done.

The words on the pages of the file and of the student send both to the centre, so the centre is
told, too, and what to do.
"""

import re

import pytest

from graduand.models import (
    Candidate,
    ChsiReport,
    Grant,
    Judgement,
    PhotoRow,
    Result,
    Stale,
    Student,
)
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.office.season.ending import switching
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.scope import visible
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Role, Verb
from tests import acting, jobs
from tests.pages.home.test_home import alarmed, listed
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import figures, reasons
from tests.pages.reading import text

ALARM = "准予毕业以后资料有变化，不再符合条件，不能编号制证"
TOLD = f"{ALARM}：请核对未发布、未导入的成绩，补材料，并告诉学生"
CHANGES = {
    "mark": lambda pk: Result.objects.filter(student=pk, course="002").update(pass_key=""),
    "registry": lambda pk: ChsiReport.objects.filter(student=pk).update(mismatches="姓名"),
    "credential": lambda pk: ChsiReport.objects.filter(student=pk).update(credential_photo=False),
    "level": lambda pk: Student.objects.filter(pk=pk).update(level="top_up"),
    "picture": lambda pk: PhotoRow.objects.filter(student=pk).update(sha256="e" * 64),
    "no picture": lambda pk: PhotoRow.objects.filter(student=pk).update(current=False),
    "quality": lambda pk: PhotoRow.objects.filter(student=pk).update(problems="模糊"),
    "waits": lambda pk: PhotoRow.objects.filter(student=pk).update(review="pending"),
}


@pytest.fixture
def approved(world):
    """Three approved on a roster, and one whom the centre has applied for."""
    students = [world.student(n) for n in (1, 2, 3, 4)]
    world.judge()
    approve(world, students[:3], students[3:])
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    return students


def approve(world, students, others=()):
    """These are approved, `others` only applied for."""
    world.do("a", Verb.APPLY, *students, *others)
    for name, verb in (("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, *students)


@pytest.fixture
def changing(world):
    """change -> who is to be hit by it, of those approved on a roster; the same of those applied for; two whom
    nothing hits.
    """
    lost, filed = (
        {one: world.student(n) for n, one in enumerate(CHANGES, first)} for first in (1, 21)
    )
    clean = [world.student(n) for n in (41, 42)]
    world.judge()
    approve(world, [*lost.values(), *clean], filed.values())
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    return lost, filed, clean


def change_all(*hit):
    for students in hit:
        for change, student in students.items():
            CHANGES[change](student.pk)


def names_all(client, url, students):
    """Whether the list at `url` has all of them on its page."""
    shown = client.get(url).content.decode()
    return {
        change: student.number in shown for change, student in students.items()
    } == dict.fromkeys(students, True)


def judged(world, students):
    auditing.mark_stale([student.pk for student in students])
    auditing.run(world.batch)


def alarm(client, words=ALARM):
    return alarmed(client, words)


def told(at):
    """Which desk's home has it, in whose words: headquarters, the college, the person's centre, another one."""
    return [alarm(at("hq")), alarm(at("college")), alarm(at("a"), TOLD), alarm(at("b"), TOLD)]


def test_it_is_an_alarm_with_its_list_and_not_counted_as_work(world, at, changing):
    """Whatever the change: each of them is one in all the numbers."""
    lost, filed, clean = changing
    assert told(at) == [None] * 4
    change_all(lost, filed)
    judged(world, [*lost.values(), *filed.values(), *clean])
    url, n = "/candidates?batch=202307&stage=approved&lost=1", len(CHANGES)
    assert told(at) == [(url, n), (url, n), (url, n), None]
    assert [listed(at(name), url) for name in ("hq", "college", "a", "b")] == [n, n, n, 0]
    assert names_all(at("hq"), url, lost)
    assert listed(at("hq"), "/candidates?stage=approved&numbering=1") == 2
    assert (
        figures(opened(at("hq"), "verb=certify&all=1&list=candidates&stage=approved"))["可以提交"]
        == 2
    )
    everybody = visible(world.actor("hq"), Candidate.objects.all())
    parts = [everybody.filter(asked_for(lost=word).where()).count() for word in ("1", "0")]
    assert parts == [n, n + 2]


def test_the_page_of_the_file_says_as_home_what_is_to_be_done(world, at, changing):
    """Whatever the change; and not that there is nothing to do."""
    lost, filed, clean = changing
    change_all(lost, filed)
    judged(world, [*lost.values(), *filed.values(), *clean])
    said = {"hq": f"{ALARM}。", "college": f"{ALARM}。", "a": f"{TOLD}。"}
    wrong = []
    for change, student in lost.items():
        for name, words in said.items():
            page = text(at(name).get(f"/candidates/{world.file(student).pk}"))
            idle = name == "a" and "没有您这一岗位要办的步骤" in page
            if words not in page or "准予毕业 不再符合条件" not in page or idle:
                wrong.append((change, name))
    assert wrong == []
    shown = text(at("a").get(f"/candidates/{world.file(clean[0]).pk}"))
    assert (ALARM in shown, "不再符合条件" in shown, "没有您这一岗位要办的步骤" in shown) == (
        False,
        False,
        True,
    )


def test_whoever_is_lost_stands_on_no_new_roster_and_is_named_before_it_is_frozen(world, at):
    """A frozen roster never changes: 列在上面的才能编号制证, so nobody is put on it who cannot be numbered now."""
    lost = {change: world.student(n) for n, change in enumerate(CHANGES, 1)}
    clean, n = [world.student(number) for number in (41, 42)], len(CHANGES)
    students = [*lost.values(), *clean]
    world.judge()
    approve(world, students)
    judged(world, students)
    change_all(lost)
    judged(world, students)
    client = at("hq")
    assert listed(client, "/candidates?batch=202307&stage=approved&roster=0&listable=1") == 2
    assert listed(client, "/candidates?batch=202307&listable=0") == n
    home = client.get("/").content.decode().replace("&amp;", "&")
    assert re.findall(r"<b>(\d+)</b>待列入花名册|待列入花名册.*?(\d+)", home)[0] in (
        ("2", ""),
        ("", "2"),
    )
    page = client.get("/rosters/new?batch=202307").content.decode()
    assert f"<b>另有 {n} 人不列入</b>" in page
    named = re.findall(
        r'<li><a href="/candidates/(\d+)">([^<]+)</a> <small>(\d+)</small></li>', page
    )
    assert sorted(named) == sorted(
        (str(world.file(one).pk), one.name, one.number) for one in lost.values()
    )
    assert "确定 2 人</button>" in page
    assert (
        f"另有 {n} 人准予毕业以后资料有变化，现在不能编号制证，不列入。"
        in client.get("/rosters?batch=202307").content.decode()
    )
    client.post("/rosters/freeze", {"batch": "202307", "seen": "2"})
    assert {change: world.file(one).roster_no for change, one in lost.items()} == dict.fromkeys(
        lost
    )
    assert sorted(world.file(one).roster_no for one in clean) == [1, 2]


def test_in_a_closed_batch_the_numbering_goes_on_and_so_does_the_judgement(world, at, changing):
    """Closing ends filing and review: who was approved is judged like in an open batch, who lapsed stays as he was."""
    lost, filed, clean = changing
    Candidate.objects.filter(stage="applied").update(explanation="无法联系本人")
    acting.shut(world.batch, world.actor("hq"))
    lapsed = Judgement.objects.filter(candidate__student__in=filed.values()).order_by("pk").values()
    before = list(lapsed.all())
    change_all(lost, filed)
    everybody = [*lost.values(), *filed.values(), *clean]
    auditing.mark_stale([one.pk for one in everybody], "导入了成绩")
    client, url, n = at("hq"), "/candidates?batch=202307&stage=approved&lost=1", len(CHANGES)
    numbered, waiting = (
        "/candidates?batch=202307&stage=approved&numbering=1",
        "/candidates?batch=202307&judging=1",
    )
    assert [listed(client, one) for one in (numbered, waiting)] == [0, n + 2]
    said = f"另有 <b>{n + 2} 人</b>正在重新审核"
    assert said in " ".join(client.get("/").content.decode().split())
    while jobs.work_once():
        pass
    assert told(at) == [(url, n), (url, n), (url, n), None]
    assert names_all(client, url, lost)
    assert [listed(client, one) for one in (url, numbered, waiting)] == [n, 2, 0]
    assert (list(lapsed.all()), list(Stale.objects.values_list("candidate__stage", flat=True))) == (
        before,
        ["lapsed"] * n,
    )
    assert len(before) == n


def test_in_a_closed_batch_judging_again_is_offered_for_whom_the_work_goes_on(world, at, approved):
    Candidate.objects.filter(stage="applied").update(explanation="无法联系本人")
    acting.shut(world.batch, world.actor("hq"))
    client = at("hq")
    offered, answers = {}, {}
    for student in (approved[0], approved[3]):
        page = f"/candidates/{world.file(student).pk}"
        offered[student.pk] = f'action="{page}/judge"' in client.get(page).content.decode()
        answers[student.pk] = client.post(f"{page}/judge").status_code
    assert list(offered.values()) == [True, False]
    assert list(answers.values()) == [302, 409]
    assert 'action="/batches/202307/judge"' in client.get("/batches/202307").content.decode()
    assert client.post("/batches/202307/judge").status_code == 302


def test_七_1_who_closes_a_batch_reads_who_stays_in_it_and_cannot_be_numbered(world, at, approved):
    """Closing carries them not over, and asks for no reason: both people read how many, and what to do before it."""
    words = "「待编号制证」中有 1 人 准予毕业以后资料有变化，不再符合条件，现在不能编号制证 ： "
    told = "另有 1 人准予毕业后不再符合条件，不在结转之内，留在本批次也不能编号制证"
    Candidate.objects.filter(stage="applied").update(explanation="无法联系本人")
    before = at("hq").get("/batches/202307/closing")
    assert ("待编号制证" in text(before), words in text(before), told in text(before)) == (
        True,
        False,
        False,
    )
    CHANGES["mark"](approved[0].pk)
    judged(world, approved)
    page = at("hq").get("/batches/202307/closing")
    url = re.search(r'「待编号制证」中有\s*<a href="([^"]+)">', page.content.decode())[1].replace(
        "&amp;", "&"
    )
    assert (words + "关闭不结转他们。请在关闭以前核对" in text(page), told in text(page)) == (
        True,
        True,
    )
    assert listed(at("hq"), url) == 1
    asked = switching.ask(world.actor("hq"), world.batch, BatchSwitch.CLOSE, "当季办结")
    assert asked.detail["told"].endswith(told)
    acting.shut(world.batch, world.actor("hq"))
    assert words + "条件补齐（如更正成绩）以后才能编号制证" in text(
        at("hq").get("/batches/202307/closing")
    )


def test_a_doubt_has_an_alarm_of_its_own(world, at, approved):
    ChsiReport.objects.filter(student=approved[0]).update(verdict="unsure")
    judged(world, approved)
    assert alarm(at("hq")) is None
    assert listed(at("hq"), "/candidates?stage=approved&numbering=1") == 2


def test_the_centre_s_own_clerk_is_told_and_not_as_of_something_late(world, at, approved):
    """It decides nothing there: a reminder, and for the class teacher, who tells the student, too."""
    Result.objects.filter(student=approved[0].pk, course="002").update(pass_key="")
    judged(world, approved)
    shown = {name: text(at(name).get("/")) for name in ("a", "college")}
    assert (f"提醒 202307 {TOLD}" in shown["a"], f"紧急 202307 {ALARM}" in shown["college"]) == (
        True,
        True,
    )
    Grant.objects.filter(user=world.users["a"]).update(role=Role.CLASS_TEACHER.value)
    assert f"提醒 202307 {TOLD}" in text(at("a").get("/"))


def test_whoever_numbers_reads_what_is_missing_before_that_a_roster_is(world, at):
    """Nobody whose conditions are lost comes onto a roster, so making one is no next step."""
    students = [world.student(n) for n in (1, 2)]
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, *students)
    CHANGES["mark"](students[0].pk)
    judged(world, students)
    dialog = opened(at("hq"), "verb=certify&all=1&list=candidates&stage=approved")
    assert reasons(dialog) == {"必须通过的课程未通过": 1, "不在毕业生花名册上": 1}
    shown = text(at("hq").get(f"/candidates/{world.file(students[0]).pk}"))
    assert "编号制证 课程 健康管理学（002） 必须通过，现为未通过" in shown
