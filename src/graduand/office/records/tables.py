"""Set-based writing of one model's rows: insert, update, history of what was replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, models

from graduand.models import IntakeChange, key_ring
from graduand.models.engine import engine_of

from .rows import Changes, Counts, ImportContext, ImportRow


class RowRequest(NamedTuple):
    """What one row of a file asks for: `known` is the row on record or None, `values` by attribute
    name.
    """

    key: str
    known: Any
    values: Mapping[str, Any]


def silent_about(row_request: RowRequest, left: Iterable[str]) -> RowRequest:
    """The request, with the attributes `left` as they are on record: the row's cells for them say
    nothing.
    """
    if row_request.known is None:
        return row_request
    kept = {name: getattr(row_request.known, name) for name in left if name in row_request.values}
    if not kept:
        return row_request
    return row_request._replace(values={**row_request.values, **kept})


def fields_of(model: type[models.Model]) -> list[Any]:
    """The model's columns except the automatic key."""
    return [f for f in _columns(model) if not isinstance(f, models.AutoField)]


def _columns(model: type[models.Model]) -> tuple[Any, ...]:
    return tuple(model._meta.concrete_fields)  # Django's documented door


def table_of(model: type[models.Model]) -> str:
    """The name of a model's table."""
    return str(model._meta.db_table)  # Django's documented door


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows of attribute name -> value in one statement; what is not named gets the field's
    default.
    """
    if not rows:
        return
    fields = fields_of(model)
    ready = [
        tuple(_ready(f, row[f.attname] if f.attname in row else f.get_default()) for f in fields)
        for row in rows
    ]
    with connection.cursor() as cursor:
        engine_of().insert(cursor, table_of(model), [_quoted(f) for f in fields], ready)


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Update from (primary key, *values of the attributes `names`) in one statement."""
    by_name = {f.attname: f for f in _columns(model)}
    fields = [by_name[name] for name in names]
    ready = [(key, *map(_ready, fields, values)) for key, *values in rows]
    if not ready:
        return
    columns = {f.column: str(f.db_type(connection)).partition("(")[0] for f in fields}
    with connection.cursor() as cursor:
        engine_of().update_each(cursor, table_of(model), "id", columns, "1 = 1", ready)


def _quoted(field: Any) -> str:
    """The column's name as SQL takes it: 学习经历 has a column `end`."""
    return str(connection.ops.quote_name(field.column))


def _ready(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def keep(context: ImportContext, before: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Store rows as they were before this import, sealed (I14: a known key keeps its history)."""
    seal = key_ring().seal  # as the field does, which Django would ask for every single value
    rows = [(context.intake_id, key, seal(as_json(row))) for key, row in before]
    if rows:
        with connection.cursor() as cursor:
            engine_of().insert(cursor, table_of(IntakeChange), ["intake_id", "key", "before"], rows)


def as_json(row: Mapping[str, Any]) -> str:
    """A row as JSON text; days and decimals as text."""
    return _encode(row)


def _text(value: Any) -> str:
    if isinstance(value, (date, datetime, Decimal)):
        return str(value)
    raise TypeError(type(value).__name__)


_encode = json.JSONEncoder(ensure_ascii=False, default=_text).encode


def settle(
    model: type[models.Model],
    rows: Sequence[ImportRow],
    row_requests: Sequence[RowRequest],
    context: ImportContext,
    *,
    absent: Iterable[str] = (),
    source: str = "brought_by_id",
) -> Changes:
    """What `row_requests`, one of each of `rows`, change: create what is new, update what differs
    and keep how it was.

    All requests carry the same attribute names. Those in `absent` came from columns that the file
    does not have: a known row keeps what it has there. `source` is the column of `model` that takes
    the import's id with every row that is written; what stays as it was keeps the id of whoever
    brought it.
    """
    names = _names_set(row_requests, frozenset(absent))
    created = []
    updated = []
    touched = []
    for row, row_request in zip(rows, row_requests, strict=True):
        if row_request.known is None:
            created.append(row_request)
        elif any(getattr(row_request.known, name) != row_request.values[name] for name in names):
            updated.append(row_request)
        else:
            continue
        touched.append(row)

    def write() -> None:
        brought = _brought_by(model, source, context)
        insert(model, [{**row_request.values, **brought} for row_request in created])
        _write_updates(model, names, updated, brought)
        keep(context, [_as_it_was(row_request) for row_request in updated])

    return Changes(
        Counts(len(created), len(updated), len(row_requests) - len(touched)), touched, write
    )


def _write_updates(
    model: type[models.Model],
    names: Sequence[str],
    updated: Sequence[RowRequest],
    brought: Mapping[str, Any],
) -> None:
    changes = [
        (row_request.known.pk, *(row_request.values[name] for name in names), *brought.values())
        for row_request in updated
    ]
    update(model, [*names, *brought], changes)


def _as_it_was(row_request: RowRequest) -> tuple[str, dict[str, Any]]:
    """The key of a known row, and what is on record of all that the request sets."""
    return row_request.key, {name: getattr(row_request.known, name) for name in row_request.values}


def _names_set(row_requests: Sequence[RowRequest], left: frozenset[str]) -> list[str]:
    """The attributes that the requests set, without those in `left`."""
    if not row_requests:
        return []
    return [name for name in row_requests[0].values if name not in left]


def _brought_by(model: type[models.Model], source: str, context: ImportContext) -> dict[str, Any]:
    """The import's id for the column `source`; nothing where `model` has no such column."""
    if not any(field.attname == source for field in _columns(model)):
        return {}
    return {source: context.intake_id}


def changed(row_request: RowRequest, absent: Iterable[str] = ()) -> bool:
    """Whether the request writes anything."""
    left = frozenset(absent)
    return row_request.known is None or any(
        getattr(row_request.known, name) != value
        for name, value in row_request.values.items()
        if name not in left
    )
