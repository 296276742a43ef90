"""Which rows are a table's, and what stands for nothing in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion.definition import load_definitions
from ingestion.reader import read_file
from ingestion.untrusted import UntrustedFileError
from tests.ingestion.small_texts import DERBY, DERBYSHIRE, ROWS, read, with_cell

LONDON = ["Camden", "702", "London", "5", "0.5", "100"]
COUNCILS = [DERBYSHIRE, DERBY]


def split(*, may_be_empty: bool, checks: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the changes that make two tables of the rows: East Midlands and London."""
    both = {"subject": {"kind": "council"}, "control_total": None, "may_be_empty": may_be_empty}
    place = {"rows": "council", "columns": ["figures"]}
    return {
        "tables": {
            "council": {**both, "only_rows": ["East Midlands"]},
            "london": {**both, "only_rows": ["London"]},
        },
        "layouts": {"any": {"tables": {"council": place, "london": place}}},
        "checks": checks or [],
    }


def test_a_table_without_rows_is_refused_by_its_name(tmp_path: Path) -> None:
    """Given no row of one table of two, then the refusal says of which."""
    with pytest.raises(UntrustedFileError) as caught:
        read(tmp_path, COUNCILS, changes=split(may_be_empty=False))
    assert caught.value.problem == "Table 'london' has no rows with figures."


@pytest.mark.parametrize("rows", [COUNCILS, [LONDON], [*COUNCILS, LONDON]])
def test_a_table_that_may_be_empty_adds_nothing(tmp_path: Path, rows: list[list[str]]) -> None:
    """Given rows of one table, the other, or both, then all rows that are there are read."""
    found = read(tmp_path, rows, changes=split(may_be_empty=True)).observations
    assert found.height == 3 * len(rows)
    assert found["source_row"].unique().to_list() == list(range(3, 3 + len(rows)))


def test_a_file_without_any_row_is_refused(tmp_path: Path) -> None:
    """Given headings only, then tables that may each be empty may not all be."""
    with pytest.raises(UntrustedFileError, match="No table has rows with figures"):
        read(tmp_path, [], changes=split(may_be_empty=True))


@pytest.mark.parametrize(
    "check",
    [
        {"check": "same_rows_and_totals", "tables": ["council", "london"]},
        {"check": "same_rows_and_totals", "tables": ["london", "council"]},
        {"check": "children_add_up_to_parents", "children": "council", "parents": "london"},
        {"check": "children_add_up_to_parents", "children": "london", "parents": "council"},
        {"check": "rows_add_up_to_control_total", "tables": ["london"]},
        {"check": "parts_add_up", "tables": ["london"]},
        {"check": "tables_add_up", "total": "london", "parts": ["council", "council"]},
        {"check": "tables_add_up", "total": "council", "parts": ["council", "london"]},
        {
            "check": "difference",
            "tables": ["london"],
            "measure": "beds",
            "of": "beds",
            "less": "beds",
        },
    ],
    ids=lambda check: check["check"],
)
def test_a_check_of_an_empty_table_holds(tmp_path: Path, check: dict[str, Any]) -> None:
    """Given a check that names a table without rows, then there is nothing to compare."""
    changes = split(may_be_empty=True, checks=[check])
    assert read(tmp_path, COUNCILS, changes=changes).observations.height == 6


def test_a_check_of_filled_tables_goes_on(tmp_path: Path) -> None:
    """Given two tables that may be empty and are not, then they are compared as ever."""
    check = {"check": "same_rows_and_totals", "tables": ["council", "london"]}
    with pytest.raises(UntrustedFileError, match="has a row for April 2024"):
        read(tmp_path, [*COUNCILS, LONDON], changes=split(may_be_empty=True, checks=[check]))


def test_what_stands_for_no_code_stands_for_no_parent_too(tmp_path: Path) -> None:
    """Given `[z]` in the place of a region, then there is none; undeclared it is a name."""
    rows = with_cell("Region", "[z]", of=ROWS[0])
    for codes, expected in ((["[z]"], None), ([], "[z]")):
        changes = {"tables": {"council": {"blank_codes": codes}}}
        frame = read(tmp_path, rows, changes=changes).observations
        assert frame["parent_name"].to_list()[0] == expected
        assert frame["parent_name"].to_list()[1] == "East Midlands"


def test_an_excerpt_of_the_discharge_report_is_read(real_returns: Path) -> None:
    """Given 21 rows of three groups of metrics, then the groups without rows do no harm."""
    path = real_returns / "acute_discharge_sitrep" / "ADSR_CSV_Aug2026_excerpt.csv"
    found = read_file(path, "0" * 64, path.name, load_definitions())
    assert found is not None
    assert found.observations["table_id"].value_counts().sort("table_id").rows() == [
        ("daily", 17),
        ("monthly", 2),
        ("reason_7_days", 2),
    ]
    england = found.observations.row(0, named=True)
    assert (england["is_control_total"], england["parent_name"]) == (True, None)
