"""What gateways measure of a picture: the file, the face, the backdrop, sharpness and light, as
plain numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels of the picture, right and lower edge excluded."""

    x0: float
    y0: float
    x1: float
    y1: float


class Point(NamedTuple):
    """A place in pixels from the upper left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the bytes of a JPEG say without being decoded; `decodes` is None when nobody tried.

    `quality` is the encoder's 1 to 100 read back from the tables, `dpi` 0 when the file names none,
    `tail` the bytes after the end of the picture.
    """

    has_frame: bool = True
    has_end: bool = True
    bits: int = 8
    orientation: int = 1
    quality: float | None = None
    progressive: bool = False
    gps: bool = False
    dpi: int = 0
    tail: int = 0
    decodes: bool | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One face that a detector found; right and left are the person's own. `score` is 0 to 1."""

    box: Box
    score: float
    right_eye: Point
    left_eye: Point
    nose: Point
    right_mouth: Point
    left_mouth: Point

    @property
    def width(self) -> float:
        return self.box.x1 - self.box.x0

    @property
    def eyes(self) -> Point:
        """The middle between the eyes."""
        return Point(
            (self.right_eye.x + self.left_eye.x) / 2, (self.right_eye.y + self.left_eye.y) / 2
        )

    def scaled(self, share: float) -> Face:
        """The same face in a picture `share` times as large."""
        points = (self.right_eye, self.left_eye, self.nose, self.right_mouth, self.left_mouth)
        box = Box(*(side * share for side in self.box))
        return Face(box, self.score, *(Point(point.x * share, point.y * share) for point in points))

    @property
    def mouth_y(self) -> float:
        return (self.right_mouth.y + self.left_mouth.y) / 2


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of the backdrop: median colour in CIE Lab (hue in degrees); `even` when no hair or
    edge is in it.
    """

    box: Box
    lightness: float
    chroma: float
    hue: float
    even: bool = True
    upper: bool = False


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The wall behind the person. `frame` and the distances between `patches` are CIE76 dE.

    `spread[i][j]` is the distance of the patches i and j, `frame` the outermost line's from the
    wall inside, `stray` what lies above the eyes and is neither wall nor person.
    """

    patches: tuple[Patch, ...]
    spread: tuple[tuple[float, ...], ...]
    frame: float
    stray: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Sharpness:
    """`reblur`: share of the face's fine detail that a slight blur leaves; `direction`: vertical
    over horizontal.
    """

    reblur: float
    direction: float


@dataclass(frozen=True, slots=True)
class Light:
    """Grey levels 0 to 255 inside the face; `clipped` a share, `asymmetry` between the halves,
    `chroma` in Lab.
    """

    mean: float
    contrast: float
    clipped: float
    asymmetry: float
    chroma: float


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is seen in a picture: `faces` largest first; the rest belongs to the first one, None
    without a face.

    `head_top` is the first row of the head, in pixels from the upper edge, None when it can't be
    told. `flat` is the share of the height, from the lower edge up, that shows nothing; `stamp` is
    where a date stands below the eyes.
    """

    faces: tuple[Face, ...]
    head_top: float | None = None
    backdrop: Backdrop | None = None
    sharpness: Sharpness | None = None
    light: Light | None = None
    flat: float = 0.0
    stamp: Box | None = None
