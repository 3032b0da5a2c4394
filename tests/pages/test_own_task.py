"""What a student whose file went back is told: why, and what can still be done in this batch."""

from datetime import timedelta

import pytest

from graduand.rulebook.terms import Verb
from tests.pages.reading import text
from tests.pages.stations import bring
from tests.pages.world import NOON, account_for, set_clock


@pytest.fixture
def told(world, at):
    """What the page of the one student says."""
    world.one = world.student(1)
    world.judge()
    account_for(world, world.one)
    return lambda: text(at("student").get("/my"))


def test_who_was_sent_back_reads_what_can_still_be_done(world, told):
    bring(world, Verb.APPLY, world.one)
    world.do("college", Verb.SEND_BACK, world.one, reason="photo", note="照片模糊")
    assert "学习中心正在补正材料" in told()
    set_clock(NOON + timedelta(days=150))
    said = told()
    assert (
        "学习中心正在补正材料" in said,
        "本批次已不能再申请，没有办结的转入下一毕业批次" in said,
    ) == (False, True)


def test_who_was_sent_back_and_is_listed_anew_still_reads_why(world, told):
    bring(world, Verb.APPLY, world.one)
    world.do("college", Verb.SEND_BACK, world.one, reason="photo", note="照片模糊")
    world.file(world.one).__class__.objects.filter(student=world.one).update(stage="listed")
    said = told()
    assert (
        "上次申请被退回。" in said,
        "照片模糊" in said.partition("上次申请被退回。")[2][:60],
    ) == (True, True)
