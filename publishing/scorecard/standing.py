"""Where an area stands: its last figure of a metric beside plan, England, peers and its own past.

Of each metric one length of period is shown: the one that reaches furthest, and of two that end
on the same day the longer, which chance moves less. All lengths are in the CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from publishing.scorecard import words
from publishing.scorecard.charts.spark import SparkPoint
from publishing.scorecard.council_figures import CONTINUED
from publishing.scorecard.site import Site

_COLUMNS = """
    s.metric_id, m.title, s.unit, m.polarity, m.derivation, m.base_metric_id, s.boundary,
    s.figure_area_code, s.period_type, s.period_start, s.period_end, s.value, s.value_status,
    s.lower, s.upper, s.segment, s.plan, s.plan_version, s.england_value, s.beside_england,
    s.peers_with_a_value, s.peer_median, s.peer_lower_quartile, s.peer_upper_quartile,
    s.peer_lowest, s.peer_highest, s.peers_below, s.peers_above, s.why_no_peers, s.earlier_value,
    s.change_on_year, s.why_no_change, s.variation, s.assurance, s.published_on, s.lineage_id
"""


def _standings_where(condition: str) -> str:
    return f"""
        SELECT s.area_code, {_COLUMNS} FROM scorecard AS s JOIN metric AS m USING (metric_id)
        WHERE {condition}
        ORDER BY s.area_code, s.metric_id, s.period_end, s.period_start DESC
    """  # noqa: S608 - both are ours


def _past_where(condition: str) -> str:
    return f"""
        WITH continued AS ({CONTINUED}),
        shown AS (
            SELECT s.metric_id, s.area_code, s.boundary, s.period_type FROM scorecard AS s
            WHERE {condition}
            QUALIFY row_number() OVER (
                PARTITION BY s.metric_id, s.area_code ORDER BY s.period_end DESC, s.period_start
            ) = 1
        ),
        told AS (
            SELECT *, area_code AS reported_for FROM shown
            UNION ALL
            SELECT shown.*, continued.former FROM shown JOIN continued USING (area_code)
            WHERE shown.boundary = 'as_reported'
        )
        SELECT told.area_code, v.metric_id, v.period_type, v.period_start, v.value,
            v.value_status, v.segment
        FROM metric_value AS v JOIN told ON v.area_code = told.reported_for
            AND v.metric_id = told.metric_id AND v.boundary = told.boundary
            AND v.period_type = told.period_type
        -- A period of both codes is the council's own.
        QUALIFY told.area_code = told.reported_for OR count(*) OVER (
            PARTITION BY told.area_code, v.metric_id, v.period_type, v.period_start
        ) = 1
        ORDER BY told.area_code, v.metric_id, v.period_start
    """  # noqa: S608 - both are ours


COUNCIL_STANDINGS = _standings_where("s.area_type = 'council'")
"""Every standing of every council, by council and metric; the one that is shown comes last."""

COUNCIL_PAST = _past_where("s.area_type = 'council'")
"""The series that each shown standing is the last of, by council and metric, oldest first."""

_STANDINGS_OF_ONE = _standings_where("s.area_code = ?")
_PAST_OF_ONE = _past_where("s.area_code = ?")


@dataclass(frozen=True)
class Standing:
    """A row of mart `scorecard` with what its metric says; see the mart for each column."""

    metric_id: str
    title: str
    unit: str
    polarity: str
    derivation: str
    base_metric_id: str | None
    boundary: str
    figure_area_code: str
    period_type: str
    period_start: date
    period_end: date
    value: float | None
    value_status: str
    lower: float | None
    upper: float | None
    segment: str
    plan: float | None
    plan_version: str | None
    england_value: float | None
    beside_england: str | None
    peers_with_a_value: int | None
    peer_median: float | None
    peer_lower_quartile: float | None
    peer_upper_quartile: float | None
    peer_lowest: float | None
    peer_highest: float | None
    peers_below: int | None
    peers_above: int | None
    why_no_peers: str | None
    earlier_value: float | None
    change_on_year: float | None
    why_no_change: str | None
    variation: str | None
    assurance: str | None
    published_on: date | None
    lineage_id: str | None

    @property
    def period(self) -> str:
        """The period as people name it."""
        return words.period_name(self.period_type, self.period_start)

    @property
    def in_words(self) -> str:
        """The figure with its unit. Raises ValueError where there is none."""
        if self.value is None:
            raise ValueError(f"{self.metric_id} has no figure to write")
        return words.value_in_words(self.value, self.unit)


@dataclass(frozen=True)
class PastFigure:
    """A figure of the series that a standing is the last of."""

    metric_id: str
    period_type: str
    period_start: date
    value: float | None
    value_status: str
    segment: str


def standings(site: Site, area_code: str) -> list[Standing]:
    """Return the standing of an area in each metric that it has, by metric."""
    return shown(standings_of(site.each(_STANDINGS_OF_ONE, [area_code])))


def past(site: Site, area_code: str) -> dict[str, list[PastFigure]]:
    """Return the series that each of them is the last of, by metric, oldest first."""
    return past_of(site.each(_PAST_OF_ONE, [area_code]))


def standings_of(rows: Iterable[Mapping[str, object]]) -> list[Standing]:
    """Return every standing of an area from its rows of such a query, the shown one last."""
    return [Standing(**_without_area(row)) for row in rows]


def shown(every: Iterable[Standing]) -> list[Standing]:
    """Return the standing that is shown of each metric, by metric."""
    return list({one.metric_id: one for one in every}.values())


def past_of(rows: Iterable[Mapping[str, object]]) -> dict[str, list[PastFigure]]:
    """Return the series of an area from its rows, by metric, oldest first."""
    series: dict[str, list[PastFigure]] = {}
    for row in rows:
        figure = PastFigure(**_without_area(row))
        series.setdefault(figure.metric_id, []).append(figure)
    return series


def spark_points(series: Sequence[PastFigure]) -> list[SparkPoint]:
    """Return the points of a small trend by month, with a gap where a period has no row."""
    points: list[SparkPoint] = []
    for before, figure in zip([None, *series], series, strict=False):
        at = figure.period_start.year * 12 + figure.period_start.month
        step = _MONTHS.get(figure.period_type, 12)
        if before is not None and points[-1].at < at - step:
            points.append(SparkPoint(at - step, None))
        points.append(SparkPoint(at, figure.value, figure.segment))
    return points


_MONTHS = {"month": 1, "quarter": 3}


def _without_area(row: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "area_code"}


def is_better(polarity: str, difference: float) -> bool | None:
    """Say whether a figure that differs by so much is better; None where neither way is."""
    if difference == 0 or polarity not in ("lower", "higher"):
        return None
    return (difference < 0) == (polarity == "lower")


def one_of_each(every: Iterable[Standing]) -> list[Standing]:
    """Leave out what would be counted twice, or is neither good nor bad.

    Rates of one count (for each day, for each 100,000 adults) say one thing: the one that reaches
    furthest stays. Shares of a whole are left out: one falls only where another rises.
    """
    kept: dict[str, Standing] = {}
    for standing in every:
        if standing.polarity not in ("lower", "higher") or standing.derivation == "ratio":
            continue
        is_rate = standing.derivation.startswith("per_population")
        key = f"rate of {standing.base_metric_id}" if is_rate else standing.metric_id
        if key not in kept or standing.period_end > kept[key].period_end:
            kept[key] = standing
    return list(kept.values())
