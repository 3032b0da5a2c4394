"""Where the registry differs from the record, as reported by one feedback file after the other.

A file compares the columns that it has: a column that it lacks, or a cell that it leaves empty,
says neither that something differs nor that it agrees. There the newest earlier report still holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import NamedTuple

# Column -> header of what is compared. The order is stored as bits: new ones go last.
COMPARED = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_number": "证件号",
    "major_name": "专业名称",
    "level": "层次",
}
_BITS = {header: 1 << place for place, header in enumerate(COMPARED.values())}


class Differences(NamedTuple):
    """`mismatches` are the headers of what differs, joined by 、; `words` has a key of both values
    of each, in the same order, "" where none was stored.
    """

    mismatches: str = ""
    words: str = ""


NOTHING = Differences()


def stored_form(found: Mapping[str, str]) -> Differences:
    """Header -> word, as it is stored."""
    headers = [header for header in _BITS if header in found]
    words = [found[header] for header in headers]
    if not any(words):
        return Differences("、".join(headers), "")
    return Differences("、".join(headers), " ".join(words))


def read(one: Differences) -> dict[str, str]:
    """Header -> word, of what is stored."""
    if not one.mismatches:
        return {}
    headers = one.mismatches.split("、")
    words = one.words.split(" ")
    return dict(zip_longest(headers, words[: len(headers)], fillvalue=""))


def mask_of(headers: Iterable[str]) -> int:
    """Headers as bits."""
    return sum(_BITS[header] for header in headers)


def carried_on(before: Differences, one: Differences, silent: int) -> Differences:
    """What differs after a file that says `one` and is `silent` about these."""
    if not silent:
        return one
    kept = {header: word for header, word in read(before).items() if _BITS.get(header, 0) & silent}
    if not kept:
        return one
    return stored_form(kept | read(one))


def speaks_of(one: Differences, silent: int) -> bool:
    """Whether a file that is `silent` about these says anything about what differs."""
    return not one.mismatches or any(not _BITS.get(header, 0) & silent for header in read(one))
