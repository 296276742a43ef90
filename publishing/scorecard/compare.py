"""Councils side by side: a page to choose from, and one for each council and its nearest peers.

The page to choose from holds everything in its table. Its script only hides what is not chosen and
sets the rest side by side; without it the whole table is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import cast

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.council import Council, Councils, councils
from publishing.scorecard.council_figures import (
    CONTINUED,
    CouncilFigure,
    formerly_in_words,
    said_of_former,
)
from publishing.scorecard.council_rows import ENGLAND, ByArea, Row
from publishing.scorecard.councils import (
    headline_cell,
    headline_column,
    headline_figures,
    headlines,
)
from publishing.scorecard.page import Cell, Column, Page, Table
from publishing.scorecard.site import Site
from publishing.scorecard.vocabularies import grouped

COMPARED = (
    "delayed_days_per_day_per_100k_adults",
    "delayed_days_social_care_share",
    "nonelective_admissions_per_100k",
    "care_home_admissions_65_plus",
    "reablement_at_home",
    "short_term_support_sequel",
    "supported_65_plus_at_home",
    "care_quality_of_life",
    "care_satisfaction",
    "carer_quality_of_life",
    "social_contact",
    "workforce_turnover",
    "asc_net_current_outturn_real_per_adult",
)
"""Rates and shares that the page to choose from has, in the order of the groups of metrics."""

NEAREST = 4
"""How many peers a council is set beside on a page of its own."""

_WITH_PEERS = f"""
    WITH continued AS ({CONTINUED}),
    beside AS (
        SELECT area_code, peer_code, peer_rank FROM peer
        WHERE is_latest_vintage AND peer_rank <= ?
        UNION ALL
        SELECT DISTINCT area_code, area_code, 0 FROM peer WHERE is_latest_vintage
    ),
    compared AS (
        SELECT DISTINCT metric_id FROM scorecard WHERE peer_median IS NOT NULL
    ),
    shown AS (
        SELECT area_code, metric_id, boundary, unit, period_type, period_start, england_value
        FROM scorecard JOIN compared USING (metric_id)
        WHERE area_type = 'council' AND value IS NOT NULL
        QUALIFY row_number() OVER (
            PARTITION BY metric_id, area_code ORDER BY period_end DESC, period_start
        ) = 1
    )
    SELECT shown.area_code, shown.metric_id, metric.title, shown.unit, shown.period_type,
        shown.period_start, shown.england_value, beside.peer_rank, beside.peer_code,
        CASE WHEN v.metric_id IS NULL THEN f.value ELSE v.value END AS value,
        coalesce(v.value_status, f.value_status) AS value_status,
        v.metric_id IS NULL AND f.value IS NOT NULL AS is_former
    FROM shown JOIN beside USING (area_code) JOIN metric USING (metric_id)
    LEFT JOIN metric_value AS v ON v.metric_id = shown.metric_id
        AND v.area_code = beside.peer_code AND v.boundary = shown.boundary
        AND v.period_type = shown.period_type AND v.period_start = shown.period_start
    LEFT JOIN continued ON continued.area_code = beside.peer_code
    LEFT JOIN metric_value AS f ON f.metric_id = shown.metric_id
        AND f.area_code = continued.former AND f.boundary = 'as_reported'
        AND f.period_type = shown.period_type AND f.period_start = shown.period_start
    ORDER BY shown.area_code, shown.metric_id, beside.peer_rank
"""  # noqa: S608 - both are ours
_CRUMBS = (("England", "index.html"), ("Compare", "compare.html"))


def pages(site: Site) -> Iterator[Page]:
    """Give the page to choose from, then each council beside its nearest peers."""
    every = councils(site)
    with_peers = {str(row["area_code"]) for row in site.each(_CODES_WITH_PEERS)}
    yield _choose(site, every, with_peers)
    rows = ByArea(site.each(_WITH_PEERS, [NEAREST]))
    for code in sorted(with_peers & set(every)):
        if compared := rows.take(code):
            yield _beside_peers(site, every[code], compared, every)


_CODES_WITH_PEERS = """
    SELECT DISTINCT peer.area_code FROM peer JOIN scorecard USING (area_code)
    WHERE is_latest_vintage AND scorecard.value IS NOT NULL
        AND metric_id IN (SELECT metric_id FROM scorecard WHERE peer_median IS NOT NULL)
