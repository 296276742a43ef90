"""Delayed days of a council: by month, by who was responsible and by reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Protocol, cast

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.cells import ChartCells, chart_cells
from publishing.scorecard.charts.bars import Bar, Part, Stack, bars, stacked
from publishing.scorecard.charts.trend import Beside, Trend, TrendPoint, how_to_read, trend
from publishing.scorecard.council_rows import MONTH_KEYS, CouncilRows, Row, england_reasons
from publishing.scorecard.page import Cell, CellValue, Chart, Column, Table, figure_cell
from publishing.scorecard.site import Site

CELLS_SHOWN, CELLS_IN_CSV = 5, 15
"""How many source cells of a chart a council's page shows, and its CSV lists: councils are many."""

MONTHS_SHOWN = 24
"""How many months the table of the trend has on the page."""

_REASON_NAMES = """
    SELECT metric_id, title FROM metric
    WHERE starts_with(metric_id, 'delayed_days_reason_') AND derivation <> 'ratio'
"""
_BODIES = (
    ("delayed_days_nhs", "NHS"),
    ("delayed_days_social_care", "Social care"),
    ("delayed_days_both", "Both"),
)


class HasCode(Protocol):
    """A council, as far as it is needed here."""

    @property
    def area_code(self) -> str:
        """Its code."""

    @property
    def name(self) -> str:
        """Its name."""


@dataclass(frozen=True)
class ReasonYear:
    """Delayed days of a financial year by reason, all twelve months there; most days first."""

    first_year: int
    days: Mapping[str, float]
    lineage_ids: Mapping[str, Sequence[str]]

    @property
    def name(self) -> str:
        """The year as people name it."""
        return words.period_name("financial_year", date(self.first_year, 4, 1))

    def share(self, reason: str) -> float | None:
        """Return a reason's share of all days, in per cent; None where it was not counted."""
        total = sum(self.days.values())
        return self.days[reason] / total * 100 if total and reason in self.days else None


@dataclass(frozen=True)
class EnglandDelays:
    """What every council is set beside: names of reasons, and England's years by reason."""

    reasons: Mapping[str, str]
    years: Mapping[int, ReasonYear]


@dataclass(frozen=True)
class Delays:
    """The charts of a council's delays, and the file of its months, which has `months` rows."""

    charts: tuple[Chart, ...]
    months_csv: str | None
    months: int
    first_month: str
    last_month: str
    why_no_reasons: str | None


