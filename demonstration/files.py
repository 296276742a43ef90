"""Write laid-out sheets as a workbook or a CSV file; the same cells give the same bytes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import xlsxwriter

from demonstration.layout import MARKER

Cells = Mapping[tuple[int, int], str | float | date]
"""Texts, numbers and days by (row, column), both from 0."""

CREATED = datetime(2017, 2, 8, tzinfo=UTC)
"""A fixed date in the workbook's properties, so that a seed always gives the same bytes."""


def write_workbook(path: Path, title: str, sheets: Sequence[tuple[str, bool, Cells]]) -> None:
    """Write sheets given as (name, hidden, cells) to an .xlsx file marked SYNTHETIC."""
    workbook = xlsxwriter.Workbook(str(path), {"in_memory": True})
    workbook.set_properties(
        {
            "title": f"SYNTHETIC {title}",
            "subject": MARKER,
            "author": "joinedup",
            "comments": MARKER,
            "created": CREATED.replace(tzinfo=None),
        }
    )
    day = workbook.add_format({"num_format": "dd/mm/yyyy"})
    for name, hidden, cells in sheets:
        sheet = workbook.add_worksheet(name)
        if hidden:
            sheet.hide()
        for (row, column), value in cells.items():
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write_number(row, column, value)
    workbook.close()


def write_csv(path: Path, cells: Cells, encoding: str, delimiter: str = ",") -> None:
    """Write one sheet's cells as lines of text, blank rows and columns kept."""
    height = max(row for row, _ in cells) + 1
    width = max(column for _, column in cells) + 1
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        for row in range(height):
            writer.writerow([_text(cells.get((row, column), "")) for column in range(width)])


def _text(value: str | float | date) -> str | float:
    """Write a day as publishers do in text files, and a whole number without a fraction."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_whole else value
