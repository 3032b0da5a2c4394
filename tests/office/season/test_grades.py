"""成绩申报 (三.1, 三.2): who may give a college's word, once, and who may take it back."""

import pytest

from graduand.models import GradesDeclared, Unit
from graduand.office.refusal import Refused
from graduand.office.season import grades
from graduand.queries.season.grades import colleges_of, declarations
from graduand.queries.season.seasons import seasons
from tests.pages.world import build


@pytest.fixture
def world(db):
    return build()


def the_round(world, name="首批"):
    return world.batch.rounds.get(name=name)


def college():
    return Unit.objects.get(code="10")


def told(world):
    """(round, declared) of each round that has a day for its grades."""
    rows = declarations(seasons(), colleges_of(world.actor("college")))
    return [(one.round_name, one.by) for one in rows]


def test_三_1_三_2_a_college_declares_its_grades_once_a_round(world):
    assert told(world) == [("首批", ""), ("第二批", "")]
    first = grades.declare(the_round(world), college(), world.actor("college"), "复核 86 门")
    again = grades.declare(the_round(world), college(), world.actor("hq"))
    assert (first.pk, told(world)) == (again.pk, [("首批", "学院李老师"), ("第二批", "")])


def test_what_was_taken_back_stays_on_record_and_can_be_said_anew(world):
    grades.declare(the_round(world), college(), world.actor("college"))
    grades.withdraw(the_round(world), college(), world.actor("college"), "还有三门没有复核")
    assert told(world)[0] == ("首批", "")
    grades.declare(the_round(world), college(), world.actor("college"))
    rows = GradesDeclared.objects.order_by("id").values_list("withdrawn_why", flat=True)
    assert list(rows) == ["还有三门没有复核", ""]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a", "成绩由学院审核人员申报，您的角色是「学习中心」"),
        ("b", "成绩由学院审核人员申报，您的角色是「学习中心」"),
    ],
)
def test_a_centre_declares_nothing(world, name, sentence):
    with pytest.raises(Refused) as refused:
        grades.declare(the_round(world), college(), world.actor(name))
    assert (str(refused.value), GradesDeclared.objects.count()) == (sentence, 0)


def test_another_colleges_grades_are_not_mine_to_declare(world):
    other = Unit.objects.create(
        code="20", name="护理学院", kind="college", parent=Unit.objects.get(code="0")
    )
    with pytest.raises(Refused) as refused:
        grades.declare(the_round(world), other, world.actor("college"))
    assert str(refused.value) == "您不能代护理学院申报成绩"
    assert grades.declare(the_round(world), other, world.actor("hq")).college_id == other.pk


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda turn, actor: grades.withdraw(turn, college(), actor, " "), "请写明撤回的原因"),
        (
            lambda turn, actor: grades.withdraw(turn, college(), actor, "早了"),
            "生命健康学院还没有申报「首批」的成绩，不用撤回",
        ),
        (
            lambda turn, actor: grades.declare(turn, college(), actor, "字" * 201),
            "说明有 201 个字，超过 200 个字",
        ),
    ],
)
def test_what_is_refused_says_why(world, act, sentence):
    with pytest.raises(Refused) as refused:
        act(the_round(world), world.actor("college"))
    assert str(refused.value) == sentence


def test_a_round_without_a_day_for_its_grades_asks_for_nothing(world):
    with pytest.raises(Refused) as refused:
        grades.declare(the_round(world, "续读本科"), college(), world.actor("college"))
    assert str(refused.value) == "批次 202307 的「续读本科」没有规定成绩提交的日期，不用申报"
