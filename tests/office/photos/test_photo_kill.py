"""kill -9 in the middle of ten dozen photos: the worker, then one of its measuring processes. Nothing twice, nothing lost."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from graduand.models import Intake, Job, PhotoRow, PhotoUpload, Student
from graduand.office.people import own_accounts
from graduand.office.photos import uploads
from graduand.queries import clock
from graduand.rulebook.terms import Desk, PhotoKind
from tests import factories, jobs
from tests.machine import needs
from tests.material.portraits import face, zipped

ROOT = Path(__file__).resolve().parents[3]
PATIENCE, MANY = 60, 120
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def sent(tmp_path):
    """Ten dozen good photos, sent and begun."""
    needs.library("cv2")
    season = factories.make_season()
    factories.enrol(season, MANY, photo=False)
    numbers = Student.objects.order_by("number").values_list("number", flat=True)
    path = zipped(
        tmp_path / "photos.zip",
        {f"{number}.jpg": face(place) for place, number in enumerate(numbers)},
    )
    by = own_accounts.program(Desk.CENTRE)
    return uploads.begin(uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), by))


def worker(name):
    """A worker process on this test's database, with its measuring processes in its own group."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    words = [
        sys.executable,
        "-m",
        "tests.faults.photo_worker",
        str(connection.settings_dict["NAME"]),
        name,
    ]
    return subprocess.Popen(words, env=environment, cwd=ROOT, start_new_session=True)


def until(condition, what):
    """Wait for it."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(what)


def cursor(upload):
    return PhotoUpload.objects.values_list("cursor", flat=True).get(pk=upload.pk)


def children(pid):
    """The processes below one, as the system lists them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = folder.read_text()
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[1]) == pid:
            found.append(int(folder.parent.name))
    return found


def alive(pids):
    return [
        pid
        for pid in pids
        if Path(f"/proc/{pid}").exists()
        and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    ]


def lease_runs_out():
    Job.objects.update(leased_until=clock.real_now() - timedelta(seconds=1))


def nothing_twice_nothing_lost(upload):
    done = PhotoUpload.objects.get(pk=upload.pk)
    outcomes = list(done.checks.order_by("place").values_list("outcome", flat=True))
    assert (done.cursor, done.finished_at is not None, outcomes) == (MANY, True, ["created"] * MANY)
    assert (PhotoRow.objects.count(), PhotoRow.objects.values("student").distinct().count()) == (
        MANY,
        MANY,
    )
    assert list(Intake.objects.values_list("rows", "created", "refused")) == [(MANY, MANY, 0)]


def test_K02_a_killed_worker_is_followed_by_the_next(sent):
    one = worker("one")
    until(
        lambda: 20 <= cursor(sent) < MANY, "the first worker did not come as far as its second step"
    )
    below = children(one.pid)
    one.kill()
    one.wait()
    stopped = cursor(sent)
    assert 20 <= stopped < MANY
    until(lambda: not alive(below), "the measuring processes outlived their worker")
    early = jobs.claim("early")  # the lease still holds; other work there may be
    assert early is None or early.kind != "photos"
    time.sleep(0.3)
    assert cursor(sent) == stopped  # the control: without another worker nothing goes on
    lease_runs_out()
    assert worker("two").wait(PATIENCE) == 0
    nothing_twice_nothing_lost(sent)
    assert Job.objects.get(kind="photos").state == "done"


def test_K02_a_killed_measuring_process_is_replaced(sent):
    one = worker("one")
    until(lambda: 20 <= cursor(sent) < MANY, "the worker did not come as far as its second step")
    measuring = [
        pid for pid in children(one.pid) if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    assert measuring != []
    os.kill(measuring[0], signal.SIGKILL)
    assert one.wait(PATIENCE) == 0
    nothing_twice_nothing_lost(sent)
    assert Job.objects.get(kind="photos").strikes == 0
