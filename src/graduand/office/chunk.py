"""One transaction of an act: what its effects need to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from graduand.models import Act
from graduand.queries.verdicts import Verdict
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.gates import Basis
from graduand.rulebook.steps import Step
from graduand.rulebook.terms import Verb
from graduand.rulebook.words import label_of


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is being done in one transaction."""

    act: Act
    step: Step
    asked: ActDetails
    basis: Basis
    at: datetime
    places: dict[int, int]

    @property
    def verb(self) -> Verb:
        return self.step.verb

    @property
    def why(self) -> str:
        """Why it is done, as it is kept with a certificate that is taken back: the note, else the
        label of the reason.
        """
        return (self.asked.note or label_of(self.asked.reason))[:200]


Numbers = dict[int, str]
Effect = Callable[[Chunk, dict[int, Verdict]], Numbers]
