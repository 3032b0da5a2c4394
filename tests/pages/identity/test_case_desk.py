"""The identity case in the browser: from desk to desk, with its grounds (notice 四.1)."""

import re

import pytest

from graduand.models import (
    Event,
    IdentityCase,
)
from graduand.office import acts
from graduand.rulebook.terms import CaseState
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import confirmed
from tests.pages.stations import three
from tests.pages.world import NOON

__all__ = ["three"]  # a fixture


@pytest.fixture
def doubted(three):
    """A doubt about the first of the three."""
    IdentityCase.objects.create(student=three.three[0], verdict="unsure", opened_at=NOON)
    return three


def case_buttons(client):
    """The steps on the only line of the list."""
    body = client.get("/identity").content.decode()
    return re.findall(
        r'hx-indicator="#busy"[^>]*>([^<]+)<', body.partition("<tbody>")[2].partition("</tbody>")[0]
    )


def test_四_1_a_case_goes_from_desk_to_desk_with_its_grounds(doubted, at):
    file = doubted.file(doubted.three[0]).pk
    assert {name: case_buttons(at(name)) for name in ("a", "college", "hq")} == {
        "a": ["提交材料"],
        "college": [],
        "hq": ["备案通过", "维持存疑"],
    }
    for name, verb, note in (
        ("a", "case_submit", "复核表等四项"),
        ("college", "case_report", "上报 12 号"),
        ("hq", "case_clear", "备案 2023-5"),
    ):
        confirmed(at(name), f"verb={verb}&chosen={file}&list=identity", note=note)
        acts.resume(doubted.batch)
    case = IdentityCase.objects.get()
    assert (case.state, case.note, case.filed_by.username) == (
        CaseState.CLEARED,
        "备案 2023-5",
        "hq",
    )
    history = list(
        Event.objects.filter(candidate=file)
        .order_by("id")
        .values_list("verb", "actor__username", "note")
    )
    assert history == [
        ("case_submit", "a", "复核表等四项"),
        ("case_report", "college", "上报 12 号"),
        ("case_clear", "hq", "备案 2023-5"),
    ]
    assert "备案 2023-5" in at("a").get(f"/candidates/{file}").content.decode()
    assert 'href="/identity?open=1" ' not in at("a").get("/").content.decode()


def test_a_case_without_grounds_stays_where_it_is(doubted, at):
    file = doubted.file(doubted.three[0]).pk
    confirmed(at("a"), f"verb=case_submit&chosen={file}&list=identity")
    acts.resume(doubted.batch)
    assert (IdentityCase.objects.get().state, Event.objects.count()) == (CaseState.OPEN, 0)


def test_a_case_is_about_a_named_person(doubted, at):
    for query in ("all=1&list=identity", "all=1", "all=1&list=candidates"):
        assert opened(at("hq"), f"verb=case_clear&{query}").status_code == 400


def test_A01_a_case_of_another_centre_is_not_there(doubted, at):
    file = doubted.file(doubted.three[0]).pk
    assert "没有身份存疑的学生" in at("b").get("/identity").content.decode()
    assert opened(at("b"), f"verb=case_submit&chosen={file}&list=identity").status_code == 404
    assert opened(at("a"), f"verb=case_clear&chosen={file}&list=identity").status_code == 400
