"""Each gate with what passes it and what does not."""

from datetime import date

import pytest

from graduand.rulebook import gates as g
from graduand.rulebook.certificates import numbering_gates as numbering
from graduand.rulebook.certificates import paper_gates
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.dispatch import gates as way
from graduand.rulebook.identity import person_gates as person
from graduand.rulebook.review import side_gates as side
from graduand.rulebook.terms import Desk, Stage
from tests.rulebook.act_gate_cases import ACT
from tests.rulebook.certificate_gate_cases import CERTIFICATE
from tests.rulebook.gate_facts import photo
from tests.rulebook.person_gate_cases import PERSON
from tests.rulebook.plain import asked, basis, facts, notice
from tests.rulebook.side_gate_cases import SIDE

CASES = [*PERSON, *ACT, *CERTIFICATE, *SIDE]


def items(findings) -> list[str]:
    return [("" if finding.blocks else "*") + finding.item for finding in findings]


@pytest.mark.parametrize(("gate", "known", "where", "said", "expected"), CASES)
def test_each_gate(gate, known, where, said, expected):
    assert items(gate(known, where, said)) == expected


def test_every_gate_is_tried_both_ways():
    gates = {
        value
        for module in (g, person, side, way, paper_gates, numbering)
        for value in vars(module).values()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    }
    # what is issued is tried where it is done: tests/office/certificates/issuing
    gates -= {
        numbering.signed,
        side.degree_number_at_hand,
        side.shown_content,
        side.amendable,
        side.registrys_answer,
    }
    gates -= {
        g.Basis,
        g.Edition,
        g.span,
        person._asked_by_policy,
        person._later_round,
        person.late_for,
        person.lacking,
        person._approved_picture,
        person.grounds,
        g.unreasoned,
        g._no_round,
        g._instead,
        side._not_mine,
        side._has_failed,
        side._own_conditions,
        side._graduation_fails,
        side.fails_since_granted,
        side.against_mark,
        way.untold,
        way._of_another_way,
        paper_gates.given_for_good,
    }
    tried = {gate: {bool(expected) for one, *_, expected in CASES if one is gate} for gate in gates}
    assert {gate.__name__: sides for gate, sides in tried.items() if sides != {True, False}} == {}


@pytest.mark.parametrize(
    ("round_name", "since", "day", "said"),
    [
        (
            "第二批",
            date(2023, 8, 31),
            date(2023, 9, 6),
            "2023-08-31 提交；本批次没有以后的轮次，可在下一毕业批次申请",
        ),
        ("首批", date(2023, 7, 12), date(2023, 7, 12), "2023-07-12 提交；可在「第二批」申请"),
        (
            "首批",
            date(2023, 9, 1),
            date(2023, 9, 6),
            "2023-09-01 提交；本批次没有以后的轮次，可在下一毕业批次申请",
        ),
    ],
)
def test_四_2_2_a_late_photo_is_told_of_a_later_round_only_where_there_is_one(
    round_name, since, day, said
):
    rounds = [
        {**turn, **({"photo_deadline": date(2023, 7, 10)} if turn["name"] == "首批" else {})}
        for turn in notice()["rounds"]
    ]
    [found] = person.platform_photo(
        photo(since=since), basis(day, rounds=rounds), asked(round_name=round_name)
    )
    assert (found.code, found.has) == ("PHOTO-LATE", said)
    assert "下一轮" not in found.clause.todo


def test_every_finding_reads_as_a_sentence_with_its_numbers():
    for gate, known, where, said, _ in CASES:
        for finding in gate(known, where, said):
            assert finding.code in CLAUSES
            assert "{" not in finding.sentence
            # what takes two people is named by the step that asks: a gate knows no verb
            assert finding.sentence.count("「」") == (
                finding.code == "SECOND" and not finding.need
            ), finding
            assert "None" not in finding.sentence, finding
            assert finding.clause.desk in Desk


@pytest.mark.parametrize(
    ("stage", "desk", "explains"),
    [(Stage.APPLIED, Desk.COLLEGE, True), (Stage.ENDORSED, Desk.HQ, False)],
)
def test_三_1_only_the_college_explains_a_late_review_to_headquarters(stage, desk, explains):
    [found] = g.review_time(facts(stage), basis(date(2023, 7, 17)), asked())
    assert (found.code, found.desk) == ("REVIEW-LATE", desk)
    assert ("向总部说明" in found.todo) == explains


@pytest.mark.parametrize(
    ("day", "name", "told"),
    [
        (date(2023, 7, 5), "首批", "在申请时间内提交"),
        (date(2023, 7, 17), "首批", "在「第二批」（2023-09-04 至 2023-10-12）提交"),
        (date(2023, 10, 13), "第二批", "转入下一毕业批次"),
        (date(2023, 8, 1), None, "等待轮次开放"),
        (date(2023, 10, 13), None, "转入下一毕业批次"),
    ],
)
def test_who_is_out_of_time_is_told_only_what_can_still_happen(day, name, told):
    (found,) = g.round_open(facts(), basis(day), asked(round_name=name))
    assert found.todo == told
