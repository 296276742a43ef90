"""A council: which there are, and the page of one of today, with all of its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress, islice
from typing import Any, cast

from markupsafe import Markup

from publishing.scorecard import council_delays, council_money, words
from publishing.scorecard.cells import source_cells, write_cells
from publishing.scorecard.charts.spark import Strip, spark, strip
from publishing.scorecard.council_rows import CouncilRows, Row
from publishing.scorecard.findings import among_peers, change_in_words, findings
from publishing.scorecard.page import Cell, CellValue, Chart, Column, Page, Table
from publishing.scorecard.site import Site
from publishing.scorecard.standing import (
    PastFigure,
    Standing,
    past_of,
    shown,
    spark_points,
    standings_of,
)
from publishing.scorecard.vocabularies import grouped

_COUNCILS = """
    SELECT council.area_code, council.name, council.area_class, region.name AS region,
        council.valid_from, council.valid_to,
        coalesce(before.codes, []) AS predecessors, coalesce(after.codes, []) AS successors
    FROM area AS council
    LEFT JOIN area AS region ON region.area_code = council.parent_code
    LEFT JOIN (
        SELECT to_area_code AS area_code, list(from_area_code ORDER BY from_area_code) AS codes
        FROM area_link WHERE link_kind = 'successor' GROUP BY ALL
    ) AS before ON before.area_code = council.area_code
    LEFT JOIN (
        SELECT from_area_code AS area_code, list(to_area_code ORDER BY to_area_code) AS codes
        FROM area_link WHERE link_kind = 'successor' GROUP BY ALL
    ) AS after ON after.area_code = council.area_code
    WHERE council.area_type = 'council'
        AND (council.valid_to IS NULL
            OR council.area_code IN (SELECT area_code FROM metric_value))
    ORDER BY council.name, council.valid_to DESC NULLS FIRST
"""
CELLS_SHOWN = 6
"""How many source cells a council's page shows of a chart or table."""

CELLS_OF_A_FIGURE = 1
"""How many cells the CSV of the last figures lists of each: councils are many."""

_PLAN_COLUMN = Column("plan", "Plan", is_number=True)
_METRIC_COLUMNS = (
    Column("metric_id", "Metric"),
    Column("period", "Period"),
    Column("value", "Figure", is_number=True),
    _PLAN_COLUMN,
    Column("england_value", "England", is_number=True),
    Column("peer_median", "Peers' median", is_number=True),
    Column("among_peers", "Among its peers"),
    Column("change_on_year", "Change on a year", is_number=True),
    Column("past", "Its own past"),
)
_OF_PEERS = ("peer_median", "among_peers")
_CSV_COLUMNS = (
    *("metric_id", "unit", "boundary", "figure_area_code", "period_type", "period_start"),
    *("value", "value_status"),
    *("lower", "upper", "segment", "plan", "plan_version", "england_value", "beside_england"),
    *("peers_with_a_value", "peer_median", "peer_lower_quartile", "peer_upper_quartile"),
    *("peers_below", "peers_above", "change_on_year", "variation", "published_on", "lineage_id"),
)


@dataclass(frozen=True)
class Council:
    """A council of today, or a former one, whose `valid_to` is set; with those before and after."""

    area_code: str
    name: str
    area_class: str
    region: str | None
    valid_from: date
    valid_to: date | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]

    @property
    def is_former(self) -> bool:
        """Whether it has been replaced."""
        return self.valid_to is not None

    @property
    def path(self) -> str:
        """Its page, below `scorecard/`."""
        return f"council/{self.area_code}.html"


Councils = Mapping[str, Council]


def councils(site: Site) -> dict[str, Council]:
    """Return the councils of today, and the former ones that have figures, by code, by name."""
    found: dict[str, Council] = {}
    for row in site.each(_COUNCILS):
        said = cast("dict[str, Any]", row)
        said |= {name: tuple(said[name]) for name in ("predecessors", "successors")}
        found[said["area_code"]] = Council(**said)
    return found


def one_before(council: Council, every: Councils) -> Council | None:
    """Return the former council that this one continues whole, if it continues just one."""
    if len(council.predecessors) != 1:
        return None
    before = every.get(council.predecessors[0])
    return before if before and before.successors == (council.area_code,) else None


