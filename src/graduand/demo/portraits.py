"""Drawn faces on blue, 480 by 640: they show nobody, and a few have a fault of real photos."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (480, 640)
LARGE = (600, 800)
SMALL = (240, 320)
BLUE = (67, 142, 219)
SCALE = 2  # pictures are drawn larger and reduced, for soft edges
SOFT = 8  # shadows are drawn smaller and enlarged, to be as soft as real ones
SKINS = ((250, 214, 184), (243, 203, 169), (236, 191, 153), (223, 175, 137), (203, 152, 114))
HAIRS = ((38, 30, 28), (58, 42, 34), (74, 54, 42), (28, 28, 34), (96, 92, 92))
CLOTHES = (
    (44, 62, 90),
    (120, 44, 56),
    (52, 84, 66),
    (88, 66, 120),
    (84, 96, 116),
    (60, 60, 66),
    (150, 98, 44),
)
BLACK = (0, 0, 0)
WHITE = (255, 255, 255)
QUALITY = 78
ENTRY_QUALITY = 85
DENSITY = (300, 300)
FAULTS = ("large", "uneven", "turned", "white", "heavy", "tilted", "blurred", "dark", "grey")
WALLS = {"white": (248, 248, 248)}
NOISES = 8
Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw


@dataclass(frozen=True, slots=True)
class Sitter:
    """The features of one face: colours, and measures in pixels of the picture."""

    skin: Colour
    hair: Colour
    cloth: Colour
    middle: int
    wide: int
    chin: int
    crown: int
    woman: bool

    @property
    def eyes(self) -> int:
        return 276

    @property
    def apart(self) -> int:
        return round(self.wide * 0.46)


def portrait(number: str, woman: bool, fault: str = "") -> bytes:
    """A JPEG of 20 to 50 KB; the same number gives the same picture. `fault` is one of FAULTS."""
    chance = random.Random(f"portrait {number}")
    picture = _drawn(_sitter(chance, woman), chance, WALLS.get(fault, BLUE))
    return _encoded(_faulty(_grained(picture, chance), fault), fault)


def clothed(face: str, woman: bool, cloth: Colour) -> Image.Image:
    """The sitter of `portrait(face, woman)` in clothes of this colour, without noise."""
    chance = random.Random(f"portrait {face}")
    return _drawn(replace(_sitter(chance, woman), cloth=cloth), chance, BLUE)


def clothed_at_entry(face: str, woman: bool, cloth: Colour) -> Image.Image:
    """The sitter's 入学照片: the face with fuller hair, a light wall, a small picture."""
    chance = random.Random(f"portrait {face}")
    sitter = _sitter(chance, woman)
    picture = _drawn(replace(sitter, cloth=cloth, crown=sitter.crown + 3), chance, (226, 232, 240))
    return picture.resize(SMALL, Image.Resampling.LANCZOS)


def _sitter(chance: random.Random, woman: bool) -> Sitter:
    return Sitter(
        chance.choice(SKINS),
        chance.choice(HAIRS),
        chance.choice(CLOTHES),
        240 + chance.randrange(-6, 7),
        chance.randrange(105, 119),
        chance.randrange(406, 424),
        chance.randrange(82, 96),
        woman,
    )


def _drawn(sitter: Sitter, chance: random.Random, wall: Colour) -> Image.Image:
    picture = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), wall)
    pen = ImageDraw.Draw(picture)
    _hair_behind(pen, sitter, chance)
    _body(pen, sitter, chance)
    _head(pen, sitter)
    _features(pen, sitter, chance)
    _hair(pen, sitter, chance)
    return _lit(picture.reduce(SCALE), sitter)


def _big(*points: float) -> tuple[float, ...]:
    return tuple(point * SCALE for point in points)


def _shade(colour: Colour, by: int) -> Colour:
    red, green, blue = (min(255, max(0, value + by)) for value in colour)
    return red, green, blue


# -- the sitter ----------------------------------------------------------------------------------------------


