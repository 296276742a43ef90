"""Faults of words, shapes and figures: a file that has one is read all the same, or refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.definition import Definition, DefinitionError, load_definitions
from ingestion.lake import write_parquet
from ingestion.period import PARSERS, Period
from ingestion.reader import ReadFile, open_file, read_file
from ingestion.register import load_register
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_returns import Book, delayed_transfers, find, write
from tests.ingestion.small_texts import (
    DERBY,
    DERBYSHIRE,
    ENGLAND,
    FIRST_ROW,
    HEADINGS,
    ROWS,
    TITLE,
    defined,
    read,
    with_cell,
)
from tests.ingestion.test_register import register as small_register

DEFINITIONS = load_definitions()
REASON = "LA - by reason"
few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def refusal(reading: Callable[[], object]) -> UntrustedFileError:
    """Return why a file is refused."""
    with pytest.raises(UntrustedFileError) as caught:
        reading()
    return caught.value


def of_derby(found: ReadFile, measure: str = "beds") -> dict[str, Any]:
    """Return one figure of Derby."""
    return found.observations.row(
        by_predicate=(pl.col("subject_code") == "507") & (pl.col("measure") == measure), named=True
    )


def sorted_by_all(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows in one order."""
    return frame.sort(frame.columns)


def test_the_file_of_these_tests_can_be_read(tmp_path: Path) -> None:
    """Given the file that the others change, when read, then all nine figures are there."""
    found = read(tmp_path)
    assert (found.observations.height, found.notes) == (9, [])
    assert of_derby(found)["source_row"] == FIRST_ROW + 2


PAGE = b"<!DOCTYPE html><html><body>Gone</body></html>"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\1\2\3\4"


