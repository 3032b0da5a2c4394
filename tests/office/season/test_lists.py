"""The 初审名单 of each round, and the day on which a stored judgement changes by itself."""

from datetime import date

import pytest

from graduand.models import Judgement, ListEntry, PhotoRow, Result
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.rulebook.clauses import MASK_BITS
from graduand.rulebook.terms import ChsiVerdict, Level
from tests.factories import EARLY, FIRST, IN_SECOND, SECOND, chsi_of, enrol, set_clock

pytestmark = pytest.mark.django_db


def refreshed(season):
    auditing.run(season.batch)
    return batches.refresh_list(season.batch)


def on_list(name):
    return list(
        ListEntry.objects.filter(round__name=name)
        .order_by("candidate")
        .values_list("candidate", flat=True)
    )


def test_四_2_2_the_fit_with_a_photo_in_time_are_listed(season):
    listed = enrol(season)
    enrol(season, fit=False)
    enrol(season, photo=False)
    assert refreshed(season) == {FIRST: 1, SECOND: 1, EARLY: 0}
    assert (on_list(FIRST), on_list(SECOND)) == (listed, listed)


def test_三_3_the_early_list_holds_juniors_who_go_on(season):
    going = enrol(season, goes_on=True)
    enrol(season)
    enrol(season, level=Level.TOP_UP, goes_on=True)
    assert refreshed(season) == {FIRST: 3, SECOND: 3, EARLY: 1}
    assert on_list(EARLY) == going


def test_四_2_2_a_list_stands_still_once_its_photo_deadline_has_passed(season):
    stays, late = enrol(season), enrol(season, photo=False)
    refreshed(season)
    set_clock(IN_SECOND)
    Result.objects.filter(student__candidates__in=stays).update(pass_key="")
    PhotoRow.objects.bulk_create(
        PhotoRow(
            student_id=pk,
            kind="graduation",
            sha256="a" * 64,
            size=1,
            width=480,
            height=640,
            since="2023-08-31",
            stored_at=season.batch.versions.get().loaded_at,
            stored_by=season.staff.hq,
        )
        for pk in season.batch.candidates.filter(pk__in=late).values_list("student_id", flat=True)
    )
    auditing.mark_stale(list(season.batch.candidates.values_list("student_id", flat=True)))
    refreshed(season)
    assert (on_list(FIRST), on_list(SECOND)) == (late, stays)
    assert season.batch.rounds.get(name=SECOND).list_frozen_on == date(2023, 9, 6)


def test_a_registry_row_of_a_day_to_come_is_judged_when_it_comes(season):
    [pk] = enrol(season)
    student = season.batch.candidates.get(pk=pk).student
    chsi_of(student, date(2023, 7, 15), verdict=ChsiVerdict.FAILED.value).save()
    auditing.run(season.batch)
    assert Judgement.objects.get(pk=pk).changes_on == date(2023, 7, 15)
    set_clock("2023-07-14 09:00")
    assert auditing.run(season.batch).refreshed == 0
    set_clock("2023-07-15 00:00")
    assert auditing.run(season.batch).refreshed == 1
    after = Judgement.objects.get(pk=pk)
    assert (after.codes >> MASK_BITS["CHSI-DOUBT"] & 1, after.changes_on) == (1, None)
