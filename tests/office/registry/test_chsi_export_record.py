"""The record of a 学历注册 export: there before its files, and true whenever it is killed."""

import errno
import hashlib
import multiprocessing
import os
import signal
import sys

import pytest
from django.db import connection

from graduand.models import Export
from graduand.office.outgoing import drafts, export_runs
from graduand.office.registry import chsi_export
from graduand.papers.workbooks.dbf import write_dbf
from graduand.queries import clock
from tests import people
from tests.office.registry.chsi_exports import certified, export, season

__all__ = ["season"]  # a fixture


def test_the_export_is_on_record(season, tmp_path):
    certified(season, 2)
    export(season, tmp_path)
    digest = hashlib.sha256((tmp_path / "xueli-202307-1.dbf").read_bytes()).hexdigest()
    kept = Export.objects.get()
    assert (kept.kind, kept.batch.code, kept.round, kept.run, kept.name) == (
        "chsi",
        "202307",
        None,
        1,
        "xueli-202307-1.dbf",
    )
    assert (kept.rows, kept.held_back, kept.sha256, kept.by) == (2, 0, digest, season.staff.hq)
    assert abs((clock.now() - kept.at).total_seconds()) < 60


def test_a_run_that_fails_keeps_its_number_and_says_why(season, tmp_path, monkeypatch):
    certified(season)

    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(chsi_export, "write_dbf", full)
        with pytest.raises(OSError, match="No space"):
            export(season, tmp_path)
    failed = Export.objects.get()
    assert (failed.run, failed.state, failed.sha256, failed.why) == (
        1,
        "failed",
        "",
        "服务器磁盘已满",
    )
    assert list(tmp_path.iterdir()) == []
    assert (export(season, tmp_path).run, Export.objects.get(run=2).state) == (2, "written")


def test_a_run_is_on_record_before_its_files_are_written(season, tmp_path, monkeypatch):
    certified(season)
    seen = []

    def watched(target, *args, **more):
        kept = Export.objects.get()
        seen.append(
            (
                kept.state,
                kept.rows,
                kept.sha256,
                drafts.is_held(kept.draft),
                target.parent.name == kept.draft,
            )
        )
        return write_dbf(target, *args, **more)

    monkeypatch.setattr(chsi_export, "write_dbf", watched)
    export(season, tmp_path)
    assert seen == [("writing", 1, "", True, True)]
    assert drafts.is_held(Export.objects.get().draft) is False


# How far a run has come when its process is killed: before the drafts go to their place, between
# them, after the last.
STATES = {0: "failed", 1: "failed", 2: "written"}


def killed_at(place, deliver):
    """`deliver` in a process of its own, which is killed at the file after `place` of them, or at the first statement."""
    seen = []

    def die(*_said):
        os.kill(os.getpid(), signal.SIGKILL)

    def renamed(event, _about):
        if event == "os.rename":
            if len(seen) == place:
                die()
            seen.append(event)

    def work():
        sys.addaudithook(renamed)
        with connection.execute_wrapper(die):
            deliver()

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("placed", STATES)
def test_a_record_says_what_lies_in_the_folder_whenever_the_process_is_killed(
    season, tmp_path, placed
):
    """The file is there before the record says so, and the sweep looks at the file."""
    drafts_of = [tmp_path / name for name in ("a.xlsx", "a.dbf")]
    for draft in drafts_of:
        draft.write_text(draft.name)
    (out := tmp_path / "out").mkdir()
    asked = export_runs.ExportRequest("chsi", season.batch, None, people.actor(season.staff.hq), 1)
    run = export_runs.begin(asked, lambda _run: "a.dbf")
    killed_at(placed, lambda: run.deliver(drafts_of, out))
    os.close(run._draft.handle)  # which the killed process had, too
    assert (Export.objects.get().state, len(list(out.iterdir()))) == ("writing", placed)
    assert export_runs.sweep() == (STATES[placed] == "failed")
    kept, found = Export.objects.get(), out / "a.dbf"
    assert (kept.state, found.exists()) == (STATES[placed], STATES[placed] == "written")
    if placed == 2:
        assert (kept.sha256, kept.why) == (hashlib.sha256(found.read_bytes()).hexdigest(), "")


def test_a_run_that_is_interrupted_leaves_no_file_that_its_record_calls_failed(
    season, tmp_path, monkeypatch
):
    """Ctrl-C while the last file is put in its place."""
    certified(season)
    put = drafts.put

    def interrupted(draft, target):
        put(draft, target)
        if target.suffix == ".dbf":
            raise KeyboardInterrupt

    monkeypatch.setattr(drafts, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(season, tmp_path)
    assert (Export.objects.get().state, list(tmp_path.iterdir())) == ("failed", [])


def test_every_run_has_its_number(season, tmp_path):
    certified(season)
    assert [export(season, tmp_path).run for _ in range(3)] == [1, 2, 3]
    assert sorted(path.name for path in tmp_path.glob("*.dbf")) == [
        f"xueli-202307-{n}.dbf" for n in (1, 2, 3)
    ]
    first, *others = [path.read_bytes() for path in sorted(tmp_path.glob("*.dbf"))]
    assert others == [first, first]
