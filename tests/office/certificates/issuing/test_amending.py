"""更正: the same number, a new version, by two people, with the registry's answer; 作废 for what is not registered."""

from dataclasses import replace
from datetime import date

import pytest

from graduand.models import (
    Candidate,
    CertificateContent,
    DegreeContent,
    Event,
    PhotoRow,
    PlanRow,
    Statement,
    Student,
)
from graduand.office.filing import statements
from graduand.office.refusal import Refused
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Sex, SheetKind, Stage, Verb
from tests import factories
from tests.acting import act, refusals, register, walk
from tests.factories import enrol, make_season, set_clock
from tests.office.certificates.issuing.test_degrees import WITH_WINDOW, graduates, granted
from tests.office.records.files import bring

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = make_season(degree=WITH_WINDOW)
    set_clock("2023-07-25 09:00")
    return made


def registered(season, count=1):
    set_clock(factories.IN_FIRST)
    ids = walk(season, enrol(season, count), Stage.CERTIFIED)
    register(ids)
    set_clock("2023-07-25 09:00")
    return ids


def amend(season, ids, **said):
    answer = statements.sealed(PDF, "学信网更正.pdf")
    return act(
        season, Verb.AMEND, ids, **{"second": season.staff.second, "statement": answer, **said}
    )


def test_what_the_registry_corrected_gets_a_new_version_under_its_number(season):
    (pk,) = registered(season)
    before = issued.graduations([pk])[pk]
    Student.objects.update(name="李改名", sex=Sex.MALE.value)
    PhotoRow.objects.update(
        sha256="f" * 64
    )  # another picture since: the certificate keeps the approved one
    assert amend(season, [pk]).done == 1
    after = issued.graduations([pk])[pk]
    assert (after.number, after.version, after.content.name, after.content.sex) == (
        before.number,
        2,
        "李改名",
        Sex.MALE,
    )
    assert (
        after.content.photo == before.content.photo == Candidate.objects.get(pk=pk).approved_photo
    )
    assert [label for label, *_ in issued.changes(before, after.content)] == ["姓名", "性别"]
    event = Event.objects.get(verb="amend")
    assert event.number == f"{before.number} {before.sha256[:8]}→{after.sha256[:8]}"
    assert (event.actor, event.second, event.note) == (
        season.staff.hq,
        season.staff.second,
        "学信函〔2023〕5号",
    )
    assert statements.opened(Statement.objects.get(candidate=pk)) == PDF
    assert amend(season, [pk]).unchanged == 1  # nothing is left to amend


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"second": None}, ["SECOND"]),
        ({"reason": ""}, ["REASON"]),
        ({"note": ""}, ["BASIS"]),
        ({"statement": None}, ["ANSWER"]),
        ({"on": ""}, ["ANSWER-DAY"]),
        ({"on": "2023-07-26"}, ["ANSWER-DAY"]),
        ({"on": "2023-07-20"}, ["ANSWER-DAY"]),
        ({"content": "0" * 64}, ["STALE"]),
    ],
    ids=[
        "alone",
        "no reason",
        "no number",
        "no scan",
        "no day",
        "tomorrow",
        "before the registration",
        "other content",
    ],
)
def test_an_amendment_takes_two_people_and_the_registrys_answer(season, said, codes):
    (pk,) = registered(season)
    Student.objects.update(name="李改名")
    assert refusals(amend(season, [pk], **said)) == {pk: codes}
    assert CertificateContent.objects.count() == 1


def test_what_was_never_registered_is_voided_and_not_amended(season):
    set_clock(factories.IN_FIRST)
    ids = walk(season, enrol(season), Stage.APPROVED)
    factories.batches.freeze_roster(season.batch, season.staff.hq.pk)
    act(season, Verb.CERTIFY, ids)
    set_clock("2023-07-25 09:00")
    Student.objects.update(name="李改名")
    assert refusals(amend(season, ids)) == {ids[0]: ["AMEND-GROUND"]}
    assert act(season, Verb.VOID, ids, second=season.staff.second).done == 1
    assert act(season, Verb.CERTIFY, ids).done == 1
    again = issued.graduations(ids)[ids[0]]
    assert (again.number[-1], again.version, again.content.name) == ("2", 1, "李改名")


def test_the_degree_certificate_follows_the_amendment(season):
    set_clock(factories.IN_FIRST)
    ids = granted(season, graduates(season, 2))
    act(season, Verb.DEGREE_CERTIFY, ids)
    register(ids)
    set_clock("2023-07-25 09:00")
    Student.objects.filter(candidates=ids[0]).update(name="李改名")
    assert amend(season, ids[:1]).done == 1
    assert sorted(DegreeContent.objects.values_list("certificate__candidate", "version")) == [
        (ids[0], 1),
        (ids[0], 2),
        (ids[1], 1),
    ]
    assert issued.degrees(ids)[ids[0]].content.name == "李改名"


