"""The photo of annex 3: what is measured, what the policy asks, and the student that a file name means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from graduand.rulebook.canon import BadText, canon_number
from graduand.rulebook.terms import Severity

_KEY = re.compile(r"[0-9A-Z]{5,20}")
_SUFFIXES = ("jpg", "jpeg")
_WARNINGS = frozenset({"BYTES-HIGH"})


@dataclass(frozen=True, slots=True)
class PhotoSpec:
    """What the policy asks of a picture. Pixels, bytes (50 KB = 51,200, hazards P01).

    Above `max_bytes` and below `min_bytes` is refused, above `warn_bytes` is said; 0 switches the latter
    two off. Raises BadText for values that contradict each other.
    """

    width: int = 480
    height: int = 640
    max_bytes: int = 51_200
    warn_bytes: int = 40_960
    min_bytes: int = 0
    format: str = "jpeg"

    def __post_init__(self) -> None:
        for key in ("width", "height", "max_bytes", "warn_bytes", "min_bytes"):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise BadText(f"photo.{key} 应是不小于 0 的整数，现为 {value!r}")
        if not self.width or not self.height or self.min_bytes > self.max_bytes:
            raise BadText("photo 的宽、高须大于 0，min_bytes 不能大于 max_bytes")
        if self.format != "jpeg":
            raise BadText(f"photo.format 只支持 jpeg，现为 {self.format!r}")


@dataclass(frozen=True, slots=True)
class PhotoMeasure:
    """What a gateway found in the bytes; width, height and components are 0 when it is no JPEG."""

    byte_length: int
    is_jpeg: bool
    width: int = 0
    height: int = 0
    components: int = 0


class PhotoProblem(NamedTuple):
    """One way in which a picture misses the spec; `text` is a Chinese sentence with what to do."""

    code: str
    value: str
    limit: str
    text: str

    @property
    def severity(self) -> Severity:
        return Severity.WARN if self.code in _WARNINGS else Severity.BLOCK


class NamedPhoto(NamedTuple):
    """The key in a file name; `changed` when the name had to be cleaned to read it (hazards Z08)."""

    key: str
    changed: bool


def photo_problems(measure: PhotoMeasure, spec: PhotoSpec) -> list[PhotoProblem]:
    """Every way in which the picture misses the spec; empty when it is as asked."""
    found = _bytes_problems(measure.byte_length, spec)
    if not measure.is_jpeg:
        text = "文件不是 jpg 图片，请另存为 jpg（不能只改扩展名）"
        return [PhotoProblem("FORMAT", "不是 JPEG", "JPEG", text), *found]
    if (measure.width, measure.height) != (spec.width, spec.height):
        found.append(_pixel_problem(measure, spec))
    if measure.components != 3:
        kind = {1: "黑白", 4: "CMYK（印刷色）"}.get(measure.components, f"{measure.components} 个颜色通道")
        text = f"照片是{kind}图片，请提供彩色（RGB）照片"
        found.append(PhotoProblem("COLOUR", str(measure.components), "3", text))
    return found


def student_no_of(file_name: str) -> NamedPhoto:
    """The 学号 (or another key) that a photo is named by: `学号.jpg`, annex 3 note 1.

    Width, case and invisible marks are forgiven and said in `changed`. Raises BadText for a path, another
    suffix, or a name that is no number; whether such a student exists is for the caller.
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


def _bytes_problems(size: int, spec: PhotoSpec) -> list[PhotoProblem]:
    if size > spec.max_bytes:
        text = f"照片 {size:,} 字节，超过上限 {spec.max_bytes:,} 字节，请压缩后重新上传"
        return [PhotoProblem("BYTES-MAX", str(size), str(spec.max_bytes), text)]
    if size < spec.min_bytes:
        text = f"照片只有 {size:,} 字节，低于 {spec.min_bytes:,} 字节，可能过度压缩，请提供原图"
        return [PhotoProblem("BYTES-MIN", str(size), str(spec.min_bytes), text)]
    if 0 < spec.warn_bytes < size:
        text = f"照片 {size:,} 字节，一般应不超过 {spec.warn_bytes:,} 字节"
        return [PhotoProblem("BYTES-HIGH", str(size), str(spec.warn_bytes), text)]
    return []


def _pixel_problem(measure: PhotoMeasure, spec: PhotoSpec) -> PhotoProblem:
    has, need = f"{measure.width}×{measure.height}", f"{spec.width}×{spec.height}"
    advice = "请裁切到规定尺寸"
    if (measure.height, measure.width) == (spec.width, spec.height):
        advice = "照片是横放的，请转正"
    elif measure.width * spec.height == measure.height * spec.width:
        advice = "宽高比例正确，请缩放到规定尺寸"
    return PhotoProblem("PIXELS", has, need, f"照片尺寸 {has}，应为 {need}（宽×高，像素），{advice}")


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:60] + "…"
