"""The photo of annex 3: what is measured, what the policy asks, and the student that a file name
means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from math import inf
from typing import NamedTuple

from graduand.rulebook.canon import BadText, canon_number
from graduand.rulebook.photos.measures import FileFacts, Portrait

_KEY = re.compile(r"[0-9A-Z]{5,20}")
_SUFFIXES = ("jpg", "jpeg")
EXAMINES = ("portrait", "file")
_BANDS = (
    ("quality_min", "quality_good"),
    ("face_width_min", "face_width_max"),
    ("eyes_min", "eyes_max"),
    ("head_top_min", "head_top_max"),
    ("hue_min", "hue_max"),
    ("lightness_min", "lightness_max"),
    ("blur_warn", "blur_max"),
    ("motion_min", "motion_max"),
    ("light_min", "light_max"),
    ("look_person", "same_person"),
    ("look_duplicate", "same_picture"),
)


# Below this chroma (CIE Lab) a wall counts as colourless; the names of the colours by hue in
# degrees.
PALE = 10
_HUES = ((60, "红"), (105, "黄"), (200, "绿"), (310, "蓝"), (340, "紫"), (361, "红"))


@dataclass(frozen=True, slots=True)
class PhotoSpec:
    """What the policy asks of a picture. Pixels, bytes (50 KB = 51,200, P01).

    Above `max_bytes` and below `min_bytes` is refused, above `warn_bytes` is said; 0 switches the
    latter two off. `examine` is "portrait", or "file" where another office has judged face and
    backdrop already. The rest is the judge's: the bands around the national standard that measuring
    needs (ADR 7). Raises BadText for values that contradict each other.
    """

    width: int = 480
    height: int = 640
    max_bytes: int = 51_200
    warn_bytes: int = 0
    min_bytes: int = 0
    format: str = "jpeg"
    examine: str = "portrait"

    # the file: bytes, the encoder's quality, dots per inch
    small_bytes: int = 20_480
    max_pixels: int = 40_000_000
    quality_min: float = 30
    quality_good: float = 60
    dpi: int = 300
    # the face: the detector's score; pixels of the picture; degrees
    face_score: float = 0.80
    second_face: float = 24
    face_width_min: float = 175
    face_width_max: float = 308
    eyes_min: float = 195
    eyes_max: float = 308
    head_top_min: float = 44
    head_top_max: float = 118
    off_centre_max: float = 40
    roll_max: float = 7
    # the backdrop: blue in CIE Lab (hue in degrees), how many patches must be, dE; doubt within
    # `blue_doubt` units
    hue_min: float = 222
    hue_max: float = 290
    chroma_min: float = 25
    lightness_min: float = 42
    lightness_max: float = 88
    blue_doubt: float = 5
    blue_patches: int = 5
    uneven_max: float = 9
    frame_max: float = 12
    # the share of the height, from the lower edge up, that may be one flat colour
    flat_max: float = 0.05
    # sharpness: what a slight blur leaves, vertical over horizontal detail
    blur_warn: float = 0.42
    blur_max: float = 0.46
    motion_min: float = 0.6
    motion_max: float = 1.65
    # light inside the face: grey levels 0 to 255, a share, Lab chroma; a higher floor would refuse
    # dark skin
    light_min: float = 65
    light_max: float = 205
    clipped_max: float = 0.08
    contrast_min: float = 45
    asymmetry_max: float = 62
    face_chroma_min: float = 6
    # comparison: cosine of two faces
    same_person: float = 0.50
    look_person: float = 0.36
    same_picture: float = 0.90
    look_duplicate: float = 0.60

    def __post_init__(self) -> None:
        for key in ("width", "height", "max_bytes", "warn_bytes", "min_bytes"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise BadText(f"photo.{key} 应是不小于 0 的整数，现为 {value!r}")
        if not self.width or not self.height or self.min_bytes > self.max_bytes:
            raise BadText("photo 的宽、高须大于 0，min_bytes 不能大于 max_bytes")
        if self.format != "jpeg":
            raise BadText(f"photo.format 只支持 jpeg，现为 {self.format!r}")
        if self.examine not in EXAMINES:
            raise BadText(f"photo.examine 应是 {'、'.join(EXAMINES)} 之一，现为 {self.examine!r}")
        self._check_limits()

    @property
    def colour(self) -> str:
        """The required backdrop in a word: 蓝, 红 … or 浅 where any pale wall will do."""
        if self.chroma_min < PALE:
            return "浅"
        middle = (self.hue_min + self.hue_max) / 2 % 360
        return next(name for limit, name in _HUES if middle < limit)

    def _check_limits(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if field.name not in ("format", "examine") and not (number and 0 <= value < inf):
                raise BadText(f"photo.{field.name} 应是不小于 0 的数，现为 {value!r}")
        for low, high in _BANDS:
            if getattr(self, low) > getattr(self, high):
                raise BadText(f"photo.{low} 不能大于 photo.{high}")


@dataclass(frozen=True, slots=True)
class PhotoMeasure:
    """What a gateway found in the bytes; width, height and components are 0 when it is no JPEG.

    The judge wants more: `file` from the header, and `portrait` when the picture has the right size
    and decodes.
    """

    byte_length: int
    is_jpeg: bool
    width: int = 0
    height: int = 0
    components: int = 0
    file: FileFacts | None = None
    portrait: Portrait | None = None


class NamedPhoto(NamedTuple):
    """The key in a file name; `changed` when the name had to be cleaned to read it (Z08)."""

    key: str
    changed: bool


def student_no_of(file_name: str) -> NamedPhoto:
    """The 学号 (or another key) that a photo is named by: `学号.jpg`, annex 3 note 1.

    Width, case and invisible marks are forgiven and said in `changed`. Raises BadText for a path,
    another suffix, or a name that is no number; whether such a student exists is for the caller.
    """
    if "/" in file_name or "\\" in file_name:
        raise BadText(f"「{_short(file_name)}」在文件夹里，请直接压缩照片，不要放在文件夹中")
    stem, dot, suffix = file_name.rpartition(".")
    if not dot or canon_number(suffix).lower() not in _SUFFIXES:
        raise BadText(f"「{_short(file_name)}」不是 jpg 文件，请另存为 jpg 后以学号命名")
    key = canon_number(stem)
    if not _KEY.fullmatch(key):
        raise BadText(f"「{_short(file_name)}」不是以学号命名，应形如 2117151000123.jpg")
    return NamedPhoto(key, changed=key != stem)


def is_jpg(file_name: str) -> bool:
    """Whether a file name ends as a JPEG's does."""
    try:
        return canon_number(file_name.rpartition(".")[2]).lower() in _SUFFIXES
    except BadText:
        return False


def _short(name: str) -> str:
    if len(name) <= 60:
        return name
    return name[:60] + "…"
