"""Read one sheet of a record return: choose its layout, find its columns, give them types.

A grid holds the texts of a sheet as the file has them: one column for each column of the
file, a null for a blank cell, the first row of the file first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import polars as pl

from ingestion.definition import Definition
from ingestion.patterns import fits
from ingestion.period import parse_compact_day, parse_day, parse_day_month_first
from ingestion.pseudonyms import pseudonyms
from ingestion.records import RecordColumn, RecordLayout, RecordType
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name, column_letters, nearest, normalise, visible

HEADING_ROWS = 60
"""The headings stand within this many rows of the top."""
SHOWN_PROBLEMS = 4
MOST_TITLE_CELLS = 2
"""A row above the headings is a title, or a label and what it says."""

TYPES: dict[RecordType, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "day": pl.Date(),
    "compact_day": pl.Date(),
    "day_month_first": pl.Date(),
    "yes_no": pl.Boolean(),
}
EXPECTED: dict[RecordType, str] = {
    "text": "a text",
    "integer": "a whole number such as 12",
    "number": "a number such as 12.5",
    "day": "a day such as 27th May 2011 or 27/05/2011",
    "compact_day": "a day such as 20110527",
    "day_month_first": "a day with the month first, such as 05/27/2011",
    "yes_no": "Yes or No",
}
DAYS: dict[RecordType, Callable[[str], date]] = {
    "day": parse_day,
    "compact_day": parse_compact_day,
    "day_month_first": parse_day_month_first,
}
YES_NO = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
DATE_CELL = re.compile(r"\d{4}-\d{2}-\d{2}(?: 00:00:00)?")
"""A cell that is a date says which is the month, in whatever order texts say it."""
NUMBER = r"^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$"
WHOLE = r"^-?\d{1,18}$"
BLANK_MEANINGS = {"missing", "not_applicable", "not_collected"}
"""Markers of these meanings leave a column without a value."""

PROVENANCE: dict[str, pl.DataType] = {
    "source_sheet": pl.String(),
    "source_row": pl.Int32(),
    "layout_id": pl.String(),
    "source_sha256": pl.String(),
    "return_id": pl.String(),
}


@dataclass(frozen=True)
class _Problem:
    """What keeps a layout from fitting, and where."""

    text: str
    cell: str = ""
    mend: str = ""


@dataclass(frozen=True)
class _Found:
    """A layout laid over a grid: where each column stands, or why it does not fit."""

    layout_id: str
    layout: RecordLayout
    first_row: int
    columns: dict[str, int]
    problems: list[_Problem] = field(default_factory=list)


def record_schema(definition: Definition) -> pl.Schema:
    """Return the columns that every file of a record return is read into, whatever its layout."""
    declared = {
        name: TYPES[column.type]
        for layout in definition.records.values()
        for name, column in layout.columns.items()
    }
    return pl.Schema(declared | PROVENANCE)


def candidates(definition: Definition, sheet: str, sheets: int = 1) -> dict[str, RecordLayout]:
    """Return the layouts that a sheet may have; `sheets` is how many the file has.

    A layout that names no sheet is for files of one sheet, text files among them.
    """
    return {
        layout_id: layout
        for layout_id, layout in definition.records.items()
        if (sheets == 1 if layout.sheet is None else fits(sheet, layout.sheet))
    }


def read_record_file(
    definition: Definition,
    grids: Mapping[str, pl.DataFrame],
    sha256: str,
    pseudonym_key: bytes | None = None,
) -> pl.DataFrame:
    """Read every sheet that a layout of the return names, in the order of the sheets.

    A sheet that no layout names is not read. Raises `UntrustedFileError` when there is none
    to be read, and for all that `read_records` does.
    """
    filled = {sheet: grid for sheet, grid in grids.items() if _is_filled(grid)}
    frames = [
        read_records(
            definition, layouts, grid, sheet=sheet, sha256=sha256, pseudonym_key=pseudonym_key
        )
        for sheet, grid in filled.items()
        if (layouts := candidates(definition, sheet, len(filled)))
    ]
    if frames:
        return pl.concat(frames)
    wanted = ", ".join(f"'{one.sheet}'" for one in definition.records.values() if one.sheet)
    raise UntrustedFileError(
        f"No sheet to read records from: there are {', '.join(map(repr, filled)) or 'none'}, "
        f"and expected was {wanted or 'one sheet'}.",
        return_id=definition.return_id,
        mend="If the publisher renamed the sheet, change `sheet` of the layout.",
    )


def read_records(
    definition: Definition,
    layouts: Mapping[str, RecordLayout],
    grid: pl.DataFrame,
    *,
    sheet: str = "",
    sha256: str = "",
    pseudonym_key: bytes | None = None,
) -> pl.DataFrame:
    """Return the records of one sheet, typed, in the columns of `record_schema`.

    Raises `UntrustedFileError` naming sheet and cell when no layout fits both ways, when a
    cell is not what its column holds, when two rows have the same key, and when a column is
    kept as pseudonyms and there is no key to make them with.
    """
    try:
        found = _choose(layouts, grid)
        records = _records(grid, found)
        cleaned = records.select(
            "source_row",
            *(_cleaned(records, name, definition) for name in found.columns),
        )
        typed = cleaned.select(
            *(_typed(cleaned, name, found, pseudonym_key) for name in found.columns),
            pl.col("source_row"),
        )
        _refuse_repeats(typed, found)
    except UntrustedFileError as error:
        error.return_id, error.sheet = definition.return_id, sheet
        raise
    schema = record_schema(definition)
    constants = {
        "source_sheet": sheet,
        "layout_id": found.layout_id,
        "source_sha256": sha256,
        "return_id": definition.return_id,
    }
    absent = [name for name in schema if name not in typed.columns and name not in constants]
    return typed.with_columns(
        *(pl.lit(None).alias(name) for name in absent),
        *(pl.lit(says).alias(name) for name, says in constants.items()),
    ).select(pl.col(name).cast(of_type) for name, of_type in schema.items())


def _is_filled(grid: pl.DataFrame) -> bool:
    return any(series.null_count() < len(series) for series in grid)


def _choose(layouts: Mapping[str, RecordLayout], grid: pl.DataFrame) -> _Found:
    """Return the layout that fits both ways; of several, the one with the most columns."""
    laid = [_lay(layout_id, layout, grid) for layout_id, layout in layouts.items()]
    fitting = sorted((found for found in laid if not found.problems), key=lambda f: -len(f.columns))
    if not fitting:
        raise _no_layout_fits(min(laid, key=lambda found: len(found.problems)))
    first, *others = fitting
    if others and len(others[0].columns) == len(first.columns):
        raise UntrustedFileError(
            f"Two layouts fit this file: '{first.layout_id}' and '{others[0].layout_id}'.",
            mend="Give one of them a `form` or a heading that the other has not.",
        )
    return first


def _no_layout_fits(found: _Found) -> UntrustedFileError:
    first = found.problems[0]
    shown = " ".join(problem.text for problem in found.problems[:SHOWN_PROBLEMS])
    left = len(found.problems) - SHOWN_PROBLEMS
    tail = f" And {left} more differences." if left > 0 else ""
    return UntrustedFileError(
        f"{shown}{tail} (Compared with the nearest layout, '{found.layout_id}'.)",
        cell=first.cell,
        mend=first.mend,
    )


def _lay(layout_id: str, layout: RecordLayout, grid: pl.DataFrame) -> _Found:
    if layout.is_headed:
        return _lay_by_headings(layout_id, layout, grid)
    return _lay_by_positions(layout_id, layout, grid)


# Files with a row of headings.


def _lay_by_headings(layout_id: str, layout: RecordLayout, grid: pl.DataFrame) -> _Found:
    top = grid.head(HEADING_ROWS).rows()
    at = max(range(len(top)), key=lambda row: _known_headings(layout, top[row]), default=None)
    if at is None or not _known_headings(layout, top[at]):
        headings = ", ".join(f"'{column.heading}'" for column in layout.columns.values())
        missing = _Problem(
            f"No row of headings in the first {HEADING_ROWS} rows; expected was {headings}.",
            mend="If the publisher renamed all of them, describe the new layout.",
        )
        return _Found(layout_id, layout, 0, {}, [missing])
    columns, problems = _match_headings(layout, at, top[at])
    problems += _unheaded(at, top[at], grid)
    problems += _records_above(at, top)
    problems += _headings_again(at, top[at], grid)
    problems += [
        _missing_heading(column, top[at])
        for name, column in layout.columns.items()
        if name not in columns and not column.optional
    ]
    return _Found(layout_id, layout, at + 1, columns, problems)


def _known_headings(layout: RecordLayout, cells: Iterable[str | None]) -> int:
    return len({name for cell in cells if cell for name in _named(layout, cell)})


def _named(layout: RecordLayout, heading: str) -> list[str]:
    return [
        name
        for name, column in layout.columns.items()
        if any(fits(heading, wording) for wording in column.wordings)
    ]


def _match_headings(
    layout: RecordLayout, row: int, cells: tuple[str | None, ...]
) -> tuple[dict[str, int], list[_Problem]]:
    columns: dict[str, int] = {}
    problems: list[_Problem] = []
    for index, cell in enumerate(cells):
        if not cell or not visible(cell):
            continue
        names = _named(layout, cell)
        here = cell_name(row, index)
        if not names and not any(fits(cell, ignored) for ignored in layout.ignored):
            problems.append(_unknown_heading(layout, cell, here))
        elif len(names) > 1:
            problems.append(_Problem(f"'{visible(cell)}' may be {' or '.join(names)}.", here))
        elif names and names[0] in columns:
            other = cell_name(row, columns[names[0]])
            problems.append(
                _Problem(f"'{visible(cell)}' stands in {here} and in {other}: {names[0]}.", here)
            )
        elif names:
            columns[names[0]] = index
    return {name: columns[name] for name in layout.columns if name in columns}, problems


def _unknown_heading(layout: RecordLayout, cell: str, here: str) -> _Problem:
    known = [wording for column in layout.columns.values() for wording in column.wordings]
    near = nearest(cell, known)
    return _Problem(
        f"'{visible(cell)}' is no known heading"
        + (f" (the nearest is '{near}')." if near else "."),
        here,
        f"If '{near}' was reworded, add '{visible(cell)}' to its `also_written`."
        if near
        else "Add a column for it, or name it in `ignored`.",
    )


def _missing_heading(column: RecordColumn, cells: Iterable[str | None]) -> _Problem:
    near = nearest(column.heading or "", [visible(cell) for cell in cells if cell])
    hint = f" (the nearest in the file is '{near}')" if near else ""
    return _Problem(
        f"The heading '{column.heading}' is missing{hint}.",
        mend="If files without it are right, say `optional: true`.",
    )


def _unheaded(row: int, cells: tuple[str | None, ...], grid: pl.DataFrame) -> Iterator[_Problem]:
    below = grid.slice(row + 1)
    for index, cell in enumerate(cells):
        filled = below.to_series(index).is_not_null()
        if not visible(cell or "") and filled.any():
            first = int(filled.arg_max() or 0)
            here = cell_name(row + 1 + first, index)
            yield _Problem(f"Column {column_letters(index)} has cells and no heading.", here)


def _records_above(row: int, top: list[tuple[str | None, ...]]) -> Iterator[_Problem]:
    """What stands above the headings is not read, so it has to be a title."""
    for number, cells in enumerate(top[:row]):
        if sum(cell is not None for cell in cells) > MOST_TITLE_CELLS:
            yield _Problem(
                f"Row {number + 1} stands above the headings of row {row + 1} and is no title.",
                cell_name(number, 0),
                "If the headings have two rows, this is no record return.",
            )
            return


def _headings_again(
    row: int, cells: tuple[str | None, ...], grid: pl.DataFrame
) -> Iterator[_Problem]:
    """A second row of headings says that files were put one below the other."""
    same = pl.all_horizontal(
        pl.col(name).str.strip_chars().eq_missing(pl.lit(cell and cell.strip(), pl.String))
        for name, cell in zip(grid.columns, cells, strict=True)
    )
    again = grid.slice(row + 1).select(same.alias("again")).to_series()
    if again.any():
        number = row + 1 + int(again.arg_max() or 0)
        yield _Problem(
            f"The headings of row {row + 1} stand again in row {number + 1}.",
            cell_name(number, 0),
            "Land the files that were joined one by one.",
        )


# Files without headings.


def _lay_by_positions(layout_id: str, layout: RecordLayout, grid: pl.DataFrame) -> _Found:
    counts = " or ".join(map(str, layout.column_counts))
    if grid.width not in layout.column_counts:
        problem = _Problem(
            f"The file has {grid.width} columns; expected were {counts}.",
            cell_name(0, grid.width - 1) if grid.width else "",
            "If the publisher added or dropped columns, check what each position holds now "
            "and add the number to `column_counts`.",
        )
        return _Found(layout_id, layout, 0, {}, [problem])
    columns = {
        name: column.position - 1
        for name, column in layout.columns.items()
        if column.position is not None and column.position <= grid.width
    }
    problems = [
        _Problem(f"Column {column.position} ({name}) is missing: the file has {grid.width}.")
        for name, column in layout.columns.items()
        if name not in columns and not column.optional
    ]
    problems += _unexpected_positions(layout, columns, grid)
    problems += _forms_that_do_not_fit(layout, columns, grid)
    return _Found(layout_id, layout, 0, columns, problems)


def _unexpected_positions(
    layout: RecordLayout, columns: dict[str, int], grid: pl.DataFrame
) -> Iterator[_Problem]:
    """A position that is neither kept nor ignored has to be blank."""
    known = {index + 1 for index in columns.values()} | {
        int(n) for n in layout.ignored if n.isdigit()
    }
    for index in range(grid.width):
        filled = grid.to_series(index).is_not_null()
        if index + 1 not in known and filled.any():
            yield _Problem(
                f"Column {index + 1} was expected to be blank.",
                cell_name(int(filled.arg_max() or 0), index),
                "Add a column for it, or name its position in `ignored`.",
            )


def _forms_that_do_not_fit(
    layout: RecordLayout, columns: dict[str, int], grid: pl.DataFrame
) -> Iterator[_Problem]:
    for name, index in columns.items():
        form = layout.columns[name].form
        if form is None:
            continue
        text = _visible(grid.to_series(index))
        wrong = text.is_not_null() & ~_fits_form(text, form)
        if wrong.any():
            row = int(wrong.arg_max() or 0)
            said = "What stands" if layout.columns[name].pseudonym else repr(text[row])
            yield _Problem(
                f"{said} in column {index + 1} is no {name} (expected was {form}).",
                cell_name(row, index),
                "If the columns have not moved, widen the `form`.",
            )


# The cells.


def _records(grid: pl.DataFrame, found: _Found) -> pl.DataFrame:
    """Return the columns that are kept under their names, without the blank rows."""
    names = grid.columns
    records = grid.with_row_index("source_row", offset=1).slice(found.first_row)
    records = records.filter(pl.any_horizontal(pl.col(names).is_not_null()))
    if records.is_empty():
        raise UntrustedFileError(
            "The file has no records.",
            cell=cell_name(found.first_row, 0),
            mend="Fetch the file again; if it is still empty, ask the publisher.",
        )
    return records.select(
        pl.col("source_row").cast(pl.Int32),
        *(pl.col(names[index]).alias(name) for name, index in found.columns.items()),
    )


def _visible(text: pl.Series) -> pl.Series:
    """Do to a whole column what `wording.visible` does to a text; '' becomes a null."""
    plain = (
        text.str.normalize("NFKC")
        .str.replace_all(r"\p{Cf}", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )
    return plain.to_frame("text").select(pl.when(pl.col("text") != "").then("text")).to_series()


def _cleaned(records: pl.DataFrame, name: str, definition: Definition) -> pl.Series:
    text = _visible(records[name])
    blank = [m for m, meaning in definition.markers.items() if meaning in BLANK_MEANINGS]
    return text.set(text.is_in(blank).fill_null(value=False), None).alias(name)


def _typed(
    cleaned: pl.DataFrame, name: str, found: _Found, pseudonym_key: bytes | None
) -> pl.Series:
    text = cleaned[name]
    column = found.layout.columns[name]
    refuse = partial(_refuse_first, cleaned, name, found)
    refuse(
        text.is_null() if column.is_required else None,
        "a cell that is not blank",
        "A row that is no record (a note, a total) does not belong into a record return.",
    )
    if column.form is not None:
        wrong = text.is_not_null() & ~_fits_form(text, column.form)
        refuse(wrong, f"a text of the form {column.form}", "If it is right, widen the `form`.")
    if column.pseudonym:
        return _pseudonyms(text, pseudonym_key).alias(name)
    typed = _convert(text, column.type)
    refuse(
        text.is_not_null() & typed.is_null(),
        EXPECTED[column.type],
        "If it stands for no value, name it in `markers`; if it is a slip, ask the publisher.",
    )
    return typed.alias(name)


def _pseudonyms(text: pl.Series, key: bytes | None) -> pl.Series:
    if key is None:
        raise UntrustedFileError(
            "The return names people, kept under pseudonyms, and no key is set to make them with.",
            mend="Set JOINEDUP_PSEUDONYM_KEY to the path of a file with a secret key.",
        )
    return pseudonyms(text, key)


def _fits_form(text: pl.Series, form: str) -> pl.Series:
    """Tell which texts fit a form as a whole; the form is Python's, so each is asked once."""
    fitting = [one for one in text.unique().drop_nulls() if re.fullmatch(form, one)]
    return text.is_in(fitting).fill_null(value=False)


