"""A few drawn faces for any number of people: each picture is one of them in clothes of another colour, so no two are equal."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageChops

from graduand.demo import portraits
from graduand.demo.people import Person

FACES = 8  # drawn of each sex; more when their clothes do not suffice
SHADES = 10  # of each of the three colours of clothes
CLOTHES = SHADES**3
DARKEST, STEP = 34, 11
JUMP = 389  # no divisor of CLOTHES, so that every colour comes once and neighbours differ
CLOTH_TOP = 448  # clothes begin below this row


@dataclass(frozen=True, slots=True)
class Look:
    """Which face a person has, and the number of the clothes."""

    face: str
    woman: bool
    clothes: int


class Album:
    """The looks of a season, by 学号: the same people have the same looks."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.looks: dict[str, Look] = {}
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


def _look(place: int, woman: bool) -> Look:
    group, place = divmod(place, FACES * CLOTHES)
    clothes, face = divmod(place, FACES)
    return Look(f"{'woman' if woman else 'man'} {group * FACES + face}", woman, clothes)


def colour(clothes: int) -> portraits.Colour:
    """A colour of clothes, each of CLOTHES another; dark enough not to be taken for the wall."""
    place = clothes * JUMP % CLOTHES
    red, green, blue = (DARKEST + STEP * (place // SHADES**at % SHADES) for at in range(3))
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """A face whose clothes are still to be coloured: from row `top` on, `cloth` says how much of each point is cloth.

    `noise` is that of the same rows, laid over the colour.
    """

    whole: Image.Image
    cloth: Image.Image
    noise: Image.Image | None
    top: int
    quality: int

    def dressed(self, clothes: int) -> bytes:
        """The JPEG with these clothes on."""
        picture, paint = self.whole.copy(), colour(clothes)
        if self.noise is None:
            picture.paste(paint, (0, self.top), self.cloth)
        else:
            picture.paste(self.noise.point(_moved(paint)), (0, self.top), self.cloth)
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=self.quality, dpi=portraits.DENSITY)
        return stream.getvalue()


@lru_cache(CLOTHES)
def _moved(paint: portraits.Colour) -> list[int]:
    """A table that moves noise from grey to a colour; it stays within 0 to 255 for all of them."""
    return [min(255, max(0, value + at - 128)) for at in paint for value in range(256)]


@cache
def _sitter(face: str, woman: bool) -> Wardrobe:
    black, white = (portraits.clothed(face, woman, shade) for shade in (portraits.BLACK, portraits.WHITE))
    noise, lower = portraits.noise_of(face), (0, CLOTH_TOP, *portraits.SIZE)
    whole = portraits.with_noise(black, noise)
    return Wardrobe(whole, _cloth(black, white).crop(lower), noise.crop(lower), CLOTH_TOP, portraits.QUALITY)


@cache
def _entrant(face: str, woman: bool) -> Wardrobe:
    black, white = (portraits.clothed_at_entry(face, woman, shade) for shade in (portraits.BLACK, portraits.WHITE))
    return Wardrobe(black, _cloth(black, white), None, 0, portraits.ENTRY_QUALITY)


def _cloth(black: Image.Image, white: Image.Image) -> Image.Image:
    """What is cloth is seen from the same picture in black and in white."""
    return ImageChops.subtract(white, black).getchannel("R")
