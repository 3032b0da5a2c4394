"""Whom a confirmation is about, frozen when its dialog was opened."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from django.db import models

from graduand.models.people.account import User
from graduand.models.season.batch import Batch


class Pick(models.Model):
    """The files that one person was shown for one verb, of one batch. `key` is unguessable, part of
    the dialog's address, and the idempotency key of the act. `verb` is the button's word (an
    application with or without degree).

    `listing` and `filter` say where the people were picked: (criterion, value) pairs. `everybody`:
    all who matched the filter, not single ones ticked. `spotless`: people with a warning are left
    out. `seen` is the last act on the one file that is meant, as it was shown, 0 when there was
    none. `cases` are the marks of the identity cases that were shown, where the verb decides about
    them.
    """

    key = models.CharField(max_length=32, unique=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    verb = models.CharField(max_length=16)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=20)
    filter = models.JSONField(default=list)
    everybody = models.BooleanField(default=False)
    spotless = models.BooleanField(default=False)
    seen = models.BigIntegerField(null=True, blank=True)
    cases = models.JSONField(null=True, blank=True)
    size = models.PositiveIntegerField()
    made_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.verb} {self.size}"


class PickPiece(models.Model):
    """Some of the files of a pick, in order: their ids, eight bytes each, compressed."""

    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    place = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pick", "place"], name="pick_piece_once_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.pick_id} {self.place}"

    @staticmethod
    def pack(ids: Sequence[int]) -> bytes:
        """`ids` as they are stored."""
        return zlib.compress(struct.pack(f"<{len(ids)}q", *ids))

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of this piece."""
        plain = zlib.decompress(bytes(self.packed))
        return struct.unpack(f"<{len(plain) // 8}q", plain)
