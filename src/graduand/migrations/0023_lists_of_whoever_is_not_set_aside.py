from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0022_permits_to_the_mainland"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="candidate", name="candidate_centre_list"),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                condition=models.Q(("aside", False)),
                fields=["batch", "centre", "stage", "id"],
                name="candidate_centre_list",
            ),
        ),
    ]
