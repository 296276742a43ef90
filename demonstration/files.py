"""Write laid-out sheets as a workbook or a CSV file; the same cells give the same bytes."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from demonstration.layout import MARKER, Cells

CREATED = datetime(2017, 2, 8, tzinfo=UTC)
"""A fixed date in the workbook's properties, so that a seed always gives the same bytes."""


def write_workbook(path: Path, title: str, sheets: list[tuple[str, bool, Cells]]) -> None:
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
    for name, hidden, cells in sheets:
        sheet = workbook.add_worksheet(name)
        if hidden:
            sheet.hide()
        for (row, column), value in cells.items():
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write_number(row, column, value)
    workbook.close()


def write_csv(path: Path, cells: Cells, encoding: str) -> None:
    """Write one sheet's cells as comma-separated lines, blank rows and columns kept."""
    height = max(row for row, _ in cells) + 1
    width = max(column for _, column in cells) + 1
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        for row in range(height):
            writer.writerow([cells.get((row, column), "") for column in range(width)])
