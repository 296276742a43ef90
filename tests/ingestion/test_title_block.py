"""What a file says of itself: it decides which month and which vintage its figures are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingestion.definition import Definition, load_definitions
from ingestion.reader import read_file
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_returns import Book, delayed_transfers, find, monthly_activity, write

DEFINITIONS = load_definitions()
BODY = "LA - by responsible org"


def refusal(book: Book, folder: Path) -> UntrustedFileError:
    """Return why a workbook is refused."""
    path = write(book, folder / "file.xlsx")
    with pytest.raises(UntrustedFileError) as caught:
        read_file(path, "0" * 64, path.name, DEFINITIONS)
    return caught.value


def on_every_sheet(change: Callable[[list[list[object]]], None]) -> Book:
    """Change the title block of each sheet of a good file."""
    book = delayed_transfers()
    for rows in book.values():
        change(rows)
    return book


def put(label: str, text: object) -> Callable[[list[list[object]]], None]:
    """Put a text beside a label."""

    def change(rows: list[list[object]]) -> None:
        row, column = find(rows, label)
        rows[row][column + 1] = text

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("Period:", "June 1911"), "lies outside the return, which runs from August 2010"),
        (put("Period:", "June 2035"), "lies outside the return"),
        (put("Revised:", "27/04/2012"), "beside 'Revised' cannot be read"),
        (put("Published:", "1th May 2011"), "beside 'Published' cannot be read"),
        (put("Revised:", "27th April 2099"), "2099-04-27, cannot be"),
        (put("Published:", "3rd April 2011"), "the period ends on 2011-04-30"),
    ],
)
def test_dates_and_periods_that_cannot_be_are_refused(
    tmp_path: Path, change: Callable[[list[list[object]]], None], message: str
) -> None:
    """Given a period outside the return, or a date mistyped, early or to come, then refused."""
    assert message in refusal(on_every_sheet(change), tmp_path).problem


def test_a_label_that_is_gone_is_refused(tmp_path: Path) -> None:
    """Given `Revised:` reworded, when read, then the file does not pass as an older vintage."""

    def change(rows: list[list[object]]) -> None:
        row, column = find(rows, "Revised:")
        rows[row][column] = "Date revised:"

    error = refusal(on_every_sheet(change), tmp_path)
    assert "has no 'Revised'" in error.problem


def test_sheets_that_contradict_each_other_on_a_date_are_refused(tmp_path: Path) -> None:
    """Given a revision date on one sheet only, when read, then both cells are named."""
    book = delayed_transfers()
    put("Revised:", "27th April 2012")(book[BODY])
    error = refusal(book, tmp_path)
    assert (error.sheet, error.cell) == (BODY, "C9")
    assert "contradict each other beside 'Revised'" in error.problem


def test_a_label_that_stands_twice_and_says_two_things_is_refused(tmp_path: Path) -> None:
    """Given two periods in one title block, when read, then neither is believed."""

    def change(rows: list[list[object]]) -> None:
        rows[3] = ["", "Period:", "March 2011"]

    error = refusal(on_every_sheet(change), tmp_path)
    assert "'Period' stands twice" in error.problem


def test_a_title_block_that_is_not_quite_it_is_not_passed_over(tmp_path: Path) -> None:
    """Given every table of a return under another title, when read, then it is quarantined."""
    error = refusal(on_every_sheet(put("Basis:", "Local Authorities")), tmp_path)
    assert error.return_id == "delayed_transfers_la"
    assert "Basis: Local Authority was expected" in error.problem


def with_slip(**slip: str) -> dict[str, Definition]:
    """Return the definition of the commissioners with one known slip, of bytes of noughts."""
    raw = DEFINITIONS["monthly_activity_commissioner"].model_dump(by_alias=True)
    raw["known_errors"] = [slip | {"sha256": "0" * 64, "reason": "A test."}]
    return {"x": Definition.model_validate(raw)}


def revised(published: str) -> Book:
    """Return a revised commissioners' file that was first published on this day."""
    book = monthly_activity()
    for sheet in ("Commissioner", "Area Team"):
        put("Published:", published)(book[sheet])
        put("Revised:", "12th July 2014")(book[sheet])
    return book


def test_a_known_slip_in_a_date_is_read_as_listed(tmp_path: Path) -> None:
    """Given a mistyped date listed for these bytes, when read, then it is not known, and noted."""
    slip = with_slip(label="Published", says="1th May 2013", read_as="-")
    path = write(revised("1th May 2013"), tmp_path / "f.xlsx")
    found = read_file(path, "0" * 64, "f.xlsx", slip)
    assert found is not None
    assert (found.first_published_on, found.revised_on) == (None, date(2014, 7, 12))
    assert found.notes[0] == "Beside 'Published': '1th May 2013' is read as '-'. A test."


@pytest.mark.parametrize("label", ["Published", "Revised", "Status", "Period", "Contact"])
def test_a_known_slip_that_is_not_there_refuses_the_file(tmp_path: Path, label: str) -> None:
    """Given a slip listed beside a label that does not say it, then the entry has to go."""
    path = write(revised("1st June 2013"), tmp_path / "f.xlsx")
    slip = with_slip(label=label, says="1th May 2013", read_as="-")
    with pytest.raises(UntrustedFileError, match="the file does not have it"):
        read_file(path, "0" * 64, "f.xlsx", slip)
    found = read_file(path, "1" * 64, "f.xlsx", slip)
    assert found is not None, "it is listed for other bytes"
    assert found.notes == []


def test_a_known_slip_in_the_status_is_read_as_listed(tmp_path: Path) -> None:
    """Given a misspelt status listed for these bytes, then it is kept as it is read."""
    book = monthly_activity()
    for sheet in ("Commissioner", "Area Team"):
        put("Status:", "Pubished")(book[sheet])
    slip = with_slip(label="Status", says="Pubished", read_as="Published")
    found = read_file(write(book, tmp_path / "f.xlsx"), "0" * 64, "f.xlsx", slip)
    assert found is not None
    assert found.publisher_status == "Published"


@pytest.mark.parametrize("words", ["June 2011", "JUNE 2011"])
def test_a_period_that_is_said_twice_and_differs_is_refused(tmp_path: Path, words: str) -> None:
    """Given the label of the period again with another month, when read, then neither is taken."""

    def change(rows: list[list[object]]) -> None:
        row, column = find(rows, "Period:")
        rows[row + 1][column + 4 : column + 6] = ["Period", words]

    caught = refusal(on_every_sheet(change), tmp_path)
    assert "stands twice: the file is of 2011-04" in caught.problem
