"""Three files beyond the number, the first of which fails, and the words that each desk then reads."""

import re

import pytest

from graduand.models import (
    Grant,
    Result,
    Unit,
    User,
)
from graduand.office.audit import auditing
from graduand.rulebook.terms import Role, Verb
from tests.acting import register
from tests.pages.home.test_home import alarmed, listed
from tests.pages.lists.picking import opened, token_of
from tests.pages.stations import bring
from tests.pages.world import account_for

ALARM = "编号制证以后资料有变化，不再符合毕业条件，寄出和签领已停"


DECIDES = "请逐人核实，仍然有效的办理「核实后维持」，属实的办理「作废重办」，成绩有误的等学院更正"


TOLD = f"{ALARM}：证书先不要发，请核对未发布、未导入的成绩，补材料，并告诉学生"


LIST = "/candidates?batch=202307&unqualified=1"


HELD = (
    "编号制证以后资料有变化，不再符合毕业条件：必须通过的课程未通过、总学分不足、模块学分不足；"
    "总部核实以前不上报、不打印证书，不能寄出和签领"
)


NOTE = "以编号时的成绩为准"


STANDS = [
    "课程 健康管理学（002） 必须通过，现为未通过",
    "总学分要求 12，已获 5",
    "模块「专业课」要求 10 学分，已获 5",
]


STOPPED = "毕业证书暂停发放： 证书编号以后资料有变化，现在不满足毕业条件，总部核实以前不能领取，请先不要前来领证"


@pytest.fixture
def three(world):
    """Three students of 杭州, the first with an account."""
    world.three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    account_for(world, world.three[0])
    world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(
        user=world.users["hq2"], role=Role.HQ_REVIEWER.value, unit=Unit.objects.get(kind="hq")
    )
    return world


def lose(world, mark=""):
    """The mark of 健康管理学 is corrected: it does not pass, or passes again."""
    Result.objects.filter(student=world.three[0], course="002").update(pass_key=mark)
    auditing.mark_stale([world.three[0].pk])
    auditing.run(world.batch)


def alarm(client, words=ALARM):
    return alarmed(client, words)


def alarms(at):
    """Which desk's home has it, in whose words: headquarters, the college, the person's centre, another one."""
    return [
        alarm(at("hq"), f"{ALARM}：{DECIDES}"),
        alarm(at("college")),
        alarm(at("a"), TOLD),
        alarm(at("b"), TOLD),
    ]


def card(client, label):
    body = client.get("/").content.decode().replace("&amp;", "&")
    url, count = re.search(
        rf'<a class="todo [a-z]*" href="([^"]+)">{label}<b>(\d+)</b>', body
    ).groups()
    return int(count), listed(client, url)


def held(world):
    """All three are at their centre, and the first has lost the mark."""
    bring(world, Verb.RECEIVE, *world.three)
    register([world.file(student).pk for student in world.three])
    lose(world)
    return world.file(world.three[0]).pk


def shown_in(dialog):
    """The fingerprints that a form would send, and the sentences that stand beside them."""
    section = (
        dialog.content.decode().partition('aria-label="维持的事项"')[2].partition("</section>")[0]
    )
    return re.findall(r'name="grounds" value="([^"]+)"', section), re.findall(
        r"<li>([^<]+)</li>", section
    )


def ask(client, pk, dialog=None):
    dialog = dialog or opened(client, f"verb=confirm_issue&chosen={pk}")
    marks, _ = shown_in(dialog)
    return client.post(
        "/candidates/submit", {"token": token_of(dialog), "note": NOTE, "grounds": marks}
    )
