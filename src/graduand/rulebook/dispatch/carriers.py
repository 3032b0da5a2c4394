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


def _letters(name: str) -> str:
    """What two spellings are compared by: neither width nor case nor blanks make another carrier."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
