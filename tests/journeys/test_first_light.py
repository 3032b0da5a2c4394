"""The first light on the web, in a real browser: sign in, list, everybody, confirm, progress, result."""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from graduand.models import Act, Candidate, Student
from graduand.office import acts
from graduand.rulebook.terms import Stage, Verb
from tests.pages.world import PASSWORD, account_for

pytestmark = pytest.mark.browser


def applied():
    """How many have applied."""
    return Candidate.objects.filter(stage=Stage.APPLIED.value).count()


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_a_centre_applies_for_everybody(season, walk, request):
    size = request.node.callspec.params["browser"]
    walk.sign_in("a", PASSWORD)
    assert walk.says("a.todo.mine", "满足全部条件、未申请 13 核对后提交申请")
    walk.keep(f"home-{size}")
    walk.press("a.todo.mine")
    assert walk.holds(".rules", "查询到 13 人")
    walk.go("/candidates?size=10&stage=listed")
    walk.press("[data-all-page]")
    assert walk.says("[data-chosen]", "10")
    walk.press("[data-all-matching]")
    assert walk.says("[data-chosen]", "15")
    assert walk.says("[data-spread]", "已选全部 15 人（含未显示的页）。 改为只选本页")
    walk.keep(f"selected-{size}")
    walk.press("button[value=apply]")
    assert walk.says("dialog .figs", "已选 15 可以提交 13 将跳过 2")
    walk.keep(f"confirm-{size}")
    assert (Act.objects.count(), applied()) == (0, 0)
    walk.press("dialog [name=same_checked]")
    walk.press("dialog .btn.main")
    assert walk.says("dialog #job .figs", "成功 0 未通过 0 共 15")
    walk.keep(f"progress-{size}")
    acts.resume(season.batch)
    walk.until("dialog progress.ok")
    assert walk.says("dialog #job .figs", "成功 13 未通过 2 共 15")
    assert walk.holds("dialog .why", "一平台没有毕业照片")
    walk.keep(f"result-{size}")
    assert walk.holds(".rules", "查询到 2 人")
    assert (applied(), walk.sticks_out()) == (13, 0)
    walk.press("dialog .btn.main")
    assert walk.hides("dialog")


def test_the_filter_asks_by_itself_and_stands_in_the_address(season, walk):
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates")
    Select(walk.one("#f-photo")).select_by_value("0")
    assert walk.holds(".rules", "查询到 1 人")
    assert walk.driver.current_url.endswith("/candidates?batch=202307&photo=0")
    walk.driver.back()
    assert walk.holds(".rules", "查询到 15 人")


def test_what_cannot_be_pressed_says_why(season, walk):
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?photo=0")
    walk.press("td.acts button")
    assert walk.says(".toast", "申请毕业：一平台没有毕业照片")
    walk.press("button[value=apply]")
    assert walk.says(".toast", "请先勾选学生")
    assert walk.hides("dialog")


def test_with_the_keyboard_alone(season, walk):
    """Focus goes into the dialog, Esc closes it, focus comes back to where it was."""
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?stage=listed&size=50")
    walk.until("[data-all-page]").send_keys(Keys.SPACE)
    walk.one("button[value=apply]").send_keys(Keys.ENTER)
    walk.until("dialog .figs")
    inside = "return document.querySelector('dialog').contains(document.activeElement)"
    assert walk.driver.execute_script(inside) is True
    walk.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert walk.hides("dialog")
    assert walk.driver.switch_to.active_element.get_attribute("value") == "apply"


def test_the_list_without_scripts(season, walk):
    """Filter, choose, confirm, result: forms and links alone."""
    walk.sign_in("a", PASSWORD)
    walk.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        walk.go("/candidates?stage=listed")
        walk.one("[name=all]").click()
        walk.one("button[value=apply]").click()
        assert walk.says("main .figs", "已选 15 可以提交 13 将跳过 2")
        walk.one("main [name=same_checked]").click()
        walk.one("main .btn.main").click()
        assert walk.says("#job .figs", "成功 0 未通过 0 共 15")
        acts.resume(season.batch)
        walk.driver.refresh()
        assert walk.says("#job .figs", "成功 13 未通过 2 共 15")
    finally:
        walk.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_reviewing_one_after_the_other(season, walk):
    """From the list with the arrow keys; what is done shows at once on the page behind the dialog."""
    files = Candidate.objects.select_related("student").order_by("id")[:3]
    season.do("a", Verb.APPLY, *(c.student for c in files))
    walk.sign_in("college", PASSWORD)
    walk.go("/candidates?stage=applied")
    walk.press("td.name a")
    assert walk.says("h1", "学生1号")
    walk.one("body").send_keys(Keys.ARROW_RIGHT)
    assert walk.says("h1", "学生2号")
    walk.press("a.btn.main[href*=endorse]")
    walk.press("dialog footer .btn.main")
    walk.until("dialog #job")
    acts.resume(season.batch)
    walk.until("dialog progress.ok")
    walk.press("dialog footer .btn.main")
    assert walk.holds("#file", "已申请 → 学院已通过")
    walk.one("body").send_keys(Keys.ARROW_RIGHT)
    assert walk.says("h1", "学生3号")


@pytest.mark.parametrize("browser", ["phone"], indirect=True)
def test_a_student_on_a_phone(season, walk):
    student = Candidate.objects.get(student__number__endswith="15").student
    account_for(season, student)
    walk.sign_in("student", PASSWORD)
    assert walk.says("h1", "我的毕业进度")
    assert walk.holds(".note.bad", "需要您处理：课程 健康管理学（002）")
    walk.keep("student-phone")
    assert walk.sticks_out() == 0


# The names beside the stacked bars that end in three dots.
CUT_OFF = """
return [...document.querySelectorAll('.stacks li > :first-child')]
  .filter(name => name.scrollWidth > name.clientWidth && name.clientWidth).map(name => name.innerText)
"""


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
@pytest.mark.parametrize("name", ["a", "college", "hq"])
def test_no_page_sticks_out_or_complains(season, walk, name):
    first = Candidate.objects.select_related("student").order_by("id")[:3]
    season.do("a", Verb.APPLY, *(c.student for c in first))
    Student.objects.filter(pk=first[0].student_id).update(
        class_name="2021春汉语言文学与应用写作1班"
    )
    walk.sign_in(name, PASSWORD)
    assert (walk.holds(".stacks", "人"), walk.driver.execute_script(CUT_OFF)) == (True, [])
    for page in (
        "/",
        "/candidates",
        f"/candidates/{first[0].pk}",
        "/jobs",
        "/candidates?stage=applied&centre=101",
    ):
        walk.go(page)
        assert (page, walk.sticks_out()) == (page, 0)
