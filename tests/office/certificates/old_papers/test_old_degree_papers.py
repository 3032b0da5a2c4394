"""更正以后的旧学位证书: it travels with the certificate, so it goes no further either until somebody says it was made anew."""

import pytest
from django.apps import apps

from graduand.models import Batch, Candidate, Certificate, DegreeCertificate, Event, Student
from graduand.office.certificates.issuing import reprinting
from graduand.office.season.ending import finishing
from graduand.queries.certificates import issued
from graduand.queries.season.batches import left_to_do
from graduand.rulebook.terms import CaseState, Level, Stage, Verb
from tests import acting, factories, people
from tests.acting import act, refusals, register, walk
from tests.factories import make_season, set_clock
from tests.machine import migration_modules
from tests.office.certificates.issuing.test_amending import amend
from tests.office.certificates.issuing.test_degrees import WITH_WINDOW, granted
from tests.office.certificates.test_held_up import lose
from tests.office.papers.print_runs import CERTIFICATE, at, print_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW)


def numbered(season, count=1, stage=Stage.CERTIFIED):
    """Registered graduates whose degree certificates are numbered; their files at `stage`."""
    set_clock(factories.IN_FIRST)
    ids = granted(season, at(season, Stage.CERTIFIED, count, level=Level.TOP_UP))
    assert act(season, Verb.DEGREE_CERTIFY, ids).done == count
    register(ids)
    for verb, there in (
        (Verb.SHIP, Stage.CERTIFIED),
        (Verb.RECEIVE, Stage.SHIPPED),
        (Verb.COLLECT, Stage.RECEIVED),
    ):
        if stage is there:
            break
        assert act(season, verb, ids).done == count
    return ids


def renamed(season, ids, when="2023-07-25 09:00", name="李改名"):
    set_clock(when)
    Student.objects.filter(candidates__in=ids).update(name=name)
    assert amend(season, ids).done == len(ids)


def old(ids):
    """Since when the degree papers are old ones, and what they say."""
    rows = DegreeCertificate.objects.filter(candidate__in=ids).order_by("id")
    return [
        (since is not None, sha256)
        for since, sha256 in rows.values_list("old_paper_since", "old_paper_sha256")
    ]


def test_an_old_degree_paper_is_not_sent_with_the_new_certificate(season, tmp_path):
    ids = numbered(season)
    first = issued.degrees(ids)[ids[0]].sha256
    renamed(season, ids)
    tally = print_file(
        season, CERTIFICATE, tmp_path
    )  # the certificate is printed anew; nobody here prints the degree's
    waits = "其中 1 人还不能寄出：学位证书待重制登记"
    assert tally.notes == [f"其中 1 份是更正后按新内容重新打印的；{waits}；旧证请收回作废"]
    assert old(ids) == [(True, first)]
    assert refusals(act(season, Verb.SHIP, ids)) == {ids[0]: ["PAPER-REPRINT"]}
    assert refusals(act(season, Verb.DEGREE_REPLACE, ids, note=" ")) == {ids[0]: ["BASIS"]}
    assert act(season, Verb.DEGREE_REPLACE, ids, note="7月26日重制，旧证已作废").done == 1
    event = Event.objects.latest("id")
    assert (event.verb, event.from_stage, event.to_stage) == ("degree_replace", "old", "numbered")
    assert (event.number, old(ids)) == (DegreeCertificate.objects.get().number, [(False, "")])
    assert act(season, Verb.DEGREE_REPLACE, ids, note="再登记一次").unchanged == 1
    assert act(season, Verb.SHIP, ids).done == 1


def test_it_is_not_made_anew_while_the_registration_is_cancelled(season, tmp_path):
    ids = numbered(season)
    renamed(season, ids)
    print_file(season, CERTIFICATE, tmp_path)
    both = {"second": season.staff.second, "note": "学信网回执"}
    assert act(season, Verb.DEREGISTER, ids, **both).done == 1
    assert refusals(act(season, Verb.DEGREE_REPLACE, ids, note="重制")) == {
        ids[0]: ["REG-CANCELLED"]
    }
    assert act(season, Verb.REREGISTER, ids, **both).done == 1
    assert act(season, Verb.DEGREE_REPLACE, ids, note="重制").done == 1


@pytest.mark.parametrize("stage", [Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED])
def test_it_comes_back_with_the_certificate_before_it_is_made_anew(season, tmp_path, stage):
    ids = numbered(season, stage=stage)
    renamed(season, ids)
    assert refusals(act(season, Verb.DEGREE_REPLACE, ids, note="重制")) == {ids[0]: ["STAGE"]}
    if stage is Stage.RECEIVED:
        assert refusals(act(season, Verb.COLLECT, ids)) == {ids[0]: ["PAPER-OLD"]}
    assert act(season, Verb.RECALL, ids, second=season.staff.second).done == 1
    print_file(season, CERTIFICATE, tmp_path)
    assert act(season, Verb.DEGREE_REPLACE, ids, note="重制").done == 1
    for verb in (Verb.SHIP, Verb.RECEIVE, Verb.COLLECT):
        assert (
            act(season, verb, ids, **({"tracking": "SF2"} if verb is Verb.SHIP else {})).done == 1
        )


