"""A publisher's file as cells that a test may change, and written again."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

Cell = object
Row = list[Cell]
TEXTS = {".csv": ","}


@dataclass
class Book:
    """The cells of each sheet, row by row from A1; a text file is one sheet without a name."""

    name: str
    sheets: dict[str, list[Row]]

    @classmethod
    def open(cls, path: Path) -> Book:
        """Take the cells of a workbook or a text file as they stand."""
        if path.suffix.lower() in TEXTS:
            text = path.read_bytes().decode("utf-8")
            return cls(path.name, {"": [list(row) for row in csv.reader(io.StringIO(text))]})
        book = CalamineWorkbook.from_path(path)
        return cls(
            path.name,
            {
                name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in book.sheet_names
            },
        )

    def save(self, folder: Path) -> Path:
        """Write the file: a text as it was, a workbook of any kind as .xlsx."""
        folder.mkdir(parents=True, exist_ok=True)
        stem, suffix = Path(self.name).stem, Path(self.name).suffix.lower()
        if suffix in TEXTS:
            path = folder / self.name
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(self.sheets[""])
            return path
        path = folder / f"{stem}.xlsx"
        # Texts that look like formulas or links stay texts, and the same cells give the same bytes.
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": True,
        }
        with xlsxwriter.Workbook(path, options) as workbook:
            workbook.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001
            day = workbook.add_format({"num_format": "yyyy-mm-dd"})
            for name, rows in self.sheets.items():
                sheet = workbook.add_worksheet(name)
                for at, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        if isinstance(cell, dt.date):
                            sheet.write_datetime(at, column, _moment(cell), day)
                        elif cell != "" and cell is not None:
                            sheet.write(at, column, cell)
        return path

    def copy(self) -> Book:
        """Return a book of its own with the same cells."""
        return Book(
            self.name, {name: [list(r) for r in rows] for name, rows in self.sheets.items()}
        )

    def sheet(self, name: str = "") -> list[Row]:
        """Return a sheet by its name, or by the beginning of it."""
        if name in self.sheets:
            return self.sheets[name]
        found = [own for own in self.sheets if own.lower().startswith(name.lower())]
        if len(found) != 1:
            raise LookupError(f"{self.name}: {len(found)} sheets are called '{name}'")
        return self.sheets[found[0]]

    def place(self, sheet: str, text: str) -> tuple[int, int]:
        """Return the row and column of the first cell of a sheet with this text, from 0."""
        for at, row in enumerate(self.sheet(sheet)):
            for column, cell in enumerate(row):
                if str(cell).strip() == text:
                    return at, column
        raise LookupError(f"{self.name}: no cell of '{sheet}' says '{text}'")

    def column(self, sheet: str, heading: str, *, nth: int = 0) -> int:
        """Return the column below the n-th cell whose heading is this, or begins so up to a `(`."""
        found = [
            column
            for row in self.sheet(sheet)[:20]
            for column, cell in enumerate(row)
            if _heads(cell, heading)
        ]
        if len(found) <= nth:
            raise LookupError(f"{self.name}: no heading of '{sheet}' says '{heading}'")
        return found[nth]

    def row(self, sheet: str, label: str) -> int:
        """Return the row with this code or name in it."""
        return self.place(sheet, label)[0]

    def get(self, sheet: str, label: str, heading: str, *, nth: int = 0) -> Cell:
        """Return the cell of a row and a column."""
        return self.sheet(sheet)[self.row(sheet, label)][self.column(sheet, heading, nth=nth)]

    def put(self, sheet: str, label: str, heading: str, value: Cell, *, nth: int = 0) -> None:
        """Put something in the cell of a row and a column."""
        row, column = self.row(sheet, label), self.column(sheet, heading, nth=nth)
        whole = not sheet and isinstance(value, float) and value.is_integer()
        self.sheet(sheet)[row][column] = str(int(str(value).split(".")[0])) if whole else value

    def change(
        self, sheet: str, label: str, heading: str, how: Callable[[float], Cell], *, nth: int = 0
    ) -> None:
        """Change the number in the cell of a row and a column."""
        before = number(self.get(sheet, label, heading, nth=nth))
        self.put(sheet, label, heading, how(before), nth=nth)

    def rewrite(self, old: str, new: str, *, sheets: Iterable[str] | None = None) -> int:
        """Write another text wherever a cell has this one; returns in how many cells."""
        count = 0
        for name in self.sheets if sheets is None else sheets:
            for row in self.sheet(name):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell.strip() == old:
                        row[column] = new
                        count += 1
        if not count:
            raise LookupError(f"{self.name}: no cell says '{old}'")
        return count


def _heads(cell: Cell, heading: str) -> bool:
    """Tell whether a cell is this heading; the numbers of notes at its end change by the month."""
    text = " ".join(str(cell).split())
    return text == heading or (("(" in heading or "%" in heading) and text.startswith(heading))


def number(cell: Cell) -> float:
    """Return the number that a cell shows."""
    return float(str(cell).replace(",", ""))


def _moment(day: dt.date) -> dt.datetime:
    return day if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001
