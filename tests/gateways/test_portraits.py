"""Drawn pictures measured with a face that the test places: wall, head, sharpness and light need no model."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from graduand.gateways.photos import faces
from graduand.gateways.photos.portraits import _strict, backdrop, light, measure, sharpness
from graduand.rulebook.photos.measures import Box, Face, Point
from graduand.rulebook.photos.portrait import evenness, is_blue
from graduand.rulebook.photos.spec import PhotoSpec
from tests.machine import needs
from tests.material.portraits import portrait

SPEC = PhotoSpec()
FACE = Face(
    Box(130, 150, 350, 460),
    0.95,
    Point(195, 270),
    Point(285, 270),
    Point(240, 330),
    Point(200, 390),
    Point(280, 390),
)
BLUE, SKIN, CLOTH = (67, 142, 219), (226, 178, 138), (44, 62, 90)


@pytest.fixture(autouse=True)
def _opencv():
    needs.library("cv2")


def drawn(wall=BLUE, skin=SKIN, edit=None, blur=0.0):
    """A grained head and shoulders as BGR pixels; `edit` draws over the picture before the blur."""
    image = Image.new("RGB", (480, 640), wall)
    pen = ImageDraw.Draw(image)
    pen.ellipse((30, 470, 450, 900), fill=CLOTH)
    pen.ellipse((130, 72, 350, 480), fill=skin)
    for x in range(140, 340, 6):  # strands, brows: something to be sharp
        pen.line((x, 160, x, 440), fill=tuple(value - 40 for value in skin), width=1)
        pen.line((140, x + 100, 340, x + 100), fill=tuple(value - 40 for value in skin), width=1)
    if edit is not None:
        edit(pen, image)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95)
    return _strict(stream.getvalue())


def blues(wall):
    return sum(is_blue(patch, SPEC) for patch in wall.patches)


def test_the_wall_and_the_head_of_a_good_picture():
    top, wall = backdrop(drawn(), FACE)
    assert top == pytest.approx(72, abs=8)
    assert (blues(wall), wall.stray) == (7, ())
    assert evenness(wall, SPEC) < 2
    assert wall.frame < 2


@pytest.mark.parametrize(
    "colour",
    [(255, 255, 255), (240, 240, 240), (190, 20, 35), (0, 51, 160), (40, 150, 90), (96, 110, 125)],
)
def test_P10_other_walls_are_not_blue(colour):
    assert blues(backdrop(drawn(wall=colour), FACE)[1]) == 0


@pytest.mark.parametrize(
    "colour", [(100, 197, 255), (0, 163, 230), (67, 142, 219), (96, 175, 240), (110, 190, 245)]
)
def test_P10_usual_blues_are_blue(colour):
    assert blues(backdrop(drawn(wall=colour), FACE)[1]) == 7


def test_P10_a_gradient_and_a_shadow_are_uneven():
    def gradient(pen, _image):
        for y in range(300):
            pen.line((0, y, 100, y), fill=(67 + y // 3, 142 + y // 5, 219))
            pen.line((380, y, 480, y), fill=(67 + y // 3, 142 + y // 5, 219))

    def shadow(pen, _image):
        pen.rectangle((370, 0, 480, 640), fill=(40, 85, 131))

    assert evenness(backdrop(drawn(edit=gradient), FACE)[1], SPEC) > SPEC.uneven_max
    assert evenness(backdrop(drawn(edit=shadow), FACE)[1], SPEC) > SPEC.uneven_max


def test_a_frame_and_a_label_are_found():
    def frame(pen, _image):
        pen.rectangle((0, 0, 479, 639), outline=(255, 255, 255), width=14)

    def label(pen, _image):
        pen.rectangle((380, 12, 460, 30), fill=(250, 250, 250))

    assert backdrop(drawn(edit=frame), FACE)[1].frame > SPEC.frame_max
    assert len(backdrop(drawn(edit=label), FACE)[1].stray) == 1


def test_sharp_blurred_and_shaken():
    assert sharpness(drawn(), FACE).reblur < SPEC.blur_warn
    assert sharpness(drawn(blur=3), FACE).reblur > SPEC.blur_max

    def shake(_pen, image):
        image.paste(
            image.resize((24, 640), Image.Resampling.BOX).resize(
                (480, 640), Image.Resampling.BILINEAR
            )
        )

    assert not SPEC.motion_min <= sharpness(drawn(edit=shake), FACE).direction <= SPEC.motion_max


def test_light_dark_flat_and_grey():
    good = light(drawn(), FACE)
    assert SPEC.light_min < good.mean < SPEC.light_max
    assert (good.clipped, good.asymmetry < 5, good.chroma > SPEC.face_chroma_min) == (0, True, True)
    assert light(drawn(skin=(60, 50, 45)), FACE).mean < SPEC.light_min
    assert light(drawn(skin=(180, 180, 180)), FACE).chroma < 1

    def lamp(pen, _image):
        pen.rectangle((240, 140, 360, 470), fill=(90, 60, 40))

    assert light(drawn(edit=lamp), FACE).asymmetry > SPEC.asymmetry_max


def test_a_face_at_the_edge_is_cut_there():
    outside = Face(
        Box(-60, -40, 150, 260),
        0.9,
        Point(20, 90),
        Point(80, 90),
        Point(50, 130),
        Point(25, 170),
        Point(75, 170),
    )
    assert light(drawn(), outside).mean > 0
    assert sharpness(drawn(), outside).reblur > 0
    assert backdrop(drawn(), outside)[1].patches[0].upper is True


@pytest.mark.parametrize(
    ("data", "decodes"),
    [
        (portrait(size=(481, 640)), None),
        (portrait(mode="L"), None),
        (portrait()[:-2], None),
        (b"", None),
        (b"GIF89a", None),
    ],
)
def test_what_the_header_refuses_is_not_decoded(data, decodes):
    seen = measure(data, SPEC)
    assert (seen.measure.portrait, seen.pixels, seen.embedding) == (None, "", b"")
    assert seen.measure.file is None or seen.measure.file.decodes is decodes


def test_P05_a_damaged_scan_does_not_decode():
    data = bytearray(portrait())
    middle = len(data) // 2
    data[middle : middle + 200] = b"\x5a" * 200
    seen = measure(bytes(data), SPEC)
    assert (seen.measure.file.decodes, seen.measure.portrait) == (False, None)


def test_a_drawn_shape_is_no_face():
    seen = measure(portrait(), SPEC, embed=True)
    assert (seen.measure.file.decodes, seen.measure.portrait.faces, seen.embedding) == (
        True,
        (),
        b"",
    )
    assert len(seen.pixels) == 64


def test_equal_pixels_are_equal_whatever_else_the_file_holds():
    plain, marked = portrait(dpi=(300, 300)), portrait(dpi=(72, 72), comment=b"x")
    assert plain != marked
    assert (
        measure(plain, SPEC).pixels
        == measure(marked, SPEC).pixels
        != measure(portrait(7), SPEC).pixels
    )


def test_models_of_another_hash_are_refused(tmp_path, monkeypatch):
    (tmp_path / faces.DETECTOR).write_bytes(b"something else")
    monkeypatch.setenv("FACE_MODEL_DIR", str(tmp_path))
    with pytest.raises(faces.FacesMissing, match="与官方文件不一致"):
        faces.model(faces.DETECTOR)
    with pytest.raises(faces.FacesMissing, match="找不到人脸模型文件"):
        faces.model(faces.EMBEDDER)


def test_the_carried_models_are_the_official_ones(monkeypatch):
    monkeypatch.delenv("FACE_MODEL_DIR", raising=False)
    assert [faces.model(name).name for name in faces.HASHES] == [faces.DETECTOR, faces.EMBEDDER]
