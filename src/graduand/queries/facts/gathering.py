"""gather(): the single seam from rows to plain data, with a constant number of queries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from graduand.models import Candidate
from graduand.models.engine import AsStored, Ids
from graduand.queries.audit import editions
from graduand.queries.audit.academics import pass_keys
from graduand.queries.audit.degrees import Row
from graduand.queries.certificates.granted import against_degrees
from graduand.queries.facts import declarations
from graduand.queries.facts.earlier_refusals import refused_before
from graduand.queries.facts.papers import papers_of
from graduand.queries.facts.photos import photos_of
from graduand.queries.facts.quick_columns import BOOL, day_text
from graduand.queries.facts.registry import cases_of, chsi_of, relevant_case
from graduand.rulebook.facts import NO_PAPER, Case, Chsi, Facts, File, Paper, Photo
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    LIVE_STAGES,
    DegreeState,
    Level,
    PriorCheck,
    Stage,
    Standing,
)

_COLUMNS = (
    "id",
    "student_id",
    "student__number",
    "student__entry",
    "student__standing",
    "student__level",
    AsStored("student__goes_on"),
    "student__id_problems",
    "student__plan__code",
    "stage",
    "round__name",
    "degree",
    "moved_at",
    "applied_by_id",
    "endorsed_by_id",
    "roster__number",
    "approved_photo",
    "explanation",
    AsStored("student__confirmed_on"),
    AsStored("student__moral"),
    "student__profile__prior_check",
    "batch_id",
    "last_act_id",
    "confirmed_grounds",
    "edition",
    "student__id_hash",
    day_text("student__birth"),
    "student__sex",
)
# Words are looked up once, not once per row: the enums' own look-up costs as much as a rule.
_STAGE = {word.value: word for word in Stage}
_STANDING = {word.value: word for word in Standing}
_LEVEL = {word.value: word for word in Level}
_DEGREE = {word.value: word for word in DegreeState}
_PRIOR = {word.value: word for word in PriorCheck}
_NO_PASSES: tuple[str, date | None] = ("", None)
_ALONE = ("", False)


@dataclass(frozen=True, slots=True)
class _FactTables:
    """What comes from other tables: the papers by file, all else by student."""

    passes: Mapping[int, tuple[str, date | None]]
    chsi: Mapping[int, Chsi]
    photos: Mapping[int, Photo]
    live: Mapping[int, tuple[str, bool]]
    papers: Mapping[int, Paper]
    degrees: Mapping[int, tuple[Row, ...]]
    cases: Mapping[int, list[Case]]

    def facts(self, row: tuple[Any, ...]) -> Facts:
        """All that is known of the file of a row."""
        file = row[0]
        student = row[1]
        return _facts(
            row,
            self.passes.get(student, _NO_PASSES),
            self.chsi.get(student),
            self.photos.get(student),
            _file(row, self.live.get(student, _ALONE)),
            self.papers.get(file, NO_PAPER),
            self.degrees.get(student, ()),
            relevant_case(self.cases.get(student)),
        )


def gather(
    ids: Sequence[int],
    policy: BatchPolicy,
    day: date,
    *,
    papers: bool = False,
    degree: bool = False,
    spoken: bool = False,
) -> dict[int, Facts]:
    """Facts of the candidates `ids` as of `day`, by candidate id, in the order of `ids`.

    `papers` adds the certificate, the archive and the parcel; `degree` the findings against the
    degree; `spoken` what the centre declared when it applied, and whether the person was refused
    before.
    """
    rows = _rows(ids)
    students = Ids(row[1] for row in rows)
    cases = cases_of(students)
    chsi, announced = chsi_of(students, day, cases)
    beside = _FactTables(
        pass_keys(students, day),
        chsi,
        photos_of(students),
        _other_live(students, rows),
        _papers(students, rows, policy) if papers else {},
        _against_degrees(rows, policy, day) if degree else {},
        cases,
    )
    found = {row[0]: beside.facts(row) for row in rows}
    if announced:
        _add_announced(found, {row[0]: announced.get(row[1]) for row in rows})
    if spoken:
        _add_spoken(found)
    return {pk: found[pk] for pk in ids if pk in found}


def _rows(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """A row of `_COLUMNS` for each file; all are of one batch."""
    files = Candidate.objects.filter(id__among=Ids(ids)).annotate(edition=editions.of_file())
    return list(files.values_list(*_COLUMNS))


def _papers(
    students: Ids, rows: Sequence[tuple[Any, ...]], policy: BatchPolicy
) -> dict[int, Paper]:
    """The papers of each file."""
    if not rows:
        return {}
    return papers_of([row[0] for row in rows], students, rows[0][21], policy)


def _add_announced(found: dict[int, Facts], announced: Mapping[int, date | None]) -> None:
    """The day on which the registry's next word counts changes the facts."""
    for pk, known in found.items():
        then = announced[pk]
        if then is not None:
            found[pk] = known._replace(changes_on=min(then, known.changes_on or then))


