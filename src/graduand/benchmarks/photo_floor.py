"""The floor under the photo import: decoding and detecting alone, in as many processes, without
tables and files.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

import numpy as np
import simplejpeg

from graduand.gateways.photos import faces

CHUNK = 8


def floor(pictures: list[bytes], workers: int, *, embed: bool) -> int:
    """Decode and detect (and embed) every picture in `workers` processes; returns the number of
    faces found.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        work = pool.map(look, _chunks(pictures), [embed] * -(-len(pictures) // CHUNK))
        return sum(work)


def look(chunk: list[bytes], embed: bool) -> int:
    """Decode and detect one chunk; runs in a process."""
    found = 0
    for data in chunk:
        image = np.asarray(simplejpeg.decode_jpeg(data, "BGR", strict=True), dtype=np.uint8)
        seen = faces.find_faces(image)
        if embed and seen:
            faces.embed(image, seen[0])
        found += len(seen)
    return found


def _chunks(pictures: list[bytes]) -> Iterator[list[bytes]]:
    waiting = iter(pictures)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
