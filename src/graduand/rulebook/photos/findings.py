"""What can be said of a picture: the codes, how grave each is, and what a repair may put right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graduand.rulebook.words import Word


class PhotoVerdict(Word):
    """结论 on one picture, gravest last; 忽略 is for what is no picture at all (Z10)."""

    IGNORED = "ignored", "忽略"
    PASS = "pass", "合格"
    WARN = "warn", "合格，有提醒"
    REVIEW = "review", "需人工审核"
    FAIL = "fail", "不合格"


_GRAVITY = {verdict: place for place, verdict in enumerate(PhotoVerdict)}


class PhotoCode(Word):
    """One way in which a picture, or its place in a zip, misses the standard."""

    FILE_EMPTY = "FILE_EMPTY", "空文件"
    NOT_JPEG = "NOT_JPEG", "不是 JPEG"
    CORRUPT = "CORRUPT", "文件损坏"
    TRUNCATED = "TRUNCATED", "文件不完整"
    TOO_LARGE = "TOO_LARGE", "文件过大"
    TOO_SMALL = "TOO_SMALL", "文件过小"
    WRONG_SIZE = "WRONG_SIZE", "像素尺寸"
    BOMB_DIMENSIONS = "BOMB_DIMENSIONS", "尺寸异常"
    NOT_24BIT = "NOT_24BIT", "不是 24 位彩色"
    EXIF_ORIENTATION = "EXIF_ORIENTATION", "靠标记转正"
    LOW_QUALITY_JPEG = "LOW_QUALITY_JPEG", "压缩过度"
    W_LARGE_FILE = "W_LARGE_FILE", "文件偏大"
    W_SMALL_FILE = "W_SMALL_FILE", "文件偏小"
    W_PROGRESSIVE = "W_PROGRESSIVE", "渐进式"
    W_EXIF_GPS = "W_EXIF_GPS", "带有拍摄位置"
    W_DPI = "W_DPI", "分辨率标记"
    W_TRAILING_DATA = "W_TRAILING_DATA", "文件尾有多余内容"

    NO_FACE = "NO_FACE", "没有人脸"
    MULTIPLE_FACES = "MULTIPLE_FACES", "不止一张人脸"
    FACE_OFF_CENTRE = "FACE_OFF_CENTRE", "人像不居中"
    FACE_TOO_SMALL = "FACE_TOO_SMALL", "人脸太小"
    FACE_TOO_LARGE = "FACE_TOO_LARGE", "人脸太大"
    EYES_TOO_HIGH = "EYES_TOO_HIGH", "眼睛太高"
    EYES_TOO_LOW = "EYES_TOO_LOW", "眼睛太低"
    HEAD_TOO_HIGH = "HEAD_TOO_HIGH", "头顶太高"
    HEAD_TOO_LOW = "HEAD_TOO_LOW", "头顶太低"
    HEAD_TILTED = "HEAD_TILTED", "头部歪斜"
    UPSIDE_DOWN = "UPSIDE_DOWN", "方向不对"
    BG_NOT_BLUE = "BG_NOT_BLUE", "背景颜色不符"
    BG_UNEVEN = "BG_UNEVEN", "背景不均匀"
    BORDER_OR_TEXT = "BORDER_OR_TEXT", "有边框或文字"
    BLURRED = "BLURRED", "不清晰"
    OVEREXPOSED = "OVEREXPOSED", "过亮"
    UNDEREXPOSED = "UNDEREXPOSED", "过暗"
    UNEVEN_LIGHT = "UNEVEN_LIGHT", "左右受光不匀"
    LOW_CONTRAST = "LOW_CONTRAST", "反差太小"
    NOT_COLOUR = "NOT_COLOUR", "人像没有颜色"

    DUPLICATE_IMAGE = "DUPLICATE_IMAGE", "与他人照片相同"
    LOOKS_ALIKE = "LOOKS_ALIKE", "与他人照片相像"
    FACE_MISMATCH = "FACE_MISMATCH", "疑非同一人"
    FACE_UNSURE = "FACE_UNSURE", "是否同一人难以判断"
    CHSI_PHOTO_DIFFERS = "CHSI_PHOTO_DIFFERS", "与学信网照片不同"
    REFERENCE_UNUSABLE = "REFERENCE_UNUSABLE", "对照照片无法使用"

    ZIP_BROKEN = "ZIP_BROKEN", "压缩包损坏"
    ZIP_EMPTY = "ZIP_EMPTY", "压缩包是空的"
    ZIP_ENCRYPTED = "ZIP_ENCRYPTED", "压缩包有密码"
    ZIP_TOO_MANY_ENTRIES = "ZIP_TOO_MANY_ENTRIES", "压缩包文件过多"
    ZIP_TOO_LARGE = "ZIP_TOO_LARGE", "压缩包过大"
    ZIP_HAS_FOLDER = "ZIP_HAS_FOLDER", "压缩包里有文件夹"
    ENTRY_IGNORED = "ENTRY_IGNORED", "系统文件"
    ENTRY_UNSAFE_NAME = "ENTRY_UNSAFE_NAME", "路径不安全"
    ENTRY_TOO_LARGE = "ENTRY_TOO_LARGE", "解压后过大"
    ENTRY_BAD_CRC = "ENTRY_BAD_CRC", "校验不符"
    ENTRY_UNREADABLE = "ENTRY_UNREADABLE", "无法读取"
    ENTRY_NOT_JPEG = "ENTRY_NOT_JPEG", "不是照片"
    ENTRY_NAME_NOT_STUDENT_NO = "ENTRY_NAME_NOT_STUDENT_NO", "文件名不是学号"
    ENTRY_NAME_CLEANED = "ENTRY_NAME_CLEANED", "文件名不规范"
    ENTRY_DUPLICATE_STUDENT = "ENTRY_DUPLICATE_STUDENT", "同一学号两张照片"
    ENTRY_UNKNOWN_STUDENT = "ENTRY_UNKNOWN_STUDENT", "没有这个学号"
    ENTRY_WRONG_LEVEL = "ENTRY_WRONG_LEVEL", "专业层次不符"
    ENTRY_AMBIGUOUS = "ENTRY_AMBIGUOUS", "对应几个学号"
    PHOTO_EXISTS = "PHOTO_EXISTS", "已有照片"
    PHOTO_DECIDED = "PHOTO_DECIDED", "已准予毕业"
    PHOTO_OWN = "PHOTO_OWN", "本人照片"
    PHOTO_REFUSED = "PHOTO_REFUSED", "已审核不合格"


REPAIRABLE = frozenset(
    {
        PhotoCode.TOO_LARGE,
        PhotoCode.EXIF_ORIENTATION,
        PhotoCode.WRONG_SIZE,
        PhotoCode.W_PROGRESSIVE,
        PhotoCode.W_EXIF_GPS,
        PhotoCode.W_DPI,
        PhotoCode.W_TRAILING_DATA,
    }
)
"""Turning, cropping, scaling down, encoding again and stripping: the standard forbids everything else."""


OF_THE_PICTURE = frozenset(
    code
    for code in PhotoCode
    if not code.startswith(
        (
            "ENTRY_",
            "ZIP_",
            "PHOTO_",
            "FACE_MIS",
            "FACE_UN",
            "CHSI_",
            "REFERENCE_",
            "DUPLICATE_",
            "LOOKS_",
        )
    )
)
"""What the picture alone has against it: the same wherever it comes from."""


class PhotoFinding(NamedTuple):
    """One thing said of a picture: what was measured, what is allowed, and a Chinese sentence with
    what to do.

    `repairable` is False where this one can't be repaired although its code can (a picture too
    small to crop).
    """

    code: PhotoCode
    verdict: PhotoVerdict
    value: str
    limit: str
    text: str
    repairable: bool = True

    def as_dict(self) -> dict[str, str]:
        """What the command prints of it."""
        return {
            "code": self.code.value,
            "value": self.value,
            "limit": self.limit,
            "text": self.text,
        }

    def as_row(self) -> list[str | bool]:
        """What is stored of it."""
        return [
            self.code.value,
            self.verdict.value,
            self.value,
            self.limit,
            self.text,
            self.repairable,
        ]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> PhotoFinding:
        """The inverse of `as_row`."""
        return cls(PhotoCode(row[0]), PhotoVerdict(row[1]), row[2], row[3], row[4], bool(row[5]))


def verdict_of(findings: Iterable[PhotoFinding]) -> PhotoVerdict:
    """The gravest of them; PASS when there is none."""
    return max(
        (finding.verdict for finding in findings),
        key=_GRAVITY.__getitem__,
        default=PhotoVerdict.PASS,
    )


def can_be_repaired(findings: Iterable[PhotoFinding]) -> bool:
    """Whether an allowed repair would remove everything found: nothing grave is left to a new
    photo.
    """
    known = list(findings)
    serious = [
        finding for finding in known if finding.code not in REPAIRABLE or not finding.repairable
    ]
    return len(serious) < len(known) and all(
        finding.verdict is PhotoVerdict.WARN for finding in serious
    )
