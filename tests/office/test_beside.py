"""What is decided beside the journey: the degree, the identity case, the registry's cancellation."""

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    Candidate,
    Certificate,
    DegreeMaterial,
    Event,
    IdentityCase,
    Judgement,
    Stale,
)
from graduand.office import audit, moves
from graduand.office.refusal import Refused
from graduand.queries import clock, person
from graduand.queries.bench import bench_of
from graduand.queries.candidates import stored
from graduand.rulebook.facts import Asked
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import CaseState, DegreeState, Desk, Level, Stage, Verb
from tests import jobs
from tests.factories import (
    AFTER,
    act,
    candidate_at,
    case_to,
    chsi_of,
    doubted,
    enrol,
    make_season,
    normal_again,
    refusals,
    register,
    set_clock,
    stages,
    walk,
)
from tests.invariants import violations

pytestmark = pytest.mark.django_db

WITH_WINDOW = {"min_average": 75, "min_thesis": 80, "opens": "2023-07-01", "closes": "2025-07-20"}


def thesis(file: Candidate, mark: str = "85") -> Candidate:
    """The material that a degree of this season asks for (no language)."""
    DegreeMaterial.objects.update_or_create(
        student_id=file.student_id, defaults={"thesis_mark": mark}
    )
    return file


def graduate(season, stage: Stage = Stage.APPROVED, mark: str = "85") -> Candidate:
    return thesis(candidate_at(season, stage, level=Level.TOP_UP), mark)


@pytest.fixture
def degrees(db):
    """A season whose degree has a window and asks for no language."""
    return make_season(degree=WITH_WINDOW)


def degree_of(file: Candidate) -> str:
    return Candidate.objects.values_list("degree", flat=True).get(pk=file.pk)


# -- the degree ------------------------------------------------------------------------------------------------------


def test_applied_returned_once_granted_and_the_stage_is_not_touched(degrees):
    file = graduate(degrees)
    moved_at = file.moved_at
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(degrees, Verb.DEGREE_RETURN, [file.pk]).done == 1
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert refusals(act(degrees, Verb.DEGREE_RETURN, [file.pk])) == {file.pk: ["DEGREE-ONCE"]}
    done = act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.hq_third)
    file.refresh_from_db()
    assert (done.done, file.degree, file.stage, file.moved_at, file.last_act_id) == (
        1,
        DegreeState.GRANTED,
        Stage.APPROVED,
        moved_at,
        done.pk,
    )
    story = Event.objects.filter(candidate=file, verb__startswith="degree").order_by("id")
    assert list(story.values_list("verb", "from_stage", "to_stage", "desk")) == [
        ("degree_apply", "none", "applied", "centre"),
        ("degree_return", "applied", "returned", "college"),
        ("degree_apply", "returned", "applied", "centre"),
        ("degree_grant", "applied", "granted", "hq"),
    ]
    told = [(event.verb, event.start, event.end) for event in person.history(file)][-1]
    assert told == ("授予学位", "已申请学位", "授予学位")
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.hq_third).unchanged == 1
    assert violations(degrees.batch) == []


def test_a_degree_is_applied_for_after_the_certificate_was_collected_and_the_batch_closed(degrees):
    file = graduate(degrees, Stage.COLLECTED)
    set_clock(AFTER)
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk]).done == 1
    assert (degree_of(file), stages([file.pk])) == (DegreeState.GRANTED, [Stage.COLLECTED])


@pytest.mark.parametrize(
    "stage", [Stage.LISTED, Stage.DEFERRED, Stage.RETURNED, Stage.REJECTED, Stage.LAPSED]
)
def test_no_degree_without_a_graduation_in_motion(degrees, stage):
    file = graduate(degrees, stage)
    assert refusals(act(degrees, Verb.DEGREE_APPLY, [file.pk])) == {file.pk: ["STAGE"]}


def test_a_degree_is_granted_to_graduates_only(degrees):
    file = graduate(degrees, Stage.ENDORSED)
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk])) == {file.pk: ["STAGE"]}


