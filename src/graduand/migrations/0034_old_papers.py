"""What an amendment left behind on paper; amendments from before this was kept are taken as not printed anew yet,
unless the batch's certificates were printed since and before the paper left."""

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q, Subquery


def note_old_papers(apps, schema_editor):
    contents = apps.get_model("graduand", "CertificateContent").objects.filter(certificate=OuterRef("pk"), version__gt=1)
    certificates, printed = apps.get_model("graduand", "Certificate"), apps.get_model("graduand", "Export")
    amended = certificates.objects.filter(Exists(contents), voided_at=None)
    since = contents.order_by("-version").values("made_at")[:1]
    runs = printed.objects.filter(kind="certificate", batch=OuterRef("candidate__batch"), at__gt=OuterRef("since"))
    here = amended.annotate(since=Subquery(since), shipped=F("candidate__shipped_at"))
    known = here.filter(Exists(runs.filter(Q(at__lte=OuterRef("shipped")))) | Q(Exists(runs), shipped=None))
    old = amended.exclude(pk__in=known.values("pk"))
    old.update(old_paper_since=Subquery(since))


class Migration(migrations.Migration):
    dependencies = [("graduand", "0033_finished_has_its_list")]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="old_paper_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="certificate",
            name="reprinted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                condition=models.Q(("old_paper_since__isnull", False)), fields=["candidate"], name="certificate_old_paper"
            ),
        ),
        migrations.RunPython(note_old_papers, migrations.RunPython.noop),
    ]
