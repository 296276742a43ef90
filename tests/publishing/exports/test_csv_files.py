"""A mart as CSV: read back exactly, whatever stands in it."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import publishing.release_folder as release_folder
from publishing.exports.csv_files import guarded, heading_of, read_back, write_csv
from publishing.mart_tables import Table, contents, describe, described, differences
from publishing.pointer import Release, ReleaseError
from publishing.release import release_marts
from publishing.release_folder import Plan
from tests.publishing.conftest import Builder

TABLE = described(
    "odd",
    "All types",
    [
        ("place", "BIGINT NOT NULL", "unit: rows"),
        ("text", "VARCHAR", ""),
        ("figure", "DOUBLE", ""),
        ("known_at", "TIMESTAMP", ""),
        ("is_so", "BOOLEAN", ""),
        ("on_day", "DATE", ""),
    ],
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
formulas = st.builds("{}{}".format, st.sampled_from("=+-@\t\r\n'\""), texts)
rows = st.lists(
    st.tuples(
        st.none() | texts | formulas | st.sampled_from(["", "'", "''=1", "NULL", "\ufeff", "\\N"]),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.datetimes(),
        st.none() | st.booleans(),
        st.none() | st.dates(),
    ),
    max_size=12,
)


def made(values: list[tuple[object, ...]]) -> duckdb.DuckDBPyConnection:
    """Give a database that holds these rows as table `odd`."""
    connection = duckdb.connect(config={"threads": 1})
    shape = ", ".join(f"{column.name} {column.type}" for column in TABLE.columns)
    connection.execute(f"CREATE TABLE odd ({shape})")
    for place, row in enumerate(values):
        connection.execute("INSERT INTO odd VALUES (?, ?, ?, ?, ?, ?)", [place, *row])
    return connection


# Each example opens a database, so few examples of many rows.
@settings(max_examples=40)
@given(values=rows)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[object, ...]]
) -> None:
    """Given any texts, figures, times, days and gaps
    When they are written as CSV and read back, and read by another program
    Then each is what it was, in its order, and no text begins like a formula.
    """
    path = tmp_path_factory.getbasetemp() / "odd.csv"
    with made(values) as connection:
        write_csv(connection, "odd", TABLE, path)
        back = read_back(path, TABLE)
        assert contents(connection, back, TABLE) == contents(connection, "odd", TABLE)
        assert differences(connection, "odd", {"CSV": back}) == {}
        found = connection.execute(f"SELECT place FROM {back}").fetchall()  # noqa: S608
    assert [place for (place,) in found] == list(range(len(values)))
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file))
    assert [len(row) for row in read] == [len(TABLE.columns)] * (len(values) + 1)
    assert not [row[1] for row in read[1:] if row[1].startswith(tuple("=+-@\t\r\n"))]
    # The pages of a release write in Python, by the same rule.
    assert [row[1] for row in read[1:]] == [guarded(str(row[0] or "")) for row in values]


def test_bytes_are_as_rfc_4180_and_excel_want_them(tmp_path: Path) -> None:
    """Given a row of each type, when written, then it is these bytes."""
    path = tmp_path / "odd.csv"
    row = ('say "é"', 0.1, "2026-06-09 01:02:03", True, date(2026, 6, 9))
    with made([row, (None,) * 5, ("", -1.0, None, False, None)]) as connection:
        write_csv(connection, "odd", TABLE, path)
    assert path.read_bytes().decode() == (
        "\ufeffplace,text,figure,known_at,is_so,on_day\r\n"
        '0,"say ""é""",0.1,2026-06-09T01:02:03,true,2026-06-09\r\n'
        "1,,,,,\r\n"
        '2,"",-1.0,,false,\r\n'
    )
    assert heading_of(path) == [column.name for column in TABLE.columns]


def test_every_mart_is_there_as_csv(small_release: Release) -> None:
    """Given a release
    When its CSV files are read back
    Then each holds what the database holds, in the order of the Parquet, and is in the manifest.
    """
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{small_release.marts}' AS released (READ_ONLY)")
        for table in describe(connection, "released"):
            path = small_release.path / "csv" / f"{table.name}.csv"
            parquet = small_release.path / "parquet" / f"{table.name}.parquet"
            entry = small_release.manifest.files[f"csv/{table.name}.csv"]
            assert entry.rows == small_release.manifest.tables[table.name].rows
            rows_of_csv = connection.execute(f"FROM {read_back(path, table)}").fetchall()
            assert rows_of_csv == connection.execute(f"FROM '{parquet}'").fetchall()


@pytest.mark.parametrize("spoilt", ["csv", "parquet"])
def test_a_file_that_differs_is_not_released(
    build: Builder,
    quality: Path,
    tmp_path: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    spoilt: str,
) -> None:
    """Given a writer that changes one figure of a CSV or Parquet file
    When a release is asked for
    Then it is refused, with the mart and the format, and nothing is left.
    """
    written = release_folder._write_tables

    def spoil(plan: Plan, tables: list[Table]) -> None:
        written(plan, tables)
        path = plan.partial / spoilt / f"metric_plan.{spoilt}"
        table = next(table for table in tables if table.name == "metric_plan")
        with duckdb.connect() as connection:
            connection.execute(
                f"CREATE TABLE t AS FROM '{plan.partial}/parquet/metric_plan.parquet'"
            )
            connection.execute("UPDATE t SET value = -106001")
            if spoilt == "csv":
                write_csv(connection, "t", table, path)
            else:
                connection.execute(f"COPY t TO '{path}'")

    monkeypatch.setattr(release_folder, "_write_tables", spoil)
    releases = tmp_path / "releases"
    with pytest.raises(ReleaseError, match=rf"(?i)metric_plan in {spoilt} differs"):
        release_marts(
            build(), quality, releases, inputs_fingerprint="00c0ffee", run_id="run", now=now
        )
    assert [path.name for path in releases.iterdir()] == [".lock"]
