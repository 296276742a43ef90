"""Pieces of SVG that every chart is drawn from: elements, scales, ticks, text, two widths.

Nothing here knows a metric. Pictures carry presentation attributes and classes of `style.css`
only: the pages' policy allows neither a style attribute nor a script.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from publishing.scorecard import words

WIDE, NARROW = 720.0, 300.0
"""Units across of the two drawings of a chart. A unit is about a pixel, on a desk or a phone.

The smallest phone gives a picture 288 pixels; on others the narrow one grows with the screen.
"""

TEXT_SIZE = 13.0
SMALL_SIZE = 11.5
"""Sizes of text in units; nothing is smaller than `SMALL_SIZE`."""

INK, SOFT, LINE, PAPER, MUTED = "#212b32", "#4c6272", "#d8dde0", "#ffffff", "#768692"
SERIES = ("#12436d", "#28a197", "#801650", "#f46a25", "#3d3d3d", "#a285d1")
"""The values of --ink … and of --c1 to --c6 in `style.css`."""

_CHARACTER = 0.62
"""Mean width of a character of a sans-serif face, as a share of its size; errs on the wide side."""
_WIDER = {"%": 0.35, "m": 0.35}
"""What the last character of a figure is wider by; most others are digits."""


@dataclass(frozen=True)
class Drawing:
    """What `draw` made for one width: `height` in units, and what stands inside `<svg>`."""

    height: float
    body: Markup


@dataclass(frozen=True)
class Scale:
    """Values `low` to `high` laid on positions `start` to `end`, in units; straight."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the position of a value; the middle where all values are the same."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class Label:
    """A direct label that wants to stand at `at`, a position down the picture in units."""

    text: str
    at: float
    fill: str = INK


def both(
    draw: Callable[[float], Drawing], *, chart_id: str, title: str, description: str
) -> Markup:
    """Draw a chart for a desk and for a phone; the style sheet shows the one that fits.

    `draw` takes the width in units. `chart_id` is unique on the page and makes the ids of both.
    """
    return Markup("").join(
        _picture(draw(width), width, name, f"{chart_id}-{name}", title, description)
        for width, name in ((WIDE, "wide"), (NARROW, "narrow"))
    )


def single(
    drawing: Drawing, width: float, *, chart_id: str, title: str, description: str, name: str = ""
) -> Markup:
    """Return one `<svg>` of one width, for a small picture that fits everywhere."""
    return _picture(drawing, width, name, chart_id, title, description)


def _picture(
    drawing: Drawing, width: float, name: str, part_id: str, title: str, description: str
) -> Markup:
    inside = (
        element("title", title, id=f"{part_id}-title")
        + element("desc", description, id=f"{part_id}-desc")
        + drawing.body
    )
    return element(
        "svg",
        inside,
        class_=name or None,
        role="img",
        aria_labelledby=f"{part_id}-title {part_id}-desc",
        viewBox=f"0 0 {_said(width)} {_said(drawing.height)}",
        width=width,
        height=drawing.height,
        font_size=TEXT_SIZE,
        fill=INK,
    )


