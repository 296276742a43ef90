"""Tiny pictures for the rows of a table: a series without axes, and a figure among its peers.

A path and a few marks each, so that a page can hold a hundred. What they show stands in the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from publishing.scorecard.charts.svg import Scale, text_width

WIDTH, HEIGHT = 110, 26
_TYPE = 11.0
"""Size of the last figure in units, as `style.css` has it."""
_PAD = 4.0


@dataclass(frozen=True)
class SparkPoint:
    """A figure of a small trend: `at` is its place in time (a count of months, say).

    `value` is None for a gap; no line is drawn across one, or between two segments.
    """

    at: float
    value: float | None
    segment: str = ""


@dataclass(frozen=True)
class Strip:
    """A figure (`value`) beside its peers' and England's, all in one unit; None where absent."""

    value: float | None
    lowest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    highest: float
    england: float | None = None


def spark(points: Sequence[SparkPoint], name: str, last_label: str = "") -> Markup:
    """Draw a small trend called `name`, its last figure labelled with `last_label`.

    The axis is cut to what the series covers. Empty where no point has a figure.
    """
    known = [(point.at, point.value) for point in points if point.value is not None]
    if not known:
        return Markup("")
    room = text_width(last_label, _TYPE) + (3 if last_label else 0)
    x = Scale(points[0].at, points[-1].at, _PAD, WIDTH - _PAD - room)
    values = [value for _, value in known]
    y = Scale(min(values), max(values), HEIGHT - _PAD, _PAD)
    drawn = Markup('<path d="{}"/>').format("".join(_line(points, x, y)))
    if breaks := "".join(f"M{_short(x(at))} 1V{HEIGHT - 1}" for at in _breaks(points)):
        drawn += Markup('<path class="b" d="{}"/>').format(breaks)
    last_x, last_y = x(known[-1][0]), y(known[-1][1])
    drawn += Markup('<circle cx="{}" cy="{}" r="2.5"/>').format(_short(last_x), _short(last_y))
    if last_label:
        drawn += Markup('<text x="{}" y="{}">{}</text>').format(
            _short(last_x + 5), _short(min(max(last_y + 4, 11), HEIGHT - 3)), last_label
        )
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img"><title>{}</title>{}</svg>'
    ).format(WIDTH, HEIGHT, name, drawn)


def strip(figure: Strip) -> Markup:
    """Draw a figure among its peers: range as a line, middle half as a band, median as a tick.

    It is hidden from screen readers: the row has its figures, and its place among the peers.

    England is an open diamond, the figure itself a full dot. The axis is cut to what it shows.
    """
    shown = [figure.lowest, figure.highest]
    shown += [value for value in (figure.value, figure.england) if value is not None]
    x = Scale(min(shown), max(shown), _PAD + 1, WIDTH - _PAD - 1)
    middle = HEIGHT / 2
    left, right = x(figure.lower_quartile), x(figure.upper_quartile)
    drawn = Markup('<path class="r" d="M{} {}H{}"/>').format(
        _short(x(figure.lowest)), _short(middle), _short(x(figure.highest))
    )
    drawn += Markup('<rect x="{}" y="8" width="{}" height="10"/>').format(
        _short(left), _short(max(right - left, 1))
    )
    drawn += Markup('<path class="m" d="M{} 6v14"/>').format(_short(x(figure.median)))
    if figure.england is not None:
        drawn += Markup('<path class="e" d="M{} 8l4 5-4 5-4-5z"/>').format(
            _short(x(figure.england))
        )
    if figure.value is not None:
        drawn += Markup('<circle cx="{}" cy="{}" r="4"/>').format(
            _short(x(figure.value)), _short(middle)
        )
    return Markup('<svg class="strip" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        WIDTH, HEIGHT, drawn
    )


def _line(points: Sequence[SparkPoint], x: Scale, y: Scale) -> Iterator[str]:
    """Give the path: a new stroke after a gap or a break, a dot for a figure that stands alone."""
    pen_is_down = False
    for point, after in zip(points, [*points[1:], None], strict=True):
        if point.value is None:
            pen_is_down = False
            continue
        yield f"{'L' if pen_is_down else 'M'}{_short(x(point.at))} {_short(y(point.value))}"
        goes_on = after is not None and after.value is not None and after.segment == point.segment
        if not goes_on and not pen_is_down:
            yield "h.01"
        pen_is_down = goes_on


def _breaks(points: Sequence[SparkPoint]) -> Iterator[float]:
    """Give the places half way between two figures of different segments."""
    known = [point for point in points if point.value is not None]
    for before, after in pairwise(known):
        if before.segment != after.segment:
            yield (before.at + after.at) / 2


def _short(value: float) -> str:
    """Write a coordinate to a tenth: so small a picture needs no more, and pages stay light."""
    return f"{value:.1f}".removesuffix(".0")
