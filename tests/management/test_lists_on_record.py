"""What a command writes about several people is on record like a list that leaves by a page: whose, how many rows, its bytes."""

import hashlib
from pathlib import Path

import pytest

from graduand.models import Outgoing, PlanRow
from graduand.rulebook.account_terms import FileState
from graduand.rulebook.terms import Stage
from tests import factories
from tests.management.calling import graduand
from tests.office.pressing import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return factories.make_season()


def on_record(path: Path) -> list[tuple[str, str, int]]:
    """(list, whose, rows) of what has left with the bytes of `path`."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    rows = Outgoing.objects.filter(end__state=FileState.WRITTEN.value, end__size=path.stat().st_size, end__sha256=sha256)
    return list(rows.order_by("serial").values_list("listing", "by__username", "end__rows"))


def test_whom_an_act_refused_in_whose_name_it_was_done(season, tmp_path):
    factories.enrol(season, 3, fit=False)
    for said, whose in ((("--as", "clerk1"), "clerk1"), ((), "system-centre")):
        back = tmp_path / f"{whose}.xlsx"
        assert graduand("act", "apply", "202307", *said, "--errors", back).code == 1
        assert on_record(back)[-1] == ("act-refused", whose, 3)  # both have the same bytes
    assert graduand("act", "apply", "202307", "--json").json["file"].endswith(".xlsx")
    assert [one.rows for one in Outgoing.objects.order_by("serial")] == [3, 3, 3]


@pytest.mark.parametrize(("words", "record"), [
    (("losses", "202307", "--out"), ("losses", "system-hq", 7)),
    (("losses", "202307", "--as", "clerk1", "--out"), ("losses", "clerk1", 4)),
    (("identity", "202307", "--out"), ("cases", "system-hq", 1)),
    (("audit", "202307", "--csv"), ("audit", "system-hq", 3)),
    (("audit", "202307", "--on", "2023-08-01", "--csv"), ("audit", "system-hq", 3)),
])  # fmt: skip
def test_lists_of_a_batch(season, tmp_path, words, record):
    factories.enrol(season, 1, fit=False)
    factories.enrol(season, 1, centre=1, fit=False)
    factories.doubted(season)
    graduand(*words, tmp_path / "list")
    assert on_record(tmp_path / "list") == [record]


def test_who_is_not_printed_and_who_is_not_sent_to_the_registry(season, tmp_path):
    ids = at(season, Stage.CERTIFIED)
    PlanRow.objects.update(years="")
    factories.doubt(season.batch.candidates.get(pk=ids[0]))
    assert graduand("papers", "202307", "--kind", "毕业证书", "--out", tmp_path).code == 1
    assert on_record(next(tmp_path.glob("snags-*.xlsx"))) == [("print-snags", "system-hq", 1)]
    assert graduand("export", "chsi", "202307", "--out", tmp_path).code == 1
    assert on_record(tmp_path / "held-back.xlsx") == [("registry-held-back", "system-hq", 1)]


def test_who_was_given_a_code(season, tmp_path):
    assert graduand("accounts", "activate", "clerk1", "clerk2", "--out", tmp_path / "codes.xlsx").code == 0
    assert on_record(tmp_path / "codes.xlsx") == [("account-codes", "system-hq", 2)]


def test_what_can_not_be_written_is_on_record_as_failed(season, tmp_path):
    factories.enrol(season, 1, fit=False)
    (tmp_path / "taken.xlsx").mkdir()
    answer = graduand("act", "apply", "202307", "--errors", tmp_path / "taken.xlsx")
    assert "未办理名单写不进" in answer.err
    assert list(Outgoing.objects.values_list("listing", "end__state")) == [("act-refused", "failed")]
