"""A closing that was agreed to holds its batch; one that had stopped half way before is undone by the worker."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone


def take_up(apps, schema_editor):
    """Batches whose closing is ordered, or whose closing ended half way and left people lapsed in an open batch."""
    Batch, Candidate, Job = (
        apps.get_model("graduand", name) for name in ("Batch", "Candidate", "Job")
    )
    ordered = Job.objects.filter(kind="closing", state__in=("waiting", "running")).values("subject")
    lapsed = Candidate.objects.filter(
        batch=OuterRef("pk"), stage="lapsed", last_act__verb="lapse", last_act__asked__closing=True
    )
    half_way = Batch.objects.filter(
        Q(pk__in=ordered) | Exists(lapsed), closed_at=None, deleted_at=None
    )
    half_way.filter(policy__isnull=False).update(closing_since=timezone.now(), listed_to=None)


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0036_files_being_written"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="closing_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closing_since", None),
                    models.Q(
                        ("closed_at", None),
                        ("deleted_at", None),
                        ("listed_to", None),
                        ("policy__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="batch_closing_is_open_with_its_list",
            ),
        ),
        migrations.RunPython(take_up, migrations.RunPython.noop),
    ]
