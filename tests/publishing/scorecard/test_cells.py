"""Source cells: every way back is walked, each cell named once, and what is cut is counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from publishing.scorecard.cells import chart_cells, source_cells
from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.site import Site

FACTS = ReleaseFacts("20170208T000000Z-x", datetime(2017, 2, 8, tzinfo=UTC), None, None, True, {})
FILE, OTHER = "a" * 64, "b" * 64

LINEAGE = [
    # A ratio of two rates: what the second one was divided by is not lost.
    (
        "00000000000f1",
        1,
        "figure",
        "00000000000d1",
        None,
        None,
        None,
        None,
        None,
        "divided by another metric",
    ),
    (
        "00000000000f1",
        2,
        "figure",
        "00000000000f2",
        None,
        None,
        None,
        None,
        None,
        "the metric divided by",
    ),
    (
        "00000000000f2",
        1,
        "figure",
        "00000000000d2",
        None,
        None,
        None,
        None,
        None,
        "divided by population",
    ),
    ("00000000000f2", 2, "figure", "00000000000c1", None, None, None, None, None, "population"),
    # A year is the sum of two months; its rate also rests on a population of two ages.
    ("00000000000a1", 1, "figure", "00000000000b1", None, None, None, None, None, "divided by pop"),
    ("00000000000a1", 2, "figure", "00000000000c1", None, None, None, None, None, "population"),
    ("00000000000b1", 1, "figure", "00000000000d1", None, None, None, None, None, "sum of months"),
    ("00000000000b1", 2, "figure", "00000000000d2", None, None, None, None, None, "sum of months"),
    ("00000000000c1", 1, "cell", None, OTHER, "Ages", 3, "B", "70", "sum of ages"),
    ("00000000000c1", 2, "cell", None, OTHER, "Ages", 4, "B", "30", "sum of ages"),
    ("00000000000d1", 1, "cell", None, FILE, "Days", 8, "F", "1,961", "read"),
    ("00000000000d2", 1, "cell", None, FILE, "Days", 8, "G", "-", "read"),
    ("00000000000e1", 1, "source", None, None, None, None, None, "Plans, June 2015", "stated"),
]
YEAR, MONTH, PLAN, RATIO = "00000000000a1", "00000000000d2", "00000000000e1", "00000000000f1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a site of a few rows of lineage."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE lineage (lineage_id VARCHAR, part INTEGER, part_kind VARCHAR, "
            "child_lineage_id VARCHAR, source_sha256 VARCHAR, source_sheet VARCHAR, "
            "source_row INTEGER, source_column VARCHAR, raw_text VARCHAR, operation VARCHAR)"
        )
        connection.executemany("INSERT INTO lineage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", LINEAGE)
        connection.execute(
            "CREATE TABLE source_file (source_sha256 VARCHAR, file_name VARCHAR, return_id VARCHAR)"
        )
        connection.execute(
            "INSERT INTO source_file VALUES (?, 'days.xls', 'delays'), (?, 'ages.csv', 'people')",
            [FILE, OTHER],
        )
        yield Site(connection, tmp_path, FACTS)


def test_every_level_is_walked_in_order(site: Site) -> None:
    """Given a rate of a sum, when its cells are asked for, then months come before ages."""
    cells = list(source_cells(site, {YEAR: "2015-16"}))
    assert [(c.figure, c.file_name, c.cell, c.raw_text) for c in cells] == [
        ("2015-16", "days.xls", "F8", "1,961"),
        ("2015-16", "days.xls", "G8", "-"),
        ("2015-16 (population)", "ages.csv", "B3", "70"),
        ("2015-16 (population)", "ages.csv", "B4", "30"),
    ]


def test_a_cell_of_two_figures_is_listed_with_the_first(site: Site) -> None:
    """Given a month and the year that holds it, when both are asked for, then a cell comes once."""
    cells = list(source_cells(site, {MONTH: "May 2015", YEAR: "2015-16"}))
    assert [c.figure for c in cells if c.cell == "G8"] == ["May 2015"]
    assert len(cells) == 4


def test_what_a_divisor_was_divided_by_is_told(site: Site) -> None:
    """Given a ratio of a rate, when its cells are asked for, then each level says what it is."""
    cells = list(source_cells(site, {RATIO: "2015"}))
    assert [(c.cell, c.figure) for c in cells] == [
        ("F8", "2015"),
        ("G8", "2015 (divided by)"),
        ("B3", "2015 (divided by) (population)"),
        ("B4", "2015 (divided by) (population)"),
    ]


def test_a_publication_without_a_file_is_named(site: Site) -> None:
    """Given a plan that a publication states, when it is traced, then that is its source."""
    (cell,) = source_cells(site, {PLAN: "Plan"})
    assert (cell.file_name, cell.source_sha256, cell.cell) == ("Plans, June 2015", None, None)


def test_what_the_csv_leaves_out_is_counted(site: Site) -> None:
    """Given more cells than a file may list, when written, then it says how many there are."""
    found = chart_cells(site, "data/x-cells.csv", {YEAR: "2015-16"}, shown=1, most=3)
    assert (len(found.first), found.listed, found.count) == (1, 3, 4)
    with (site.out / found.csv).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["says"] for row in rows] == ["1,961", "'-", "70"]
    assert rows[0]["sha256_12"] == FILE[:12]


def test_a_chart_whose_cells_fit_lists_all(site: Site) -> None:
    """Given fewer cells than allowed, when written, then what is listed is what there is."""
    found = chart_cells(site, "data/x-cells.csv", {YEAR: "2015-16"})
    assert found.listed == found.count == len(found.first) == 4
