"""The row of the table of steps: from where, to where, by which desk, judged by which gates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from graduand.rulebook import gates
from graduand.rulebook.certificate_terms import ContentState, DegreePaper, Grounds, Registration
from graduand.rulebook.certificates import paper_gates
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import Gate
from graduand.rulebook.review import side_gates
from graduand.rulebook.terms import CaseState, DegreeState, Desk, Stage, Verb

Place = Stage | DegreeState | CaseState | Registration | ContentState | DegreePaper | Grounds
"""Where something stands; what stands there is the `Track` of a step."""

Origins = tuple[tuple[Place, Desk], ...]

# The gates that may ask for a second person: a step without one of them never waits for a second
# person.
ASK_A_SECOND = frozenset(
    {
        gates.two_people,
        gates.two_people_when_approved,
        side_gates.two_people_but_at_closing,
        side_gates.revised,
        side_gates.not_my_report,
        side_gates.not_my_evidence,
        side_gates.cleared_in_order,
        side_gates.upheld_in_order,
        paper_gates.old_paper_taken_back,
    }
)


class Track(Enum):
    """What a step acts on, by the kind of its places: the file, or a decision beside it."""

    STAGE = Stage
    DEGREE = DegreeState
    CASE = CaseState
    REGISTRATION = Registration
    CONTENT = ContentState
    DEGREE_PAPER = DegreePaper
    GROUNDS = Grounds


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the journey: `origins` says from where, and which desk may do it from there.

    A step of another track leaves the stage alone; `during` are the stages in which it makes sense,
    None for all.
    """

    verb: Verb
    origins: Origins
    target: Place
    gates: tuple[Gate, ...]
    during: frozenset[Stage] | None = None

    @property
    def stages(self) -> frozenset[Place]:
        return frozenset(stage for stage, _ in self.origins)

    @property
    def track(self) -> Track:
        return Track(type(self.target))

    @property
    def two_people(self) -> bool:
        """Whether nobody takes this step alone, on whatever file."""
        return gates.two_people in self.gates

    @property
    def may_take_two(self) -> bool:
        """Whether there are files on which nobody takes this step alone."""
        return not ASK_A_SECOND.isdisjoint(self.gates)

    def place(self, facts: Facts) -> Place | None:
        """Where that stands which the step acts on; None when there is no such thing."""
        if isinstance(self.target, Stage):
            return facts.file.stage
        if isinstance(self.target, DegreeState):
            return facts.file.degree
        if isinstance(self.target, Registration):
            return facts.paper.registration
        if isinstance(self.target, ContentState):
            return facts.content
        if isinstance(self.target, DegreePaper):
            return facts.degree_paper
        if isinstance(self.target, Grounds):
            return facts.grounds
        if not facts.case:
            return None
        return facts.case.state

    @property
    def desk(self) -> Desk:
        """The lowest desk that owns this step: the one a command acts as when nobody is named."""
        return self.origins[0][1]

    def desk_at(self, stage: Place | None) -> Desk | None:
        """The desk that may do this step from `stage`; None when the stage is no origin."""
        return next((desk for origin, desk in self.origins if origin is stage), None)


def origins_of(desk: Desk, *places: Place) -> Origins:
    """Origins of one desk; those of two desks are added."""
    return tuple((place, desk) for place in places)


def by_verb(*steps: Step) -> dict[Verb, Step]:
    """A table of steps, in the order given."""
    return {step.verb: step for step in steps}
