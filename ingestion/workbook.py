"""Open a workbook as sheets of cells."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingestion.container import Container, damaged, encrypted, inspect
from ingestion.sheetscan import Faults
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import Cell, cell_name, matches, normalise

TITLE_ROWS = 60
"""A title block and its headings stand within this many rows of the top."""


@dataclass(frozen=True)
class Sheet:
    """One sheet with absolute coordinates: `rows[0][0]` is cell A1, blank cells are ''.

    `visibility` is `visible`, `hidden` or `very hidden`. `faults` are the cells, counted
    from 0, that hold an error or a formula without a result; `rows` has the same texts.
    """

    name: str
    visibility: str
    rows: list[list[Cell]]
    faults: Faults = field(default_factory=dict)

    def cell(self, row: int, column: int) -> Cell:
        """Return a cell counted from 0; one outside the used area is blank."""
        if row < 0 or row >= len(self.rows) or column >= len(self.rows[row]):
            return ""
        return self.rows[row][column]

    @cached_property
    def top(self) -> list[list[str]]:
        """The normalised texts of the first rows; a cell that is not text is ''."""
        return [
            [normalise(cell) if isinstance(cell, str) else "" for cell in row]
            for row in self.rows[:TITLE_ROWS]
        ]

    def beside(self, label: str) -> tuple[Cell, str] | None:
        """Return the cell to the right of a label of the title block, and its name.

        A label with a colon goes before one without; with nothing to its right it gives
        a blank. None when there is no such label. Raises `UntrustedFileError` when the
        label stands twice and says two things.
        """
        wanted = normalise(label)
        found = [
            (not text.endswith(":"), self._first_right_of(number, column))
            for number, row in enumerate(self.top)
            for column, text in enumerate(row)
            if text.rstrip(": ") == wanted
        ]
        if not found:
            return None
        best = min(rank for rank, _ in found)
        said = [place for rank, place in found if rank == best]
        for other in said[1:] if not best else []:
            if other[0] != said[0][0]:
                raise UntrustedFileError(
                    f"'{label}' stands twice: {said[0][1]} says '{said[0][0]}' and "
                    f"{other[1]} says '{other[0]}'.",
                    sheet=self.name,
                    cell=other[1],
                )
        return said[0]

    def _first_right_of(self, row: int, column: int) -> tuple[Cell, str]:
        for right in range(column + 1, len(self.rows[row])):
            if self.rows[row][right] != "":
                return self.rows[row][right], cell_name(row, right)
        return "", cell_name(row, column + 1)

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the sheet is marked as made for demonstration, in capitals."""
        return any(
            isinstance(cell, str) and cell.startswith("SYNTHETIC")
            for row in self.rows[:TITLE_ROWS]
            for cell in row
        )


@dataclass(frozen=True)
class Workbook:
    """The sheets of one file, in order, and what is to be said of the file."""

    sheets: list[Sheet]
    notes: list[str] = field(default_factory=list)
    has_macros: bool = False

    def matching(self, pattern: str) -> Iterator[Sheet]:
        """Yield the sheets whose name fits a pattern."""
        return (sheet for sheet in self.sheets if matches(sheet.name, pattern))

    @property
    def is_synthetic(self) -> bool:
        """Tell whether any sheet says that it was made for demonstration."""
        return any(sheet.is_synthetic for sheet in self.sheets)


def open_workbook(path: Path, container: Container) -> Workbook:
    """Check a workbook and read every sheet.

    Raises `UntrustedFileError` when the file is damaged, encrypted or a trap.
    """
    found = inspect(path, container)
    try:
        # By its content: the parser would go by the name if it were given one.
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
        sheets = [
            _sheet(book, meta, found.faults.get(meta.name, {}))
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet
        ]
    except PasswordError as error:
        raise encrypted() from error
    except (CalamineError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise damaged(error) from error
    except BaseException as error:
        # Calamine panics on some cut .xls files, and a panic is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(error) from error
    return Workbook(sheets, found.notes, has_macros=found.has_macros)


def _sheet(book: CalamineWorkbook, meta: SheetMetadata, faults: Faults) -> Sheet:
    """Read one sheet, and put what stands in error cells in the place of the parser's blanks."""
    rows = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
    for (row, column), says in faults.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = says
    return Sheet(meta.name, _visibility(meta), rows, faults)


def _visibility(meta: SheetMetadata) -> str:
    if meta.visible == SheetVisibleEnum.Visible:
        return "visible"
    return "very hidden" if meta.visible == SheetVisibleEnum.VeryHidden else "hidden"
