"""Source cells: the publishers' cells that the figures of a chart rest on, for page and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from publishing.scorecard.lineage import cells_of, count_cells
from publishing.scorecard.page import CellValue, Chart, SourceCell
from publishing.scorecard.site import Site

SHOWN_CELLS = 40
"""How many cells of a chart its page shows, unless told otherwise."""

CELLS_IN_CSV = 500
"""How many cells the CSV of a chart lists: those of its first figures; the rest is counted."""

CSV_HEADER = ("figure", "file", "sha256_12", "sheet", "cell", "says", "operation")
"""Columns of a chart's `…-cells.csv`; the digits are the first of the file's hash."""


@dataclass(frozen=True)
class ChartCells:
    """The cells of a chart: the first ones for its page, and all that its CSV at `csv` lists.

    `count` is how many there are, `listed` how many of them the CSV has.
    """

    first: tuple[SourceCell, ...]
    csv: str
    count: int
    listed: int

    def on(self, chart: Chart) -> Chart:
        """Return the chart with these cells."""
        return replace(
            chart,
            cells=self.first,
            cells_csv=self.csv,
            cells_count=self.count,
            cells_listed=self.listed,
        )


def chart_cells(
    site: Site,
    csv: str,
    figures: Mapping[str, str],
    shown: int = SHOWN_CELLS,
    most: int = CELLS_IN_CSV,
) -> ChartCells:
    """Write the cells of the figures of one chart to the file `csv`, and keep the first of them.

    `figures` leads from the `lineage_id` of each figure to what its cells are labelled with, in
    the order of their weight: the latest first. A cell that several figures rest on is listed
    once, with the first of them.
    """
    first: list[SourceCell] = []
    cells = source_cells(site, figures)
    listed = 0

    def rows() -> Iterator[tuple[CellValue, ...]]:
        nonlocal listed
        for cell in islice(cells, most):
            listed += 1
            if len(first) < shown:
                first.append(cell)
            yield _csv_row(cell)

    path = site.write_csv(csv, CSV_HEADER, rows())
    more = count_cells(site.lineage, figures) - listed if listed == most else 0
    return ChartCells(tuple(first), path, listed + more, listed)


def write_cells(site: Site, csv: str, cells: Iterable[SourceCell]) -> str:
    """Write cells to the file `csv` and return its path."""
    return site.write_csv(csv, CSV_HEADER, map(_csv_row, cells))


def source_cells(site: Site, figures: Mapping[str, str]) -> Iterator[SourceCell]:
    """Give the cells that figures rest on, figure by figure and each once.

    `figures` leads from `lineage_id` to label. The cells of a denominator say so in theirs.
    """
    return cells_of(site.lineage, figures)


def _csv_row(cell: SourceCell) -> tuple[CellValue, ...]:
    digits = None if cell.source_sha256 is None else cell.source_sha256[:12]
    return (
        cell.figure,
        cell.file_name,
        digits,
        cell.sheet,
        cell.cell,
        cell.raw_text,
        cell.operation,
    )
