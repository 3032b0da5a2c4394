"""The only engine-specific SQL: one module for SQLite, one for PostgreSQL, the same names in both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.models import Aggregate, CharField, Field, ForeignKey, Func, IntegerField
from django.db.models.lookups import Lookup

from graduand.models.engine import postgres, sqlite

__all__ = ["Among", "AsStored", "CodePoint", "Ids", "JoinKeys", "engine_of"]


def engine_of(using: str = "default") -> Any:
    """The module that speaks the dialect of the connection `using`."""
    if connections[using].vendor == "postgresql":
        return postgres
    return sqlite


class JoinKeys(Aggregate):
    """All values of a column in one text, comma-joined; NULLs are left out."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function="STRING_AGG", **extra)


class AsStored(Func):
    """A column as the engine gives it, without Django's converters: a yes/no is 0/1 on SQLite, a
    bool on PostgreSQL.
    """

    template = "%(expressions)s"
    output_field = Field()


class CodePoint(Func):
    """A text column compared by code point: SQLite's own way, and on PostgreSQL whatever the
    database's locale is.
    """

    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, template='%(expressions)s COLLATE "C"', **extra)


class Ids:
    """Many ids for `among`, not a list: Django would resolve each element of a list on its own.

    `bound` is the parameter that carries them, made once for however many queries ask for the same
    people.
    """

    __slots__ = ("bound", "values")

    def __init__(self, values: Iterable[int]) -> None:
        self.values = list(values)
        self.bound: Any = None


class Among(Lookup):
    """`column__among=ids`: a list of any length as one bound parameter (SQLite: json_each,
    PostgreSQL: ANY).
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, params = self.process_lhs(compiler, connection)
        engine = engine_of(connection.alias)
        if not isinstance(self.rhs, Ids):
            values = list(self.rhs)
            if values and all(type(value) is int for value in values):
                # PostgreSQL would make no hash of a list of small numbers, and would compare each
                # row of the table with each number.
                return engine.AMONG_IDS.format(left), [*params, engine.bound_ids(values)]
            return engine.AMONG.format(left), [*params, engine.bound(values)]
        if self.rhs.bound is None:
            self.rhs.bound = engine.bound_ids(self.rhs.values)
        return engine.AMONG_IDS.format(left), [*params, self.rhs.bound]


class Begins(Lookup):
    """`column__begins=text`: the beginning of a text, by a plain index on either engine; `%` and
    `_` mean themselves.

    SQLite's LIKE ignores case and no index of ours serves it, so there it is a range.
    """

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, params = self.process_lhs(compiler, connection)
        sql, values = engine_of(connection.alias).begins(left, str(self.rhs))
        return sql, [*params, *values]


CharField.register_lookup(Begins)
Field.register_lookup(Among)
ForeignKey.register_lookup(Among)  # foreign keys look lookups up on their own
IntegerField.register_lookup(Among)
