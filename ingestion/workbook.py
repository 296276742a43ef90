"""Open a landed file as sheets of text cells, in the places where a person would see them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import fastexcel
import polars as pl

from ingestion.container import Container, damaged, encrypted, inspect
from ingestion.patterns import fits, has_parts
from ingestion.sheetscan import Faults
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name, matches, normalise, place_of

DIGITS = frozenset("0123456789")
TITLE_ROWS = 60
"""A title block and its headings stand within this many rows of the top."""


class Grid(Protocol):
    """Where a sheet's cells come from, when they are asked for."""

    def load(self) -> pl.DataFrame:
        """Return the cells as text columns named by their number from 0; blank is null."""

    @property
    def visibility(self) -> str:
        """Return `visible`, `hidden` or `very hidden`."""


@dataclass(frozen=True)
class Place:
    """A text of the first rows, as it stands, with its row and column counted from 0."""

    text: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        """The spreadsheet name of the cell."""
        return cell_name(self.row, self.column)


@dataclass(frozen=True)
class Sheet:
    """One sheet; rows and columns are counted from 0, as cell A1 is row 0 and column 0.

    `faults` are the cells that hold an error or a formula without a result.
    """

    name: str
    source: Grid
    faults: Faults = field(default_factory=dict)

    @cached_property
    def visibility(self) -> str:
        """`visible`, `hidden` or `very hidden`."""
        return self.source.visibility

    @cached_property
    def grid(self) -> pl.DataFrame:
        """All cells as text, columns named by their number; leading blank ones are left out."""
        grid = self.source.load()
        for (row, column), says in self.faults.items():
            if row < grid.height and str(column) in grid.columns:
                grid[row, str(column)] = says
        return grid

    def column(self, index: int) -> pl.Series:
        """Return a column; one outside the used area is blank."""
        name = str(index)
        if name in self.grid.columns:
            return self.grid[name]
        return pl.Series(name, [None] * self.grid.height, dtype=pl.String)

    def cell(self, row: int, column: int) -> str:
        """Return a cell's text; one that is blank or outside the used area is ''."""
        name = str(column)
        if 0 <= row < self.grid.height and name in self.grid.columns:
            return self.grid[row, name] or ""
        return ""

    @cached_property
    def width(self) -> int:
        """The number of columns up to the last one used."""
        return max((int(name) for name in self.grid.columns), default=-1) + 1

    @cached_property
    def top(self) -> list[dict[int, str]]:
        """The texts of the first rows by column, normalised; blank cells are left out."""
        rows: list[dict[int, str]] = [{} for _ in range(min(TITLE_ROWS, self.grid.height))]
        for series in self.grid.head(TITLE_ROWS).iter_columns():
            column = int(series.name)
            for row, cell in enumerate(series.to_list()):
                if not cell:
                    continue
                # Most cells are figures, of which there is nothing to normalise.
                text = cell if cell.isdigit() and cell.isascii() else normalise(cell)
                if text:
                    rows[row][column] = text
        return rows

    @cached_property
    def texts(self) -> dict[str, list[tuple[int, int]]]:
        """Where each text of the first rows stands, without a colon at its end; no figures."""
        found: dict[str, list[tuple[int, int]]] = {}
        for row, cells in enumerate(self.top):
            for column, text in cells.items():
                if text[0] in DIGITS and text.replace(".", "", 1).isdigit():
                    continue
                found.setdefault(text.rstrip(": "), []).append((row, column))
        return found

    def beside(self, label: str) -> Place | None:
        """Return the cell to the right of a label of the title block.

        A label with a colon goes before one without; with nothing to its right it gives
        a blank. None when there is no such label. Raises `UntrustedFileError` when the
        label stands twice and says two things.
        """
        places = self.texts.get(normalise(label).rstrip(": "))
        if not places:
            return None
        with_colon = [(row, c) for row, c in places if self.top[row][c].endswith(":")]
        said = [self.right_of(*place) for place in with_colon or places[:1]]
        for other in said[1:]:
            if other.text != said[0].text:
                raise UntrustedFileError(
                    f"'{label}' stands twice: {said[0].cell} says '{said[0].text}' and "
                    f"{other.cell} says '{other.text}'.",
                    sheet=self.name,
                    cell=other.cell,
                )
        return said[0]

    def right_of(self, row: int, column: int) -> Place:
        """Return the first cell with a text right of a place; blank if there is none."""
        right = min((c for c in self.top[row] if c > column), default=None)
        if right is None:
            return Place("", row, column + 1)
        return Place(self.cell(row, right).strip(), row, right)

    def row_from(self, place: Place) -> str:
        """Return all texts of a row from a place on, as one."""
        cells = sorted(column for column in self.top[place.row] if column >= place.column)
        return " ".join(self.cell(place.row, column).strip() for column in cells)

    def has_text(self, wording: str) -> bool:
        """Tell whether a cell of the first rows fits a wording."""
        if not has_parts(wording):
            return normalise(wording).rstrip(": ") in self.texts
        return any(fits(text, wording) for text in self.texts)

    def with_cell(self, cell: str, says: str, read_as: str) -> Sheet:
        """Return the sheet with one cell read as something else, if it says what it should."""
        row, column = place_of(cell)
        if normalise(self.cell(row, column)) != normalise(says):
            return self
        grid = self.grid.clone()
        grid[row, str(column)] = read_as
        return Sheet(self.name, Loaded(grid, self.visibility), self.faults)

    @property
    def padded(self) -> pl.DataFrame:
        """The cells with every column from the first on, blank ones too."""
        return pl.DataFrame([self.column(index) for index in range(self.width)])

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the sheet is marked as made for demonstration, in capitals."""
        return any(
            text.startswith("synthetic") and self.cell(*place).strip().startswith("SYNTHETIC")
            for text, places in self.texts.items()
            for place in places[:1]
        )


@dataclass(frozen=True)
class Workbook:
    """The sheets of one file, in order, and what is to be said of the file.

    A text file has one sheet, named ''.
    """

    sheets: list[Sheet]
    file_name: str = ""
    notes: list[str] = field(default_factory=list)
    has_macros: bool = False
    is_text: bool = False

    def matching(self, pattern: str) -> Iterator[Sheet]:
        """Yield the sheets whose name fits a pattern."""
        return (sheet for sheet in self.sheets if matches(sheet.name, pattern))

    @property
    def is_synthetic(self) -> bool:
        """Tell whether any sheet says that it was made for demonstration."""
        return any(sheet.is_synthetic for sheet in self.sheets)


@dataclass
class _WorkbookSheet:
    """A sheet that is parsed when its cells are asked for."""

    reader: fastexcel.ExcelReader
    name: str

    @cached_property
    def parsed(self) -> fastexcel.ExcelSheet:
        """The sheet as the parser has it."""
        try:
            # Every cell as text, in rows counted from the top of the sheet.
            return self.reader.load_sheet(self.name, header_row=None, skip_rows=0, dtypes="string")
        except BaseException as error:
            raise _unreadable(error) from error

    @property
    def visibility(self) -> str:
        """The sheet's state, in the words of a spreadsheet program."""
        return {"veryhidden": "very hidden"}.get(self.parsed.visible, self.parsed.visible)

    def load(self) -> pl.DataFrame:
        """Return the cells, each column under its absolute number."""
        if not self.parsed.width:
            return pl.DataFrame()
        grid = self.parsed.to_polars()
        grid.columns = [str(column.absolute_index) for column in self.parsed.available_columns()]
        return grid


