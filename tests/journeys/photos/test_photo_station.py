"""The photo station in a real browser: the import dialog, the report, the drawing, a repair, the review desk by keys."""

import pytest
from selenium.webdriver.common.by import By

from graduand.models import PhotoDecision, PhotoRow
from tests import jobs
from tests.journeys.walking import Walk
from tests.machine import needs
from tests.material.portraits import face, face_as, zipped
from tests.pages.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SIZES = pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
NUMBERS = [f"21151{n:08d}" for n in range(20, 26)]


@pytest.fixture
def six(season):
    """Six more students at 杭州 without a photo."""
    needs.library("cv2")
    people = [season.student(n, photo=False) for n in range(20, 26)]
    season.judge()
    return people


@pytest.fixture
def sent(tmp_path):
    """A zip with a good photo, two to look at, a repairable and a bad one, and a name that means nobody."""
    faults = (
        face(1),
        face(2, fault="uneven"),
        face(3, fault="uneven"),
        face(4, fault="large"),
        face_as(5, mode="L"),
    )
    entries = {f"{number}.jpg": data for number, data in zip(NUMBERS, faults, strict=False)}
    return zipped(tmp_path / "毕业照片.zip", {**entries, "张三.jpg": face(9)})


def upload(walk: Walk, path) -> None:
    """Through the dialog, as annex 3 says: choose, upload, look, 导入; then the worker does it."""
    walk.go("/photos")
    walk.press(".turn a[href='/photos/import']")
    walk.until("#i-file").send_keys(str(path))
    walk.press("form[action='/photos/import/send'] .btn.main")
    assert walk.says("#job h2", "核对后导入")
    walk.press("#job .btn.main")
    walk._wait(lambda _driver: jobs.work_once("worker"), "work for the worker")
    assert walk.says("#job h2", "导入完成")


@SIZES
def test_from_the_zip_to_the_report_and_a_repair(walk, six, sent):
    walk.sign_in("a", PASSWORD)
    upload(walk, sent)
    walk.keep("photo-report")
    assert [cell.text for cell in walk.all("#job .figs dd")] == ["3", "0", "3", "6"]
    assert walk.sticks_out() == 0
    walk.press(".tabs a[href$='shown=repairable']")
    walk.press(".entries a")
    assert walk.holds(".said", "照片尺寸 600×800，应为 480×640")
    walk.press("form[action$='/repair'] .btn")
    assert walk.says("h1", "修复前后")
    assert len(walk.all(".shot image")) >= 2
    walk.keep("photo-repair")
    assert walk.sticks_out() == 0
    walk.press("form[action$='/take'] .btn")
    assert walk.holds("h1", "的照片")
    walk.until(".shot image")
    assert walk.all(".marks line.eye-line") != []
    walk.press("[data-marks]")
    assert walk.hides(".marks line.eye-line")
    walk.keep("photo-student")
    assert PhotoRow.objects.get(student=six[3], current=True).judged.repaired.startswith(
        "缩小为 480×640"
    )


@SIZES
def test_the_review_desk_by_keys(walk, six, sent):
    walk.sign_in("a", PASSWORD)
    upload(walk, sent)
    walk.driver.delete_all_cookies()
    walk.sign_in("college", PASSWORD)
    walk.go("/photos/review")
    walk.press(".turn .btn.main")
    assert walk.holds(".said", "背景颜色不均匀")
    walk.until(".desk image")
    body = walk.driver.find_element(By.TAG_NAME, "body")
    body.send_keys("z")
    assert walk.one("[data-zoom]").get_attribute("aria-pressed") == "true"
    walk.keep("photo-desk")
    assert walk.sticks_out() == 0
    first = walk.read("h1")
    body.send_keys("a")
    walk._wait(lambda _driver: walk.read("h1") != first, "the next picture")
    body = walk.driver.find_element(By.TAG_NAME, "body")
    body.send_keys("3")
    body.send_keys("r")
    assert walk.says("h1", "照片审核")
    rows = PhotoDecision.objects.order_by("id").values_list("accepted", "reason", "by__username")
    assert list(rows) == [(True, "", "college"), (False, "backdrop", "college")]
