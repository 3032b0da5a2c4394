"""What leaves: on record before its first byte, without a lock while it is made, and marked when it is cut off."""

import errno
import hashlib
import io
import multiprocessing
import os
import sqlite3
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from openpyxl import load_workbook

from graduand.models import AccountEvent, Consent, Export, Outgoing, OutgoingEnd
from graduand.office import consents, drafts, export_runs, list_exports, outgoing
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


@pytest.fixture
def agreed(clerk, season):
    """A consent in hand that was not used."""
    return Consent.objects.create(
        kind="export",
        digest="d",
        reason="r",
        asked_by_id=clerk.user_id,
        asked_at=clock.now(),
        key="k",
        decided_by=season.staff.hq,
        decided_at=clock.now(),
        agreed=True,
    )


def begun(clerk, **more):
    return outgoing.begin(clerk, outgoing.Leaving("photos", [], ["graduation"], 3, **more))


def ends():
    return list(
        OutgoingEnd.objects.order_by("outgoing").values_list(
            "outgoing__serial", "state", "rows", "size", "why"
        )
    )


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
        seen.append(
            (
                Outgoing.objects.get().rows,
                OutgoingEnd.objects.count(),
                free_for_writing(),
                len(folders()),
            )
        )
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
    assert [row[0].value for row in load_workbook(io.BytesIO(content)).active] == [
        "学号",
        "2115100000001",
    ]


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
    sending = outgoing.Sending(begun(clerk, purpose=Purpose.CONTACT), iter(PIECES), 3, 11)
    assert (b"".join(sending), next(sending, None)) == (b"".join(PIECES), None)
    sending.close()
    assert ends() == [(1, "written", 3, 11, "")]
    assert OutgoingEnd.objects.get().sha256 == hashlib.sha256(b"onetwothree").hexdigest()
    assert AccountEvent.objects.get(deed="exported").detail == {
        "serial": 1,
        "rows": 3,
        "listing": "photos",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [0, 2])
def test_what_the_receiver_breaks_off_is_cut_off_and_only_where_nothing_left_fetched_once_more(
    clerk, agreed, taken
):
    """One file for one consent: with most of the bytes one has most of what was agreed to."""
    sending = outgoing.Sending(begun(clerk, consent=agreed), iter(PIECES), 3, 11)
    for _ in range(taken):
        next(sending)
    sending.close()
    sent = len(b"".join(PIECES[:taken]))
    assert ends() == [
        (1, "failed", 0, sent, f"没有送完：接收方中断，或连接断开（已送出 {sent} 字节）")
    ]
    assert (Consent.objects.get().used_at is None, folders()) == (taken == 0, [])


@pytest.mark.django_db
def test_whoever_has_the_last_byte_has_the_file_though_nobody_asked_for_its_end(clerk, agreed):
    sending = outgoing.Sending(begun(clerk, consent=agreed), iter(PIECES), 3, 11)
    for _ in PIECES:
        next(sending)
    sending.close()
    assert (ends(), OutgoingEnd.objects.get().sha256) == (
        [(1, "written", 3, 11, "")],
        hashlib.sha256(b"onetwothree").hexdigest(),
    )
    assert (Consent.objects.get().used_at is None, folders()) == (False, [])


@pytest.mark.django_db
def test_a_picture_that_cannot_be_read_half_way_is_a_failure(clerk, agreed):
    def pieces():
        yield b"one"
        raise OSError("gone")

    sending = outgoing.Sending(begun(clerk, consent=agreed), pieces(), 3, 11)
    with pytest.raises(OSError, match="gone"):
        list(sending)
    sending.close()
    assert ends() == [(1, "failed", 0, 3, "写文件时出错（OSError）（已送出 3 字节）")]
    assert Consent.objects.get().used_at is not None


# -- killed --------------------------------------------------------------------------------------------------------


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
    assert (outgoing.sweep(), export_runs.sweep(), ends()) == (0, 0, [])
    process.kill()
    process.join()
    assert [(outgoing.sweep(), export_runs.sweep()) for _ in range(2)] == [(1, 1), (0, 0)]
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
    assert (outgoing.under_way(), outgoing.sweep(), export_runs.sweep()) == (0, 1, 1)
    assert ends() == [(2, "failed", 0, 0, "发送文件的进程中断，已送出多少没有记录")]
    assert dict(Export.objects.values_list("run", "state")) == {1: "writing", 2: "failed"}
    for sweep in (outgoing.sweep, export_runs.sweep):  # the control: here, with nobody at it
        (Path(settings.FILE_UPLOAD_TEMP_DIR) / there).mkdir()
        assert sweep() == 1


@pytest.mark.django_db
def test_whoever_has_taken_a_file_that_was_given_up_is_not_disturbed(clerk, caplog):
    writing = begun(clerk)
    sending = outgoing.Sending(writing, iter(PIECES), 3, 11)
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
    sending = outgoing.Sending(writing, iter(PIECES), 3, 11)
    for _ in range(taken):
        next(sending)
    os.close(writing.draft.handle)  # as its process dies
    assert outgoing.sweep() == 1
    assert ends() == [(1, "failed", 0, 0, why)]
    assert (Consent.objects.get().used_at is None, folders()) == (taken == 0, [])


@pytest.mark.django_db
def test_what_ended_while_the_database_was_away_is_fetched_once_more_as_far_as_nothing_left(
    clerk, agreed, monkeypatch
):
    sending = outgoing.Sending(begun(clerk, consent=agreed), iter(PIECES), 3, 11)
    with monkeypatch.context() as without:
        without.setattr(OutgoingEnd.objects, "create", away)
        sending.close()
    assert (ends(), Consent.objects.get().used_at is None) == ([], False)
    assert outgoing.sweep() == 1
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
    leaving = outgoing.Leaving("photos", [], ["graduation"], 3, consent=agreed)
    with monkeypatch.context() as without:
        without.setattr(OutgoingEnd.objects, "create", end)
        with pytest.raises(raised) if raised else nullcontext():
            outgoing.deliver(
                clerk, leaving, target, lambda draft: draft.write_bytes(b"onetwothree")
            )
    assert (target.read_bytes(), ends()) == (b"onetwothree", [])
    assert outgoing.sweep() == 1
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

    monkeypatch.setattr(outgoing, "sync", refuse)
    leaving = outgoing.Leaving("photos", [], ["graduation"], 3, consent=agreed)
    with pytest.raises(PermissionError):
        outgoing.deliver(
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
    leaving = outgoing.Leaving("photos", [], ["graduation"], 3, consent=agreed)
    with pytest.raises(OSError, match="nowhere"):
        outgoing.deliver(
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


@pytest.mark.django_db
def test_a_file_that_is_handed_over_as_it_lies_is_on_record_with_its_bytes(clerk, tmp_path):
    (tmp_path / "kept.xlsx").write_bytes(b"onetwothree")
    with outgoing.hand_over(
        clerk, outgoing.Leaving("errors", [], [], 3), tmp_path / "kept.xlsx"
    ) as file:
        assert file.read() == b"onetwothree"
    assert ends() == [(1, "written", 3, 11, "")]
    assert OutgoingEnd.objects.get().sha256 == hashlib.sha256(b"onetwothree").hexdigest()
