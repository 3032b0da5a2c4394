"""五.3: whoever freezes a roster while its round goes on is told until when."""

from datetime import date

import pytest

from graduand.rulebook.roster_days import too_soon
from tests.rulebook.plain import policy

FILING, REVIEW = "申请在 2023-07-16 或之前", "审核在 2023-07-16 或之前"


@pytest.mark.parametrize(("today", "closed", "why"), [
    (date(2023, 7, 8), (), f"{FILING}，{REVIEW}"),
    (date(2023, 7, 16), (), f"{FILING}，{REVIEW}"),
    (date(2023, 7, 12), ("首批",), REVIEW),
    (date(2023, 7, 17), (), ""),
])  # fmt: skip
def test_五_3_a_round_that_goes_on_brings_people_for_the_next_roster(today, closed, why):
    said = f"「首批」还没有结束（{why}），以后准予毕业的只能列入下一份花名册"
    assert too_soon(policy(), ["首批"], closed, today) == ((said,) if why else ())
    assert too_soon(policy(), [], closed, today) == ()
