"""One transaction of an act: what its effects need to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from graduand.models import Act
from graduand.queries.verdicts import Verdict
from graduand.rulebook.facts import Asked
from graduand.rulebook.gates import Bench
from graduand.rulebook.journey import Step
from graduand.rulebook.terms import Verb


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is being done in one transaction."""

    act: Act
    step: Step
    asked: Asked
    bench: Bench
    at: datetime
    places: dict[int, int]

    @property
    def verb(self) -> Verb:
        return self.step.verb


Numbers = dict[int, str]
Effect = Callable[[Chunk, dict[int, Verdict]], Numbers]
