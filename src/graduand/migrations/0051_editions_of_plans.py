"""The plan and the policy that certificates are numbered by are kept; `graduand init` fills in what was not."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("graduand_planedition",)


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
        ("graduand", "0050_grounds_let_stand"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("rules", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
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
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="graduand.batch",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="graduand.planrow",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="graduand.policyversion",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="certificate",
            name="edition",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="graduand.planedition",
            ),
        ),
        migrations.AddConstraint(
            model_name="planedition",
            constraint=models.UniqueConstraint(
                fields=("plan", "policy", "sha256"), name="plan_edition_once"
            ),
        ),
        migrations.RunPython(add, drop, elidable=False),
    ]
