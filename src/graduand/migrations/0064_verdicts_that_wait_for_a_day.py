from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0063_a_waybill_for_each_parcel"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="judgement",
            index=models.Index(
                condition=models.Q(changes_on__isnull=False),
                fields=["candidate"],
                name="judgement_waits_for_a_day",
            ),
        ),
    ]