@pytest.mark.parametrize("suffix", ["csv", "txt", "tsv", "gz", "zip"])
@pytest.mark.parametrize("content", [PAGE, b"", PICTURE], ids=["page", "empty", "picture"])
def test_f003_f030_what_is_named_as_a_text_and_is_none_is_refused(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    """Given a web page, nothing, or a picture named as a text, then it is not passed over."""
    path = tmp_path / f"beds.{suffix}"
    path.write_bytes(content)
    caught = refusal(lambda: read_file(path, "0" * 64, path.name, {}))
    assert "named as a text file and is not one" in caught.problem
    assert open_file(path, "beds.html") is None, "under another name it is nobody's"


def test_f026_a_text_of_another_suffix_is_read_with_a_note(tmp_path: Path) -> None:
    """Given a text named as something else, when read, then a note says so, once."""
    found = read(tmp_path, name="beds.dat")
    assert found.notes == ["The file is named .dat and is a text file."]
    assert found.observations.equals(read(tmp_path).observations)


@pytest.mark.parametrize(("column", "heading"), [(4, "Beds"), (2, "Code"), (0, "Code")])
def test_f041_a_heading_that_stands_twice_refuses_the_file(
    tmp_path: Path, column: int, heading: str
) -> None:
    """Given a heading twice, of figures or of descriptions, then neither is renamed or chosen."""
    headings = [heading if at == column else one for at, one in enumerate(HEADINGS)]
    caught = refusal(lambda: read(tmp_path, headings=headings))
    assert f"Heading '{heading}' appears twice" in caught.problem


FORMULAS = ['=HYPERLINK("http://x","y")', "@SUM(1)", "+cmd|x", "-2+3"]


@pytest.mark.parametrize("name", FORMULAS)
def test_f042_a_text_like_a_formula_lies_raw_in_the_lake(tmp_path: Path, name: str) -> None:
    """Given a name that a spreadsheet would calculate, then the lake has it as it was written.

    Where marts leave the warehouse as CSV it gets an apostrophe: see
    tests/publishing/test_csv_for_a_spreadsheet.py.
    """
    found = read(tmp_path, with_cell("Council", name))
    write_parquet(found.observations, tmp_path / "lake.parquet")
    kept = pl.read_parquet(tmp_path / "lake.parquet").filter(pl.col("subject_code") == "507")
    assert kept["subject_name"].cast(pl.String).unique().to_list() == [name]


@pytest.mark.parametrize("text", FORMULAS)
def test_f042_a_formula_in_the_place_of_a_figure_is_refused(tmp_path: Path, text: str) -> None:
    """Given a text like a formula under the figures, then it is not calculated."""
    caught = refusal(lambda: read(tmp_path, with_cell("Beds", text)))
    assert (caught.cell, "neither a number nor a known marker" in caught.problem) == ("D5", True)


def test_f043_letters_that_only_look_alike_are_other_letters(tmp_path: Path) -> None:
    """Given Cyrillic letters: in a name they change nothing, as codes tell; in a heading all."""
    found = read(tmp_path, with_cell("Council", "D\u0435rby UA"))
    assert of_derby(found)["value"] == 10.0
    caught = refusal(lambda: read(tmp_path, headings=with_heading("Beds", "B\u0435ds")))
    assert "Heading 'b\u0435ds' is not known" in caught.problem


def with_heading(old: str, new: str) -> list[str]:
    """Return the headings with another wording for one."""
    return [new if heading == old else heading for heading in HEADINGS]


@pytest.mark.parametrize("code", ["5E1", "007", "1E5", "1e5", "0x1F", "INF", "9434765919"])
def test_f044_a_code_that_looks_like_a_number_stays_a_code(tmp_path: Path, code: str) -> None:
    """Given a code that a reader of numbers would change, then it is kept to the letter."""
    frame = read(tmp_path, with_cell("Code", code)).observations
    assert code in frame["subject_code"].cast(pl.String).to_list()


@pytest.mark.parametrize("code", ["5E+01", "5.00E+01", "1.5e3", "50.0", "TRUE", "2025-05-01"])
def test_f044_a_code_that_a_spreadsheet_has_spoilt_is_refused(tmp_path: Path, code: str) -> None:
    """Given what a spreadsheet made of a code and saved as text, then its cell is named."""
    caught = refusal(lambda: read(tmp_path, with_cell("Code", code)))
    assert (caught.cell, f"'{code}' cannot be a code" in caught.problem) == ("B5", True)


@pytest.mark.parametrize("text", ["1E5", "0x1F", "inf", "NaN", "1,000", "(12)", "£12", "1 234"])
def test_f044_a_figure_is_a_plain_number_or_refused(tmp_path: Path, text: str) -> None:
    """Given a figure in a form that the return does not declare, then it is not guessed."""
    caught = refusal(lambda: read(tmp_path, with_cell("Beds", text)))
    assert (caught.cell, f"'{text}' is neither" in caught.problem) == ("D5", True)


@pytest.mark.parametrize(("late", "status"), [("*", "suppressed"), ("?", "")])
def test_f045_a_late_marker_is_read_and_a_late_bad_value_named(
    tmp_path: Path, late: str, status: str
) -> None:
    """Given 50,000 numbers and then a text, then it is a marker, or refused in its very cell."""
    rows = [["A council", f"{100_000 + at}", "", "1", "1", "1"] for at in range(50_000)]
    last = ["Derby UA", "507", "", late, "1", "1"]
    changes = {"tables": {"council": {"control_total": None}}, "checks": []}
    if status:
        figure = of_derby(read(tmp_path, [*rows, last], changes=changes))
        assert (figure["value"], figure["value_status"]) == (None, status)
    else:
        caught = refusal(lambda: read(tmp_path, [*rows, last], changes=changes))
        assert caught.cell == f"D{FIRST_ROW + 50_000}"


@pytest.mark.parametrize("other", ["Bed", "Bedss", "Beds (all)", "Open beds"])
def test_f047_a_renamed_heading_is_refused_however_near(tmp_path: Path, other: str) -> None:
    """Given a heading in other words, then expected and found are named, and nothing is assumed.

    A person who finds it the same says so in `also_written`; then it is read.
    """
    headings = with_heading("Beds", other)
    caught = refusal(lambda: read(tmp_path, headings=headings))
    assert caught.return_id == "beds"
    assert f"Heading '{other.lower()}' is not known" in caught.problem
    assert "Heading 'Beds' is missing" in caught.problem
    known = {"Beds": {"measure": "beds", "also_written": [other]}}
    changes = {"column_headings": {"figures": known}}
    mended = read(tmp_path, headings=headings, changes=changes).observations
    assert mended.equals(read(tmp_path).observations)


@pytest.mark.parametrize("other", ["LA-by reason", "LA - by reasons", "LAbyreason"])
def test_f047_a_renamed_sheet_is_refused_however_near(tmp_path: Path, other: str) -> None:
    """Given a sheet of another name, then the expected name and those found are named."""
    book = {other if name == REASON else name: rows for name, rows in delayed_transfers().items()}
    path = write(book, tmp_path / "book.xlsx")
    caught = refusal(lambda: read_file(path, "0" * 64, path.name, DEFINITIONS))
    assert caught.return_id == "delayed_transfers_la"
    assert f"One sheet named '{REASON}' was expected" in caught.problem
    assert f"'{other}'" in caught.problem


@few
@given(order=st.permutations(range(len(HEADINGS))))
def test_f048_reordered_columns_give_the_same_figures(tmp_path: Path, order: list[int]) -> None:
    """Given the columns in any order, when read, then only the letters of the cells differ."""

    def shuffled(cells: Sequence[str]) -> list[str]:
        return [cells[at] for at in order]

    found = read(tmp_path, [shuffled(row) for row in ROWS], headings=shuffled(HEADINGS))
    plain = read(tmp_path).observations.drop("source_column")
    other = found.observations.drop("source_column")
    assert sorted_by_all(other).equals(sorted_by_all(plain))


@pytest.mark.parametrize("column", range(len(HEADINGS)), ids=HEADINGS)
def test_f049_a_missing_column_refuses_the_file(tmp_path: Path, column: int) -> None:
    """Given a column less, of figures or of descriptions, then the file is refused by its name.

    That the other files go on is shown in tests/ingestion/test_read.py.
    """

    def without(cells: Sequence[str]) -> list[str]:
        return [cell for at, cell in enumerate(cells) if at != column]

    caught = refusal(lambda: read(tmp_path, list(map(without, ROWS)), headings=without(HEADINGS)))
    assert f"Heading '{HEADINGS[column]}' is missing" in caught.problem


NOT_KEPT = {
    "column_headings": {
        "figures": {"Spending (£ thousand)": {"measure": "spending", "optional": True}},
        "others": {"Housing": {}, "Memo *": {}},
    },
    "layouts": {
        "any": {
            "tables": {
                "council": {"rows": "council", "columns": ["figures"], "ignored": [["others"]]}
            }
        }
    },
}
"""Spending may be missing; Housing, and what is headed Memo, may be there and are not kept."""


def with_column(heading: str, *, in_place_of: str = "") -> tuple[list[str], list[list[str]]]:
    """Return headings and rows with a column more, or one under another heading."""
    if in_place_of:
        return [heading if one == in_place_of else one for one in HEADINGS], ROWS
    return [*HEADINGS, heading], [[*row, "7"] for row in ROWS]


@pytest.mark.parametrize("heading", ["Housing", "Memo 1 (see notes)"])
def test_f049_a_heading_that_is_not_kept_is_left_out(tmp_path: Path, heading: str) -> None:
    """Given a column whose heading is known and not kept, then the rest is read; a pattern that
    left it out is named with its place.
    """
    headings, rows = with_column(heading)
    found = read(tmp_path, rows, headings=headings, changes=NOT_KEPT)
    assert found.observations.height == 9
    said = [f"Sheet '': G '{heading.lower()}' not kept."] if heading != "Housing" else []
    assert found.notes == said


@pytest.mark.parametrize("heading", ["Spending and reserves", "Housing support", "Other"])
def test_f049_an_optional_heading_that_is_reworded_refuses_the_file(
    tmp_path: Path, heading: str
) -> None:
    """Given a heading that may be missing, reworded beside some that are not kept. When read.
    Then it does not pass for one of those.
    """
    headings, rows = with_column(heading, in_place_of="Spending (£ thousand)")
    caught = refusal(lambda: read(tmp_path, rows, headings=headings, changes=NOT_KEPT))
    assert f"Heading '{heading.lower()}' is not known" in caught.problem


@pytest.mark.parametrize(
    "changes",
    [
        {"column_headings": {"figures": {"*": "ignore"}}},
        {"column_headings": {"figures": {"Housing": {"ignore": True, "also_written": ["*"]}}}},
        NOT_KEPT | {"column_headings": {"others": {"*": {}}}},
        NOT_KEPT | {"column_headings": {"others": {"{name}": {}}}},
        {"row_headings": {"council": {"(*)": "ignore"}}},
    ],
)
def test_f049_a_pattern_that_would_leave_out_any_column_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Given a pattern without a word of its own that is not kept. Then no definition has it."""
    with pytest.raises(DefinitionError, match="would leave out any column"):
        defined(tmp_path, changes)


@pytest.mark.parametrize("place", [0, 3, len(HEADINGS)])
def test_f050_a_column_more_refuses_the_file(tmp_path: Path, place: int) -> None:
    """Given a column that the definition does not know, then the file is refused and says where.

    Stricter than a warning: an unknown column may be a part of a total, or give another
    meaning to the one beside it, and a person decides once, in one line of the definition.
    """

    def widened(cells: Sequence[str], more: str) -> list[str]:
        return [*cells[:place], more, *cells[place:]]

    rows, headings = [widened(row, "1") for row in ROWS], widened(HEADINGS, "Of these, new")
    caught = refusal(lambda: read(tmp_path, rows, headings=headings))
    assert (caught.cell, caught.problem.split(".")[0]) == (
        f"{'ABCDEFG'[place]}2",
        "Heading 'of these, new' is not known",
    )
    changes = {"column_headings": {"figures": {"Of these, new": "ignore"}}}
    found = read(tmp_path, rows, headings=headings, changes=changes).observations
    assert found.drop("source_column").equals(read(tmp_path).observations.drop("source_column"))


NOTES = st.lists(
    st.sampled_from(
        ["Notes", "1. Figures are provisional.", "England", "Beds", "* Suppressed", ""]
    ),
    max_size=6,
)


@few
@given(above=st.integers(0, 9), below=NOTES)
def test_f051_a_shifted_table_with_footnotes_gives_the_same_figures(
    tmp_path: Path, above: int, below: list[str]
) -> None:
    """Given up to nine rows more above the table, and notes below, then only rows are others."""
    preamble = [[TITLE], *([f"Line {number}"] if number % 2 else [] for number in range(above))]
    notes = [[note] if note else [] for note in below]
    found = read(tmp_path, [*ROWS, *notes], above=preamble).observations
    plain = read(tmp_path).observations
    assert found.equals(plain.with_columns(pl.col("source_row") + above))


@few
@given(above=st.integers(0, 9), below=NOTES)
def test_f051_a_shifted_sheet_with_footnotes_gives_the_same_figures(
    tmp_path: Path, above: int, below: list[str]
) -> None:
    """Given the same in each sheet of a workbook, then only the numbers of rows are others."""
    notes: list[list[object]] = [["", "", "", note] for note in below]
    book: Book = {n: [[]] * above + rows + notes for n, rows in delayed_transfers().items()}
    found = read_workbook(write(book, tmp_path / "book.xlsx"))
    plain = read_workbook(write(delayed_transfers(), tmp_path / "plain.xlsx"))
    assert found.equals(plain.with_columns(pl.col("source_row") + above))


def read_workbook(path: Path) -> pl.DataFrame:
    """Read a workbook by the definitions of the project."""
    found = read_file(path, "0" * 64, path.name, DEFINITIONS)
    assert found is not None
    return found.observations


def merged(path: Path, figures: bool) -> Path:
    """Write the rows as a workbook, with the region (or a figure) of two councils merged."""
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Beds")
        for number, row in enumerate([[TITLE], HEADINGS, *ROWS]):
            for column, cell in enumerate(row):
                if number > 1 and column > 2:
                    sheet.write_number(number, column, float(cell))
                elif cell:
                    sheet.write_string(number, column, cell)
        blank = workbook.add_format()
        sheet.merge_range(3, 2, 4, 2, DERBY[2], blank)
        if figures:
            sheet.merge_range(3, 4, 4, 4, 0.9, blank)
    return path


FILLED = {
    "tables": {"council": {"sheet": "Beds"}},
    "row_headings": {"council": {"Region": {"is": "parent_name", "fill_down": True}}},
}


def test_f052_a_merged_label_holds_for_all_its_rows_where_declared(tmp_path: Path) -> None:
    """Given a region merged over two councils: with `fill_down` both have it, else the first."""
    path = merged(tmp_path / "book.xlsx", figures=False)
    for fill_down, expected in ((True, "East Midlands"), (False, None)):
        heading = {"is": "parent_name", "fill_down": fill_down}
        changes = {**FILLED, "row_headings": {"council": {"Region": heading}}}
        found = read_file(path, "0" * 64, path.name, defined(tmp_path, changes))
        assert found is not None
        assert of_derby(found)["parent_name"] == expected


@pytest.mark.parametrize("markers", [{}, {"": "missing"}], ids=["undeclared", "missing"])
def test_f052_a_merged_figure_is_never_filled_down(tmp_path: Path, markers: dict[str, str]) -> None:
    """Given a figure merged over two councils, then the second has none: refused, or missing."""
    path = merged(tmp_path / "book.xlsx", figures=True)
    definitions = defined(tmp_path, {**FILLED, "markers": markers})
    if not markers:
        caught = refusal(lambda: read_file(path, "0" * 64, path.name, definitions))
        assert (caught.cell, caught.problem) == ("E5", "The cell is blank under 'Occupied'.")
        return
    found = read_file(path, "0" * 64, path.name, definitions)
    assert found is not None
    figure = of_derby(found, "occupancy")
    assert (figure["value"], figure["value_status"]) == (None, "missing")


SERIES = {
    "period": {"text": "Beds from {months}"},
    "tables": {
        "council": {
            "subject": {"kind": "country", "code": "E92000001", "name": "England"},
            "control_total": None,
            "every_period": True,
        }
    },
    "row_headings": {"month": {"Month": {"is": "period", "as": "{month}"}}},
    "layouts": {"any": {"tables": {"council": {"rows": "month", "columns": ["figures"]}}}},
    "checks": [],
}
MONTHS = ["April 2024", "May 2024", "June 2024"]


def series(folder: Path, months: Sequence[str], changes: dict[str, Any]) -> ReadFile:
    """Read an England series that announces April to June, with rows for these months."""
    return read(
        folder,
        [[month, "30", "0.9", "3000"] for month in months],
        headings=["Month", *HEADINGS[3:]],
        above=[["Beds from April 2024 to June 2024"]],
        changes=changes,
    )


@pytest.mark.parametrize("lost", MONTHS)
def test_f054_a_series_that_lacks_a_part_of_its_span_is_refused(tmp_path: Path, lost: str) -> None:
    """Given a series of which the older part was moved away, then the first gap is named.

    So are a gap within and a lost end. Without `every_period` a gap would pass.
    """
    there = [month for month in MONTHS if month != lost]
    caught = refusal(lambda: series(tmp_path, there, SERIES))
    first = PARSERS["month"](lost).start
    assert (
        f"announces 2024-04-01 to 2024-06-30; the table has nothing for {first}" in caught.problem
    )
    assert series(tmp_path, MONTHS, SERIES).observations.height == 9


@pytest.mark.parametrize("return_id", ["delayed_transfers_england", "monthly_activity_england"])
def test_f054_the_england_series_have_to_be_whole(return_id: str) -> None:
    """Given the returns that announce a span, then every table of theirs has to fill it."""
    tables = DEFINITIONS[return_id].tables.values()
    assert tables
    assert all(table.every_period for table in tables)


def test_f055_a_percent_in_the_place_of_a_share_is_refused(tmp_path: Path) -> None:
    """Given 95 where 0.95 is meant, then the figure is above what a share can be.

    One file shows no more than that. A share in the place of a percent (0.95 for 95), and a
    share under 1 percent written as a percent, are possible figures: that they are a hundred
    times off is seen beside the period before, which is for the audit's checks of change.
    """
    assert of_derby(read(tmp_path), "occupancy")["value"] == 0.95
    caught = refusal(lambda: read(tmp_path, with_cell("Occupied", "95")))
    assert (caught.cell, caught.problem) == (
        "E5",
        "95 cannot be a count of proportion under 'Occupied'.",
    )
    assert "at least 0, at most 1." in caught.mend


def test_f055_a_percent_sign_is_read_where_declared_and_else_refused(tmp_path: Path) -> None:
    """Given `95%` as text, then it is 0.95 by a declared form, and nothing without one."""
    assert "'95%'" in refusal(lambda: read(tmp_path, with_cell("Occupied", "95%"))).problem
    changes = {"number_forms": ["{percent}%"]}
    found = read(tmp_path, with_cell("Occupied", "95%"), changes=changes)
    assert of_derby(found, "occupancy")["value"] == 0.95


def test_f055_every_share_of_the_project_has_a_maximum() -> None:
    """Given the definitions shipped, then no share among their measures is without bound."""
    without = [
        f"{name}.{measure}"
        for name, definition in DEFINITIONS.items()
        for measure, one in definition.measures.items()
        if one.unit == "proportion" and one.maximum is None
    ]
    assert without == []


@pytest.mark.parametrize("factor", [1000, 0.001])
@pytest.mark.parametrize("row", [ENGLAND, DERBYSHIRE])
def test_f056_a_total_in_other_units_than_its_parts_is_refused(
    tmp_path: Path, factor: float, row: list[str]
) -> None:
    """Given pounds for thousands, or millions, in one row, then the column does not add up.

    A whole table in other units adds up: the line that gives the unit tells it, where there is one.
    """
    other = f"{float(row[5]) * factor:.10g}"
    caught = refusal(lambda: read(tmp_path, with_cell("Spending (£ thousand)", other, of=row)))
    assert (caught.cell, "the rows of the column add up to" in caught.problem) == ("F3", True)


IN_THOUSANDS = {"tables": {"council": {"says": "Net current expenditure (£ thousand)"}}}


@pytest.mark.parametrize(
    "says", ["Net current expenditure (£ thousand)", "NET current expenditure (£  Thousand)"]
)
def test_f056_a_table_in_the_expected_unit_is_read(tmp_path: Path, says: str) -> None:
    """Given the line above the headings that gives the unit, then the figures are read."""
    found = read(tmp_path, above=([TITLE], [says]), changes=IN_THOUSANDS)
    assert found.observations.height == 9


@pytest.mark.parametrize(
    ("says", "reads"),
    [
        ("Net current expenditure (£ million)", "reads 'Net current expenditure (£ million)'"),
        ("Net current expenditure (£)", "reads 'Net current expenditure (£)'"),
        ("Net current expenditure", "reads 'Net current expenditure'"),
        ("", "is not there"),
    ],
)
def test_f056_a_table_in_another_unit_is_refused(tmp_path: Path, says: str, reads: str) -> None:
    """Given a unit line that gives another unit, or none, then the file is refused with both."""
    above = ([TITLE], [says])
    caught = refusal(lambda: read(tmp_path, above=above, changes=IN_THOUSANDS))
    assert f"The line that gives the unit {reads}" in caught.problem
    assert "'Net current expenditure (£ thousand)' was expected" in caught.problem


def test_f056_a_unit_line_below_the_headings_is_none(tmp_path: Path) -> None:
    """Given the unit in a note under the table, then it is not taken for the table's."""
    rows = [*ROWS, ["Net current expenditure (£ thousand)", "", "", "", "", ""]]
    caught = refusal(lambda: read(tmp_path, rows, changes=IN_THOUSANDS))
    assert "The line that gives the unit is not there" in caught.problem


@pytest.mark.parametrize("other", ["Spending (£)", "Spending (£ million)", "Spending"])
def test_f056_a_heading_with_another_unit_is_another_heading(tmp_path: Path, other: str) -> None:
    """Given a heading that names another unit, or none, then it is not known."""
    caught = refusal(lambda: read(tmp_path, headings=with_heading("Spending (£ thousand)", other)))
    assert "Heading 'Spending (£ thousand)' is missing" in caught.problem


@pytest.mark.parametrize(
    ("marker", "status"),
    [
        ("*", "suppressed"),
        ("[c]", "suppressed"),
        ("[x]", "missing"),
        ("[z]", "not_applicable"),
        ("..", "not_collected"),
    ],
)
def test_f057_a_marker_is_a_null_with_its_status_and_never_a_zero(
    tmp_path: Path, marker: str, status: str
) -> None:
    """Given a declared marker among numbers, then its cell has a status, no value, and its text.

    The sum that it is a part of is unknown: England's 30 is not held against Derbyshire's 20.
    """
    found = read(tmp_path, with_cell("Beds", marker))
    figure = of_derby(found)
    assert (figure["value"], figure["value_status"], figure["raw_text"]) == (None, status, marker)
    statuses = found.observations["value_status"].cast(pl.String).to_list()
    assert statuses.count("reported") == 8, "no other figure is touched"


@pytest.mark.parametrize("marker", ["[u]", "**", "-", "n/a", "<5", "[C]", "[low]", ""])
def test_f057_an_unknown_marker_is_refused(tmp_path: Path, marker: str) -> None:
    """Given a marker that the return does not declare, or a blank, then its cell is named."""
    caught = refusal(lambda: read(tmp_path, with_cell("Beds", marker)))
    assert (caught.return_id, caught.cell) == ("beds", "D5")
    assert "Known markers: '*', '..', '[c]', '[x]', '[z]'." in caught.mend


BLANK = with_cell("Spending (£ thousand)", "")
HEADING = {"measure": "spending", "markers": {"": "missing"}}


def test_f057_a_blank_that_only_the_return_allows_is_noted(tmp_path: Path) -> None:
    """Given a blank that a marker of the whole return lets pass. Then its cell is in the notes."""
    found = read(tmp_path, BLANK, changes={"markers": {"": "missing"}, "checks": []})
    assert found.notes == [
        "Table council: 1 blank cell read as missing, the first in sheet '', F5, under "
        "'Spending (£ thousand)'."
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"column_headings": {"figures": {"Spending (£ thousand)": HEADING}}},
        {"measures": {"spending": {"unit": "gbp_thousand", "markers": {"": "missing"}}}},
    ],
)
def test_f057_a_blank_is_expected_only_where_it_is_declared(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Given a measure or a heading that may be blank. Then it is read, and another is refused."""
    changes = changes | {"checks": []}
    assert read(tmp_path, BLANK, changes=changes).notes == []
    caught = refusal(lambda: read(tmp_path, with_cell("Beds", ""), changes=changes))
    assert "The cell is blank under 'Beds'" in caught.problem


def test_f057_a_dash_is_a_zero_only_where_the_publisher_says_so(tmp_path: Path) -> None:
    """Given a dash declared as zero, then it is a true zero, which the sum counts."""
    changes = {"markers": {"-": "zero"}}
    caught = refusal(lambda: read(tmp_path, with_cell("Beds", "-"), changes=changes))
    assert "England says 30 and the rows of the column add up to 20" in caught.problem


def dated(days: str) -> dict[str, Any]:
    """Return the changes for rows that each name their day."""
    return {
        "period": {"text": None, "from": "rows"},
        "tables": {"council": {"control_total": None}},
        "row_headings": {"council": {"Day": {"is": "period", "as": days}}},
        "checks": [],
    }


@pytest.mark.parametrize(
    ("days", "expected"),
    [("{day}", date(2025, 2, 1)), ("{day_month_first}", date(2025, 1, 2))],
)
def test_f058_a_date_is_read_in_the_order_that_the_return_declares(
    tmp_path: Path, days: str, expected: date
) -> None:
    """Given 01/02/2025, then the definition says which is the month, not the other rows."""
    found = on_days(tmp_path, dated(days), "01/02/2025")
    assert found.observations["period_start"].unique().to_list() == [expected]


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ("{day}", "01/13/2025"),
        ("{day_month_first}", "13/01/2025"),
        ("{day}", "30/02/2025"),
        ("{day}", "01.02.2025"),
        ("{day}", "45748"),
        ("{day}", "01/02/25"),
    ],
)
def test_f058_a_date_in_another_order_or_form_is_refused(
    tmp_path: Path, days: str, text: str
) -> None:
    """Given a date that cannot be in the declared order, then the file is refused, not swapped."""
    caught = refusal(lambda: on_days(tmp_path, dated(days), "01/02/2025", text))
    assert (caught.cell, "The row's period cannot be read" in caught.problem) == ("A4", True)


def on_days(folder: Path, changes: dict[str, Any], *days: str) -> ReadFile:
    """Read a file with one row of Derby for each day."""
    rows = [[day, *DERBY] for day in days]
    return read(folder, rows, headings=["Day", *HEADINGS], changes=changes)


@pytest.mark.parametrize(
    ("calendar", "says", "start", "end"),
    [
        ("{financial_quarter}", "Q1 2025-26", date(2025, 4, 1), date(2025, 6, 30)),
        ("{financial_quarter}", "2025-26 Q4", date(2026, 1, 1), date(2026, 3, 31)),
        ("{calendar_quarter}", "Q1 2025", date(2025, 1, 1), date(2025, 3, 31)),
        ("{quarter}", "January to March 2025", date(2025, 1, 1), date(2025, 3, 31)),
    ],
)
def test_f060_a_quarter_is_read_by_the_calendar_of_its_return(
    tmp_path: Path, calendar: str, says: str, start: date, end: date
) -> None:
    """Given a first quarter, then the return says whether it begins in April or in January."""
    changes = {"period": {"text": f"Beds in {calendar}"}}
    found = read(tmp_path, above=[[f"Beds in {says}"]], changes=changes)
    assert found.period == Period(start, end, "quarter")


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        ("{financial_quarter}", "Q1 2025"),
        ("{calendar_quarter}", "Q1 2025-26"),
        ("{financial_quarter}", "Q5 2025-26"),
        ("{financial_quarter}", "Q1 2025-27"),
        ("{quarter}", "February to April 2025"),
    ],
)
def test_f060_a_quarter_of_the_other_calendar_is_refused(
    tmp_path: Path, calendar: str, says: str
) -> None:
    """Given a quarter as another calendar writes it, or none at all, then it is not guessed."""
    changes = {"period": {"text": f"Beds in {calendar}"}}
    assert refusal(lambda: read(tmp_path, above=[[f"Beds in {says}"]], changes=changes)).problem


@given(year=st.integers(2000, 2060), number=st.integers(1, 4))
def test_f060_quarters_follow_each_other_without_gap(year: int, number: int) -> None:
    """Given any quarter, then it is three whole months, the same in either calendar."""
    financial = PARSERS["financial_quarter"](f"Q{number} {year}-{(year + 1) % 100:02}")
    same_year, same = (year, number + 1) if number < 4 else (year + 1, 1)
    assert financial == PARSERS["calendar_quarter"](f"Q{same} {same_year}")
    months = f"{financial.start:%B %Y} to {financial.end:%B %Y}"
    assert PARSERS["quarter"](months) == financial


NAMED = {"period": {"name_agrees": "beds_{iso_month}*"}}


def test_f061_a_file_named_after_another_period_is_refused(tmp_path: Path) -> None:
    """Given a file of April that is named after May, then neither of the two is believed."""
    caught = refusal(lambda: read(tmp_path, changes=NAMED, name="beds_2024-05.csv"))
    assert "named after 2024-05 ('beds_2024-05.csv') and holds 2024-04" in caught.problem


@pytest.mark.parametrize("name", ["beds_2024-04.csv", "beds_202404_final.csv", "download.csv"])
def test_f061_a_name_that_agrees_or_says_nothing_is_let_be(tmp_path: Path, name: str) -> None:
    """Given a name with the file's own period, or with none, then the file is read."""
    found = read(tmp_path, changes=NAMED, name=name)
    assert found.period == PARSERS["month"]("April 2024")


def test_a_total_with_a_part_not_given_is_counted_as_not_compared(tmp_path: Path) -> None:
    """Given a withheld part, when read, then its column's total is known to have shown nothing."""
    whole = read(tmp_path).checks
    short = read(tmp_path, with_cell("Beds", "*")).checks
    assert [(one.check, one.compared, one.possible) for one in whole] == [
        ("rows_add_up_to_control_total", 2, 2)
    ]
    assert [one.compared for one in short] == [1]


QUOTIENT = {
    "measures": {"staff": {"unit": "people"}, "rate": {"unit": "per_100", "maximum": 1000}},
    "column_headings": {"figures": {"Staff": {"measure": "staff"}, "Rate": {"measure": "rate"}}},
    "checks": [
        {
            "check": "quotient",
            "tables": ["council"],
            "measure": "rate",
            "of": "staff",
            "by": "beds",
            "times": 100,
            "tolerance": 0.05,
        }
    ],
}
"""Staff for each 100 beds, printed with one decimal."""


def with_staff(*staff: tuple[str, str]) -> list[list[str]]:
    """Return the rows with staff and their rate."""
    return [[*row, *more] for row, more in zip(ROWS, staff, strict=True)]


GOOD_STAFF = with_staff(("20", "66.7"), ("13", "65"), ("7", "70.0"))


def test_f041_a_rate_that_follows_from_its_parts_is_read(tmp_path: Path) -> None:
    """Given a rate as the publisher rounded it. When read. Then the file is trusted."""
    headings = [*HEADINGS, "Staff", "Rate"]
    found = read(tmp_path, GOOD_STAFF, headings=headings, changes=QUOTIENT)
    assert found.observations.height == 15


@pytest.mark.parametrize("swapped", [("Staff", "Beds"), ("Rate", "Staff"), ("Rate", "Beds")])
def test_f041_headings_that_changed_places_are_noticed(
    tmp_path: Path, swapped: tuple[str, str]
) -> None:
    """Given two headings that changed places over columns of which one follows from the others.
    When read. Then the file disproves it.
    """
    other = dict([swapped, swapped[::-1]])
    headings = [other.get(one, one) for one in [*HEADINGS, "Staff", "Rate"]]
    caught = refusal(lambda: read(tmp_path, GOOD_STAFF, headings=headings, changes=QUOTIENT))
    assert "staff divided by beds times 100 is" in caught.problem or "whole" in str(caught)


def test_f041_a_rate_without_its_divisor_is_let_be(tmp_path: Path) -> None:
    """Given no beds, or a withheld number. When read. Then nothing can be said of the rate."""
    rows = with_staff(("20", "66.7"), ("13", "[c]"), ("[c]", "70.0"))
    rows[0][3] = "0"
    headings = [*HEADINGS, "Staff", "Rate"]
    found = read(tmp_path, rows, headings=headings, changes=QUOTIENT)
    assert found.observations.height == 15


REGISTER = load_register(Path(__file__).parents[2] / "dbt_project" / "seeds")
COUNCIL_SHEETS = ["LA - by Type of Care", "LA - by responsible org", "LA - by reason"]


def councils(period: str, change: Callable[[list[list[object]]], None]) -> Book:
    """Return a file of three places with the same change on all its tables."""
    book = delayed_transfers(period, layout=6 if "2018" in period else 1)
    for sheet in COUNCIL_SHEETS:
        change(book[sheet])
    return book


def registered(folder: Path, book: Book) -> ReadFile | None:
    """Read a workbook against the real register."""
    path = write(book, folder / "book.xlsx")
    return read_file(path, "0" * 64, path.name, DEFINITIONS, REGISTER)


def put(old: str, new: str) -> Callable[[list[list[object]]], None]:
    """Return a change of one text into another."""

    def change(rows: list[list[object]]) -> None:
        row, column = find(rows, old)
        rows[row][column] = new

    return change


def test_f064_partial_coverage_is_refused_with_the_number_that_is_lost(tmp_path: Path) -> None:
    """Given 3 of the councils of that month, whose England row agrees, then the file is refused.

    So a national figure that is silently low never reaches the lake. That one in the warehouse is
    the printed one, and not a sum of what is there: see tests/dbt_project/test_faults.py.
    """
    caught = refusal(lambda: registered(tmp_path, councils("April 2011", lambda _: None)))
    assert re.match(r"15\d of 15\d councils have no row: .* \(\w+\), ", caught.problem)
    assert caught.return_id == "delayed_transfers_la"


def test_f065_a_missing_council_is_listed_by_its_code(tmp_path: Path) -> None:
    """Given a register of three places of which one has no row, then it is named by its code."""
    known = small_register(tmp_path)

    def lose(rows: list[list[object]]) -> None:
        at = find(rows, "9901")[0]
        del rows[at : at + 2]

    path = write(councils("April 2011", lose), tmp_path / "book.xlsx")
    caught = refusal(lambda: read_file(path, "0" * 64, path.name, DEFINITIONS, known))
    assert "1 of 3 councils have no row: Scotland (9901)" in caught.problem


@pytest.mark.parametrize(("beds", "is_same"), [("10", True), ("11", False)])
def test_f065_a_row_twice_is_refused_unless_it_is_declared_and_the_same(
    tmp_path: Path, beds: str, *, is_same: bool
) -> None:
    """Given Derby twice, alike or not, then refused; where the return repeats rows, kept once.

    Two rows that say two things are refused in any case.
    """
    rows = [*ROWS, [*DERBY[:3], beds, *DERBY[4:]]]
    caught = refusal(lambda: read(tmp_path, rows))
    assert "'507' appears twice" in caught.problem
    allowed = {"tables": {"council": {"repeated_rows": "same_figures"}}}
    if is_same:
        assert read(tmp_path, rows, changes=allowed).observations.height == 9
    else:
        assert refusal(lambda: read(tmp_path, rows, changes=allowed)).problem


@pytest.mark.parametrize("code", ["X99", "810"])
def test_f066_an_unknown_or_retired_code_is_refused(tmp_path: Path, code: str) -> None:
    """Given a code nobody has, or one of a council that had ended, then its row is named."""
    book = councils("November 2018", put("507", code))
    if code == "810":
        for sheet in ["England", *COUNCIL_SHEETS]:
            put("November 2018", "January 2020")(book[sheet])
            put("10th January 2019", "12th March 2020")(book[sheet])
    caught = refusal(lambda: registered(tmp_path, book))
    assert f"'{code}' (Derby UA) was the code of no council in" in caught.problem
    assert caught.cell.startswith("row ")


def test_f066_a_retired_code_holds_within_its_dates() -> None:
    """Given Bournemouth, which ended in March 2019, then its code is good before and not after.

    In April 2019 it still reported; a row of reporting_exceptions says so.
    """
    months = {date(2018, 11, 1): True, date(2019, 4, 1): True, date(2019, 5, 1): False}
    for day, is_good in months.items():
        body = REGISTER.body("delayed_transfers_la", "council", "810", day)
        assert (body is not None) is is_good
    assert REGISTER.body("another_return", "council", "810", date(2019, 4, 1)) is None


def test_f068_a_name_with_anothers_code_is_refused(tmp_path: Path) -> None:
    """Given Hartlepool with Middlesbrough's code, then both are named and neither is believed."""

    def mix(rows: list[list[object]]) -> None:
        put("Derby UA", "Hartlepool UA")(rows)
        put("507", "112")(rows)

    caught = refusal(lambda: registered(tmp_path, councils("April 2011", mix)))
    assert "'112' is Middlesbrough, and the row is named 'Hartlepool UA'" in caught.problem
    slip = {"sheet": "LA - by*", "heading": "code", "says": "112", "read_as": "111"}
    raw = DEFINITIONS["delayed_transfers_la"].model_dump(mode="json", by_alias=True)
    raw["known_errors"] = [slip | {"sha256": "0" * 64, "reason": "A person has looked."}]
    reviewed = {"delayed_transfers_la": Definition.model_validate(raw)}
    path = tmp_path / "book.xlsx"
    caught = refusal(lambda: read_file(path, "0" * 64, path.name, reviewed, REGISTER))
    assert "is named" not in caught.problem, "the code is put right; now others are missing"


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("Beds", "-5"),
        ("Beds", "2.5"),
        ("Occupied", "1.4"),
        ("Occupied", "140"),
        ("Spending (£ thousand)", "1e99"),
        ("Beds", "inf"),
        ("Beds", "NaN"),
        ("Beds", "-inf"),
        ("Beds", "99999999999999"),
    ],
)
def test_f069_an_impossible_figure_is_refused(tmp_path: Path, heading: str, value: str) -> None:
    """Given a negative, part, more than whole, endless or absurd figure, then its cell is named."""
    caught = refusal(lambda: read(tmp_path, with_cell(heading, value)))
    assert caught.cell == f"{'ABCDEF'[HEADINGS.index(heading)]}5"


