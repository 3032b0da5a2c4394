"""四.1: who is in doubt may be filed and is not reviewed; every page says so, whose turn it is, and where the case is."""

import re

import pytest

from graduand.models import Candidate, ChsiReport, IdentityCase
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.rulebook.terms import Verb
from tests.pages.lists.test_bulk import confirmed
from tests.pages.reading import text
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.world import NOON, account_for, list_all

MAY = "可以先申请，备案以前不予审核"


@pytest.fixture
def doubted(world):
    """Somebody who could be filed, whom the registry doubts."""
    world.one = world.student(1)
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.create(student=world.one, verdict="unsure", opened_at=NOON)
    world.judge()
    return world


def findings(client, pk) -> list[str]:
    """The lines of 判断结果 and the line of the case."""
    body = (
        client.get(f"/candidates/{pk}")
        .content.decode()
        .partition('id="s-find"')[2]
        .partition("</section>")[0]
    )
    lines = re.findall(r"<li>(.*?)</li>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def case_line(client, pk) -> str:
    body = client.get(f"/candidates/{pk}").content.decode()
    found = re.search(r'<p class="note warn">(身份核查.*?)</p>', body, re.DOTALL)
    return " ".join(re.sub(r"<(?!a |/a)[^>]+>", " ", found[1]).split()) if found else ""


def test_before_the_application_a_doubt_is_a_reminder_on_every_page(doubted, at):
    account_for(doubted, doubted.one)
    pk = doubted.file(doubted.one).pk
    home = at("a").get("/").content.decode()
    row = re.search(
        r"<li><span class=\"tag (\w+)\">.{0,80}?</span><a [^>]*>(学信网身份存疑[^<]*)</a>",
        home,
        re.DOTALL,
    )
    assert row is not None, home
    assert row.groups() == ("warn", f"学信网身份存疑（{MAY}）")
    [line] = [line for line in findings(at("a"), pk) if "学信网核验" in line]
    assert line.startswith("提醒 学信网核验结果为「身份核验不确定」")
    assert f"由学习中心办理；{MAY} 四.1 · 学习中心办理 下一步：提交学生身份复核表等材料" in line
    assert MAY in text(at("student").get("/my"))
    assert f"下一步「申请毕业」（杭州学习中心）：{MAY}" in text(
        at("a").get(f"/identity/{IdentityCase.objects.get().pk}")
    )
    doubted.do("a", Verb.APPLY, doubted.one, same_checked=True)
    assert doubted.file(doubted.one).stage == "applied"


def test_once_it_is_filed_the_doubt_stops_the_review_and_the_page_says_so(doubted, at):
    doubted.do("a", Verb.APPLY, doubted.one, same_checked=True)
    [line] = [
        line
        for line in findings(at("college"), doubted.file(doubted.one).pk)
        if "学信网核验" in line
    ]
    assert line.startswith("不能办理")
    assert MAY not in line


def test_after_the_materials_are_handed_in_it_is_the_colleges_turn_then_headquarters(doubted, at):
    pk, case = doubted.file(doubted.one).pk, IdentityCase.objects.get().pk
    assert (
        case_line(at("a"), pk)
        == f'身份核查「待核实」，由学习中心办理。<a href="/identity/{case}">打开案卷</a>'
    )
    told = []
    for name, verb in (("a", "case_submit"), ("college", "case_report")):
        confirmed(at(name), f"verb={verb}&chosen={pk}&list=identity", note="备〔2023〕8号")
        acts.resume(doubted.batch)
        [line] = [line for line in findings(at("a"), pk) if "学信网核验" in line]
        told.append(line.partition("四.1 · ")[2])
    assert told == [
        "学院办理 下一步：审核复核材料，上报总部备案",
        "总部办理 下一步：作出备案决定",
    ]
    assert case_line(at("a"), pk).startswith("身份核查「已报总部」，由总部办理。")


def test_what_was_upheld_waits_for_nobody_and_every_page_says_so(doubted, at):
    pk, case = doubted.file(doubted.one).pk, IdentityCase.objects.get().pk
    for name, verb in (("a", "case_submit"), ("college", "case_report"), ("hq", "case_uphold")):
        confirmed(at(name), f"verb={verb}&chosen={pk}&list=identity", note="备〔2023〕8号")
        acts.resume(doubted.batch)
    account_for(doubted, doubted.one)
    decided = "总部已决定维持存疑；以后有新的证明材料，或学信网转为正常的，由总部改为备案通过"
    [line] = [line for line in findings(at("a"), pk) if "学信网核验" in line]
    assert "身份复核「维持存疑」，2023-07-12 立案，总部已作决定" in line
    assert line.endswith(f"下一步：{decided}")
    assert case_line(at("a"), pk).startswith("身份核查「维持存疑」，总部已作决定。")
    assert decided in text(at("a").get(f"/identity/{case}"))
    assert decided in text(at("student").get("/my"))
    listed = {
        desk: text(at("hq").get(f"/identity?desk={desk}")).count(doubted.one.number)
        for desk in ("hq", "")
    }
    assert listed == {"hq": 0, "": 1}


def test_the_other_files_page_leads_to_the_one_in_which_the_case_is_recorded(doubted, at):
    """The newer batch takes applications too: the case stays where the person applies."""
    later = load_next(opens="2023-07-10")
    list_all(later)
    auditing.run(later)
    here, there = (
        doubted.file(doubted.one).pk,
        Candidate.objects.get(batch=later, student=doubted.one).pk,
    )
    assert "案卷记在" not in case_line(at("a"), here)
    assert case_line(at("a"), there).endswith(
        f'案卷记在该生 <a href="/candidates/{here}">202307 批次的档案</a>里，在那里办理'
    )


def test_the_case_of_a_file_that_stays_with_the_former_centre_is_told_and_not_linked(doubted, at):
    """The new centre sees the person in the next batch; the case goes on where it was opened. Nobody has applied yet."""
    later = load_next(opens="2023-07-10")
    list_all(later)
    auditing.run(later)
    Candidate.objects.filter(batch=later).update(centre=doubted.centres[1])
    there = Candidate.objects.get(batch=later, student=doubted.one).pk
    line = case_line(at("b"), there)
    assert line == "身份核查的案卷随档案在另一学习中心，现在由学习中心办理；备案结果这里会更新。"
    assert at("b").get(f"/identity/{IdentityCase.objects.get().pk}").status_code == 404


def test_a_doubt_without_a_case_is_nowhere_else(doubted, at):
    """No file of another centre has it: it is opened by the next feedback."""
    IdentityCase.objects.all().delete()
    doubted.judge()
    pk = doubted.file(doubted.one).pk
    told = "身份核查还没有立案，请总部重新导入学信网反馈，由系统立案。"
    assert [case_line(at(desk), pk) for desk in ("hq", "a")] == [told, told]
