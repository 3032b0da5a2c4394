"""In a process of its own: makes the tables of a new database, at once or migration by migration; prints what they are."""

import json
import re
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after Django is set up
from django.db import connection  # noqa: E402 - after Django is set up
from django.db.migrations.executor import MigrationExecutor  # noqa: E402 - after Django is set up
from django.db.migrations.loader import MigrationLoader  # noqa: E402 - after Django is set up
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402 - after Django is set up

# Where a column stands in its table is left out: what is removed leaves its place empty, and
# nothing reads by place.
POSTGRES = {
    "columns": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
        column_default, identity_generation FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


class OlderLoader(MigrationLoader):
    """Knows nothing of a migration that replaces others."""

    def load_disk(self) -> None:
        super().load_disk()
        self.disk_migrations = {
            key: one for key, one in self.disk_migrations.items() if not one.replaces
        }


def one_by_one(last: str = "") -> None:
    """As an older program did, up to `last` where it is given."""
    executor = MigrationExecutor(connection)
    executor.loader = OlderLoader(connection)
    targets = [("graduand", last)] if last else executor.loader.graph.leaf_nodes()
    executor.migrate(targets)


def at_once() -> None:
    """As the program does today."""
    call_command("migrate", interactive=False, verbosity=0)


def _rows(sql: str) -> list[list[object]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [list(row) for row in cursor.fetchall()]


def _pieces(sql: str) -> list[str]:
    """The parts of a CREATE TABLE, however they are ordered and quoted."""
    inner, depth, pieces = sql[sql.index("(") + 1 : sql.rindex(")")], 0, [""]
    for char in inner:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and not depth:
            pieces.append("")
        else:
            pieces[-1] += char
    return sorted(re.sub(r'"(\w+)"', r"\1", piece).strip() for piece in pieces)


def tables() -> dict[str, list[object]]:
    """Columns, constraints, indexes, triggers of the database, sorted; and what is written down as applied."""
    if connection.vendor == "postgresql":
        found = {name: sorted(_rows(sql), key=str) for name, sql in POSTGRES.items()}
    else:
        made = _rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
        )
        found = {
            "tables": [[name, _pieces(str(sql))] for kind, name, _, sql in made if kind == "table"],
            "others": [
                [kind, name, table, re.sub(r'"(\w+)"', r"\1", str(sql))]
                for kind, name, table, sql in made
                if kind != "table"
            ],
        }
    found["applied"] = sorted(
        name
        for app, name in MigrationRecorder(connection).applied_migrations()
        if app == "graduand"
    )
    return found


if __name__ == "__main__":
    for step in sys.argv[1:]:
        if step == "at-once":
            at_once()
        else:
            one_by_one("" if step == "one-by-one" else step)
    json.dump(tables(), sys.stdout)
