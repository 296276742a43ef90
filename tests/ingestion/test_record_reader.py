"""Record returns: rows are kept as they are, typed, or the file is refused with the cell."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ingestion.definition import (
    DEFINITIONS,
    Definition,
    DefinitionError,
    load_definition,
)
from ingestion.record_reader import (
    candidates,
    read_record_file,
    read_records,
    record_schema,
)
from ingestion.untrusted import UntrustedFileError

HEADED = """
return: homes
title: Homes
publisher: A publisher
licence: OGL-UK-3.0
landing_page: https://www.example.org/
link: "homes*"
cadence: {every: month, published_after_days: 0, first: 2020-01}
recognise: {text: [Home ID]}
markers: {"-": not_applicable}
records:
  homes:
    key: [home_id]
    ignored: [Owner]
    columns:
      home_id: {heading: Home ID, form: "H[0-9]+", is_required: true}
      beds: {heading: Beds, also_written: [Number of beds], type: integer}
      share: {heading: Share, type: number, optional: true}
      is_open: {heading: "Open?", type: yes_no}
      rated_on: {heading: Rated, type: day_month_first}
"""
HEADLESS = """
return: trusts
title: Trusts
publisher: A publisher
licence: OGL-UK-3.0
landing_page: https://www.example.org/
link: "trusts*"
cadence: {every: month, published_after_days: 0, first: 2020-01}
recognise: {text: ["* NHS TRUST"]}
records:
  trusts:
    column_counts: [4, 5]
    ignored: ["4"]
    key: [code]
    columns:
      code: {position: 1, form: "[A-Z0-9]{3}", is_required: true}
      name: {position: 2, is_required: true}
      opened_on: {position: 3, type: compact_day}
