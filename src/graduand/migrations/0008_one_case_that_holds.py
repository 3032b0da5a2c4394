"""An upheld case holds like an open one: a student has one of either kind, the older ones are taken into it."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count, Q

# As VERDICT_RANK was when this was written.
RANK = {"unsure": 1, "abnormal": 2, "failed": 3}


def merge(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Where a row of the registry opened a second case beside an upheld one, the newest goes on with the worst verdict.

    What was done about the older one stays in the events of the file.
    """
    cases = apps.get_model("graduand", "IdentityCase").objects.exclude(state="cleared")
    several = cases.values("student").annotate(n=Count("id")).filter(n__gt=1).order_by()
    for student in several.values_list("student", flat=True):
        *older, newest = cases.filter(student=student).order_by("id")
        every = [*older, newest]
        newest.verdict = max((case.verdict for case in every), key=RANK.__getitem__)
        newest.opened_at = min(case.opened_at for case in every)
        newest.save()
        cases.filter(id__in=[case.id for case in older]).delete()


class Migration(migrations.Migration):
    dependencies = [("graduand", "0007_judging_follows_the_facts")]

    operations = [
        migrations.RemoveConstraint(model_name="identitycase", name="case_one_open_a_student"),
        migrations.RunPython(merge, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="identitycase",
            constraint=models.UniqueConstraint(
                condition=~Q(state="cleared"), fields=("student",), name="case_one_that_holds"
            ),
        ),
    ]
