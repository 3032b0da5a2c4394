"""The identity case: from desk to desk, filed or upheld, and judged again (notice 四.1)."""

import json
from datetime import date

import pytest

from graduand.models import (
    Candidate,
    Event,
    IdentityCase,
    Judgement,
    Stale,
)
from graduand.office import moves
from graduand.office.audit import auditing
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.basis import basis_of
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import CaseState, Desk, Stage, Verb
from tests.acting import act, case_to, doubted, refusals, stages, walk
from tests.factories import chsi_of, enrol, normal_again
from tests.invariants import violations

pytestmark = pytest.mark.django_db


def unmet(file: Candidate) -> list[str]:
    """The codes of the stored judgement."""
    return [row[0] for row in json.loads(Judgement.objects.get(pk=file.pk).unmet)]


def test_四_1_the_case_goes_up_the_desks_and_the_filing_clears_the_doubt(season):
    file = doubted(season)
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    auditing.run(season.batch)
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
    asked = ActDetails(actor=season.staff.hq.pk, desk=Desk.HQ, note="x")
    old = real(step_of(Verb.CASE_UPHOLD), [file.pk], basis_of(season.batch), asked)
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
    asked = ActDetails(actor=season.staff.hq.pk, desk=Desk.HQ, note="x")
    old = real(step_of(Verb.CASE_CLEAR), [file.pk], basis_of(season.batch), asked)
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
