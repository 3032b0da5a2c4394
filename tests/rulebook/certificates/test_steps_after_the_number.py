"""Steps after the number: what holds a certificate, what comes back, what is not made anew."""

from dataclasses import replace

import pytest

from graduand.rulebook.certificate_terms import DegreePaper, Grounds
from graduand.rulebook.clauses import fingerprint
from graduand.rulebook.facts import Paper
from graduand.rulebook.identity.person_gates import lacking
from graduand.rulebook.journey import SIDE_STEPS, STEPS
from graduand.rulebook.judging import judge
from graduand.rulebook.terms import (
    Desk,
    ReasonCode,
    Stage,
    Standing,
    Verb,
)
from tests.rulebook.plain import IN_FIRST, asked, basis, facts
from tests.rulebook.step_facts import FITTING, TODAY_ISSUED, side_facts


def stopped_by(verb, known, desk):
    """Which findings stop this step on this file, each with what it says of it."""
    said = asked(desk, **FITTING.get(verb, {}))
    return [
        (one.code, one.has) for one in judge(STEPS[verb], known, TODAY_ISSUED, said) if one.blocks
    ]


def stages_of(verb, place, note):
    """At which stages headquarters takes this step beside the journey."""
    step = SIDE_STEPS[verb]
    said = asked(Desk.HQ, note=note)
    return [
        stage for stage in Stage if not judge(step, side_facts(step, place, stage), basis(), said)
    ]


def test_an_old_degree_paper_stops_what_an_old_certificate_does():
    """Both travel together: the clerk is told which of them it is."""
    old = Paper(
        "X1",
        "1" * 18,
        queryable=True,
        in_parcel=True,
        degree_numbered=True,
        degree_old_since=IN_FIRST,
    )
    stopped = {
        verb: stopped_by(verb, facts(stage, paper=old), desk)
        for verb, stage, desk in (
            (Verb.SHIP, Stage.CERTIFIED, Desk.COLLEGE),
            (Verb.COLLECT, Stage.RECEIVED, Desk.CENTRE),
            (Verb.RECALL, Stage.COLLECTED, Desk.COLLEGE),
        )
    }
    assert stopped == {
        Verb.SHIP: [("PAPER-REPRINT", "学位证书")],
        Verb.COLLECT: [("PAPER-OLD", "学位证书")],
        Verb.RECALL: [("REASON-FIT", "无人领取")],  # an old paper comes back because it is old
    }
    assert replace(old, old_since=IN_FIRST).old_papers == "证书和学位证书"
    replaced_at = stages_of(Verb.DEGREE_REPLACE, DegreePaper.OLD, "7-26 重制")
    assert replaced_at == [Stage.CERTIFIED]


def missing_of(known):
    """The fingerprint of what is missing, as a confirmation keeps it."""
    return fingerprint(known.student_no, lacking(known, TODAY_ISSUED))


HELD = [("ISSUED-LOST", "学籍状态不是在籍")]
# standing now -> what stops the certificate when nothing, a suspension, an expulsion was let stand
STOPPED_AFTER_THE_NUMBER = {
    Standing.ENROLLED: [[], [], []],
    Standing.GRADUATED: [[], [], []],
    Standing.SUSPENDED: [HELD, [], HELD],
    Standing.EXPELLED: [HELD, HELD, []],
}


def test_what_fails_after_the_number_holds_the_certificate_until_headquarters_lets_it_stand():
    """附件2 要求 2: exactly what was let stand; 毕业 is what a 学籍状态 becomes by a certificate."""
    paper = Paper("X1", "1" * 18, queryable=True, in_parcel=True)
    marks = [missing_of(facts(standing=lost)) for lost in (Standing.SUSPENDED, Standing.EXPELLED)]
    for verb, stage, desk in (
        (Verb.SHIP, Stage.CERTIFIED, Desk.COLLEGE),
        (Verb.COLLECT, Stage.RECEIVED, Desk.CENTRE),
    ):
        stopped = {}
        for standing in STOPPED_AFTER_THE_NUMBER:
            files = [
                facts(stage, paper=paper, standing=standing, file={"confirmed_grounds": mark})
                for mark in ("", *marks)
            ]
            stopped[standing] = [stopped_by(verb, file, desk) for file in files]
        assert stopped == STOPPED_AFTER_THE_NUMBER
    confirmed_at = stages_of(Verb.CONFIRM_ISSUE, Grounds.LOST, "会议纪要")
    assert confirmed_at == [Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED]


@pytest.mark.parametrize("stage", [Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED])
def test_an_old_paper_comes_back_because_it_is_old_and_no_other_does(stage):
    old = facts(stage, paper=Paper("X1", "1" * 18, in_parcel=True, old_since=IN_FIRST))
    fitting = {
        known: [
            reason.value
            for reason in ReasonCode
            if "REASON-FIT"
            not in [
                f.code
                for f in judge(
                    STEPS[Verb.RECALL],
                    known,
                    basis(),
                    asked(Desk.COLLEGE, reason=reason, note="写明"),
                )
            ]
        ]
        for known in (old, facts(stage))
    }
    assert fitting == {
        old: ["replaced", "other"],
        facts(stage): ["damaged", "missent", "unclaimed", "other"],
    }


def test_七_3_what_a_student_lost_is_not_made_anew():
    """A certificate that is lost on the way is voided and made anew; what was handed over gets a 毕业证明书."""
    gone = asked(Desk.HQ, reason=ReasonCode.LOST)
    found = {
        stage: [f.code for f in judge(STEPS[Verb.VOID], facts(stage), basis(), gone)]
        for stage in (Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED)
    }
    assert found == {Stage.SHIPPED: [], Stage.RECEIVED: [], Stage.COLLECTED: ["VOID-LOST"]}
