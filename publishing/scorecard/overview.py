"""The overview of England: was the plan met, by how much not, what it cost, who drove it, whence.

It answers in its first screen, from mart `bcf_outturn`; then come the latest figures, a map, and
what changed in this release. Where the marts have no plan, it says so and shows the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from publishing.scorecard import drivers, plan_charts, words
from publishing.scorecard.cells import chart_cells
from publishing.scorecard.charts import vega
from publishing.scorecard.charts.hexmap import MapValue, hexmap
from publishing.scorecard.claims import VERDICTS, verdict_of
from publishing.scorecard.council_figures import (
    CouncilFigure,
    council_figures,
    formerly_in_words,
)
from publishing.scorecard.latest import latest_table
from publishing.scorecard.page import Cell, Chart, Column, Page, Table, figure_cell
from publishing.scorecard.plan_outturn import (
    OUTTURN_SOURCES,
    SCENARIOS,
    Outturn,
    PlanYear,
    made_in_words,
    plan_year,
    planned_in_words,
    sentences,
)
from publishing.scorecard.release_changes import release_changes
from publishing.scorecard.site import Site

PATH = "index.html"

MAPPED = (
    "discharged_on_ready_date",
    "average_discharge_delay",
    "reablement_at_home",
    "care_home_admissions_65_plus",
)
"""Metrics of leaving hospital: the first that councils have a figure of is on the second map."""

_CLAIMS = """
    SELECT c.claim_id, c.claim, c.kind, c.published_value, c.published_unit,
        c.published_precision, c.computed_value, c.verdict, c.is_synthetic, c.source
    FROM claim AS c
    WHERE c.programme_id IN (
        SELECT o.programme_id FROM commitment AS o JOIN metric_plan AS p
            ON p.claim_id = o.target_claim_id
        WHERE p.period_start = ?
    )
    AND c.period = ? AND c.area_code = 'E92000001' AND c.kind IN ('plan', 'outturn')
    AND c.restates_claim_id IS NULL AND c.published_value IS NOT NULL
    ORDER BY c.claim_id
"""
_NOT_MEASURED = """
    SELECT DISTINCT o.commitment, o.status, o.status_why, o.programme_id
    FROM commitment AS o
    WHERE o.unit = 'GBP m' AND o.status = 'never_measured' AND o.programme_id IN (
        SELECT t.programme_id FROM commitment AS t JOIN metric_plan AS p
            ON p.claim_id = t.target_claim_id
        WHERE p.period_start = ?
    )
"""
_MAPPED = """
    SELECT s.metric_id, m.title, m.polarity, s.unit, s.period_type, max(s.period_start) AS start,
        list_position($mapped, s.metric_id) AS place
    FROM scorecard AS s JOIN metric AS m USING (metric_id)
    WHERE s.area_type = 'council' AND s.value IS NOT NULL
    GROUP BY ALL HAVING place > 0 ORDER BY place, start DESC LIMIT 1
