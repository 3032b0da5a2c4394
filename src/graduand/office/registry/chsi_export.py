"""The 学历注册 file for the national registry: who goes into it, who is held back and why, and the
record of it.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graduand.gateways import toml_files
from graduand.models import Batch
from graduand.office.outgoing import export_runs, list_exports
from graduand.office.progress import Progress
from graduand.office.refusal import Refused
from graduand.papers.workbooks.dbf import DbfColumn, DbfRefused, check_columns, write_dbf
from graduand.papers.workbooks.tables import table_workbook
from graduand.queries.basis import basis_of
from graduand.queries.queue import open_plans
from graduand.queries.registry import chsi_export as looking
from graduand.queries.scope import Actor
from graduand.queries.verdicts import chunks
from graduand.rulebook.certificates.certificate_content import Content
from graduand.rulebook.gates import Basis
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.registry.exchange import (
    ExchangeRecord,
    Hold,
    derived_years,
    record,
    unreadable,
    without_twins,
)
from graduand.rulebook.registry.exchange_profile import PROFILE, ExchangeProfile, ProfileRefused
from graduand.rulebook.terms import Desk
from graduand.rulebook.words import name_and_count

KIND = "chsi"
HELD_BACK = "held-back.xlsx"
# How many people a refusal names.
SHOWN = 5
HELD_HEADERS = (
    "学号",
    "姓名",
    "学习中心",
    "证书编号",
    "代码",
    "原因",
    "依据",
    "由谁处理",
    "怎么办",
)
HELD_WIDTHS = (18, 12, 24, 22, 18, 60, 14, 12, 60)


@dataclass(slots=True)
class ExportTally:
    """What an export did. `by_code` counts the people of each code, `held` are the rows of
    held-back.xlsx; `file` is the DBF, or held-back.xlsx when nobody could be exported. `run` is 0
    when no file went out.
    """

    batch: str
    run: int = 0
    rows: int = 0
    held_back: int = 0
    by_code: dict[str, int] = field(default_factory=dict)
    file: str = ""
    held_file: str = ""
    held: list[tuple[str, ...]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the command."""
        names = ("batch", "rows", "held_back", "by_code", "file")
        return {"kind": KIND, **{name: getattr(self, name) for name in names}}


