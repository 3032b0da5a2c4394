"""K02: kill -9 of the worker in long work; the next one ends it, and nothing is lost, twice or
stale.

That the same works fail without their transactions is shown statement by statement in
`test_kill.py`, and for imports in `test_plans_killed.py`.
"""

import pytest

from tests.faults.long_works import OF_THE_WORKER, PATIENCE, WORKER, killed, killed_and_ended

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("usual", OF_THE_WORKER, indirect=True, scope="module")
def test_K02_killed_in_the_middle_the_next_worker_ends_it(usual):
    killed_and_ended(usual)


@pytest.mark.parametrize("usual", ["sheets"], indirect=True, scope="module")
def test_K02_control_work_that_nobody_goes_on_with_is_seen(usual):
    # early: of work killed at its end only the judging is left, and that comes again by itself
    place, _, said = killed(usual, f"{usual.name} forgotten", share=0.1)
    place.do("forget")
    assert (said, place.start(WORKER).wait(PATIENCE)) == (said, 0)
    assert place.do("look") != usual.seen
