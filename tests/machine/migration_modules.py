"""The migrations as modules: one by the words of its name, and the tables that they made append-only."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.db import connection

from graduand import migrations
from graduand.models import Certificate
from graduand.models.engine import engine_of


def _append_only_tables() -> list[str]:
    """Every table that a migration has made append-only; what came later may name rows of what came before."""
    folder = Path(migrations.__file__).parent
    modules = [
        import_module(f"graduand.migrations.{one.stem}") for one in sorted(folder.glob("[0-9]*.py"))
    ]
    return [table for module in reversed(modules) for table in getattr(module, "TABLES", ())]


def migration(words: str) -> Any:
    """The module of a migration by the words of its name: its number may change when it lands behind others."""
    folder = Path(migrations.__file__).parent
    return import_module(f"graduand.migrations.{next(folder.glob(f'[0-9]*_{words}.py')).stem}")


def forget_events() -> None:
    """Empty the append-only tables before the others are emptied: their triggers step aside, then stand again."""
    engine = engine_of()
    Certificate.objects.update(edition=None)
    with connection.cursor() as cursor:
        for table in _append_only_tables():
            for statement in engine.DROP_APPEND_ONLY:
                cursor.execute(statement.format(table=table))
            cursor.execute(f"DELETE FROM {table}")
            for statement in engine.APPEND_ONLY:
                cursor.execute(statement.format(table=table))
