"""A definition drafted from one file: it is valid, and reads a plain file at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from demonstration.unknown import write_unknown
from ingestion.definition import Definition, todos
from ingestion.draft import NoTableError, Wanted, draft
from ingestion.drift import open_whole
from ingestion.proposals import loaded
from ingestion.reader import ReadFile, read_file
from ingestion.untrusted import UntrustedFileError
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


def test_total_in_the_place_of_a_code(tmp_path: Path) -> None:
    """Given a row with TOTAL for a code, then it is the control total, and no body."""
    path = tmp_path / "march-2025.csv"
    rows = [f"RA{n},Trust {n},{n}" for n in range(1, 8)]
    path.write_text("\n".join(["Code,Name,Beds", *rows, "TOTAL,TOTAL,28"]), "utf-8")
    text, definition = drafted(path)
    assert "control_total: {name: TOTAL, code: TOTAL}" in text
    assert definition.tables["main"].subject.kinds == {"provider"}
    found = read(path, definition).observations
    assert found.filter(found["is_control_total"])["value"].to_list() == [28]


def test_guessed_roles_are_marked(tmp_path: Path) -> None:
    """Given columns that are ignored, parents or dimensions by a guess, then each says `TODO`."""
    book = {name: rows for name, rows in monthly_activity().items() if name == "Commissioner"}
    text, definition = drafted(write(book, tmp_path / "activity.xlsx"))
    for heading, row in definition.row_headings["commissioner"].items():
        line = next(line for line in text.splitlines() if line.strip().startswith(f"{heading}:"))
        assert ("TODO" in line) == (row.is_ not in ("code", "name", "period")), line


def test_notes_and_years_are_no_figures(tmp_path: Path) -> None:
    """Given footnotes below and a year in digits, then neither is a marker, a figure or a code."""
    note = "1. Councils gave these figures in the spring, and some gave none."
    book: Book = {
        "Data": [
            ["Beds, March 2025"],
            ["Code", "Name", "PARTYEAR", "Open", "Closed"],
            ["RA1", "One", 202425, 3, "*"],
            ["RA2", "Two", 202425, "*", 2],
            ["RA3", "Three", 202425, 7, 4],
            ["", "", "", note, ""],
        ]
    }
    text, definition = drafted(write(book, tmp_path / "beds.xlsx"))
    assert set(definition.markers) == {"*"}
    assert definition.row_headings["data"]["PARTYEAR"].is_ != "code"
    assert list(definition.column_headings["heading"]) == ["Open", "Closed"]
    assert "1. Councils" not in text


def test_rows_are_shared_where_only_the_figures_differ(tmp_path: Path) -> None:
    """Given sheets with the same rows and other figures, then the row headings stand once."""
    rows = [["RA1", "One", 3, 4], ["RA2", "Two", 5, 6]]
    book: Book = {
        name: [["Code", "Name", *headings], *rows]
        for name, headings in (("Beds", ("Open", "Shut")), ("Staff", ("In post", "Vacant")))
    }
    _, definition = drafted(write(book, tmp_path / "two-2022.xlsx"))
    assert (len(definition.row_headings), len(definition.column_headings)) == (1, 2)


def test_what_is_not_told_is_no_value(tmp_path: Path) -> None:
    """Given a file that tells nothing of itself, then `TODO` stands where a guess would."""
    path = tmp_path / "beds.csv"
    path.write_text("Code,Name,Beds\nRA1,One,3\nRA2,Two,5\n", "utf-8")
    text, _ = drafted(path, Wanted("drafted"))
    places = todos(yaml.safe_load(text))
    assert {"title", "publisher", "licence", "landing_page"} <= set(places)
    assert {"cadence.every", "cadence.published_after_days", "cadence.first"} <= set(places)
    assert "measures.figures.unit" in places


def test_repeated_descriptive_headings_are_told_by_reading(tmp_path: Path) -> None:
    """Given a descriptive heading that stands twice, then the draft is valid, and has it once."""
    path = tmp_path / "twice-2022.csv"
    path.write_text("Code,Name,Name,Beds\nRA1,One,x,3\nRA2,Two,y,5\n", "utf-8")
    _, definition = drafted(path)
    with pytest.raises(UntrustedFileError, match="twice"):
        read(path, definition)


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
