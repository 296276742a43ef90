"""A mart as a CSV file that a spreadsheet may open and a program reads back exactly.

RFC 4180 with a byte-order mark, by which Excel knows UTF-8, and lines that end in CR LF. No value
is an empty cell; an empty text is `""`. Days are ISO 8601, and times too (UTC, `T` between).
A spreadsheet would calculate a text that begins with one of `=`, `+`, `-`, `@`, a tab or a line
break, so such a text has an apostrophe before it; so has one that begins with apostrophes and then
one of these, and thus one apostrophe can always be taken away again. Numbers are left as they are.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb

from publishing.mart_tables import Column, Table, quoted, text_literal

FOLDER = "csv"
BYTE_ORDER_MARK = "\ufeff"
LINE_END = "\r\n"

_FORMULA = r"('*[-=+@\t\r\n])"
"""What a text begins with that gets an apostrophe, as DuckDB's regular expression, and Python's."""


def guarded(text: str) -> str:
    """Return a text that no spreadsheet calculates: with an apostrophe where it would."""
    return re.sub(rf"\A{_FORMULA}", r"'\1", text)


def csv_path(folder: Path, table: str) -> Path:
    """Give where the CSV file of a mart lies in a release."""
    return folder / FOLDER / f"{table}.csv"


def write_csv(
    connection: duckdb.DuckDBPyConnection, relation: str, table: Table, path: Path
) -> None:
    """Write `relation` (SQL), which has the shape of `table`, rows in the order it has."""
    heading = [column.name for column in table.columns]
    heading[0] = BYTE_ORDER_MARK + heading[0]
    cells = ", ".join(
        f"{_written(column)} AS {quoted(name)}"
        for column, name in zip(table.columns, heading, strict=True)
    )
    connection.execute(
        f"COPY (SELECT {cells} FROM {relation}) TO {text_literal(str(path))} "  # noqa: S608 - names of our own
        f"(FORMAT csv, HEADER, NEW_LINE {text_literal(LINE_END)})"
    )


def heading_of(path: Path) -> list[str]:
    """Give the names in the first line of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def read_back(path: Path, table: Table) -> str:
    """Give SQL that reads a CSV file as it was before it was written, types and texts."""
    types = ", ".join(
        f"{text_literal(column.name)}: {text_literal(column.type)}" for column in table.columns
    )
    cells = ", ".join(_read(column) for column in table.columns)
    return (
        f"(SELECT {cells} FROM read_csv({text_literal(str(path))}, columns = {{{types}}}, "  # noqa: S608 - names of our own
        "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        r"nullstr = '', allow_quoted_nulls = false, new_line = '\r\n'))"
    )


def _written(column: Column) -> str:
    name = quoted(column.name)
    if column.type == "VARCHAR":
        return rf"regexp_replace({name}, {text_literal('^' + _FORMULA)}, '''\1')"
    if column.type.startswith("TIMESTAMP"):
        return f"replace({name}::VARCHAR, ' ', 'T')"
    return name


def _read(column: Column) -> str:
    name = quoted(column.name)
    if column.type != "VARCHAR":
        return name
    escaped = text_literal("^'" + _FORMULA)
    return rf"regexp_replace({name}, {escaped}, '\1') AS {name}"
