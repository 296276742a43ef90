"""Open a landed file as sheets of text cells, in the places where a person would see them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Protocol, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingestion.container import Container, Inspection, damaged, encrypted, inspect
from ingestion.patterns import fits, has_parts
from ingestion.plain_book import PlainGrid, read_plain, stand_ins
from ingestion.sheetscan import Faults
from ingestion.split import TITLE_ROWS, Column, Split
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import as_text, cell_name, normalise, place_of

DIGITS = frozenset("0123456789")


class Grid(Protocol):
    """Where a sheet's cells come from, when they are asked for."""

    def load(self) -> list[Column]:
        """Return the columns from the first on, all of the same height."""

    def split(self) -> Split | None:
        """Return the cells apart, if that is known without a look at each."""

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
    def columns(self) -> list[Column]:
        """The cells, column by column."""
        columns = self.source.load()
        for (row, column), says in self.faults.items():
            if column < len(columns) and row < len(columns[column]):
                columns[column] = [*columns[column][:row], says, *columns[column][row + 1 :]]
        return columns

    @cached_property
    def split(self) -> Split:
        """The cells, numbers apart from all others."""
        return self.source.split() or Split.of(self.columns)

    @cached_property
    def height(self) -> int:
        """The number of rows up to the last one used."""
        return max((len(column) for column in self.columns), default=0)

    @property
    def width(self) -> int:
        """The number of columns up to the last one used."""
        return len(self.columns)

    def column(self, index: int, first: int = 0, end: int | None = None) -> Column:
        """Return the cells of a column in some rows; one outside the used area is blank."""
        if index < len(self.columns):
            return self.columns[index][first:end]
        return [""] * len(range(self.height)[first:end])

    def numbers(self, index: int, first: int, end: int) -> NDArray[np.float64]:
        """Return the numbers of a column in some rows, NaN where there is none."""
        place = self.split.place.get(index)
        if place is None:
            return np.full(len(range(self.height)[first:end]), np.nan)
        return self.split.numbers[place, first:end]

    def cell(self, row: int, column: int) -> str:
        """Return a cell's text; one that is blank or outside the used area is ''."""
        if 0 <= row < self.height and column < self.width:
            return as_text(self.columns[column][row])
        return ""

    @cached_property
    def top(self) -> TopRows:
        """The first rows, each with its texts by column."""
        return TopRows(self.columns, self.height)

    @cached_property
    def texts(self) -> dict[str, list[tuple[int, int]]]:
        """Where each text of the first rows stands, without a colon at its end; no figures."""
        found: dict[str, list[tuple[int, int]]] = {}
        for row, number, cell in self.split.top:
            text = _label(cell if isinstance(cell, str) else as_text(cell))
            if text:
                found.setdefault(text, []).append((row, number))
        return found

    def beside(self, label: str) -> Place | None:
        """Return the cell to the right of a label of the title block.

        A label with a colon goes before one without, and of those without the first, as the
        others may head columns; with nothing to its right it gives a blank. None when there
        is no such label. Raises `UntrustedFileError` when labels with a colon say two things.
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

    def all_beside(self, label: str) -> list[Place]:
        """Return what stands to the right of each cell that is this label, colon or not."""
        places = self.texts.get(normalise(label).rstrip(": "), [])
        return [self.right_of(*place) for place in places]

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
        columns = [list(one) for one in self.columns]
        columns[column][row] = read_as
        return Sheet(self.name, Loaded(columns, self.visibility), self.faults)

    @cached_property
    def grid(self) -> pl.DataFrame:
        """The cells as texts, null where they are blank, each column under its number."""
        texts = ([as_text(cell) or None for cell in column] for column in self.columns)
        return pl.DataFrame(
            [pl.Series(str(n), column, dtype=pl.String) for n, column in enumerate(texts)]
        )

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the sheet is marked as made for demonstration, in capitals."""
        return any(
            text.startswith("synthetic") and self.cell(*place).strip().startswith("SYNTHETIC")
            for text, places in self.texts.items()
            for place in places[:1]
        )


class TopRows(Sequence[dict[int, str]]):
    """The first rows of a sheet: the texts of each by column, normalised; blanks are left out.

    A row is looked at when it is asked for: of most, nobody asks.
    """

    def __init__(self, columns: Sequence[Column], height: int) -> None:
        self._columns = columns
        self._height = min(TITLE_ROWS, height)
        self._rows: dict[int, dict[int, str]] = {}

    def __len__(self) -> int:
        return self._height

    @overload
    def __getitem__(self, row: int) -> dict[int, str]: ...
    @overload
    def __getitem__(self, row: slice) -> list[dict[int, str]]: ...
    def __getitem__(self, row: int | slice) -> dict[int, str] | list[dict[int, str]]:
        if isinstance(row, slice):
            return [self[number] for number in range(self._height)[row]]
        if not 0 <= row < self._height:
            raise IndexError(row)
        if row not in self._rows:
            said = ((n, column[row]) for n, column in enumerate(self._columns))
            texts = ((n, normalise(as_text(cell))) for n, cell in said if cell not in ("", None))
            self._rows[row] = {number: text for number, text in texts if text}
        return self._rows[row]


