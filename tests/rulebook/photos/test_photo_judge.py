"""The judge over plain numbers: every limit from both sides, every finding at once, what a repair may do (P01–P11)."""

from dataclasses import replace

import pytest

from graduand.rulebook.canon import BadText
from graduand.rulebook.photos.findings import REPAIRABLE, PhotoCode, PhotoVerdict
from graduand.rulebook.photos.judge import MarkKind, PhotoMark, judge, overlay
from graduand.rulebook.photos.measures import (
    Backdrop,
    Box,
    Face,
    FileFacts,
    Light,
    Patch,
    Point,
    Portrait,
    Sharpness,
)
from graduand.rulebook.photos.spec import PhotoMeasure, PhotoSpec

SPEC = PhotoSpec()


FACE = Face(
    Box(115, 140, 365, 480),
    0.95,
    Point(180, 270),
    Point(300, 270),
    Point(240, 330),
    Point(195, 400),
    Point(285, 400),
)


BLUE = Patch(Box(8, 8, 160, 36), 65, 40, 255)


FILE = FileFacts(quality=86, dpi=300, decodes=True)


WHOLE = PhotoMeasure(40_000, True, 480, 640, 3, FILE)


def wall(patches=(BLUE,) * 7, distance=2.0, frame=1.0, stray=()):
    """Seven patches, the first three above the head, each as far from every other as `distance`."""
    placed = tuple(replace(patch, upper=place < 3) for place, patch in enumerate(patches))
    spread = tuple(tuple(0.0 if i == j else distance for j in range(7)) for i in range(7))
    return Backdrop(placed, spread, frame, stray)


GOOD = Portrait((FACE,), 60, wall(), Sharpness(0.25, 1.0), Light(140, 100, 0, 10, 30))


def found(portrait=GOOD, measure=WHOLE, spec=SPEC):
    """[(code, verdict)] of a picture."""
    findings = judge(replace(measure, portrait=portrait), spec).findings
    return [(finding.code.value, finding.verdict.value) for finding in findings]


def moved(right=0.0, down=0.0, width=250.0):
    """The good face elsewhere or of another width."""
    left = 240 + right - width / 2
    points = {
        name: Point(getattr(FACE, name).x + right, getattr(FACE, name).y + down)
        for name in ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
    }
    return replace(FACE, box=Box(left, 140 + down, left + width, 480 + down), **points)


def with_file(**facts):
    return replace(WHOLE, file=replace(FILE, **facts))


def test_a_good_picture_has_nothing_against_it():
    judgement = judge(replace(WHOLE, portrait=GOOD), SPEC)
    assert (judgement.findings, judgement.verdict, judgement.repairable) == (
        (),
        PhotoVerdict.PASS,
        False,
    )


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (PhotoMeasure(0, False), [("FILE_EMPTY", "fail")]),
        (PhotoMeasure(30_000, False), [("NOT_JPEG", "fail")]),
        (PhotoMeasure(60_000, False), [("NOT_JPEG", "fail"), ("TOO_LARGE", "fail")]),
        (replace(WHOLE, byte_length=51_200), []),
        (replace(WHOLE, byte_length=51_201), [("TOO_LARGE", "fail")]),
        (replace(WHOLE, byte_length=20_479), [("W_SMALL_FILE", "warn")]),
        (replace(WHOLE, width=481), [("WRONG_SIZE", "fail")]),
        (replace(WHOLE, height=639), [("WRONG_SIZE", "fail")]),
        (
            replace(WHOLE, width=30_000, height=30_000),
            [("BOMB_DIMENSIONS", "fail"), ("WRONG_SIZE", "fail")],
        ),
        (replace(WHOLE, components=1), [("NOT_24BIT", "fail")]),
        (replace(WHOLE, components=4), [("NOT_24BIT", "fail")]),
        (with_file(bits=12), [("NOT_24BIT", "fail")]),
        (with_file(orientation=6), [("EXIF_ORIENTATION", "fail")]),
        (with_file(quality=29.9), [("LOW_QUALITY_JPEG", "fail")]),
        (with_file(quality=59.9), [("LOW_QUALITY_JPEG", "warn")]),
        (with_file(quality=None), []),
        (with_file(has_end=False), [("TRUNCATED", "fail")]),
        (with_file(decodes=False), [("CORRUPT", "fail")]),
        (replace(with_file(has_frame=False), width=0, height=0), [("CORRUPT", "fail")]),
        (with_file(progressive=True), [("W_PROGRESSIVE", "warn")]),
        (with_file(gps=True), [("W_EXIF_GPS", "warn")]),
        (with_file(dpi=72), [("W_DPI", "warn")]),
        (with_file(dpi=0), []),
        (with_file(tail=300), [("W_TRAILING_DATA", "warn")]),
    ],
)
def test_P01_to_P09_the_file(measure, expected):
    assert found(portrait=None, measure=measure) == expected


