"""编号制证以后资料有变化: whoever fails then is an alarm at every desk, no number of the work, and not told to come for it."""

import pytest

from graduand.models import (
    Consent,
    PhotoRow,
    PlanRow,
    Student,
)
from graduand.office.audit import auditing
from graduand.rulebook.terms import Stage, Verb
from tests.acting import register
from tests.pages.certificates.after_the_number import (
    DECIDES,
    HELD,
    LIST,
    NOTE,
    STOPPED,
    TOLD,
    alarm,
    alarms,
    ask,
    card,
    lose,
    three,
)
from tests.pages.home.test_home import listed
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import figures, reasons
from tests.pages.reading import page, text
from tests.pages.stations import bring

__all__ = ["three"]  # a fixture


WORK = {
    Stage.CERTIFIED: ("college", "待寄出", "verb=ship&all=1&list=certificates&stage=certified"),
    Stage.RECEIVED: ("a", "待签领", "verb=collect&all=1&list=handovers&stage=received"),
}


@pytest.mark.parametrize("stage", WORK)
def test_a_harder_plan_after_the_number_changes_nothing_of_it(three, at, stage):
    """Staff and the student read the plan that numbered; whoever is not numbered yet reads today's."""
    bring(
        three,
        {Stage.CERTIFIED: Verb.CERTIFY, Stage.RECEIVED: Verb.RECEIVE}[stage],
        *three.three[:2],
    )
    shown = [text(page(at("hq"), three, student)) for student in three.three]
    assert ["总学分 12 / 12" in one for one in shown] == [True] * 3
    PlanRow.objects.filter(pk=three.plan.pk).update(min_total=1300, version=2)
    auditing.run(three.batch)
    assert alarms(at) == [None] * 4
    shown = [text(page(at("hq"), three, student)) for student in three.three]
    assert [("总学分 12 / 12" in one, "总学分 12 / 13" in one) for one in shown] == [
        (True, False)
    ] * 2 + [(False, True)]
    assert at("student").get("/my").status_code == 200
    assert STOPPED.partition("：")[0] not in text(at("student").get("/my"))


@pytest.mark.parametrize("stage", WORK)
def test_it_is_an_alarm_with_its_list_and_not_counted_as_work(three, at, stage):
    name, label, query = WORK[stage]
    bring(three, {Stage.CERTIFIED: Verb.CERTIFY, Stage.RECEIVED: Verb.RECEIVE}[stage], *three.three)
    register([three.file(student).pk for student in three.three])
    assert (alarms(at), card(at(name), label)) == ([None] * 4, (3, 3))
    lose(three)
    assert alarms(at) == [(LIST, 1)] * 3 + [None]
    assert [listed(at(desk), LIST) for desk in ("hq", "college", "a", "b")] == [1, 1, 1, 0]
    assert card(at(name), label) == (2, 2)
    dialog = opened(at(name), query)
    assert (figures(dialog)["可以提交"], reasons(dialog)) == (
        2,
        {"编号制证以后不再符合毕业条件": 1},
    )
    file = page(at(name), three, three.three[0])
    assert f"{HELD}。下一步（总部）：核实，成绩有误的由学院更正后自动恢复" in text(file)
    shown = [text(page(at(each), three, three.three[0])) for each in ("a", "college", "hq")]
    assert [(f"{TOLD}。" in one, " 不再符合条件 " in one) for one in shown] == [
        (True, True),
        (False, True),
        (False, True),
    ]


def test_what_is_found_out_about_the_person_stops_it_too(three, at):
    """After the number as before it: an identity document that cannot be, a picture of somebody else."""
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    for happens in (
        lambda one: Student.objects.filter(pk=one.pk).update(id_problems=2),
        lambda one: PhotoRow.objects.filter(student=one, kind="graduation").update(same=False),
    ):
        happens(three.three[0])
        auditing.mark_stale([three.three[0].pk])
        auditing.run(three.batch)
        assert ([found and found[1] for found in alarms(at)], card(at("a"), "待签领")) == (
            [1, 1, 1, None],
            (2, 2),
        )
        assert STOPPED in text(at("student").get("/my"))
        Student.objects.update(id_problems=0)
    shown = text(page(at("hq"), three, three.three[0]))
    assert "不再符合毕业条件：照片与学信网可能不一致；总部核实以前" in shown


