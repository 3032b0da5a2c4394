"""What a command writes about several people is on record like a list that leaves by a page: whose, how many rows, its bytes."""

import hashlib
from pathlib import Path

import pytest

from graduand.models import Candidate, Outgoing, PlanRow
from graduand.rulebook.people.account_terms import FileState
from graduand.rulebook.terms import SheetKind, Stage
from tests import acting, factories
from tests.management.calling import graduand
from tests.material.portraits import zipped
from tests.office.papers.print_runs import at
from tests.office.records.files import ROWS, table, world
from tests.office.records.plans.plans import left, marks, small_pieces

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return factories.make_season()


def on_record(path: Path) -> list[tuple[str, str, int]]:
    """(list, whose, rows) of what has left with the bytes of `path`."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    rows = Outgoing.objects.filter(
        end__state=FileState.WRITTEN.value, end__size=path.stat().st_size, end__sha256=sha256
    )
    return list(rows.order_by("serial").values_list("listing", "by__username", "end__rows"))


def test_whom_an_act_refused_in_whose_name_it_was_done(season, tmp_path):
    factories.enrol(season, 3, fit=False)
    for said, whose in ((("--as", "clerk1"), "clerk1"), ((), "system-centre")):
        back = tmp_path / f"{whose}.xlsx"
        assert graduand("act", "apply", "202307", *said, "--errors", back).code == 1
        assert on_record(back)[-1] == ("act-refused", whose, 3)  # both have the same bytes
    assert graduand("act", "apply", "202307", "--json").json["file"].endswith(".xlsx")
    assert [one.rows for one in Outgoing.objects.order_by("serial")] == [3, 3, 3]


@pytest.mark.parametrize(
    ("words", "record"),
    [
        (("losses", "202307", "--out"), ("losses", "system-hq", 7)),
        (("losses", "202307", "--as", "clerk1", "--out"), ("losses", "clerk1", 4)),
        (("identity", "202307", "--out"), ("cases", "system-hq", 1)),
        (("audit", "202307", "--csv"), ("audit", "system-hq", 3)),
        (("audit", "202307", "--on", "2023-08-01", "--csv"), ("audit", "system-hq", 3)),
    ],
)
def test_lists_of_a_batch(season, tmp_path, words, record):
    factories.enrol(season, 1, fit=False)
    factories.enrol(season, 1, centre=1, fit=False)
    acting.doubted(season)
    graduand(*words, tmp_path / "list")
    assert on_record(tmp_path / "list") == [record]


def test_who_is_not_printed_and_who_is_not_sent_to_the_registry(season, tmp_path):
    ids = at(season, Stage.CERTIFIED)
    PlanRow.objects.update(years="")
    acting.doubt(season.batch.candidates.get(pk=ids[0]))
    assert graduand("papers", "202307", "--kind", "毕业证书", "--out", tmp_path).code == 1
    assert on_record(next(tmp_path.glob("snags-*.xlsx"))) == [("print-snags", "system-hq", 1)]
    assert graduand("export", "chsi", "202307", "--out", tmp_path).code == 1
    assert on_record(tmp_path / "held-back.xlsx") == [("registry-held-back", "system-hq", 1)]


def test_who_was_given_a_code(season, tmp_path):
    assert (
        graduand("accounts", "activate", "clerk1", "clerk2", "--out", tmp_path / "codes.xlsx").code
        == 0
    )
    assert on_record(tmp_path / "codes.xlsx") == [("account-codes", "system-hq", 2)]


def test_what_imports_give_back_in_whose_name_they_were_done(season, tmp_path):
    number = Candidate.objects.get(pk=factories.enrol(season, 1)[0]).student.number
    for said, whose in ((("--as", "college1"), "college1"), ((), "system-hq")):
        wrong = table(
            tmp_path / f"{whose}.csv", [ROWS[SheetKind.RESULTS] | {"学号": number, "成绩": whose}]
        )
        back = tmp_path / f"{whose}.xlsx"
        assert graduand("import", "results", wrong, *said, "--errors", back).code == 1
        assert on_record(back) == [("import-returned", whose, 1)]
    assert (
        graduand("import", "results", wrong, "--json").json["file"].endswith("-错误.xlsx")
    )  # which lies in the home
    assert Outgoing.objects.count() == 3


def test_the_workbook_of_a_plan_that_a_killed_command_left(tmp_path, monkeypatch):
    world(tmp_path, students=3)
    small_pieces(monkeypatch)
    rows = [ROWS[SheetKind.RESULTS] | row for row in marks("85", 3)[:3]]
    left(tmp_path, SheetKind.RESULTS, rows[0] | {"成绩": "abc"}, *rows[1:], partial=True)
    answer = graduand(
        "import", "courses", table(tmp_path / "a.csv", [ROWS[SheetKind.COURSES]]), "--partial"
    )
    assert "带「错误原因」的工作簿见" in answer.err
    assert list(
        Outgoing.objects.values_list("listing", "by__username", "rows", "end__rows", "end__state")
    ) == [("import-returned", "system-hq", 3, 3, "written")]


def test_refused_photos(season, tmp_path):
    number = Candidate.objects.get(pk=factories.enrol(season, 1)[0]).student.number
    for said, whose in ((("--as", "clerk1"), "clerk1"), ((), "system-centre")):
        sent = zipped(
            tmp_path / "a.zip", {f"{number}.jpg": b"no picture", f"{whose}.jpg": b"no picture"}
        )
        back = tmp_path / f"{whose}.zip"
        assert (
            graduand("photos", "import", sent, "--kind", "毕业照片", *said, "--errors", back).code
            == 1
        )
        assert on_record(back) == [("photos-refused", whose, 2)]


def test_what_can_not_be_written_is_on_record_as_failed(season, tmp_path):
    factories.enrol(season, 1, fit=False)
    (tmp_path / "taken.xlsx").mkdir()
    answer = graduand("act", "apply", "202307", "--errors", tmp_path / "taken.xlsx")
    assert "未办理名单写不进" in answer.err
    assert list(Outgoing.objects.values_list("listing", "end__state")) == [
        ("act-refused", "failed")
    ]
