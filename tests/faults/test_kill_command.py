"""K02: kill -9 of a command in an import, an export, a print; called again it ends, and nothing is
lost or twice.

The worker comes after it in one turn and before it in the next: what the killed one left is the
same to both.
"""

import pytest

from tests.faults.long_works import OF_COMMANDS, killed_and_ended

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("usual", OF_COMMANDS, indirect=True, scope="module")
def test_K02_killed_in_the_middle_the_same_command_ends_it(usual):
    killed_and_ended(usual)
