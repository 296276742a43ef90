"""What the figures of a metric say, in words: titles of its page and charts, worked out here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from publishing.scorecard import words
from publishing.scorecard.charts.trend import STRADDLES
from publishing.scorecard.metric_figures import (
    CURRENT,
    Compared,
    Figure,
    Metric,
    Planned,
    year_before,
)

AREA_NAMES: Mapping[str, tuple[str, str]] = {
    "council": ("council", "councils"),
    "region": ("region", "regions"),
    "nhs_region": ("NHS region", "NHS regions"),
    "icb": ("integrated care board", "integrated care boards"),
    "trust": ("trust", "trusts"),
    "commissioner": ("commissioner", "commissioners"),
    "health_and_wellbeing_board": ("board", "boards"),
    "country": ("England", "England"),
    "outside_england": ("area outside England", "areas outside England"),
}
PERIOD_NAMES: Mapping[str, str] = {
    "month": "months",
    "quarter": "quarters",
    "financial_year": "financial years",
    "calendar_year": "calendar years",
}
POLARITIES: Mapping[str, str] = {
    "lower": "Lower is better",
    "higher": "Higher is better",
    "context": "Neither way is better by itself",
}
AVAILABILITY: Mapping[str, str] = {
    "not_loaded": "No file of it is loaded",
    "not_collected": "Published elsewhere, not read here",
    "not_open_data": "Not open data",
    "in_another_mart": "In a table of its own",
}
_INTERVALS: Mapping[str, str] = {
    "wilson": "Wilson's method, for a share of people: 95 in 100 such ranges hold the true figure",
    "byar": "Byar's method, for a count: 95 in 100 such ranges hold the true figure",
    "published": "The publisher's own margin of error at 95%",
    "none": "None",
}
_DRIFTING = (
    "Over half of the months that are judged lie beyond what chance explains: the series itself "
    "moves, so no single month is called good or bad."
)
_LEAST = 3
"""Of fewer figures nothing is said beside the last."""

VARIATIONS: Mapping[str, str] = {
    "improvement": "The last month is better than chance explains.",
    "concern": "The last month is worse than chance explains.",
    "special_cause": "The last month is not what chance alone explains.",
    "common_cause": "The last month lies within what chance explains.",
    "drifting": _DRIFTING,
}
"""What mart `control_limit` says of a month, in words."""


def areas_named(area_type: str) -> str:
    """Return what areas of a type are called."""
    return AREA_NAMES.get(area_type, (area_type, area_type.replace("_", " ") + "s"))[1]


def interval_in_words(method: str) -> str:
    """Return how intervals are worked out, or why there are none."""
    said = _INTERVALS.get(method, method)
    return f"{said[:1].upper()}{said[1:]}"


def boundary_in_words(metric: Metric) -> str:
    """Say on which areas the figures of a metric's pages are."""
    if metric.boundary == CURRENT:
        return (
            "Today's: earlier figures follow merged and divided areas to the areas of today. "
            "England is the same on both."
        )
    return "As reported: each area is the one that the publisher named at the time."


def last_known(figures: Sequence[Figure]) -> Figure | None:
    """Return the last figure of a series that has a value."""
    return next((one for one in reversed(figures) if one.value is not None), None)


def period_of(figure: Figure) -> str:
    """Name the period of a figure."""
    return words.period_name(figure.period_type, figure.period_start)


def latest_in_words(metric: Metric, figures: Sequence[Figure]) -> str | None:
    """Say England's last figure and its change on a year: `155,782 in February 2020, up …`."""
    last = last_known(figures)
    if last is None or last.value is None:
        return None
    said = f"{words.short_value(last.value, metric.unit)} in {period_of(last)}"
    before = year_before(figures, last)
    if before is None or before.value is None:
        return said
    changed = words.changed_by(last.value - before.value, before.value, metric.unit)
    return f"{said}, {changed} on a year before"


def trend_title(metric: Metric, figures: Sequence[Figure]) -> str:
    """Say where England's last figure lies among those since the last break.

    Not from where to where it moved: the first month of a stretch may be as odd as April 2020.
    """
    last = last_known(figures)
    if last is None:
        return "England: no figure"
    since = [one for one in figures if one.value is not None and one.segment == last.segment]
    values = [one.value or 0.0 for one in since]
    end = last.value or 0.0
    said = f"England: {words.short_value(end, metric.unit)} in {period_of(last)}"
    low, high = min(values), max(values)
    if len(since) < _LEAST or low == high:
        return said
    start = period_of(since[0])
    if end in (low, high):
        return f"{said}, the {'highest' if end == high else 'lowest'} since {start}"
    reach = f"{words.short_value(low, metric.unit)} and {words.short_value(high, metric.unit)}"
    return f"{said}; between {reach} since {start}"


