"""Councils side by side: a page to choose from, and one for each council and its nearest peers.

The page to choose from holds everything in its table. Its script only hides what is not chosen and
sets the rest side by side; without it the whole table is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
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
from publishing.scorecard.metric_figures import councils_compared, metrics
from publishing.scorecard.page import Cell, Column, Page, Table
from publishing.scorecard.peer_places import Place, place_of
from publishing.scorecard.site import Site
from publishing.scorecard.vocabularies import Group, grouped

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

_SHOWN = """
    SELECT s.area_code, s.metric_id, m.title, m.polarity, s.boundary, s.unit, s.period_type,
        s.period_start, s.segment, s.england_value, s.peers_below, s.peers_above,
        s.peers_with_a_value
    FROM scorecard AS s JOIN metric AS m USING (metric_id)
    WHERE s.area_type = 'council' AND s.value IS NOT NULL
        AND s.metric_id IN (SELECT metric_id FROM scorecard WHERE peer_median IS NOT NULL)
    QUALIFY row_number() OVER (
        PARTITION BY s.metric_id, s.area_code ORDER BY s.period_end DESC, s.period_start
    ) = 1
    ORDER BY s.area_code, s.metric_id
"""
_FIGURES = f"""
    WITH continued AS ({CONTINUED}),
    asked AS (SELECT DISTINCT metric_id, boundary, period_type, period_start FROM ({_SHOWN}))
    SELECT v.metric_id, v.period_type, v.period_start,
        coalesce(continued.area_code, v.area_code) AS area_code, v.value, v.value_status,
        v.segment, continued.area_code IS NOT NULL AS is_former
    FROM metric_value AS v JOIN asked USING (metric_id, boundary, period_type, period_start)
    LEFT JOIN continued ON continued.former = v.area_code
    -- A period of both codes is the council's own.
    ORDER BY is_former DESC
"""  # noqa: S608 - both are ours
_PEERS = """
    SELECT area_code, peer_code FROM peer WHERE is_latest_vintage ORDER BY area_code, peer_rank
"""
_CRUMBS = (("England", "index.html"), ("Compare", "compare.html"))


def pages(site: Site) -> Iterator[Page]:
    """Give the page to choose from, then each council beside its nearest peers."""
    every = councils(site)
    with_peers = {str(row["area_code"]) for row in site.each(_CODES_WITH_PEERS)}
    yield _choose(site, every, with_peers)
    peers: dict[str, list[str]] = {}
    for row in site.each(_PEERS):
        peers.setdefault(str(row["area_code"]), []).append(str(row["peer_code"]))
    figures = _figures(site) if with_peers else {}
    ranked = _ranked(site, {metric for metric, _, _ in figures})
    shown = ByArea(site.each(_SHOWN))
    for code in sorted(with_peers & set(every)):
        beside = [every[one] for one in (code, *peers[code]) if one in every]
        by_metric = _with_figures(shown.take(code), beside, figures)
        yield _beside_peers(site, beside, by_metric, ranked)


def _ranked(site: Site, shown: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the councils that have a row on the page of each metric."""
    return {
        one.metric_id: councils_compared(site, one)
        for one in metrics(site)
        if one.metric_id in shown
    }


Period = tuple[str, str, object]
"""A metric, and the length and first day of a period."""


def _figures(site: Site) -> dict[Period, dict[str, Row]]:
    """Return the figures of every period that some council is shown with, by council."""
    found: dict[Period, dict[str, Row]] = {}
    for row in site.each(_FIGURES):
        at = found.setdefault(_period(row), {})
        at[str(row["area_code"])] = {name: row[name] for name in _OF_A_COUNCIL}
    return found


_OF_A_COUNCIL = ("value", "value_status", "segment", "is_former")
_NO_FIGURE: Row = {"value": None, "value_status": "missing", "segment": None, "is_former": False}


def _period(row: Row) -> Period:
    return str(row["metric_id"]), str(row["period_type"]), row["period_start"]


def _with_figures(
    shown: Sequence[Row], beside: Sequence[Council], figures: Mapping[Period, Mapping[str, Row]]
) -> dict[str, list[Row]]:
    """Return a row for each council of `beside` of every metric that is shown, by metric."""
    return {
        str(row["metric_id"]): [
            {**row, "name": one.name, **figures[_period(row)].get(one.area_code, _NO_FIGURE)}
            for one in beside
        ]
        for row in shown
    }


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
            Cell("Nearest peers", None, href=f"compare/{one.area_code}.html")
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
            Column("beside", "Its peers"),
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


def _beside_peers(
    site: Site,
    every: Sequence[Council],
    by_metric: Mapping[str, Sequence[Row]],
    ranked: Mapping[str, Collection[str]],
) -> Page:
    """Return the page of the first council of `every`; the others are its peers, nearest first."""
    council, beside = every[0], every[: NEAREST + 1]
    path = f"compare/{council.area_code}.html"
    tables = [
        (
            group.title,
            Table(
                id=f"c-{group.id}",
                caption=f"{group.title}: {council.name} and its nearest peers",
                columns=_columns(beside),
                rows=[_row(by_metric[one][: NEAREST + 1]) for one in ids],
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
        places=[(group.title, found) for group, found in _places(by_metric)],
        ranked={metric for metric, of in ranked.items() if council.area_code in of},
        formerly=said_of_former(
            str(row["name"])
            for of_metric in by_metric.values()
            for row in of_metric
            if row["is_former"] and row["value"] is not None
        ),
    )
    names = words.listed([one.name for one in beside[1:]])
    return Page(
        path=path,
        title=f"{council.name} beside its nearest peers",
        description=f"{council.name} beside {names}.",
        section="compare",
        body=body,
        crumbs=_CRUMBS,
    )


def _places(by_metric: Mapping[str, Sequence[Row]]) -> Iterator[tuple[Group, list[Place]]]:
    """Give the groups of metrics with the council's place among all its peers in each."""
    for group, ids in grouped(by_metric):
        if found := [place for one in ids if (place := place_of(by_metric[one]))]:
            yield group, found


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
