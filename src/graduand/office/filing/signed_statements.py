"""What students have signed for a deferral: a scan of each statement, or a note on where the papers
are kept (annex 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from graduand.models import Act, Statement


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as it is stored: its kind, the hash of its bytes, the hash under which the sealed
    bytes are stored.
    """

    kind: str
    sha256: str
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class SignedStatements:
    """The statements that come with a deferral: a scan for each candidate, or a note on where the
    papers are kept.
    """

    scans: Mapping[int, Scan] = field(default_factory=dict)
    signed_on: date | None = None
    place: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """What the act records of the statements."""
        if self.scans:
            return {"papers": len(self.scans)}
        return {"place": self.place}

    def row(self, act: Act, candidate: int) -> Statement:
        """What is stored of one candidate's statement."""
        scan = self.scans.get(candidate)
        if scan is None:
            return Statement(
                act=act, candidate_id=candidate, signed_on=self.signed_on, place=self.place
            )
        return Statement(
            act=act,
            candidate_id=candidate,
            kind=scan.kind,
            sha256=scan.sha256,
            file=scan.file,
            size=scan.size,
        )
