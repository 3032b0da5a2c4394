"""The one table: complete, consistent, and judged for every verb at every stage by every desk."""

import inspect
from itertools import product

import pytest

from graduand.rulebook import journey, steps
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Paper
from graduand.rulebook.journey import SIDE_STEPS, STEPS
from graduand.rulebook.judging import fitness, judge, may_act, offers, side_offers, unanswered
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import (
    DegreeState,
    Desk,
    Level,
    ReasonCode,
    Stage,
    Verb,
)
from tests.rulebook.plain import IN_FIRST, asked, basis, facts
from tests.rulebook.step_facts import FITTING, RELISTING, TODAY_ISSUED, UNDONE, side_facts

TABLE = {
    Verb.APPLY: ("listed centre, returned centre", "applied"),
    Verb.WITHDRAW: ("applied centre", "listed"),
    Verb.DEFER: ("listed centre, returned centre", "deferred"),
    Verb.RESUME: ("deferred centre", "listed"),
    Verb.ENDORSE: ("applied college", "endorsed"),
    Verb.APPROVE: ("endorsed hq", "approved"),
    Verb.SEND_BACK: ("applied college, endorsed hq, approved hq", "returned"),
    Verb.REJECT: ("applied college, endorsed hq", "rejected"),
    Verb.REOPEN: ("rejected hq", "returned"),
    Verb.LAPSE: ("listed hq, returned hq, deferred hq, applied hq, endorsed hq", "lapsed"),
    Verb.RELIST: ("lapsed hq", "listed"),
    Verb.RELIST_DEFERRED: ("lapsed hq", "deferred"),
    Verb.RELIST_RETURNED: ("lapsed hq", "returned"),
    Verb.RELIST_APPLIED: ("lapsed hq", "applied"),
    Verb.RELIST_ENDORSED: ("lapsed hq", "endorsed"),
    Verb.CERTIFY: ("approved hq", "certified"),
    Verb.VOID: ("certified hq, shipped hq, received hq, collected hq", "approved"),
    Verb.SHIP: ("certified college", "shipped"),
    Verb.RECEIVE: ("shipped centre", "received"),
    Verb.COLLECT: ("received centre", "collected"),
    Verb.UNCOLLECT: ("collected centre", "received"),
    Verb.RECALL: ("shipped college, received college, collected college", "certified"),
}


def test_the_table_is_the_one_of_the_house():
    said = {
        verb: (
            ", ".join(f"{stage.value} {desk.value}" for stage, desk in step.origins),
            step.target.value,
        )
        for verb, step in STEPS.items()
    }
    assert said == TABLE


def test_no_stage_is_an_origin_twice_and_no_step_leads_to_itself():
    for step in STEPS.values():
        assert len(step.stages) == len(step.origins)
        assert step.target not in step.stages


@pytest.mark.parametrize(("verb", "stage", "desk"), list(product(STEPS, Stage, Desk)))
def test_W15_every_verb_at_every_stage_by_every_desk(verb, stage, desk):
    """What the table does not offer is refused with STAGE alone; what it offers passes when nothing is wrong."""
    step = STEPS[verb]
    owner = step.desk_at(stage)
    # What the student has comes back only when it says what was amended.
    paper = (
        Paper(old_since=IN_FIRST)
        if (verb, stage) == (Verb.RECALL, Stage.COLLECTED)
        else facts(stage).paper
    )
    said = {"closing": verb in RELISTING, "undone": verb in UNDONE, **FITTING.get(verb, {})}
    if paper.old_since:
        said["reason"] = ReasonCode.REPLACED
    found = judge(step, facts(stage, paper=paper), TODAY_ISSUED, asked(desk, **said))
    if owner is not None and may_act(desk, owner):
        assert found == ()
    else:
        several = len({owner for _, owner in step.origins}) > 1
        whence = (
            f"{place.label}（{owner.label}）" if several else place.label
            for place, owner in step.origins
        )
        assert [(f.code, f.has, f.need) for f in found] == [
            ("STAGE", stage.label, "、".join(whence))
        ]


