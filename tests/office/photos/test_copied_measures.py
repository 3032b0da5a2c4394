"""What was seen in one picture of a demonstration is copied to others, and their rows say so."""

import pytest

from graduand.demo import albums
from graduand.gateways import hashed_files
from graduand.gateways.photos.portraits import measure, pixels_of
from graduand.models import Deployment, PhotoCheck, PhotoRow
from graduand.office.installation import deployment
from graduand.office.people import own_accounts
from graduand.office.photos.copied_measures import CopiedLooks
from graduand.office.photos.importing import import_photos
from graduand.office.refusal import Refused
from graduand.rulebook.photos.judge import judge
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.terms import Desk, PhotoKind
from tests.material.portraits import face, zipped
from tests.office.records.files import batch, world

pytestmark = pytest.mark.django_db

ONE, TWO = "2117151000001", "2117151000002"
SITTER = albums._sitter("somebody", woman=True)
SOURCE, COPY = SITTER.dressed(1), SITTER.dressed(2)


@pytest.fixture
def demonstration(tmp_path):
    """Two students of an invented season."""
    world(tmp_path, students=2)
    batch()
    deployment.mark_demo()
    return tmp_path


def looks(*copies: bytes) -> CopiedLooks:
    source = hashed_files.sha256_of(SOURCE)
    return CopiedLooks({hashed_files.sha256_of(copy): source for copy in copies})


def send(folder, entries, **more):
    path = zipped(
        folder / "photos.zip", {f"{number}.jpg": data for number, data in entries.items()}
    )
    return import_photos(path, PhotoKind.GRADUATION, by=own_accounts.program(Desk.HQ), **more)


def checks():
    return {row.student.number: row for row in PhotoCheck.objects.select_related("student")}


def test_a_copy_has_its_own_file_and_the_look_of_its_source(demonstration):
    send(demonstration, {ONE: SOURCE, TWO: COPY}, looks=looks(COPY))
    source, copy = (checks()[number] for number in (ONE, TWO))
    assert (source.verdict, copy.verdict, copy.marks, len(copy.marks) > 3) == (
        "pass",
        "pass",
        source.marks,
        True,
    )
    assert (copy.pixels, copy.size, copy.served) == (
        pixels_of(COPY),
        len(COPY),
        hashed_files.sha256_of(COPY),
    )
    said = f"；演示：人像数据抄自照片 {hashed_files.sha256_of(SOURCE)[:12]}"
    assert (source.judged_by.endswith(said), copy.judged_by) == (False, source.judged_by + said)
    assert PhotoRow.objects.filter(current=True).count() == 2


def test_a_copy_really_is_not_looked_at(demonstration):
    """The control: a wall that nobody would let pass passes when it is said to be the look of another."""
    white = face(1, fault="white")
    assert judge(measure(white, PhotoSpec()).measure, PhotoSpec()).findings
    send(demonstration, {ONE: SOURCE, TWO: white}, looks=looks(white))
    assert checks()[TWO].verdict == "pass"


def test_a_copy_that_does_not_decode_is_refused(demonstration):
    broken = COPY[:-2_000] + COPY[-2:]
    send(demonstration, {ONE: SOURCE, TWO: broken}, looks=looks(broken))
    assert checks()[TWO].verdict == "fail"


def test_without_its_source_in_the_same_zip_a_picture_is_measured(demonstration):
    send(demonstration, {TWO: COPY}, looks=looks(COPY))
    assert ("演示" in checks()[TWO].judged_by, checks()[TWO].verdict) == (False, "pass")


def test_the_bytes_of_a_copy_that_come_again_are_measured(demonstration):
    send(demonstration, {ONE: SOURCE, TWO: COPY}, looks=looks(COPY))
    send(demonstration, {TWO: COPY}, trial=True)
    assert "演示" not in PhotoCheck.objects.latest("id").judged_by


def test_real_pictures_are_measured_each(demonstration):
    Deployment.objects.filter(key=deployment.DEMO_KEY).delete()
    with pytest.raises(Refused, match="只有演示数据"):
        looks(COPY)