def test_the_conditions_block_here_and_never_the_graduation(degrees):
    file, junior = graduate(degrees, mark="79"), candidate_at(degrees, Stage.APPROVED)
    refused = act(degrees, Verb.DEGREE_APPLY, [file.pk, junior.pk])
    assert refusals(refused) == {file.pk: ["DEGREE-THESIS"], junior.pk: ["DEGREE-LEVEL"]}
    assert stages([file.pk, junior.pk]) == [Stage.APPROVED] * 2
    thesis(file)
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    thesis(file, "60")  # judged afresh when it is granted
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk])) == {file.pk: ["DEGREE-THESIS"]}
    assert act(degrees, Verb.DEGREE_DECLINE, [file.pk]).done == 1


def test_outside_the_window_no_degree_is_applied_for(degrees):
    file = graduate(degrees)
    set_clock("2025-07-21 09:00")
    assert refusals(act(degrees, Verb.DEGREE_APPLY, [file.pk])) == {file.pk: ["DEGREE-WINDOW"]}


def test_a_decision_is_revised_within_the_window_by_two_people_with_a_reason(degrees):
    file = graduate(degrees)
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    assert act(degrees, Verb.DEGREE_DECLINE, [file.pk]).done == 1
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk])) == {file.pk: ["REASON", "SECOND"]}
    both = {"second": degrees.staff.second, "reason": "result"}
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk], **both).done == 1
    set_clock("2025-07-21 09:00")
    assert refusals(act(degrees, Verb.DEGREE_DECLINE, [file.pk], **both)) == {
        file.pk: ["DEGREE-WINDOW"]
    }
    assert degree_of(file) == DegreeState.GRANTED


@pytest.mark.parametrize("decision", [Verb.DEGREE_GRANT, Verb.DEGREE_DECLINE], ids=str)
@pytest.mark.parametrize(
    "again",
    [
        [(Verb.APPLY, {})],
        [(Verb.APPLY, {"with_degree": True})],
        [(Verb.APPLY, {}), (Verb.WITHDRAW, {})],
        [(Verb.DEFER, {})],
        [(Verb.LAPSE, {}), (Verb.RELIST, {})],
    ],
    ids=["filed again", "with the degree", "withdrawn", "deferred", "listed again"],
)
def test_decision_8_what_was_decided_on_a_degree_outlives_every_step_of_the_graduation(
    degrees, decision, again
):
    """Only the degree's own steps revise it: in the window, with a reason, by two people."""
    file, staff = graduate(degrees), degrees.staff
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    assert act(degrees, decision, [file.pk]).done == 1
    decided = degree_of(file)
    assert act(degrees, Verb.SEND_BACK, [file.pk], staff.hq, second=staff.second).done == 1
    Candidate.objects.update(explanation="学生出国")
    for verb, said in again:
        assert act(degrees, verb, [file.pk], **said).done == 1
    assert (degree_of(file), violations(degrees.batch)) == (decided, [])
    alone = act(degrees, Verb.DEGREE_DECLINE, [file.pk])
    assert refusals(alone) == ({file.pk: ["SECOND"]} if decided == DegreeState.GRANTED else {})


def test_an_application_for_a_degree_goes_with_that_of_the_graduation(degrees):
    """The control: what nobody has decided is the applicant's."""
    file = thesis(candidate_at(degrees, Stage.LISTED, level=Level.TOP_UP))
    assert act(degrees, Verb.APPLY, [file.pk], with_degree=True).done == 1
    assert degree_of(file) == DegreeState.APPLIED
    assert act(degrees, Verb.SEND_BACK, [file.pk]).done == 1
    assert act(degrees, Verb.APPLY, [file.pk]).done == 1
    assert degree_of(file) == DegreeState.NONE


def test_nobody_grants_the_degree_that_they_applied_for(degrees):
    file, staff = graduate(degrees), degrees.staff
    act(degrees, Verb.DEGREE_APPLY, [file.pk], staff.hq)
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk], staff.hq)) == {file.pk: ["DUTY"]}
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk], staff.hq_third).done == 1


