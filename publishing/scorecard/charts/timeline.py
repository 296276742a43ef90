"""Bars over time: from a start to an end, or fading out where no end is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from publishing.scorecard.charts import svg

_BAR, _STEP_WIDE, _STEP_NARROW, _AXIS = 14.0, 24.0, 40.0, 22.0
_FADES_IN = 4
"""In how many steps a bar without an end fades out."""


@dataclass(frozen=True)
class Span:
    """What lasted from `start` to `end` (None: no end is known); `precision` is year, month or day.

    `is_marked` gives it another colour and a sign.
    """

    label: str
    start: date
    end: date | None
    precision: str | None = None
    is_marked: bool = False


def timeline(
    spans: Sequence[Span], *, until: date, chart_id: str, title: str, description: str
) -> Markup:
    """Draw spans one below the other, in their order; those without an end fade out at `until`."""
    first = min((span.start.year for span in spans), default=until.year)
    last = max([until.year, *(span.end.year for span in spans if span.end)]) + 1

    def draw(width: float) -> svg.Drawing:
        is_narrow = width < svg.WIDE
        left = 2.0 if is_narrow else width * 0.48
        x = svg.Scale(float(first), float(last), left, width - 16)
        step = _STEP_NARROW if is_narrow else _STEP_WIDE
        height = _AXIS + len(spans) * step + 4
        drawn = [*_years(x, first, last, height, is_narrow=is_narrow)]
        for number, span in enumerate(spans):
            drawn += _span(span, x, _AXIS + number * step, width, until, is_narrow=is_narrow)
        return svg.Drawing(height, Markup("").join(drawn))

    return svg.both(draw, chart_id=chart_id, title=title, description=description)


def _years(
    x: svg.Scale, first: int, last: int, height: float, *, is_narrow: bool
) -> Iterator[Markup]:
    for year in range(-(-first // 5) * 5, last + 1, 5):
        if is_narrow and year % 10:
            continue
        yield svg.line(x(year), _AXIS - 6, x(year), height)
        said = str(year)
        middle = max(x(year), svg.text_width(said, svg.SMALL_SIZE) / 2 + 1)
        yield svg.text(middle, _AXIS - 10, said, anchor="middle", size=svg.SMALL_SIZE)


def _span(
    span: Span, x: svg.Scale, y: float, width: float, until: date, *, is_narrow: bool
) -> Iterator[Markup]:
    fill = svg.SERIES[3] if span.is_marked else svg.SERIES[0]
    label = f"{span.label} !" if span.is_marked else span.label
    top = y + (18 if is_narrow else 4)
    room = width if is_narrow else x.start - 10
    is_long = svg.text_width(label, svg.TEXT_SIZE) > room
    size = svg.SMALL_SIZE if is_long else svg.TEXT_SIZE
    name = svg.shortened(label, room, size)
    yield svg.text(0, y + (13 if is_narrow else 15), name, size=size, halo=True)
    start = x(_as_year(span.start, span.precision))
    if span.end is not None:
        end = x(_as_year(span.end, span.precision, is_end=True))
        yield svg.rect(start, top, max(end - start, 3), _BAR, fill)
        return
    end = max(x(_as_year(until, "day")), start + 12)
    fading = min(40.0, (end - start) / 2)
    yield svg.rect(start, top, end - fading - start, _BAR, fill)
    for number in range(_FADES_IN):
        at = end - fading + number * fading / _FADES_IN
        opacity = 1 - (number + 1) / (_FADES_IN + 1)
        yield svg.rect(at, top, fading / _FADES_IN, _BAR, fill, opacity=opacity)


def _as_year(day: date, precision: str | None, *, is_end: bool = False) -> float:
    """Return a day as a year with its fraction; a whole year ends with its last day."""
    if precision == "year":
        return float(day.year + is_end)
    return day.year + (day.timetuple().tm_yday - 1 + is_end) / 366
