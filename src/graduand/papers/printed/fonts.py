"""The fonts that papers are set in, and which characters they have: typst prints nothing where a
glyph is missing.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

PACKAGES = ("pylopdf_fonts_zh_cn", "manimgx_fonts_cjk")
# Debian's fonts-hanazono (CJK Ext B to F) and fonts-lxgw-wenkai, where they are installed.
FOLDERS = ("/usr/share/fonts/truetype/hanazono", "/usr/share/fonts/truetype/lxgw-wenkai")
_SUFFIXES = (".otf", ".ttf", ".ttc", ".otc")
# Spaces and line ends need no glyph.
_BLANK = frozenset(map(ord, "\n\u3000\u200b "))


@dataclass(frozen=True, slots=True)
class Fonts:
    """The font folders for the typesetter, the code points that at least one font has, and a digest
    of the files.
    """

    folders: tuple[str, ...]
    covered: frozenset[int]
    digest: str

    def lacking(self, text: str) -> str:
        """The characters of `text` that no font has, each one once."""
        return "".join(char for char in dict.fromkeys(text) if ord(char) not in self.covered)


class FontsMissing(Exception):
    """No font for Chinese is installed; str() is a sentence in Chinese."""


def fonts(own: Path) -> Fonts:
    """The installed fonts; `own` is this installation's folder for further ones. Raises
    FontsMissing.
    """
    folders = [*_packaged(), *(Path(name) for name in FOLDERS), own]
    files = tuple(
        (str(file), file.stat().st_size, file.stat().st_mtime_ns)
        for folder in folders
        if folder.is_dir()
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in _SUFFIXES
    )
    if not files:
        raise FontsMissing(f"没有中文字体；请安装 {'、'.join(PACKAGES)}（见 requirements.lock）")
    return _read(files)


def _packaged() -> list[Path]:
    found = [importlib.util.find_spec(name) for name in PACKAGES]
    return [Path(spec.origin).parent for spec in found if spec is not None and spec.origin]


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, int, int], ...]) -> Fonts:
    covered = set(_BLANK)
    for name, _, _ in files:
        covered.update(_code_points(Path(name)))
    folders = tuple(dict.fromkeys(str(Path(name).parent) for name, _, _ in files))
    identity = "\n".join(f"{Path(name).name} {size}" for name, size, _ in files)
    return Fonts(folders, frozenset(covered), hashlib.sha256(identity.encode()).hexdigest())


def _code_points(file: Path) -> Iterable[int]:
    """The code points of a file's first face; the faces of a collection share their characters."""
    try:
        with file.open("rb") as stream:
            if file.suffix.lower() in (".ttc", ".otc"):
                return list(TTCollection(stream, lazy=True).fonts[0].getBestCmap() or ())
            return list(TTFont(stream, lazy=True).getBestCmap() or ())
    except (TTLibError, OSError):
        return ()  # a file that is not a font is skipped
