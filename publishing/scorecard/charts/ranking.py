"""A ranking: every area's figure as a dot on one scale, with its interval, England as a line.

On a desk a long ranking stands in columns side by side, each on the same scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.charts import svg
from publishing.scorecard.charts.svg import Drawing, Scale

_DOT, _MARKED, _ENGLAND = svg.SERIES[0], svg.SERIES[2], svg.SERIES[4]
_ROW = 14.0
_COLUMN_GAP = 18.0
_LONG = 24
"""From how many areas on a wide ranking has two columns."""
_CUT_ABOVE = 0.3
"""The scale leaves out zero where the least figure is more than this share of the largest."""


@dataclass(frozen=True)
class Ranked:
    """An area's figure in a ranking; `value` is None where `status` says why.

    `lower` and `upper` are its interval. One that `is_marked` stands out: the page's own, or a
    peer of it.
    """

    name: str
    value: float | None
    status: str = "reported"
    lower: float | None = None
    upper: float | None = None
    is_marked: bool = False


@dataclass(frozen=True)
class Ranking:
    """What one picture shows: `areas` in any order, all in one `unit`, beside `england`."""

    areas: Sequence[Ranked]
    unit: str
    england: float | None = None


def ranking(shown: Ranking, *, chart_id: str, title: str, description: str) -> Markup:
    """Draw a ranking for a desk and a phone, the largest first, areas without a figure last.

    Empty where no area has a figure.
    """
    if not any(one.value is not None for one in shown.areas):
        return Markup("")
    draw = partial(_draw, shown)
    return svg.both(draw, chart_id=chart_id, title=title, description=description)


def in_order(areas: Sequence[Ranked]) -> list[Ranked]:
    """Return areas from the largest figure down, by name where equal, those without one last."""
    return sorted(
        areas,
        key=lambda one: (one.value is None, -one.value if one.value is not None else 0, one.name),
    )


@dataclass(frozen=True)
class _Column:
    """One column of a drawing: where names end, the scale, and the edges in units."""

    left: float
    x: Scale
    top: float
    bottom: float


def _draw(shown: Ranking, width: float) -> Drawing:
    areas = in_order(shown.areas)
    count = _columns(len(areas), width)
    rows = -(-len(areas) // count)
    low, high = _range(shown)
    # Names take two fifths, and the axis as many figures as fit the rest.
    each = (width - _COLUMN_GAP * (count - 1)) / count
    names = min(each * 0.5, max(svg.text_width(one.name, svg.SMALL_SIZE) for one in areas) + 8)
    about = _about_axis(shown, width)
    top = 15.0 * len(about) + 34
    bottom = top + rows * _ROW
    ticks = [tick for tick in svg.nice_ticks(low, high, 6) if low <= tick <= high]
    parts = [svg.lines_of_text(0, 12, about, size=svg.SMALL_SIZE, fill=svg.SOFT)]
    for number in range(count):
        left = number * (each + _COLUMN_GAP)
        scale = Scale(low, high, left + names + 8, left + each - 18)
        column = _Column(left, scale, top, bottom)
        parts.append(_axis(shown, column, ticks))
        parts.append(_rows(areas[number * rows : (number + 1) * rows], column, names))
    return Drawing(bottom + 8, Markup("").join(parts))


def _columns(count: int, width: float) -> int:
    return 2 if width >= svg.WIDE and count >= _LONG else 1


def _range(shown: Ranking) -> tuple[float, float]:
    every = [] if shown.england is None else [shown.england]
    for one in shown.areas:
        every += [edge for edge in (one.value, one.lower, one.upper) if edge is not None]
    low, high = min(every), max(every)
    if 0 <= low <= _CUT_ABOVE * high:
        low = 0.0
    return (low, high) if high > low else (min(low, 0.0), max(high, 0.0) or 1.0)


def _about_axis(shown: Ranking, width: float) -> list[str]:
    """Say the unit, that the scale is cut where it is, and what the dashed line is."""
    name = words.unit_name(shown.unit)
    cut = "" if _range(shown)[0] <= 0 else "; the scale does not start at zero"
    england = ""
    if shown.england is not None:
        england = f". Dashed line: England, {words.short_value(shown.england, shown.unit)}"
    return svg.wrapped(f"{name[:1].upper()}{name[1:]}{cut}{england}", width, svg.SMALL_SIZE)


def _axis(shown: Ranking, column: _Column, ticks: Sequence[float]) -> Markup:
    said = svg.tick_labels_of(ticks, shown.unit)
    room = (column.x.end - column.x.start) / max(len(ticks) - 1, 1)
    widest = max(svg.text_width(text, svg.SMALL_SIZE) for text in said)
    every = 1 if widest + 5 < room else max(len(said) - 1, 1)
    y = column.top - 4
    grid = svg.element(
        "path",
        d="".join(f"M{column.x(tick):.1f} {y:.1f}V{column.bottom:.1f}" for tick in ticks),
        stroke=svg.LINE,
    )
    texts = svg.group(
        (
            svg.element("text", text, x=column.x(tick), y=y - 5)
            for number, (tick, text) in enumerate(zip(ticks, said, strict=True))
            if number % every == 0
        ),
        text_anchor="middle",
        font_size=svg.SMALL_SIZE,
        fill=svg.SOFT,
    )
    if shown.england is None:
        return grid + texts
    x = column.x(shown.england)
    return grid + texts + svg.line(x, y, x, column.bottom, stroke=_ENGLAND, width=1.5, dash="5 3")


def _rows(areas: Sequence[Ranked], column: _Column, names: float) -> Markup:
    """Draw the rows of a column: names in one group, intervals and dots as one path each."""
    placed = [(one, column.top + (number + 0.5) * _ROW) for number, one in enumerate(areas)]
    texts = svg.group(
        (
            svg.element(
                "text",
                svg.shortened(one.name, names, svg.SMALL_SIZE * 0.93),
                x=column.left,
                y=y + 4,
                font_weight="600" if one.is_marked else None,
                fill=_MARKED if one.is_marked else None,
            )
            for one, y in placed
        ),
        font_size=svg.SMALL_SIZE,
        fill=svg.INK,
    )
    return texts + Markup("").join((*_intervals(placed, column), *_dots(placed, column)))


def _intervals(placed: Sequence[tuple[Ranked, float]], column: _Column) -> Iterator[Markup]:
    way = "".join(
        f"M{column.x(one.lower):.1f} {y:.1f}H{column.x(one.upper):.1f}"
        for one, y in placed
        if one.lower is not None and one.upper is not None
    )
    if way:
        yield svg.element("path", d=way, stroke=svg.MUTED, stroke_width=2)


def _dots(placed: Sequence[tuple[Ranked, float]], column: _Column) -> Iterator[Markup]:
    for fill, is_marked, size in ((_DOT, False, 7.0), (_MARKED, True, 9.0)):
        places = [
            (column.x(one.value), y)
            for one, y in placed
            if one.value is not None and one.is_marked == is_marked
        ]
        if places:
            lifted = (one for place in places for one in (place, None))
            yield svg.path(lifted, stroke=fill, width=size)
    for one, y in placed:
        if one.value is None:
            known = one.status if one.status in words.STATUS_SHOWN else "missing"
            yield svg.status_sign(column.x.start + 10, y + 4, known)
