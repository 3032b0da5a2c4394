"""A08: whoever works here and studies here brings no evidence for the own file, by sheet or by picture."""

from uuid import uuid4

import pytest

from graduand.models import ChsiReport, Grant, PhotoRow, Student, Unit, User
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers, consents
from graduand.office.photos.by_hand import reviews, singles, swapping
from graduand.office.photos.importing import import_photos
from graduand.office.records.rows import NOT_EVIDENCE, OWN_DATA
from graduand.office.refusal import Refused
from graduand.queries.people.own_files import own_students
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.people.rights import importers
from graduand.rulebook.photos.places import OWN_PHOTO
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import Desk, PhotoKind, Role, SheetKind
from tests import jobs, people
from tests.machine import needs
from tests.material.portraits import face, zipped
from tests.office.records.files import bring, student, world

pytestmark = pytest.mark.django_db
OWN, OTHER = "2117151000001", "2117151000002"
EVIDENCE = [
    kind
    for kind in SheetKind
    if kind not in NOT_EVIDENCE
    and any(column.name == "student_no" for column in SPECS[kind].columns)
]
UNIT_OF = {
    Role.HQ_ADMIN: "Z",
    Role.HQ_REVIEWER: "Z",
    Role.COLLEGE_REVIEWER: "X01",
    Role.CENTRE_CLERK: "C01",
    Role.CLASS_TEACHER: "C01",
}


def of(number: str) -> Student:
    return Student.objects.get(number=number)


def staff(role: Role, name: str, own: str | None = None) -> User:
    user = User.objects.create_user(name, name, student=of(own) if own else None)
    Grant.objects.create(user=user, role=role.value, unit=Unit.objects.get(code=UNIT_OF[role]))
    return user


def rows_of(kind: SheetKind) -> tuple[dict[str, str], ...]:
    """A row of the own, and one of somebody else."""
    if kind is SheetKind.STUDENTS:
        return student(1), student(2)
    return {"学号": OWN}, {
        "学号": OTHER,
        **({"电子注册号": "511618202306000002"} if kind is SheetKind.NUMBERS else {}),
    }


def problems(kind: SheetKind, folder, by: User) -> list[str]:
    return [
        said
        for said in bring(folder, kind, *rows_of(kind), by=by, trial=True).problems
        if OWN_DATA in said
    ]


@pytest.mark.parametrize("kind", EVIDENCE, ids=[kind.value for kind in EVIDENCE])
def test_A08_the_own_row_of_a_sheet_is_for_a_colleague(tmp_path, kind):
    world(tmp_path, students=2)
    for place, role in enumerate(importers(kind)):
        if role not in UNIT_OF:
            continue
        assert problems(kind, tmp_path, staff(role, f"own{place}", OWN)) == [f"第 2 行：{OWN_DATA}"]
        User.objects.filter(username=f"own{place}").update(student=None)
        assert problems(kind, tmp_path, staff(role, f"other{place}")) == []  # the control


def test_A08_a_row_of_the_own_is_not_written_and_the_others_are(tmp_path):
    world(tmp_path, students=2)
    me = staff(Role.HQ_REVIEWER, "own", OWN)
    tally = bring(tmp_path, SheetKind.CHSI, {"学号": OWN}, {"学号": OTHER}, by=me, partial=True)
    assert (tally.created, tally.refused) == (1, 1)
    assert list(ChsiReport.objects.values_list("student__number", flat=True)) == [OTHER]


def test_A08_the_own_student_is_the_same_person_under_another_number(tmp_path):
    world(tmp_path, students=2)
    Student.objects.filter(number=OTHER).update(id_hash=of(OWN).id_hash, level="bachelor")
    assert own_students(of(OWN).pk) == {of(OWN).pk: OWN, of(OTHER).pk: OTHER}
    me = staff(Role.HQ_REVIEWER, "own", OWN)
    tally = bring(tmp_path, SheetKind.CHSI, {"学号": OTHER}, by=me)
    assert (tally.problems, ChsiReport.objects.count()) == ((f"第 2 行：{OWN_DATA}",), 0)


