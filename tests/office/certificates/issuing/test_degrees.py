"""Degree certificates: only for whom the degree was granted, a number once, a content and a book of their own."""

from datetime import date
from functools import partial

import pytest

from graduand.models import (
    Candidate,
    Certificate,
    Counter,
    DegreeCertificate,
    DegreeContent,
    DegreeMaterial,
    Event,
)
from graduand.office.certificates.issuing.books import next_numbers
from graduand.office.records.sheets.degree_numbers import ASK
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries.certificates import issued
from graduand.rulebook.certificates.numbering import degree_number
from graduand.rulebook.terms import DegreeState, Level, Numbering, SheetKind, Stage, Verb
from tests import factories
from tests.acting import act, refusals, walk
from tests.factories import enrol, make_season, set_clock
from tests.office.records.files import bring

pytestmark = pytest.mark.django_db
WITH_WINDOW = {"min_average": 75, "min_thesis": 80, "opens": "2023-07-01", "closes": "2025-07-20"}


@pytest.fixture
def season():
    return make_season(degree=WITH_WINDOW)


@pytest.fixture
def imported():
    return make_season(degree=WITH_WINDOW, numbering=Numbering.IMPORTED.value)


def granted(season, ids):
    """Files of a level with a degree, which is granted."""
    for pk in ids:
        DegreeMaterial.objects.create(
            student=Candidate.objects.get(pk=pk).student, thesis_mark="85"
        )
    assert act(season, Verb.DEGREE_APPLY, ids).done == len(ids)
    assert act(season, Verb.DEGREE_GRANT, ids, season.staff.hq_third).done == len(ids)
    return ids


def graduates(season, count, stage=Stage.CERTIFIED):
    return walk(season, enrol(season, count, level=Level.TOP_UP), stage)


def book():
    return list(
        DegreeCertificate.objects.order_by("id").values_list("candidate", "number", "serial")
    )


def test_a_degree_granted_after_the_certificate_gets_a_number_and_a_content(season):
    ids = granted(season, graduates(season, 2))
    assert act(season, Verb.DEGREE_CERTIFY, ids).done == 2
    assert book() == [(ids[0], "5116142023000001", 1), (ids[1], "5116142023000002", 2)]
    assert Counter.objects.get(key="book:5116142023").value == 2
    content = issued.degrees(ids)[ids[0]].content
    assert (content.number, content.template, content.major_name) == (
        "5116142023000001",
        "degree-1",
        "健康管理",
    )
    assert content.photo == Candidate.objects.get(pk=ids[0]).approved_photo
    assert (
        Event.objects.filter(verb="degree_certify").values_list("number", flat=True)[0]
        == "5116142023000001"
    )
    assert act(season, Verb.DEGREE_CERTIFY, ids).unchanged == 2


def test_without_a_granted_degree_or_a_certificate_there_is_no_number(season):
    (bare,) = graduates(season, 1)
    (early,) = granted(season, graduates(season, 1, Stage.APPROVED))
    assert refusals(act(season, Verb.DEGREE_CERTIFY, [bare, early])) == {
        bare: ["STAGE"],
        early: ["STAGE"],
    }
    assert book() == []


def test_a_degree_that_is_taken_back_spends_its_number(season):
    ids = granted(season, graduates(season, 1))
    act(season, Verb.DEGREE_CERTIFY, ids)
    both = {"second": season.staff.second, "reason": "other", "note": "撤销"}
    assert act(season, Verb.DEGREE_DECLINE, ids, season.staff.hq_third, **both).done == 1
    old = DegreeCertificate.objects.get()
    assert (old.voided_at is not None, old.void_reason) == (True, "撤销")
    assert act(season, Verb.DEGREE_GRANT, ids, season.staff.hq_third, **both).done == 1
    act(season, Verb.DEGREE_CERTIFY, ids)
    assert [number for _, number, _ in book()] == ["5116142023000001", "5116142023000002"]


def test_voiding_the_certificate_voids_the_degrees_too(season):
    ids = granted(season, graduates(season, 1))
    act(season, Verb.DEGREE_CERTIFY, ids)
    act(season, Verb.VOID, ids, second=season.staff.second)
    assert (issued.degrees(ids), issued.graduations(ids)) == ({}, {})
    act(season, Verb.CERTIFY, ids)
    assert act(season, Verb.DEGREE_CERTIFY, ids).done == 1
    assert [number for _, number, _ in book()] == ["5116142023000001", "5116142023000002"]


# -- numbers that headquarters sends -----------------------------------------------------------------------------


def row(pk, serial, degree="", level="05"):
    number = Candidate.objects.get(pk=pk).student.number
    return {"学号": number, "电子注册号": f"5116182023{level}{serial:06}", "学位证书编号": degree}


def ready(season, count=1, level=Level.TOP_UP):
    """Approved and on a roster."""
    ids = walk(season, enrol(season, count, level=level), Stage.APPROVED)
    factories.batches.freeze_roster(season.batch, season.staff.hq.pk)
    return ids


def send(season, tmp_path, *rows):
    return bring(tmp_path, SheetKind.NUMBERS, *rows, by=season.staff.hq)