"""
HEADINGS = ["Home ID", "Beds", "Share", "Open?", "Rated", "Owner"]
FIRST = ["H1", "12", "0.5", "Y", "05/29/2026", "somebody"]
SECOND = ["H2", "", "-", "No", "", ""]
TRUSTS = [["RBA", "FIRST NHS TRUST", "20200401", "01823"], ["RH5", "SECOND NHS TRUST", "", ""]]

Rows = Sequence[Sequence[str]]


def defined(text: str, folder: Path) -> Definition:
    """Load a definition from its text."""
    name = next(line for line in text.splitlines() if line.startswith("return:")).split()[1]
    path = folder / f"{name}.yml"
    path.write_text(text, encoding="utf-8")
    return load_definition(path)


def grid(rows: Rows) -> pl.DataFrame:
    """Lay rows out as the grid of a sheet."""
    width = max(len(row) for row in rows)
    cells = [[*row, *[""] * (width - len(row))] for row in rows]
    return pl.DataFrame(
        {f"{i}": [row[i] or None for row in cells] for i in range(width)},
        schema={f"{i}": pl.String() for i in range(width)},
    )


def read(definition: Definition, rows: Rows) -> pl.DataFrame:
    """Read rows as the only sheet of a file."""
    return read_records(definition, definition.records, grid(rows), sheet="S", sha256="a" * 64)


def refusal(definition: Definition, rows: Rows) -> UntrustedFileError:
    """Return why rows are refused."""
    with pytest.raises(UntrustedFileError) as caught:
        read(definition, rows)
    return caught.value


@pytest.fixture
def homes(tmp_path: Path) -> Definition:
    """A return of files with headings."""
    return defined(HEADED, tmp_path)


@pytest.fixture
def trusts(tmp_path: Path) -> Definition:
    """A return of files without headings."""
    return defined(HEADLESS, tmp_path)


def test_a_headed_file_keeps_its_rows_with_types_and_places(homes: Definition) -> None:
    """Given a title and headings, when read, then each record has types and its own row."""
    frame = read(homes, [["All homes"], [], HEADINGS, FIRST, [], SECOND])
    assert frame.rows(named=True) == [
        {
            "home_id": "H1",
            "beds": 12,
            "share": 0.5,
            "is_open": True,
            "rated_on": date(2026, 5, 29),
            "source_sheet": "S",
            "source_row": 4,
            "layout_id": "homes",
            "source_sha256": "a" * 64,
            "return_id": "homes",
        },
        {
            "home_id": "H2",
            "beds": None,
            "share": None,
            "is_open": False,
            "rated_on": None,
            "source_sheet": "S",
            "source_row": 6,
            "layout_id": "homes",
            "source_sha256": "a" * 64,
            "return_id": "homes",
        },
    ]
    assert frame.schema == record_schema(homes)


@given(order=st.permutations(range(len(HEADINGS))), above=st.integers(0, 3), upper=st.booleans())
def test_where_columns_and_headings_stand_never_matters(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], above: int, *, upper: bool
) -> None:
    """Given shuffled columns and respelt headings, when read, then the records are the same."""
    homes = defined(HEADED, tmp_path_factory.getbasetemp())
    spelt = [f"  {h.upper()} " if upper else h for h in HEADINGS]
    rows = [[row[i] for i in order] for row in (spelt, FIRST, SECOND)]
    frame = read(homes, [*[["A title"]] * above, *rows])
    plain = read(homes, [HEADINGS, FIRST, SECOND])
    assert frame.drop("source_row").equals(plain.drop("source_row"))
    assert frame["source_row"].to_list() == [above + 2, above + 3]


def test_an_optional_column_may_be_absent(homes: Definition) -> None:
    """Given a file without an optional heading, when read, then its column is blank."""
    rows = [[cell for i, cell in enumerate(row) if i != 2] for row in (HEADINGS, FIRST)]
    assert read(homes, rows)["share"].to_list() == [None]


def test_another_wording_of_a_heading_is_the_same_column(homes: Definition) -> None:
    """Given a known other wording, when read, then it is the same column."""
    rows = [["Home ID", "Number of beds", "Open?", "Rated"], ["H1", "3", "", ""]]
    assert read(homes, rows)["beds"].to_list() == [3]


def test_hard_and_double_spaces_are_spaces(trusts: Definition) -> None:
    """Given spaces that only look alike, when read, then the text has single plain spaces."""
    rows = [["RBA", " FIRST\u00a0NHS \n TRUST\u200b ", "", ""]]
    assert read(trusts, rows)["name"].to_list() == ["FIRST NHS TRUST"]


@pytest.mark.parametrize("text", ["05/29/2026", "2026-05-29", "2026-05-29 00:00:00"])
def test_a_cell_that_is_a_date_is_read_whatever_the_order_of_texts(
    homes: Definition, text: str
) -> None:
    """Given a day as text or as a date cell, when read, then it is the same day."""
    frame = read(homes, [HEADINGS, [*FIRST[:4], text, ""]])
    assert frame["rated_on"].to_list() == [date(2026, 5, 29)]


@pytest.mark.parametrize(
    ("changed", "cell", "said"),
    [
        ([*HEADINGS[:1], "Bedz", *HEADINGS[2:]], "B1", "the nearest is 'Beds'"),
        ([*HEADINGS, "Manager"], "G1", "'Manager' is no known heading"),
        ([*HEADINGS, "Number of beds"], "G1", "stands in G1 and in B1: beds"),
        ([*HEADINGS[:4], "", *HEADINGS[5:]], "E2", "Column E has cells and no heading"),
        ([*HEADINGS[:4], "\u200b", *HEADINGS[5:]], "E2", "Column E has cells and no heading"),
    ],
)
def test_a_heading_that_is_not_understood_stops_the_file(
    homes: Definition, changed: list[str], cell: str, said: str
) -> None:
    """Given a new, repeated or absent heading, when read, then refused at its cell."""
    error = refusal(homes, [changed, FIRST])
    assert (error.return_id, error.sheet, error.cell) == ("homes", "S", cell)
    assert said in error.problem
    assert "nearest layout, 'homes'" in error.problem


def test_a_missing_heading_stops_the_file(homes: Definition) -> None:
    """Given a file without a needed heading, when read, then the heading is named."""
    rows = [HEADINGS[:4], FIRST[:4]]
    assert "The heading 'Rated' is missing" in refusal(homes, rows).problem


def test_a_file_without_headings_is_not_taken_for_one_with(homes: Definition) -> None:
    """Given records and no headings, when read, then the expected headings are named."""
    assert "No row of headings" in refusal(homes, [FIRST, SECOND]).problem


def test_records_above_the_headings_are_not_passed_over(homes: Definition) -> None:
    """Given a record above the headings, when read, then refused."""
    error = refusal(homes, [FIRST, HEADINGS, SECOND])
    assert error.cell == "A1"
    assert "stands above the headings" in error.problem


def test_files_put_one_below_the_other_are_refused(homes: Definition) -> None:
    """Given headings that stand again, when read, then refused at the second ones."""
    error = refusal(homes, [HEADINGS, FIRST, HEADINGS, SECOND])
    assert error.cell == "A3"
    assert "stand again in row 3" in error.problem


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (0, "", "not blank"),
        (0, "X1", "of the form H[0-9]+"),
        (1, "1.5", "a whole number"),
        (1, "1,000", "a whole number"),
        (1, "9" * 19, "a whole number"),
        (2, "half", "a number"),
        (2, "1e999", "a number"),
        (2, "nan", "a number"),
        (3, "perhaps", "Yes or No"),
        (4, "29/05/2026", "the month first"),
        (4, "02/30/2026", "the month first"),
    ],
)
def test_a_cell_that_is_not_what_its_column_holds_stops_the_file(
    homes: Definition, column: int, text: str, expected: str
) -> None:
    """Given one wrong cell, when read, then refused naming it and what was expected."""
    wrong = [text if i == column else cell for i, cell in enumerate(SECOND)]
    error = refusal(homes, [HEADINGS, FIRST, wrong])
    assert error.cell == f"{'ABCDE'[column]}3"
    assert expected in error.problem
    assert error.mend


def test_two_rows_with_one_key_are_refused(homes: Definition) -> None:
    """Given a record twice, when read, then both rows are named."""
    error = refusal(homes, [HEADINGS, FIRST, SECOND, FIRST])
    assert error.cell == "A4"
    assert "Rows 2 and 4 have the same key: home_id H1" in error.problem


def test_headings_without_records_are_refused(homes: Definition) -> None:
    """Given headings and nothing below, when read, then refused: an empty list is not news."""
    assert "no records" in refusal(homes, [HEADINGS]).problem


@pytest.mark.parametrize("blank", [[], [""]])
def test_every_column_count_of_a_headless_file_is_read(
    trusts: Definition, blank: list[str]
) -> None:
    """Given each count that is declared, when read, then the records are the same."""
    frame = read(trusts, [[*row, *blank] for row in TRUSTS])
    assert frame["opened_on"].to_list() == [date(2020, 4, 1), None]
    assert frame["source_row"].to_list() == [1, 2]


def test_another_column_count_stops_a_headless_file(trusts: Definition) -> None:
    """Given a column more than is known, when read, then refused."""
    error = refusal(trusts, [[*row, "", ""] for row in TRUSTS])
    assert "6 columns; expected were 4 or 5" in error.problem


def test_shifted_columns_do_not_fit_their_forms(trusts: Definition) -> None:
    """Given the right count and a column put in front, when read, then refused by the form."""
    error = refusal(trusts, [["x", *row[:3]] for row in TRUSTS])
    assert error.cell == "A1"
    assert "'x' in column 1 is no code" in error.problem


def test_a_position_that_is_not_known_has_to_be_blank(trusts: Definition) -> None:
    """Given a cell in a column that is neither kept nor ignored, when read, then refused."""
    error = refusal(trusts, [[*TRUSTS[0], ""], [*TRUSTS[1], "new"]])
    assert error.cell == "E2"


def test_two_layouts_that_fit_alike_are_not_chosen_between(tmp_path: Path) -> None:
    """Given layouts that say the same, when read, then refused rather than guessed."""
    twice = HEADLESS + HEADLESS[HEADLESS.index("  trusts:") :].replace("trusts:", "other:")
    error = refusal(defined(twice, tmp_path), TRUSTS)
    assert "Two layouts fit" in error.problem


def test_each_sheet_that_is_named_is_read_into_the_same_columns(tmp_path: Path) -> None:
    """Given layouts of two sheets, when read, then each row tells its layout, and gaps are null."""
    text = HEADED.replace("  homes:\n", "  homes:\n    sheet: Homes\n") + (
        "  flats:\n    sheet: Flats\n    columns: {flat_id: {heading: Flat}}\n"
    )
    definition = defined(text, tmp_path)
    sheets = {
        "Notes": grid([["A note"]]),
        "Homes": grid([HEADINGS, FIRST]),
        "Flats": grid([["Flat"], ["F1"]]),
    }
    frame = read_record_file(definition, sheets, "b" * 64)
    assert frame["layout_id"].to_list() == ["homes", "flats"]
    assert frame["flat_id"].to_list() == [None, "F1"]
    assert list(candidates(definition, "Notes", 3)) == []


def test_a_workbook_without_the_sheet_is_refused(tmp_path: Path) -> None:
    """Given no sheet that a layout names, when read, then both names are in the reason."""
    text = HEADED.replace("  homes:\n", "  homes:\n    sheet: Homes\n")
    with pytest.raises(UntrustedFileError, match="'Sheet1', and expected was 'Homes'"):
        read_record_file(defined(text, tmp_path), {"Sheet1": grid([HEADINGS, FIRST])}, "b" * 64)


def test_a_column_has_one_type_in_all_layouts(tmp_path: Path) -> None:
    """Given a column with two types, when the definition is loaded, then it is refused."""
    text = HEADED + "  old:\n    columns: {beds: {heading: Beds}}\n"
    with pytest.raises(DefinitionError, match=r"records\.old\.beds"):
        defined(text, tmp_path)


REAL = [
    ("organisations_trusts", "etr_2021-01_jah.csv", 241),
    ("organisations_trusts", "etr_2026-01_jhau.csv", 273),
    ("organisations_trusts", "etr_2026-07_riya.csv", 274),
    ("organisations_trusts", "etr_ebmdatalab.csv", 227),
    ("organisations_trusts", "trust_list.csv", 228),
    ("organisations_commissioners", "eccg_2026-01_jhau.csv", 320),
    ("organisations_trust_mergers", "trust_mergers.csv", 11),
    ("organisations_sub_icbs", "S_ICB_ICB_to_NHSE_R.csv", 106),
    ("organisations_icbs", "ICB_JUL_2022_EN_NC.xlsx", 42),
    ("organisations_ccgs", "CCG_STP_RefFile_Apr20.xlsx", 74 + 19 + 191 + 135),
]


def sheets_of(path: Path) -> dict[str, pl.DataFrame]:
    """Lay a publisher's file out as grids, without the reader of workbooks."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {"": grid(list(csv.reader(file)))}
    book = CalamineWorkbook.from_path(str(path))
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return {
        name: grid([[str(cell) for cell in row] for row in sheet]) if sheet else pl.DataFrame()
        for name, sheet in rows.items()
    }


@pytest.mark.parametrize(("return_id", "name", "records"), REAL)
def test_every_real_file_of_organisations_is_read(
    real_returns: Path, return_id: str, name: str, records: int
) -> None:
    """Given a publisher's file, when read, then no record is lost and each has its key."""
    definition = load_definition(DEFINITIONS / f"{return_id}.yml")
    sheets = sheets_of(real_returns / "organisations" / name)
    frame = read_record_file(definition, sheets, "c" * 64)
    key = next(iter(definition.records.values())).key
    assert frame.height == records
    assert frame.select(pl.any_horizontal(pl.col(key).is_null())).to_series().sum() == 0
