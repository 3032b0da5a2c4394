"""Damaged workbooks: each case changes one thing of a sound one."""

import re
import zipfile
from collections.abc import Iterator

from tests.damaged.sheets import (
    BOOK,
    SHEET,
    STYLES,
    TEXTS,
    Case,
    Parts,
    changed,
    flipped,
    packed,
    parts,
    remade,
    torn,
)
from tests.damaged.workbook_changes import CHANGES


def _named(change):
    return lambda content: {change(name): data for name, data in content.items()}


def _without(name: str):
    return lambda content: {key: data for key, data in content.items() if key != name}


def _with(name: str, data: bytes):
    return lambda content: {**content, name: data}


def _recoded(name: str, code: str, declared: str = ""):
    def change(content: Parts) -> Parts:
        said = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
        return {**content, name: (said + content[name].decode()).encode(code)}

    return change


def _names_of_parts() -> Iterator[Case]:
    """Parts that are missing, called otherwise, or strange."""
    for name in parts():
        yield remade("a part is missing", name, _without(name))
    for what, change in (
        ("backslashes", lambda n: n.replace("/", "\\")),
        ("capitals", str.upper),
        ("small letters", str.lower),
        ("a slash in front", lambda n: f"/{n}"),
        ("a folder around", lambda n: f"表/{n}"),
    ):
        yield remade("names of parts", what, _named(change))
    yield remade("names of parts", "a strange part", _with("附件/说明.txt", b"x"))


def _encodings_of_parts() -> Iterator[Case]:
    """Parts in another encoding than they say, or than is usual."""
    for name in (SHEET, BOOK, TEXTS, STYLES):
        for code, declared in (
            ("utf-16", "utf-16"),
            ("utf-8-sig", ""),
            ("gb18030", "gb18030"),
            ("gb18030", ""),
        ):
            yield remade(
                "encodings of parts",
                f"{name} in {code} said {declared}",
                _recoded(name, code, declared),
            )
    yield remade(
        "encodings of parts",
        "a part of a query",
        _with("customXml/item1.xml", "<a>表</a>".encode("utf-16")),
    )
    yield remade(
        "encodings of parts",
        "declarations in UTF-16",
        _with("customXml/item1.xml", "<!DOCTYPE a><a/>".encode("utf-16")),
    )


def _containers() -> Iterator[Case]:
    """The zip itself: its end, its packing, what stands around it."""
    whole = packed(parts())
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        yield Case(
            "truncated", f"{share:.0%} of the file", "名单.xlsx", whole[: int(len(whole) * share)]
        )
    for what, data in (
        ("nothing", b""),
        ("a signature", b"PK\x03\x04"),
        ("an empty zip", packed({})),
        ("a tail", whole + b"x" * 99),
        ("a head", b"x" * 99 + whole),
        ("stored", packed(parts(), zipfile.ZIP_STORED)),
        ("other packing", packed(parts(), zipfile.ZIP_LZMA)),
        ("a page", b"<html><table><tr><td>1"),
        ("the old kind", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99),
        ("wrong sums", whole.replace(b"PK\x01\x02", b"PK\x01\x03")),
        ("a password", re.sub(rb"(PK\x01\x02.\x03\x14\0)\0", b"\\1\x01", whole, flags=re.DOTALL)),
        ("twice", whole + whole),
    ):
        yield Case("container", what, "名单.xlsx", data)


def _cut_parts() -> Iterator[Case]:
    """Parts that break off, and rows that stand on each other where the cells do not say where they belong."""
    for name in (SHEET, TEXTS, BOOK, STYLES):
        for share in (0.3, 0.6, 0.95):
            yield remade("parts that break off", f"{name} at {share:.0%}", _shortened(name, share))
    for what, old, new in (
        ("one number", b'<row r="3">', b'<row r="2">'),
        ("the last one", b'<row r="3">', b'<row r="8">'),
        ("out of order", b'<row r="2">', b'<row r="70">'),
    ):
        yield remade("rows on each other", what, _unplaced(old, new))


def _shortened(name: str, share: float):
    return lambda content: {**content, name: content[name][: int(len(content[name]) * share)]}


def _unplaced(old: bytes, new: bytes):
    """The cells lose their places, then a row its number."""
    return lambda content: {
        **content,
        SHEET: re.sub(rb'<c r="[A-Z]+[0-9]+"', b"<c", content[SHEET]).replace(old, new),
    }


def cases() -> Iterator[Case]:
    """Every damaged workbook, always the same ones."""
    for kind, changes in CHANGES.items():
        for what, part, old, new in changes:
            yield changed(kind, what, part, old, new)
    yield from _names_of_parts()
    yield from _encodings_of_parts()
    yield from _containers()
    yield from _cut_parts()
    yield from flipped(20230712, 24)
    yield from torn(20230712, 60)
