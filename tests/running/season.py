"""What the desks of a season do on the running program, each at its own account, and the files they send."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl

from graduand.demo import curriculum, portraits, sheets
from graduand.demo.people import InventedStudent, invent
from graduand.demo.walk import POLICY
from graduand.rulebook.terms import SheetKind
from tests.running.program import Program
from tests.running.reading import Answer, Page
from tests.running.visitor import Visitor
from tests.running.workbooks import as_excel, as_wps

NEXT = "202401"
CENTRES = tuple(code for code, _ in curriculum.CENTRES)


def known_people(many: int) -> list[InventedStudent]:
    """Whoever is in the prepared season already."""
    return invent(many)


def newcomers(many: int, each: int) -> list[InventedStudent]:
    """`each` students of the first and of the second centre, whom the prepared season of `many` people does not know."""
    sound = [
        one
        for one in invent(2 * many)
        if int(one.number[-6:]) > many and one.trouble is None and not one.goes_on
    ]
    return [
        one
        for code in CENTRES[:2]
        for one in [p for p in sound if p.centre == code and p.level == "专科"][:each]
    ]


def next_policy(folder: Path) -> Path:
    """The policy of the batch after the notice's: every day half a year later."""

    def later(found: re.Match[str]) -> str:
        return (date.fromisoformat(found[0]) + timedelta(days=184)).isoformat()

    text = (
        POLICY.read_text(encoding="utf-8")
        .replace('"202307"', f'"{NEXT}"')
        .replace('"2021春"', '"2021秋"')
    )
    path = folder / f"{NEXT}.toml"
    path.write_text(re.sub(r"2023-\d\d-\d\d", later, text), encoding="utf-8")
    return path


@dataclass
class Season:
    """The served program and whoever has signed in."""

    program: Program
    folder: Path
    people: dict[str, Visitor] = field(default_factory=dict)

    def who(self, username: str) -> Visitor:
        """The window of this account; it signs in when it comes for the first time."""
        if username not in self.people:
            self.people[username] = self.program.visitor(username)
        return self.people[username]

    def student(self) -> Visitor:
        """The window of the student of the demonstration."""
        if "student" not in self.people:
            self.people["student"] = self.program.student()
        return self.people["student"]

    def at(self, now: str) -> None:
        """The program is started again on another day; everybody signs in anew."""
        self.people.clear()
        self.program.again(now)

    # -- what is sent in ---------------------------------------------------------------------------------------

    def results(self, people: list[InventedStudent], username: str = "xueyuan1") -> Page:
        """The college's marks, from WPS and so large a file that the worker takes it."""
        path = as_wps(
            self.folder / "成绩.xlsx", sheets.RESULTS, sheets.result_rows(people), packed=False
        )
        return self.who(username).import_sheet(SheetKind.RESULTS.label, path)

    def students(self, people: list[InventedStudent]) -> None:
        """Headquarters announces students, the centre says where they come from, the registry answers."""
        path = as_wps(self.folder / "学生信息.xlsx", sheets.STUDENTS, sheets.student_rows(people))
        self.who("zongbu2").import_sheet(SheetKind.STUDENTS.label, path)
        for username, centre in zip(("zhongxin1", "zhongxin2"), CENTRES[:2], strict=True):
            mine = [one for one in people if one.centre == centre]
            path = as_excel(
                self.folder / "报名信息.xlsx", sheets.PROFILES, sheets.profile_rows(mine)
            )
            self.who(username).import_sheet(SheetKind.PROFILES.label, path)
        path = as_excel(self.folder / "学信网反馈.xlsx", sheets.CHSI, sheets.chsi_rows(people))
        self.who("zongbu1").import_sheet(SheetKind.CHSI.label, path)

    def photos(self, username: str, people: list[InventedStudent]) -> Page:
        """A zip of drawn portraits, judged by the worker."""
        drawn = [(one.number, portraits.portrait(one.number, one.sex == "女")) for one in people]
        path = portraits.write_zip(self.folder / f"{username}.zip", drawn)
        centre = self.who(username)
        centre.go("/photos/import")
        centre.press(
            "上传", {"上传类型": "毕业照片", "照片压缩包": path}, action="/photos/import/send"
        )
        centre.press("导入", action="/begin")
        return centre.ended("导入完成")

    def load_batch(self) -> Page:
        """载入政策文件: tried, then the next batch is made."""
        path = next_policy(self.folder)
        keeper = self.who("zongbu2")
        keeper.go("/batches")
        keeper.click("载入政策文件")
        keeper.press("上传并试判", {"政策文件": path})
        keeper.wait()
        return keeper.press("建立批次")

    # -- deciding ----------------------------------------------------------------------------------------------

    def apply(self, username: str, numbers: list[str], stage: str = "listed") -> Page:
        """A centre applies, having looked at the registry's pictures."""
        address = f"/candidates?batch=202307&stage={stage}"
        button = "批量申请毕业" if stage == "listed" else "批量重新提交"
        return self.who(username).act(address, button, numbers, same_checked=True)

    def review(self, number: str, answer: str = "学院审核通过", **said: str) -> Page:
        """The college looks at one file and decides it."""
        college = self.who("xueyuan1")
        college.go("/reviews?batch=202307")
        college.go(college.page.row(number).links[0][1])
        return college.press(answer, dict(said), action="/decide")

    def file(self, username: str, address: str, number: str) -> Page:
        """The page of a student, opened from a list."""
        desk = self.who(username)
        return desk.go(desk.go(address).row(number).links[0][1])

    def freeze_roster(self) -> Page:
        """花名册: who is on it is shown, then it is fixed."""
        office = self.who("zongbu1")
        office.go("/rosters?batch=202307")
        office.click("确定花名册 202307")
        return office.press("确定")

    def ship(self, numbers: list[str], waybills: dict[str, str]) -> Page:
        """A sealed parcel for each centre; `waybills` are the numbers by centre."""
        address = "/certificates?batch=202307&stage=certified&void=0"
        carriers: dict[str, Answer] = {f"carrier-{centre}": "云岭速递" for centre in waybills}
        tracking: dict[str, Answer] = {
            f"tracking-{centre}": number for centre, number in waybills.items()
        }
        return self.who("xueyuan2").act(address, "批量寄出", numbers, **carriers, **tracking)

    def count(self, username: str, tracking: str, missing: str = "") -> Page:
        """The parcel counted one by one; `missing` is the 学号 of a certificate that was not in it."""
        centre = self.who(username)
        centre.go("/parcels")
        centre.go(centre.page.row(tracking).link("云岭速递"))
        form = centre.page.form("清点完毕，签收")
        boxes = [one for one in form.fields if one.name == "found"]
        there = [one.value for one in boxes if not missing or missing not in one.label]
        centre.press("清点完毕，签收", {"found": there})
        return centre.wait()

    def hand_over(self, username: str, numbers: list[str]) -> Page:
        """签领 in person, the student having compared the certificate with the registry."""
        address = "/handovers?batch=202307&stage=received"
        return self.who(username).act(address, "批量签领", numbers, handover="本人", confirmed=True)

    # -- what leaves -------------------------------------------------------------------------------------------

    def exported(self, username: str, address: str) -> list[tuple[object, ...]]:
        """The rows of a list as its workbook holds them, the head first."""
        person = self.who(username)
        person.go(address)
        person.press("导出")
        book = openpyxl.load_workbook(BytesIO(person.page.body), read_only=True)
        return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]

    def stages(self, people: list[InventedStudent]) -> set[str]:
        """At which stages of the first batch these people stand."""
        return set(self.program.look("stages", *(one.number for one in people)).values())
