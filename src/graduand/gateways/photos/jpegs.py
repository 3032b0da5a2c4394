"""What a JPEG's bytes tell without decoding a pixel: size, colours, orientation, quality, metadata,
and whether it is whole.
"""

from __future__ import annotations

import struct
from functools import lru_cache

from graduand.gateways.photos.images import (
    APP0,
    APP1,
    EOI,
    FRAMES,
    SOS,
    Segment,
    orientation,
    segments,
)
from graduand.rulebook.photos.measures import FileFacts
from graduand.rulebook.photos.spec import PhotoMeasure

DQT = 0xDB
PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
GPS = 0x8825
PER_CM = 2
CM_PER_INCH = 2.54
# The luminance table of the JPEG standard (ITU-T T.81, table K.1) in zigzag order, and the sum of
# its entries.
LUMINANCE = (
    16,
    11,
    12,
    14,
    12,
    10,
    16,
    14,
    13,
    14,
    18,
    17,
    16,
    19,
    24,
    40,
    26,
    24,
    22,
    22,
    24,
    49,
    35,
    37,
    29,
    40,
    58,
    51,
    61,
    60,
    57,
    51,
    56,
    55,
    64,
    72,
    92,
    78,
    64,
    68,
    87,
    69,
    55,
    56,
    80,
    109,
    81,
    87,
    95,
    98,
    103,
    104,
    103,
    62,
    77,
    113,
    121,
    112,
    100,
    120,
    92,
    101,
    103,
    99,
)


def read_header(data: bytes, length: int | None = None) -> PhotoMeasure:
    """Measure the file without decoding it. `length` is its size in bytes where `data` is only its
    beginning. Never raises.
    """
    size = length
    if size is None:
        size = len(data)
    if data[:2] != b"\xff\xd8":
        return PhotoMeasure(size, is_jpeg=False)
    parts = list(segments(data))
    frame = next(
        (part for part in parts if part.marker in FRAMES and part.end - part.body >= 6), None
    )
    bits = 8
    height = 0
    width = 0
    components = 0
    if frame is not None:
        bits, height, width, components = struct.unpack_from(">BHHB", data, frame.body)
    end = _end(data, parts)
    facts = FileFacts(
        has_frame=bool(width and height),
        has_end=end is not None or size > len(data),
        bits=bits,
        orientation=orientation(data, parts),
        quality=_quality(data, parts),
        progressive=frame is not None and frame.marker in PROGRESSIVE,
        gps=_has_gps(data, parts),
        dpi=_dpi(data, parts),
        tail=0 if end is None else size - end,
    )
    return PhotoMeasure(
        size, is_jpeg=True, width=width, height=height, components=components, file=facts
    )


def _end(data: bytes, parts: list[Segment]) -> int | None:
    """Where the picture ends; None when it breaks off. False markers inside a scan do not hide its
    end.
    """
    if parts[-1].marker == EOI:
        return parts[-1].end
    scans = [part.end for part in parts if part.marker == SOS]
    if not scans:
        return None
    place = data.rfind(b"\xff\xd9", scans[0])
    if place < 0:
        return None
    return place + 2


def _quality(data: bytes, parts: list[Segment]) -> float | None:
    """The encoder's quality, 1 to 100, as the luminance table is scaled by the usual encoders."""
    for part in parts:
        if part.marker == DQT and part.end - part.body >= 65 and data[part.body] == 0:
            return _quality_of(data[part.body + 1 : part.body + 65])
    return None


@lru_cache(maxsize=256)
def _quality_of(table: bytes) -> float:
    """The quality of a table, cached: the pictures of one photographer share a table."""
    scale = sum(value * 100 / usual for value, usual in zip(table, LUMINANCE, strict=True)) / 64
    if scale <= 100:
        return (200 - scale) / 2
    return 5000 / scale


def _dpi(data: bytes, parts: list[Segment]) -> int:
    """Dots per inch from the JFIF segment; 0 when it names no unit."""
    for part in parts:
        if (
            part.marker == APP0
            and data.startswith(b"JFIF\0", part.body)
            and part.end - part.body >= 12
        ):
            unit, across = struct.unpack_from(">BH", data, part.body + 7)
            if unit == PER_CM:
                return round(int(across) * CM_PER_INCH)
            if not unit:
                return 0
            return int(across)
    return 0


def _has_gps(data: bytes, parts: list[Segment]) -> bool:
    """Whether EXIF points to a GPS block (P08)."""
    return any(
        part.marker == APP1
        and data.startswith(b"Exif\0\0", part.body)
        and GPS in _tags(data[part.body + 6 : part.end])
        for part in parts
    )


def _tags(tiff: bytes) -> set[int]:
    """The tags of the first directory of a TIFF block; empty when it can't be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return set()
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return set()
    (count,) = struct.unpack_from(order + "H", tiff, start)
    places = (start + 2 + index * 12 for index in range(count))
    return {
        struct.unpack_from(order + "H", tiff, place)[0]
        for place in places
        if place + 2 <= len(tiff)
    }
