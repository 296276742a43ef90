"""CSV for a spreadsheet: nothing in it is calculated, and docs/marts.md says how to undo that."""

from __future__ import annotations

import csv
import re
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from publishing.mart_tables import text_literal
from publishing.pointer import Release
from publishing.release import release_marts

PAGE = Path(__file__).parents[2] / "docs" / "marts.md"
FORMULAS = ["'=1", "=HYPERLINK(A1)", "+cmd|x", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1"]
HARMLESS = ["Derby = Derbyshire", "5E1", "'tis", "'", ""]


@pytest.fixture
def release(candidate: Path, quality: Path, tmp_path: Path, now: datetime) -> Release:
    """A release of areas that are named like formulas."""
    with duckdb.connect(str(candidate)) as connection:
        for number, name in enumerate([*FORMULAS, *HARMLESS]):
            connection.execute(
                "INSERT INTO marts.area (area_code, name) VALUES (?, ?)", [f"X{number}", name]
            )
    return release_marts(
        candidate,
        quality,
        tmp_path / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )


def cells(release: Release, table: str) -> list[dict[str, str]]:
    """Read a mart's CSV file as any program does; texts as they stand there."""
    with (release.path / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_f042_a_text_like_a_formula_gets_an_apostrophe(release: Release) -> None:
    """Given names that a spreadsheet would calculate, when released, then it reads them as text."""
    rows = {row["area_code"]: row["name"] for row in cells(release, "area")}
    names = [rows[f"X{number}"] for number in range(len(rows)) if f"X{number}" in rows]
    assert names == [*(f"'{name}" for name in FORMULAS), *HARMLESS]


def test_f042_numbers_and_days_stand_as_they_are(release: Release) -> None:
    """Given a number below nought and a day, when released, then neither gets an apostrophe."""
    plan = cells(release, "metric_plan")[0]
    assert float(plan["value"]) == -106000
    assert cells(release, "period")[0]["period_start"] == "2015-04-01"


def test_f042_the_page_says_how_to_have_the_texts_back(release: Release) -> None:
    """Given the same names, when the CSV is read as docs/marts.md says, then they are raw again."""
    said = re.search(r"```sql\n(select \* replace .*?)```", PAGE.read_text(), re.DOTALL)
    assert said is not None
    sql = said[1].replace("'csv/area.csv'", text_literal(str(release.path / "csv" / "area.csv")))
    with duckdb.connect() as connection:
        rows = connection.sql(sql).filter("area_code LIKE 'X%'").project("name").fetchall()
    assert {name for (name,) in rows} == {*FORMULAS, *HARMLESS}


def test_f042_database_and_parquet_keep_texts_raw(release: Release) -> None:
    """Given the same names, when released, then both files have them raw."""
    parquet = release.path / "parquet" / "area.parquet"
    with duckdb.connect(str(release.marts), read_only=True) as connection:
        for source in ("marts.marts.area", f"read_parquet({text_literal(str(parquet))})"):
            query = f"SELECT name FROM {source} WHERE area_code LIKE 'X%'"  # noqa: S608
            names = {name for (name,) in connection.execute(query).fetchall()}
            assert names == {*FORMULAS, *HARMLESS}
