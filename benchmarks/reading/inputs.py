"""Make the workbooks to read: seeded, so that two runs read the same figures."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

SHEETS, ROWS, COLUMNS = 6, 200, 16
HEADINGS = "ABCDEFGHIJKLMNOP"
MONTHS = 480
"""After so many, periods come again: the return has no more."""
HEADER_ROW = 13
"""Counted from 0; England stands below it, then a blank row, then the councils."""


@dataclass(frozen=True)
class Inputs:
    """The workbooks and the sum of each one's figures, which every reader has to find."""

    paths: list[Path]
    totals: list[int]


def make_inputs(folder: Path, workbooks: int, seed: int = 2017) -> Inputs:
    """Write workbooks of six sheets of 200 councils by 16 reasons."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)  # noqa: S311 - figures of a benchmark
    paths, totals = [], []
    for number in range(workbooks):
        path = folder / f"{number:04}.xlsx"
        totals.append(_write(path, number, chance))
        paths.append(path)
    return Inputs(paths, totals)


def _write(path: Path, number: int, chance: random.Random) -> int:
    year, month = divmod(number % MONTHS, 12)
    month_name = "January February March April May June July August September October November"
    names = [*month_name.split(), "December"]
    period = f"{names[month]} {2012 + year}"
    total = 0
    with xlsxwriter.Workbook(path) as book:
        for sheet_number in range(1, SHEETS + 1):
            sheet = book.add_worksheet(f"Table {sheet_number}")
            lines = [
                ("Title:", "Benchmark return"),
                ("Summary:", "SYNTHETIC: made for a benchmark"),
                ("Period:", period),
                ("Published:", "-"),
            ]
            for row, line in enumerate(lines):
                sheet.write_row(row + 1, 1, line)
            sheet.write_row(HEADER_ROW, 1, ["Region", "Code", "Name", *HEADINGS])
            sums = [0] * COLUMNS
            for row in range(ROWS):
                figures = [chance.randint(0, 5000) for _ in range(COLUMNS)]
                sums = [a + b for a, b in zip(sums, figures, strict=True)]
                cells = [figure or "-" for figure in figures]
                place = [f"Region {row % 9}", f"E{row:03}", f"Council number {row}"]
                sheet.write_row(HEADER_ROW + 3 + row, 1, [*place, *cells])
            sheet.write_row(HEADER_ROW + 1, 1, ["", "-", "England", *sums])
            total += 2 * sum(sums)
    return total
