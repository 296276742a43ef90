"""One file in: what is read from it, and everything for which it is not trusted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from ingestion.definition import Definition, load_definitions
from ingestion.reader import ReadFile, read_file
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_returns import (
    Book,
    delayed_transfers,
    find,
    monthly_activity,
    write,
)

DEFINITIONS = load_definitions()
REASON, CARE, BODY = "LA - by reason", "LA - by Type of Care", "LA - by responsible org"


def read(book: Book, folder: Path, definitions: dict[str, Definition] | None = None) -> ReadFile:
    """Write a workbook and read it; it has to be recognised."""
    found = read_file(
        write(book, folder / "any name.xlsx"), "0" * 64, "any name.xlsx", definitions or DEFINITIONS
    )
    assert found is not None
    return found


def refusal(book: Book, folder: Path) -> UntrustedFileError:
    """Return why a workbook is refused."""
    with pytest.raises(UntrustedFileError) as caught:
        read(book, folder)
    return caught.value


def test_a_figure_keeps_its_cell(tmp_path: Path) -> None:
    """Given the 2011 layout, when read, then a figure has its sheet, cell, text and meaning."""
    found = read(delayed_transfers(), tmp_path)
    row = found.observations.row(
        by_predicate=(pl.col("subject_code") == "506") & (pl.col("breakdown") == "body=nhs"),
        named=True,
    )
    assert (found.return_id, found.layout_id) == ("delayed_transfers_la", "april_2011")
    assert (row["value"], row["raw_text"], row["unit"]) == (8.0, "8", "days")
    assert (row["source_sheet"], row["source_row"], row["source_column"]) == (BODY, 18, "E")
    assert row["period_start"] == date(2011, 4, 1)
    assert row["value_status"] == "reported"


def test_a_dash_is_a_true_zero_where_the_definition_says_so(tmp_path: Path) -> None:
    """Given a row of dashes, when read, then values are 0 and the text stays a dash."""
    frame = read(delayed_transfers(), tmp_path).observations
    dashes = frame.filter(pl.col("subject_code") == "9901")
    assert dashes["value"].unique().to_list() == [0.0]
    assert dashes["raw_text"].unique().to_list() == ["-"]


def test_england_is_a_control_total_and_not_a_council(tmp_path: Path) -> None:
    """Given the England row, when read, then it is marked and has no code."""
    frame = read(delayed_transfers(), tmp_path).observations
    england = frame.filter(pl.col("is_control_total"))
    assert england["subject_name"].unique().to_list() == ["England"]
    assert england["subject_code"].unique().to_list() == [""]
    assert not frame.filter(~pl.col("is_control_total"))["subject_name"].is_in(["England"]).any()


def test_a_second_block_with_the_same_headings_is_told_apart(tmp_path: Path) -> None:
    """Given the 2018 layout, when read, then days and beds are two measures."""
    found = read(delayed_transfers("November 2018", layout=6), tmp_path)
    derby = found.observations.filter(
        (pl.col("subject_code") == "507")
        & (pl.col("table_id") == "responsible_body")
        & (pl.col("breakdown") == "")
    )
    assert found.layout_id == "november_2018"
    assert dict(zip(derby["measure"], derby["value"], strict=True)) == {
        "delayed_days": 12.0,
        "delayed_transfer_beds": pytest.approx(0.4),
    }


def test_the_revision_date_is_the_vintage(tmp_path: Path) -> None:
    """Given a file re-issued later, when read, then its vintage is the day of its revision."""
    found = read(delayed_transfers(revised="27th April 2012"), tmp_path)
    assert found.published_on == date(2012, 4, 27)
    assert found.first_published_on == date(2011, 5, 27)


def test_commissioners_and_their_parents_are_read(tmp_path: Path) -> None:
    """Given a monthly activity file, when read, then both levels are there with all measures."""
    found = read(monthly_activity(), tmp_path)
    frame = found.observations.filter(~pl.col("is_control_total"))
    assert found.layout_id == "april_2013"
    assert frame.filter(pl.col("table_id") == "commissioner").height == 3 * 14
    parents = frame.filter(pl.col("table_id") == "parent")
    assert parents["subject_type"].unique().to_list() == ["area_team"]
    england = found.observations.filter(pl.col("is_control_total"))
    assert england["subject_type"].unique().to_list() == ["country"]


@pytest.mark.parametrize("rows", [1, 4, 9])
def test_a_shifted_title_block_changes_nothing(tmp_path: Path, rows: int) -> None:
    """Given empty rows above the title block, when read, then only the row numbers move."""
    straight = read(delayed_transfers(), tmp_path).observations
    book = delayed_transfers()
    shifted = read({n: [[]] * rows + r for n, r in book.items()}, tmp_path).observations
    moved = straight.with_columns(pl.col("source_row") + rows)
    assert shifted.equals(moved)


def test_case_and_white_space_of_headings_do_not_matter(tmp_path: Path) -> None:
    """Given headings in another case and with line breaks, when read, then all is the same."""
    book = delayed_transfers()
    row, column = find(book[BODY], "Social Care")
    book[BODY][row][column] = "  social\n CARE "
    assert read(book, tmp_path).observations.equals(
        read(delayed_transfers(), tmp_path).observations
    )


def renamed_heading(book: Book) -> None:
    """Put other words in the place of a heading."""
    row, column = find(book[BODY], "Social Care")
    book[BODY][row][column] = "Social Services"


def missing_heading(book: Book) -> None:
    """Take a column away."""
    row, column = find(book[BODY], "Both")
    for line in book[BODY][row:]:
        del line[column : column + 1]


def added_heading(book: Book) -> None:
    """Put a column more."""
    row, _ = find(book[BODY], "Both")
    book[BODY][row].append("Unknown body")


def repeated_heading(book: Book) -> None:
    """Print one heading twice."""
    row, column = find(book[BODY], "Both")
    book[BODY][row][column] = "NHS"


def renamed_code_heading(book: Book) -> None:
    """Rename a descriptive heading."""
    row, column = find(book[CARE], "Code")
    book[CARE][row][column] = "Kode"


def figures_without_heading(book: Book) -> None:
    """Put a figure beside the table."""
    row, _ = find(book[BODY], "507")
    book[BODY][row].append(7)


def unknown_marker(book: Book) -> None:
    """Put a marker that the definition does not list."""
    row, column = find(book[BODY], "507")
    book[BODY][row][column + 2] = "*"


def blank_figure(book: Book) -> None:
    """Leave a figure out."""
    row, column = find(book[BODY], "507")
    book[BODY][row][column + 2] = ""


def negative_figure(book: Book) -> None:
    """Make a count negative."""
    row, column = find(book[BODY], "507")
    book[BODY][row][column + 2] = -4


def council_lost(book: Book) -> None:
    """Lose a council on each sheet."""
    for sheet in (CARE, BODY, REASON):
        row, _ = find(book[sheet], "507")
        del book[sheet][row]


def council_of_zeros_lost(book: Book) -> None:
    """Lose, on one sheet, a row that adds nothing to any total."""
    row, _ = find(book[REASON], "9901")
    del book[REASON][row]


def council_twice(book: Book) -> None:
    """Repeat a row."""
    row, _ = find(book[BODY], "9901")
    book[BODY].append(list(book[BODY][row]))


def wrong_total(book: Book) -> None:
    """Change a row's total and England's with it."""
    row, column = find(book[BODY], "507")
    for place in (row, row - 2):
        book[BODY][place][column + 5] += 1  # type: ignore[operator]


def wrong_control_total(book: Book) -> None:
    """Change England's components, not their sum."""
    row, column = find(book[BODY], "England")
    book[BODY][row][column + 1] += 1  # type: ignore[operator]
    book[BODY][row][column + 2] -= 1  # type: ignore[operator]


