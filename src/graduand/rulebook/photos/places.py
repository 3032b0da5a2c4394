"""Whether another picture may take its place in a student's file: known before it is looked at."""

from __future__ import annotations

from typing import NamedTuple

from graduand.rulebook.photos.findings import PhotoCode

STAYS = "该生已准予毕业，照片不能再换；确需更换请由总部退回后重新上传"
OWN_PHOTO = "您本人的照片请由同事上传"
IN_THE_WAY = "已有照片，与这次的不同；如要替换请选择「覆盖已经存在的照片」"
MAY_BE_IN_THE_WAY = (
    "已有照片：与这次相同的不变，不同的不替换；如要替换请选择「覆盖已经存在的照片」后重新上传"
)
PROVEN = "已有总部导入的学信网照片，学习中心提供的照片不能替换它；有误请报告总部"
GONE = "该生已不在您的管理范围内，照片没有收取；请交给该生现在的学习中心上传"


class PhotoPlace(NamedTuple):
    """The place of a student's picture of one kind, as its sender finds it.

    `here` is whether the sender looks after the student today, `own` whether it is the sender's
    own file, `decided` whether 准予毕业 has been said of the picture there (Z19), `held` whether there
    is a picture, `proven` whether it is the registry's own copy.
    """

    here: bool
    own: bool
    decided: bool
    held: bool
    proven: bool


class PlaceRefusal(NamedTuple):
    """Why a picture can't take the place, and what to do."""

    code: PhotoCode
    text: str


def place_refusal(place: PhotoPlace, *, supplied: bool, overwrite: bool) -> PlaceRefusal | None:
    """What stands against another picture there; None for nothing. `supplied` is 中心提供,
    `overwrite` the choice to cover what is there. Nobody brings the evidence for the own file (A08).
    """
    reasons = (
        (not place.here, PhotoCode.ENTRY_UNKNOWN_STUDENT, GONE),
        (place.own, PhotoCode.PHOTO_OWN, OWN_PHOTO),
        (place.decided, PhotoCode.PHOTO_DECIDED, STAYS),
        (place.proven and supplied, PhotoCode.PHOTO_EXISTS, PROVEN),
        (place.held and not overwrite, PhotoCode.PHOTO_EXISTS, IN_THE_WAY),
    )
    return next((PlaceRefusal(code, text) for stands, code, text in reasons if stands), None)


def before_looking(refusal: PlaceRefusal) -> str:
    """The refusal in words for pictures that nobody has compared yet."""
    if refusal.text == IN_THE_WAY:
        return MAY_BE_IN_THE_WAY
    return refusal.text
