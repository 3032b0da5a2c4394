"""Crowds of files with long work ordered for them, each made in a process of its own; and what is left of that work."""

import hashlib
import json
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import django

django.setup()

from django.conf import settings  # noqa: E402 - after Django is set up
from django.core.management import call_command  # noqa: E402 - after Django is set up

from graduand.models import (  # noqa: E402 - after Django is set up
    Export,
    Intake,
    Job,
    PhotoCheck,
    PhotoRow,
    PlanRow,
    Result,
    SheetUpload,
    Student,
    User,
)
from graduand.office import acts  # noqa: E402 - after Django is set up
from graduand.office.audit import auditing  # noqa: E402 - after Django is set up
from graduand.office.outgoing import drafts, export_runs  # noqa: E402 - after Django is set up
from graduand.office.photos import uploads as photo_uploads  # noqa: E402 - after Django is set up
from graduand.office.photos.uploads import UploadChoices  # noqa: E402 - after Django is set up
from graduand.office.records import uploads  # noqa: E402 - after Django is set up
from graduand.papers.printed.print_folder import LEDGER  # noqa: E402 - after Django is set up
from graduand.queries import clock  # noqa: E402 - after Django is set up
from graduand.rulebook.people.account_terms import FileState  # noqa: E402 - after Django is set up
from graduand.rulebook.queue.work_terms import PERIODIC  # noqa: E402 - after Django is set up
from graduand.rulebook.terms import PhotoKind, SheetKind, Stage, Verb  # noqa: E402 - after Django is set up
from tests import acting, factories, invariants, jobs, people  # noqa: E402 - after Django is set up
from tests.faults import works  # noqa: E402 - after Django is set up
from tests.material.portraits import portrait, zipped  # noqa: E402 - after Django is set up
from tests.office.papers.print_runs import ID_NO, store  # noqa: E402 - after Django is set up
from tests.office.records.files import ROWS, table  # noqa: E402 - after Django is set up

MANY = 2_200  # more than four pieces of an act
SENT = 400  # whose results come in a workbook: more than one piece
PICTURES = 250  # three pieces
PRINTED, EXPORTED = 110, 1_000  # two pieces of sheets; a second of work
OLDER, YOUNGER = "70", "90"  # the mark that a workbook gives to everybody in it


# -- crowds ------------------------------------------------------------------------------------------------------


