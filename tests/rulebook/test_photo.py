"""Annex 3: pixels, bytes, colours and file names (P01–P03, P09, Z05, Z08)."""

import pytest

from graduand.rulebook.canon import BadText
from graduand.rulebook.photo import NamedPhoto, PhotoMeasure, PhotoSpec, photo_problems, student_no_of
from graduand.rulebook.terms import Severity

SPEC = PhotoSpec(width=480, height=640, max_bytes=51_200, warn_bytes=40_960, min_bytes=10_240)


def codes(size=30_000, jpeg=True, width=480, height=640, components=3, spec=SPEC):
    measure = PhotoMeasure(size, jpeg, width, height, components)
    return [problem.code for problem in photo_problems(measure, spec)]


@pytest.mark.parametrize(
    ("size", "found"),
    [(51_200, ["BYTES-HIGH"]), (51_201, ["BYTES-MAX"]), (40_960, []), (40_961, ["BYTES-HIGH"]), (10_240, []),
     (10_239, ["BYTES-MIN"]), (0, ["BYTES-MIN"])],
)  # fmt: skip
def test_P01_bytes(size, found):
    assert codes(size=size) == found


def test_P01_the_limits_may_be_switched_off():
    spec = PhotoSpec(warn_bytes=0, min_bytes=0)
    assert [codes(size=size, spec=spec) for size in (1, 51_200)] == [[], []]


@pytest.mark.parametrize("size", [(640, 480), (481, 640), (479, 640), (480, 639), (960, 1280)])
def test_P02_exact_pixels_only(size):
    assert codes(width=size[0], height=size[1]) == ["PIXELS"]


def test_P02_the_text_says_what_to_do():
    problems = photo_problems(PhotoMeasure(30_000, True, 640, 480, 3), SPEC)
    sentence = "照片尺寸 640×480，应为 480×640（宽×高，像素），照片是横放的，请转正"
    assert problems == [("PIXELS", "640×480", "480×640", sentence)]
    scaled = photo_problems(PhotoMeasure(30_000, True, 960, 1280, 3), SPEC)
    assert scaled[0].text == "照片尺寸 960×1280，应为 480×640（宽×高，像素），宽高比例正确，请缩放到规定尺寸"


def test_P03_no_jpeg_is_said_beside_the_bytes():
    assert codes(size=51_201, jpeg=False, width=0, height=0, components=0) == ["FORMAT", "BYTES-MAX"]


@pytest.mark.parametrize("components", [1, 4, 2])
def test_P09_colour_only(components):
    assert codes(components=components) == ["COLOUR"]


def test_every_problem_is_told_at_once_and_only_the_high_size_is_a_warning():
    problems = photo_problems(PhotoMeasure(45_000, True, 100, 100, 1), SPEC)
    assert [(p.code, p.severity) for p in problems] == [
        ("BYTES-HIGH", Severity.WARN), ("PIXELS", Severity.BLOCK), ("COLOUR", Severity.BLOCK),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2117151000123.jpg", NamedPhoto("2117151000123", False)),
        ("2117151000123.JPG", NamedPhoto("2117151000123", False)),
        ("2117151000123.jpeg", NamedPhoto("2117151000123", False)),
        ("２１１７１５１０００１２３.jpg", NamedPhoto("2117151000123", True)),
        ("\u202e2117151000123\u200b .jpg", NamedPhoto("2117151000123", True)),
        ("11010519491231002x.jpg", NamedPhoto("11010519491231002X", True)),
    ],
)
def test_Z08_the_student_number_in_a_file_name(name, found):
    assert student_no_of(name) == found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../2117151000123.jpg", "「../2117151000123.jpg」在文件夹里，请直接压缩照片，不要放在文件夹中"),
        ("a\\2117151000123.jpg", "「a\\2117151000123.jpg」在文件夹里，请直接压缩照片，不要放在文件夹中"),
        ("2117151000123.bmp", "「2117151000123.bmp」不是 jpg 文件，请另存为 jpg 后以学号命名"),
        ("2117151000123.jpg.lnk", "「2117151000123.jpg.lnk」不是 jpg 文件，请另存为 jpg 后以学号命名"),
        ("2117151000123", "「2117151000123」不是 jpg 文件，请另存为 jpg 后以学号命名"),
        ("张三.jpg", "「张三.jpg」不是以学号命名，应形如 2117151000123.jpg"),
        ("2117151000123(1).jpg", "「2117151000123(1).jpg」不是以学号命名，应形如 2117151000123.jpg"),
        (".jpg", "「.jpg」不是以学号命名，应形如 2117151000123.jpg"),
    ],
)
def test_Z05_other_names_are_refused(name, message):
    with pytest.raises(BadText) as caught:
        student_no_of(name)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"max_bytes": -1}, {"height": "640"}, {"min_bytes": 60_000}, {"format": "png"}]
)
def test_a_contradictory_spec_is_refused(wrong):
    with pytest.raises(BadText):
        PhotoSpec(**wrong)
