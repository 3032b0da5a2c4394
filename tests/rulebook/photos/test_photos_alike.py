"""Two pictures compared over plain numbers: one person twice, or two people with one picture (P12, P13)."""

import pytest

from graduand.rulebook.photos.findings import PhotoVerdict
from graduand.rulebook.photos.judge import (
    PhotoJudgement,
    alike_findings,
    chsi_findings,
    equal_picture,
    person_findings,
)
from tests.rulebook.photos.test_photo_judge import SPEC


@pytest.mark.parametrize(
    ("finder", "cosine", "codes"),
    [
        (person_findings, 0.50, []),
        (person_findings, 0.499, ["FACE_UNSURE"]),
        (person_findings, 0.36, ["FACE_UNSURE"]),
        (person_findings, 0.359, ["FACE_MISMATCH"]),
        (chsi_findings, 0.90, []),
        (chsi_findings, 0.899, ["CHSI_PHOTO_DIFFERS"]),
    ],
)
def test_P13_comparison_only_asks_a_person(finder, cosine, codes):
    findings = list(finder(cosine, SPEC))
    assert [(one.code, one.verdict) for one in findings] == [
        (code, PhotoVerdict.REVIEW) for code in codes
    ]


@pytest.mark.parametrize(
    ("cosine", "codes"), [(0.9, ["DUPLICATE_IMAGE"]), (0.6, ["LOOKS_ALIKE"]), (0.59, [])]
)
def test_P12_alike_faces_are_looked_at(cosine, codes):
    assert [(one.code, one.verdict) for one in alike_findings("1.jpg", cosine, SPEC)] == [
        (code, PhotoVerdict.REVIEW) for code in codes
    ]


def test_P12_equal_pixels_are_refused():
    judgement = PhotoJudgement((equal_picture("1.jpg"),))
    assert (judgement.verdict, judgement.repairable) == (PhotoVerdict.FAIL, False)
    assert judgement.findings[0].text == "与 1.jpg 的照片完全相同，请核对是哪一位学生的照片"
