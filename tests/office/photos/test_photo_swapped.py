"""P13: the photos of two students are swapped. What the program says with comparison off and on, and how it is put right."""

import os
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from graduand.models import Consent, FaceVector, Grant, PhotoRow, PhotoUpload, Student, Unit, User
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers, consents
from graduand.office.photos import comparison
from graduand.office.photos.by_hand import restoring, reviews, swapping
from graduand.office.photos.by_hand.swapping import MOVED
from graduand.office.photos.importing import import_photos
from graduand.office.photos.keeping import HELD
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.scope import actor_of
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import Desk, PhotoKind, SheetKind, Stage
from tests import acting, factories, jobs, people
from tests.machine import needs
from tests.material.portraits import face, face_as, zipped
from tests.office.records.files import batch, bring, student, world

pytestmark = pytest.mark.django_db
PHOTOS = Path(
    os.environ.get("GRADUAND_PHOTOS") or Path(__file__).resolve().parents[4] / "shared" / "photos"
)
PRESENT = (PHOTOS / "ok").is_dir()
BASIS = "《个人信息保护法》第十三条第三项，学历注册法定职责；影响评估 2023-01"
ONE, TWO = "2117151000001", "2117151000002"
MINE, OTHER = 1, 15  # of the drawn portraits those that look least alike: 0.77
# Drawn faces are all alike to a model of real ones: a policy tells them apart by other bands.
BANDS = {"look_person": 0.85, "same_person": 0.95, "look_duplicate": 0.89}
MISMATCH = ("FACE_MISMATCH", "review", "≥0.95", "与录取照片疑似不是同一人，请对照两张照片人工核对")
DIFFERS = (
    "CHSI_PHOTO_DIFFERS",
    "review",
    "同一张照片",
    "与所存的学信网学历照片不是同一个文件，是否同一张照片请人工核对（以学信网照片为准）",
)


@pytest.fixture
def office(tmp_path):
    """Two students with their admission photos; an administrator who sends, and a reviewer."""
    needs.library("cv2")
    world(tmp_path, students=2)
    batch(photo=BANDS)
    users = {}
    for name, role in (("admin", "hq_admin"), ("hq", "hq_reviewer")):
        users[name] = User.objects.create_user(name, name)
        Grant.objects.create(user=users[name], role=role, unit=Unit.objects.get(code="Z"))
    send(tmp_path, users, {ONE: face_as(MINE), TWO: face_as(OTHER)}, PhotoKind.ADMISSION)
    return users


def send(folder, users, entries, kind=PhotoKind.GRADUATION):
    path = zipped(
        folder / "photos.zip", {f"{number}.jpg": data for number, data in entries.items()}
    )
    tally = import_photos(path, kind, by=own_accounts.program(Desk.CENTRE), overwrite=True)
    while jobs.work_once("worker"):
        pass
    return tally


def compared(users):
    comparison.order(True, BASIS, actor_of(users["admin"], clock.today()), uuid4().hex)


def photo(number):
    return PhotoRow.objects.get(student__number=number, kind="graduation", current=True)


def standing(number):
    """What a person sees at the desk: (code, verdict, limit, sentence)."""
    return [
        (one.code.value, one.verdict.value, one.limit, one.text)
        for one in reviews.standing(photo(number))
    ]


def states():
    return {number: (photo(number).review, photo(number).problems) for number in (ONE, TWO)}


def refuse(number, users):
    said = reviews.PictureDecision(False, PhotoReason.PERSON, "", uuid4().hex)
    return reviews.decide(photo(number).pk, actor_of(users["hq"], clock.today()), said)


def test_P13_without_comparison_two_swapped_photos_are_good_photos(office, tmp_path):
    """Nothing in either picture is wrong, and no face is compared: only a person who knows them can tell."""
    tally = send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    assert (tally.created, tally.refused, tally.warnings) == (2, 0, ())
    assert (standing(ONE), standing(TWO), FaceVector.objects.count()) == ([], [], 0)
    assert states() == {ONE: ("", ""), TWO: ("", "")}


def test_P13_without_comparison_the_registrys_copy_sends_both_to_a_person(office, tmp_path):
    send(tmp_path, office, {ONE: face(MINE), TWO: face(OTHER)}, PhotoKind.CREDENTIAL)
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    assert (standing(ONE), standing(TWO)) == ([DIFFERS], [DIFFERS])
    assert states() == {ONE: ("pending", ""), TWO: ("pending", "")}


def test_P13_with_comparison_both_wait_for_a_person_who_sees_why(office, tmp_path):
    compared(office)
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    assert (standing(ONE), standing(TWO)) == ([MISMATCH], [MISMATCH])
    assert states() == {
        ONE: ("pending", ""),
        TWO: ("pending", ""),
    }  # held for a person, refused to nobody
    refuse(ONE, office)
    assert states() == {ONE: ("refused", "人工审核：不是本人"), TWO: ("pending", "")}


