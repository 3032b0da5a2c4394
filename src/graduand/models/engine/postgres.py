"""PostgreSQL: list parameters, upserts of judgements, append-only triggers, lost races."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F

APPEND_ONLY = (
    "CREATE FUNCTION {table}_append_only() RETURNS trigger AS "
    "$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
)
DROP_APPEND_ONLY = (
    "DROP TRIGGER {table}_no_change ON {table}",
    "DROP FUNCTION {table}_append_only()",
)


AMONG = "{} = ANY(%s)"
AMONG_IDS = "{} = ANY(%s::bigint[])"


def bound(values: list[Any]) -> Any:
    """The parameter of AMONG."""
    return values


def bound_ids(values: list[int]) -> Any:
    """The parameter of AMONG_IDS: one text, as psycopg looks at each element of a list for quotes."""
    return f"{{{','.join(map(str, values))}}}"


def begins(column: str, text: str) -> tuple[str, list[str]]:
    """(SQL, parameters) of a text that begins with `text`: Django gives text columns an index that
    serves LIKE.
    """
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{column} LIKE %s", [f"{escaped}%"]


def by_keys(cursor: Any) -> None:
    """Until the transaction ends, look rows up by their keys.

    A chunk names thousands of rows. For one in twenty of a table the planner would read the whole
    table, for each chunk anew; and a table that an import has just filled has no statistics yet to
    choose by.
    """
    cursor.execute(
        "SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off"
    )


def hold_batches(cursor: Any) -> None:
    """Until the transaction ends, no batch is made, closed, deleted or given its list: what a chunk
    judges stays so.

    Chunks share the lock on the table; whoever writes a batch waits for them. Locking rows would
    not do: a batch that is made during a chunk has no row yet that the chunk could lock, and its
    list would not see who is being filed.
    """
    cursor.execute("LOCK TABLE graduand_batch IN SHARE MODE")


def hold(rows: Any, column: str) -> None:
    """Until the transaction ends, nobody else writes these rows of a queryset; who is writing one
    of them now is waited for. `column` is written as it is.
    """
    rows.update(**{column: F(column)})


def _copy(cursor: Any, target: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    # Django wraps what execute() raises, not what COPY does.
    with (
        cursor.db.wrap_database_errors,
        cursor.copy(f"COPY {target} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def delete(cursor: Any, table: str, column: str, ids: list[int]) -> None:
    """Delete the rows whose `column` is one of `ids`, unread."""
    cursor.execute(f"DELETE FROM {table} WHERE {AMONG_IDS.format(column)}", [bound_ids(ids)])


def upsert(
    cursor: Any, table: str, key: str, columns: list[str], rows: list[tuple[Any, ...]]
) -> None:
    """Insert or update `rows` (key first) by COPY; a row that changes nothing writes nothing."""
    every = [key, *columns]
    cursor.execute(
        f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {', '.join(every)} FROM {table} LIMIT 0"
    )
    _copy(cursor, "staged", every, rows)
    sets = ", ".join(f"{c} = excluded.{c}" for c in columns)
    old = ", ".join(f"{table}.{c}" for c in columns)
    new = ", ".join(f"excluded.{c}" for c in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(every)}) SELECT {', '.join(every)} FROM staged "
        f"ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE ({old}) IS DISTINCT FROM ({new})"
    )
    cursor.execute("DROP TABLE staged")


def insert(cursor: Any, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Append `rows` by COPY."""
    _copy(cursor, table, columns, rows)


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

    `columns` maps name to type. `seen` names further columns at the end of each row: a row is
    changed only while it still has those values.
    """
    # Named apart from the table's own columns, so that `where` may speak of those.
    names = [f"given_{name}" for name in (key, *columns)] + [f"seen_{name}" for name in seen or ()]
    types = ["bigint", *columns.values(), *(seen or {}).values()]
    arrays = ", ".join(f"%s::{t}[]" for t in types)
    sets = ", ".join(f'"{c}" = given_{c}' for c in columns)  # 学习经历 has a column `end`
    same = "".join(f" AND {table}.{c} IS NOT DISTINCT FROM seen_{c}" for c in seen or ())
    cursor.execute(
        f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS given({', '.join(names)}) "
        f"WHERE {table}.{key} = given_{key} AND {where}{same}",
        [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names],
    )
    return int(cursor.rowcount)


def mark(cursor: Any, table: str, key: str, values: list[Any], same: dict[str, Any]) -> None:
    """Insert a row for each of `values`, with the columns `same` added; existing rows stay as they
    are.

    An existing row is written unchanged, so that it is locked until we commit: whoever wants to
    delete the mark waits, and then sees what we changed. In the order of the keys, so that two
    never wait for each other.
    """
    columns = "".join(f", {column}" for column in same)
    cursor.execute(
        f"INSERT INTO {table} ({key}{columns}) SELECT given.id{', %s' * len(same)} "
        f"FROM unnest(%s::bigint[]) AS given(id) ORDER BY given.id "
        f"ON CONFLICT ({key}) DO UPDATE SET {key} = {table}.{key}",
        [*same.values(), values],
    )


def hold_keys(cursor: Any, table: str, key: str, values: list[int]) -> None:
    """Until the transaction ends, whoever inserts, updates or deletes a row of one of `values`
    waits; one who is doing so now is waited for. The rows stay as they were, and none are added.

    A row that does not exist cannot be locked: it is inserted, and deleted at once. Whoever inserts
    it meanwhile still waits for our end, since only then is it known whether the row exists.
    """
    cursor.execute(
        f"INSERT INTO {table} AS kept ({key}) "
        f"SELECT given.id FROM unnest(%s::bigint[]) AS given(id) ORDER BY given.id "
        f"ON CONFLICT ({key}) DO UPDATE SET {key} = kept.{key} RETURNING kept.{key}, xmax = 0",
        [values],
    )
    # Only a row that was there before has been locked, in xmax, to be written.
    delete(cursor, table, key, [value for value, is_new in cursor.fetchall() if is_new])


def take(cursor: Any, table: str, columns: list[str], ids: list[int]) -> list[tuple[Any, ...]]:
    """Delete the rows `ids` and return `columns` of those that were still there."""
    where = AMONG_IDS.format("id")
    cursor.execute(
        f"DELETE FROM {table} WHERE {where} RETURNING {', '.join(columns)}", [bound_ids(ids)]
    )
    return list(cursor.fetchall())


# deadlock_detected, serialization_failure: one of several transactions was thrown out so that the
# others go on.
_THROWN_OUT = {"40P01", "40001"}


def was_thrown_out(error: BaseException) -> bool:
    """Whether the transaction that raised `error` only has to be done again."""
    return getattr(error.__cause__, "sqlstate", None) in _THROWN_OUT


# admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections; class 08 is the
# connection itself.
_AWAY = {"57P01", "57P02", "57P03", "53300"}


def is_away(error: BaseException) -> bool:
    """Whether the database could not be reached just now: nothing is wrong with the statement, and
    it is tried again later.

    A connection that broke has no SQLSTATE, since no server gave one.
    """
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in _AWAY or state.startswith("08") or was_thrown_out(error)


def throw_away(connection: Any, tables: Iterable[str]) -> None:
    """Delete the tables with their contents and the functions of their triggers, in one
    transaction.
    """
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        )
        ours = {f"{table}_append_only" for table in tables} & {
            name for (name,) in cursor.fetchall()
        }
        drops = [f"DROP TABLE {quote(table)} CASCADE" for table in tables]
        drops += [f"DROP FUNCTION {quote(name)}()" for name in sorted(ours)]
        cursor.execute("; ".join(drops))