def test_two_students_without_a_known_identity_are_not_one_person(tmp_path):
    world(tmp_path, students=2)
    Student.objects.update(id_hash="")
    assert own_students(of(OWN).pk) == {of(OWN).pk: OWN}
    assert own_students(None) == {}


def test_the_own_word_on_the_own_data_is_no_evidence(tmp_path):
    world(tmp_path)
    assert (
        bring(tmp_path, SheetKind.CONFIRMATIONS, by=staff(Role.CENTRE_CLERK, "own", OWN)).problems
        == ()
    )


# -- pictures --------------------------------------------------------------------------------------------------


@pytest.fixture
def photographed(tmp_path):
    """Two students with photos, brought by the program."""
    needs.library("cv2")
    world(tmp_path, students=2)
    send(tmp_path, {OWN: face(1), OTHER: face(2)}, own_accounts.program(Desk.CENTRE))


def send(folder, entries, by, overwrite=False):
    path = zipped(
        folder / "photos.zip", {f"{number}.jpg": data for number, data in entries.items()}
    )
    tally = import_photos(path, PhotoKind.GRADUATION, by=by, overwrite=overwrite)
    while jobs.work_once("worker"):
        pass
    return tally


def held(number: str) -> PhotoRow:
    return PhotoRow.objects.get(student__number=number, current=True)


def test_A08_the_own_photo_is_brought_by_a_colleague(photographed, tmp_path):
    me, before = staff(Role.CENTRE_CLERK, "own", OWN), held(OWN).pk
    tally = send(tmp_path, {OWN: face(3), OTHER: face(4)}, me, overwrite=True)
    assert (tally.updated, tally.refused, tally.problems) == (1, 1, (f"{OWN}.jpg：{OWN_PHOTO}",))
    with pytest.raises(Refused, match=OWN_PHOTO):
        singles.judge_single(face(3), "a.jpg", of(OWN), PhotoKind.GRADUATION, me, uuid4().hex)
    assert held(OWN).pk == before


def test_A08_the_own_photo_is_decided_on_by_a_colleague(photographed):
    me, colleague = staff(Role.COLLEGE_REVIEWER, "own", OWN), staff(Role.COLLEGE_REVIEWER, "other")
    PhotoRow.objects.filter(pk=held(OWN).pk).update(review="pending")
    with pytest.raises(Refused, match="这是您本人的照片"):
        reviews.decide(
            held(OWN).pk, people.actor(me), reviews.PictureDecision(True, key=uuid4().hex)
        )
    assert held(OWN).review == "pending"
    reviews.decide(
        held(OWN).pk, people.actor(colleague), reviews.PictureDecision(True, key=uuid4().hex)
    )
    assert held(OWN).review == "accepted"


def test_A08_the_own_photo_is_swapped_by_two_others(photographed):
    me = people.actor(staff(Role.HQ_ADMIN, "own", OWN))
    first, second = (people.actor(staff(Role.HQ_REVIEWER, name)) for name in ("first", "second"))
    for one, number in ((of(OWN), OTHER), (of(OTHER), OWN)):
        with pytest.raises(Refused, match=swapping.OWN):
            swapping.detail(me, one, number)
    before = (held(OWN).sha256, held(OTHER).sha256)
    row = consents.ask(
        first, ConsentKind.SWAP, swapping.detail(first, of(OWN), OTHER), "放反了", key=uuid4().hex
    )
    with pytest.raises(Refused, match=swapping.OWN):
        consent_answers.decide(me, row.pk, agree=True)
    assert (held(OWN).sha256, held(OTHER).sha256) == before
    consent_answers.decide(second, row.pk, agree=True)
    assert (held(OTHER).sha256, held(OWN).sha256) == before
