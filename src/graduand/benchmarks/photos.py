"""`graduand bench photos`: photos per second through the whole import, compared with decoding and
detecting alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import simplejpeg
from django.conf import settings
from django.test.utils import override_settings

from graduand.benchmarks import season
from graduand.benchmarks.measuring.timing import (
    Timed,
    cpu_seconds,
    load,
    machine,
    measure_in_turns,
    must_be,
    own_database,
    resident_memory,
)
from graduand.benchmarks.photo_floor import floor
from graduand.demo import portraits
from graduand.models import (
    FaceOrder,
    FaceVector,
    Intake,
    PhotoCheck,
    PhotoRow,
    PhotoUpload,
    Student,
    Unit,
    User,
)
from graduand.office.photos import comparison, upload_run, uploads
from graduand.office.photos.judging import crew_size
from graduand.office.queue import orders
from graduand.queries import clock
from graduand.rulebook.photos.words import PhotoOutcome
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Level, PhotoKind, UnitKind

# Different portraits; each further picture is one of these with a few pixels of the coat changed
DRAWN = 40
RUNS = 3
PIECE = 2_000
HEADER_ONLY = 5_000


def measure(students: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure importing `students` good photos, three times; comparing as many faces; refusing
    photos by their header.
    """
    with own_database(), tempfile.TemporaryDirectory(dir=settings.GRADUAND_HOME) as folder:
        home = Path(folder)
        with override_settings(MEDIA_ROOT=home / "files"):
            by = _people(max(students, HEADER_ONLY))
            good = list(pictures(students, say))
            path = zip_of(home / "good.zip", good)
            say("测量……")
            begun = load()
            least: list[float] = []
            spent: list[float] = []
            plain = measure_in_turns(
                _counted(lambda: _floor(good, embed=False), least),
                _counted(lambda: _taken(path, by, students), spent),
                _clear,
                RUNS,
            )
            memory = _memory_over(path, by)
            compared = _with_faces(good, path, by)
            refused = _refused(_refusals(home, good), by)
        return {
            "machine": machine(),
            "load_before_and_after": f"{begun}, {load()}",
            "photos": students,
            "processes": crew_size(),
            "share_of_floor_in_cpu_seconds": round(median(least) / median(spent), 2),
            **_figures(students, plain, compared, memory),
            **refused,
        }


def _with_faces(good: list[bytes], path: Path, by: User) -> tuple[Timed, Timed, Timed]:
    """(floor, import, their ratio) with the comparison of faces switched on."""
    FaceOrder.objects.create(on=True, basis="测量", at=clock.now(), by=by, key="bench")
    compared = measure_in_turns(
        lambda: _floor(good, embed=True), lambda: _taken(path, by, len(good)), _clear, 1
    )
    FaceOrder.objects.create(on=False, at=clock.now(), by=by, key="bench off")
    return compared


