"""A picture as pages show it: the drawing over it, what is said about it, the response with its
bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

from graduand.models import PhotoCheck, PhotoRow
from graduand.pages.frame import tags
from graduand.rulebook.photos.findings import PhotoFinding, PhotoVerdict
from graduand.rulebook.photos.judge import MarkKind
from graduand.rulebook.photos.words import PhotoOutcome, PhotoReview
from graduand.rulebook.terms import PhotoKind

# No script in a picture ever runs, whatever its bytes are.
SANDBOX = "default-src 'none'; sandbox"
LINES = frozenset({MarkKind.FACE_WIDTH, MarkKind.EYE_LINE, MarkKind.HEAD_TOP})
BANDS = frozenset({MarkKind.HEAD_BAND, MarkKind.EYE_BAND, MarkKind.CENTRE_BAND})
_TONE = {PhotoVerdict.FAIL: tags.BAD, PhotoVerdict.REVIEW: tags.WARN, PhotoVerdict.WARN: tags.INFO}
_OUTCOME = {
    PhotoOutcome.CREATED: tags.OK,
    PhotoOutcome.UPDATED: tags.OK,
    PhotoOutcome.UNCHANGED: tags.IDLE,
    PhotoOutcome.REFUSED: tags.BAD,
    PhotoOutcome.WAITING: tags.IDLE,
}
_STATE = {
    "none": (tags.WARN, "未上传"),
    "good": (tags.OK, "合格"),
    "pending": (tags.WARN, "待人工审核"),
    "bad": (tags.BAD, "不合格"),
}
# Findings about a file that no browser could show.
UNSHOWN = frozenset({"NOT_JPEG", "CORRUPT", "TRUNCATED", "FILE_EMPTY", "BOMB_DIMENSIONS"})


@dataclass(frozen=True, slots=True)
class Shape:
    """One mark of the drawing: a rectangle or a line, in pixels of the picture."""

    css: str
    label: str
    line: bool
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class PictureFinding:
    """One finding on a page."""

    tone: str
    word: str
    title: str
    text: str
    value: str
    limit: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its drawing; `url` is "" when there is nothing to show."""

    url: str
    alt: str
    caption: str = ""
    width: int = 480
    height: int = 640
    shapes: list[Shape] = field(default_factory=list)


def shapes(marks: Iterable[Sequence[Any]]) -> list[Shape]:
    """The stored marks as shapes. The bands of the limits come first, so that the measured lines
    lie above them.
    """
    found = []
    for kind, x0, y0, x1, y1, good in marks:
        mark = MarkKind(kind)
        css = f"{_css(mark, good=good)} {mark.value.replace('_', '-')}"
        found.append(Shape(css, mark.label, mark in LINES, x0, y0, x1, y1))
    return sorted(found, key=lambda shape: not shape.css.startswith("band"))


def _css(mark: MarkKind, *, good: bool) -> str:
    if mark in BANDS:
        return "band"
    if good:
        return "fine"
    return "off"


def findings_in_words(findings: Iterable[PhotoFinding]) -> list[PictureFinding]:
    """Findings in words, the gravest first."""
    order = list(PhotoVerdict)
    ranked = sorted(findings, key=lambda finding: -order.index(finding.verdict))
    return [
        PictureFinding(
            _TONE.get(finding.verdict, tags.IDLE),
            finding.verdict.label,
            finding.code.label,
            finding.text,
            finding.value,
            finding.limit,
        )
        for finding in ranked
        if finding.verdict is not PhotoVerdict.IGNORED
    ]


def findings_of(rows: Iterable[Sequence[Any]]) -> list[PhotoFinding]:
    """Stored findings."""
    return [PhotoFinding.from_row(row) for row in rows]


def of_row(row: PhotoRow, caption: str = "") -> Picture:
    """A stored picture."""
    label = PhotoKind(row.kind).label
    picture = Picture(f"/photos/files/{row.pk}.jpg", label, caption or label, row.width, row.height)
    if row.judged is None:
        return picture
    return replace(picture, shapes=shapes(row.judged.marks))


def measured(row: PhotoRow) -> dict[str, Any]:
    """What was measured of a picture, and by which judge; empty before it was judged."""
    if row.judged is None:
        return {"readings": [], "judged_by": ""}
    return {"readings": row.judged.readings, "judged_by": row.judged.judged_by}


def of_check(check: PhotoCheck, caption: str) -> Picture:
    """A picture of an upload; one that can't be decoded has nothing to show."""
    picture = Picture(_url_of(check), caption, caption, *_inside(check.width, check.height))
    # The marks are in pixels of a picture of the required size.
    if check.marks and (check.width, check.height) == (480, 640):
        return replace(picture, shapes=shapes(check.marks))
    return picture


def _url_of(check: PhotoCheck) -> str:
    """The address of an upload's picture; "" where it can't be shown. One that was decoded can,
    whatever its lower part lacks.
    """
    broken = not check.pixels and any(row[0] in UNSHOWN for row in check.findings)
    if broken or not check.width:
        return ""
    return f"/photos/checks/{check.pk}.jpg"


def _inside(width: int, height: int) -> tuple[int, int]:
    share = min(1.0, 480 / max(width, 1), 640 / max(height, 1))
    return max(1, round(width * share)), max(1, round(height * share))


def verdict_tag(verdict: str) -> tags.Tag:
    """The judge's verdict."""
    if not verdict:
        return tags.Tag(tags.IDLE, "待检查")
    word = PhotoVerdict(verdict)
    return tags.Tag(_TONE.get(word, tags.OK), word.label)


def outcome_tag(check: PhotoCheck) -> tags.Tag:
    """What became of a picture; one that was stored and waits for a person says so."""
    if (
        check.outcome in (PhotoOutcome.CREATED, PhotoOutcome.UPDATED)
        and check.verdict == PhotoVerdict.REVIEW
    ):
        return tags.Tag(tags.WARN, "待人工审核")
    if check.outcome == PhotoOutcome.WAITING and check.upload.finished_at is not None:
        return tags.Tag(tags.WARN, "未检查")
    # Refused by its name, or its place in the zip, before it is measured.
    if check.outcome == PhotoOutcome.WAITING and any(
        row[1] == PhotoVerdict.FAIL for row in check.findings
    ):
        return tags.Tag(tags.BAD, "不能导入")
    return tags.Tag(_OUTCOME[PhotoOutcome(check.outcome)], PhotoOutcome(check.outcome).label)


def state_tag(state: str) -> tags.Tag:
    """毕业照片状态."""
    return tags.Tag(*_STATE[state])


def review_tag(row: PhotoRow) -> tags.Tag:
    """The state of a stored picture; a copy of the registry's that a centre brought says so."""
    if row.supplied:
        return tags.Tag(tags.INFO, "中心提供", "由学习中心提供，不作为学信网照片的证明")
    if row.kind != PhotoKind.GRADUATION:
        return tags.Tag(tags.OK, "已上传")
    if row.problems:
        return tags.Tag(tags.BAD, "不合格", row.problems)
    review = PhotoReview(row.review)
    if review is PhotoReview.PENDING:
        return tags.Tag(tags.WARN, review.label)
    if review is PhotoReview.ACCEPTED:
        return tags.Tag(tags.OK, review.label)
    return tags.Tag(tags.OK, "合格")


def jpeg(data: bytes, name: str) -> HttpResponse:
    """The response with a picture's bytes, for an <img> and nothing else."""
    response = HttpResponse(data, content_type="image/jpeg")
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = (
        f"inline; filename=\"photo.jpg\"; filename*=UTF-8''{quote(name)}.jpg"
    )
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