def test_one_key_is_one_decision(degrees):
    file = graduate(degrees)
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    acts = [act(degrees, Verb.DEGREE_GRANT, [file.pk], key="twice").pk for _ in range(2)]
    assert (acts[0], Event.objects.filter(verb="degree_grant").count()) == (acts[1], 1)


def test_a_centre_does_not_grant(degrees):
    file = graduate(degrees)
    with pytest.raises(Refused, match="「授予学位」由总部办理，您的岗位是学习中心"):
        act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.clerks[0])


def test_a_file_sent_back_meanwhile_is_no_graduate_any_more(degrees, monkeypatch):
    """The degree is judged by the stage: whoever moves the file between look and write wins the race."""
    file, real = graduate(degrees), moves.verdicts
    act(degrees, Verb.DEGREE_APPLY, [file.pk])

    def looked_before(step, piece, bench, asked):
        found = real(step, piece, bench, asked)
        if step.verb is Verb.DEGREE_GRANT:
            act(
                degrees,
                Verb.SEND_BACK,
                [file.pk],
                degrees.staff.hq_third,
                second=degrees.staff.second,
            )
        return found

    monkeypatch.setattr(moves, "verdicts", looked_before)
    done = act(degrees, Verb.DEGREE_GRANT, [file.pk])
    assert (done.done, done.raced, degree_of(file), stages([file.pk])) == (
        0,
        1,
        "applied",
        [Stage.RETURNED],
    )


# -- the identity case -----------------------------------------------------------------------------------------------


def unmet(file: Candidate) -> list[str]:
    """The codes of the stored judgement."""
    return [row[0] for row in json.loads(Judgement.objects.get(pk=file.pk).unmet)]


def test_四_1_the_case_goes_up_the_desks_and_the_filing_clears_the_doubt(season):
    file = doubted(season)
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    audit.run(season.batch)
    assert unmet(file) == ["CHSI-DOUBT"]
    for verb, state in (
        (Verb.CASE_SUBMIT, "submitted"),
        (Verb.CASE_RETURN, "collecting"),
        (Verb.CASE_SUBMIT, "submitted"),
        (Verb.CASE_REPORT, "reported"),
    ):
        assert act(season, verb, [file.pk]).done == 1
        assert IdentityCase.objects.get().state == state
        assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    statement = {"name": "备案表.pdf", "sha256": "0" * 64}
    done = act(
        season, Verb.CASE_CLEAR, [file.pk], note="省厅同意备案 2023-07-11", statement=statement
    )
    case = IdentityCase.objects.get()
    assert (done.done, case.state, case.filed_by, case.filed_at, case.note) == (
        1,
        "cleared",
        season.staff.hq,
        done.finished_at,
        "省厅同意备案 2023-07-11",
    )
    event = Event.objects.get(verb="case_clear")
    assert (event.from_stage, event.to_stage, event.note, event.act.asked["statement"]) == (
        "reported",
        "cleared",
        case.note,
        statement,
    )
    assert (unmet(file), Stale.objects.count()) == ([], 0)  # the lists know at once
    assert (stages([file.pk]), act(season, Verb.ENDORSE, [file.pk]).done) == ([Stage.APPLIED], 1)
    assert violations(season.batch) == []


def test_W18_四_1_a_filing_names_its_document(season):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.REPORTED)
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk], note=" ")) == {file.pk: ["BASIS"]}


def test_四_1_an_upheld_doubt_holds_until_it_is_cleared(season):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.UPHELD)
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    assert act(season, Verb.CASE_CLEAR, [file.pk], second=season.staff.second).done == 1
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1


def test_who_has_no_case_is_told(season):
    ids = walk(season, enrol(season), Stage.APPLIED)
    done = act(season, Verb.CASE_CLEAR, ids)
    assert (refusals(done), done.by_code) == ({ids[0]: ["STAGE"]}, {"STAGE": 1})