def test_f070_zero_blank_and_not_applicable_are_three_things(tmp_path: Path) -> None:
    """Given 0, a blank and `[z]`, then a value, a gap, and no figure to be had; none is another."""
    rows = [[*ENGLAND[:3], "0", "[z]", "[z]"], [*DERBYSHIRE[:3], "0", "", "[z]"]]
    found = read(tmp_path, rows, changes={"markers": {"": "missing"}, "checks": []}).observations
    derbyshire = found.filter(pl.col("subject_code") == "506")
    said = {row["measure"]: (row["value"], row["value_status"]) for row in derbyshire.to_dicts()}
    assert said == {
        "beds": (0.0, "reported"),
        "occupancy": (None, "missing"),
        "spending": (None, "not_applicable"),
    }
    caught = refusal(lambda: read(tmp_path, rows, changes={"checks": []}))
    assert caught.cell == "E4", "a blank that the return does not explain is no zero"


@pytest.mark.parametrize(
    ("change", "tolerance", "is_read"),
    [
        ("11", 0.0, False),
        ("15", 7.5, True),
        ("20", 7.5, False),
    ],
)
def test_f071_a_total_that_is_not_the_sum_is_refused_at_its_cell(
    tmp_path: Path, change: str, tolerance: float, *, is_read: bool
) -> None:
    """Given one part changed, then the total's cell is named with both figures.

    Of figures rounded to 5, a sum of two and its total may be 7.5 apart: 2.5 for each of the three.
    """
    check = {"check": "rows_add_up_to_control_total", "tables": ["council"], "measures": ["beds"]}
    changes = {"checks": [check | {"tolerance": tolerance}]}
    rows = with_cell("Beds", change)
    if is_read:
        assert read(tmp_path, rows, changes=changes).observations.height == 9
        return
    caught = refusal(lambda: read(tmp_path, rows, changes=changes))
    assert caught.cell == "D3"
    assert f"says 30 and the rows of the column add up to {20 + int(change)}" in caught.problem