def page(
    site: Site,
    council: Council,
    rows: CouncilRows,
    every: Councils,
    england: council_delays.EnglandDelays,
) -> Page:
    """Return the page of a council of today."""
    standing, series = shown(standings_of(rows.standings)), past_of(rows.past)
    folder = f"data/council/{council.area_code}"
    said = findings(standing)
    body = site.render(
        "council.html",
        council.path,
        council=council,
        formed_from=[every[code] for code in council.predecessors if code in every],
        continues_whole=one_before(council, every) is not None,
        former_figures=sum(one.figure_area_code != council.area_code for one in standing),
        findings=said,
        groups=_group_tables(council.area_code, standing, series),
        metrics_csv=_write_metrics(site, standing, f"{folder}-metrics.csv"),
        past_csv=_write_past(site, series, f"{folder}-past.csv"),
        latest_cells=_latest_cells(site, standing, f"{folder}-metrics-cells.csv"),
        has_metrics=bool(standing),
        has_peers=any(one.peer_median is not None for one in standing),
        no_peers=None
        if rows.peers
        else next((one.why_no_peers for one in standing if _is_why(one)), None),
        delays=council_delays.delays(site, council, rows, england),
        money=council_money.money(site, council, rows),
        people=council_money.people(site, council, rows.people),
        peers=_peers(site, council, rows.peers, f"{folder}-peers.csv"),
    )
    return Page(
        path=council.path,
        title=council.name,
        description=f"{council.name}: its figures beside England, its peers and its own past.",
        section="councils",
        body=body,
        crumbs=(("England", "index.html"), ("Councils", "councils.html")),
    )


def _is_why(standing: Standing) -> bool:
    """Whether a rate says why the council has no peers; counts never have any."""
    return bool(standing.why_no_peers) and standing.unit.startswith("%")


def _group_tables(
    area_code: str, standing: Sequence[Standing], series: Mapping[str, Sequence[PastFigure]]
) -> list[tuple[str, str, Table]]:
    """Return title, words and table of each group of metrics."""
    by_id = {one.metric_id: one for one in standing}
    has_plans = any(one.plan is not None for one in standing)
    has_peers = any(one.peer_median is not None for one in standing)
    left_out = {_PLAN_COLUMN.key: not has_plans} | dict.fromkeys(_OF_PEERS, not has_peers)
    kept = [not left_out.get(column.key) for column in _METRIC_COLUMNS]
    columns = tuple(compress(_METRIC_COLUMNS, kept))
    return [
        (
            group.title,
            group.says,
            Table(
                id=f"m-{group.id}",
                caption=f"{group.title}: the last figures",
                columns=columns,
                rows=[
                    list(compress(_row(area_code, by_id[one], series.get(one, ())), kept))
                    for one in ids
                ],
            ),
        )
        for group, ids in grouped(by_id)
    ]


def _row(area_code: str, standing: Standing, series: Sequence[PastFigure]) -> list[Cell]:
    place = among_peers(standing)
    return [
        Cell(
            Markup('{} <span class="unit">{}</span>').format(
                standing.title, words.unit_name(standing.unit)
            ),
            standing.metric_id,
            href=f"../metric/{standing.metric_id}.html",
        ),
        Cell(standing.period, standing.period, sort=standing.period_end.isoformat()),
        Cell(_figure(standing), standing.value, status=standing.value_status),
        Cell(_number(standing.plan, standing.unit), standing.plan),
        Cell(_england(standing), standing.england_value),
        Cell(_number(standing.peer_median, standing.unit), standing.peer_median),
        Cell(
            _strip(standing),
            place,
            href=f"../compare/{area_code}.html#r-{standing.metric_id}" if place else None,
            sort=_place(standing),
        ),
        Cell(_change(standing), standing.change_on_year, sort=_relative(standing)),
        Cell(_spark(standing, series), None, sort=""),
    ]


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else str(words.shown(value, "reported", unit))


def _figure(standing: Standing) -> Markup:
    figure = words.shown(standing.value, standing.value_status, standing.unit)
    if standing.value is None or standing.lower is None or standing.upper is None:
        return figure
    low, high = (_number(end, standing.unit) for end in (standing.lower, standing.upper))
    return figure + Markup('<span class="aside">{} to {}</span>').format(low, high)


def _england(standing: Standing) -> Markup | str:
    value = _number(standing.england_value, standing.unit)
    if not value or standing.beside_england is None:
        return value
    return Markup('{}<span class="aside">{}</span>').format(
        value, _BESIDE_ENGLAND[standing.beside_england]
    )


_BESIDE_ENGLAND = {
    "better": "council better",
    "worse": "council worse",
    "above": "council above",
    "below": "council below",
    "not different": "no different",
}


_BREAK = Markup('<abbr class="status" title="Not comparable with the year before">break</abbr>')


