"""注册已注销: what the registry has taken back is neither printed, sent nor handed out until it is voided or entered again."""

import pytest

from graduand.models import Batch, Certificate, DegreeCertificate
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.papers import printing
from graduand.office.records.importing import import_sheet
from graduand.office.registry import chsi_export
from graduand.office.season.ending import finishing
from graduand.queries.dispatch import held_certificates
from graduand.queries.season import batches
from graduand.rulebook.terms import Level, PaperKind, SheetKind, Stage, Verb
from tests import people
from tests.acting import act, refusals, shut
from tests.factories import make_season, set_clock
from tests.office.certificates.issuing.registry_rows import registry_file
from tests.office.certificates.issuing.test_degrees import WITH_WINDOW, granted
from tests.office.papers.print_runs import at

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
    take_back(season, pk)
    return pk


def take_back(season, pk):
    """What was registered the day before is cancelled."""
    Certificate.objects.filter(candidate=pk).update(registered_on="2023-07-11", queryable=True)
    set_clock("2023-07-12T12:00:00+08:00")
    done = act(season, Verb.DEREGISTER, [pk], second=season.staff.second, note="学信网注销回执")
    assert (done.done, refusals(done)) == (1, {})


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
    told = printing.print_papers(
        season.batch,
        PaperKind.SIGN_OFF,
        tmp_path / "out",
        people.actor(season.staff.hq),
        merge=True,
    )
    assert told.refused == 1


def test_it_is_not_printed(season, tmp_path):
    pk = cancelled(season, Stage.CERTIFIED)
    told = printing.print_papers(
        season.batch,
        PaperKind.CERTIFICATE,
        tmp_path / "out",
        people.actor(season.staff.hq),
        merge=True,
    )
    assert (told.refused, told.written) == (1, 0)
    assert Certificate.objects.get(candidate=pk).cancelled_on is not None


