"""The zip of refused pictures that goes back to its sender: reasons in the file names, and a list
of the pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED

from zipstream import ZipStream

from graduand.papers.workbooks.tables import table_workbook

LIST_NAME = "不合格照片清单.xlsx"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')


@dataclass(frozen=True, slots=True)
class RefusedPhoto:
    """One refused picture: its name in the upload, its reasons, and its bytes (None where they
    can't be read).
    """

    name: str
    reasons: tuple[str, ...]
    read: Callable[[], bytes | None]


def refused_zip(photos: Callable[[], Iterable[RefusedPhoto]], drafts: Path) -> Iterator[bytes]:
    """The zip, written while it is sent: first the pictures in their order, one in memory at a
    time, then their list.

    `photos` is called twice: for the bytes, and for the list, which is drafted in `drafts`.
    """
    stream = ZipStream(compress_type=ZIP_STORED)
    for place, photo in enumerate(photos(), start=1):
        data = photo.read()
        if data is not None:
            stream.add(data, _name(place, photo))
            yield from stream.file()
    with TemporaryDirectory(dir=drafts) as folder:
        rows = ((photo.name, "；".join(photo.reasons)) for photo in photos())
        listed = table_workbook(
            Path(folder) / "list.xlsx", ("文件名", "错误原因"), rows, widths=(40, 80)
        )
        stream.add_path(str(listed), LIST_NAME)
        yield from stream.finalize()


def _name(place: int, photo: RefusedPhoto) -> str:
    """`12_2117…001_照片尺寸….jpg`: the number keeps equal names apart, the first reason says what
    to do.
    """
    base = photo.name.replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] or base
    reason = photo.reasons[0].partition("；")[0].partition("，")[0]
    return _UNSAFE.sub("_", f"{place}_{stem[:40]}_{reason[:40]}.jpg")
