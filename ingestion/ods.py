"""Scan `content.xml` of an .ods workbook for what a parser dies of or passes over in silence.

A cell or a row may say that it is repeated, so a short file can fill any memory; the
parser cuts a sheet at the last row that Excel has and says nothing, and it reads an
error, a formula without a result and a text without a type as blanks or as 0. Elements
are told by the names with which the parser looks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from xml.parsers.expat import ParserCreate

from ingestion.sheetscan import (
    MOST_CELLS,
    MOST_ERROR_TEXT,
    NO_RESULT,
    Faults,
    declares_entities,
    keep_fault,
    too_far_out,
)
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name

ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|CALC!|SPILL!)|Err:[0-9]{3}")
VALUES = (
    "office:value",
    "office:string-value",
    "office:date-value",
    "office:time-value",
    "office:boolean-value",
)
CELLS = ("table:table-cell", "table:covered-table-cell")


def scan_content(pieces: Iterator[bytes]) -> dict[str, Faults]:
    """Return the cells of each sheet that hold an error or no result.

    Raises `UntrustedFileError` for a DOCTYPE, for a cell that shows a text and has no
    value, and for sheets that reach further than Excel's or would fill the memory;
    ExpatError and ValueError for XML that is damaged.
    """
    return _Walk().through(pieces)


class _Walk:
    """One walk through the sheets; rows and columns are counted from 0."""

    def __init__(self) -> None:
        self.found: dict[str, Faults] = {}
        self.sheet = ""
        self.tables = self.paragraphs = self.annotations = 0
        self.row = self.column = self.row_repeats = self.column_repeats = 0
        self.rows = self.columns = self.elements = self.area = 0
        self.cell: dict[str, str] | None = None
        self.shown = ""

    def through(self, pieces: Iterator[bytes]) -> dict[str, Faults]:
        """Walk through all pieces."""
        parser = ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
        return {sheet: faults for sheet, faults in self.found.items() if faults}

    def _doctype(self, *_: object) -> None:
        raise declares_entities("Part 'content.xml'")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            self.paragraphs += 1
        elif name == "office:annotation":
            self.annotations += 1
        elif name == "table:table":
            self.tables += 1
            if self.tables == 1:
                self._start_sheet(attributes.get("table:name", ""))
        elif self.tables == 1:  # a table inside a cell is not read
            if name in CELLS:
                self.cell, self.shown = attributes, ""
                self.column_repeats = _repeats(attributes, "table:number-columns-repeated")
            elif name == "table:table-row":
                self.column = 0
                self.row_repeats = _repeats(attributes, "table:number-rows-repeated")

    def _start_sheet(self, name: str) -> None:
        self.sheet = name
        self.found.setdefault(name, {})
        self.area += self.rows * self.columns
        self.row = self.rows = self.columns = 0

    def _text(self, text: str) -> None:
        if self.paragraphs and not self.annotations and len(self.shown) < MOST_ERROR_TEXT:
            self.shown += text

    def _end(self, name: str) -> None:
        if name == "text:p":
            self.paragraphs -= 1
        elif name == "office:annotation":
            self.annotations -= 1
        elif name == "table:table":
            self.tables -= 1
        elif self.tables == 1:
            if name in CELLS and self.cell is not None:
                self._end_cell(self.cell)
            elif name == "table:table-row":
                self.row += self.row_repeats

    def _end_cell(self, cell: dict[str, str]) -> None:
        shown = self.shown.strip()
        has_value = any(value in cell for value in VALUES)
        self.elements += 1
        if has_value or shown or "table:formula" in cell:
            self.rows = max(self.rows, self.row + self.row_repeats)
            self.columns = max(self.columns, self.column + self.column_repeats)
            self._refuse_size()
            if says := self._fault(cell, shown, has_value=has_value):
                self._keep(says)
        elif self.elements > MOST_CELLS:
            self._refuse_size()
        self.column += self.column_repeats
        self.cell = None

    def _fault(self, cell: dict[str, str], shown: str, *, has_value: bool) -> str:
        """Return what stands in the place of a cell's value, '' when it has a value."""
        is_text = cell.get("office:value-type") == "string"
        if cell.get("calcext:value-type") == "error":
            return shown or "#ERROR"
        if ERROR.fullmatch(shown) and ("table:formula" in cell or not is_text):
            return shown
        if has_value or is_text:
            return ""
        if "table:formula" in cell:
            return NO_RESULT
        raise UntrustedFileError(
            f"The cell shows '{shown}' and has no value.",
            sheet=self.sheet,
            cell=cell_name(self.row, self.column),
            mend="Open the workbook and save it again.",
        )

    def _refuse_size(self) -> None:
        """Refuse what would fill the memory; the sheets of a book count together."""
        over = self.area + self.rows * self.columns > MOST_CELLS or self.elements > MOST_CELLS
        cell = (self.row + self.row_repeats - 1, self.column + self.column_repeats - 1)
        if refusal := too_far_out(self.sheet, cell, self.rows, self.columns, is_over=over):
            raise refusal

    def _keep(self, says: str) -> None:
        rows = range(self.row, self.row + self.row_repeats)
        columns = range(self.column, self.column + self.column_repeats)
        for place in product(rows, columns):
            keep_fault(self.sheet, place, says, self.found[self.sheet])


def _repeats(attributes: dict[str, str], name: str) -> int:
    repeats = int(attributes.get(name, "1"))
    if repeats < 1:
        raise ValueError(f"{name} is {repeats}")
    return repeats
