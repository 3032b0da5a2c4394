"""The archive and the order of the roster."""

from __future__ import annotations

from datetime import date

from graduand.rulebook.papers.dossier import missing_papers, roster_key, wrong_dates
from graduand.rulebook.terms import PaperKind

ASKED = (PaperKind.REGISTRATION_FORM, PaperKind.TRANSCRIPT, PaperKind.ENROLMENT_FORM)


def test_五_1_missing_papers_in_the_order_of_the_policy() -> None:
    assert missing_papers(ASKED, {"transcript"}) == (
        PaperKind.REGISTRATION_FORM,
        PaperKind.ENROLMENT_FORM,
    )
    assert missing_papers(ASKED, {kind.value for kind in PaperKind}) == ()


def test_五_2_a_date_of_the_old_template_is_named() -> None:
    dated = {PaperKind.TRANSCRIPT: date(2023, 1, 20), PaperKind.ENROLMENT_FORM: date(2023, 7, 20)}
    assert wrong_dates(dated, date(2023, 7, 20)) == (PaperKind.TRANSCRIPT,)


def test_五_3_the_roster_follows_the_policy_by_code_point() -> None:
    people = [
        {"centre": "b1", "level": "junior", "major": "1", "class": "", "student_no": "3"},
        {"centre": "B2", "level": "junior", "major": "1", "class": "K1", "student_no": "2"},
        {"centre": "B2", "level": "junior", "major": "1", "class": "", "student_no": "9"},
    ]
    order = ("centre", "level", "major", "class", "student_no")
    assert [p["student_no"] for p in sorted(people, key=lambda p: roster_key(order, p))] == [
        "9",
        "2",
        "3",
    ]
