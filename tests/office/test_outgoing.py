"""What leaves: on record before its first byte, without a lock while it is made, and marked when it is cut off."""

import hashlib
import io
import multiprocessing
import os
import sqlite3
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from openpyxl import load_workbook

from graduand.models import AccountEvent, Consent, Export, Outgoing, OutgoingEnd
from graduand.office import drafts, export_runs, list_exports, outgoing
from graduand.office.list_exports import Leaving
from graduand.office.refusal import Refused
from graduand.papers import workbooks
from graduand.queries import clock
from graduand.rulebook.account_terms import Purpose
from tests import people

LIST = Leaving("candidates", "毕业申请", [("batch", "202307")], ["number"], ["学号"])
PIECES = [b"one", b"two", b"three"]


@pytest.fixture
def clerk(season):
    return people.actor(season.staff.clerks[0])


def begun(clerk, **more):
    return outgoing.begin(clerk, outgoing.Leaving("photos", [], ["graduation"], 3, **more))


def ends():
    return list(OutgoingEnd.objects.order_by("outgoing").values_list("outgoing__serial", "state", "rows", "size", "why"))


def folders():
    return sorted(path.name for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("outgoing-*"))


def free_for_writing() -> bool:
    """Whether somebody else may write into the embedded database now."""
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0.05, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()
    return True


@pytest.mark.sqlite
def test_a_list_is_on_record_before_its_first_row_and_nobody_waits_for_it(open_season):
    clerk, seen = people.actor(open_season.staff.clerks[0]), []

    def rows():
        seen.append((Outgoing.objects.get().rows, OutgoingEnd.objects.count(), free_for_writing(), len(folders())))
        yield ["2115100000001"]

    record, file = list_exports.write(clerk, LIST, rows(), 1)
    with file:
        content = file.read()
    assert seen == [(1, 0, True, 1)]
    with transaction.atomic():  # the control: within a transaction that writes, the others wait
        Outgoing.objects.filter(pk=0).update(rows=0)
        assert free_for_writing() is False
    assert (ends(), folders()) == ([(record.serial, "written", 1, len(content), "")], [])
    assert record.end.sha256 == hashlib.sha256(content).hexdigest()
    assert [row[0].value for row in load_workbook(io.BytesIO(content)).active] == ["学号", "2115100000001"]


@pytest.mark.django_db
def test_a_long_list_comes_from_a_process_of_its_own_and_is_the_same(clerk, monkeypatch):
    found = []
    for large in (10, 1_000):
        monkeypatch.setattr(workbooks, "LARGE", large)
        _, file = list_exports.write(clerk, LIST, ([f"=1+{n}"] for n in range(50)), 50)
        with file:
            found.append([row[0].value for row in load_workbook(io.BytesIO(file.read())).active])
    assert found[0] == found[1] == ["学号", *(f"'=1+{n}" for n in range(50))]
    assert [end[1:3] for end in ends()] == [("written", 50)] * 2


@pytest.mark.django_db
def test_what_keeps_that_process_from_writing_stands_on_the_record(clerk, monkeypatch):
    monkeypatch.setattr(workbooks, "LARGE", 10)
    monkeypatch.setattr(workbooks, "CHILD_BYTES", 1_000)
    with pytest.raises(OSError, match="File too large"):
        list_exports.write(clerk, LIST, ([f"{n}" * 50] for n in range(5_000)), 5_000)
    assert (ends(), folders()) == ([(1, "failed", 0, 0, "写文件时出错（OSError）")], [])


@pytest.mark.django_db
def test_a_list_that_fails_on_its_way_is_on_record_as_failed(clerk):
    def rows():
        yield ["1"]
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list_exports.write(clerk, LIST, rows(), 2)
    assert (ends(), folders()) == ([(1, "failed", 0, 0, "写文件时出错（ValueError）")], [])


@pytest.mark.django_db
def test_K18_while_many_files_leave_one_more_waits_for_its_turn(clerk):
    busy = [begun(clerk) for _ in range(outgoing.MOST_AT_ONCE)]
    with pytest.raises(Refused, match="已有 4 个文件正在导出"):
        begun(clerk)
    assert (Outgoing.objects.count(), len(folders())) == (4, 4)
    busy[0].written(3, 11, "0")
    begun(clerk).failed("x")
    os.close(busy[1].draft.handle)  # its process is gone: it counts no more, swept or not
    assert outgoing.under_way() == 2
    drafts.discard(busy[1].draft.name)
    for writing in busy[2:]:
        writing.failed("x")


