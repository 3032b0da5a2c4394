"""Every address x every role x own and foreign: the own answer or 404, and nothing changes; and each guard is needed."""

import hashlib
import re

import pytest
from django.apps import apps
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern

from graduand import urls
from graduand.models import Outgoing
from graduand.office.people import sign_in
from graduand.pages.door import access
from graduand.pages.door.access import WRITE, rule_of
from graduand.queries import scope
from graduand.rulebook.people.rights import DESK_OF_ROLE, extent_of
from graduand.rulebook.terms import Desk, Role, SheetKind
from tests.security.object_kinds import kind_of
from tests.security.own_objects import PERSON
from tests.security.test_addresses import Addresses, wrong

ROUTES: list[URLPattern] = urls.urlpatterns
# What a request leaves by itself: the session it came with.
BOOKKEEPING = {"django_session", "graduand_look"}
# Headquarters sees every unit, so nothing of a centre is foreign to it; nor is a parcel to the
# college that sent it.
SEES_ALL = {
    Role.HQ_ADMIN,
    Role.HQ_REVIEWER,
    Role.COLLEGE_REVIEWER,
    Role.COLLEGE_DISPATCH,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
}
PERSONAL = {
    "act",
    "pick",
    "form",
    "upload",
    "check",
    "device",
    "sitting",
    "list",
    "sheet",
    "template",
    "draft",
    "job",
    "work",
    "acted",
}
SEEN_BY_HQ = {"upload", "check"}
# An administrator of headquarters stops anybody's work.
SEEN_BY_ADMINISTRATORS = {"job", "work"}


def offenders(patterns) -> list[str]:
    """Addresses whose view declares nothing."""
    return [str(one.pattern) for one in patterns if rule_of(one.callback) is None]


def test_every_view_declares_who_may():
    assert offenders(ROUTES) == []
    assert len(ROUTES) > 40


def test_a_view_without_a_declaration_is_found():
    naked = urls.path("naked", lambda request: None)
    assert offenders([*ROUTES, naked]) == ["naked"]


def test_every_address_has_its_object():
    assert [kind_of(str(one.pattern)) for one in ROUTES if "<" in str(one.pattern)] != []
    with pytest.raises(KeyError):
        kind_of("new/<int:pk>")


def admitted(rule: access.AccessRule, role: Role) -> bool:
    """What the declaration says."""
    return rule.open_to != "named" or role in rule.who or DESK_OF_ROLE[role] in rule.who


def address(route: URLPattern, numbers: dict) -> str:
    """The address with its numbers."""
    return "/" + re.sub(
        r"<\w+:(\w+)>", lambda found: str(numbers[found.group(1)]), str(route.pattern)
    )


def fingerprint() -> dict[str, str]:
    """Every row of every table, hashed; sessions apart."""
    found = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if table not in BOOKKEEPING:
            rows = sorted(repr(row) for row in model.objects.values_list())
            found[table] = hashlib.sha256("".join(rows).encode()).hexdigest()
    return found


def ask(client: Client, route: URLPattern, numbers: dict) -> int:
    """The status of the first method that the view declares."""
    rule = rule_of(route.callback)
    send = client.post if rule.methods == WRITE else client.get
    return send(address(route, numbers), {"key": "k"} if rule.methods == WRITE else {}).status_code


@pytest.fixture
def world(peopled):
    return peopled[0]


def own_numbers(things, name: str, route: URLPattern) -> dict:
    kind = kind_of(str(route.pattern))
    return things[name][kind].own if kind else {}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_that_is_not_named_gets_404_and_changes_nothing(things, at, role):
    client, before = at(PERSON[role]), fingerprint()
    closed = [one for one in ROUTES if not admitted(rule_of(one.callback), role)]
    statuses = {
        address(one, own_numbers(things, PERSON[role], one)): ask(
            client, one, own_numbers(things, PERSON[role], one)
        )
        for one in closed
    }
    assert {page: status for page, status in statuses.items() if status != 404} == {}
    assert closed != []
    assert changed(before) == []


def changed(before: dict[str, str]) -> list[str]:
    after = fingerprint()
    return [table for table in before if before[table] != after[table]]


def foreign_routes(role: Role) -> list[URLPattern]:
    """Addresses open to the role that name an object which somebody else's unit can have."""
    found = []
    for one in ROUTES:
        kind = kind_of(str(one.pattern))
        if not kind or not admitted(rule_of(one.callback), role):
            continue
        mine = kind in PERSONAL and not (kind in SEEN_BY_HQ and DESK_OF_ROLE[role] is Desk.HQ)
        mine = mine and not (kind in SEEN_BY_ADMINISTRATORS and role is Role.HQ_ADMIN)
        if mine or role not in SEES_ALL:
            found.append(one)
    return found


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_A01_another_units_objects_are_not_there(things, at, role):
    name = PERSON[role]
    client, before = at(name), fingerprint()
    asked = {}
    for one in foreign_routes(role):
        numbers = things[name][kind_of(str(one.pattern))].foreign
        asked[address(one, numbers)] = ask(client, one, numbers)
    assert {page: status for page, status in asked.items() if status != 404} == {}
    assert asked != {}
    assert changed(before) == []


def read_by(role: Role) -> list[URLPattern]:
    """Every address that the role looks at; drafts have pages' tests of their own, these ones were never tried."""
    return [
        one
        for one in ROUTES
        if admitted(rule_of(one.callback), role)
        and "GET" in rule_of(one.callback).methods
        and kind_of(str(one.pattern)) != "draft"
    ]


