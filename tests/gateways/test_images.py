"""A picture is measured from its header, decoded strictly, and stripped without touching a pixel."""

import io

import pytest
from PIL import Image

from graduand.gateways.photos.images import PictureRefused, look
from tests.material.portraits import exif, portrait

BROKEN = "照片文件已损坏或不完整；请换成能正常打开的照片"
NOT_JPEG = "文件不是 jpg 图片，请另存为 jpg（不能只改扩展名）"


def refusal(data):
    with pytest.raises(PictureRefused) as caught:
        look(data)
    return str(caught.value)


def pixels(data):
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def saved_as(kind):
    stream = io.BytesIO()
    Image.new("RGB", (480, 640)).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
def test_what_is_measured(progressive):
    data = portrait(progressive=progressive)
    seen = look(data)
    assert seen.measure == (type(seen.measure))(len(data), True, 480, 640, 3)
    assert seen.stripped == data


def test_grey_is_measured():
    assert look(portrait(mode="L")).measure.components == 1


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_P03_other_pictures(kind):
    assert refusal(saved_as(kind)) == NOT_JPEG


def test_P03_nothing_at_all():
    assert refusal(b"") == NOT_JPEG
    assert refusal(b"\xff\xd8") == BROKEN


def test_P04_a_bomb_is_never_decoded():
    data = bytearray(portrait())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = b"\xea\x60\xea\x60"
    assert refusal(bytes(data)) == "照片尺寸 60000×60000 过大（超过 40 百万像素）；请裁切到规定尺寸"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_P05_half_a_picture(share):
    data = portrait()
    cut = data[: int(len(data) * share)]
    assert refusal(cut) == BROKEN
    assert refusal(cut + b"\xff\xd9") == BROKEN


def test_P06_a_tail_is_cut_off():
    data = portrait()
    assert look(data + b"<script>alert(1)</script>").stripped == data


def test_P07_a_picture_that_lies_on_its_side():
    assert "转正" in refusal(portrait(exif=exif(6)))
    assert look(portrait(exif=exif(1))).measure.width == 480


def test_P08_names_and_places_are_stripped_and_no_pixel_changes():
    data = portrait(exif=exif(1), comment=b"Zhang San", icc_profile=b"profile")
    stripped = look(data).stripped
    assert b"Exif" in data
    assert b"Exif" not in stripped
    assert b"Zhang San" not in stripped
    assert b"ICC_PROFILE" in stripped
    assert pixels(stripped) == pixels(data)
    assert look(stripped).stripped == stripped


def test_P09_print_colours():
    assert refusal(portrait(mode="CMYK")) == "照片是 CMYK（印刷色）图片，请提供彩色（RGB）照片"
