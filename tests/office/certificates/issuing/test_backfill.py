"""Homes from before contents were kept: `graduand init` fills them in, `graduand doctor` says what is missing."""

import pytest
from django.db import connection

from graduand.models import (
    Certificate,
    CertificateContent,
    DegreeCertificate,
    DegreeContent,
    PlanRow,
    PolicyVersion,
)
from graduand.models.engine import engine_of
from graduand.office.certificates.issuing import backfill
from graduand.office.certificates.issuing.backfill import BackfillTally
from graduand.office.installation import issued_checkup
from graduand.office.season import batches
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Level, Stage, Verb
from tests import factories
from tests.acting import act, walk
from tests.factories import enrol, make_season
from tests.office.certificates.issuing.test_degrees import WITH_WINDOW, graduates, granted

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return make_season(degree=WITH_WINDOW)


def forget(model):
    """As the earlier program left it: numbers without contents."""
    with connection.cursor() as cursor:
        for statement in engine_of().DROP_APPEND_ONLY:
            cursor.execute(statement.format(table=model._meta.db_table))
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def whole_archives(count):
    return "档案材料", f"{count} 份有效，内容与编号时保存的一致", False


def said():
    return [(line.part, line.state, line.wrong) for line in issued_checkup.lines()]


def test_contents_are_filled_from_the_policy_of_the_numbering_and_the_record(season):
    ids = walk(season, enrol(season, 3), Stage.CERTIFIED)
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    first = season.batch.policy.source
    forget(CertificateContent)
    later = [{"from": "2020-01-01", "name": "另一人"}]
    data = factories.policy_data(principals=later, degree=WITH_WINDOW)
    newer = PolicyVersion.objects.create(
        batch=season.batch,
        number=2,
        digest="x",
        source=batches.json_ready(data),
        loaded_at=season.batch.policy.loaded_at,
    )
    season.batch.policy = newer
    season.batch.save()
    assert said() == [
        ("证书", f"3 份没有保存的内容：{'、'.join(numbers)}", True),
        whole_archives(3),
    ]
    assert backfill.fill(2) == BackfillTally(contents=3)
    assert {one.content.principal for one in issued.graduations(ids).values()} == {
        first["principals"][0]["name"]
    }
    assert set(CertificateContent.objects.values_list("version", "act")) == {(1, None)}
    assert said() == [("证书", "3 份有效，内容与编号时保存的一致", False), whole_archives(3)]
    assert backfill.fill() == BackfillTally()


def test_nobody_signed_then_the_next_version_that_names_somebody_does(season):
    ids = walk(season, enrol(season), Stage.CERTIFIED)
    forget(CertificateContent)
    version = season.batch.policy
    version.source = {**version.source, "principals": []}
    version.save()
    assert backfill.fill() == BackfillTally(left=1)
    batches.load(
        factories.policy_data(degree=WITH_WINDOW), season.staff.hq.pk
    )  # naming somebody is no change of a paper
    assert backfill.fill() == BackfillTally(contents=1)
    assert issued.graduations(ids)[ids[0]].content.principal == "卫知秋"


def test_legal_degree_numbers_become_certificates_and_the_others_are_named(season):
    good, other, third = granted(season, graduates(season, 3))
    (bare,) = graduates(season, 1)
    for pk, number in (
        (good, "5116142023000001"),
        (other, "5116142023000002"),
        (third, "5116142023000002"),
        (bare, "5116142023000003"),
    ):
        Certificate.objects.filter(candidate=pk).update(degree_number=number)
    assert backfill.fill() == BackfillTally(degrees=1)
    row = DegreeCertificate.objects.get()
    assert (row.candidate_id, row.number, row.book, row.serial) == (
        good,
        "5116142023000001",
        "5116142023",
        1,
    )
    assert DegreeContent.objects.get().act is None
    assert said() == [
        ("证书", "4 份有效，内容与编号时保存的一致", False),
        whole_archives(4),
        ("学位证书", "1 份有效，内容与编号时保存的一致", False),
        ("学位证书", "2 个学位证书编号不合规定：5116142023000002、5116142023000003", True),
        ("学位证书", "2 人已授予学位，尚未编号", False),
    ]
    assert backfill.fill() == BackfillTally()


def test_a_changed_content_and_a_hole_in_a_book_are_named(season):
    walk(season, enrol(season, 2, level=Level.TOP_UP), Stage.CERTIFIED)
    first, second = sorted(Certificate.objects.values_list("number", flat=True))
    with connection.cursor() as cursor:
        for statement in engine_of().DROP_APPEND_ONLY:
            cursor.execute(statement.format(table="graduand_certificatecontent"))
        cursor.execute("UPDATE graduand_certificatecontent SET sha256 = '0'")
    Certificate.objects.filter(number=second).update(serial=7)
    assert said() == [
        ("证书", f"2 份的内容与编号时保存的不符：{first}、{second}", True),
        whole_archives(2),
        ("编号簿", f"{first[:12]} 不连续", True),
    ]


def test_a_voided_certificate_gets_its_content_too(season):
    ids = walk(season, enrol(season), Stage.CERTIFIED)
    act(season, Verb.VOID, ids, second=season.staff.second)
    forget(CertificateContent)
    PlanRow.objects.update(major_name="别的专业")
    assert backfill.fill() == BackfillTally(contents=1)
    assert said() == []
