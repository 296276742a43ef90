"""Turn a located table into observations: its rows, then its figures column by column."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from ingestion.definition import Definition, Meaning, Measure, Role, Table
from ingestion.headings import LocatedTable, ValueColumn
from ingestion.observations import figure_text
from ingestion.period import Period, month_of_financial_year
from ingestion.sheetscan import NO_RESULT
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import Cell, as_code, as_text, cell_name, column_letters, normalise
from ingestion.workbook import Sheet

BLANK_CODES = {"", "-"}
LARGEST = 1e12
"""No return counts more of anything, pounds included."""
CODES: set[Role] = {"code", "ons_code", "parent_code"}
ASK = "Ask the publisher for a file with this cell mended."
STATUS_OF: dict[Meaning, str] = {
    "zero": "reported",
    "suppressed": "suppressed",
    "missing": "missing",
    "not_applicable": "not_applicable",
    "not_collected": "not_collected",
}


@dataclass
class _Rows:
    """The rows of one table that hold figures, as parallel columns."""

    number: list[int] = field(default_factory=list)
    subject_type: list[str] = field(default_factory=list)
    subject_code: list[str] = field(default_factory=list)
    subject_name: list[str] = field(default_factory=list)
    subject_ons_code: list[str | None] = field(default_factory=list)
    parent_code: list[str | None] = field(default_factory=list)
    parent_name: list[str | None] = field(default_factory=list)
    period_start: list[date] = field(default_factory=list)
    period_end: list[date] = field(default_factory=list)
    is_control_total: list[bool] = field(default_factory=list)


def read_table(definition: Definition, located: LocatedTable, period: Period) -> pl.DataFrame:
    """Return the observations of one table, in the order of its rows and columns.

    Raises `UntrustedFileError` naming the cell for a row that is about nobody, a
    subject or month that comes twice, a period that contradicts the title block,
    and anything in the place of a figure that is neither a number nor a marker.
    """
    rows = _figure_rows(definition, located, period)
    _refuse_repeats(located, rows)
    _refuse_unnamed_values(located, rows)
    if definition.period.as_ == "months":
        _refuse_gaps(located, rows, period)
    return _observations(definition, located, rows)


def _figure_rows(definition: Definition, located: LocatedTable, period: Period) -> _Rows:
    table = definition.tables[located.table_id]
    rows = _Rows()
    value_columns = [column.index for column in located.columns]
    years: dict[tuple[str, str], Period] = {}
    for number in range(located.header_row + 1, len(located.sheet.rows)):
        cells = located.sheet.rows[number]
        has_values = any(cells[index] != "" for index in value_columns if index < len(cells))
        if not has_values:
            _refuse_silent_subject(located, number)
            continue
        _add_row(rows, table, located, number)
        own = _row_period(definition, located, number, period, years)
        rows.period_start.append(own.start)
        rows.period_end.append(own.end)
    if not rows.number:
        raise _fault(located, "The table has no rows with figures.", located.header_row, 0)
    return rows


def _role(located: LocatedTable, role: Role, number: int) -> str:
    index = located.roles.get(role)
    if index is None:
        return located.corrections.get((role, ""), "")
    if (number, index) in located.sheet.faults:
        raise _fault(located, f"{_error(located.sheet, number, index)}.", number, index, ASK)
    cell = located.sheet.cell(number, index)
    try:
        text = as_code(cell) if role in CODES else as_text(cell)
    except ValueError as error:
        raise _fault(located, f"{error}.", number, index, ASK) from error
    return located.corrections.get((role, text), text)


def _optional(text: str) -> str | None:
    return None if text in BLANK_CODES else text


def _refuse_silent_subject(located: LocatedTable, number: int) -> None:
    """A row that names a subject and gives no figure at all is not a note."""
    if located.subject.code is not None:
        return
    named = [_role(located, role, number) for role in located.roles]
    said = [text for text in named if text not in BLANK_CODES]
    # A note stands in one cell; a subject has at least a code, or a name and a parent.
    if _role(located, "code", number) not in BLANK_CODES or len(said) > 1:
        raise _fault(
            located,
            f"The row of '{said[0]}' has no figures.",
            number,
            located.roles["code"],
            "A figure or a marker was expected in each column.",
        )


def _add_row(rows: _Rows, table: Table, located: LocatedTable, number: int) -> None:
    code, name = _role(located, "code", number), _role(located, "name", number)
    if located.subject.code is not None:
        code, name = located.subject.code, located.subject.name or ""
    control = table.control_total
    is_control = (
        control is not None and code in BLANK_CODES and normalise(name) == normalise(control.name)
    )
    if code in BLANK_CODES and not is_control:
        code = table.unnamed_code.get(name, "")
        if not code:
            raise _fault(
                located,
                f"The row of '{name}' has figures and no code.",
                number,
                located.roles.get("code", 0),
                "If the publisher leaves this code out, give it in `unnamed_code`.",
            )
    rows.number.append(number)
    rows.subject_type.append(control.kind if control and is_control else located.subject.kind)
    rows.subject_code.append("" if is_control else code)
    rows.subject_name.append(name)
    rows.subject_ons_code.append(_optional(_role(located, "ons_code", number)))
    rows.parent_code.append(_optional(_role(located, "parent_code", number)))
    rows.parent_name.append(_optional(_role(located, "parent_name", number)))
    rows.is_control_total.append(is_control)


def _row_period(
    definition: Definition,
    located: LocatedTable,
    number: int,
    period: Period,
    known: dict[tuple[str, str], Period],
) -> Period:
    """Return a row's own month, which has to agree with the title block."""
    if "financial_year" not in located.roles:
        return period
    year, name = _role(located, "financial_year", number), _role(located, "month_name", number)
    if (year, name) not in known:
        try:
            known[year, name] = month_of_financial_year(year, name)
        except ValueError as error:
            column = located.roles["financial_year"]
            raise _fault(
                located, f"The row's period cannot be read: {error}.", number, column
            ) from error
    own = known[year, name]
    fits = own == period if definition.period.as_ == "month" else _within(own, period)
    if not fits:
        raise _fault(
            located,
            f"The row's period {year} {name} contradicts the title block, which says {period}.",
            number,
            located.roles["financial_year"],
            "Ask the publisher which of the two is meant.",
        )
    return own