def test_the_student_is_not_told_to_come_for_it(three, at):
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    lose(three)
    shown = text(at("student").get("/my"))
    assert (STOPPED in shown, "请带身份证件领取" in shown, "总学分要求 12" in shown) == (
        True,
        False,
        True,
    )
    three.do("hq", Verb.CONFIRM_ISSUE, three.three[0], second=three.users["hq2"], note=NOTE)
    shown = text(at("student").get("/my"))
    assert (STOPPED in shown, "请到那一天以后再来领取" in shown, "毕业条件未满足" in shown) == (
        False,
        True,
        False,
    )
    assert ("总部已核实，毕业证书继续有效" in shown, NOTE in shown) == (True, False)


_GIVEN = "学生领证以后资料有变化，不再符合毕业条件"


_BY_HQ = f"{_GIVEN}，由总部核实：维持，或作废证书。"


GIVEN = {
    "hq": f"{_GIVEN}：{DECIDES}",
    "college": f"{_BY_HQ}成绩有误的，请更正",
    "a": f"{_BY_HQ}证书在学生手里，没有要发的，也先不要收回；成绩或材料有误的，请协助更正",
}


GIVEN_LIST = "/candidates?batch=202307&unqualified=given"


def told_of_what_is_out(shown, *, centre):
    """The page of the file says that headquarters looks into it, and stops nothing any more."""
    assert "证书已在学生手中，资料有变化，不再符合毕业条件：必须通过的课程未通过、" in shown
    assert "毕业证书已签领；资料有变化，现在由总部核实" in shown
    assert (f"{GIVEN['a']}。" in shown) is centre
    for words in ("不能寄出和签领", "证书先不要发", "寄出和签领已停"):
        assert words not in shown


def test_what_the_student_has_in_hand_is_headquarters_to_decide_and_frightens_nobody(three, at):
    """Every desk of the person has an alarm with its list, the page says that nothing is left to stop, the student reads on."""
    bring(three, Verb.RECEIVE, *three.three)
    register([three.file(student).pk for student in three.three])
    three.do("a", Verb.COLLECT, *three.three[:2], handover="in_person", confirmed=True)
    lose(three)
    assert [alarm(at(desk), words) for desk, words in GIVEN.items()] == [(GIVEN_LIST, 1)] * 3
    assert (alarm(at("b"), GIVEN["a"]), listed(at("a"), GIVEN_LIST)) == (None, 1)
    assert (alarms(at), listed(at("hq"), GIVEN_LIST), listed(at("hq"), LIST)) == ([None] * 4, 1, 0)
    pk = three.file(three.three[0]).pk
    for desk in ("hq", "college", "a"):
        told_of_what_is_out(text(at(desk).get(f"/candidates/{pk}")), centre=desk == "a")
    before = text(at("student").get("/my"))
    calm = "已领取毕业证书。 领证以后学习记录有变化，学院和总部正在核对，现在不需要您处理。有疑问请联系杭州学习中心"
    assert (
        calm in before,
        "毕业条件正在核对 学分 5 / 12" in before,
        STOPPED.partition("：")[0] in before,
    ) == (True, True, False)
    assert ("祝贺毕业" in before, "毕业条件已满足" in before) == (False, False)
    assert ask(at("hq"), pk)["Location"] == "/consents?done=asked"
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    assert [alarm(at(desk), words) for desk, words in GIVEN.items()] == [None] * 3
    shown = text(at("hq").get(f"/candidates/{pk}"))
    assert ("现在由总部核实" in shown, "维持的事项：课程 002 必须通过" in shown) == (False, True)
    after = text(at("student").get("/my"))
    assert (
        "毕业条件已由总部核实 （已完成） 学分 5 / 12" in after,
        "已领取毕业证书。 祝贺毕业！" in after,
    ) == (True, True)
    assert ("总部已核实，毕业证书继续有效" in after, "正在核对" in after) == (True, False)
    Student.objects.filter(pk=three.three[0].pk).update(standing="suspended")
    lose(three)
    ended = text(at("student").get("/my"))
    assert (calm in ended, "总部已核实" in ended, "毕业证书继续有效" in ended) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("verb", [Verb.CERTIFY, Verb.SHIP])
def test_on_the_way_the_student_reads_that_it_is_stopped(three, at, verb):
    bring(three, verb, *three.three)
    lose(three)
    assert STOPPED in text(at("student").get("/my"))
