"""Pictures drawn for the tests: plain blue with a shape, as JPEG bytes."""

import io
import struct
from functools import cache
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from PIL import Image, ImageDraw

from graduand.demo import portraits


def portrait(
    shade: int = 0, size: tuple[int, int] = (480, 640), mode: str = "RGB", **options
) -> bytes:
    """A JPEG; different shades are different pictures, however large (a key of the database among them)."""
    row, left = divmod(shade, 60)
    deep, top = divmod(row, 200)
    image = Image.new("RGB", size, (deep % 200, 120, 210))
    left, top = 100 + left, 120 + top
    pen = ImageDraw.Draw(image)
    pen.rectangle(
        (60, top + 260, 420, size[1]), fill=(60, 60, 90)
    )  # down to the edge: nothing of it broke off
    pen.ellipse((left, top, left + 200, top + 270), fill=(200, 160, 120))
    stream = io.BytesIO()
    image.convert(mode).save(stream, "JPEG", quality=85, **options)
    return stream.getvalue()


@cache
def face(number: int = 0, fault: str = "") -> bytes:
    """A drawn portrait that the judge finds nothing wrong with; `fault` is one of the demo's."""
    return portraits.portrait(f"face {number}", woman=number % 2 == 0, fault=fault)


@cache
def face_as(
    number: int = 0, size: tuple[int, int] = (480, 640), mode: str = "RGB", **options
) -> bytes:
    """The same portrait saved in another way."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(face(number))) as image:
        image.resize(size).convert(mode).save(stream, "JPEG", **{"quality": 75, **options})
    return stream.getvalue()


@cache
def half_sent(number: int = 0) -> bytes:
    """The same portrait as a transfer leaves it that ended early: whole as a file, grey below."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(face(number))) as image:
        image.paste((128, 128, 128), (0, 400, 480, 640))
        image.save(stream, "JPEG", quality=75)
    return stream.getvalue()


def padded(data: bytes, size: int) -> bytes:
    """The picture made `size` bytes long by segments that are no part of it."""
    filler, parts = size - len(data) - 4, b""
    while filler > 0:
        piece = min(filler, 60_000)
        parts += b"\xff\xef" + (piece + 2).to_bytes(2, "big") + bytes(piece)
        filler -= piece + 4
    return data[:2] + parts + data[2:]


def exif(orientation: int) -> bytes:
    """An EXIF block that says how the picture lies."""
    return (
        b"Exif\0\0II*\0\x08\0\0\0\x01\0"
        + struct.pack("<HHIH2x", 0x0112, 3, 1, orientation)
        + b"\0\0\0\0"
    )


def zipped(path: Path, entries: dict[str, bytes], method: int = ZIP_STORED) -> Path:
    """A zip of name -> bytes."""
    with ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path