def _within(own: Period, span: Period) -> bool:
    return span.start <= own.start and own.end <= span.end


def _refuse_repeats(located: LocatedTable, rows: _Rows) -> None:
    seen: dict[tuple[str, date], int] = {}
    for code, start, number in zip(rows.subject_code, rows.period_start, rows.number, strict=True):
        if (code, start) in seen:
            raise _fault(
                located,
                f"'{code or 'The control total'}' appears twice for {start:%B %Y}: "
                f"rows {seen[code, start] + 1} and {number + 1}.",
                number,
                located.roles.get("code", 0),
            )
        seen[code, start] = number


def _refuse_unnamed_values(located: LocatedTable, rows: _Rows) -> None:
    """A figure under no heading may belong to anything."""
    rightmost = max(column.index for column in located.columns)
    for number in rows.number:
        cells = located.sheet.rows[number]
        for index in [*located.unnamed, *range(rightmost + 1, len(cells))]:
            if index < len(cells) and cells[index] not in ("", "-"):
                if index not in located.unnamed and _is_headed(located, index):
                    continue
                raise _fault(located, "A figure stands under no heading.", number, index)


def _is_headed(located: LocatedTable, index: int) -> bool:
    return index in located.roles.values()


def _refuse_gaps(located: LocatedTable, rows: _Rows, period: Period) -> None:
    """A series has to hold each month of the span its title block announces."""
    wanted = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
    if len(rows.number) != wanted:
        raise _fault(
            located,
            f"The title block announces {wanted} months ({period}); "
            f"the table has {len(rows.number)}.",
            located.header_row,
            located.roles["month_name"],
        )


def _observations(definition: Definition, located: LocatedTable, rows: _Rows) -> pl.DataFrame:
    columns, height = located.columns, len(rows.number)
    figures: list[float | None] = []
    odd: list[tuple[int, str, Meaning]] = []
    for place, column in enumerate(columns):
        _read_column(definition, located.sheet, rows.number, column, figures, odd, place * height)
    described = pl.DataFrame(
        {
            "subject_code": rows.subject_code,
            "subject_name": rows.subject_name,
            "subject_ons_code": pl.Series(rows.subject_ons_code, dtype=pl.String),
            "parent_code": pl.Series(rows.parent_code, dtype=pl.String),
            "parent_name": pl.Series(rows.parent_name, dtype=pl.String),
            "period_start": rows.period_start,
            "period_end": rows.period_end,
            "subject_type": rows.subject_type,
            "is_control_total": rows.is_control_total,
            "source_row": pl.Series([n + 1 for n in rows.number], dtype=pl.Int32),
        }
    )
    headed = pl.DataFrame(
        {
            "measure": [column.measure for column in columns],
            "unit": [column.unit for column in columns],
            "breakdown": [column.breakdown for column in columns],
            "source_column": [column_letters(column.index) for column in columns],
        }
    )
    each_row = pl.int_range(height, eager=True)
    frame = pl.concat(
        [
            described[pl.concat([each_row] * len(columns))],
            headed[pl.int_range(len(columns), eager=True).repeat_by(height).explode()],
        ],
        how="horizontal",
    )
    return _with_values(frame, figures, odd).sort("source_row", maintain_order=True)