def trend_described(metric: Metric, figures: Sequence[Figure], unit_name: str) -> str:
    """Say in words what the picture of a trend shows: from when to when, highest and lowest."""
    known = [one for one in figures if one.value is not None]
    high = max(known, key=lambda one: one.value or 0.0)
    low = min(known, key=lambda one: one.value or 0.0)
    absent = len(figures) - len(known)
    gaps = f" {absent} of {len(figures)} periods have no figure." if absent else ""
    return (
        f"Line of {metric.title}, England, {unit_name}, from {period_of(known[0])} to "
        f"{period_of(known[-1])}. Highest {words.short_value(high.value or 0.0, metric.unit)} in "
        f"{period_of(high)}, lowest {words.short_value(low.value or 0.0, metric.unit)} in "
        f"{period_of(low)}.{gaps}"
    )


def plan_title(metric: Metric, figures: Sequence[Figure], plan: Planned) -> str | None:
    """Say what became of a plan: `rose 11.6% in 2015-16; the plan was a fall of 18.0%`."""
    came = next((one for one in figures if one.period_start == plan.period_start), None)
    if came is None or came.value is None or plan.level is None:
        return None
    period = period_of(came)
    before = year_before(figures, came)
    if before is None or not before.value or metric.unit.startswith("%"):
        outturn = words.value_in_words(came.value, metric.unit)
        return f"{outturn} in {period}; the plan was {words.short_value(plan.level, metric.unit)}"
    outturn = _moved(came.value, before.value)
    planned = _move(plan.level, before.value)
    return f"{metric.title} {outturn} in {period}; the plan was {planned}"


def _moved(value: float, before: float) -> str:
    if value == before:
        return "did not change"
    return f"{'rose' if value > before else 'fell'} {_share(value, before)}"


def _move(value: float, before: float) -> str:
    if value == before:
        return "no change"
    return f"a {'rise' if value > before else 'fall'} of {_share(value, before)}"


def _share(value: float, before: float) -> str:
    return f"{words.number(abs(value / before - 1) * 100, 1)}%"


def ranking_title(metric: Metric, shown: Compared) -> str:
    """Say how areas lie about England, or from where to where they reach."""
    known = [one for one in shown.areas if one.value is not None]
    period = words.period_name(shown.period_type, shown.period_start)
    named = areas_named(shown.area_type)
    if len(known) == 1:
        said = words.short_value(known[0].value or 0.0, metric.unit)
        return f"{readable_name(known[0].name)}: {said} in {period}"
    if shown.england is None:
        low, high = (words.short_value(known[at].value or 0.0, metric.unit) for at in (-1, 0))
        return f"{named[:1].upper()}{named[1:]} reached from {low} to {high} in {period}"
    above = sum((one.value or 0.0) > shown.england for one in known)
    england = words.short_value(shown.england, metric.unit)
    return f"{above} of {len(known)} {named} were above England's {england} in {period}"


def ranking_described(metric: Metric, shown: Compared) -> str:
    """Say in words what the picture of a ranking shows."""
    known = [one for one in shown.areas if one.value is not None]
    high, low = known[0], known[-1]
    absent = len(shown.areas) - len(known)
    gaps = f" {absent} {'has' if absent == 1 else 'have'} no figure." if absent else ""
    most, least = (words.short_value(one.value or 0.0, metric.unit) for one in (high, low))
    return (
        f"Highest {readable_name(high.name)}, {most}; lowest {readable_name(low.name)}, "
        f"{least}.{gaps}"
    )


def straddles(shown: Compared, figures: Sequence[Figure]) -> bool:
    """Say whether England's figure of the period that is compared holds a break."""
    return any(
        one.segment == STRADDLES and one.period_start == shown.period_start for one in figures
    )


def sentences(text: str | None) -> list[str]:
    """Split a text into its sentences."""
    return [one for one in re.split(r"(?<=[.;])\s+(?=[A-Z])", (text or "").strip()) if one]


def readable_name(name: str) -> str:
    """Write a body of the NHS as people do: no capitals throughout, nothing that all have."""
    if name.isupper():
        name = re.sub(r"[A-Z][A-Z']*", lambda found: found[0].capitalize(), name)
        small = r"\b(Of|And|The|On|In|For|Upon|With)\b"
        name = re.sub(small, lambda found: found[0].lower(), name)
        name = re.sub(r"\bNhs\b", "NHS", name)
    name = re.sub(r" NHS (Foundation )?Trust$", "", name)
    name = re.sub(r"^NHS (England )?|\s+Integrated Care Board$", "", name)
    return f"{name[:1].upper()}{name[1:]}"
