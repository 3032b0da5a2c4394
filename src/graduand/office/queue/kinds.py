"""What the queue knows of a kind of work: how it goes on, what must end with it, and its words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from graduand.queries import clock
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, JobState

# Work due once a day that failed is tried again sooner: its cause may have been fixed.
AFTER_FAILURE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """The state of work after one piece.

    It is due again by itself on the day `again_on` or at the moment `again_at` (real time).
    `message` is shown on its page.
    """

    done: int
    total: int
    ended: bool
    again_on: date | None = None
    again_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class WorkSummary:
    """What pages say of one subject of a kind: its title, and what its own row knows better than
    the job's.

    Times are business time. `succeeded` and `refused` are counts, where the kind has any.
    `through`: its own row says that all of it is done. `ended_as`: how it ended in the words of its
    kind, where those are not of the queue, beside the state that comes nearest. `message` is the
    result in a few words.
    """

    title: str
    ordered_at: datetime | None = None
    done: int | None = None
    total: int | None = None
    ended_at: datetime | None = None
    succeeded: int | None = None
    refused: int | None = None
    through: bool = False
    message: str = ""
    ended_as: tuple[JobState, str] | None = None


class Duty:
    """A kind of work. A worker makes one instance of each, which holds what the kind has running in
    that process.

    Work that is `stoppable` may be stopped between two pieces; `after_stop` says what was kept and
    what to do next, with the counts {done} and {left}. Work that is `resumable` goes on where it
    was stopped, work that is `retryable` where it was given up; `before_first` is said where it was
    stopped before its first piece, and differs where the order itself changed something. The end of
    work that `ends_itself` is in a row of its own; when it also `closes`, its job goes on until
    everything that follows the end is done. Work of one `desk` is stopped and continued there: by
    the person who ordered it only while at that desk.
    """

    kind: ClassVar[WorkKind]
    resumable: ClassVar[bool] = False
    retryable: ClassVar[bool] = True
    stoppable: ClassVar[bool] = True
    ends_itself: ClassVar[bool] = False
    closes: ClassVar[bool] = False
    after_stop: ClassVar[str] = ""
    before_first: ClassVar[str] = "还没有开始办理，没有任何变化。"
    desk: ClassVar[Desk | None] = None

    def advance(self, subject: int) -> WorkProgress:
        """Do the next piece. Each commits by itself, so that a killed worker costs time and nothing
        else.
        """
        raise NotImplementedError

    def undo(self, subject: int) -> None:
        """Undo stopped work that may not stay half done, in the transaction that stops it."""

    @classmethod
    def may_end(cls, subject: int) -> bool:
        """Whether work on this subject may be stopped, and continued, by anybody."""
        return cls.stoppable

    def end(self, subject: int, by: int) -> bool:
        """End work that `ends_itself`, on behalf of `by`; returns whether it had not ended before."""
        raise NotImplementedError

    @classmethod
    def too_late(cls, subject: int) -> bool:
        """Whether what could be stopped is done already; the little that follows is not stopped."""
        return False

    @classmethod
    def after_stop_of(cls, subject: int) -> str:
        """What `after_stop` says of this subject."""
        return cls.after_stop

    def again_after_failure(self) -> timedelta | None:
        """After how long work that was given up is due again by itself; None when somebody has to
        order it anew.
        """
        return None

    def leave(self, subject: int) -> None:
        """Release what it left running in this process: it is not continued here for now."""

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        """What to say of these subjects, at most one query; one that is gone, or has nothing to
        tell, is left out.
        """
        return {}

    @classmethod
    def page(cls, subject: int) -> str:
        """The address of the result for the person who ordered it: the job's own, unless the work
        has a page elsewhere.
        """
        return job_address(cls.kind.value, subject)


class Periodic(Duty):
    """Recurring work, in one piece: `every` so often, or on every business day.

    A failure is noted on its row; it is due again all the same, and other work does not wait for
    it.
    """

    every: ClassVar[timedelta | None] = None
    stoppable = False

    def work(self) -> str:
        """Do the work; returns what was done, in a sentence."""
        raise NotImplementedError

    def advance(self, subject: int) -> WorkProgress:
        sentence = self.work()
        if self.every is None:
            return WorkProgress(
                1, 1, ended=True, again_on=clock.today() + timedelta(days=1), message=sentence
            )
        return WorkProgress(
            1, 1, ended=True, again_at=clock.real_now() + self.every, message=sentence
        )

    def again_after_failure(self) -> timedelta | None:
        if self.every is None:
            return AFTER_FAILURE
        return self.every


def job_address(kind: str, subject: int) -> str:
    """The page of one job."""
    return f"/jobs/{kind}/{subject}"


class Registry:
    """Every kind of work by its name; `office.duties` fills it when the program starts."""

    def __init__(self) -> None:
        self.duties: dict[str, type[Duty]] = {}

    def add(self, *duties: type[Duty]) -> None:
        """Make kinds known; the same one again changes nothing."""
        self.duties.update({duty.kind.value: duty for duty in duties})

    def of(self, kind: str) -> type[Duty]:
        """The class of a kind."""
        return self.duties[kind]

    def made(self) -> Mapping[str, Duty]:
        """One of each, for one worker."""
        return {kind: duty() for kind, duty in self.duties.items()}


registry = Registry()
