"""Choosing among the rows of a list in a real window: ticks stay over its pages and orders; a phone shows what was found."""

import pytest

from graduand.models import Act, Candidate
from tests import jobs
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser
CHOSEN = ".batchbar .chosen"


def tick(walk, *places):
    for place in places:
        walk.all("input[name=chosen]")[place].click()


def number(walk, place):
    return int(walk.all("input[name=chosen]")[place].get_attribute("value"))


def test_ticks_stay_over_pages_and_orders_and_are_frozen_together(season, walk):
    """Two on the first page, one on the second, in another order then: the dialog is about these three and no others."""
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?size=10")
    chosen = [number(walk, 0), number(walk, 1)]
    tick(walk, 0, 1)
    assert walk.says(CHOSEN, "已选 2 人")
    walk.press(".pager a[rel=next]")
    assert walk.says(CHOSEN, "已选 2 人 ，其中 2 人不在本页")
    chosen.append(number(walk, 2))
    tick(walk, 2)
    assert walk.says(CHOSEN, "已选 3 人 ，其中 2 人不在本页")
    walk.go("/candidates?size=10&sort=-number")
    ticked = [int(box.get_attribute("value")) for box in walk.all("input[name=chosen]:checked")]
    assert ticked == chosen[2:]
    walk.keep("ticks-over-pages")
    walk.press("button[value=apply]")
    assert walk.says("dialog .figs", "已选 3 可以提交 3 将跳过 0")
    walk.press("dialog [name=same_checked]")
    walk.press("dialog footer .btn.main")
    walk.until("dialog #job")
    assert jobs.work_once("worker")
    assert walk.says("dialog #job .figs", "成功 3 未通过 0 共 3")
    assert Act.objects.get().total == 3
    assert set(Candidate.objects.filter(stage="applied").values_list("id", flat=True)) == set(
        chosen
    )
    walk.go("/candidates?size=10")
    assert walk.says(CHOSEN, "已选 0 人")


def test_ticks_belong_to_one_question(season, walk):
    """Another filter is another list: nobody is acted on who is not in it. Back at the first, the ticks are there again."""
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?size=10")
    tick(walk, 0)
    walk.go("/candidates?size=10&stage=listed")
    assert walk.says(CHOSEN, "已选 0 人")
    walk.go("/candidates?size=10")
    assert walk.says(CHOSEN, "已选 1 人")
    walk.press(".pager a[rel=next]")
    walk.press("[data-untick]")
    assert walk.says(CHOSEN, "已选 0 人")


def test_everybody_stays_everybody_over_the_pages(season, walk):
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?size=10")
    walk.press("[data-everybody]")
    assert walk.says(CHOSEN, "已选 15 人")
    walk.press(".pager a[rel=next]")
    assert walk.says(CHOSEN, "已选 15 人")
    tick(walk, 0)
    assert walk.says(CHOSEN, "已选 4 人")
    assert walk.says(".toast", "不再是全部：只选了本页的 4 条，其他页的没有选")


def test_who_closes_the_dialog_about_everybody_has_chosen_nobody(season, walk):
    """No tick is left that the next click would turn into its opposite; what was ticked one by one stays, until 清除."""
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?size=10")
    assert walk.hides("[data-untick]")
    walk.press("[data-everybody]")
    walk.press("button[value=apply]")
    assert walk.holds("dialog .figs", "已选 15")
    walk.press("dialog footer [data-close]")
    assert (walk.says(CHOSEN, "已选 0 人"), walk.all("input[name=chosen]:checked")) == (True, [])
    tick(walk, 0, 2)
    walk.press("button[value=apply]")
    assert walk.holds("dialog .figs", "已选 2")
    walk.press("dialog footer [data-close]")
    assert walk.says(CHOSEN, "已选 2 人")
    walk.press("[data-untick]")
    assert (walk.says(CHOSEN, "已选 0 人"), walk.hides("[data-untick]")) == (True, True)


def test_everybody_is_chosen_as_long_as_one_looks_at_the_list(season, walk):
    """Two ticks are there again after a look at home; everybody are not: others may have come meanwhile."""
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?size=10")
    tick(walk, 0, 1)
    walk.go("/")
    walk.go("/candidates?size=10")
    assert walk.says(CHOSEN, "已选 2 人")
    walk.press("[data-everybody]")
    assert walk.says(CHOSEN, "已选 15 人")
    walk.go("/")
    walk.go("/candidates?size=10")
    assert walk.says(CHOSEN, "已选 0 人")


@pytest.mark.parametrize("browser", ["phone"], indirect=True)
def test_on_a_phone_the_filter_folds_away_and_says_what_was_asked(season, walk):
    """The first row is on the first screen, and after asking it is in sight again."""
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates")
    top = "return document.querySelector('#rows tbody tr').getBoundingClientRect().top"
    height = walk.driver.execute_script("return innerHeight")
    assert walk.one("[data-fold]").get_attribute("open") is None
    assert walk.driver.execute_script(top) < height
    walk.press("[data-fold] > summary")
    walk.one("#f-stage option[value=listed]").click()
    assert walk.says("#asked", "筛选：申请状态 未申请")
    walk.press("[data-filter] .btn.main")
    assert walk.one("[data-fold]").get_attribute("open") is None
    assert 0 < walk.driver.execute_script(top) < height
    walk.keep("filter-on-a-phone")
    assert walk.sticks_out() == 0
