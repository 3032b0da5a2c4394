"""What a command gives back names people: it lies in the home, is kept for a week, and is not lost with a killed command."""

import os
import stat
import time
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings

from graduand.models import ImportPlan, Intake
from graduand.office.outgoing import drafts
from graduand.office.queue.work import Worker
from graduand.office.records import importing
from graduand.office.records.files import plan_files
from graduand.office.records.plans import import_plans, plan_following
from graduand.rulebook.terms import SheetKind
from tests import factories
from tests.management.calling import graduand, returned
from tests.office.records.files import ROWS, table, world
from tests.office.records.plans.killing import at_every_statement
from tests.office.records.plans.plans import files, left, marks, number, small_pieces

pytestmark = pytest.mark.django_db
WEEK = 7 * 86_400
KEPT = "（保留 7 天）"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Where somebody happens to stand."""
    (place := tmp_path / "desktop").mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def students(tmp_path, monkeypatch):
    """Three students whose results are imported piece by piece."""
    world(tmp_path, students=3)
    small_pieces(monkeypatch)
    return tmp_path


def reasons(path, kind=SheetKind.RESULTS) -> list[tuple[str, str]]:
    """(学号 or 课程代码, 错误原因) of each row that has a reason."""
    head, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    last, key = (
        head.index("错误原因"),
        head.index("课程代码" if kind is SheetKind.COURSES else "学号"),
    )
    return [(row[key], row[last]) for row in rows if row[last]]


def wrong(folder: Path, name: str) -> Path:
    """Three results, the second one with a mark that there is not."""
    rows = [ROWS[SheetKind.RESULTS] | row for row in marks("85", 3)[:3]]
    rows[1]["成绩"] = "abc"
    return table(folder / name, rows)


def test_whoever_was_not_moved_is_named_in_the_home_and_not_beside_the_caller(season, elsewhere):
    factories.enrol(season, 1, fit=False)
    answer = graduand("act", "apply", "202307")
    place = next(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("returned-*-refused-apply-*.xlsx"))
    assert (answer.code, f"名单见 {place}{KEPT}" in answer.out, list(elsewhere.iterdir())) == (
        1,
        True,
        [],
    )
    place.unlink()


def test_the_workbook_of_an_import_lies_in_the_home_unless_somebody_says_where(students, elsewhere):
    source = wrong(elsewhere, "成绩.csv")
    answer = graduand("import", "results", source)
    place = returned("成绩-错误.xlsx")
    assert (answer.code, f"改好后再导入：{place}{KEPT}" in answer.out) == (1, True)
    assert [path.name for path in elsewhere.iterdir()] == ["成绩.csv"]
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    told = graduand("import", "results", source, "--errors", elsewhere / "back.xlsx")
    assert (f"改好后再导入：{elsewhere / 'back.xlsx'}" in told.out, KEPT in told.out) == (
        True,
        False,
    )


def test_a_very_long_name_is_shortened(elsewhere):
    place = drafts.returned(f"{'很长的名字' * 40}-错误.xlsx")
    place.write_bytes(b"x")
    assert (place.name.endswith("的名字-错误.xlsx"), len(place.name.encode()) < 255) == (True, True)
    assert drafts.is_returned(place)
    place.unlink()


def test_what_was_given_back_goes_after_a_week_and_other_drafts_after_a_day(elsewhere):
    given, draft = drafts.returned("成绩-错误.xlsx"), drafts.folder() / "left-behind"
    for age, expected in ((2 * 86_400, (True, False)), (WEEK + 60, (False, False))):
        for path in (given, draft):
            path.write_bytes(b"x")
            os.utime(path, (time.time() - age, time.time() - age))
        drafts.sweep()
        assert (given.exists(), draft.exists()) == expected


# -- a command that was killed after it was confirmed --------------------------------------------------------------


@pytest.fixture
def killed(students):
    """The plan of a command that ended right after its confirmation; one row was refused by the check."""
    rows = [ROWS[SheetKind.RESULTS] | row for row in marks("85", 3)[:3]]
    plan = left(
        students, SheetKind.RESULTS, *rows[:1], rows[1] | {"成绩": "abc"}, rows[2], partial=True
    )
    for source in students.glob("*.csv"):
        source.unlink()  # the sender has taken it away meanwhile
    return plan


def test_the_next_command_finishes_it_and_says_where_its_workbook_is(killed, students, elsewhere):
    answer = graduand("import", "results", wrong(elsewhere, "新.csv"), "--partial")
    name = f"{Path(killed.intake.name).stem}-错误.xlsx"
    lines = answer.err.splitlines()
    assert lines[0] == "先接着写完了 1 项已确认的导入"
    assert lines[1].endswith(f"有没有导入的行，带「错误原因」的工作簿见 {returned(name)}{KEPT}")
    assert [who for who, _ in reasons(returned(name))] == [number(2)]
    assert files() == []


def test_the_worker_finishes_it_and_keeps_its_workbook(killed):
    worker = Worker("one")
    while worker.work_once() is not None:
        pass
    plan = ImportPlan.objects.get()
    assert (plan.finished_at is not None, plan.errors != "", files()) == (True, True, [])
    place = drafts.folder() / "fetched.xlsx"
    importing.returning.fetch(plan.errors, place)
    assert [who for who, _ in reasons(place)] == [number(2)]
    place.unlink()


def test_what_was_overtaken_after_the_confirmation_is_in_the_workbook_of_the_command_too(
    students, elsewhere
):
    """The rows are kept with their sender's file until all of them stand; then the workbook is made of both."""
    plan = left(students, SheetKind.RESULTS, *marks("85", 3)[:3])
    import_plans.stop(plan.pk, None, "试一试")
    (done,) = import_plans.roll_forward(lambda _done, _total: None)
    place = importing.returning.fetch(done.errors, drafts.folder() / "fetched.xlsx")
    assert [who for who, _ in reasons(place)] == [number(n) for n in (1, 2, 3)]
    place.unlink()


