"""The demonstration files look like the publishers': every layout, quirk and marker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Grid = list[list[object]]
Read = Callable[[str], dict[str, Grid]]

CARE_HEADINGS = ["Acute", "Non-Acute", "Total"]


def headings(grid: Grid, row: int = 14) -> list[object]:
    """The headings of a row, from column B."""
    return grid[row - 1][1:]


@pytest.mark.parametrize(
    ("month", "sheet", "expected"),
    [
        ("2011-04", "LA - by Type of Care", ["SHA", "Code", "Name", *CARE_HEADINGS]),
        ("2013-04", "LA - by Type of Care", ["Region", "", "Code", "Name", *CARE_HEADINGS]),
        (
            "2015-07",
            "LA - by Type of Care",
            ["Region", "ONS Geography", "Code", "Name", *CARE_HEADINGS],
        ),
        (
            "2017-04",
            "LA - by type of care",
            ["Region", "ONS Geography", "Code", "Name", *CARE_HEADINGS, "", *CARE_HEADINGS],
        ),
    ],
)
def test_headings_of_each_layout(sheets: Read, month: str, sheet: str, expected: list[str]) -> None:
    """Given the month a layout begins. When its first table is read. Then its headings stand."""
    assert headings(sheets(f"LA-Type-B_{month}")[sheet]) == expected


def test_the_second_block_has_a_group_row_that_is_renamed(sheets: Read) -> None:
    """Given the two-block layouts. When the group row is read. Then the second name changes."""
    assert sheets("LA-Type-B_2017-04")["LA - by type of care"][12][5:10] == [
        *("Delayed Days", "", "", ""),
        "DTOC Beds",
    ]
    renamed = sheets("LA-Type-B_2019-05")["LA - by responsible org"][12]
    assert renamed[10] == "Average Number of People Delayed per Day"


def test_reasons_change_case_and_wording(sheets: Read) -> None:
    """Given files across the years. When the reasons are read. Then each has its wording."""
    old = headings(sheets("LA-Type-B_2016-03")["LA - by reason"])
    mixed = headings(sheets("LA-Type-B_2017-04")["LA - by reason"])
    last = headings(sheets("LA-Type-B_2018-01")["LA - by reason"])
    assert old[4] == "A) COMPLETION OF ASSESSMENT"
    assert old[-1] == "TOTAL"
    assert mixed[4] == "A) Awaiting completion of assessment"
    assert mixed[-2:] == ["O) Other", "Total"]
    assert last[-3] == "I) Housing - patients not covered by Care Act"
    assert mixed[-3] != last[-3]


def test_sheets_come_and_go(sheets: Read) -> None:
    """Given the months around a change. When sheets are listed. Then the extra one is right."""
    assert "Data Quality" not in sheets("LA-Type-B_2016-03")
    assert "Data Quality" in sheets("LA-Type-B_2017-04")
    assert "Data Quality" in sheets("LA-Type-B_2018-01")
    assert "Data Quality" not in sheets("LA-Type-B_2018-11")
    assert list(sheets("MAR_Comm_2012-04")) == ["Commissioner", "SHA"]
    assert list(sheets("MAR_Comm_2014-04")) == ["Commissioner", "Area Team", "Notes"]
    assert list(sheets("MAR_Comm_2015-04")) == ["Commissioner", "Region", "Notes"]


def test_a_merger_shows_a_month_late(sheets: Read) -> None:
    """Given a merger on 1 April 2019. When April and May are read. Then May has the new body."""

    def rows(month: str) -> set[tuple[object, object]]:
        grid = sheets(f"LA-Type-B_{month}")["LA - by reason"]
        return {(row[3], row[4]) for row in grid[16:]}

    april, may = rows("2019-04"), rows("2019-05")
    assert {("810", "Bournemouth UA"), ("811", "Poole UA"), ("809", "Dorset")} <= april
    assert {("738", "Bournemouth, Christchurch and Poole UA"), ("809", "Dorset UA")} <= may
    assert not {"810", "811"} & {code for code, _ in may}


def test_components_of_nothing_are_dashes(sheets: Read) -> None:
    """Given rows whose total is nought. When components are read. Then each is a dash."""
    seen = 0
    for year, months in ((2014, range(4, 13)), (2015, range(1, 13))):
        for month in months:
            grid = sheets(f"LA-Type-B_{year}-{month:02d}")["LA - by responsible org"]
            for row in grid[16:]:
                dashes = row[5:8].count("-")
                assert dashes == (3 if row[8] == 0 else 0)
                seen += dashes
    assert seen > 0


def test_notes_stand_below_the_table(sheets: Read) -> None:
    """Given May 2019. When the last rows are read. Then a blank row and the notes follow."""
    grid = sheets("LA-Type-B_2019-05")["LA - by type of care"]
    assert not any(grid[-3])
    assert grid[-2][1] == "Notes:"
    assert str(grid[-1][1]).startswith("1. 'Average Number")


def test_published_dates_are_spelt_dashed_or_blank(sheets: Read) -> None:
    """Given three years. When the published line is read. Then text, a dash, nothing."""
    lines = [sheets(f"LA-Type-B_{month}")["England"][7] for month in ("2011-04", "2014-06")]
    assert lines[0][1:3] == ["Published:", "27th May 2011"]
    assert lines[1][1:3] == ["Published:", "-"]
    assert not sheets("LA-Type-B_2015-03")["England"][7][2]


def test_year_and_month_are_spelt_with_stray_blanks_and_mixed_case(sheets: Read) -> None:
    """Given the activity files. When year and month are read. Then the quirks are there."""
    assert sheets("MAR_Comm_2016-01")["Commissioner"][14][1:3] == ["2015-16", "January "]
    assert sheets("MAR_Comm_2018-09")["Commissioner"][14][1] == " 2018-19"
    both = {row[2] for row in sheets("MAR_Comm_2012-05")["Commissioner"][14:]} - {""}
    assert both == {"May", "MAY"}


def test_the_control_total_of_activity_has_blank_codes(sheets: Read) -> None:
    """Given an activity file. When row 15 is read. Then only the name says England."""
    row = sheets("MAR_Comm_2014-04")["Commissioner"][14]
    assert row[0:7] == ["", "2014-15", "APRIL", "", "", "", "England"]


def test_the_fourth_sheet_has_three_heading_levels(sheets: Read) -> None:
    """Given the England series. When its last sheet is read. Then three rows name a column."""
    grid = sheets("DTOC-England-timeseries_Aug10-Feb20")["Delayed Days"]
    assert (grid[14][3], grid[15][3], grid[16][3]) == (
        *("Acute", "A) Awaiting completion of assessment"),
        "NHS",
    )
    assert grid[14][33] == "Non-Acute"
    assert grid[14][66] == "Total"
    assert grid[16][66] == ""
    assert [row[1:3] for row in (grid[18], grid[132])] == [
        *(["2010-11", "August"], ["2019-20", "February"])
    ]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        *((f"LA-Type-B_{m}", f"*/LA-Type-B_{m}.xls") for m in ("2011-04", "2013-04", "2015-07")),
        *((f"LA-Type-B_{m}", f"*/LA-Type-B_{m}.xls") for m in ("2017-04", "2018-01", "2019-05")),
        *((f"MAR_Comm_{m}", f"*/MAR_Comm_{m}.xls") for m in ("2012-04", "2014-04", "2015-04")),
        ("DTOC-England-timeseries_Aug10-Feb20", "*/DTOC-England-timeseries*.xls"),
    ],
)
def test_headings_and_names_stand_where_the_publisher_has_them(
    sheets: Read, real: Read, name: str, pattern: str
) -> None:
    """Given a publisher's file. When compared cell by cell. Then texts match, figures do not."""
    same = figures = 0
    theirs, ours = real(pattern), sheets(name)
    assert list(theirs) == list(ours)
    for sheet, grid in theirs.items():
        for row, mine in list(zip(grid, ours[sheet], strict=False))[12:]:
            pairs = [(a, b) for a, b in zip(row, mine, strict=False) if a != "" and a != "-"]
            numbers = [(a, b) for a, b in pairs if isinstance(a, float) and a > 50]
            figures += len(numbers)
            same += sum(a == b for a, b in numbers)
            if sheet not in ("Data Quality", "Notes") and name != "LA-Type-B_2011-04":
                texts = [(a, b) for a, b in pairs if isinstance(a, str) and "2. The" not in a]
                assert [a for a, _ in texts] == [b for _, b in texts]
    assert figures > 300
    assert same / figures < 0.02
