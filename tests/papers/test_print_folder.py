"""The folder of printed papers, and the binding of chunks."""

import stat

import pytest

from graduand.papers.printed.binding import bound
from graduand.papers.printed.fonts import FontsMissing, fonts
from graduand.papers.printed.print_folder import LEDGER, PrintFolder, PrintFolderBusy
from graduand.papers.printed.render import PaperToSet
from tests.papers import plain, reading


def test_a_file_is_known_again_while_it_is_whole(tmp_path):
    shelf = PrintFolder(tmp_path / "new" / "登记表")
    made = shelf.put("1.pdf", "digest", b"paper")
    again = PrintFolder(tmp_path / "new" / "登记表")
    assert (
        again.keeps("1.pdf", "digest"),
        again.keeps("1.pdf", "other"),
        again.keeps("2.pdf", "digest"),
    ) == (made, "", "")
    (again.folder / "1.pdf").write_bytes(b"pape")
    assert again.keeps("1.pdf", "digest") == ""


def test_modes_and_no_drafts(tmp_path):
    shelf = PrintFolder(tmp_path / "out")
    shelf.put("1.pdf", "digest", b"paper")
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700
    assert {one.name: stat.S_IMODE(one.stat().st_mode) for one in shelf.folder.iterdir()} == {
        "1.pdf": 0o600,
        LEDGER: 0o600,
    }


def test_a_line_that_a_crash_cut_off_says_nothing(tmp_path):
    shelf = PrintFolder(tmp_path)
    made = shelf.put("1.pdf", "digest", b"one")
    with (tmp_path / LEDGER).open("ab") as stream:
        stream.write(b'["2.pdf", "dig')
    again = PrintFolder(tmp_path)
    assert (again.keeps("1.pdf", "digest"), again.keeps("2.pdf", "digest")) == (made, "")
    later = again.put("3.pdf", "digest", b"three")
    assert PrintFolder(tmp_path).keeps("3.pdf", "digest") == later


def test_only_what_was_printed_here_is_taken_away(tmp_path):
    shelf = PrintFolder(tmp_path)
    shelf.put("1.pdf", "digest", b"one")
    (tmp_path / "mine.pdf").write_bytes(b"mine")
    shelf.drop("1.pdf")
    shelf.drop("mine.pdf")
    assert sorted(one.name for one in tmp_path.iterdir()) == [LEDGER, "mine.pdf"]


def test_a_folder_belongs_to_one_run(tmp_path):
    with PrintFolder(tmp_path) as shelf:
        shelf.put("1.pdf", "digest", b"one")
        with pytest.raises(PrintFolderBusy), PrintFolder(tmp_path):
            pass
    with PrintFolder(tmp_path) as later:
        assert later.keeps("1.pdf", "digest") == shelf.hash_of("1.pdf")


def test_what_a_killed_run_left_half_made_is_cleared_away(tmp_path):
    (tmp_path / ".staging-x" / "photos").mkdir(parents=True)
    (tmp_path / ".staging-x" / "photos" / "a.jpg").write_bytes(b"a person")
    (tmp_path / ".0a.part").write_bytes(b"%PDF")
    (tmp_path / "mine.txt").write_bytes(b"mine")
    with PrintFolder(tmp_path):
        assert sorted(one.name for one in tmp_path.iterdir()) == [LEDGER, "mine.txt"]


def test_chunks_are_bound_to_the_same_bytes(tmp_path):
    head = {"title": "t", "school": "国家开放大学", "batch": "202307"}
    row = {
        "number": "1",
        "student": "1",
        "major": "m",
        "registration": "r",
        "method": "",
        "day": "",
    }
    rows = [{**row, "name": name} for name in "甲乙"]
    papers = [
        PaperToSet("sign_off.typ", {**head, "people": [{"centre": "C1", "rows": [row]}]})
        for row in rows
    ]
    pieces = [outcome.pdf for outcome in plain.typesetter(tmp_path).set(papers)]
    path = tmp_path / "bound.pdf"
    path.write_bytes(bound(pieces))
    assert reading.pages(path) == 2
    assert [name in reading.flat(path) for name in "甲乙"] == [True, True]
    assert (bound(pieces), bound(pieces[:1])) == (path.read_bytes(), pieces[0])


def test_the_fonts_know_what_they_lack(tmp_path):
    known = fonts(tmp_path)
    assert known.lacking("王小明·𬭩䶮㛃𡈽 Smith-Jones\n（高中）“”") == ""
    assert known.lacking("王\U00031350A\U00031350\ue863") == "\U00031350\ue863"


def test_a_font_of_ones_own_adds_its_characters(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert fonts(tmp_path).covered == fonts(tmp_path / "none").covered


def test_without_any_font_nothing_is_printed(tmp_path, monkeypatch):
    monkeypatch.setattr("graduand.papers.printed.fonts.PACKAGES", ())
    monkeypatch.setattr("graduand.papers.printed.fonts.FOLDERS", ())
    with pytest.raises(FontsMissing):
        fonts(tmp_path)
