"""What a person stores about the lists: named views, the columns chosen, numbers pasted to search
for.
"""

from __future__ import annotations

from django.db import models

from graduand.models.people.account import User


class SavedView(models.Model):
    """A list as somebody wants to find it again: `query` is the part of the address after the
    question mark.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    listing = models.CharField(max_length=20)
    name = models.CharField(max_length=30)
    query = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "listing", "name"], name="view_name_once_a_list"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """The columns that a person wants to see of one list, by their keys."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    listing = models.CharField(max_length=20)
    columns = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "listing"], name="columns_once_a_list")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.listing}"


class Selection(models.Model):
    """A pasted list of numbers, stored so that an address can refer to it. `key` is unguessable and
    part of the address; by `digest` the same paste is one row.
    """

    key = models.CharField(max_length=32, unique=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "digest"], name="selection_once_a_paste")
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.size}"


class SelectedNumber(models.Model):
    """One number of a selection, in the order of the paste."""

    selection = models.ForeignKey(
        Selection, on_delete=models.CASCADE, related_name="numbers", db_index=False
    )
    number = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["selection", "number"], name="selected_number_once")
        ]

    def __str__(self) -> str:
        return self.number
