"""What a student whose file went back is told: why, and what can still be done in this batch."""

from datetime import datetime, timedelta

import pytest

from graduand.models import Certificate, ChsiReport, IdentityCase
from graduand.office.audit import auditing
from graduand.queries.basis import basis_of
from graduand.rulebook.people.account_terms import Role
from graduand.rulebook.terms import Verb
from tests import people
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


@pytest.mark.parametrize(
    ("handed", "said"),
    [
        (False, "现在不能领取，请先不要前来领证；总部办理后这里会更新。"),
        (True, "您领到的证书在学信网查询不到；总部正在办理，需要交回旧证时学习中心会通知您。"),
    ],
)
def test_who_lost_the_registration_is_told_so_and_not_to_wait_for_it(world, at, told, handed, said):
    bring(world, Verb.RECEIVE, world.one)
    Certificate.objects.update(queryable=True, registered_on=NOON.date())
    if handed:
        world.do("a", Verb.COLLECT, world.one, handover="in_person", confirmed=True)
    unit = world.users["hq"].grants.get().unit
    second = people.account("hq2", Role.HQ_REVIEWER, unit)
    lost = {"second": second, "note": "注销函 1 号", "on": NOON.date().isoformat()}
    world.do("hq", Verb.DEREGISTER, world.one, **lost)
    shown = told()
    assert f"学信网学历注册已于 {NOON.date()} 注销： {said}" in shown
    assert ("祝贺毕业" in shown, "还查询不到" in shown) == (False, False)
    stage = "collected" if handed else "received"
    listed = text(at("a").get(f"/handovers?batch=202307&stage={stage}"))
    assert world.one.number in listed
    row = listed.partition(world.one.number)[2][:200]
    assert ("已注销" in row, "待注册" in row) == (True, False)


def test_nobody_is_asked_to_come_before_the_day_of_issue(world, told):
    bring(world, Verb.RECEIVE, world.one)
    Certificate.objects.update(queryable=True, registered_on=NOON.date())
    issued = basis_of(world.batch).policy.issue_date
    before = told()
    set_clock(datetime.combine(issued, NOON.timetz()))
    assert (
        f"还没有到发证日期： 发证日期为 {issued}，请到那一天以后再来领取" in before,
        "请您领取" in before,
        "请您领取" in told(),
    ) == (True, False, True)


def test_who_has_the_certificate_and_stands_in_doubt_since_is_told(world, told):
    bring(world, Verb.RECEIVE, world.one)
    Certificate.objects.update(queryable=True, registered_on=NOON.date())
    world.do("a", Verb.COLLECT, world.one, handover="in_person", confirmed=True)
    ChsiReport.objects.update(verdict="failed")
    IdentityCase.objects.create(student=world.one, verdict="failed", opened_at=NOON)
    auditing.refresh([world.file(world.one).pk], basis_of(world.batch))
    said = told()
    assert ("身份核验存疑，办理情况见下方" in said, "祝贺毕业" in said) == (True, False)
