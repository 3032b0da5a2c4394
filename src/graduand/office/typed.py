"""What a person typed as a reason, a note or a basis, before anybody judges whether there is one."""

from __future__ import annotations

from graduand.logs import scrub
from graduand.office.refusal import Refused
from graduand.rulebook.canon import BadText, canon_words


def words(text: str) -> str:
    """`text` as it is kept: canonical, persons' numbers masked; "" when nobody could see any of it. Raises Refused."""
    try:
        return scrub(canon_words(text))
    except BadText as problem:
        raise Refused(problem.message) from problem
