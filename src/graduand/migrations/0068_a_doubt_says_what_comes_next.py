"""A doubt says what is done next in its very case: who has one is judged again, for the words that are kept."""

from django.db import migrations
from django.db.models import F, Q

# The bit of CHSI-DOUBT in a stored mask; it never changes.
DOUBT = 1 << 15
# Whose verdict follows the facts in a closed batch, too.
FOLLOWED = ("approved", "certified", "shipped", "received", "collected")
CAUSE = "判断说明更新"


def mark(apps, schema_editor):
    """Whoever is in doubt and is still judged, and the judging of their batches."""
    Candidate = apps.get_model("graduand", "Candidate")
    Stale = apps.get_model("graduand", "Stale")
    Job = apps.get_model("graduand", "Job")
    judged = Q(batch__closed_at=None) | Q(stage__in=FOLLOWED)
    doubted = (
        Candidate.objects.annotate(doubt=F("judgement__codes").bitand(DOUBT))
        .filter(judged, doubt__gt=0, batch__deleted_at=None, batch__policy__isnull=False)
        .values_list("id", "batch")
    )
    found = list(doubted)
    marks = [Stale(candidate_id=file, cause=CAUSE) for file, _ in found]
    Stale.objects.bulk_create(marks, batch_size=500, ignore_conflicts=True)
    fresh = {
        "state": "waiting",
        "done": 0,
        "strikes": 0,
        "owner": "",
        "leased_until": None,
        "stop_at": None,
        "stop_by": None,
    }
    for batch in {batch for _, batch in found}:
        Job.objects.update_or_create(kind="audit", subject=batch, defaults=fresh)


class Migration(migrations.Migration):
    dependencies = [("graduand", "0067_a_batch_is_finished_no_more")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
