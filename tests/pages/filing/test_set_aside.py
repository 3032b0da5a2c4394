"""A file that is set aside says so, and where the student is worked on; a batch's list and what is not in it make all of it."""

import re
from html import unescape

import pytest

from graduand.models import Candidate
from graduand.office.acts import ActRequest, do
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.rulebook.terms import Verb
from tests.acting import shut
from tests.pages.filing.test_other_files import text
from tests.pages.home.test_truthful import numbers
from tests.pages.lists.test_list_state import exported
from tests.pages.season.side_by_side.test_side_by_side import BEGUN, count_on, load_next
from tests.pages.world import list_all, set_clock


@pytest.fixture
def carried(world):
    """Three of one batch, the first deferred there; in the next batch the first two have applied."""
    world.three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    world.do("a", Verb.DEFER, world.three[0], statement=True)
    world.next = load_next()
    list_all(world.next)
    set_clock(BEGUN)
    for batch in (world.batch, world.next):
        auditing.run(batch)
    do(
        world.next,
        [there(world, student).pk for student in world.three[:2]],
        world.actor("a"),
        ActRequest(Verb.APPLY),
    )
    return world


def there(world, student) -> Candidate:
    """The file in the next batch."""
    return Candidate.objects.get(batch=world.next, student=student)


def certified(world) -> None:
    """Both who applied have their certificates."""
    first, world.batch = world.batch, world.next
    world.do("college", Verb.ENDORSE, *world.three[:2])
    world.do("hq", Verb.APPROVE, *world.three[:2])
    batches.freeze_roster(world.next, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, *world.three[:2])
    world.batch = first


def deeds(page) -> list[str]:
    """What can be pressed, and what is greyed."""
    acts = page.content.decode().partition('id="s-acts"')[2].partition("</section>")[0]
    return re.findall(r'<(?:a|button)[^>]*class="btn[^>]*>([^<]+)<', acts)


# -- the page of one file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "college", "hq"])
@pytest.mark.parametrize(
    ("step", "said"), [(None, "已有在办档案（已申请）"), (certified, "已有毕业证书（已编号制证）")]
)
def test_the_page_of_a_file_that_is_set_aside_says_where_the_other_one_is(
    carried, at, name, step, said
):
    """It offers no deed, judges nothing, and leads to the live file; that one says what holds of this."""
    if step is not None:
        step(carried)
    old, live = carried.file(carried.three[0]), there(carried, carried.three[0])
    page = at(name).get(f"/candidates/{old.pk}")
    shown = text(page)
    now = shown.partition("现在可以做什么")[2].partition("该生在其他毕业批次")[0]
    assert f"已搁置，不在这个批次办理 该生在 202401 批次{said}，这里的档案因此搁置" in now
    assert (
        deeds(page),
        f'<a href="/candidates/{live.pk}">打开 202401 批次的档案</a>' in page.content.decode(),
    ) == ([], True)
    assert ("现在由" in now, "档案已搁置，不再审核" in shown, "重新审核" in shown) == (
        False,
        True,
        False,
    )
    other = (
        text(at(name).get(f"/candidates/{live.pk}"))
        .partition("该生在其他毕业批次")[2]
        .partition("判断结果")[0]
    )
    assert "202307 批次 已搁置，不在那里办理 暂缓毕业" in re.sub(r"! ", "", other)


def test_a_file_beside_one_that_is_only_listed_is_not_set_aside(carried, at):
    """The control: who is listed in both batches is worked on in this one, and the other file is as alive."""
    student = carried.three[2]
    page = at("a").get(f"/candidates/{there(carried, student).pk}")
    assert (
        "现在由杭州学习中心办理" in text(page),
        "搁置" in text(page),
        "申请毕业" in deeds(page),
    ) == (True, False, True)


def test_what_the_page_does_not_offer_the_office_refuses(carried):
    """恢复 of who was deferred here and has applied there: one live file a person."""
    tally = do(
        carried.batch,
        [carried.file(carried.three[0]).pk],
        carried.actor("a"),
        ActRequest(Verb.RESUME),
    )
    assert (tally.done, tally.refused) == (0, 1)


def test_a_file_at_a_centre_that_one_does_not_see_is_named_and_not_linked(carried, at):
    """A frozen file stays with the centre that the student has left."""
    old = carried.file(carried.three[0])
    Candidate.objects.filter(pk=old.pk).update(centre=carried.centres[1])
    pages = [
        at("b").get(url) for url in (f"/candidates/{old.pk}", "/candidates/aside?batch=202307")
    ]
    links = [
        f"/candidates/{there(carried, carried.three[0]).pk}" in page.content.decode()
        for page in pages
    ]
    assert ["202401 批次（杭州学习中心）" in text(page) for page in pages] == [True, True]
    assert links == [False, False]


def test_who_lapsed_here_and_has_a_certificate_there_is_sent_there(carried, at):
    Candidate.objects.filter(batch=carried.batch).update(explanation="转入下一批次")
    lapsed = carried.file(carried.three[2])
    shut(carried.batch, carried.actor("hq"))
    do(
        carried.next,
        [there(carried, carried.three[2]).pk],
        carried.actor("a"),
        ActRequest(Verb.APPLY),
    )
    shown = text(at("a").get(f"/candidates/{lapsed.pk}"))
    assert ("该生在 202401 批次已有在办档案，在那里办理" in shown, "列入下一毕业批次" in shown) == (
        True,
        False,
    )