def _place(standing: Standing) -> float | None:
    """Return the share of peers with a lower figure, by which the column is sorted."""
    if standing.peers_below is None or not standing.peers_with_a_value:
        return None
    return round(standing.peers_below / standing.peers_with_a_value, 3)


def _strip(standing: Standing) -> Markup | str:
    low, high = standing.peer_lower_quartile, standing.peer_upper_quartile
    if standing.peer_median is None or low is None or high is None:
        return ""
    place = among_peers(standing)
    figure = Strip(
        value=standing.value,
        lowest=low if standing.peer_lowest is None else standing.peer_lowest,
        lower_quartile=low,
        median=standing.peer_median,
        upper_quartile=high,
        highest=high if standing.peer_highest is None else standing.peer_highest,
        england=standing.england_value,
    )
    return strip(figure) + Markup('<span class="aside">{}</span>').format(place)


def _relative(standing: Standing) -> float | None:
    if standing.change_on_year is None or not standing.earlier_value:
        return None
    return round(standing.change_on_year / standing.earlier_value, 4)


def _change(standing: Standing) -> Markup | str:
    if standing.why_no_change:
        return _BREAK
    return change_in_words(standing)


def _spark(standing: Standing, series: Sequence[PastFigure]) -> Markup:
    if sum(figure.value is not None for figure in series) < 2:
        return Markup("")
    first = words.period_name(series[0].period_type, series[0].period_start)
    label = _number(standing.value, standing.unit) if standing.value is not None else ""
    return spark(spark_points(series), f"{first} to {standing.period}", label)


def _write_metrics(site: Site, every: Sequence[Standing], path: str) -> str:
    rows = ([_plain(getattr(one, name)) for name in _CSV_COLUMNS] for one in every)
    return site.write_csv(path, _CSV_COLUMNS, rows)


def _plain(value: Any) -> CellValue:
    return value.isoformat() if isinstance(value, date) else cast("CellValue", value)


def _write_past(site: Site, series: Mapping[str, Sequence[PastFigure]], path: str) -> str:
    """Write a row for each metric and a column for each period, with signs for what is absent."""
    periods = sorted({_period(figure) for figures in series.values() for figure in figures})
    header = ("metric_id", *(words.period_name(*period) for period in periods))
    rows = (
        [metric, *_by_period({_period(figure): figure for figure in figures}, periods)]
        for metric, figures in series.items()
    )
    return site.write_csv(path, header, rows)


Period = tuple[str, date]


def _period(figure: PastFigure) -> Period:
    return figure.period_type, figure.period_start


def _by_period(
    figures: Mapping[Period, PastFigure], periods: Sequence[Period]
) -> Iterator[CellValue]:
    for period in periods:
        figure = figures.get(period)
        if figure is None or figure.value is not None:
            yield figure.value if figure else None
        else:
            yield words.STATUS_SHOWN[figure.value_status][0]


def _latest_cells(site: Site, standing: Sequence[Standing], path: str) -> Chart | None:
    """Return the first source cells of each last figure, in the shape that the templates show."""
    cells = [
        cell
        for one in standing
        if one.lineage_id
        for cell in islice(
            source_cells(site, {one.lineage_id: f"{one.title}, {one.period}"}), CELLS_OF_A_FIGURE
        )
    ]
    if not cells:
        return None
    return Chart(
        id="latest",
        title="The last figures",
        description="",
        svg=Markup(""),
        table=Table("latest-none", "", (), ()),
        cells=cells[:CELLS_SHOWN],
        cells_csv=write_cells(site, path, cells),
        cells_count=len(cells),
    )


def _peers(site: Site, council: Council, found: Sequence[Row], path: str) -> Table | None:
    if not found:
        return None
    return site.with_csv(
        Table(
            id="peers",
            caption=f"Councils most like {council.name} in age, size and how deprived they are",
            columns=(
                Column("name", "Council"),
                Column("area_code", "Code"),
                Column("distance", "Distance", is_number=True),
            ),
            rows=[_peer_row(row) for row in found],
            csv=path,
        )
    )


def _peer_row(row: Row) -> list[Cell]:
    code, name, distance = str(row["peer_code"]), str(row["name"]), cast("float", row["distance"])
    return [
        Cell(name, name, href=f"{code}.html"),
        Cell(code, code),
        Cell(words.number(distance, 2), distance),
    ]


def names(codes: Sequence[str], every: Councils) -> Iterator[Council]:
    """Give the councils of some codes that have a page."""
    return (every[code] for code in codes if code in every)
