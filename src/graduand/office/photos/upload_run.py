"""The pictures of an upload, taken one chunk after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from django.db import transaction

from graduand.models import PhotoUpload
from graduand.office.photos import comparison
from graduand.office.photos.copied_measures import CopiedLooks
from graduand.office.photos.judging import JudgedEntry, judged
from graduand.office.photos.keeping import PhotoWriter
from graduand.office.photos.uploads import refuse_gone, spec_in_force
from graduand.office.records.import_rights import permission
from graduand.office.refusal import Refused
from graduand.rulebook.terms import PhotoKind

CHUNK = 100
# How many refused pictures weigh as much as one whose file is written and synced.
REFUSALS = 10


@dataclass(slots=True)
class RunningUpload:
    """An upload whose processes are at work: answers from `cursor` on; lost, it begins anew."""

    cursor: int
    answers: Iterator[JudgedEntry]


class JudgeProcesses:
    """The processes that judge pictures for one worker; they last from chunk to chunk."""

    def __init__(self, looks: CopiedLooks | None = None) -> None:
        self._running: dict[int, RunningUpload] = {}
        self.looks = looks

    def advance(self, pk: int, size: int = CHUNK) -> PhotoUpload:
        """Judge and keep the next chunk of an upload; returns the upload as it then is.

        The transaction moves the cursor by compare-and-set, so a chunk counts once whoever does it,
        and one that was cut off is done again from its beginning. The rights of this day decide:
        whoever lost the right to bring these photos since the upload brings no more of them; of a
        zip whose time is over nothing more is taken. Raises
        FacesMissing, WorkersDied.
        """
        upload = PhotoUpload.objects.select_related("by").get(pk=pk)
        if upload.finished_at is not None:
            return upload
        try:
            permission(upload.by, PhotoKind(upload.kind))
            refuse_gone(upload)
        except Refused as problem:
            self.leave(pk)
            return _ended(upload, str(problem))
        running = self._running.pop(pk, None)
        if running is None or running.cursor != upload.cursor:
            answers = judged(upload, spec_in_force(), embed=comparison.in_force(), looks=self.looks)
            running = RunningUpload(upload.cursor, answers)
        piece = list(_weighed(running.answers, size))
        done = PhotoWriter(upload).keep(piece)
        if done.finished_at is None and done.cursor == upload.cursor + len(piece):
            self._running[pk] = RunningUpload(done.cursor, running.answers)
        return done

    def leave(self, pk: int) -> None:
        """Nobody goes on with this upload here for now: its processes end."""
        running = self._running.pop(pk, None)
        if running is not None and isinstance(running.answers, Generator):
            running.answers.close()


def advance(pk: int, size: int = CHUNK) -> PhotoUpload:
    """One chunk, by processes that end with it."""
    judges = JudgeProcesses()
    try:
        return judges.advance(pk, size)
    finally:
        judges.leave(pk)


def _ended(upload: PhotoUpload, why: str) -> PhotoUpload:
    """Nothing more of it is taken; what is kept stays, and is counted."""
    with transaction.atomic():
        unfinished = PhotoUpload.objects.filter(
            pk=upload.pk, cursor=upload.cursor, finished_at=None
        )
        if unfinished.update(problem=why[:300]):
            PhotoWriter(PhotoUpload.objects.get(pk=upload.pk)).record()
    return PhotoUpload.objects.get(pk=upload.pk)


def _weighed(answers: Iterator[JudgedEntry], size: int) -> Iterator[JudgedEntry]:
    """Answers worth `size` pictures: a commit has one price, and refusals come by thousands."""
    left = size * REFUSALS
    while left > 0 and (one := next(answers, None)) is not None:
        left -= REFUSALS if one.data else 1
        yield one
