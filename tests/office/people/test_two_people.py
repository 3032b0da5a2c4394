"""Who may not do it alone, or not at all: two people of headquarters, nobody reviews own work."""

import pytest

from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at, stages
from tests.factories import enrol

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verb", "origin"),
    [
        (Verb.REOPEN, Stage.REJECTED),
        (Verb.VOID, Stage.CERTIFIED),
        (Verb.SEND_BACK, Stage.APPROVED),
    ],
    ids=str,
)
def test_two_people_of_headquarters(season, verb, origin):
    file = candidate_at(season, origin)
    staff = season.staff
    for second in (None, staff.hq, staff.college, staff.clerks[0]):
        done = act(season, verb, [file.pk], staff.hq, second=second)
        assert (done.by_code, stages([file.pk])) == ({"SECOND": 1}, [origin])
    staff.second.is_active = False
    staff.second.save()
    assert act(season, verb, [file.pk], staff.hq, second=staff.second).by_code == {"SECOND": 1}
    done = act(season, verb, [file.pk], staff.hq, second=staff.hq_third)
    assert (done.done, file.events.latest("id").second) == (1, staff.hq_third)


def test_one_person_sends_back_what_is_not_approved_yet(season):
    file = candidate_at(season, Stage.ENDORSED)
    assert act(season, Verb.SEND_BACK, [file.pk], season.staff.hq).done == 1


@pytest.mark.parametrize(
    ("applies", "endorses", "approves", "stopped"),
    [
        ("clerk", "college", "hq", None),
        ("hq", "hq", "", Verb.ENDORSE),
        ("hq", "college", "hq", Verb.APPROVE),
        ("clerk", "hq", "hq", Verb.APPROVE),
        ("hq", "college", "hq_third", None),
        ("hq", "hq_third", "second", None),
    ],
)
def test_DUTY_nobody_reviews_his_own_work(season, applies, endorses, approves, stopped):
    """A09; acting for a lower desk bars that person from the next one."""
    staff = season.staff
    who = {
        "clerk": staff.clerks[0],
        "college": staff.college,
        "hq": staff.hq,
        "hq_third": staff.hq_third,
        "second": staff.second,
    }
    ids = enrol(season, 1)
    for verb, name in ((Verb.APPLY, applies), (Verb.ENDORSE, endorses), (Verb.APPROVE, approves)):
        done = act(season, verb, ids, who[name])
        assert done.by_code == ({"DUTY": 1} if verb is stopped else {})
        if verb is stopped:
            return
    assert stages(ids) == [Stage.APPROVED]
