"""Personal data in a file: set aside with the cell named, and what it says nowhere repeated."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.definition import Definition, load_definitions
from ingestion.personal import is_nhs_number, refuse_personal
from ingestion.untrusted import UntrustedFileError
from ingestion.workbook import Column, Loaded, Sheet, Workbook
from tests.ingestion.small_returns import Book, delayed_transfers, write
from tests.ingestion.small_texts import HEADINGS, ROWS, TITLE, defined, read
from tests.ingestion.test_read import Warehouse

DEFINITIONS = load_definitions()
COUNCILS = DEFINITIONS["delayed_transfers_la"]
TEST_NUMBERS = [f"99912{n:04}" for n in range(400)]
"""Numbers from 999 on are given to nobody."""


def check_digit(nine: str) -> str | None:
    """Return the check digit of nine digits; some have none."""
    rest = sum(int(d) * w for d, w in zip(nine, range(10, 1, -1), strict=True)) % 11
    return {1: None, 0: "0"}.get(rest, str(11 - rest))


NUMBERS = [nine + digit for nine in TEST_NUMBERS if (digit := check_digit(nine))]
NUMBER = NUMBERS[0]
SPACED = f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}"


def refusal(columns: list[Column], definition: Definition = COUNCILS) -> UntrustedFileError | None:
    """Look at a sheet of these columns; returns why it is refused, if it is."""
    try:
        refuse_personal(Workbook([Sheet("S", Loaded(columns))]), definition)
    except UntrustedFileError as error:
        return error
    return None


def test_the_check_digit_is_that_of_nhs_numbers() -> None:
    """Given numbers with a right and a wrong check digit, as text or figure, then one is told."""
    assert all(map(is_nhs_number, [SPACED, "943 476 5919", "9434765919", 9434765919.0]))
    assert not any(map(is_nhs_number, ["943 476 5918", "94347659190", "943476591", 9434765918.0]))
    share = sum(is_nhs_number(str(n)) for n in range(4_000_000_000, 4_000_100_000)) / 100_000
    assert 0.08 < share < 0.1, "one of eleven numbers has the right digit by chance"


SEEDED: dict[str, tuple[list[object], str]] = {
    "f120 heading": (["NHS Number", SPACED], "an NHS number"),
    "f120 figure": (["Patient NHS No.", float(NUMBER)], "an NHS number"),
    "f120 in words": (["", f"See NHS number {SPACED}"], "an NHS number"),
    "f120 column": (["Reference", *NUMBERS[:30]], "a column of NHS numbers"),
    "f120 column of figures": (["", *map(float, NUMBERS[:30])], "a column of NHS numbers"),
    "f121 birth": (["Date of Birth", "01/02/1950"], "a date of birth"),
    "f121 birth, a date": (["Patient DOB", date(1950, 2, 1)], "a date of birth"),
    "f121 short": (["DOB", "1 Feb 1950"], "a date of birth"),
    "f121 name": (["Patient name", "Doe, Jane"], "a person's name"),
    "f121 surname": (["Surname:", "Doe"], "a person's name"),
    "f121 e-mail": (["Comment", "write to jane.doe@example.com"], "an e-mail address"),
    "f121 postcode": (["Post Code", "LS2 7UE"], "a postcode"),
    "f121 unspaced": (["Postcode", "ls27ue"], "a postcode"),
    "f121 postcodes": (
        ["Where", "LS2 7UE", "SW1A 1AA", "B1 1TT", "AL8 6JL"],
        "a postcode",
    ),
    "f121 case": (["Client ID", "C104422"], "a case identifier"),
    "f121 hospital": (["Hospital number", "88123456"], "a case identifier"),
}


@pytest.mark.parametrize("seed", SEEDED)
def test_f120_f121_what_is_personal_is_refused(seed: str) -> None:
    """Given personal data of each kind, then refused; the cell is named and the value is not."""
    column, what = SEEDED[seed]
    error = refusal([["a", *["b"] * (len(column) - 1)], column])
    assert error is not None
    assert (error.sheet, what in error.problem) == ("S", True)
    assert error.cell.startswith("B")
    for value in column[1:]:
        assert str(value) not in str(error)


@pytest.mark.parametrize("label", ["NHS number:", "Date of birth", "Patient name"])
def test_f120_f121_a_label_with_a_value_beside_it_is_refused(label: str) -> None:
    """Given a label and to its right what it announces, then that cell is named."""
    value = {"NHS number:": NUMBER, "Date of birth": "1950-02-01"}.get(label, "Jane Doe")
    error = refusal([[label, ""], ["", ""], [value, ""]])
    assert error is not None
    assert error.cell == "C1"


HARMLESS: dict[str, list[Column]] = {
    "a code that checks": [["Code", NUMBER, "507"]],
    "figures that check": [["Spending", *map(float, NUMBERS[:3]), 1_000_000_000.0]],
    "a publisher's contact": [["Contact:"], ["Jane Doe - england.nhsdata@nhs.net"]],
    "nobody's address": [["Contact:"], ["Nobody - demonstration@joinedup.invalid"]],
    "a label of its own address": [["E-mail:"], ["asc.statistics@dhsc.gov.uk"]],
    "an address on a cover": [["Population Statistics", "Titchfield", "PO15 5RR"]],
    "a list of fields": [["Field", "NHS Number", "Date of birth", "Surname", "Forename", "Sex"]],
    "a count": [["Patient number", 12.0, 340.0]],
    "a council's name": [["Council name", "Derby UA"]],
    "an NHS body": [["NHS NORTH DERBYSHIRE CCG", "NHS No", "12"]],
    "births": [["Births", 1950.0, "2019"]],
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_only_looks_like_it_is_read(case: str) -> None:
    """Given figures, codes, an office's address or a list of fields, then nothing is refused."""
    assert refusal(HARMLESS[case]) is None