def small(folder: Path, kind: SheetKind) -> tuple[Path, str]:
    """A sheet that one transaction writes, with one row that is refused; the 学号 or 课程代码 of that row."""
    if kind is SheetKind.RESULTS:
        return wrong(folder, "成绩.csv"), number(2)
    rows = [ROWS[kind] | {"课程代码": "00101"}, ROWS[kind] | {"课程代码": "00102", "学分": "abc"}]
    return table(folder / "课程.csv", rows), "00102"


@pytest.mark.parametrize("kind", [SheetKind.RESULTS, SheetKind.COURSES])
def test_a_small_import_that_is_killed_leaves_its_workbook_to_whoever_comes_next(tmp_path, kind):
    """Once its rows are written the file is done with: what was refused is found again by that workbook alone."""
    world(tmp_path, students=3)
    source, who = small(tmp_path, kind)
    target, stands = tmp_path / "back.xlsx", []

    def work():
        target.unlink(missing_ok=True)
        importing.import_sheet(kind, source, by=None, partial=True, errors=target)

    def check(place):
        import_plans.roll_forward(lambda _done, _total: None)
        written = Intake.objects.filter(kept=True, partial=True).exists()
        hashes = list(ImportPlan.objects.values_list("errors", flat=True))
        found = importing.returning.fetch(hashes[0], target) if hashes else None
        stands.append((written, found and [one for one, _ in reasons(found, kind)]))

    at_every_statement(work, check, step=4)
    assert {str(one) for one in stands} == {"(False, None)", f"(True, ['{who}'])"}


def test_a_plan_of_an_earlier_program_has_no_source_and_says_so(killed, monkeypatch):
    def gone(*_args):
        raise FileNotFoundError

    with monkeypatch.context() as earlier:
        earlier.setattr(plan_files.OpenPlanFile, "source", gone)
        (done,) = import_plans.roll_forward(lambda _done, _total: None)
    assert (done.errors, done.said[-1]) == ("", plan_following.NO_SOURCE)
