"""What the page of a metric is made from: its contract, England, its areas, plans and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar, cast

from publishing.scorecard.charts.trend import STRADDLES
from publishing.scorecard.council_figures import CONTINUED
from publishing.scorecard.plan_outturn import LAST_VERSION_FIRST
from publishing.scorecard.site import Site

ENGLAND = "E92000001"
AS_REPORTED, CURRENT = "as_reported", "current"

FINEST_FIRST = ("month", "quarter", "calendar_year", "financial_year")
YEARS = ("financial_year", "calendar_year")

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Metric:
    """A metric's contract; see mart `metric` for each field.

    `boundary` is the one that its pages show: today's areas where there are figures for them.
    """

    metric_id: str
    title: str
    definition: str
    numerator: str
    denominator: str
    unit: str
    polarity: str
    rounding: str
    interval_method: str
    source_returns: str
    caveats: str | None
    availability: str
    why_not: str | None
    base_metric_id: str | None
    denominator_metric_id: str | None
    control_chart: str
    why_no_control_chart: str | None
    boundary: str

    @property
    def is_computed(self) -> bool:
        """Say whether there are figures in this release."""
        return self.availability == "computed"

    @property
    def is_comparable(self) -> bool:
        """Say whether areas can be set beside each other: not by counts, which grow with size."""
        unit = self.unit
        is_rate = unit.startswith(("%", "score")) or unit == "ratio"
        is_mean = unit == "days" and self.denominator != "none"
        return is_rate or is_mean or " per " in unit or " for each " in unit


@dataclass(frozen=True)
class Figure:
    """A figure of England with its control limits; see `metric_value` and `control_limit`."""

    period_type: str
    period_start: date
    period_end: date
    value: float | None
    value_status: str
    segment: str
    maturity: str | None
    lower: float | None
    upper: float | None
    lower_limit: float | None
    upper_limit: float | None
    published_on: date | None
    lineage_id: str | None


@dataclass(frozen=True)
class AreaFigure:
    """An area's figure of one period, with the median of its peers where that is worked out.

    `page_code` is the area whose page has it: of today, where one continues this one whole.
    """

    area_code: str
    page_code: str
    name: str
    value: float | None
    value_status: str
    lower: float | None
    upper: float | None
    peer_median: float | None
    lineage_id: str | None


@dataclass(frozen=True)
class Compared:
    """Areas of one type beside each other in one period, with England's figure of it."""

    area_type: str
    period_type: str
    period_start: date
    areas: Sequence[AreaFigure]
    england: float | None


@dataclass(frozen=True)
class Planned:
    """A published plan of England for a period; `level` is what it comes to, if that is known."""

    period_type: str
    period_start: date
    period_end: date
    plan_version: str
    basis: str
    value: float
    unit: str
    source: str
    claim_id: str | None
    level: float | None


@dataclass(frozen=True)
class Changed:
    """A figure that this release gives otherwise than the one before."""

    area_name: str
    period_type: str
    period_start: date
    change: str
    old_value: float | None
    new_value: float | None
    old_status: str | None
    new_status: str | None
    explanation: str | None


_METRICS = """
    WITH shown AS (
        SELECT metric_id, max(boundary) AS boundary FROM metric_value
        WHERE boundary IN ('as_reported', 'current') GROUP BY metric_id
    )
    SELECT m.*, coalesce(shown.boundary, 'as_reported') AS boundary
    FROM metric AS m LEFT JOIN shown USING (metric_id) ORDER BY m.metric_id
"""
_ENGLAND = """
    SELECT v.*, l.lower_limit, l.upper_limit
    FROM metric_value AS v
    LEFT JOIN control_limit AS l
        ON v.metric_id = l.metric_id AND v.area_code = l.area_code AND v.boundary = l.boundary
        AND v.period_start = l.period_start AND v.period_type = 'month'
    WHERE v.metric_id = ? AND v.area_code = ? AND v.boundary = ?
    ORDER BY v.period_type, v.period_start
"""
# Of each type of area the last period in which nearly all have a figure, by length of period.
_PERIODS = """
    WITH area_types AS (SELECT area_code, min(area_type) AS area_type FROM area GROUP BY area_code),
    counted AS (
        SELECT area_type, period_type, period_start, count(value) AS known
        FROM metric_value JOIN area_types USING (area_code)
        WHERE metric_id = ? AND boundary = ?
        GROUP BY ALL HAVING known > 0
    ),
    beside AS (
        SELECT *, max(known) OVER (PARTITION BY area_type, period_type) AS most FROM counted
    )
    SELECT area_type, period_type, max(period_start) AS period_start
    FROM beside WHERE known >= 0.9 * most
    GROUP BY area_type, period_type
"""
_AREAS = f"""
    WITH continued AS ({CONTINUED}),
    named AS (
        SELECT area_code, min(area_type) AS area_type, max_by(name, valid_from) AS name
        FROM area GROUP BY area_code
    )
    SELECT v.*, coalesce(named.name, v.area_code) AS name, s.peer_median,
        coalesce(continued.area_code, v.area_code) AS page_code
    FROM metric_value AS v
    JOIN named USING (area_code)
    LEFT JOIN continued ON continued.former = v.area_code
    LEFT JOIN scorecard AS s
        ON v.metric_id = s.metric_id AND v.area_code = s.figure_area_code
        AND v.boundary = s.boundary
        AND v.period_type = s.period_type AND v.period_start = s.period_start
    WHERE v.metric_id = ? AND v.boundary = ? AND v.period_type = ? AND v.period_start = ?
        AND named.area_type = ?
    ORDER BY v.value DESC NULLS LAST, name
"""  # noqa: S608 - it is ours
_PLANS = f"""
    SELECT plan.*, before.value AS before
    FROM metric_plan AS plan
    LEFT JOIN metric_value AS before
        ON plan.metric_id = before.metric_id AND plan.area_code = before.area_code
        AND plan.period_type = before.period_type AND before.boundary = ?
        AND plan.period_start = before.period_start + INTERVAL 1 YEAR
    WHERE plan.metric_id = ? AND plan.area_code = ?
    ORDER BY plan.period_start, {LAST_VERSION_FIRST}
"""  # noqa: S608 - it is ours
_CHANGES = """
    SELECT c.*, coalesce(named.name, c.area_code) AS area_name
    FROM release_change AS c
    LEFT JOIN (
        SELECT area_code, max_by(name, valid_from) AS name FROM area GROUP BY area_code
    ) AS named USING (area_code)
    WHERE c.metric_id = ? AND c.boundary = ?
    ORDER BY c.size_rank LIMIT ?
"""