def _read_column(
    definition: Definition,
    sheet: Sheet,
    numbers: list[int],
    column: ValueColumn,
    figures: list[float | None],
    odd: list[tuple[int, str, Meaning]],
    offset: int,
) -> None:
    """Append a column's figures; whatever is not a plain number is looked at by itself."""
    index, rows = column.index, sheet.rows
    cells = [rows[n][index] if index < len(rows[n]) else "" for n in numbers]
    plain = [cell if cell.__class__ is float else None for cell in cells]
    for position, cell in enumerate(cells):
        if plain[position] is None:
            value, meaning = _marker_or_number(definition, sheet, numbers[position], column, cell)
            plain[position] = value
            if meaning is not None:
                odd.append((offset + position, str(cell), meaning))
    _refuse_impossible(sheet, numbers, column, plain, definition.measures[column.measure])
    figures.extend(plain)  # type: ignore[arg-type]


def _marker_or_number(
    definition: Definition, sheet: Sheet, number: int, column: ValueColumn, cell: Cell
) -> tuple[float | None, Meaning | None]:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return float(cell), None
    text = str(cell).strip()
    meaning = definition.markers.get(text) if isinstance(cell, str) else None
    if meaning is not None:
        return (0.0 if meaning == "zero" else None), meaning
    known = ", ".join(f"'{marker}'" for marker in definition.markers) or "none"
    what = f"'{cell}' is neither a number nor a known marker" if text else "The cell is blank"
    if (number, column.index) in sheet.faults:
        what = _error(sheet, number, column.index)
    raise UntrustedFileError(
        f"{what} under '{column.heading}'.",
        sheet=sheet.name,
        cell=cell_name(number, column.index),
        mend=f"Known markers: {known}. A new one has to be given its meaning in `markers`.",
    )


def _error(sheet: Sheet, row: int, column: int) -> str:
    says = sheet.faults[row, column]
    if says == NO_RESULT:
        return "The cell has a formula that was saved without its result"
    return f"The cell holds the error {says}"


def _refuse_impossible(
    sheet: Sheet,
    numbers: list[int],
    column: ValueColumn,
    values: Iterable[Cell | None],
    measure: Measure,
) -> None:
    for number, value in zip(numbers, values, strict=True):
        if isinstance(value, float) and not _is_possible(value, measure):
            raise UntrustedFileError(
                f"{value:g} cannot be a count of {column.unit} under '{column.heading}'.",
                sheet=sheet.name,
                cell=cell_name(number, column.index),
                mend=f"{'A whole' if measure.is_whole else 'A'} number was expected"
                + (f", at least {measure.minimum:g}." if measure.minimum is not None else "."),
            )


def _is_possible(value: float, measure: Measure) -> bool:
    if not math.isfinite(value) or abs(value) > LARGEST:
        return False
    if measure.minimum is not None and value < measure.minimum:
        return False
    return value.is_integer() or not measure.is_whole


def _with_values(
    frame: pl.DataFrame, figures: list[float | None], odd: list[tuple[int, str, Meaning]]
) -> pl.DataFrame:
    value = pl.Series("value", figures, dtype=pl.Float64)
    text = pl.select(figure_text(pl.lit(value))).to_series().to_list() if odd else None
    status = ["reported"] * len(figures)
    if text is None:
        return frame.with_columns(
            value, figure_text(pl.lit(value)).alias("raw_text"), value_status=pl.lit("reported")
        )
    for position, raw, meaning in odd:
        text[position], status[position] = raw, STATUS_OF[meaning]
    return frame.with_columns(
        value,
        pl.Series("raw_text", text, dtype=pl.String),
        pl.Series("value_status", status, dtype=pl.String),
    )


def _fault(
    located: LocatedTable, problem: str, row: int, column: int, mend: str = ""
) -> UntrustedFileError:
    cell = cell_name(row, column)
    return UntrustedFileError(problem, sheet=located.sheet.name, cell=cell, mend=mend)
