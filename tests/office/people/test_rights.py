"""Who may do which verb: by role when it is confirmed, and again with every chunk while it is carried out."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from graduand.models import Act, Candidate, Grant
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.people import rights
from graduand.rulebook.people.rights import DESK_OF_ROLE
from graduand.rulebook.terms import Desk, Role, Stage, Verb
from tests import people
from tests.acting import SAID, refusals, stages, walk
from tests.factories import enrol, make_season

pytestmark = pytest.mark.django_db
PIECE = 2


@pytest.fixture
def season():
    return make_season()


def begun(season, count=6):
    """An application for `count` files of which the first chunk is done."""
    ids = enrol(season, count)
    act = acts.confirm(
        season.batch, ids, people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY)
    )
    return ids, moves.advance(act.pk, PIECE)


def finished(act):
    return moves.carry_out(act, size=PIECE)


def test_A04_nothing_more_is_done_when_the_role_ends_while_the_work_runs(season):
    ids, act = begun(season)
    Grant.objects.filter(user=season.staff.clerks[0]).update(
        until=clock.today() - timedelta(days=1)
    )
    act = finished(act)
    assert (act.done, act.refused, act.raced, act.by_code) == (2, 4, 0, {"RIGHTS": 4})
    assert stages(ids) == [Stage.APPLIED] * 2 + [Stage.LISTED] * 4
    assert refusals(act) == {pk: ["RIGHTS"] for pk in ids[2:]}


def test_A15_nothing_more_is_done_when_the_account_is_closed_while_the_work_runs(season):
    ids, act = begun(season)
    season.staff.clerks[0].is_active = False
    season.staff.clerks[0].save()
    assert finished(act).by_code == {"RIGHTS": 4}
    assert stages(ids) == [Stage.APPLIED] * 2 + [Stage.LISTED] * 4


def test_A05_a_student_who_moves_away_while_the_work_runs_is_left_out(season):
    ids, act = begun(season)
    Candidate.objects.filter(pk=ids[4]).update(centre=season.centres[1])
    act = finished(act)
    assert (act.done, act.by_code, refusals(act)) == (5, {"RIGHTS": 1}, {ids[4]: ["RIGHTS"]})


def test_another_desk_is_not_the_one_that_confirmed(season):
    _, act = begun(season)
    Grant.objects.filter(user=season.staff.clerks[0]).update(
        role=Role.COLLEGE_REVIEWER.value, unit=season.college
    )
    assert finished(act).by_code == {"RIGHTS": 4}


def test_the_control_everything_is_done_while_the_rights_last(season):
    ids, act = begun(season)
    assert (finished(act).done, stages(ids)) == (6, [Stage.APPLIED] * 6)


def printed():
    """role -> the verbs with a mark in docs/access.md."""
    text = (Path(__file__).resolve().parents[3] / "docs/access.md").read_text(encoding="utf-8")
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    head = next(place for place, cells in enumerate(lines) if cells[0] == "操作")
    table = lines[head + 2 : head + 2 + len(Verb)]
    return {
        label: {Verb(cells[0].split("`")[1]) for cells in table if cells[column]}
        for column, label in enumerate(lines[head])
        if column
    }


@pytest.mark.parametrize("role", list(Role), ids=[role.value for role in Role])
def test_8_1_1_a_role_does_what_the_printed_matrix_says_and_nothing_else(season, role):
    unit = {Desk.CENTRE: season.centres[0], Desk.COLLEGE: season.college}.get(
        DESK_OF_ROLE[role], season.hq
    )
    actor = people.actor(people.account("somebody", role, unit))
    done = set()
    for verb in Verb:
        with suppress(Refused):
            acts.confirm(
                season.batch, [], actor, ActRequest(verb, answers=dict(SAID.get(verb, {})))
            )
            done.add(verb)
    assert done == printed().get(role.label, set())
    assert set(Act.objects.values_list("verb", flat=True)) == {verb.value for verb in done}


def test_what_a_role_lacks_is_said_with_its_name(season):
    with pytest.raises(Refused) as problem:
        acts.confirm(
            season.batch, [], people.actor(season.staff.dispatch), ActRequest(Verb.ENDORSE)
        )
    assert (
        str(problem.value)
        == "您的角色「学院发放」没有「学院审核通过」的权限；需要时请管理员授予相应角色"
    )


def test_8_2_1_a_lower_role_lends_nothing_to_a_higher_desk():
    clerk_and_dispatch = {Role.COLLEGE_DISPATCH, Role.CENTRE_CLERK}
    assert not rights.may(clerk_and_dispatch, Desk.COLLEGE, Verb.ENDORSE)
    assert rights.may(clerk_and_dispatch, Desk.COLLEGE, Verb.SHIP)
    assert rights.may({Role.COLLEGE_DISPATCH, Role.COLLEGE_REVIEWER}, Desk.COLLEGE, Verb.ENDORSE)


def test_the_dispatch_sends_what_it_did_not_review(season):
    ids = walk(season, enrol(season, 2), Stage.CERTIFIED)
    done = acts.do(
        season.batch,
        ids,
        people.actor(season.staff.dispatch),
        ActRequest(Verb.SHIP, answers=dict(SAID[Verb.SHIP])),
    )
    assert (done.done, stages(ids)) == (2, [Stage.SHIPPED] * 2)
