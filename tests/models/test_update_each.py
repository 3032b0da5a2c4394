"""Many rows changed by one statement on SQLite: each is found by its key, whatever indexes the condition would fit."""

import pytest
from django.db import connection

from graduand.models import Candidate
from graduand.models.engine import sqlite

pytestmark = [pytest.mark.sqlite, pytest.mark.django_db]

COLUMNS = {"roster_id": "bigint", "roster_no": "integer"}
WHERE = "roster_id IS NULL AND stage = 'approved'"


def plan(sql, params):
    """How the engine goes about a statement, a line a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return [row[3] for row in cursor.fetchall()]


def test_the_rows_are_gone_through_once_and_their_files_found_by_id():
    said = []

    def listen(execute, sql, params, many, context):
        said.append((sql, params))
        return execute(sql, params, many, context)

    rows = [(pk, 1, pk) for pk in range(1, 501)]
    with connection.execute_wrapper(listen), connection.cursor() as cursor:
        assert sqlite.update_each(cursor, Candidate._meta.db_table, "id", COLUMNS, WHERE, rows) == 0
    ((sql, params),) = said
    first, second = plan(sql, params)
    assert first.startswith("SCAN given")
    assert second == "SEARCH graduand_candidate USING INTEGER PRIMARY KEY (rowid=?)"
    control, _ = plan(
        sql.replace(f"+({WHERE})", WHERE), params
    )  # everybody on no roster, five hundred times
    assert "roster_id=?" in control
