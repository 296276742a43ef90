"""The mart `quality_result`: what the audit found of this very candidate, one row each check.

The audit cannot write into the candidate that it audits, so its results lie beside them, as
`quality_result.parquet` in the audit's folder, and become a table of the release from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from publishing.mart_tables import SCHEMA, Column, MartError, Table, quoted, text_literal

NAME = "quality_result"
FILE = f"{NAME}.parquet"
DATABASE = "audit"
"""What the results are attached as, beside the candidate."""

SAYS = "A check of the audit that this release passed or was warned by; one row for each"

COLUMNS: Sequence[tuple[str, str, str]] = (
    ("suite", "VARCHAR NOT NULL", "Suite of checks that it is of"),
    ("check_name", "VARCHAR NOT NULL", "The check"),
    ("kind", "VARCHAR NOT NULL", "suite, dbt (a test of the models) or reconciliation"),
    ("table_name", "VARCHAR", "Table that was looked at"),
    ("return_id", "VARCHAR", "Returns that it is about, by a semicolon; null for all"),
    ("column_name", "VARCHAR", "Column that it is about; null for whole rows"),
    ("says", "VARCHAR", "What is expected, in words"),
    (
        "dimension",
        "VARCHAR",
        "What of the data it tries: completeness, validity and so on",
    ),
    ("severity", "VARCHAR NOT NULL", "block (stops a release) or warn"),
    ("owner", "VARCHAR", "Who is asked about it"),
    ("poisons", "VARCHAR", "Marts that a failure makes doubtful, by a semicolon"),
    (
        "outcome",
        "VARCHAR NOT NULL",
        "passed, bad_data (a warning) or not_applicable (nothing to look at)",
    ),
    ("is_known", "BOOLEAN NOT NULL", "Whether all that failed is listed, with a reason and expiry"),
    ("unexpected_count", "BIGINT", "Rows otherwise; unit: rows. Null where none can be counted"),
    ("examined", "BIGINT", "Rows looked at; unit: rows. Null where that was not counted"),
)
"""Column, DuckDB type and meaning; `quality_result.parquet` has these columns, by name."""

_NOT_NULL = " NOT NULL"
TABLE = Table(
    NAME,
    SAYS,
    tuple(
        Column(name, kind.removesuffix(_NOT_NULL), kind.endswith(_NOT_NULL), meaning)
        for name, kind, meaning in COLUMNS
    ),
)
"""The same as it is released."""


def attach_results(connection: duckdb.DuckDBPyConnection, quality: Path) -> list[Table]:
    """Attach the audit's results as database `audit`; give the table, none where there is no file.

    Raises MartError for results of another shape, and for ones that would not let a release pass:
    they are not those of the verdict beside them.
    """
    path = quality / FILE
    if not path.is_file():
        return []
    source = f"read_parquet({text_literal(str(path))})"
    _require_columns(connection, source)
    connection.execute(f"ATTACH ':memory:' AS {DATABASE}")
    connection.execute(f"CREATE SCHEMA {DATABASE}.{SCHEMA}")
    table = f"{DATABASE}.{SCHEMA}.{NAME}"
    shape = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    connection.execute(f"CREATE TABLE {table} ({shape})")
    names = ", ".join(quoted(name) for name, _, _ in COLUMNS)
    connection.execute(f"INSERT INTO {table} SELECT {names} FROM {source}")  # noqa: S608
    _require_passed(connection, table)
    return [TABLE]


def _require_columns(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
    found, wanted = {str(row[0]) for row in described}, {name for name, _, _ in COLUMNS}
    if found != wanted:
        odd = ", ".join(sorted(found ^ wanted))
        raise MartError(f"{FILE} has other columns than {SCHEMA}.{NAME}: {odd}")


def _require_passed(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    blocking = connection.execute(
        f"SELECT suite, check_name, outcome FROM {table} "  # noqa: S608
        "WHERE outcome IN ('broken_check', 'missing_check') "
        "OR (outcome = 'bad_data' AND severity = 'block' AND NOT is_known) ORDER BY ALL LIMIT 1"
    ).fetchone()
    if blocking is not None:
        suite, check, outcome = blocking
        raise MartError(f"{FILE} says {outcome} of {suite} {check}, which stops a release")
