"""The big charts of the overview: delayed days by year beside the plan, and what missing it cost.

Each is a Vega-Lite specification made from rows of the marts; `charts.vega` draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from publishing.headlines import NO_SEGMENT
from publishing.scorecard import words
from publishing.scorecard.charts import svg
from publishing.scorecard.charts.vega import Picture, Spec
from publishing.scorecard.plan_outturn import SCENARIOS, Outturn, PlanYear
from publishing.scorecard.site import Site

_YEARS = """
    SELECT period_start, value, value_status, segment, lineage_id
    FROM metric_value
    WHERE metric_id = 'delayed_days' AND area_code = 'E92000001'
        AND period_type = 'financial_year' AND boundary = 'as_reported'
    ORDER BY period_start
"""


@dataclass(frozen=True)
class Year:
    """England's delayed days of a financial year."""

    period_start: date
    value: float | None
    value_status: str
    segment: str | None
    lineage_id: str | None

    @property
    def name(self) -> str:
        """The year as people write it."""
        return words.period_name("financial_year", self.period_start)

    @property
    def is_broken(self) -> bool:
        """Whether the way of counting changed within the year."""
        return self.segment in NO_SEGMENT


def years(site: Site) -> list[Year]:
    """Return the financial years of England's delayed days, gaps included."""
    rows: list[Any] = site.rows(_YEARS)
    found = [Year(**row) for row in rows]
    known = [number for number, year in enumerate(found) if year.value is not None]
    return found[known[0] : known[-1] + 1] if known else []


def planned_level(plan: PlanYear | None) -> Outturn | None:
    """Return the row that has the level of delayed days that was planned for the year."""
    rows = plan.measures() if plan else ()
    return next((r for r in rows if r.measure == "delayed_days" and r.planned is not None), None)


def trend_title(found: Sequence[Year], level: Outturn | None) -> str:
    """Say what came of the plan in per cent, or what is shown where there was none."""
    if level and level.baseline and None not in (level.change_made, level.change_planned):
        name = words.period_name("financial_year", level.period_start)
        made, planned = level.change_made or 0.0, level.change_planned or 0.0
        came = f"{'rose' if made > 0 else 'fell'} by {_percent(made, level.baseline)}"
        plan = f"a {'rise' if planned > 0 else 'fall'} of {_percent(planned, level.baseline)}"
        return (
            f"Delayed days {came if made else 'did not change'} in {name}; "
            f"the plan was {plan if planned else 'no change'}"
        )
    return f"Delayed days in England, {found[0].name} to {found[-1].name}"


def _percent(change: float, base: float) -> str:
    return f"{words.number(abs(change) / base * 100)}%"


def trend_picture(found: Sequence[Year], level: Outturn | None) -> Picture:
    """Return the columns of the years with the planned level as a mark of its own."""
    figures = "; ".join(
        f"{year.name} {'not complete' if year.value is None else words.number(year.value)}"
        for year in found
    )
    planned = ""
    if level and level.planned is not None:
        name = words.period_name("financial_year", level.period_start)
        planned = f" Planned for {name}: {words.number(level.planned)}."
    broken = [year.name for year in found if year.is_broken]
    breaks = f" The way of counting changed in {', '.join(broken)}." if broken else ""
    return Picture(
        "trend",
        trend_title(found, level),
        f"Columns of delayed days in England by financial year: {figures}.{planned}{breaks}",
        partial(_trend_spec, list(found), level),
    )


def _trend_spec(found: Sequence[Year], level: Outturn | None, width: float) -> Spec:
    is_narrow = width < svg.WIDE
    rows = [_trend_row(year, level, is_narrow) for year in found]
    axis = {"labelAngle": -90 if is_narrow else 0, "ticks": False, "labelPadding": 6}
    across: Spec = {"field": "year", "type": "ordinal", "sort": None, "axis": axis}
    most = max([year.value or 0 for year in found], default=0)
    up: Spec = {"type": "quantitative", "scale": {"domainMin": 0, "domainMax": most * 1.12}}
    written = (
        "datum.value ? format(datum.value / 1e6, '.1f') + 'm' : '0'"
        if most >= 1e6
        else "format(datum.value, ',')"
    )
    marks: Spec = {"labelExpr": written, "tickCount": 5, "domain": False, "ticks": False}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar"},
            "encoding": {
                # On a phone the columns need the room, and each has its figure.
                "y": {"field": "days", **up, "axis": None if is_narrow else marks},
                "color": {"field": "fill", "type": "nominal", "scale": None},
                "stroke": {"field": "stroke", "type": "nominal", "scale": None},
                "strokeDash": {
                    "condition": {"test": "datum.broken", "value": [4, 3]},
                    "value": [1, 0],
                },
            },
        },
        {
            "mark": {
                "type": "text",
                "dy": -4,
                "baseline": "bottom",
                "fontSize": 11 if is_narrow else svg.TEXT_SIZE,
            },
            "encoding": {
                "y": {"field": "days", **up},
                "text": {"field": "shown"},
                "color": {"value": svg.INK},
            },
        },
        {
            "transform": [{"filter": "datum.sign != ''"}],
            "mark": {"type": "text", "dy": -8},
            "encoding": {"y": {"datum": 0}, "text": {"field": "sign"}},
        },
    ]
    if level and level.planned is not None:
        layers += _plan_layers(is_narrow, up)
    return {
        "height": 300 if not is_narrow else 260,
        "data": {"values": rows},
        "encoding": {"x": across},
        "layer": layers,
    }


