"""What differs between a file and a definition, and the change that is proposed for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.definition import DEFINITIONS, Definition, load_definition
from ingestion.differences import Drift
from ingestion.drift import compare, near_returns, open_whole
from ingestion.proposals import loaded, with_rewordings, with_the_rest
from tests.ingestion.small_returns import Book, delayed_transfers, find, write

RETURN = "delayed_transfers_la"
TEXT = (DEFINITIONS / f"{RETURN}.yml").read_text(encoding="utf-8")
DEFINITION = load_definition(DEFINITIONS / f"{RETURN}.yml")
BODY = "LA - by responsible org"

Compare = Callable[..., Drift]


@pytest.fixture
def drift_of(tmp_path: Path) -> Compare:
    """Compare a book with the definition, or with another one."""

    def run(book: Book, definition: Definition = DEFINITION, layout: str | None = None) -> Drift:
        path = write(book, tmp_path / "LA-Type-B.xlsx")
        workbook = open_whole(path, path.name, definition)
        assert workbook is not None
        return compare(definition, workbook, layout)

    return run


def reworded(book: Book, old: str, new: str) -> Book:
    """Put other words in the place of a heading on every sheet that has it."""
    for rows in book.values():
        for row in rows:
            row[:] = [new if cell == old else cell for cell in row]
    return book


def test_file_as_defined_does_not_differ(drift_of: Compare) -> None:
    """Given files of two layouts, when compared, then nothing differs and the layout is named."""
    for period, layout, name in [
        ("May 2011", 1, "april_2011"),
        ("November 2018", 6, "november_2018"),
    ]:
        drift = drift_of(delayed_transfers(period, layout=layout))
        assert not drift.differs
        assert (drift.layout_id, drift.size, drift.sheets_over) == (name, 0, [])


def test_reworded_heading_is_found_both_ways(drift_of: Compare) -> None:
    """Given a reworded heading, then it is told with its cell, and the one that is lacking."""
    book = reworded(delayed_transfers("May 2011"), "Social Care", "Social Care (note 4)")
    row, column = find(book[BODY], "Social Care (note 4)")
    drift = drift_of(book)
    (table,) = [one for one in drift.tables if one.differs]
    (strange,) = table.over
    assert (table.table_id, table.sheet, row, column) == ("responsible_body", BODY, 13, 5)
    assert (strange.words, strange.cell, strange.is_clear) == ("Social Care (note 4)", "F14", True)
    assert strange.near is not None
    assert strange.near.keys == ("column_headings", "body", "Social Care")
    assert [known.words for known in table.lacking] == ["Social Care"]


def test_clear_rewording_is_one_line_that_mends_it(drift_of: Compare) -> None:
    """Given a heading reworded on three sheets, then one line is proposed, and it mends all."""
    book = reworded(delayed_transfers("November 2018", layout=6), "ONS Geography", "ONS Code")
    book = reworded(book, "ONS Code", "ONS Geographies")
    proposed = with_rewordings(TEXT, drift_of(book))
    changed = set(proposed.text.splitlines()) - set(TEXT.splitlines())
    assert len(changed) == 1
    assert "also_written: [ONS Geographies]" in changed.pop()
    assert not drift_of(book, loaded(proposed.text, RETURN)).differs


def test_group_heading_is_found_at_its_level(drift_of: Compare) -> None:
    """Given a reworded group heading over several columns, then that one alone is strange."""
    book = reworded(delayed_transfers("November 2018", layout=6), "DTOC Beds", "DTOC beds used")
    drift = drift_of(book)
    tables = [one for one in drift.tables if one.differs]
    assert {table.table_id for table in tables} == {"care_type", "responsible_body"}
    for table in tables:
        (strange,) = table.over
        assert strange.words == "DTOC beds used"
        assert strange.near is not None
        assert strange.near.keys == ("column_headings", "days_and_beds", "DTOC Beds")
        assert [known.words for known in table.lacking] == ["DTOC Beds"]


def test_new_column_asks_for_a_layout(drift_of: Compare) -> None:
    """Given a column that no layout has, then a layout is proposed that reads the file."""
    book = delayed_transfers("May 2011")
    for row in book[BODY][13:]:
        row.extend(["Housing"] if "NHS" in row else [3] if len(row) > 4 else [])
    drift = drift_of(book)
    proposed = with_the_rest(TEXT, DEFINITION, drift)
    assert "  body_2011:\n" in proposed.text
    assert "    Housing: ignore   # TODO" in proposed.text
    after = loaded(proposed.text, RETURN)
    assert list(after.layouts)[-1] == "may_2011"
    again = drift_of(book, after)
    assert (again.layout_id, again.differs) == ("may_2011", False)


def test_unclear_rewording_is_left_to_a_person(drift_of: Compare) -> None:
    """Given a heading in other words altogether, then it is told as the one left, and not clear."""
    drift = drift_of(reworded(delayed_transfers("May 2011"), "Both", "Shared between them"))
    (table,) = [one for one in drift.tables if one.differs]
    (strange,) = table.over
    assert strange.near is not None
    assert (strange.near.words, strange.is_clear) == ("Both", False)
    assert with_rewordings(TEXT, drift).changes == 0


def test_unknown_markers_are_all_listed(drift_of: Compare) -> None:
    """Given three strange cells of two wordings, then each wording is told once, with its count."""
    book = delayed_transfers("May 2011")
    book[BODY][17][4:6] = ["n/a", "n/a"]
    book["LA - by reason"][17][4] = ".."
    drift = drift_of(book)
    found = {one.words: (one.count, one.cell) for t in drift.tables for one in t.markers}
    assert found == {"n/a": (2, "E18"), "..": (1, "E18")}
    proposed = with_the_rest(TEXT, DEFINITION, drift)
    assert loaded(proposed.text, RETURN).markers == {"-": "zero", "n/a": "missing", "..": "missing"}
    assert '# TODO: what does "n/a" mean?' in proposed.text


def test_blank_cell_in_a_row_with_figures_is_a_marker(drift_of: Compare) -> None:
    """Given a figure that is not there beside others that are, then a blank is told."""
    book = delayed_transfers("May 2011")
    book[BODY][16][4] = ""
    (marker,) = [one for table in drift_of(book).tables for one in table.markers]
    assert (marker.words, marker.cell) == ("", "E17")


def test_sheets_are_told_both_ways(drift_of: Compare) -> None:
    """Given a sheet that is gone and one too many, then both are told."""
    book = delayed_transfers("May 2011")
    book["Cover"] = book.pop("England")
    drift = drift_of(book)
    assert (drift.sheets_lacking, drift.sheets_over) == (["England"], ["Cover"])
    assert drift.differs


def test_renamed_sheet_is_compared_all_the_same(drift_of: Compare) -> None:
    """Given a renamed sheet, then the nearest is compared, and a layout with its name proposed."""
    book = delayed_transfers("May 2011")
    book = {
        ("LA by responsible body" if name == BODY else name): rows for name, rows in book.items()
    }
    drift = drift_of(book)
    (table,) = [one for one in drift.tables if one.differs]
    assert (table.sheet, table.renamed_sheet) == ("LA by responsible body", BODY)
    assert not table.headings_differ
    after = loaded(with_the_rest(TEXT, DEFINITION, drift).text, RETURN)
    assert not drift_of(book, after).differs


def test_title_block_is_told_line_by_line(drift_of: Compare) -> None:
    """Given a basis that is reworded and a period that cannot be read, then both are said."""
    book = reworded(delayed_transfers("May 2011"), "Local Authority", "Councils")
    for rows in book.values():
        rows[4][2] = "Spring 2011"
    told = " ".join(drift_of(book).title)
    assert "Beside 'Basis' should stand 'Local Authority': the file says 'Councils' (C7)." in told
    assert "Spring 2011" in told


LONG = """\
return: long
title: A long table
publisher: NHS England
licence: OGL-UK-3.0
landing_page: https://www.england.nhs.uk/statistics/
link: "*long*.csv"
cadence: {every: year, published_after_days: 30, first: 2020-04}
recognise:
  text: [Council code, Measure]
