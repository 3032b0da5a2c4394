"""What an amendment left behind on paper. Amendments from before this was kept are taken as not printed anew yet, unless a
print of everybody (of the round) began after the amendment and ended before the paper left: printing once more is cheap, a
wrong paper is not."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

# What a print that stood so soon after the amendment may have read before it: such a run was on record when it ended.
LONG_PRINT = timedelta(hours=1)


def whole_prints(apps):
    """(batch, round, when) of the prints of which nobody was held back and nobody with a number was left out.

    A print of one centre has no other mark than that it is of fewer people; without a round it is of the whole batch. Nobody
    waited on the roster for a number: a proof would be counted as one person more.
    """
    prints = (
        apps.get_model("graduand", "Export")
        .objects.filter(kind="certificate", held_back=0)
        .exclude(sha256="")
    )
    theirs = {"batch": OuterRef("batch"), "round": Coalesce(OuterRef("round"), F("round"))}
    valid = Q(certificates__voided_at=None) | Q(certificates__voided_at__gt=OuterRef("at"))
    listed = (
        apps.get_model("graduand", "Candidate").objects.filter(**theirs).order_by().values("batch")
    )
    numbered = listed.filter(valid, certificates__made_at__lte=OuterRef("at")).annotate(
        n=Count("pk", distinct=True)
    )
    on_roster = listed.filter(roster__frozen_at__lte=OuterRef("at")).annotate(n=Count("pk"))
    whole = prints.filter(
        rows=Subquery(numbered.values("n")), rows__gte=Coalesce(Subquery(on_roster.values("n")), 0)
    )
    return list(whole.values_list("batch", "round", "at"))


def note_old_papers(apps, schema_editor):
    contents = apps.get_model("graduand", "CertificateContent").objects.filter(
        certificate=OuterRef("pk"), version__gt=1
    )
    certificates = apps.get_model("graduand", "Certificate").objects
    since = contents.order_by("-version").values("made_at")[:1]
    amended = (
        certificates.filter(voided_at=None).annotate(since=Subquery(since)).exclude(since=None)
    )
    columns = ("pk", "since", "candidate__batch", "candidate__round", "candidate__shipped_at")
    prints, old = whole_prints(apps), []
    for pk, at, batch, turn, shipped in amended.values_list(*columns):
        anew = any(
            printed == batch
            and of in (None, turn)
            and when > at + LONG_PRINT
            and (shipped is None or when <= shipped)
            for printed, of, when in prints
        )
        if not anew:
            old.append(pk)
    certificates.filter(pk__in=old).update(old_paper_since=Subquery(since))


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
                condition=models.Q(("old_paper_since__isnull", False)),
                fields=["candidate"],
                name="certificate_old_paper",
            ),
        ),
        migrations.RunPython(note_old_papers, migrations.RunPython.noop),
    ]
