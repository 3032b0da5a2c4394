"""`graduand papers`: exit codes, the JSON, the sentences."""

import pytest

from graduand.models import Candidate, Export, User
from graduand.rulebook.terms import Stage
from tests import acting, factories
from tests.management.calling import graduand, numbers
from tests.office.papers.print_runs import snags


def certified(season, count=1, **enrolled):
    return acting.walk(season, factories.enrol(season, count, **enrolled), Stage.CERTIFIED)


def shape(tmp_path, kind, **changes):
    """The JSON of a run into tmp_path/out."""
    zeros = dict.fromkeys(("people", "written", "unchanged", "refused", "warned"), 0)
    return {
        "kind": kind,
        "batch": "202307",
        **zeros,
        "by_code": {},
        "out": str(tmp_path / "out" / kind),
        "file": "",
        **changes,
    }


def test_all_done_is_exit_0(season, tmp_path):
    certified(season, 2)
    answer = graduand("papers", "2307", "--kind", "成绩单", "--out", tmp_path / "out", "--json")
    assert (answer.code, answer.json, answer.err) == (
        0,
        shape(tmp_path, "成绩单", people=2, written=2),
        "",
    )
    assert Export.objects.get().by == User.objects.get(username="system-hq")
    again = graduand(
        "papers", "202307", "--kind", "transcript", "--out", tmp_path / "out", "--as", "college1"
    )
    line = f"批次 202307 成绩单：2 人，写出 0 个文件，未变 2 个，不能打印 0 人，提醒 0 人；{tmp_path / 'out' / '成绩单'}\n"
    assert (again.code, again.out, again.err) == (0, line, "")


def test_somebody_refused_is_exit_1_and_stops_nobody(season, tmp_path):
    (rare,), (fine,) = certified(season, name="王\U00031350"), certified(season)
    student = Candidate.objects.get(pk=rare).student
    answer = graduand("papers", "202307", "--kind", "登记表", "--out", tmp_path / "out", "--json")
    file = str(tmp_path / "out" / "snags-登记表-202307.xlsx")
    told = shape(
        tmp_path,
        "登记表",
        people=2,
        written=1,
        refused=1,
        warned=1,
        by_code={"GLYPH": 1},
        file=file,
    )
    assert (answer.code, answer.json) == (1, told)
    assert answer.err.splitlines() == [
        f"{student.number} 王\U00031350：「姓名」里的\U00031350（U+31350）字体里没有",
        f"不能打印 1 人，提醒 1 人，名单和原因见 {file}",
    ]
    assert [one.name for one in (tmp_path / "out" / "登记表").glob("*.pdf")] == [
        f"00002-{numbers([fine])[0]}.pdf"
    ]


def test_a_run_for_another_centre_leaves_the_list_of_the_first_one_where_it_is(season, tmp_path):
    """Whoever prints centre by centre into one folder is told of each; the sentence names the file."""
    made = [certified(season, name="王\U00031350", centre=centre)[0] for centre in (0, 1)]
    words = ("papers", "202307", "--kind", "登记表", "--out", tmp_path / "out", "--json")

    def left(code):
        return graduand(*words, "--centre", code).json["file"]

    files = [left(code) for code in ("C1", "C2")]
    told = [[row[0] for row in snags(file)[1:] if row[4] == "不能打印"] for file in files]
    assert told == [[number] for number in numbers(made)]


def test_merged_for_one_centre(season, tmp_path):
    certified(season)
    certified(season, centre=1)
    words = (
        "--kind",
        "成绩单",
        "--out",
        tmp_path / "out",
        "--merge",
        "--centre",
        "C2",
        "--round",
        "首批",
    )
    answer = graduand("papers", "202307", *words)
    assert (answer.code, [one.name for one in (tmp_path / "out" / "成绩单").glob("*.pdf")]) == (
        0,
        ["C2.pdf"],
    )


def test_some_alone_by_a_list_of_their_numbers(season, tmp_path):
    wanted = numbers(certified(season, 3))[1]
    chosen = tmp_path / "chosen.txt"
    chosen.write_text(f"{wanted}\n", encoding="utf-8")
    words = ("202307", "--kind", "成绩单", "--out", tmp_path / "out", "--students", chosen)
    assert graduand("papers", *words).code == 0
    printed = [one.name for one in (tmp_path / "out" / "成绩单").glob("*.pdf")]
    assert printed == [f"00002-{wanted}.pdf"]
    chosen.write_text("", encoding="utf-8")
    empty = graduand("papers", *words)
    assert (empty.code, empty.err) == (1, "学号名单里一个学号也没有；一行一个学号\n")
    chosen.write_text(wanted, encoding="utf-8")
    merged = graduand("papers", *words, "--merge")
    assert (merged.code, merged.err.partition("，")[0]) == (1, "只打印部分学生的")


def test_a_number_that_is_not_there_is_named_and_nothing_printed(season, tmp_path):
    there = numbers(certified(season))
    chosen = tmp_path / "chosen.txt"
    chosen.write_text("\n".join([*there, "9999999999999"]), encoding="utf-8")
    words = ("202307", "--kind", "成绩单", "--out", tmp_path / "out", "--students", chosen)
    answer = graduand("papers", *words)
    assert (answer.code, "可打印的材料里没有 9999999999999：" in answer.err) == (1, True)
    assert list(tmp_path.glob("out/成绩单/*.pdf")) == []


def test_nobody_is_approved(season, tmp_path):
    answer = graduand("papers", "202307", "--kind", "花名册", "--out", tmp_path / "out")
    said = "批次 202307 花名册：0 人，写出 0 个文件，未变 0 个，不能打印 0 人，提醒 0 人"
    said += "；在您的管理和所选的范围内没有准予毕业的学生\n"
    assert (answer.code, answer.out, Export.objects.count()) == (0, said, 0)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("202307", "--kind", "登记表"), 2, "缺少参数：--out"),
        (("202307", "--out", "x"), 2, "缺少参数：--kind"),
        (
            ("202307", "--kind", "奖状", "--out", "x"),
            2,
            "没有「奖状」这种材料，可用：登记表、成绩单、报名登记表、毕业证书、花名册、装箱单、签领表",
        ),
        (("202301", "--kind", "登记表", "--out", "x"), 2, "没有批次 202301；已有：202307"),
        (
            ("202307", "--kind", "登记表", "--out", "x", "--centre", "C9"),
            2,
            "没有单位「C9」，学习中心有：C1、C2",
        ),
        (
            ("202307", "--kind", "登记表", "--out", "x", "--round", "九"),
            2,
            "批次 202307 没有轮次「九」，可用：首批、续读本科、第二批",
        ),
        (("202307", "--kind", "成绩单", "--out", "x", "--amended"), 2, "--amended 只用于毕业证书"),
        (
            ("202307", "--kind", "毕业证书", "--out", "x", "--as", "clerk1"),
            1,
            "毕业证书由总部打印，您属于学习中心",
        ),
    ],
)
def test_wrong_calls_and_refusals(season, words, code, sentence):
    answer = graduand("papers", *words)
    assert (answer.code, answer.out, answer.err) == (code, "", f"{sentence}\n")


def test_a_folder_that_cannot_be_written(season, tmp_path):
    certified(season)
    (tmp_path / "file").write_text("x")
    answer = graduand("papers", "202307", "--kind", "登记表", "--out", tmp_path / "file")
    assert (answer.code, answer.out, Export.objects.count()) == (2, "", 0)
