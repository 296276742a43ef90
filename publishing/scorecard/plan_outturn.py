"""Plan and outturn of England for the year that has both: was it met, by how much not, what cost.

All figures come from mart `bcf_outturn`; the findings in words are made from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from publishing.scorecard.site import Site
from publishing.scorecard.words import number, period_name

ENGLAND = "E92000001"

MEASURE_NAMES = {
    "nonelective_admissions": "emergency admissions",
    "delayed_days": "delayed days",
    "both": "both together",
}
"""What readers call the measures; the fund's emergency admissions are its non-elective ones."""

OUTTURN_SOURCES = {
    "published": "as published",
    "open_returns": "from the open returns",
    "board_returns": "from the board's own returns",
}

SCENARIOS = {
    "planned": "the plan’s own price",
    "average": "full average cost",
    "reference_cost": "reference cost",
    "marginal": "cost of one more",
}
"""Ways to put a price on an admission or a day, the plan's own first."""

LAST_VERSION_FIRST = "CASE plan_version WHEN 'reset' THEN 1 WHEN 'assured' THEN 2 ELSE 3 END"
"""The order of a plan's versions, as mart `scorecard` has it: the one that counted comes first."""

_OUTTURNS = f"""
    SELECT area_code, measure, period_start, outturn_source, plan_version, scenario, unit,
        baseline, planned, outturn, change_planned, change_made, gap, planned_saving,
        planned_saving_counted, unit_value, unit_value_lower, unit_value_upper,
        unit_value_price_year, unit_value_meaning, unit_value_source, cost_over_plan,
        cost_over_plan_lower, cost_over_plan_upper, value_status, reason, is_synthetic, source
    FROM bcf_outturn
    WHERE unit_value_of <> 'england' OR area_code = 'E92000001'
    ORDER BY period_start, measure, outturn_source, scenario, {LAST_VERSION_FIRST}
"""  # noqa: S608 - it is ours

Verdict = Literal["met", "missed", "met in part"]


@dataclass(frozen=True)
class Outturn:
    """A row of mart `bcf_outturn`: money in pounds, activity in `unit`."""

    area_code: str
    measure: str
    period_start: date
    outturn_source: str
    plan_version: str
    scenario: str
    unit: str | None
    baseline: float | None
    planned: float | None
    outturn: float | None
    change_planned: float | None
    change_made: float | None
    gap: float | None
    planned_saving: float | None
    planned_saving_counted: float | None
    unit_value: float | None
    unit_value_lower: float | None
    unit_value_upper: float | None
    unit_value_price_year: str | None
    unit_value_meaning: str | None
    unit_value_source: str | None
    cost_over_plan: float | None
    cost_over_plan_lower: float | None
    cost_over_plan_upper: float | None
    value_status: str
    reason: str | None
    is_synthetic: bool
    source: str | None

    @property
    def name(self) -> str:
        """What readers call the measure."""
        return MEASURE_NAMES.get(self.measure, self.measure.replace("_", " "))


@dataclass(frozen=True)
class PlanYear:
    """The last year of which England has plan and outturn, with all its rows, and boards' own."""

    start: date
    england: tuple[Outturn, ...]
    boards: tuple[Outturn, ...]

    @property
    def name(self) -> str:
        """The financial year, as people write it."""
        return period_name("financial_year", self.start)

    def measures(self) -> tuple[Outturn, ...]:
        """Return plan and outturn of each measure, published before worked out, at plan prices."""
        order = {name: place for place, name in enumerate(MEASURE_NAMES)}
        rows = [
            row
            for row in self.england
            if row.scenario == "planned" and row.measure != "both" and row.gap is not None
        ]
        return tuple(
            sorted(
                rows, key=lambda row: (order.get(row.measure, 9), row.outturn_source != "published")
            )
        )

    def headlines(self) -> tuple[Outturn, ...]:
        """Return one row for each measure: the published one where there is one."""
        first: dict[str, Outturn] = {}
        for row in self.measures():
            first.setdefault(row.measure, row)
        return tuple(first.values())

    def verdict(self) -> Verdict | None:
        """Say whether the plan was met; fewer admissions and days is what was planned."""
        met = [row.gap is not None and row.gap <= 0 for row in self.headlines()]
        if not met:
            return None
        return "met" if all(met) else "met in part" if any(met) else "missed"

    def costs(self) -> tuple[Outturn, ...]:
        """Return the rows with a price, by measure and scenario, of published outturns if any."""
        rows = [row for row in self.england if row.gap is not None or row.measure == "both"]
        rows = [row for row in rows if row.value_status == "reported"]
        best = "published" if any(r.outturn_source == "published" for r in rows) else None
        kept = [row for row in rows if best is None or row.outturn_source == best]
        measures, scenarios = list(MEASURE_NAMES), list(SCENARIOS)
        return tuple(
            sorted(
                kept,
                key=lambda row: (
                    -measures.index(row.measure) if row.measure in measures else 0,
                    scenarios.index(row.scenario) if row.scenario in scenarios else 9,
                ),
            )
        )

    def cost(self, scenario: str = "planned", measure: str = "both") -> Outturn | None:
        """Return the cost over plan of a measure in a scenario; None where it is not known."""
        return next(
            (r for r in self.costs() if (r.scenario, r.measure) == (scenario, measure)), None
        )

    def counted_saving(self) -> tuple[float | None, float | None]:
        """Return the planned saving in pounds, and what part of it has an activity beside it."""
        for measure in ("both", *MEASURE_NAMES):
            if row := self.cost(measure=measure):
                return row.planned_saving, row.planned_saving_counted
        return None, None


def plan_year(site: Site) -> PlanYear | None:
    """Return the last year with plan and outturn of England; None where no plan is loaded."""
    found: list[Any] = site.rows(_OUTTURNS)
    rows = [Outturn(**row) for row in found]
    starts = [row.period_start for row in rows if row.area_code == ENGLAND and row.gap is not None]
    if not starts:
        return None
    start = max(starts)
    of_year = [row for row in rows if row.period_start == start]
    england = tuple(row for row in of_year if row.area_code == ENGLAND)
    boards = tuple(row for row in of_year if row.area_code != ENGLAND)
    return PlanYear(start, england, boards)


def planned_in_words(row: Outturn) -> str:
    """Say what was planned: `a fall of 293,000`."""
    return _change(row.change_planned)


def made_in_words(row: Outturn) -> str:
    """Say what came: `a rise of 185,000`."""
    return _change(row.change_made)


def _change(change: float | None) -> str:
    if change is None:
        return "a change that is not known"
    if change == 0:
        return "no change"
    return f"a {'rise' if change > 0 else 'fall'} of {number(abs(change))}"


def sentences(rows: Sequence[Outturn]) -> Iterator[str]:
    """Give a sentence for each measure: what was planned, and what came."""
    for row in rows:
        name = row.name[0].upper() + row.name[1:]
        yield f"{name} were to {_to(row.change_planned)}; they {_did(row.change_made)}."


def _to(change: float | None) -> str:
    if not change:
        return "stay as they were"
    return f"{'rise' if change > 0 else 'fall'} by {number(abs(change))}"


def _did(change: float | None) -> str:
    if not change:
        return "stayed as they were"
    return f"{'rose' if change > 0 else 'fell'} by {number(abs(change))}"