def test_one_number_for_three_of_whom_none_has_a_degree_is_refused_row_by_row(imported, tmp_path):
    first, second = ready(imported, 2)
    (junior,) = ready(imported, 1, Level.JUNIOR)
    one = "5116142023000001"
    tally = send(
        imported, tmp_path, row(first, 1, one), row(second, 2, one), row(junior, 1, one, "06")
    )
    bare = "该生尚未授予学位（现为「未申请」），不能编学位证书编号"
    assert tally.problems == (
        f"第 2、3 行：{bare}",
        "第 4 行：专科不授予学位，不能有学位证书编号",
    )
    assert (Certificate.objects.count(), book()) == (0, [])


def test_one_number_for_two_and_a_granted_one_without_are_refused(imported, tmp_path):
    a, b, c = granted(imported, ready(imported, 3))
    one = "5116142023000001"
    tally = send(imported, tmp_path, row(a, 1, one), row(b, 2, one), row(c, 3))
    twice = f"学位证书编号 {one} 已给了别的学生；请核对"
    assert tally.problems == (f"第 2、3 行：{twice}", "第 4 行：该生已授予学位，请填写学位证书编号")
    wrong = send(imported, tmp_path, row(a, 1, "5116242022000001"))
    assert wrong.problems == ("第 2 行：学位证书编号的学位授予单位代码为 51162，应为 51161",)


def test_the_sheet_numbers_both_certificates(imported, tmp_path):
    (pk,) = granted(imported, ready(imported))
    tally = send(imported, tmp_path, row(pk, 1, "5116142023000007"))
    assert (tally.problems, tally.notes[-2:]) == (
        (),
        ("批次 202307：已编号制证 1 人", "批次 202307：学位证书已编号 1 人"),
    )
    assert book() == [(pk, "5116142023000007", 7)]
    assert DegreeContent.objects.get().act.verb == "degree_certify"
    other = send(imported, tmp_path, row(pk, 1, "5116142023000008"))
    assert other.problems == ("第 2 行：该生学位证书已编号 5116142023000007；请核对",)


def test_a_degree_granted_later_is_numbered_by_a_later_sheet(imported, tmp_path):
    (pk,) = ready(imported)
    send(imported, tmp_path, row(pk, 1))
    granted(imported, [pk])
    assert refusals(act(imported, Verb.DEGREE_CERTIFY, [pk])) == {pk: ["NUMBER-DEGREE"]}
    silent = send(imported, tmp_path, row(pk, 1))
    assert (silent.problems, silent.warned) == ((), 1)
    send(imported, tmp_path, row(pk, 1, "5116142023000009"))
    assert book() == [(pk, "5116142023000009", 9)]
    assert Candidate.objects.get(pk=pk).degree == DegreeState.GRANTED


def test_a_degree_number_of_a_book_that_is_numbered_here_is_not_imported(imported, tmp_path):
    (pk,) = granted(imported, ready(imported))
    Counter.objects.create(
        key="book:5116142023", value=3
    )  # a batch that is numbered here, of the same year
    tally = send(imported, tmp_path, row(pk, 1, "5116142023000007"))
    said = f"第 2 行：学位证书编号 5116142023000007 属于由本系统编号的号段（单位、年份相同），不能导入；{ASK}"
    assert (tally.problems, book()) == ((said,), [])


def test_a_minted_degree_book_passes_over_the_numbers_that_headquarters_gave_in_it(
    imported, tmp_path
):
    [pk] = granted(imported, ready(imported))
    send(imported, tmp_path, row(pk, 1, "5116142023000002"))
    assert next_numbers(
        DegreeCertificate, "5116142023", 3, partial(degree_number, "51161", 2023)
    ) == ["5116142023000001", "5116142023000003", "5116142023000004"]


def test_the_principal_on_a_degree_certificate_can_not_become_another(season):
    """A degree may be granted years after the batch's certificates, under another principal: both stay as they are."""
    ids = granted(season, graduates(season, 2))
    principals = [
        {"from": "2020-01-01", "name": "卫知秋"},
        {"from": "2024-03-01", "name": "易春来"},
    ]
    batches.load(
        factories.policy_data(degree=WITH_WINDOW, principals=principals), season.staff.hq.pk
    )
    set_clock("2024-05-06 09:00")
    assert act(season, Verb.DEGREE_CERTIFY, ids).done == 2
    DegreeCertificate.objects.update(granted_on=date(2024, 5, 6))
    others = [principals[0], {"from": "2024-03-01", "name": "别的人"}]
    said = (
        "批次 202307 已有 2 份有效学位证书，印在证书上的内容不能再改："
        "学位授予日期 2024-05-06 在任的院（校）长 易春来 改为 别的人。"
    )
    for wanted in (others, principals[:1]):
        with pytest.raises(Refused, match=said if wanted is others else "易春来 改为 卫知秋。"):
            batches.load(
                factories.policy_data(degree=WITH_WINDOW, principals=wanted), season.staff.hq.pk
            )
    later = [*principals, {"from": "2024-05-07", "name": "别的人"}]
    assert batches.load(
        factories.policy_data(degree=WITH_WINDOW, principals=later), season.staff.hq.pk
    ).changed
