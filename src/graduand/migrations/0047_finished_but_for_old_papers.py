"""What an amendment left behind on paper was noted in homes from before without a word to anybody where the batch was finished:
such a batch is one no more, and stands among what is still to be done."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q


def take_up(apps, schema_editor):
    batches = apps.get_model("graduand", "Batch").objects.filter(finished_at__isnull=False)
    old = {"candidate__batch": OuterRef("pk"), "voided_at": None, "old_paper_since__isnull": False}
    certificates, degrees = (
        apps.get_model("graduand", name).objects.filter(**old)
        for name in ("Certificate", "DegreeCertificate")
    )
    batches.filter(Q(Exists(certificates)) | Q(Exists(degrees))).update(finished_at=None)


class Migration(migrations.Migration):
    dependencies = [("graduand", "0046_old_degree_papers")]

    operations = [migrations.RunPython(take_up, migrations.RunPython.noop)]