few = settings(max_examples=150, deadline=None, derandomize=True)


@few
@given(
    cells=st.lists(st.integers(10**9, 10**10 - 1), min_size=1, max_size=400, unique=True),
    as_text=st.booleans(),
)
def test_f120_ten_digit_figures_and_codes_are_never_refused(
    cells: list[int], *, as_text: bool
) -> None:
    """Given any ten-digit numbers, of which one in eleven checks, then none is a person's."""
    column: list[object] = ["Total", *([str(n) for n in cells] if as_text else map(float, cells))]
    right = sum(map(is_nhs_number, column[1:]))
    assert refusal([column]) is None or right >= max(8, 0.9 * len(cells))


@few
@given(start=st.integers(0, 300), number=st.integers(12, 60), wrong=st.integers(0, 1))
def test_f120_a_column_of_nhs_numbers_is_always_refused(
    start: int, number: int, wrong: int
) -> None:
    """Given a column of NHS numbers with a slip of the pen, then it is refused without heading."""
    cells = [*NUMBERS[start % 200 : start % 200 + number], *["9991200001"] * wrong]
    assert refusal([["x", *cells]]) is not None


@pytest.mark.parametrize("hide", ["", "hide", "very_hidden"])
def test_f120_a_hidden_sheet_is_looked_at(tmp_path: Path, hide: str) -> None:
    """Given an NHS number on a sheet that nobody sees, then the file goes no further.

    Neither the lake, nor the catalogue, nor what is said of the file has the number.
    """
    folder = tmp_path / "files"
    folder.mkdir()
    book: Book = {**delayed_transfers(), "Sheet9": [["NHS number"], [NUMBER]]}
    write_hidden(book, folder / "councils.xlsx", hide)
    write(delayed_transfers("April 2013", layout=6), folder / "good.xlsx")
    warehouse = Warehouse(tmp_path / "home")
    warehouse.fetch(folder)
    summary = warehouse.read()
    (reading,) = [one for one in summary.newly_quarantined if one.sheet == "Sheet9"]
    assert (reading.cell, reading.lake_path, reading.return_id) == (
        "A2",
        None,
        "delayed_transfers_la",
    )
    assert not list((warehouse.lake / "observations").rglob(f"{reading.sha256}*"))
    index = warehouse.index().filter(pl.col("source_sha256") == reading.sha256)
    assert index["state"].to_list() == ["quarantined"]
    with sqlite3.connect(warehouse.catalogue_path) as catalogue:
        dump = "\n".join(catalogue.iterdump())
    assert "personal data" in dump
    assert NUMBER not in dump
    assert NUMBER not in str(index.to_dicts())


def write_hidden(book: Book, path: Path, hide: str) -> None:
    """Write a workbook whose last sheet is hidden."""
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in book.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        if hide:
            getattr(sheet, hide)()


def test_f121_a_text_file_is_looked_at_too(tmp_path: Path) -> None:
    """Given a column of names put into a text return, then refused for that before all else."""
    rows = [[*row, name] for row, name in zip(ROWS, ["", "Jane Doe", "John Roe"], strict=True)]
    with pytest.raises(UntrustedFileError, match="a person's name") as caught:
        read(tmp_path, rows, headings=[*HEADINGS, "Client name"])
    assert caught.value.cell == "G4"
    assert "Doe" not in str(caught.value)


def test_a_declared_address_is_no_personal_data(tmp_path: Path) -> None:
    """Given an office's address in a table, then refused until the definition says whose it is."""
    rows = [[TITLE], ["Enquiries:", "Leeds LS2 7UE", "", "", "", ""]]
    with pytest.raises(UntrustedFileError, match="a postcode"):
        read(tmp_path, above=rows)
    changes = {"own_contacts": ["Leeds *"]}
    assert read(tmp_path, above=rows, changes=changes).observations.height == 9
    assert defined(tmp_path, changes)["beds"].own_contacts == ["Leeds *"]


def test_organisations_own_postcodes_are_read() -> None:
    """Given a column that the definition declares, then it is let be, and another one is not."""
    homes = DEFINITIONS["cqc_locations"]
    postcodes = ["LS2 7UE", "SW1A 1AA", "B1 1TT", "AL8 6JL"]
    assert refusal([["Location Post Code", *postcodes]], homes) is None
    assert refusal([["Home of manager", *postcodes]], homes) is not None
