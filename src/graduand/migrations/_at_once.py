"""Tables made at once, as several migrations one after the other leave them: a new database need not live through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

DATA = (migrations.RunPython, migrations.RunSQL)


class TablesAtOnce(Operation):
    """Makes every table of the app in its last form; what the migrations do to rows finds none in a new database.

    Django prepares the classes of the tables anew after each operation, which takes most of the time of many small
    ones; here they are prepared once.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def operations(self) -> Iterator[Operation]:
        """What the migrations do to tables, in their order."""
        for name in self.names:
            for operation in import_module(f"{__package__}.{name}").Migration.operations:
                if not isinstance(operation, DATA):
                    yield operation

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # prepared classes; they are made anew when somebody asks
        for operation in self.operations():
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for label, name in to_state.models:
            if label == app_label:
                schema_editor.create_model(to_state.apps.get_model(label, name))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for label, name in reversed(list(from_state.models)):
            if label == app_label:
                schema_editor.delete_model(from_state.apps.get_model(label, name))

    def describe(self) -> str:
        return f"Make the tables as of {self.names[-1]}"
