"""Whether the conditions of a granted degree fail since is kept beside the verdict, and whose is to be looked at."""

import secrets

from django.db import migrations, models


def look_at_every_one(apps, schema_editor):
    """Nobody knows of them yet: the next judging of the batch looks at all whose degree was granted."""
    granted = apps.get_model("graduand", "Judgement").objects.filter(candidate__degree="granted")
    granted.update(degree_owed=secrets.randbits(60))


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0055_where_orders_come_from"),
    ]

    operations = [
        migrations.AddField(
            model_name="judgement",
            name="degree_lost",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="judgement",
            name="degree_owed",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="judgement",
            index=models.Index(
                condition=models.Q(degree_lost=True),
                fields=["candidate"],
                name="judgement_degree_lost",
            ),
        ),
        migrations.AddIndex(
            model_name="judgement",
            index=models.Index(
                condition=models.Q(degree_owed__isnull=False),
                fields=["degree_owed"],
                name="judgement_degree_owed",
            ),
        ),
        migrations.RunPython(look_at_every_one, migrations.RunPython.noop),
    ]
