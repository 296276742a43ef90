"""Bars that lie down: from zero, each with its figure beside it; stacked, or grouped by year.

What has no figure has no bar: its sign stands at zero. A zero has no bar either, but its figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from publishing.scorecard.charts import svg

_BAR, _GAP, _HEADING = 20.0, 10.0, 20.0
_LABELS_SHARE = 0.36
"""How much of the width the labels may take on a desk; on a phone they stand above their bars."""


@dataclass(frozen=True)
class Bar:
    """A figure with its label; `shown` is the figure as text, with its unit where one is needed.

    `beside` is another figure to hold it against (England's), drawn as a tick across the bar.
    `is_faint` is for what is context: earlier years, say.
    """

    label: str
    value: float | None
    shown: str
    status: str = "reported"
    beside: float | None = None
    is_faint: bool = False


@dataclass(frozen=True)
class Group:
    """Bars under one heading, such as the years of a reason."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Part:
    """A piece of a stacked bar, `shown` inside it where there is room. It is not negative."""

    value: float | None
    shown: str
    status: str = "reported"


@dataclass(frozen=True)
class Stack:
    """Pieces that add up, in the order of the keys; `shown` is the whole as text."""

    label: str
    parts: tuple[Part, ...]
    shown: str


@dataclass(frozen=True)
class _Room:
    """Where labels, bars and figures lie in a drawing: positions across, in units."""

    width: float
    labels_above: bool
    x: svg.Scale

    @property
    def label_width(self) -> float:
        return self.width if self.labels_above else self.x.start - 8

    @property
    def step(self) -> float:
        """From one bar to the next."""
        return _BAR + _GAP + (20.0 if self.labels_above else 0.0)


def bars(
    rows: Sequence[Bar],
    *,
    chart_id: str,
    title: str,
    description: str,
    beside: str | None = None,
) -> Markup:
    """Draw bars one below the other; `beside` says what the ticks are, for the legend."""
    return grouped(
        [Group("", tuple(rows))],
        chart_id=chart_id,
        title=title,
        description=description,
        beside=beside,
    )


def grouped(
    groups: Sequence[Group],
    *,
    chart_id: str,
    title: str,
    description: str,
    beside: str | None = None,
) -> Markup:
    """Draw bars under headings. All have one scale, which starts at zero."""

    def draw(width: float) -> svg.Drawing:
        every = [bar for group in groups for bar in group.bars]
        room = _room(
            width,
            [bar.label for bar in every],
            [figure for bar in every for figure in (bar.value, bar.beside)],
            [_shown(bar) for bar in every],
        )
        top = 22.0 if beside else 2.0
        legend = [_tick(6, 2, 12), svg.text(14, 14, beside or "")] if beside else []
        drawn, down = _groups(groups, room, top)
        axis = _zero(room, top, down)
        return svg.Drawing(down + 2, Markup("").join([*legend, *drawn, axis]))

    return svg.both(draw, chart_id=chart_id, title=title, description=description)


def stacked(
    rows: Sequence[Stack],
    keys: Sequence[str],
    *,
    chart_id: str,
    title: str,
    description: str,
) -> Markup:
    """Draw bars of pieces that add up, with the name of each key above.

    A whole of which a piece has no figure is not drawn in part: its sign stands there.
    """

    def draw(width: float) -> svg.Drawing:
        totals = [_total(row) for row in rows]
        room = _room(width, [row.label for row in rows], totals, [row.shown for row in rows])
        legend, top = _legend(keys, width)
        drawn: list[Markup] = []
        for number, row in enumerate(rows):
            y = top + number * room.step
            drawn += [*_label(row.label, room, y), *_pieces(row, room, _bar_top(room, y))]
        down = top + len(rows) * room.step - _GAP
        axis = _zero(room, top, down + 4)
        return svg.Drawing(down + 6, Markup("").join([*legend, *drawn, axis]))

    return svg.both(draw, chart_id=chart_id, title=title, description=description)


def _room(
    width: float, labels: Sequence[str], values: Sequence[float | None], shown: Sequence[str]
) -> _Room:
    is_narrow = width < svg.WIDE
    longest = max((svg.text_width(label) for label in labels), default=0.0)
    left = 1.0 if is_narrow else min(longest + 10, width * _LABELS_SHARE)
    right = width - max((svg.text_width(text) for text in shown), default=0.0) - 8
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    if low < 0:
        # Figures of bars to the left stand left of them.
        left += width - right
    return _Room(width, is_narrow, svg.Scale(low, high if high > low else 1.0, left, right))


def _groups(groups: Sequence[Group], room: _Room, down: float) -> tuple[list[Markup], float]:
    drawn: list[Markup] = []
    for group in groups:
        if group.heading:
            drawn.append(svg.text(0, down + 14, group.heading, bold=True))
            down += _HEADING
        for bar in group.bars:
            drawn += [*_label(bar.label, room, down), *_bar(bar, room, _bar_top(room, down))]
            down += room.step
    return drawn, down - _GAP / 2


def _zero(room: _Room, top: float, down: float) -> Markup:
    """Return the line that bars begin at; none where it would run through the labels above them."""
    if room.labels_above:
        return Markup("")
    return svg.line(room.x(0), top, room.x(0), down, stroke=svg.MUTED)


def _bar_top(room: _Room, y: float) -> float:
    return y + (16 if room.labels_above else 0)


def _label(label: str, room: _Room, y: float) -> Iterator[Markup]:
    if room.labels_above:
        yield svg.text(0, y + 12, svg.shortened(label, room.width))
        return
    if svg.text_width(label) <= room.label_width:
        yield svg.text(0, y + 14, label)
        return
    lines = svg.wrapped(label, room.label_width, svg.SMALL_SIZE)[:2]
    if len(lines) == 1:
        said = svg.shortened(label, room.label_width, svg.SMALL_SIZE)
        yield svg.text(0, y + 14, said, size=svg.SMALL_SIZE)
    else:
        yield svg.lines_of_text(0, y + 8, lines, size=svg.SMALL_SIZE)


def _bar(bar: Bar, room: _Room, y: float) -> Iterator[Markup]:
    zero = room.x(0)
    if bar.value is None:
        yield svg.status_sign(zero + 12, y + 14, _absent(bar.status))
        return
    end = room.x(bar.value)
    is_estimated = bar.status == "estimated"
    fill = svg.MUTED if bar.is_faint else svg.SERIES[0]
    yield svg.rect(
        zero,
        y,
        end - zero,
        _BAR,
        fill,
        stroke=fill if is_estimated else None,
        opacity=0.45 if is_estimated else None,
    )
    shown = _shown(bar)
    if bar.value < 0:
        yield svg.text(end - 5, y + 14, shown, anchor="end", halo=True)
    else:
        yield svg.text(_after(bar, shown, room, end) + 5, y + 14, shown, halo=True)
    if bar.beside is not None:
        yield _tick(room.x(bar.beside), y - 3, _BAR + 6)


def _after(bar: Bar, shown: str, room: _Room, end: float) -> float:
    """Return what a figure stands behind: its bar, or the tick where that is in the way."""
    if bar.beside is None:
        return end
    tick = room.x(bar.beside)
    return max(tick, end) if end - 6 <= tick <= end + 10 + svg.text_width(shown) else end


def _shown(bar: Bar) -> str:
    return f"{bar.shown} [e]" if bar.status == "estimated" else bar.shown


def _tick(x: float, y: float, height: float) -> Markup:
    """Return a mark across a bar, white beside so that it shows on it."""
    return svg.line(x, y, x, y + height, stroke=svg.PAPER, width=5) + svg.line(
        x, y, x, y + height, stroke=svg.SERIES[2], width=2.5
    )


def _pieces(row: Stack, room: _Room, y: float) -> Iterator[Markup]:
    absent = next((part for part in row.parts if part.value is None), None)
    if absent is not None:
        yield svg.status_sign(room.x(0) + 12, y + 14, _absent(absent.status))
        return
    at = 0.0
    for number, part in enumerate(row.parts):
        value = part.value or 0.0
        left, right = room.x(at), room.x(at + value)
        yield svg.rect(left, y, right - left, _BAR, svg.SERIES[number], stroke=svg.PAPER)
        if svg.text_width(part.shown, svg.SMALL_SIZE) + 8 <= right - left:
            ink = svg.PAPER if number in _DARK else svg.INK
            yield svg.text(
                (left + right) / 2,
                y + 14,
                part.shown,
                anchor="middle",
                size=svg.SMALL_SIZE,
                fill=ink,
            )
        at += value
    yield svg.text(room.x(at) + 5, y + 14, row.shown)


_DARK = (0, 2, 4)
"""Series that are dark enough for white text on them (4.5 to 1)."""


def _legend(keys: Sequence[str], width: float) -> tuple[list[Markup], float]:
    """Return the names of the keys, each behind its colour, and where the first bar begins."""
    drawn, across, down = [], 0.0, 0.0
    for number, key in enumerate(keys):
        takes = 20 + svg.text_width(key) + 16
        if across and across + takes - 16 > width:
            across, down = 0.0, down + 20
        drawn.append(svg.rect(across, down + 3, 14, 12, svg.SERIES[number]))
        drawn.append(svg.text(across + 20, down + 14, key))
        across += takes
    return drawn, down + 28


def _total(row: Stack) -> float | None:
    values = [part.value for part in row.parts]
    return None if None in values else sum(value for value in values if value is not None)


def _absent(status: str) -> str:
    """Return the status whose sign stands for a figure that is not there."""
    return "missing" if status in ("reported", "estimated") else status
