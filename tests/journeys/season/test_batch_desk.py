"""The desk of batches in a real browser: days, a policy that is tried before it is saved, closing, a notice and its receipt."""

import pytest

from graduand.models import NoticeReceipt, PolicyVersion
from tests.journeys.test_axe import violations
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser


def fine(walk, name):
    """A picture; nothing sticks out of the window, and axe has nothing to say."""
    walk.keep(name)
    assert (walk.sticks_out(), violations(walk.driver)) == (0, [])


def fill(walk, selector, text):
    """Put a value into a field, dates as the browser keeps them."""
    walk.driver.execute_script("arguments[0].value = arguments[1]", walk.one(selector), text)


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_a_policy_is_edited_tried_and_saved(season, walk, request):
    size = request.node.callspec.params["browser"]
    walk.sign_in("hq", PASSWORD)
    walk.go("/batches")
    fine(walk, f"batches-{size}")
    walk.press("td.name a")
    assert walk.holds("h1", "毕业批次 202307")
    assert walk.sticks_out() == 0
    fine(walk, f"batch-{size}")
    walk.driver.execute_script("document.documentElement.scrollTop = 900")
    fine(walk, f"batch-below-{size}")
    walk.go("/batches/202307/edit")
    fill(walk, "#p-issue_date", "2023-01-20")
    walk.press("form.stack .btn.main")
    assert walk.says(
        "#w-issue_date", "发证日期 2023-01-20 不在批次 202307 的年月内，疑为旧模板日期"
    )
    assert walk.sticks_out() == 0
    fine(walk, f"policy-wrong-{size}")
    assert [text.endswith("(Unprocessable Entity)") for text in walk.complaints()] == [True]
    fill(walk, "#p-issue_date", "2023-07-20")
    fill(walk, "#p-enrolled_through", "2020秋")
    walk.press("form.stack .btn.main")
    assert walk.says("#who .figs", "试判 16 满足 → 不满足 15 不满足 → 满足 0")
    assert PolicyVersion.objects.count() == 1
    assert walk.sticks_out() == 0
    fine(walk, f"policy-trial-{size}")
    walk.driver.execute_script("document.documentElement.scrollTop = 900")
    fine(walk, f"policy-trial-below-{size}")
    walk.press("form.card .btn.main")
    assert walk.holds("h1", "毕业批次 202307")
    assert PolicyVersion.objects.count() == 2
    walk.go("/batches/202307/versions/2")
    fine(walk, f"policy-version-{size}")
    walk.go("/batches/202307/closing")
    fine(walk, f"batch-closing-{size}")
    assert walk.sticks_out() == 0


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_a_notice_is_written_published_and_read(season, walk, request):
    size = request.node.callspec.params["browser"]
    walk.sign_in("hq", PASSWORD)
    walk.go("/notices/new")
    fine(walk, f"notice-new-{size}")
    assert walk.sticks_out() == 0
    walk.press("main form .btn.main")
    assert walk.holds("h1", "关于做好 2023 年 7 月毕业生毕业审核和证书办理相关工作的通知")
    fine(walk, f"notice-{size}")
    page = walk.driver.current_url.removeprefix(walk.url)
    walk.press(".topbar form button")
    walk.sign_in("a", PASSWORD)
    walk.go("/notices")
    fine(walk, f"notices-{size}")
    walk.go(page)
    walk.press("article .btn.main")
    assert walk.holds("article footer", "确认已阅")
    assert [row.user.username for row in NoticeReceipt.objects.all()] == ["a"]
    fine(walk, f"notice-read-{size}")
    assert walk.sticks_out() == 0
