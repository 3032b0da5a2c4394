"""Files, batches and acts that a gate looks at: in order, and with one thing that is not."""

from dataclasses import replace
from datetime import UTC, date, datetime

from graduand.rulebook.facts import Case
from graduand.rulebook.terms import (
    CaseState,
    ChsiVerdict,
    Stage,
)
from tests.rulebook.plain import asked, basis, facts

# In order: the file, what is asked, the batch.
F = facts()
A = asked()
B = basis()


def handover_details(**said):
    """Somebody who hands a certificate over to the student in person, unless `said` says otherwise."""
    return asked(**{"carrier": "", "tracking": "", **said})


# Two people want the closed batch open again, and its list is not back yet.
COMING_BACK = replace(B, closed_on=date(2023, 7, 10), reopening=True)
CLOSING = replace(B, closing=True)
LISTED = facts()
APPLIED = facts(Stage.APPLIED)
APPROVED = facts(Stage.APPROVED)
LIMITED = {"opens": date(2023, 7, 12), "closes": date(2025, 7, 20)}
WINDOW = basis(degree=LIMITED)
EARLY = asked(round_name="续读本科")


def chsi(**changes):
    return facts(chsi=F.chsi._replace(**changes))


def photo(**changes):
    return facts(photo=F.photo._replace(**changes))


def paper(**changes):
    return facts(paper=replace(F.paper, **changes))


def old_paper(stage: Stage):
    """A file at `stage` whose paper says what was amended since."""
    return facts(stage, paper=replace(F.paper, old_since=date(2023, 7, 11)))


def doubted(state: CaseState, **changes):
    """A file whose case stands at `state`: 11 submitted it, 12 reported it."""
    opened = datetime(2023, 7, 2, 9, tzinfo=UTC)
    return facts(
        case=Case(state, ChsiVerdict.UNSURE, opened, frozenset({11}), frozenset({12})), **changes
    )


def in_another_batch():
    """A case whose steps stand in the person's file of 202401."""
    known = doubted(CaseState.OPEN)
    return known._replace(case=known.case._replace(elsewhere="202401"))


NORMAL_AGAIN = F.chsi._replace(doubt_day=date(2023, 6, 1))


def brought_by(user: int, **changes):
    """An upheld case and a newer 正常 that `user` imported."""
    known = doubted(CaseState.UPHELD, **{"chsi": NORMAL_AGAIN, **changes})
    return known._replace(case=known.case._replace(normal_by=user))


def nobodys_normal():
    """The same, imported by a command that named nobody."""
    known = brought_by(13)
    return known._replace(case=known.case._replace(nobodys_normal=True))


ALONE = asked(second=None, reason=None)


def on(day: date, **changes):
    return basis(day, **changes)