def _trend_row(year: Year, level: Outturn | None, is_narrow: bool) -> dict[str, Any]:
    is_year = level is not None and year.period_start == level.period_start
    dark = svg.SERIES[0] if is_year else svg.MUTED
    sign = "" if year.value is not None else words.STATUS_SHOWN[_absent(year.value_status)][0]
    return {
        "year": year.name,
        "days": year.value,
        "shown": _short(year.value, is_narrow),
        "sign": sign,
        "fill": svg.PAPER if year.is_broken else dark,
        "stroke": dark,
        "broken": year.is_broken,
        "planned": level.planned if level is not None and is_year else None,
        "said": ["Plan", _short(level.planned, is_narrow)] if level is not None and is_year else "",
    }


def _plan_layers(is_narrow: bool, up: Spec) -> list[Spec]:
    only = [{"filter": "datum.planned != null"}]
    place = {"field": "planned", **up}
    ticks: list[Spec] = [
        {
            "transform": only,
            "mark": {"type": "tick", "thickness": thickness, "bandSize": 40 if is_narrow else 84},
            "encoding": {"y": place, "color": {"value": color}},
        }
        for thickness, color in ((8, svg.PAPER), (4, svg.SERIES[3]))
    ]
    mark = {
        "type": "text",
        "dy": 18,
        "lineHeight": 15,
        "fontSize": 11 if is_narrow else svg.TEXT_SIZE,
        "fontWeight": 600,
    }
    said = {"y": place, "text": {"field": "said"}, "color": {"value": svg.PAPER}}
    return [*ticks, {"transform": only, "mark": mark, "encoding": said}]


def _short(value: float | None, is_narrow: bool) -> str:
    if value is None:
        return ""
    if value >= 1e6:
        return f"{value / 1e6:.{1 if is_narrow else 2}f}m"
    return words.number(value)


def _absent(status: str) -> str:
    return status if status in words.STATUS_SHOWN else "missing"


def cost_title(plan: PlanYear) -> str:
    """Say what missing the plan cost, at the plan's own prices and at full average cost."""
    own, average = plan.cost(), plan.cost("average")
    if own is None or own.cost_over_plan is None:
        return f"What admissions and days above or below plan were worth in {plan.name}"
    side = "Above" if own.cost_over_plan >= 0 else "Below"
    said = f"{side} plan by {words.money(abs(own.cost_over_plan))} at the plan’s own prices"
    if average is None or average.cost_over_plan is None:
        return said
    return f"{said}, by {words.money(abs(average.cost_over_plan))} at full average cost"


def cost_picture(plan: PlanYear) -> Picture:
    """Return the bars of cost over plan by measure and price, with their ranges."""
    said = "; ".join(f"{_cost_label(row)}: {cost_in_words(row)}" for row in plan.costs())
    return Picture(
        "cost",
        cost_title(plan),
        f"Bars of cost over plan in {plan.name}, with the range that rounding leaves: {said}.",
        partial(_cost_spec, plan.costs()),
    )


def cost_in_words(row: Outturn) -> str:
    """Write a cost with its range: `£311.3m (£307.4m to £315.4m)`."""
    if row.cost_over_plan is None:
        return "not known"
    text = words.money(row.cost_over_plan)
    if row.cost_over_plan_lower is None or row.cost_over_plan_upper is None:
        return text
    lower, upper = words.money(row.cost_over_plan_lower), words.money(row.cost_over_plan_upper)
    return text if lower == upper else f"{text} ({lower} to {upper})"


def _cost_label(row: Outturn) -> str:
    name = row.name[0].upper() + row.name[1:]
    return f"{name}, {SCENARIOS.get(row.scenario, row.scenario)}"


def _cost_spec(rows: Sequence[Outturn], width: float) -> Spec:
    is_narrow = width < svg.WIDE
    values = [
        {
            "label": _cost_label(row),
            "cost": row.cost_over_plan,
            "lower": row.cost_over_plan_lower,
            "upper": row.cost_over_plan_upper,
            "end": max(row.cost_over_plan_upper or 0, row.cost_over_plan or 0, 0),
            "shown": words.money(row.cost_over_plan) if is_narrow else cost_in_words(row),
            "fill": svg.SERIES[0] if row.scenario == "planned" else svg.MUTED,
        }
        for row in rows
        if row.cost_over_plan is not None
    ]
    most = max([float(value["end"]) for value in values] or [1.0])  # type: ignore[arg-type]
    across = {
        "type": "quantitative",
        "scale": {"domainMax": most * (1.75 if is_narrow else 1.65)},
        "axis": {
            "labelExpr": "datum.value ? '£' + format(datum.value / 1e6, ',') + 'm' : '£0'",
            "tickCount": 2 if is_narrow else 4,
        },
    }
    down = {
        "field": "label",
        "type": "ordinal",
        "sort": None,
        "axis": {
            "labelExpr": "split(datum.label, ', ')",
            "ticks": False,
            "labelLineHeight": 14,
            "domain": False,
        },
    }
    return {
        "height": {"step": 38},
        "data": {"values": values},
        "encoding": {"y": down},
        "layer": [
            {
                "mark": {"type": "bar", "height": 20},
                "encoding": {
                    "x": {"field": "cost", **across},
                    "color": {"field": "fill", "type": "nominal", "scale": None},
                },
            },
            *(
                {
                    "mark": {"type": "rule", "strokeWidth": wide, "color": color},
                    "encoding": {"x": {"field": "lower", **across}, "x2": {"field": "upper"}},
                }
                for wide, color in ((6, svg.PAPER), (2.5, svg.INK))
            ),
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12},
                "encoding": {"x": {"field": "end", **across}, "text": {"field": "shown"}},
            },
        ],
    }
