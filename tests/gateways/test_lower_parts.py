"""Below the eyes: what was not transferred, and a date over the clothes; stripes, buttons and collars are none."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageDraw, ImageFont

from graduand.gateways.photos.lower_parts import date_stamp, flat_share
from tests.machine import needs
from tests.material.portraits import face

PHOTOS = Path(
    os.environ.get("GRADUAND_PHOTOS") or Path(__file__).resolve().parents[3] / "shared" / "photos"
)


@pytest.fixture(autouse=True)
def _opencv():
    needs.library("cv2")


def pixels(picture, quality=85):
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return simplejpeg.decode_jpeg(stream.getvalue(), "BGR")


def portrait(number=0):
    return Image.open(io.BytesIO(face(number))).convert("RGB")


@pytest.mark.parametrize("number", range(6))
def test_a_sound_portrait_has_neither(number):
    image = pixels(portrait(number))
    assert (flat_share(image), date_stamp(image)) == (0.0, None)


@pytest.mark.parametrize("colour", [(128, 128, 128), (0, 0, 0), (255, 255, 255), (60, 120, 40)])
@pytest.mark.parametrize("share", [0.1, 0.37, 0.6])
def test_the_part_that_was_not_transferred_is_measured(colour, share):
    picture = portrait()
    ImageDraw.Draw(picture).rectangle((0, round(640 * (1 - share)), 480, 640), fill=colour)
    assert flat_share(pixels(picture)) == pytest.approx(
        share, abs=0.03
    )  # blocks of 16 rows are encoded together


def test_an_empty_sheet_is_no_picture_that_broke_off():
    assert flat_share(pixels(Image.new("RGB", (480, 640), (90, 120, 160)))) == 0.0


@pytest.mark.parametrize("text", ["2023/07/12", "2023-7-12", "'23  7 12"])
@pytest.mark.parametrize("colour", ["orange", "yellow", "white"])
@pytest.mark.parametrize("place", [(290, 600), (90, 605)])
def test_a_date_over_the_clothes_is_found_where_it_stands(text, colour, place):
    picture = portrait(1)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=24)
    pen.text(place, text, font=font, fill=colour)
    box = date_stamp(pixels(picture))
    assert box is not None
    left, upper, right, lower = pen.textbbox(place, text, font=font)
    assert (box.x0 >= left - 4, box.y0 >= upper - 4, box.x1 <= right + 4, box.y1 <= lower + 4) == (
        True,
    ) * 4


def test_buttons_stripes_and_a_collar_are_no_date():
    picture = portrait(2)
    pen = ImageDraw.Draw(picture)
    for y in range(500, 640, 40):
        pen.ellipse((235, y, 245, y + 10), fill="white")
    for x in range(0, 480, 24):
        pen.line((x, 480, x, 640), fill="white", width=3)
    assert date_stamp(pixels(picture)) is None


def test_no_picture_of_the_set_is_held_for_its_lower_part():
    """The set lies beside the repository; all its good pictures are free of both."""
    files = sorted((PHOTOS / "ok").glob("*.jpg")) or needs.missing(f"the set of pictures {PHOTOS}")
    images = [simplejpeg.decode_jpeg(path.read_bytes(), "BGR") for path in files]
    assert [path.name for path, image in zip(files, images, strict=True) if date_stamp(image)] == []
    assert float(np.max([flat_share(image) for image in images])) == 0.0
