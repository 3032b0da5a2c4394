"""Every declared list: who sees what, the same literal number of questions at 1, 3 and 200 rows, what it answers to."""

from datetime import timedelta

import pytest

from graduand import urls
from graduand.models import (
    Act,
    Candidate,
    Certificate,
    Document,
    IdentityCase,
    Intake,
    Job,
    Parcel,
    ParcelItem,
)
from graduand.office.audit import auditing
from graduand.pages.frame.registry import LISTS
from graduand.rulebook.terms import Stage
from tests.pages.lists.test_list_state import exported
from tests.pages.world import NOON, list_all

# What each list asks of the database, whatever it holds: who is it 3, the season 2, the list 2,
# what I keep of it 2, the menu 1, its lines 2 and their count, and what its form and its buttons
# need.
QUERIES = {
    "students": ("a", 12),
    "candidates": ("a", 26),
    "aside": ("a", 12),
    "reviews": ("college", 18),
    "identity": ("a", 13),
    "archives": ("a", 13),
    "rosters": ("hq", 13),
    "certificates": ("a", 12),
    "parcels": ("a", 12),
    "handovers": (
        "a",
        28,
    ),  # whose certificate is held up is asked of the facts, as the lists on paper ask
    "imports": ("a", 12),
    "jobs": ("a", 14),
}
MANY = 200


def at_stage(world, stage, students):
    """Bring these files to `stage` by their constraints, without judging two hundred of them."""
    stamps = {
        "applied_at": NOON,
        "endorsed_at": NOON,
        "approved_at": NOON,
        "certified_at": NOON,
        "shipped_at": NOON,
        "received_at": NOON,
    }
    kept = list(stamps)[: 2 if stage is Stage.APPLIED else 6]
    people = {
        "applied_by": world.users["a"],
        "endorsed_by": world.users["college"],
        "approved_by": world.users["hq"],
    }
    turn = world.batch.rounds.get(name="首批")
    frozen = {"number": 1, "size": len(students), "frozen_at": NOON, "frozen_by": world.users["hq"]}
    roster = (
        world.batch.rosters.create(round=turn, **frozen) if stage is not Stage.APPLIED else None
    )
    for place, student in enumerate(students, 1):
        changes = {name: stamps[name] for name in kept}
        changes |= {name: who for name, who in people.items() if f"{name[:-3]}_at" in changes}
        Candidate.objects.filter(student=student).update(
            round=turn,
            reported_no=place,
            roster=roster,
            roster_no=place if roster else None,
            moved_at=NOON,
            **changes,
            stage=stage.value,
        )


@pytest.fixture
def filled(world):
    """filled(n): n rows on every list of the desk that looks at it."""

    def fill(count):
        students = [world.student(number) for number in range(count)]
        list_all(world.batch)
        auditing.run(world.batch)
        return students

    return fill


def rows_for(world, key, students):
    """What this list needs to hold a row for each of `students`."""
    files = list(Candidate.objects.filter(student__in=students).order_by("student__number"))
    if key == "reviews":
        at_stage(world, Stage.APPLIED, students)
    if key in ("archives", "rosters", "certificates", "parcels", "handovers"):
        at_stage(world, Stage.RECEIVED, students)
    if key in ("certificates", "handovers"):
        certificates(world, files)
    if key in ROWS_OF:
        ROWS_OF[key](world, files)


def cases(world, files):
    """A case for each."""
    IdentityCase.objects.bulk_create(
        IdentityCase(student_id=f.student_id, verdict="unsure", opened_at=NOON) for f in files
    )


def transcripts(world, files):
    """A paper for each that is ready."""
    Document.objects.bulk_create(
        Document(candidate=f, kind="transcript", ready_at=NOON) for f in files
    )


def certificates(world, files):
    """A certificate for each, held by the first centre."""
    Certificate.objects.bulk_create(
        Certificate(
            candidate=f,
            number=f"{n:018}",
            book="B",
            serial=n,
            issue_date=NOON.date(),
            photo_sha256="0" * 64,
            made_at=NOON,
            held_by=world.centres[0],
        )
        for n, f in enumerate(files, 1)
    )


