"""Money and people of a council: net spending, the pooled fund, population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from publishing.scorecard import words
from publishing.scorecard.cells import chart_cells
from publishing.scorecard.charts.bars import Bar, bars
from publishing.scorecard.council_delays import CELLS_IN_CSV, CELLS_SHOWN, HasCode
from publishing.scorecard.council_rows import CouncilRows, Row
from publishing.scorecard.page import Cell, Chart, Column, Table, figure_cell
from publishing.scorecard.site import Site

_BANDS = {"all": "All ages", "18+": "Adults, 18 and over", "65+": "65 and over"}


@dataclass(frozen=True)
class Money:
    """Spending of a council on adult social care, and its part of the pooled fund."""

    chart: Chart | None
    fund: Table | None


@dataclass(frozen=True)
class People:
    """Who lives there: a sentence, and the table that it is from."""

    says: str
    table: Table


def money(site: Site, council: HasCode, rows: CouncilRows) -> Money:
    """Return what is known of a council's money; both parts may be None."""
    return Money(_spending(site, council, rows.spending), _fund(site, council, rows.fund))


def _spending(site: Site, council: HasCode, years: Sequence[Row]) -> Chart | None:
    if not any(year["value"] is not None for year in years):
        return None
    folder = f"data/council/{council.area_code}"
    table = _spending_table(years, council, f"{folder}-spending.csv")
    site.write_table_csv(table)
    unit = str(years[0]["unit"])
    title = _spending_title(years, unit)
    _, _, prices = unit.partition(" at ")
    description = f"Net spending on adult social care for each adult by year, at {prices}."
    shown = [year for year in years if _is_after_first(year, years)]
    cells = chart_cells(
        site, f"{folder}-spending-cells.csv", _figures(shown), shown=CELLS_SHOWN, most=CELLS_IN_CSV
    )
    return cells.on(
        Chart(
            id="spending",
            title=title,
            description=description,
            svg=bars(
                [_bar(year) for year in shown],
                chart_id="spending",
                title=title,
                description=description,
                beside="England" if any(year["england"] is not None for year in shown) else None,
            ),
            table=table,
            note=" ".join(filter(None, (_former_note(council, shown), _segments_note(shown))))
            or None,
        )
    )


def _is_after_first(year: Row, years: Sequence[Row]) -> bool:
    """Leave out the years before the first figure; those between two are gaps and stay."""
    first = min(cast("date", one["period_start"]) for one in years if one["value"] is not None)
    return cast("date", year["period_start"]) >= first


def _figures(years: Sequence[Row]) -> dict[str, str]:
    return {
        str(year["lineage_id"]): f"Spending for each adult, {_year(year)}"
        for year in years
        if year["value"] is not None
    }


def _year(year: Row) -> str:
    return words.period_name("financial_year", cast("date", year["period_start"]))


def _bar(year: Row) -> Bar:
    value = cast("float | None", year["value"])
    return Bar(
        _year(year),
        value,
        "" if value is None else words.money(value),
        str(year["value_status"]),
        beside=cast("float | None", year["england"]),
    )


def _spending_title(years: Sequence[Row], unit: str) -> str:
    last = next(year for year in years if year["value"] is not None)
    said = words.value_in_words(cast("float", last["value"]), unit)
    england = cast("float | None", last["england"])
    beside = f" (England {words.money(england)})" if england is not None else ""
    return f"Net spending in {_year(last)}: {said}{beside}"


def _former_note(council: HasCode, years: Sequence[Row]) -> str | None:
    of_former = [
        _year(year)
        for year in years
        if year["value"] is not None and year["reported_for"] != council.area_code
    ]
    if not of_former:
        return None
    return f"To {of_former[0]} as reported for the council that it continues."


def _segments_note(years: Sequence[Row]) -> str | None:
    segments = {str(year["segment"]) for year in years if year["value"] is not None}
    if len(segments) < 2:
        return None
    return (
        "The years rest on population estimates of more than one series, or on more than one "
        "definition: small differences between them may be due to that."
    )


