"""The acts of a season as people do them: each in a window, by the own account, at its hour on the office clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.test import override_settings
from selenium.webdriver.support.ui import Select

from graduand.demo import curriculum, portraits, sheets
from graduand.demo.people import InventedStudent
from graduand.models import Candidate, Certificate, Job, Student, Unit, User
from graduand.rulebook.terms import JobState, Role, SheetKind, Stage
from tests import jobs, people
from tests.factories import EXAMPLE, set_clock
from tests.journeys.walking import Walk
from tests.management.calling import graduand
from tests.pages.world import PASSWORD

ISSUED, REGISTERED = "2023-07-20", "2023-07-26"
CARRIER = "云岭速递"


def account(
    username: str, role: Role, unit: str, name: str, student: Student | None = None
) -> User:
    """An account that can sign in; handing out activation codes is another journey (test_accounts)."""
    user = people.account(username, role, Unit.objects.get(code=unit), name, student)
    user.set_password(PASSWORD)
    user.save()
    return user


@dataclass
class Steps:
    """One window through which everybody of the season signs in, one after the other; pictures are numbered."""

    walk: Walk
    folder: Path
    people: Sequence[InventedStudent]
    taken: list[str] = field(default_factory=list)

    # -- who, when, and what is kept of it ---------------------------------------------------------------------

    def at(self, when: str, username: str) -> None:
        """`username` signs in on the login page when the office clock says `when`; whoever was there has gone."""
        set_clock(when)
        self.walk.go("/")
        self.walk.until(".topbar form button, [name=username]")
        if self.walk.all(".topbar form button"):
            self.walk.press(".topbar form button")
            self.walk.until("[name=username]")
        self.walk.sign_in(username, PASSWORD)

    def keep(self, name: str) -> None:
        """The next picture; nothing may stick out of the window."""
        self.taken.append(name)
        self.walk.keep(f"season-{len(self.taken):02d}-{name}")
        assert (name, self.walk.sticks_out()) == (name, 0)

    def work(self, kind: str = "act") -> None:
        """The worker takes what has been asked for, one after the other, once there is something of this kind."""
        waiting = Job.objects.filter(kind=kind, state=JobState.WAITING.value)
        self.walk._wait(lambda _driver: waiting.exists(), f"work for the worker: {kind}")
        while jobs.work_once("worker"):
            pass

    # -- headquarters and centres send in ----------------------------------------------------------------------

    def load_policy(self) -> None:
        """载入政策文件: tried first, then the batch is made."""
        self.walk.go("/batches")
        self.walk.press("a[href='/batches/load']")
        self.walk.until("#l-file").send_keys(str(EXAMPLE))
        self.walk.press("main form .btn.main")
        assert self.walk.says("h1", "批次 202307：新建（试判）")
        self.walk.press("form[action$='/save'] .btn.main")
        assert self.walk.holds("h1", "毕业批次 202307")
        self.keep("batch")

    def bring(
        self, kind: SheetKind, headers: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """One workbook through 上传, 校验预览, 结果: every row of it goes in."""
        rows = list(rows)
        path = sheets.write(self.folder, kind, headers, rows)
        self.walk.go("/imports/new")
        Select(self.walk.one("#n-kind")).select_by_value(kind.value)
        self.walk.one("#n-file").send_keys(str(path))
        self.walk.press("main form .btn.main")
        assert self.walk.says("#job h2", "校验预览")
        assert self.walk.holds("#job header .tag", f"{len(rows)} 行，全部通过")
        self.walk.press("#job .btn.main")
        assert self.walk.says("#job h2", "导入完成")

    def base_data(self) -> None:
        """Units, plans, modules, courses."""
        self.bring(SheetKind.UNITS, curriculum.UNIT_HEADERS, curriculum.unit_rows())
        self.bring(SheetKind.PLANS, curriculum.PLAN_HEADERS, curriculum.plan_rows())
        self.bring(SheetKind.MODULES, curriculum.MODULE_HEADERS, curriculum.module_rows())
        self.bring(SheetKind.COURSES, curriculum.COURSE_HEADERS, curriculum.course_rows())

    def students(self) -> None:
        """The college's students, and their marks."""
        self.bring(SheetKind.STUDENTS, sheets.STUDENTS, sheets.student_rows(self.people))
        self.bring(SheetKind.RESULTS, sheets.RESULTS, sheets.result_rows(self.people))

    def profiles_of(self, centre: str) -> None:
        """Where a centre's own students come from."""
        self.bring(SheetKind.PROFILES, sheets.PROFILES, sheets.profile_rows(self.at_centre(centre)))

    def registry_report(self) -> None:
        """What the registry says about everybody."""
        self.bring(SheetKind.CHSI, sheets.CHSI, sheets.chsi_rows(self.people))

    def at_centre(self, centre: str) -> list[InventedStudent]:
        """The people of one centre."""
        return [person for person in self.people if person.centre == centre]

    def photos_of(self, centre: str) -> None:
        """学生照片导入: a zip of drawn portraits, each looked at by the judge."""
        drawn = [
            (p.number, portraits.portrait(p.number, p.sex == "女")) for p in self.at_centre(centre)
        ]
        path = portraits.write_zip(self.folder / f"毕业照片-{centre}.zip", drawn)
        self.walk.go("/photos/import")
        self.walk.until("#i-file").send_keys(str(path))
        self.walk.press("form[action='/photos/import/send'] .btn.main")
        assert self.walk.says("#job h2", "核对后导入")
        self.walk.press("#job .btn.main")
        self.work("photos")
        assert self.walk.says("#job h2", "导入完成")
        assert self.walk.says("#job .figs", f"导入 {len(drawn)} 未变 0 未导入 0 共 {len(drawn)}")

    def night(self) -> None:
        """What the timer runs every night: the audit and the 初审名单."""
        assert graduand("list", "202307").code == 0

    # -- deciding ----------------------------------------------------------------------------------------------

    def choose_all(self, page: str, verb: str, picture: str) -> None:
        """Everybody on the list is ticked, the verb pressed, the counted confirmation shown; nothing is done yet."""
        self.walk.go(page)
        self.walk.press("[data-all-page]")
        self.walk.press(f"button[value={verb}]")
        self.walk.until("dialog .figs")
        self.keep(picture)

    def confirm(self, count: int, where: str = "dialog") -> None:
        """All of them can be done, and all of them are: confirmed, worked off by the worker, read on the page."""
        assert self.walk.says(f"{where} .figs", f"已选 {count} 可以提交 {count} 将跳过 0")
        self.walk.press(f"{where} .btn.main")
        self.carried_out(count)
        self.walk.leave("#job footer .btn.main")

    def carried_out(self, count: int) -> None:
        """The worker does it, and the page comes to say so."""
        self.walk.until("#job")
        self.work()
        self.walk.until("#job progress.ok")
        assert self.walk.says("#job .figs", f"成功 {count} 未通过 0 共 {count}")

    def apply(self, count: int, stage: Stage = Stage.LISTED) -> None:
        """A centre applies for everybody on its list, having looked at the registry's pictures."""
        self.choose_all(f"/candidates?stage={stage.value}", "apply", f"apply-{stage.value}")
        self.walk.press("dialog [name=same_checked]")
        self.confirm(count)

    def waiting(self) -> list[str]:
        """The names in the college's queue, in the order of application."""
        rows = Candidate.objects.filter(stage=Stage.APPLIED.value).order_by(
            "round__position", "reported_no"
        )
        return list(rows.values_list("student__name", flat=True))

    def review(self, back: str = "") -> None:
        """The review desk from the first file to the last: passed, and the one of `back` sent back."""
        names = self.waiting()
        self.walk.go("/reviews")
        self.walk.press("a[href^='/reviews/start']")
        for name in names:
            assert self.walk.says("h1", name)
            if name != back:
                self.walk.press("#pass")
                continue
            self.walk.press("details[data-form=b] summary")
            self.walk.press("details[data-form=b] input[value=materials]")
            self.walk.one("details[data-form=b] input[name=note]").send_keys("请补交毕业生登记表")
            self.keep("send-back")
            self.walk.press("details[data-form=b] footer button")
        assert self.walk.says("h1", "队列已审核完")
        self.keep("reviewed")

    def freeze_roster(self) -> None:
        """花名册: who is on it is shown, then it is fixed."""
        self.walk.go("/rosters")
        self.walk.press("a[href^='/rosters/new']")
        self.walk.press("main form .btn.main")
        assert self.walk.holds("#rows td.name", "第 1 号")
        self.keep("roster")

    def certify(self, count: int) -> None:
        """Numbering asks again who it is when the proof is older than minutes; then it goes on where it was."""
        with override_settings(FRESH_SECONDS=0):  # the ten minutes are over
            self.walk.go("/candidates?stage=approved")
            self.walk.press("[data-all-page]")
            self.walk.press("button[value=certify]")
            assert self.walk.says(".gate h2", "请再次验证身份")
        self.keep("again")
        assert Certificate.objects.count() == 0
        self.walk.one("#password").send_keys(PASSWORD)
        self.walk.press(".gate form .btn.main")
        self.walk.until("main .figs")
        self.keep("certify")
        self.confirm(count, "main form")

    # -- the certificates travel ---------------------------------------------------------------------------------

    def registered(self) -> None:
        """What the registry answers about each certificate."""
        rows = Certificate.objects.order_by("number").values_list(
            "candidate__student__number", "candidate__student__name", "number"
        )
        answer = [(*row, ISSUED, "是", REGISTERED) for row in rows]
        self.bring(SheetKind.REGISTERED, sheets.REGISTERED, answer)

    def ship(self, centre: str, count: int) -> None:
        """One sealed parcel for one centre."""
        self.choose_all(
            f"/certificates?stage=certified&void=0&centre={centre}", "ship", f"ship-{centre}"
        )
        self.walk.one("input[name^=carrier-]").send_keys(CARRIER)
        self.walk.one("input[name^=tracking-]").send_keys(f"YL{centre}001")
        self.confirm(count)

    def receive(self, count: int) -> None:
        """The parcel that is on its way here, counted one by one."""
        self.walk.go("/parcels?way=1")
        self.walk.press("td.acts a[href^='/parcels/']:not(.more)")
        assert len(self.walk.all("form[data-count] input[name=found]:checked")) == count
        self.keep("parcel")
        self.walk.press("form[data-count] .btn.main")
        self.carried_out(count)

    def hand_over(self, count: int) -> None:
        """签领: in person, the student having compared the certificate with the registry."""
        self.choose_all("/handovers?stage=received", "collect", "collect")
        Select(self.walk.one("#a-handover")).select_by_value("in_person")
        self.walk.press("dialog [name=confirmed]")
        self.confirm(count)
