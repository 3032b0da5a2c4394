"""A case that was upheld keeps the 正常 that lay there: what is known of those that were upheld before."""

from django.db import migrations

from graduand.rulebook.calendar import office_day


def keep_what_was_weighed(apps, schema_editor):
    """The newest row of whom was upheld, where it is a 正常 that had come in before the decision."""
    case_model = apps.get_model("graduand", "IdentityCase")
    report_model = apps.get_model("graduand", "ChsiReport")
    upheld = case_model.objects.filter(state="upheld", rested_on=None, filed_at__isnull=False)
    for case in upheld.iterator():  # few: a case is one doubted person
        rows = report_model.objects.filter(
            student=case.student_id, day__lte=office_day(case.filed_at)
        )
        newest = rows.select_related("brought_by").order_by("-day").first()
        if newest is None or newest.verdict != "normal":
            continue
        if newest.brought_by is None or newest.brought_by.at < case.filed_at:
            case_model.objects.filter(pk=case.pk).update(rested_on=newest.day)


class Migration(migrations.Migration):
    dependencies = [
        ("graduand", "0068_a_doubt_says_what_comes_next"),
    ]

    operations = [
        migrations.RunPython(keep_what_was_weighed, migrations.RunPython.noop),
    ]