def test_P13_with_comparison_photos_in_their_places_wait_for_nobody(office, tmp_path):
    """The control."""
    compared(office)
    send(tmp_path, office, {ONE: face(MINE), TWO: face(OTHER)})
    assert (standing(ONE), standing(TWO)) == ([], [])
    assert states() == {ONE: ("", ""), TWO: ("", "")}


def test_a_restored_picture_keeps_what_a_person_said_of_it_when_faces_are_compared(
    office, tmp_path
):
    """Another 录取照片 has come meanwhile, beside which nothing is found: no person has decided that."""
    compared(office)
    send(tmp_path, office, {ONE: face(OTHER)})
    former = photo(ONE)
    said = reviews.PictureDecision(True, None, "", uuid4().hex)
    reviews.decide(former.pk, actor_of(office["hq"], clock.today()), said)
    send(tmp_path, office, {ONE: face(MINE)})
    other = send(tmp_path, office, {ONE: face_as(OTHER, size=(481, 641))}, PhotoKind.ADMISSION)
    assert other.updated == 1
    by = own_accounts.program(Desk.CENTRE)
    restoring.restore(former.student, former.pk, photo(ONE).pk, by)
    while jobs.work_once("worker"):
        pass
    assert (photo(ONE).sha256, photo(ONE).review) == (former.sha256, "accepted")


@pytest.mark.parametrize("on", [False, True], ids=["off", "on"])
def test_P13_one_zip_puts_two_swapped_photos_right(office, tmp_path, on):
    if on:
        compared(office)
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    wrong = {number: photo(number).sha256 for number in (ONE, TWO)}
    tally = send(tmp_path, office, {ONE: face(MINE), TWO: face(OTHER)})
    assert (tally.updated, tally.refused) == (2, 0)
    assert {number: photo(number).sha256 for number in (ONE, TWO)} == {
        ONE: wrong[TWO],
        TWO: wrong[ONE],
    }
    assert (standing(ONE), standing(TWO), states()) == ([], [], {ONE: ("", ""), TWO: ("", "")})
    assert PhotoRow.objects.filter(kind="graduation").count() == 4  # what was there before is kept


def test_P13_one_of_them_alone_is_told_how(office, tmp_path):
    """Taken alone, the other student's photo would stand twice."""
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    tally = send(tmp_path, office, {ONE: face(MINE)})
    assert (tally.updated, tally.problems) == (0, (f"{ONE}.jpg：{HELD}",))


def test_P13_whoever_keeps_the_old_photo_keeps_the_other_from_it(office, tmp_path):
    """The second picture of the zip is refused by its bytes: the first one would stand twice, and is refused as well."""
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    before = {number: photo(number).sha256 for number in (ONE, TWO)}
    tally = send(tmp_path, office, {ONE: face(MINE), TWO: face_as(OTHER, size=(480, 639))})
    assert (tally.updated, tally.refused) == (0, 2)
    assert {number: photo(number).sha256 for number in (ONE, TWO)} == before
    first = PhotoUpload.objects.latest("id").checks.get(place=0)
    assert [row[0] for row in first.findings] == ["DUPLICATE_IMAGE"]


@pytest.mark.slow
@pytest.mark.skipif(not PRESENT, reason=f"no set of pictures at {PHOTOS}")
def test_P13_two_real_faces_swapped(office, tmp_path):
    """The usual bands, real people."""
    numbers = sorted(
        path.stem
        for path in (PHOTOS / "ok").glob("*.jpg")
        if (PHOTOS / "admission" / path.name).exists()
    )[:2]
    bring(
        tmp_path,
        SheetKind.STUDENTS,
        *({**student(100 + n), "学号": number} for n, number in enumerate(numbers)),
    )
    compared(office)
    pictures = {n: (PHOTOS / "ok" / f"{n}.jpg").read_bytes() for n in numbers}
    send(
        tmp_path,
        office,
        {n: (PHOTOS / "admission" / f"{n}.jpg").read_bytes() for n in numbers},
        PhotoKind.ADMISSION,
    )
    send(tmp_path, office, dict(zip(numbers, reversed(pictures.values()), strict=True)))
    assert [[row[0] for row in standing(n)] for n in numbers] == [
        ["FACE_MISMATCH"],
        ["FACE_MISMATCH"],
    ]


# -- the swap that two people confirm ------------------------------------------------------------------------------


def asked(users, number=TWO, reason="拍照时两人编号写反"):
    """The administrator asks on the first student's page."""
    actor = actor_of(users["admin"], clock.today())
    said = swapping.detail(actor, Student.objects.get(number=ONE), number)
    return consents.ask(actor, ConsentKind.SWAP, said, reason, key=uuid4().hex)


def agreed(users, row, name="hq"):
    return consent_answers.decide(actor_of(users[name], clock.today()), row.pk, agree=True)