def listed() -> None:
    """Everybody of two centres is on the list of the batch."""
    call_command("migrate", verbosity=0)
    season = factories.make_season(photo={"examine": "file"})  # faces are measured elsewhere
    for centre in (0, 1):
        factories.enrol(season, MANY // 2, centre)
    drain()


def numbered() -> None:
    """Everybody has a certificate with a number; papers can be printed, and the registry be told."""
    call_command("migrate", verbosity=0)
    season = factories.make_season()
    ids = [
        factories.enrol(season, many, centre, id_no=ID_NO)
        for centre, many in enumerate((PRINTED, EXPORTED))
    ]
    PlanRow.objects.update(major_code="520801", years="2.5")
    PhotoRow.objects.update(sha256=store(1))
    for some in ids:
        acting.walk(season, some, Stage.CERTIFIED)
    drain()


def drain() -> None:
    """Nothing is left to be done."""
    while jobs.work_once("before"):
        pass


# -- work that is ordered ----------------------------------------------------------------------------------------


def act() -> None:
    """Headquarters applies for everybody; every seventh lacks a course and will be refused."""
    spoil(7)
    actor = people.actor(User.objects.get(username="hq1"))
    request = acts.ActRequest(Verb.APPLY, answers=acting.SAID.get(Verb.APPLY, {}), key="crowd")
    acts.confirm(works.the_batch(), works.everybody(), actor, request, job=True)


def judging() -> None:
    """Everybody has been judged, then every third lost a course: the verdicts on record are all doubtful."""
    spoil(3)
    auditing.mark_stale(list(Student.objects.values_list("id", flat=True)))
    jobs.order_audit(works.the_batch())


def spoil(every: int) -> None:
    """Take a course that must be passed from every so-many-th student."""
    short = list(Student.objects.order_by("number").values_list("id", flat=True))[::every]
    Result.objects.filter(student__in=short, course="A1").delete()


def sheets() -> None:
    """Two workbooks of the same results were looked at and confirmed, and the worker has not begun.

    Of the older one two rows are refused: it goes back to its sender.
    """
    settings.SHEET_AT_ONCE_BYTES = 0
    by = User.objects.get(username="college1")
    for path in (results(OLDER, strangers=2), results(YOUNGER)):
        uploads.receive(path, SheetKind.RESULTS, path.name, by, key=path.name)
    drain()
    for upload in SheetUpload.objects.order_by("id"):
        uploads.begin(upload, partial=True)


def results(mark: str, strangers: int = 0) -> Path:
    """The three results of each of the first students, sorted by course: `mark` in all of them."""
    numbers = list(Student.objects.order_by("number").values_list("number", flat=True)[:SENT])
    numbers += [f"2022{n:09}" for n in range(strangers)]
    said = {"成绩": mark, "学期": "2023春", "发布日期": "2023-07-01"}
    rows = [
        {
            **ROWS[SheetKind.RESULTS],
            **said,
            "学号": number,
            "课程代码": course,
            "复核通过": "是" if course == "P1" else "否",
        }
        for course in ("A1", "E1", "P1")
        for number in numbers
    ]
    return table(Path(settings.GRADUAND_HOME) / f"{mark}.csv", rows)


def workbook() -> None:
    """A workbook of results for a command."""
    results(YOUNGER)


def photos() -> None:
    """A zip was sent, and the worker has not begun."""
    path, by = pictures(too_large=5), User.objects.get(username="clerk1")
    sending = UploadChoices(PhotoKind.GRADUATION, overwrite=True, key="crowd")
    photo_uploads.begin(photo_uploads.receive(path, sending, by))


def pictures(too_large: int = 0) -> Path:
    """New photos of the first students; so many of them are too large."""
    numbers = list(Student.objects.order_by("number").values_list("number", flat=True)[:PICTURES])
    entries = {
        f"{number}.jpg": portrait(place * 7, size=(600, 800) if place < too_large else (480, 640))
        for place, number in enumerate(numbers)
    }
    return zipped(Path(settings.GRADUAND_HOME) / "photos.zip", entries)


def nothing() -> None:
    """A command needs nothing else."""


PREPARATIONS: dict[str, Callable[[], object]] = {
    "listed": listed,
    "numbered": numbered,
    "act": act,
    "audit": judging,
    "sheets": sheets,
    "import": workbook,
    "photos": photos,
    "zip": pictures,
    "export": nothing,
    "papers": nothing,
}


# -- what is left ------------------------------------------------------------------------------------------------


def lease_runs_out(_home: Path) -> None:
    """The minute of the lease is over: time that a test does not want to wait."""
    Job.objects.exclude(leased_until=None).update(
        leased_until=clock.real_now() - timedelta(seconds=1)
    )


def forget(_home: Path) -> None:
    """Nobody goes on with what was begun."""
    Job.objects.update(state="done")


def look(home: Path) -> dict[str, Any]:
    """What the data say: broken invariants, what is not done yet, the files, and a hash over the rows of each sort."""
    there = files(home)
    jobs_left = Job.objects.exclude(state="done").exclude(
        kind__in=[kind.value for kind in PERIODIC]
    )
    broken = (
        invariants.violations(works.the_batch())
        + works.photo_uploads()
        + half_written()
        + off_record(there)
    )
    rows = works.picture() | records()
    return {
        "violations": broken[:5],
        "open": sorted(jobs_left.values_list("kind", "state", "done")),
        "writing": Export.objects.filter(state=FileState.WRITING.value).count(),
        "drafts": len([path for path in (home / "out").rglob(".*") if path.name != LEDGER]),
        "files": there,
        **{
            sort: hashlib.sha256(json.dumps(found, default=str).encode()).hexdigest()
            for sort, found in rows.items()
        },
    }


def records() -> dict[str, list[Any]]:
    """What imports of sheets and photos wrote, what went back to senders, what exports and prints
    are on record.

    The same file once more, which writes nothing, is no part of it.
    """
    wrote = Intake.objects.filter(kept=True).exclude(created=0, updated=0).order_by("id")
    back = SheetUpload.objects.order_by("id").values_list("name", "done", "errors")
    judged = PhotoCheck.objects.filter(upload__intake__updated__gt=0).order_by("place")
    written = Export.objects.filter(state=FileState.WRITTEN.value)
    return {
        "imports": list(
            wrote.values_list("kind", "name", "rows", "created", "updated", "unchanged", "refused")
        ),
        "uploads": [(name, done is not None, errors != "") for name, done, errors in back],
        "checks": list(judged.values_list("place", "outcome", "verdict", "served")),
        "exports": sorted(set(written.values_list("kind", "rows", "held_back", "sha256"))),
    }


def half_written() -> list[str]:
    """Students with some results of a workbook and not all; a younger workbook that is written before the older one."""
    marks: dict[str, list[str]] = {}
    for student, mark in Result.objects.filter(mark__in=(OLDER, YOUNGER)).values_list(
        "student__number", "mark"
    ):
        marks.setdefault(student, []).append(mark)
    half = [
        f"student {student}: {found}"
        for student, found in marks.items()
        if found not in ([OLDER] * 3, [YOUNGER] * 3)
    ]
    begun = [YOUNGER] * 3 in marks.values()
    early = SheetUpload.objects.count() == 2 and begun and len(marks) < SENT
    return half + ["the younger workbook is written before the older one"] * early


def files(home: Path) -> dict[str, str]:
    """Name -> hash of what commands and photos left; a name without the number of its run."""
    found = {}
    for folder in (home / "out", home / "files" / "photos", home / "files" / "originals"):
        for path in folder.rglob("*"):
            drafted = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.is_file() and not drafted:
                found[re.sub(r"-\d+(\.(dbf|xlsx))$", r"\1", path.name)] = hash_of(path)
    return found


def hash_of(path: Path) -> str:
    """Of a workbook without the moment at which it was made."""
    if path.suffix != ".xlsx":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    with ZipFile(path) as book:
        return str(
            [
                (part.filename, part.CRC)
                for part in book.infolist()
                if not part.filename.startswith("docProps")
            ]
        )


def off_record(there: dict[str, str]) -> list[str]:
    """Files for the registry that no record knows.

    A record that is still being written knows the file by the note beside its drafts: it was killed
    after the file was put in its place, and the sweep will call it written.
    """
    known = set(
        Export.objects.filter(state=FileState.WRITTEN.value).values_list("sha256", flat=True)
    )
    writing = Export.objects.filter(state=FileState.WRITING.value).values_list("draft", flat=True)
    notes = [drafts.folder() / draft / export_runs.DELIVERY for draft in writing]
    known |= {
        sha256
        for note in notes
        if note.exists()
        for sha256 in re.findall(r"[0-9a-f]{64}", note.read_text("utf-8"))
    }
    return [
        f"{name} is not on record"
        for name, sha256 in there.items()
        if name.endswith(".dbf") and sha256 not in known
    ]


# What is done in a home after a kill, or seen there.
DEEDS: dict[str, Callable[[Path], Any]] = {
    "look": look,
    "lease_runs_out": lease_runs_out,
    "forget": forget,
}

if __name__ == "__main__":
    PREPARATIONS[sys.argv[1]]()
