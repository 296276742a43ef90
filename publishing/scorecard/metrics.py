"""The page of all metrics, and the pages of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from markupsafe import Markup

from publishing.scorecard import metric_words as said_of
from publishing.scorecard import words
from publishing.scorecard.audit_results import read_record
from publishing.scorecard.charts.spark import spark
from publishing.scorecard.findings import change_with_verdict
from publishing.scorecard.links import links_of
from publishing.scorecard.metric_figures import ENGLAND, Metric, metrics
from publishing.scorecard.metric_page import Around, page_of
from publishing.scorecard.page import Cell, Column, Page, Table, figure_cell
from publishing.scorecard.site import Site
from publishing.scorecard.standing import (
    PastFigure,
    Standing,
    past,
    spark_points,
    standings,
)
from publishing.scorecard.vocabularies import Group, grouped

PATH = "metrics.html"

_COUNCILS = """
    SELECT DISTINCT area_code FROM area AS a
    WHERE area_type = 'council' AND (
        valid_to IS NULL
        OR area_code IN (SELECT area_code FROM metric_value WHERE boundary = 'as_reported')
    )
"""
_COUNCILS_NOW = "SELECT area_code FROM area WHERE area_type = 'council' AND valid_to IS NULL"
_REVISIONS = """
    SELECT return_id, count(*) AS changed FROM revision WHERE kind = 'changed' GROUP BY return_id
"""
_VARIATIONS = """
    SELECT metric_id, variation FROM control_limit
    WHERE area_code = ? AND variation IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY metric_id ORDER BY period_start DESC, boundary DESC
    ) = 1
"""


@dataclass(frozen=True)
class Section:
    """A group of metrics on the page of all: its table, and those that have no figures."""

    group: Group
    table: Table | None
    absent: Table | None


def pages(site: Site) -> Iterator[Page]:
    """Give the page of all metrics, then one of each."""
    every = metrics(site)
    yield index(site, every)
    around = Around(
        links=links_of(site),
        metrics={one.metric_id: one for one in every},
        returns={one.return_id: one.title for one in read_record(site.release).returns},
        councils=frozenset(str(row["area_code"]) for row in site.each(_COUNCILS)),
        councils_now=frozenset(str(row["area_code"]) for row in site.each(_COUNCILS_NOW)),
        revisions={
            str(row["return_id"]): cast("int", row["changed"]) for row in site.each(_REVISIONS)
        },
        variations={
            str(row["metric_id"]): str(row["variation"])
            for row in site.each(_VARIATIONS, [ENGLAND])
        },
    )
    for metric in every:
        yield page_of(site, metric, around)


def index(site: Site, every: Sequence[Metric]) -> Page:
    """Make the page of all metrics, in groups, each with England's last figure."""
    last = {one.metric_id: one for one in standings(site, ENGLAND)}
    series = past(site, ENGLAND)
    by_id = {one.metric_id: one for one in every}
    sections = [
        Section(
            group,
            _table(group, [by_id[one] for one in ids if by_id[one].is_computed], last, series),
            _absent(group, [by_id[one] for one in ids if not by_id[one].is_computed]),
        )
        for group, ids in grouped(by_id)
    ]
    computed = sum(one.is_computed for one in every)
    csv = site.write_csv("data/metrics.csv", _CSV, _csv_rows(every, last))
    body = site.render(
        "metrics.html",
        PATH,
        sections=sections,
        computed=computed,
        absent=len(every) - computed,
        csv=csv,
    )
    return Page(
        path=PATH,
        title="Metrics",
        description="All metrics of health and social care integration that are held here.",
        section="metrics",
        body=body,
        crumbs=(("England", "index.html"),),
    )


def _table(
    group: Group,
    of_it: Sequence[Metric],
    last: Mapping[str, Standing],
    series: Mapping[str, Sequence[PastFigure]],
) -> Table | None:
    if not of_it:
        return None
    columns = (
        Column("title", "Metric"),
        Column("value", "England", is_number=True),
        Column("unit", "Unit"),
        Column("period", "Period"),
        Column("change", "On a year before"),
        Column("trend", "Trend"),
    )
    rows = [_row(one, last.get(one.metric_id), series.get(one.metric_id, ())) for one in of_it]
    return Table(f"metrics-{group.id.replace('_', '-')}", group.title, columns, rows)


def _row(metric: Metric, standing: Standing | None, series: Sequence[PastFigure]) -> list[Cell]:
    name = Cell(metric.title, href=f"metric/{metric.metric_id}.html")
    if standing is None or standing.value is None:
        unit = Cell(words.unit_name(metric.unit))
        status = "missing" if standing is None else standing.value_status
        return [name, figure_cell(None, status, metric.unit), unit, Cell(""), Cell(""), Cell("")]
    return [
        name,
        Cell(words.short_value(standing.value, metric.unit), sort=standing.value),
        Cell(words.unit_name(metric.unit)),
        Cell(
            Markup('<span class="keep">{}</span>').format(standing.period),
            sort=standing.period_end.isoformat(),
        ),
        _change(standing),
        Cell(_spark(metric, series)),
    ]


def _change(standing: Standing) -> Cell:
    """Say the change on a year and whether it is for the better, in words."""
    if standing.change_on_year is None:
        return Cell(
            Markup('<span class="soft">not comparable</span>') if standing.earlier_value else ""
        )
    return Cell(change_with_verdict(standing), sort=standing.change_on_year)


def _spark(metric: Metric, series: Sequence[PastFigure]) -> Markup:
    points = spark_points(series)
    known = [one for one in points if one.value is not None]
    return spark(points, f"Trend of {metric.title}, England") if len(known) > 1 else Markup("")


def _absent(group: Group, of_it: Sequence[Metric]) -> Table | None:
    if not of_it:
        return None
    columns = (Column("title", "Metric"), Column("why", "Why there are no figures"))
    rows = [
        [
            Cell(one.title, href=f"metric/{one.metric_id}.html"),
            Cell(said_of.AVAILABILITY.get(one.availability, one.availability)),
        ]
        for one in of_it
    ]
    table_id = f"absent-{group.id.replace('_', '-')}"
    return Table(table_id, f"{group.title}: without figures here", columns, rows)


_CSV = (
    "metric_id",
    "title",
    "unit",
    "polarity",
    "availability",
    "england_value",
    "value_status",
    "period_type",
    "period",
    "change_on_year",
)


def _csv_rows(
    every: Sequence[Metric], last: Mapping[str, Standing]
) -> Iterator[list[str | float | None]]:
    for one in every:
        row: list[str | float | None] = [
            one.metric_id, one.title, one.unit, one.polarity, one.availability
        ]  # fmt: skip
        found = last.get(one.metric_id)
        if found is None:
            yield [*row, None, None, None, None, None]
        else:
            said = [found.value, found.value_status, found.period_type, found.period]
            yield [*row, *said, found.change_on_year]
