"""Lots, differences, my tasks and what waits for a second person, at both widths."""

import pytest

from graduand.models import Grant, User
from graduand.rulebook.terms import Role, Verb
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def moved(season):
    """Two lots; headquarters sent one back and rejected one; a reopening waits for the second person."""
    files = list(season.batch.candidates.select_related("student").order_by("student__number"))
    students = [file.student for file in files]
    season.do("a", Verb.APPLY, *students[:11])
    season.do("a", Verb.APPLY, students[11])
    season.do("college", Verb.ENDORSE, *students[:6])
    season.do(
        "hq", Verb.SEND_BACK, students[0], reason="photo", note="背景不是蓝色，请重新拍摄后再提交"
    )
    season.do("hq", Verb.REJECT, students[1], reason="result")
    second = User.objects.create_user("hq2", "总部吕老师", PASSWORD)
    Grant.objects.create(
        user=second, role=Role.HQ_REVIEWER.value, unit=season.users["hq"].grants.get().unit
    )
    return files


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_pages_of_reporting_fit_both_widths(season, moved, walk, request):
    size = request.node.callspec.params["browser"]
    walk.sign_in("a", PASSWORD)
    for name, page in (
        ("lots", "/lots"),
        ("differences", "/differences"),
        ("returned", "/candidates?stage=returned"),
    ):
        walk.go(page)
        walk.keep(f"{name}-{size}")
        assert (page, walk.sticks_out()) == (page, 0)
    walk.go(f"/candidates/{moved[10].pk}")
    assert walk.holds("#file", "前面还有 4 份，按上报先后办理")


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_two_people_each_at_the_own_account(season, moved, walk, request):
    """Asked in the dialog by one; the other one finds it, looks at the file and agrees."""
    size = request.node.callspec.params["browser"]
    walk.sign_in("hq", PASSWORD)
    walk.go(f"/candidates/{moved[1].pk}")
    walk.press("a.btn[href*=reopen]")
    assert walk.holds("#dialog", "这一步须由总部两人共同办理")
    walk.press("#dialog select[name=reason] option[value=result]")
    walk.one("#dialog textarea[name=note]").send_keys("成绩更正后合格")
    walk.keep(f"reopen-{size}")
    walk.press("#dialog footer .btn.main")
    assert walk.holds("main", "已提出，等待另一位同事在自己的账号中确认；一天内有效。")
    assert walk.all("main button.btn.main") == []
    walk.keep(f"asked-{size}")
    assert (moved[1].events.count(), walk.sticks_out()) == (3, 0)
    walk.press(".topbar form button")
    walk.sign_in("hq2", PASSWORD)
    walk.go("/consents")
    walk.keep(f"second-{size}")
    walk.press("main button.btn.main")
    assert walk.holds("main", "已同意。")
    done = moved[1].events.latest("id")
    assert (done.verb, done.actor.username, done.second.username) == (Verb.REOPEN, "hq", "hq2")
