"""`graduand bench`: no figure for work that was not done."""

import json
import os
import subprocess
import sys

import pytest

from graduand.benchmarks import exports, imports, lists, moves
from graduand.benchmarks import season as synthetic
from graduand.benchmarks.measuring.timing import NotDone, must_be
from graduand.models import Act
from graduand.papers.workbooks.tables import table_workbook
from graduand.rulebook.terms import Stage
from tests import acting, factories

ROWS = 3 * synthetic.RESULTS


@pytest.fixture
def season(db):
    """Two centres, the notice's batch."""
    return factories.make_season()


def silent(_text):
    """Progress that nobody watches."""


def bench(home, *words):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "graduand.cli", "bench", *words],
        env={**environment, "GRADUAND_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_count_that_is_not_what_it_should_be_is_a_sentence():
    must_be("审核的人", 0, 0)
    with pytest.raises(NotDone) as problem:
        must_be("审核的人", 1_199, 1_200)
    assert str(problem.value) == "没有测到：审核的人应为 1,200，实为 1,199，所以不给出数字"


@pytest.mark.sqlite
def test_the_import_is_measured_beside_its_floor(tmp_path):
    done = bench(tmp_path, "import", "--students", "3", "--json")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
    figures = json.loads(done.stdout)
    assert (figures["rows"], figures["runs"], figures["seconds_counted"]) == (
        ROWS,
        imports.RUNS,
        "处理器秒",
    )
    assert {name for name in figures if name.endswith("_share_of_floor")} == {
        f"{kind}_share_of_floor" for kind in imports.KINDS
    }


def test_of_nobody_there_is_nothing_to_measure(tmp_path):
    done = bench(tmp_path, "moves", "--students", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("人数须为 1 或更多")


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("new", "没有测到：底线写入的成绩应为 120，实为 119，所以不给出数字"),
        ("mixed", "没有测到：导入（mixed）的新增应为 40，实为 39，所以不给出数字"),
        ("xlsx", "没有测到：导入（xlsx）的新增应为 120，实为 0，所以不给出数字"),
    ],
)
def test_an_import_that_leaves_a_row_out_has_no_figure(tmp_path, file, sentence):
    synthetic.build(3, silent, results=False)
    files = imports.write_files(tmp_path, 3, silent)
    costs = imports.ImportCosts()
    imports.measure_once(files, ROWS, costs)
    assert [len(runs) for runs in (costs.floor, *costs.work.values())] == [1] * 5
    if file == "xlsx":
        files[file].write_bytes(b"PK")
    else:
        lines = files[file].read_bytes().splitlines(keepends=True)
        files[file].write_bytes(b"".join(lines[:-1]))
    with pytest.raises(NotDone) as problem:
        imports.measure_once(files, ROWS, costs)
    assert str(problem.value) == sentence


def test_an_application_that_files_nobody_has_no_figure(season):
    filed = acting.candidate_at(season, Stage.APPLIED)
    act = Act.objects.get(verb="apply")
    moves.check_filed(season.batch, act, 1)
    with pytest.raises(NotDone, match="办成和被拒绝的人应为 2，实为 1"):
        moves.check_filed(season.batch, act, 2)
    act.done, act.refused, act.by_code = 0, 1, {"CRED-TOTAL": 1}
    with pytest.raises(NotDone, match="没有一人办成申请"):
        moves.check_filed(season.batch, act, 1)
    assert filed.stage == Stage.APPLIED


def test_a_list_without_a_row_has_no_figure(season):
    client = lists.signed_in(season.staff.hq)
    with pytest.raises(NotDone, match="/parcels 没有列出任何一行"):
        lists.look(client, "/parcels")


@pytest.mark.slow
@pytest.mark.sqlite
def test_served_pages_are_measured_beside_an_import_and_a_zip_of_photos(tmp_path):
    done = bench(tmp_path, "serve", "--students", "300", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["sessions"], figures["rows_imported"], figures["photos_imported"]) == (
        6,
        12_000,
        300,
    )
    assert min(figures["pages_alone"], figures["pages_beside"]) >= 6 * 12


@pytest.mark.slow
@pytest.mark.sqlite
def test_lists_that_leave_at_once_are_measured_beside_one_alone(tmp_path):
    done = bench(tmp_path, "exports", "--students", "300", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["rows"], figures["at_once"], figures["runs"]) == (300, 4, exports.RUNS)
    assert figures["times"] > 0 < figures["times_least"]


def test_a_list_that_leaves_without_a_row_has_no_figure(tmp_path):
    path = table_workbook(tmp_path / "a.xlsx", ["学号"], [["1"], ["2"]])
    exports.check_rows(path.read_bytes(), 2)
    with pytest.raises(NotDone, match="导出的行应为 3，实为 2"):
        exports.check_rows(path.read_bytes(), 3)
