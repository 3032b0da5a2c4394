import re
import sys

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

WORDS_AROUND = re.compile(r"[^\x00-\x7f]*([0-9A-Z]+)[^\x00-\x7f]*")


def let_go(apps, schema_editor):
    """A parcel in which nothing lies any more holds no number; numbers that were kept with words are
    the number alone. Of several that are open under one number the first has it, the others share
    it. What meets so, and what nobody can read a number from, is named.
    """
    parcels = apps.get_model("graduand", "Parcel").objects
    lying = apps.get_model("graduand", "ParcelItem").objects.filter(
        parcel=OuterRef("pk"), open=True
    )
    parcels.exclude(Exists(lying)).update(open=False)
    taken, changed = set(), []
    for parcel in parcels.order_by("pk").only("carrier", "tracking", "open", "shares"):
        number, again = without_words(parcel.tracking), parcel.shares
        if parcel.open and not again:
            again = number in taken
            taken.add(number)
        if (number, again) != (parcel.tracking, parcel.shares):
            changed.append((parcel.pk, number, again))
        for told in named(parcel, number, again):
            sys.stderr.write(f"{told}\n")
    # Those that share first: at no moment do two hold one number.
    for pk, number, again in reversed(changed):
        parcels.filter(pk=pk).update(tracking=number, shares=again)


def without_words(tracking):
    alone = WORDS_AROUND.fullmatch(tracking)
    return alone[1] if alone else tracking


def named(parcel, number, again):
    name = f"包裹 {parcel.pk}（{parcel.carrier} {parcel.tracking}）"
    if again and not parcel.shares:
        yield f"{name}与另一个未签收完的包裹同用运单号 {number}，照旧，签收时按装箱单核对"
    if not number.isascii():
        yield f"{name}的运单号夹有文字，认不出号码，照旧"


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0065_a_waybill_is_its_number"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="parcel", name="parcel_tracking_once"),
        migrations.AddField(
            model_name="parcel",
            name="open",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.RunPython(let_go, migrations.RunPython.noop, elidable=False),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(
                condition=Q(open=True, shares=False),
                fields=("tracking",),
                name="parcel_tracking_once",
            ),
        ),
    ]
