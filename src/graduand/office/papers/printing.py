"""Printing: whose paper, of which kind, into which folder, and what is reported of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from graduand.models import Batch, Unit
from graduand.office.certificates.issuing import reprinting
from graduand.office.certificates.issuing.reprinting import ReprintOutcome
from graduand.office.outgoing import export_runs
from graduand.office.papers.contents import Contents
from graduand.office.papers.print_run import PrintRecord, PrintRun
from graduand.office.papers.print_tally import PrintTally, hand_back
from graduand.office.progress import Progress, unwatched
from graduand.office.refusal import Refused
from graduand.papers.printed.fonts import Fonts, FontsMissing, fonts
from graduand.papers.printed.print_folder import PrintFolder, PrintFolderBusy
from graduand.papers.printed.render import RenderLimits
from graduand.queries.basis import basis_of
from graduand.queries.certificates import old_papers
from graduand.queries.papers import printing as looking
from graduand.queries.papers import removed_items
from graduand.queries.scope import Actor
from graduand.rulebook.papers.printing import HQ_ONLY, PERSONAL
from graduand.rulebook.terms import Desk, PaperKind
from graduand.rulebook.words import name_and_count

DESKS = (Desk.CENTRE, Desk.COLLEGE, Desk.HQ)
SHOWN = 5


def print_papers(
    batch: Batch,
    kind: PaperKind,
    out: Path,
    by: Actor,
    *,
    merge: bool = False,
    centre: Unit | None = None,
    round_name: str | None = None,
    amended: bool = False,
    students: Sequence[str] | None = None,
    limits: RenderLimits | None = None,
    progress: Progress | None = None,
) -> PrintTally:
    """Print the papers of `kind` into `out`/<kind>: one file per person, or with `merge` (and for
    lists) one per centre.

    A finished file that would come out the same is kept, except for a certificate amended since.
    `amended`: only those whose certificate was amended and waits for a new print. `students`: only
    these 学号, all of them. Raises Refused, OSError; LookupError without a policy.
    """
    _refuse_desk(kind, by)
    place = centre.pk if centre else None
    asked = looking.listed(
        batch, by, centre=place, round_name=round_name, amended=amended, students=students
    )
    if students is not None:
        _refuse_missing(batch, kind, students, asked, merge=merge)
    folder = out / kind.label
    tally = PrintTally(kind, batch.code, str(folder))
    part = _part(round_name, centre, amended, students)
    wanted = export_runs.ExportRequest(kind.value, batch, round_name, by, len(asked), part=part)
    contents = _contents(wanted, place, folder, limits)
    with _on_record(folder, wanted, kind) as (print_folder, record):
        run = PrintRun(contents, print_folder, tally, asked, progress or unwatched, record)
        run.print(merge, _lists_of(wanted, looking.centres(by, place)))
        tally.notes += _of_old_papers(reprinting.ended(run.printed))
        record.written(run.hashes, tally)
    hand_back(tally, out, by, part)
    return tally


def _part(
    round_name: str | None, centre: Unit | None, amended: bool, students: Sequence[str] | None
) -> frozenset[str]:
    """What a run is limited to, as its record stores it; 学号 as one digest of all of them."""
    limits = set()
    if round_name:
        limits.add(f"round={round_name}")
    if centre:
        limits.add(f"centre={centre.code}")
    if amended:
        limits.add("amended")
    if students is not None:
        numbers = "\n".join(sorted(students))
        limits.add(f"students={hashlib.sha256(numbers.encode()).hexdigest()}")
    return frozenset(limits)


@contextmanager
def _on_record(
    folder: Path, wanted: export_runs.ExportRequest, kind: PaperKind
) -> Iterator[tuple[PrintFolder, PrintRecord]]:
    """The folder for this run alone, and the record of what is printed. Raises Refused."""
    try:
        with PrintFolder(folder) as print_folder, PrintRecord(wanted, kind) as record:
            yield print_folder, record
    except PrintFolderBusy as problem:
        raise Refused(str(problem)) from problem


def _refuse_desk(kind: PaperKind, by: Actor) -> None:
    """Raises Refused for an actor who prints no papers of this kind."""
    if by.desk not in DESKS:
        raise Refused(f"材料由学习中心、学院和总部打印，您属于{by.desk.label}")
    if kind in HQ_ONLY and by.desk is not Desk.HQ:
        raise Refused(f"{kind.label}由总部打印，您属于{by.desk.label}")


def _refuse_missing(
    batch: Batch,
    kind: PaperKind,
    wanted: Sequence[str],
    found: Iterable[looking.ListedPerson],
    *,
    merge: bool,
) -> None:
    """Single people are printed as files of their own, and nobody is left out silently. Raises
    Refused.
    """
    if merge or kind not in PERSONAL:
        raise Refused("只打印部分学生的，一人一个文件，不能合并，也不能打印花名册、装箱单、签领表")
    if not wanted:
        raise Refused("学号名单里一个学号也没有；一行一个学号")
    numbers = {person.student_no for person in found}
    if missing := [number for number in wanted if number not in numbers]:
        named = name_and_count(missing, SHOWN, "人")
        raise Refused(
            f"批次 {batch.code} 可打印的材料里没有 {named}：尚未准予毕业、"
            "不在所选学习中心或轮次，或学号有误；一份也没有打印"
        )


def _contents(
    wanted: export_runs.ExportRequest, place: int | None, folder: Path, limits: RenderLimits | None
) -> Contents:
    """What the papers of a run are made of. Raises Refused, LookupError without a policy."""
    kind, basis = PaperKind(wanted.kind), basis_of(wanted.batch)
    made = Contents(kind, basis, _known_fonts(), _photos(), folder, limits or RenderLimits())
    if kind is PaperKind.PACKING_LIST:
        made.taken_out = removed_items.lines(
            wanted.batch, basis, wanted.by, centre=place, round_name=wanted.round_name
        )
    return made


def _photos() -> Path:
    return Path(settings.MEDIA_ROOT) / "photos"


def _known_fonts() -> Fonts:
    """The fonts of the installation. Raises Refused when one is missing."""
    try:
        return fonts(Path(settings.GRADUAND_HOME) / "fonts")
    except FontsMissing as problem:
        raise Refused(str(problem)) from problem


def _lists_of(asked: export_runs.ExportRequest, centres: Iterable[str]) -> dict[str, str]:
    """What a list of each centre is noted as: one that the same question does not make any more is
    taken away, and nothing that was printed of another batch, of a round or by whoever sees some
    classes alone.
    """
    whose = "" if asked.by.classes is None else f"{asked.by.user_id}"
    return {
        code: "/".join((asked.batch.code, code, asked.round_name or "", whose)) for code in centres
    }


def _of_old_papers(ended: ReprintOutcome) -> list[str]:
    """What a print of certificates means for the papers that were there before it, and its own."""
    notes = []
    if ended.renewed:
        left = old_papers.count(ended.renewed)
        more = "，可以寄出"
        if left:
            more = f"；其中 {left} 人还不能寄出：学位证书待重制登记"
        notes.append(
            f"其中 {len(ended.renewed)} 份是更正后按新内容重新打印的{more}；旧证请收回作废"
        )
    if ended.useless:
        notes.append(
            f"其中 {len(ended.useless)} 份在打印期间又更正过，或者同时在别处打印过，不能使用，请作废；"
            "还要重新打印的请加 --amended 再打印一次"
        )
    return notes
