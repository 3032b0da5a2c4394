"""Numbered files that the 学历注册 export takes, and how a test reads what it wrote."""

from datetime import date

import openpyxl
import pytest

from graduand.models import Candidate, Certificate, ChsiReport, PlanRow
from graduand.office.registry import chsi_export
from graduand.rulebook.terms import ChsiVerdict, Stage
from tests import acting, factories, people

ID_NO = "11010519900307002X"


@pytest.fixture
def season(season):
    """Majors have codes of the catalogue; `enrol` gives the id."""
    PlanRow.objects.update(major_code="520801", years="2.5")
    return season


def certified(season, count=1, **changes):
    """Files that are numbered, on one roster."""
    return acting.walk(
        season, factories.enrol(season, count, **{"id_no": ID_NO, **changes}), Stage.CERTIFIED
    )


def export(season, out, **options):
    return chsi_export.export(season.batch, out, people.actor(season.staff.hq), **options)


def of(pk):
    """(学号, 姓名, 电子注册号) of a candidate."""
    file = Candidate.objects.select_related("student").get(pk=pk)
    return (
        file.student.number,
        file.student.name,
        Certificate.objects.get(candidate=pk, voided_at=None).number,
    )


def doubt(pk, verdict=ChsiVerdict.FAILED):
    student = Candidate.objects.get(pk=pk).student
    ChsiReport.objects.create(student=student, day=date(2023, 7, 11), verdict=verdict.value)


def sheet(path):
    return [
        [cell or "" for cell in row]
        for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    ]
