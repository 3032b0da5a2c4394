"""gather(): the single seam from rows to plain data, a constant number of queries for any number of people."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    Document,
    IdentityCase,
    IncomingNumber,
    ParcelItem,
    PhotoRow,
)
from graduand.models.engine import AsStored, Ids
from graduand.queries import declarations, editions, importing, old_papers
from graduand.queries.academics import pass_keys
from graduand.queries.degrees import Row
from graduand.queries.granted import against_degrees
from graduand.queries.refused_before import refused_before
from graduand.rulebook.calendar import office_day
from graduand.rulebook.dossier import missing_papers
from graduand.rulebook.facts import NO_PAPER, Case, Chsi, Facts, File, Paper, Photo
from graduand.rulebook.policy import BatchPolicy
from graduand.rulebook.registrys_word import Differs, carried_on
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    LIVE_STAGES,
    CaseState,
    ChsiVerdict,
    DegreeState,
    Level,
    PhotoKind,
    PriorCheck,
    Stage,
    Standing,
)


def _text(column: str) -> Cast:
    """A day as ISO text: days repeat, so reading each once beats converting it row by row."""
    return Cast(column, TextField())


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
    _text("student__birth"),
    "student__sex",
)
# Words are looked up once, not once a row: the enums' own look-up costs as much as a rule.
_STAGE = {word.value: word for word in Stage}
_STANDING = {word.value: word for word in Standing}
_LEVEL = {word.value: word for word in Level}
_DEGREE = {word.value: word for word in DegreeState}
_VERDICT = {word.value: word for word in ChsiVerdict}
_PRIOR = {word.value: word for word in PriorCheck}
_NO_PASSES: tuple[str, date | None] = ("", None)
_ALONE = ("", False)


def gather(
    ids: Sequence[int],
    policy: BatchPolicy,
    day: date,
    *,
    papers: bool = False,
    degree: bool = False,
    spoken: bool = False,
) -> dict[int, Facts]:
    """Facts of the candidates `ids` as of `day`, by candidate id, in the order of `ids` as far as
    they exist.

    `papers` adds the certificate, the archive and the parcel; `degree` the findings against the
    degree; `spoken` what the centre declared when it applied, and whether the person was refused
    before.
    """
    rows = list(
        Candidate.objects.filter(id__among=Ids(ids))
        .annotate(edition=editions.of_file())
        .values_list(*_COLUMNS)
    )
    student_of = {row[0]: row[1] for row in rows}
    students = Ids(student_of.values())
    passes = pass_keys(students, day)
    cases = cases_of(students)
    chsi, announced = chsi_of(students, day, cases)
    photos = photos_of(students)
    live = _other_live(students, rows[0][21]) if rows else {}
    paper = (
        _papers([row[0] for row in rows], students, rows[0][21], policy) if papers and rows else {}
    )
    degrees = _against_degrees(rows, policy, day) if degree else {}
    found = {
        row[0]: _facts(
            row,
            passes.get(row[1], _NO_PASSES),
            chsi.get(row[1]),
            photos.get(row[1]),
            live.get(row[1], _ALONE),
            paper.get(row[0], NO_PAPER),
            degrees.get(row[1], ()),
            meant(cases.get(row[1])),
        )
        for row in rows
    }
    for pk, known in found.items() if announced else ():
        if (then := announced.get(student_of[pk])) is not None:
            found[pk] = known._replace(changes_on=min(then, known.changes_on or then))
    for pk in _declared(list(found)) if spoken else ():
        found[pk] = found[pk]._replace(file=found[pk].file._replace(same_checked=True))
    for pk, said in refused_before(list(found)).items() if spoken else ():
        found[pk] = found[pk]._replace(file=found[pk].file._replace(refused_before=said.words))
    return {pk: found[pk] for pk in ids if pk in found}


def _against_degrees(
    rows: Sequence[tuple[Any, ...]], policy: BatchPolicy, day: date
) -> dict[int, tuple[Row, ...]]:
    """What stands against the degree of each student."""
    granted = {row[0]: row[1] for row in rows if row[11] == DegreeState.GRANTED.value}
    return against_degrees([row[1] for row in rows], granted, policy, day)


def _declared(ids: Sequence[int]) -> list[int]:
    """Who was applied for with the statement 「已核查学信网」 about the picture that is there now."""
    rows = Candidate.objects.filter(declarations.made(), id__among=Ids(ids))
    return list(rows.values_list("id", flat=True))


def _facts(
    row: tuple[Any, ...],
    passes: tuple[str, date | None],
    chsi: Chsi | None,
    photo: Photo | None,
    live: tuple[str, bool],
    paper: Paper,
    degree: tuple[tuple[str, str, str], ...],
    case: Case | None,
) -> Facts:
    file = File(
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
        _BOOL[row[19]],
        degree,
        passes[1],
        case,
        edition=row[24] or 0,
        document=document_word(*row[25:28]) if row[7] else "",
    )


def document_word(id_hash: str, birth: str, sex: str) -> str:
    """A word for a document and what it is compared with; of the number there is a keyed hash alone in it."""
    return hashlib.sha256(f"{id_hash} {birth} {sex}".encode()).hexdigest()[:16]


def cases_of(students: Ids) -> dict[int, list[Case]]:
    """The identity cases of each student who has any, in the order in which they were opened; one query."""
    found: dict[int, list[Case]] = {}
    rows = IdentityCase.objects.filter(student_id__among=students).order_by("opened_at", "id")
    columns = (
        "student_id",
        "state",
        "verdict",
        "opened_at",
        "id",
        "version",
        "rested_on",
        "filed_at",
    )
    for pk, state, verdict, opened_at, number, version, rested_on, filed_at in rows.values_list(
        *columns
    ):
        # What was filed before this was kept, or with no row at all, rests on what the registry had
        # said by that day; and nothing rests on a row that was dated ahead.
        filed = office_day(filed_at) if filed_at else None
        known = min(rested_on, filed) if rested_on and filed else rested_on or filed
        case = Case(
            CaseState(state),
            _VERDICT[verdict],
            opened_at,
            number=number,
            version=version,
            rested_on=known,
        )
        found.setdefault(pk, []).append(case)
    return found


def meant(cases: list[Case] | None) -> Case | None:
    """The case that holds (the database has one a student at most), else the newest one."""
    if cases is None:
        return None
    return next((case for case in cases if case.state.holds), cases[-1])


def chsi_of(
    students: Ids, day: date, cases: Mapping[int, list[Case]]
) -> tuple[dict[int, Chsi], dict[int, date]]:
    """The newest registry row of each student with 数据日期 ≤ `day`, and whether a filing covers
    its verdict.

    Second, the next 数据日期 to come of those who have one. What a file does not speak of, photos
    or a column that is compared, is as it was last known. One query.
    """
    found: dict[int, Chsi] = {}
    since: dict[int, date] = {}
    coming: dict[int, date] = {}
    reports = ChsiReport.objects.filter(student_id__among=students).order_by("student_id", "day")
    columns = (
        "student_id",
        _text("day"),
        AsStored("admission_photo"),
        AsStored("credential_photo"),
        "verdict",
        "mismatches",
        "differs",
        "silent",
    )
    for (
        pk,
        text,
        has_admission,
        has_credential,
        word,
        mismatches,
        differs,
        silent,
    ) in reports.values_list(*columns):
        when, admission, credential = _day(text), _BOOL[has_admission], _BOOL[has_credential]
        if when > day:
            coming.setdefault(pk, when)
            continue
        before, doubt_day = found.get(pk), None
        if before is not None:
            admission = before.admission_photo if admission is None else admission
            credential = before.credential_photo if credential is None else credential
            doubt_day = before.doubt_day
            if before.mismatches:
                was = Differs(before.mismatches, before.differs)
                mismatches, differs = carried_on(was, Differs(mismatches, differs), silent)
        verdict = _VERDICT[word]
        if verdict is not ChsiVerdict.NORMAL:
            doubt_day = when
            since.setdefault(pk, when)
        else:
            since.pop(pk, None)
        covered = (
            pk in cases
            and pk in since
            and any(case.covers(verdict, since[pk]) for case in cases[pk])
        )
        found[pk] = Chsi(
            when, admission, credential, verdict, covered, mismatches, doubt_day, differs
        )
    return found, coming


def photos_of(students: Ids) -> dict[int, Photo]:
    """The current 毕业照片 of each student; beside it, whether the centre supplied the registry's copy. One query."""
    graduation, supplied = (
        Q(kind=PhotoKind.GRADUATION.value),
        Q(kind=PhotoKind.CREDENTIAL.value, supplied=True),
    )
    rows = PhotoRow.objects.filter(graduation | supplied, student_id__among=students, current=True)
    columns = (
        "student_id",
        "kind",
        "sha256",
        _text("since"),
        "review",
        "problems",
        AsStored("same"),
        "size",
        "width",
        "height",
    )
    found: dict[int, Photo] = {}
    stated = []
    for pk, kind, sha, since, review, problems, same, *measures in rows.values_list(*columns):
        if kind == PhotoKind.GRADUATION:
            found[pk] = Photo(
                sha, _day(since), problems, _BOOL[same], review == "pending", False, *measures
            )
        else:
            stated.append(pk)
    for pk in stated:
        if pk in found:
            found[pk] = found[pk]._replace(stated=True)
    return found