def test_no_degree_certificate_is_numbered_beside_it(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    season = make_season(degree=WITH_WINDOW)
    ids = granted(season, at(season, Stage.CERTIFIED, level=Level.TOP_UP))
    take_back(season, ids[0])
    assert refusals(act(season, Verb.DEGREE_CERTIFY, ids)) == {ids[0]: ["REG-CANCELLED"]}
    assert not DegreeCertificate.objects.exists()
    act(season, Verb.REREGISTER, ids, second=season.staff.second, note="学信网重新注册回执")
    assert act(season, Verb.DEGREE_CERTIFY, ids).done == 1


def test_it_does_not_go_to_the_registry_a_second_time_by_itself(season, tmp_path):
    pk = cancelled(season, Stage.CERTIFIED)
    sent = chsi_export.export(season.batch, tmp_path / "out", people.actor(season.staff.hq))
    assert (sent.rows, sent.by_code) == (0, {"REG-CANCELLED": 1})
    act(season, Verb.REREGISTER, [pk], second=season.staff.second, note="学信网重新注册回执")
    sent = chsi_export.export(season.batch, tmp_path / "out", people.actor(season.staff.hq))
    assert sent.by_code == {"DATA-EXPORT": 1}


@pytest.mark.parametrize("ended", [False, True])
def test_no_batch_ends_nor_stays_ended_while_headquarters_has_to_decide(season, ended):
    if ended:
        pk = at(season, Stage.COLLECTED)[0]
        shut(season.batch, people.actor(season.staff.hq))
        assert the_batch(season).finished_at is not None
        take_back(season, pk)
    else:
        pk = cancelled(season, Stage.COLLECTED)
        shut(season.batch, people.actor(season.staff.hq))
    assert (finishing.settle(), the_batch(season).finished_at) == (0, None)
    left = [(one.key, one.count) for one in batches.left_to_do(season.batch)]
    assert left == [("cancelled", 1)]
    assert finishing.why_not(the_batch(season)) == (
        "学信网注册已注销，待总部作废或重新注册 1 人，请先由总部决定：注册已注销的「作废重办」，"
        "学信网重新注册的导入「注册结果」，登记错了的「撤销注销登记」"
    )
    act(season, Verb.REREGISTER, [pk], second=season.staff.second, note="登记错了")
    assert batches.left_to_do(season.batch) == []
    assert the_batch(season).finished_at is not None


def test_a_finished_batch_is_none_from_the_very_moment_of_the_cancellation(season):
    """Of many it is known with the first chunk: the worker may end before it has come to the last."""
    ids = at(season, Stage.COLLECTED, 2)
    shut(season.batch, people.actor(season.staff.hq))
    Certificate.objects.update(registered_on="2023-07-11", queryable=True)
    set_clock("2023-07-12T12:00:00+08:00")
    request = ActRequest(
        Verb.DEREGISTER, second=season.staff.second, answers={"note": "学信网注销回执"}
    )
    asked = acts.confirm(season.batch, ids, people.actor(season.staff.hq), request)
    assert the_batch(season).finished_at is not None
    assert moves.advance(asked.pk, size=1).finished_at is None
    assert the_batch(season).finished_at is None


def the_batch(season):
    return Batch.objects.get(pk=season.batch.pk)


def test_the_file_that_registered_it_that_day_does_not_register_it_again(season, tmp_path):
    pk = at(season, Stage.CERTIFIED)[0]
    set_clock("2023-07-25T12:00:00+08:00")
    assert read_back(pk, tmp_path, "2023-07-25", "是") == []
    act(season, Verb.DEREGISTER, [pk], second=season.staff.second, note="学信网注销回执")
    assert read_back(pk, tmp_path, "2023-07-25", "是") == [
        "第 2 行：该证书的注册已于 2023-07-25 注销；重新注册的，请填写注销以后的注册日期，"
        "注销当天又注册的，由两人办理「撤销注销登记」"
    ]
    set_clock("2023-07-26T12:00:00+08:00")
    assert read_back(pk, tmp_path, "2023-07-26", "否") == []
    assert registration(pk) == ("2023-07-25", "2023-07-25", False)
    assert read_back(pk, tmp_path, "2023-07-26", "是") == []
    assert registration(pk) == ("2023-07-26", None, True)


def test_who_was_registered_is_not_voided_because_nobody_finds_it_now(season, tmp_path):
    pk = at(season, Stage.CERTIFIED)[0]
    set_clock("2023-07-25T12:00:00+08:00")
    assert read_back(pk, tmp_path, "", "是") == []
    assert read_back(pk, tmp_path, "", "否") == [
        "第 2 行：该证书此前已读回为可查询，没有注册日期；现在查询不到的，请填写注册日期，"
        "学信网已注销的、从未注册而误导入的，由两人办理「登记注册注销」并写明情况"
    ]
    assert read_back(pk, tmp_path, "2023-07-20", "否") == []
    assert registration(pk) == ("2023-07-20", None, False)
    done = act(season, Verb.VOID, [pk], second=season.staff.second, reason="details")
    assert refusals(done) == {pk: ["VOID-GROUND"]}


def test_what_was_never_found_may_be_read_back_as_not_found_without_a_day(season, tmp_path):
    """Nothing is taken from it: a file of all shows who is still missing."""
    pk = at(season, Stage.CERTIFIED)[0]
    set_clock("2023-07-25T12:00:00+08:00")
    assert read_back(pk, tmp_path, "", "否") == []
    assert registration(pk) == (None, None, False)


def read_back(pk, folder, day, queryable):
    """The problems of a 注册结果 with this one row."""
    file = registry_file(folder, pk, day, queryable)
    done = import_sheet(SheetKind.REGISTERED, file, by=None)
    return list(done.problems)


def registration(pk):
    """(registered on, cancelled on, queryable) of the valid certificate."""
    paper = Certificate.objects.get(candidate=pk, voided_at=None)
    days = [day and day.isoformat() for day in (paper.registered_on, paper.cancelled_on)]
    return (*days, paper.queryable)
