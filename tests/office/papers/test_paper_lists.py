"""Lists of centres and parcels, who may print what, and printing again: kept, resumed, merged."""

import shutil

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Candidate, Certificate, Export, Result
from graduand.office.papers import print_run
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.papers.printed.print_folder import LEDGER, PrintFolder
from graduand.papers.printed.render import RenderOutcome, Typesetter
from graduand.queries.basis import basis_of
from graduand.queries.papers import printing as looking
from graduand.rulebook.terms import DegreeState, Level, Stage, Verb
from tests import acting, factories
from tests.office.papers.print_runs import (
    CERTIFICATE,
    FORM,
    PACKING,
    ROSTER,
    SIGN_OFF,
    TRANSCRIPT,
    at,
    counts,
    names,
    number_of,
    on_roster,
    print_file,
)
from tests.papers import reading


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


# -- again, merged, resumed ------------------------------------------------------------------------------------


def test_C09_a_second_run_keeps_everything(season, tmp_path):
    at(season, count=3)
    print_file(season, TRANSCRIPT, tmp_path / "a")
    before = {
        one.name: (one.stat().st_mtime_ns, one.read_bytes())
        for one in (tmp_path / "a" / "成绩单").iterdir()
    }
    again = print_file(season, TRANSCRIPT, tmp_path / "a")
    after = {
        one.name: (one.stat().st_mtime_ns, one.read_bytes())
        for one in (tmp_path / "a" / "成绩单").iterdir()
    }
    assert (after, counts(again), Export.objects.count()) == (before, (3, 0, 3, 0, 0), 1)
    print_file(season, TRANSCRIPT, tmp_path / "b")
    assert {
        name: (tmp_path / "b" / "成绩单" / name).read_bytes()
        for name in names(tmp_path / "b", TRANSCRIPT)
    } == {name: data for name, (_, data) in after.items() if name != LEDGER}