def open_workbook(path: Path, container: Container, file_name: str = "") -> Workbook:
    """Check a workbook and list its sheets, which are parsed when they are looked at.

    Raises `UntrustedFileError` when the file is damaged, encrypted or a trap.
    """
    found = inspect(path, container)
    try:
        # From its bytes: the parser would go by the name if it were given one.
        reader = fastexcel.read_excel(path.read_bytes())
        names = reader.sheet_names
    except BaseException as error:
        raise _unreadable(error) from error
    sheets = [Sheet(n, _WorkbookSheet(reader, n), found.faults.get(n, {})) for n in names]
    return Workbook(sheets, file_name, found.notes, has_macros=found.has_macros)


@dataclass(frozen=True)
class Loaded:
    """Cells that are there already."""

    cells: pl.DataFrame
    visibility: str = "visible"

    def load(self) -> pl.DataFrame:
        """Return the cells."""
        return self.cells


def _unreadable(error: BaseException) -> BaseException:
    """Return the refusal of what the parser cannot read; anything else is passed on."""
    if "password" in str(error).casefold():
        return encrypted()
    known = (fastexcel.FastExcelError, zipfile.BadZipFile, EOFError, OSError, ValueError)
    # Calamine panics on some cut .xls files, and a panic is no Exception.
    if isinstance(error, known) or type(error).__name__ == "PanicException":
        return damaged(error)
    return error
