"""What must hold for any file of a layout: where things stand never matters, words always do."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.definition import load_definitions
from ingestion.reader import read_file
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_returns import Book, Rows, delayed_transfers, monthly_activity, write

DEFINITIONS = load_definitions()
BOOKS = {
    "councils 2011": lambda: delayed_transfers(),
    "councils 2018": lambda: delayed_transfers("November 2018", layout=6),
    "commissioners": lambda: monthly_activity(),
}
HEADER = 13
"""Row of the headings, from 0, in every small book."""
PLACE = ["source_row", "source_column", "source_sha256"]
few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
books = st.sampled_from(sorted(BOOKS))


def figures(book: Book, folder: Path) -> pl.DataFrame:
    """Read a book; the figures without their places, in one order."""
    found = read_file(write(book, folder / "f.xlsx"), "0" * 64, "f.xlsx", DEFINITIONS)
    assert found is not None
    frame = found.observations.drop(PLACE)
    return frame.sort(frame.columns)


def tables(book: Book) -> list[str]:
    """Return the names of the sheets that have a table."""
    return [name for name, rows in book.items() if len(rows) > HEADER]


def headings(book: Book) -> list[tuple[str, int, int]]:
    """Return the places of all headings: sheet, row, column."""
    return [
        (sheet, row, column)
        for sheet in tables(book)
        for row in (HEADER - 1, HEADER)
        for column, cell in enumerate(book[sheet][row])
        if cell
    ]


@few
@given(name=books, seed=st.integers(0, 2**32))
def test_the_order_of_rows_never_matters(tmp_path: Path, name: str, seed: int) -> None:
    """Given the rows of each table shuffled, the total's too, when read, then all is the same."""
    book = BOOKS[name]()
    expected = figures(book, tmp_path)
    for sheet in tables(book):
        body = book[sheet][HEADER + 1 :]
        random.Random(seed).shuffle(body)  # noqa: S311
        book[sheet][HEADER + 1 :] = body
    assert figures(book, tmp_path).equals(expected)


@few
@given(name=st.sampled_from(["councils 2011", "commissioners"]), seed=st.integers(0, 2**32))
def test_the_order_of_columns_never_matters(tmp_path: Path, name: str, seed: int) -> None:
    """Given the columns of each table shuffled, when read, then all is the same."""
    book = BOOKS[name]()
    expected = figures(book, tmp_path)
    for sheet in tables(book):
        width = len(book[sheet][HEADER])
        order = list(range(1, width))
        random.Random(seed).shuffle(order)  # noqa: S311
        for number in range(HEADER, len(book[sheet])):
            row = book[sheet][number]
            if row:
                book[sheet][number] = ["", *(row[column] for column in order)]
    assert figures(book, tmp_path).equals(expected)


@few
@given(name=books, down=st.integers(0, 12), right=st.integers(0, 4), gap=st.integers(0, 5))
def test_where_the_table_stands_never_matters(
    tmp_path: Path, name: str, down: int, right: int, gap: int
) -> None:
    """Given everything moved down and right, and rows between title and table, then the same."""
    book = BOOKS[name]()
    expected = figures(book, tmp_path)
    moved: Book = {}
    for sheet, rows in book.items():
        spread: Rows = [[]] * down + rows[: HEADER - 2] + [[]] * gap + rows[HEADER - 2 :]
        moved[sheet] = [[*[""] * right, *row] if row else [] for row in spread]
    assert figures(moved, tmp_path).equals(expected)


@few
@given(name=books, data=st.data())
def test_case_and_white_space_of_headings_never_matter(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """Given headings in any case, with blanks and line breaks, when read, then the same."""
    book = BOOKS[name]()
    expected = figures(book, tmp_path)
    for sheet, row, column in headings(book):
        words = str(book[sheet][row][column]).split()
        change = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))
        blank = data.draw(st.sampled_from([" ", "  ", "\n", "\u00a0", " \r\n "]))
        book[sheet][row][column] = f"{blank}{blank.join(map(change, words))} "
    assert figures(book, tmp_path).equals(expected)


@few
@given(name=books, data=st.data())
def test_changed_words_of_a_heading_always_stop_it(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    """Given any one heading with a word more, less or other, when read, then it is refused."""
    book = BOOKS[name]()
    sheet, row, column = data.draw(st.sampled_from(headings(book)))
    words = str(book[sheet][row][column]).split()
    place = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(st.sampled_from(["revised", "x", "2", "not"]))
    changed = data.draw(
        st.sampled_from(
            [
                [*words[:place], other, *words[place:]],
                [*words[:place], other, *words[place + 1 :]],
                words[:place] + words[place + 1 :],
            ]
        )
    )
    book[sheet][row][column] = " ".join(changed)
    with pytest.raises(UntrustedFileError) as caught:
        figures(book, tmp_path)
    assert caught.value.return_id
    assert caught.value.sheet == sheet


@few
@given(name=books, data=st.data())
def test_any_one_changed_figure_is_noticed(tmp_path: Path, name: str, data: st.DataObject) -> None:
    """Given any one figure changed, when read, then the file's own arithmetic stops it."""
    book = BOOKS[name]()
    sheet = data.draw(st.sampled_from(tables(book)))
    cells = [
        (row, column)
        for row in range(HEADER + 1, len(book[sheet]))
        for column, cell in enumerate(book[sheet][row])
        if isinstance(cell, int | float)
    ]
    row, column = data.draw(st.sampled_from(cells))
    book[sheet][row][column] += data.draw(st.integers(1, 500))  # type: ignore[operator]
    with pytest.raises(UntrustedFileError, match=r"add up to|says"):
        figures(book, tmp_path)