def _figures(students: int, plain: Any, compared: Any, memory: list[float]) -> dict[str, Any]:
    return {
        "floor_per_second": round(students / plain[0].median, 1),
        "import_per_second": round(students / plain[1].median, 1),
        "share_of_floor": round(1 / plain[2].median, 2),
        "floor_with_faces_per_second": round(students / compared[0].median, 1),
        "import_with_faces_per_second": round(students / compared[1].median, 1),
        "share_of_floor_with_faces": round(1 / compared[2].median, 2),
        "memory_mib_after_a_tenth": round(memory[len(memory) // 10]),
        "memory_mib_at_the_end": round(memory[-1]),
    }


def _refused(bad: Path, by: User) -> dict[str, Any]:
    """How many pictures per second are refused by their header alone."""
    spent: list[float] = []
    _, took, _ = measure_in_turns(
        lambda: None, _counted(lambda: _turned_away(bad, by), spent), _clear, RUNS
    )
    return {
        "refused_by_header_per_second": round(HEADER_ONLY / took.median),
        "refused_by_header_per_cpu_second": round(HEADER_ONLY / median(spent)),
    }


def _people(count: int) -> User:
    """Students of one centre, without photos."""
    user = User.objects.create_user("bench", "测量", system=True)
    hq = Unit.objects.create(code="HQ", name="总部", kind=UnitKind.HQ.value)
    centre = Unit.objects.create(code="X", name="学习中心", kind=UnitKind.CENTRE.value, parent=hq)
    plan = season.plan(0)
    entry = season.ENTRY.ordinal
    for start in range(0, count, PIECE):
        Student.objects.bulk_create(
            Student(
                number=season.number(n),
                name=f"学生{n}",
                sex="1",
                birth=date(1995, 1, 1),
                nation="汉族",
                id_kind="1",
                entry=entry,
                standing="enrolled",
                centre=centre,
                category="开放",
                level=Level.JUNIOR.value,
                plan=plan,
            )
            for n in range(start, min(start + PIECE, count))
        )
    return user


def pictures(count: int, say: Callable[[str], None]) -> Iterator[bytes]:
    """`count` different good portraits."""
    drawn = [
        simplejpeg.decode_jpeg(portraits.portrait(f"bench {n}", woman=n % 2 == 0), "RGB")
        for n in range(min(DRAWN, count))
    ]
    for place in range(count):
        image = drawn[place % len(drawn)].copy()
        marks = np.unpackbits(np.frombuffer(place.to_bytes(4, "big"), np.uint8)).reshape(4, 8) * 200
        image[600:632, 200:264] = np.kron(marks, np.ones((8, 8), np.uint8))[:, :, None]
        yield simplejpeg.encode_jpeg(
            np.ascontiguousarray(image), quality=80, colorsubsampling="420"
        )
        if place % 500 == 0:
            say(f"画照片 {place:,} / {count:,}")


def zip_of(path: Path, pictures: list[bytes]) -> Path:
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for place, data in enumerate(pictures):
            archive.writestr(f"{season.number(place)}.jpg", data)
    return path


def _refusals(home: Path, good: list[bytes]) -> Path:
    """Pictures of ordinary file size that their header refuses: one row of pixels is missing."""
    path = home / "refused.zip"
    if not path.exists():
        data = np.ascontiguousarray(simplejpeg.decode_jpeg(good[0], "RGB")[:639])
        encoded = simplejpeg.encode_jpeg(data, quality=80, colorsubsampling="420")
        zip_of(path, [encoded + place.to_bytes(4, "big") for place in range(HEADER_ONLY)])
    return path


def _floor(pictures: list[bytes], *, embed: bool) -> None:
    must_be("底线找到的人脸", floor(pictures, crew_size(), embed=embed), len(pictures))


def _taken(path: Path, by: User, pictures: int) -> None:
    """Import good pictures: each must be judged, and kept as its student's photo."""
    _import(path, by)
    must_be(
        "检查过的照片",
        PhotoCheck.objects.filter(outcome=PhotoOutcome.CREATED.value).count(),
        pictures,
    )
    must_be("采用的照片", PhotoRow.objects.filter(current=True).count(), pictures)


def _turned_away(path: Path, by: User) -> None:
    """Import pictures that the header refuses: each must be refused, and none kept."""
    _import(path, by)
    must_be(
        "退回的照片",
        PhotoCheck.objects.filter(outcome=PhotoOutcome.REFUSED.value).count(),
        HEADER_ONLY,
    )
    must_be("采用的照片", PhotoRow.objects.count(), 0)


def _import(path: Path, by: User, watch: list[float] | None = None) -> None:
    upload = uploads.begin(
        uploads.receive(path, uploads.UploadChoices(PhotoKind.GRADUATION), by), job=False
    )
    judges = upload_run.JudgeProcesses()
    while upload.finished_at is None:
        upload = judges.advance(upload.pk)
        if watch is not None:
            watch.append(resident_memory())


def _counted(work: Callable[[], object], spent: list[float]) -> Callable[[], object]:
    """`work` with its processor seconds added to `spent`, so that what others do on the machine
    does not count.
    """

    def counted() -> object:
        before = cpu_seconds()
        done = work()
        spent.append(cpu_seconds() - before)
        return done

    return counted


def _memory_over(path: Path, by: User) -> list[float]:
    """Resident memory of this process after each chunk, MiB."""
    _clear()
    watch: list[float] = []
    _import(path, by, watch)
    return watch


def _clear() -> None:
    """Delete the data of an earlier run, which would make the next one faster."""
    for pk in PhotoUpload.objects.values_list("pk", flat=True):
        orders.forget(WorkKind.PHOTOS, pk)
    orders.forget(WorkKind.FACES, comparison.SUBJECT)
    for rows in (FaceVector, PhotoRow):
        rows.objects.all().delete()
    PhotoUpload.objects.all().delete()
    Intake.objects.all().delete()
