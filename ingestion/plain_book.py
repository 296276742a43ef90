"""Have the parser say what plain sheets leave open: shared texts, and which formats are of days.

In the zip that the parser is given, each plain sheet is replaced by a short one with a number of
its own in A1, by which it is known again. The first of them goes on with one number in each format
that is used and with every shared text once. So each is read by the parser, as it would be in its
place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineWorkbook

from ingestion.listed import Numbers
from ingestion.plain_sheet import PlainCells
from ingestion.split import TITLE_ROWS, Column, Split

A_DAY = 45_000
"""The number of a day in 2023, if its format is one of days."""
MARK = 7_310_526_480_000
"""The number of the first stand-in; no return has a number like it."""


@dataclass(frozen=True)
class PlainPart:
    """A plain sheet by its name, as it lies in a part of the zip."""

    sheet: str
    cells: PlainCells


def stand_ins(plain: Mapping[str, PlainPart]) -> dict[str, bytes]:
    """Return for each part with a plain sheet what stands in its place."""
    parts = list(plain.values())
    asked = [
        *(f"{_attribute('s', one)}><v>{A_DAY}" for one in _formats(parts)),
        *(f' t="s"><v>{number}' for number in range(_texts(parts))),
    ]
    first = {next(iter(plain)): asked} if plain else {}
    return {
        part: _sheet([f"><v>{mark}", *first.get(part, [])]) for mark, part in enumerate(plain, MARK)
    }


def read_plain(book: CalamineWorkbook, plain: Mapping[str, PlainPart]) -> dict[str, PlainGrid]:
    """Return the plain sheets of a workbook that was given the stand-ins, by name.

    A sheet with days, and one that the parser looks for elsewhere or knows by another name, is left
    out; so are all when it cannot say each format and text.
    """
    parts = list(plain.values())
    said = [_said(book, part.sheet) for part in parts]
    formats = _formats(parts)
    if not parts or said[0][:1] != [MARK] or len(said[0]) != 1 + len(formats) + _texts(parts):
        return {}
    numbers, texts = said[0][1 : 1 + len(formats)], said[0][1 + len(formats) :]
    if not all(isinstance(text, str) for text in texts):
        return {}
    days = {one for one, cell in zip(formats, numbers, strict=True) if type(cell) is not float}
    listed = np.array([*texts, ""], dtype=object)
    return {
        part.sheet: PlainGrid(part.cells, listed)
        for mark, (part, cells) in enumerate(zip(parts, said, strict=True), MARK)
        if days.isdisjoint(part.cells.formats) and cells[:1] == [mark]
    }


def _formats(parts: Sequence[PlainPart]) -> list[str]:
    return sorted(frozenset[str]().union(*(part.cells.formats for part in parts)))


def _texts(parts: Sequence[PlainPart]) -> int:
    return max((part.cells.texts for part in parts), default=0)


def _attribute(name: str, value: str) -> str:
    return f' {name}="{value}"' if value else ""


def _sheet(cells: Sequence[str]) -> bytes:
    """Return the XML of a sheet with cells in its first column only."""
    rows = [
        f'<row r="{row}"><c r="A{row}"{cell}</v></c></row>' for row, cell in enumerate(cells, 1)
    ]
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = "".join(rows)
    return f'<worksheet xmlns="{space}"><sheetData>{content}</sheetData></worksheet>'.encode()


def _said(book: CalamineWorkbook, sheet: str) -> list[object]:
    """Return the first column of a sheet, or nothing: the parser may know it by another name.

    What it cannot read it says of the sheet itself, if that is ever looked at.
    """
    try:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except CalamineError:
        return []
    return [row[0] for row in rows]


@dataclass(frozen=True, eq=False)
class PlainGrid:
    """The cells of a plain sheet; a column is spelled out when it is looked at.

    `texts` are the shared ones, and a blank behind them.
    """

    cells: PlainCells
    texts: NDArray[np.object_] = field(repr=False)
    visibility: str = "visible"

    def seen_as(self, visibility: str) -> PlainGrid:
        """Return the sheet as visible or hidden."""
        return replace(self, visibility=visibility)

    def load(self) -> list[Column]:
        """Return the columns."""
        return [_PlainColumn(self, number) for number in range(len(self.place))]

    @cached_property
    def place(self) -> NDArray[np.int32]:
        """Where the cell of each column and row is among the cells; -1 for a blank one."""
        cells = self.cells
        place = np.full((int(cells.column.max()) + 1, int(cells.row[-1]) + 1), -1, dtype=np.int32)
        place[cells.column, cells.row] = np.arange(len(cells.row))
        return place

    @cached_property
    def text(self) -> Numbers:
        """The text of each cell among the shared ones; the blank one for a number."""
        cells = self.cells
        return np.where(cells.is_text, cells.value, len(self.texts) - 1).astype(np.int64)

    def split(self) -> Split:
        """Return the cells, numbers apart from all others; blank ones are left out."""
        cells = self.cells
        dense = np.full(self.place.shape, np.nan)
        dense[cells.column, cells.row] = np.where(cells.is_text, np.nan, cells.value)
        filled = np.flatnonzero(~np.isnan(dense).all(axis=1))
        top = np.flatnonzero(cells.is_text[: np.searchsorted(cells.row, TITLE_ROWS)])
        said = self.texts[self.text[top]].tolist()
        places = zip(cells.row[top].tolist(), cells.column[top].tolist(), said, strict=True)
        is_used = np.zeros(len(self.texts), dtype=bool)
        is_used[self.text[cells.is_text]] = True
        return Split(
            dense[filled] if len(filled) else np.zeros(0),
            {column: number for number, column in enumerate(filled.tolist())},
            set(self.texts[is_used].tolist()),
            [place for place in places if place[2]],
        )


class _PlainColumn(Sequence[object]):
    """A column of a plain sheet; of most, no more than a cell or two is asked for."""

    def __init__(self, grid: PlainGrid, number: int) -> None:
        self._grid, self._at = grid, grid.place[number]

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[object]:
        return iter(self._cells)

    @overload
    def __getitem__(self, row: int) -> object: ...
    @overload
    def __getitem__(self, row: slice) -> list[object]: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return self._cells[row]
        at = self._at[row]
        cells = self._grid.cells
        if at < 0:
            return ""
        return (
            self._grid.texts[self._grid.text[at]] if cells.is_text[at] else float(cells.value[at])
        )

    @cached_property
    def _cells(self) -> list[object]:
        cells, blank = self._grid.cells, len(self._grid.texts) - 1
        found: list[object] = self._grid.texts[
            np.where(self._at < 0, blank, self._grid.text[self._at])
        ].tolist()
        rows = np.flatnonzero((self._at >= 0) & ~cells.is_text[self._at])
        for row, value in zip(rows.tolist(), cells.value[self._at[rows]].tolist(), strict=True):
            found[row] = value
        return found
