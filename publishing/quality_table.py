"""The mart `quality_result`: what the audit found of this very candidate, one row each check.

The audit cannot write into the candidate that it audits, so its results lie beside them, as
`quality_result.parquet` in the audit's folder, and become a table of the release from there.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from publishing.mart_tables import MartError, described

NAME = "quality_result"
FILE = f"{NAME}.parquet"
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

TABLE = described(NAME, SAYS, COLUMNS)
"""The same as it is released."""


def require_passed(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raise MartError when results, in a table named in SQL, have one that stops a release."""
    blocking = connection.execute(
        f"SELECT suite, check_name, outcome FROM {table} "  # noqa: S608
        "WHERE outcome IN ('broken_check', 'missing_check') "
        "OR (outcome = 'bad_data' AND severity = 'block' AND NOT is_known) ORDER BY ALL LIMIT 1"
    ).fetchone()
    if blocking is not None:
        suite, check, outcome = blocking
        raise MartError(f"{FILE} says {outcome} of {suite} {check}, which stops a release")
