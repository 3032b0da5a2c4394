"""Scans of signed papers: the kind is recognised by the bytes; scans are stored and returned, never
opened here.
"""

from __future__ import annotations

MOST_BYTES = 5 << 20
TAIL = 1_024
PNG_END = b"IEND\xaeB`\x82"
TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}


class ScanRefused(ValueError):
    """A file that is not a scan that can be stored; str() is a sentence in Chinese without its full
    stop.
    """


def kind_of(data: bytes) -> str:
    """pdf, jpeg or png, by the first and the last bytes; the file's name is ignored. Raises
    ScanRefused.
    """
    if not data:
        raise ScanRefused("是空文件，请重新扫描后上传")
    if len(data) > MOST_BYTES:
        raise ScanRefused(f"超过 {MOST_BYTES >> 20} MB，请降低扫描的分辨率后上传")
    tail = data[-TAIL:]
    for kind, start, end in (
        ("pdf", b"%PDF-", b"%%EOF"),
        ("jpeg", b"\xff\xd8\xff", b"\xff\xd9"),
        ("png", b"\x89PNG\r\n\x1a\n", PNG_END),
    ):
        if data.startswith(start):
            if end not in tail:
                raise ScanRefused("不完整（可能上传中断或扫描没有保存完），请重新扫描后上传")
            return kind
    raise ScanRefused("不是 JPG、PNG 或 PDF 文件（只改扩展名不算），请重新扫描后上传")
