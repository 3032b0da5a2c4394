"""Pictures that their bytes already refuse: judged on the spot, written by the hundred, handed back with their reasons."""

import pytest

from graduand.gateways.photos import photo_workers
from graduand.gateways.photos.photo_workers import PhotoTask, measure_all
from graduand.models import PhotoCheck, PhotoRow, PhotoUpload, Student
from graduand.office.people import own_accounts
from graduand.office.photos import upload_run, uploads
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.terms import Desk, PhotoKind
from tests import factories
from tests.machine import needs
from tests.material.portraits import face, face_as, zipped

pytestmark = pytest.mark.django_db
MANY = 45


@pytest.fixture
def numbers():
    needs.library("cv2")
    factories.enrol(factories.make_season(), MANY, photo=False)
    return list(Student.objects.order_by("number").values_list("number", flat=True))


def begun(folder, entries):
    path = zipped(folder / "photos.zip", entries)
    made = uploads.receive(
        path, uploads.UploadChoices(PhotoKind.GRADUATION), own_accounts.program(Desk.CENTRE)
    )
    return uploads.begin(made, job=False)


def narrow(place):
    """A picture one row too short; each is another file."""
    return face_as(0, size=(480, 639)) + bytes([place])


def test_ten_refusals_weigh_as_much_as_one_picture_that_is_kept(numbers, tmp_path):
    upload = begun(
        tmp_path, {f"{number}.jpg": narrow(place) for place, number in enumerate(numbers)}
    )
    cursors = []
    while upload.finished_at is None:
        upload = upload_run.advance(upload.pk, 2)
        cursors.append(upload.cursor)
    assert cursors == [20, 40, MANY]


def test_pictures_that_are_kept_go_one_by_one(numbers, tmp_path):
    """The control: what costs a file is counted as before."""
    upload = begun(
        tmp_path, {f"{number}.jpg": face(place) for place, number in enumerate(numbers[:3])}
    )
    assert [upload_run.advance(upload.pk, 1).cursor for _ in range(3)] == [1, 2, 3]


def test_good_and_refused_ones_come_back_in_their_order(numbers, tmp_path):
    """Some are measured by processes, some refused here: each answer stands at its own picture."""
    pictures = [face(place) if place % 3 == 0 else narrow(place) for place in range(MANY)]
    upload = begun(
        tmp_path, {f"{number}.jpg": data for number, data in zip(numbers, pictures, strict=True)}
    )
    while upload.finished_at is None:
        upload = upload_run.advance(upload.pk, 4)
    rows = upload.checks.order_by("place").values_list(
        "outcome", "width", "height", "student__number"
    )
    assert list(rows) == [
        ("created", 480, 640, number) if place % 3 == 0 else ("refused", 480, 639, number)
        for place, number in enumerate(numbers)
    ]
    assert PhotoRow.objects.count() == MANY // 3
    assert all(
        row.findings[0][0] == "WRONG_SIZE" and row.readings
        for row in upload.checks.filter(outcome="refused")
    )


def test_no_process_is_started_for_what_headers_refuse(numbers, tmp_path, monkeypatch):
    monkeypatch.setattr(photo_workers, "ProcessPoolExecutor", None)  # starting one would fail
    upload = begun(
        tmp_path, {f"{number}.jpg": narrow(place) for place, number in enumerate(numbers)}
    )
    assert upload_run.advance(upload.pk).finished_at is not None
    assert PhotoCheck.objects.filter(outcome="refused").count() == MANY
    with pytest.raises(TypeError):  # the control: good pictures want one
        list(
            measure_all(
                [PhotoTask(place, face(place % 5)) for place in range(20)],
                PhotoSpec(),
                workers=2,
                embed=False,
            )
        )


def test_a_heavy_policy_makes_no_picture_pass_undecoded(numbers, tmp_path, monkeypatch):
    """What the header leaves over is decoded, however many bytes a policy allows."""
    monkeypatch.setattr(
        upload_run,
        "spec_in_force",
        lambda: PhotoSpec(max_bytes=4 << 20, warn_bytes=0, examine="file"),
    )
    heavy = face(1) + bytes(3 << 20)
    upload = begun(
        tmp_path,
        {
            f"{numbers[0]}.jpg": heavy,
            f"{numbers[1]}.jpg": heavy[:5_000] + bytes(3 << 20) + b"\xff\xd9",
        },
    )
    assert upload_run.advance(upload.pk).finished_at is not None
    rows = PhotoUpload.objects.get().checks.order_by("place")
    assert [(row.outcome, bool(row.pixels)) for row in rows] == [
        ("created", True),
        ("refused", False),
    ]
