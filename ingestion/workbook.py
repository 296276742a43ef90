"""Open a landed file as sheets of cells, or say why it is not a workbook that can be read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ingestion.untrusted import UntrustedFileError
from ingestion.wording import Cell, cell_name, matches, normalise

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
WORKBOOK_SUFFIXES = {".xls", ".xlsx", ".xlsb", ".xlsm", ".ods"}
TITLE_ROWS = 60
"""A title block and its headings stand within this many rows of the top."""
MOST_EXPANDED_BYTES = 512 * 1024 * 1024
MOST_EXPANSION = 200


class Container(Enum):
    """What the first bytes of a file say it is."""

    WORKBOOK = "workbook"
    WEB_PAGE = "web page"
    EMPTY = "empty"
    OTHER = "other"


@dataclass(frozen=True)
class Sheet:
    """One sheet with absolute coordinates: `rows[0][0]` is cell A1, blank cells are ''."""

    name: str
    is_visible: bool
    rows: list[list[Cell]]

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

        The first row that has the label counts, with or without a colon; a label
        with nothing to its right gives a blank. None when there is no such label.
        """
        wanted = normalise(label)
        for number, row in enumerate(self.top):
            for column, text in enumerate(row):
                if text.rstrip(": ") == wanted:
                    return self._first_right_of(number, column)
        return None

    def _first_right_of(self, row: int, column: int) -> tuple[Cell, str]:
        for right in range(column + 1, len(self.rows[row])):
            if self.rows[row][right] != "":
                return self.rows[row][right], cell_name(row, right)
        return "", cell_name(row, column + 1)

    @property
    def is_synthetic(self) -> bool:
        """Tell whether the sheet says that it was made for demonstration."""
        return any(text.startswith("synthetic") for row in self.top for text in row)


@dataclass(frozen=True)
class Workbook:
    """The sheets of one file, in order."""

    sheets: list[Sheet]

    def matching(self, pattern: str) -> Iterator[Sheet]:
        """Yield the sheets whose name fits a pattern."""
        return (sheet for sheet in self.sheets if matches(sheet.name, pattern))

    @property
    def is_synthetic(self) -> bool:
        """Tell whether any sheet says that it was made for demonstration."""
        return any(sheet.is_synthetic for sheet in self.sheets)


def container_of(path: Path) -> Container:
    """Tell from its first bytes what a file is; its name is not asked."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return Container.EMPTY
    if head.startswith((OLE, ZIP)):
        return Container.WORKBOOK
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return Container.WEB_PAGE
    return Container.OTHER


def open_workbook(path: Path) -> Workbook:
    """Read every sheet; raises `UntrustedFileError` when the file is damaged or a trap."""
    try:
        _refuse_traps(path)
        book = CalamineWorkbook.from_path(path)
        return Workbook(
            [
                Sheet(
                    meta.name,
                    meta.visible == SheetVisibleEnum.Visible,
                    book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False),
                )
                for meta in book.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet
            ]
        )
    except (CalamineError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise _damaged(error) from error
    except BaseException as error:
        # Calamine panics on some cut .xls files, and a panic is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(error) from error


def _damaged(error: BaseException) -> UntrustedFileError:
    return UntrustedFileError(
        f"The workbook is damaged or cut short and cannot be opened ({error}).",
        mend="Fetch it again from the publisher.",
    )


def _refuse_traps(path: Path) -> None:
    """Refuse a zipped workbook that would expand without bound or names parts twice."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            if file.read(4) == ZIP:
                raise zipfile.BadZipFile("the list of its parts is missing")
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    expanded = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if expanded > MOST_EXPANDED_BYTES or expanded / packed > MOST_EXPANSION:
        raise UntrustedFileError(
            f"The workbook expands from {packed:,} to {expanded:,} bytes, which no return does.",
            mend="Look at it by hand before it is read.",
        )
    names = [part.filename for part in parts]
    if len(names) != len(set(names)) or any(".." in n or n.startswith("/") for n in names):
        raise UntrustedFileError("The workbook names one of its parts twice or outside itself.")
