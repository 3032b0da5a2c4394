"""What arrives between the approval and the certificate is judged before a number is given."""

import pytest

from graduand.models import ChsiReport, Result, Student
from graduand.office.season import batches
from graduand.rulebook.terms import Level, Stage, Verb
from tests.acting import act, candidate_at
from tests.factories import make_season

pytestmark = pytest.mark.django_db


def marks(student: int) -> None:
    Result.objects.filter(student=student, course="A1").update(void=True, pass_key="")


def name(student: int) -> None:
    ChsiReport.objects.filter(student=student).update(mismatches="姓名")


def level(student: int) -> None:
    """By an import of the college's: the number and the wording would be those of 本科."""
    Student.objects.filter(pk=student).update(level=Level.TOP_UP.value)


@pytest.mark.parametrize(
    ("changed", "code"), [(marks, "CRED-TOTAL"), (name, "INFO-MATCH"), (level, "INFO-LEVEL")]
)
def test_what_changed_after_the_approval_stops_the_numbering(changed, code):
    season = make_season()
    file = candidate_at(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    changed(file.student_id)
    done = act(season, Verb.CERTIFY, [file.pk])
    assert (done.done, code in done.by_code) == (0, True), done.by_code
