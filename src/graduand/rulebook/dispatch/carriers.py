"""The names of carriers: two spellings of one carrier are one carrier. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

Spellings = Mapping[str, Sequence[str]]


def canon_carrier(name: str, spellings: Spellings) -> str:
    """The canonical name of a carrier of `spellings` (name -> other spellings); an unknown name as
    it is written, in half-width letters with single spaces.
    """
    wanted = _letters(name)
    for known, others in spellings.items():
        if wanted in map(_letters, (known, *others)):
            return known
    return " ".join(unicodedata.normalize("NFKC", name).split())


def behind_carrier(text: str, spellings: Spellings) -> tuple[tuple[str, ...], str]:
    """(the names of a carrier at the beginning of `text`, what follows it); no name and "" where
    `text` begins with none.

    A carrier of `spellings` is recognised without a space after it; the name of an unknown one is
    the words before the first word with a digit.
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
    """The form in which spellings are compared: width, case and spaces do not matter."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