def _hair_behind(pen: Pen, sitter: Sitter, chance: random.Random) -> None:
    if sitter.woman:
        low = chance.choice((410, 450, 520))
        out = sitter.wide + 20
        box = _big(sitter.middle - out, sitter.crown + 30, sitter.middle + out, low)
        pen.rounded_rectangle(box, radius=90 * SCALE, fill=sitter.hair)


def _body(pen: Pen, sitter: Sitter, chance: random.Random) -> None:
    middle = sitter.middle
    skin = sitter.skin
    pen.ellipse(_big(24, 452, 456, 920), fill=sitter.cloth)
    pen.rounded_rectangle(
        _big(middle - 46, 370, middle + 46, 476), radius=30 * SCALE, fill=_shade(skin, -22)
    )
    collar = chance.randrange(3)
    if collar == 0:
        for side in (-1, 1):
            flap = (middle, 528, middle + side * 70, 452, middle + side * 40, 444, middle, 500)
            pen.polygon(_big(*flap), fill=(244, 246, 248))
        pen.polygon(_big(middle - 40, 448, middle, 502, middle + 40, 448), fill=_shade(skin, -10))
    elif collar == 1:
        pen.polygon(_big(middle - 58, 454, middle, 512, middle + 58, 454), fill=_shade(skin, -10))
    else:
        pen.ellipse(_big(middle - 60, 440, middle + 60, 494), fill=_shade(skin, -12))


def _head(pen: Pen, sitter: Sitter) -> None:
    """Ears, and a face that is wide at the temples and narrows to the chin."""
    middle = sitter.middle
    wide = sitter.wide
    chin = sitter.chin
    for side in (-1, 1):
        pen.ellipse(
            _big(middle + side * wide - 14, 258, middle + side * wide + 14, 316),
            fill=_shade(sitter.skin, -14),
        )
    pen.ellipse(_big(middle - wide, 128, middle + wide, chin - 28), fill=sitter.skin)
    pen.ellipse(_big(middle - wide * 0.86, 210, middle + wide * 0.86, chin), fill=sitter.skin)


def _features(pen: Pen, sitter: Sitter, chance: random.Random) -> None:
    for side in (-1, 1):
        _eye(pen, sitter, sitter.middle + side * sitter.apart)
    _nose(pen, sitter)
    _mouth(pen, sitter, chance.randrange(30, 40))
    if chance.random() < 0.3:
        _glasses(pen, sitter)


def _eye(pen: Pen, sitter: Sitter, at: float) -> None:
    level = sitter.eyes
    pen.chord(_big(at - 22, level - 12, at + 22, level + 16), 196, 344, fill=(250, 248, 246))
    pen.ellipse(_big(at - 20, level - 8, at + 20, level + 9), fill=(250, 248, 246))
    pen.ellipse(_big(at - 9, level - 9, at + 9, level + 9), fill=(52, 36, 28))
    pen.ellipse(_big(at - 4, level - 4, at + 4, level + 4), fill=(14, 10, 10))
    pen.ellipse(_big(at - 5, level - 6, at - 1, level - 2), fill=(248, 248, 248))
    pen.arc(
        _big(at - 23, level - 12, at + 23, level + 18), 198, 342, fill=(44, 30, 26), width=3 * SCALE
    )
    pen.arc(
        _big(at - 22, level - 19, at + 22, level + 15),
        205,
        335,
        fill=_shade(sitter.skin, -46),
        width=2 * SCALE,
    )
    pen.arc(
        _big(at - 19, level - 14, at + 19, level + 12),
        25,
        155,
        fill=_shade(sitter.skin, -40),
        width=2 * SCALE,
    )
    thick = 5 if sitter.woman else 8
    brow = _shade(sitter.hair, 12)
    pen.arc(_big(at - 29, level - 40, at + 29, level + 8), 212, 328, fill=brow, width=thick * SCALE)


