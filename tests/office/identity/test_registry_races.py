"""The registry's file beside a filing of headquarters: what it says is covered only when somebody has seen it (四.1)."""

import pytest
from django.db import connection

from graduand.models import IdentityCase
from graduand.office.records.sheets.chsi import ChsiSheet
from graduand.rulebook.terms import CaseState, Stage, Verb
from tests.acting import act, candidate_at, case_to, refusals
from tests.factories import make_season, set_clock
from tests.office.identity.test_cases_hold import case_rows, fed_back
from tests.office.races.two_connections import run_concurrently

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time"),
]


@pytest.fixture
def season():
    set_clock("2023-07-12 09:00")
    return make_season()


def clear(season, pk: int, **said) -> tuple[int, list[str]]:
    """(how many were filed, the codes that stopped it)."""
    done = act(season, Verb.CASE_CLEAR, [pk], note="省厅 1 号", reason="identity", **said)
    return done.done, refusals(done).get(pk, [])


def endorsed(season, pk: int) -> tuple[int, list[str]]:
    done = act(season, Verb.ENDORSE, [pk])
    return done.done, refusals(done).get(pk, [])


@pytest.mark.parametrize("state", [CaseState.REPORTED, CaseState.UPHELD], ids=str)
def test_a_worse_doubt_beside_a_filing_has_a_case_of_its_own(season, tmp_path, state):
    file = candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-08")
    case_to(season, [file.pk], state)
    second = {"second": season.staff.second} if state is CaseState.UPHELD else {}
    filed = []
    run_concurrently(
        lambda: filed.append(clear(season, file.pk, **second)),
        lambda: fed_back(tmp_path, "身份核验未通过", "2023-07-11"),
    )
    assert filed == [(1, [])]
    assert case_rows() == [("unsure", CaseState.CLEARED), ("failed", CaseState.OPEN)]
    assert endorsed(season, file.pk) == (0, ["CHSI-DOUBT"])


def test_a_filing_beside_a_worse_doubt_rests_on_what_it_has_seen(season, tmp_path):
    """The import comes first: the filing is judged again, and covers the worse doubt knowingly."""
    file = candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-08")
    case_to(season, [file.pk], CaseState.REPORTED)
    filed = run_concurrently(
        lambda: fed_back(tmp_path, "身份核验未通过", "2023-07-11"),
        lambda: clear(season, file.pk),
    )
    case = IdentityCase.objects.get()
    assert filed == [(1, [])]
    assert (case.verdict, case.state) == ("failed", CaseState.CLEARED)
    assert case.rested_on.isoformat() == "2023-07-11"


def test_one_person_files_by_a_normal_row_only_while_it_is_the_newest(season, tmp_path):
    file = candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-08")
    fed_back(tmp_path, "正常", "2023-07-10")
    filed = run_concurrently(
        lambda: fed_back(tmp_path, "身份核验不确定", "2023-07-11"),
        lambda: clear(season, file.pk),
    )
    assert filed == [(0, ["SECOND"])]
    assert case_rows() == [("unsure", CaseState.OPEN)]


def test_negative_control_an_import_that_holds_no_case_opens_none(season, tmp_path, monkeypatch):
    monkeypatch.setattr(ChsiSheet, "take", lambda *_: None)
    file = candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-08")
    case_to(season, [file.pk], CaseState.REPORTED)
    run_concurrently(
        lambda: clear(season, file.pk),
        lambda: fed_back(tmp_path, "身份核验未通过", "2023-07-11"),
    )
    assert case_rows() == [("failed", CaseState.CLEARED)]