def control_total_lost(book: Book) -> None:
    """Lose the England row."""
    row, _ = find(book[BODY], "England")
    del book[BODY][row]


def code_lost(book: Book) -> None:
    """Blank a council's code."""
    row, column = find(book[BODY], "507")
    book[BODY][row][column] = ""


def empty_row_of_a_council(book: Book) -> None:
    """Blank all the figures of a council."""
    row, column = find(book[BODY], "507")
    book[BODY][row][column + 2 :] = [""] * 4


def two_periods(book: Book) -> None:
    """Let one sheet speak of another month."""
    row, column = find(book[BODY], "April 2011")
    book[BODY][row][column] = "May 2011"


def no_such_period(book: Book) -> None:
    """Misspell the month on every sheet."""
    for sheet in (CARE, BODY, REASON):
        row, column = find(book[sheet], "April 2011")
        book[sheet][row][column] = "Aprul 2011"


def half_a_day(book: Book) -> None:
    """Give a council half days that still add up."""
    row, column = find(book[BODY], "507")
    for place in (row, row - 2):
        book[BODY][place][column + 2] += 0.5  # type: ignore[operator]
        book[BODY][place][column + 3] -= 0.5  # type: ignore[operator]


def absurd_figure(book: Book) -> None:
    """Give a council more days than there are."""
    row, column = find(book[BODY], "507")
    book[BODY][row][column + 2] = 1e19


