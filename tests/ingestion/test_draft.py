"""A definition drafted from one file: it is valid, and reads a plain file at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from demonstration.unknown import write_unknown
from ingestion.definition import Definition
from ingestion.draft import NoTableError, Wanted, draft
from ingestion.drift import open_whole
from ingestion.proposals import loaded
from ingestion.reader import ReadFile, read_file
from tests.ingestion.small_returns import Book, delayed_transfers, monthly_activity, write
from tests.ingestion.test_drift import LONG

WANTED = Wanted("drafted", "A return", "NHS England", "https://www.england.nhs.uk/statistics/")
ANY = loaded(LONG, "long")


def drafted(path: Path, wanted: Wanted = WANTED) -> tuple[str, Definition]:
    """Draft a definition from a file."""
    workbook = open_whole(path, path.name, ANY)
    assert workbook is not None
    text = draft(wanted, workbook)
    return text, loaded(text, wanted.return_id)


def read(path: Path, definition: Definition) -> ReadFile:
    """Read a file by a definition."""
    found = read_file(path, "0" * 64, path.name, {definition.return_id: definition})
    assert found is not None
    return found


def test_plain_table_is_read_by_its_draft(tmp_path: Path) -> None:
    """Given a workbook of one table, when drafted, then the draft reads it, figure by figure."""
    path, _ = write_unknown(tmp_path)
    text, definition = drafted(path)
    found = read(path, definition)
    assert str(found.period) == "2025-03"
    assert found.first_published_on == date(2025, 5, 8)
    total = found.observations.filter(found.observations["is_control_total"])
    assert total["subject_name"].unique().to_list() == ["England"]
    assert set(found.observations["value_status"]) == {"reported", "missing"}
    assert definition.tables["home_care_waits"].subject.kinds == {"council"}
    assert definition.layouts["first"].other_sheets == ["Notes"]
    assert "cadence: {every: month, published_after_days: 38, first: 2025-03}" in text
    assert text.count("TODO") >= 5


def test_what_is_told_needs_no_todo(tmp_path: Path) -> None:
    """Given title, publisher and page, when drafted, then they stand as given."""
    path, _ = write_unknown(tmp_path)
    _, definition = drafted(path, Wanted("drafted", "T: one", "P", "https://www.gov.uk/x", "year"))
    assert (definition.title, definition.publisher) == ("T: one", "P")
    assert (definition.landing_page, definition.cadence.every) == ("https://www.gov.uk/x", "year")


def test_roles_are_guessed_by_looks(tmp_path: Path) -> None:
    """Given year, month, parent, code and name columns, then each is guessed and rows are read."""
    book = {name: rows for name, rows in monthly_activity().items() if name == "Commissioner"}
    _, definition = drafted(write(book, tmp_path / "activity.xlsx"))
    roles = {heading: row.is_ for heading, row in definition.row_headings["commissioner"].items()}
    assert roles["Org Code"] == "code"
    assert roles["Org Name"] == "name"
    assert roles["Area Team Code"] == "parent_code"
    assert len(definition.column_headings["heading"]) == 14


def test_sheets_headed_alike_share_their_sets(tmp_path: Path) -> None:
    """Given two sheets with the same headings, when drafted, then these are written once."""
    one = delayed_transfers("May 2011")["LA - by reason"]
    _, definition = drafted(write({"One": one, "Two": one}, tmp_path / "two.xlsx"))
    assert len(definition.tables) == 2
    assert len(definition.row_headings) == len(definition.column_headings) == 1


def test_long_text_file_with_periods_and_thousands(tmp_path: Path) -> None:
    """Given a long text file with years, members and `1,234`, then the draft reads it."""
    path = tmp_path / "long-2022.csv"
    lines = [
        f'E0600000{n},Council {n},2021-22,{age},"{n},{n}00"'
        for n in range(1, 9)
        for age in ("18 to 64", "65 and over")
    ]
    path.write_text("\n".join(["Area code,Area name,Year,Age,People", *lines]), "utf-8")
    text, definition = drafted(path)
    found = read(path, definition)
    assert found.observations.height == 16
    assert found.observations["value"].to_list()[0] == 1100
    assert set(found.observations["period_type"]) == {"financial_year"}
    assert set(found.observations["breakdown"]) == {"age=18_to_64", "age=65_and_over"}
    assert 'number_forms: ["{number}"]' in text


def test_periods_in_the_headings_are_one_pattern(tmp_path: Path) -> None:
    """Given a column for each month, when drafted, then one pattern stands for all of them."""
    path = tmp_path / "wide.csv"
    path.write_text("Code,Name,April 2021,May 2021\n5A1,One,3,4\n5A2,Two,5,6\n", "utf-8")
    _, definition = drafted(path)
    assert list(definition.column_headings["heading"]) == ["{month}"]
    assert set(read(path, definition).observations["period_start"]) == {
        date(2021, 4, 1),
        date(2021, 5, 1),
    }


def test_repeated_headings_become_two_levels(tmp_path: Path) -> None:
    """Given the same headings under two groups, when drafted, then the groups are a level too."""
    book: Book = {
        "Data": [
            ["Title:", "Beds"],
            ["Period:", "April 2021"],
            ["", "", "General", "", "Maternity"],
            ["Code", "Name", "Open", "Occupied", "Open", "Occupied"],
            ["5A1", "One", 3, 2, 5, 4],
            ["5A2", "Two", 3, 1, 6, 4],
        ]
    }
    path = write(book, tmp_path / "beds.xlsx")
    _, definition = drafted(path)
    assert definition.layouts["first"].tables["data"].columns == ["heading_group", "heading"]
    assert read(path, definition).observations.height == 8


def test_odd_words_are_spelled_out(tmp_path: Path) -> None:
    """Given headings with asterisks, braces and colons, then the draft is valid and fits them."""
    path = tmp_path / "odd-2022.csv"
    path.write_text(
        'Code,"Name: of [x]","Total*","{month} #1"\n5A1,One,3,4\n5A2,Two,5,6\n', "utf-8"
    )
    _, definition = drafted(path)
    assert read(path, definition).observations.height == 4


def test_file_without_figures_has_no_table(tmp_path: Path) -> None:
    """Given a file of texts, when drafted, then it is said that there is no table."""
    path = tmp_path / "words.csv"
    path.write_text("One,Two\na,b\nc,d\n", "utf-8")
    with pytest.raises(NoTableError, match="figures"):
        drafted(path)


def test_every_real_file_gives_a_valid_draft(real_returns: Path) -> None:
    """Given the publishers' files of some returns, when drafted, then each draft is valid."""
    for path in sorted(real_returns.glob("*/*.xls*"))[::12]:
        drafted(path)
