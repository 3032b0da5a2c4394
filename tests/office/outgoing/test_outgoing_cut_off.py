"""What leaves and is cut off: killed, broken off, or kept from its place or its record."""

import errno
import hashlib
import multiprocessing
import os
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError

from graduand.models import Consent, Export, Outgoing, OutgoingEnd
from graduand.office.outgoing import drafts, export_runs, exports
from graduand.office.people.second_person import consents
from graduand.queries import clock
from tests.office.outgoing.export_runs import (
    PIECES,
    agreed,
    begun,
    clerk,
    ends,
    folders,
    own_folder,
)

__all__ = ["agreed", "clerk", "own_folder"]  # fixtures


def hold_and_wait(told) -> None:
    """Runs in the process that is killed."""
    told.send([drafts.hold().name for _ in range(2)])
    time.sleep(60)


@pytest.fixture
def writer():
    """(the process, the folders that it holds) of somebody who is writing two files."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold_and_wait, args=(theirs,))
    process.start()
    yield process, ours.recv()
    process.kill()
    process.join()


@pytest.mark.django_db
def test_a_record_whose_process_was_killed_is_marked_by_the_sweep_and_no_other(
    clerk, writer, season, agreed
):
    process, (first, second) = writer
    alive, consent = begun(clerk), agreed
    consents.use_export(consent)
    common = {"by_id": clerk.user_id, "at": clock.now(), "rows": 5}
    Outgoing.objects.create(
        serial=7, listing="candidates", personal=False, consent=consent, draft=first, **common
    )
    Export.objects.create(
        batch=season.batch, kind="chsi", run=1, name="x.dbf", held_back=0, draft=second, **common
    )
    assert (exports.sweep(), export_runs.sweep(), ends()) == (0, 0, [])
    process.kill()
    process.join()
    assert [(exports.sweep(), export_runs.sweep()) for _ in range(2)] == [(1, 1), (0, 0)]
    assert ends() == [(7, "failed", 0, 0, "写文件的进程中断，没有写完")]
    assert Export.objects.values_list("state", "why").get() == (
        "failed",
        "写文件的进程中断，没有写完",
    )
    assert (Consent.objects.get().used_at, folders()) == (None, [alive.draft.name])
    alive.written(3, 11, "0")
    assert ends()[0] == (1, "written", 3, 11, "")


@pytest.mark.django_db
def test_what_another_host_writes_is_left_to_it_for_a_day(clerk, season):
    """Its drafts lie on its own disk: that they are not here says nothing of its process."""
    there, now = "outgoing-there", clock.now()
    for serial, days in ((1, 0), (2, 2)):
        common = {
            "by_id": clerk.user_id,
            "at": now - timedelta(days=days),
            "rows": 5,
            "draft": there,
        }
        Outgoing.objects.create(serial=serial, listing="candidates", personal=False, **common)
        Export.objects.create(
            batch=season.batch, kind="chsi", run=serial, name="x.dbf", held_back=0, **common
        )
    assert (exports.under_way(), exports.sweep(), export_runs.sweep()) == (0, 1, 1)
    assert ends() == [(2, "failed", 0, 0, "发送文件的进程中断，已送出多少没有记录")]
    assert dict(Export.objects.values_list("run", "state")) == {1: "writing", 2: "failed"}
    for sweep in (exports.sweep, export_runs.sweep):  # the control: here, with nobody at it
        (Path(settings.FILE_UPLOAD_TEMP_DIR) / there).mkdir()
        assert sweep() == 1


@pytest.mark.django_db
def test_whoever_has_taken_a_file_that_was_given_up_is_not_disturbed(clerk, caplog):
    writing = begun(clerk)
    sending = exports.ExportSending(writing, iter(PIECES), 3, 11)
    next(sending)
    OutgoingEnd.objects.create(
        outgoing=writing.record, state="failed", why="given up", at=clock.now()
    )
    assert (b"".join(sending), folders()) == (b"twothree", [])
    assert [end[1:] for end in ends()] == [("failed", 0, 0, "given up")]
    assert any("after its end was on record" in one.getMessage() for one in caplog.records)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("taken", "why"),
    [(0, "写文件的进程中断，没有写完"), (1, "发送文件的进程中断，已送出多少没有记录")],
)
def test_what_a_killed_process_had_begun_to_send_is_not_fetched_once_more(
    clerk, agreed, taken, why
):
    writing = begun(clerk, consent=agreed)
    sending = exports.ExportSending(writing, iter(PIECES), 3, 11)
    for _ in range(taken):
        next(sending)
    os.close(writing.draft.handle)  # as its process dies
    assert exports.sweep() == 1
    assert ends() == [(1, "failed", 0, 0, why)]
    assert (Consent.objects.get().used_at is None, folders()) == (taken == 0, [])


@pytest.mark.django_db
def test_what_ended_while_the_database_was_away_is_fetched_once_more_as_far_as_nothing_left(
    clerk, agreed, monkeypatch
):
    sending = exports.ExportSending(begun(clerk, consent=agreed), iter(PIECES), 3, 11)
    with monkeypatch.context() as without:
        without.setattr(OutgoingEnd.objects, "create", away)
        sending.close()
    assert (ends(), Consent.objects.get().used_at is None) == ([], False)
    assert exports.sweep() == 1
    assert (Consent.objects.get().used_at, folders()) == (None, [])


def away(**_told):
    raise OperationalError("away")


def broken_off(**_told):
    raise KeyboardInterrupt


@pytest.mark.django_db
@pytest.mark.parametrize(("end", "raised"), [(away, None), (broken_off, KeyboardInterrupt)])
def test_a_file_that_stands_in_its_place_has_left_whatever_keeps_that_from_its_record(
    clerk, agreed, tmp_path, monkeypatch, end, raised
):
    """Of a command: the consent to it is used up, and no record says that nothing left."""
    target = tmp_path / "out.txt"
    leaving = exports.LeavingFile("photos", [], ["graduation"], 3, consent=agreed)
    with monkeypatch.context() as without:
        without.setattr(OutgoingEnd.objects, "create", end)
        with pytest.raises(raised) if raised else nullcontext():
            exports.deliver(clerk, leaving, target, lambda draft: draft.write_bytes(b"onetwothree"))
    assert (target.read_bytes(), ends()) == (b"onetwothree", [])
    assert exports.sweep() == 1
    assert ends() == [(1, "failed", 0, 0, "发送文件的进程中断，已送出多少没有记录")]
    assert (Consent.objects.get().used_at is None, folders()) == (False, [])


@pytest.mark.django_db
def test_a_file_in_a_folder_that_cannot_be_synced_stands_and_is_on_record_as_written(
    clerk, agreed, tmp_path, monkeypatch
):
    """A drop box, a share: whoever looks into it has the file, and the consent to it is used up."""
    (box := tmp_path / "box").mkdir()

    def refuse(path):
        assert path == box
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(exports, "sync", refuse)
    leaving = exports.LeavingFile("photos", [], ["graduation"], 3, consent=agreed)
    with pytest.raises(PermissionError):
        exports.deliver(
            clerk, leaving, box / "out.txt", lambda draft: draft.write_bytes(b"onetwothree")
        )
    [end] = OutgoingEnd.objects.all()
    assert (end.state, end.rows, end.size, end.sha256) == (
        "written",
        11,
        11,
        hashlib.sha256(b"onetwothree").hexdigest(),
    )
    assert ((box / "out.txt").read_bytes(), Consent.objects.get().used_at is None, folders()) == (
        b"onetwothree",
        False,
        [],
    )


@pytest.mark.django_db
def test_a_file_that_could_not_be_put_in_its_place_has_not_left(clerk, agreed, tmp_path):
    """The control."""
    leaving = exports.LeavingFile("photos", [], ["graduation"], 3, consent=agreed)
    with pytest.raises(OSError, match="nowhere"):
        exports.deliver(
            clerk,
            leaving,
            tmp_path / "nowhere" / "out.txt",
            lambda draft: draft.write_bytes(b"one"),
        )
    assert ends() == [(1, "failed", 0, 0, "写文件时出错（FileNotFoundError）")]
    assert (Consent.objects.get().used_at, folders()) == (None, [])


@pytest.mark.django_db
def test_drafts_that_are_held_stay_however_old_they_are(clerk):
    alive, old = begun(clerk), time.time() - 3 * 86_400
    os.utime(alive.folder, (old, old))
    (left := Path(settings.FILE_UPLOAD_TEMP_DIR) / "outgoing-left").mkdir()
    os.utime(left, (old, old))
    drafts.sweep()
    assert (alive.folder.exists(), left.exists()) == (True, False)
    alive.failed("x")
