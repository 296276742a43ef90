"""What the cells of a sheet may be: places, dates, truth values, codes, hidden characters."""

from __future__ import annotations

import gc
import weakref
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from ingestion.container import container_of
from ingestion.definition import load_definitions
from ingestion.reader import ReadFile, read_file
from ingestion.sheetscan import NO_RESULT
from ingestion.untrusted import UntrustedFileError
from ingestion.workbook import open_workbook
from tests.ingestion.small_returns import Book, delayed_transfers, find
from tests.ingestion.small_zips import SHEET1, swap

DEFINITIONS = load_definitions()
CARE = "LA - by Type of Care"


def write(book: Book, path: Path, **options: object) -> Path:
    """Write a workbook; dates are written as date cells."""
    with xlsxwriter.Workbook(path, options) as workbook:
        dates = workbook.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in book.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, dates)
                    elif value not in ("", None):
                        sheet.write(number, column, value)
    return path


def read(book: Book, folder: Path, **options: object) -> ReadFile:
    """Write a workbook and read it."""
    path = write(book, folder / "book.xlsx", **options)
    found = read_file(path, "0" * 64, path.name, DEFINITIONS)
    assert found is not None
    return found


def with_value(value: object, *, of: str = "507", right: int = 2, sheet: str = CARE) -> Book:
    """Return the delayed transfers with another value beside a council's code."""
    book = delayed_transfers()
    row, column = find(book[sheet], of)
    book[sheet][row][column + right] = value
    return book


def refusal(book: Book, folder: Path, **options: object) -> UntrustedFileError:
    """Return why a workbook is refused."""
    with pytest.raises(UntrustedFileError) as caught:
        read(book, folder, **options)
    return caught.value


HIDDEN = {
    "zero width space": "507\u200b",
    "right to left override": "\u202e507",
    "hard space": "507\u00a0",
    "byte order mark": "\ufeff507",
    "full width digits": "５０７",
}


@pytest.mark.parametrize("code", HIDDEN.values(), ids=HIDDEN.keys())
def test_f043_a_code_is_what_can_be_seen_of_it(tmp_path: Path, code: str) -> None:
    """Given a code with characters that do not show, then it is the code that shows."""
    found = read(with_value(code, right=0), tmp_path).observations
    assert found.equals(read(delayed_transfers(), tmp_path).observations)


def test_f043_a_code_that_only_looks_different_is_the_same_twice(tmp_path: Path) -> None:
    """Given a council repeated with a zero-width space in its code, then it is a repeat."""
    book = delayed_transfers()
    row, column = find(book[CARE], "9901")
    again = list(book[CARE][row])
    again[column] = "99\u200b01"
    book[CARE].append(again)
    assert "appears twice" in refusal(book, tmp_path).problem


def test_f043_names_and_headings_are_compared_as_seen_and_kept_as_written(tmp_path: Path) -> None:
    """Given hidden characters in the name of the control total, a heading and a council's name."""
    book = with_value("Der\u200bby\u00a0UA", right=1)
    row, column = find(book[CARE], "England")
    book[CARE][row][column] = "Eng\u200bland\u00a0"
    row, column = find(book[CARE], "Acute")
    book[CARE][row][column] = "\u202aAcute\u202c"
    frame = read(book, tmp_path).observations.filter(pl.col("source_sheet") == CARE)
    assert frame.filter(pl.col("is_control_total")).height == 3
    derby = frame.filter(pl.col("subject_code") == "507")["subject_name"].unique().to_list()
    assert derby == ["Der\u200bby\u00a0UA"]


def test_f046_a_code_of_more_digits_than_a_number_holds_is_refused(tmp_path: Path) -> None:
    """Given a code of 19 digits saved as a number, then its cell is named, and 507.0 is 507."""
    caught = refusal(with_value(9434765919123456789, right=0), tmp_path)
    assert (caught.sheet, caught.cell) == (CARE, "C17")
    assert "its last digits are lost" in caught.problem
    same = read(with_value(507.0, right=0), tmp_path).observations
    assert same.equals(read(delayed_transfers(), tmp_path).observations)


@pytest.mark.parametrize("code", [50.7, True, date(2011, 4, 1)])
def test_f046_what_cannot_be_a_code_is_refused(tmp_path: Path, code: object) -> None:
    """Given a fraction, a truth value or a date for a code, then its cell is named."""
    caught = refusal(with_value(code, right=0), tmp_path)
    assert (caught.sheet, caught.cell) == (CARE, "C17")
    assert "code" in caught.problem


def test_f052_a_merged_heading_stands_above_all_its_columns(tmp_path: Path) -> None:
    """Given the group headings merged over their columns, then all is read as before."""
    book = delayed_transfers("November 2018", layout=6)
    plain = read(book, tmp_path).observations
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in book.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value not in ("", None):
                        sheet.write(number, column, value)
            if "Delayed Days" in rows[12] if len(rows) > 12 else False:
                first, second = rows[12].index("Delayed Days"), rows[12].index("DTOC Beds")
                sheet.merge_range(12, first, 12, second - 2, "Delayed Days")
                sheet.merge_range(12, second, 12, 2 * second - first - 2, "DTOC Beds")
    merged = read_file(path, "0" * 64, path.name, DEFINITIONS)
    assert merged is not None
    assert merged.observations.equals(plain)


