"""Why files were not finished, on the page of the closing and before the second person: of whom, in whose words, to be mended."""

import re
from html import unescape

import pytest

from graduand.models import Consent
from graduand.office.season.ending import closing, switching
from graduand.pages.people import questions
from graduand.pages.season import closing as closing_page
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Verb
from tests.pages.home.test_home import listed
from tests.pages.reading import text

HERE = "/batches/202307/closing"


@pytest.fixture
def said(world):
    """Two who never applied and one who was sent back, each kind with its reason."""
    back, *_ = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    world.do("a", Verb.APPLY, back)
    world.do("college", Verb.SEND_BACK, back, reason="photo")
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    closing.explain(world.batch, "returned", None, "截止前未补正", world.actor("hq"))
    return world


def links(body, noun):
    """(address, how many) of the lists of whom a reason is about."""
    found = re.findall(rf'<a [^>]*?href="(/candidates\?[^"]+)">{noun}(\d+) 人</a>', body)
    return [(unescape(url), int(many)) for url, many in found]


def test_each_reason_opens_the_list_of_whom_it_is_about(said, at):
    client = at("hq")
    opened = links(client.get(HERE).content.decode(), "查看这 ")
    assert [many for _, many in opened] == [2, 1]
    assert [listed(client, url) for url, _ in opened] == [2, 1]


def test_a_reason_is_said_anew_or_taken_back_from_the_page(said, at):
    client = at("hq")
    body = client.get(HERE).content.decode()
    reason = unescape(re.search(r'name="text" value="(联系不上[^"]+)"', body)[1])
    form = {"stage": "listed", "text": reason}
    url = "/batches/202307/explained"
    answer = client.post(
        url, {**form, "do": "again", "note": "已转学", "numbers": "2115100000002"}, follow=True
    )
    shown = text(answer)
    assert (
        "已改写 1 人的原因。" in shown,
        "已转学（总部何老师" in shown,
        "联系不上（总部何老师" in shown,
    ) == (True, True, True)
    answer = client.post(url, {**form, "do": "back"}, follow=True)
    shown = text(answer)
    assert ("已撤回 1 人的原因，他们又列在未说明里。" in shown, "联系不上" in shown) == (
        True,
        False,
    )
    assert client.post(url, {**form, "do": "back"}).status_code == 409
    assert client.post(url, {**form, "do": "other"}).status_code == 400
    assert at("college").post(url, {**form, "do": "back"}).status_code == 404


def test_the_second_person_reads_every_reason_and_finds_the_page(said, at, boss):
    switching.ask(said.actor("hq"), said.batch, BatchSwitch.CLOSE, "批次结束")
    body = at("boss").get("/consents").content.decode()
    shown = " ".join(re.sub(r"<[^>]+>", " ", body).split())
    assert "未申请：联系不上（总部何老师，2023-07-12）" in shown
    assert "退回补正：截止前未补正（总部何老师，2023-07-12）" in shown
    assert f'<a href="{HERE}">核对「查缺补漏与关闭」</a>' in body
    opened = links(body, "")
    assert [many for _, many in opened] == [2, 1]
    assert [listed(at("boss"), url) for url, _ in opened] == [2, 1]
    Consent.objects.update(
        detail={"batch": said.batch.pk, "code": "202307", "do": "close"}
    )  # asked before reasons were kept
    assert "未办结的原因" not in at("boss").get("/consents").content.decode()


def test_more_reasons_than_one_page_shows_are_told_of_and_can_be_said_anew(
    said, at, boss, monkeypatch
):
    monkeypatch.setattr(closing_page, "SHOWN", 1)
    monkeypatch.setattr(questions, "MOST_REASONS", 1)
    client = at("hq")
    first = client.get(HERE).content.decode()
    assert ("联系不上（" in first, "截止前未补正（" in first, "前面的原因" in first) == (
        True,
        False,
        False,
    )
    after = re.search(r'href="([^"]+)">后面的原因', first)[1]
    second = client.get(unescape(after)).content.decode()
    assert ("联系不上（" in second, "截止前未补正（" in second, "后面的原因" in second) == (
        False,
        True,
        False,
    )
    assert re.search(r'href="([^"]+)">前面的原因', second)[1] == f"{HERE}?said=1#c-said"
    reason = unescape(re.search(r'name="text" value="(截止前未补正[^"]+)"', second)[1])
    back = {"stage": "returned", "text": reason, "do": "again", "note": "已退学"}
    assert "已改写 1 人的原因。" in text(
        client.post("/batches/202307/explained", back, follow=True)
    )
    switching.ask(said.actor("hq"), said.batch, BatchSwitch.CLOSE, "批次结束")
    assert "另有 1 条原因，请在「查缺补漏与关闭」的「已说明」里查看" in text(
        at("boss").get("/consents")
    )
