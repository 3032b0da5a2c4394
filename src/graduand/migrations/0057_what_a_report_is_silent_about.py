"""Of a report of the registry is kept what its file did not speak of: there it is as the newest report before it said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0056_granted_degrees"),
    ]

    operations = [
        migrations.AddField(
            model_name="chsireport",
            name="silent",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
