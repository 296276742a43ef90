"""Who drove the change in delayed days: councils, responsible bodies and reasons, adding up.

Delayed days of the plan's year less those of the year before, on the councils of the time; with
the residents of other countries they add up to England's change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from publishing.scorecard import words
from publishing.scorecard.cells import chart_cells
from publishing.scorecard.charts import svg, vega
from publishing.scorecard.charts.bars import Bar, bars
from publishing.scorecard.charts.hexmap import MapValue, hexmap
from publishing.scorecard.page import Cell, Chart, Column, Page, Table
from publishing.scorecard.plan_outturn import Outturn, PlanYear, plan_year
from publishing.scorecard.site import Site

PATH = "drivers.html"

_LAST_YEAR = """
    SELECT max(period_start) AS start FROM metric_value
    WHERE metric_id = 'delayed_days' AND area_code = 'E92000001' AND value IS NOT NULL
        AND period_type = 'financial_year' AND boundary = 'as_reported'
        AND segment NOT IN ('straddles_a_break', 'undefined')
"""
_CHANGES = """
    WITH figure AS (
        SELECT area_code, metric_id,
            max(value) FILTER (period_start = $start) AS now,
            max(value) FILTER (period_start = $before) AS before,
            max(lineage_id) FILTER (period_start = $start) AS lineage_id,
            max(lineage_id) FILTER (period_start = $before) AS lineage_id_before,
            count(DISTINCT segment) > 1 AS is_broken
        FROM metric_value
        WHERE metric_id IN (
                'delayed_days', 'delayed_days_nhs', 'delayed_days_social_care',
                'delayed_days_both', 'delayed_days_per_100k_adults')
            AND boundary = $boundary AND period_type = 'financial_year'
            AND period_start IN ($start, $before)
        GROUP BY area_code, metric_id
    ), denominator AS (
        SELECT area_code, denominator AS adults FROM metric_value
        WHERE metric_id = 'delayed_days_per_100k_adults' AND boundary = $boundary
            AND period_type = 'financial_year' AND period_start = $start
    ), place AS (
        SELECT area_code, area_type, arg_max(name, coalesce(valid_from, DATE '1900-01-01')) AS name
        FROM area GROUP BY area_code, area_type
    )
    SELECT d.area_code, place.area_type, coalesce(place.name, d.area_code) AS name,
        d.before, d.now, nhs.now - nhs.before AS nhs,
        social_care.now - social_care.before AS social_care,
        both_.now - both_.before AS both_responsible,
        denominator.adults, d.lineage_id, d.lineage_id_before, d.is_broken
    FROM figure AS d
    JOIN place USING (area_code)
    LEFT JOIN figure AS nhs
        ON nhs.area_code = d.area_code AND nhs.metric_id = 'delayed_days_nhs'
    LEFT JOIN figure AS social_care
        ON social_care.area_code = d.area_code
        AND social_care.metric_id = 'delayed_days_social_care'
    LEFT JOIN figure AS both_
        ON both_.area_code = d.area_code AND both_.metric_id = 'delayed_days_both'
    LEFT JOIN denominator ON denominator.area_code = d.area_code
    WHERE d.metric_id = 'delayed_days'
        AND place.area_type IN ('council', 'country', 'outside_england')
    ORDER BY d.now - d.before DESC NULLS LAST, name
"""
_CAUSES = """
    SELECT v.metric_id, m.title,
        max(v.value) FILTER (v.period_start = $start) AS now,
        max(v.value) FILTER (v.period_start = $before) AS before,
        max(v.lineage_id) FILTER (v.period_start = $start) AS lineage_id,
        max(v.lineage_id) FILTER (v.period_start = $before) AS lineage_id_before
    FROM metric_value AS v JOIN metric AS m USING (metric_id)
    WHERE v.area_code = 'E92000001' AND v.boundary = 'as_reported'
        AND v.period_type = 'financial_year' AND v.period_start IN ($start, $before)
        AND (v.metric_id IN (
                'delayed_days_nhs', 'delayed_days_social_care', 'delayed_days_both')
            OR v.metric_id SIMILAR TO 'delayed_days_reason_[a-z]+')
        AND m.derivation = 'cell'
    GROUP BY v.metric_id, m.title
    HAVING now IS NOT NULL AND before IS NOT NULL
    ORDER BY now - before DESC