def test_a_closed_batch_brings_nobody_back_and_says_so(carried, at):
    """The file there ends without a certificate: the page and the list of a closed batch stay true without one to name."""
    closed(carried)
    carried.batch = carried.next
    carried.do("college", Verb.REJECT, carried.three[0], reason="result")
    old = Candidate.objects.exclude(batch=carried.next).get(student=carried.three[0])
    page = at("a").get(f"/candidates/{old.pk}")
    assert ("批次已关闭，不再恢复" in text(page), "自动恢复" in text(page), deeds(page)) == (
        True,
        False,
        [],
    )
    assert numbers(at("a"), "/candidates/aside?batch=202307") == [
        one.number for one in carried.three[:2]
    ]


# -- the list, and the page of the batch -----------------------------------------------------------------------------


def told(client, code):
    """(all, of the list, elsewhere) as the page of the batch counts them, and what its two links hold."""
    page = unescape(client.get(f"/batches/{code}").content.decode())
    words = r'名单共 (\d+) 人：在本批次的\s*<a href="([^"]+)">(\d+) 人</a>，\s*另有\s*<a href="([^"]+)">(\d+) 人在其他批次办理'
    said = re.search(words, page)
    if said is None:
        return None
    every, here_url, here, other_url, others = said.groups()
    return (int(every), int(here), int(others)), (
        count_on(client, here_url),
        count_on(client, other_url),
    )


def test_the_numbers_of_a_batch_add_up_whatever_came_of_its_people_elsewhere(carried, at):
    """Before and after the certificates, and when the batch is closed: everybody is countable, and named by a link."""
    client, seen = at("hq"), []
    for step in (lambda: None, lambda: certified(carried), lambda: closed(carried)):
        step()
        seen.append(told(client, "202307"))
    assert seen == [((3, 1, 2), (1, 2))] * 3
    page = text(client.get("/batches/202307"))
    assert ("他们在本批次 未申请 1 人、暂缓毕业 1 人。" in page, "未列入" in page) == (True, False)
    assert told(client, "202401") is None  # nobody of it is worked on elsewhere


def closed(world) -> None:
    Candidate.objects.filter(batch=world.batch).update(explanation="转入下一批次")
    shut(world.batch, world.actor("hq"))


def test_who_joins_and_was_never_listed_is_another_thing(carried, at):
    """未列入 are those of whom the batch has no file at all."""
    Candidate.objects.filter(pk=carried.file(carried.three[1]).pk).delete()
    page = text(at("hq").get("/batches/202307"))
    assert (
        "名单共 2 人：在本批次的 1 人" in page,
        "另有 1 人未列入（他批次有在办档案 1 人）" in page,
    ) == (True, True)


def test_a_list_says_who_answers_to_it_and_is_worked_on_elsewhere(carried, at):
    """By 学号 or stage; a question about what can be done says nothing of whom nothing can be done for."""
    first, third = carried.three[0], carried.three[2]
    asked = {
        "batch=202307": 2,
        f"batch=202307&q={first.number}": 1,
        "batch=all&stage=deferred": 1,
        f"batch=202307&q={third.number}": 0,
        "batch=202307&stage=listed&clear=1": 0,
        "batch=202307&stage=applied": 0,
        "batch=202401": 0,
    }
    client = at("a")
    for question, many in asked.items():
        page = unescape(client.get(f"/candidates?{question}").content.decode())
        found = re.search(r'不在名单里：\s*<a href="([^"]+)">已在其他批次办理的 (\d+) 人</a>', page)
        assert (int(found[2]) if found else 0, count_on(client, found[1]) if found else 0) == (
            many,
            many,
        ), question


def test_the_list_of_them_names_both_batches_and_shows_nobody_of_another_centre(carried, at):
    shown = text(at("a").get("/candidates/aside?batch=202307"))
    row = shown.partition(carried.three[0].number)[2].partition(carried.three[1].number)[0]
    assert ("暂缓毕业 202401 批次" in re.sub(r"! ", "", row), "已申请" in row) == (True, True)
    assert numbers(at("a"), "/candidates/aside?batch=202307") == [
        carried.three[0].number,
        carried.three[1].number,
    ]
    assert numbers(at("b"), "/candidates/aside?batch=202307") == []


def test_the_stages_on_home_make_all_of_the_batch(carried, at):
    page = (
        unescape(at("hq").get("/?batch=202307").content.decode())
        .partition('id="c-funnel"')[2]
        .partition("</section>")[0]
    )
    rows = {url: int(n) for url, n in re.findall(r'<li><a href="([^"]+)">.*?<b>(\d+) 人</b>', page)}
    assert rows == {"/candidates?batch=202307&stage=listed": 1, "/candidates/aside?batch=202307": 2}
    assert {url: count_on(at("hq"), url) for url in rows} == rows


def test_the_list_of_them_leaves_as_a_workbook(carried, at):
    """The batch where each is worked on is a word there, not a link."""
    rows, *_ = exported(at("a"), "aside", batch="202307")
    row = next(row for row in rows if carried.three[0].number in row)
    assert [word in row for word in ("暂缓毕业", "202401 批次", "已申请")] == [True] * 3


def test_with_one_batch_nothing_is_said(world, at):
    world.student(1)
    world.judge()
    assert (
        "不在名单里" in text(at("a").get("/candidates")),
        "名单共" in text(at("hq").get("/batches/202307")),
    ) == (False, False)
