"""What the registry has otherwise is kept as a word for both values, and what was let stand of a person's document, or of a
不合格 of 思想品德鉴定, is bound to exactly that one: another name or another wrong number is looked at again."""

import hashlib
import json

from django.db import migrations, models

_HOLDS_NOTHING = (
    "CHSI-DOUBT"  # a doubt stops a certificate by itself, and is no part of what is let stand
)


def _fingerprint(whose, rows):
    return (
        hashlib.sha256(json.dumps([whose, sorted(rows)], ensure_ascii=False).encode()).hexdigest()[
            :16
        ]
        if rows
        else ""
    )


def _about(row, student):
    if row[0] == "INFO-ID":
        return hashlib.sha256(
            f"{student.id_hash} {student.birth} {student.sex}".encode()
        ).hexdigest()[:16]
    return "不合格" if row[0] == "MORAL" and student.moral is False else ""


def say_what_it_is_about(apps, schema_editor):
    """Of whoever is held up: the word of the last verdict as it is told from now on. What two people let stand stays so."""
    candidates, judgements, forecasts = (
        apps.get_model("graduand", name) for name in ("Candidate", "Judgement", "Forecast")
    )
    files = candidates.objects.exclude(judgement__grounds="").filter(judgement__isnull=False)
    for file in files.select_related("student", "judgement").iterator(chunk_size=500):
        rows = [
            row
            for row in json.loads(file.judgement.unmet)
            if row[4] == "block" and row[0] != _HOLDS_NOTHING
        ]
        before, about = file.judgement.grounds, [_about(row, file.student) for row in rows]
        if not any(about) or _fingerprint(file.student.number, [row[:4] for row in rows]) != before:
            continue
        after = _fingerprint(
            file.student.number,
            [[*row[:4], *filter(None, [word])] for row, word in zip(rows, about)],
        )
        judgements.objects.filter(pk=file.pk).update(grounds=after)
        candidates.objects.filter(pk=file.pk, confirmed_grounds=before).update(
            confirmed_grounds=after
        )
        forecasts.objects.filter(candidate=file.pk).delete()  # they are judged anew


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0052_declined_with_a_reason"),
    ]

    operations = [
        migrations.AddField(
            model_name="chsireport",
            name="differs",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.RunPython(say_what_it_is_about, migrations.RunPython.noop),
    ]
