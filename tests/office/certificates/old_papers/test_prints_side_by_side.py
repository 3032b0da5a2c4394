"""Prints of the same certificates beside each other, and beside amendments: the paper that is put last is valid or marked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Certificate, Student
from graduand.office.certificates.issuing import reprinting
from graduand.office.papers import print_run, printing
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Stage, Verb
from tests import factories
from tests.acting import act, refusals
from tests.factories import make_season, set_clock
from tests.office.certificates.old_papers.old_papers import amend, as_read, old, says
from tests.office.certificates.old_papers.test_cut_off_prints import cut_off, registered
from tests.office.papers.print_runs import CERTIFICATE, at, names, on_roster, print_file
from tests.papers import reading

pytestmark = pytest.mark.django_db
RENEWED = "其中 1 份是更正后按新内容重新打印的，可以寄出；旧证请收回作废"
USELESS = "其中 1 份在打印期间又更正过，或者同时在别处打印过，不能使用，请作废；还要重新打印的请加 --amended 再打印一次"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = make_season()
    set_clock(factories.IN_FIRST)
    return made


@pytest.fixture
def read(monkeypatch):
    """Stops the next print before or after it has looked at its people, for others to do something."""
    look = printing.looking.graduands

    def stop(*, before=lambda: None, after=lambda: None):
        def stopping(*asked):
            monkeypatch.setattr(printing.looking, "graduands", look)
            before()
            people = look(*asked)
            after()
            return people

        monkeypatch.setattr(printing.looking, "graduands", stopping)

    return stop


def amended_and_printed(season, ids, out):
    """What a colleague does meanwhile."""
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    assert print_file(season, CERTIFICATE, out, amended=True).notes == [RENEWED]
    assert old(ids) == [None]


def printed_beside_another(season, ids, tmp_path, read, **options):
    """A long print reads the first content and puts it after a colleague has printed the amended one."""
    read(after=lambda: amended_and_printed(season, ids, tmp_path / "second"))
    return print_file(season, CERTIFICATE, tmp_path / "first", **options)


@pytest.mark.parametrize("merge", [False, True])
def test_the_sheet_of_a_print_that_read_the_older_content_is_marked_when_it_is_put_last(
    season, tmp_path, read, merge
):
    ids, _ = registered(season)
    tally = printed_beside_another(season, ids, tmp_path, read, merge=merge)
    assert (tally.written, tally.notes) == (1, [USELESS])
    assert (None in old(ids), says(ids)) == (False, [""])
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}
    assert print_file(season, CERTIFICATE, tmp_path / "third", amended=True).notes == [RENEWED]
    assert act(season, Verb.SHIP, ids).done == 1


def test_a_sheet_that_was_kept_is_compared_as_well(season, tmp_path, read):
    """Whoever prints takes what lies there after the end of the print for the paper."""
    ids, _ = registered(season)
    print_file(season, CERTIFICATE, tmp_path / "first")
    tally = printed_beside_another(season, ids, tmp_path, read)
    assert (tally.written, tally.unchanged, tally.notes) == (0, 1, [USELESS])
    assert (None in old(ids), says(ids)) == (False, [""])


def test_the_control_where_only_old_papers_are_compared_at_the_end_the_older_sheet_is_sent(
    season, tmp_path, read, monkeypatch
):
    ids, _ = registered(season)
    end = reprinting.ended

    def of_old_papers(printed, **how):
        return end({pk: one for pk, one in printed.items() if one.old_since}, **how)

    monkeypatch.setattr(reprinting, "ended", of_old_papers)
    tally = printed_beside_another(season, ids, tmp_path, read)
    assert (tally.written, tally.notes, act(season, Verb.SHIP, ids).done) == (1, [], 1)


def test_what_such_a_print_has_put_is_marked_also_when_it_is_broken_off(season, tmp_path, read):
    ids, _ = registered(season)
    with pytest.raises(KeyboardInterrupt):
        printed_beside_another(season, ids, tmp_path, read, progress=cut_off)
    assert len(names(tmp_path / "first", CERTIFICATE)) == 1
    assert (None in old(ids), says(ids)) == (False, [""])


# -- killed: nothing runs after it


class Kill(BaseException):
    """Of the process: what would follow does not happen."""


def killed_beside_another(season, ids, tmp_path, read, monkeypatch, at, **options):
    """A long print reads the first content, a colleague prints the amended one, the first sheet is put, and then comes a kill."""

    def kill(*_, **__):
        monkeypatch.setattr(reprinting, "ended", kill)
        raise Kill

    put = printing.PrintFolder.put

    def put_and_kill(*sheet):
        put(*sheet)
        kill()

    def beside():
        amended_and_printed(season, ids, tmp_path / "second")
        if at == "sheet":
            monkeypatch.setattr(printing.PrintFolder, "put", put_and_kill)

    end = reprinting.ended
    read(after=beside)
    with pytest.raises(Kill):
        print_file(season, CERTIFICATE, tmp_path / "first", progress=kill, **options)
    monkeypatch.setattr(reprinting, "ended", end)
    monkeypatch.setattr(printing.PrintFolder, "put", put)
    assert len(names(tmp_path / "first", CERTIFICATE)) == 1


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("at", ["sheet", "piece"])
def test_what_such_a_print_has_put_is_marked_also_when_it_is_killed(
    season, tmp_path, read, monkeypatch, at, merge
):
    ids, _ = registered(season)
    killed_beside_another(season, ids, tmp_path, read, monkeypatch, at, merge=merge)
    assert (None in old(ids), says(ids)) == (False, [""])
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}
    assert print_file(season, CERTIFICATE, tmp_path / "third", amended=True).notes == [RENEWED]


def test_what_is_amended_and_printed_while_the_sheets_are_put_is_marked_when_they_are(
    season, tmp_path, monkeypatch
):
    ids, _ = registered(season)
    put = printing.PrintFolder.put

    def beside(*sheet):
        monkeypatch.setattr(printing.PrintFolder, "put", put)
        amended_and_printed(season, ids, tmp_path / "second")
        return put(*sheet)

    def kill(*_, **__):
        monkeypatch.setattr(reprinting, "ended", kill)
        raise Kill

    end = reprinting.ended
    monkeypatch.setattr(printing.PrintFolder, "put", beside)
    with pytest.raises(Kill):
        print_file(season, CERTIFICATE, tmp_path / "first", progress=kill)
    monkeypatch.setattr(reprinting, "ended", end)
    assert (None in old(ids), says(ids)) == (False, [""])


@pytest.mark.parametrize("at", ["sheet", "piece"])
def test_the_control_where_it_is_compared_at_the_end_alone_the_older_sheet_is_sent(
    season, tmp_path, read, monkeypatch, at
):
    ids, _ = registered(season)
    monkeypatch.setattr(print_run.PrintRun, "_compare", lambda *_: None)
    killed_beside_another(season, ids, tmp_path, read, monkeypatch, at)
    assert (old(ids), act(season, Verb.SHIP, ids).done) == ([None], 1)


# -- and others -------------------------------------------------------------------------------------------------------


def test_a_print_that_still_runs_when_the_older_sheet_is_put_does_not_clear_its_mark(
    season, tmp_path
):
    ids, _ = registered(season)
    first = as_read(ids)
    amend(season, ids, "2023-07-25 09:00", name="李改名")

    def ends(_done, _all):
        set_clock("2023-07-25 09:30")
        assert reprinting.ended(first) == ([], ids)

    tally = print_file(season, CERTIFICATE, tmp_path, progress=ends)
    assert (tally.notes, None in old(ids), says(ids)) == ([USELESS], False, [""])


def there_and_back(season, ids, tmp_path):
    """Printed, and meanwhile amended back, printed elsewhere, and amended to the same once more: the sheet put last is older."""
    name = Student.objects.get().name
    amend(season, ids, "2023-07-25 09:00", name="李改名")

    def meanwhile(_done, _all):
        amend(season, ids, "2023-07-25 10:00", name=name)
        print_file(season, CERTIFICATE, tmp_path / "second", amended=True)
        amend(season, ids, "2023-07-25 11:00", name="李改名")

    return print_file(season, CERTIFICATE, tmp_path / "first", progress=meanwhile)


def test_a_mark_that_is_newer_than_what_a_print_has_read_is_not_cleared_by_it(season, tmp_path):
    ids, _ = registered(season)
    tally = there_and_back(season, ids, tmp_path)
    assert (tally.notes, None in old(ids), says(ids)) == ([USELESS], False, [""])
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}


def test_the_control_where_the_same_content_is_enough_it_is_cleared(season, tmp_path, monkeypatch):
    ids, _ = registered(season)
    monkeypatch.setattr(reprinting, "_usable", reprinting._valid)
    there_and_back(season, ids, tmp_path)
    assert (old(ids), act(season, Verb.SHIP, ids).done) == ([None], 1)


# -- while it is read -------------------------------------------------------------------------------------------------


def test_what_is_amended_while_a_print_looks_is_not_what_it_prints(season, tmp_path, read):
    """The amendment takes the first content for the paper in hand, so the print may put no other one."""
    ids, name = registered(season)
    read(before=lambda: amend(season, ids, "2023-07-25 09:00", name="李改名"))
    tally = print_file(season, CERTIFICATE, tmp_path)
    [sheet] = names(tmp_path, CERTIFICATE)
    said = reading.flat(tmp_path / CERTIFICATE.label / sheet)
    assert (name in said, "李改名" in said, tally.notes, says(ids)) == (
        True,
        False,
        [USELESS],
        [""],
    )


def test_what_is_amended_while_a_print_looks_and_back_after_it_was_broken_off_is_printed_anew(
    season, tmp_path, read
):
    ids, name = registered(season)
    print_file(season, CERTIFICATE, tmp_path / "first")
    read(before=lambda: amend(season, ids, "2023-07-25 09:00", name="李改名"))
    with pytest.raises(KeyboardInterrupt):
        print_file(season, CERTIFICATE, tmp_path, progress=cut_off)
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}


def test_a_print_that_is_killed_has_read_what_the_next_amendment_takes_for_the_paper(season):
    """Without an end: the mark names what its sheets say, or says that nobody knows."""
    ids, name = registered(season)
    read = reprinting.begun(ids)
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    assert (read.old_papers, says(ids)) == ({}, [read.certificates[ids[0]].sha256])
    second = reprinting.begun(ids)
    assert (second.old_papers, second.certificates, says(ids)) == (
        {ids[0]: old(ids)[0]},
        issued.graduations(ids),
        [""],
    )
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert (None in old(ids), says(ids)) == (False, [""])


# -- whose paper is not at home ---------------------------------------------------------------------------------------


def test_a_print_beside_an_amendment_says_nothing_of_a_paper_that_is_away(season, tmp_path, read):
    ids, name = registered(season, Stage.COLLECTED)
    first = issued.graduations(ids)[ids[0]].sha256
    read(after=lambda: amend(season, ids, "2023-07-25 09:00", name="李改名"))
    assert print_file(season, CERTIFICATE, tmp_path).notes == [USELESS]
    assert (None in old(ids), says(ids)) == (False, [first])
    amend(season, ids, "2023-07-26 09:00", name=name)
    assert old(ids) == [None]


def test_the_sheet_of_a_number_that_was_voided_meanwhile_is_no_paper_of_the_next_one(
    season, tmp_path, read
):
    ids = at(season)

    def anew():
        assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
        assert act(season, Verb.CERTIFY, ids).done == 1

    read(after=anew)
    assert print_file(season, CERTIFICATE, tmp_path).notes == [USELESS]
    assert list(
        Certificate.objects.filter(voided_at=None).values_list("old_paper_since", flat=True)
    ) == [None]


def test_a_proof_is_no_sheet_of_the_number_that_is_given_while_it_is_made(season, tmp_path, read):
    ids = on_roster(season)
    read(after=lambda: act(season, Verb.CERTIFY, ids))
    tally = print_file(season, CERTIFICATE, tmp_path)
    assert (tally.written, tally.notes, old(ids)) == (1, [], [None])


def test_the_end_of_a_print_that_nobody_waits_for_writes_nothing_and_asks_the_same_for_any_number(
    season,
):
    ids = at(season, Stage.CERTIFIED, 3)
    for some in (ids[:1], ids):
        with CaptureQueriesContext(connection) as asked:
            assert reprinting.ended(as_read(some)) == ([], [])
        assert [query["sql"].split()[0] for query in asked.captured_queries] == [
            "SELECT"
        ] * 6  # three are of `as_read`