"""

_NAMES = """
    SELECT area_code, arg_max(name, coalesce(valid_from, DATE '1900-01-01')) AS name
    FROM area GROUP BY area_code
"""


@dataclass(frozen=True)
class AreaChange:
    """Delayed days of an area in the year and the year before, and its change by body."""

    area_code: str
    area_type: str
    name: str
    before: float | None
    now: float | None
    nhs: float | None
    social_care: float | None
    both_responsible: float | None
    adults: float | None
    lineage_id: str | None
    lineage_id_before: str | None
    is_broken: bool

    @property
    def is_whole(self) -> bool:
        """Whether both years have a figure, and no break lies between them."""
        return self.before is not None and self.now is not None and not self.is_broken

    @property
    def change(self) -> float:
        """Days more than the year before. Raises ValueError where a year has no figure."""
        if self.before is None or self.now is None:
            raise ValueError(f"{self.area_code} has no change: a year has no figure")
        return self.now - self.before

    @property
    def change_per_100k_adults(self) -> float | None:
        """The change for each 100,000 adults of the later year; None without their number."""
        return self.change / self.adults * 100_000 if self.is_whole and self.adults else None


@dataclass(frozen=True)
class CauseChange:
    """England's delayed days by one responsible body or reason, in both years."""

    metric_id: str
    title: str
    now: float
    before: float
    lineage_id: str | None
    lineage_id_before: str | None

    @property
    def change(self) -> float:
        """Days more than the year before."""
        return self.now - self.before

    @property
    def name(self) -> str:
        """The body or reason alone: the title without what all titles say."""
        said = self.title.partition(", ")[2] or self.title
        return said[0].upper() + said[1:]

    @property
    def is_reason(self) -> bool:
        """Whether it is a reason, and not a responsible body."""
        return self.metric_id.startswith("delayed_days_reason")


@dataclass(frozen=True)
class Drivers:
    """The change of a year by area and cause. `councils` have both years, largest rise first."""

    start: date
    england: AreaChange
    councils: tuple[AreaChange, ...]
    outside: tuple[AreaChange, ...]
    without: tuple[AreaChange, ...]
    causes: tuple[CauseChange, ...]

    @property
    def year(self) -> str:
        """The year's name."""
        return words.period_name("financial_year", self.start)

    @property
    def year_before(self) -> str:
        """The name of the year before."""
        return words.period_name("financial_year", _before(self.start))

    @property
    def adds_up(self) -> bool:
        """Whether councils and residents of elsewhere add up to England's change, to the day."""
        parts = sum(one.change for one in (*self.councils, *self.outside))
        return not self.without and round(parts - self.england.change) == 0


def changes(site: Site, plan: PlanYear | None) -> Drivers | None:
    """Return the change of the plan's year, or of the last year; None where a year is missing."""
    last: list[Any] = site.rows(_LAST_YEAR)
    start = plan.start if plan else last[0]["start"]
    if start is None:
        return None
    rows = _areas(site, start, "as_reported")
    england = next((r for r in rows if r.area_type == "country" and r.is_whole), None)
    if england is None:
        return None
    causes: list[Any] = _rows(site, _CAUSES, start)
    councils = [r for r in rows if r.area_type == "council"]
    return Drivers(
        start=start,
        england=england,
        councils=tuple(r for r in councils if r.is_whole),
        outside=tuple(r for r in rows if r.area_type == "outside_england" and r.is_whole),
        without=tuple(r for r in councils if not r.is_whole),
        causes=tuple(CauseChange(**row) for row in causes),
    )


