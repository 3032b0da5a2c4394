"""What a person stores about the lists: saving and deleting views, choosing columns, storing pasted
numbers.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from graduand.models import ColumnChoice, SavedView, SelectedNumber, Selection
from graduand.office.refusal import unusable
from graduand.queries import clock
from graduand.rulebook.canon import canon_number, canon_text

MOST_VIEWS = 20
LONGEST_NAME = 30
MOST_NUMBERS = 2_000
LONGEST_NUMBER = 20
KEPT = timedelta(days=30)
_BETWEEN = re.compile(r"[\s,，、;；]+")


def save_view(user: int, listing: str, name: str, query: str) -> None:
    """Keep the address of a list under a name; the same name again replaces it. Raises Refused."""
    called = canon_text(name)
    if not called or len(called) > LONGEST_NAME:
        raise unusable(f"视图名称须为 1 至 {LONGEST_NAME} 个字")
    with transaction.atomic():
        views = SavedView.objects.filter(user=user, listing=listing)
        if views.exclude(name=called).count() >= MOST_VIEWS:
            raise unusable(f"每个列表最多保存 {MOST_VIEWS} 个视图，请先删除不用的")
        kept = {"query": query, "saved_at": clock.now()}
        SavedView.objects.update_or_create(
            user_id=user, listing=listing, name=called, defaults=kept
        )


def forget_view(user: int, listing: str, name: str) -> None:
    """Delete a view; one that does not exist is deleted already."""
    SavedView.objects.filter(user=user, listing=listing, name=name).delete()


def choose_columns(user: int, listing: str, columns: Sequence[str]) -> None:
    """The columns to see of a list; none at all brings the usual ones back."""
    if not columns:
        ColumnChoice.objects.filter(user=user, listing=listing).delete()
        return
    ColumnChoice.objects.update_or_create(
        user_id=user, listing=listing, defaults={"columns": list(columns)}
    )


def keep_numbers(user: int, text: str) -> str:
    """Store a pasted list of 学号; returns its key for an address. The same paste is stored once.

    Raises Refused for none, for more than 2,000 and for what can't be a number. Lists older than a
    month are deleted.
    """
    numbers = read_numbers(text)
    digest = hashlib.sha256("\n".join(numbers).encode()).hexdigest()
    with transaction.atomic():
        Selection.objects.filter(owner=user, kept_at__lt=clock.now() - KEPT).delete()
        kept, fresh = Selection.objects.get_or_create(
            owner_id=user,
            digest=digest,
            defaults={
                "key": secrets.token_urlsafe(16),
                "size": len(numbers),
                "kept_at": clock.now(),
            },
        )
        if fresh:
            SelectedNumber.objects.bulk_create(
                SelectedNumber(selection=kept, number=number) for number in numbers
            )
    return kept.key


def read_numbers(text: str) -> list[str]:
    """The 学号 of a pasted list, each once. Raises Refused for none, for more than 2,000 and for what can't be a number."""
    found = list(dict.fromkeys(canon_number(word) for word in _BETWEEN.split(text.strip()) if word))
    if not found:
        raise unusable("没有读到学号，请粘贴后再查询")
    if len(found) > MOST_NUMBERS:
        raise unusable(
            f"一次最多查询 {MOST_NUMBERS:,} 个学号，这里有 {len(found):,} 个，请分几次粘贴"
        )
    wrong = next((number for number in found if len(number) > LONGEST_NUMBER), None)
    if wrong is not None:
        raise unusable(f"「{wrong[:LONGEST_NUMBER]}…」不是学号，请检查后再粘贴")
    return found
