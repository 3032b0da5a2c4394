"""What goes back to its sender: the reasons of every row are kept sealed beside the file, and a
workbook is made of both.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from graduand.gateways.records.sheets import Sheet, SheetRefused, read_sheet
from graduand.models import ImportPlan, Intake
from graduand.office.outgoing import drafts, exports
from graduand.office.people import own_accounts
from graduand.office.records.files import plan_files, sealed_sheets
from graduand.papers.workbooks.returned_workbooks import (
    LARGE,
    NOT_RETURNED,
    Failures,
    NotReturned,
    errors_workbook,
)
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Leaves, Purpose
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import Problem
from graduand.rulebook.terms import SheetKind

# A sheet with one of these columns holds personal data.
_PEOPLE = frozenset({"student_no", "username"})


@dataclass(frozen=True, slots=True)
class RowReasons:
    """Why rows of a file were refused, as one run of it found: `head` is the place of its header
    among its first rows.
    """

    failures: Failures
    head: int
    only_failed: bool

    def told(self) -> dict[str, Any]:
        """What is kept of them, as JSON can hold it."""
        failures = self.failures
        return {
            "head": self.head,
            "only_failed": self.only_failed,
            "places": dict(failures.places),
            "problems": {row: list(map(list, found)) for row, found in failures.problems.items()},
            "reminders": {row: list(texts) for row, texts in failures.reminders.items()},
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `told`; an earlier program kept no reminders."""
        problems = {
            int(row): [Problem(*problem) for problem in found]
            for row, found in data["problems"].items()
        }
        reminders = {int(row): found for row, found in data.get("reminders", {}).items()}
        return cls(Failures(problems, data["places"], reminders), data["head"], data["only_failed"])


def keep(reasons: RowReasons | None) -> str:
    """Keep the reasons until the workbook is made; returns their hash, "" for none."""
    if reasons is None:
        return ""
    with tempfile.NamedTemporaryFile(dir=drafts.folder(), prefix="reasons-") as draft:
        draft.write(json.dumps(reasons.told(), ensure_ascii=False).encode())
        draft.flush()
        return sealed_sheets.keep(Path(draft.name))


def make(sha256: str, name: str, kept: str) -> str:
    """The returned workbook of the file `sha256`, which its sender calls `name`; returns the hash
    under which it is kept.

    Raises NotReturned, FileNotFoundError when the file is not kept any more.
    """
    with sealed_sheets.opened(kept) as place:
        reasons = RowReasons.of(json.loads(place.read_text(encoding="utf-8")))
    with (
        sealed_sheets.opened(sha256) as source,
        tempfile.TemporaryDirectory(dir=drafts.folder()) as drafted,
    ):
        return sealed_sheets.keep(written(source, name, reasons, Path(drafted) / "errors.xlsx"))


def make_of(plan: str, name: str, reasons: RowReasons) -> str:
    """The returned workbook of a file that the rows of a plan are kept with; returns the hash under
    which it is kept.

    Raises NotReturned, FileNotFoundError when the file is not kept.
    """
    with (
        tempfile.TemporaryDirectory(dir=drafts.folder()) as drafted,
        plan_files.OpenPlanFile(plan) as kept,
    ):
        source = kept.source(Path(drafted) / "source")
        return sealed_sheets.keep(written(source, name, reasons, Path(drafted) / "errors.xlsx"))


def written(source: Path, name: str, reasons: RowReasons, target: Path) -> Path:
    """Write the returned workbook to `target`. Raises NotReturned."""
    try:
        with read_sheet(source, name) as sheet:
            sheet.head(reasons.head)
            return workbook(source, sheet, reasons, target)
    except SheetRefused as problem:
        raise NotReturned(NOT_RETURNED) from problem


def workbook(source: Path, sheet: Sheet, reasons: RowReasons, target: Path) -> Path:
    """Write the returned workbook of a file that is open. Raises NotReturned."""
    only_failed = reasons.only_failed
    return errors_workbook(
        source, sheet, reasons.failures, target, only_failed=only_failed, drafts=drafts.folder()
    )


def deliver(plan: ImportPlan, target: Path) -> Path:
    """The kept workbook of a plan at `target`, on record: in the program's name, whichever command
    comes to fetch it.

    Raises FileNotFoundError, OSError.
    """
    by = own_accounts.system_actor(rights.desk_of_import(SheetKind(plan.kind)))
    sent = leaving(Intake.objects.get(plan=plan))

    def write(draft: Path) -> int:
        fetch(plan.errors, draft)
        return sent.rows

    return exports.deliver(by, sent, target, write)


def leaving(record: Intake) -> exports.LeavingFile:
    """What leaves, for the record: the workbook of an import, which holds all its rows, of a large
    file the refused ones.
    """
    rows = record.rows
    if rows > LARGE:
        rows = record.refused
    columns = SPECS[SheetKind(record.kind)].columns
    asked = [("import", str(record.pk))]
    if not any(column.name in _PEOPLE for column in columns):
        return exports.LeavingFile(Leaves.IMPORT_RETURNED, asked, [], rows, None)
    headers = [column.header for column in columns]
    return exports.LeavingFile(Leaves.IMPORT_RETURNED, asked, headers, rows, Purpose.CORRECTION)


def fetch(kept: str, target: Path) -> Path:
    """Write a kept workbook to `target`, readable by its owner alone. Raises FileNotFoundError,
    OSError.
    """
    with sealed_sheets.opened(kept) as place:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with place.open("rb") as stream, os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(stream, out)
    return target