def _areas(site: Site, start: date, boundary: str) -> list[AreaChange]:
    return [AreaChange(**row) for row in _rows(site, _CHANGES, start, boundary)]


def _before(start: date) -> date:
    return start.replace(year=start.year - 1)


def _rows(site: Site, sql: str, start: date, boundary: str | None = None) -> list[Any]:
    named: dict[str, object] = {"start": start, "before": _before(start)}
    if boundary:
        named["boundary"] = boundary
    return list(site.each(sql, named))


def pages(site: Site) -> Iterator[Page]:
    """Give the page of who drove the change."""
    plan = plan_year(site)
    drove = changes(site, plan)
    title = heading(drove)
    body = site.render(
        "drivers.html",
        PATH,
        heading=title,
        drove=drove,
        says=list(findings(drove)) if drove else [],
        largest=[one for one in drove.councils[:10] if one.change > 0] if drove else [],
        causes=[_cause_chart(site, drove, is_reason) for is_reason in (False, True)]
        if drove and drove.causes
        else [],
        ranked=_ranked_chart(site, drove) if drove and drove.councils else None,
        map=map_chart(site, drove, "map"),
        boards=_boards_table(site, plan),
    )
    crumbs = (("England", "index.html"),)
    description = "Councils, responsible bodies and reasons behind the change in delayed days."
    yield Page(PATH, title, description, "overview", body, crumbs)


def heading(drove: Drivers | None) -> str:
    """Say how many councils' delayed days rose, or what the page is about."""
    if drove is None or not drove.councils:
        return "Which councils drove the change in delayed days?"
    rose = sum(one.change > 0 for one in drove.councils)
    return f"Delayed days rose in {rose} of {len(drove.councils)} councils in {drove.year}"


def findings(drove: Drivers) -> Iterator[str]:
    """Say the findings: England, the councils that rose and fell, bodies and reasons."""
    change = drove.england.change
    base = drove.england.before
    of = f" ({words.signed(change / base * 100, 1)}%)" if base else ""
    yield (
        f"England had {_more(change)} delayed days in {drove.year} than in {drove.year_before}{of}."
    )
    rises = [one.change for one in drove.councils if one.change > 0]
    falls = [one.change for one in drove.councils if one.change < 0]
    top = rises[:10]
    if rises:
        share = words.number(sum(top) / sum(rises) * 100)
        yield (
            f"{_councils(len(rises))} had {_more(sum(rises))} together, {_councils(len(falls))} "
            f"{_more(sum(falls))}. The {len(top)} largest rises come to "
            f"{words.number(sum(top))} days: {share}% of all rises."
        )
    for is_reason, what in ((False, "responsible body"), (True, "reason")):
        of_kind = [one for one in drove.causes if one.is_reason is is_reason]
        if of_kind and change > 0 and of_kind[0].change > 0:
            most = of_kind[0]
            yield (
                f"By {what}, the largest part of the rise is “{most.name}”: "
                f"{words.signed(most.change)} days, "
                f"{words.number(most.change / change * 100)}% of England’s rise."
            )


def _more(change: float) -> str:
    return f"{words.number(abs(change))} {'more' if change >= 0 else 'fewer'}"


def _councils(count: int) -> str:
    return f"{count} {'council' if count == 1 else 'councils'}"