_day = lru_cache(maxsize=4_096)(date.fromisoformat)
_BOOL: dict[int | None, bool | None] = {None: None, 0: False, 1: True}


def _other_live(students: Ids, batch: int) -> dict[int, tuple[str, bool]]:
    """Student -> (code of another batch in which a file of the same 学号 is live, whether it has its certificate)."""
    rows = Candidate.objects.filter(
        student_id__among=students, stage__in=[s.value for s in LIVE_STAGES]
    )
    found = rows.exclude(batch_id=batch).values_list("student_id", "batch__code", "stage")
    return {pk: (code, stage in GRADUATED_STAGES) for pk, code, stage in found}


def _papers(ids: Sequence[int], students: Ids, batch: int, policy: BatchPolicy) -> dict[int, Paper]:
    """Certificate, archive and parcel of each candidate; five queries, and one more while an import is being written."""
    files = Ids(ids)
    # A number that stood on a certificate, whosever, is spent, also when that one was voided.
    spent = Exists(Certificate.objects.filter(number=OuterRef("number")))
    incoming = IncomingNumber.objects.filter(~spent, student_id__among=students, batch_id=batch)
    numbers = dict(incoming.values_list("student_id", "number"))
    columns = (
        "number",
        "held_by__code",
        "queryable",
        "registered_on",
        "cancelled_on",
        "old_paper_since",
        "degree_old",
    )
    valid = Certificate.objects.filter(candidate_id__among=files, voided_at=None).annotate(
        degree_old=old_papers.degree_since()
    )
    certificates = {pk: rest for pk, *rest in valid.values_list("candidate_id", *columns)}
    parcels = ParcelItem.objects.filter(candidate_id__among=files, open=True)
    counted = dict(parcels.values_list("candidate_id", "counted"))
    missing, all_of_them = _missing_papers(files, policy), _labels(policy, ())
    found: dict[int, Paper] = {}
    people = Candidate.objects.filter(id__among=files).annotate(
        awaited=importing.awaited("student_id")
    )
    # Where no arrival was ever recorded nobody can say what is missing.
    people = people.annotate(recorded=Exists(Document.objects.filter(candidate__batch=batch)))
    rows = list(people.values_list("id", "student_id", "centre__code", "awaited", "recorded"))
    plans = importing.awaited_students([student for _, student, _, awaited, _ in rows if awaited])
    for pk, student, centre, _, recorded in rows:
        none = (numbers.get(student, ""), "", False, None, None, None, None)
        number, holder, queryable, registered, cancelled, old_paper, degree_old = certificates.get(
            pk, none
        )
        # Made whole at once: `replace` on thousands takes longer than the queries.
        found[pk] = Paper(
            held_by=holder or "",
            number=number,
            queryable=queryable,
            registered=queryable or registered is not None,
            cancelled=cancelled is not None,
            missing_documents=missing.get(pk, all_of_them) if recorded else (),
            documents_recorded=recorded,
            in_parcel=pk in counted,
            counted=counted.get(pk) is not False,
            registered_on=registered,
            receiver=centre,
            importing=importing.words(plans[student]) if student in plans else "",
            old_since=office_day(old_paper) if old_paper else None,
            degree_old_since=office_day(degree_old) if degree_old else None,
        )
    return found


def _missing_papers(files: Ids, policy: BatchPolicy) -> dict[int, tuple[str, ...]]:
    """The papers that the archive lacks, of each file of which any has come; one query."""
    have: dict[int, set[str]] = {}
    for pk, kind in Document.objects.filter(candidate_id__among=files).values_list(
        "candidate_id", "kind"
    ):
        have.setdefault(pk, set()).add(kind)
    return {pk: _labels(policy, kinds) for pk, kinds in have.items()}


def _labels(policy: BatchPolicy, have: Collection[str]) -> tuple[str, ...]:
    return tuple(kind.label for kind in missing_papers(policy.dossier, have))
