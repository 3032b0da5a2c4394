"""注册已注销: what the registry has taken back is neither printed, sent nor handed out until it is voided or entered again."""

import pytest

from graduand.models import Certificate
from graduand.office import papers
from graduand.queries import held_certificates
from graduand.rulebook.terms import PaperKind, Stage, Verb
from tests import people
from tests.factories import act, make_season, refusals, set_clock
from tests.office.pressing import at

pytestmark = pytest.mark.django_db
WHY = "该证书在学信网的注册已经注销，不能打印、寄出、发给学生，学位证书也不能编号"


@pytest.fixture
def season(tmp_path, settings):
    """A policy that asks for the registration from the issue date on, and a day before it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(registration_asked="from_issue_date")


def cancelled(season, stage):
    """One certificate, registered and then taken back by two."""
    pk = at(season, stage)[0]
    Certificate.objects.filter(candidate=pk).update(registered_on="2023-07-11", queryable=True)
    set_clock("2023-07-12T12:00:00+08:00")
    done = act(season, Verb.DEREGISTER, [pk], second=season.staff.second, note="学信网注销回执")
    assert (done.done, refusals(done)) == (1, {})
    return pk


@pytest.mark.parametrize(
    ("stage", "verb", "said"),
    [
        (Stage.CERTIFIED, Verb.SHIP, {"tracking": "SF77"}),
        (Stage.RECEIVED, Verb.COLLECT, {}),
    ],
)
def test_nobody_gets_it_until_it_is_registered_again(season, stage, verb, said):
    pk = cancelled(season, stage)
    assert refusals(act(season, verb, [pk], **said)) == {pk: ["REG-CANCELLED"]}
    assert (
        act(
            season, Verb.REREGISTER, [pk], second=season.staff.second, note="学信网重新注册回执"
        ).done
        == 1
    )
    assert act(season, verb, [pk], **said).done == 1


@pytest.mark.parametrize("stage", [Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED])
def test_it_is_on_no_list_that_certificates_are_handed_out_by(season, stage, tmp_path):
    pk = cancelled(season, stage)
    assert held_certificates.held_up([pk]) == {pk: WHY}
    told = papers.print_papers(
        season.batch,
        PaperKind.SIGN_OFF,
        tmp_path / "out",
        people.actor(season.staff.hq),
        merge=True,
    )
    assert told.refused == 1


def test_it_is_not_printed(season, tmp_path):
    pk = cancelled(season, Stage.CERTIFIED)
    told = papers.print_papers(
        season.batch,
        PaperKind.CERTIFICATE,
        tmp_path / "out",
        people.actor(season.staff.hq),
        merge=True,
    )
    assert (told.refused, told.written) == (1, 0)
    assert Certificate.objects.get(candidate=pk).cancelled_on is not None
