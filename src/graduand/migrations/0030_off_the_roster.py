"""Whoever was sent back from a frozen roster stands on none any more, and the file is where its student is."""

from django.db import migrations
from django.db.models import OuterRef, Subquery

APPROVED = ("approved", "certified", "shipped", "received", "collected")


def leave(apps, _schema_editor):
    candidates, students = (
        apps.get_model("graduand", "Candidate"),
        apps.get_model("graduand", "Student"),
    )
    centre = students.objects.filter(pk=OuterRef("student_id")).values("centre_id")[:1]
    sent_back = candidates.objects.filter(roster__isnull=False).exclude(stage__in=APPROVED)
    sent_back.update(roster=None, roster_no=None, roster_class=None, centre_id=Subquery(centre))


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0029_queryable_before_the_cancellation"),
    ]

    operations = [
        migrations.RunPython(leave, migrations.RunPython.noop),
    ]
