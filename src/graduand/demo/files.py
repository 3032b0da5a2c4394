"""The long files of the invented season, made by a process of their own while the walk imports the
earlier ones.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Self

from graduand.demo import people, portraits, sheets
from graduand.demo.albums import Album
from graduand.demo.people import InventedStudent, Trouble
from graduand.gateways import hashed_files
from graduand.gateways.photos.photo_workers import end_with_the_parent
from graduand.rulebook.terms import SheetKind


@dataclass(frozen=True, slots=True)
class SheetContent:
    """The content of a sheet: its headers, and the rows of all people."""

    kind: SheetKind
    headers: Sequence[str]
    rows: Callable[[Iterable[InventedStudent]], Iterable[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Zip:
    """Pictures by 学号. `sources` maps the hash of a picture to the hash of the first picture of
    the same face.
    """

    path: Path
    sources: Mapping[str, str] = field(default_factory=dict)


# In the order in which the walk needs them.
SHEETS = {
    "students": SheetContent(SheetKind.STUDENTS, sheets.STUDENTS, sheets.student_rows),
    "profiles": SheetContent(SheetKind.PROFILES, sheets.PROFILES, sheets.profile_rows),
    "checks": SheetContent(SheetKind.PROFILES, sheets.PRIOR_CHECKS, sheets.check_rows),
    "results": SheetContent(SheetKind.RESULTS, sheets.RESULTS, sheets.result_rows),
    "degrees": SheetContent(SheetKind.DEGREES, sheets.DEGREES, sheets.degree_rows),
    "chsi": SheetContent(SheetKind.CHSI, sheets.CHSI, sheets.chsi_rows),
}


class Files:
    """The files of a season of `count` people, made in `folder` one after the other; asking for a
    file waits until it is made.
    """

    def __init__(self, count: int, folder: Path) -> None:
        # spawn: a forked child would inherit the open database
        context = multiprocessing.get_context("spawn")
        self._maker = ProcessPoolExecutor(1, mp_context=context, initializer=end_with_the_parent)
        self._sheets = {
            name: self._maker.submit(write_sheet, count, folder, name) for name in SHEETS
        }
        self._zips: dict[str, Future[Zip]] = {}
        for name, draw in {
            "entry": entry_photos,
            "on time": photos_on_time,
            "late": late_photos,
        }.items():
            self._zips[name] = self._maker.submit(draw, count, folder)

    def sheet(self, name: str) -> tuple[SheetKind, Path]:
        """One of SHEETS."""
        return SHEETS[name].kind, self._sheets[name].result()

    def photos(self, name: str) -> Zip:
        """入学照片 are "entry"; 毕业照片 come "on time" or "late"."""
        return self._zips[name].result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._maker.shutdown(wait=True, cancel_futures=True)


# -- run by the process, which invents the same people again: that takes less time than sending them
# --------


@cache
def _people(count: int) -> list[InventedStudent]:
    return people.invent(count)


@cache
def _album(count: int) -> Album:
    return Album(_people(count))


def write_sheet(count: int, folder: Path, name: str) -> Path:
    """Write one of SHEETS, in a folder of its own, since two of them are of the same kind."""
    content = SHEETS[name]
    place = folder / name
    place.mkdir()
    return sheets.write(place, content.kind, content.headers, content.rows(_people(count)))


def entry_photos(count: int, folder: Path) -> Zip:
    """入学照片 of a few people, and of those with a bad 毕业照片, next to which the review desk
    shows it.
    """
    album = _album(count)
    shown = enumerate(_people(count))
    few = [
        person for place, person in shown if person.trouble is Trouble.BAD_PHOTO or place % 8 == 0
    ]
    drawn = ((person.number, album.entry_portrait(person.number)) for person in few)
    return Zip(portraits.write_zip(folder / "入学照片.zip", drawn))


def photos_on_time(count: int, folder: Path) -> Zip:
    """毕业照片 of everybody except those who bring none, or bring it late."""
    without = (Trouble.NO_PHOTO, Trouble.LATE_PHOTO)
    those = [person for person in _people(count) if person.trouble not in without]
    return _photos(folder / "毕业照片.zip", those, _album(count))


def late_photos(count: int, folder: Path) -> Zip:
    """毕业照片 that came late."""
    late = [person for person in _people(count) if person.trouble is Trouble.LATE_PHOTO]
    return _photos(folder / "补交的毕业照片.zip", late, _album(count))


def _photos(path: Path, those: Sequence[InventedStudent], album: Album) -> Zip:
    """Each bad picture has a fault of its own; among good pictures the first one of a face is the
    source of the others.
    """
    faults = cycle(portraits.FAULTS)
    sources: dict[str, str] = {}
    first: dict[str, str] = {}

    def drawn() -> Iterator[tuple[str, bytes]]:
        for person in those:
            if person.trouble is Trouble.BAD_PHOTO:
                yield (
                    person.number,
                    portraits.portrait(person.number, person.sex == "女", next(faults)),
                )
                continue
            picture = album.portrait(person.number)
            digest = hashed_files.sha256_of(picture)
            source = first.setdefault(album.face(person.number), digest)
            if source != digest:
                sources[digest] = source
            yield person.number, picture

    return Zip(portraits.write_zip(path, drawn()), sources)