SIDE_TABLE = {
    Verb.DEGREE_APPLY: ("none centre, returned centre", "applied"),
    Verb.DEGREE_RETURN: ("applied college", "returned"),
    Verb.DEGREE_GRANT: ("applied hq, declined hq", "granted"),
    Verb.DEGREE_DECLINE: ("applied hq, returned hq, granted hq", "declined"),
    Verb.CASE_SUBMIT: ("open centre, collecting centre", "submitted"),
    Verb.CASE_REPORT: ("submitted college, at_college college", "reported"),
    Verb.CASE_RETURN: ("submitted college, at_college college, reported hq", "collecting"),
    Verb.CASE_CLEAR: (
        "open hq, collecting hq, submitted hq, at_college hq, reported hq, upheld hq",
        "cleared",
    ),
    Verb.CASE_UPHOLD: (
        "open hq, collecting hq, submitted hq, at_college hq, reported hq",
        "upheld",
    ),
    Verb.DEREGISTER: ("entered hq", "cancelled"),
    Verb.REREGISTER: ("cancelled hq", "entered"),
    Verb.AMEND: ("differs hq", "agrees"),
    Verb.DEGREE_CERTIFY: ("unnumbered hq", "numbered"),
    Verb.DEGREE_REPLACE: ("old hq", "numbered"),
    Verb.CONFIRM_ISSUE: ("lost hq", "confirmed"),
}


def test_what_is_decided_beside_the_journey():
    said = {
        verb: (
            ", ".join(f"{place.value} {desk.value}" for place, desk in step.origins),
            step.target.value,
        )
        for verb, step in SIDE_STEPS.items()
    }
    assert said == SIDE_TABLE
    assert {*STEPS} | {*SIDE_STEPS} == {*Verb}


EVERYWHERE = [
    (step, place, desk)
    for step in SIDE_STEPS.values()
    for place in step.track.value
    for desk in Desk
]


@pytest.mark.parametrize(("step", "place", "desk"), EVERYWHERE, ids=lambda x: getattr(x, "verb", x))
def test_W15_every_decision_beside_the_journey_at_every_place_by_every_desk(step, place, desk):
    owner = step.desk_at(place)
    found = judge(
        step,
        side_facts(step, place, Stage.CERTIFIED),
        basis(),
        asked(desk, note="备〔2023〕8号", on=IN_FIRST),
    )
    if owner is not None and may_act(desk, owner):
        assert found == ()
    else:
        assert [(f.code, f.has) for f in found] == [("STAGE", place.label)]


@pytest.mark.parametrize(
    "step", [*STEPS.values(), *SIDE_STEPS.values()], ids=lambda step: step.verb
)
def test_A08_nobody_takes_any_step_on_their_own_file(step):
    """Every row of both tables: to whoever is the student, alone or as one of two, this and nothing else is said."""
    place, desk = step.origins[0]
    own = {"own": frozenset({"2117"}), "note": "备〔2023〕8号", "on": IN_FIRST}
    if step.track is Track.STAGE:
        known, said = (
            facts(place),
            {**FITTING.get(step.verb, {}), "own": own["own"], "undone": step.verb in UNDONE},
        )
    else:
        known, said = side_facts(step, place, Stage.CERTIFIED), own
    found = [finding.code for finding in judge(step, known, TODAY_ISSUED, asked(desk, **said))]
    assert found == (["OWN-FILE", "STAGE"] if step.verb in RELISTING else ["OWN-FILE"])
    if step.verb in RELISTING:  # a batch comes back as it was closed: whole
        assert judge(step, known, basis(), asked(desk, **said, closing=True)) == ()


def test_no_identity_case_is_said():
    [found] = judge(SIDE_STEPS[Verb.CASE_CLEAR], facts(), basis(), asked(Desk.HQ, note="x"))
    assert (found.code, found.has) == ("STAGE", "没有")


@pytest.mark.parametrize("stage", Stage)
def test_a_degree_is_granted_to_graduates_and_applied_for_with_a_file_in_motion(stage):
    for verb, during in ((Verb.DEGREE_APPLY, 7), (Verb.DEGREE_GRANT, 5)):
        step = SIDE_STEPS[verb]
        place = DegreeState.NONE if verb is Verb.DEGREE_APPLY else DegreeState.APPLIED
        found = judge(step, side_facts(step, place, stage), basis(), asked(Desk.HQ))
        assert step.during is not None
        assert len(step.during) == during
        assert [f.code for f in found] == ([] if stage in step.during else ["STAGE"])


def test_a_junior_is_offered_no_degree():
    junior, graduate = facts(Stage.COLLECTED), facts(Stage.COLLECTED, level=Level.TOP_UP)
    assert [s.verb for s in side_offers(Desk.CENTRE, junior)] == []
    assert [s.verb for s in side_offers(Desk.CENTRE, graduate)] == [Verb.DEGREE_APPLY]


