"""CSV for a spreadsheet, as docs/marts.md says how: nothing in it is calculated."""

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
FORMULAS = ["=HYPERLINK(A1)", "+cmd|x", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1"]
HARMLESS = ["Derby = Derbyshire", "5E1", "'tis", ""]


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


def exported(release: Release, table: str, folder: Path) -> list[dict[str, str]]:
    """Export a table as the page says; returns the rows of the CSV file."""
    said = re.search(r"```sql\n(copy .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert said is not None
    path = folder / f"{table}.csv"
    sql = (
        said[1].replace("'area.csv'", text_literal(str(path))).replace("from area", f"from {table}")
    )
    with duckdb.connect(str(release.marts), read_only=True) as connection:
        connection.execute("use marts.marts")
        connection.execute(sql)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_f042_a_text_like_a_formula_gets_an_apostrophe(release: Release, tmp_path: Path) -> None:
    """Given names that a spreadsheet would calculate, when exported, then it reads them as text."""
    rows = {row["area_code"]: row["name"] for row in exported(release, "area", tmp_path)}
    names = [rows[f"X{number}"] for number in range(len(rows)) if f"X{number}" in rows]
    assert names == [*(f"'{name}" for name in FORMULAS), *HARMLESS]


def test_f042_numbers_and_days_are_exported_as_they_are(release: Release, tmp_path: Path) -> None:
    """Given a number below nought and a day, when exported, then neither gets an apostrophe."""
    plan = exported(release, "metric_plan", tmp_path)[0]
    assert float(plan["value"]) == -106000
    assert exported(release, "period", tmp_path)[0]["period_start"] == "2015-04-01"


def test_f042_the_release_itself_keeps_texts_raw(release: Release) -> None:
    """Given the same names, when released, then both files have them raw, and none is a CSV."""
    parquet = release.path / "parquet" / "area.parquet"
    with duckdb.connect(str(release.marts), read_only=True) as connection:
        for source in ("marts.marts.area", f"read_parquet({text_literal(str(parquet))})"):
            query = f"SELECT name FROM {source} WHERE area_code LIKE 'X%'"  # noqa: S608
            names = {name for (name,) in connection.execute(query).fetchall()}
            assert names == {*FORMULAS, *HARMLESS}
    suffixes = {path.suffix for path in release.path.rglob("*") if path.is_file()}
    assert suffixes == {".duckdb", ".parquet", ".json"}
