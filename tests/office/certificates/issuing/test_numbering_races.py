"""编号制证 beside an import: the certificate has the number and says of the student what was judged, whichever comes first."""

import pytest
from django.db import connection
from django.db.models import F

from graduand.models import Candidate, Certificate, IncomingNumber, PlanRow, Student
from graduand.office.season import batches
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Numbering, SheetKind, Stage, Standing, Verb
from tests.acting import act, candidate_at, refusals
from tests.factories import make_season
from tests.office.races.two_connections import run_concurrently
from tests.office.records.files import bring

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time"),
]
FIRST, CORRECTED = "511618202306000001", "511618202306000002"


@pytest.fixture
def season():
    return make_season(numbering=Numbering.IMPORTED.value)


@pytest.fixture
def file(season):
    """On the frozen roster, with the number that headquarters has sent."""
    ready = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    IncomingNumber.objects.create(batch=season.batch, student=ready.student, number=FIRST)
    return ready


def certify(season, file):
    done = act(season, Verb.CERTIFY, [file.pk])
    return done.done, refusals(done)


def numbers():
    """What stands on the certificates, and what was sent."""
    return [
        list(rows.objects.values_list("number", flat=True))
        for rows in (Certificate, IncomingNumber)
    ]


def test_a_number_that_is_corrected_beside_the_certificate_is_refused(season, file, tmp_path):
    row = {"学号": file.student.number, "电子注册号": CORRECTED}
    numbered = []
    told = run_concurrently(
        lambda: numbered.append(certify(season, file)),
        lambda: bring(tmp_path, SheetKind.NUMBERS, row, by=season.staff.hq).problems,
    )
    assert numbered == [(1, {})]
    assert told == [(f"第 2 行：该生证书已编号 {FIRST}；要换号请先作废重办",)]
    assert numbers() == [[FIRST], [FIRST]]


def test_a_certificate_beside_a_corrected_number_has_that_number(season, file):
    numbered = run_concurrently(
        lambda: IncomingNumber.objects.update(number=CORRECTED), lambda: certify(season, file)
    )
    assert numbered == [(1, {})]
    assert numbers() == [[CORRECTED], [CORRECTED]]


def test_who_leaves_the_school_beside_the_numbering_is_not_numbered(season, file):
    left = Student.objects.filter(pk=file.student_id)
    numbered = run_concurrently(
        lambda: left.update(standing=Standing.WITHDRAWN.value), lambda: certify(season, file)
    )
    assert numbered == [(0, {file.pk: ["ELIG-STATUS"]})]
    assert numbers() == [[], [FIRST]]


def test_a_plan_that_is_renamed_beside_the_numbering_is_judged_and_named_alike(season, file):
    """What is kept of the plan is one version of it: what judged the file says its names."""

    def rename():
        Candidate.objects.filter(pk=file.pk).update(explanation="")  # whoever writes it waits
        plan.update(major_name="健康服务与管理", version=F("version") + 1)

    plan = PlanRow.objects.filter(students=file.student_id)
    before = plan.get()
    assert run_concurrently(rename, lambda: certify(season, file)) == [(1, {})]
    (said,) = issued.graduations([file.pk]).values()
    by = Certificate.objects.values_list("edition__version", flat=True).get()
    assert (said.content.major_name, by) == ("健康服务与管理", before.version + 1)
