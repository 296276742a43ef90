"""Read the figures of all tables of a file as one column, and spell them out as observations.

A figure is a number that points to its row and its column. What a row or a column says is
looked up only when observations are written, so that provenance costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ingestion.definition import Definition
from ingestion.layouts import Meaning
from ingestion.observations import SCHEMA
from ingestion.patterns import read
from ingestion.sheetscan import NO_RESULT, Faults
from ingestion.table import TableCells
from ingestion.untrusted import UntrustedFileError

LARGEST = 1e13
"""No return counts more of anything, pounds included."""

STATUS_OF: dict[Meaning, str] = {
    "zero": "reported",
    "suppressed": "suppressed",
    "missing": "missing",
    "not_applicable": "not_applicable",
    "not_collected": "not_collected",
}


STATUSES = pl.Enum(sorted({*STATUS_OF.values(), "estimated"}))
_REPORTED = pl.Series("value_status", ["reported"], dtype=STATUSES)


@dataclass(frozen=True)
class Figures:
    """All figures of a file.

    `cells` has a line for each figure: `row` and `column` (places in `rows` and `columns`),
    `raw_text`, `value` and `value_status`.
    """

    rows: pl.DataFrame
    columns: pl.DataFrame
    cells: pl.DataFrame

    def looked_up(self, name: str) -> pl.Series:
        """Return for each figure what its column says of `name`, or else its row."""
        return _either(self.rows[name], self.columns[name], self.cells)

    def of_row(self, name: str) -> pl.Series:
        """Return for each figure what its row says of `name`."""
        return self.rows[name].gather(self.cells["row"])

    def of_column(self, name: str) -> pl.Series:
        """Return for each figure what its column says of `name`."""
        return self.columns[name].gather(self.cells["column"])


def read_figures(
    definition: Definition, tables: Sequence[TableCells], faults: dict[str, Faults]
) -> Figures:
    """Read every figure of a file's tables.

    Raises `UntrustedFileError` naming the cell for anything in the place of a figure that
    is neither a number, nor a marker, nor a way of writing numbers that the definition
    allows, and for a number that cannot be.
    """
    rows, columns = pl.concat([t.rows for t in tables]), pl.concat([t.columns for t in tables])
    places = _places(tables)
    raw = pl.concat([text for table in tables for text in _named("raw_text", table.texts)])
    value = raw.cast(pl.Float64, strict=False)
    cells = places.with_columns(raw, value.alias("value"), _REPORTED.new_from_index(0, raw.len()))
    figures = Figures(rows, columns, cells)
    odd = value.is_null() | ~value.is_finite() | raw.str.contains(r"[eE_]")
    if odd.any():
        figures = _with_odd_cells(definition, figures, odd, faults)
    figures = _not_collected(definition, figures)
    _refuse_impossible(definition, figures)
    return figures


def _named(name: str, series: Iterable[pl.Series]) -> list[pl.Series]:
    return [one.alias(name) for one in series]


def _places(tables: Sequence[TableCells]) -> pl.DataFrame:
    """Number the row and the column of each figure, column by column as the texts stand."""
    row_numbers, column_numbers = [], []
    first_row = first_column = 0
    for table in tables:
        height, width = table.rows.height, table.columns.height
        numbers = np.arange(first_row, first_row + height, dtype=np.uint32)
        row_numbers.append(np.tile(numbers, width))
        others = np.arange(first_column, first_column + width, dtype=np.uint32)
        column_numbers.append(np.repeat(others, height))
        first_row, first_column = first_row + height, first_column + width
    return pl.DataFrame(
        {"row": np.concatenate(row_numbers), "column": np.concatenate(column_numbers)}
    )


def _either(row: pl.Series, column: pl.Series, cells: pl.DataFrame) -> pl.Series:
    """Gather what the columns say and, where they say nothing, what the rows say."""
    missing = column.null_count()
    if missing == 0:
        return column.gather(cells["column"])
    of_rows = row.gather(cells["row"])
    if missing == column.len():
        return of_rows
    of_columns = column.gather(cells["column"])
    return of_columns.zip_with(of_columns.is_not_null(), of_rows)


def _not_collected(definition: Definition, figures: Figures) -> Figures:
    """Take away the zeros that a publisher prints for the time before a collection began."""
    for table_id, table in definition.tables.items():
        for one in table.not_collected:
            members = figures.of_column("members") + ";" + figures.of_row("members")
            early = (figures.of_column("table_id") == table_id) & (
                figures.looked_up("period_end") < one.before
            )
            for dimension, member in one.members.items():
                early &= members.str.split(";").list.contains(f"{dimension}={member}")
            if one.measure:
                early &= figures.looked_up("measure") == one.measure
            figures = _emptied(figures, early, one.reason)
    return figures


def _emptied(figures: Figures, early: pl.Series, reason: str) -> Figures:
    counted = early & (figures.cells["value"] != 0).fill_null(value=False)
    if counted.any():
        row, column = _place(figures, int(counted.arg_true()[0]))
        raise UntrustedFileError(
            f"A figure stands where nothing was collected yet ({reason}).",
            sheet=row["sheet"],
            cell=f"{column['letters']}{row['number'] + 1}",
            mend="If it was collected after all, mend `not_collected` of the definition.",
        )
    value = figures.cells["value"].set(early, None)
    status = figures.cells["value_status"].set(early, "not_collected")
    return Figures(figures.rows, figures.columns, figures.cells.with_columns(value, status))


def _with_odd_cells(
    definition: Definition, figures: Figures, odd: pl.Series, faults: dict[str, Faults]
) -> Figures:
    """Look at whatever is not a plain number by itself; each wording of it once."""
    strange = Figures(figures.rows, figures.columns, figures.cells.filter(odd))
    key = ["raw_text", "measure", "markers"]
    wordings = strange.cells.select(pl.col("raw_text").fill_null("")).with_columns(
        strange.looked_up("measure").alias("measure"), strange.of_column("markers").alias("markers")
    )
    readings: list[tuple[float | None, str]] = []
    unique = wordings.unique(maintain_order=True)
    for text, measure, markers in unique.iter_rows():
        found = _reading(definition, text, measure, markers)
        if found is None:
            same = pl.struct(key) == pl.struct(
                pl.lit(v).alias(k) for k, v in zip(key, (text, measure, markers), strict=True)
            )
            at = wordings.select(same.arg_true().first()).item()
            raise _unreadable(definition, strange, at, text, measure, faults)
        readings.append(found)
    known = unique.with_columns(
        pl.Series("value", [value for value, _ in readings], dtype=pl.Float64),
        pl.Series("value_status", [status for _, status in readings], dtype=STATUSES),
    )
    mended = wordings.join(known, on=key, how="left", maintain_order="left")
    at = odd.arg_true()
    cells = figures.cells.with_columns(
        figures.cells["value"].scatter(at, mended["value"]),
        figures.cells["value_status"].scatter(at, mended["value_status"]),
        figures.cells["raw_text"].fill_null(""),
    )
    return Figures(figures.rows, figures.columns, cells)


def _reading(
    definition: Definition, text: str, measure: str, markers: str
) -> tuple[float | None, str] | None:
    """Read a marker, an answer or a number in another form; None for what is none of them."""
    one = definition.measures[measure]
    if text in one.answers:
        return one.answers[text], "reported"
    of_column: dict[str, Meaning] = json.loads(markers) if markers else {}
    meaning = of_column.get(text) or one.markers.get(text) or definition.markers.get(text)
    if meaning is not None:
        return (0.0 if meaning == "zero" else None), STATUS_OF[meaning]
    for form in definition.number_forms:
        said = read(text, form)
        if said is not None and said.number is not None:
            return said.number, "reported"
    return None


def _unreadable(
    definition: Definition,
    figures: Figures,
    at: int,
    text: str,
    measure: str,
    faults: dict[str, Faults],
) -> UntrustedFileError:
    row, column = _place(figures, at)
    fault = faults.get(row["sheet"], {}).get((row["number"], column["index"]))
    known = {*definition.markers, *definition.measures[measure].markers}
    spelled = ", ".join(f"'{marker}'" for marker in sorted(known)) or "none"
    what = f"'{text}' is neither a number nor a known marker" if text else "The cell is blank"
    if fault == NO_RESULT:
        what = "The cell has a formula that was saved without its result"
    elif fault:
        what = f"The cell holds the error {fault}"
    return UntrustedFileError(
        f"{what} under '{column['heading']}'.",
        sheet=row["sheet"],
        cell=f"{column['letters']}{row['number'] + 1}",
        mend=f"Known markers: {spelled}. A new one has to be given its meaning in `markers`.",
    )


def _place(figures: Figures, at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    row = figures.rows.row(figures.cells["row"][at], named=True)
    return row, figures.columns.row(figures.cells["column"][at], named=True)


def _refuse_impossible(definition: Definition, figures: Figures) -> None:
    """Refuse a number that is under the least there can be, not whole, or beyond all bounds."""
    value = figures.cells["value"]
    wrong = value.abs() > LARGEST
    measures = definition.measures
    least = {name: m.minimum for name, m in measures.items() if m.minimum is not None}
    whole = [name for name, measure in measures.items() if measure.is_whole]
    lowest = value.min()
    if least and isinstance(lowest, float) and lowest < max(least.values()):
        bounds = figures.looked_up("measure").replace_strict(
            least, default=None, return_dtype=pl.Float64
        )
        wrong |= (value < bounds).fill_null(value=False)
    if whole:
        is_whole = figures.looked_up("measure").is_in(whole)
        wrong |= is_whole & (value != value.floor()).fill_null(value=False)
    if not wrong.any():
        return
    at = int(wrong.arg_true()[0])
    row, column = _place(figures, at)
    name = str(column["measure"] or row["measure"])
    measure = measures[name]
    raise UntrustedFileError(
        f"{value[at]:g} cannot be a count of {measure.unit} under '{column['heading']}'.",
        sheet=str(row["sheet"]),
        cell=f"{column['letters']}{int(str(row['number'])) + 1}",
        mend=f"{'A whole' if measure.is_whole else 'A'} number was expected"
        + (f", at least {measure.minimum:g}." if measure.minimum is not None else "."),
    )


def observations(
    definition: Definition, figures: Figures, layout_id: str, sha256: str
) -> pl.DataFrame:
    """Spell figures out as observations, in the order of their tables, columns and rows."""
    texts = _Texts(_with_units(definition, figures))
    return pl.DataFrame(
        {
            "return_id": texts.constant(definition.return_id),
            "layout_id": texts.constant(layout_id),
            "table_id": texts.of_column("table_id"),
            "period_type": texts.either("period_type"),
            "period_start": figures.looked_up("period_start"),
            "period_end": figures.looked_up("period_end"),
            "subject_type": texts.either("kind"),
            "subject_code": texts.either("code"),
            "subject_name": texts.either("name"),
            "subject_ons_code": texts.of_row("ons_code"),
            "parent_code": texts.of_row("parent_code"),
            "parent_name": texts.of_row("parent_name"),
            "measure": texts.either("measure"),
            "breakdown": texts.breakdown(),
            "value": figures.cells["value"],
            "raw_text": figures.cells["raw_text"],
            "value_status": figures.cells["value_status"],
            "unit": texts.either("unit"),
            "is_control_total": figures.looked_up("is_control_total"),
            "source_sha256": texts.constant(sha256),
            "source_sheet": texts.of_row("sheet"),
            "source_row": (figures.rows["number"] + 1).gather(figures.cells["row"]),
            "source_column": texts.of_column("letters"),
        }
    ).select(SCHEMA.names())


def _with_units(definition: Definition, figures: Figures) -> Figures:
    units = {name: measure.unit for name, measure in definition.measures.items()}
    rows, columns = (
        frame.with_columns(
            pl.col("measure")
            .replace_strict(units, default=None, return_dtype=pl.String)
            .alias("unit")
        )
        for frame in (figures.rows, figures.columns)
    )
    return Figures(rows, columns, figures.cells)


@dataclass(frozen=True)
class _Texts:
    """Texts that repeat, each kept once: a series of them is numbers into a list.

    The list is sorted, so that a file's observations are the same bytes each time.
    """

    figures: Figures

    def constant(self, text: str) -> pl.Series:
        """Return one text for every figure."""
        one = pl.Series([text], dtype=pl.Enum([text]))
        return one.new_from_index(0, self.figures.cells.height)

    def of_row(self, name: str) -> pl.Series:
        """Return for each figure a text of its row."""
        return _listed(self.figures.rows[name]).gather(self.figures.cells["row"])

    def of_column(self, name: str) -> pl.Series:
        """Return for each figure a text of its column."""
        return _listed(self.figures.columns[name]).gather(self.figures.cells["column"])

    def either(self, name: str) -> pl.Series:
        """Return for each figure a text of its column or, where that has none, of its row."""
        row, column = self.figures.rows[name], self.figures.columns[name]
        both = _listed(pl.concat([row, column]))
        return _either(both.head(row.len()), both.tail(column.len()), self.figures.cells)

    def breakdown(self) -> pl.Series:
        """Return each figure's members of dimensions, those of row and column as one text."""
        rows, columns = self.figures.rows["members"], self.figures.columns["members"]
        if (rows == "").all():
            return self.of_column("members")
        if (columns == "").all():
            return self.of_row("members")
        pairs = pl.DataFrame({"row": self.figures.of_row("members")}).with_columns(
            self.figures.of_column("members").alias("column")
        )
        known = pairs.unique(maintain_order=True).with_columns(
            pl.struct("row", "column").map_elements(_merged, return_dtype=pl.String).alias("both")
        )
        joined = pairs.join(known, on=["row", "column"], how="left", maintain_order="left")
        return _listed(joined["both"])


def _merged(members: dict[str, str]) -> str:
    pairs = [pair for text in members.values() for pair in text.split(";") if pair]
    return ";".join(sorted(pairs))


def _listed(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Enum(texts.drop_nulls().unique().sort()))
