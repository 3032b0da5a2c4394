"""What a 正常 of the registry is worth to a case that was upheld already (notice 四.1)."""

from __future__ import annotations

from datetime import date

from graduand.rulebook.facts import Facts
from graduand.rulebook.terms import CaseState


def weighed(normal: date, rested_on: date | None) -> bool:
    """Whether the 正常 of this 数据日期 existed when the case was upheld, a decision that rested on that
    of `rested_on`.

    A row that was considered then is no new evidence: nobody files with it alone, and the case
    waits for nobody. That holds also when the same row is imported once more.
    """
    return rested_on is not None and normal <= rested_on


def is_weighed(facts: Facts) -> bool:
    """Whether a filing would rest on a 正常 that was considered when the case was upheld."""
    case = facts.case
    if facts.chsi is None or facts.chsi.normal_again is None or case is None:
        return False
    return case.state is CaseState.UPHELD and weighed(facts.chsi.normal_again, case.rested_on)
