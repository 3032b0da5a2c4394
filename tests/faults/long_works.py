"""Long work for a crowd: who does it, how long that takes, and how it is killed at a moment of that time."""

import random
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from graduand.rulebook.queue.work_terms import PERIODIC
from tests.faults.laboratory import KILLED, SAMPLE, Place

KILLS = 3 if SAMPLE else 25
PATIENCE, TRIES = 120.0, 8
WORKER = ("worker", "--once")
COMMANDED = "SELECT count(*) FROM graduand_accountevent WHERE deed = 'commanded'"
# Work that was ordered, or that follows it; not what comes by itself.
_ORDERED = f"kind NOT IN ({', '.join(repr(kind.value) for kind in sorted(PERIODIC))})"
LEFT = f"SELECT count(*) FROM graduand_job WHERE state <> 'done' AND {_ORDERED}"


def begun(kind: str) -> str:
    """Whether a worker has taken work of this kind, asked of the database."""
    return f"SELECT count(*) FROM graduand_job WHERE kind = '{kind}' AND state <> 'waiting'"


@dataclass(frozen=True)
class Work:
    """The crowd it is done for, the process that does it, what the database counts once that has
    begun.

    What it needs beside the crowd is prepared by `crowd.py` under the name of the work.
    """

    crowd: str
    words: tuple[str, ...]
    begun: str

    def endings(self, turn: int) -> list[tuple[str, ...]]:
        """Who comes after a kill: the worker; or the same command again, before the worker or after it."""
        if self.words == WORKER:
            return [WORKER]
        return [self.words, WORKER] if turn % 2 == 0 else [WORKER, self.words]


# The words after `graduand`, as somebody types them.
IMPORT = ("import", "results", "90.csv", "--as", "college1")
ZIP = ("photos", "import", "photos.zip", "--kind", "毕业照片", "--overwrite", "--as", "clerk1")
EXPORT = ("export", "chsi", "202307", "--out", "out")
PAPERS = ("papers", "202307", "--kind", "成绩单", "--centre", "C1", "--out", "out")
WORKS = {
    "act": Work("listed", WORKER, begun("act")),
    "audit": Work("listed", WORKER, begun("audit")),
    "sheets": Work("listed", WORKER, begun("sheet")),
    "photos": Work("listed", WORKER, begun("photos")),
    "import": Work("listed", IMPORT, COMMANDED),
    "zip": Work("listed", ZIP, COMMANDED),
    "export": Work("numbered", EXPORT, COMMANDED),
    "papers": Work("numbered", PAPERS, COMMANDED),
}
OF_THE_WORKER = [name for name, work in WORKS.items() if work.words == WORKER]
OF_COMMANDS = [name for name, work in WORKS.items() if work.words != WORKER]


@dataclass
class SteadyClock:
    """A work prepared, what it looks like when nobody is killed, and how long it takes from its beginning to its end."""

    name: str
    before: Place
    seen: dict[str, Any]
    seconds: float

    @classmethod
    def of(cls, name: str, crowd: Place) -> "SteadyClock":
        """The work is prepared for a copy of the crowd, and done once."""
        work, laboratory = WORKS[name], crowd.laboratory
        before = Place.new(laboratory, f"{name}_before", crowd)
        before.prepare(name)
        place = Place.new(laboratory, f"{name}_smooth", before)
        process, began = at_work(place, work), time.monotonic()
        ended = time_of_end(place, process, work)
        assert process.wait(PATIENCE) == 0
        assert place.start(WORKER).wait(PATIENCE) == 0
        seen = place.do("look")
        assert (seen["violations"], seen["open"], seen["writing"], seen["drafts"]) == ([], [], 0, 0)
        return cls(name, before, seen, ended - began)

    @property
    def work(self) -> Work:
        return WORKS[self.name]

    def differing(self, seen: dict[str, Any]) -> list[str]:
        """What of it looks otherwise than when nobody was killed."""
        return [what for what, found in seen.items() if found != self.seen[what]]


def at_work(place: Place, work: Work) -> subprocess.Popen[bytes]:
    """A process that has begun the work."""
    process, ends = place.start(work.words), time.monotonic() + PATIENCE
    with place.counting(work.begun) as count:
        while not count() and process.poll() is None:
            assert time.monotonic() < ends, "it does not begin"
            time.sleep(0.005)
    return process


def time_of_end(place: Place, process: subprocess.Popen[bytes], work: Work) -> float:
    """When the last of the work was done: a worker then looks at what comes by itself, a command ends."""
    with place.counting(LEFT) as count:
        while process.poll() is None and (work.words != WORKER or count()):
            time.sleep(0.005)
    return time.monotonic()


def killed(usual: SteadyClock, seed: str, share: float = 1.0) -> tuple[Place, dict[str, Any], str]:
    """(where the work was killed before it was done, what is left, the words that name this kill).

    The moment is drawn from the first `share` of the time that the work takes. Where it had ended
    by then that was no kill: the next one is drawn from a shorter time.
    """
    chance, seconds = random.Random(seed), usual.seconds * share
    for _ in range(TRIES):
        place, delay = (
            Place.new(usual.before.laboratory, "broken", usual.before),
            chance.uniform(0, seconds),
        )
        process = at_work(place, usual.work)
        time.sleep(delay)
        process.kill()
        hit, left = process.wait(PATIENCE) == KILLED, place.do("look")
        undone = usual.differing(left)
        said = f"seed {seed!r}: killed after {delay:.2f} of {seconds:.2f} s, not done: {undone}, {left['open']}"
        if hit and undone:
            print(
                said
            )  # whoever looks at a failure, or asks for it (-rP), sees where the kills hit
            return place, left, said
        seconds *= 0.8
    raise AssertionError(f"seed {seed!r}: the work always ended before it was killed")


def killed_and_ended(usual: SteadyClock) -> None:
    """KILLS times over: nothing is broken by the kill, and whoever comes next makes of it what it is without one."""
    for turn in range(KILLS):
        place, left, said = killed(usual, f"{usual.name} {turn}")
        assert (said, left["violations"]) == (said, [])
        assert (said, left["files"].items() - usual.seen["files"].items()) == (
            said,
            set(),
        )  # no half file
        place.do("lease_runs_out")
        for words in usual.work.endings(turn):
            assert (said, place.start(words).wait(PATIENCE)) == (said, 0), place.told()
        assert (said, usual.differing(place.do("look"))) == (said, []), place.told()
