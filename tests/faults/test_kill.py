"""K01: kill -9 at every statement of a work. All or nothing a transaction, the next run finishes, no number lost."""

import multiprocessing
import os
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
STRIDE = {"sample": 13}.get(os.environ.get("GRADUAND_FAULTS", ""), 1)
KILLED = -9
ENGINE = os.environ.get("GRADUAND_TEST_ENGINE", "sqlite")


class Laboratory:
    """Databases to break, and processes to break them in: forked from one that has Django loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        self.forks = multiprocessing.get_context("forkserver")
        self.forks.set_forkserver_preload(["tests.faults.child"])

    def database(self, name: str) -> str:
        return str(self.folder / f"{name}.sqlite3") if ENGINE == "sqlite" else f"lab_{name}"

    def copy(self, source: str | None, name: str) -> str:
        """A fresh database, a copy of `source` or empty."""
        target = self.database(name)
        if ENGINE == "sqlite":
            for tail in ("", "-wal", "-shm"):
                Path(target + tail).unlink(missing_ok=True)
            if source is not None:
                shutil.copyfile(source, target)
            return target
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {target}" + (f" TEMPLATE {source}" if source else ""))
        return target

    def run(self, **job: Any) -> Any:
        """The result of a job, or KILLED."""
        here, there = self.forks.Pipe(duplex=False)
        from tests.faults.child import run  # needs Django to be set up

        process = self.forks.Process(target=run, args=(job, there))
        process.start()
        there.close()
        answer = (False, "no answer")
        try:
            if here.poll(60):
                answer = here.recv()
        except EOFError:
            answer = (True, KILLED)
        process.join(60)
        assert answer[0], answer[1]
        assert (answer[1] == KILLED) == (process.exitcode == KILLED)
        return answer[1]


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    folder = Path(settings.GRADUAND_HOME) / "laboratory"
    folder.mkdir()
    lab = Laboratory(folder)
    lab.run(do="migrate", work="", database=lab.copy(None, "empty"))
    return lab


def prepared(lab: Laboratory, work: str) -> tuple[str, int, dict[str, Any]]:
    """(the database before the work, how many places there are to be killed at, what it looks like at the end)."""
    before = lab.copy(lab.database("empty"), f"before_{work}")
    lab.run(do="prepare", work=work, database=before)
    smooth = lab.copy(before, "smooth")
    places = lab.run(do="work", work=work, database=smooth)
    assert places > 10
    return before, places, lab.run(do="picture", work=work, database=smooth)


EVERY_WORK = ["apply", "roster", "certify", "file", "audit", "close", "reopen", "rejudge", "swap", "import", "plan", "photos"]


@pytest.mark.parametrize("work", EVERY_WORK)
def test_K01_killed_at_every_statement(laboratory, work):
    before, places, smooth = prepared(laboratory, work)
    for at in range(1, places + 1, STRIDE):
        broken = laboratory.copy(before, "broken")
        assert laboratory.run(do="work", work=work, database=broken, at=at) == KILLED
        after_kill, after_finish, picture = laboratory.run(do="finish", work=work, database=broken)
        assert (at, after_kill, after_finish) == (at, [], [])
        assert picture == smooth, f"killed at {at}"


@pytest.mark.parametrize("work", ["apply", "certify", "photos"])
def test_K01_negative_control_without_transactions_the_oracle_complains(laboratory, work):
    """The same kills with `atomic` taken out: half a chunk is left, and the oracle must see it."""
    before, places, _ = prepared(laboratory, work)
    seen = []
    for at in range(places, 0, -1):  # from the end, where the writing is
        broken = laboratory.copy(before, "broken")
        if laboratory.run(do="work", work=work, database=broken, at=at, unguarded=True) != KILLED:
            continue  # without transactions there are fewer statements
        seen += laboratory.run(do="finish", work=work, database=broken)[0]
        if len(seen) > 3:
            break
    assert seen != []
