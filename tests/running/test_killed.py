"""The background work is killed while a clerk works in the pages: they stay, and what was ordered is done."""

import os
import signal
import threading
import time

import pytest

from tests.management.installation.test_supervisor import is_alive
from tests.running.conftest import MANY
from tests.running.program import Program
from tests.running.season import Season, known_people

pytestmark = pytest.mark.running
DAY = "2023-09-06T10:00"
LEASE = 60  # seconds, of an installation that was told nothing else


@pytest.fixture(scope="module")
def season(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season(program.start(DAY), tmp_path_factory.mktemp("sent"))


@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.6])
def test_the_worker_is_killed_and_the_clerk_notices_no_more_than_a_wait(season, seconds):
    """So long after the clerk begins to send a workbook of marks; what was under way is not left to its lease."""
    visitor, begun = season.who("xueyuan1"), time.monotonic()
    assert visitor.go("/").status == 200
    killer = threading.Timer(seconds, season.program.kill_worker)
    killer.start()
    done = season.results(known_people(MANY))
    killer.join()
    assert "新增 0 更新 0 未变 1,488 有误 0" in done.main
    assert time.monotonic() - begun < LEASE
    season.program.settle()
    assert season.program.look("violations") == []
    assert "后台处理被信号 9 结束，现在重新启动" in season.program.log()


def test_a_worker_that_somebody_stops_is_followed_and_the_pages_stay(season):
    """Not `serve` stops it: no page and no ordered work may be lost by that."""
    season.at(DAY)  # the tests before have killed workers, too
    season.results(known_people(MANY))  # who has worked has begun, and obeys
    program, before = season.program, len(season.program.log())
    os.kill(gone := program.worker(), signal.SIGTERM)
    ends = time.monotonic() + 20
    while program.worker() in (0, gone):
        assert time.monotonic() < ends, program.log()
        time.sleep(0.1)
    assert "后台处理收到停止信号后停止，现在重新启动" in program.log()[before:]
    assert (program.process.poll(), season.who("xueyuan1").go("/").status) == (None, 200)


def test_pages_whose_process_is_killed_are_made_by_another(season):
    for pid in (killed := season.program.page_processes()):
        os.kill(pid, signal.SIGKILL)
    ends = time.monotonic() + 30
    while not season.program.answers() or set(season.program.page_processes()) & set(killed):
        assert time.monotonic() < ends, season.program.log()
        time.sleep(0.2)
    assert season.who("xueyuan1").go("/").status == 200  # and the one who is signed in stays so


def test_pages_that_are_gone_are_noticed_while_the_next_worker_is_waited_for(season):
    """A worker that is killed again and again is followed later each time; `serve` ends at once all the same."""
    program = season.program.again(DAY)  # the tests before have killed workers, too
    pages, before = program.page_server(), len(program.log())
    for _ in range(3):  # waited for a second, two seconds, four
        program.kill_worker()
    program.end_worker()
    ends = time.monotonic() + 5
    while "8 秒后重新启动" not in program.log()[before:]:
        assert time.monotonic() < ends, program.log()
        time.sleep(0.1)
    os.kill(pages, signal.SIGTERM)
    begun = time.monotonic()
    assert program.process.wait(20) != 0
    assert time.monotonic() - begun < 6, program.log()
    assert (program.worker(), "后台处理也随之停止" in program.log()[before:]) == (0, True)


def test_no_process_of_pages_outlives_a_server_that_is_killed(season):
    """Else they keep the port, answer without a worker, and `serve` can't be started again."""
    program = season.program.again(DAY)
    pages, server = program.page_processes(), program.page_server()
    assert len(pages) > 0
    os.kill(server, signal.SIGKILL)
    assert program.process.wait(20) != 0
    ends = time.monotonic() + 10
    while any(is_alive(pid) for pid in pages):
        assert time.monotonic() < ends, program.log()
        time.sleep(0.1)
    assert not program.answers()
