"""The long files of the invented season: whose rows and pictures they hold, and who makes them."""

import csv
import multiprocessing
import zipfile

import pytest

from graduand.demo import files, people
from graduand.demo.people import Trouble
from graduand.gateways import hashed_files

COUNT = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The files of the smallest season, and the processes that were there meanwhile and afterwards."""
    with files.Files(COUNT, tmp_path_factory.mktemp("files")) as maker:
        sheets = {name: maker.sheet(name) for name in files.SHEETS}
        meanwhile = len(multiprocessing.active_children())
        zips = {name: maker.photos(name) for name in ("entry", "on time", "late")}
    return sheets, zips, (meanwhile, len(multiprocessing.active_children()))


def test_a_process_makes_them_and_ends_with_the_season(made):
    assert made[2] == (1, 0)


def test_each_sheet_holds_the_rows_of_the_same_people(made):
    sheets, invented = made[0], people.invent(COUNT)
    assert len({path for _, path in sheets.values()}) == len(
        files.SHEETS
    )  # two of one kind are two files
    for name in ("students", "profiles", "checks", "results"):
        kind, path = sheets[name]
        with path.open(encoding="utf-8-sig", newline="") as stream:
            headers, *rows = csv.reader(stream)
        assert (kind, headers) == (files.SHEETS[name].kind, list(files.SHEETS[name].headers))
        assert {row[0] for row in rows} == {person.number for person in invented}
    assert [sheets[name][1].suffix for name in ("degrees", "chsi")] == [".xlsx"] * 2


def test_each_zip_holds_the_pictures_of_its_people(made):
    zips, invented = made[1], people.invent(COUNT)
    named = {name: set(zipfile.ZipFile(sent.path).namelist()) for name, sent in zips.items()}
    late = {f"{p.number}.jpg" for p in invented if p.trouble is Trouble.LATE_PHOTO}
    none = {f"{p.number}.jpg" for p in invented if p.trouble is Trouble.NO_PHOTO}
    assert named["late"] == late != set()
    assert named["on time"] == {f"{p.number}.jpg" for p in invented} - late - none
    bad = {f"{p.number}.jpg" for p in invented if p.trouble is Trouble.BAD_PHOTO}
    assert bad < named["entry"] < named["on time"] | late | none


def test_a_picture_names_the_first_one_of_its_face_as_its_source(made):
    sent = made[1]["on time"]
    with zipfile.ZipFile(sent.path) as archive:
        order = [hashed_files.sha256_of(archive.read(name)) for name in archive.namelist()]
    assert len(sent.sources) > len(order) // 2
    assert all(order.index(source) < order.index(copy) for copy, source in sent.sources.items())
    assert not set(sent.sources) & set(sent.sources.values())
