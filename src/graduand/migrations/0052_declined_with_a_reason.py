"""Who declined says why, and whoever asked has read it at a moment of its own."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("graduand", "0051_editions_of_plans"),
    ]

    operations = [
        migrations.AddField(model_name="consent", name="read_at", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=Q(read_at=None) | Q(agreed__isnull=False, agreed=False), name="consent_read_when_declined"
            ),
        ),
    ]
