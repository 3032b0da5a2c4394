"""Files, functions and views that the formatter made too long: each leaves its list when it is divided.

Nothing is ever added here: `tests/test_house.py` and `tests/pages/test_shape.py` compare the lists to the tree.
"""

FILES: set[str] = set()
FUNCTIONS = {
    "src/graduand/office/acts.py: _confirm",
    "src/graduand/office/intake/tables.py: settle",
    "src/graduand/pages/frame/alarms.py: _changed",
    "src/graduand/pages/frame/alarms.py: _left_lying",
    "src/graduand/pages/frame/deadlines.py: season_steps",
    "src/graduand/pages/review_desk.py: _desk",
    "tests/journeys/test_accounts.py: test_activation_an_app_and_the_next_sign_in",
    "tests/journeys/test_confirming.py: test_the_dialog_names_freezes_and_leaves_nothing_stale",
    "tests/journeys/test_five_thousand.py: enrol",
    "tests/journeys/test_importing.py: test_a_college_imports_its_students",
    "tests/office/intake/test_plans_lasting.py: test_it_says_the_same_as_when_it_is_compared_again",
    "tests/office/issuing/test_archives.py: change_everything",
    "tests/office/issuing/test_contents.py: test_the_content_is_whole_and_in_the_transaction_of_the_number",
    "tests/office/test_handover.py: test_the_certificate_lies_at_the_centre_again_and_nobody_has_confirmed_it",
    "tests/office/test_short_transactions.py: test_listing_judging_closing_and_deleting_go_piece_by_piece",
    "tests/pages/test_after_the_number.py: test_what_the_student_has_in_hand_is_headquarters_to_decide_and_frightens_nobody",
    "tests/pages/test_batches.py: test_七_3_a_batch_is_closed_by_two_when_everybody_left_is_explained",
    "tests/pages/test_every_list.py: rows_for",
    "tests/pages/test_imports.py: test_rows_with_errors_come_back_in_the_senders_own_workbook",
    "tests/pages/test_late_filing.py: test_who_comes_back_to_a_closed_batch_is_carried_over_by_two_on_the_page_of_the_file",
    "tests/pages/test_outgoing.py: test_every_file_says_what_it_is_who_took_it_why_and_its_hash",
    "tests/pages/test_photos_taken_out.py: test_A11_many_named_by_证件号_leave_when_a_second_person_has_agreed_to_exactly_these",
    "tests/pages/test_policy_words.py: test_a_new_batch_is_told_all_that_is_missing_at_once_each_at_its_field_with_what_was_typed",  # noqa: E501
    "tests/pages/test_reporting.py: test_七_2_a_bulk_application_is_a_lot_with_its_numbers",
    "tests/pages/test_results.py: test_who_is_filed_without_the_degree_that_was_asked_for_is_named_before_and_after",
    "tests/pages/test_second_person.py: test_one_step_on_one_file_is_proposed_once_at_a_time",
    "tests/pages/test_todos.py: test_七_1_what_nobody_can_review_any_more_is_no_to_do_but_told_with_what_can_be_done",
    "tests/pages/world.py: build",
    "tests/pages/world.py: student",
    "tests/security/test_import_rights.py: attack",
}
VIEWS = {
    "closing.py: checklist",
    "grades.py: confirm",
    "photo_review.py: desk",
    "policy_desk.py: draft",
}
