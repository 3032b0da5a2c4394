"""The judge against a set of real and damaged pictures with expected verdicts, where such a set
lies on this machine.

The set is data of its own beside the repository (GRADUAND_PHOTOS, or ../shared/photos): a
manifest.csv with a row for each picture, a zips.csv with a row for each zip. It holds faces, so it
is never copied here.
"""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from graduand.office.photos.checking import CheckRequest, check_photos
from tests.machine import needs

ROOT = Path(__file__).resolve().parents[3]
PHOTOS = Path(os.environ.get("GRADUAND_PHOTOS") or ROOT.parent / "shared" / "photos")
PRESENT = (PHOTOS / "manifest.csv").is_file()
pytestmark = pytest.mark.skipif(
    not PRESENT, reason=f"no set of pictures at {PHOTOS}; name one by GRADUAND_PHOTOS"
)
ACCEPTED = ("pass", "warn")


def table(name):
    """The rows of a list of the set; none where there is no set, so that collecting works everywhere."""
    if not PRESENT:
        return []
    with (PHOTOS / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


MANIFEST = table("manifest.csv")
PICTURES = [row for row in MANIFEST if row["kind"] == "photo"]


def wanted(row):
    return set(filter(None, row["codes"].split(";")))


def said(row):
    return {finding.code.value for finding in row.findings}


@pytest.fixture(scope="module")
def judged():
    """{file of the manifest: what the judge says}, faces not compared."""
    needs.library("cv2")
    rows = check_photos(
        [PHOTOS / row["file"] for row in PICTURES], CheckRequest(workers=os.cpu_count() or 1)
    )
    return {str(Path(row.file).relative_to(PHOTOS)): row for row in rows}


@pytest.fixture(scope="module")
def compared():
    """The good pictures beside the admission photos and the registry's copies."""
    needs.library("cv2")
    how = CheckRequest(
        workers=os.cpu_count() or 1, admission=PHOTOS / "admission", chsi=PHOTOS / "chsi"
    )
    return {row.key: row for row in check_photos([PHOTOS / "ok"], how)}


def test_no_good_picture_is_refused(judged):
    expected = {row["file"]: row["expected"] for row in PICTURES if row["expected"] in ACCEPTED}
    assert {file: judged[file].verdict.value for file in expected} == expected


def test_no_bad_picture_is_accepted(judged):
    """Only the same picture encoded again under another 学号 passes: that needs faces to be compared."""
    bad = [row for row in PICTURES if row["expected"] == "fail"]
    passed = [row for row in bad if judged[row["file"]].verdict.value in ACCEPTED]
    assert [sorted(wanted(row)) for row in passed] == [["DUPLICATE_IMAGE"]]
    reviewed = Counter(
        tuple(sorted(wanted(row))) for row in bad if judged[row["file"]].verdict.value == "review"
    )
    assert reviewed == {("BG_UNEVEN",): 2}  # decisions: a person looks at an uneven wall


def test_every_expected_code_is_among_the_found_ones(judged):
    decided = [row for row in PICTURES if row["expected"] != "manual"]
    missed = [(row["file"], wanted(row) - said(judged[row["file"]])) for row in decided]
    assert [codes for _, codes in missed if codes] == [{"DUPLICATE_IMAGE"}]


def test_P12_the_same_picture_encoded_again_is_found_when_faces_are_compared():
    needs.library("cv2")
    doubles = {
        row["file"]: row["identity"] for row in PICTURES if wanted(row) == {"DUPLICATE_IMAGE"}
    }
    first = [
        row["file"]
        for row in PICTURES
        if row["expected"] == "pass" and row["identity"] in doubles.values()
    ]
    rows = check_photos(
        [PHOTOS / file for file in (*first, *doubles)], CheckRequest(duplicates=True)
    )
    by_file = {str(Path(row.file).relative_to(PHOTOS)): row for row in rows}
    assert {file: said(by_file[file]) for file in doubles} == {
        file: {"DUPLICATE_IMAGE"} for file in doubles
    }
    assert {file for file in first if by_file[file].findings} == set()


def test_P13_the_wrong_person_is_held_and_nobody_else(compared):
    expected = {row["student_no"]: wanted(row) for row in MANIFEST if row["kind"] == "admission"}
    kinds = {"FACE_MISMATCH", "FACE_UNSURE", "REFERENCE_UNUSABLE"}
    assert {number: said(compared[number]) & kinds for number in expected} == expected


def test_四_2_3_the_registry_has_the_same_picture_or_a_person_is_asked(compared):
    expected = {row["student_no"]: wanted(row) for row in MANIFEST if row["kind"] == "chsi"}
    kinds = {"CHSI_PHOTO_DIFFERS", "REFERENCE_UNUSABLE"}
    assert {number: said(compared[number]) & kinds for number in expected} == expected


def test_comparison_alone_refuses_nobody(compared):
    kept = [
        row
        for row in compared.values()
        if said(row) & {"FACE_MISMATCH", "FACE_UNSURE", "CHSI_PHOTO_DIFFERS"}
    ]
    assert {row.verdict.value for row in kept} == {"review"}


@pytest.mark.parametrize("row", table("zips.csv"), ids=lambda row: Path(row["zip"]).stem)
def test_Z_every_zip(row, tmp_path):
    needs.library("cv2")
    roster = frozenset(picture["student_no"] for picture in PICTURES)
    rows = check_photos([PHOTOS / row["zip"]], CheckRequest(roster=roster))
    accepted = sum(one.verdict.value in ACCEPTED for one in rows)
    found = set().union(*(said(one) for one in rows))
    assert str(accepted) in row["accepted_entries"].split("|")
    assert set(filter(None, row["codes"].split(";"))) - found == set()
