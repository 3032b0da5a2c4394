"""The program against the independent season: imported without loss, every student and every code as expected."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from graduand.models import Batch, Candidate, ChsiReport, Judgement, Result, Student
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.office.season import batches
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.rulebook.clauses import ACADEMIC_CODES
from graduand.rulebook.terms import SheetKind
from tests.oracle import reading, season

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2023, 7, 12)
# 出生日期 and 证件 are sealed or normalised further; what the audit reads must agree to the letter.


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A season of 160."""
    return brought(tmp_path, 160)


def brought(tmp_path: Path, students: int) -> Path:
    """A season on disk, its policy loaded, its sheets imported in the order of its manifest."""
    season.main(
        ["--students", str(students), "--seed", "7", "--photos", "0", "--out", str(tmp_path)]
    )
    batches.load_file(tmp_path / "202307.toml", None)
    for sheet in json.loads((tmp_path / "manifest.json").read_text())["sheets"]:
        kind = SheetKind.of(sheet["kind"])
        assert kind is not None
        tally = import_sheet(kind, tmp_path / sheet["file"], by=None)
        assert (sheet["file"], tally.refused) == (sheet["file"], 0)
        assert tally.created + tally.updated == sheet["rows"]
        again = import_sheet(kind, tmp_path / sheet["file"], by=None)
        assert (sheet["file"], again.created, again.updated, again.refused) == (
            sheet["file"],
            0,
            0,
            0,
        )
    return tmp_path


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_every_student_and_every_code_as_expected(written: Path) -> None:
    batch = Batch.objects.get()
    expected = json.loads((written / "expected.json").read_text())
    tally = auditing.trial(batch, DAY, written / "audit.csv")
    assert _rows(written / "audit.csv") == _rows(written / "expected.csv")
    assert (tally.judged, tally.fit, tally.unfit) == (
        expected["judged"],
        expected["fit"],
        expected["unfit"],
    )
    assert tally.by_code == expected["by_code"]
    assert Judgement.objects.count() == 0  # a trial stores nothing

    later = auditing.trial(batch, date(2023, 10, 12), written / "later.csv")
    assert later.on == date(2023, 10, 12)
    assert _rows(written / "later.csv") == _rows(
        next((written / "also").glob("expected-2023-10-12.csv"))
    )


def test_shortfalls_in_numbers_as_expected(written: Path) -> None:
    expected = json.loads((written / "expected.json").read_text())["students"]
    basis = basis_of(Batch.objects.get(), day=DAY)
    ids = list(Candidate.objects.values_list("id", flat=True))
    seen = 0
    for known in gather(ids, basis.policy, DAY).values():
        wanted = expected[known.student_no]
        found, total, hq = basis.audits[known.plan](known.entry, known.standing, known.passes)
        credits = {(f.code, f.arg, f.need, f.has) for f in found if f.code.startswith("CRED-")}
        assert credits == {
            (f["code"], f["argument"], f["needed"], f["has"])
            for f in wanted["findings"]
            if f["code"].startswith("CRED-")
        }
        assert (total, hq) == (
            round(float(wanted["total"]) * 100),
            round(float(wanted["hq"]) * 100),
        )
        seen += 1
    assert seen == len(expected)


def test_the_stored_audit_writes_the_same_and_nothing_the_second_time(written: Path) -> None:
    batch = Batch.objects.get()
    today = basis_of(batch).today
    first = auditing.run(batch, written / "stored.csv")
    auditing.trial(batch, today, written / "fresh.csv")
    assert _rows(written / "stored.csv") == _rows(written / "fresh.csv")
    assert (first.refreshed, auditing.run(batch).refreshed) == (Candidate.objects.count(), 0)


def test_nothing_is_lost_on_the_way(written: Path) -> None:
    sheets = json.loads((written / "manifest.json").read_text())["sheets"]
    files = {
        kind: [written / s["file"] for s in sheets if s["kind"] == kind]
        for kind in ("students", "results", "chsi")
    }
    people = {row["学号"]: row for path in files["students"] for row in reading.read_sheet(path)}
    assert {s.number: s.class_code for s in Student.objects.all()} == {
        number: row["班级代码"] for number, row in people.items()
    }
    marks = {
        (row["学号"], row["课程代码"], row["学期"], row.get("考试次序") or "1"): row["发布日期"]
        for path in files["results"]
        for row in reading.read_sheet(path)
    }
    assert Result.objects.count() == len(marks)
    assert ChsiReport.objects.count() == sum(
        len(reading.read_sheet(path)) for path in files["chsi"]
    )
    assert set(ACADEMIC_CODES) >= set(
        json.loads((written / "expected.json").read_text())["by_code"]
    )


@pytest.mark.slow
def test_three_thousand_agree_as_a_hundred_and_sixty_do(tmp_path: Path) -> None:
    """One import for all that is compared: the audit that stores comes last."""
    written = brought(tmp_path, 3_000)
    test_every_student_and_every_code_as_expected(written)
    test_shortfalls_in_numbers_as_expected(written)
    test_nothing_is_lost_on_the_way(written)
    test_the_stored_audit_writes_the_same_and_nothing_the_second_time(written)