def england(site: Site) -> EnglandDelays:
    """Read what is the same for every council."""
    said = {str(row["metric_id"]): str(row["title"]) for row in site.each(_REASON_NAMES)}
    reasons = {
        metric.removeprefix("delayed_days_reason_"): _sentence(title.partition(", ")[2] or title)
        for metric, title in said.items()
    }
    return EnglandDelays(
        reasons, {year.first_year: year for year in _reason_years(england_reasons(site))}
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def delays(site: Site, council: HasCode, rows: CouncilRows, beside: EnglandDelays) -> Delays | None:
    """Return the delays of a council; None where no file has any."""
    folder = f"data/council/{council.area_code}"
    rate = _rate_chart(site, council, rows.rate, folder)
    bodies = _bodies_chart(site, council, rows.bodies, folder)
    reasons = _reasons_chart(site, rows.reasons, beside, folder)
    months = list(_months(rows.months))
    if bodies is None and not months:
        return None
    csv = site.write_csv(f"{folder}-delays.csv", _MONTH_HEADER, months) if months else None
    return Delays(
        charts=tuple(chart for chart in (rate, bodies, reasons) if chart is not None),
        months_csv=csv,
        months=len(months),
        first_month=_month_name(months[0]) if months else "",
        last_month=_month_name(months[-1]) if months else "",
        why_no_reasons=None if reasons else _why_no_reasons(bool(months)),
    )


def _why_no_reasons(has_months: bool) -> str:
    if has_months:
        return "No financial year has every month of every reason."
    return (
        "Reasons are published for the councils of the time only, and no file has any for this "
        "one; see the former councils that it was formed from."
    )


def _rate_chart(site: Site, council: HasCode, rows: Sequence[Row], folder: str) -> Chart | None:
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return None
    rows = rows[rows.index(known[0]) :]
    name, title = "by-month", _rate_title(known[-1])
    description = f"Delayed days of {council.name} by month beside England, in {known[-1]['unit']}."
    table = _rate_table(f"{name}-table", rows, council, f"{folder}-{name}.csv")
    site.write_table_csv(table)
    figures = {str(row["lineage_id"]): _month(row) for row in reversed(known)}
    shown = _trend(council, rows)
    return _chart(
        name,
        title,
        description,
        trend(shown, chart_id=name, title=title, description=description),
        replace(table, rows=table.rows[:MONTHS_SHOWN]),
        _cells(site, f"{folder}-{name}-cells.csv", figures),
        note=f"{how_to_read(shown)} The table has the last {MONTHS_SHOWN} months, its CSV all.",
    )


def _rate_title(last: Row) -> str:
    unit, value = str(last["unit"]), cast("float", last["value"])
    england = cast("float | None", last["england"])
    said = f"{words.value_in_words(value, unit)} in {_month(last)}"
    if england is None:
        return said
    way = "above" if value > england else "below" if value < england else "as in"
    return f"{said}, {way} England ({words.number(england, words.decimals_for(unit))})"


def _month(row: Row) -> str:
    return words.period_name("month", cast("date", row["period_start"]))


def _trend(council: HasCode, rows: Sequence[Row]) -> Trend:
    points = [
        TrendPoint(
            cast("date", row["period_start"]),
            cast("float | None", row["value"]),
            str(row["value_status"]),
            str(row["segment"]),
            is_provisional=row["maturity"] == "provisional",
        )
        for row in rows
    ]
    there = [
        TrendPoint(
            cast("date", row["period_start"]),
            cast("float | None", row["england"]),
            str(row["england_status"] or "missing"),
            str(row["england_segment"] or row["segment"]),
        )
        for row in rows
    ]
    return Trend(
        name=council.name,
        unit=str(rows[0]["unit"]),
        period_type="month",
        points=points,
        beside=(Beside("England", there),),
    )


def _rate_table(table_id: str, rows: Sequence[Row], council: HasCode, csv: str) -> Table:
    def row_of(row: Row) -> list[Cell]:
        start, unit = cast("date", row["period_start"]), str(row["unit"])
        value, england = cast("float | None", row["value"]), cast("float | None", row["england"])
        return [
            Cell(_month(row), start.isoformat()[:7], sort=start.isoformat()),
            figure_cell(value, str(row["value_status"]), unit),
            figure_cell(england, str(row["england_status"] or "missing"), unit),
        ]

    return Table(
        id=table_id,
        caption=f"Delayed days each day for each 100,000 adults, {council.name} and England",
        columns=(
            Column("month", "Month"),
            Column("value", council.name, is_number=True),
            Column("england", "England", is_number=True),
        ),
        rows=[row_of(row) for row in reversed(rows)],
        csv=csv,
    )


def _bodies_chart(site: Site, council: HasCode, rows: Sequence[Row], folder: str) -> Chart | None:
    years: dict[date, Year] = {
        cast("date", start): {str(row["metric_id"]): row for row in of_year}
        for start, of_year in groupby(rows, key=lambda row: row["period_start"])
    }
    if years:
        first, last = min(years).year, max(years).year
        years = {date(year, 4, 1): {} for year in range(first, last + 1)} | years
    if not any(
        _days(of_year, metric) is not None for of_year in years.values() for metric, _ in _BODIES
    ):
        return None
    name = "by-body"
    table = _bodies_table(f"{name}-table", years, f"{folder}-{name}.csv", council)
    site.write_table_csv(table)
    figures = {
        str(row["lineage_id"]): f"{label}, {words.period_name('financial_year', start)}"
        for start, of_year in sorted(years.items(), reverse=True)
        for metric, label in _BODIES
        if (row := of_year.get(metric)) is not None
    }
    title = _bodies_title(council, years)
    description = (
        "Delayed days of each financial year, put down to the NHS, to social care or to both."
    )
    return _chart(
        name,
        title,
        description,
        stacked(
            [_stack(start, of_year) for start, of_year in sorted(years.items(), reverse=True)],
            [label for _, label in _BODIES],
            chart_id=name,
            title=title,
            description=description,
        ),
        table,
        _cells(site, f"{folder}-{name}-cells.csv", figures),
        note="On the council's boundaries of today. A year of which months are absent has no bar.",
    )


def _chart(
    name: str,
    title: str,
    description: str,
    svg: Markup,
    table: Table,
    cells: ChartCells,
    note: str,
) -> Chart:
    return cells.on(
        Chart(
            id=name,
            title=title,
            description=description,
            svg=svg,
            table=table,
            note=note,
        )
    )


def _cells(site: Site, path: str, figures: Mapping[str, str]) -> ChartCells:
    return chart_cells(site, path, figures, shown=CELLS_SHOWN, most=CELLS_IN_CSV)


Year = Mapping[str, Mapping[str, object]]


def _days(of_year: Year, metric: str) -> float | None:
    row = of_year.get(metric)
    return None if row is None else cast("float | None", row["value"])


def _status(of_year: Year, metric: str) -> str:
    row = of_year.get(metric)
    return "missing" if row is None else str(row["value_status"])


def _stack(start: date, of_year: Year) -> Stack:
    parts = tuple(
        Part(value, _rounded(value), _status(of_year, metric))
        for metric, _ in _BODIES
        for value in (_days(of_year, metric),)
    )
    return Stack(
        words.period_name("financial_year", start), parts, _rounded(_days(of_year, "delayed_days"))
    )


def _segment(of_year: Year) -> str:
    """Return the segment of a year's total; one that holds a break is like no other."""
    return str(of_year["delayed_days"]["segment"])


def _rounded(value: float | None) -> str:
    return "" if value is None else words.number(value)


def _bodies_title(council: HasCode, years: Mapping[date, Year]) -> str:
    """Say how the last two whole years differ, where they follow each other."""
    whole = [
        (start, total)
        for start, of_year in sorted(years.items())
        if (total := _days(of_year, "delayed_days")) is not None
    ]
    if not whole:
        return f"Delayed days of {council.name} by responsible body"
    last, total = whole[-1]
    year = words.period_name("financial_year", last)
    shares = [(value, label) for metric, label in _BODIES if (value := _days(years[last], metric))]
    most = f"; {_whose(max(shares))} for {max(shares)[0] / total:.0%}" if shares and total else ""
    year_before = date(last.year - 1, 4, 1)
    before = dict(whole).get(year_before)
    if not before or _segment(years[last]) != _segment(years[year_before]):
        return f"{words.number(total)} delayed days in {year}{most}"
    change = total / before - 1
    way = "the same as" if abs(change) < 0.0005 else _way(change)
    return f"{words.number(total)} delayed days in {year}, {way} the year before{most}"


def _way(change: float) -> str:
    return f"{abs(change):.0%} {'more' if change > 0 else 'fewer'} than"


def _whose(most: tuple[float, str]) -> str:
    said = {
        "NHS": "the NHS was responsible",
        "Social care": "social care was responsible",
        "Both": "both were responsible",
    }
    return said[most[1]]


def _bodies_table(table_id: str, years: Mapping[date, Year], csv: str, council: HasCode) -> Table:
    whole = (*_BODIES, ("delayed_days", "All"))
    return Table(
        id=table_id,
        caption=f"Delayed days of {council.name} by responsible body",
        columns=(
            Column("financial_year", "Year"),
            *(Column(metric, label, is_number=True) for metric, label in whole),
        ),
        rows=[
            [
                Cell(year := words.period_name("financial_year", start), year),
                *(
                    figure_cell(_days(of_year, metric), _status(of_year, metric), "days")
                    for metric, _ in whole
                ),
            ]
            for start, of_year in sorted(years.items(), reverse=True)
        ],
        csv=csv,
    )


def _reason_years(rows: Sequence[Row]) -> Iterator[ReasonYear]:
    """Give the years of which every reason has every month, the latest first."""
    for first_year, of_year in groupby(rows, key=lambda row: row["first_year"]):
        reasons = list(of_year)
        yield ReasonYear(
            cast("int", first_year),
            {str(row["reason"]): cast("float", row["days"]) for row in reasons},
            {str(row["reason"]): cast("list[str]", row["lineage_ids"]) for row in reasons},
        )


def _reasons_chart(
    site: Site, rows: Sequence[Row], beside: EnglandDelays, folder: str
) -> Chart | None:
    years = list(_reason_years(rows))
    if not years or not sum(years[0].days.values()):
        return None
    year = years[0]
    there = beside.years.get(year.first_year)
    before = next((one for one in years if one.first_year == year.first_year - 1), None)
    name = "by-reason"
    table = _reasons_table(
        f"{name}-table", year, before, there, beside.reasons, f"{folder}-{name}.csv"
    )
    site.write_table_csv(table)
    most = next(iter(year.days))
    title = (
        f"{beside.reasons.get(most, most)} was the largest reason for delay in {year.name}: "
        f"{year.share(most) or 0:.0f}% of days"
    )
    share = there.share(most) if there else None
    title += f" (England {share:.0f}%)" if share is not None else ""
    description = f"Share of the delayed days of {year.name} by reason, with England's share."
    figures = {
        lineage_id: f"{beside.reasons.get(reason, reason)}, {year.name}"
        for reason, ids in year.lineage_ids.items()
        for lineage_id in ids
    }
    return _chart(
        name,
        title,
        description,
        bars(
            [_reason_bar(year, there, reason, beside.reasons) for reason in year.days],
            chart_id=name,
            title=title,
            description=description,
            beside="England" if there else None,
        ),
        table,
        _cells(site, f"{folder}-{name}-cells.csv", figures),
        note=f"Each delay has one reason. Days of {year.name}, the last year with every month.",
    )


def _reason_bar(
    year: ReasonYear, there: ReasonYear | None, reason: str, names: Mapping[str, str]
) -> Bar:
    share = year.share(reason)
    return Bar(
        names.get(reason, reason),
        share,
        f"{share:.0f}%" if share is not None else "",
        beside=there.share(reason) if there else None,
    )


def _reasons_table(
    table_id: str,
    year: ReasonYear,
    before: ReasonYear | None,
    there: ReasonYear | None,
    names: Mapping[str, str],
    csv: str,
) -> Table:
    def row(reason: str) -> list[Cell]:
        days, earlier = year.days[reason], before.days.get(reason) if before else None
        share, england_share = year.share(reason), there.share(reason) if there else None
        return [
            Cell(names.get(reason, reason), names.get(reason, reason)),
            Cell(words.number(days), days),
            Cell(f"{share:.1f}%" if share is not None else "", share),
            Cell(f"{england_share:.1f}%" if england_share is not None else "", england_share),
            Cell(words.number(earlier) if earlier is not None else "", earlier),
        ]

    return Table(
        id=table_id,
        caption=f"Delayed days of {year.name} by reason",
        columns=(
            Column("reason", "Reason"),
            Column("delayed_days", "Days", is_number=True),
            Column("share_percent", "Share", is_number=True),
            Column("england_share_percent", "England's share", is_number=True),
            Column("delayed_days_year_before", "Days a year before", is_number=True),
        ),
        rows=[row(reason) for reason in year.days],
        csv=csv,
    )


_MONTH_HEADER = ("area_code", "month", *MONTH_KEYS)


def _months(rows: Sequence[Row]) -> Iterator[list[CellValue]]:
    """Give a row for each month with all its splits; what has no figure has its status's sign."""
    for row in rows:
        month = cast("date", row["period_start"]).isoformat()[:7]
        yield [
            str(row["reported_for"]),
            month,
            *(_month_value(cast("str | None", row[key])) for key in MONTH_KEYS),
        ]


def _month_value(said: str | None) -> CellValue:
    """Return a count as the mart has it, or the sign of the status that stands in its place."""
    if said is None:
        return None
    if said in words.STATUS_SHOWN or said == "reported":
        return words.STATUS_SHOWN["missing" if said == "reported" else said][0]
    return said.removesuffix(".0")


def _month_name(row: Sequence[CellValue]) -> str:
    return words.period_name("month", date.fromisoformat(f"{row[1]}-01"))
