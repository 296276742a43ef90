"""The rows that a check found: its query once more, on the candidate it was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from expectations.suites import SQL_EXPECTATION, Check, Suite, load_suites, rows_query

RELEASED = "released"
"""What the database of a release is called here: its own name is that of its schema too."""

SHOWN = 50
"""So many rows are shown unless more are asked for."""


class NoRowsError(Exception):
    """A check has no rows to show, or they cannot be read any more: the message says why."""


@dataclass(frozen=True)
class Rows:
    """The first rows that a check finds, and how many there are."""

    query: str
    total: int
    rows: Sequence[Mapping[str, Any]]


def rows_of(
    database: Path,
    query: str,
    *,
    lake: Path | None = None,
    memory: str | None = None,
    limit: int | None = SHOWN,
) -> Rows:
    """Run a check's query on a candidate or on released marts; each row names its file, if it can.

    The database is opened read-only, and nothing else is but the lake that its views read.
    """
    counted = f"SELECT count(*) FROM ({query}) AS found"  # noqa: S608  # our own suites
    shown = f"SELECT * FROM ({query}) AS found ORDER BY ALL"  # noqa: S608
    try:
        with _opened(database, lake, memory) as connection:
            (total,) = connection.execute(counted).fetchone() or (0,)
            found = connection.execute(shown if limit is None else f"{shown} LIMIT {limit:d}")
            names = [column[0] for column in found.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            return Rows(query, int(total), _with_files(connection, rows))
    except duckdb.Error as error:
        raise NoRowsError(f"The rows cannot be read from {database.name}: {error}") from error


def table_rows(database: Path, table: str, *, memory: str | None = None) -> list[dict[str, Any]]:
    """Give all rows of a table in their order, which may be one with a condition."""
    try:
        with _opened(database, None, memory) as connection:
            found = connection.execute(f"SELECT * FROM {table} ORDER BY ALL")  # noqa: S608
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except duckdb.Error as error:
        raise NoRowsError(f"{table} cannot be read from {database.name}: {error}") from error


@contextmanager
def _opened(
    database: Path, lake: Path | None, memory: str | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database under the name that its own views and queries have for it."""
    name = RELEASED if database.stem == "marts" else database.stem
    with duckdb.connect(":memory:", config={"memory_limit": memory} if memory else {}) as opened:
        opened.execute(f'ATTACH {_literal(str(database))} AS "{name}" (READ_ONLY)')
        opened.execute(f'USE "{name}"')
        if lake is not None:
            opened.execute(f"SET allowed_directories = [{_literal(f'{lake.resolve()}/')}]")
        opened.execute("SET enable_external_access = false")
        opened.execute("SET lock_configuration = true")
        yield opened


_FILES = "SELECT source_sha256, file_name FROM marts.source_file"


def _with_files(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Put the file's name before the rows that say which file they are of."""
    if not rows or "source_sha256" not in rows[0]:
        return list(rows)
    names = dict(connection.execute(_FILES).fetchall())
    return [{"file": names.get(row["source_sha256"]), **row} for row in rows]


def query_of(suites: Path, suite: str, check: str) -> str:
    """The query that gives the rows of a suite's check; raises NoRowsError when none does."""
    loaded = load_suites(suites).suites.get(suite)
    if loaded is None:
        raise NoRowsError(f"There is no suite {suite!r} in this version.")
    found = next((one for one in loaded.checks if one.name == check), None)
    if found is None:
        raise NoRowsError(f"{suite}.{check} is about the suite or its table, not about rows.")
    return query_for(loaded, found)


def compiled_query(work: Path, test: str) -> str:
    """The query of a dbt test, from what dbt wrote down when it ran; raises NoRowsError."""
    found = sorted((work / "target" / "compiled").rglob(f"{test}.sql"))
    if not found:
        raise NoRowsError(
            f"What dbt ran for {test} is not kept any more; the examples stay in quality.json."
        )
    return found[-1].read_text(encoding="utf-8").strip().rstrip(";")


def query_for(suite: Suite, check: Check) -> str:
    """The query that gives the rows of a check; of a check of columns, one with the same sense."""
    table, kwargs = suite.table, check.kwargs
    if check.expectation == SQL_EXPECTATION:
        return rows_query(str(kwargs["unexpected_rows_query"]).format(batch="audited"), table)
    match check.expectation:
        case "expect_compound_columns_to_be_unique":
            return _repeated(table, kwargs["column_list"])
        case "expect_column_values_to_be_unique":
            return _repeated(table, [kwargs["column"]])
        case "expect_column_values_to_not_be_null":
            return _where(table, f"{kwargs['column']} IS NULL")
        case "expect_column_values_to_be_in_set":
            listed = ", ".join(_literal(value) for value in kwargs["value_set"])
            return _where(table, f"{kwargs['column']} NOT IN ({listed})")
        case "expect_column_values_to_be_between":
            ends = [("<", kwargs.get("min_value")), (">", kwargs.get("max_value"))]
            outside = [
                f"{kwargs['column']} {sign} {_literal(end)}"
                for sign, end in ends
                if end is not None
            ]
            return _where(table, " OR ".join(outside))
    raise NoRowsError(f"{check.expectation} gives no rows.")


def _where(table: str, condition: str) -> str:
    return f"SELECT * FROM {table} WHERE {condition}"  # noqa: S608  # our own suites


def _repeated(table: str, columns: Sequence[str]) -> str:
    listed = ", ".join(columns)
    given = " OR ".join(f"{column} IS NOT NULL" for column in columns)
    return (
        f"SELECT {listed}, count(*) AS times FROM {table} WHERE {given} "  # noqa: S608
        f"GROUP BY {listed} HAVING count(*) > 1"
    )


def _literal(value: object) -> str:
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
