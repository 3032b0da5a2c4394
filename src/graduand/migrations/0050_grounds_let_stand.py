"""What headquarters lets stand of a numbered certificate is exactly what is missing, no longer each kind of thing that is:
kept as a fingerprint with the file, and beside each verdict that of what is missing."""

import hashlib
import json

from django.db import migrations, models
from django.db.models import Q

_ACADEMIC = (
    "ELIG-TERM",
    "ELIG-EXPIRED",
    "ELIG-STATUS",
    "CRED-TOTAL",
    "CRED-HQ",
    "CRED-MODULE",
    "COURSE-MISSING",
    "PRACTICE",
    "CRED-EXEMPT",
)
_PERSONAL = ("INFO-ID", "INFO-LEVEL", "INFO-MATCH", "INFO-CONFIRM", "MORAL", "QUALIF")
_GROUNDS = models.CharField(blank=True, db_default="", default="", max_length=16)


def _counts(row, graduated, picture):
    """Whether a finding holds a numbered certificate up; `picture` is what is known against the one that was approved."""
    code, arg, *_ = row
    if code == "ELIG-STATUS":
        return not graduated
    if code in ("PHOTO-SPEC", "PHOTO-SAME"):
        return picture is not None and (
            bool(picture[0]) and arg == picture[0] if code == "PHOTO-SPEC" else picture[1] is False
        )
    return code in _ACADEMIC or code in _PERSONAL


def _fingerprint(whose, rows):
    told = sorted(row[:4] for row in rows)
    return (
        hashlib.sha256(json.dumps([whose, told], ensure_ascii=False).encode()).hexdigest()[:16]
        if told
        else ""
    )


def tell_what_is_missing(apps, schema_editor):
    confirmed = apps.get_model("graduand", "Candidate").objects.exclude(confirmed_codes=0)
    tell(apps, dict(confirmed.values_list("id", "confirmed_codes")))


def tell(apps, confirmed):
    """Of who is numbered: the fingerprint of the last verdict, and whether it was let stand as far as was kept: by its codes,
    which are the first bits of `confirmed` (file -> bits). Whoever lacks anything else is looked at again.
    """
    candidates, photos, forecasts = (
        apps.get_model("graduand", name) for name in ("Candidate", "PhotoRow", "Forecast")
    )
    numbered = Q(stage__in=("certified", "shipped", "received", "collected"))
    files = candidates.objects.filter(numbered, judgement__isnull=False).exclude(
        judgement__unmet="[]"
    )
    forecasts.objects.filter(candidate__in=files.values("id")).delete()  # they are judged anew
    for file in files.select_related("student", "judgement").iterator(chunk_size=500):
        photo = photos.objects.filter(
            student=file.student, kind="graduation", current=True, sha256=file.approved_photo
        )
        picture = photo.values_list("problems", "same").first()
        verdict, graduated = file.judgement, file.student.standing == "graduated"
        rows = json.loads(verdict.unmet)
        missing = [row for row in rows if row[4] == "block" and _counts(row, graduated, picture)]
        for row in rows:
            if row not in missing and row[0] != "CHSI-DOUBT":
                row[4] = "warn"  # reminds, and holds nothing up
        verdict.unmet, verdict.grounds = (
            json.dumps(rows, ensure_ascii=False),
            _fingerprint(file.student.number, missing),
        )
        verdict.clear = all(row[4] != "block" for row in rows)
        verdict.save(update_fields=["unmet", "grounds", "clear"])
        looked_at = {
            code for bit, code in enumerate(_ACADEMIC) if confirmed.get(file.pk, 0) >> bit & 1
        }
        if looked_at and looked_at.issuperset(row[0] for row in missing):
            file.confirmed_grounds = verdict.grounds
            file.save(update_fields=["confirmed_grounds"])


class Migration(migrations.Migration):
    dependencies = [("graduand", "0049_policy_consents_name_every_change")]

    operations = [
        migrations.AddField(model_name="candidate", name="confirmed_grounds", field=_GROUNDS),
        migrations.AddField(model_name="judgement", name="grounds", field=_GROUNDS.clone()),
        migrations.AddField(model_name="forecast", name="grounds", field=_GROUNDS.clone()),
        migrations.RunPython(tell_what_is_missing, migrations.RunPython.noop),
        migrations.RemoveField(model_name="candidate", name="confirmed_codes"),
    ]
