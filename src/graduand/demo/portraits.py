"""Drawn faces on blue, 480 by 640, each different: nobody's picture."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

SIZE = (480, 640)
BLUE = (67, 142, 219)
SKINS = ((255, 219, 187), (247, 205, 170), (240, 194, 153), (226, 178, 138), (205, 152, 112))
HAIRS = ((38, 30, 28), (58, 42, 34), (84, 60, 44), (28, 28, 34), (116, 110, 108))
CLOTHES = ((44, 62, 90), (120, 44, 56), (52, 84, 66), (88, 66, 120), (200, 204, 210), (60, 60, 66), (166, 108, 44))
Pen = ImageDraw.ImageDraw


def portrait(number: str, woman: bool, size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG of 20 to 50 KB; the same number gives the same picture."""
    chance = random.Random(f"portrait {number}")
    picture = Image.new("RGB", SIZE, BLUE)
    pen = ImageDraw.Draw(picture)
    skin, hair, cloth = chance.choice(SKINS), chance.choice(HAIRS), chance.choice(CLOTHES)
    middle, wide, chin = 240 + chance.randrange(-6, 7), chance.randrange(96, 116), chance.randrange(396, 420)
    if woman:
        _long_hair(pen, middle, wide, hair, chance)
    _body(pen, middle, skin, cloth, chance)
    pen.ellipse((middle - wide, 140, middle + wide, chin), fill=skin)
    for side in (-1, 1):
        pen.ellipse((middle + side * wide - 13, 262, middle + side * wide + 13, 312), fill=skin)
    _fringe(pen, middle, wide, hair, chance)
    _face(pen, middle, wide, hair, chance)
    stream = io.BytesIO()
    picture = _grained(picture, chance)
    if size != SIZE:
        picture = picture.resize(size)
    picture.save(stream, "JPEG", quality=75, dpi=(300, 300))
    return stream.getvalue()


def _long_hair(pen: Pen, middle: int, wide: int, hair: tuple[int, int, int], chance: random.Random) -> None:
    low = chance.choice((400, 450, 520))
    pen.rounded_rectangle((middle - wide - 22, 150, middle + wide + 22, low), radius=80, fill=hair)


def _body(pen: Pen, middle: int, skin: tuple[int, ...], cloth: tuple[int, ...], chance: random.Random) -> None:
    pen.ellipse((30, 448, 450, 900), fill=cloth)
    pen.rounded_rectangle((middle - 44, 370, middle + 44, 470), radius=30, fill=tuple(c - 14 for c in skin))
    collar = chance.randrange(3)
    if collar == 0:
        pen.polygon(((middle - 62, 450), (middle, 530), (middle + 62, 450)), fill=(246, 247, 248))
    elif collar == 1:
        pen.polygon(((middle - 58, 452), (middle, 506), (middle + 58, 452)), fill=skin)
    else:
        pen.ellipse((middle - 60, 440, middle + 60, 492), fill=tuple(c - 14 for c in skin))


def _fringe(pen: Pen, middle: int, wide: int, hair: tuple[int, ...], chance: random.Random) -> None:
    top = chance.randrange(96, 116)
    pen.pieslice((middle - wide - 14, top, middle + wide + 14, 326), 180, 360, fill=hair)
    part = chance.randrange(-50, 51)
    low = (middle + part // 2, 232 + chance.randrange(8))
    pen.polygon(((middle - wide - 8, 208), (middle + part, 186), (middle + wide + 8, 208), low), fill=hair)


def _face(pen: Pen, middle: int, wide: int, hair: tuple[int, ...], chance: random.Random) -> None:
    apart, tall = wide // 2 - 4, 286
    for side in (-1, 1):
        eye = middle + side * apart
        pen.ellipse((eye - 15, tall - 9, eye + 15, tall + 9), fill=(252, 252, 252))
        pen.ellipse((eye - 7, tall - 8, eye + 7, tall + 8), fill=(40, 28, 24))
        pen.arc((eye - 24, tall - 34, eye + 24, tall - 6), 205, 335, fill=hair, width=6)
    if chance.random() < 0.3:
        for side in (-1, 1):
            eye = middle + side * apart
            pen.rounded_rectangle((eye - 28, tall - 20, eye + 28, tall + 22), radius=14, outline=(50, 50, 56), width=4)
        pen.line((middle - apart + 28, tall, middle + apart - 28, tall), fill=(50, 50, 56), width=4)
    pen.arc((middle - 14, 304, middle + 14, 336), 20, 160, fill=(180, 120, 96), width=4)
    smile = chance.randrange(24, 38)
    pen.arc((middle - smile, 330, middle + smile, 372), 25, 155, fill=(176, 72, 72), width=6)


@cache
def _noise(which: int) -> Image.Image:
    """One of a few sheets of grey noise, coarse as a camera's."""
    small = (SIZE[0] // 2, SIZE[1] // 2)
    chance = random.Random(f"noise {which}")
    noise = Image.frombytes("L", small, chance.randbytes(small[0] * small[1])).resize(SIZE)
    soft = noise.point([128 + (value - 128) * 8 // 128 for value in range(256)])
    return Image.merge("RGB", [soft] * 3)


def _grained(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A little noise, so that the file is as large as a real photo's."""
    return ImageChops.add(picture, _noise(chance.randrange(8)), scale=1, offset=-128)


def write_zip(path: Path, pictures: Iterable[tuple[str, bytes]]) -> Path:
    """A flat zip of `学号.jpg`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, data in pictures:
            archive.writestr(f"{number}.jpg", data)
    return path