@dataclass(slots=True)
class _Sorted:
    """The records that are exported, in order, and per candidate why it is not."""

    records: list[ExchangeRecord] = field(default_factory=list)
    holds: dict[int, tuple[Hold, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def profile_file(path: Path) -> ExchangeProfile:
    """The profile in a TOML file. Raises ProfileRefused with every problem of it."""
    try:
        return ExchangeProfile.from_dict(toml_files.read(path.read_bytes()))
    except toml_files.BadToml as error:
        raise ProfileRefused([f"{path.name} {error}"]) from error


def export(
    batch: Batch,
    out: Path,
    by: Actor,
    *,
    round_name: str | None = None,
    again: Sequence[str] | None = None,
    profile: ExchangeProfile = PROFILE,
    progress: Progress | None = None,
) -> ExportTally:
    """Write xueli-<batch>-<run>.dbf and .xlsx and held-back.xlsx into `out`, and record it.

    `again`: 学号 of those whose registration was cancelled and is to be entered anew; the file holds
    only these. Where nobody is numbered, nothing is written. Raises Refused, OSError; LookupError
    without a policy.
    """
    if by.desk is not Desk.HQ:
        raise Refused(f"学信网数据由总部导出，您属于{by.desk.label}")
    if why := open_plans.in_the_way():
        raise Refused(f"学历注册文件不能导出：{why}")
    basis = basis_of(batch)
    ids = looking.numbered(batch, round_name)
    if again is not None:
        ids = _cancelled_of(batch, ids, again)
    if not ids:
        return ExportTally(batch.code)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = _sorted(ids, basis, profile, progress, again=again is not None)
    tally = _tallied(batch, found)
    if found.records:
        _send(batch, out, by, round_name, profile, found, tally, basis)
    _hand_back(batch, out, by, tally)
    return tally


def _hand_back(batch: Batch, out: Path, by: Actor, tally: ExportTally) -> None:
    """The workbook of the people held back, and why."""
    held = out / HELD_BACK
    leaving = list_exports.ListExport(
        Leaves.REGISTRY_HELD_BACK,
        "暂不导出",
        [("batch", batch.code)],
        (),
        HELD_HEADERS,
        HELD_WIDTHS,
    )
    list_exports.deliver(by, leaving, tally.held, held)
    tally.held_file = ""
    if tally.held_back:
        tally.held_file = str(held)
    tally.file = tally.file or tally.held_file


def _cancelled_of(batch: Batch, ids: Sequence[int], wanted: Sequence[str]) -> list[int]:
    """The candidates of `ids` to be registered again, in their order. Raises Refused where one of
    `wanted` is not among them: nobody is left out silently, and nobody is registered twice.
    """
    if not wanted:
        raise Refused("学号名单里一个学号也没有；一行一个学号")
    found = looking.cancelled(batch, wanted)
    selected = set(ids)
    if missing := [number for number in wanted if found.get(number) not in selected]:
        raise Refused(
            f"{name_and_count(missing, SHOWN, '人')} 在批次 {batch.code} 没有注册已注销的证书，"
            "或不在所选轮次：重新注册的文件只列注销已登记的证书；一人也没有导出"
        )
    again = set(found.values())
    return [pk for pk in ids if pk in again]


def _sorted(
    ids: Sequence[int],
    basis: Basis,
    profile: ExchangeProfile,
    progress: Progress | None,
    *,
    again: bool,
) -> _Sorted:
    """Judge everybody, open the 证件号 of those who go out, and check what would be written."""
    found = _Sorted()
    done = 0
    notes = set[str]()
    made: dict[int, ExchangeRecord] = {}
    for piece in chunks(ids):
        against = looking.holds(piece, basis, again=again)
        found.holds |= {pk: reasons for pk, reasons in against.items() if reasons}
        ready = _readable([pk for pk in piece if pk not in found.holds], found)
        made |= {pk: record(content, profile) for pk, content in ready.items()}
        notes.update(derived_years(ready.values(), profile))
        done += len(piece)
        if progress is not None:
            progress(done, len(ids))
    for pk, checked in zip(made, without_twins(made.values(), profile), strict=True):
        if checked.holds:
            found.holds[pk] = checked.holds
        else:
            found.records.append(checked)
    found.notes = tuple(sorted(notes))
    return found


def _readable(ids: Sequence[int], found: _Sorted) -> dict[int, Content]:
    """The content of each certificate; one that cannot be read is held back."""
    ready: dict[int, Content] = {}
    for pk, issued in looking.contents(ids).items():
        if issued.content is None:
            found.holds[pk] = (unreadable(issued.number),)
        else:
            ready[pk] = issued.content
    return ready


def _tallied(batch: Batch, found: _Sorted) -> ExportTally:
    counts = Tally(
        code for reasons in found.holds.values() for code in {hold.code for hold in reasons}
    )
    return ExportTally(
        batch.code,
        rows=len(found.records),
        held_back=len(found.holds),
        by_code=dict(sorted(counts.items())),
        held=list(_held_rows(found)),
        notes=found.notes,
    )


def _held_rows(found: _Sorted) -> Iterator[tuple[str, ...]]:
    """One row per reason, people in the order of their 学号."""
    known = {
        pk: person
        for piece in chunks(list(found.holds))
        for pk, person in looking.people(piece).items()
    }
    for pk, person in sorted(known.items(), key=lambda pair: pair[1].student_no):
        for hold in found.holds[pk]:
            yield (*person, hold.code, hold.sentence, hold.source, hold.desk.label, hold.todo)


def _send(
    batch: Batch,
    out: Path,
    by: Actor,
    round_name: str | None,
    profile: ExchangeProfile,
    found: _Sorted,
    tally: ExportTally,
    basis: Basis,
) -> None:
    """Write both files, on record before either is begun; they appear in `out` when they are
    complete.
    """
    columns = [DbfColumn(column.name, column.width) for column in profile.fields]
    texts = [line.texts for line in found.records]
    asked = export_runs.ExportRequest(KIND, batch, round_name, by, tally.rows, tally.held_back)
    try:
        check_columns(columns)
        with export_runs.begin(asked, lambda run: _free_name(out, batch, run)) as run:
            dbf = run.folder / run.record.name
            book = dbf.with_suffix(".xlsx")
            write_dbf(dbf, columns, texts, basis.today, encoding=profile.encoding)
            table_workbook(book, [column.name for column in columns], texts, sheet="学历注册")
            run.deliver((book, dbf), out)
    except DbfRefused as problem:
        raise Refused(f"导出方案写不成 DBF：{problem}") from problem
    tally.run = run.record.run
    tally.file = str(out / run.record.name)


def _free_name(out: Path, batch: Batch, run: int) -> str:
    """The name of a run's DBF. Raises Refused where the files would cover others."""
    name = f"xueli-{batch.code}-{run}.dbf"
    if any((out / name).with_suffix(suffix).exists() for suffix in (".dbf", ".xlsx")):
        raise Refused(f"{out / name} 已经存在，是另一套系统导出的；请换一个目录")
    return name
