"""A05: a student who has gone to another centre since a zip was sent gets no picture from the old one."""

import pytest

from graduand.models import PhotoRow, Student
from graduand.office.photos import upload_run, uploads
from graduand.office.records import file_centres
from graduand.queries.photos import gallery
from graduand.rulebook.photos import places
from graduand.rulebook.photos.words import PhotoOutcome
from graduand.rulebook.terms import PhotoKind
from tests import factories, people
from tests.material.portraits import face, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(tmp_path, settings):
    """A zip of one picture that its sender has not confirmed, and the season."""
    settings.MEDIA_ROOT = tmp_path / "media"
    season = factories.make_season(centres=2)
    factories.enrol(season, 1, centre=0, photo=False)
    number = Student.objects.get().number
    sending = uploads.UploadChoices(PhotoKind.GRADUATION, overwrite=True, key="k" * 32)
    zip_file = zipped(tmp_path / "p.zip", {f"{number}.jpg": face(1)})
    return season, uploads.receive(zip_file, sending, season.staff.clerks[0], "p.zip")


def finished(upload):
    uploads.begin(upload)
    while upload.finished_at is None:
        upload = upload_run.advance(upload.pk)
    return upload


def move(season) -> None:
    Student.objects.update(centre=season.centres[1])
    file_centres.follow(list(Student.objects.values_list("pk", flat=True)))


def test_A05_the_picture_of_a_student_who_moved_is_refused_by_name(sent):
    season, upload = sent
    move(season)
    check = finished(upload).checks.get()
    assert (check.outcome, PhotoRow.objects.exists()) == (PhotoOutcome.REFUSED, False)
    assert [row[4] for row in check.findings] == [places.GONE]


def test_A05_the_control_keeps_the_picture_of_a_student_who_stayed(sent):
    _, upload = sent
    assert finished(upload).checks.get().outcome == PhotoOutcome.CREATED
    assert PhotoRow.objects.filter(current=True).count() == 1


def test_A05_the_old_centre_sees_neither_the_student_nor_the_picture(sent):
    season, upload = sent
    finished(upload)
    check, clerk = upload.checks.get(), people.actor(season.staff.clerks[0])
    assert gallery.check(clerk, check.pk) == check
    move(season)
    assert gallery.check(clerk, check.pk) is None
    assert gallery.still_seen(clerk, [check]) == set()
    assert gallery.still_seen(people.actor(season.staff.clerks[1]), [check]) == {check.student_id}