def test_f052_a_merged_figure_is_never_filled_in(tmp_path: Path) -> None:
    """Given one figure merged over two columns, then the second is blank and is refused."""
    caught = refusal(with_value("", right=3), tmp_path)
    assert (caught.cell, caught.problem) == ("F17", "The cell is blank under 'Non-Acute'.")


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (7, 0), (0, 2), (4, 3)])
def test_f053_places_count_from_the_corner_of_the_sheet(
    tmp_path: Path, down: int, right: int
) -> None:
    """Given blank rows and columns before the first cell, then places are the true ones."""
    path = write({"Data": [[]] * down + [[""] * right + ["here"]]}, tmp_path / "a.xlsx")
    sheet = open_workbook(path, container_of(path)).sheets[0]
    assert sheet.cell(down, right) == "here"
    assert sheet.top[down] == {right: "here"}


def test_f053_a_table_moved_right_keeps_its_cells(tmp_path: Path) -> None:
    """Given two blank columns more, then figures are the same two columns further on."""
    plain = read(delayed_transfers(), tmp_path).observations
    moved = {n: [["", "", *row] for row in rows] for n, rows in delayed_transfers().items()}
    found = read(moved, tmp_path).observations
    assert found.drop("source_column").equals(plain.drop("source_column"))
    first = pl.col("source_sheet") == CARE
    assert found.filter(first)["source_column"][0] == "G"


@pytest.mark.parametrize("date_1904", [False, True])
def test_f059_a_date_in_the_place_of_a_figure_is_refused(tmp_path: Path, date_1904: bool) -> None:
    """Given a date cell under the figures, in either epoch, then it is no number of days."""
    caught = refusal(with_value(date(2011, 4, 1)), tmp_path, date_1904=date_1904)
    assert (caught.sheet, caught.cell) == (CARE, "E17")
    assert "2011-04-01" in caught.problem


def test_f059_a_text_date_in_the_place_of_a_figure_is_refused(tmp_path: Path) -> None:
    """Given a date as text under the figures, then it is no number of days."""
    assert "'01/04/2011' is neither" in refusal(with_value("01/04/2011"), tmp_path).problem


@pytest.mark.parametrize("date_1904", [False, True])
def test_f059_a_date_cell_of_the_title_block_is_the_day_it_shows(
    tmp_path: Path, date_1904: bool
) -> None:
    """Given the day of publication as a date cell, in either epoch, then it is that day."""
    book = delayed_transfers()
    for rows in book.values():
        rows[7][2] = date(2011, 5, 27)
    assert read(book, tmp_path, date_1904=date_1904).first_published_on == date(2011, 5, 27)


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_value_in_the_place_of_a_figure_is_refused(tmp_path: Path, value: bool) -> None:
    """Given TRUE or FALSE under the figures, then it is not read as 1 or 0."""
    caught = refusal(with_value(value), tmp_path)
    assert (caught.cell, str(value).upper() in caught.problem) == ("E17", True)


def test_a_name_is_that_of_its_own_sheet(tmp_path: Path) -> None:
    """Given one sheet that names a council otherwise than the rest, then it alone is read so."""
    frame = read(with_value("Derby City", right=1), tmp_path).observations
    names = frame.filter(subject_code="507").group_by("source_sheet").agg(pl.col("subject_name"))
    said = {sheet: set(each) for sheet, each in names.iter_rows()}
    assert len(said) > 1
    assert said.pop(CARE) == {"Derby City"}
    assert all(each == {"Derby UA"} for each in said.values())


def test_a_row_printed_twice_on_one_sheet_of_several_is_refused(tmp_path: Path) -> None:
    """Given the last sheet with a council twice, and the others well, then it is named."""
    book = delayed_transfers()
    last = list(book)[-1]
    row, _ = find(book[last], "507")
    book[last].insert(row + 1, list(book[last][row]))
    error = refusal(book, tmp_path)
    assert (error.sheet, "appears twice" in error.problem) == (last, True)


@pytest.mark.parametrize("space", [b"\t", b"\n"])
def test_errors_of_a_sheet_are_not_lost_with_its_name(tmp_path: Path, space: bytes) -> None:
    """Given an error on a sheet whose name XML and the parser spell apart, then it is refused."""
    path = write({"My data": [["a", 1, 2]]}, tmp_path / "book.xlsx")
    swap(path, SHEET1, b"<v>1</v>", b"<f>1/0</f>")
    sheet = open_workbook(path, container_of(path)).sheets[0]
    assert sheet.cell(0, 1) == NO_RESULT
    swap(path, "xl/workbook.xml", b"My data", b"My" + space + b"data")
    with pytest.raises(UntrustedFileError, match="a name that cannot be read") as caught:
        open_workbook(path, container_of(path))
    assert caught.value.sheet == "My data"


def test_what_was_read_of_headings_holds_for_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given good headings, others, and good ones again, then only the others are refused.

    It makes no difference how many are remembered.
    """
    good = delayed_transfers()
    bad = delayed_transfers()
    row, column = find(bad[CARE], "Code")
    bad[CARE][row][column + 2] = "Something else"
    first = read(good, tmp_path).observations
    for most in (64, 1):
        monkeypatch.setattr("ingestion.headings.MOST_KEPT", most)
        assert "Something else".casefold() in refusal(bad, tmp_path).problem.casefold()
        assert read(good, tmp_path).observations.equals(first)


def test_cells_are_gone_with_the_file(tmp_path: Path) -> None:
    """Given a file that was read and is done with, then no search for garbage has to find it."""
    path = write(delayed_transfers(), tmp_path / "book.xlsx")
    workbook = open_workbook(path, container_of(path))
    sheet = workbook.sheets[0]
    assert sheet.texts
    assert any(sheet.top)
    seen = weakref.ref(sheet)
    gc.disable()
    try:
        del workbook, sheet
        assert seen() is None
    finally:
        gc.enable()
