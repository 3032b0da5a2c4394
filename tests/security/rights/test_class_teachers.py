"""A class teacher with classes sees their students alone: in every list, page, picture, export and act (A05)."""

import io
import re

import openpyxl
import pytest

import graduand.urls  # noqa: F401  # declares every list
from graduand.models import Act, Candidate, Certificate, Grant, Lot, ParcelItem, PhotoRow, Student
from graduand.office import acts
from graduand.office.acts import ActRequest
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.pages.frame.registry import LISTS
from graduand.queries.dispatch.parcels import in_parcel, parcel_items, parcels
from graduand.queries.filing.lots import lines, lots
from graduand.queries.scope import visible
from graduand.rulebook.terms import Stage, Verb
from tests.pages.lists.picking import opened
from tests.security.objects import populate

MINE, OTHERS = "学生21号", "学生22号"


@pytest.fixture
def taught(world, settings):
    """Two students of one centre, one of them in the teacher's class; both certificates wait at the centre."""
    settings.MOST_SITTINGS = 100
    populate(world)
    world.mine = world.student(21, class_code="B1", class_name="一班")
    world.others = world.student(22, class_code="B2", class_name="二班")
    world.judge()
    both = (world.mine, world.others)
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, *both, same_checked=True)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, *both)
    world.do("college", Verb.SHIP, *both, carrier="邮政", tracking="YZ21")
    world.do("a", Verb.RECEIVE, *both)
    Certificate.objects.update(queryable=True)
    bind(world, "B1")
    return world


def bind(world, classes: str) -> None:
    Grant.objects.filter(user=world.users["teacher"]).update(classes=classes)


def named(answer) -> tuple[bool, bool]:
    """Whether one's own student and the other class's are there."""
    body = answer.content.decode()
    return MINE in body, OTHERS in body


SHOWN = ("students", "candidates", "archives", "certificates", "handovers")


@pytest.mark.parametrize("key", SHOWN)
def test_lists_show_the_own_classes(taught, at, key):
    url = f"{LISTS[key].path}?batch=202307" if LISTS[key].batch else LISTS[key].path
    assert named(at("teacher").get(url)) == (True, False)
    bind(taught, "")  # the control: expressly all of the centre
    assert named(at("teacher").get(url)) == (True, True)


def test_no_list_of_hers_names_a_student_of_another_class(taught, at):
    client = at("teacher")
    pages = {key: client.get(spec.path) for key, spec in LISTS.items()}
    assert [key for key, page in pages.items() if page.status_code == 200 and named(page)[1]] == []
    assert "查询到 <b>1</b>" in pages["handovers"].content.decode()
    assert OTHERS not in client.get("/").content.decode()


def test_pages_and_pictures_by_their_address_are_not_there(taught, at):
    client = at("teacher")
    found = {
        student.name: [
            client.get(url).status_code
            for url in (
                f"/candidates/{taught.file(student).pk}",
                f"/photos/students/{student.pk}",
                f"/photos/files/{PhotoRow.objects.get(student=student).pk}.jpg",
            )
        ]
        for student in (taught.mine, taught.others)
    }
    assert (found[MINE][0], found[OTHERS]) == (200, [404] * 3)


def test_lots_and_parcels_count_the_students_that_their_pages_show(taught):
    """For the class teacher fewer than for the centre, which is the control."""
    told, shown = [], []
    for name in ("teacher", "a"):
        actor = taught.actor(name)
        reported = {line.id: line.size for line in lines(actor, lots(actor), 0, 50)}
        packed = parcels(actor).annotate(size=in_parcel(actor))
        told.append((reported, dict(packed.values_list("id", "size"))))
        files = visible(actor, Candidate.objects.all())
        lying = {pk: parcel_items(actor, pk).count() for pk in told[-1][1]}
        shown.append(({pk: files.filter(lot=pk).count() for pk in reported}, lying))
    assert told == shown
    fewer = [sum(mine.values()) < sum(all_.values()) for mine, all_ in zip(*told, strict=True)]
    assert fewer == [True, True]


def test_a_parcel_names_the_own_students_and_a_lot_stands_once(taught):
    teacher = taught.actor("teacher")
    parcel = ParcelItem.objects.filter(candidate=taught.file(taught.others)).get().parcel_id
    inside = [item.candidate.student.name for item in parcel_items(teacher, parcel)]
    assert inside == [MINE]
    assert (
        lots(teacher).count()
        == lots(teacher).distinct().count()
        == Lot.objects.filter(candidate__student=taught.mine).count()
    )


def test_exports_hold_the_own_classes(taught, at):
    answer = at("teacher").post("/lists/handovers/export", {"batch": "202307"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = {str(cell) for row in book.active.iter_rows(values_only=True) for cell in row}
    assert (MINE in cells, OTHERS in cells) == (True, False)


def test_a_bulk_act_reaches_the_own_classes_alone(taught, at):
    """By the page, where all that matches is picked, and by whoever sends the ids of others."""
    page = opened(at("teacher"), "verb=collect&all=1&stage=received").content.decode()
    assert re.search(r"已选\D*(\d+)", re.sub(r"<[^>]+>", "", page))[1] == "1"
    request = ActRequest(Verb.COLLECT, answers={"handover": "in_person", "confirmed": True})
    ids = [taught.file(student).pk for student in (taught.mine, taught.others)]
    with pytest.raises(Refused):
        acts.do(taught.batch, ids, taught.actor("teacher"), request)
    acts.do(taught.batch, ids[:1], taught.actor("teacher"), request)
    stages = [Stage(taught.file(student).stage) for student in (taught.mine, taught.others)]
    assert (stages, Act.objects.filter(verb="collect").count()) == (
        [Stage.COLLECTED, Stage.RECEIVED],
        1,
    )


def test_who_changes_class_between_confirming_and_doing_is_refused_by_name(taught):
    file = taught.file(taught.mine)
    request = ActRequest(Verb.COLLECT, answers={"handover": "in_person", "confirmed": True})
    act = acts.confirm(taught.batch, [file.pk], taught.actor("teacher"), request)
    Student.objects.filter(pk=taught.mine.pk).update(class_code="B2")
    acts.resume(taught.batch)
    act.refresh_from_db()
    assert (act.done, act.refused, act.by_code) == (0, 1, {"RIGHTS": 1})
    assert Candidate.objects.get(pk=file.pk).stage == Stage.RECEIVED


@pytest.mark.parametrize("typed", ["B1、", "、B1", "B1,,", "B1；"])
def test_a_separator_too_many_is_not_every_class(taught, at, typed):
    """A05: an empty code among others stood for every class of the centre."""
    unit = taught.centres[0].code
    form = {
        "username": "teacher9",
        "name": "班老师",
        "role": "class_teacher",
        "unit": unit,
        "classes": typed,
        "key": "k" * 32,
    }
    taught.student(23, class_code="")
    assert at("a").post("/people/create", form).status_code == 302
    assert Grant.objects.get(user__username="teacher9").classes == "B1"


def test_an_empty_code_kept_beside_others_opens_nothing(taught, at):
    bind(taught, "B1、")
    assert named(at("teacher").get("/students")) == (True, False)