def _nose(pen: Pen, sitter: Sitter) -> None:
    middle = sitter.middle
    dark = _shade(sitter.skin, -52)
    for side in (-1, 1):
        ridge = _big(middle + side * 8, 292, middle + side * 13, 326)
        pen.line(ridge, fill=_shade(sitter.skin, -20), width=3 * SCALE)
    pen.arc(_big(middle - 23, 318, middle - 7, 340), 80, 270, fill=dark, width=3 * SCALE)
    pen.arc(_big(middle + 7, 318, middle + 23, 340), 270, 100, fill=dark, width=3 * SCALE)
    pen.arc(_big(middle - 14, 322, middle + 14, 344), 30, 150, fill=dark, width=3 * SCALE)
    for side in (-1, 1):
        pen.ellipse(
            _big(middle + side * 8 - 4, 335, middle + side * 8 + 4, 340),
            fill=_shade(sitter.skin, -80),
        )


def _mouth(pen: Pen, sitter: Sitter, half: int) -> None:
    middle = sitter.middle
    level = 366
    lip = (186, 88, 88) if sitter.woman else (176, 104, 92)
    upper = (
        middle - half,
        level,
        middle - 10,
        level - 9,
        middle,
        level - 6,
        middle + 10,
        level - 9,
        middle + half,
        level,
    )
    pen.polygon(_big(*upper), fill=_shade(lip, -18))
    pen.chord(_big(middle - half, level - 14, middle + half, level + 14), 0, 180, fill=lip)
    for side in (-1, 1):
        smile = (
            middle,
            level,
            middle + side * (half - 8),
            level,
            middle + side * (half + 6),
            level - 5,
        )
        pen.line(_big(*smile), fill=_shade(lip, -60), width=2 * SCALE, joint="curve")


def _glasses(pen: Pen, sitter: Sitter) -> None:
    rim = (50, 50, 56)
    for side in (-1, 1):
        at = sitter.middle + side * sitter.apart
        box = _big(at - 31, sitter.eyes - 21, at + 31, sitter.eyes + 24)
        pen.rounded_rectangle(box, radius=14 * SCALE, outline=rim, width=3 * SCALE)
    level = sitter.eyes - 3
    inner = sitter.apart - 31
    pen.line(
        _big(sitter.middle - inner, level, sitter.middle + inner, level), fill=rim, width=3 * SCALE
    )


def _hair(pen: Pen, sitter: Sitter, chance: random.Random) -> None:
    """A cap of hair above the forehead, with a parting and sideburns."""
    middle = sitter.middle
    wide = sitter.wide
    crown = sitter.crown
    out = wide + 9
    part = chance.randrange(-46, 47)
    line = 186 + chance.randrange(10)
    pen.pieslice(_big(middle - out, crown, middle + out, crown + 236), 180, 360, fill=sitter.hair)
    for side in (-1, 1):
        lock = (
            middle + side * out,
            crown + 112,
            middle + part,
            line - 26,
            middle + part,
            line,
            middle + side * (wide - 8),
            line + 44,
            middle + side * (wide + 2),
            262,
            middle + side * out,
            250,
        )
        pen.polygon(_big(*lock), fill=sitter.hair)
    shine = _big(middle - wide * 0.7, crown + 14, middle + wide * 0.5, crown + 120)
    pen.arc(shine, 215, 300, fill=_shade(sitter.hair, 20), width=7 * SCALE)


# -- light, grain, faults ------------------------------------------------------------------------------------


