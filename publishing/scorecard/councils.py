"""Councils: the list of them, and a page for each, of today and former."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import cast

from markupsafe import Markup

from publishing.scorecard import council as council_page
from publishing.scorecard import council_delays, words
from publishing.scorecard.council import Council, Councils
from publishing.scorecard.council_figures import (
    CouncilFigure,
    council_figures,
    formerly_in_words,
)
from publishing.scorecard.council_rows import by_council
from publishing.scorecard.page import Cell, Column, Page, Table, figure_cell
from publishing.scorecard.site import Site

HEADLINES = (
    "delayed_days_per_day_per_100k_adults",
    "nonelective_admissions_per_100k",
    "care_home_admissions_65_plus",
    "reablement_at_home",
    "care_satisfaction",
    "asc_net_current_outturn_real_per_adult",
)
"""What the list of councils shows of each: the first of these that have figures of councils."""

MOST_HEADLINES = 5

_HEADLINES = """
    SELECT s.metric_id, any_value(m.title) AS title, s.unit, s.period_type, s.period_start,
        any_value(s.england_value) AS england
    FROM scorecard AS s JOIN metric AS m USING (metric_id)
    WHERE s.area_type = 'council' AND list_contains(?, s.metric_id) AND s.value IS NOT NULL
    GROUP BY s.metric_id, s.unit, s.period_type, s.period_start
    ORDER BY count(*), s.period_start, s.period_type DESC
"""
_LAST = """
    SELECT v.metric_id, m.title, m.unit, v.period_type, v.period_start, v.value, v.value_status
    FROM metric_value AS v JOIN metric AS m USING (metric_id)
    WHERE v.area_code = ? AND v.boundary = 'as_reported' AND v.value IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY v.metric_id ORDER BY v.period_end DESC, v.period_start
    ) = 1
    ORDER BY v.metric_id
"""


def pages(site: Site) -> Iterator[Page]:
    """Give the list of councils, then the page of each."""
    every = council_page.councils(site)
    yield _list(site, every)
    for one in every.values():
        if one.is_former:
            yield _former(site, one, every)
    england = council_delays.england(site)
    current = [one.area_code for one in every.values() if not one.is_former]
    for code, rows in by_council(site, current, _continued(every)):
        yield council_page.page(site, every[code], rows, every, england)


def _continued(every: Councils) -> dict[str, str]:
    """Return which council of today continues a former one whole, and that one alone."""
    befores = ((one, council_page.one_before(one, every)) for one in every.values())
    return {
        before.area_code: one.area_code for one, before in befores if before and not one.is_former
    }


def headlines(site: Site, wanted: tuple[str, ...], most: int) -> list[dict[str, object]]:
    """Return the metrics of a list that councils have, each with the period that most have."""
    # The last of each metric in the order of the query stays.
    found = {str(row["metric_id"]): row for row in site.each(_HEADLINES, [list(wanted)])}
    return [found[metric] for metric in wanted if metric in found][:most]


def headline_figures(
    site: Site, shown: Sequence[Mapping[str, object]]
) -> dict[tuple[str, str], CouncilFigure]:
    """Return the figure of each council and headline metric, of the headline's period."""
    return {
        (one.area_code, str(row["metric_id"])): one
        for row in shown
        for one in council_figures(
            site,
            str(row["metric_id"]),
            str(row["period_type"]),
            cast("date", row["period_start"]),
        )
    }


def headline_column(row: Mapping[str, object]) -> Column:
    """Return the column of a headline metric, which names its period, and its unit in small.

    A rate whose title says what it is for each of has no unit: it would say the same again.
    """
    period = words.period_name(str(row["period_type"]), cast("date", row["period_start"]))
    title, unit = str(row["title"]), str(row["unit"])
    small = period if " for each " in title else f"{words.unit_name(unit)}, {period}"
    heading = Markup('{} <span class="unit">{}</span>').format(title, small)
    return Column(str(row["metric_id"]), heading, is_number=True)


def headline_cell(figure: CouncilFigure | None, unit: str) -> Cell:
    """Return the cell of a figure; one that is not there has the sign of its status."""
    if figure is None:
        return figure_cell(None, "missing", unit)
    return figure_cell(figure.value, figure.value_status, unit)


def _list(site: Site, every: Councils) -> Page:
    current = [one for one in every.values() if not one.is_former]
    former = [one for one in every.values() if one.is_former]
    path = "councils.html"
    shown = headlines(site, HEADLINES, MOST_HEADLINES)
    figures = headline_figures(site, shown)
    table = _list_table(current, shown, figures) if current else None
    if table:
        site.write_table_csv(table)
    body = site.render(
        "councils.html",
        path,
        table=table,
        regions=_by_region(current),
        former=former,
        every=every,
        formerly=formerly_in_words(figures.values()),
    )
    return Page(
        path=path,
        title="Councils",
        description="Every council with social-care duties, by region, with its figures.",
        section="councils",
        body=body,
        crumbs=(("England", "index.html"),),
    )


def _by_region(current: list[Council]) -> list[tuple[str, list[Council]]]:
    regions = sorted({one.region or "" for one in current})
    return [
        (name or "No region", [c for c in current if (c.region or "") == name]) for name in regions
    ]


def _list_table(
    current: Sequence[Council],
    shown: Sequence[Mapping[str, object]],
    figures: Mapping[tuple[str, str], CouncilFigure],
) -> Table:
    return Table(
        id="councils",
        caption="Councils of today and a few of their last figures",
        columns=(
            Column("name", "Council"),
            Column("area_code", "Code"),
            Column("region", "Region"),
            *(headline_column(row) for row in shown),
        ),
        rows=[
            [
                Cell(one.name, one.name, href=one.path),
                Cell(one.area_code, one.area_code),
                Cell(one.region or "", one.region),
                *(
                    headline_cell(
                        figures.get((one.area_code, str(row["metric_id"]))), str(row["unit"])
                    )
                    for row in shown
                ),
            ]
            for one in current
        ],
        csv="data/councils-councils.csv",
        can_search=True,
    )


def _former(site: Site, council: Council, every: Councils) -> Page:
    rows = site.rows(_LAST, [council.area_code])
    table = Table(
        id="last",
        caption=f"The last figures of {council.name}",
        columns=(
            Column("metric_id", "Metric"),
            Column("period", "Period"),
            Column("value", "Figure", is_number=True),
            Column("unit", "Unit"),
        ),
        rows=[_last_row(row) for row in rows],
        csv=f"data/council/{council.area_code}-last.csv",
    )
    site.write_table_csv(table)
    body = site.render(
        "former_council.html",
        council.path,
        council=council,
        successors=list(council_page.names(council.successors, every)),
        is_continued=council.area_code in _continued(every),
        table=table,
    )
    return Page(
        path=council.path,
        title=f"{council.name}, to {words.day(council.valid_to)}",
        description=f"{council.name} was a council until {words.day(council.valid_to)}.",
        section="councils",
        body=body,
        crumbs=(("England", "index.html"), ("Councils", "councils.html")),
    )


def _last_row(row: Mapping[str, object]) -> list[Cell]:
    period = words.period_name(str(row["period_type"]), cast("date", row["period_start"]))
    value, unit = cast("float | None", row["value"]), str(row["unit"])
    metric = str(row["metric_id"])
    return [
        Cell(str(row["title"]), metric, href=f"../metric/{metric}.html"),
        Cell(period, period),
        figure_cell(value, str(row["value_status"]), unit),
        Cell(words.unit_name(unit), unit),
    ]
