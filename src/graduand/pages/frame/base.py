"""What pages share: pages of rows, addresses, a batch by its code, numbers and keys from forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone

from graduand.models import Batch
from graduand.queries.season import policies

PAGE_SIZES = (10, 15, 30, 50, 100, 200)
DEFAULT_PAGE_SIZE = 30


@dataclass(slots=True)
class Page:
    """One page of a list. `filter_pairs` is the filter, `first`/`last` are 1-based positions.

    With `more` there are more rows than `total`: they were not counted. Pages are numbered as far
    as was counted; turning or jumping beyond that works too, and shows the count as far as it is
    known by then.
    """

    path: str
    filter_pairs: list[tuple[str, str]]
    total: int
    size: int
    number: int
    rows: Sequence[Any] = field(default_factory=list)
    sizes: tuple[int, ...] = PAGE_SIZES
    sort: str = ""
    more: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        if not self.total:
            return 0
        return self.start + 1

    @property
    def last(self) -> int:
        return min(self.start + self.size, self.total)

    @property
    def onward(self) -> bool:
        """Whether there is a page after this one."""
        return self.more or self.number < self.pages

    def found(self, rows: int) -> None:
        """What a page beyond the count shows: when it is full, the least number of rows; the last
        page, the number.
        """
        if self.more and self.start + rows > self.total:
            self.total = self.start + rows
            self.more = rows == self.size

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What every address of this list carries: the filter and the order."""
        return self._pairs(sort=self.sort)

    @property
    def kept_size(self) -> str:
        """The size as an address carries it: "" for the usual one."""
        if self.size == DEFAULT_PAGE_SIZE:
            return ""
        return str(self.size)

    @property
    def here(self) -> str:
        return self.url(self.number)

    @property
    def window(self) -> list[int | None]:
        """Page numbers around this one; None is a gap."""
        near = sorted(
            {1, self.pages, *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)}
        )
        shown: list[int | None] = []
        for n in near:
            if shown and n - (shown[-1] or 0) > 1:
                shown.append(None)
            shown.append(n)
        return shown

    def url(self, number: int) -> str:
        """The address of page `number` of the same list."""
        pairs = self._pairs(sort=self.sort, size=self.kept_size)
        if number > 1:
            pairs.append(("page", str(number)))
        return address(self.path, pairs)

    def sorted_by(self, sort: str) -> str:
        """The address of the same list in another order, from its first page on."""
        return address(self.path, self._pairs(sort=sort, size=self.kept_size))

    def _pairs(self, **said: str) -> list[tuple[str, str]]:
        """The filter with the other parts of an address; empty values are left out."""
        return [*self.filter_pairs, *(pair for pair in said.items() if pair[1])]


def address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """`path` with `pairs` as its query."""
    if not pairs:
        return path
    return f"{path}?{urlencode(pairs)}"


def filter_and_order(pairs: Sequence[tuple[str, str]], sort: str) -> list[tuple[str, str]]:
    """The query of a list's address: the filter, and the order where one was chosen."""
    if not sort:
        return [*pairs]
    return [*pairs, ("sort", sort)]


def page_of(
    asked: QueryDict, path: str, filter_pairs: list[tuple[str, str]], total: int, **more: Any
) -> Page:
    """The page asked for; a size that is not offered and a page beyond the end are corrected (Q04)."""
    size = number_of(asked.get("size"))
    if size not in PAGE_SIZES:
        size = DEFAULT_PAGE_SIZE
    page = Page(path, filter_pairs, total, size, 1, **more)
    page.number = max(number_of(asked.get("page")), 1)
    if not page.more:
        page.number = min(page.number, page.pages)
    return page


def number_of(text: str | None) -> int:
    """A number from the address; 0 for anything else."""
    return _digits(text, most=9) or 0


def key_of(text: str | None) -> int | None:
    """The key of a row from a form; None for a text that no page of ours sends, however long it is."""
    return _digits(text, most=18)


def _digits(text: str | None, most: int) -> int | None:
    """The number that `text` is; None for anything but up to `most` digits."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > most:
        return None
    return int(text)


def keys_of(texts: Sequence[str]) -> list[int] | None:
    """The keys of rows from a form; None when one of them is not a key."""
    found = [key for key in map(key_of, texts) if key is not None]
    if len(found) != len(texts):
        return None
    return found


def stamp(moment: datetime | date) -> str:
    """`2023-07-16 23:59` in Beijing time; a date has no hour."""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
    return moment.isoformat()


def batch_named(code: str) -> Batch:
    """The batch of an address. Raises Http404."""
    found = policies.batch(code)
    if found is None:
        raise Http404
    return found


def is_form_key(key: str) -> bool:
    """Whether a form can carry this key, by which sending it twice is done once.

    A parcel's acts append to it.
    """
    return key.isascii() and key.isalnum() and len(key) <= 60
