"""Annex 3: pixels, bytes, colours and file names (P01–P03, P09, Z05, Z08)."""

import pytest

from graduand.rulebook.canon import BadText
from graduand.rulebook.photos.file_rules import file_findings
from graduand.rulebook.photos.measures import FileFacts
from graduand.rulebook.photos.spec import NamedPhoto, PhotoMeasure, PhotoSpec, student_no_of

SPEC = PhotoSpec(warn_bytes=40_960, min_bytes=10_240)


def codes(size, spec=SPEC):
    return [
        finding.code.value
        for finding in file_findings(PhotoMeasure(size, True, 480, 640, 3, FileFacts()), spec)
    ]


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (51_200, ["W_LARGE_FILE"]),
        (51_201, ["TOO_LARGE"]),
        (40_960, []),
        (40_961, ["W_LARGE_FILE"]),
        (20_479, ["W_SMALL_FILE"]),
        (10_240, ["W_SMALL_FILE"]),
        (10_239, ["TOO_SMALL"]),
    ],
)
def test_P01_bytes(size, found):
    assert codes(size) == found


def test_P01_the_limits_may_be_switched_off():
    spec = PhotoSpec(warn_bytes=0, min_bytes=0, small_bytes=0)
    assert [codes(size, spec) for size in (1, 51_200)] == [[], []]


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
        (
            "../2117151000123.jpg",
            "「../2117151000123.jpg」在文件夹里，请直接压缩照片，不要放在文件夹中",
        ),
        (
            "a\\2117151000123.jpg",
            "「a\\2117151000123.jpg」在文件夹里，请直接压缩照片，不要放在文件夹中",
        ),
        ("2117151000123.bmp", "「2117151000123.bmp」不是 jpg 文件，请另存为 jpg 后以学号命名"),
        (
            "2117151000123.jpg.lnk",
            "「2117151000123.jpg.lnk」不是 jpg 文件，请另存为 jpg 后以学号命名",
        ),
        ("2117151000123", "「2117151000123」不是 jpg 文件，请另存为 jpg 后以学号命名"),
        ("张三.jpg", "「张三.jpg」不是以学号命名，应形如 2117151000123.jpg"),
        (
            "2117151000123(1).jpg",
            "「2117151000123(1).jpg」不是以学号命名，应形如 2117151000123.jpg",
        ),
        (".jpg", "「.jpg」不是以学号命名，应形如 2117151000123.jpg"),
    ],
)
def test_Z05_other_names_are_refused(name, message):
    with pytest.raises(BadText) as caught:
        student_no_of(name)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 0},
        {"max_bytes": -1},
        {"height": "640"},
        {"min_bytes": 60_000},
        {"format": "png"},
        {"examine": "face"},
    ],
)
def test_a_contradictory_spec_is_refused(wrong):
    with pytest.raises(BadText):
        PhotoSpec(**wrong)
