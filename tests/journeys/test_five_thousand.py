"""Five thousand applications over all pages in three clicks: progress, a stop that is obeyed, a workbook that opens."""

import csv
import subprocess
from datetime import date
from decimal import Decimal
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from graduand.models import Act, Candidate, ChsiReport, Event, Job, PhotoRow, Result, Student
from graduand.rulebook.audit.academics import pass_key
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import JobState, ObtainedBy, Stage
from tests import jobs
from tests.machine import needs
from tests.pages.world import COURSES, NOON, PASSWORD

pytestmark = pytest.mark.browser
PEOPLE, UNFIT = 5_000, 40


def enrol(world, count, centre=0, start=1):
    """`count` students with everything in order, stored in bulk."""
    usual = {
        "sex": "2",
        "birth": date(1990, 3, 7),
        "nation": "汉",
        "id_kind": "1",
        "id_no": "11010519900307123X",
        "standing": "enrolled",
        "centre": world.centres[centre],
        "category": "开放教育",
        "plan": world.plan,
        "entry": Term.parse("2021春").ordinal,
        "level": "junior",
        "class_name": "21春健康管理1班",
    }
    fresh = [
        Student(number=f"21151{n:08d}", name=f"学生{n}号", id_hash=str(n), **usual)
        for n in range(start, start + count)
    ]
    students = Student.objects.bulk_create(fresh)
    Result.objects.bulk_create(result for one in students for result in passed(one))
    PhotoRow.objects.bulk_create(photo(one, world.users["a"]) for one in students)
    ChsiReport.objects.bulk_create(in_order(one) for one in students)
    return students


def passed(student):
    """Every course of the plan passed."""
    return [
        Result(
            student=student,
            course=code,
            term=student.entry,
            mark="86",
            reviewed=practice,
            released=date(2023, 6, 1),
            pass_key=pass_key(code, Decimal(86), ObtainedBy.EXAM, reviewed=practice),
        )
        for code, _, _, practice in COURSES
    ]


def photo(student, user):
    """A picture in time, brought by `user`."""
    return PhotoRow(
        student=student,
        kind="graduation",
        sha256=f"{student.pk:064d}",
        size=30_000,
        width=480,
        height=640,
        since=date(2023, 7, 1),
        stored_at=NOON,
        stored_by=user,
        same=True,
    )


def in_order(student):
    """The registry's row without anything wrong."""
    return ChsiReport(
        student=student,
        day=date(2023, 7, 1),
        admission_photo=True,
        credential_photo=True,
        verdict="normal",
    )


@pytest.fixture
def season(transactional_db, settings):
    """Five thousand at 杭州, forty of them without a photo; three at 成都."""
    from tests.pages.world import build  # a conftest is read before Django's apps are ready

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECOND_FACTOR = "optional"
    world = build()
    students = enrol(world, PEOPLE)
    PhotoRow.objects.filter(student__in=[one.pk for one in students[-UNFIT:]]).delete()
    enrol(world, 3, centre=1, start=PEOPLE + 1)
    world.judge()
    return world


class Clicks:
    """A mouse that counts."""

    def __init__(self, walk):
        self.walk, self.count = walk, 0

    def __call__(self, selector):
        self.walk.press(selector)
        self.count += 1


def applied():
    """How many have applied."""
    return Candidate.objects.filter(stage=Stage.APPLIED.value).count()


def work_one_piece():
    """A worker that is told to stop after its first piece."""
    job, pieces = jobs.claim("worker"), iter([False])
    assert job is not None
    jobs.run(job, "worker", stop=lambda: next(pieces, True))


def asked(walk, address, **form):
    """(status, Location, bytes) of an address, or of a form sent to it, with this window's session."""
    cookies = {one["name"]: one["value"] for one in walk.driver.get_cookies()}
    place = urlsplit(address)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    body = urlencode({"csrfmiddlewaretoken": cookies["csrftoken"], **form}) if form else None
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    line = HTTPConnection(place.netloc, timeout=60)
    line.request("POST" if body else "GET", place.path, body, headers)
    answer = line.getresponse()
    content = answer.read()
    line.close()
    return answer.status, answer.headers.get("Location"), content


