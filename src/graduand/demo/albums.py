"""A few drawn faces for any number of people: each picture is one of them in clothes of another colour, so no two are equal."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageChops

from graduand.demo import portraits
from graduand.demo.people import Person

FACES = 12  # drawn of each sex; more when their clothes do not suffice
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
    """A face whose clothes are still to be coloured: `bare` has black clothes, `cloth` says how much of each point is cloth.

    Both are of the lower part of the picture only, from row `top` on; `whole` is all of it; `noise` is laid over last.
    """

    whole: Image.Image
    bare: Image.Image
    cloth: Image.Image
    noise: Image.Image | None
    top: int
    quality: int

    def dressed(self, clothes: int) -> bytes:
        """The JPEG with these clothes on."""
        cloth = ImageChops.multiply(self.cloth, Image.new("RGB", self.cloth.size, colour(clothes)))
        lower = ImageChops.add(self.bare, cloth)
        if self.noise is not None:
            lower = portraits.with_noise(lower, self.noise)
        picture = self.whole.copy()
        picture.paste(lower, (0, self.top))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=self.quality, dpi=portraits.DENSITY)
        return stream.getvalue()


@cache
def _sitter(face: str, woman: bool) -> Wardrobe:
    black, white = (portraits.clothed(face, woman, shade) for shade in (portraits.BLACK, portraits.WHITE))
    noise = portraits.noise_of(face)
    return _wardrobe(black, white, noise, CLOTH_TOP, portraits.QUALITY)


@cache
def _entrant(face: str, woman: bool) -> Wardrobe:
    black, white = (portraits.clothed_at_entry(face, woman, shade) for shade in (portraits.BLACK, portraits.WHITE))
    return _wardrobe(black, white, None, 0, portraits.ENTRY_QUALITY)


def _wardrobe(
    black: Image.Image, white: Image.Image, noise: Image.Image | None, top: int, quality: int
) -> Wardrobe:
    """What is cloth is seen from the same picture in black and in white."""
    lower = (0, top, *black.size)
    bare = black.crop(lower)
    cloth = ImageChops.subtract(white.crop(lower), bare)
    whole = black if noise is None else portraits.with_noise(black, noise)
    return Wardrobe(whole, bare, cloth, None if noise is None else noise.crop(lower), top, quality)
