"""What leaves: on record before its first byte, and without a lock while it is made."""

import hashlib
import io
import os
import sqlite3

import pytest
from django.db import connection, transaction
from openpyxl import load_workbook

from graduand.models import AccountEvent, Consent, Outgoing, OutgoingEnd
from graduand.office.outgoing import drafts, exports, list_exports
from graduand.office.refusal import Refused
from graduand.papers.workbooks import tables
from graduand.rulebook.people.account_terms import Purpose
from tests import people
from tests.office.outgoing.export_runs import (
    LIST,
    PIECES,
    agreed,
    begun,
    clerk,
    ends,
    folders,
    own_folder,
)

__all__ = ["agreed", "clerk", "own_folder"]  # fixtures


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
        monkeypatch.setattr(tables, "LARGE", large)
        _, file = list_exports.write(clerk, LIST, ([f"=1+{n}"] for n in range(50)), 50)
        with file:
            found.append([row[0].value for row in load_workbook(io.BytesIO(file.read())).active])
    assert found[0] == found[1] == ["学号", *(f"'=1+{n}" for n in range(50))]
    assert [end[1:3] for end in ends()] == [("written", 50)] * 2


@pytest.mark.django_db
def test_what_keeps_that_process_from_writing_stands_on_the_record(clerk, monkeypatch):
    monkeypatch.setattr(tables, "LARGE", 10)
    monkeypatch.setattr(tables, "CHILD_BYTES", 1_000)
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
    busy = [begun(clerk) for _ in range(exports.MOST_AT_ONCE)]
    with pytest.raises(Refused, match="已有 4 个文件正在导出"):
        begun(clerk)
    assert (Outgoing.objects.count(), len(folders())) == (4, 4)
    busy[0].written(3, 11, "0")
    begun(clerk).failed("x")
    os.close(busy[1].draft.handle)  # its process is gone: it counts no more, swept or not
    assert exports.under_way() == 2
    drafts.discard(busy[1].draft.name)
    for writing in busy[2:]:
        writing.failed("x")


# -- what is written while it is sent ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_sent_to_its_end_is_written(clerk):
    sending = exports.ExportSending(begun(clerk, purpose=Purpose.CONTACT), iter(PIECES), 3, 11)
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
    sending = exports.ExportSending(begun(clerk, consent=agreed), iter(PIECES), 3, 11)
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
    sending = exports.ExportSending(begun(clerk, consent=agreed), iter(PIECES), 3, 11)
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

    sending = exports.ExportSending(begun(clerk, consent=agreed), pieces(), 3, 11)
    with pytest.raises(OSError, match="gone"):
        list(sending)
    sending.close()
    assert ends() == [(1, "failed", 0, 3, "写文件时出错（OSError）（已送出 3 字节）")]
    assert Consent.objects.get().used_at is not None


@pytest.mark.django_db
def test_a_file_that_is_handed_over_as_it_lies_is_on_record_with_its_bytes(clerk, tmp_path):
    (tmp_path / "kept.xlsx").write_bytes(b"onetwothree")
    with exports.hand_over(
        clerk, exports.LeavingFile("errors", [], [], 3), tmp_path / "kept.xlsx"
    ) as file:
        assert file.read() == b"onetwothree"
    assert ends() == [(1, "written", 3, 11, "")]
    assert OutgoingEnd.objects.get().sha256 == hashlib.sha256(b"onetwothree").hexdigest()
