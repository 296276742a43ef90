"""A hexagon map of councils: each has the same room, whatever its acres, and lies near its place.

The layout is in `hexagons.csv` (columns and rows, odd rows half a step to the right, row 0 in the
south). A picture, not a menu: the table beside it has the links.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from statistics import quantiles
from typing import Literal

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.charts import svg
from publishing.scorecard.charts.svg import Drawing

LAYOUT = Path(__file__).parents[1] / "hexagons.csv"

_COLUMNS, _ROWS = 17, 18
_BLUES = ("#e4edf5", "#b3cde3", "#6fa3cc", "#2f74ad", "#12436d")
_LESS = ("#08519c", "#6baed6", "#d6e6f4")
_MORE = ("#fde0c5", "#f2994a", "#963200")
_LEVEL = "#f0f4f5"
_EDGE = "#768692"
_LEGEND_STEP = 20.0
_EVEN_FIFTHS = 5
_CODES = ("suppressed", "missing", "not_applicable", "not_collected")


@dataclass(frozen=True)
class MapValue:
    """What a council's hexagon shows: a figure, or the status of one that is not there."""

    value: float | None
    status: str = "reported"


@dataclass(frozen=True)
class Hexagon:
    """A council's place on the map: `column` from the west, `row` from the south."""

    name: str
    label: str
    column: int
    row: int


@dataclass(frozen=True)
class Band:
    """A class of the map: figures from `low` (counted in) to `high` (not), its fill and legend.

    `sign` is what a hexagon of it shows beside its colour: + or −, nothing where all rise.
    """

    low: float
    high: float
    fill: str
    legend: str
    sign: str = ""


Scheme = Literal["quantiles", "around_zero"]


@cache
def layout() -> Mapping[str, Hexagon]:
    """Return each council's place, by its code; former councils share one with their successor."""
    with LAYOUT.open(encoding="utf-8", newline="") as file:
        return {
            row["area_code"]: Hexagon(row["name"], row["label"], int(row["q"]), int(row["r"]))
            for row in csv.DictReader(file)
        }


def hexmap(
    values: Mapping[str, MapValue],
    *,
    chart_id: str,
    title: str,
    description: str,
    unit: str | None = None,
    scheme: Scheme = "quantiles",
    decimals: int | None = None,
) -> Markup:
    """Draw the councils in `values`, by area code: pass each council that is valid now.

    Classes hold a fifth of the councils each (`quantiles`), or lie evenly on both sides of nought
    (`around_zero`, for changes), where a sign stands beside the colour. A council without a figure
    is hatched (suppressed) or white with a dashed edge, and has the sign of its status. Codes that
    the layout does not know are left out. `decimals` are of the legend and the hover text.
    """
    places = 0 if decimals is None and unit is None else decimals
    places = words.decimals_for(unit) if places is None else places
    figures = [one.value for one in values.values() if one.value is not None]
    bands = (quantile_bands if scheme == "quantiles" else zero_bands)(figures, places)
    drawn = _Map(values, bands, unit, places, chart_id)
    return svg.both(partial(_draw, drawn), chart_id=chart_id, title=title, description=description)


@dataclass(frozen=True)
class _Map:
    values: Mapping[str, MapValue]
    bands: Sequence[Band]
    unit: str | None
    decimals: int
    chart_id: str


def quantile_bands(figures: Sequence[float], decimals: int = 0) -> list[Band]:
    """Return up to five classes of about as many figures each; equal figures share a class."""
    if not figures:
        return []
    inner = quantiles(figures, n=_EVEN_FIFTHS, method="inclusive") if len(figures) > 1 else []
    cuts = sorted({round(cut, decimals) for cut in inner})
    cuts = [cut for cut in cuts if min(figures) < cut <= max(figures)]
    ends = [-math.inf, *cuts, math.inf]
    fills = _spaced(_BLUES, len(ends) - 1)
    return [
        Band(low, high, fill, _top(low, high, max(figures), decimals))
        for low, high, fill in zip(ends, ends[1:], fills, strict=False)
    ]


