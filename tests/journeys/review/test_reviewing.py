"""The review desk in a real browser: fifty files by the keyboard alone, at most two strokes for each clean one."""

from pathlib import Path

import pytest
from django.conf import settings as conf
from selenium.webdriver.common.keys import Keys

from graduand.gateways import hashed_files
from graduand.models import Candidate, Event, PhotoRow
from graduand.rulebook.terms import Stage, Verb
from tests.material import portraits
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser
FILES = 50


@pytest.fixture
def season(transactional_db, settings):
    """Fifty applied for at 杭州, with pictures that lie in the store."""
    from tests.pages.world import build  # a conftest is read before Django's apps are ready

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECOND_FACTOR = "optional"
    world = build()
    students = [world.student(number, name=f"学生{number}号") for number in range(1, FILES + 1)]
    sha = hashed_files.keep(Path(conf.MEDIA_ROOT) / "photos", portraits.face(2))
    PhotoRow.objects.update(sha256=sha)
    world.judge()
    world.do("a", Verb.APPLY, *students)
    return world


class Keyboard:
    """Keys into the window, counted; no mouse."""

    def __init__(self, walk):
        self.walk, self.strokes = walk, 0

    def __call__(self, *keys: str) -> None:
        for key in keys:
            self.strokes += 1
            self.walk.driver.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str, most: int = 60) -> None:
        """Tab until the focus is on it."""
        for _ in range(most):
            self(Keys.TAB)
            if self.walk.driver.execute_script(
                "return document.activeElement.matches(arguments[0])", selector
            ):
                return
        raise AssertionError(f"{selector} cannot be reached by Tab")


def by_verb():
    """How many files each decision was made on."""
    found: dict[str, int] = {}
    for verb in Event.objects.exclude(verb=Verb.APPLY.value).values_list("verb", flat=True):
        found[verb] = found.get(verb, 0) + 1
    return found


def test_fifty_files_by_the_keyboard_alone(season, walk):
    """47 clean ones pass with P and Enter; two go back, one is rejected, with their reasons."""
    keys = Keyboard(walk)
    walk.go("/login")
    keys("college", Keys.TAB, PASSWORD, Keys.ENTER)
    walk.until(".topbar form button")
    walk.go("/reviews")
    keys.tab_to("a[href^='/reviews/start']")
    keys(Keys.ENTER)
    passed = []
    for number in range(1, FILES + 1):
        assert walk.says("h1", f"学生{number}号")
        before = keys.strokes
        if number in (7, 21):
            keys("b", "1", "背景不是蓝色", Keys.ENTER)
        elif number == 33:
            keys("x", "3", Keys.ENTER)
        else:
            keys("p")
            assert walk.says("[data-armed]", "再按回车确认")
            keys(Keys.ENTER)
            passed.append(keys.strokes - before)
        if number == 1:
            walk.keep("review-after-one")
    assert walk.says("h1", "队列已审核完")
    assert walk.says(".figs", "学院审核通过 47 退回补正 2 审核不通过 1")
    walk.keep("review-end")
    assert (len(passed), max(passed)) == (47, 2)
    assert by_verb() == {"endorse": 47, "send_back": 2, "reject": 1}
    notes = (
        Event.objects.filter(verb=Verb.SEND_BACK.value).order_by("id").values_list("reason", "note")
    )
    assert list(notes) == [("photo", "背景不是蓝色")] * 2
    assert Candidate.objects.filter(stage=Stage.ENDORSED.value).count() == 47


def test_one_stray_key_decides_nothing(season, walk):
    """P alone arms, B alone unfolds, Esc folds; J and K turn over; keys in a text field are text."""
    keys = Keyboard(walk)
    walk.sign_in("college", PASSWORD)
    walk.go("/reviews/start")
    keys("j")
    assert walk.says("h1", "学生2号")
    keys("k")
    assert walk.says("h1", "学生1号")
    keys("?")
    assert walk.until("#keys[open] .card")
    walk.keep("review-keys")
    keys("?", "b", "6", "pjk不是本人")
    assert walk.one("details[data-form=b] input[name=note]").get_attribute("value") == "pjk不是本人"
    walk.keep("review-send-back")
    keys(Keys.ESCAPE, "p")
    assert walk.says("[data-armed]", "再按回车确认")
    assert by_verb() == {}


def test_the_desk_without_scripts(season, walk):
    """Buttons and forms alone; the reason is in a fold of the page."""
    walk.sign_in("college", PASSWORD)
    walk.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        walk.go("/reviews/start")
        walk.press("#pass")
        assert walk.says("h1", "学生2号")
        assert walk.says("#decided", "刚刚：学生1号 学院审核通过")
        walk.press("details[data-form=b] summary")
        walk.press("details[data-form=b] input[value=materials]")
        walk.press("details[data-form=b] footer button")
        assert walk.says("h1", "学生3号")
    finally:
        walk.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert by_verb() == {"endorse": 1, "send_back": 1}


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_the_desk_fits_both_widths(season, walk, request):
    size = request.node.callspec.params["browser"]
    third = Candidate.objects.get(student__number__endswith="03")
    third.student.photos.update(same=None)
    walk.sign_in("college", PASSWORD)
    for name, page in (
        ("queue", "/reviews"),
        ("review", "/reviews/start"),
        ("review-warned", f"/reviews/{third.pk}"),
    ):
        walk.go(page)
        walk.keep(f"{name}-{size}")
        assert (page, walk.sticks_out()) == (page, 0)