def test_P13_a_second_person_agrees_and_the_two_photos_change_places(office, tmp_path):
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    wrong = {number: photo(number) for number in (ONE, TWO)}
    PhotoRow.objects.filter(pk=wrong[ONE].pk).update(since=date(2023, 6, 1))
    row = asked(office)
    assert {number: photo(number).pk for number in (ONE, TWO)} == {
        number: was.pk for number, was in wrong.items()
    }
    agreed(office, row)
    now = {number: photo(number) for number in (ONE, TWO)}
    assert [now[ONE].sha256, now[TWO].sha256] == [wrong[TWO].sha256, wrong[ONE].sha256]
    assert [now[ONE].since, now[TWO].since] == [
        date(2023, 6, 1),
        wrong[TWO].since,
    ]  # in time is the student, not the picture
    assert PhotoRow.objects.filter(kind="graduation", current=False).count() == 2
    agreed(office, row)  # the same answer, sent again
    assert [photo(ONE).pk, photo(TWO).pk] == [now[ONE].pk, now[TWO].pk]


@pytest.mark.parametrize("first", [ONE, TWO])
def test_P13_while_one_swap_of_two_photos_waits_nobody_asks_another(office, tmp_path, first):
    """From whichever of the two pages; once a photo is another one, the question is in nobody's way."""
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    row = asked(office)
    said = swapping.detail(
        actor_of(office["hq"], clock.today()),
        Student.objects.get(number=first),
        {ONE: TWO, TWO: ONE}[first],
    )
    with pytest.raises(Refused) as problem:
        consents.ask(
            actor_of(office["hq"], clock.today()), ConsentKind.SWAP, said, "写反", key="k2"
        )
    names = "、".join(row.detail["students"])
    assert str(problem.value).startswith(f"{names}：admin 已于 ")
    assert "提出互换照片，等待另一位总部人员" in str(problem.value)
    with pytest.raises(Refused, match="要改原因或依据，请先撤回那一项"):
        consents.ask(
            actor_of(office["admin"], clock.today()),
            ConsentKind.SWAP,
            said | {"on": "2023-07-13"},
            "写反",
            key="k3",
        )
    assert Consent.objects.get() == row
    send(tmp_path, office, {ONE: face(7)})
    assert asked(office) != row


def test_P13_nobody_agrees_to_the_own_question(office, tmp_path):
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    row = asked(office)
    with pytest.raises(Refused):
        agreed(office, row, "admin")
    assert PhotoRow.objects.filter(kind="graduation").count() == 2


def test_P13_what_changed_after_the_question_is_not_swapped(office, tmp_path):
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    row = asked(office)
    send(tmp_path, office, {ONE: face(7)})
    with pytest.raises(Refused, match=MOVED):
        agreed(office, row)
    row.refresh_from_db()
    assert (row.agreed, PhotoRow.objects.filter(kind="graduation").count()) == (None, 3)


def test_P13_refused_by_a_person_is_looked_at_again_after_the_swap(office, tmp_path):
    compared(office)
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    refuse(ONE, office)
    agreed(office, asked(office))
    assert states() == {ONE: ("pending", ""), TWO: ("pending", "")}
    while jobs.work_once("worker"):
        pass
    assert (standing(ONE), standing(TWO)) == (
        [],
        [],
    )  # compared anew: each is the person of the admission photo


def test_P13_with_the_registrys_copy_the_swap_shows_that_it_is_right(office, tmp_path):
    send(tmp_path, office, {ONE: face(MINE), TWO: face(OTHER)}, PhotoKind.CREDENTIAL)
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    agreed(office, asked(office))
    assert (photo(ONE).same, photo(TWO).same) == (True, True)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (ONE, "请填写另一位学生的学号"),
        ("2117151009999", "没有找到这个学号的学生，或不属于您的单位；请核对学号"),
    ],
    ids=["oneself", "unknown"],
)
def test_P13_what_cannot_be_swapped_is_said_when_it_is_asked(office, tmp_path, number, sentence):
    send(tmp_path, office, {ONE: face(OTHER), TWO: face(MINE)})
    with pytest.raises(Refused) as problem:
        asked(office, number)
    assert str(problem.value) == sentence


def test_P13_without_a_photo_there_is_nothing_to_swap(office, tmp_path):
    send(tmp_path, office, {ONE: face(OTHER)})
    with pytest.raises(Refused, match=f"（{TWO}）没有毕业照片，不能互换"):
        asked(office)


def test_P13_a_decided_photo_stays():
    """Asked for, and agreed to after the decision: the picture belongs to the decision (Z19)."""
    season = factories.make_season()
    ids = factories.enrol(season, 2)
    one, two = Student.objects.filter(candidates__in=ids).order_by("number")
    first, second = people.actor(season.staff.hq), people.actor(season.staff.second)
    row = consents.ask(
        first, ConsentKind.SWAP, swapping.detail(first, one, two.number), "写反", key=uuid4().hex
    )
    acting.walk(season, ids[1:], Stage.APPROVED)
    with pytest.raises(Refused, match="两人中有一人已准予毕业"):
        consent_answers.decide(second, row.pk, agree=True)
    with pytest.raises(Refused, match="两人中有一人已准予毕业"):
        swapping.detail(first, one, two.number)
    assert PhotoRow.objects.count() == 2
