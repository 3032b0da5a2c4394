"""Keeping a form that was sent with too old a proof of identity, so that proving costs nothing that was typed."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from graduand.models import PendingForm
from graduand.queries import clock

MOST_CHARACTERS = 1 << 20
# Proofs of identity are typed again, and never stored.
SECRET = frozenset({"csrfmiddlewaretoken", "password", "old", "again"})


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form as it was sent: the address, the page it was sent from, its fields in their order.

    `files` are its (field, name of a file), in the order in which they were chosen: no file is kept
    itself.
    """

    path: str
    before: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...] = ()


def keep(user: int, form: SentForm) -> str:
    """Seal `form` for `user`; returns its key, "" when it is too large to be kept. Old ones go."""
    fields = [[name, value] for name, value in form.fields if name not in SECRET]
    text = json.dumps({"fields": fields, "files": form.files}, ensure_ascii=False)
    if len(text) > MOST_CHARACTERS:
        return ""
    with transaction.atomic():
        PendingForm.objects.filter(kept_at__lt=clock.real_now() - _valid()).delete()
        made = PendingForm.objects.create(
            key=secrets.token_urlsafe(16),
            owner_id=user,
            path=form.path,
            before=form.before,
            fields=text,
            kept_at=clock.real_now(),
        )
    return str(made.key)


def pending_form(user: int, key: str) -> SentForm | None:
    """What `user` sent; None when it is somebody else's, too old, or done meanwhile."""
    rows = PendingForm.objects.filter(owner=user, key=key, kept_at__gt=clock.real_now() - _valid())
    found = rows.first()
    if found is None:
        return None
    data = json.loads(found.fields)
    if isinstance(data, list):  # stored by an earlier program, which knew no files
        data = {"fields": data}
    fields, files = (
        tuple((name, value) for name, value in data.get(part, ())) for part in ("fields", "files")
    )
    return SentForm(found.path, found.before, fields, files)


def forget(user: int, key: str) -> None:
    """It was sent again and done."""
    PendingForm.objects.filter(owner=user, key=key).delete()


def _valid() -> timedelta:
    return timedelta(seconds=settings.PICK_SECONDS)