def map_chart(site: Site, drove: Drivers | None, chart_id: str) -> Chart | None:
    """Map the change for each 100,000 adults, on the councils of today."""
    if drove is None:
        return None
    by_code = {one.area_code: one for one in _areas(site, drove.start, "current")}
    current: list[Any] = site.rows(
        "SELECT area_code, name FROM area "
        "WHERE area_type = 'council' AND valid_to IS NULL ORDER BY name"
    )
    values: dict[str, MapValue] = {}
    for row in current:
        one = by_code.get(row["area_code"])
        change = one.change_per_100k_adults if one else None
        values[row["area_code"]] = MapValue(change, "reported" if change is not None else "missing")
    if all(one.value is None for one in values.values()):
        return None
    unit = "delayed days more or fewer for each 100,000 adults"
    title = _map_title(drove, [(row["name"], values[row["area_code"]].value) for row in current])
    table = Table(
        f"{chart_id}-table",
        f"Change in delayed days, {drove.year_before} to {drove.year}, for each 100,000 adults",
        (
            Column("council", "Council"),
            Column("change_per_100k_adults", "Change per 100,000 adults", is_number=True),
            Column("change_days", "Change in days", is_number=True),
        ),
        [_map_row(row, by_code.get(row["area_code"])) for row in current],
        csv=f"data/drivers-{chart_id}.csv",
        can_search=True,
    )
    site.write_table_csv(table)
    return Chart(
        chart_id,
        title,
        table.caption,
        hexmap(
            values,
            chart_id=f"{chart_id}-picture",
            title=title,
            description=f"{table.caption}: a hexagon for each council of today, near its place.",
            unit=unit,
            scheme="around_zero",
            decimals=0,
        ),
        table,
        note="On today’s councils: former ones are added up or shared out by population. "
        f"Adults are those of {drove.year}.",
    )


def _map_title(drove: Drivers, rates: Sequence[tuple[str, float | None]]) -> str:
    known = sorted((rate, name) for name, rate in rates if rate is not None)
    (least, low), (most, high) = known[0], known[-1]
    return (
        f"For its size, {drove.year}: {words.signed(most)} days for each 100,000 adults in {high}, "
        f"{words.signed(least)} in {low}"
    )


def _map_row(row: Any, one: AreaChange | None) -> list[Cell]:
    rate = one.change_per_100k_adults if one else None
    change = one.change if one and one.is_whole else None
    return [
        Cell(row["name"], row["area_code"], href=f"council/{row['area_code']}.html"),
        _signed(rate),
        _signed(change),
    ]


def _signed(value: float | None) -> Cell:
    return Cell(words.status_mark("missing") if value is None else words.signed(value), value)


def _cause_chart(site: Site, drove: Drivers, is_reason: bool) -> Chart:
    causes = [one for one in drove.causes if one.is_reason is is_reason]
    what = "reason" if is_reason else "responsible body"
    chart_id = "reasons" if is_reason else "bodies"
    first = causes[0] if causes else None
    title = f"The change by {what}"
    if first and 0 < first.change <= drove.england.change:
        of = words.number(drove.england.change)
        title = f"{first.name}: {words.number(first.change)} of the {of} days more"
    table = Table(
        f"{chart_id}-table",
        f"Delayed days in England by {what}",
        (
            Column("cause", what.capitalize()),
            Column("before", drove.year_before, is_number=True),
            Column("now", drove.year, is_number=True),
            Column("change", "Change", is_number=True),
        ),
        [
            [
                Cell(one.name, one.metric_id, href=f"metric/{one.metric_id}.html"),
                Cell(words.number(one.before), one.before),
                Cell(words.number(one.now), one.now),
                Cell(words.signed(one.change), one.change),
            ]
            for one in causes
        ],
        csv=f"data/drivers-{chart_id}.csv",
    )
    site.write_table_csv(table)
    figures = {}
    for one in causes:
        figures[one.lineage_id or ""] = f"{one.name}, {drove.year}"
        figures[one.lineage_id_before or ""] = f"{one.name}, {drove.year_before}"
    figures.pop("", None)
    cells = chart_cells(site, f"data/drivers-{chart_id}-cells.csv", figures)
    said = "; ".join(f"{one.name} {words.signed(one.change)}" for one in causes)
    return cells.on(
        Chart(
            chart_id,
            title,
            table.caption,
            bars(
                [Bar(one.name, one.change, words.signed(one.change)) for one in causes],
                chart_id=f"{chart_id}-picture",
                title=title,
                description=f"Bars of the change in delayed days by {what}: {said}.",
            ),
            table,
        )
    )


