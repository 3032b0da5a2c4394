"""The header of a JPEG: what is read without decoding a pixel (P03–P09)."""

import io
import struct

import pytest
from PIL import Image

from graduand.gateways.photos.jpegs import read_header
from tests.material.portraits import exif, portrait


def facts(data, **options):
    return read_header(data, **options).file


def test_a_plain_picture():
    data = portrait(dpi=(300, 300))
    header = read_header(data)
    assert (header.byte_length, header.is_jpeg, header.width, header.height, header.components) == (
        len(data),
        True,
        480,
        640,
        3,
    )
    file = header.file
    assert (file.has_frame, file.has_end, file.bits, file.orientation) == (True, True, 8, 1)
    assert (file.progressive, file.gps, file.dpi, file.tail, file.decodes) == (
        False,
        False,
        300,
        0,
        None,
    )


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP"])
def test_P03_other_pictures(kind):
    stream = io.BytesIO()
    Image.new("RGB", (480, 640)).save(stream, kind)
    header = read_header(stream.getvalue())
    assert (header.is_jpeg, header.file) == (False, None)


def test_P04_a_bomb_is_known_by_its_header():
    data = bytearray(portrait())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = b"\xea\x60\xea\x60"
    header = read_header(bytes(data))
    assert (header.width, header.height) == (60_000, 60_000)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_P05_half_a_picture_has_no_end(share):
    data = portrait()
    assert facts(data[: int(len(data) * share)]).has_end is False
    assert facts(data[:-2]).has_end is False
    assert facts(data).has_end is True


def test_P05_a_picture_without_a_picture():
    file = facts(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9")
    assert (file.has_frame, file.has_end) == (False, True)


def test_P06_a_tail_is_counted():
    assert facts(portrait() + bytes(300)).tail == 300


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_P07_orientation(turn):
    assert facts(portrait(exif=exif(turn))).orientation == turn


def test_P08_a_place_in_exif_is_found():
    with_place = (
        b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8825, 4, 1, 26) + b"\0\0\0\0\0\0"
    )
    assert facts(portrait(exif=with_place)).gps is True
    assert facts(portrait(exif=exif(1))).gps is False


def test_P09_progressive_and_colours():
    assert facts(portrait(progressive=True)).progressive is True
    assert [read_header(portrait(mode=mode)).components for mode in ("L", "RGB", "CMYK")] == [
        1,
        3,
        4,
    ]


@pytest.mark.parametrize("quality", [12, 30, 60, 75, 90, 97])
def test_the_quality_is_read_back(quality):
    stream = io.BytesIO()
    Image.new("RGB", (480, 640), (0, 120, 210)).save(stream, "JPEG", quality=quality)
    assert facts(stream.getvalue()).quality == pytest.approx(
        quality, abs=2
    )  # small qualities are rounded in the tables


def test_dots_per_centimetre_are_turned_into_inches():
    data = bytearray(portrait(dpi=(300, 300)))
    place = data.index(b"JFIF\0") + 7
    data[place : place + 5] = struct.pack(">BHH", 2, 118, 118)
    assert facts(bytes(data)).dpi == 300
    data[place] = 0
    assert facts(bytes(data)).dpi == 0


def test_the_beginning_of_a_large_file_is_not_called_broken():
    data = portrait()
    header = read_header(data[:2000], length=9 << 20)
    assert (header.byte_length, header.file.has_end, header.file.tail) == (9 << 20, True, 0)


@pytest.mark.parametrize("cut", range(0, 700, 7))
def test_nothing_that_breaks_off_makes_it_stumble(cut):
    data = portrait(exif=exif(6))
    assert read_header(data[:cut]).byte_length == cut
