"""Charts as SVG made on the server: the geometry of a bar chart; its words and table come with it."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT, BASE, TALLEST = 680, 250, 216, 170
MOST_BARS = 14


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
    """A bar chart with the sentence that says the same to who cannot see it; `rows` is all of it, for its table."""

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
    most = max(n for _, n in shown)
    step = WIDTH / max(len(shown), 6)
    start = (WIDTH - step * len(shown)) / 2 if len(shown) < 6 else 0.0
    bars = []
    for place, (label, n) in enumerate(shown):
        height = round(n / most * TALLEST, 1) if most else 0.0
        x = start + place * step
        bars.append(
            ChartBar(
                label,
                n,
                round(x + step * 0.2, 1),
                round(BASE - height, 1),
                round(step * 0.6, 1),
                height,
                round(x + step / 2, 1),
                n == most,
            )
        )
    top = next(bar for bar in bars if bar.peak)
    cut = f"；图中是最近的 {len(shown)} 天" if len(counts) > len(shown) else ""
    whole = f"共 {len(counts)} 天，合计 {sum(n for _, n in counts):,} 人次"
    desc = f"{whole}{cut}，最多的是 {top.label}，{top.count:,} 人。"
    return Chart(name, title, desc, unit, tuple(bars), tuple(counts))


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
    """(label, number of each part, address) as bars of one length, shares in them; None when there
    is nothing.

    Beyond the first `most` the rest are one bar together, so that what is shown adds up to what is
    said.
    """
    full = [group for group in groups if sum(group[1])]
    if not full:
        return None
    shown, rest = full[:most], full[most:]
    if rest:
        shown.append((f"其余 {len(rest)} 个{unit}", _sums(rest, len(parts)), ""))
    whole = "，".join(
        f"{part} {n:,} 人" for part, n in zip(parts, _sums(full, len(parts)), strict=True) if n
    )
    cut = f"人数最多的 {most} 个{unit}分别列出，其余合在一起。" if rest else ""
    stacks = tuple(_stack(parts, *group) for group in shown)
    return Stacks(title, f"共 {len(full)} 个{unit}：{whole}。{cut}", unit, parts, stacks)


def _sums(groups: list[tuple[str, tuple[int, ...], str]], parts: int) -> tuple[int, ...]:
    return tuple(sum(counts[n] for _, counts, _ in groups) for n in range(parts))


def _stack(parts: tuple[str, ...], label: str, counts: tuple[int, ...], url: str) -> Stack:
    total, pieces, x = sum(counts), [], 0.0
    for n, (part, count) in enumerate(zip(parts, counts, strict=True)):
        if count:
            width = 100 * count / total
            pieces.append(Piece(round(x, 2), round(width, 2), f"s{n}", f"{part} {count:,} 人"))
            x += width
    return Stack(label, tuple(pieces), counts, total, url)
