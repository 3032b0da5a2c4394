"""Carriers and the ways in which their names are written: two spellings of one carrier are one carrier. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

Spellings = Mapping[str, Sequence[str]]


def canon_carrier(name: str, spellings: Spellings) -> str:
    """The one name of a carrier of `spellings` (name -> other spellings); anybody else as it is
    written, in half-width letters with single blanks.
    """
    wanted = _letters(name)
    for known, others in spellings.items():
        if wanted in map(_letters, (known, *others)):
            return known
    return " ".join(unicodedata.normalize("NFKC", name).split())


def behind_carrier(text: str, spellings: Spellings) -> tuple[tuple[str, ...], str]:
    """(the names of a carrier at the beginning of `text`, what stands behind it); no name and "" where
    it begins with none.

    A carrier of `spellings` is known without a blank behind it; of anybody else the name is the
    words before the first one with a digit.
    """
    called = {
        _letters(name): (known, *others)
        for known, others in spellings.items()
        for name in (known, *others)
    }
    for end in range(len(text) - 1, 0, -1):
        if names := called.get(_letters(text[:end])):
            return names, text[end:]
    words = text.split()
    place = next((n for n, word in enumerate(words) if any(map(str.isdigit, word))), 0)
    if place:
        return (canon_carrier(" ".join(words[:place]), spellings),), " ".join(words[place:])
    return (), ""


def _letters(name: str) -> str:
    """What two spellings are compared by: neither width nor case nor blanks make another carrier."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
