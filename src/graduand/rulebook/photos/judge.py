"""The judge: everything about one picture at once, comparison with other pictures, and the drawing
that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graduand.rulebook.photos.file_rules import file_findings
from graduand.rulebook.photos.findings import (
    PhotoCode,
    PhotoFinding,
    PhotoVerdict,
    can_be_repaired,
    verdict_of,
)
from graduand.rulebook.photos.measures import Box, Portrait
from graduand.rulebook.photos.portrait import is_blue, portrait_findings, real_faces, roll
from graduand.rulebook.photos.spec import PhotoMeasure, PhotoSpec
from graduand.rulebook.terms import PhotoKind
from graduand.rulebook.words import Word

REVIEW = PhotoVerdict.REVIEW
VERSION = (
    2  # of the rules: raised when the same picture under the same limits may be judged otherwise
)


@dataclass(frozen=True, slots=True)
class PhotoJudgement:
    """What is said of one picture; `repairable` when the allowed repairs would make it acceptable."""

    findings: tuple[PhotoFinding, ...]

    @property
    def verdict(self) -> PhotoVerdict:
        return verdict_of(self.findings)

    @property
    def repairable(self) -> bool:
        return can_be_repaired(self.findings)


def judge(measure: PhotoMeasure, spec: PhotoSpec) -> PhotoJudgement:
    """Judge one picture: all findings, the file's first. A picture that was not decoded is judged
    by its file alone.
    """
    found = file_findings(measure, spec)
    if measure.portrait is not None:
        found += portrait_findings(measure.portrait, spec)
    return PhotoJudgement(tuple(found))


# -- comparison: never decides alone, a person does ---------------------------------------------------------


def person_findings(cosine: float, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """毕业照片 compared with 录取照片: the same person? `cosine` of the two faces."""
    value = f"{cosine:.2f}"
    limit = f"≥{spec.same_person:g}"
    if cosine < spec.look_person:
        text = "与录取照片疑似不是同一人，请对照两张照片人工核对"
        yield PhotoFinding(PhotoCode.FACE_MISMATCH, REVIEW, value, limit, text)
    elif cosine < spec.same_person:
        text = "与录取照片是否同一人难以判断，请对照两张照片人工核对"
        yield PhotoFinding(PhotoCode.FACE_UNSURE, REVIEW, value, limit, text)


def chsi_findings(cosine: float, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """毕业照片 compared with 学信网's copy: the same picture (notice 四.2(3))? Pixels need not be equal."""
    if cosine < spec.same_picture:
        text = "与学信网学历照片不是同一张照片，以学信网照片为准，请人工核对"
        value = f"{cosine:.2f}"
        limit = f"≥{spec.same_picture:g}"
        yield PhotoFinding(PhotoCode.CHSI_PHOTO_DIFFERS, REVIEW, value, limit, text)


