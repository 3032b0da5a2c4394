"""The 学历注册 export from the database to the files: who is in, in which order, by whom."""

import stat
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Batch, Candidate, Export, PlanRow
from graduand.office.people import own_accounts
from graduand.office.refusal import Refused
from graduand.office.registry import chsi_export
from graduand.office.registry.chsi_export import HELD_HEADERS
from graduand.office.season import batches
from graduand.rulebook.registry.exchange_profile import PROFILE, ExchangeField, ExchangeProfile
from graduand.rulebook.terms import Desk, Level, Stage, Verb
from tests import acting, factories, people
from tests.office.registry.chsi_exports import ID_NO, certified, doubt, export, of, season, sheet
from tests.papers import xbase

__all__ = ["season"]  # a fixture


def row_of(pk, level):
    """The line of a numbered file, as the registry takes it."""
    number, name, registration = of(pk)
    return [
        number,
        name,
        "女",
        "19900307",
        ID_NO,
        "51161",
        "国家开放大学",
        "520801",
        "健康管理",
        "2.5",
        "开放教育",
        level,
        "20210301",
        "20230720",
        "毕业",
        registration,
        "卫知秋",
        "",
    ]


def test_the_files_hold_everybody(season, tmp_path):
    ids = certified(season, 2) + certified(season, 1, centre=1, level=Level.TOP_UP)
    tally = export(season, tmp_path / "new" / "out")
    path = tmp_path / "new" / "out" / "xueli-202307-1.dbf"
    assert tally.as_dict() == {
        "kind": "chsi",
        "batch": "202307",
        "rows": 3,
        "held_back": 0,
        "by_code": {},
        "file": str(path),
    }
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "held-back.xlsx",
        "xueli-202307-1.dbf",
        "xueli-202307-1.xlsx",
    ]
    table = xbase.read(path)
    assert (table.language, table.changed) == (0x4D, date(2023, 7, 12))
    assert table.fields == [(field.name, "C", field.width) for field in PROFILE.fields]
    levels = ("专科", "专科", "专升本")
    expected = [row_of(pk, level) for pk, level in zip(ids, levels, strict=True)]
    assert table.rows == expected
    assert sheet(path.with_suffix(".xlsx")) == [[field.name for field in PROFILE.fields], *expected]
    assert sheet(path.parent / "held-back.xlsx") == [list(HELD_HEADERS)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_order_is_the_rosters_then_the_numbers(season, tmp_path):
    later, sooner = (factories.enrol(season, 2, centre=centre, id_no=ID_NO) for centre in (1, 0))
    for ids in (later, sooner):
        acting.walk(season, ids, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    acting.act(season, Verb.CERTIFY, later + sooner)
    assert [of(pk)[2][-1] for pk in later + sooner] == ["1", "2", "3", "4"]
    last = certified(season)
    export(season, tmp_path)
    exported = [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows]
    assert exported == [of(pk)[0] for pk in sooner + later + last]


def test_only_the_numbered_and_not_the_voided(season, tmp_path):
    acting.candidate_at(season, Stage.APPROVED, id_no=ID_NO)
    shipped = acting.candidate_at(season, Stage.SHIPPED, id_no=ID_NO).pk
    voided = certified(season)
    acting.act(season, Verb.VOID, voided, second=season.staff.second)
    assert export(season, tmp_path).rows == 1
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(shipped)[0]]


def test_a_certificate_made_anew_goes_out_with_its_new_number(season, tmp_path):
    ids = certified(season, 2)
    acting.act(season, Verb.VOID, ids[:1], second=season.staff.second)
    acting.act(season, Verb.CERTIFY, ids[:1])
    assert export(season, tmp_path).rows == 2
    exported = [(row[0], row[15][-1]) for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows]
    assert exported == [(of(ids[0])[0], "3"), (of(ids[1])[0], "2")]


def test_another_batch_and_another_round_stay_out(season, tmp_path):
    ids = certified(season, 2)
    other = factories.other_batch(season)
    assert chsi_export.export(other, tmp_path, people.actor(season.staff.hq)).rows == 0
    Candidate.objects.filter(pk=ids[0]).update(round=season.batch.rounds.get(name=factories.SECOND))
    assert export(season, tmp_path, round_name=factories.SECOND).rows == 1
    assert Export.objects.get().round.name == factories.SECOND
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(ids[0])[0]]


