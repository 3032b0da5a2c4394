"""The lower part of a picture, below the eyes: a blank block, and a date that a camera printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graduand.rulebook.photos.measures import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLAT = 4  # grey levels between the darkest and the brightest pixel of a blank row
STAMPED = 0.75  # share of the height below which a camera prints its date
# Pixels: more than the stroke of a digit, so that the median does not contain the digit
AROUND = 25
CONTRAST = 22.0  # dE between a digit and its surroundings
DIGIT_HIGH = (8, 40)  # pixels: least and most
DIGIT_WIDE = (2, 36)
SIZES = 0.35  # how much the digits of one date may differ in height
COLOURS = 16.0  # dE that the digits of one date may differ by
APART = 1.6  # the most space between two digits of a date, in heights of a digit
DIGITS = 5  # in the shortest date: '23 7 8


class SmallSpot(NamedTuple):
    """A small spot that stands out: its box in pixels and its colour in CIE Lab."""

    x0: int
    y0: int
    x1: int
    y1: int
    colour: NDArray[Any]

    @property
    def high(self) -> int:
        return self.y1 - self.y0


def flat_share(image: NDArray[np.uint8]) -> float:
    """The share of the height, from the lower edge up, in which every row is one flat grey or
    colour.

    0 where all rows are flat: the picture is then blank, and not cut off.
    """
    flat = 0
    for row in image[::-1]:
        low, high = np.percentile(row, (1, 99), axis=0)
        if (high - low).max() > FLAT:
            break
        flat += 1
    height = int(image.shape[0])
    if flat < height:
        return flat / height
    return 0.0


def date_stamp(image: NDArray[np.uint8]) -> Box | None:
    """The box of a row of digits of one colour and height, low in the picture; None where there is
    none.
    """
    top = int(image.shape[0] * STAMPED)
    best = max(_rows(_spots(image[top:])), key=len, default=[])
    if len(best) < DIGITS:
        return None
    corners = (
        min(digit.x0 for digit in best),
        min(digit.y0 for digit in best) + top,
        max(digit.x1 for digit in best),
        max(digit.y1 for digit in best) + top,
    )
    return Box(*map(float, corners))


def _spots(part: NDArray[np.uint8]) -> list[SmallSpot]:
    """Spots of a digit's size that differ from the median around them, from left to right."""
    import cv2

    lab = np.asarray(
        cv2.cvtColor(part.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), dtype=np.float32
    )
    around = np.asarray(cv2.medianBlur(part, AROUND))
    ground = np.asarray(
        cv2.cvtColor(around.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), dtype=np.float32
    )
    apart = (((lab - ground) ** 2).sum(axis=2) > CONTRAST**2).astype(np.uint8)
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(apart, connectivity=8)
    found = []
    for label in range(1, count):
        left, upper, wide, high, _area = (int(value) for value in sizes[label])
        if DIGIT_HIGH[0] <= high <= DIGIT_HIGH[1] and DIGIT_WIDE[0] <= wide <= DIGIT_WIDE[1]:
            inside = labels[upper : upper + high, left : left + wide] == label
            colour = np.median(lab[upper : upper + high, left : left + wide][inside], axis=0)
            found.append(SmallSpot(left, upper, left + wide, upper + high, colour))
    return sorted(found, key=lambda spot: spot.x0)


def _rows(spots: list[SmallSpot]) -> list[list[SmallSpot]]:
    """Runs of spots side by side on one line, alike in height and colour."""
    rows: list[list[SmallSpot]] = []
    for spot in spots:
        for row in rows:
            if _continues(row, spot):
                row.append(spot)
                break
        else:
            rows.append([spot])
    return rows


def _continues(row: list[SmallSpot], spot: SmallSpot) -> bool:
    first = row[0]
    last = row[-1]
    return (
        abs(spot.high - first.high) <= SIZES * first.high
        and abs((spot.y0 + spot.y1) - (first.y0 + first.y1)) <= first.high
        and -2 <= spot.x0 - last.x1 <= APART * first.high
        and float(np.linalg.norm(spot.colour - first.colour)) <= COLOURS
    )
