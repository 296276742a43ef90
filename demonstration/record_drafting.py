"""Draft the rows of a record return: typed cells that fit the form of their column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import polars as pl

from demonstration.forms import text_of_form
from demonstration.spelling import spell
from ingestion.definition import Definition
from ingestion.records import RecordColumn, RecordLayout, RecordType

Value = str | int | float | bool | date | None
Cell = str | float | date

TYPES: dict[RecordType, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "day": pl.Date(),
    "compact_day": pl.Date(),
    "day_month_first": pl.Date(),
    "yes_no": pl.Boolean(),
}
FIRST_DAY = date(2001, 4, 1)
BLANKS = {"missing", "not_applicable", "not_collected"}


@dataclass
class RecordDraft:
    """The columns of a file, left to right, and its rows of cells and of what they say.

    `headings` are '' in a file without headings; a column that is not kept has no name.
    """

    layout_id: str
    names: list[str]
    headings: list[str]
    cells: list[list[Cell]]
    values: list[dict[str, Value]]

    def figures(self, layout: RecordLayout) -> pl.DataFrame:
        """Return the records that a faithful reader returns, in the columns of the layout."""
        schema = {name: TYPES[column.type] for name, column in layout.columns.items()}
        return pl.DataFrame(
            [[row.get(name) for name in schema] for row in self.values], schema, orient="row"
        )


def draft_records(
    definition: Definition, layout_id: str, rows: int, rng: Random, *, with_optional: bool = True
) -> RecordDraft:
    """Draft a few records of one layout, with or without the columns that a file may lack."""
    layout = definition.records[layout_id]
    places = _places(layout, rng, with_optional=with_optional)
    draft = RecordDraft(
        layout_id, [name for name, _ in places], [heading for _, heading in places], [], []
    )
    blank = next((m for m, meaning in definition.markers.items() if meaning in BLANKS), "")
    for number in range(rows):
        cells: list[Cell] = []
        values: dict[str, Value] = {}
        for name, heading in places:
            column = layout.columns.get(name)
            if column is None:
                is_kept_blank = not heading and not name
                cells.append("" if is_kept_blank else "as given")
                continue
            is_blank = not column.is_required and name not in layout.key and number % 3 == 2
            value = None if is_blank else _said(definition, column, number, rng)
            values[name] = value
            cells.append(blank if value is None else _cell(column.type, value))
        draft.cells.append(cells)
        draft.values.append(values)
    return draft


IGNORED = "ignored"


def _places(layout: RecordLayout, rng: Random, *, with_optional: bool) -> list[tuple[str, str]]:
    """Return the columns from left to right: name ('' where nothing stands) and heading."""
    if layout.is_headed:
        kept = [
            (name, spell(column.heading or ""))
            for name, column in layout.columns.items()
            if with_optional or not column.optional
        ]
        return [*kept, *((IGNORED, spell(heading)) for heading in layout.ignored)]
    count = rng.choice(layout.column_counts)
    by_position = {column.position: name for name, column in layout.columns.items()}
    ignored = {int(number) for number in layout.ignored if number.isdigit()}
    return [
        (by_position.get(place, IGNORED if place in ignored else ""), "")
        for place in range(1, count + 1)
    ]


def _said(definition: Definition, column: RecordColumn, number: int, rng: Random) -> Value:
    """Invent what one cell says, which is not what stands for nothing."""
    for _ in range(MOST_TRIES):
        value = _value(column, number, rng)
        if value != "" and value not in definition.markers:
            return value
    raise ValueError(f"no text of the form '{column.form}' says anything")


MOST_TRIES = 100


def _value(column: RecordColumn, number: int, rng: Random) -> Value:
    """Invent what one cell says."""
    match column.type:
        case "integer":
            return number + 1 if column.form is None else int(text_of_form(column.form, rng))
        case "number":
            return rng.randint(0, 1000) / 8
        case "yes_no":
            return rng.random() < 0.5
        case "day" | "compact_day" | "day_month_first":
            return FIRST_DAY + timedelta(days=rng.randint(0, 7000))
        case "text":
            return _text(column, f"SYNTHETIC record {number + 1}", rng)


def _text(column: RecordColumn, words: str, rng: Random) -> str:
    if column.form is None:
        return words
    if re.fullmatch(column.form, words):
        return words
    return text_of_form(column.form, rng)


def _cell(of_type: RecordType, value: Value) -> Cell:
    """Write a value as its column has it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        if of_type == "compact_day":
            return f"{value:%Y%m%d}"
        return f"{value:%m/%d/%Y}" if of_type == "day_month_first" else value
    return "" if value is None else value