def _add_spoken(found: dict[int, Facts]) -> None:
    """What was declared about the picture, and whether the person was refused before."""
    for pk in _declared(list(found)):
        found[pk] = found[pk]._replace(file=found[pk].file._replace(same_checked=True))
    for pk, said in refused_before(list(found)).items():
        found[pk] = found[pk]._replace(file=found[pk].file._replace(refused_before=said.words))


def _against_degrees(
    rows: Sequence[tuple[Any, ...]], policy: BatchPolicy, day: date
) -> dict[int, tuple[Row, ...]]:
    """What stands against the degree of each student."""
    granted = {row[0]: row[1] for row in rows if row[11] == DegreeState.GRANTED.value}
    return against_degrees([row[1] for row in rows], granted, policy, day)


def _declared(ids: Sequence[int]) -> list[int]:
    """Who was applied for with the statement 「已核查学信网」 about the picture that is there now."""
    rows = Candidate.objects.filter(declarations.is_declared(), id__among=Ids(ids))
    return list(rows.values_list("id", flat=True))


def _other_live(students: Ids, rows: Sequence[tuple[Any, ...]]) -> dict[int, tuple[str, bool]]:
    """Student -> (the other batch in which a file is live, whether it has its certificate)."""
    if not rows:
        return {}
    stages = [stage.value for stage in LIVE_STAGES]
    live = Candidate.objects.filter(student_id__among=students, stage__in=stages)
    elsewhere = live.exclude(batch_id=rows[0][21])
    found = elsewhere.values_list("student_id", "batch__code", "stage")
    return {pk: (code, stage in GRADUATED_STAGES) for pk, code, stage in found}


def _file(row: tuple[Any, ...], live: tuple[str, bool]) -> File:
    """The file itself; `live` is the student's file in another batch."""
    return File(
        _STAGE[row[9]],
        row[10],
        _DEGREE[row[11]],
        row[12],
        row[13],
        row[14],
        live[0],
        bool(row[15]),
        row[16],
        bool(row[17]),
        version=row[22],
        other_graduated=live[1],
        confirmed_grounds=row[23],
    )


def _facts(
    row: tuple[Any, ...],
    passes: tuple[str, date | None],
    chsi: Chsi | None,
    photo: Photo | None,
    file: File,
    paper: Paper,
    degree: tuple[tuple[str, str, str], ...],
    case: Case | None,
) -> Facts:
    """All that is known of one file, put together."""
    return Facts(
        row[2],
        row[3],
        _STANDING[row[4]],
        _LEVEL[row[5]],
        bool(row[6]),
        row[7],
        passes[0],
        row[8],
        file,
        chsi,
        photo,
        paper,
        row[18] is not None,
        _PRIOR.get(row[20]),
        BOOL[row[19]],
        degree,
        passes[1],
        case,
        edition=row[24] or 0,
        document=document_word(*row[25:28]) if row[7] else "",
    )


def document_word(id_hash: str, birth: str, sex: str) -> str:
    """A key of a document and what it is compared with; of the number only a keyed hash is in it."""
    return hashlib.sha256(f"{id_hash} {birth} {sex}".encode()).hexdigest()[:16]