def test_a_centre_clears_no_doubt(season):
    file = doubted(season)
    with pytest.raises(Refused):
        act(season, Verb.CASE_CLEAR, [file.pk], season.staff.clerks[0])


def test_a_case_decided_meanwhile_in_another_batch_is_judged_again(season, monkeypatch):
    """The case is the person's: the look is old, the write finds it moved, and the file is refused by name."""
    file, real, looks = doubted(season), moves.verdicts, []
    case_to(season, [file.pk], CaseState.REPORTED)
    asked = Asked(actor=season.staff.hq.pk, desk=Desk.HQ, note="x")
    old = real(step_of(Verb.CASE_UPHOLD), [file.pk], bench_of(season.batch), asked)
    IdentityCase.objects.update(
        state=CaseState.UPHELD.value, filed_at=clock.now(), filed_by=season.staff.second
    )

    def looked_before(*given):
        looks.append(1)
        return old if len(looks) == 1 else real(*given)

    monkeypatch.setattr(moves, "verdicts", looked_before)
    done = act(season, Verb.CASE_UPHOLD, [file.pk])
    assert (
        done.done,
        done.unchanged,
        len(looks),
        Event.objects.filter(verb="case_uphold").count(),
    ) == (0, 1, 2, 0)


def test_a_case_that_became_worse_meanwhile_is_judged_again(season, monkeypatch):
    """The registry's normal row was the evidence; a worse one comes between look and write, and one person is not enough."""
    file, real, looks = doubted(season), moves.verdicts, []
    normal_again(file.student)
    asked = Asked(actor=season.staff.hq.pk, desk=Desk.HQ, note="x")
    old = real(step_of(Verb.CASE_CLEAR), [file.pk], bench_of(season.batch), asked)
    assert old[file.pk].passes
    chsi_of(file.student, date(2023, 7, 11), verdict="failed").save()
    IdentityCase.objects.update(verdict="failed")

    def looked_before(*given):
        looks.append(1)
        return old if len(looks) == 1 else real(*given)

    monkeypatch.setattr(moves, "verdicts", looked_before)
    done = act(season, Verb.CASE_CLEAR, [file.pk])
    assert (refusals(done), len(looks), IdentityCase.objects.get().state) == (
        {file.pk: ["REASON", "SECOND"]},
        2,
        CaseState.OPEN,
    )


@pytest.mark.parametrize("verb", [Verb.DEGREE_APPLY, Verb.CASE_CLEAR, Verb.DEREGISTER], ids=str)
def test_one_file_or_five_take_the_same_statements(degrees, verb):
    def prepared(count: int) -> list[int]:
        files = [graduate(degrees, Stage.CERTIFIED) for _ in range(count)]
        register([file.pk for file in files])
        for file in files:
            IdentityCase.objects.create(
                student_id=file.student_id,
                verdict="unsure",
                state="reported",
                opened_at=clock.now(),
            )
        return [file.pk for file in files]

    groups, counted = (prepared(1), prepared(5)), []
    set_clock("2023-07-25 09:00")
    jobs.order_audit(degrees.batch, None)  # the first order of a batch makes its job
    for ids in groups:
        with CaptureQueriesContext(connection) as asked:
            done = act(
                degrees,
                verb,
                ids,
                second=degrees.staff.second if step_of(verb).two_people else None,
            )
        assert (done.done, done.by_code) == (len(ids), {})
        counted.append(len(asked))
    assert counted[0] == counted[1]


# -- the registry's cancellation -------------------------------------------------------------------------------------


def registered(season) -> Candidate:
    """A certified file whose registration was read back; it is four days later."""
    file = candidate_at(season, Stage.CERTIFIED)
    register([file.pk])
    set_clock("2023-07-25 09:00")
    return file


