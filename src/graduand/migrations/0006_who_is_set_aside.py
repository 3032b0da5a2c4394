"""A list remembers how far it has come; whoever has a live file or a certificate is set aside in other batches."""

from django.db import migrations, models

SET_ASIDE = """
    UPDATE graduand_candidate SET aside = true
    WHERE stage IN ('listed', 'deferred') AND EXISTS (
        SELECT 1 FROM graduand_candidate o
        WHERE o.student_id = graduand_candidate.student_id AND o.batch_id <> graduand_candidate.batch_id
          AND o.stage IN ('applied', 'returned', 'endorsed', 'approved', 'certified', 'shipped', 'received', 'collected'))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0005_picks_and_pending_forms"),
    ]

    operations = [
        migrations.AddField(
            "batch", "listed_to", models.CharField(blank=True, max_length=20, null=True)
        ),
        migrations.RunSQL(SET_ASIDE, migrations.RunSQL.noop),
    ]
