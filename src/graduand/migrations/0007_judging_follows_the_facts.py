"""Marks say since when and why; the job of a batch's judging counts its orders; every open batch is judged once."""

from django.db import migrations, models


def judge_every_open_batch(apps, schema_editor):
    """From here on a job that has ended says that nobody is due."""
    Job, Batch = apps.get_model("graduand", "Job"), apps.get_model("graduand", "Batch")
    fresh = {
        "state": "waiting",
        "done": 0,
        "strikes": 0,
        "owner": "",
        "leased_until": None,
        "stop_at": None,
        "stop_by": None,
    }
    for pk in Batch.objects.filter(closed_at=None, policy__isnull=False).values_list(
        "id", flat=True
    ):
        Job.objects.update_or_create(kind="audit", subject=pk, defaults=fresh)


class Migration(migrations.Migration):
    dependencies = [("graduand", "0006_who_is_set_aside")]

    operations = [
        migrations.AddField("job", "again_on", models.DateField(blank=True, null=True)),
        migrations.AddField("job", "beat_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("job", "orders", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "stale", "cause", models.CharField(db_default="", default="", max_length=40)
        ),
        migrations.AddField("stale", "since", models.DateTimeField(null=True)),
        migrations.RunPython(judge_every_open_batch, migrations.RunPython.noop),
    ]