# -- what is written while it is sent ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_sent_to_its_end_is_written(clerk):
    sending = outgoing.Sending(begun(clerk, purpose=Purpose.CONTACT), iter(PIECES), 3)
    assert (b"".join(sending), next(sending, None)) == (b"".join(PIECES), None)
    sending.close()
    assert ends() == [(1, "written", 3, 11, "")]
    assert OutgoingEnd.objects.get().sha256 == hashlib.sha256(b"onetwothree").hexdigest()
    assert AccountEvent.objects.get(deed="exported").detail == {"serial": 1, "rows": 3, "listing": "photos"}


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [0, 2])
def test_what_the_receiver_breaks_off_is_cut_off(clerk, taken):
    sending = outgoing.Sending(begun(clerk), iter(PIECES), 3)
    for _ in range(taken):
        next(sending)
    sending.close()
    sent = len(b"".join(PIECES[:taken]))
    assert ends() == [(1, "failed", 0, 0, f"没有送完：接收方中断，或连接断开（已送出 {sent} 字节）")]
    assert folders() == []


@pytest.mark.django_db
def test_a_picture_that_cannot_be_read_half_way_is_a_failure(clerk):
    def pieces():
        yield b"one"
        raise OSError("gone")

    sending = outgoing.Sending(begun(clerk), pieces(), 3)
    with pytest.raises(OSError, match="gone"):
        list(sending)
    sending.close()
    assert ends() == [(1, "failed", 0, 0, "写文件时出错（OSError）")]


# -- killed --------------------------------------------------------------------------------------------------------


def hold_and_wait(told) -> None:
    """Runs in the process that is killed."""
    told.send(drafts.hold().name)
    time.sleep(60)


@pytest.fixture
def writer():
    """(the process, the folder that it holds) of somebody who is writing a file."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold_and_wait, args=(theirs,))
    process.start()
    yield process, ours.recv()
    process.kill()
    process.join()


@pytest.mark.django_db
def test_a_record_whose_process_was_killed_is_marked_by_the_sweep_and_no_other(clerk, writer, season):
    process, draft = writer
    alive = begun(clerk)
    consent = Consent.objects.create(
        kind="export", digest="d", reason="r", asked_by_id=clerk.user_id, asked_at=clock.now(), key="k",
        decided_by=season.staff.hq, decided_at=clock.now(), agreed=True, used_at=clock.now(),
    )  # fmt: skip
    common = {"by_id": clerk.user_id, "at": clock.now(), "rows": 5, "draft": draft}
    Outgoing.objects.create(serial=7, listing="candidates", personal=False, consent=consent, **common)
    Export.objects.create(batch=season.batch, kind="chsi", run=1, name="x.dbf", held_back=0, **common)
    assert (outgoing.sweep(), export_runs.sweep(), ends()) == (0, 0, [])
    process.kill()
    process.join()
    assert [(outgoing.sweep(), export_runs.sweep()) for _ in range(2)] == [(1, 1), (0, 0)]
    assert ends() == [(7, "failed", 0, 0, "写文件的进程中断，没有写完")]
    assert Export.objects.values_list("state", "why").get() == ("failed", "写文件的进程中断，没有写完")
    assert (Consent.objects.get().used_at, folders()) == (None, [alive.draft.name])
    alive.written(3, 11, "0")
    assert ends()[0] == (1, "written", 3, 11, "")


@pytest.mark.django_db
def test_drafts_that_are_held_stay_however_old_they_are(clerk):
    alive, old = begun(clerk), time.time() - 3 * 86_400
    os.utime(alive.folder, (old, old))
    (left := Path(settings.FILE_UPLOAD_TEMP_DIR) / "outgoing-left").mkdir()
    os.utime(left, (old, old))
    drafts.sweep()
    assert (alive.folder.exists(), left.exists()) == (True, False)
    alive.failed("x")
