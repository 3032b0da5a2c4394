"""编号制证以后资料有变化: whoever fails then is an alarm at every desk, no number of the work, and not told to come for it."""

import re

import pytest

from graduand.models import Candidate, Event, Result
from graduand.office import audit
from graduand.rulebook.terms import Stage, Verb
from tests import jobs
from tests.factories import register
from tests.pages.picking import opened, token_of
from tests.pages.test_bulk import figures, reasons
from tests.pages.test_home import listed
from tests.pages.test_stations import bring
from tests.pages.test_student import page, text
from tests.pages.world import account_for

ALARM = "编号制证以后资料有变化，不再符合毕业条件，寄出和签领已停"
TOLD = f"{ALARM}：证书先不要发，请核对未发布、未导入的成绩，补材料，并告诉学生"
LIST = "/candidates?batch=202307&unqualified=1"
HELD = "编号制证以后资料有变化，不再符合毕业条件：必须通过的课程未通过、总学分不足、模块学分不足；总部核实以前不能寄出和签领"
STOPPED = "毕业证书暂停发放： 证书编号以后资料有变化，现在不满足毕业条件，总部核实以前不能领取，请先不要前来领证"
WORK = {
    Stage.CERTIFIED: ("college", "待寄出", "verb=ship&all=1&list=certificates&stage=certified"),
    Stage.RECEIVED: ("a", "待签领", "verb=collect&all=1&list=handovers&stage=received"),
}  # fmt: skip


@pytest.fixture
def three(world):
    """Three students of 杭州, the first with an account."""
    world.three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    account_for(world, world.three[0])
    return world


def lose(world, mark=""):
    """The mark of 健康管理学 is corrected: it does not pass, or passes again."""
    Result.objects.filter(student=world.three[0], course="002").update(pass_key=mark)
    audit.mark_stale([world.three[0].pk])
    audit.run(world.batch)


def alarm(client, words=ALARM):
    body = client.get("/").content.decode().replace("&amp;", "&")
    found = re.search(rf'<a href="([^"]+)">{words}</a>.*?<b>(\d+) 人</b>', body)
    return (found[1], int(found[2])) if found else None


def told(at):
    """Which desk's home has it, in whose words: headquarters, the college, the person's centre, another one."""
    return [alarm(at("hq")), alarm(at("college")), alarm(at("a"), TOLD), alarm(at("b"), TOLD)]


def card(client, label):
    body = client.get("/").content.decode().replace("&amp;", "&")
    url, count = re.search(rf'<a class="todo [a-z]*" href="([^"]+)">{label}<b>(\d+)</b>', body).groups()
    return int(count), listed(client, url)


@pytest.mark.parametrize("stage", WORK)
def test_it_is_an_alarm_with_its_list_and_not_counted_as_work(three, at, stage):
    name, label, query = WORK[stage]
    bring(three, {Stage.CERTIFIED: Verb.CERTIFY, Stage.RECEIVED: Verb.RECEIVE}[stage], *three.three)
    register([three.file(student).pk for student in three.three])
    assert (told(at), card(at(name), label)) == ([None] * 4, (3, 3))
    lose(three)
    assert told(at) == [(LIST, 1)] * 3 + [None]
    assert [listed(at(desk), LIST) for desk in ("hq", "college", "a", "b")] == [1, 1, 1, 0]
    assert card(at(name), label) == (2, 2)
    dialog = opened(at(name), query)
    assert (figures(dialog)["可以提交"], reasons(dialog)) == (2, {"编号制证以后不再符合毕业条件": 1})
    file = page(at(name), three, three.three[0])
    assert f"{HELD}。下一步（总部）：核实，成绩有误的由学院更正后自动恢复" in text(file)


def test_headquarters_lets_it_stand_on_the_page_of_the_file_and_from_the_list(three, at):
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    lose(three)
    client, pk = at("hq"), three.file(three.three[0]).pk
    address = f"verb=confirm_issue&amp;chosen={pk}"
    assert [address in client.get(url).content.decode() for url in (f"/candidates/{pk}", LIST)] == [True, True]
    assert [address in at("college").get(url).content.decode() for url in (f"/candidates/{pk}", LIST)] == [False, False]
    dialog = opened(client, f"verb=confirm_issue&chosen={pk}")
    assert 'name="note"' in dialog.content.decode()
    client.post("/candidates/submit", {"token": token_of(dialog), "note": "以编号时的成绩为准"})
    while jobs.work_once():
        pass
    assert (Event.objects.latest("id").note, Candidate.objects.get(pk=pk).confirmed_codes > 0) == ("以编号时的成绩为准", True)
    assert (told(at), card(at("a"), "待签领")) == ([None] * 4, (3, 3))
    shown = text(client.get(f"/candidates/{pk}"))
    assert (HELD in shown, "核实后维持" in shown, "提醒 总学分要求" in shown) == (False, True, True)


def test_the_student_is_not_told_to_come_for_it(three, at):
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    lose(three)
    shown = text(at("student").get("/my"))
    assert (STOPPED in shown, "请带身份证件领取" in shown, "总学分要求 12" in shown) == (True, False, True)
    three.do("hq", Verb.CONFIRM_ISSUE, three.three[0], note="以编号时的成绩为准")
    shown = text(at("student").get("/my"))
    assert (STOPPED in shown, "请带身份证件领取" in shown, "毕业条件未满足" in shown) == (False, True, False)
    assert ("总部已核实，毕业证书继续有效" in shown, "以编号时的成绩为准" in shown) == (True, False)


@pytest.mark.parametrize("verb", [Verb.CERTIFY, Verb.SHIP])
def test_on_the_way_the_student_reads_that_it_is_stopped(three, at, verb):
    bring(three, verb, *three.three)
    lose(three)
    assert STOPPED in text(at("student").get("/my"))
