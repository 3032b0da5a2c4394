"""When what two people let stand ends, the history of the file says so. And who is held up is found by an index."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("graduand_letstandend",)


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
    dependencies = [
        ("graduand", "0053_what_a_finding_is_about"),
    ]

    operations = [
        migrations.CreateModel(
            name="LetStandEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("gone", models.BooleanField()),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="let_stand_ends",
                        to="graduand.candidate",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="judgement",
            index=models.Index(
                condition=models.Q(grounds__gt=""), fields=["candidate"], name="judgement_held_up"
            ),
        ),
        migrations.RunPython(add, drop, elidable=False),
    ]