def name_without_code_or_figures(book: Book) -> None:
    """Leave only region and name of a council."""
    row, _ = find(book[BODY], "507")
    book[BODY][row] = ["", "East Midlands", "", "Derby UA"]


def sheet_lost(book: Book) -> None:
    """Lose a sheet."""
    del book[REASON]


FAULTS: list[tuple[Callable[[Book], None], str, str, str]] = [
    (
        renamed_heading,
        BODY,
        "F14",
        "'social services' is not known.*nearest known heading is 'Social Care'",
    ),
    (missing_heading, BODY, "row 14", "Heading 'Both' is missing"),
    (added_heading, BODY, "I14", "'unknown body' is not known"),
    (repeated_heading, BODY, "G14", r"'NHS' appears twice \(E14 and G14\)"),
    (renamed_code_heading, CARE, "C14", "'kode' is not known.*'Code' is missing"),
    (figures_without_heading, BODY, "I17", "under no heading"),
    (unknown_marker, BODY, "E17", r"'\*' is neither a number nor a known marker under 'NHS'"),
    (blank_figure, BODY, "E17", "cell is blank"),
    (negative_figure, BODY, "E17", "-4 cannot be a count of days"),
    (half_a_day, BODY, "E15", "12.5 cannot be a count of days"),
    (absurd_figure, BODY, "E17", "1e.19 cannot be a count of days"),
    (name_without_code_or_figures, BODY, "C17", "row of 'East Midlands' has no figures"),
    (council_lost, CARE, "E15", "England says 12 and the rows of the column add up to 8"),
    (council_of_zeros_lost, REASON, "", "Resident in Scotland.*none here"),
    (council_twice, BODY, "C20", "'9901' appears twice for April 2011: rows 19 and 20"),
    (wrong_total, BODY, "H15", "England says 37 and the parts of the row add up to 36"),
    (wrong_control_total, BODY, "E15", "England says 13 and the rows of the column add up to 12"),
    (control_total_lost, BODY, "", "row of the control total is missing"),
    (code_lost, BODY, "C17", "row of 'Derby UA' has figures and no code"),
    (empty_row_of_a_council, BODY, "C17", "row of '507' has no figures"),
    (two_periods, BODY, "C5", "contradict each other beside 'Period'"),
    (no_such_period, CARE, "C5", "'Aprul 2011' is not a month"),
    (sheet_lost, "", "", "One sheet named 'LA - by reason' was expected"),
]