def zero_bands(figures: Sequence[float], decimals: int = 0) -> list[Band]:
    """Return three classes below nought, one of exactly nought, three above, of a round width."""
    if not figures:
        return []
    sizes = sorted(abs(figure) for figure in figures)
    typical = sizes[int(len(sizes) * 0.8) - 1 if len(sizes) > 1 else 0] or sizes[-1] or 1.0
    step = _round_step(typical / 2, decimals)
    below = _signed_bands((-math.inf, -2 * step, -step, 0.0), _LESS, words.signed(-1)[0], decimals)
    level = Band(0.0, math.nextafter(0.0, 1), _LEVEL, "no change", "0")
    above = _signed_bands((0.0, step, 2 * step, math.inf), _MORE, "+", decimals)
    return [*below, level, *above]


def _signed_bands(
    ends: Sequence[float], fills: Sequence[str], sign: str, decimals: int
) -> Iterator[Band]:
    for low, high, fill in zip(ends, ends[1:], fills, strict=False):
        start = math.nextafter(0.0, 1) if low == 0 else low
        yield Band(start, high, fill, _span(low, high, decimals, is_change=True), sign)


def _round_step(size: float, decimals: int) -> float:
    power = 10.0 ** math.floor(math.log10(size))
    step = min((power * times for times in (1, 2, 2.5, 5, 10)), key=lambda one: abs(one - size))
    return max(round(step, max(decimals, 0)), 10.0**-decimals)


def _span(low: float, high: float, decimals: int, is_change: bool = False) -> str:
    write = words.signed if is_change else words.number
    if low == -math.inf and high == math.inf:
        return "all"
    if low == -math.inf:
        return f"below {write(high, decimals)}"
    if high == math.inf:
        return f"{write(low, decimals)} and more"
    return f"{write(low, decimals)} to {write(high, decimals)}"


def _top(low: float, high: float, most: float, decimals: int) -> str:
    """Write a class; the last of figures that are all the same, 100%, say, as that figure."""
    if high == math.inf and words.number(low, decimals) == words.number(most, decimals):
        return words.number(most, decimals)
    return _span(low, high, decimals)


def _spaced(fills: Sequence[str], count: int) -> list[str]:
    if count == 1:
        return [fills[2]]
    return [fills[round(number * (len(fills) - 1) / (count - 1))] for number in range(count)]


def _draw(drawn: _Map, width: float) -> Drawing:
    is_wide = width >= svg.WIDE
    grid = _Grid(width / (_COLUMNS + 0.5) / math.sqrt(3), is_wide, f"{drawn.chart_id}-{width:.0f}")
    placed = list(_placed(drawn.values))
    shapes = svg.group(
        (_shape(drawn, grid, hexagon, one) for hexagon, one in placed),
        stroke=_EDGE,
        stroke_width=1 if is_wide else 0.7,
    )
    marks = svg.group(
        (_marks(grid, hexagon, one, band_of(one, drawn.bands)) for hexagon, one in placed),
        text_anchor="middle",
        font_size=svg.SMALL_SIZE if is_wide else 11.0,
        fill=svg.INK,
    )
    start = 6.0 if is_wide else grid.height + 12
    legend, end = _legend(drawn, grid.hatch, start)
    height = max(grid.height, end) if is_wide else end
    return Drawing(height, _hatch(grid.hatch) + shapes + marks + legend)


@dataclass(frozen=True)
class _Grid:
    """Where hexagons of a `side` lie in one of the drawings, called `name`."""

    side: float
    is_wide: bool
    name: str

    @property
    def hatch(self) -> str:
        return f"{self.name}-hatch"

    @property
    def height(self) -> float:
        return self.side * (1.5 * (_ROWS - 1) + 2) + 2

    def middle(self, hexagon: Hexagon) -> tuple[float, float]:
        across = self.side * math.sqrt(3)
        x = across * (hexagon.column + (1.0 if hexagon.row % 2 else 0.5))
        return x, 1 + self.side * (1.5 * (_ROWS - 1 - hexagon.row) + 1)


def _placed(values: Mapping[str, MapValue]) -> Iterator[tuple[Hexagon, MapValue]]:
    known = layout()
    for code in sorted(values):
        if code in known:
            yield known[code], values[code]


def _shape(drawn: _Map, grid: _Grid, hexagon: Hexagon, one: MapValue) -> Markup:
    x, y = grid.middle(hexagon)
    band = band_of(one, drawn.bands)
    fill, dashes = _absent(one, grid.hatch)
    said = f"{hexagon.name}: {_in_words(one, drawn)}"
    return svg.element(
        "path",
        svg.element("title", said) if grid.is_wide else "",
        d=_outline(x, y, grid.side * 0.96),
        fill=band.fill if band else fill,
        stroke_dasharray=None if band else dashes,
    )


