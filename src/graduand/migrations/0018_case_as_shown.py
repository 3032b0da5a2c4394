from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0017_batch_deeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="identitycase",
            name="version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="identitycase",
            name="rested_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="pick",
            name="cases",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