"""


def _choose(site: Site, every: Councils, with_peers: set[str]) -> Page:
    path = "compare.html"
    current = [one for one in every.values() if not one.is_former]
    shown = headlines(site, COMPARED, len(COMPARED))
    figures = headline_figures(site, shown)
    table = _choice_table(current, shown, figures, with_peers) if current else None
    if table:
        site.write_table_csv(table)
    formerly = formerly_in_words(figures.values())
    body = site.render("compare.html", path, table=table, formerly=formerly)
    return Page(
        path=path,
        title="Compare councils",
        description="Two to five councils side by side.",
        section="compare",
        body=body,
        crumbs=(("England", "index.html"),),
    )


def _choice_table(
    current: Sequence[Council],
    shown: Sequence[Row],
    figures: Mapping[tuple[str, str], CouncilFigure],
    with_peers: set[str],
) -> Table:
    england = {(ENGLAND, str(row["metric_id"])): _of_england(row) for row in shown}
    rows = [_choice_row("England", ENGLAND, Cell("", None), shown, england)]
    for one in current:
        link = (
            Cell("Its nearest peers", None, href=f"compare/{one.area_code}.html")
            if one.area_code in with_peers
            else Cell("", None)
        )
        rows.append(_choice_row(one.name, one.area_code, link, shown, figures, one.path))
    return Table(
        id="compared",
        caption="Councils side by side",
        columns=(
            Column("name", "Council"),
            Column("area_code", "Code"),
            Column("beside", "Beside"),
            *(headline_column(row) for row in shown),
        ),
        rows=rows,
        csv="data/compare-compared.csv",
    )


def _of_england(row: Row) -> CouncilFigure:
    value = cast("float | None", row["england"])
    status = "missing" if value is None else "reported"
    return CouncilFigure(ENGLAND, "England", value, status, None, is_former=False)


def _choice_row(
    name: str,
    code: str,
    link: Cell,
    shown: Sequence[Row],
    figures: Mapping[tuple[str, str], CouncilFigure],
    href: str | None = None,
) -> list[Cell]:
    return [
        Cell(name, name, href=href),
        Cell(code, code),
        link,
        *(
            headline_cell(figures.get((code, str(row["metric_id"]))), str(row["unit"]))
            for row in shown
        ),
    ]


def _beside_peers(site: Site, council: Council, rows: Sequence[Row], every: Councils) -> Page:
    path = f"compare/{council.area_code}.html"
    by_metric = {
        str(metric): list(of_metric)
        for metric, of_metric in groupby(rows, key=lambda row: row["metric_id"])
    }
    first = next(iter(by_metric.values()))
    beside = [every[str(row["peer_code"])] for row in first if str(row["peer_code"]) in every]
    tables = [
        (
            group.title,
            Table(
                id=f"c-{group.id}",
                caption=f"{group.title}: {council.name} and its nearest peers",
                columns=_columns(beside),
                rows=[_row(by_metric[one]) for one in ids],
                csv=f"data/compare/{council.area_code}-{group.id}.csv",
            ),
        )
        for group, ids in grouped(by_metric)
    ]
    for _, table in tables:
        site.write_table_csv(table)
    body = site.render(
        "compared.html",
        path,
        council=council,
        beside=beside,
        tables=tables,
        formerly=said_of_former(
            every[str(row["peer_code"])].name for row in rows if row["is_former"]
        ),
    )
    names = ", ".join(one.name for one in beside[1:])
    return Page(
        path=path,
        title=f"{council.name} beside its nearest peers",
        description=f"{council.name} beside {names}.",
        section="compare",
        body=body,
        crumbs=_CRUMBS,
    )


def _columns(beside: Sequence[Council]) -> tuple[Column, ...]:
    return (
        Column("metric_id", "Metric"),
        Column("period", "Period"),
        *(Column(one.area_code, one.name, is_number=True) for one in beside),
        Column(ENGLAND, "England", is_number=True),
    )


def _row(of_metric: Sequence[Row]) -> list[Cell]:
    first = of_metric[0]
    metric, unit = str(first["metric_id"]), str(first["unit"])
    period = words.period_name(str(first["period_type"]), cast("date", first["period_start"]))
    england = cast("float | None", first["england_value"])
    values = [cast("float | None", row["value"]) for row in of_metric]
    most = max((value for value in (*values, england) if value is not None), default=0.0)
    title = Markup('{} <span class="unit">{}</span>').format(first["title"], words.unit_name(unit))
    return [
        Cell(title, metric, href=f"../metric/{metric}.html", sort=str(first["title"])),
        Cell(period, period),
        *(
            _figure(value, str(row["value_status"] or "missing"), unit, most)
            for value, row in zip(values, of_metric, strict=True)
        ),
        _figure(england, "reported" if england is not None else "missing", unit, most),
    ]


def _figure(value: float | None, status: str, unit: str, most: float) -> Cell:
    """Return a figure over a bar from zero, as long as it is beside the others of its row."""
    said = words.shown(value, status, unit)
    if value is None or most <= 0 or value < 0:
        return Cell(said, value, status=status)
    length = round(value / most * 100, 1)
    bar = Markup(
        '<svg class="bar" viewBox="0 0 100 6" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg>'
    ).format(length)
    return Cell(said + bar, value, status=status)
