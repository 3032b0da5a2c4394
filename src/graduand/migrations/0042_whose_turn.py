"""Findings say whose turn it is: who has one of those of which it is not the clause's own desk is judged again."""

from django.db import migrations

# The bits of PRACTICE and CHSI-DOUBT in a stored mask; they never change.
MASK = 1 << 7 | 1 << 15
WHO = f"SELECT candidate_id, '判断说明更新' FROM graduand_judgement WHERE (codes & {MASK}) <> 0"
MARK = (
    f"INSERT INTO graduand_stale (candidate_id, cause) {WHO} ON CONFLICT (candidate_id) DO NOTHING"
)


def order(apps, schema_editor):
    """The judging of the open batches in which somebody is marked."""
    Job, Stale = apps.get_model("graduand", "Job"), apps.get_model("graduand", "Stale")
    marked = Stale.objects.filter(
        candidate__batch__closed_at=None, candidate__batch__policy__isnull=False
    )
    fresh = {
        "state": "waiting",
        "done": 0,
        "strikes": 0,
        "owner": "",
        "leased_until": None,
        "stop_at": None,
        "stop_by": None,
    }
    for pk in set(marked.values_list("candidate__batch", flat=True)):
        Job.objects.update_or_create(kind="audit", subject=pk, defaults=fresh)


class Migration(migrations.Migration):
    dependencies = [("graduand", "0041_undone_closing")]

    operations = [
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
        migrations.RunPython(order, migrations.RunPython.noop),
    ]
