"""The workbook of an audit: one row per person, and the counts of what is stored."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.db.models import QuerySet

from graduand.models import Batch, Candidate, Judgement
from graduand.models.engine import CodePoint
from graduand.office.progress import Progress
from graduand.queries.facts import gathering
from graduand.queries.verdicts import CHUNK, chunks
from graduand.rulebook.clauses import ACADEMIC_CODES, Finding
from graduand.rulebook.gates import Basis
from graduand.rulebook.records.cells import safe_text

CSV_HEADER = ("学号", "姓名", "学习中心", "满足毕业条件", "不满足项")
_ACADEMIC = frozenset(ACADEMIC_CODES)


def _everybody(batch: Batch) -> QuerySet[Candidate]:
    return Candidate.objects.filter(batch=batch, aside=False).order_by(CodePoint("student__number"))


def judged_rows(
    batch: Batch, basis: Basis, progress: Progress | None
) -> Iterator[tuple[tuple[str, str, str], tuple[Finding, ...]]]:
    ids = list(_everybody(batch).values_list("id", flat=True))
    done = 0
    for piece in chunks(ids):
        names = {
            pk: (number, name, centre)
            for pk, number, name, centre in Candidate.objects.filter(id__among=piece).values_list(
                "id", "student__number", "student__name", "student__centre__code"
            )
        }
        for pk, known in gathering.gather(piece, basis.policy, basis.today).items():
            yield names[pk], basis.academic(known)
        done += len(piece)
        if progress is not None:
            progress(done, len(ids))


def stored_rows(batch: Batch) -> Iterator[tuple[str, ...]]:
    """The CSV's rows from the stored judgements, by 学号; streamed."""
    columns = ("student__number", "student__name", "student__centre__code", "judgement__unmet")
    rows = _everybody(batch).filter(judgement__isnull=False).values_list(*columns)
    for number, name, centre, unmet in rows.iterator(chunk_size=CHUNK):
        found = [Finding.from_row(row) for row in json.loads(unmet)]
        yield csv_row(number, name, centre, [f.item for f in found if f.code in _ACADEMIC])


def csv_row(number: str, name: str, centre: str, items: list[str]) -> tuple[str, ...]:
    """A cell that cannot run when a spreadsheet opens it (X08), since names come from other
    people's sheets.
    """
    plain = (number, name, centre, "否" if items else "是", ";".join(sorted(items)))
    return tuple(safe_text(cell) for cell in plain)


def write_csv(out: Path, rows: Iterator[tuple[str, ...]]) -> None:
    """UTF-8 with BOM, so that Excel opens it; written to a draft and moved into place."""
    draft = out.with_name(out.name + ".part")
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_HEADER)
        writer.writerows(rows)
    draft.replace(out)


def stored_counts(batch: Batch) -> tuple[int, int, dict[str, int]]:
    """(fit, unfit, findings of each code) of what is stored."""
    rows = Judgement.objects.filter(candidate__batch=batch, candidate__aside=False)
    counts: Counter[str] = Counter()
    unfit = 0
    for unmet in rows.filter(fit=False).values_list("unmet", flat=True).iterator(chunk_size=CHUNK):
        unfit += 1
        counts.update(row[0] for row in json.loads(unmet) if row[0] in _ACADEMIC)
    return rows.filter(fit=True).count(), unfit, dict(sorted(counts.items()))
