"""The registry's cancellation: recorded with its document, then voided, or taken back by two."""

from datetime import date

import pytest

from graduand.models import (
    Candidate,
    Certificate,
    Event,
)
from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at, refusals, register, stages
from tests.factories import set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(("day", "before"), [(None, True), (date(2023, 7, 21), False)])
def test_what_was_cancelled_before_its_standing_was_kept_stands_by_its_day(season, day, before):
    """Without a day only being found in the registry said that it was entered."""
    file, two = registered(season), {"second": season.staff.second}
    assert act(season, Verb.DEREGISTER, [file.pk], on="2023-07-24", **two).done == 1
    Certificate.objects.update(queryable_before=None, registered_on=day)
    assert act(season, Verb.REREGISTER, [file.pk], note="登记错人", **two).done == 1
    paper = Certificate.objects.get()
    assert (paper.queryable, paper.registered_on, paper.cancelled_on) == (before, day, None)


def test_what_is_not_registered_is_not_cancelled(season):
    file = candidate_at(season, Stage.CERTIFIED)
    assert refusals(act(season, Verb.DEREGISTER, [file.pk])) == {file.pk: ["STAGE"]}
