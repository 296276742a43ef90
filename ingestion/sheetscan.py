"""Scan the XML of one .xlsx sheet for what a parser dies of or passes over in silence.

The parser allots memory for the whole rectangle from A1 to the outermost cell and ends
the process when there is not enough; it reads an error (#DIV/0!) and a formula without a
result as blanks. A sheet in the plain form that spreadsheet programs write is looked
through with one search; any other is walked element by element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers.expat import ParserCreate

import numpy as np
import polars as pl

from ingestion.untrusted import UntrustedFileError
from ingestion.wording import cell_name

Faults = dict[tuple[int, int], str]
"""Cells, row and column counted from 0, that hold an error or a formula without a result."""

Pieces = Callable[[], Iterator[bytes]]

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
MOST_CELLS = 10_000_000
"""Cells of the rectangle from A1: ten times the largest return known."""
MOST_FAULTS = 100_000
MOST_PLAIN_BYTES = MOST_CELLS * len("<c r='A1'><v>1</v></c>")
"""In so many bytes there are no more cells than that."""
MOST_ERROR_TEXT = 64
CARRIED_BYTES = 4 * 1024 * 1024
NO_RESULT = "=?"
"""Stands in the place of a formula that was saved without its result."""

NOT_PLAIN = r"<c(?:[\t\r\n/>]| [^r]| r[^=]| r=[^\"])|:c[\s/>]|<!"
FAR_OUT = r'<c r="(?:[A-Z]{3}|[A-Z]{1,2}[0-9]{5})'
"""Without such a cell the rectangle has at most 702 columns and 9,999 rows."""
IN_QUESTION = r" t=[\"']e[\"']|<f[\s/>]"

LONGEST_NAME = 16
"""More bytes than are looked at from the beginning of a cell on."""

REFERENCE = re.compile(rb'<c r="([A-Z]+[0-9]+)"')
ERROR = re.compile(rb""" t=["']e["']""")
FORMULA = re.compile(rb"<f(?=[\s/>])")
CELL = re.compile(
    rb'<c r="(?P<name>[A-Z]+[0-9]+)"(?P<kind>[^>]*?)>'
    rb"(?P<formula><f(?:\s[^>]*)?(?:/>|>[^<]*</f>))?(?:<v[^>]*>(?P<value>[^<]*)</v>)?"
)
LETTERS = bytes(range(ord("A"), ord("Z") + 1))
DIGITS = b"0123456789"


class _NotPlainError(Exception):
    """The sheet is written in a form that the search does not know."""


class _FarOutError(Exception):
    """The sheet has cells so far out that its rectangle has to be measured."""


def declares_entities(what: str) -> UntrustedFileError:
    """Return the refusal of XML that declares entities."""
    return UntrustedFileError(
        f"{what} of the workbook has a DOCTYPE, which could name outside files.",
        mend="Look at it by hand before it is read.",
    )


def scan_sheet(sheet: str, pieces: Pieces) -> Faults:
    """Return the cells of a sheet that hold an error or no result.

    `pieces` gives the sheet's XML from its beginning each time it is called. Raises
    `UntrustedFileError` for a sheet beyond Excel's limits, or so wide and long that it
    would fill the memory, and for one that declares entities.
    """
    try:
        try:
            return _search(sheet, pieces(), measure=False)
        except _FarOutError:
            return _search(sheet, pieces(), measure=True)
    except _NotPlainError:
        return _Walk(sheet).through(pieces())


def _search(sheet: str, pieces: Iterator[bytes], *, measure: bool) -> Faults:
    faults: Faults = {}
    rows, columns, size = 0, 0, 0
    for text in _whole_cells(pieces):
        size += len(text)
        if measure:
            far = _outermost(text)
            rows, columns = max(rows, far[0]), max(columns, far[1])
        wanted = f"{NOT_PLAIN}|{IN_QUESTION}" + ("" if measure else f"|{FAR_OUT}")
        if not _is_ordinary(text) and (odd := _odd(wanted, text)):
            if any(re.match(FAR_OUT, what) for what in odd):
                raise _FarOutError
            if not all(re.match(IN_QUESTION, what) for what in odd):
                raise _NotPlainError
            _collect(sheet, text, faults)
    is_beyond = rows > MOST_ROWS or columns > MOST_COLUMNS
    if is_beyond or rows * columns > MOST_CELLS or size > MOST_PLAIN_BYTES:
        # Cells that only have a format do not count, which the search cannot tell.
        raise _NotPlainError
    return faults


def _whole_cells(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut the XML anew, so that no cell is cut in two."""
    text = b""
    for piece in pieces:
        if not text and b"\x00" in piece[:64]:
            raise _NotPlainError
        cut = max(0, text.rfind(b"<c "))
        if cut:
            yield text[:cut]
        elif len(text) > CARRIED_BYTES:
            raise _NotPlainError
        text = text[cut:] + piece
    yield text


def _is_ordinary(text: bytes) -> bool:
    """Tell whether nothing in a text can be odd: a third of the work of searching for it.

    All bytes are compared at once; True only where the search would find nothing.
    """
    size = len(text)
    at = np.frombuffer(text + bytes(LONGEST_NAME), dtype=np.uint8)
    first, second = at[:size], at[1 : size + 1]
    opens, is_c = first == ord("<"), second == ord("c")
    is_error = (first == ord("t")) & (second == ord("=")) & (at[3 : size + 3] == ord("e"))
    marks = opens & ((second == ord("!")) | (second == ord("f")))
    if (marks | is_error | (is_c & (first == ord(":")))).any():
        return False
    cells = np.flatnonzero(opens & is_c)
    cells = cells[at[cells + 2] != ord("o")]  # <cols> and <col> are no cells
    if any((at[cells + n] != byte).any() for n, byte in enumerate(b'<c r="')):
        return False
    third, sixth = at[cells + 8], at[cells + 11]
    return not ((third >= ord("A")) | ((sixth >= ord("0")) & (sixth <= ord("9")))).any()


def _odd(pattern: str, text: bytes) -> set[str]:
    """Return what fits, all in one pass as polars searches, whatever the alternatives."""
    series = pl.Series([text.decode("latin-1")])
    return set(series.str.extract_all(pattern).item())


def _outermost(text: bytes) -> tuple[int, int]:
    """Return the last row and the last column, counted from 1, that any cell names."""
    names = b" ".join(REFERENCE.findall(text))
    rows = {int(row) for row in set(names.translate(None, LETTERS).split())}
    columns = {_column(letters) for letters in set(names.translate(None, DIGITS).split())}
    return max(rows, default=0), max(columns, default=0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _place(name: bytes) -> tuple[int, int]:
    """Return row and column, counted from 0, of a cell's name."""
    letters = name.rstrip(DIGITS)
    return int(name[len(letters) :]) - 1, _column(letters) - 1


def _collect(sheet: str, text: bytes, faults: Faults) -> None:
    for pattern in (ERROR, FORMULA):
        for hit in pattern.finditer(text):
            cell = CELL.match(text, max(0, text.rfind(b"<c ", 0, hit.start())))
            if cell and (says := _fault(cell["kind"], cell["formula"], cell["value"])):
                keep_fault(sheet, _place(cell["name"]), says, faults)


def _fault(kind: bytes, formula: bytes | None, value: bytes | None) -> str:
    """Return what stands in the place of a cell's value, '' when it has a value.

    A formula whose result is the empty text is saved as a text with an empty value.
    """
    if ERROR.search(kind):
        return (value or b"").decode("utf-8", "replace") or "#ERROR"
    if formula is not None and not value and b't="str"' not in kind:
        return NO_RESULT
    return ""


def keep_fault(sheet: str, place: tuple[int, int], says: str, faults: Faults) -> None:
    """Add a cell to the faults; raises `UntrustedFileError` when they are too many."""
    faults[place] = says
    if len(faults) > MOST_FAULTS:
        raise UntrustedFileError(
            f"More than {MOST_FAULTS:,} cells hold an error such as {says}.",
            sheet=sheet,
            cell=cell_name(*place),
        )


def too_far_out(
    sheet: str, cell: tuple[int, int], rows: int, columns: int, *, is_over: bool
) -> UntrustedFileError | None:
    """Return the refusal of a sheet that reaches so far with this cell, or has too many cells."""
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        what = "The sheet has cells beyond the last row or column that Excel has."
    elif is_over:
        what = (
            f"The sheet reaches over {rows:,} rows and {columns:,} columns, which no return does."
        )
    else:
        return None
    return UntrustedFileError(
        what,
        sheet=sheet,
        cell=cell_name(*cell),
        mend="Look at it by hand before it is read.",
    )


class _Walk:
    """One walk through a sheet's elements, for XML in any form."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.faults: Faults = {}
        self.row = self.column = -1
        self.rows = self.columns = self.cells = 0
        self.inside = ""
        self.kind, self.formula, self.value, self.is_filled = b"", False, "", False

    def through(self, pieces: Iterator[bytes]) -> Faults:
        """Walk through all pieces; raises what `scan_sheet` does, and ExpatError."""
        parser = ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
        return self.faults

    def _doctype(self, *_: object) -> None:
        raise declares_entities(f"Sheet '{self.sheet}'")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.inside = name.rpartition(":")[2]
        if self.inside == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
        elif self.inside == "c":
            place = attributes.get("r", "").encode()
            fits = re.fullmatch(rb"[A-Z]+[0-9]+", place)
            row, self.column = _place(place) if fits else (self.row, self.column + 1)
            self.place = (row, self.column)
            self.kind = f' t="{attributes.get("t", "")}"'.encode()
            self.formula, self.value, self.is_filled = False, "", False
        elif self.inside == "f":
            self.formula = True
        self.is_filled = self.is_filled or self.inside in ("v", "is", "f")

    def _text(self, text: str) -> None:
        if self.inside == "v" and len(self.value) < MOST_ERROR_TEXT:
            self.value += text

    def _end(self, name: str) -> None:
        self.inside = ""
        if name.rpartition(":")[2] != "c" or not self.is_filled:
            return
        self._measure()
        says = _fault(self.kind, b"" if self.formula else None, self.value.encode())
        if says:
            keep_fault(self.sheet, self.place, says, self.faults)

    def _measure(self) -> None:
        row, column = self.place
        self.cells += 1
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        over = self.rows * self.columns > MOST_CELLS or self.cells > MOST_CELLS
        if refusal := too_far_out(self.sheet, self.place, self.rows, self.columns, is_over=over):
            raise refusal
