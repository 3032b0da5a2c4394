"""Every code of a clause that can stop a move is tried somewhere."""

from pathlib import Path

from graduand.rulebook.clauses import CLAUSES

# The tests of this folder that stop a move by each code that a step of the journey can meet.
TRIED = ("acts/test_refusals.py", "people/test_two_people.py")
OFF_BY_DEFAULT = {"INFO-CONFIRM", "QUALIF", "MORAL"}  # tests/rulebook/test_gates.py
WITH_THE_PAPERS = {"DATA-EXPORT", "DOSSIER", "DOSSIER-UNKNOWN", "MAILED"}
# one waybill a parcel: test_waybill_races.py;
# after the number: certificates/test_marks_after_the_number.py, certificates/test_let_stand_exactly.py, dispatch/test_handover.py
# and tests/pages/certificates/test_after_the_number.py; issued: tests/office/certificates/issuing; rights: people/test_rights.py;
# on their way: season/ending/test_reopening.py, season/ending/test_closing_held.py; an import: records/plans/test_plans_wait.py;
# beside the journey, and voiding: audit/test_degree_decisions.py, identity/test_case_decisions.py,
# certificates/test_cancellations.py, identity/test_case_files.py, tests/rulebook/test_gates.py
BESIDE = {
    "DEGREE-AVERAGE",
    "DEGREE-COURSE",
    "DEGREE-THESIS",
    "DEGREE-LANGUAGE",
    "DEGREE-LEVEL",
    "DEGREE-ONCE",
    "DEGREE-WINDOW",
    "BASIS",
    "BATCH-CLOSING",
    "BATCH-RESTORING",
    "IMPORT-RUNNING",
    "CANCEL-DAY",
    "CASE-FILE",
    "PHOTO-REVIEW",
    "RIGHTS",
    "AMEND-GROUND",
    "ANSWER",
    "ANSWER-DAY",
    "NUMBER-DEGREE",
    "PRINCIPAL",
    "REFUSED-BEFORE",
    "VOID-LOST",
    "WAYBILL",
    "CONFIRM-GROUND",
    "REG-CANCELLED",
    "GIVEN-LOST",
    "ISSUE-DAY",
    "ISSUED-LOST",
    "OWN-FILE",
    "PAPER-GIVEN",
    "PAPER-OLD",
    "PAPER-REPRINT",
}


def test_every_code_that_stops_a_move_is_tried_here():
    folder = Path(__file__).parents[1]
    text = "".join((folder / name).read_text(encoding="utf-8") for name in TRIED)
    untried = {code for code in CLAUSES if f'"{code}"' not in text}
    assert untried == OFF_BY_DEFAULT | BESIDE | WITH_THE_PAPERS
