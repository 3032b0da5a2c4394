import unicodedata

from django.db import migrations, models
from django.db.models import Q


def spelt(text):
    """NFKC, capitals, letters and digits alone; what that leaves nothing of stays as it is."""
    known = text
    while (plain := _letters(known)) != known:
        known = plain
    return known if 0 < len(known) <= 60 else text


def _letters(text):
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())


def spell(apps, schema_editor):
    """Numbers as they are spelled from now on; of several on their way under one number the first
    has it, the others share it.
    """
    parcels = apps.get_model("graduand", "Parcel").objects
    taken, changed = set(), []
    rows = parcels.order_by("pk").values_list("pk", "tracking", "received_at", "shares")
    for pk, tracking, received_at, shares in rows:
        number, again = spelt(tracking), shares
        if received_at is None and not shares:
            again = number in taken
            taken.add(number)
        if (number, again) != (tracking, shares):
            changed.append((pk, number, again))
    # Those that share first: at no moment do two hold one number.
    for pk, number, again in reversed(changed):
        parcels.filter(pk=pk).update(tracking=number, shares=again)


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0064_verdicts_that_wait_for_a_day"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="parcel", name="parcel_tracking_once"),
        migrations.RunPython(spell, migrations.RunPython.noop, elidable=False),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(
                condition=Q(received_at=None, shares=False),
                fields=("tracking",),
                name="parcel_tracking_once",
            ),
        ),
    ]
