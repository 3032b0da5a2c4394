"""Whom the 学历注册 export holds back, and why."""

from graduand.models import Candidate, ChsiReport, Export, IdentityCase
from graduand.office.registry.chsi_export import HELD_HEADERS
from graduand.queries import clock
from graduand.rulebook.registry.exchange_profile import PROFILE, ExchangeProfile
from graduand.rulebook.terms import CaseState, ChsiVerdict
from tests.office.registry.chsi_exports import certified, doubt, export, of, season, sheet
from tests.papers import xbase

__all__ = ["season"]  # a fixture


def test_四_1_a_doubt_holds_back(season, tmp_path):
    held, free = certified(season, 2)
    doubt(held)
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back, tally.by_code) == (1, 1, {"CHSI-DOUBT": 1})
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(free)[0]]
    number, name, registration = of(held)
    assert sheet(tmp_path / "held-back.xlsx") == [
        list(HELD_HEADERS),
        [
            number,
            name,
            "C1 第1学习中心",
            registration,
            "CHSI-DOUBT",
            "学信网核验结果为「身份核验未通过」，尚未备案通过：还没有立案，请总部重新导入学信网反馈",
            "四.1",
            "总部",
            "重新导入学信网反馈，由系统立案",
        ],
    ]


def test_a_filed_case_lets_out(season, tmp_path):
    pk = certified(season)[0]
    doubt(pk)
    assert export(season, tmp_path).rows == 0
    IdentityCase.objects.create(
        student=Candidate.objects.get(pk=pk).student,
        verdict=ChsiVerdict.FAILED.value,
        state=CaseState.CLEARED.value,
        opened_at=clock.now(),
        filed_at=clock.now(),
        filed_by=season.staff.hq,
    )
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back) == (1, 0)
    assert sheet(tmp_path / "held-back.xlsx") == [list(HELD_HEADERS)]


def test_四_2_3_missing_pictures_hold_back(season, tmp_path):
    bare, silent, fine = certified(season, 3)
    reports = ChsiReport.objects.filter(student__candidates=bare)
    reports.update(credential_photo=False)
    ChsiReport.objects.filter(student__candidates=silent).delete()
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back) == (1, 2)
    assert tally.by_code == {"CHSI-ADMISSION": 1, "CHSI-CREDENTIAL": 2}
    assert [(row[0], row[4], row[6]) for row in tally.held] == [
        (of(bare)[0], "CHSI-CREDENTIAL", "四.2(3)"),
        (of(silent)[0], "CHSI-ADMISSION", "四.2(3)"),
        (of(silent)[0], "CHSI-CREDENTIAL", "四.2(3)"),
    ]
    assert [row[0] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == [of(fine)[0]]


def test_what_the_file_cannot_hold_is_held_back(season, tmp_path):
    certified(season, name="张䶮")
    (bare,) = certified(season, id_no="")
    certified(season, name="买买提·吐尔逊")
    tally = export(season, tmp_path)
    assert (tally.rows, tally.held_back, tally.by_code) == (1, 2, {"DATA-EXPORT": 2})
    assert [(row[1], row[5], row[7]) for row in tally.held] == [
        ("张䶮", "姓名里的「䶮」（U+4DAE）不能用 GBK 表示（XM）", "总部"),
        (of(bare)[1], "缺少身份证号（SFZH）", "学习中心"),
    ]
    assert [row[1] for row in xbase.read(tmp_path / "xueli-202307-1.dbf").rows] == ["买买提·吐尔逊"]
    wider = export(season, tmp_path, profile=ExchangeProfile(PROFILE.fields, encoding="gb18030"))
    assert (wider.rows, wider.held_back) == (2, 1)
    assert [row[1] for row in xbase.read(tmp_path / "xueli-202307-2.dbf", "gb18030").rows] == [
        "张䶮",
        "买买提·吐尔逊",
    ]


def test_one_exam_number_for_two_holds_both(season, tmp_path):
    ids = certified(season, 2, exam_no="21110105150001")
    tally = export(season, tmp_path)
    assert (tally.rows, tally.by_code, tally.file) == (
        0,
        {"DATA-EXPORT": 2},
        str(tmp_path / "held-back.xlsx"),
    )
    assert [row[0] for row in tally.held] == [of(pk)[0] for pk in ids]
    assert (Export.objects.count(), [path.name for path in tmp_path.iterdir()]) == (
        0,
        ["held-back.xlsx"],
    )
