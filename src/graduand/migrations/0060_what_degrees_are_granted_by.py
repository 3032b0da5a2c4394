"""The plan and the policy that degrees are granted by are kept; `graduand init` fills in what was not."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("graduand_degreegrant",)


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
        ("graduand", "0059_not_answered_in_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="DegreeGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "act",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="graduand.act",
                    ),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="degree_grants",
                        to="graduand.candidate",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="graduand.planedition",
                    ),
                ),
            ],
        ),
        migrations.RunPython(add, drop, elidable=False),
    ]
