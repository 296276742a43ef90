"""What the site writes: CSVs that a spreadsheet opens safely, with the status of each figure."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.page import Cell, Column, Table, figure_cell
from publishing.scorecard.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site without marts."""
    facts = ReleaseFacts("r", datetime(2026, 6, 9, tzinfo=UTC), None, None, False, {})
    return Site(duckdb.connect(), tmp_path, facts)


def read(site: Site, path: str) -> list[list[str]]:
    """Return the lines of a CSV."""
    with (site.out / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_no_text_is_calculated_by_a_spreadsheet(site: Site) -> None:
    """Given cells that begin like a formula, when written, then texts are guarded, not numbers."""
    texts = ["=1+1", "-", "+44", "@x", "'=1", "\t=1", "plain", "'quoted'"]
    path = site.write_csv("data/x.csv", ["=head", "n"], [(text, -1.5) for text in texts])
    header, *rows = read(site, path)
    guarded = ["'=1+1", "'-", "'+44", "'@x", "''=1", "'\t=1", "plain", "'quoted'"]
    assert header == ["'=head", "n"]
    assert rows == [[text, "-1.5"] for text in guarded]


def test_the_csv_of_a_table_tells_withheld_from_missing_and_zero(site: Site) -> None:
    """Given figures of each status, when their table is written, then the status is beside each."""
    table = Table(
        "t",
        "Figures",
        (Column("name", "Council"), Column("value", "Figure", is_number=True)),
        [
            [Cell(name, name), figure_cell(value, status, "days")]
            for name, value, status in (
                ("A", None, "suppressed"),
                ("B", None, "missing"),
                ("C", 0.0, "reported"),
                ("D", 4.5, "estimated"),
            )
        ],
        csv="data/t.csv",
    )
    assert read(site, site.write_table_csv(table)) == [
        ["name", "value", "value_status"],
        ["A", "", "suppressed"],
        ["B", "", "missing"],
        ["C", "0.0", "reported"],
        ["D", "4.5", "estimated"],
    ]
    assert ["[c]" in str(row[1].shown) for row in table.rows] == [True, False, False, False]