def metrics(site: Site) -> list[Metric]:
    """Return the contract of every metric, by its id."""
    return [_made(Metric, row) for row in site.each(_METRICS)]


def england_figures(site: Site, metric: Metric) -> dict[str, list[Figure]]:
    """Return England's figures of a metric by length of period, oldest first."""
    by_length: dict[str, list[Figure]] = {}
    for row in site.each(_ENGLAND, [metric.metric_id, ENGLAND, metric.boundary]):
        figure = _made(Figure, row)
        by_length.setdefault(figure.period_type, []).append(figure)
    return by_length


def compared(site: Site, metric: Metric, england: Mapping[str, list[Figure]]) -> list[Compared]:
    """Return each type of areas in the last period that has most of them.

    Years are taken before quarters and months: of a longer period less is chance.
    """
    return [
        _compared(site, metric, area_type, period_type, start, england)
        for area_type, (period_type, start) in sorted(_chosen(site, metric).items())
        if area_type not in ("country", "outside_england")
    ]


def councils_compared(site: Site, metric: Metric) -> frozenset[str]:
    """Return the councils whose pages have a figure that the metric's ranking has a row for."""
    chosen = _chosen(site, metric).get("council") if metric.is_computed else None
    if chosen is None:
        return frozenset()
    wanted = [metric.metric_id, metric.boundary, *chosen, "council"]
    return frozenset(str(row["page_code"]) for row in site.each(_AREAS, wanted))


def _chosen(site: Site, metric: Metric) -> dict[str, tuple[str, date]]:
    """Return length and first day of the period in which areas of each type are compared."""
    chosen: dict[str, tuple[str, date]] = {}
    for row in site.each(_PERIODS, [metric.metric_id, metric.boundary]):
        period_type, start = str(row["period_type"]), cast("date", row["period_start"])
        kept = chosen.get(str(row["area_type"]))
        if kept is None or FINEST_FIRST.index(period_type) > FINEST_FIRST.index(kept[0]):
            chosen[str(row["area_type"])] = (period_type, start)
    return chosen


def _compared(
    site: Site,
    metric: Metric,
    area_type: str,
    period_type: str,
    start: date,
    england: Mapping[str, list[Figure]],
) -> Compared:
    wanted = [metric.metric_id, metric.boundary, period_type, start, area_type]
    areas = [_made(AreaFigure, row) for row in site.each(_AREAS, wanted)]
    beside = (one.value for one in england.get(period_type, ()) if one.period_start == start)
    return Compared(area_type, period_type, start, areas, next(beside, None))


def plans(site: Site, metric: Metric) -> list[Planned]:
    """Return what was planned for England, each with the level that it comes to.

    Of two versions for one period the one that counted comes first.

    A planned change is added to the figure of the year before, where this release has that.
    """
    rows = site.rows(_PLANS, [metric.boundary, metric.metric_id, ENGLAND])
    return [_made(Planned, row | {"level": _level(row)}) for row in rows]


def _level(row: Mapping[str, Any]) -> float | None:
    value, before = row["value"], row["before"]
    if row["basis"] == "level":
        return cast("float", value)
    if before is None:
        return None
    is_share = row["basis"] == "percent_change_on_previous_year"
    return float(before * (1 + value / 100) if is_share else before + value)


def changes(site: Site, metric: Metric, most: int) -> list[Changed]:
    """Return the largest changes since the last release, `most` of them."""
    asked = [metric.metric_id, metric.boundary, most]
    return [_made(Changed, row) for row in site.each(_CHANGES, asked)]


def count_of_changes(site: Site, metric: Metric) -> int:
    """Return how many figures of a metric the last release gave otherwise, or not."""
    sql = "SELECT count(*) AS n FROM release_change WHERE metric_id = ? AND boundary = ?"
    return int(cast("int", site.rows(sql, [metric.metric_id, metric.boundary])[0]["n"]))


def finest(by_length: Mapping[str, list[Figure]]) -> str | None:
    """Return the shortest length of period that has a figure."""
    known = (
        one for one in FINEST_FIRST if any(f.value is not None for f in by_length.get(one, ()))
    )
    return next(known, None)


def year_before(figures: Sequence[Figure], figure: Figure) -> Figure | None:
    """Return the figure of the same period a year before, if no break lies between."""
    start = date(figure.period_start.year - 1, figure.period_start.month, 1)
    for other in figures:
        if other.period_start == start and other.value is not None:
            is_one = other.segment == figure.segment and figure.segment != STRADDLES
            return other if is_one else None
    return None


def _made(kind: type[_Made], row: Mapping[str, object]) -> _Made:
    """Make a dataclass of the columns that it has."""
    names = [one.name for one in fields(cast("Any", kind))]
    return kind(**{name: row[name] for name in names})
