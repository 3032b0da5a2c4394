"""Histories are append-only: a trigger on each engine refuses to change or delete a row of them."""

from django.db import migrations

TABLES = (
    "graduand_event",
    "graduand_accountevent",
    "graduand_look",
    "graduand_outgoing",
    "graduand_photodecision",
    "graduand_faceorder",
    "graduand_noticereceipt",
    "graduand_noticefile",
    "graduand_noticeaddress",
    "graduand_notice",
    "graduand_statement",
)


def _run(schema_editor, name):
    from graduand.models.engine import engine_of  # migrations load before models are ready

    for table in TABLES:
        for statement in getattr(engine_of(schema_editor.connection.alias), name):
            schema_editor.execute(statement.format(table=table))


def add(apps, schema_editor):
    _run(schema_editor, "APPEND_ONLY")


def drop(apps, schema_editor):
    _run(schema_editor, "DROP_APPEND_ONLY")


class Migration(migrations.Migration):
    dependencies = [("graduand", "0001_initial")]
    operations = [migrations.RunPython(add, drop, elidable=False)]