def _lit(picture: Image.Image, sitter: Sitter) -> Image.Image:
    """The light of two lamps: darker at the cheeks and below the brows, the nose and the chin."""
    shadow = Image.new("L", (SIZE[0] // SOFT, SIZE[1] // SOFT), 255)
    pen = ImageDraw.Draw(shadow)

    def dim(value: int, *box: float) -> None:
        pen.ellipse(tuple(side / SOFT for side in box), fill=value)

    middle = sitter.middle
    wide = sitter.wide
    dim(214, middle - wide - 4, 130, middle + wide + 4, sitter.chin + 4)
    dim(255, middle - wide * 0.72, 140, middle + wide * 0.72, sitter.chin - 16)
    for side in (-1, 1):
        at = middle + side * sitter.apart
        dim(222, at - 26, sitter.eyes - 26, at + 26, sitter.eyes + 14)
    dim(226, middle - 22, 318, middle + 22, 350)
    dim(206, middle - 50, sitter.chin - 6, middle + 50, sitter.chin + 44)
    soft = shadow.filter(ImageFilter.GaussianBlur(1.1)).resize(SIZE, Image.Resampling.BICUBIC)
    wall = Image.new("L", SIZE, 255)
    wall.paste(soft, mask=_inside(sitter))
    return ImageChops.multiply(picture, Image.merge("RGB", [wall] * 3))


def _inside(sitter: Sitter) -> Image.Image:
    """The area of the face and the neck, outside which the wall stays evenly lit."""
    mask = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(mask)
    middle = sitter.middle
    wide = sitter.wide
    jaw = sitter.wide * 0.86
    pen.ellipse((middle - wide, 128, middle + wide, sitter.chin - 28), fill=255)
    pen.ellipse((middle - jaw, 210, middle + jaw, sitter.chin), fill=255)
    pen.rectangle((middle - 46, sitter.chin - 40, middle + 46, 470), fill=255)
    pen.rectangle((0, 0, SIZE[0], 200), fill=0)
    return mask


@cache
def _noise(which: int) -> Image.Image:
    """One of a few sheets of grey noise, as coarse as a camera's."""
    small = (SIZE[0] // 2, SIZE[1] // 2)
    chance = random.Random(f"noise {which}")
    noise = Image.frombytes("L", small, chance.randbytes(small[0] * small[1])).resize(SIZE)
    soft = noise.point([128 + (value - 128) * 7 // 128 for value in range(256)])
    return Image.merge("RGB", [soft] * 3)


def noise_of(face: str) -> Image.Image:
    """The noise that is added to all pictures of a face."""
    return _noise(random.Random(f"noise of {face}").randrange(NOISES))


def with_noise(picture: Image.Image, noise: Image.Image) -> Image.Image:
    """The picture with a little noise, so that its file is as large as a real photo."""
    return ImageChops.add(picture, noise, scale=1, offset=-128)


def _grained(picture: Image.Image, chance: random.Random) -> Image.Image:
    return with_noise(picture, _noise(chance.randrange(NOISES)))


def _faulty(picture: Image.Image, fault: str) -> Image.Image:
    """The picture with a fault that happens in front of the camera."""
    if fault == "tilted":
        return picture.rotate(13, Image.Resampling.BICUBIC, center=(240, 420), fillcolor=BLUE)
    if fault == "blurred":
        return picture.filter(ImageFilter.GaussianBlur(4))
    if fault == "uneven":
        return Image.composite(
            picture, picture.point([value * 3 // 4 for value in range(256)] * 3), _falling()
        )
    if fault == "dark":
        return picture.point([value // 4 for value in range(256)] * 3)
    return picture


def _falling() -> Image.Image:
    """A gradient from white on the left to black on the right."""
    return Image.linear_gradient("L").rotate(90).resize(SIZE)


def _encoded(picture: Image.Image, fault: str) -> bytes:
    """The file, with a fault that happens when a picture is saved."""
    stream = io.BytesIO()
    quality = QUALITY
    more = {}
    if fault == "large":
        picture = picture.resize(LARGE, Image.Resampling.BICUBIC)
    elif fault == "heavy":
        quality = 96
    elif fault == "grey":
        picture = picture.convert("L")
    elif fault == "turned":
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        tags = Image.Exif()
        tags[0x0112] = 6
        more = {"exif": tags}
    picture.save(stream, "JPEG", quality=quality, dpi=DENSITY, **more)
    return stream.getvalue()


def write_zip(path: Path, pictures: Iterable[tuple[str, bytes]]) -> Path:
    """Write a flat zip of `学号.jpg`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, data in pictures:
            archive.writestr(f"{number}.jpg", data)
    return path
