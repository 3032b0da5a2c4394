"""Clauses and findings: complete sentences, stable bits, a faithful way into the database and back."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.clauses import (
    ACADEMIC_CODES,
    CLAUSES,
    MASK_BITS,
    Finding,
    blocking,
    mask_of,
)
from graduand.rulebook.terms import Desk, Severity

TURNS = {code: [None, clause.desk, *dict(clause.next_desks)] for code, clause in CLAUSES.items()}
FINDINGS = st.sampled_from(list(CLAUSES)).flatmap(
    lambda code: st.builds(
        Finding,
        st.just(code),
        st.text(),
        st.text(),
        st.text(),
        st.sampled_from(list(Severity)),
        st.sampled_from(TURNS[code]),
    )
)


@pytest.mark.parametrize("code", CLAUSES)
def test_a_clause_says_where_it_stands_who_clears_it_and_how(code):
    clause = CLAUSES[code]
    assert clause.code == code
    assert all((clause.source, clause.title, clause.text, clause.todo, clause.desk.label))
    fields = {name for _, name, _, _ in string.Formatter().parse(clause.text) if name}
    assert fields <= {"arg", "need", "has"}
    assert not clause.text.endswith("。")
    turns = dict(clause.next_desks)
    assert (len(turns), clause.desk in turns) == (len(clause.next_desks), False)
    for text in (clause.title, clause.text, clause.todo, *turns.values()):
        assert not set(text) & set(",;?!"), text


def test_the_bits_of_a_stored_mask_never_change():
    """Stored judgements carry these numbers: append only."""
    assert list(MASK_BITS) == [
        *ACADEMIC_CODES,
        "PHOTO-PLATFORM",
        "PHOTO-SPEC",
        "PHOTO-SAME",
        "PHOTO-LATE",
        "CHSI-ADMISSION",
        "CHSI-CREDENTIAL",
        "CHSI-DOUBT",
        "INFO-ID",
        "INFO-MATCH",
        "INFO-CONFIRM",
        "QUALIF",
        "MORAL",
        "DATA-EXPORT",
        "DEGREE-AVERAGE",
        "DEGREE-THESIS",
        "DEGREE-LANGUAGE",
        "DEGREE-LEVEL",
        "DEGREE-ONCE",
        "PHOTO-REVIEW",
        "INFO-LEVEL",
        "DEGREE-COURSE",
    ]
    assert ACADEMIC_CODES == (
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
    assert max(MASK_BITS.values()) < 63


@given(finding=FINDINGS)
def test_a_finding_survives_its_way_through_the_database(finding):
    assert Finding.from_row(finding.as_row()) == finding
    assert finding.sentence != ""
    assert finding.item.startswith(finding.code)


def test_a_finding_says_whose_turn_it_is_and_what_that_desk_does():
    found = [Finding("CHSI-DOUBT", next_desk=turn) for turn in TURNS["CHSI-DOUBT"]]
    assert [(one.desk, one.todo.partition("，")[0]) for one in found] == [
        (Desk.CENTRE, "提交学生身份复核表等材料"),
        (Desk.CENTRE, "提交学生身份复核表等材料"),
        (Desk.COLLEGE, "审核复核材料"),
        (Desk.HQ, "作出备案决定"),
    ]
    before = Finding.from_row(["PRACTICE", "P1", "", "", "block"])  # stored before findings said so
    assert (before.desk, Finding("PRACTICE", next_desk=Desk.STUDENT).desk) == (
        Desk.COLLEGE,
        Desk.STUDENT,
    )


@given(findings=st.lists(FINDINGS.filter(lambda f: f.code in MASK_BITS)).map(tuple))
def test_the_mask_holds_each_code_once(findings):
    mask = mask_of(findings)
    assert {code for code, bit in MASK_BITS.items() if mask >> bit & 1} == {
        finding.code for finding in findings
    }


@given(findings=st.lists(FINDINGS).map(tuple))
def test_the_first_that_blocks(findings):
    first = blocking(findings)
    assert (first is None) == all(not finding.blocks for finding in findings)
    assert first is None or first.severity is Severity.BLOCK
