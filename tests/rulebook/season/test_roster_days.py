"""五.3: whoever freezes a roster while its round goes on is told until when."""

from datetime import date

import pytest

from graduand.rulebook.season.roster_days import numbered_too_soon, too_soon
from tests.rulebook.plain import policy

FILING, REVIEW = "申请在 2023-07-16 或之前", "审核在 2023-07-16 或之前"


@pytest.mark.parametrize(
    ("today", "closed", "why"),
    [
        (date(2023, 7, 8), (), f"{FILING}，{REVIEW}"),
        (date(2023, 7, 16), (), f"{FILING}，{REVIEW}"),
        (date(2023, 7, 12), ("首批",), REVIEW),
        (date(2023, 7, 17), (), ""),
    ],
)
def test_五_3_a_round_that_goes_on_brings_people_for_the_next_roster(today, closed, why):
    said = f"「首批」还没有结束（{why}），以后准予毕业的只能列入下一份花名册"
    assert too_soon(policy(), ["首批"], closed, today) == ((said,) if why else ())
    assert too_soon(policy(), [], closed, today) == ()


ISSUED = "发证日期 2023-07-20 还没有到，有证书编号以后本批次的发证日期不能再改"
GRADES = (
    "「首批」的成绩还没有申报完成（甲学院、乙学院），编号以后成绩有变化的，证书须由总部核实或作废"
)


@pytest.mark.parametrize(
    ("today", "waiting", "told"),
    [
        (
            date(2023, 7, 16),
            ["甲学院", "乙学院"],
            (
                f"「首批」还没有结束（{FILING}，{REVIEW}），以后准予毕业的另外编号，排在这次之后",
                ISSUED,
                GRADES,
            ),
        ),
        (date(2023, 7, 19), [], (ISSUED,)),
        (date(2023, 7, 20), ["甲学院", "乙学院"], (GRADES,)),
        (date(2023, 7, 20), [], ()),
    ],
)
def test_who_is_numbered_early_has_a_certificate_that_can_not_change(today, waiting, told):
    assert numbered_too_soon(policy(), ["首批"], (), today, {"首批": waiting}) == told
