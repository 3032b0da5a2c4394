"""Charts as SVG made on the server: the geometry of bars, with their words and table."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 680
HEIGHT = 250
BASE = 216
TALLEST = 170
MOST_BARS = 14
# With fewer bars than this, each is as wide as if there were this many.
FEWEST_BARS = 6


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One bar in SVG units; `peak` marks the highest."""

    label: str
    count: int
    x: float
    y: float
    w: float
    h: float
    mid: float
    peak: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart with the sentence that says the same; `rows` is all of it, for its table."""

    id: str
    title: str
    desc: str
    unit: str
    bars: tuple[ChartBar, ...]
    rows: tuple[tuple[str, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BASE
    grid: tuple[int, ...] = (BASE - TALLEST, BASE - TALLEST * 2 // 3, BASE - TALLEST // 3)


def bar_chart(name: str, title: str, unit: str, counts: list[tuple[str, int]]) -> Chart | None:
    """The last MOST_BARS of (label, number) as bars; None when there is nothing to show."""
    shown = counts[-MOST_BARS:]
    if not shown:
        return None
    bars = _bars(shown)
    top = next(bar for bar in bars if bar.peak)
    desc = f"共 {len(counts)} 天，合计 {sum(n for _, n in counts):,} 人次"
    if len(counts) > len(shown):
        desc += f"；图中是最近的 {len(shown)} 天"
    desc += f"，最多的是 {top.label}，{top.count:,} 人。"
    return Chart(name, title, desc, unit, bars, tuple(counts))


def _bars(shown: list[tuple[str, int]]) -> tuple[ChartBar, ...]:
    """The bars of (label, number); few of them stand in the middle."""
    most = max(n for _, n in shown)
    step = WIDTH / max(len(shown), FEWEST_BARS)
    start = 0.0
    if len(shown) < FEWEST_BARS:
        start = (WIDTH - step * len(shown)) / 2
    return tuple(
        _bar(label, n, most, start + place * step, step) for place, (label, n) in enumerate(shown)
    )


def _bar(label: str, n: int, most: int, x: float, step: float) -> ChartBar:
    """The bar of `n`, at `x` in a place as wide as `step`."""
    height = 0.0
    if most:
        height = round(n / most * TALLEST, 1)
    return ChartBar(
        label,
        n,
        round(x + step * 0.2, 1),
        round(BASE - height, 1),
        round(step * 0.6, 1),
        height,
        round(x + step / 2, 1),
        n == most,
    )


# ---- a stacked bar a group: how far each centre's files are


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a stacked bar: its place in hundredths of the whole, and its words."""

    x: float
    w: float
    css: str
    words: str


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar: its label, its pieces, and how many in all."""

    label: str
    pieces: tuple[Piece, ...]
    counts: tuple[int, ...]
    total: int
    url: str = ""

    @property
    def words(self) -> str:
        """What the bar shows, in a sentence."""
        return f"{self.label}：{'，'.join(piece.words for piece in self.pieces)}"


@dataclass(frozen=True, slots=True)
class Stacks:
    """Stacked bars with their legend, and the sentence that says the same."""

    title: str
    desc: str
    unit: str
    parts: tuple[str, ...]
    stacks: tuple[Stack, ...]


def stack_chart(
    title: str,
    unit: str,
    parts: tuple[str, ...],
    groups: list[tuple[str, tuple[int, ...], str]],
    most: int,
) -> Stacks | None:
    """(label, number of each part, address) as bars of one length; None when there is nothing.

    Beyond the first `most` the rest are one bar together, so that the bars add up to the sentence.
    """
    full = [group for group in groups if sum(group[1])]
    if not full:
        return None
    shown = full[:most]
    rest = full[most:]
    cut = ""
    if rest:
        shown.append((f"其余 {len(rest)} 个{unit}", _sums(rest, len(parts)), ""))
        cut = f"人数最多的 {most} 个{unit}分别列出，其余合在一起。"
    whole = "，".join(
        f"{part} {n:,} 人" for part, n in zip(parts, _sums(full, len(parts)), strict=True) if n
    )
    stacks = tuple(_stack(parts, *group) for group in shown)
    return Stacks(title, f"共 {len(full)} 个{unit}：{whole}。{cut}", unit, parts, stacks)


def _sums(groups: list[tuple[str, tuple[int, ...], str]], parts: int) -> tuple[int, ...]:
    return tuple(sum(counts[n] for _, counts, _ in groups) for n in range(parts))


def _stack(parts: tuple[str, ...], label: str, counts: tuple[int, ...], url: str) -> Stack:
    total = sum(counts)
    pieces = []
    x = 0.0
    for n, (part, count) in enumerate(zip(parts, counts, strict=True)):
        if count:
            width = 100 * count / total
            pieces.append(Piece(round(x, 2), round(width, 2), f"s{n}", f"{part} {count:,} 人"))
            x += width
    return Stack(label, tuple(pieces), counts, total, url)