def _convert(text: pl.Series, of_type: RecordType) -> pl.Series:
    """Give a column its type; a text that does not have it becomes a null."""
    if of_type == "text":
        return text
    if of_type == "integer":
        return text.set(~text.str.contains(WHOLE), None).cast(pl.Int64)
    if of_type == "number":
        number = text.set(~text.str.contains(NUMBER), None).cast(pl.Float64, strict=False)
        return number.set(~number.is_finite(), None)
    read = YES_NO.get if of_type == "yes_no" else partial(_day, DAYS[of_type])
    said = {one: read(normalise(one)) for one in text.unique().drop_nulls()}
    return text.replace_strict(said, default=None, return_dtype=TYPES[of_type])


def _day(parse: Callable[[str], date], text: str) -> date | None:
    try:
        return parse_day(text) if DATE_CELL.fullmatch(text) else parse(text)
    except ValueError:
        return None


def _refuse_first(
    cleaned: pl.DataFrame,
    name: str,
    found: _Found,
    wrong: pl.Series | None,
    expected: str,
    mend: str,
) -> None:
    """Raise for the first of the rows that are wrong, and say how many there are."""
    count = 0 if wrong is None else int(wrong.sum())
    if wrong is None or not count:
        return
    at = int(wrong.arg_max() or 0)
    said = cleaned[name][at]
    shown = "A value" if found.layout.columns[name].pseudonym else repr(said)
    others = f" So it is in {count - 1} more rows." if count > 1 else ""
    raise UntrustedFileError(
        f"{'A blank' if said is None else shown} stands in {name}, where {expected} was "
        f"expected.{others}",
        cell=cell_name(cleaned["source_row"][at] - 1, found.columns[name]),
        mend=mend,
    )


def _refuse_repeats(typed: pl.DataFrame, found: _Found) -> None:
    key = [name for name in found.layout.key if name in typed.columns]
    if not key:
        return
    repeated = ~typed.select(pl.struct(key).is_first_distinct()).to_series()
    if not repeated.any():
        return
    again = typed.row(int(repeated.arg_max() or 0), named=True)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.lit(again[name])) for name in key)
    first = typed.filter(same)["source_row"][0]
    says = ", ".join(f"{name} {again[name]}" for name in key)
    raise UntrustedFileError(
        f"Rows {first} and {again['source_row']} have the same key: {says}.",
        cell=cell_name(again["source_row"] - 1, found.columns[key[0]]),
        mend="If both are right, `key` needs another column; if not, ask the publisher.",
    )