def test_the_degree_keeps_all_that_nobody_was_shown(season):
    """Another degree in the plan is no correction of the registry; another principal on the day of the degree is refused."""
    set_clock(factories.IN_FIRST)
    ids = granted(season, graduates(season, 1))
    act(season, Verb.DEGREE_CERTIFY, ids)
    register(ids)
    before = issued.degrees(ids)[ids[0]].content
    set_clock("2023-07-25 09:00")
    PlanRow.objects.update(degree="理学学士", degree_field="理学")
    another = [{"from": "2020-01-01", "name": "易春来"}, {"from": "2023-07-20", "name": "卫知秋"}]
    with pytest.raises(Refused, match="已有 1 份有效学位证书"):
        factories.batches.load(factories.policy_data(degree=WITH_WINDOW, principals=another), None)
    Student.objects.update(name="李改名")
    assert amend(season, ids).done == 1
    assert issued.degrees(ids)[ids[0]].content == replace(before, name="李改名")


# -- a registration that is entered anew -------------------------------------------------------------------------


def read_back(season, tmp_path, pk, day, queryable="是"):
    file = Candidate.objects.select_related("student").get(pk=pk)
    row = {
        "学号": file.student.number,
        "姓名": file.student.name,
        "证书编号": file.certificates.get(voided_at=None).number,
        "毕业日期": "2023-07-20",
        "可查询": queryable,
        "注册日期": day,
    }
    return bring(tmp_path, SheetKind.REGISTERED, row, by=season.staff.hq)


def test_entered_anew_it_is_no_longer_cancelled_and_can_not_be_voided(season, tmp_path):
    (pk,) = registered(season)
    certificate = Candidate.objects.get(pk=pk).certificates.get()
    void = {"second": season.staff.second}
    assert act(season, Verb.DEREGISTER, [pk], on="2023-07-24", **void).done == 1
    old = read_back(
        season, tmp_path, pk, "2023-07-21"
    )  # the file from before the cancellation, once more
    assert old.problems == (
        "第 2 行：该证书的注册已于 2023-07-24 注销；重新注册的，请填写注销以后的注册日期，"
        "注销当天又注册的，由两人办理「撤销注销登记」",
    )
    assert read_back(season, tmp_path, pk, "", queryable="否").problems == ()
    certificate.refresh_from_db()
    assert (certificate.queryable, certificate.cancelled_on) == (False, date(2023, 7, 24))
    assert read_back(season, tmp_path, pk, "2023-07-25").updated == 1
    certificate.refresh_from_db()
    assert (certificate.queryable, certificate.registered_on, certificate.cancelled_on) == (
        True,
        date(2023, 7, 25),
        None,
    )
    assert refusals(act(season, Verb.VOID, [pk], **void)) == {pk: ["VOID-GROUND"]}
    assert act(season, Verb.DEREGISTER, [pk], on="2023-07-25", **void).done == 1
    assert act(season, Verb.VOID, [pk], **void).done == 1


def test_what_is_read_back_is_compared_with_the_certificate(season, tmp_path):
    (pk,) = registered(season)
    name = Candidate.objects.get(pk=pk).student.name
    Student.objects.update(name="李改名")
    assert read_back(season, tmp_path, pk, "2023-07-21").problems == (
        f"第 2 行：姓名与证书或学籍记录「{name}」不一致；请核对注册数据",
    )
    amend(season, [pk])
    assert read_back(season, tmp_path, pk, "2023-07-21").problems == ()


def test_the_degree_certificate_follows_in_what_two_people_were_shown_and_in_nothing_else(season):
    """The plan's 学位 was changed meanwhile; the name is all that the registry corrected."""
    set_clock(factories.IN_FIRST)
    (pk,) = ids = granted(season, graduates(season, 1))
    assert act(season, Verb.DEGREE_CERTIFY, ids).done == 1
    register(ids)
    set_clock("2023-07-25 09:00")
    before = issued.degrees(ids)[pk].content
    Student.objects.update(name="李改名")
    PlanRow.objects.update(degree="理学学士", degree_field="理学")
    assert amend(season, ids).done == 1
    assert issued.graduations(ids)[pk].content.name == "李改名"
    assert issued.degrees(ids)[pk].content == replace(before, name="李改名")
