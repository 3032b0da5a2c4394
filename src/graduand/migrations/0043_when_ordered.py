"""A job keeps when it was ordered in business time, and the last time that it was."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("graduand", "0042_whose_turn")]

    operations = [
        migrations.RenameField("job", "created_at", "ordered_at"),
        migrations.AlterField(
            "job", "ordered_at", models.DateTimeField(default=django.utils.timezone.now)
        ),
    ]
