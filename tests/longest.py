"""The test files that take longest: they are run first, so that the processes of a run end
together.

A file stays with one process (`--dist loadfile`). If the longest came last, one process would work
on it alone for minutes while the other one has nothing to do. `--durations=40` shows when the
seconds here are out of date.
"""

from collections import Counter
from collections.abc import Sequence

# path below tests/: seconds on two cores, roughly, on the slower engine
SECONDS = {
    "journeys/test_axe.py": 600,
    "damaged/test_sheets.py": 440,
    "office/races/test_any_season.py": 300,
    "management/installation/test_console.py": 150,
    "benchmarks/test_bench.py": 130,
    "journeys/test_whole_season.py": 120,
    "faults/test_kill.py": 120,
    "running/test_season.py": 110,
    "faults/test_kill_worker.py": 100,
    "faults/test_kill_command.py": 100,
    "demo/test_season.py": 100,
    "running/test_killed.py": 80,
    "management/installation/test_faults.py": 80,
    "models/test_tables_at_once.py": 70,
    "management/installation/test_page_process.py": 60,
    "demo/test_on_server.py": 60,
    "office/installation/test_homes.py": 50,
    "journeys/test_five_thousand.py": 50,
    "journeys/photos/test_photo_station.py": 50,
    "security/test_access_matrix.py": 60,
    "running/test_slice.py": 50,
    "office/test_against_the_oracle.py": 50,
    "office/races/test_any_order.py": 40,
    "office/photos/test_photo_kill.py": 40,
    "demo/test_as_served.py": 40,
}
EACH = 0.2  # seconds per test in a file that is not named here


def longest_first(files: Sequence[str]) -> list[int]:
    """The order in which to run tests, given the file of each: positions in `files`, with the tests
    of a file together.
    """
    tests = Counter(files)

    def key(place: int) -> tuple[float, str, int]:
        file = files[place]
        return -SECONDS.get(file, tests[file] * EACH), file, place

    return sorted(range(len(files)), key=key)