def element(tag: str, inside: str | Markup = "", **attributes: str | float | None) -> Markup:
    """Return an element. Texts are escaped; `_` in a name is `-`, one at its end is dropped.

    Attributes that are None are left out; numbers are written with one decimal.
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_said(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if inside == "":
        return Markup(f"<{tag}{said}/>")  # noqa: S704 - each value is escaped above
    return Markup(f"<{tag}{said}>{escape(inside)}</{tag}>")  # noqa: S704 - each value and the content are escaped


def _said(value: str | float) -> str:
    if isinstance(value, str):
        return value
    text = f"{value:.1f}"
    return "0" if text in ("0.0", "-0.0") else text.removesuffix(".0")


def group(parts: Iterable[Markup], **attributes: str | float | None) -> Markup:
    """Put parts into a `<g>` that gives them what they have in common."""
    return element("g", Markup("").join(parts), **attributes)


def text(
    x: float,
    y: float,
    words_: str,
    *,
    anchor: str | None = None,
    size: float = TEXT_SIZE,
    fill: str = INK,
    bold: bool = False,
    halo: bool = False,
    rotate: float | None = None,
) -> Markup:
    """Return a line of text on its baseline. `anchor` is start (None), middle or end.

    `halo` keeps it legible on lines and marks.
    """
    return element(
        "text",
        words_,
        x=x,
        y=y,
        text_anchor=anchor,
        # What most texts are is said once, by the picture.
        font_size=None if size == TEXT_SIZE else size,
        fill=None if fill == INK else fill,
        font_weight="600" if bold else None,
        class_="halo" if halo else None,
        transform=None if rotate is None else f"rotate({_said(rotate)} {_said(x)} {_said(y)})",
    )


def lines_of_text(
    x: float,
    y: float,
    lines: Sequence[str],
    *,
    anchor: str | None = None,
    size: float = TEXT_SIZE,
    fill: str = INK,
    bold: bool = False,
) -> Markup:
    """Return lines of text, one below the other, the first on baseline `y`."""
    return Markup("").join(
        text(x, y + number * size * 1.25, said, anchor=anchor, size=size, fill=fill, bold=bold)
        for number, said in enumerate(lines)
    )


def text_width(words_: str, size: float = TEXT_SIZE) -> float:
    """Estimate how wide a text will be, in units; a little more than it is."""
    return (len(words_) * _CHARACTER + _WIDER.get(words_[-1:], 0.0)) * size


def wrapped(words_: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    """Break a text between words into lines no wider than `width` units, as far as words allow."""
    lines: list[str] = []
    for word in words_.split():
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def shortened(words_: str, width: float, size: float = TEXT_SIZE) -> str:
    """Cut a text to `width` units, with … at the place of what is left out."""
    room = int(width / (size * _CHARACTER))
    return words_ if len(words_) <= room else f"{words_[: max(room - 1, 1)].rstrip()}…"


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    stroke: str = LINE,
    width: float = 1,
    dash: str | None = None,
) -> Markup:
    """Return a straight line."""
    return element(
        "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash
    )


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    *,
    stroke: str | None = None,
    opacity: float | None = None,
    dash: str | None = None,
) -> Markup:
    """Return a rectangle; one of negative width or height is turned round, not lost."""
    return element(
        "rect",
        x=min(x, x + width),
        y=min(y, y + height),
        width=abs(width),
        height=abs(height),
        fill=fill,
        stroke=stroke,
        stroke_dasharray=dash,
        fill_opacity=None if opacity is None else f"{opacity:g}",
    )


def circle(
    x: float, y: float, radius: float, fill: str, *, stroke: str | None = None, width: float = 1.5
) -> Markup:
    """Return a dot; filled with `PAPER` and stroked it is a hollow one."""
    return element(
        "circle",
        cx=x,
        cy=y,
        r=radius,
        fill=fill,
        stroke=stroke,
        stroke_width=width if stroke else None,
    )


def path(
    points: Iterable[tuple[float, float] | None],
    *,
    stroke: str,
    width: float = 2,
    dash: str | None = None,
) -> Markup:
    """Return a line through points; None breaks it, and a point alone is a dot."""
    return element(
        "path",
        d=_way(points),
        fill="none",
        stroke=stroke,
        stroke_width=width,
        stroke_dasharray=dash,
        stroke_linejoin="round",
        stroke_linecap="round",
    )


def _way(points: Iterable[tuple[float, float] | None]) -> str:
    steps: list[str] = []
    pen_is_up = True
    for point in points:
        if point is not None:
            steps.append(f"{'M' if pen_is_up else 'L'}{_said(point[0])} {_said(point[1])}")
        pen_is_up = point is None
    return "".join(
        f"{step}h0" if _is_alone(steps, number) else step for number, step in enumerate(steps)
    )


def _is_alone(steps: Sequence[str], number: int) -> bool:
    follows = number + 1 < len(steps) and steps[number + 1].startswith("L")
    return steps[number].startswith("M") and not follows


def band(
    upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], fill: str
) -> Markup:
    """Return the area between two lines, as for limits or intervals."""
    around = [*upper, *reversed(lower)]
    return element(
        "polygon", points=" ".join(f"{_said(x)},{_said(y)}" for x, y in around), fill=fill
    )


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round values from at or below `low` to at or above `high`, about `count` of them.

    Steps are 1, 2 or 5 times a power of ten. Raises ValueError for what is not finite.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"no ticks between {low} and {high}")
    if high < low:
        low, high = high, low
    if high == low:
        low, high = (low - 1, high + 1) if low else (0.0, 1.0)
    rough = (high - low) / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def tick_labels(ticks: Sequence[float], unit: str | None = None) -> list[str]:
    """Write the values of an axis alike: `0`, `500k`, `1.0m`; with £ or % where the unit has it."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    divisor, letter = next(
        (size, sign)
        for size, sign in ((1e9, "bn"), (1e6, "m"), (1e4, "k"), (0, ""))
        if largest >= size
    )
    divisor = {"": 1.0, "k": 1e3}.get(letter, divisor)
    decimals = _decimals_apart([tick / divisor for tick in ticks])
    pound, percent = "£" if unit == "GBP" else "", "%" if unit == "%" else ""
    return [_tick(tick / divisor, decimals, letter, pound, percent) for tick in ticks]


def tick_labels_of(ticks: Sequence[float], unit: str) -> list[str]:
    """Write the values of an axis in a metric's unit: thousands of pounds as pounds, say."""
    times = words.pounds(unit)
    if times is not None:
        return tick_labels([tick * times for tick in ticks], "GBP")
    return tick_labels(ticks, "%" if unit.startswith("%") else unit)


def _tick(value: float, decimals: int, letter: str, pound: str, percent: str) -> str:
    if value == 0:
        return f"{pound}0{percent}"
    said = words.number(abs(value), decimals)
    return f"{chr(0x2212) if value < 0 else ''}{pound}{said}{letter}{percent}"


def _decimals_apart(values: Sequence[float]) -> int:
    """Return the fewest decimals that write every value exactly, three at most."""
    for decimals in range(3):
        if all(abs(value - round(value, decimals)) < 1e-9 for value in values):
            return decimals
    return 3


def spread(labels: Sequence[Label], gap: float, top: float, bottom: float) -> list[Label]:
    """Move labels apart so that none is nearer than `gap` to the next; order down is kept.

    All stay between `top` and `bottom` where there is room. The result is in the order given.
    """
    order = sorted(range(len(labels)), key=lambda number: labels[number].at)
    places = [min(max(labels[number].at, top), bottom) for number in order]
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + gap)
    if places and places[-1] > bottom:
        places[-1] = bottom
        for number in range(len(places) - 2, -1, -1):
            places[number] = min(places[number], places[number + 1] - gap)
    moved = dict(zip(order, places, strict=True))
    return [replace(label, at=moved[number]) for number, label in enumerate(labels)]


def status_sign(x: float, y: float, status: str) -> Markup:
    """Return the sign of a figure that is not there, such as [c], to stand on a baseline.

    A zero is a figure and gets no such mark.
    """
    sign, _ = words.STATUS_SHOWN[status]
    fill = SERIES[2] if status == "suppressed" else SOFT
    return text(x, y, sign, anchor="middle", size=SMALL_SIZE, fill=fill, bold=True, halo=True)