def comparison_findings(kind: PhotoKind, cosine: float, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """毕业照片 compared with the picture of `kind`."""
    if kind is PhotoKind.ADMISSION:
        return person_findings(cosine, spec)
    return chsi_findings(cosine, spec)


def differs_from_registry() -> PhotoFinding:
    """The registry's copy has other pixels: it may be the same picture encoded anew, or not."""
    text = "与所存的学信网学历照片不是同一个文件，是否同一张照片请人工核对（以学信网照片为准）"
    return PhotoFinding(PhotoCode.CHSI_PHOTO_DIFFERS, REVIEW, "画面不完全相同", "同一张照片", text)


def unusable_reference(kind: PhotoKind, why: str) -> PhotoFinding:
    """The other picture cannot be compared with."""
    text = f"{kind.label}{why}，无法自动对照，请人工核对"
    return PhotoFinding(PhotoCode.REFERENCE_UNUSABLE, REVIEW, why, "可对照", text)


def equal_picture(other: str) -> PhotoFinding:
    """Pixel for pixel the picture of somebody else: wrong for one of the two at least (P12)."""
    text = f"与 {other} 的照片完全相同，请核对是哪一位学生的照片"
    return PhotoFinding(PhotoCode.DUPLICATE_IMAGE, PhotoVerdict.FAIL, other, "各人各照", text)


def alike_findings(other: str, cosine: float, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    """A face that looks like somebody else's in the same season."""
    value = f"{other}（{cosine:.2f}）"
    if cosine >= spec.same_picture:
        text = f"与 {other} 的照片像是同一张，请核对是哪一位学生的照片"
        yield PhotoFinding(
            PhotoCode.DUPLICATE_IMAGE, REVIEW, value, f"<{spec.same_picture:g}", text
        )
    elif cosine >= spec.look_duplicate:
        text = f"与 {other} 的照片很像同一人，请核对有没有交错照片"
        yield PhotoFinding(PhotoCode.LOOKS_ALIKE, REVIEW, value, f"<{spec.look_duplicate:g}", text)


# -- the drawing ---------------------------------------------------------------------------------------------


class MarkKind(Word):
    """What a mark of the drawing stands for."""

    HEAD_BAND = "head_band", "头顶应在的范围"
    EYE_BAND = "eye_band", "眼睛应在的范围"
    CENTRE_BAND = "centre_band", "人像应在的中线范围"
    PATCH = "patch", "背景取样"
    STRAY = "stray", "文字或杂物"
    FACE = "face", "人脸"
    FACE_WIDTH = "face_width", "脸宽"
    EYE_LINE = "eye_line", "眼线"
    HEAD_TOP = "head_top", "头顶线"


class PhotoMark(NamedTuple):
    """A rectangle or a line (from x0, y0 to x1, y1 in pixels of the picture); `good` when it is as
    asked.
    """

    kind: MarkKind
    x0: float
    y0: float
    x1: float
    y1: float
    good: bool = True


def overlay(portrait: Portrait, spec: PhotoSpec) -> tuple[PhotoMark, ...]:
    """The drawing over a picture: where things should be, where they were found, and which are not
    as asked.
    """
    wide = float(spec.width)
    marks = _bands(spec)
    if portrait.backdrop is not None:
        marks += [
            PhotoMark(MarkKind.PATCH, *patch.box, is_blue(patch, spec))
            for patch in portrait.backdrop.patches
        ]
        marks += [PhotoMark(MarkKind.STRAY, *box, good=False) for box in portrait.backdrop.stray]
    if portrait.stamp is not None:
        marks.append(PhotoMark(MarkKind.STRAY, *portrait.stamp, good=False))
    if portrait.flat > spec.flat_max:
        marks.append(
            PhotoMark(
                MarkKind.STRAY, 0, spec.height * (1 - portrait.flat), wide, spec.height, good=False
            )
        )
    return (*marks, *_face_marks(portrait, spec))


def _bands(spec: PhotoSpec) -> list[PhotoMark]:
    """Where the head, the eyes and the middle of the face should be."""
    wide = float(spec.width)
    middle = spec.width / 2
    return [
        PhotoMark(MarkKind.HEAD_BAND, 0, spec.head_top_min, wide, spec.head_top_max),
        PhotoMark(MarkKind.EYE_BAND, 0, spec.eyes_min, wide, spec.eyes_max),
        PhotoMark(
            MarkKind.CENTRE_BAND,
            middle - spec.off_centre_max,
            0,
            middle + spec.off_centre_max,
            spec.height,
        ),
    ]


def _face_marks(portrait: Portrait, spec: PhotoSpec) -> Iterator[PhotoMark]:
    faces = real_faces(portrait, spec)
    for place, face in enumerate(faces):
        yield PhotoMark(MarkKind.FACE, *face.box, good=not place)
    if not faces:
        return
    face = faces[0]
    fits = spec.face_width_min <= face.width <= spec.face_width_max
    level = Box(face.box.x0, face.mouth_y, face.box.x1, face.mouth_y)
    yield PhotoMark(MarkKind.FACE_WIDTH, *level, fits)
    straight = spec.eyes_min <= face.eyes.y <= spec.eyes_max and abs(roll(face)) <= spec.roll_max
    yield PhotoMark(MarkKind.EYE_LINE, *face.right_eye, *face.left_eye, straight)
    if portrait.head_top is not None:
        top = portrait.head_top
        yield PhotoMark(
            MarkKind.HEAD_TOP,
            0,
            top,
            spec.width,
            top,
            spec.head_top_min <= top <= spec.head_top_max,
        )
