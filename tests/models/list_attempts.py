"""Attempts against the constraints of what a person keeps of the lists."""

from collections.abc import Callable
from typing import Any

from graduand.models import ColumnChoice, SavedView, SelectedNumber, Selection, User
from graduand.models.candidate import Candidate

Again = Callable[..., Callable[[Candidate], None]]


def prepare(file: Candidate) -> None:
    """One row of everything."""
    now, user = file.collected_at, User.objects.latest("pk")
    SavedView.objects.create(
        user=user, listing="candidates", name="缺照片", query="photo=0", saved_at=now
    )
    ColumnChoice.objects.create(user=user, listing="candidates", columns=["number"])
    pasted = Selection.objects.create(key="k", owner=user, digest="d", size=1, kept_at=now)
    SelectedNumber.objects.create(selection=pasted, number="1")


def attempts(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Constraint -> what must be refused."""
    return {
        "view_name_once_a_list": again(SavedView),
        "columns_once_a_list": again(ColumnChoice),
        "selection_once_a_paste": again(Selection, key="other"),
        "selected_number_once": again(SelectedNumber),
    }


def fields(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Unique field -> what must be refused."""
    return {"selection.key": again(Selection, digest="other")}