def test_nobody_numbered_writes_nothing(season, tmp_path):
    tally = export(season, tmp_path / "out")
    assert (tally.rows, tally.held_back, tally.file, (tmp_path / "out").exists()) == (
        0,
        0,
        "",
        False,
    )


def test_only_headquarters_exports(season, tmp_path):
    certified(season)
    for user, desk in ((season.staff.college, "学院"), (season.staff.clerks[0], "学习中心")):
        with pytest.raises(Refused) as refused:
            chsi_export.export(season.batch, tmp_path, people.actor(user))
        assert str(refused.value) == f"学信网数据由总部导出，您属于{desk}"
    assert (list(tmp_path.iterdir()), Export.objects.count()) == ([], 0)


def test_a_foreign_file_is_not_covered(season, tmp_path):
    certified(season)
    (tmp_path / "xueli-202307-1.xlsx").write_bytes(b"foreign")
    with pytest.raises(Refused):
        export(season, tmp_path)
    assert ([path.name for path in tmp_path.iterdir()], Export.objects.count()) == (
        ["xueli-202307-1.xlsx"],
        0,
    )
    assert export(season, tmp_path / "other").run == 1


def test_a_profile_that_no_dbf_can_hold(season, tmp_path):
    certified(season)
    wide = ExchangeProfile(tuple(ExchangeField(f"F{n}", "", 254, "student_no") for n in range(16)))
    with pytest.raises(Refused):
        export(season, tmp_path, profile=wide)
    assert (list(tmp_path.iterdir()), Export.objects.count()) == ([], 0)


def test_schooling_that_was_reckoned_is_said(season, tmp_path):
    PlanRow.objects.update(years="")
    certified(season, 2)
    said = "专业 520801 健康管理 没有填写学制，按最短学期数 5 写为 2.5 年，请在上报前核对"
    assert export(season, tmp_path).notes == (said,)


@pytest.mark.parametrize("held", [False, True])
def test_one_and_three_take_the_same_queries_and_open_ids_once(season, tmp_path, held):
    def queries(rows):
        with CaptureQueriesContext(connection) as captured:
            tally = export(season, tmp_path)
        assert (tally.rows, tally.held_back) == (rows, rows if held else 0)
        return [query["sql"] for query in captured]

    def more(count):
        ids = certified(season, count)
        for pk in certified(season, count) if held else ():
            doubt(pk)
        return ids

    more(1)
    one = queries(1)
    more(2)
    three = queries(3)
    assert len(three) == len(one)
    assert [sum("id_no" in sql for sql in captured) for captured in (one, three)] == [1, 1]


def test_the_systems_account_may_export(season, tmp_path):
    certified(season)
    actor = own_accounts.system_actor(Desk.HQ)
    assert chsi_export.export(Batch.objects.get(), tmp_path, actor).rows == 1
    assert Export.objects.get().by_id == actor.user_id


def take_back(season, ids):
    """What the registry had entered is cancelled by two."""
    acting.register(ids)
    factories.set_clock("2023-07-25T12:00:00+08:00")
    both = {"second": season.staff.second, "note": "学信网注销回执"}
    assert acting.act(season, Verb.DEREGISTER, ids, **both).done == len(ids)


def test_a_cancelled_registration_goes_there_again_in_a_file_of_its_own(season, tmp_path):
    """By nothing else: who was not cancelled is in no such file, and nobody of the list is left out in silence."""
    lost, other, kept = certified(season, 3)
    take_back(season, [lost, other])
    usual = export(season, tmp_path)
    assert (usual.rows, usual.by_code) == (1, {"REG-CANCELLED": 2})
    tally = export(season, tmp_path, again=[of(lost)[0]])
    assert (tally.rows, tally.held_back) == (1, 0)
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-2.dbf").rows] == [of(lost)[0]]
    before = Export.objects.count()
    for numbers in ([of(lost)[0], of(kept)[0]], ["2100000000000"], []):
        with pytest.raises(Refused):
            export(season, tmp_path, again=numbers)
    assert Export.objects.count() == before
    assert [of(pk)[0] for pk in (kept,)] == [
        row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows
    ]


def test_what_else_keeps_a_record_out_keeps_it_out_of_that_file_too(season, tmp_path):
    (lost,) = certified(season)
    take_back(season, [lost])
    doubt(lost)
    tally = export(season, tmp_path, again=[of(lost)[0]])
    assert (tally.rows, tally.by_code) == (0, {"CHSI-DOUBT": 1})
