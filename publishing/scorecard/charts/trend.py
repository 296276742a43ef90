"""A trend: one area's figures over time, with plan, limits, intervals, breaks and gaps.

A line joins figures of one segment only. What is not there has its sign on the baseline; a period
that nobody reports on is simply a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby, pairwise
from typing import Literal

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.charts import svg
from publishing.scorecard.charts.svg import Drawing, Label, Scale

STRADDLES = "straddles_a_break"
"""The segment of a period that holds a break, as mart `metric_value` has it."""

Size = Literal["large", "small"]

_LINE, _PLAN, _BESIDE, _SIGNAL = svg.SERIES[0], svg.SERIES[2], svg.SERIES[4], svg.SERIES[3]
_LIMITS = "#e3e9ee"
_INTERVAL = "#b9cfe0"
_HEIGHTS = {"wide": 330.0, "narrow": 250.0, "small": 150.0}
_CUT_ABOVE = 0.5
"""The axis leaves out zero where the least figure is more than this share of the largest."""
_LEAST_SPAN = 0.1
"""The axis spans this share of the largest figure at least: a small change must look small."""
_MOST_DOTS = 45
_SIGN_ROOM = 22.0
_BOLD = svg.TEXT_SIZE * 1.1
"""Bold text is about as wide as plain text of this size."""
_NAMES = 240.0
"""The room for the names of lines at their ends, at most."""


@dataclass(frozen=True)
class TrendPoint:
    """A figure of a period that begins on `start`; `value` is None where `status` says why.

    `lower` and `upper` are its interval, `lower_limit` and `upper_limit` those of its control
    chart; figures of two segments are never joined.
    """

    start: date
    value: float | None
    status: str = "reported"
    segment: str = ""
    is_provisional: bool = False
    lower: float | None = None
    upper: float | None = None
    lower_limit: float | None = None
    upper_limit: float | None = None

    @property
    def is_outside(self) -> bool:
        """Say whether the figure lies outside the limits of its control chart."""
        if self.value is None or self.lower_limit is None or self.upper_limit is None:
            return False
        return not self.lower_limit <= self.value <= self.upper_limit


@dataclass(frozen=True)
class PlanStep:
    """What was planned from `start` to `end`, in the unit of the trend; `label` names the plan."""

    start: date
    end: date
    value: float
    label: str = "Plan"


@dataclass(frozen=True)
class Beside:
    """Another series to compare with, drawn dashed: England beside a council."""

    name: str
    points: Sequence[TrendPoint]


@dataclass(frozen=True)
class Trend:
    """What one picture shows: `points` of the area called `name`, in order, all of one `unit`.

    `period_type` is that of `marts.period`.
    """

    name: str
    unit: str
    period_type: str
    points: Sequence[TrendPoint]
    plan: Sequence[PlanStep] = ()
    beside: Sequence[Beside] = ()

    @property
    def known(self) -> list[tuple[TrendPoint, float]]:
        """The points that have a figure, each with it."""
        return _known(self.points)


def trend(
    shown: Trend, *, chart_id: str, title: str, description: str, size: Size = "large"
) -> Markup:
    """Draw a trend for a desk and a phone, or `small` as one picture for both.

    Empty where no point has a figure.
    """
    if not shown.known:
        return Markup("")
    if size == "small":
        drawing = _draw(shown, svg.NARROW, "small")
        return svg.single(
            drawing, svg.NARROW, chart_id=chart_id, title=title, description=description
        )
    draw = partial(_draw, shown)
    return svg.both(draw, chart_id=chart_id, title=title, description=description)


def breaks(points: Sequence[TrendPoint]) -> Iterator[tuple[date, date]]:
    """Give the starts of the two periods between which each break of a series lies.

    Both are the same period where that one straddles the break.
    """
    known = [number for number, point in enumerate(points) if point.value is not None]
    if known and points[known[0]].segment == STRADDLES:
        yield points[known[0]].start, points[known[0]].start
    for one, other in pairwise(known):
        new = points[other].segment
        if new == STRADDLES:
            yield points[other].start, points[other].start
        elif points[one].segment not in (new, STRADDLES):
            # A period without a figure says too which segment it is of.
            first = next(at for at in range(one + 1, other + 1) if points[at].segment == new)
            yield points[first - 1].start, points[first].start


def how_to_read(shown: Trend) -> str:
    """Say what the marks of a picture mean, of those that it has."""
    points = [point for point, _ in shown.known]
    said = {
        "The grey band is where months fall by chance alone; orange dots lie outside it.": any(
            one.lower_limit is not None for one in shown.points
        ),
        "Upright lines at the dots are 95% intervals.": any(
            one.lower is not None for one in points
        ),
        "At a break the way of counting changed: do not compare across it.": any(
            True for _ in breaks(shown.points)
        ),
        "A hollow dot is provisional: its publisher may still revise it.": _is_mixed(shown),
        "All figures are as first published; none was issued again.": all(
            one.is_provisional for one in points
        ),
    }
    return " ".join(text for text, is_so in said.items() if is_so)


def _is_mixed(shown: Trend) -> bool:
    return len({point.is_provisional for point, _ in shown.known}) > 1


@dataclass(frozen=True)
class _Frame:
    """Where things lie in one drawing: scales of time and value, and the edges in units."""

    x: Scale
    y: Scale
    width: float
    top: float
    bottom: float
    is_wide: bool

    def at(self, start: date) -> float:
        return self.x(start.toordinal())


def _draw(shown: Trend, width: float, size: Size = "large") -> Drawing:
    is_wide = width >= svg.WIDE
    first, last = _span(shown)
    is_low = size == "small" or first == last  # one period needs no height
    height = _HEIGHTS["small" if is_low else "wide" if is_wide else "narrow"]
    low, high = _range(shown)
    ticks = svg.nice_ticks(low, high, 6 if is_wide and not is_low else 4)
    said = svg.tick_labels_of(ticks, shown.unit)
    labels = _labels(shown)
    left = max(svg.text_width(one, svg.TEXT_SIZE) for one in said) + 10
    right = (
        min(max(svg.text_width(one.text, _BOLD) for one in labels) + 12, _NAMES) if is_wide else 8.0
    )
    about = _about_axis(shown.unit, ticks[0], width)
    top = 15.0 * len(about) + 8 + (0 if is_wide else 17 * len(labels))
    bottom = top + height - 60
    start = left + 6 if first < last else width - right - 30
    frame = _Frame(
        Scale(first.toordinal(), last.toordinal(), start, width - right - 6),
        Scale(ticks[0], ticks[-1], bottom, top + 4),
        width - right,
        top,
        bottom,
        is_wide,
    )
    parts = [
        svg.lines_of_text(0, 12, about, size=svg.SMALL_SIZE, fill=svg.SOFT),
        _grid(frame, ticks, said, left),
        _time_axis(shown, frame),
        *_bands(shown, frame),
        *_breaks(shown, frame),
        *_plan(shown, frame),
        *(_beside(one, frame) for one in shown.beside),
        *_series(shown, frame),
        *_gaps(shown, frame),
        _named(labels, frame, 15.0 * len(about)),
    ]
    return Drawing(bottom + 26, Markup("").join(parts))


def _known(points: Sequence[TrendPoint]) -> list[tuple[TrendPoint, float]]:
    return [(point, point.value) for point in points if point.value is not None]


def _range(shown: Trend) -> tuple[float, float]:
    """Return what the axis of values has to hold; with zero, unless all lies far from it."""
    every = [value for _, value in shown.known]
    every += [step.value for step in shown.plan]
    every += [value for one in shown.beside for _, value in _known(one.points)]
    every += [
        edge
        for point in shown.points
        for edge in (point.lower, point.upper, point.lower_limit, point.upper_limit)
        if edge is not None
    ]
    low, high = min(every), max(every)
    if 0 <= low <= _CUT_ABOVE * high:
        low = 0.0
    if high > low and high - low < _LEAST_SPAN * abs(high):
        more = (_LEAST_SPAN * abs(high) - (high - low)) / 2
        low, high = low - more, high + more
    return (low, high) if high > low else (min(low, 0.0), max(high, 0.0) or 1.0)


def _about_axis(unit: str, start: float, width: float) -> list[str]:
    """Say the unit, and that the scale is cut where it is."""
    name = words.unit_name(unit)
    cut = "" if start <= 0 else "; the scale does not start at zero"
    return svg.wrapped(f"{name[:1].upper()}{name[1:]}{cut}", width, svg.SMALL_SIZE)


def _span(shown: Trend) -> tuple[date, date]:
    """Return the first and the last day of the axis of time."""
    starts = [point.start for point in shown.points]
    starts += [point.start for one in shown.beside for point in one.points if point.value]
    starts += [step.start for step in shown.plan]
    return min(starts), max(starts)


def _grid(frame: _Frame, ticks: Sequence[float], said: Sequence[str], left: float) -> Markup:
    lines = svg.group(
        (
            svg.element("path", d=f"M{left:.1f} {frame.y(tick):.1f}H{frame.width:.1f}")
            for tick in ticks
        ),
        stroke=svg.LINE,
    )
    baseline = svg.line(left, frame.bottom, frame.width, frame.bottom, stroke=svg.MUTED)
    texts = svg.group(
        (
            svg.element("text", text, x=left - 6, y=frame.y(tick) + 4)
            for tick, text in zip(ticks, said, strict=True)
        ),
        text_anchor="end",
        font_size=svg.SMALL_SIZE,
        fill=svg.SOFT,
    )
    return lines + baseline + texts


def _time_axis(shown: Trend, frame: _Frame) -> Markup:
    parts = []
    free_to = frame.width + 48
    # From the last, which is what people look for; a name without room is left out.
    for start, text in reversed(list(_time_marks(shown))):
        x = frame.at(start)
        parts.append(svg.line(x, frame.bottom, x, frame.bottom + 5, stroke=svg.MUTED))
        half = svg.text_width(text, svg.SMALL_SIZE) * 0.52
        middle = max(min(x, frame.width + (36 if frame.is_wide else 8) - half), half)
        if middle + half > free_to:
            continue
        free_to = middle - half - 10
        y = frame.bottom + 19
        parts.append(svg.text(middle, y, text, anchor="middle", size=svg.SMALL_SIZE, fill=svg.SOFT))
    return Markup("").join(parts)


def _time_marks(shown: Trend) -> Iterator[tuple[date, str]]:
    """Give the places of the axis of time that have a name: years, or what begins each April."""
    starts = sorted({one.start for one in shown.points} | {one.start for one in shown.plan})
    if shown.period_type not in ("month", "quarter"):
        yield from ((start, words.period_name(shown.period_type, start)) for start in starts)
        return
    first, last = starts[0], starts[-1]
    aprils = [date(year, 4, 1) for year in range(first.year, last.year + 1)]
    inside = [start for start in aprils if first <= start <= last]
    if len(inside) < 2:
        inside = starts
    for start in inside:
        is_month = shown.period_type == "month"
        yield start, f"{start:%b %Y}" if is_month else words.period_name("quarter", start)


def _bands(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    """Give the limits of the control chart, and intervals as a band where points are close."""
    for _, run in groupby(shown.points, lambda one: (one.segment, one.lower_limit is not None)):
        edges = [
            (frame.at(one.start), one.upper_limit, one.lower_limit)
            for one in run
            if one.upper_limit is not None and one.lower_limit is not None
        ]
        if len(edges) > 1:
            upper = [(x, frame.y(high)) for x, high, _ in edges]
            lower = [(x, frame.y(low)) for x, _, low in edges]
            yield svg.band(upper, lower, _LIMITS)
            for way in (upper, lower):
                yield svg.path(way, stroke=svg.MUTED, width=1, dash="1 3")
    if len(shown.known) > _MOST_DOTS:
        yield from _interval_bands(shown, frame)


def _interval_bands(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    for _, run in groupby(shown.points, lambda one: (one.segment, one.upper is not None)):
        edges = [
            (frame.at(one.start), frame.y(one.upper), frame.y(one.lower))
            for one in run
            if one.upper is not None and one.lower is not None
        ]
        if len(edges) > 1:
            yield svg.band([(x, y) for x, y, _ in edges], [(x, y) for x, _, y in edges], _INTERVAL)


def _breaks(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    free_from, room = 0.0, svg.text_width("break", svg.SMALL_SIZE)
    for one, other in breaks(shown.points):
        x = (frame.at(one) + frame.at(other)) / 2
        yield svg.line(x, frame.top, x, frame.bottom, stroke=svg.SOFT, dash="5 3")
        anchor = "end" if x > frame.x.end - 40 else None
        shift = -4 if anchor else 4
        if (x - room if anchor else x) + shift > free_from:
            free_from = (x if anchor else x + room) + shift + 4
            yield svg.text(
                x + shift,
                frame.top + 9,
                "break",
                anchor=anchor,
                size=svg.SMALL_SIZE,
                fill=svg.SOFT,
                halo=True,
            )


def _plan(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    for step in shown.plan:
        start, end = frame.at(step.start), frame.at(step.end)
        start, end = max(start, frame.x.start - 6), min(end, frame.x.end + 6)
        if end - start < 16:  # a plan for one point of a yearly series
            start, end = start - 14, start + 14
        y = frame.y(step.value)
        yield svg.path([(start, y), (end, y)], stroke=_PLAN, width=3, dash="7 4")


def _beside(other: Beside, frame: _Frame) -> Markup:
    return svg.path(_joined(other.points, frame), stroke=_BESIDE, width=1.5, dash="4 3")


def _series(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    is_sparse = len(shown.known) <= (_MOST_DOTS if frame.is_wide else _MOST_DOTS // 2)
    if is_sparse:
        yield from _whiskers(shown, frame)
    yield svg.path(_joined(shown.points, frame), stroke=_LINE, width=2.2)
    size = 7.0 if is_sparse else 5.0
    alone = _alone(shown.points)
    last = shown.known[-1][0].start
    is_mixed = _is_mixed(shown)
    full, hollow, outside = [], [], []
    for point, value in shown.known:
        place = (frame.at(point.start), frame.y(value))
        if point.is_outside:
            outside.append(place)
        if point.is_provisional and is_mixed:
            hollow.append(place)
        elif is_sparse or point.start in alone or point.start == last or point.is_outside:
            full.append(place)
    yield from _dots(full, size, _LINE)
    yield from _dots(hollow, size, _LINE)
    yield from _dots(outside, size - 1.6, _SIGNAL)
    yield from _dots([one for one in hollow if one not in outside], size - 2.6, svg.PAPER)
    yield from _dots([one for one in hollow if one in outside], size - 4, svg.PAPER)


def _dots(places: Sequence[tuple[float, float]], size: float, fill: str) -> Iterator[Markup]:
    """Give dots as one path of points, for a long series has hundreds."""
    if places:
        lifted = (one for place in places for one in (place, None))
        yield svg.path(lifted, stroke=fill, width=size)


def _alone(points: Sequence[TrendPoint]) -> set[date]:
    """Return the starts of points that no line reaches."""
    usual = _usual_step(points)
    joined: set[date] = set()
    for one, other in pairwise(points):
        if None not in (one.value, other.value) and _is_joined(one, other, usual):
            joined |= {one.start, other.start}
    return {point.start for point, _ in _known(points)} - joined


def _whiskers(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    for point, _ in shown.known:
        if point.lower is None or point.upper is None:
            continue
        x, high, low = frame.at(point.start), frame.y(point.upper), frame.y(point.lower)
        way = f"M{x - 4:.1f} {high:.1f}h8m-4 0V{low:.1f}m-4 0h8"
        yield svg.element("path", d=way, fill="none", stroke=svg.MUTED, stroke_width=1.5)


def _joined(points: Sequence[TrendPoint], frame: _Frame) -> Iterator[tuple[float, float] | None]:
    """Give the way of a line: lifted at a gap, at a break, and where periods are left out."""
    before: TrendPoint | None = None
    usual = _usual_step(points)
    for point in points:
        if before is not None and not _is_joined(before, point, usual):
            yield None
        yield None if point.value is None else (frame.at(point.start), frame.y(point.value))
        before = point


def _is_joined(one: TrendPoint, other: TrendPoint, usual_days: int) -> bool:
    is_next = (other.start - one.start).days <= 1.5 * usual_days
    return is_next and one.segment == other.segment and other.segment != STRADDLES


def _usual_step(points: Sequence[TrendPoint]) -> int:
    steps = sorted((other.start - one.start).days for one, other in pairwise(points))
    return steps[len(steps) // 2] if steps else 0


def _gaps(shown: Trend, frame: _Frame) -> Iterator[Markup]:
    """Give the signs of what is not there, on the baseline; a run of one status has one sign."""
    before = (-100.0, "")
    for status, run in groupby(
        shown.points, lambda one: "" if one.value is not None else one.status
    ):
        if not status:
            continue
        places = [frame.at(one.start) for one in run]
        if places[-1] > places[0]:
            y = frame.bottom - 2
            yield svg.line(places[0], y, places[-1], y, stroke=svg.MUTED, width=3)
        middle = (places[0] + places[-1]) / 2
        if middle - before[0] < _SIGN_ROOM and before[1] == status:
            continue
        lift = 14 if middle - before[0] < _SIGN_ROOM else 0
        before = (middle, status)
        known = status if status in words.STATUS_SHOWN else "missing"
        yield svg.status_sign(middle, frame.bottom - 6 - lift, known)


@dataclass(frozen=True)
class _Named:
    """What a label says, and the figure that it stands at."""

    text: str
    value: float
    fill: str
    dash: str | None


def _labels(shown: Trend) -> list[_Named]:
    value = shown.known[-1][1]
    last = f"{shown.name} {words.short_value(value, shown.unit)}"
    named = [_Named(last, value, _LINE, None)]
    for other in shown.beside:
        if known := _known(other.points):
            said = f"{other.name} {words.short_value(known[-1][1], shown.unit)}"
            named.append(_Named(said, known[-1][1], _BESIDE, "4 3"))
    if shown.plan:
        step = shown.plan[-1]
        said = f"{step.label} {words.short_value(step.value, shown.unit)}"
        named.append(_Named(said, step.value, _PLAN, "7 4"))
    return named


def _named(labels: Sequence[_Named], frame: _Frame, below: float) -> Markup:
    """Name the lines: at their ends on a desk, in a key on a phone."""
    if not frame.is_wide:
        return Markup("").join(
            svg.line(0, y - 4, 24, y - 4, stroke=one.fill, width=2.5, dash=one.dash)
            + svg.text(30, y, one.text, fill=one.fill, bold=True)
            for one, y in ((one, below + 14 + 17 * number) for number, one in enumerate(labels))
        )
    wanted = [Label(one.text, frame.y(one.value) + 4, one.fill) for one in labels]
    placed = svg.spread(wanted, 17, frame.top + 8, frame.bottom)
    return Markup("").join(
        svg.text(
            frame.width + 6,
            one.at,
            svg.shortened(one.text, _NAMES - 8, _BOLD),
            fill=one.fill,
            bold=True,
        )
        for one in placed
    )