"""


@dataclass(frozen=True)
class Answer:
    """A question that a reader brings, the short answer, the words beside it, and a link on."""

    question: str
    short: str
    says: str
    href: str
    link: str


def pages(site: Site) -> Iterator[Page]:
    """Give the overview."""
    plan = plan_year(site)
    drove = drivers.changes(site, plan)
    pictures = _pictures(site, plan)
    claims: list[Any] = site.rows(_CLAIMS, [plan.start, plan.name]) if plan else []
    changed = release_changes(site)
    body = site.render(
        "overview.html",
        PATH,
        heading=heading(plan),
        sentences=list(sentences(plan.headlines())) if plan else [],
        answers=list(answers(site, plan, drove)) if plan else [],
        plan=plan,
        plan_table=_plan_table(site, plan) if plan else None,
        charts=pictures,
        published_only=_published_only(plan) if plan else [],
        claims=_claims_table(site, plan, claims) if plan and claims else None,
        verdicts=_verdicts(claims),
        latest=_written(site, latest_table(site)),
        maps=[one for one in (drivers.map_chart(site, drove, "driver-map"), _map(site)) if one],
        changed=changed,
        changes_table=_written(site, changed.table()),
        largest_table=_written(site, changed.largest_table()),
    )
    yield Page(PATH, heading(plan), _description(plan), "overview", body)


def heading(plan: PlanYear | None) -> str:
    """Ask what a reader asks, and answer it where the marts can."""
    verdict = plan.verdict() if plan else None
    if plan is None or verdict is None:
        return "Is joining up health and social care working?"
    said = {"met": "Yes", "missed": "No", "met in part": "Only in part"}[verdict]
    return f"Was the {plan.name} plan to join up care met? {said}."


def _description(plan: PlanYear | None) -> str:
    said = " ".join(sentences(plan.headlines())) if plan else ""
    return said or "Measures of how health and social care in England work together."


def answers(site: Site, plan: PlanYear, drove: drivers.Drivers | None) -> Iterator[Answer]:
    """Give the questions of 2017 with their answers, from the marts."""
    rows = plan.headlines()
    verdict = {"met": "Yes", "missed": "No", "met in part": "In part"}[plan.verdict() or "missed"]
    planned = "; ".join(f"{row.name}, {planned_in_words(row)}" for row in rows)
    yield Answer("Was the plan met?", verdict, f"Planned: {planned}.", "#plan", "Plan and outturn")
    short = ", ".join(f"{words.signed(row.gap or 0)} {_noun(row)}" for row in rows)
    gaps = "; ".join(f"{row.name}, {made_in_words(row)}" for row in rows)
    yield Answer(
        "By how much was it missed?" if verdict != "Yes" else "By how much?",
        short,
        f"Against the plan. What came: {gaps}.",
        "#trend",
        "The years before and after",
    )
    yield from _cost_answer(site, plan)
    yield from _driver_answer(drove)
    yield Answer(
        "Where do the numbers come from?",
        "Each has its source",
        "Published figures lead to the report and its paragraph; figures from open returns to the "
        "cell of the publisher’s file.",
        "#sources",
        "Claims and source cells",
    )


def _not_measured(site: Site, plan: PlanYear) -> list[Any]:
    """Return the promised saving that nobody measured, where the marts have one of the plan."""
    found: list[Any] = site.rows(_NOT_MEASURED, [plan.start])
    return found


def _noun(row: Outturn) -> str:
    return row.name.rpartition(" ")[2]


def _cost_answer(site: Site, plan: PlanYear) -> Iterator[Answer]:
    cost = plan.cost()
    if cost is None or cost.cost_over_plan is None:
        return
    saving, _ = plan.counted_saving()
    than = "More" if cost.cost_over_plan >= 0 else "Less"
    parts = [f"{than} than planned, at the plan’s own prices: {plan_charts.cost_in_words(cost)}."]
    if saving:
        parts.append(f"Plans were to save £{saving / 1e6:,.0f}m.")
    if _not_measured(site, plan):
        parts.append("Nobody tracked what was saved.")
    short = words.money(cost.cost_over_plan)
    yield Answer("What did it cost?", short, " ".join(parts), "#cost", "Other ways to price it")


def _driver_answer(drove: drivers.Drivers | None) -> Iterator[Answer]:
    if drove is None or not drove.councils:
        return
    top = [one for one in drove.councils[:3] if one.change > 0]
    names = ", ".join(f"{one.name} ({words.signed(one.change)})" for one in top)
    rose = sum(one.change > 0 for one in drove.councils)
    yield Answer(
        "Which councils drove it?",
        f"{rose} of {len(drove.councils)} had more delayed days",
        f"The largest rises: {names}." if names else "No council’s delayed days rose.",
        "drivers.html",
        "Every council, by cause",
    )


_PLAN_COLUMNS = (
    Column("measure", "Measure"),
    Column("outturn_source", "Outturn"),
    Column("change_planned", "Planned change", is_number=True),
    Column("change_made", "Change that came", is_number=True),
    Column("gap", "Gap to plan", is_number=True),
    Column("cost_over_plan_gbp", "Cost over plan", is_number=True),
    Column("cost_over_plan_lower_gbp", "from", is_number=True),
    Column("cost_over_plan_upper_gbp", "to", is_number=True),
    Column("plan_version", "Version of the plan"),
    Column("source", "Where from"),
)


def _plan_table(site: Site, plan: PlanYear) -> Table:
    together = plan.cost()
    rows = [*plan.measures(), *([together] if together and together.measure == "both" else [])]
    return site.with_csv(
        Table(
            "plan-table",
            f"Plan and outturn, England, {plan.name}; cost at the plan’s own prices",
            _PLAN_COLUMNS,
            [_plan_row(row) for row in rows],
            csv="data/index-plan.csv",
        )
    )


def _published_only(plan: PlanYear) -> list[str]:
    """Return the measures whose outturn no open return gives, as readers call them."""
    rows = [row for row in plan.measures() if row.outturn_source != "board_returns"]
    is_open = {row.measure for row in rows if row.outturn_source == "open_returns"}
    return list(dict.fromkeys(row.name for row in rows if row.measure not in is_open))


def _plan_row(row: Outturn) -> list[Cell]:
    source = words.source_for_readers(row.source or "")
    is_open = row.outturn_source == "open_returns"
    where = OUTTURN_SOURCES.get(row.outturn_source, row.outturn_source)
    return [
        Cell(row.name[0].upper() + row.name[1:], row.measure),
        Cell("" if row.measure == "both" else where, row.outturn_source),
        _change(row.change_planned),
        _change(row.change_made),
        _change(row.gap),
        *(_money(one) for one in _costs(row)),
        Cell(row.plan_version.replace("_", " "), row.plan_version),
        Cell(
            "cells" if is_open else "report",
            source,
            href="#trend" if is_open else "#sources",
        ),
    ]


def _costs(row: Outturn) -> tuple[float | None, float | None, float | None]:
    return row.cost_over_plan, row.cost_over_plan_lower, row.cost_over_plan_upper


def _change(value: float | None) -> Cell:
    return Cell("" if value is None else words.signed(value), value)


def _money(value: float | None) -> Cell:
    return Cell("" if value is None else words.money(value), value)


def _pictures(site: Site, plan: PlanYear | None) -> list[Chart]:
    """Draw the big charts at once, in a process that ends here, and put their tables beside."""
    found, level = plan_charts.years(site), plan_charts.planned_level(plan)
    wanted = [plan_charts.trend_picture(found, level)] if found else []
    if plan and any(row.cost_over_plan is not None for row in plan.costs()):
        wanted.append(plan_charts.cost_picture(plan))
    drawn = vega.draw(wanted)
    charts: list[Chart] = []
    for picture in wanted:
        if picture.chart_id == "trend":
            charts.append(_trend_chart(site, picture, drawn["trend"], found, level))
        elif plan:
            charts.append(_cost_chart(site, picture, drawn["cost"], plan))
    return charts


def _trend_chart(
    site: Site,
    picture: vega.Picture,
    drawn: Markup,
    found: Sequence[plan_charts.Year],
    level: Outturn | None,
) -> Chart:
    table = Table(
        "trend-table",
        "Delayed days in England by financial year",
        (
            Column("year", "Year"),
            Column("delayed_days", "Delayed days", is_number=True),
            Column("planned_days", "Planned", is_number=True),
            Column("status", "Status"),
        ),
        [_year_row(year, level) for year in found],
        csv="data/index-trend.csv",
    )
    site.write_table_csv(table)
    figures = {one.lineage_id: one.name for one in reversed(found) if one.lineage_id}
    if level:
        # The two years of the plan first: they are what the answer rests on.
        about = (level.period_start.year, level.period_start.year - 1)
        near = [one for one in found if one.period_start.year in about and one.lineage_id]
        figures = {one.lineage_id or "": one.name for one in reversed(near)} | figures
    cells = chart_cells(site, "data/index-trend-cells.csv", figures)
    broken = [one.name for one in found if one.is_broken]
    note = (
        f"Dashed: the way of counting changed within {', '.join(broken)}; "
        "do not compare across it. "
        if broken
        else ""
    ) + "A delayed day is a day that a patient ready to leave spent in a hospital bed."
    return cells.on(
        Chart(
            picture.chart_id,
            picture.title,
            picture.description,
            drawn,
            table,
            note=note,
        )
    )


def _year_row(year: plan_charts.Year, level: Outturn | None) -> list[Cell]:
    planned = level.planned if level and level.period_start == year.period_start else None
    status = "a break falls into it" if year.is_broken else year.value_status
    return [
        Cell(year.name, year.name),
        figure_cell(year.value, year.value_status, "days"),
        Cell("" if planned is None else words.number(planned), planned),
        Cell(status.replace("_", " "), status),
    ]


_COST_COLUMNS = (
    Column("measure", "Measure"),
    Column("priced_by", "Priced by"),
    Column("unit_value_gbp", "One admission or day", is_number=True),
    Column("cost_over_plan_gbp", "Cost over plan", is_number=True),
    Column("lower_gbp", "from", is_number=True),
    Column("upper_gbp", "to", is_number=True),
    Column("meaning", "What the price is", is_prose=True),
    Column("source", "Source of the price", is_prose=True),
)


def _cost_chart(site: Site, picture: vega.Picture, drawn: Markup, plan: PlanYear) -> Chart:
    table = Table(
        "cost-table",
        f"Cost over plan, England, {plan.name}, prices of the year",
        _COST_COLUMNS,
        [_cost_row(row) for row in plan.costs()],
        csv="data/index-cost.csv",
    )
    site.write_table_csv(table)
    note = escape(
        "The plan’s own price of an admission or a day is the saving that was planned divided by "
        "the fall that was planned. It is no cash: wards and staff stay when a patient does not "
        "come. The black line is the range that the rounding of published figures leaves open."
    )
    for row in _not_measured(site, plan):
        link = Markup(' <a href="programme/{}.html">What was promised</a>')
        note += f" {row['status_why']}" + link.format(row["programme_id"])
    return Chart(picture.chart_id, picture.title, picture.description, drawn, table, note=note)


def _cost_row(row: Outturn) -> list[Cell]:
    meaning = words.source_for_readers(row.unit_value_meaning or "")
    source = words.source_for_readers(row.unit_value_source or row.source or "")
    return [
        Cell(row.name[0].upper() + row.name[1:], row.measure),
        Cell(SCENARIOS.get(row.scenario, row.scenario), row.scenario),
        Cell("" if row.unit_value is None else f"£{row.unit_value:,.0f}", row.unit_value),
        *(_money(one) for one in _costs(row)),
        Cell(meaning, meaning),
        Cell(source, source),
    ]


_CLAIM_COLUMNS = (
    Column("claim_id", "Claim"),
    Column("claim", "What was published", is_prose=True),
    Column("published", "Published"),
    Column("computed", "Worked out here"),
    Column("verdict", "Verdict"),
    Column("source", "Where it was published", is_prose=True),
)


def _verdicts(claims: Sequence[Any]) -> list[tuple[str, str]]:
    """Return name and meaning of the verdicts that these claims have, in their order."""
    had = {verdict_of(row) for row in claims}
    return [said for verdict, said in VERDICTS.items() if verdict in had]


def _claims_table(site: Site, plan: PlanYear, rows: Sequence[Any]) -> Table:
    return site.with_csv(
        Table(
            "claims-table",
            f"What was published of {plan.name}, and whether it can be reproduced",
            _CLAIM_COLUMNS,
            [_claim_row(row) for row in rows],
            csv="data/index-claims.csv",
        )
    )


def _claim_row(row: Any) -> list[Cell]:
    unit, step = row["published_unit"], row["published_precision"]
    computed = row["computed_value"]
    source = words.source_for_readers(row["source"] or "")
    return [
        Cell(row["claim_id"], row["claim_id"], href=f"claims.html#{row['claim_id']}"),
        Cell(row["claim"], row["claim"]),
        Cell(words.stated(row["published_value"], unit, step), row["published_value"]),
        Cell("" if computed is None else words.stated(computed, unit, step), computed),
        Cell(VERDICTS[verdict_of(row)][0], row["verdict"]),
        Cell(source, source),
    ]


def _map(site: Site) -> Chart | None:
    """Map the latest figure of leaving hospital that councils have."""
    of: list[Any] = site.rows(_MAPPED, {"mapped": list(MAPPED)})
    if not of:
        return None
    metric = of[0]
    period = words.period_name(metric["period_type"], metric["start"])
    rows = council_figures(site, metric["metric_id"], metric["period_type"], metric["start"])
    known = [(one.value, one.name) for one in rows if one.value is not None]
    best = known[0] if metric["polarity"] == "higher" else known[-1]
    worst = known[-1] if metric["polarity"] == "higher" else known[0]
    unit = metric["unit"]
    ends = [words.value_in_words(value, unit) for value, _ in (worst, best)]
    title = f"{metric['title']}, {period}: from {ends[0]} in {worst[1]} to {ends[1]} in {best[1]}"
    table = Table(
        "latest-map-table",
        f"{metric['title']} by council, {period}, {unit}",
        (Column("council", "Council"), Column("value", "Value", is_number=True)),
        [_map_row(row, unit) for row in rows],
        csv="data/index-latest-map.csv",
        can_search=True,
    )
    site.write_table_csv(table)
    figures = {r.lineage_id: r.name for r in rows if r.lineage_id and r.value is not None}
    cells = chart_cells(site, "data/index-latest-map-cells.csv", figures, shown=10)
    picture = hexmap(
        {row.area_code: MapValue(row.value, row.value_status) for row in rows},
        chart_id="latest-map",
        title=title,
        description=f"{table.caption}: a hexagon for each council, near its place.",
        unit=unit,
    )
    note = Markup('{} <a href="metric/{}.html">All of this measure</a>').format(
        formerly_in_words(rows), metric["metric_id"]
    )
    return cells.on(
        Chart(
            "latest-map",
            title,
            table.caption,
            picture,
            table,
            note=note,
        )
    )


def _map_row(row: CouncilFigure, unit: str) -> list[Cell]:
    return [
        Cell(row.name, row.area_code, href=f"council/{row.area_code}.html"),
        figure_cell(row.value, row.value_status, unit),
    ]


def _written(site: Site, table: Table | None) -> Table | None:
    if table is not None:
        site.write_table_csv(table)
    return table
