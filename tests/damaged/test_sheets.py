"""Damaged workbooks and texts through the browser: sent, looked at by the worker, shown, handed
back.

Whatever is sent, there is a page with sentences: never an error page, a failed task, a hang, a row
lost in silence.
"""

import io
import resource
import time
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from graduand.models import Job, SheetUpload
from graduand.office.records import uploads
from graduand.rulebook.terms import JobState
from tests import jobs
from tests.damaged import text_cases, workbook_cases
from tests.damaged.sheets import HEADERS, Case

CASES = [*workbook_cases.cases(), *text_cases.cases()]
SLICE = list({case.kind: case for case in reversed(CASES)}.values())
REST = [
    case for case in CASES if not any(case is shown for shown in SLICE)
]  # two files may be alike
LONGEST = 30  # seconds for one file on a busy machine
MOST_MEMORY = 1 << 30


@dataclass(frozen=True)
class Outcome:
    """What became of a case; `trouble` is what must not be."""

    case: Case
    ended: str
    seconds: float
    trouble: str


def outcome(client, case: Case, number: int) -> Outcome:
    """Send the file, let the worker have it, look at the page and at what goes back."""
    start = time.monotonic()
    try:
        ended, trouble = _through(client, case, number)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the table shows it
        ended, trouble = "error", repr(problem)[:200]
    seconds = time.monotonic() - start
    return Outcome(
        case, ended, seconds, trouble or ("" if seconds < LONGEST else f"{seconds:.0f} s")
    )


def _through(client, case: Case, number: int) -> tuple[str, str]:
    file = SimpleUploadedFile(case.name, case.data)
    answer = client.post("/imports/send", {"kind": "students", "key": f"k{number}", "file": file})
    if answer.status_code == 409:
        return "not taken", ""
    while jobs.work_once("worker"):
        pass
    upload = SheetUpload.objects.select_related("checked").latest("pk")
    job, page = Job.objects.get(kind="sheet", subject=upload.pk), client.get(answer["Location"])
    if (job.state, job.strikes, page.status_code) != (JobState.DONE.value, 0, 200):
        return "error", f"task {job.state}, page {page.status_code}"
    said = uploads.notes_of(upload)
    if upload.checked is None:
        told = bool(said.problems) and all(
            any("一" <= char <= "鿿" for char in text) for text in said.problems
        )
        return "refused", "" if told else f"said {said.problems}"
    rows = upload.checked.rows
    if case.rows is not None and rows != case.rows:
        return "read", f"{rows} rows instead of {case.rows}"
    if not upload.checked.refused:
        return "read", ""
    return _handed_back(client, upload, rows)


def _handed_back(client, upload: SheetUpload, rows: int) -> tuple[str, str]:
    if not upload.errors:
        return "read", "no workbook"
    answer = client.post(f"/imports/{upload.pk}/errors.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a title that its sender made too long
        book = load_workbook(io.BytesIO(answer.getvalue()))
    first = book.worksheets[book.sheetnames.index(book.active.title)]
    lines = [
        [cell.value for cell in row if cell.value not in (None, "")] for row in first.iter_rows()
    ]
    header = next(place for place, line in enumerate(lines) if "错误原因" in line)
    back = sum(bool(line) for line in lines[header + 1 :])
    anew = first.title == "退回修改"
    return (
        "written anew" if anew else "edited",
        "" if back >= rows else f"{back} of {rows} rows came back",
    )


def table(outcomes: list[Outcome]) -> str:
    """Kind by kind: how many, how they ended, the slowest; the most memory that a child took."""
    lines = [f"{'kind':32} {'files':>5}  {'slowest':>7}  how they ended"]
    for kind, found in groupby(
        sorted(outcomes, key=lambda one: one.case.kind), lambda one: one.case.kind
    ):
        group = list(found)
        ends = ", ".join(
            f"{count} {ended}" for ended, count in Counter(one.ended for one in group).most_common()
        )
        lines.append(f"{kind:32} {len(group):5}  {max(one.seconds for one in group):6.1f}s  {ends}")
    total = Counter(one.ended for one in outcomes)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    worst = max(outcomes, key=lambda one: one.seconds)
    lines.append(
        f"{len(outcomes)} files: {dict(total)}; slowest {worst.seconds:.1f} s ({worst.case.kind}: {worst.case.what}); "
        f"the largest child took {memory} MB"
    )
    return "\n".join(lines)


def _all_well(client, cases: list[Case]) -> None:
    outcomes = [outcome(client, case, number) for number, case in enumerate(cases)]
    print("\n" + table(outcomes))
    troubles = [
        f"{one.case.kind}: {one.case.what}: {one.ended}, {one.trouble}"
        for one in outcomes
        if one.trouble
    ]
    assert troubles == []
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10 < MOST_MEMORY


@pytest.fixture
def client(world, at, settings):
    settings.SHEET_AT_ONCE_BYTES = 0
    return at("college")


def test_one_of_every_kind_ends_in_sentences(client):
    _all_well(client, SLICE)


@pytest.mark.sqlite  # what is read is the same for both, and the slice shows how it is kept
@pytest.mark.slow
def test_every_other_damaged_file_ends_in_sentences(client):
    assert (len(CASES) >= 200, len({case.kind for case in CASES}) >= 20) == (True, True)
    assert len(REST) + len(SLICE) == len(CASES)
    _all_well(client, REST)


def test_a_lost_row_would_be_noticed(client):
    """Negative control: a sound file that is said to hold a row more."""
    sound = next(case for case in CASES if case.what == "stored")
    assert zipfile.is_zipfile(io.BytesIO(sound.data))
    assert outcome(client, sound, 1).trouble == ""
    assert (
        outcome(client, Case(sound.kind, sound.what, sound.name, sound.data, 8), 2).trouble
        == "7 rows instead of 8"
    )
    assert len(HEADERS) == 13
