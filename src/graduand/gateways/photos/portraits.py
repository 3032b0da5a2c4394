"""One picture measured: decoded once, its face, backdrop, head top, sharpness and light (thresholds
are the rulebook's).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import simplejpeg

from graduand.gateways.photos import faces, lower_parts
from graduand.gateways.photos.jpegs import read_header
from graduand.rulebook.photos.measures import Backdrop, Box, Face, Light, Patch, Portrait, Sharpness
from graduand.rulebook.photos.spec import PhotoMeasure, PhotoSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUARTER = 4  # the backdrop is measured on a picture reduced by this factor
# In quarter pixels: the margin, the lower edge of the upper patches, the width of the side patches.
EDGE = 2
UPPER = 9
SIDE = 12
FIGURE = 12.0  # dE from the wall above which a pixel is not wall
HAIR = 6.0  # dE between neighbouring quarter pixels that only an edge reaches
MOST_HAIR = 0.01  # the share of such pixels that is allowed in a wall
FRAME = 32  # pixels: wider than any frame, and above the highest head
LEAST_STRAY = 8  # quarter pixels of area
HEAD_COLUMNS = 0.3  # face widths on either side of the middle
HEAD_SHARE = 0.2  # the share of those columns that has to be head
SCALED = 200  # pixels: the face is scaled to this width to measure sharpness
CLIPPED = 250
INNER = (0.15, 0.2, 0.85, 0.85)  # the part of the face box that is skin: left, upper, right, lower
MOST_PIXELS = 40_000_000
# No picture of the right size has as many bytes; a larger file is refused by its header.
MOST_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class MeasuredPortrait:
    """A measured picture; `pixels` is a hash of the decoded pixels, `embedding` the bytes of
    `faces.embed`. Both are empty when there is nothing to compare.
    """

    measure: PhotoMeasure
    pixels: str = ""
    embedding: bytes = b""


def measure(
    data: bytes, spec: PhotoSpec, *, embed: bool = False, length: int | None = None
) -> MeasuredPortrait:
    """Measure a picture. A picture that its header refuses (no JPEG, other size or colours) is not
    decoded. `length` is the size of the file where `data` is only its beginning. Raises
    faces.FacesMissing.
    """
    header = read_header(data, length)
    file = header.file
    if file is None or not worth_decoding(data, header, spec):
        return MeasuredPortrait(header)
    image = _strict(data)
    if image is None:
        return MeasuredPortrait(replace(header, file=replace(file, decodes=False)))
    if spec.examine == "file":
        return MeasuredPortrait(replace(header, file=replace(file, decodes=True)), _hash(image))
    portrait = look_at(image)
    whole = replace(header, file=replace(file, decodes=True), portrait=portrait)
    vector = b""
    if embed and portrait.faces:
        vector = faces.embed(image, portrait.faces[0]).tobytes()
    return MeasuredPortrait(whole, _hash(image), vector)


def reference(data: bytes) -> MeasuredPortrait:
    """The hash and the face of a picture of any size, to compare others with: the largest face;
    empty when there is none.
    """
    header = read_header(data)
    small_enough = 0 < header.width * header.height <= MOST_PIXELS
    if not header.is_jpeg or not small_enough:
        return MeasuredPortrait(header)
    image = _strict(data)
    if image is None:
        return MeasuredPortrait(header)
    pixels = _hash(image)
    image = faces.reduced(image)
    found = faces.find_faces(image)
    if not found:
        return MeasuredPortrait(header, pixels, b"")
    return MeasuredPortrait(header, pixels, faces.embed(image, found[0]).tobytes())


def worth_decoding(data: bytes, header: PhotoMeasure, spec: PhotoSpec) -> bool:
    """Whether the header lets the picture be decoded: right size and colours, whole, and not
    absurdly large.
    """
    right = (header.width, header.height, header.components) == (spec.width, spec.height, 3)
    file = header.file
    whole = file is not None and file.bits == 8 and file.has_end and header.byte_length == len(data)
    return right and whole and len(data) <= max(MOST_BYTES, spec.max_bytes)


def _strict(data: bytes) -> NDArray[np.uint8] | None:
    """The picture as BGR; None where decoding meets any error (P05)."""
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "BGR", strict=True), dtype=np.uint8)
    except (ValueError, RuntimeError):
        return None


def pixels_of(data: bytes) -> str:
    """The hash of the decoded pixels, "" when the picture does not decode: equal for the same
    pixels whatever metadata the file has.
    """
    image = _strict(data)
    if image is None:
        return ""
    return _hash(image)


def _hash(image: NDArray[np.uint8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).data).hexdigest()


def look_at(image: NDArray[np.uint8]) -> Portrait:
    """All measures of a decoded BGR picture."""
    found = faces.find_faces(image)
    flat = lower_parts.flat_share(image)
    stamp = lower_parts.date_stamp(image)
    if not found:
        return Portrait((), flat=flat, stamp=stamp)
    face = found[0]
    top, wall = backdrop(image, face)
    return Portrait(found, top, wall, sharpness(image, face), light(image, face), flat, stamp)


# -- the wall and the head -----------------------------------------------------------------------------------


def backdrop(image: NDArray[np.uint8], face: Face) -> tuple[float | None, Backdrop]:
    """(top of the head in pixels, the wall), from seven patches above and on both sides of the
    head, down to the eyes.
    """
    import cv2

    high = image.shape[0] // QUARTER
    wide = image.shape[1] // QUARTER
    lab = _lab(cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA))
    eyes = min(max(int(face.eyes.y / QUARTER), UPPER + 4), high)
    areas = _areas(wide, eyes)
    pieces = [lab[y0:y1, x0:x1] for x0, y0, x1, y1 in areas]
    colours = np.array([np.median(piece.reshape(-1, 3), axis=0) for piece in pieces])
    wall = np.median(colours, axis=0)
    patches = tuple(_patch(area, *pair) for area, *pair in zip(areas, pieces, colours, strict=True))
    spread = np.linalg.norm(colours[:, None] - colours[None], axis=2)
    figure = ((lab - wall) ** 2).sum(axis=2) > FIGURE**2
    found = Backdrop(
        patches,
        tuple(tuple(float(value) for value in row) for row in spread),
        _frame(image, eyes * QUARTER),
        _stray(figure, face, eyes),
    )
    return _head_top(figure, face), found


def _areas(wide: int, eyes: int) -> list[tuple[int, int, int, int]]:
    """The patches in quarter pixels: three along the top, two on each side down to the eyes."""
    third = (wide - 2 * EDGE) // 3
    upper = [(EDGE + third * at, EDGE, EDGE + third * (at + 1), UPPER) for at in range(3)]
    half = (eyes - UPPER) // 2
    rows = [(UPPER + half * at, UPPER + half * (at + 1)) for at in range(2)]
    sides = [(x0, y0, x0 + SIDE, y1) for y0, y1 in rows for x0 in (EDGE, wide - EDGE - SIDE)]
    return upper + sides


def _patch(area: tuple[int, int, int, int], piece: NDArray[Any], colour: NDArray[Any]) -> Patch:
    lightness, green_red, blue_yellow = (float(value) for value in colour)
    steps = [(np.diff(piece, axis=axis) ** 2).sum(axis=2) > HAIR**2 for axis in (0, 1)]
    hair = max(
        float(step.mean()) for step in steps
    )  # a gradient or a soft shadow has no such steps
    return Patch(
        Box(*(float(side * QUARTER) for side in area)),
        lightness,
        float(np.hypot(green_red, blue_yellow)),
        float(np.degrees(np.arctan2(blue_yellow, green_red)) % 360),
        even=hair <= MOST_HAIR,
        upper=area[3] <= UPPER,
    )


def _frame(image: NDArray[np.uint8], eyes: int) -> float:
    """How far (median dE) the outermost line of pixels, down to the eyes, differs from the pixels
    behind a frame's width.
    """
    outer = np.concatenate([image[0], image[:eyes, 0], image[:eyes, -1]])
    inner = np.concatenate([image[FRAME], image[:eyes, FRAME], image[:eyes, -1 - FRAME]])
    lines = _lab(np.stack([outer, inner]))
    return float(np.median(np.linalg.norm(lines[0] - lines[1], axis=1)))


def _stray(figure: NDArray[np.bool_], face: Face, eyes: int) -> tuple[Box, ...]:
    """The area above the eyes that belongs neither to the wall nor to the person."""
    import cv2

    count, labels, sizes, _ = cv2.connectedComponentsWithStats(
        figure.astype(np.uint8), connectivity=8
    )
    x0, y0, x1, y1 = (max(0, int(side / QUARTER)) for side in face.box)
    person = set(np.unique(labels[y0 : y1 + 1, x0 : x1 + 1]).tolist())
    found = []
    for label in range(1, count):
        left, upper, wide, high, area = (int(value) for value in sizes[label])
        if label not in person and upper < eyes and area >= LEAST_STRAY:
            box = (left, upper, left + wide, upper + high)
            found.append(Box(*(float(side * QUARTER) for side in box)))
    return tuple(found)


def _head_top(figure: NDArray[np.bool_], face: Face) -> float | None:
    """The first pixel row that is head and not wall, around the middle of the face."""
    middle = face.eyes.x / QUARTER
    reach = face.width / QUARTER * HEAD_COLUMNS
    columns = figure[:, max(0, int(middle - reach)) : max(0, int(middle + reach))]
    if not columns.size:
        return None
    rows = np.flatnonzero(columns.mean(axis=1) > HEAD_SHARE)
    if not rows.size:
        return None
    return float(rows[0] * QUARTER)


def _lab(image: NDArray[Any]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(
        cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), dtype=np.float32
    )


# -- sharpness and light -------------------------------------------------------------------------------------


def _part(
    image: NDArray[np.uint8], face: Face, share: tuple[float, float, float, float]
) -> NDArray[np.uint8]:
    """A part of the face's box, cut off at the picture's edges; at least one pixel."""
    box = face.box
    high = face.box.y1 - face.box.y0
    x0, x1 = (int(box.x0 + face.width * share[at]) for at in (0, 2))
    y0, y1 = (int(box.y0 + high * share[at]) for at in (1, 3))
    x0 = min(max(x0, 0), image.shape[1] - 1)
    y0 = min(max(y0, 0), image.shape[0] - 1)
    return image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def sharpness(image: NDArray[np.uint8], face: Face) -> Sharpness:
    """Detail of the face at a fixed size: what a blur with sigma 1.5 leaves of it, and the ratio of
    its directions.
    """
    import cv2

    grey = cv2.cvtColor(_part(image, face, (0, 0, 1, 1)), cv2.COLOR_BGR2GRAY)
    share = SCALED / face.width
    size = (max(3, round(grey.shape[1] * share)), max(3, round(grey.shape[0] * share)))
    method = cv2.INTER_LINEAR
    if share < 1:
        method = cv2.INTER_AREA
    grey = cv2.resize(grey, size, interpolation=method)
    fine = np.abs(cv2.Laplacian(grey, cv2.CV_32F, ksize=3)).mean()
    left = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.5), cv2.CV_32F, ksize=3)).mean()
    values = np.asarray(grey, dtype=np.float32)
    across = np.abs(np.diff(values, 2, axis=1)).mean()
    down = np.abs(np.diff(values, 2, axis=0)).mean()
    return Sharpness(float(left / max(fine, 1e-6)), float(down / max(across, 1e-6)))


def light(image: NDArray[np.uint8], face: Face) -> Light:
    """Grey levels and colour of the skin, from every other pixel; left and right half meet between
    the eyes, at the nose.
    """
    import cv2

    skin = np.ascontiguousarray(_part(image, face, INNER)[::2, ::2])
    grey = np.asarray(cv2.cvtColor(skin, cv2.COLOR_BGR2GRAY), dtype=np.float32)
    lab = _lab(skin)
    start = min(max(int(face.box.x0 + face.width * INNER[0]), 0), image.shape[1] - 1)
    middle = int((face.eyes.x + face.nose.x) / 2 - start) // 2
    middle = min(max(middle, 1), max(grey.shape[1] - 1, 1))
    halves = (grey[:, :middle], grey[:, middle:])
    apart = 0.0
    if halves[1].size:
        apart = abs(float(halves[0].mean()) - float(halves[1].mean()))
    dark, bright = np.percentile(grey, (5, 95))
    return Light(
        mean=float(grey.mean()),
        contrast=float(bright - dark),
        clipped=float((grey >= CLIPPED).mean()),
        asymmetry=apart,
        chroma=float(np.hypot(lab[..., 1], lab[..., 2]).mean()),
    )
