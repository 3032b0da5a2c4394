"""Photos of nobody: drawn shapes on blue, 480 x 640, each different, packed flat by student number."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

SIZE = (480, 640)
BLUE = (100, 197, 255)
GRAIN = 6


def portrait(number: str) -> bytes:
    """A JPEG of 20 to 50 KB; the same number gives the same pixels."""
    chance = random.Random(f"portrait {number}")
    picture = Image.new("RGB", SIZE, BLUE)
    pen = ImageDraw.Draw(picture)
    shirt = tuple(chance.randrange(30, 120) for _ in range(3))
    skin = (chance.randrange(205, 240), chance.randrange(165, 195), chance.randrange(135, 165))
    middle, wide = 240 + chance.randrange(-8, 9), chance.randrange(95, 125)
    pen.ellipse((40, 470, 440, 900), fill=shirt)
    pen.rectangle((middle - 45, 380, middle + 45, 500), fill=skin)
    pen.ellipse((middle - wide - 6, 80, middle + wide + 6, 330), fill=(30, 25, 25))
    pen.ellipse((middle - wide, 110, middle + wide, 430), fill=skin)
    for side in (-1, 1):
        eye = middle + side * wide // 2
        pen.ellipse((eye - 14, 250, eye + 14, 266), fill=(40, 30, 30))
    pen.line((middle - 30, 360, middle + 30, 360), fill=(150, 70, 70), width=5)
    stream = io.BytesIO()
    grained(picture, chance).save(stream, "JPEG", quality=82, dpi=(300, 300))
    return stream.getvalue()


def grained(picture: Image.Image, chance: random.Random) -> Image.Image:
    """A little noise, so that the file is as large as a real photo's."""
    noise = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1]))
    soft = noise.point([128 + (value - 128) * GRAIN // 128 for value in range(256)])
    return ImageChops.add(picture, Image.merge("RGB", [soft] * 3), scale=1, offset=-128)


def write_photos(path: Path, numbers: list[str]) -> int:
    """Write the flat zip; returns how many photos it has."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in numbers:
            archive.writestr(
                zipfile.ZipInfo(f"{number}.jpg", (2023, 7, 1, 8, 0, 0)), portrait(number)
            )
    return len(numbers)
