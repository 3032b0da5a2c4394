"""The invariants hold after every act of a season with several batches; and each of them complains when it is broken."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from graduand.models import Act, Candidate, Certificate, Counter, Event, Grant, Job, Result, Stale
from graduand.queries import clock
from graduand.rulebook.terms import JobState, Stage, Verb
from tests import invariants
from tests.acting import walk
from tests.factories import Season, enrol, other_batch
from tests.office.races.any_season import AnySeason

pytestmark = pytest.mark.django_db
# On CI the same runs every time; elsewhere others, and a failure prints what brings it back.
RUNS = settings(
    max_examples=int(os.environ.get("GRADUAND_SEASONS", "12")),
    stateful_step_count=35,
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def machine(season, tmp_path) -> type[AnySeason]:
    AnySeason.season, AnySeason.folder = season, tmp_path
    AnySeason.done.clear()
    return AnySeason


@pytest.mark.slow
def test_the_invariants_hold_after_every_act(machine):
    run_state_machine_as_test(machine, settings=RUNS)
    far = {"apply", "endorse", "approve", "batch"}
    assert far - (+machine.done).keys() == set()  # or nothing was tried


@pytest.mark.slow
def test_a_season_in_which_somebody_writes_past_the_office_is_found(machine):
    """The control of the whole machine: one rule more, that moves a file by hand."""

    class Careless(machine):  # type: ignore[misc, valid-type]  # the class of a fixture
        @rule()
        def move_by_hand(self) -> None:
            first = Candidate.objects.order_by("id").values("id")[:1]
            Candidate.objects.filter(pk__in=first).update(stage=Stage.REJECTED.value)

    with pytest.raises(AssertionError, match="I4 file"):
        run_state_machine_as_test(Careless, settings=RUNS)


def test_only_what_nobody_has_written_to_is_not_looked_at_again(machine):
    one = machine()
    begun = one.writes
    with suppress(RuntimeError), transaction.atomic():
        with transaction.atomic():
            Candidate.objects.update(reported_no=F("reported_no"))
        assert one.writes == begun + 1  # let go, and still to be taken back
        raise RuntimeError
    assert (one.writes, Candidate.objects.count()) == (begun, 8)
    one.nothing_is_broken()
    Candidate.objects.filter(pk=Candidate.objects.earliest("id").pk).update(
        stage=Stage.REJECTED.value
    )
    with pytest.raises(AssertionError, match="I4 file"):
        one.nothing_is_broken()
    one.teardown()


# -- each invariant by itself ------------------------------------------------------------------------------------


def told_again(verb: Verb, **changed: Any) -> None:
    """One more event like the last of that verb: events can be written, never changed."""
    last = Event.objects.filter(verb=verb.value).order_by("-id").values().first()
    assert last is not None
    Event.objects.create(**{name: value for name, value in last.items() if name != "id"} | changed)


def number_of_another(_season: Season) -> None:
    """Like the number of another, a letter for its last figure: neither engine can refuse it as the same number."""
    first, second = Certificate.objects.order_by("id")[:2]
    Certificate.objects.filter(pk=second.pk).update(number=first.number[:-1] + "X")


def gap_in_the_book(_season: Season) -> None:
    Counter.objects.filter(key__startswith="book:").update(value=F("value") + 1)


def approved_although_blocked(_season: Season) -> None:
    told_again(Verb.APPROVE, findings=json.dumps([["TOTAL", "", "76", "70", "block"]]))


def moved_without_an_event(_season: Season) -> None:
    Candidate.objects.filter(stage=Stage.LISTED.value).update(stage=Stage.LAPSED.value)


def two_live_files(season: Season) -> None:
    """Past the database's own index, which would refuse it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX candidate_one_live_file_a_student")
    live = Candidate.objects.get(batch=season.batch, stage=Stage.APPROVED.value)
    stamps = {"applied_at": live.applied_at, "applied_by": live.applied_by, "round": live.round}
    other = Candidate.objects.filter(student=live.student).exclude(pk=live.pk)
    assert other.update(stage=Stage.APPLIED.value, **stamps) == 1


def order_outside_the_lot(_season: Season) -> None:
    Candidate.objects.filter(stage=Stage.APPROVED.value).update(reported_no=99)


def acted_without_a_role(season: Season) -> None:
    Grant.objects.filter(user=season.staff.college).update(until=date(2020, 1, 1))


def act_counts_more_than_it_did(_season: Season) -> None:
    one = Act.objects.order_by("id")[:1].get()
    Act.objects.filter(pk=one.pk).update(
        done=F("done") + 1, cursor=F("cursor") + 1, total=F("total") + 1
    )


def applied_after_the_last_day(_season: Season) -> None:
    told_again(Verb.APPLY, at=clock.now() + timedelta(days=400))


def another_date_on_paper(_season: Season) -> None:
    Certificate.objects.update(issue_date=date(2023, 1, 20))


def another_picture_on_paper(_season: Season) -> None:
    Certificate.objects.update(photo_sha256="f" * 64)


def worked_on_in_two_batches(season: Season) -> None:
    Candidate.objects.filter(aside=True).update(aside=False)


def doubtful_and_forgotten(season: Season) -> None:
    Stale.objects.get_or_create(
        candidate=Candidate.objects.filter(batch=season.batch, aside=False)[0]
    )
    Job.objects.filter(kind="audit").update(state=JobState.DONE.value)


BROKEN: dict[str, Callable[[Season], None]] = {
    "I1": number_of_another,
    "I2": gap_in_the_book,
    "I3": approved_although_blocked,
    "I4": moved_without_an_event,
    "I5": two_live_files,
    "I6": order_outside_the_lot,
    "I7": acted_without_a_role,
    "I9": act_counts_more_than_it_did,
    "I10": applied_after_the_last_day,
    "I11": another_date_on_paper,
    "I12": another_picture_on_paper,
    "aside": worked_on_in_two_batches,
    "stale": doubtful_and_forgotten,
}


@pytest.fixture
def played(season) -> Season:
    """Two batches; in the first one two have signed, one is approved, one is on the list."""
    first, second, third, _ = enrol(season, 4)
    other_batch(season)
    walk(season, [first, second], Stage.COLLECTED)
    walk(season, [third], Stage.APPROVED)
    return season


@pytest.mark.parametrize("name", BROKEN)
def test_each_invariant_complains_when_it_is_broken(played, name):
    assert invariants.everywhere() == []
    BROKEN[name](played)
    assert [line for line in invariants.everywhere() if line.split()[0] == name] != []


def test_I14_complains_when_an_import_writes_again(played):
    before = invariants.imported()
    Result.objects.filter(course="A1").update(mark="81")
    after = invariants.imported()
    assert [name for name in before if before[name] != after[name]] == ["results"]
