"""What is done with a list (export, views, columns, pasted numbers) has the door of its page, for every list and role."""

import pytest

from graduand import urls
from graduand.models import Outgoing
from graduand.pages.frame.registry import LISTS
from graduand.rulebook.terms import Role
from tests.security.own_objects import PERSON

DONE = ("export", "views", "views/forget", "columns", "numbers")
assert urls.urlpatterns  # the pages declare their lists


@pytest.fixture
def world(peopled):
    return peopled[0]


def sent(client, key: str, what: str = "export") -> int:
    """The status of what is done with a list; a file is taken to its end."""
    answer = client.post(f"/lists/{key}/{what}")
    if answer.streaming:
        assert b"".join(answer.streaming_content).startswith(b"PK")
    return answer.status_code


def opened(client) -> dict[str, bool]:
    """Whether each list's page opens."""
    return {key: client.get(spec.path).status_code != 404 for key, spec in LISTS.items()}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_nothing_is_done_with_a_list_whose_page_does_not_open(at, role):
    client = at(PERSON[role])
    pages = opened(client)
    closed = [key for key, opens in pages.items() if not opens]
    done = {(key, what): sent(client, key, what) for key in closed for what in DONE}
    assert {one: status for one, status in done.items() if status != 404} == {}
    assert Outgoing.objects.count() == 0
    exports = {key: sent(client, key) for key, opens in pages.items() if opens}
    assert set(exports.values()) <= {200, 400}


def test_a_system_administrator_who_is_no_auditor_takes_out_no_record_of_what_left(at):
    client = at("system")
    assert (client.get("/outgoing").status_code, sent(client, "outgoing")) == (404, 404)
    auditor = at("auditor")
    assert (auditor.get("/outgoing").status_code, sent(auditor, "outgoing")) == (200, 200)


def test_the_control_where_the_page_is_not_asked_the_record_leaves(at, monkeypatch):
    monkeypatch.setattr("graduand.pages.frame.lists.list_spec.opens", lambda *_: True)
    assert sent(at("system"), "outgoing") == 200
