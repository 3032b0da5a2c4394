"""What a person keeps of one list: the columns chosen and the named views."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import ColumnChoice, SavedView


@dataclass(frozen=True, slots=True)
class SavedListState:
    """Column keys ([] for the usual ones) and the views by name."""

    columns: list[str]
    views: list[SavedView]


def list_state_of(user: int, listing: str) -> SavedListState:
    """Two queries."""
    columns = (
        ColumnChoice.objects.filter(user=user, listing=listing)
        .values_list("columns", flat=True)
        .first()
    )
    return SavedListState(
        columns or [], list(SavedView.objects.filter(user=user, listing=listing).order_by("name"))
    )
