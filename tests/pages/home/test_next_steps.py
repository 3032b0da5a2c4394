"""A page that is through with something says what comes next, who does it and until when."""

import re
import tomllib
from datetime import timedelta
from html import unescape

import pytest

from graduand.models import Candidate, DegreeMaterial
from graduand.office.season import batches
from graduand.rulebook.terms import Verb
from tests.pages.home.test_home import listed
from tests.pages.reading import page as file_page
from tests.pages.reading import text
from tests.pages.records.uploads import csv_of, page, send
from tests.pages.stations import bring
from tests.pages.world import NOON, POLICY, set_clock

ACCOUNTS = [
    {"账号": name, "姓名": name, "单位代码": "101", "角色": "学习中心"} for name in ("new1", "new2")
]
WAY = re.compile(
    r'新建的 (\d+) 个账号没有密码，激活以前本人不能登录：[^<]*<a href="([^"]+)">查看未激活的账号</a>'
)


def test_after_an_import_of_accounts_one_reads_how_they_are_activated(world, at, boss):
    client = at("boss")
    where = send(client, csv_of(*ACCOUNTS), kind="users")
    for step in ("preview", "result"):
        if step == "result":
            client.post(f"{where['Location']}/begin")
        found = WAY.search(page(client, where))
        assert found[1] == "2"
    shown = client.get(unescape(found[2])).content.decode()
    assert (
        [f">{name}<" in shown for name in ("new1", "new2")],
        listed(client, unescape(found[2])),
    ) == ([True, True], 2)
    again = page(
        client,
        send(client, csv_of({**ACCOUNTS[0], "姓名": "改名"}, ACCOUNTS[1]), kind="users", key="k2"),
    )
    assert WAY.search(again) is None


@pytest.fixture
def collected(world):
    """A student of 本科 with the certificate in hand."""
    world.plan.level = "top_up"
    world.plan.version += 100  # plans are remembered by their version, over tests too
    world.plan.save()
    world.one = world.student(1, level="top_up")
    DegreeMaterial.objects.create(
        student=world.one, thesis_mark="85", language_kind="学位英语", language_mark="80"
    )
    world.judge()
    bring(world, Verb.RECEIVE, world.one)
    Candidate.objects.update(stage="collected", collected_at=world.file(world.one).received_at)
    return world


def holder(client, world):
    return text(file_page(client, world, world.one)).partition("现在可以做什么")[2][:90]


@pytest.mark.parametrize(
    ("degree", "said"),
    [
        ("none", "毕业证书已签领；这份档案已办结"),
        ("declined", "毕业证书已签领；这份档案已办结"),
        ("applied", "毕业证书已签领；学位由总部决定是否授予"),
        ("returned", "毕业证书已签领；学位材料已退回，由杭州学习中心补齐后重新申请学位"),
        ("granted", "毕业证书已签领；学位已授予，学位证书由总部编号"),
    ],
)
def test_a_file_whose_degree_is_open_is_not_closed(collected, at, degree, said):
    Candidate.objects.update(degree=degree)
    assert said in holder(at("hq"), collected)
    assert ("这份档案已办结" in holder(at("hq"), collected)) is (degree in ("none", "declined"))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "补齐后重新申请学位，须在 2023-12-31 或之前"),
        (200, "补齐后重新申请学位（办理时间已于 2023-12-31 结束，须总部先在批次规定里延长）"),
    ],
)
def test_until_when_materials_can_be_filed_again_is_said(collected, at, days, said):
    policy = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    policy["degree"]["closes"] = "2023-12-31"
    batches.load(policy, None)
    Candidate.objects.update(degree="returned")
    set_clock(NOON + timedelta(days=days))
    assert said in text(file_page(at("a"), collected, collected.one))
    assert said in text(at("a").get("/candidates?batch=202307&degree=returned"))


def test_the_list_of_returned_materials_says_who_files_them_again(collected, at):
    Candidate.objects.update(degree="returned")
    url = "/candidates?batch=202307&degree=returned"
    shown = {name: text(at(name).get(url)) for name in ("a", "college", "hq")}
    assert "学位材料退回的，请补齐后重新申请学位" in shown["a"]
    assert "由各人的学习中心补齐后重新申请学位" in shown["college"]
    assert "总部在这里只能决定不授予" in shown["hq"]
    assert "总部在这里只能决定不授予" not in shown["college"]
    assert "补齐后重新申请学位" not in text(at("hq").get("/candidates?batch=202307"))
