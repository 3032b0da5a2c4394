"""More time for photos than a policy in force gives them needs a reason and two people."""

import copy
from datetime import date

import pytest

from graduand.models import PolicyVersion
from graduand.office import accounts, batches
from graduand.office.batches import Extension
from graduand.rulebook.terms import Desk
from tests.factories import IN_SECOND, SECOND, policy_data, set_clock

pytestmark = pytest.mark.django_db


def with_deadline(day):
    data = policy_data()
    rounds = copy.deepcopy(data["rounds"])
    for turn in rounds:
        if turn["name"] == SECOND:
            turn["photo_deadline"] = day
            if day is None:
                del turn["photo_deadline"]
    return {**data, "rounds": rounds}


@pytest.mark.parametrize("day", [date(2023, 9, 10), None])
def test_四_2_2_a_later_deadline_alone_is_refused(season, day):
    with pytest.raises(batches.BatchRefused, match=f"「第二批」照片截止 2023-08-30 改为 {day or '不限'}：须写明原因"):
        batches.load(with_deadline(day), season.staff.hq.pk)
    assert PolicyVersion.objects.count() == 1


def test_四_2_2_the_second_is_another_person_of_headquarters_and_there_is_a_reason(season):
    hq, second, college = season.staff.hq, season.staff.second, season.staff.college
    for by, extension in ((hq.pk, Extension("停电", hq)), (hq.pk, Extension("停电", college)),
                          (hq.pk, Extension(" ", second)), (None, Extension("停电", second)),
                          (accounts.system_actor(Desk.HQ).user_id, Extension("停电", second))):  # fmt: skip
        with pytest.raises(batches.BatchRefused):
            batches.load(with_deadline(date(2023, 9, 10)), by, extension)
    assert PolicyVersion.objects.count() == 1


def test_四_2_2_a_postponed_list_is_recomputed_again(season):
    set_clock(IN_SECOND)
    batches.refresh_list(season.batch)
    second = season.batch.rounds.get(name=SECOND)
    assert second.list_frozen_on == date(2023, 9, 6)
    extension = Extension("停电三天", season.staff.second)
    loaded = batches.load(with_deadline(date(2023, 9, 10)), season.staff.hq.pk, extension)
    version = PolicyVersion.objects.get(number=2)
    assert (loaded.version, version.reason, version.second) == (2, "停电三天", season.staff.second)
    second.refresh_from_db()
    assert second.list_frozen_on is None


def test_an_earlier_deadline_needs_nobody_else(season):
    assert batches.load(with_deadline(date(2023, 8, 20)), None).version == 2
