"""SQLite: list parameters, upserts of judgements, append-only triggers, lost races."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

APPEND_ONLY = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
DROP_APPEND_ONLY = ("DROP TRIGGER {table}_no_update", "DROP TRIGGER {table}_no_delete")


AMONG = AMONG_IDS = "{} IN (SELECT value FROM json_each(%s))"


def bound(values: list[Any]) -> Any:
    """The parameter of AMONG and of AMONG_IDS."""
    return json.dumps(values)


bound_ids = bound


def begins(column: str, text: str) -> tuple[str, list[str]]:
    """(SQL, parameters) of a text that begins with `text`, as a range of its index."""
    return f"({column} >= %s AND {column} < %s)", [text, f"{text}\U0010ffff"]


def by_keys(cursor: Any) -> None:
    """Does nothing: SQLite looks a list up by key in any case."""


def hold_batches(cursor: Any) -> None:
    """Does nothing: writers wait for each other from BEGIN on."""


def hold(_rows: Any, _column: str) -> None:
    """Does nothing, for the same reason."""


def hold_keys(_cursor: Any, _table: str, _key: str, _values: list[int]) -> None:
    """Does nothing, for the same reason."""


def delete(cursor: Any, table: str, column: str, ids: list[int]) -> None:
    """Delete the rows whose `column` is one of `ids`, unread."""
    cursor.execute(f"DELETE FROM {table} WHERE {AMONG_IDS.format(column)}", [bound_ids(ids)])


def upsert(
    cursor: Any, table: str, key: str, columns: list[str], rows: list[tuple[Any, ...]]
) -> None:
    """Insert or update `rows` (key first); a row that changes nothing writes nothing."""
    names = ", ".join((key, *columns))
    marks = ", ".join(["%s"] * (len(columns) + 1))
    sets = ", ".join(f"{c} = excluded.{c}" for c in columns)
    old = ", ".join(f"{table}.{c}" for c in columns)
    new = ", ".join(f"excluded.{c}" for c in columns)
    cursor.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) "
        f"ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE ({old}) IS NOT ({new})",
        rows,
    )


def insert(cursor: Any, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Append `rows`."""
    marks = ", ".join(["%s"] * len(columns))
    cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


class _Given:
    """Rows for one statement: what is the same in every row is bound once, the rest is JSON.

    The first value of a row is its key. `params` are bound in the order in which they are asked
    for.
    """

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        same = [column.count(column[0]) == len(column) for column in zip(*rows, strict=True)]
        self.rows = rows
        self.same = same
        self.own = [place for place, fixed in enumerate(same) if not fixed or place == 0]
        self.params: list[Any] = []

    @property
    def sealed(self) -> bool:
        """Whether the rows differ in sealed values, which JSON can't carry."""
        return any(isinstance(self.rows[0][place], bytes | memoryview) for place in self.own)

    def value(self, place: int) -> str:
        """The SQL of the value at `place` of each row."""
        if self.same[place]:
            self.params.append(self.rows[0][place])
            return "%s"
        return f"json_extract(given.value, '$[{self.own.index(place)}]')"

    def bind_rows(self) -> None:
        """Bind what differs from row to row."""
        self.params.append(json.dumps([[row[place] for place in self.own] for row in self.rows]))


def update_each(
    cursor: Any,
    table: str,
    key: str,
    columns: dict[str, str],
    where: str,
    rows: list[tuple[Any, ...]],
    seen: dict[str, str] | None = None,
) -> int:
    """UPDATE from (key, *values, *seen) in one statement where `where` still holds; returns how
    many were changed.

    `seen` names further columns at the end of each row: a row is changed only while it still has
    those values. What is the same in every row is bound once and the rest is passed as JSON: less
    than half the time of one statement per row. Sealed values are bytes, which JSON can't carry:
    those go row by row.
    """
    if not rows:
        return 0
    given = _Given(rows)
    if given.sealed:
        return _update_row_by_row(cursor, table, key, columns, where, rows, seen or {})
    sets = ", ".join(
        f'"{column}" = {given.value(place)}' for place, column in enumerate(columns, start=1)
    )
    # The parameters stand in the order of the statement: values, rows, then what must still be so.
    given.bind_rows()
    still = "".join(
        f" AND {table}.{column} IS {given.value(place)}"
        for place, column in enumerate(seen or (), start=1 + len(columns))
    )
    # With a plus before it `where` uses no index; otherwise each row would be looked up there.
    cursor.execute(
        f"UPDATE {table} SET {sets} FROM json_each(%s) AS given "
        f"WHERE {table}.{key} = json_extract(given.value, '$[0]') AND +({where}){still}",
        given.params,
    )
    return int(cursor.rowcount)


def _update_row_by_row(
    cursor: Any,
    table: str,
    key: str,
    columns: dict[str, str],
    where: str,
    rows: list[tuple[Any, ...]],
    seen: dict[str, str],
) -> int:
    sets = ", ".join(f'"{c}" = %s' for c in columns)
    still = "".join(f" AND {c} IS %s" for c in seen)
    end = 1 + len(columns)
    cursor.executemany(
        f"UPDATE {table} SET {sets} WHERE {key} = %s AND {where}{still}",
        [(*row[1:end], row[0], *row[end:]) for row in rows],
    )
    return int(cursor.rowcount)


def mark(cursor: Any, table: str, key: str, values: list[Any], same: dict[str, Any]) -> None:
    """Insert a row for each of `values`, with the columns `same` added; existing rows stay as they
    are.
    """
    columns = "".join(f", {column}" for column in same)
    cursor.execute(
        f"INSERT INTO {table} ({key}{columns}) SELECT value{', %s' * len(same)} FROM json_each(%s) WHERE true "
        "ON CONFLICT DO NOTHING",
        [*same.values(), json.dumps(values)],
    )


def take(cursor: Any, table: str, columns: list[str], ids: list[int]) -> list[tuple[Any, ...]]:
    """Delete the rows `ids` and return `columns` of those that were still there."""
    where = AMONG_IDS.format("id")
    cursor.execute(
        f"DELETE FROM {table} WHERE {where} RETURNING {', '.join(columns)}", [bound_ids(ids)]
    )
    return list(cursor.fetchall())


def was_thrown_out(_error: BaseException) -> bool:
    """Whether the transaction only has to be done again: never here, since writers wait for each
    other from BEGIN on.
    """
    return False


# What SQLite says when another process holds the file for too long, or its disk is away for a
# moment.
_AWAY = ("is locked", "unable to open database file")


def is_away(error: BaseException) -> bool:
    """Whether the database could not be reached just now: nothing is wrong with the statement, and
    it is tried again later.
    """
    return any(words in str(error) for words in _AWAY)


def throw_away(connection: Any, tables: Iterable[str]) -> None:
    """Delete the whole file, which holds only our tables."""
    connection.close()
    path = Path(str(connection.settings_dict["NAME"]))
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