def _spending_table(years: Sequence[Row], council: HasCode, csv: str) -> Table:
    def row(year: Row) -> list[Cell]:
        return [
            Cell(_year(year), _year(year)),
            _amount(year["cash"], year["cash_status"]),
            _amount(year["in_real"], year["real_status"]),
            _amount(year["value"], year["value_status"]),
            _amount(year["england"], year["england_status"]),
            _ratio(cast("float | None", year["price_ratio"])),
        ]

    return Table(
        id="spending-table",
        caption=f"Net spending of {council.name} on adult social care",
        columns=(
            Column("financial_year", "Year"),
            Column("cash_gbp_thousand", "In cash, £ thousand", is_number=True),
            Column("real_gbp_thousand", "Without inflation, £ thousand", is_number=True),
            Column("real_per_adult_gbp", "For each adult, £", is_number=True),
            Column("england_real_per_adult_gbp", "England, £", is_number=True),
            Column("price_ratio", "Prices", is_number=True),
        ),
        rows=[row(year) for year in years],
        csv=csv,
    )


def _amount(value: object, status: object) -> Cell:
    return figure_cell(cast("float | None", value), str(status or "missing"), None)


def _ratio(value: float | None) -> Cell:
    return Cell("" if value is None else words.number(value, 3), value)


def _fund(site: Site, council: HasCode, rows: Sequence[Row]) -> Table | None:
    if not rows:
        return None
    return site.with_csv(
        Table(
            id="fund",
            caption=f"The Better Care Fund of {council.name}",
            columns=(
                Column("financial_year", "Year"),
                Column("plan_version", "Plan"),
                Column("side", "Side"),
                Column("split_by", "Split by"),
                Column("member", "Part"),
                Column("value_gbp", "Amount", is_number=True),
                Column("source", "Source"),
            ),
            rows=[_fund_row(row) for row in rows],
            csv=f"data/council/{council.area_code}-fund.csv",
        )
    )


def _fund_row(row: Row) -> list[Cell]:
    value = cast("float | None", row["value"])
    amount = (
        words.money(value)
        if value is not None
        else words.shown(None, str(row["value_status"]), None)
    )
    said = [str(row[name] or "") for name in ("plan_version", "side", "split_by", "member")]
    source = words.source_for_readers(str(row["source"] or ""))
    return [
        Cell(_year(row), _year(row)),
        *(Cell(text.replace("_", " "), text) for text in said),
        Cell(amount, value, status=str(row["value_status"])),
        Cell(source, source),
    ]


def people(site: Site, council: HasCode, rows: Sequence[Row]) -> People | None:
    """Return the latest population of a council; None where no file has any."""
    bands = {str(row["age_band"]): cast("float | None", row["population"]) for row in rows}
    whole = bands.get("all")
    if not rows or whole is None:
        return None
    older = bands.get("65+")
    aged = f", {older / whole:.0%} of them 65 or older" if older is not None and whole else ""
    table = Table(
        id="people",
        caption=f"Population of {council.name} in mid-{rows[0]['mid_year']}",
        columns=(
            Column("age_band", "Age"),
            Column("population", "People", is_number=True),
            Column("series", "Estimate"),
            Column("published_on", "Published"),
        ),
        rows=[_people_row(row) for row in rows],
        csv=f"data/council/{council.area_code}-people.csv",
    )
    site.write_table_csv(table)
    return People(
        f"{words.number(round(whole, -2))} people lived there in mid-{rows[0]['mid_year']}{aged}.",
        table,
    )


def _people_row(row: Row) -> list[Cell]:
    value = cast("float | None", row["population"])
    band, published = str(row["age_band"]), cast("date | None", row["published_on"])
    return [
        Cell(_BANDS.get(band, band), band),
        figure_cell(value, str(row["value_status"]), None),
        Cell(str(row["series"]), str(row["series"])),
        Cell(words.day(published), published.isoformat() if published else None),
    ]
