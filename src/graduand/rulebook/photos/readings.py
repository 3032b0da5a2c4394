"""The numbers behind a judgement as people read them: what was measured, what is allowed, whether
it fits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from graduand.rulebook.photos.measures import Portrait
from graduand.rulebook.photos.portrait import evenness, is_blue, real_faces, roll
from graduand.rulebook.photos.spec import PhotoMeasure, PhotoSpec


class Reading(NamedTuple):
    """One line of the table: a name with its unit, the value, the limit ("" when there is none),
    whether it fits.
    """

    label: str
    value: str
    limit: str
    good: bool


def spec_digest(spec: PhotoSpec) -> str:
    """A hash of every limit: the same picture under the same digest is judged the same."""
    text = ";".join(f"{field.name}={getattr(spec, field.name)}" for field in fields(spec))
    return hashlib.sha256(text.encode()).hexdigest()


def readings(measure: PhotoMeasure, spec: PhotoSpec) -> tuple[Reading, ...]:
    """Everything that was measured, the file first."""
    return (*_file(measure, spec), *_portrait(measure.portrait, spec))


def _file(measure: PhotoMeasure, spec: PhotoSpec) -> Iterator[Reading]:
    size = measure.byte_length
    limit = spec.max_bytes
    yield Reading("文件大小（字节）", f"{size:,}", f"≤{limit:,}", spec.min_bytes <= size <= limit)
    facts = measure.file
    if not measure.is_jpeg or facts is None:
        return
    right = (measure.width, measure.height) == (spec.width, spec.height)
    yield Reading(
        "宽×高（像素）", f"{measure.width}×{measure.height}", f"{spec.width}×{spec.height}", right
    )
    if facts.quality is not None:
        good = facts.quality >= spec.quality_min
        yield Reading("JPEG 质量", f"{facts.quality:.0f}", f"≥{spec.quality_good:g}", good)
    if facts.dpi:
        yield Reading("分辨率（dpi）", str(facts.dpi), str(spec.dpi), facts.dpi == spec.dpi)


def _portrait(portrait: Portrait | None, spec: PhotoSpec) -> Iterator[Reading]:
    if portrait is None:
        return
    faces = real_faces(portrait, spec)
    if not faces:
        return
    face = faces[0]
    yield Reading("人脸数", str(len(faces)), "1", len(faces) == 1)
    yield _band("脸宽（像素）", face.width, spec.face_width_min, spec.face_width_max)
    yield _band("眼线高度（像素）", face.eyes.y, spec.eyes_min, spec.eyes_max)
    if portrait.head_top is not None:
        yield _band("头顶高度（像素）", portrait.head_top, spec.head_top_min, spec.head_top_max)
    off = face.eyes.x - spec.width / 2
    tilt = roll(face)
    yield Reading(
        "偏离中线（像素）",
        f"{off:+.0f}",
        f"±{spec.off_centre_max:g}",
        abs(off) <= spec.off_centre_max,
    )
    yield Reading("歪斜（度）", f"{tilt:+.1f}", f"±{spec.roll_max:g}", abs(tilt) <= spec.roll_max)
    yield from _surroundings(portrait, spec)


def _surroundings(portrait: Portrait, spec: PhotoSpec) -> Iterator[Reading]:
    wall = portrait.backdrop
    sharp = portrait.sharpness
    light = portrait.light
    if wall is not None:
        blue = sum(is_blue(patch, spec) for patch in wall.patches)
        uneven = evenness(wall, spec)
        label = f"{spec.colour}色背景取样（处）"
        counted = f"{blue}/{len(wall.patches)}"
        yield Reading(label, counted, f"≥{spec.blue_patches}", blue >= spec.blue_patches)
        yield Reading(
            "背景色差", f"{uneven:.1f}", f"≤{spec.uneven_max:g}", uneven <= spec.uneven_max
        )
    if sharp is not None:
        yield Reading(
            "模糊程度", f"{sharp.reblur:.2f}", f"≤{spec.blur_warn:g}", sharp.reblur <= spec.blur_max
        )
    if light is not None:
        yield _band("脸部亮度", light.mean, spec.light_min, spec.light_max)
        good = light.asymmetry <= spec.asymmetry_max
        yield Reading("左右亮度差", f"{light.asymmetry:.0f}", f"≤{spec.asymmetry_max:g}", good)
    whole = portrait.flat <= spec.flat_max
    yield Reading("下部单色的比例", f"{portrait.flat:.0%}", f"≤{spec.flat_max:.0%}", whole)
    yield Reading(
        "下部的日期或文字（处）", str(int(portrait.stamp is not None)), "0", portrait.stamp is None
    )


def _band(label: str, value: float, low: float, high: float) -> Reading:
    return Reading(label, f"{value:.0f}", f"{low:g}–{high:g}", low <= value <= high)