@pytest.mark.parametrize(
    ("faces", "expected"),
    [
        ((), [("NO_FACE", "fail")]),
        ((replace(FACE, score=0.79),), [("NO_FACE", "fail")]),
        ((replace(FACE, score=0.80),), []),
        ((FACE, replace(FACE, box=Box(0, 0, 23.9, 30))), []),
        ((FACE, replace(FACE, box=Box(0, 0, 24, 30))), [("MULTIPLE_FACES", "fail")]),
        ((FACE, replace(FACE, box=Box(0, 0, 90, 99), score=0.7)), []),
        ((moved(width=174.9),), [("FACE_TOO_SMALL", "fail")]),
        ((moved(width=175),), []),
        ((moved(width=308),), []),
        ((moved(width=308.1),), [("FACE_TOO_LARGE", "fail")]),
        ((moved(down=-75),), []),
        ((moved(down=-75.1),), [("EYES_TOO_HIGH", "fail")]),
        ((moved(down=38),), []),
        ((moved(down=38.1),), [("EYES_TOO_LOW", "fail")]),
        ((moved(right=40),), []),
        ((moved(right=40.1),), [("FACE_OFF_CENTRE", "fail")]),
        ((moved(right=-40.1),), [("FACE_OFF_CENTRE", "fail")]),
        ((replace(FACE, left_eye=Point(300, 284)),), []),
        ((replace(FACE, left_eye=Point(300, 286)),), [("HEAD_TILTED", "fail")]),
        ((replace(FACE, nose=Point(240, 200)),), [("UPSIDE_DOWN", "fail")]),
        (
            (replace(FACE, right_mouth=Point(195, 150), left_mouth=Point(285, 150)),),
            [("UPSIDE_DOWN", "fail")],
        ),
    ],
)
def test_P11_the_face(faces, expected):
    assert found(replace(GOOD, faces=faces)) == expected


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (None, []),
        (44, []),
        (43.9, [("HEAD_TOO_HIGH", "fail")]),
        (118, []),
        (118.1, [("HEAD_TOO_LOW", "fail")]),
    ],
)
def test_the_head_has_its_place(top, expected):
    assert found(replace(GOOD, head_top=top)) == expected


@pytest.mark.parametrize(
    ("spec", "colour"),
    [
        ({}, "蓝"),
        ({"hue_min": 20, "hue_max": 50}, "红"),
        ({"hue_min": 60, "hue_max": 100}, "黄"),
        ({"hue_min": 110, "hue_max": 170}, "绿"),
        ({"hue_min": 312, "hue_max": 330}, "紫"),
        ({"hue_min": 0, "hue_max": 360, "chroma_min": 0}, "浅"),
    ],
)
def test_the_backdrop_is_called_by_the_colour_that_the_policy_asks_for(spec, colour):
    asked, black = PhotoSpec(**spec), replace(BLUE, lightness=0)
    said = [
        one.text
        for one in judge(
            replace(WHOLE, portrait=replace(GOOD, backdrop=wall((black,) * 7))), asked
        ).findings
    ]
    request = f"背景不是{colour}色，请用均匀的{colour}色背景重新拍摄（不得换底修图）"
    assert (asked.colour, [text for text in said if text.startswith("背景不是")]) == (
        colour,
        [request],
    )


