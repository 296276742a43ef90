"""The latest figures of England for a handful of metrics, as one table with small trends."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from publishing.scorecard.charts.spark import spark
from publishing.scorecard.findings import change_with_verdict
from publishing.scorecard.page import Cell, Column, Table
from publishing.scorecard.plan_outturn import ENGLAND
from publishing.scorecard.site import Site
from publishing.scorecard.standing import (
    PastFigure,
    Standing,
    past,
    spark_points,
    standings,
)

HEADLINES = (
    "no_criteria_to_reside_remaining",
    "no_criteria_to_reside_discharged_share",
    "discharged_on_ready_date",
    "average_discharge_delay",
    "delayed_days_per_day_per_100k_adults",
    "ae_within_4_hours_share",
    "emergency_admissions_all_routes",
    "nonelective_admissions_per_100k",
    "virtual_ward_occupancy",
    "reablement_at_home",
    "care_home_admissions_65_plus",
    "care_satisfaction",
    "carer_quality_of_life",
    "workforce_turnover",
    "asc_net_current_outturn_real",
)
"""Metrics of the overview, by what a reader asks first; one without a figure is left out."""

_COLUMNS = (
    Column("metric", "Measure"),
    Column("trend", "Trend"),
    Column("value", "Latest"),
    Column("period", "Period"),
    Column("change_on_year", "Change on a year"),
)
_SPARK_POINTS = 60


def latest_table(site: Site) -> Table | None:
    """Return England's latest figure of each headline metric; None where none has a figure."""
    of_england = {one.metric_id: one for one in standings(site, ENGLAND) if one.value is not None}
    shown = [of_england[metric_id] for metric_id in HEADLINES if metric_id in of_england]
    if not shown:
        return None
    series = past(site, ENGLAND)
    return Table(
        "latest",
        "England: latest figures",
        _COLUMNS,
        [_row(one, series.get(one.metric_id, [])) for one in shown],
        csv="data/index-latest.csv",
    )


def _row(one: Standing, series: Sequence[PastFigure]) -> list[Cell]:
    return [
        Cell(one.title, one.metric_id, href=f"metric/{one.metric_id}.html"),
        Cell(_trend(one, series)),
        Cell(one.in_words, one.value),
        Cell(one.period, one.period_start.isoformat(), sort=one.period_start.isoformat()),
        Cell(_change(one), one.change_on_year),
    ]


def _trend(one: Standing, series: Sequence[PastFigure]) -> Markup:
    points = spark_points(series[-_SPARK_POINTS:])
    return spark(points, f"{one.title}, trend to {one.period}")


def _change(one: Standing) -> Markup:
    if one.change_on_year is None:
        return escape("not comparable" if one.why_no_change else "no figure a year before")
    return escape(change_with_verdict(one))
