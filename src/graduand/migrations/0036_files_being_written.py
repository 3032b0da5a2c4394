"""What leaves is on record before its first byte; what became of it is a row of its own, which is append-only, too."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("graduand_outgoingend",)
STATES = [("writing", "正在写"), ("written", "已写成"), ("failed", "未成")]
# What was on record until now was recorded when its file stood.
ENDED = (
    "INSERT INTO graduand_outgoingend (outgoing_id, state, rows, size, sha256, why, at) "
    "SELECT id, 'written', rows, 0, sha256, '', at FROM graduand_outgoing WHERE sha256 <> ''"
)


def _run(schema_editor, name, *tables):
    from graduand.models.engine import engine_of  # migrations load before models are ready

    for table in tables:
        for statement in getattr(engine_of(schema_editor.connection.alias), name):
            schema_editor.execute(statement.format(table=table))


def let_go(apps, schema_editor):
    _run(schema_editor, "DROP_APPEND_ONLY", "graduand_outgoing")


def hold(apps, schema_editor):
    _run(schema_editor, "APPEND_ONLY", "graduand_outgoing")


def add(apps, schema_editor):
    _run(schema_editor, "APPEND_ONLY", *TABLES)


def drop(apps, schema_editor):
    _run(schema_editor, "DROP_APPEND_ONLY", *TABLES)


def copy_ends(apps, schema_editor):
    schema_editor.execute(ENDED)
    if (
        schema_editor.connection.vendor == "postgresql"
    ):  # what is checked later keeps its table from being altered
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("graduand", "0035_relist_deferred")]

    operations = [
        migrations.RunPython(let_go, hold, elidable=False),
        migrations.CreateModel(
            name="OutgoingEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(choices=STATES, max_length=8)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("why", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "outgoing",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="graduand.outgoing",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="outgoingend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "written"), ("why", ""), models.Q(("sha256", ""), _negated=True)
                    ),
                    models.Q(
                        ("sha256", ""), ("state", "failed"), models.Q(("why", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="outgoing_end_says_what_or_why",
            ),
        ),
        migrations.RunPython(copy_ends, nothing, elidable=False),
        migrations.RemoveField(model_name="outgoing", name="sha256"),
        migrations.AddField(
            model_name="outgoing",
            name="draft",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AlterField(
            model_name="outgoing",
            name="consent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="graduand.consent"
            ),
        ),
        migrations.RunPython(hold, let_go, elidable=False),
        migrations.RunPython(add, drop, elidable=False),
        migrations.AddField(
            model_name="export",
            name="draft",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.AddField(
            model_name="export",
            name="state",
            field=models.CharField(
                choices=STATES, db_default="written", default="writing", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="why",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="export", name="sha256", field=models.CharField(blank=True, max_length=64)
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sha256", ""), ("state", "writing"), ("why", "")),
                    models.Q(
                        ("state", "written"), ("why", ""), models.Q(("sha256", ""), _negated=True)
                    ),
                    models.Q(
                        ("sha256", ""), ("state", "failed"), models.Q(("why", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="export_state_says_what_or_why",
            ),
        ),
    ]