def parcels(world, files):
    """A sealed parcel for each."""
    for n, file in enumerate(files):
        parcel = Parcel.objects.create(
            sender=world.centres[0].parent,
            receiver=world.centres[0],
            carrier="邮政",
            tracking=f"YZ{n}",
            sealed_at=NOON,
            sealed_by=world.users["college"],
        )
        ParcelItem.objects.create(parcel=parcel, candidate=file)


def rosters(world, files):
    """Each on a roster of its own: the first one is on one already."""
    first = world.batch.rounds.get(name="首批")
    for n, file in enumerate(files[1:], 2):
        extra = world.batch.rosters.create(
            round=first, number=n, size=1, frozen_at=NOON, frozen_by=world.users["hq"]
        )
        Candidate.objects.filter(pk=file.pk).update(roster=extra)


def imports(world, files):
    """As many imports."""
    Intake.objects.bulk_create(
        Intake(
            kind="students",
            name=f"名单{n}.xlsx",
            sha256="0" * 64,
            trial=False,
            by=world.users["a"],
            at=NOON,
        )
        for n in range(len(files))
    )


def works(world, files):
    """As many acts with nobody in them, each done by the worker."""
    made = Act.objects.bulk_create(
        Act(
            key=f"k{n}",
            verb="apply",
            batch=world.batch,
            actor=world.users["a"],
            desk="centre",
            total=0,
            confirmed_at=NOON + timedelta(seconds=n),
            finished_at=NOON,
        )
        for n in range(len(files))
    )
    Job.objects.bulk_create(
        Job(kind="act", subject=act.pk, by=world.users["a"], state="done") for act in made
    )


# list -> what makes its rows
ROWS_OF = {
    "identity": cases,
    "archives": transcripts,
    "parcels": parcels,
    "rosters": rosters,
    "imports": imports,
    "jobs": works,
}


def shown(client, path, **more):
    """How many lines the page shows."""
    answer = client.get(path, {"size": "200", **more})
    assert answer.status_code == 200
    return answer.content.decode().count('<td class="seq num less">')


@pytest.mark.parametrize("count", [1, 3, MANY])
@pytest.mark.parametrize("key", QUERIES)
def test_a_constant_number_of_queries(world, filled, at, asks, key, count):
    students = filled(count)
    rows_for(world, key, students)
    Candidate.objects.update(aside=key == "aside")
    name, expected = QUERIES[key]
    client = at(name)
    client.get(LISTS[key].path)
    with asks(expected):
        assert shown(client, LISTS[key].path) == count


# Counted in the tests of their own pages.
ELSEWHERE = {
    "photos",
    "photo-review",
    "uploads",
    "faces",
    "people",
    "trail",
    "looks",
    "consents",
    "units",
    "batches",
    "notices",
    "lots",
    "differences",
    "outgoing",
    "outgoing-runs",
}


def test_every_list_has_its_address_and_its_count():
    routes = {f"/{route.pattern}" for route in urls.urlpatterns}
    assert [key for key, spec in LISTS.items() if spec.path not in routes] == []
    assert set(LISTS) - ELSEWHERE == set(QUERIES)


def test_where_batches_are_mixed_every_export_tells_them_apart(world, at):
    """The page has the column 批次 then, chosen or not; so has what is taken from it."""
    world.student(1)
    world.judge()
    client, seen = at("hq"), []
    for key, spec in LISTS.items():
        if spec.batch and client.get(f"{spec.path}?batch=open").status_code == 200:
            seen.append((key, exported(client, key, batch="open")[0][0].count("批次")))
    assert len(seen) > 8
    assert [key for key, told in seen if told != 1] == []
    client.post("/lists/candidates/columns", {"column": ["number", "name"]})
    assert exported(client, batch="open")[0][0] == ["学号", "姓名", "批次"]
    assert exported(client, batch="202307")[0][0] == ["学号", "姓名"]
