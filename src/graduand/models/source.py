"""Who brought a fact: the import that wrote a row last, on every table that imports fill."""

from __future__ import annotations

from typing import Any

from django.db import models


def source() -> models.ForeignKey[Any, Any]:
    """The import that wrote these columns last; None for what is older than this record, or came by
    no import.

    Never searched by, so without an index of its own: 成绩 has millions of rows.
    """
    return models.ForeignKey(
        "graduand.Intake",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
