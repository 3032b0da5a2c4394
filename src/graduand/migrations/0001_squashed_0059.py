"""A new database gets its tables at once; one that has some of these migrations goes through the rest of them."""

from importlib import import_module

from django.db import migrations

from graduand.migrations._at_once import TablesAtOnce

NAMES = (
    "0001_initial",
    "0002_append_only",
    "0003_set_aside",
    "0004_batches_side_by_side",
    "0005_picks_and_pending_forms",
    "0006_who_is_set_aside",
    "0007_judging_follows_the_facts",
    "0008_one_case_that_holds",
    "0009_batches_are_deleted_by_somebody",
    "0010_fact_sources",
    "0011_grades_declared",
    "0012_refusals_by_file",
    "0013_kept_forecasts",
    "0014_by_which_door",
    "0015_issued_contents",
    "0016_cancelled_is_not_queryable",
    "0017_batch_deeds",
    "0018_case_as_shown",
    "0019_rounds_leave_a_trail",
    "0020_who_checked_prior_education",
    "0021_acts_in_the_trail",
    "0022_permits_to_the_mainland",
    "0023_lists_of_whoever_is_not_set_aside",
    "0024_relisting",
    "0025_class_on_the_roster",
    "0026_every_deed_in_the_trail",
    "0027_kept_archives",
    "0028_queue_back_off",
    "0029_queryable_before_the_cancellation",
    "0030_off_the_roster",
    "0031_on_a_roster_is_approved",
    "0032_import_plans",
    "0033_finished_has_its_list",
    "0034_old_papers",
    "0035_relist_deferred",
    "0036_files_being_written",
    "0037_closing_is_a_state",
    "0038_taking_back",
    "0039_mark_changes",
    "0040_returned_to_the_command",
    "0041_undone_closing",
    "0042_whose_turn",
    "0043_when_ordered",
    "0044_what_old_papers_say",
    "0045_list_of_who_is_set_aside",
    "0046_old_degree_papers",
    "0047_finished_but_for_old_papers",
    "0048_confirmed_codes",
    "0049_policy_consents_name_every_change",
    "0050_grounds_let_stand",
    "0051_editions_of_plans",
    "0052_declined_with_a_reason",
    "0053_what_a_finding_is_about",
    "0054_let_stand_ends",
    "0055_where_orders_come_from",
    "0056_granted_degrees",
    "0057_what_a_report_is_silent_about",
    "0058_finished_but_for_decisions",
    "0059_not_answered_in_time",
)
# … of which these add the triggers of histories, which are no part of a table
APPEND_ONLY = (
    "0002_append_only",
    "0015_issued_contents",
    "0027_kept_archives",
    "0036_files_being_written",
    "0051_editions_of_plans",
    "0054_let_stand_ends",
)


def _run(schema_editor, name):
    for module in APPEND_ONLY:
        getattr(import_module(f"graduand.migrations.{module}"), name)(None, schema_editor)


def add(apps, schema_editor):
    _run(schema_editor, "add")


def drop(apps, schema_editor):
    _run(schema_editor, "drop")


class Migration(migrations.Migration):
    initial = True
    replaces = [("graduand", name) for name in NAMES]
    # Nothing here needs these, but each of them takes longer once the tables of this app are known.
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [TablesAtOnce(NAMES), migrations.RunPython(add, drop, elidable=False)]
