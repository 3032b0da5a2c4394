"""What somebody typed and sent, kept while they prove who they are."""

from __future__ import annotations

from django.db import models

from graduand.models.people.account import User
from graduand.models.sealed import SealedField


class PendingForm(models.Model):
    """A form that was sent with too old a proof of identity: nothing was done, and nothing is lost.

    `fields` is the JSON of (name, value) pairs, and of (field, name) of the files that were chosen,
    sealed; `path` the address that it was sent to, `before` the page that it was sent from. `key`
    is unguessable and part of the address of the page on which it is sent again.
    """

    key = models.CharField(max_length=32, unique=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    path = models.TextField()
    before = models.TextField()
    fields = SealedField()
    kept_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.path
