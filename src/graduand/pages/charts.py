"""Charts as SVG made on the server: the geometry of a bar chart; its words and table come with it."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT, BASE, TALLEST = 680, 250, 216, 170
MOST_BARS = 14


@dataclass(frozen=True, slots=True)
class Bar:
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
    """A bar chart with the sentence that says the same to who cannot see it."""

    id: str
    title: str
    desc: str
    unit: str
    bars: tuple[Bar, ...]
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
        bars.append(Bar(label, n, round(x + step * 0.2, 1), round(BASE - height, 1), round(step * 0.6, 1), height,
                        round(x + step / 2, 1), n == most))  # fmt: skip
    top = next(bar for bar in bars if bar.peak)
    desc = (
        f"共 {len(shown)} 天，合计 {sum(n for _, n in shown):,} 人；最多的是 {top.label}，{top.count:,} 人。"
    )
    return Chart(name, title, desc, unit, tuple(bars))
