"""Which deeds there are is told by the program alone: a new one changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0069_a_weighed_normal_is_kept"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accountevent",
            name="deed",
            field=models.CharField(max_length=16),
        ),
    ]
