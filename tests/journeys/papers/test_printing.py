"""Pages on paper as a registrar files them: who printed them and when, heads on every sheet, nothing that is pressed."""

import base64
import subprocess
from pathlib import Path

import pytest

from graduand.models import ParcelItem
from graduand.rulebook.terms import Verb
from tests.machine.needs import tool
from tests.pages.stations import bring
from tests.pages.world import PASSWORD

pytestmark = pytest.mark.browser
PRESSED = ("退出", "重置", "导出", "批量申请毕业", "跳至", "待办首页", "粘贴学号")


def printed(walk, name: str) -> list[str]:
    """The page that the window shows, printed and read back: the text of each sheet."""
    answer = walk.driver.execute_cdp_cmd(
        "Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False}
    )
    path: Path = walk.pictures / f"print-{name}.pdf"
    path.write_bytes(base64.b64decode(answer["data"]))
    text = subprocess.run(
        [tool("pdftotext"), "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    return text.split("\f")[:-1]


@pytest.fixture
def moved(season):
    """Twelve applied for; enough others for a list of several sheets."""
    students = [
        file.student
        for file in season.batch.candidates.select_related("student").order_by("student__number")
    ]
    season.do("a", Verb.APPLY, *students[:12])
    for number in range(100, 170):
        season.student(number, credits=False, photo=False, chsi=False)
    season.judge()
    return students


def test_a_list_is_printed_with_its_head_on_every_sheet(season, moved, walk):
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?size=100")
    sheets = printed(walk, "list")
    assert len(sheets) > 1
    for sheet in sheets:
        assert ("学号" in sheet, "姓名" in sheet, "第" in sheet) == (True, True, True)
    assert "打印人 周老师（杭州学习中心） · 打印时间 2023-07-12" in sheets[0].replace("\n", " ")
    whole = "".join(sheets)
    assert [word for word in PRESSED if word in whole] == []
    numbers = [
        file.student.number for file in season.batch.candidates.filter(centre=season.centres[0])
    ]
    assert [number for number in numbers if whole.count(number) != 1] == []


def test_the_other_pages_that_are_filed(season, moved, walk):
    walk.sign_in("college", PASSWORD)
    file = season.file(moved[0]).pk
    for name, page, words in (
        ("home", "/", "待学院审核"),
        ("student", f"/candidates/{file}", "办理经过"),
        ("review", f"/reviews/{file}", "办理经过"),
        ("lots", "/lots", "上报"),
    ):
        walk.go(page)
        whole = "".join(printed(walk, name))
        assert (
            page,
            words in whole,
            "打印人 学院李老师" in whole,
            [w for w in PRESSED if w in whole],
        ) == (page, True, True, [])
        assert [
            said for said in walk.complaints() if "/photos/files/" not in said
        ] == []  # this season's pictures are rows only


def test_六_a_centre_counts_by_the_page_of_the_parcel(season, moved, walk):
    """Whoever counts on paper has a line a certificate and an empty box before it; on the screen the boxes are ticked."""
    bring(season, Verb.SHIP, *moved[:3])
    walk.sign_in("a", PASSWORD)
    walk.go(f"/parcels/{ParcelItem.objects.get(candidate=season.file(moved[0])).parcel_id}")
    whole = "".join(printed(walk, "parcel"))
    assert [student.number for student in moved[:3] if whole.count(student.number) != 1] == []
    assert "清点完毕，签收" not in whole