@lru_cache(maxsize=65_536)
def _label(text: str) -> str:
    """Return a text as it is looked up, without a colon at its end; '' for a figure."""
    said = normalise(text).rstrip(": ")
    return "" if said and is_figure(said) else said


def is_figure(text: str) -> bool:
    """Tell whether a text is a plain number."""
    return text[0] in DIGITS and text.replace(".", "", 1).isdigit()


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
        return (sheet for sheet in self.sheets if fits(sheet.name, pattern))

    @property
    def is_synthetic(self) -> bool:
        """Tell whether any sheet says that it was made for demonstration."""
        return any(sheet.is_synthetic for sheet in self.sheets)


@dataclass
class _WorkbookSheet:
    """A sheet that is parsed when its cells are asked for."""

    book: CalamineWorkbook
    meta: SheetMetadata

    @property
    def visibility(self) -> str:
        """The sheet's state, in the words of a spreadsheet program."""
        return _visibility(self.meta)

    def split(self) -> None:
        """Tell that each cell has to be looked at."""

    def load(self) -> list[Column]:
        """Return the cells as the parser has them: a number with all its digits."""
        try:
            sheet = self.book.get_sheet_by_name(self.meta.name)
            rows = sheet.to_python(skip_empty_area=False)
        except BaseException as error:
            raise _unreadable(error) from error
        return list(zip(*rows, strict=True))


def open_workbook(path: Path, container: Container, file_name: str = "") -> Workbook:
    """Check a workbook and list its sheets, which are parsed when they are looked at.

    Raises `UntrustedFileError` when the file is damaged, encrypted or a trap.
    """
    found = inspect(path, container)
    try:
        book, plain = _parsed(path, found)
        listed = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    except BaseException as error:
        raise _unreadable(error) from error
    _refuse_lost(found.faults.keys() - {one.name for one in listed})
    sheets = [
        Sheet(one.name, _grid(book, one, plain), found.faults.get(one.name, {})) for one in listed
    ]
    return Workbook(sheets, file_name, found.notes, has_macros=found.has_macros)


def _refuse_lost(sheets: Set[str]) -> None:
    """Refuse sheets that the parser spells otherwise: it would read their errors as blanks."""
    if sheets:
        raise UntrustedFileError(
            "The sheet has cells with errors, and a name that cannot be read with certainty.",
            sheet=min(sheets),
            mend="Ask the publisher to name it without tabs and line breaks.",
        )


def _parsed(path: Path, found: Inspection) -> tuple[CalamineWorkbook, dict[str, PlainGrid]]:
    """Open a workbook, and its plain sheets by name; the parser has all others."""
    # From its bytes: the parser would go by the name if it were given one.
    if not found.parts:
        return CalamineWorkbook.from_filelike(BytesIO(path.read_bytes())), {}
    book = CalamineWorkbook.from_filelike(found.unpacked(stand_ins(found.plain)))
    plain = read_plain(book, found.plain)
    if len(plain) < len(found.plain):
        book = CalamineWorkbook.from_filelike(found.unpacked({}))
    return book, plain


def _grid(book: CalamineWorkbook, meta: SheetMetadata, plain: Mapping[str, PlainGrid]) -> Grid:
    if meta.name in plain:
        return plain[meta.name].seen_as(_visibility(meta))
    return _WorkbookSheet(book, meta)


def _visibility(meta: SheetMetadata) -> str:
    """Return a sheet's state, in the words of a spreadsheet program."""
    if meta.visible == SheetVisibleEnum.Visible:
        return "visible"
    return "very hidden" if meta.visible == SheetVisibleEnum.VeryHidden else "hidden"


@dataclass(frozen=True)
class Loaded:
    """Cells that are there already."""

    cells: Sequence[Column]
    visibility: str = "visible"

    @classmethod
    def of(cls, grid: pl.DataFrame) -> Loaded:
        """Return the cells of a text file; all are texts."""
        return cls([series.to_list() for series in grid.iter_columns()])

    def load(self) -> list[Column]:
        """Return the columns."""
        return list(self.cells)

    def split(self) -> None:
        """Tell that each cell has to be looked at."""


def _unreadable(error: BaseException) -> BaseException:
    """Return the refusal of what the parser cannot read; anything else is passed on."""
    if isinstance(error, PasswordError):
        return encrypted()
    known = (CalamineError, zipfile.BadZipFile, EOFError, OSError, ValueError)
    # Calamine panics on some cut .xls files, and a panic is no Exception.
    if isinstance(error, known) or type(error).__name__ == "PanicException":
        return damaged(error)
    return error