@pytest.mark.parametrize(
    ("fault", "sheet", "cell", "message"), FAULTS, ids=lambda f: getattr(f, "__name__", None)
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_place(
    tmp_path: Path, fault: Callable[[Book], None], sheet: str, cell: str, message: str
) -> None:
    """Given one fault in a good file, when read, then it is refused: return, sheet, cell, why."""
    book = delayed_transfers()
    fault(book)
    error = refusal(book, tmp_path)
    assert error.return_id == "delayed_transfers_la"
    assert (error.sheet, error.cell) == (sheet, cell)

    assert re.search(message, error.reason), error.reason


def test_a_year_dragged_down_a_column_is_refused(tmp_path: Path) -> None:
    """Given 2013-14, 2013-15, … down the Year column, when read, then the row is named."""
    book = monthly_activity()
    for step, row in enumerate(book["Commissioner"][16:]):
        row[1] = f"2013-{14 + step}"
    error = refusal(book, tmp_path)
    assert (error.sheet, error.cell) == ("Commissioner", "B18")
    assert "'2013-15' contradicts itself" in error.reason


def test_a_row_of_another_month_is_refused(tmp_path: Path) -> None:
    """Given a row that says May in a file of April, when read, then it is refused."""
    book = monthly_activity()
    book["Area Team"][16][2] = "MAY"
    error = refusal(book, tmp_path)
    assert (error.sheet, error.cell) == ("Area Team", "B17")
    assert "contradicts the title block" in error.reason


def test_commissioners_that_do_not_add_up_to_their_parent_are_refused(tmp_path: Path) -> None:
    """Given a figure moved between two parents, when read, then the parent's cell is named."""
    book = monthly_activity()
    book["Area Team"][16][5] += 1  # type: ignore[operator]
    book["Area Team"][17][5] -= 1  # type: ignore[operator]
    error = refusal(book, tmp_path)
    assert (error.sheet, error.cell) == ("Area Team", "F17")


def test_a_publishers_known_slip_is_read_as_the_definition_says(tmp_path: Path) -> None:
    """Given a slip listed for exactly these bytes, when read, then it is mended and noted."""
    book = monthly_activity()
    for row in book["Area Team"][14:]:
        if row:
            row[2] = "DECEMBER"
    raw = DEFINITIONS["monthly_activity_commissioner"].model_dump(by_alias=True)
    slip = {"sheet": "Area Team", "heading": "month_name", "says": "DECEMBER", "read_as": "APRIL"}
    raw["known_errors"] = [slip | {"sha256": "0" * 64, "reason": "For the test."}]
    found = read(book, tmp_path, {"x": Definition.model_validate(raw)})
    assert "'DECEMBER' is read as 'APRIL'" in found.notes[0]
    raw["known_errors"][0]["sha256"] = "1" * 64
    with pytest.raises(UntrustedFileError, match="contradicts the title block"):
        read(book, tmp_path, {"x": Definition.model_validate(raw)})


def test_beds_of_a_month_of_other_length_are_refused(tmp_path: Path) -> None:
    """Given a 30-day month's file titled as one of 31, when read, then the beds give it away."""
    book = delayed_transfers("November 2018", layout=6)
    for rows in book.values():
        row, column = find(rows, "November 2018")
        rows[row][column] = "December 2018"
    error = refusal(book, tmp_path)
    assert error.sheet == CARE
    assert "delayed_days divided by the days of the month is" in error.reason


def test_a_hidden_sheet_is_noted(tmp_path: Path) -> None:
    """Given a sheet that no layout lists, when read, then the file is read and the sheet noted."""
    book = delayed_transfers() | {"Scratch": [["", "x"]]}
    assert read(book, tmp_path).notes == ["Sheet 'Scratch' is not read."]


def test_a_workbook_of_another_title_is_nobodys(tmp_path: Path) -> None:
    """Given a title no definition knows, when read, then it is not recognised and not refused."""
    path = write({"Sheet": [["", "Title:", "Bus timetables"]]}, tmp_path / "other.xlsx")
    assert read_file(path, "0" * 64, "other.xlsx", DEFINITIONS) is None


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    """Given a workbook cut at two thirds, when read, then it is refused as damaged."""
    whole = write(delayed_transfers(), tmp_path / "whole.xlsx").read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(UntrustedFileError, match="damaged or cut short"):
        read_file(cut, "0" * 64, "cut.xlsx", DEFINITIONS)


def test_a_real_truncated_xls_is_refused(real_returns: Path, tmp_path: Path) -> None:
    """Given a publisher's .xls cut at several places, then it is refused, never half read."""
    whole = (real_returns / "delayed_transfers_la" / "LA-Type-B_2015-06.xls").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        cut = tmp_path / "cut.xls"
        cut.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UntrustedFileError):
            read_file(cut, "0" * 64, "cut.xls", DEFINITIONS)


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html><html><body>Gone</body></html>", b"", b"GIF89a"]
)
def test_something_else_named_xls_is_refused(tmp_path: Path, content: bytes) -> None:
    """Given a web page, nothing, or a picture named .xls, when read, then it is refused."""
    path = tmp_path / "page.xls"
    path.write_bytes(content)
    with pytest.raises(UntrustedFileError, match="named as a workbook and is not one"):
        read_file(path, "0" * 64, "page.xls", DEFINITIONS)
    assert read_file(path, "0" * 64, "page.html", DEFINITIONS) is None


def test_a_return_is_known_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    """Given a workbook without a suffix, when read, then its title block decides."""
    path = write(delayed_transfers(), tmp_path / "x.xlsx").rename(tmp_path / "download")
    found = read_file(path, "0" * 64, "download", DEFINITIONS)
    assert found is not None
    assert found.return_id == "delayed_transfers_la"
