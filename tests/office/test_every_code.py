"""Every code of a clause that can stop a move is tried somewhere."""

from pathlib import Path

from graduand.rulebook.clauses import CLAUSES

# The tests of this folder that stop a move by each code that a step of the journey can meet.
TRIED = ("test_refusals.py", "test_two_people.py")
OFF_BY_DEFAULT = {"INFO-CONFIRM", "QUALIF", "MORAL"}  # tests/rulebook/test_gates.py
WITH_THE_PAPERS = {"DATA-EXPORT", "DOSSIER", "DOSSIER-UNKNOWN", "MAILED"}
# one waybill a parcel: test_waybills_beside.py;
# after the number: test_marks_after_the_number.py, test_let_stand_exactly.py, test_handover.py
# and tests/pages/test_after_the_number.py; issued: tests/office/issuing; rights: test_rights.py;
# on their way: test_reopening.py, test_closing_held.py; an import: intake/test_plans_wait.py;
# beside the journey, and voiding: test_degree_decisions.py, test_case_decisions.py,
# test_cancellations.py, test_case_files.py, tests/rulebook/test_gates.py
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
    folder = Path(__file__).parent
    text = "".join((folder / name).read_text(encoding="utf-8") for name in TRIED)
    untried = {code for code in CLAUSES if f'"{code}"' not in text}
    assert untried == OFF_BY_DEFAULT | BESIDE | WITH_THE_PAPERS