period: {from: rows}
measures:
  people: {unit: people, written: [People who waited]}
dimensions:
  age_band: [Age 18 to 64, Age 65 and over]
tables:
  council: {subject: {kind: council}}
row_headings:
  long:
    Council code: code
    Year: {is: period, as: "{financial_year}"}
    Measure: measure
    Age band: age_band
column_headings:
  value:
    Value: {}
layouts:
  first:
    tables:
      council: {rows: long, columns: [value]}
"""
CSV = """\
Council code,Year,Measure,Age band,Value
507,2020-21,People who waited,Age 18 to 64,3
507,2020-21,People who have waited,Age 65 and over,4
507,2020-21,People who waited,Age 85 and over,5
"""


def test_members_and_measures_of_a_text_file(tmp_path: Path) -> None:
    """Given a long text file with a new member and a reworded measure, then both are proposed."""
    definition = loaded(LONG, "long")
    path = tmp_path / "long.csv"
    path.write_text(CSV, encoding="utf-8")
    workbook = open_whole(path, path.name, definition)
    assert workbook is not None
    drift = compare(definition, workbook)
    (table,) = drift.tables
    assert {(one.words, one.cell) for one in table.members} == {
        ("People who have waited", "C3"),
        ("Age 85 and over", "D4"),
    }
    after = loaded(with_the_rest(LONG, definition, drift).text, "long")
    assert after.measures["people"].written == ["People who waited", "People who have waited"]
    assert after.dimensions["age_band"].members[-1] == "Age 85 and over"
    assert not compare(after, workbook).differs


RECORDS = """\
return: sites
title: Sites
publisher: NHS England
licence: OGL-UK-3.0
landing_page: https://www.england.nhs.uk/statistics/
link: "*sites*.csv"
cadence: {every: year, published_after_days: 30, first: 2020-04}
recognise:
  text: [Site code]
