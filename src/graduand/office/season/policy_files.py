"""A policy as a TOML file: read as a whole, or refused with the line that can't be read."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from graduand.rulebook.season.policy import PolicyRefused

_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_SYNTAX = "请核对引号、等号、方括号和日期的写法"
_TWICE = "同一个键或同一组写了两次，请删去一处"
# How the reader begins what it says of a key or a table that stands there twice.
_TWICE_SAID = (
    "Cannot overwrite",
    "Cannot declare",
    "Cannot mutate",
    "Cannot redefine",
    "Duplicate",
)


def parsed(data: bytes, name: str = "") -> dict[str, Any]:
    """What the file says; `name` is told when it can't be read. Raises PolicyRefused with a
    sentence.
    """
    where = f"{name} " if name else ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PolicyRefused(
            [f"{where}第 {line} 行不是合格的 TOML：文字编码不是 UTF-8，请把文件另存为 UTF-8"]
        ) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyRefused(
            [f"{where}{_place(str(error), text)}不是合格的 TOML：{_why(str(error))}"]
        ) from error


def _place(said: str, text: str) -> str:
    found = _AT.search(said)
    if found:
        return f"第 {found[1]} 行第 {found[2]} 个字附近"
    return f"第 {len(text.splitlines()) or 1} 行（文件末尾）"


def _why(said: str) -> str:
    if said.startswith(_TWICE_SAID):
        return _TWICE
    return _SYNTAX
