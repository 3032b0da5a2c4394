"""Pictures from outside: the JPEG header read without decoding, a strict decode, a copy without
metadata.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import simplejpeg
from PIL import Image

from graduand.rulebook.photos.spec import PhotoMeasure

SOI = 0xD8
EOI = 0xD9
SOS = 0xDA
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
APP0 = 0xE0
APP1 = 0xE1
APP2 = 0xE2
APP14 = 0xEE
COMMENT = 0xFE
MAX_PIXELS = 40_000_000
ORIENTATION = 0x0112
UPRIGHT = 1
PREVIEW = (480, 640)
# The next marker after a scan; stuffed zeros, fill bytes and restart markers belong to the scan.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")

NOT_JPEG = "文件不是 jpg 图片，请另存为 jpg（不能只改扩展名）"
BROKEN = "照片文件已损坏或不完整；请换成能正常打开的照片"


class PictureRefused(Exception):
    """The bytes are not a picture that can be stored; str() is a Chinese sentence."""


class Segment(NamedTuple):
    """A marker segment: bytes `start` to `end` of the file, the payload from `body`."""

    marker: int
    start: int
    body: int
    end: int


class DecodedPicture(NamedTuple):
    """A picture that decodes: its measures, and a copy of it without EXIF, comments and any bytes
    after the picture.
    """

    measure: PhotoMeasure
    stripped: bytes


def look(data: bytes) -> DecodedPicture:
    """Measure and decode a picture. Raises PictureRefused unless it is a whole, upright JPEG.

    The size comes from the header, so nothing is decoded above MAX_PIXELS (P04); the decoder is
    strict, since lenient ones pass half a picture (P05).
    """
    if data[:2] != b"\xff\xd8":
        raise PictureRefused(NOT_JPEG)
    parts = list(segments(data))
    frame = next((part for part in parts if part.marker in FRAMES), None)
    if frame is None or parts[-1].marker != EOI or frame.end - frame.body < 6:
        raise PictureRefused(BROKEN)
    bits, height, width, components = struct.unpack_from(">BHHB", data, frame.body)
    _check_size(width, height)
    if components not in (1, 3):
        raise PictureRefused("照片是 CMYK（印刷色）图片，请提供彩色（RGB）照片")
    if bits != 8:
        raise PictureRefused(f"照片是每通道 {bits} 位的图片；请另存为普通的 24 位 jpg")
    if orientation(data, parts) != UPRIGHT:
        raise PictureRefused(
            "照片是靠 EXIF 标记转正的，打印时会横倒；请在看图软件里转正后另存为 jpg"
        )
    _decode(data, components)
    measure = PhotoMeasure(
        len(data), is_jpeg=True, width=width, height=height, components=components
    )
    return DecodedPicture(measure, _strip(data, parts))


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise PictureRefused(BROKEN)
    if width * height > MAX_PIXELS:
        raise PictureRefused(
            f"照片尺寸 {width}×{height} 过大（超过 {MAX_PIXELS // 1_000_000} 百万像素）；请裁切到规定尺寸"
        )


def _decode(data: bytes, components: int) -> None:
    try:
        simplejpeg.decode_jpeg(data, "GRAY" if components == 1 else "RGB", strict=True)
    except (ValueError, RuntimeError) as error:
        raise PictureRefused(BROKEN) from error


def preview(data: bytes) -> bytes:
    """A small JPEG of the picture for a page, encoded anew and at most PREVIEW pixels. Raises
    PictureRefused.
    """
    frame = next(
        (part for part in segments(data) if part.marker in FRAMES and part.end - part.body >= 6),
        None,
    )
    if frame is None:
        raise PictureRefused(BROKEN)
    height, width = struct.unpack_from(">HH", data, frame.body + 1)
    if not 0 < height * width <= MAX_PIXELS:
        raise PictureRefused(BROKEN)
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            picture.draft("RGB", PREVIEW)
            shown = picture.convert("RGB")
    except (OSError, ValueError, SyntaxError) as problem:
        raise PictureRefused(BROKEN) from problem
    shown.thumbnail(PREVIEW)
    shown.info.clear()  # a comment left here would be written again
    stream = io.BytesIO()
    shown.save(stream, "JPEG", quality=85)
    return stream.getvalue()


def segments(data: bytes) -> Iterator[Segment]:
    """The marker segments in order; entropy-coded bytes belong to no segment. Stops where the file
    breaks off.
    """
    place = 2
    yield Segment(SOI, 0, 2, 2)
    while place + 2 <= len(data):
        if data[place] != 0xFF:
            return
        marker = data[place + 1]
        if marker == 0xFF:  # fill byte
            place += 1
            continue
        if marker == EOI:
            yield Segment(EOI, place, place + 2, place + 2)
            return
        if marker in STANDALONE:
            yield Segment(marker, place, place + 2, place + 2)
            place += 2
            continue
        if place + 4 > len(data):
            return
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if end > len(data) or end < place + 4:
            return
        yield Segment(marker, place, place + 4, end)
        place = end
        if marker == SOS:
            place = _after_scan(data, end)


def _after_scan(data: bytes, place: int) -> int:
    """The end of the entropy-coded bytes that begin at `place`: the next marker that is not part of
    them.
    """
    found = _MARKER.search(data, place)
    if found:
        return found.start()
    return len(data)


def _kept(data: bytes, part: Segment) -> bool:
    """Whether a segment is kept. JFIF, Adobe and ICC segments are needed for colour; EXIF, XMP,
    comments and the rest name people and places (P08).
    """
    if part.marker == APP2:
        return data.startswith(b"ICC_PROFILE\0", part.body)
    if part.marker in (APP0, APP14):
        return data.startswith((b"JFIF\0", b"Adobe"), part.body)
    return part.marker != COMMENT and not APP0 <= part.marker <= 0xEF


def stripped(data: bytes) -> bytes:
    """The picture bit for bit without EXIF, comments and any bytes after it; of a damaged JPEG, the
    part that can be read.
    """
    return _strip(data, list(segments(data)))


def _strip(data: bytes, parts: list[Segment]) -> bytes:
    """The bytes without the segments that are not kept, and without anything after the picture
    (P06).
    """
    pieces = []
    place = 0
    for part in parts:
        if not _kept(data, part):
            pieces.append(data[place : part.start])
            place = part.end
    pieces.append(data[place : parts[-1].end])
    return b"".join(pieces)


def orientation(data: bytes, parts: list[Segment]) -> int:
    """The EXIF orientation; 1 (upright) when there is none or it can't be read (P07)."""
    for part in parts:
        if part.marker == APP1 and data.startswith(b"Exif\0\0", part.body):
            return _orientation_in(data[part.body + 6 : part.end])
    return UPRIGHT


def _orientation_in(tiff: bytes) -> int:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return UPRIGHT
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return UPRIGHT
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for index in range(count):
        place = start + 2 + index * 12
        if place + 12 > len(tiff):
            break
        tag, _kind, _number, value = struct.unpack_from(order + "HHIH", tiff, place)
        if tag == ORIENTATION:
            if 1 <= value <= 8:
                return int(value)
            return UPRIGHT
    return UPRIGHT