records:
  first:
    columns:
      code: {heading: Site code, is_required: true}
      name: {heading: Site name}
      opened_on: {heading: Opening date, type: day}
"""


def test_headings_of_records(tmp_path: Path) -> None:
    """Given records with a reworded and a new heading, then a wording and a column are proposed."""
    definition = loaded(RECORDS, "sites")
    path = tmp_path / "sites.csv"
    path.write_text("Site code,Name of site,Opening date,Beds\nA1,One,1 May 2011,4\n", "utf-8")
    workbook = open_whole(path, path.name, definition)
    assert workbook is not None
    drift = compare(definition, workbook)
    (table,) = drift.tables
    assert [one.words for one in table.lacking] == ["Site name"]
    clear = with_rewordings(RECORDS, drift)
    assert "name: {heading: Site name, also_written: [Name of site]}" in clear.text
    rest = compare(loaded(clear.text, "sites"), workbook)
    after = loaded(with_the_rest(clear.text, definition, rest).text, "sites")
    assert after.records["first"].columns["beds"].heading == "Beds"
    assert not compare(after, workbook).differs


def test_heading_of_a_list_is_mended_beside_it(tmp_path: Path) -> None:
    """Given a reworded heading that stands in a list of members, then one line keeps its member."""
    text = LONG.replace(
        "    Value: {}", "    each: age\n    measure: people\n    headings: [Under 5, Aged six]"
    )
    text = text.replace("dimensions:", "dimensions:\n  age: {members: [under_5, aged_six]}")
    definition = loaded(text, "long")
    path = tmp_path / "long.csv"
    path.write_text(
        "Council code,Year,Measure,Age band,Under 5,The aged six\n"
        "507,2020-21,People who waited,Age 18 to 64,3,4\n",
        "utf-8",
    )
    workbook = open_whole(path, path.name, definition)
    assert workbook is not None
    proposed = with_rewordings(text, compare(definition, workbook))
    assert len(proposed.text.splitlines()) == len(text.splitlines()) + 1
    heading = loaded(proposed.text, "long").column_headings["value"]["Aged six"]
    assert (heading.members, heading.also_written) == ({"age": "aged_six"}, ["The aged six"])


def test_near_returns_are_told(tmp_path: Path) -> None:
    """Given a file with most of the headings of a return, then that return is near, others not."""
    book = reworded(delayed_transfers("May 2011"), "Both", "Shared")
    path = write(book, tmp_path / "any.xlsx")
    workbook = open_whole(path, path.name, DEFINITION)
    assert workbook is not None
    near = near_returns(workbook, {RETURN: DEFINITION, "long": loaded(LONG, "long")})
    assert [name for name, _ in near] == [RETURN]


def test_very_long_heading_is_cut(drift_of: Compare) -> None:
    """Given a heading longer than YAML takes for a key, then the proposed layout says its start."""
    words = "Number of people " + "who waited " * 150
    drift = drift_of(reworded(delayed_transfers("May 2011"), "Both", words.strip()))
    after = loaded(with_the_rest(TEXT, DEFINITION, drift).text, RETURN)
    assert list(after.layouts)[-1] == "may_2011"