def _ranked_chart(site: Site, drove: Drivers) -> Chart:
    top, bottom = drove.councils[0], drove.councils[-1]
    title = (
        f"From {words.signed(top.change)} days in {top.name} "
        f"to {words.signed(bottom.change)} in {bottom.name}"
    )
    picture = vega.Picture(
        "ranked",
        title,
        f"Columns of the change in delayed days of {len(drove.councils)} councils, "
        f"{drove.year_before} to {drove.year}, the largest rise first. The table has each.",
        partial(_ranked_spec, drove.councils),
    )
    table = _ranked_table(drove)
    site.write_table_csv(table)
    figures: dict[str, str] = {}
    for one in drove.councils:
        figures[one.lineage_id or ""] = f"{one.name}, {drove.year}"
        figures[one.lineage_id_before or ""] = f"{one.name}, {drove.year_before}"
    figures.pop("", None)
    cells = chart_cells(site, "data/drivers-ranked-cells.csv", figures, most=2000)
    return cells.on(
        Chart(
            "ranked",
            title,
            table.caption,
            vega.draw([picture])["ranked"],
            table,
            note="Councils of the time, as the returns name them.",
        )
    )


def _ranked_table(drove: Drivers) -> Table:
    base = drove.england.before or 0.0
    columns = (
        Column("council", "Council"),
        Column("before", drove.year_before, is_number=True),
        Column("now", drove.year, is_number=True),
        Column("change", "Change", is_number=True),
        Column("nhs", "NHS", is_number=True),
        Column("social_care", "Social care", is_number=True),
        Column("both", "Both", is_number=True),
        Column("points", "Points of England’s change", is_number=True),
        Column("per_100k_adults", "Per 100,000 adults", is_number=True),
    )
    rows = [_ranked_row(one, base) for one in (*drove.councils, *drove.outside)]
    return Table(
        "ranked-table",
        f"Change in delayed days by council, {drove.year_before} to {drove.year}",
        columns,
        [*rows, *(_gap_row(one) for one in drove.without), _ranked_row(drove.england, base)],
        csv="data/drivers-ranked.csv",
        can_search=True,
    )


def _ranked_row(one: AreaChange, base: float) -> list[Cell]:
    points = one.change / base * 100 if base else None
    rate = one.change_per_100k_adults
    href = f"council/{one.area_code}.html" if one.area_type == "council" else None
    return [
        Cell(one.name, one.area_code, href=href),
        Cell(words.number(one.before or 0), one.before),
        Cell(words.number(one.now or 0), one.now),
        Cell(words.signed(one.change), one.change),
        _signed(one.nhs),
        _signed(one.social_care),
        _signed(one.both_responsible),
        Cell("" if points is None else words.signed(points, 2), points),
        Cell("" if rate is None else words.signed(rate), rate),
    ]


def _gap_row(one: AreaChange) -> list[Cell]:
    gap = words.status_mark("missing")
    return [
        Cell(one.name, one.area_code, href=f"council/{one.area_code}.html"),
        Cell(gap if one.before is None else words.number(one.before), one.before),
        Cell(gap if one.now is None else words.number(one.now), one.now),
        *(Cell(gap) for _ in range(6)),
    ]


_NAMED = 5
"""How many councils at each end of the columns are named."""

_RISE, _FALL = "#963200", "#2f74ad"