def test_what_is_registered_is_voided_after_the_cancellation_is_recorded(season):
    file = registered(season)
    second = season.staff.second
    assert refusals(act(season, Verb.VOID, [file.pk], second=second)) == {file.pk: ["VOID-GROUND"]}
    cancel = {"note": "学信网注销函 12 号", "on": "2023-07-24"}
    assert refusals(act(season, Verb.DEREGISTER, [file.pk], **cancel)) == {file.pk: ["SECOND"]}
    done = act(season, Verb.DEREGISTER, [file.pk], second=second, **cancel)
    paper = Certificate.objects.get()
    assert (done.done, paper.cancelled_on, paper.queryable) == (1, date(2023, 7, 24), False)
    event = Event.objects.get(verb="deregister")
    assert (event.from_stage, event.to_stage, event.number, event.note) == (
        "entered",
        "cancelled",
        paper.number,
        "学信网注销函 12 号",
    )
    assert act(season, Verb.DEREGISTER, [file.pk]).unchanged == 1
    assert act(season, Verb.VOID, [file.pk], second=second).done == 1
    assert stages([file.pk]) == [Stage.APPROVED]
    assert violations(season.batch) == []


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"note": ""}, ["BASIS"]),
        ({"on": "2023-07-26"}, ["CANCEL-DAY"]),
        ({"note": "", "on": "2023-07-26"}, ["BASIS", "CANCEL-DAY"]),
    ],
)
def test_a_cancellation_has_its_document_and_is_not_of_tomorrow(season, said, codes):
    file = registered(season)
    assert refusals(
        act(season, Verb.DEREGISTER, [file.pk], second=season.staff.second, **said)
    ) == {file.pk: codes}
    assert Certificate.objects.get().cancelled_on is None


@pytest.mark.parametrize(
    ("before", "day"), [(True, None), (False, date(2023, 7, 21)), (True, date(2023, 7, 21))]
)
def test_a_cancellation_that_was_recorded_by_mistake_is_taken_back_by_two(season, before, day):
    """The certificate stands as it stood before; nobody can void it then."""
    file, two = registered(season), {"second": season.staff.second}
    Certificate.objects.update(queryable=before, registered_on=day)
    assert refusals(act(season, Verb.REREGISTER, [file.pk], **two)) == {}
    assert act(season, Verb.DEREGISTER, [file.pk], on="2023-07-24", **two).done == 1
    assert refusals(act(season, Verb.REREGISTER, [file.pk], note="登记错人")) == {
        file.pk: ["SECOND"]
    }
    assert refusals(act(season, Verb.REREGISTER, [file.pk], note="", **two)) == {file.pk: ["BASIS"]}
    assert act(season, Verb.REREGISTER, [file.pk], note="登记错人", **two).done == 1
    paper = Certificate.objects.get()
    assert (paper.queryable, paper.registered_on, paper.cancelled_on) == (before, day, None)
    event = Event.objects.get(verb="reregister")
    assert (event.from_stage, event.to_stage, event.number, event.note) == (
        "cancelled",
        "entered",
        paper.number,
        "登记错人",
    )
    assert refusals(act(season, Verb.VOID, [file.pk], **two)) == {file.pk: ["VOID-GROUND"]}
    assert violations(season.batch) == []


def test_what_is_not_registered_is_not_cancelled(season):
    file = candidate_at(season, Stage.CERTIFIED)
    assert refusals(act(season, Verb.DEREGISTER, [file.pk])) == {file.pk: ["STAGE"]}


def test_the_program_is_nobody_where_two_people_must_act(season):
    file = candidate_at(season, Stage.REJECTED)
    season.staff.hq_third.system = True
    season.staff.hq_third.save()
    refused = act(season, Verb.REOPEN, [file.pk], season.staff.hq_third, second=season.staff.second)
    assert refusals(refused) == {file.pk: ["SECOND"]}
    [found] = stored(refused.refusals.get().findings)
    assert (
        found.sentence
        == "「申诉重审」须由两人共同办理：系统账号不能算第一人，请说明由谁办理（--as）"
    )
    assert (
        act(season, Verb.REOPEN, [file.pk], season.staff.hq, second=season.staff.second).done == 1
    )