RED, PALE, HAIR = (
    replace(BLUE, hue=30),
    replace(BLUE, chroma=21),
    replace(BLUE, chroma=3, lightness=10),
)


@pytest.mark.parametrize(
    ("backdrop", "expected"),
    [
        (wall((RED,) * 7), [("BG_NOT_BLUE", "fail")]),
        (wall((PALE,) * 7), [("BG_NOT_BLUE", "review")]),
        (wall((BLUE,) * 5 + (HAIR,) * 2), []),
        (wall((BLUE,) * 4 + (HAIR,) * 3), [("BG_NOT_BLUE", "fail")]),
        (wall((BLUE,) * 4 + (PALE,) + (HAIR,) * 2), [("BG_NOT_BLUE", "review")]),
        (wall(tuple(replace(BLUE, hue=hue) for hue in (222, 290, 222, 290, 255, 255, 255))), []),
        (wall(tuple(replace(BLUE, lightness=value) for value in (42, 88, 42, 88, 65, 65, 65))), []),
        (wall(distance=9), []),
        (wall(distance=9.1), [("BG_UNEVEN", "review")]),
        (wall(frame=12), []),
        (wall(frame=12.1), [("BORDER_OR_TEXT", "fail")]),
        (wall(stray=(Box(300, 8, 400, 30),)), [("BORDER_OR_TEXT", "fail")]),
    ],
)
def test_P10_the_wall(backdrop, expected):
    assert found(replace(GOOD, backdrop=backdrop)) == expected


def test_hair_before_the_wall_does_not_make_it_uneven():
    hairy = wall((BLUE,) * 5 + (HAIR, replace(BLUE, even=False)), distance=0)
    far = tuple(
        tuple(50.0 if {i, j} & {5, 6} and i != j else 0.0 for j in range(7)) for i in range(7)
    )
    assert found(replace(GOOD, backdrop=replace(hairy, spread=far))) == []


@pytest.mark.parametrize(
    ("sharp", "expected"),
    [
        (Sharpness(0.42, 1), []),
        (Sharpness(0.43, 1), [("BLURRED", "warn")]),
        (Sharpness(0.47, 1), [("BLURRED", "fail")]),
        (Sharpness(0.25, 0.59), [("BLURRED", "fail")]),
        (Sharpness(0.25, 1.66), [("BLURRED", "fail")]),
    ],
)
def test_sharpness(sharp, expected):
    assert found(replace(GOOD, sharpness=sharp)) == expected


@pytest.mark.parametrize(
    ("light", "expected"),
    [
        ({"mean": 64.9}, ["UNDEREXPOSED"]),
        ({"mean": 65}, []),
        ({"mean": 205}, []),
        ({"mean": 205.1}, ["OVEREXPOSED"]),
        ({"clipped": 0.081}, ["OVEREXPOSED"]),
        ({"contrast": 44.9}, ["LOW_CONTRAST"]),
        ({"asymmetry": 62.1}, ["UNEVEN_LIGHT"]),
        ({"chroma": 5.9}, ["NOT_COLOUR"]),
    ],
)
def test_light(light, expected):
    portrait = replace(GOOD, light=replace(GOOD.light, **light))
    assert found(portrait) == [(code, "fail") for code in expected]


def test_everything_is_said_at_once_with_value_limit_and_sentence():
    portrait = replace(GOOD, faces=(moved(right=60),), head_top=10, backdrop=wall((RED,) * 7))
    findings = judge(
        replace(with_file(gps=True), byte_length=60_000, portrait=portrait), SPEC
    ).findings
    assert [(one.code, one.value, one.limit) for one in findings] == [
        ("TOO_LARGE", "60000", "≤51200"),
        ("W_EXIF_GPS", "有", "无"),
        ("FACE_OFF_CENTRE", "+60", "±40"),
        ("HEAD_TOO_HIGH", "10", "44–118"),
        ("BG_NOT_BLUE", "0/7 处", "≥5 处"),
    ]
    assert findings[2].text == "人像偏右 60 像素，不应超过 40 像素，请居中"