def whole(answer: HttpResponseBase) -> bytes:
    """Every byte of an answer: what is streamed is made now."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for close in answer._resource_closers:
        close()
    return content


def looked_at(client: Client, routes, things, name: str) -> dict[str, tuple]:
    """address -> its route, the status of a GET, and the page where it is one; read to its end."""
    found = {}
    for route in routes:
        page = address(route, own_numbers(things, name, route))
        answer = client.get(page)
        content = whole(answer)
        shown = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        found[page] = route, answer.status_code, content.decode() if shown else ""
    return found


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_that_is_named_gets_an_answer_that_writes_nothing_and_leads_somewhere(
    things, at, role
):
    """The other half of the matrix: 404 everywhere would pass the tests above. Nothing that is looked
    at writes to its last byte, and every address that a page leads or posts to is there.
    """
    client, before = at(PERSON[role]), fingerprint()
    found = looked_at(client, read_by(role), things, PERSON[role])
    assert changed(before) == [], "a page that is looked at writes"
    status_of = {page: status for page, (_, status, _) in found.items()}
    odd = {page: one for page, one in status_of.items() if one not in (200, 302, 400, 404, 409)}
    assert odd == {}
    assert list(status_of.values()).count(200) > 5
    asked = {
        page: status
        for page, (route, status, _) in found.items()
        if kind_of(str(route.pattern)) not in UNANSWERED
    }
    unanswered = {page for page, status in asked.items() if status not in (200, 302, 400)}
    assert {page for page in unanswered if not missing(page, role)} == set()
    assert len(asked) > 5
    sent = {
        (*one, page) for page, (_, _, text) in found.items() for one in Addresses.of(page, text)
    }
    assert [one for one in sorted(sent) if wrong(*one[:2])] == []
    assert sum(method == "POST" for method, _, _ in sent) > 2


def test_every_address_is_looked_at_or_written_to():
    """Or the test above would pass over one: what is not only posted to is there to be looked at."""
    assert [
        str(one.pattern)
        for one in ROUTES
        if (rule_of(one.callback).methods == WRITE) == ("GET" in rule_of(one.callback).methods)
    ] == []


# Whose bytes or children the small objects of these tests don't have; their own pages' tests show
# them.
UNANSWERED = {"upload", "check", "photo", "sheet", "draft", "attachment"}


def missing(page: str, role: Role) -> bool:
    """Pages that are rightly not there: the template of a sheet that another function imports."""
    return (
        page == "/imports/templates/students.xlsx" and extent_of(role, SheetKind.STUDENTS) is None
    )


def test_A01_asking_for_what_is_not_mine_is_an_event(things, at, caplog):
    numbers = things["a"]["candidate"].foreign
    at("a").get(f"/candidates/{numbers['pk']}")
    at("student").get("/people")
    said = [record.getMessage() for record in caplog.records if record.name == "graduand.access"]
    assert [
        ("access refused" in line, f"/candidates/{numbers['pk']}" in line, "/people" in line)
        for line in said
    ] == [(True, True, False), (True, False, True)]


def test_nobody_is_sent_to_the_sign_in_page(things):
    client, before = Client(), fingerprint()
    for one in ROUTES:
        rule = rule_of(one.callback)
        if rule.open_to == "anybody":
            continue
        numbers = own_numbers(things, "a", one)
        send = client.post if rule.methods == WRITE else client.get
        answer = send(address(one, numbers))
        assert (address(one, numbers), answer.status_code, answer["Location"].split("?")[0]) == (
            address(one, numbers),
            302,
            "/login",
        )
    assert changed(before) == []


def test_the_matrix_finds_a_guard_that_was_removed(things, at, monkeypatch):
    """The control: without the scope a centre reads another centre's file, and the sweep above would say so."""
    monkeypatch.setattr(scope, "_centres", lambda desk, units: None)
    client = at("a")
    statuses = {
        str(one.pattern): ask(client, one, things["a"][kind_of(str(one.pattern))].foreign)
        for one in foreign_routes(Role.CENTRE_CLERK)
    }
    assert statuses["candidates/<int:pk>"] == 200
    assert statuses["account/sessions/<int:pk>/end"] == 404


def test_the_matrix_finds_a_door_left_open(things, at, monkeypatch):
    """The control for roles: with every role admitted, a student opens the list of accounts."""
    monkeypatch.setattr(access, "_admitted", lambda visit, rule: True)
    client = at("student")
    statuses = {
        str(one.pattern): ask(client, one, own_numbers(things, "student", one))
        for one in ROUTES
        if str(one.pattern) in ("people", "units", "trail")
    }
    assert set(statuses.values()) == {200}


def test_the_fingerprint_sees_a_change(things, world):
    before = fingerprint()
    sign_in.end_sittings(world.users["a"].pk, None)
    assert sorted(changed(before)) == ["graduand_accountevent", "graduand_sitting"]
    assert Outgoing.objects.count() == 0


# No row has such a number: past the columns of four bytes, the last of eight, the first past those,
# and one of 30 digits.
OVERLONG = (2**31, 2**63 - 1, 2**63, 10**30)


@pytest.mark.parametrize(
    "role", [Role.HQ_ADMIN, Role.COLLEGE_REVIEWER, Role.CENTRE_CLERK, Role.AUDITOR]
)
def test_a_number_that_no_row_can_have_is_not_found(things, at, role):
    client, found = at(PERSON[role]), {}
    routes = [
        one
        for one in ROUTES
        if "<int:" in str(one.pattern) and admitted(rule_of(one.callback), role)
    ]
    for one in routes:
        numbers = own_numbers(things, PERSON[role], one)
        for number in OVERLONG:
            asked = {
                name: number if isinstance(known, int) else known for name, known in numbers.items()
            }
            status = ask(client, one, asked)
            if status not in (404, 302):  # 302: the proof of identity comes first
                found[address(one, asked)] = status
    assert found == {}
    assert routes != []
