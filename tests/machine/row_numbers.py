"""Row numbers of a test on PostgreSQL: a sequence is not taken back with the transaction that used it.

On the embedded database every test begins with the numbers that the last one began with. So it does
here: what the program keeps by account or batch (the questions of the menu, above all) is then found
again instead of being put together anew for each test.
"""

from typing import Any

_FUNCTION = """
CREATE OR REPLACE FUNCTION rows_begin_again() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {steps} END $$
"""
_STEP = "PERFORM setval('{sequence}', (SELECT COALESCE(MAX({column}), 0) + 1 FROM {table}), false);"
_SEQUENCES = """
SELECT quote_ident(t.relname), quote_ident(a.attname), quote_ident(s.relname)
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.deptype IN ('a', 'i') AND t.relnamespace = 'public'::regnamespace
"""


def prepare(connection: Any) -> None:
    """Put the function into the database of the tests, once its tables stand."""
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES)
        steps = [
            _STEP.format(table=table, column=column, sequence=sequence)
            for table, column, sequence in cursor.fetchall()
        ]
        cursor.execute(_FUNCTION.format(steps="\n".join(steps)))


def begin_again(connection: Any) -> None:
    """The next row of each table has the number after the last one that stands in it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rows_begin_again()")