def as_csv(content, folder):
    """The rows of a workbook as LibreOffice reads them."""
    soffice = needs.tool("soffice")
    (folder / "result.xlsx").write_bytes(content)
    own = f"-env:UserInstallation=file://{folder}/office"
    utf8 = "csv:Text - txt - csv (StarCalc):44,34,76"
    command = [
        soffice,
        own,
        "--headless",
        "--convert-to",
        utf8,
        "--outdir",
        str(folder),
        str(folder / "result.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with (folder / "result.csv").open(encoding="utf-8") as file:
        return list(csv.reader(file))


def test_five_thousand_in_three_clicks(season, walk, tmp_path):
    click = Clicks(walk)
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?stage=listed")
    click("[data-everybody]")
    assert walk.says("[data-chosen]", "5,000")
    walk.keep("five-thousand-chosen")
    click("button[value=apply]")
    assert walk.says("dialog .figs", "已选 5,000 可以提交 4,960 将跳过 40")
    assert (Act.objects.count(), applied()) == (0, 0)
    walk.press("dialog [name=same_checked]")  # what only a person can state: 四.2(3)
    click("dialog footer .btn.main")
    assert click.count == 3
    assert walk.says("dialog #job .figs", "成功 0 未通过 0 共 5,000")
    work_one_piece()
    assert walk.says("dialog #job .figs", "成功 500 未通过 0 共 5,000")
    assert walk.holds("dialog #job", "10%")
    walk.keep("five-thousand-progress")
    assert jobs.work_once("another worker")
    walk.until("dialog progress.ok")
    assert walk.says("dialog #job .figs", "成功 4,960 未通过 40 共 5,000")
    walk.keep("five-thousand-result")
    assert (applied(), Event.objects.count(), Act.objects.count()) == (4_960, 4_960, 1)
    link = walk.until("dialog form[action$='/result.xlsx']").get_attribute("action")
    rows = as_csv(asked(walk, link, sent="1")[2], tmp_path)
    assert rows[0][:6] == ["序号", "学号", "姓名", "学习中心", "结果", "上报顺序或编号"]
    assert (len(rows), rows[1][1:6]) == (
        5_001,
        ["2115100000001", "学生1号", "杭州学习中心", "成功", "1"],
    )
    assert [row[4] for row in rows[1:]].count("成功") == 4_960
    assert rows[-1][4:8] == ["未通过", "", "未申请", "一平台没有毕业照片（四.2(2)）"]


def test_W01_double_clicked_it_is_one_act_and_a_stale_tab_is_asked_again(season, walk):
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates/confirm?verb=apply&all=1&stage=listed&clear=1")
    walk.press("main footer .btn.main")
    walk.until("main .figs")
    stale = walk.one("main form input[name=token]").get_attribute("value")
    walk.press("main [name=same_checked]")
    ActionChains(walk.driver).double_click(walk.one("main footer .btn.main")).perform()
    walk.until("#job")
    assert Act.objects.count() == 1
    assert jobs.work_once("worker")
    # the same token from a stale tab is the same act; a new one from an old count is asked again
    status, location, _ = asked(walk, f"{walk.url}/candidates/submit", token=stale)
    assert (status, location) == (302, f"/jobs/act/{Act.objects.get().pk}")
    assert (Act.objects.count(), Event.objects.count(), applied()) == (1, 4_960, 4_960)


def test_A02_foreign_ids_among_five_thousand_refuse_all(season, walk):
    walk.sign_in("a", PASSWORD)
    foreign = Candidate.objects.filter(centre=season.centres[1]).values_list("id", flat=True)[0]
    own = Candidate.objects.filter(centre=season.centres[0]).values_list("id", flat=True)[:2]
    walk.go(f"/candidates/confirm?verb=apply&chosen={own[0]}&chosen={foreign}&chosen={own[1]}")
    walk.press("main footer .btn.main")
    assert walk.holds("body", "没有找到")
    assert (Act.objects.count(), Job.objects.count(), applied()) == (0, 0, 0)
    walk.complaints()  # the 404 itself


def test_a_stop_is_obeyed_and_what_was_done_stays(season, walk):
    walk.sign_in("a", PASSWORD)
    walk.go("/candidates?stage=listed")
    walk.press("[data-everybody]")
    walk.press("button[value=apply]")
    walk.press("dialog [name=same_checked]")
    walk.press("dialog footer .btn.main")
    walk.until("dialog #job form button")
    work_one_piece()
    assert walk.says("dialog #job .figs", "成功 500 未通过 0 共 5,000")
    walk.press("dialog #job form button")
    assert walk.holds("dialog #job", "已停止：办理了前 500 人，其余 4,500 人没有变化，可以重新办理")
    walk.keep("five-thousand-stopped")
    assert not jobs.work_once("worker")
    assert (applied(), Job.objects.get().state) == (500, JobState.CANCELLED.value)
