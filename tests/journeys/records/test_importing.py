"""Imports in a real browser: choose, upload, look, import; errors come back, a big file goes on behind the page."""

import pytest
from selenium.webdriver.support.ui import Select

from graduand.models import Student
from tests import jobs
from tests.journeys.test_axe import violations
from tests.pages.records.uploads import STUDENT, csv_of, students
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser


def fine(walk, name):
    """A picture; nothing sticks out of the window, and axe has nothing to say."""
    walk.keep(name)
    assert (walk.sticks_out(), violations(walk.driver)) == (0, [])


def upload(walk, path):
    walk.go("/imports/new")
    Select(walk.one("#n-kind")).select_by_value("students")
    walk.one("#n-file").send_keys(str(path))


def written(folder):
    """A file of three students, one with errors in its second row, and one of six."""
    broken = {**STUDENT, "学号": "2117151000002", "性别": "？", "出生日期": "1990-13-01"}
    files = {
        "学生.csv": students(3),
        "有错的学生.csv": csv_of(STUDENT, broken),
        "大文件.csv": students(6),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


@pytest.mark.parametrize("browser", ["desk", "phone"], indirect=True)
def test_a_college_imports_its_students(season, walk, request, tmp_path, settings):
    size = request.node.callspec.params["browser"]
    before = Student.objects.count()
    good, bad, big = written(tmp_path)
    walk.sign_in("college", PASSWORD)
    upload(walk, bad)
    fine(walk, f"import-new-{size}")
    walk.press("main form .btn.main")
    assert walk.says(".figs", "新增 1 更新 0 未变 0 有误 1")
    assert walk.holds(".places", "第 3 行")
    assert walk.sticks_out() == 0
    fine(walk, f"import-errors-{size}")
    upload(walk, good)
    walk.press("main form .btn.main")
    assert walk.says(".figs", "新增 3 更新 0 未变 0 有误 0")
    fine(walk, f"import-preview-{size}")
    assert Student.objects.count() == before
    walk.press("#job .btn.main")
    assert walk.says("#job h2", "导入完成")
    assert Student.objects.count() == before + 3
    fine(walk, f"import-done-{size}")
    settings.SHEET_AT_ONCE_BYTES = 10
    upload(walk, big)
    walk.press("main form .btn.main")
    assert walk.says("#job h2", "正在校验…")
    fine(walk, f"import-reading-{size}")
    while jobs.work_once("worker"):
        pass
    assert walk.says("#job h2", "校验预览")
    assert walk.says(".figs", "新增 3 更新 0 未变 3 有误 0")
    walk.go("/imports")
    fine(walk, f"import-history-{size}")
    walk.press("td.name a")
    assert walk.holds(".facts", "文件校验码")
    fine(walk, f"import-record-{size}")
    assert walk.sticks_out() == 0
