"""Which versions of a policy give more time: by what a person gets on a day, whatever a round is called."""

from dataclasses import replace
from datetime import date

import pytest

from graduand.rulebook.season.extended_deadlines import find_extensions
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import RoundKind
from tests.rulebook.plain import notice


def turn(name, opens, closes, photo=None, kind=RoundKind.NORMAL):
    return RoundPolicy(
        name, kind, *(day and date(2023, *day) for day in (opens, closes, None, photo))
    )


def policy(*rounds, closes_at=date(2023, 10, 12)):
    return replace(BatchPolicy.from_dict(notice()), rounds=rounds, closes_at=closes_at)


FIRST = turn("首批", (7, 6), (7, 16))
SECOND = turn("第二批", (9, 4), (10, 12), (8, 30))
BOTH = policy(FIRST, SECOND)
SHORT = policy(FIRST, turn("第二批", (9, 4), (10, 5), (8, 20)))
EARLY = policy(FIRST, SECOND, turn("续读本科", (7, 6), (8, 28), None, RoundKind.EARLY))
MOVED = policy(FIRST, turn("另一批", (8, 1), (8, 31), (10, 1)))


@pytest.mark.parametrize(
    ("so_far", "new", "said"),
    [
        ([], BOTH, ()),
        ([BOTH], BOTH, ()),
        ([BOTH], SHORT, ()),
        ([BOTH], policy(FIRST), ()),
        # where nobody could apply any more, or not yet
        (
            [BOTH],
            policy(FIRST, SECOND, turn("第三批", (8, 1), (8, 20), (10, 1))),
            ("「第三批」2023-08-01 起可以申请，此前「首批」已于 2023-07-16 截止",),
        ),
        (
            [BOTH],
            policy(FIRST, turn("第二批", (7, 17), (10, 12), (8, 30))),
            ("「第二批」2023-07-17 起可以申请，此前「首批」已于 2023-07-16 截止",),
        ),
        ([BOTH], policy(turn("预报", (6, 20), (7, 5)), FIRST, SECOND), ()),
        (
            [EARLY],
            policy(FIRST, SECOND, turn("续读本科", (7, 17), (8, 20))),
            ("「续读本科」2023-07-17 起可以申请，此前「首批」已于 2023-07-16 截止",),
        ),
        (
            [BOTH],
            policy(FIRST, SECOND, closes_at=date(2023, 10, 20)),
            ("批次截止 2023-10-12 改为 2023-10-20",),
        ),
        (
            [BOTH],
            policy(FIRST, turn("第二批", (9, 4), (10, 12), (9, 1))),
            ("「第二批」照片截止 2023-08-30 改为 2023-09-01",),
        ),
        (
            [BOTH],
            policy(FIRST, turn("第二批", (9, 4), (10, 12))),
            ("「第二批」照片截止 2023-08-30 改为 不限",),
        ),
        (
            [BOTH],
            policy(turn("首批", (7, 6), (7, 20)), SECOND),
            ("「首批」申请截止 2023-07-16 改为 2023-07-20",),
        ),
        # by another name
        (
            [BOTH],
            policy(FIRST, turn("第二批改", (9, 4), (10, 12), (10, 10))),
            ("「第二批改」照片截止 2023-10-10，晚于同期「第二批」的 2023-08-30",),
        ),
        ([BOTH], policy(FIRST, turn("第二批改", (9, 20), (10, 12), (8, 30))), ()),
        (
            [BOTH],
            policy(turn("首批改", (7, 1), (7, 20)), SECOND),
            ("「首批改」申请截止 2023-07-20，晚于同期「首批」的 2023-07-16",),
        ),
        # cut in two, the second half with a later day
        (
            [BOTH],
            policy(
                FIRST,
                turn("第二批", (9, 4), (9, 20), (8, 30)),
                turn("第三批", (9, 21), (10, 12), (9, 30)),
            ),
            ("「第三批」照片截止 2023-09-30，晚于同期「第二批」的 2023-08-30",),
        ),
        # left out for a while, and again with a later day
        (
            [BOTH, policy(FIRST)],
            policy(FIRST, turn("第二批", (9, 4), (10, 12), (10, 10))),
            ("「第二批」照片截止 2023-08-30 改为 2023-10-10",),
        ),
        (
            [BOTH, policy(FIRST)],
            policy(FIRST, turn("新批", (9, 4), (10, 12), (10, 10))),
            ("「新批」照片截止 2023-10-10，晚于同期「第二批」的 2023-08-30",),
        ),
        # first to other days, and from there back over the old ones
        (
            [BOTH, MOVED],
            policy(FIRST, turn("另一批", (8, 1), (10, 12), (10, 1))),
            (
                "「另一批」照片截止 2023-10-01，晚于同期「第二批」的 2023-08-30",
                "「另一批」申请截止 2023-08-31 改为 2023-10-12",
            ),
        ),
        # what was shortened is not given back by one person, what two gave is not asked for again
        (
            [BOTH, SHORT],
            BOTH,
            (
                "「第二批」照片截止 2023-08-20 改为 2023-08-30",
                "「第二批」申请截止 2023-10-05 改为 2023-10-12",
            ),
        ),
        ([SHORT, BOTH], BOTH, ()),
        # an early round for whom a normal one was there before
        (
            [BOTH],
            policy(FIRST, SECOND, turn("续读本科", (9, 4), (9, 10), (9, 5), RoundKind.EARLY)),
            ("「续读本科」照片截止 2023-09-05，晚于同期「第二批」的 2023-08-30",),
        ),
        (
            [policy(turn("续读本科", (7, 1), (9, 4), (6, 20), RoundKind.EARLY), SECOND)],
            policy(turn("续读本科", (7, 1), (9, 4), (6, 20), RoundKind.EARLY), SECOND),
            (),
        ),
    ],
)
def test_四_2_2_what_gives_somebody_more_time(so_far, new, said):
    assert find_extensions(so_far, new).sentences == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, date(2023, 10, 1), ()),
        (date(2023, 10, 1), date(2023, 9, 30), ()),
        (date(2023, 10, 1), date(2023, 10, 2), ("学位申请截止 2023-10-01 改为 2023-10-02",)),
        (date(2023, 10, 1), None, ("学位申请截止 2023-10-01 改为 不限",)),
    ],
)
def test_a_longer_degree_window_is_more_time_too(before, after, said):
    one, other = (replace(BOTH, degree=replace(BOTH.degree, closes=day)) for day in (before, after))
    assert find_extensions([one], other).sentences == said