@pytest.mark.parametrize(
    ("measure", "repairable"),
    [
        (replace(WHOLE, byte_length=60_000), True),
        (replace(WHOLE, width=600, height=800), True),
        (replace(WHOLE, width=240, height=320), False),  # scaling up invents a face
        (replace(WHOLE, width=640, height=480), False),
        (replace(with_file(orientation=6), width=640, height=480), True),
        (replace(WHOLE, width=30_000, height=30_000), False),
        (with_file(gps=True, quality=50), True),
        (with_file(quality=20, gps=True), False),
        (with_file(decodes=False), False),
        (WHOLE, False),
    ],
)
def test_what_a_repair_may_do(measure, repairable):
    assert judge(replace(measure, portrait=GOOD), SPEC).repairable is repairable


def test_a_repair_never_touches_the_person_or_the_wall():
    assert {code.value for code in REPAIRABLE} == {
        "TOO_LARGE",
        "EXIF_ORIENTATION",
        "WRONG_SIZE",
        "W_PROGRESSIVE",
        "W_EXIF_GPS",
        "W_DPI",
        "W_TRAILING_DATA",
    }
    sideways = judge(replace(WHOLE, byte_length=60_000, portrait=replace(GOOD, head_top=10)), SPEC)
    assert sideways.repairable is False


def test_the_policy_moves_the_limits():
    assert found(replace(GOOD, faces=(moved(right=40),)), spec=PhotoSpec(off_centre_max=39)) == [
        ("FACE_OFF_CENTRE", "fail")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"face_score": -0.1},
        {"face_score": "high"},
        {"roll_max": True},
        {"uneven_max": float("nan")},
        {"eyes_min": 309},
        {"quality_min": 61},
        {"look_person": 0.6},
        {"blur_warn": 0.5},
        {"same_picture": 0.5},
    ],
)
def test_limits_that_contradict_each_other_are_refused(wrong):
    with pytest.raises(BadText):
        PhotoSpec(**wrong)


def test_the_drawing_shows_where_things_are_and_which_are_wrong():
    portrait = replace(
        GOOD,
        faces=(moved(down=50),),
        backdrop=wall((RED,) + (BLUE,) * 6, stray=(Box(300, 8, 400, 30),)),
    )
    marks = overlay(portrait, SPEC)
    assert [mark.kind for mark in marks] == [
        MarkKind.HEAD_BAND,
        MarkKind.EYE_BAND,
        MarkKind.CENTRE_BAND,
        *[MarkKind.PATCH] * 7,
        MarkKind.STRAY,
        MarkKind.FACE,
        MarkKind.FACE_WIDTH,
        MarkKind.EYE_LINE,
        MarkKind.HEAD_TOP,
    ]
    assert [mark.kind for mark in marks if not mark.good] == [
        MarkKind.PATCH,
        MarkKind.STRAY,
        MarkKind.EYE_LINE,
    ]
    assert marks[-1] == PhotoMark(MarkKind.HEAD_TOP, 0, 60, 480, 60)
    assert marks[-2] == PhotoMark(MarkKind.EYE_LINE, 180, 320, 300, 320, good=False)


def test_every_code_has_a_chinese_name():
    assert [code for code in PhotoCode if code.label == code.value] == []


def test_a_picture_whose_lower_part_shows_nothing_is_refused():
    assert found(replace(GOOD, flat=0.05)) == []
    assert found(replace(GOOD, flat=0.37)) == [("TRUNCATED", "fail")]
    assert found(replace(GOOD, faces=(), flat=0.37)) == [("NO_FACE", "fail"), ("TRUNCATED", "fail")]
    half = judge(replace(WHOLE, portrait=replace(GOOD, flat=0.37)), SPEC)
    assert half.findings[0].text.startswith("照片下部 37% 是一整块单色")
    assert half.repairable is False


def test_a_date_below_the_face_goes_to_a_person():
    stamped = replace(GOOD, stamp=Box(300, 600, 440, 625))
    assert found(stamped) == [("BORDER_OR_TEXT", "review")]
    assert overlay(stamped, SPEC)[10] == PhotoMark(MarkKind.STRAY, 300, 600, 440, 625, good=False)
