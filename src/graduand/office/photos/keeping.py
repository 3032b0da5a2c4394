"""Storing judged pictures: the files first, then their rows, one transaction per chunk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q

from graduand.gateways import hashed_files
from graduand.models import Candidate, Intake, PhotoCheck, PhotoRow, PhotoUpload
from graduand.models.engine import Ids, engine_of
from graduand.office import account_log
from graduand.office.audit.auditing import mark_stale
from graduand.office.photos import comparison
from graduand.office.photos.judging import JudgedEntry, answer
from graduand.office.photos.uploads import media
from graduand.office.queue.attempts import attempt
from graduand.queries import clock
from graduand.queries.photos.places import places_of, refused_pictures
from graduand.rulebook.photos.findings import PhotoCode, PhotoFinding, PhotoVerdict
from graduand.rulebook.photos.judge import differs_from_registry
from graduand.rulebook.photos.places import PhotoPlace, place_refusal
from graduand.rulebook.photos.words import PhotoOutcome, PhotoReview
from graduand.rulebook.terms import PhotoKind

SYNCED_AT_ONCE = 8
HELD = (
    "与另一名学生的照片完全相同；请核对是哪一位学生的照片"
    "（两人的照片放反了的，请把两张正确命名的照片放在一个压缩包里，选择「覆盖已经存在的照片」）"
)
_COLUMNS = {
    "outcome": "text",
    "verdict": "text",
    "findings": "jsonb",
    "marks": "jsonb",
    "readings": "jsonb",
    "repairable": "boolean",
    "original": "text",
    "served": "text",
    "pixels": "text",
    "size": "integer",
    "width": "integer",
    "height": "integer",
    "judged_by": "text",
    "spec": "text",
    "repaired": "text",
}


@dataclass(slots=True)
class PhotoWriter:
    """What is known while pictures of one upload are kept."""

    upload: PhotoUpload
    now: datetime = field(default_factory=clock.now)
    today: date = field(default_factory=clock.today)

    def keep(self, piece: Sequence[JudgedEntry]) -> PhotoUpload:
        """Store a chunk and move the cursor; what somebody else stored meanwhile is left alone."""
        upload = self.upload
        if not upload.trial:
            self._settle(piece)
            _store(
                entry
                for entry in piece
                if entry.wanted and entry.check.outcome == PhotoOutcome.WAITING
            )
        # PostgreSQL: another upload wrote the same student's photo meanwhile, or two waited for
        # each other.
        attempt(partial(self._write, piece))
        return PhotoUpload.objects.get(pk=upload.pk)

    def _write(self, piece: Sequence[JudgedEntry]) -> None:
        with transaction.atomic():
            upload = self.upload
            unfinished = PhotoUpload.objects.filter(
                pk=upload.pk, cursor=upload.cursor, finished_at=None
            )
            if unfinished.update(cursor=F("cursor") + len(piece)):
                self._write_rows(piece)

    def _write_rows(self, piece: Sequence[JudgedEntry]) -> None:
        # Read again: another request may have written meanwhile, or the first try was rolled back.
        for entry in piece:
            entry.check.outcome = PhotoOutcome.WAITING.value
        if self.upload.kind == PhotoKind.GRADUATION and not self.upload.trial:
            hold_files(entry.check.student_id or 0 for entry in piece if entry.wanted)
        old = self._settle(piece)
        fresh = [
            entry for entry in piece if entry.wanted and entry.check.outcome == PhotoOutcome.WAITING
        ]
        for entry in piece:
            if entry.check.outcome == PhotoOutcome.WAITING:
                entry.check.outcome = _outcome_of(entry, old).value
        self._save(piece)
        if fresh and not self.upload.trial:
            self._replace(fresh, old)
        if self.upload.cursor + len(piece) >= self.upload.total:
            self.record()
            if not self.upload.trial and comparison.in_force():
                comparison.ask(self.upload.by_id)

    def _settle(self, piece: Iterable[JudgedEntry]) -> dict[int, PhotoRow]:
        """Compare with what is stored: gone, same, in the way, or decided on (A05, Z17, Z19, P12)."""
        wanted = [entry for entry in piece if entry.wanted]
        if not wanted:
            return {}
        students = sorted({entry.check.student_id for entry in wanted if entry.check.student_id})
        current = {
            row.student_id: row
            for row in _current(self.upload.kind).filter(student_id__among=students)
        }
        places = places_of(self.upload.by, PhotoKind(self.upload.kind), students, self.today)
        refused = refused_pictures(self.upload.kind, students)
        for entry in wanted:
            student = entry.check.student_id or 0
            self._settle_one(entry, current.get(student), places[student], refused)
        self._refuse_held(wanted)
        return current

    def _settle_one(
        self,
        entry: JudgedEntry,
        row: PhotoRow | None,
        place: PhotoPlace,
        refused: Mapping[tuple[int, str], str],
    ) -> None:
        """A picture that a person has refused is not looked at again, and never called unchanged."""
        said = refused.get((entry.check.student_id or 0, entry.check.served), "")
        if place.here and said:
            _against(entry, PhotoCode.PHOTO_REFUSED, said)
        elif place.here and row is not None and entry.check.served == row.sha256:
            entry.check.outcome = PhotoOutcome.UNCHANGED.value
        elif refusal := place_refusal(
            place, supplied=self.upload.supplied, overwrite=self.upload.overwrite
        ):
            _against(entry, *refusal)

    def preview(self, one: JudgedEntry) -> None:
        """Say of a picture that was only looked at what would stand against keeping it."""
        self._settle([one])
        one.check.outcome = PhotoOutcome.WAITING.value

    def _refuse_held(self, wanted: Sequence[JudgedEntry]) -> None:
        """One picture for two students is wrong for one of them (P12). Whoever gets another one
        here holds the old one no longer: two that were swapped are put right by one zip (P13).
        """
        claims: dict[str, set[int]] = {}
        for entry in wanted:
            if entry.check.pixels:
                claims.setdefault(entry.check.pixels, set()).add(entry.check.student_id or 0)
        holders = self._holders(list(claims))
        unchanged = PhotoOutcome.UNCHANGED
        coming = [entry for entry in wanted if entry.wanted and entry.check.outcome != unchanged]
        while coming:
            leaving = {entry.check.student_id for entry in coming}
            free: list[JudgedEntry] = []
            held: list[JudgedEntry] = []
            for entry in coming:
                others = (holders.get(entry.check.pixels, set()) - leaving) | claims.get(
                    entry.check.pixels, set()
                )
                if others - {entry.check.student_id}:
                    held.append(entry)
                else:
                    free.append(entry)
            for entry in held:
                _against(entry, PhotoCode.DUPLICATE_IMAGE, HELD)
            if not held:
                return
            # A refused student keeps the old picture, which may equal another's new one
            coming = free

    def _holders(self, pixels: list[str]) -> dict[str, set[int]]:
        """Pixels -> whose current picture they are."""
        found: dict[str, set[int]] = {}
        rows = (
            _current(self.upload.kind)
            .filter(pixels__among=sorted(pixels))
            .values_list("pixels", "student_id")
        )
        for value, student in rows:
            found.setdefault(value, set()).add(student)
        return found

    def _save(self, piece: Sequence[JudgedEntry]) -> None:
        """The answers into the rows that were made when the file arrived; one statement."""
        rows: list[tuple[Any, ...]] = []
        for entry in piece:
            values = (getattr(entry.check, name) for name in _COLUMNS)
            rows.append(
                (
                    entry.check.pk,
                    *(
                        json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
                        for value in values
                    ),
                )
            )
        with connection.cursor() as cursor:
            engine_of().update_each(
                cursor, PhotoCheck._meta.db_table, "id", _COLUMNS, "outcome = 'waiting'", rows
            )

    def _replace(self, fresh: Sequence[JudgedEntry], old: dict[int, PhotoRow]) -> None:
        replaced = [old[pk].pk for entry in fresh if (pk := entry.check.student_id or 0) in old]
        PhotoRow.objects.filter(pk__among=replaced).update(current=False)
        rows = PhotoRow.objects.bulk_create(
            self._row(entry, old.get(entry.check.student_id or 0)) for entry in fresh
        )
        comparison.keep(
            (row, entry.embedding)
            for row, entry in zip(rows, fresh, strict=True)
            if entry.embedding
        )
        students = sorted(entry.check.student_id or 0 for entry in fresh)
        if (
            self.upload.kind == PhotoKind.CREDENTIAL
        ):  # findings about the old copy do not hold for the new one
            _current(PhotoKind.GRADUATION.value).filter(student_id__among=students).update(
                same=None
            )
        mark_same(students)
        mark_stale(students, "上传了照片")

    def _row(self, one: JudgedEntry, replaces: PhotoRow | None) -> PhotoRow:
        """A picture that replaces one keeps the day on which the first one came."""
        check = one.check
        since = self.today
        if replaces is not None:
            since = replaces.since
        doubtful = check.verdict == PhotoVerdict.REVIEW
        return PhotoRow(
            student_id=check.student_id or 0,
            kind=self.upload.kind,
            sha256=check.served,
            original=check.original if check.original != check.served else "",
            pixels=check.pixels,
            size=check.size,
            width=check.width,
            height=check.height,
            stored_at=self.now,
            stored_by=self.upload.by,
            judged=check,
            since=since,
            supplied=self.upload.supplied,
            review=PhotoReview.at_first(doubtful=doubtful).value,
        )

    def record(self) -> None:
        """The record of the import, as every other import has one."""
        upload = self.upload
        counts = counts_of(upload)
        # Their record has one number for what did not go in, whatever kept it out.
        counts["refused"] += counts.pop("unwritten")
        taken = counts["created"] + counts["updated"] + counts["unchanged"]
        record = Intake.objects.create(
            kind=upload.kind,
            name=upload.name,
            sha256=upload.sha256,
            trial=upload.trial,
            partial=True,
            by=upload.by,
            at=self.now,
            rows=upload.total,
            kept=not upload.trial and bool(taken or not upload.problem),
            **counts,
        )
        PhotoUpload.objects.filter(pk=upload.pk).update(finished_at=self.now, intake=record)
        if record.kept:
            account_log.note_import(record, counts["created"], counts["updated"])


def counts_of(upload: PhotoUpload) -> dict[str, int]:
    """created, updated, unchanged, refused, how many kept have findings, and how many an import that
    ended early left; one query.
    """
    kept = Q(outcome__in=[PhotoOutcome.CREATED.value, PhotoOutcome.UPDATED.value])
    tallies: dict[str, int] = upload.checks.aggregate(
        **{
            word.value: Count("id", filter=Q(outcome=word.value))
            for word in PhotoOutcome
            if word != PhotoOutcome.WAITING
        },
        unwritten=Count("id", filter=Q(outcome=PhotoOutcome.WAITING.value)),
        warned=Count(
            "id", filter=kept & Q(verdict__in=[PhotoVerdict.WARN.value, PhotoVerdict.REVIEW.value])
        ),
    )
    return tallies


def hold_files(students: Iterable[int]) -> None:
    """Whoever gives `students` another 毕业照片 holds their files until the transaction ends, and
    looks only then whether one is DECIDED: a 准予毕业 at the same moment waits for it, and finds
    that the picture is not the one it has judged; or comes first, and the picture stays.
    """
    files = Candidate.objects.filter(student_id__among=Ids(sorted(students)))
    engine_of().hold(files, "approved_photo")


def mark_same(students: Sequence[int]) -> None:
    """毕业照片 beside the registry's copy: equal pixels are the same picture; where they differ a
    person decides (四.2(3)).

    A copy that the centre supplied is no proof that they are equal.
    """
    kinds = (PhotoKind.GRADUATION.value, PhotoKind.CREDENTIAL.value)
    rows = PhotoRow.objects.filter(student_id__among=list(students), kind__in=kinds, current=True)
    pairs: dict[int, dict[str, str]] = {}
    unproven: set[int] = set()
    columns = ("student_id", "kind", "pixels", "supplied")
    for student, kind, pixels, supplied in rows.exclude(pixels="").values_list(*columns):
        pairs.setdefault(student, {})[kind] = pixels
        if supplied:
            unproven.add(student)
    both = {
        student: len(set(pair.values())) == 1 for student, pair in pairs.items() if len(pair) == 2
    }
    graduation = rows.filter(kind=PhotoKind.GRADUATION.value)
    proven = [student for student, same in both.items() if same and student not in unproven]
    graduation.filter(student_id__among=proven).update(same=True)
    other = graduation.filter(
        student_id__among=[student for student, same in both.items() if not same], same=None
    )
    other.exclude(review=PhotoReview.REFUSED.value).update(
        review=PhotoReview.PENDING.value, compared=[differs_from_registry().as_row()]
    )


def _current(kind: str) -> Any:
    return PhotoRow.objects.filter(kind=kind, current=True)


def _against(one: JudgedEntry, code: PhotoCode, text: str) -> None:
    """One more reason; said once however often the picture is settled."""
    if all(finding.code is not code for finding in one.findings):
        one.findings.append(PhotoFinding(code, PhotoVerdict.FAIL, "", code.label, text))
        answer(one, one.check.judged_by, one.check.spec)


def _store(pictures: Iterable[JudgedEntry]) -> None:
    """The files of a chunk, all synced before any row speaks of them. Waiting for the disk at once
    takes a tenth of the time of waiting for one file after the other: it syncs them together.
    """
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:
        list(threads.map(_store_one, pictures))


def _store_one(one: JudgedEntry) -> None:
    """The served copy, and the picture as it came where that is not the same."""
    hashed_files.keep(media("photos"), one.served)
    if one.check.served != one.check.original:
        hashed_files.keep(media("originals"), one.data)


def _outcome_of(one: JudgedEntry, old: Mapping[int, PhotoRow]) -> PhotoOutcome:
    """What becomes of a picture against which nothing stands but the judge, perhaps."""
    if not one.wanted:
        return PhotoOutcome.REFUSED
    if one.check.student_id in old:
        return PhotoOutcome.UPDATED
    return PhotoOutcome.CREATED
