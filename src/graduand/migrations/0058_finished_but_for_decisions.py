"""A batch that was finished while somebody's certificate failed and waited for headquarters is one no more; and whose granted
degree was told to fail is looked at again, by the policy of its grant.
"""

import secrets

from django.db import migrations
from django.db.models import Exists, F, OuterRef


def take_up(apps, schema_editor):
    candidates, judgements = (
        apps.get_model("graduand", name).objects for name in ("Candidate", "Judgement")
    )
    numbered = candidates.filter(
        batch=OuterRef("pk"), stage__in=("certified", "shipped", "received", "collected")
    )
    undecided = numbered.filter(judgement__grounds__gt="").exclude(
        judgement__grounds=F("confirmed_grounds")
    )
    finished = apps.get_model("graduand", "Batch").objects.filter(finished_at__isnull=False)
    finished.filter(Exists(undecided)).update(finished_at=None)
    # A batch with one of these is taken up by the look, where the degree fails indeed.
    judgements.filter(degree_lost=True).update(degree_owed=secrets.randbits(60))


class Migration(migrations.Migration):
    dependencies = [("graduand", "0057_what_a_report_is_silent_about")]

    operations = [migrations.RunPython(take_up, migrations.RunPython.noop)]