def _ranked_spec(councils: Sequence[AreaChange], width: float) -> vega.Spec:
    is_narrow = width < svg.WIDE
    height = 300 if is_narrow else 340
    highest, lowest = councils[0].change, councils[-1].change
    span = max(highest, 0) - min(lowest, 0) or 1.0
    # The names of both ends stand above zero, which is free on the right.
    top = max(highest, span * 0.45)
    step = span * 16 / height
    across = {"field": "place", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.15}}
    up: vega.Spec = {
        "type": "quantitative",
        "scale": {"domainMax": top},
        "axis": {
            "labelExpr": "datum.value == 0 ? '0' : format(datum.value, '+,')",
            "domain": False,
            "ticks": False,
            "tickCount": 5,
        },
    }
    rises = _named("Largest rises", councils, 1, is_narrow)
    falls = _named("Largest falls", tuple(reversed(councils)), -1, is_narrow)
    columns = [
        {"place": place, "change": one.change, "fill": _RISE if one.change > 0 else _FALL}
        for place, one in enumerate(councils)
    ]
    return {
        "height": height,
        "layer": [
            {
                "data": {"values": columns},
                "mark": {"type": "bar"},
                "encoding": {
                    "x": across,
                    "y": {"field": "change", **up},
                    "color": {"field": "fill", "type": "nominal", "scale": None},
                },
            },
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": svg.INK},
                "encoding": {"y": {"datum": 0}},
            },
            _names(rises, "left", 60 if is_narrow else 70, up, (top, step)),
            # On a phone there is no room for both beside each other.
            _names(falls, "right", "width", up, (top - 5 * step if is_narrow else top, step)),
        ],
    }


def _named(heading: str, councils: Sequence[AreaChange], sign: int, is_narrow: bool) -> list[str]:
    """Return the lines that name the councils of one end, below a heading."""
    ends = [one for one in councils[: 3 if is_narrow else _NAMED] if one.change * sign > 0]
    room = 110.0 if is_narrow else 260.0
    lines = [f"{svg.shortened(one.name, room, 11)} {words.signed(one.change)}" for one in ends]
    return [heading, *lines] if lines else []


def _names(
    lines: Sequence[str],
    align: str,
    at: float | str,
    up: vega.Spec,
    place: tuple[float, float],
) -> vega.Spec:
    """Return lines of text from the top down; `place` is the top and the step in days."""
    top, step = place
    values = [{"line": line, "at": top - number * step} for number, line in enumerate(lines)]
    return {
        "data": {"values": values},
        "mark": {"type": "text", "align": align, "baseline": "top", "fontSize": 11.5},
        "encoding": {
            "x": {"value": at},
            "y": {"field": "at", **up},
            "text": {"field": "line"},
        },
    }


def _boards_table(site: Site, plan: PlanYear | None) -> Table | None:
    """Return plan and outturn of the boards whose own plans are loaded; None without any."""
    rows = [
        row
        for row in (plan.boards if plan else ())
        if row.measure == "delayed_days" and row.scenario == "planned" and row.gap is not None
    ]
    if not rows:
        return None
    names: list[Any] = site.rows(_NAMES)
    name_of = {row["area_code"]: row["name"] for row in names}
    return site.with_csv(
        Table(
            "boards-table",
            f"Plan and outturn of delayed days by board, {plan.name if plan else ''}",
            (
                Column("board", "Board"),
                Column("change_planned", "Planned change", is_number=True),
                Column("change_made", "Change that came", is_number=True),
                Column("gap", "Gap to plan", is_number=True),
                Column("cost_over_plan_gbp", "Cost over plan", is_number=True),
            ),
            [_board_row(row, str(name_of.get(row.area_code, row.area_code))) for row in rows],
            csv="data/drivers-boards.csv",
        )
    )


def _board_row(row: Outturn, name: str) -> list[Cell]:
    cost = row.cost_over_plan
    return [
        Cell(name, row.area_code, href=f"council/{row.area_code}.html"),
        _signed(row.change_planned),
        _signed(row.change_made),
        _signed(row.gap),
        Cell(words.status_mark("missing") if cost is None else words.money(cost), cost),
    ]
