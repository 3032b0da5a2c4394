"""Another 毕业照片 and 准予毕业 at the same moment: what is approved is the picture that stands, whichever comes first (Z19)."""

import threading
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, connections, transaction

from graduand.models import Candidate, PhotoCheck, PhotoRow, PhotoUpload
from graduand.models.engine import engine_of
from graduand.office import effects
from graduand.office.people.second_person import consent_answers, consents
from graduand.office.photos.by_hand import swapping
from graduand.office.photos.judging import JudgedEntry
from graduand.office.photos.keeping import PhotoWriter
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.photos import places
from graduand.rulebook.photos.words import PhotoOutcome, PhotoSource
from graduand.rulebook.terms import PhotoKind, Stage, Verb
from tests import people
from tests.acting import act, refusals, walk
from tests.factories import enrol, make_season
from tests.office.races.test_lost_races import waiting
from tests.office.races.two_connections import run_concurrently

pytestmark = pytest.mark.django_db(transaction=True)
several_writers = pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
TABLE = Candidate._meta.db_table
STAYS = f"{places.STAYS}（两人中有一人已准予毕业）"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season()


@pytest.fixture
def files(season):
    """Two that the college has passed."""
    return walk(season, enrol(season, 2), Stage.ENDORSED)


def approve(season, files):
    """(how many were approved, the codes that stopped the others)."""
    done = act(season, Verb.APPROVE, files)
    return done.done, refusals(done)


@pytest.fixture
def swap(season, files):
    """Somebody has asked for the swap of both pictures; what the second person's consent comes to."""
    one, two = (Candidate.objects.get(pk=pk).student for pk in files)
    first = people.actor(season.staff.second)
    said = swapping.detail(first, one, two.number)
    row = consents.ask(first, ConsentKind.SWAP, said, "拍照时两人编号写反", key=uuid4().hex)

    def agree():
        try:
            return consent_answers.decide(people.actor(season.staff.hq), row.pk, agree=True).agreed
        except Refused as problem:
            return str(problem)

    return agree


@pytest.fixture
def upload(season, files):
    """A judged picture of the first student, which its centre sends to replace the present one; what becomes of it."""
    by, student = season.staff.clerks[0], Candidate.objects.get(pk=files[0]).student
    sent = PhotoUpload.objects.create(
        key=uuid4().hex,
        source=PhotoSource.SINGLE.value,
        kind=PhotoKind.GRADUATION.value,
        overwrite=True,
        name="a.jpg",
        sha256="a" * 64,
        size=7,
        total=1,
        by=by,
        at=clock.now(),
        started_at=clock.now(),
    )
    picture = {"original": "b" * 64, "served": "b" * 64, "pixels": "b" * 64, "size": 7}
    check = PhotoCheck.objects.create(
        upload=sent, place=0, name="a.jpg", student=student, verdict="pass", **picture
    )

    def keep():
        PhotoWriter(sent).keep([JudgedEntry(check, b"picture", b"picture")])
        kept = PhotoCheck.objects.get(pk=check.pk)
        return kept.outcome, [row[4] for row in kept.findings]

    return keep


def pictures(files):
    """The approved picture and the present one of each file."""
    return [
        (file.approved_photo, file.student.photos.get(current=True).sha256)
        for file in Candidate.objects.filter(pk__in=files).order_by("id")
    ]


def present(files):
    return [now for _, now in pictures(files)]


@pytest.mark.django_db
def test_what_was_swapped_before_is_what_is_approved(season, files, swap):
    before = present(files)
    assert (swap(), approve(season, files)) == (True, (2, {}))
    assert pictures(files) == [(before[1], before[1]), (before[0], before[0])]


@several_writers
def test_a_swap_beside_an_approval_is_refused(season, files, swap):
    before, approved = present(files), []
    answers = run_concurrently(lambda: approved.append(approve(season, files)), swap)
    assert (approved, answers) == ([(2, {})], [STAYS])
    assert pictures(files) == [(one, one) for one in before]


@several_writers
def test_an_approval_beside_a_swap_is_judged_again(season, files, swap):
    before, answers = present(files), []
    approved = run_concurrently(lambda: answers.append(swap()), lambda: approve(season, files))
    assert (answers, approved) == ([True], [(2, {})])
    assert pictures(files) == [(before[1], before[1]), (before[0], before[0])]


@several_writers
def test_an_upload_beside_an_approval_is_refused(season, files, upload):
    before, approved = present(files), []
    kept = run_concurrently(lambda: approved.append(approve(season, files)), upload)
    assert (approved, kept) == ([(2, {})], [(PhotoOutcome.REFUSED, [places.STAYS])])
    assert pictures(files) == [(one, one) for one in before]


@several_writers
def test_an_approval_beside_an_upload_is_judged_again(season, files, upload):
    """Nobody else is held up by the one whose picture is another one now."""
    before, kept = present(files), []

    def doubtful():
        kept.append(upload())
        PhotoRow.objects.filter(sha256="b" * 64).update(review="pending")

    approved = run_concurrently(doubtful, lambda: approve(season, files))
    assert (kept, approved) == ([(PhotoOutcome.UPDATED, [])], [(1, {files[0]: ["PHOTO-REVIEW"]})])
    assert pictures(files) == [("", "b" * 64), (before[1], before[1])]


@several_writers
def test_negative_control_who_holds_no_file_puts_another_picture_under_the_decision(
    season, files, swap, monkeypatch
):
    monkeypatch.setattr(swapping, "hold_files", lambda _: None)
    before = present(files)
    aside(lambda: approve(season, files), swap)
    assert pictures(files) == [(before[0], before[1]), (before[1], before[0])]


@several_writers
def test_negative_control_an_approval_that_compares_nothing_approves_the_old_picture(
    season, files, swap, monkeypatch
):
    monkeypatch.delitem(effects._EFFECTS, Verb.APPROVE)
    before = present(files)
    run_concurrently(swap, lambda: approve(season, files))
    assert pictures(files) == [(before[0], before[1]), (before[1], before[0])]


def aside(first, second):
    """`second` runs within the transaction of `first` and waits for nobody."""

    def other():
        try:
            second()
        finally:
            connections.close_all()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        first()
        thread.start()
        thread.join(60)


# -- two that wait for each other ------------------------------------------------------------------


def in_a_ring(upload, file):
    """The upload holds its own row and waits for the file, whose holder then wants the upload: the upload is thrown out."""
    held, outcome = threading.Event(), []

    def keep():
        try:
            held.wait(30)
            with connection.cursor() as cursor:
                cursor.execute("SET deadlock_timeout = '300ms'")
            outcome.append(upload())
        except OperationalError as error:
            outcome.append(error)
        finally:
            connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL deadlock_timeout = '60s'")
        cursor.execute(f"UPDATE {TABLE} SET explanation = explanation WHERE id = %s", [file])
        held.set()
        waiting(cursor)
        PhotoUpload.objects.update(name="b.jpg")
    keeper.join(60)
    return outcome[0]


@pytest.mark.postgres
def test_an_upload_that_is_thrown_out_of_a_deadlock_keeps_its_picture(files, upload):
    assert in_a_ring(upload, files[0]) == (PhotoOutcome.UPDATED, [])
    assert present(files)[0] == "b" * 64


@pytest.mark.postgres
def test_negative_control_without_it_the_upload_ends_there(files, upload, monkeypatch):
    monkeypatch.setattr(engine_of(), "was_thrown_out", lambda _: False)
    assert in_a_ring(upload, files[0]).__cause__.sqlstate == "40P01"
    assert present(files)[0] != "b" * 64