def test_a_degree_paper_alone_that_a_student_was_given_comes_back_and_keeps_the_batch_unfinished(
    season, tmp_path
):
    ids = numbered(season, stage=Stage.COLLECTED)
    renamed(season, ids)
    certificate = Candidate.objects.get(pk=ids[0]).certificates
    certificate.update(old_paper_since=None, old_paper_sha256="")
    assert [(one.key, one.count) for one in left_to_do(season.batch)] == [("old", 1)]
    assert act(season, Verb.RECALL, ids, second=season.staff.second, reason="replaced").done == 1
    tally = print_file(season, CERTIFICATE, tmp_path, amended=True)
    assert (tally.people, old(ids)[0][0]) == (0, True)  # the certificate itself is in order


def test_what_is_amended_back_leaves_no_old_degree_paper(season):
    ids = numbered(season)
    name = Student.objects.get().name
    renamed(season, ids)
    renamed(season, ids, "2023-07-26 09:00", name)
    assert old(ids) == [(False, "")]
    assert act(season, Verb.SHIP, ids).done == 1


def test_what_no_degree_paper_shows_leaves_none_behind(season):
    ids = numbered(season)
    set_clock("2023-07-25 09:00")
    Student.objects.update(exam_no="K2023001")
    assert amend(season, ids).done == 1
    assert (issued.degrees(ids)[ids[0]].version, old(ids)) == (2, [(False, "")])


def test_who_has_no_degree_is_asked_for_none(season):
    set_clock(factories.IN_FIRST)
    ids = walk(season, factories.enrol(season, 1), Stage.CERTIFIED)
    register(ids)
    renamed(season, ids)
    assert refusals(act(season, Verb.DEGREE_REPLACE, ids, note="重制")) == {ids[0]: ["STAGE"]}


def test_a_standing_case_keeps_a_degree_paper_from_being_made_anew(season, tmp_path):
    """四.1: nothing is issued of whom there is a doubt; the certificate is not printed either."""
    ids = numbered(season)
    renamed(season, ids)
    print_file(season, CERTIFICATE, tmp_path)
    acting.doubt(Candidate.objects.get(pk=ids[0]))
    assert refusals(act(season, Verb.DEGREE_REPLACE, ids, note="重制")) == {ids[0]: ["CHSI-DOUBT"]}
    acting.case_to(season, ids, CaseState.CLEARED)
    assert act(season, Verb.DEGREE_REPLACE, ids, note="重制").done == 1


def test_附件2_no_degree_paper_is_made_anew_of_whose_certificate_waits_for_headquarters(
    season, tmp_path
):
    ids = numbered(season)
    renamed(season, ids)
    print_file(season, CERTIFICATE, tmp_path)
    lose(season, *ids, course="E1")
    assert refusals(act(season, Verb.DEGREE_REPLACE, ids, note="重制")) == {ids[0]: ["ISSUED-LOST"]}
    acting.let_stand(season, ids)
    assert act(season, Verb.DEGREE_REPLACE, ids, note="重制").done == 1


# ---- homes from before


def as_from_before():
    """Nobody knew of old papers."""
    for papers in (Certificate, DegreeCertificate):
        papers.objects.update(old_paper_since=None, old_paper_sha256="")


def test_homes_from_before_take_an_amended_degree_as_not_made_anew(season):
    ids = numbered(season, 2)
    renamed(season, ids[:1])
    as_from_before()
    migration_modules.migration("old_degree_papers").note_old_papers(apps, None)
    assert old(ids) == [(True, ""), (False, "")]
    assert reprinting.ended({}) == ([], [])


def test_in_homes_from_before_a_paper_may_say_what_was_amended_and_amended_back(season):
    """Nobody recorded which version was made: one that is amended back, before the marks or after them, stays marked."""
    ids = numbered(season, 2)
    names = {pk: Student.objects.get(candidates=pk).name for pk in ids}
    renamed(season, ids)
    renamed(season, ids[:1], "2023-07-26 09:00", names[ids[0]])
    as_from_before()
    migration_modules.migration("old_degree_papers").note_old_papers(apps, None)
    assert old(ids) == [(True, ""), (True, "")]
    renamed(season, ids[1:], "2023-07-27 09:00", names[ids[1]])
    assert old(ids) == [(True, ""), (True, "")]


@pytest.mark.parametrize("marked", ["both", "certificate", "degree", "none"])
def test_a_finished_batch_of_a_home_from_before_is_taken_up_for_its_old_papers(season, marked):
    ids = numbered(season, stage=Stage.COLLECTED)
    renamed(season, ids)
    kept = {
        papers: dict(papers.objects.values_list("pk", "old_paper_since"))
        for papers in (Certificate, DegreeCertificate)
    }
    as_from_before()
    acting.shut(season.batch, people.actor(season.staff.hq))
    finishing.settle()
    assert Batch.objects.get().finished_at is not None
    for papers in {
        "both": (Certificate, DegreeCertificate),
        "certificate": (Certificate,),
        "degree": (DegreeCertificate,),
        "none": (),
    }[marked]:
        for pk, since in kept[papers].items():
            papers.objects.filter(pk=pk).update(old_paper_since=since)
    migration_modules.migration("finished_but_for_old_papers").take_up(apps, None)
    assert finishing.settle() == 0
    assert (Batch.objects.get().finished_at is not None) is (marked == "none")