def test_C09_a_crash_on_the_way_is_resumed_and_ends_with_the_same_bytes(
    season, tmp_path, monkeypatch
):
    at(season, count=5)
    print_file(season, TRANSCRIPT, tmp_path / "whole")
    monkeypatch.setattr(print_run, "CHUNK", 2)

    def crash(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_file(season, TRANSCRIPT, tmp_path / "cut", progress=crash)
    assert len(names(tmp_path / "cut", TRANSCRIPT)) == 4
    cut = Export.objects.latest("run")
    assert (cut.run, cut.state, cut.rows, cut.sha256, cut.why) == (
        2,
        "failed",
        5,
        "",
        "被操作人中断，没有写完",
    )
    (tmp_path / "cut" / "成绩单" / names(tmp_path / "cut", TRANSCRIPT)[0]).write_bytes(
        b"%PDF half"
    )  # damaged meanwhile
    resumed = print_file(season, TRANSCRIPT, tmp_path / "cut")
    assert counts(resumed) == (5, 2, 3, 0, 0)
    assert [
        (tmp_path / "cut" / "成绩单" / name).read_bytes()
        for name in names(tmp_path / "cut", TRANSCRIPT)
    ] == [
        (tmp_path / "whole" / "成绩单" / name).read_bytes()
        for name in names(tmp_path / "whole", TRANSCRIPT)
    ]


def test_C09_what_lies_there_whole_is_on_record_though_its_run_was_cut_off(season, tmp_path):
    """All sheets are there and the record says that they are not: the next run has nothing to print and says that they are."""
    at(season, count=2)

    def crash(done, total):
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_file(season, TRANSCRIPT, tmp_path, progress=crash)
    for _ in range(2):
        assert counts(print_file(season, TRANSCRIPT, tmp_path)) == (2, 0, 2, 0, 0)
    assert list(Export.objects.order_by("run").values_list("state", "rows")) == [
        ("failed", 2),
        ("written", 2),
    ]


def test_C04_printing_once_more_elsewhere_is_on_record(season, tmp_path):
    at(season)
    for folder in ("a", "b"):
        print_file(season, CERTIFICATE, tmp_path / folder)
    print_file(season, CERTIFICATE, tmp_path / "a")  # all there: nothing was printed
    first, second = Export.objects.order_by("run")
    assert [(row.kind, row.run, row.rows) for row in (first, second)] == [
        ("certificate", 1, 1),
        ("certificate", 2, 1),
    ]
    assert first.sha256 == second.sha256


def test_two_runs_into_one_folder(season, tmp_path):
    at(season)
    with PrintFolder(tmp_path / "成绩单"), pytest.raises(Refused, match="另一个打印正在写"):
        print_file(season, TRANSCRIPT, tmp_path)
    assert print_file(season, TRANSCRIPT, tmp_path).written == 1


def test_what_changed_is_printed_again(season, tmp_path):
    changed, _ = on_roster(season, count=2)
    print_file(season, TRANSCRIPT, tmp_path)
    Result.objects.filter(student__candidates=changed, course="A1").update(mark="91")
    assert counts(print_file(season, TRANSCRIPT, tmp_path)) == (2, 1, 1, 0, 0)


def test_merged_there_is_a_file_a_centre_over_several_chunks(season, tmp_path, monkeypatch):
    monkeypatch.setattr(print_run, "CHUNK", 2)
    here, there = at(season, count=3), at(season, count=1, centre=1)
    tally = print_file(season, FORM, tmp_path, merge=True)
    assert (names(tmp_path, FORM), counts(tally)) == (["C1.pdf", "C2.pdf"], (4, 2, 0, 0, 4))
    assert [reading.pages(tmp_path / "登记表" / name) for name in ("C1.pdf", "C2.pdf")] == [12, 4]
    covers = [reading.page(tmp_path / "登记表" / "C1.pdf", page) for page in (1, 5, 9)]
    assert [number_of(pk) in cover for pk, cover in zip(here, covers, strict=True)] == [True] * 3
    assert number_of(there[0]) in reading.page(tmp_path / "登记表" / "C2.pdf", 1)
    assert counts(print_file(season, FORM, tmp_path, merge=True)) == (4, 0, 2, 0, 4)


# -- lists -----------------------------------------------------------------------------------------------------


def test_rosters_of_a_centre(season, tmp_path):
    first = at(season, count=2)
    second = at(season, count=1, level=Level.TOP_UP)
    Candidate.objects.filter(pk=first[0]).update(degree=DegreeState.GRANTED.value)
    at(season, count=1, centre=1)
    tally = print_file(season, ROSTER, tmp_path)
    assert (names(tmp_path, ROSTER), counts(tally)) == (["C1.pdf", "C2.pdf"], (4, 2, 0, 0, 0))
    path = tmp_path / "花名册" / "C1.pdf"
    rows = [" ".join(line.split()) for line in reading.text(path).splitlines()]
    number = {pk: Certificate.objects.get(candidate=pk).number for pk in (*first, *second)}
    name = {pk: Candidate.objects.get(pk=pk).student.name for pk in number}
    assert [row for row in rows if number_of(first[0])[:5] in row] == [
        f"1 {number_of(first[0])} {name[first[0]]} 女 专科 健康管理 {number[first[0]]} 授予学位",
        f"2 {number_of(first[1])} {name[first[1]]} 女 专科 健康管理 {number[first[1]]}",
        f"3 {number_of(second[0])} {name[second[0]]} 女 专科起点本科 健康管理 {number[second[0]]}",
    ]
    assert [
        told in reading.flat(path)
        for told in ("第1号花名册（首批）", "第2号花名册（首批）", "2023年7月20日")
    ] == [True] * 3


def test_packing_lists_a_parcel_each(season, tmp_path):
    shipped = at(season, Stage.SHIPPED, count=2)
    waiting = at(season, count=1)
    approved = at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    tally = print_file(season, PACKING, tmp_path)
    (sealed,) = [name for name in names(tmp_path, PACKING) if name != "C1.pdf"]
    assert (sealed.endswith("-SF1.pdf"), counts(tally)) == (True, (4, 2, 0, 0, 0))
    texts = {name: reading.flat(tmp_path / "装箱单" / name) for name in names(tmp_path, PACKING)}
    everybody = [*shipped, *waiting, *approved]
    assert [number_of(pk) in texts[sealed] for pk in everybody] == [True, True, False, False]
    assert [number_of(pk) in texts["C1.pdf"] for pk in everybody] == [False, False, True, False]
    for told in (
        "承运：顺丰运单号：SF1",
        "共2人",
        "寄往寄自第1学习中心生命健康学院",
        "签收回执",
        "应为2",
        "毕业审核办公室",
    ):
        assert told in texts[sealed]
    assert tally.notes == ["另有 1 人尚未编号制证，不在装箱单里"]
    print_file(season, PACKING, tmp_path / "merged", merge=True)
    assert (
        names(tmp_path / "merged", PACKING),
        reading.pages(tmp_path / "merged" / "装箱单" / "C1.pdf"),
    ) == (["C1.pdf"], 2)


def test_the_sign_off_list_has_room_to_sign_and_says_who_has_signed(season, tmp_path):
    (waiting,) = at(season)
    (collected,) = at(season, Stage.COLLECTED)
    print_file(season, SIGN_OFF, tmp_path)
    rows = [
        " ".join(line.split()) for line in reading.text(tmp_path / "签领表" / "C1.pdf").splitlines()
    ]
    told = {
        pk: (
            number_of(pk),
            Candidate.objects.get(pk=pk).student.name,
            Certificate.objects.get(candidate=pk).number,
        )
        for pk in (waiting, collected)
    }
    assert [row for row in rows if "一致 □ 不一致" in row] == [
        "1 {} {} 健康管理 {} □ 一致 □ 不一致".format(*told[waiting]),
        "2 {} {} 健康管理 {} □ 一致 □ 不一致 本人 2023-07-12".format(*told[collected]),
    ]
    assert "领取人签名" in reading.flat(tmp_path / "签领表" / "C1.pdf")


def too_large(monkeypatch, centre):
    """What is of `centre` can't be set any more."""
    real = Typesetter.set

    def out_of_memory(self, sheets):
        each = zip(sheets, list(real(self, sheets)), strict=True)
        return iter(
            [RenderOutcome(error="内存") if centre in sheet.source else one for sheet, one in each]
        )

    monkeypatch.setattr(Typesetter, "set", out_of_memory)


def test_a_list_that_cannot_be_set_stops_no_other_centre(season, tmp_path, monkeypatch):
    at(season)
    at(season, centre=1)
    too_large(monkeypatch, "C1")
    tally = print_file(season, ROSTER, tmp_path)
    assert (names(tmp_path, ROSTER), counts(tally), tally.by_code) == (
        ["C2.pdf"],
        (2, 1, 0, 1, 0),
        {"TYPESET": 1},
    )
    monkeypatch.undo()
    assert counts(print_file(season, ROSTER, tmp_path)) == (2, 1, 1, 0, 0)


def test_the_older_list_goes_at_once_where_the_new_one_cannot_be_set(season, tmp_path, monkeypatch):
    """Not at the end of the run alone: whoever breaks it off on the way is not left with people missing on a list."""
    at(season), at(season, centre=1)
    print_file(season, SIGN_OFF, tmp_path)
    assert names(tmp_path, SIGN_OFF) == ["C1.pdf", "C2.pdf"]
    at(season)
    too_large(monkeypatch, "C1")

    def broken_off(_done, _whole):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        print_file(season, SIGN_OFF, tmp_path, progress=broken_off)
    assert names(tmp_path, SIGN_OFF) == ["C2.pdf"]


# -- who may -------------------------------------------------------------------------------------------------------


def test_a_centre_prints_its_own_and_no_certificates(season, tmp_path):
    mine, other = at(season), at(season, centre=1)
    clerk = season.staff.clerks[0]
    tally = print_file(season, TRANSCRIPT, tmp_path, clerk)
    assert (names(tmp_path, TRANSCRIPT), tally.people) == ([f"00001-{number_of(mine[0])}.pdf"], 1)
    foreign = print_file(season, TRANSCRIPT, tmp_path / "b", clerk, centre=season.centres[1])
    assert (names(tmp_path / "b", TRANSCRIPT), foreign.people) == ([], 0)
    assert print_file(season, TRANSCRIPT, tmp_path / "c", season.staff.college).people == 2
    assert print_file(season, TRANSCRIPT, tmp_path / "d", centre=season.centres[1]).people == 1
    assert names(tmp_path / "d", TRANSCRIPT) == [f"00002-{number_of(other[0])}.pdf"]
    with pytest.raises(Refused, match="毕业证书由总部打印，您属于学习中心"):
        print_file(season, CERTIFICATE, tmp_path, clerk)
    assert Export.objects.count() == 3


def test_one_round(season, tmp_path):
    at(season)
    assert print_file(season, TRANSCRIPT, tmp_path, round_name=factories.SECOND).people == 0
    assert print_file(season, TRANSCRIPT, tmp_path, round_name=factories.FIRST).people == 1
    assert Export.objects.get().round.name == factories.FIRST


def test_a_voided_number_is_not_printed(season, tmp_path):
    (pk,) = at(season)
    spent = Certificate.objects.get().number
    acting.act(season, Verb.VOID, [pk], second=season.staff.second)
    print_file(season, FORM, tmp_path)
    assert spent not in reading.flat(tmp_path / "登记表" / names(tmp_path, FORM)[0])


def test_the_queries_do_not_grow_with_the_people(season):
    basis = basis_of(season.batch)
    ids = [*on_roster(season), *at(season)]
    with CaptureQueriesContext(connection) as two:
        looking.graduands(ids, basis)
    ids += [*on_roster(season, count=3), *at(season, count=2)]
    with CaptureQueriesContext(connection) as seven:
        found = looking.graduands(ids, basis)
    assert (len(two), len(seven), [person.candidate for person in found]) == (16, 16, ids)


def test_names_of_units_never_leave_the_folder(season, tmp_path):
    at(season)
    type(season.centres[0]).objects.filter(pk=season.centres[0].pk).update(code="../../x/y")
    print_file(season, ROSTER, tmp_path / "deep" / "out")
    assert names(tmp_path / "deep" / "out", ROSTER) == ["_x_y.pdf"]
    shutil.rmtree(tmp_path / "deep")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["media"]
