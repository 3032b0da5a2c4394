"""暂不发: the lists on screen by which a centre hands out and counts say of whom nothing is given out, as those on paper do."""

import re

import pytest

from graduand.models import Candidate, Certificate, Parcel
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.queries.dispatch import held_certificates
from graduand.rulebook.terms import SheetKind, Verb
from tests.acting import doubt, register
from tests.office.records.files import ROWS, table
from tests.office.records.plans.test_plans_wait import small_pieces
from tests.pages.certificates.after_the_number import lose
from tests.pages.certificates.test_old_papers import LATER
from tests.pages.lists.test_list_state import exported
from tests.pages.stations import bring

HERE = "/handovers?batch=202307&stage=received"


def fails(world, _tmp_path, _monkeypatch):
    lose(world)


def in_doubt(world, _tmp_path, _monkeypatch):
    doubt(world.file(world.three[0]))


def old_paper(world, _tmp_path, _monkeypatch):
    Certificate.objects.filter(candidate__student=world.three[0]).update(old_paper_since=LATER)


def rows_to_come(world, tmp_path, monkeypatch):
    small_pieces(monkeypatch)
    row = ROWS[SheetKind.RESULTS] | {"学号": world.three[0].number, "课程代码": "X9"}
    import_sheet(
        SheetKind.RESULTS, table(tmp_path / "成绩.csv", [row]), by=None, carrier=PlanWriter.WORKER
    )


HELD = {
    fails: "编号制证以后资料有变化，不再符合毕业条件",
    in_doubt: "学信网核验结果为「身份核验不确定」，尚未",
    old_paper: "证书内容已于 2023-07-25 更正",
    rows_to_come: "该生还有资料没有写完：「成绩」导入（成绩.csv，",
}


def states(page):
    """The 状态 of each line, with the sentence that a mouse shows."""
    return [
        (re.sub(r"<[^>]+>", "", cell).strip(), "".join(re.findall('title="([^"]*)"', cell)))
        for cell in re.findall(r'<td[^>]*data-label="状态"[^>]*>(.*?)</td>', page, re.DOTALL)
    ]


@pytest.fixture
def three(world):
    """Three students of 杭州; what holds up is of the first."""
    world.three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    return world


@pytest.fixture
def arrived(three):
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    return three


@pytest.mark.parametrize("why", HELD)
def test_七_3_the_list_to_hand_out_by_says_of_whom_nothing_is_given(
    arrived, at, tmp_path, monkeypatch, why
):
    assert states(at("a").get(HERE).content.decode()) == [("中心已签收", "")] * 3
    why(arrived, tmp_path, monkeypatch)
    first, *others = states(at("a").get(HERE).content.decode())
    label = "旧证待收回" if why is old_paper else "中心已签收"
    assert (first[0], HELD[why] in first[1], others) == (
        f"暂不发 {label}",
        True,
        [("中心已签收", "")] * 2,
    )
    [head, *rows], _, _ = exported(
        at("a"), "handovers", batch="202307", stage="received", purpose="handover"
    )
    assert [row[head.index("状态")] for row in rows] == ["暂不发", "中心已签收", "中心已签收"]


@pytest.mark.parametrize("why", [fails, in_doubt])
def test_what_the_student_has_in_hand_is_not_held_up_any_more(
    arrived, at, tmp_path, monkeypatch, why
):
    arrived.do("a", Verb.COLLECT, *arrived.three, handover="in_person", confirmed=True)
    why(arrived, tmp_path, monkeypatch)
    page = at("a").get("/handovers?batch=202307&stage=collected").content.decode()
    assert [state for state, _ in states(page)] == ["学生已签领"] * 3


@pytest.mark.parametrize("verb", [Verb.SHIP, Verb.RECEIVE])
@pytest.mark.parametrize("name", ["a", "college"])
def test_六_the_page_of_a_parcel_says_it_too_before_it_is_counted_and_after(three, at, name, verb):
    bring(three, verb, *three.three)
    here = f"/parcels/{Parcel.objects.get().pk}"
    assert "暂不发" not in at(name).get(here).content.decode()
    lose(three)
    assert at(name).get(here).content.decode().count(">暂不发</span> <small") == 1


def test_the_control_where_nobody_is_asked_about_everybody_seems_to_be_handed_the_certificate(
    arrived, at, monkeypatch
):
    monkeypatch.setattr(held_certificates, "held_up", lambda _files: {})
    lose(arrived)
    assert [state for state, _ in states(at("a").get(HERE).content.decode())] == ["中心已签收"] * 3
    assert Candidate.objects.filter(judgement__grounds__gt="").count() == 1
