"""What a 正常 of the registry is worth to a case that was decided already (notice 四.1)."""

from __future__ import annotations

from datetime import datetime


def weighed(brought: datetime | None, decided: datetime | None) -> bool:
    """Whether a row that came in at `brought` lay there when the case was upheld at `decided`.

    What was weighed then is no new evidence: nobody files with it alone, and the case waits for
    nobody. A row without a moment, and a case that was not decided, weigh nothing.
    """
    return brought is not None and decided is not None and brought < decided