PLANS = {
    "dimensions": {"basis": ["plan", "actual"]},
    "column_headings": {
        "figures": {
            "Beds": {"measure": "beds", "basis": "plan"},
            "Occupied": "ignore",
            "Spending (£ thousand)": {"measure": "beds", "basis": "actual"},
        }
    },
    "checks": [],
}


def test_f072_plan_and_actual_are_told_by_their_headings(tmp_path: Path) -> None:
    """Given the columns of plan and actual swapped with their headings, then nothing changes."""

    def swapped(cells: Sequence[str]) -> list[str]:
        return [*cells[:3], cells[5], cells[4], cells[3]]

    plain = read(tmp_path, changes=PLANS).observations.drop("source_column")
    other = read(tmp_path, list(map(swapped, ROWS)), headings=swapped(HEADINGS), changes=PLANS)
    assert sorted_by_all(other.observations.drop("source_column")).equals(sorted_by_all(plain))


def test_f072_an_actual_figure_of_a_time_to_come_is_refused(tmp_path: Path) -> None:
    """Given an actual figure for a later period than the file's, then it is a plan, or swapped."""
    check = {"check": "not_ahead", "tables": ["council"], "members": {"basis": "actual"}}
    changes = {
        **PLANS,
        "tables": {"council": {"own_periods": True}},
        "row_headings": {"council": {"Region": {"is": "period", "as": "{month}"}}},
        "checks": [check],
    }
    rows = [[*row[:2], "April 2024", *row[3:]] for row in ROWS]
    assert read(tmp_path, rows, changes=changes).observations.height == 6
    late = [[*row[:2], "May 2024", *row[3:]] for row in ROWS]
    caught = refusal(lambda: read(tmp_path, late, changes=changes))
    assert "basis=actual" in caught.problem
    assert "2024-05" in caught.problem
    assert caught.cell.startswith("F")


def test_f073_a_share_of_more_than_the_whole_is_refused(tmp_path: Path) -> None:
    """Given numerator and denominator swapped, so that a share is over 1, then its cell is named.

    A ratio with nothing below the line has no value: see tests/dbt_project/test_faults.py.
    """
    caught = refusal(lambda: read(tmp_path, with_cell("Occupied", "1.05")))
    assert (caught.cell, "at most 1" in caught.mend) == ("E5", True)


def test_f074_a_total_row_is_marked_and_never_a_part(tmp_path: Path) -> None:
    """Given England among its councils, then it is a control total of another kind of subject."""
    found = read(tmp_path).observations.filter(pl.col("measure") == "beds")
    levels = found.group_by("subject_type", "is_control_total").agg(pl.col("value").sum())
    assert set(levels.rows()) == {("country", True, 30.0), ("council", False, 30.0)}
