"""Freezing whom a confirmation is about: the files as they are when its dialog opens; none is added
afterwards.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from graduand.models import Batch, Candidate, Pick, PickPiece
from graduand.office.refusal import Refused, not_yours
from graduand.queries import clock, scope
from graduand.queries.scope import Actor
from graduand.queries.side_tracks import case_marks
from graduand.queries.verdicts import chunks

PIECE = 5_000
# A pick that can no longer be confirmed is kept for a day, so that a person who tries is told why.
KEPT = timedelta(days=1)
MOST_SWEPT = 50


class SeveralBatches(Refused):
    """The files chosen belong to more than one batch; `ids` are those of each batch code, the newest batch first."""

    def __init__(self, ids: dict[str, list[int]]) -> None:
        self.ids = ids
        counts = "、".join(f"{code} 批次 {len(files):,} 人" for code, files in ids.items())
        super().__init__(f"一次只能办理一个毕业批次，所选学生分属：{counts}。请按批次分别办理")


@dataclass(frozen=True, slots=True)
class PickRequest:
    """What a person asks to confirm: the button's word, and where the people were picked (see
    `Pick`).

    `boxed`: everybody are those whom the list offers to tick; `of_cases`: the verb decides about
    identity cases.
    """

    verb: str
    listing: str
    filter: Sequence[tuple[str, str]]
    everybody: bool = False
    boxed: bool = False
    spotless: bool = False
    of_cases: bool = False


def make(actor: Actor, ids: Sequence[int], meant: PickRequest) -> Pick:
    """Freeze `ids` for `actor` in one short transaction; old picks go.

    Raises Refused for nobody, for too many and when one of them is not visible to the actor,
    SeveralBatches.
    """
    _refuse_number(len(ids))
    batch, frozen = _of_one_batch(actor, ids)
    seen = _last_act(frozen[0]) if len(frozen) == 1 and not meant.everybody else None
    cases = case_marks(frozen) if meant.of_cases else None
    packed = [PickPiece.pack(piece) for piece in chunks(frozen, PIECE)]
    _sweep()
    with transaction.atomic():
        pick = Pick.objects.create(
            key=secrets.token_urlsafe(16),
            owner_id=actor.user_id,
            verb=meant.verb,
            batch_id=batch,
            listing=meant.listing,
            filter=[list(pair) for pair in meant.filter],
            everybody=meant.everybody,
            spotless=meant.spotless,
            seen=seen,
            cases=cases,
            size=len(frozen),
            made_at=clock.real_now(),
        )
        _keep_pieces(pick, packed)
    return pick


def _refuse_number(count: int) -> None:
    if count > settings.MOST_PICKED:
        raise Refused(
            f"一次最多办理 {settings.MOST_PICKED:,} 人，这里有 {count:,} 人，请缩小范围，分几次办理"
        )
    if not count:
        raise Refused("没有符合条件的学生，请放宽筛选条件后再办理")


def _keep_pieces(pick: Pick, packed: Sequence[bytes]) -> None:
    PickPiece.objects.bulk_create(
        PickPiece(pick=pick, place=place, packed=piece) for place, piece in enumerate(packed)
    )


def _of_one_batch(actor: Actor, ids: Sequence[int]) -> tuple[int, list[int]]:
    """(batch, the files by id). The batch comes from the files themselves."""
    rows = scope.visible(actor, Candidate.objects.filter(id__among=list(ids)))
    files = list(rows.order_by("id").values_list("id", "batch_id"))
    if len(files) != len(set(ids)):
        raise not_yours(f"所选 {len(set(ids))} 人中有不存在或不属于您的学生，全部未办理")
    batches = Counter(batch for _, batch in files)
    if len(batches) > 1:
        codes = Batch.objects.filter(id__in=batches).order_by("-code").values_list("id", "code")
        raise SeveralBatches(
            {code: [pk for pk, of in files if of == batch] for batch, code in codes}
        )
    return files[0][1], [pk for pk, _ in files]


def _sweep() -> None:
    old = Pick.objects.filter(made_at__lt=clock.real_now() - KEPT).order_by("made_at")
    gone = list(old.values_list("id", flat=True)[:MOST_SWEPT])
    Pick.objects.filter(id__in=gone).delete()


def valid(pick: Pick) -> bool:
    """Whether it can still be confirmed."""
    return clock.real_now() - pick.made_at < timedelta(seconds=settings.PICK_SECONDS)


def has_changed(pick: Pick) -> bool:
    """Whether the one file that was shown, or its identity case, is another by now. Of several each is judged by name."""
    if pick.size != 1 or pick.everybody:
        return False
    ids = ids_of(pick)
    return _last_act(ids[0]) != (pick.seen or 0) or (
        pick.cases is not None and pick.cases != case_marks(ids)
    )


def _last_act(file: int) -> int:
    """The last act on a file; 0 when there was none, or there is no such file any more."""
    return Candidate.objects.filter(pk=file).values_list("last_act", flat=True).first() or 0


def expire(batch: int) -> None:
    """What was frozen of a batch that is deleted is confirmed by nobody, not even when its code is loaded again."""
    ended = clock.real_now() - timedelta(seconds=settings.PICK_SECONDS)
    Pick.objects.filter(batch=batch, made_at__gt=ended).update(made_at=ended)


def pieces(pick: Pick) -> Iterator[tuple[int, ...]]:
    """The frozen files, some at a time."""
    for piece in pick.pieces.order_by("place").iterator(chunk_size=10):
        yield piece.ids


def ids_of(pick: Pick) -> list[int]:
    """The frozen files."""
    return [pk for piece in pieces(pick) for pk in piece]
