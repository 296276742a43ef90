"""A look back at the lake: one filter, where it is laid open, and every view obeys it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import lay_foundation
from tests.dbt_project.conftest import COUNCILS, LANDED_ON, Lake, council_file

MAY = dt.date(2015, 5, 1)
FIRST, REVISED = dt.date(2015, 7, 9), dt.date(2017, 3, 9)


@pytest.fixture
def two_vintages(tmp_path: Path) -> Path:
    """May 2015 as first published, re-issued in 2017, and in an edition without a date."""
    lake = Lake(tmp_path / "lake")
    lake.add(COUNCILS, council_file(MAY, {"507": 100}), first=FIRST, revised=REVISED)
    lake.add(COUNCILS, council_file(MAY, {"507": 90}), first=FIRST)
    lake.add(COUNCILS, council_file(MAY, {"507": 80}))
    return lake.close()


def derby(lake: Path, candidate: Path, view: str, as_at: dt.date | None) -> list[Any]:
    """Derby's totals that a view of the lake shows on a day."""
    lay_foundation(lake, candidate, memory="200MB", as_at=as_at)
    with duckdb.connect(str(candidate), read_only=True) as connection:
        rows = connection.execute(
            f"select value from lake.{view} where subject_code = '507' and breakdown = '' "  # noqa: S608
            "and table_id = 'responsible_body' order by value"
        ).fetchall()
    return [value for (value,) in rows]


@pytest.mark.parametrize("view", ["observation", COUNCILS])
@pytest.mark.parametrize(
    ("as_at", "expected"),
    [
        (FIRST - dt.timedelta(1), []),
        (FIRST, [90.0]),
        (REVISED - dt.timedelta(1), [90.0]),
        (REVISED, [90.0, 100.0]),
        (LANDED_ON, [80.0, 90.0, 100.0]),
        (None, [80.0, 90.0, 100.0]),
    ],
    ids=["before", "first day", "the day before", "revised", "landed", "today"],
)
def test_f062_every_view_shows_the_files_known_on_the_day(
    two_vintages: Path, tmp_path: Path, view: str, as_at: dt.date | None, expected: list[float]
) -> None:
    """Given a return re-issued, when a day is looked back to, then its files are there, no others.

    The day counts to its end. An edition without a date is known from the day it landed.
    """
    assert derby(two_vintages, tmp_path / "candidate.duckdb", view, as_at) == expected


def test_the_register_of_files_is_that_of_the_day(two_vintages: Path, tmp_path: Path) -> None:
    """Given the same, then the files of other days are not so much as listed."""
    candidate = tmp_path / "candidate.duckdb"
    lay_foundation(two_vintages, candidate, memory="200MB", as_at=FIRST)
    with duckdb.connect(str(candidate), read_only=True) as connection:
        assert connection.execute("select file_name from lake.source_file").fetchall() == [
            ("0001.xls",)
        ]
