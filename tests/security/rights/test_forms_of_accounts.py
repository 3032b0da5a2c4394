"""The forms of one account's page: each is carried out once, and tells of nothing that it did not do."""

import re

import pytest

from graduand.models import Consent, Grant, Unit, User
from graduand.office.people import accounts as office
from graduand.rulebook.terms import Role
from tests.security.objects import populate


@pytest.fixture
def staff(world):
    populate(world)
    Consent.objects.all().delete()
    return world


def posted(client, user, deed, key, **said):
    return client.post(f"/people/{user.pk}/{deed}", {"key": key, **said})


def test_every_form_of_the_page_has_a_key_of_its_own(staff, at):
    page = at("boss").get(f"/people/{staff.users['a2'].pk}").content.decode()
    keys = re.findall(r'name="key" value="([^"]+)"', page)
    assert (len(keys) > 3, len(set(keys)), max(map(len, keys)) <= 64) == (True, len(keys), True)


def test_a_key_that_was_used_for_something_else_is_refused_and_says_so(staff, at):
    """W01: the same deed sent again is one deed; another one is not told of as done."""
    user, client = staff.users["a2"], at("boss")
    grant = Grant.objects.get(user=user)
    assert posted(client, user, "active", "k", active="0").status_code == 302
    assert posted(client, user, "active", "k", active="0").status_code == 302
    place = {"role": Role.CLASS_TEACHER.value, "unit": "101", "whole": "1"}
    for deed, said in (
        (f"grants/{grant.pk}/end", {}),
        ("grant", place),
        ("active", {"active": "1"}),
    ):
        answer = posted(client, user, deed, "k", **said)
        assert (answer.status_code, office.USED in answer.content.decode()) == (409, True)
    assert list(Grant.objects.filter(user=user)) == [grant]
    assert User.objects.get(pk=user.pk).is_active is False


def test_a_role_is_ended_once_and_no_other_by_that_form(staff, at):
    user, client = staff.users["a2"], at("boss")
    first = Grant.objects.get(user=user)
    other = Grant.objects.create(user=user, role=Role.CLASS_TEACHER.value, unit=staff.centres[0])
    for _ in range(2):
        assert posted(client, user, f"grants/{first.pk}/end", "k").status_code == 302
    assert posted(client, user, f"grants/{other.pk}/end", "k").status_code == 409
    assert list(Grant.objects.filter(user=user)) == [other]


def test_other_contacts_by_a_form_that_was_sent_are_not_lost_in_silence(staff, at):
    unit, client = staff.centres[0], at("system")
    said = {"contact": "周老师", "phone": "0571-1", "address": "杭州", "key": "u1"}
    url = f"/units/{unit.pk}/change"
    assert [client.post(url, said).status_code for _ in range(2)] == [302, 302]
    answer = client.post(url, {**said, "contact": "吴老师"})
    assert (answer.status_code, Unit.objects.get(pk=unit.pk).contact) == (409, "周老师")
