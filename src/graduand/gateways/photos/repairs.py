"""The repairs that a picture may get: turned as EXIF says, cropped, scaled down, encoded again,
metadata removed. Nothing else.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from graduand.gateways.photos import faces
from graduand.gateways.photos.jpegs import read_header
from graduand.rulebook.photos.measures import Face
from graduand.rulebook.photos.spec import PhotoSpec

QUALITIES = (92, 88, 84, 80, 76, 72, 68, 64, 60)  # the standard asks for 60 at least
EYES = (
    # Share of the height at which the eyes of a cropped picture are: the middle of the allowed
    # range
    0.40
)
MOST_PROFILE = 4_096  # bytes: an sRGB profile takes about three thousand
TURNED = "按 EXIF 标记转正"
STRIPPED = "去掉附加信息"


class NotRepairable(ValueError):
    """The allowed repairs do not help this picture; str() is a Chinese sentence."""


class Size(NamedTuple):
    """Pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RepairedPicture:
    """The repaired JPEG, and the repairs in words, in order."""

    data: bytes
    steps: tuple[str, ...]


def repair(data: bytes, spec: PhotoSpec) -> RepairedPicture:
    """A baseline JPEG of the right size and at most `max_bytes`. Raises NotRepairable.

    The picture is never enlarged, levelled, mirrored or retouched: the standard forbids it.
    """
    header = read_header(data)
    if (
        not header.is_jpeg
        or header.components != 3
        or not 0 < header.width * header.height <= spec.max_pixels
    ):
        raise NotRepairable("不是可以修复的彩色 jpg 照片，请重新提供")
    steps: list[str] = []
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as opened:
            picture = opened.convert("RGB")
            turned = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, UnidentifiedImageError) as problem:
        raise NotRepairable("照片文件已损坏，不能修复，请重新提供") from problem
    if header.file is not None and header.file.orientation != 1:
        picture = turned
        steps.append(TURNED)
    picture = _fitted(picture, Size(spec.width, spec.height), steps)
    return _encoded(picture, spec, steps)


def _fitted(picture: Image.Image, wanted: Size, steps: list[str]) -> Image.Image:
    """Cropped to the right shape, scaled down to the right size."""
    have = Size(*picture.size)
    if have.width < wanted.width or have.height < wanted.height:
        raise NotRepairable(f"照片只有 {have.width}×{have.height}，不能放大，请重新拍摄")
    if have.width * wanted.height != have.height * wanted.width:
        box = _window(picture, have, wanted)
        picture = picture.crop(box)
        steps.append(f"裁切为 {picture.width}×{picture.height}")
    if picture.size != tuple(wanted):
        picture = picture.resize((wanted.width, wanted.height), Image.Resampling.LANCZOS)
        steps.append(f"缩小为 {wanted.width}×{wanted.height}")
    return picture


def _window(picture: Image.Image, have: Size, wanted: Size) -> tuple[int, int, int, int]:
    """The largest window of the right shape, with the face in its middle where there is a face."""
    wide = min(have.width, have.height * wanted.width // wanted.height)
    high = min(have.height, wide * wanted.height // wanted.width)
    face = _face(picture)
    across = have.width / 2
    down = have.height / 2
    if face is not None:
        across = face.eyes.x
        down = face.eyes.y + (0.5 - EYES) * high
    left = round(min(max(across - wide / 2, 0), have.width - wide))
    top = round(min(max(down - high / 2, 0), have.height - high))
    return left, top, left + wide, top + high


def _face(picture: Image.Image) -> Face | None:
    """The largest face, in pixels of the picture; None where there is none, or no detector."""
    share = min(1.0, faces.LONGEST / max(picture.size))
    small = picture
    if share != 1:
        small = picture.resize((round(picture.width * share), round(picture.height * share)))
    try:
        found = faces.find_faces(
            np.ascontiguousarray(np.asarray(small, dtype=np.uint8)[:, :, ::-1])
        )
    except faces.FacesMissing:
        return None
    if not found:
        return None
    return found[0].scaled(1 / share)


def _encoded(picture: Image.Image, spec: PhotoSpec, steps: list[str]) -> RepairedPicture:
    """The best quality that fits into the allowed bytes (P15); of the metadata only a colour
    profile is kept.
    """
    profile = picture.info.get("icc_profile") or b""
    picture.info.clear()  # a comment left here would be written again
    kept = {}
    if len(profile) <= MOST_PROFILE:
        kept["icc_profile"] = profile
    for quality in QUALITIES:
        stream = io.BytesIO()
        picture.save(
            stream,
            "JPEG",
            quality=quality,
            dpi=(spec.dpi, spec.dpi),
            progressive=False,
            optimize=True,
            **kept,
        )
        if stream.tell() <= spec.max_bytes:
            done = f"以质量 {quality} 重新编码为 {stream.tell():,} 字节的基线 jpg（{spec.dpi} dpi）"
            return RepairedPicture(stream.getvalue(), (*steps, done, STRIPPED))
    raise NotRepairable(
        f"压缩到质量 {QUALITIES[-1]} 仍超过 {spec.max_bytes:,} 字节，不能修复，请重新提供"
    )
