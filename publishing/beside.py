"""Marts that a candidate cannot hold itself: they lie beside it, in the folder of its audit.

The audit cannot write into what it audits, and a run goes on after its candidate is closed.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from publishing import quality_table, run_table
from publishing.mart_tables import SCHEMA, MartError, Table, quoted, text_literal

DATABASE = "beside"
"""What they are attached as, next to the candidate."""

TABLES = {table.name: table for table in (quality_table.TABLE, run_table.TABLE)}
FILES = tuple(f"{name}.parquet" for name in TABLES)
"""What they are read from; each has its table's columns, by name."""


def attach_beside(connection: duckdb.DuckDBPyConnection, quality: Path) -> list[Table]:
    """Attach what lies beside as database `beside`; give its tables, none where there is no file.

    Raises MartError for another shape, and for an audit's results that would not let a release
    pass: they are not those of the verdict beside them.
    """
    found = [table for table in TABLES.values() if _file(table, quality).is_file()]
    connection.execute(f"ATTACH ':memory:' AS {DATABASE}")
    connection.execute(f"CREATE SCHEMA {DATABASE}.{SCHEMA}")
    for table in found:
        _load(connection, table, _file(table, quality))
    if quality_table.TABLE in found:
        quality_table.require_passed(connection, f"{DATABASE}.{SCHEMA}.{quality_table.NAME}")
    return found


def _load(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    source = f"read_parquet({text_literal(str(path))})"
    _require_columns(connection, source, table)
    target = f"{DATABASE}.{SCHEMA}.{quoted(table.name)}"
    shape = ", ".join(
        f"{quoted(one.name)} {one.type}{' NOT NULL' if one.is_not_null else ''}"
        for one in table.columns
    )
    connection.execute(f"CREATE TABLE {target} ({shape})")
    names = ", ".join(quoted(column.name) for column in table.columns)
    connection.execute(f"INSERT INTO {target} SELECT {names} FROM {source}")  # noqa: S608 - names of our own


def _require_columns(connection: duckdb.DuckDBPyConnection, source: str, table: Table) -> None:
    rows = connection.execute(f"DESCRIBE FROM {source}").fetchall()
    found, wanted = {str(row[0]) for row in rows}, {column.name for column in table.columns}
    if found != wanted:
        odd = ", ".join(sorted(found ^ wanted))
        raise MartError(f"{table.name}.parquet has other columns than {SCHEMA}.{table.name}: {odd}")


def _file(table: Table, quality: Path) -> Path:
    return quality / f"{table.name}.parquet"
