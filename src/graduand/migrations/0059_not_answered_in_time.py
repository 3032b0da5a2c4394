"""Whoever asked is told, too, that nobody answered in time."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

BY_TWO = ("act", "policy", "batch", "swap")


def what_ran_out_before_is_known(apps, schema_editor):
    """Nobody is told now of what ran out when the program did not tell."""
    now = timezone.now()
    left = apps.get_model("graduand", "Consent").objects.filter(
        kind__in=BY_TWO,
        decided_at=None,
        withdrawn_at=None,
        asked_at__lt=now - timedelta(hours=24),
        read_at=None,
    )
    left.update(read_at=now)


class Migration(migrations.Migration):
    dependencies = [("graduand", "0058_finished_but_for_decisions")]

    operations = [
        migrations.RemoveConstraint(model_name="consent", name="consent_read_when_declined"),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=Q(read_at=None) | Q(agreed=None) | Q(agreed=False),
                name="consent_read_unless_agreed",
            ),
        ),
        migrations.RunPython(what_ran_out_before_is_known, migrations.RunPython.noop),
    ]
