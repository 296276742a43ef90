"""What is done to the cells of a file: small changes that the mutations are put together from."""

from __future__ import annotations

from collections.abc import Callable

from tests.mutations.books import Book, Cell, Row

Change = Callable[[Book], None]

CARE, BODY, REASON = "LA - by type", "LA - by responsible", "LA - by reason"
COUNCILS = (CARE, BODY, REASON)
PARENTS = ("Area Team", "SHA", "Region")


def both(*changes: Change) -> Change:
    """Make several changes, one after another."""

    def change(book: Book) -> None:
        for one in changes:
            one(book)

    return change


def swap_digits(cell: Cell) -> float:
    """Exchange the first two digits that differ: 1087 becomes 0187 or 1807, as typed in haste."""
    text = f"{float(str(cell)):.0f}"
    for at in range(1, len(text) - 1):
        if text[at] != text[at + 1]:
            return float(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    raise ValueError(f"no digits of {cell} differ")


def cell(
    sheet: str, label: str, heading: str, how: Callable[[float], Cell], nth: int = 0
) -> Change:
    """Change the number in one cell."""
    return lambda book: book.change(sheet, label, heading, how, nth=nth)


def put(sheet: str, label: str, heading: str, value: Cell, nth: int = 0) -> Change:
    """Put something else in one cell."""
    return lambda book: book.put(sheet, label, heading, value, nth=nth)


def rewrite(old: str, new: str, *sheets: str) -> Change:
    """Write another text wherever a cell has this one."""

    def change(book: Book) -> None:
        book.rewrite(old, new, sheets=sheets or None)

    return change


def figures(row: Row) -> list[int]:
    """Return the columns of a row that hold numbers."""
    return [at for at, cell in enumerate(row) if isinstance(cell, int | float)]


def figure_rows(book: Book, sheet: str) -> list[Row]:
    """Return the rows of a sheet with at least two numbers."""
    return [row for row in book.sheet(sheet) if len(figures(row)) > 1]


def scale_row(
    sheet: str, label: str, factor: float, *, total: str = "", only: str = "", nth: int = 0
) -> Change:
    """Multiply the figures of a row, or one; with a total's row, that is mended."""

    def change(book: Book) -> None:
        row = book.sheet(sheet)[book.row(sheet, label)]
        columns = [book.column(sheet, only, nth=nth)] if only else figures(row)
        for at in columns:
            before = float(str(row[at]))
            row[at] = round(before * factor, 6)
            if total:
                whole = book.sheet(sheet)[book.row(sheet, total)]
                whole[at] = float(str(whole[at])) + round(before * factor, 6) - before

    return change


def scale_sheets(factor: float, *sheets: str, digits: int | None = None) -> Change:
    """Multiply every figure of these sheets."""

    def change(book: Book) -> None:
        for sheet in sheets:
            for row in figure_rows(book, sheet):
                for at in figures(row):
                    scaled = float(str(row[at])) * factor
                    row[at] = scaled if digits is None else round(scaled, digits)

    return change


def scale_column(sheet: str, heading: str, factor: float, nth: int = 0) -> Change:
    """Multiply every figure below a heading."""

    def change(book: Book) -> None:
        column = book.column(sheet, heading, nth=nth)
        for row in figure_rows(book, sheet):
            if column < len(row) and isinstance(row[column], int | float):
                row[column] = float(str(row[column])) * factor

    return change


def drop_row(label: str, *sheets: str, total: str = "") -> Change:
    """Leave a row out; with a total's row, its figures are taken off."""

    def change(book: Book) -> None:
        for sheet in sheets:
            rows = book.sheet(sheet)
            row = rows.pop(book.row(sheet, label))
            if total:
                whole = rows[book.row(sheet, total)]
                for at in figures(row):
                    whole[at] = float(str(whole[at])) - float(str(row[at]))

    return change


def double_row(label: str, *sheets: str, total: str = "") -> Change:
    """Have a row twice; with a total's row, its figures are added once more."""

    def change(book: Book) -> None:
        for sheet in sheets:
            rows = book.sheet(sheet)
            at = book.row(sheet, label)
            rows.insert(at, list(rows[at]))
            if total:
                whole = rows[book.row(sheet, total)]
                for column in figures(rows[at]):
                    whole[column] = float(str(whole[column])) + float(str(rows[at][column]))

    return change


def swap_figures(one: str, other: str, *sheets: str) -> Change:
    """Give each of two rows the figures of the other."""

    def change(book: Book) -> None:
        for sheet in sheets:
            rows = book.sheet(sheet)
            left, right = rows[book.row(sheet, one)], rows[book.row(sheet, other)]
            for at in figures(left):
                left[at], right[at] = right[at], left[at]

    return change


def swap_cells(heading: str, one: str, other: str, *sheets: str) -> Change:
    """Exchange what two rows say below a heading, such as their codes."""

    def change(book: Book) -> None:
        for sheet in sheets:
            rows, column = book.sheet(sheet), book.column(sheet, heading)
            left, right = rows[book.row(sheet, one)], rows[book.row(sheet, other)]
            left[column], right[column] = right[column], left[column]

    return change


def swap_headings(one: str, other: str, *sheets: str) -> Change:
    """Exchange two headings above the figures, which stay."""

    def change(book: Book) -> None:
        for sheet in sheets:
            left, right = book.column(sheet, one), book.column(sheet, other)
            row = next(
                row
                for row in book.sheet(sheet)[:20]
                if max(left, right) < len(row) and " ".join(str(row[left]).split()).startswith(one)
            )
            row[left], row[right] = row[right], row[left]

    return change


def drop_column(sheet: str, heading: str) -> Change:
    """Leave a column out, and move what is to its right to the left."""

    def change(book: Book) -> None:
        column = book.column(sheet, heading)
        for row in book.sheet(sheet):
            del row[column]

    return change


def double_column(sheet: str, heading: str) -> Change:
    """Have a column twice, side by side."""

    def change(book: Book) -> None:
        column = book.column(sheet, heading)
        for row in book.sheet(sheet):
            row.insert(column, row[column])

    return change


def shift_figures(sheet: str, heading: str) -> Change:
    """Move the figures one column to the right below headings that stay, the last to the front."""

    def change(book: Book) -> None:
        first = book.column(sheet, heading)
        for row in figure_rows(book, sheet):
            at = [column for column in figures(row) if column >= first]
            moved = [row[column] for column in at]
            for column, value in zip(at, [moved[-1], *moved[:-1]], strict=True):
                row[column] = value

    return change


def shift_column_down(sheet: str, heading: str) -> Change:
    """Sort one column alone: each row gets what the row above it said, the first what the last."""

    def change(book: Book) -> None:
        rows = figure_rows(book, sheet)[1:]
        column = book.column(sheet, heading)
        said = [row[column] for row in rows]
        for row, value in zip(rows, [said[-1], *said[:-1]], strict=True):
            row[column] = value

    return change


def cut_rows(sheet: str, count: int) -> Change:
    """Lose the last rows of a sheet."""

    def change(book: Book) -> None:
        del book.sheet(sheet)[-count:]

    return change


def every_cell(sheet: str, heading: str, how: Callable[[Cell], Cell]) -> Change:
    """Change every cell below a heading, down to the last row."""

    def change(book: Book) -> None:
        column = book.column(sheet, heading)
        rows = book.sheet(sheet)
        top = next(
            at for at, row in enumerate(rows) if heading == " ".join(str(row[column]).split())
        )
        for row in rows[top + 1 :]:
            if column < len(row) and row[column] not in ("", None):
                row[column] = how(row[column])

    return change
