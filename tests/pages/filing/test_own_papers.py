"""What a student reads of the papers: how the degree stands, and of a certificate that was not in its parcel."""

import pytest

from graduand.models import Candidate, DegreeCertificate, ParcelItem
from graduand.queries import clock
from graduand.rulebook.terms import DegreeState, Verb
from tests.pages.reading import text
from tests.pages.stations import bring
from tests.pages.world import account_for

NUMBER = "5116142023000001"
MISSED = "学习中心清点包裹时没有找到您的毕业证书，生命健康学院正在查找"
TOLD = {
    DegreeState.NONE: "",
    DegreeState.APPLIED: "已申请学位，由总部决定是否授予；结果会写在这里。",
    DegreeState.RETURNED: (
        "学位材料已退回，原因见下方办理经过；由杭州学习中心补齐后重新申请，请配合提供材料。"
    ),
    DegreeState.GRANTED: "已授予学位，学位证书由总部编号，编号以后会写在这里。",
    DegreeState.DECLINED: "不授予学位，原因见下方办理经过；如有疑问，请联系学习中心。",
}


@pytest.fixture
def one(world):
    """A student with an account and everything in order."""
    world.one = world.student(1)
    world.judge()
    account_for(world, world.one)
    return world


def of_degree(client) -> str:
    """What stands below 我的学位; "" where there is no such part."""
    return text(client.get("/my")).partition(" 我的学位 ")[2].partition(" 我的信息 ")[0]


@pytest.mark.parametrize("until", [Verb.APPLY, Verb.RECEIVE])
@pytest.mark.parametrize("degree", TOLD)
def test_how_the_degree_stands_is_told_from_the_application_on(one, at, degree, until):
    bring(one, until, one.one)
    Candidate.objects.update(degree=degree.value)
    assert of_degree(at("student")).partition(" 什么时候")[0] == TOLD[degree]


def test_who_has_not_applied_reads_nothing_of_a_degree(one, at):
    Candidate.objects.update(degree=DegreeState.APPLIED.value)
    assert of_degree(at("student")) == ""


def test_a_degree_certificate_has_its_number_and_whom_to_ask_for_it(one, at):
    """Nobody records where it lies, so the page promises no day and sends nobody on the way."""
    bring(one, Verb.RECEIVE, one.one)
    Candidate.objects.update(degree=DegreeState.GRANTED.value)
    DegreeCertificate.objects.create(
        candidate=one.file(one.one),
        number=NUMBER,
        book="5116142023",
        serial=1,
        granted_on="2023-07-20",
        photo_sha256="0" * 64,
        made_at=clock.now(),
    )
    assert of_degree(at("student")) == (
        f"已授予学位，学位证书编号 {NUMBER}。学位证书与毕业证书分别登记，本系统不登记它的寄送和领取："
        "请向杭州学习中心询问何时领取，领取时当面核对。"
    )


def test_a_certificate_that_was_not_in_its_parcel_is_told_and_has_no_day(one, at):
    bring(one, Verb.SHIP, one.one)
    before = text(at("student").get("/my"))
    assert ("暂时不需要您处理" in before, "预计 2023-09-20 或之前" in before, MISSED in before) == (
        True,
        True,
        False,
    )
    ParcelItem.objects.update(counted=False)
    after = text(at("student").get("/my"))
    assert ("暂时不需要您处理。 有进展" in after, "预计 " in after) == (False, False)
    assert f"证书正在查找： {MISSED}，找到或另外办理以后这里会更新。暂时不需要您处理。" in after
    assert f"现在还说不准：{MISSED}。" in after
