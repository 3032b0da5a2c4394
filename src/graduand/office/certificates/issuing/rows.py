"""Inserting thousands of rows in one statement: `bulk_create` would need more statements the more
rows there are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from graduand.models.engine import engine_of


def insert(model: type[Model], columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Append `rows`."""
    with connection.cursor() as cursor:
        engine_of().insert(cursor, model._meta.db_table, list(columns), rows)


def db_time(moment: datetime) -> Any:
    """A moment as the engine takes it in raw rows."""
    return connection.ops.adapt_datetimefield_value(moment)


def db_bytes(data: bytes) -> Any:
    """Bytes as the engine takes them in raw rows."""
    return connection.Database.Binary(data)  # type: ignore[attr-defined]  # every engine's module has it