@pytest.mark.parametrize(("mine", "owner"), list(product(Desk, Desk)))
def test_headquarters_may_act_for_lower_desks_but_not_for_a_student(mine, owner):
    assert may_act(mine, owner) == (
        mine is owner or (mine is Desk.HQ and owner in (Desk.CENTRE, Desk.COLLEGE))
    )


@pytest.mark.parametrize("stage", Stage)
def test_offers_are_the_buttons_of_a_desk(stage):
    said = {desk: [step.verb for step in offers(desk, stage)] for desk in Desk}
    expected = {
        desk: [verb for verb, step in STEPS.items() if (stage, desk) in step.origins]
        for desk in Desk
    }
    assert said == expected
    assert said[Desk.STUDENT] == []
    assert any(said.values())


def test_an_incomplete_table_fails_at_import(monkeypatch):
    for verb in (Verb.DEFER, Verb.COLLECT, Verb.LAPSE):
        with monkeypatch.context() as changed:
            changed.delitem(STEPS, verb)
            with pytest.raises(AssertionError, match=f"no step for {verb}"):
                journey._check_complete()
    journey._check_complete()


def test_a_stage_without_a_way_in_or_out_fails_at_import(monkeypatch):
    with monkeypatch.context() as changed:
        changed.setitem(STEPS, Verb.ENDORSE, STEPS[Verb.APPROVE])
        with pytest.raises(AssertionError, match="nothing leads to endorsed"):
            journey._check_complete()
    with monkeypatch.context() as changed:
        for verb in RELISTING:
            changed.setitem(STEPS, verb, STEPS[Verb.RESUME])
        with pytest.raises(AssertionError, match="nothing leads out of lapsed"):
            journey._check_complete()


def test_fitness_is_what_stands_against_graduating_in_whatever_round():
    late = facts(photo=None, chsi=None, id_problems=2)
    academic = (Finding("ELIG-STATUS"),)
    codes = [finding.code for finding in fitness(late, basis(), academic)]
    assert codes == [
        "ELIG-STATUS",
        "PHOTO-PLATFORM",
        "CHSI-ADMISSION",
        "CHSI-CREDENTIAL",
        "INFO-ID",
    ]
    assert fitness(facts(Stage.COLLECTED), basis(), ()) == ()


def test_a_reason_says_something_of_its_step():
    """What is wrong with a file is not what happens to a certificate, and the other way round."""
    said = {
        verb: [
            reason.value
            for reason in ReasonCode
            if not unanswered(
                STEPS[verb], asked(reason=reason, note="写明", carrier="", tracking="")
            )
        ]
        for verb in (Verb.SEND_BACK, Verb.VOID, Verb.RECALL, Verb.UNCOLLECT)
    }
    assert said == {
        Verb.SEND_BACK: [
            "photo",
            "details",
            "result",
            "materials",
            "identity",
            "unqualified",
            "other",
        ],
        Verb.VOID: ["photo", "details", "identity", "lost", "unqualified", "other"],
        Verb.RECALL: ["damaged", "missent", "unclaimed", "replaced", "other"],
        Verb.UNCOLLECT: ["misrecorded", "other"],
    }
    odd = judge(
        STEPS[Verb.REJECT],
        facts(Stage.APPLIED),
        basis(),
        asked(Desk.COLLEGE, reason=ReasonCode.LOST),
    )
    assert [(found.code, found.has) for found in odd] == [("REASON-FIT", "遗失")]


def test_a_step_that_never_takes_two_has_no_gate_that_asks_for_a_second_person():
    def asks(gate):
        return '"SECOND"' in inspect.getsource(gate) or "two_people(" in inspect.getsource(gate)

    gates = {gate for step in (*STEPS.values(), *SIDE_STEPS.values()) for gate in step.gates}
    direct = {gate for gate in gates if asks(gate)}
    through = {
        gate
        for gate in gates
        if any(f"{one.__name__}(" in inspect.getsource(gate) for one in direct)
    }
    assert direct | through == steps.ASK_A_SECOND
    assert {verb for verb, step in STEPS.items() if step.may_take_two} == {
        Verb.SEND_BACK,
        Verb.REOPEN,
        Verb.LAPSE,
        Verb.VOID,
        Verb.UNCOLLECT,
        Verb.RECALL,
    }
