"""`graduand export chsi`: exit codes, the JSON, the sentences."""

from datetime import date

import pytest

from graduand.models import Candidate, ChsiReport, Export, PlanRow
from graduand.rulebook.terms import ChsiVerdict, Stage, Verb
from tests import acting, factories
from tests.management.calling import graduand, numbers, students_file
from tests.papers import xbase


def certified(season, count):
    PlanRow.objects.update(major_code="520801", years="2.5")
    return acting.walk(
        season, factories.enrol(season, count, id_no="11010519900307002X"), Stage.CERTIFIED
    )


def doubt(pk):
    student = Candidate.objects.get(pk=pk).student
    ChsiReport.objects.create(
        student=student, day=date(2023, 7, 11), verdict=ChsiVerdict.UNSURE.value
    )


def test_all_done_is_exit_0(season, tmp_path):
    certified(season, 2)
    answer = graduand("export", "chsi", "2307", "--out", tmp_path / "out", "--json", "--as", "hq1")
    path = tmp_path / "out" / "xueli-202307-1.dbf"
    shape = {
        "kind": "chsi",
        "batch": "202307",
        "rows": 2,
        "held_back": 0,
        "by_code": {},
        "file": str(path),
    }
    assert (answer.code, answer.json, answer.err) == (0, shape, "")
    assert Export.objects.get().by == season.staff.hq
    told = graduand("export", "chsi", "202307", "--out", tmp_path / "out", "--round", "首批")
    second = tmp_path / "out" / "xueli-202307-2.dbf"
    assert (told.code, told.out) == (
        0,
        f"批次 202307 学历注册：导出 2 人，暂不导出 0 人；{second}\n",
    )


def test_somebody_held_back_is_exit_1(season, tmp_path):
    held, free = certified(season, 2)
    doubt(held)
    answer = graduand("export", "chsi", "202307", "--out", tmp_path, "--json")
    path = tmp_path / "xueli-202307-1.dbf"
    shape = {
        "kind": "chsi",
        "batch": "202307",
        "rows": 1,
        "held_back": 1,
        "by_code": {"CHSI-DOUBT": 1},
        "file": str(path),
    }
    assert (answer.code, answer.json) == (1, shape)
    who = Candidate.objects.get(pk=held).student
    assert answer.err.splitlines() == [
        f"{who.number} {who.name}：学信网核验结果为「身份核验不确定」，尚未备案通过：还没有立案，请总部重新导入学信网反馈",
        f"暂不导出 1 人，名单和原因见 {tmp_path / 'held-back.xlsx'}",
    ]
    assert [row[0] for row in xbase.read(path).rows] == numbers([free])


def test_nobody_is_numbered(season, tmp_path):
    answer = graduand("export", "chsi", "202307", "--out", tmp_path / "out")
    assert (answer.code, answer.out) == (
        0,
        "批次 202307 学历注册：导出 0 人，暂不导出 0 人；没有已编号制证的学生\n",
    )


def test_a_profile_of_ones_own(season, tmp_path):
    ids = certified(season, 1)
    profile = tmp_path / "p.toml"
    profile.write_text(
        '[[fields]]\nname = "XH"\ntitle = "学号"\nwidth = 20\nsource = "student_no"\n',
        encoding="utf-8",
    )
    assert graduand("export", "chsi", "202307", "--out", tmp_path, "--profile", profile).code == 0
    assert xbase.read(tmp_path / "xueli-202307-1.dbf").rows == [numbers(ids)]
    profile.write_text("width = 3", encoding="utf-8")
    wrong = graduand("export", "chsi", "202307", "--out", tmp_path, "--profile", profile)
    assert (wrong.code, wrong.err) == (2, "导出方案有误：width：不认识的键\n")
    profile.write_text("x = " + "[" * 3_000, encoding="utf-8")
    deep = graduand("export", "chsi", "202307", "--out", tmp_path, "--profile", profile)
    said = "导出方案有误：p.toml 不是合格的 TOML：括号或键的层数太多，最多 8 层\n"
    assert (deep.code, deep.err) == (2, said)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("chsi", "202307"), 2, "缺少参数：--out"),
        (("papers", "202307", "--out", "x"), 2, "参数 kind 的值「papers」不对，可用：chsi"),
        (("chsi", "202301", "--out", "x"), 2, "没有批次 202301；已有：202307"),
        (
            ("chsi", "202307", "--out", "x", "--round", "九"),
            2,
            "批次 202307 没有轮次「九」，可用：首批、续读本科、第二批",
        ),
        (("chsi", "202307", "--out", "x", "--profile", "none.toml"), 2, "找不到文件 none.toml"),
        (
            ("chsi", "202307", "--out", "x", "--as", "clerk1"),
            1,
            "学信网数据由总部导出，您属于学习中心",
        ),
    ],
)
def test_wrong_calls_and_refusals(season, words, code, sentence):
    answer = graduand("export", *words)
    assert (answer.code, answer.out, answer.err) == (code, "", f"{sentence}\n")


def test_a_folder_that_cannot_be_written(season, tmp_path):
    certified(season, 1)
    (tmp_path / "file").write_text("x")
    answer = graduand("export", "chsi", "202307", "--out", tmp_path / "file")
    assert (answer.code, answer.out, Export.objects.count()) == (2, "", 0)


def test_a_list_of_those_who_are_to_be_registered_again(season, tmp_path):
    ids = certified(season, 2)
    acting.register(ids)
    factories.set_clock("2023-07-25T12:00:00+08:00")
    both = {"second": season.staff.second, "note": "学信网注销回执"}
    assert acting.act(season, Verb.DEREGISTER, ids[:1], **both).done == 1
    named = students_file(tmp_path, numbers(ids[:1]))
    told = graduand("export", "chsi", "202307", "--out", tmp_path, "--again", named)
    path = tmp_path / "xueli-202307-1.dbf"
    assert (told.code, told.out) == (
        0,
        f"批次 202307 学历注册：导出 1 人，暂不导出 0 人；{path}\n",
    )
    unnamed = graduand("export", "chsi", "202307", "--out", tmp_path, "--again", "")
    assert (unnamed.code, Export.objects.count()) == (2, 1)  # an empty variable of a script
    both_named = students_file(tmp_path, numbers(ids), "both.txt")
    told = graduand("export", "chsi", "202307", "--out", tmp_path, "--again", both_named)
    (kept,) = numbers(ids[1:])
    assert (told.code, f"{kept} 在批次 202307 没有注册已注销的证书" in told.err) == (1, True)
