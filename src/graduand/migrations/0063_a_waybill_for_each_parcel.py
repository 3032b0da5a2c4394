from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q


def mark_shared(apps, schema_editor):
    """What is on its way under one waybill already stays so: the first parcel has it, the others share it."""
    on_the_way = apps.get_model("graduand", "Parcel").objects.filter(received_at=None)
    before = on_the_way.filter(
        carrier=OuterRef("carrier"), tracking=OuterRef("tracking"), pk__lt=OuterRef("pk")
    )
    later = list(on_the_way.filter(Exists(before)).values_list("pk", flat=True))
    on_the_way.filter(pk__in=later).update(shares=True)


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0062_whose_print_it_was"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="parcel", name="parcel_tracking_once"),
        migrations.AddField(
            model_name="parcel",
            name="shares",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(mark_shared, migrations.RunPython.noop, elidable=False),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(
                condition=Q(received_at=None, shares=False),
                fields=("carrier", "tracking"),
                name="parcel_tracking_once",
            ),
        ),
    ]
