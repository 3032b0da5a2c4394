"""What an old paper says, where that is known: the first version, if it has not been printed since the first amendment. Where
the certificate says that again, it is no old paper; where nobody knows, the mark stays as it is."""

import json
from datetime import timedelta

from django.db import migrations, models

# The record of a print is made when its first sheet is written; the last ones may have been read long after.
LONG_PRINT = timedelta(hours=1)
_PRINTED = ("number", "text", "issued", "school_code", "school_name", "principal", "photo")


def same_print(one, other):
    return all(one[name] == other[name] for name in _PRINTED)


def note_what_they_say(apps, schema_editor):
    papers = apps.get_model("graduand", "Certificate").objects.filter(
        voided_at=None, old_paper_since__isnull=False
    )
    prints = apps.get_model("graduand", "Export").objects.filter(kind="certificate").order_by("at")
    last_print = dict(prints.values_list("batch", "at"))
    for paper in (
        papers.filter(reprinted_at=None).select_related("candidate").iterator(chunk_size=500)
    ):
        versions = list(paper.contents.order_by("version").values_list("body", "sha256", "made_at"))
        printed = last_print.get(paper.candidate.batch_id)
        if len(versions) < 2 or (printed is not None and printed > versions[1][2] - LONG_PRINT):
            continue
        first, last = (json.loads(versions[place][0]) for place in (0, -1))
        if same_print(first, last):
            paper.old_paper_since = None
        else:
            paper.old_paper_sha256 = versions[0][1]
        paper.save(update_fields=["old_paper_since", "old_paper_sha256"])


class Migration(migrations.Migration):
    dependencies = [("graduand", "0043_when_ordered")]

    operations = [
        migrations.AddField(
            model_name="certificate",
            name="old_paper_sha256",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.RunPython(note_what_they_say, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("old_paper_sha256", ""), ("old_paper_since__isnull", False), _connector="OR"
                ),
                name="certificate_old_paper_is_marked",
            ),
        ),
    ]
