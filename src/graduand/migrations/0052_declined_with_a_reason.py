"""Who declined says why, and whoever asked has read it at a moment of its own."""

from django.db import migrations, models
from django.db.models import Q


def what_was_declined_before_has_been_read(apps, schema_editor):
    """Nobody wrote why then; `problem` is what had kept an earlier agreement from being done."""
    declined = apps.get_model("graduand", "Consent").objects.filter(agreed=False, read_at=None)
    declined.update(read_at=models.F("decided_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0051_editions_of_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="consent", name="read_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(what_was_declined_before_has_been_read, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=Q(read_at=None) | Q(agreed__isnull=False, agreed=False),
                name="consent_read_when_declined",
            ),
        ),
    ]