def _absent(one: MapValue, hatch: str) -> tuple[str, str | None]:
    """Return fill and dashes of a hexagon without a figure."""
    return (f"url(#{hatch})", None) if one.status == "suppressed" else (svg.PAPER, "3 2")


def _marks(grid: _Grid, hexagon: Hexagon, one: MapValue, band: Band | None) -> Markup:
    x, y = grid.middle(hexagon)
    ink = svg.PAPER if band and _is_dark(band.fill) else None
    halo = None if band else "halo"
    sign = band.sign if band else words.STATUS_SHOWN[_status(one)][0]
    lines = [hexagon.label, sign] if grid.is_wide else [sign]
    shown = [line for line in lines if line]
    first = y + (0 if len(shown) == 2 else 4)
    return Markup("").join(
        svg.element("text", line, x=x, y=first + 12 * number, fill=ink, class_=halo)
        for number, line in enumerate(shown)
    )


def band_of(one: MapValue, bands: Sequence[Band]) -> Band | None:
    """Return the class of a council's figure; None where it has none."""
    if one.value is None:
        return None
    return next((band for band in bands if band.low <= one.value < band.high), None)


def _in_words(one: MapValue, drawn: _Map) -> str:
    if one.value is None:
        return words.STATUS_SHOWN[_status(one)][1]
    is_change = bool(drawn.bands) and bool(drawn.bands[0].sign)
    if not is_change:
        return words.value_in_words(one.value, drawn.unit)
    return f"{words.signed(one.value, drawn.decimals)} {drawn.unit or ''}".rstrip()


def _status(one: MapValue) -> str:
    return one.status if one.status in _CODES else "missing"


def _outline(x: float, y: float, side: float) -> str:
    across, half = side * math.sqrt(3) / 2, side / 2
    return (
        f"M{x:.1f} {y - side:.1f}l{across:.1f} {half:.1f}v{side:.1f}l{-across:.1f} {half:.1f}"
        f"l{-across:.1f} {-half:.1f}v{-side:.1f}z"
    )


def _hatch(hatch: str) -> Markup:
    """Return the pattern of a suppressed figure."""
    stripes = svg.element("path", d="M0 8L8 0", stroke=svg.SERIES[2])
    pattern = svg.element(
        "pattern", stripes, id=hatch, width=8, height=8, patternUnits="userSpaceOnUse"
    )
    return svg.element("defs", pattern)


def _legend(drawn: _Map, hatch: str, start: float) -> tuple[Markup, float]:
    """Return the legend below `start`, and where it ends.

    The map has nothing in its north-west: there it fits beside the wide drawing.
    """
    heading = f"{words.unit_name(drawn.unit)} (councils)" if drawn.unit else "Councils"
    lines = svg.wrapped(heading[0].upper() + heading[1:], 215)
    parts = [svg.lines_of_text(2, start + 11, lines, bold=True, size=12)]
    y = start + 15 * len(lines) + 4
    for fill, dashes, said in _legend_rows(drawn, hatch):
        parts.append(svg.rect(2, y, 18, 14, fill, stroke=_EDGE, dash=dashes))
        parts.append(svg.text(26, y + 11.5, said, size=12))
        y += _LEGEND_STEP
    return Markup("").join(parts), y


def _legend_rows(drawn: _Map, hatch: str) -> Iterator[tuple[str, str | None, str]]:
    """Give fill, dashes and words of each row: the classes that occur, then what is not there."""
    bands = [band_of(one, drawn.bands) for one in drawn.values.values()]
    for band in drawn.bands:
        if count := bands.count(band):
            yield band.fill, None, f"{band.legend} ({count})"
    absent = [_status(one) for one in drawn.values.values() if one.value is None]
    for status in _CODES:
        if count := absent.count(status):
            sign, meaning = words.STATUS_SHOWN[status]
            fill, dashes = _absent(MapValue(None, status), hatch)
            yield fill, dashes, f"{sign} {meaning.split(':')[0].lower()} ({count})"


def _is_dark(fill: str) -> bool:
    """Say whether white text is read better on a fill than ink."""
    red, green, blue = (int(fill[start : start + 2], 16) for start in (1, 3, 5))
    # Weights of sRGB; ink wins from about 0.4 of white's lightness on.
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5 * 255
