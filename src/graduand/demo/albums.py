"""A few drawn faces for any number of people: each picture shows a face in clothes of another
colour, so no two pictures are equal.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from PIL import Image, ImageChops

from graduand.demo import portraits
from graduand.demo.people import InventedStudent
from graduand.gateways.photos.images import SOS, segments

FACES = 8  # faces drawn per sex; more where there are not enough colours of clothes
SHADES = 10  # values of each of the three colour components of clothes
CLOTHES = SHADES**3
DARKEST = 34
STEP = 11
JUMP = 389  # shares no divisor with CLOTHES, so that every colour comes once and neighbours differ
# Pixels: the height of a row of blocks; each row is encoded by itself and ends in a restart marker,
# numbered 0 to 7 in turn
BLOCKS = 16
# Clothes begin below this row of pixels. The number of rows of blocks above is a multiple of 8, so
# that the markers' numbers start at 0 below it.
CLOTH_TOP = 24 * BLOCKS
ENTRY_CLOTH_TOP = 8 * BLOCKS
_MARK = re.compile(rb"\xff[\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class Appearance:
    """The face of a person, and the number of the clothes."""

    face: str
    woman: bool
    clothes: int


class Album:
    """The looks of a season, by 学号: the same people have the same looks."""

    def __init__(self, people: Iterable[InventedStudent]) -> None:
        self.looks: dict[str, Appearance] = {}
        seen = {False: 0, True: 0}
        for person in people:
            woman = person.sex == "女"
            self.looks[person.number] = _look(seen[woman], woman)
            seen[woman] += 1

    def face(self, number: str) -> str:
        """The name of the face that a person has."""
        return self.looks[number].face

    def portrait(self, number: str) -> bytes:
        """The 毕业照片: a JPEG of 20 to 50 KB."""
        look = self.looks[number]
        return _sitter(look.face, look.woman).dressed(look.clothes)

    def entry_portrait(self, number: str) -> bytes:
        """The 入学照片: the same face, other clothes, a light wall, small."""
        look = self.looks[number]
        return _entrant(look.face, look.woman).dressed(CLOTHES - 1 - look.clothes)


def _look(place: int, woman: bool) -> Appearance:
    group, place = divmod(place, FACES * CLOTHES)
    clothes, face = divmod(place, FACES)
    return Appearance(f"{'woman' if woman else 'man'} {group * FACES + face}", woman, clothes)


def colour(clothes: int) -> portraits.Colour:
    """A colour of clothes, each of CLOTHES another; dark enough not to be taken for the wall."""
    place = clothes * JUMP % CLOTHES
    red, green, blue = (DARKEST + STEP * (place // SHADES**at % SHADES) for at in range(3))
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """A face whose clothes are still to be coloured: `cloth` says how much of each point of the
    lower part is cloth.

    `upper` is the beginning of the file, which is the same for all clothes; `lower` the picture
    below it with black clothes, `noise` the grey noise that is added to the colour. A colour has
    few shades, so each of its bands is painted only once.
    """

    upper: bytes
    lower: Image.Image
    cloth: Image.Image
    noise: Image.Image
    quality: int
    painted: dict[tuple[int, int], Image.Image] = field(default_factory=dict)

    def dressed(self, clothes: int) -> bytes:
        """The JPEG with these clothes."""
        bands = [self._band(at, shade) for at, shade in enumerate(colour(clothes))]
        below = _encoded(Image.merge("RGB", bands), self.quality)
        return self.upper + below[_scan(below) :]

    def _band(self, at: int, shade: int) -> Image.Image:
        if (at, shade) not in self.painted:
            band = self.lower.getchannel(at)
            band.paste(self.noise.point(_moved(shade)), mask=self.cloth)
            self.painted[at, shade] = band
        return self.painted[at, shade]


def _moved(shade: int) -> list[int]:
    """A table that shifts noise from grey to a shade; the values stay within 0 to 255 for every
    shade.
    """
    return [min(255, max(0, value + shade - 128)) for value in range(256)]


@lru_cache(2 * FACES)
def _sitter(face: str, woman: bool) -> Wardrobe:
    black, white = (
        portraits.clothed(face, woman, shade) for shade in (portraits.BLACK, portraits.WHITE)
    )
    noise = portraits.noise_of(face)
    return _wardrobe(
        portraits.with_noise(black, noise),
        _cloth(black, white),
        noise,
        CLOTH_TOP,
        portraits.QUALITY,
    )


@lru_cache(2 * FACES)
def _entrant(face: str, woman: bool) -> Wardrobe:
    black, white = (
        portraits.clothed_at_entry(face, woman, shade)
        for shade in (portraits.BLACK, portraits.WHITE)
    )
    still = Image.new("RGB", black.size, (128, 128, 128))
    return _wardrobe(black, _cloth(black, white), still, ENTRY_CLOTH_TOP, portraits.ENTRY_QUALITY)


def _wardrobe(
    whole: Image.Image, cloth: Image.Image, noise: Image.Image, top: int, quality: int
) -> Wardrobe:
    """The picture with black clothes, cut where clothes begin: the part above is encoded once for
    all clothes.
    """
    data = _encoded(whole, quality)
    below = (0, top, *whole.size)
    *_, last = islice(_MARK.finditer(data, _scan(data)), top // BLOCKS)
    return Wardrobe(
        data[: last.end()],
        whole.crop(below),
        cloth.crop(below),
        noise.getchannel(0).crop(below),
        quality,
    )


def _encoded(picture: Image.Image, quality: int) -> bytes:
    """A JPEG with a restart marker after each row of blocks, so that a row can be decoded without
    the others.
    """
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, dpi=portraits.DENSITY, restart_marker_rows=1)
    return stream.getvalue()


def _scan(data: bytes) -> int:
    """Where the first row of blocks begins in a file."""
    return next(part.end for part in segments(data) if part.marker == SOS)


def _cloth(black: Image.Image, white: Image.Image) -> Image.Image:
    """How much of each point is cloth, from the same picture with black and with white clothes."""
    return ImageChops.subtract(white, black).getchannel("R")
