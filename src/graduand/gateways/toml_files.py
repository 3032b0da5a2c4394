"""TOML files that people write: read as a whole, or refused with the place of the fault."""

from __future__ import annotations

import re
import tomllib
from typing import Any

# How deep tables and lists may be nested; no file of ours needs as much.
DEEPEST = 8
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_SYNTAX = "请核对引号、等号、方括号和日期的写法"
_TWICE = "同一个键或同一组写了两次，请删去一处"
_DEEP = f"括号或键的层数太多，最多 {DEEPEST} 层"
_DIGITS = "有一个整数位数太多；不是用来计算的号码请加引号"
# How the parser's messages begin for a key or a table that is written twice.
_TWICE_SAID = (
    "Cannot overwrite",
    "Cannot declare",
    "Cannot mutate",
    "Cannot redefine",
    "Duplicate",
)


class BadToml(ValueError):
    """The file can't be read; str() is a Chinese sentence that says where and why."""


def read(data: bytes) -> dict[str, Any]:
    """The content of the file. Raises BadToml."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _bad(f"第 {line} 行", "文字编码不是 UTF-8，请把文件另存为 UTF-8") from error
    found = _parsed(text)
    if _is_too_deep(found):
        raise _bad("", _DEEP)
    return found


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad(_place(str(error), text), _why(str(error))) from error
    # Python's own limit of digits: the parser does not turn it into an error of its own
    except ValueError as error:
        raise _bad("", _DIGITS) from error
    except RecursionError as error:
        raise _bad("", _DEEP) from error


def _bad(where: str, why: str) -> BadToml:
    return BadToml(f"{where}不是合格的 TOML：{why}")


def _is_too_deep(found: dict[str, Any]) -> bool:
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _within(value)]
    return bool(level)


def _within(value: Any) -> list[Any]:
    """The tables and lists directly inside `value`."""
    inner = value.values() if isinstance(value, dict) else value
    return [item for item in inner if isinstance(item, dict | list)]


def _place(message: str, text: str) -> str:
    found = _AT.search(message)
    if found:
        return f"第 {found[1]} 行第 {found[2]} 个字附近"
    return f"第 {len(text.splitlines()) or 1} 行（文件末尾）"


def _why(message: str) -> str:
    if message.startswith(_TWICE_SAID):
        return _TWICE
    return _SYNTAX
