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
ASIDES = ("office:annotation", "draw:")
"""A comment, or a picture or box that hangs on a cell: their words are not the cell's."""
VALUES = frozenset(
    {
        "office:value",
        "office:string-value",
        "office:date-value",
        "office:time-value",
        "office:boolean-value",
    }
)


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
        self.tables = self.asides = 0
        self.row = self.column = self.row_repeats = self.column_repeats = 0
        self.rows = self.columns = self.elements = self.area = 0
        self.in_question: dict[str, str] | None = None
        self.shown = ""
        self.starts = {
            "table:table": self._start_table,
            "table:table-row": self._start_row,
            "table:table-cell": self._start_cell,
            "table:covered-table-cell": self._start_cell,
        }
        self.ends = {
            "table:table": self._end_table,
            "table:table-row": self._end_row,
            "table:table-cell": self._end_cell,
            "table:covered-table-cell": self._end_cell,
        }

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
        if start := self.starts.get(name):
            start(attributes)
        elif self.in_question is not None and name.startswith(ASIDES):
            self.asides += 1

    def _end(self, name: str) -> None:
        if end := self.ends.get(name):
            end()
        elif self.in_question is not None and name.startswith(ASIDES):
            self.asides -= 1

    def _text(self, text: str) -> None:
        is_asked = self.in_question is not None and self.tables == 1 and not self.asides
        if is_asked and len(self.shown) < MOST_ERROR_TEXT:
            self.shown += text

    def _start_table(self, attributes: dict[str, str]) -> None:
        self.tables += 1
        if self.tables == 1:
            self.sheet = attributes.get("table:name", "")
            self.found.setdefault(self.sheet, {})
            self.area += self.rows * self.columns
            self.row = self.rows = self.columns = 0

    def _end_table(self) -> None:
        self.tables -= 1

    def _start_row(self, attributes: dict[str, str]) -> None:
        if self.tables == 1:
            self.column = 0
            self.row_repeats = _repeats(attributes, "table:number-rows-repeated")

    def _end_row(self) -> None:
        if self.tables == 1:
            self.row += self.row_repeats

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if self.tables != 1:
            return  # a table within a cell is not read
        self.elements += 1
        self.column_repeats = _repeats(attributes, "table:number-columns-repeated")
        self.in_question, self.shown = None, ""
        if not _has_value(attributes) or "table:formula" in attributes or _is_error(attributes):
            self.in_question = attributes
        else:
            self._measure()

    def _end_cell(self) -> None:
        if self.tables != 1:
            return
        if self.in_question is not None:
            self._look_at(self.in_question, self.shown.strip())
            self.in_question = None
        self.column += self.column_repeats

    def _look_at(self, cell: dict[str, str], shown: str) -> None:
        if not shown and not _has_value(cell) and "table:formula" not in cell:
            return
        self._measure()
        if says := self._fault(cell, shown):
            rows = range(self.row, self.row + self.row_repeats)
            columns = range(self.column, self.column + self.column_repeats)
            for place in product(rows, columns):
                keep_fault(self.sheet, place, says, self.found[self.sheet])

    def _fault(self, cell: dict[str, str], shown: str) -> str:
        """Return what stands in the place of a cell's value, '' when it has a value."""
        if _is_error(cell):
            return shown or "#ERROR"
        if "table:formula" in cell:
            if ERROR.fullmatch(shown):
                return shown
            return "" if _has_value(cell) else NO_RESULT
        if _has_value(cell):
            return ""
        raise UntrustedFileError(
            f"The cell shows '{shown}' and has no value.",
            sheet=self.sheet,
            cell=cell_name(self.row, self.column),
            mend="Open the workbook and save it again.",
        )

    def _measure(self) -> None:
        """Refuse what would fill the memory; the sheets of a book count together."""
        self.rows = max(self.rows, self.row + self.row_repeats)
        self.columns = max(self.columns, self.column + self.column_repeats)
        over = self.area + self.rows * self.columns > MOST_CELLS or self.elements > MOST_CELLS
        cell = (self.row + self.row_repeats - 1, self.column + self.column_repeats - 1)
        if refusal := too_far_out(self.sheet, cell, self.rows, self.columns, is_over=over):
            raise refusal


def _has_value(cell: dict[str, str]) -> bool:
    return cell.get("office:value-type") == "string" or not VALUES.isdisjoint(cell)


def _is_error(cell: dict[str, str]) -> bool:
    return cell.get("calcext:value-type") == "error"


def _repeats(attributes: dict[str, str], name: str) -> int:
    repeats = int(attributes.get(name, "1"))
    if repeats < 1:
        raise ValueError(f"{name} is {repeats}")
    return repeats
