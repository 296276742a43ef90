"""Mart tables in DuckDB files: describe, copy and fingerprint them, without knowing their names."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

STORAGE_VERSION = "v1.0.0"
"""Every DuckDB since 1.0 opens it; what 2.0 writes by itself opens in 2.0 only."""

SCHEMA = "marts"
_NESTED = re.compile(r"STRUCT|MAP|UNION|VARIANT|JSON|\[")

Config = dict[str, str | bool | int | float | list[str]]

LOCKED_DOWN: Config = {"enable_external_access": "false", "lock_configuration": "true"}
"""For one file alone: a read-only connection still reads and writes every other file."""


class MartError(Exception):
    """A table that cannot be released as it is."""


@dataclass(frozen=True)
class Column:
    """A column as it is released: DuckDB type, whether it may be null, its description."""

    name: str
    type: str
    is_not_null: bool
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A mart table's shape."""

    name: str
    comment: str | None
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Contents:
    """Rows and a sha256 of them that does not depend on their order."""

    rows: int
    sha256: str


def described(name: str, says: str, columns: Sequence[tuple[str, str, str]]) -> Table:
    """Give a table's shape from each column's name, DuckDB type (`… NOT NULL`) and meaning."""
    not_null = " NOT NULL"
    return Table(
        name,
        says,
        tuple(
            Column(column, kind.removesuffix(not_null), kind.endswith(not_null), meaning)
            for column, kind, meaning in columns
        ),
    )


def quoted(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """Quote an SQL text."""
    return "'" + text.replace("'", "''") + "'"


def lock_down(connection: duckdb.DuckDBPyConnection, *folders: Path) -> None:
    """Let a connection reach nothing but these folders from now on, whatever it is asked to run.

    A database that is only attached or opened read-only would still let a query read and write
    every other file of this machine. It cannot be undone on that connection. Without a folder
    only what is open already can be read.
    """
    listed = ", ".join(text_literal(f"{folder.resolve()}/") for folder in folders)
    connection.execute(f"SET allowed_directories = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def open_read_only(path: Path, memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a released file so that nothing can be written, and no other file reached.

    The file's own name must not be needed: its catalogue is called `marts` as its schema is, so
    `marts.metric` would be ambiguous. The schema is made the default, and tables need no prefix.
    `memory` is DuckDB's limit, its own choice unless given.
    """
    config = LOCKED_DOWN if memory is None else {**LOCKED_DOWN, "memory_limit": memory}
    connection = duckdb.connect(str(path), read_only=True, config=config)
    connection.execute(f"USE {quoted(path.stem)}.{SCHEMA}")
    return connection


def describe(connection: duckdb.DuckDBPyConnection, database: str) -> list[Table]:
    """Give the tables of schema `marts`, by name, columns in their order.

    Raises MartError for a view (it would reach outside the file) or a column that is not scalar.
    """
    views = connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = ? AND schema_name = ?",
        [database, SCHEMA],
    ).fetchall()
    if views:
        raise MartError(f"{SCHEMA}.{views[0][0]} is a view: only tables are released")
    tables = connection.execute(
        "SELECT table_name, comment FROM duckdb_tables() "
        "WHERE database_name = ? AND schema_name = ? ORDER BY table_name",
        [database, SCHEMA],
    ).fetchall()
    columns = _columns(connection, database)
    return [Table(name, comment, tuple(columns[name])) for name, comment in tables]


def copy_table(
    connection: duckdb.DuckDBPyConnection, table: Table, source: str, target: str
) -> None:
    """Write one table from database `source` into `target`, rows sorted by all their columns."""
    name = f"{quoted(SCHEMA)}.{quoted(table.name)}"
    shape = ", ".join(
        f"{quoted(column.name)} {column.type}{' NOT NULL' if column.is_not_null else ''}"
        for column in table.columns
    )
    connection.execute(f"CREATE TABLE {target}.{name} ({shape})")
    connection.execute(
        f"INSERT INTO {target}.{name} SELECT * FROM {source}.{name} ORDER BY ALL"  # noqa: S608 - names of our own
    )
    if table.comment:
        literal = text_literal(table.comment)
        connection.execute(f"COMMENT ON TABLE {target}.{name} IS {literal}")
    for column in table.columns:
        if column.comment:
            literal = text_literal(column.comment)
            where = f"{target}.{name}.{quoted(column.name)}"
            connection.execute(f"COMMENT ON COLUMN {where} IS {literal}")


def contents(connection: duckdb.DuckDBPyConnection, relation: str, table: Table) -> Contents:
    """Count and fingerprint the rows of `relation` (SQL), which has the shape of `table`.

    Each row's values are written as text with their lengths, hashed, and the hashes' halves are
    added up: order does not matter, a row twice does, and memory stays flat. Column names and
    types are part of the fingerprint.
    """
    row_text = ", ".join(
        f"coalesce(length({name}::VARCHAR) || ':' || {name}::VARCHAR, '-')"
        for name in (quoted(column.name) for column in table.columns)
    )
    hashes = f"SELECT md5_number(concat({row_text})) AS h FROM {relation}"  # noqa: S608 - names of our own
    halves = "sum((h >> 64)::HUGEINT), sum((h & 18446744073709551615)::HUGEINT)"
    found = connection.execute(f"SELECT count(*), {halves} FROM ({hashes})").fetchone()  # noqa: S608 - names of our own
    rows, high, low = found or (0, None, None)
    shape = [f"{column.name} {column.type}" for column in table.columns]
    text = "\n".join([*shape, str(rows), str(high), str(low)])
    return Contents(int(rows), hashlib.sha256(text.encode()).hexdigest())


def differences(
    connection: duckdb.DuckDBPyConnection, relation: str, copies: Mapping[str, str]
) -> dict[str, str]:
    """Say which copies of `relation` (all SQL) hold other rows, whatever their order; {} for none.

    Rows are compared with their types, by how many there are and the sum of their 64-bit hashes,
    in one query: for a copy just made, to find what a writer or a disk broke.
    """
    hashed = "SELECT count(*), sum(hash(*COLUMNS(*))) FROM"
    asked = " UNION ALL ".join(f"{hashed} {one}" for one in (relation, *copies.values()))
    promised, *found = connection.execute(asked).fetchall()
    return {
        name: f"{of[0]} rows against {promised[0]}, or other values"
        for name, of in zip(copies, found, strict=True)
        if of != promised
    }


def storage_version(path: Path) -> str:
    """Give the storage version that DuckDB reports for a file, such as `v1.0.0+`."""
    with duckdb.connect() as connection:
        lock_down(connection, path.parent)
        connection.execute(f"ATTACH {text_literal(str(path))} AS looked_at (READ_ONLY)")
        return attached_storage_version(connection, "looked_at")


def attached_storage_version(connection: duckdb.DuckDBPyConnection, database: str) -> str:
    """Give the same of a database that is open already."""
    row = connection.execute(
        "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = ?",
        [database],
    ).fetchone()
    return str(row[0]) if row else ""


def _columns(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[Column]]:
    """Give the columns of every table, in one query: the catalogue is read whole for each."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type, NOT is_nullable, comment FROM duckdb_columns() "
        "WHERE database_name = ? AND schema_name = ? ORDER BY table_name, column_index",
        [database, SCHEMA],
    ).fetchall()
    found: dict[str, list[Column]] = defaultdict(list)
    for table, name, kind, is_not_null, comment in rows:
        if _NESTED.search(kind):
            raise MartError(f"{SCHEMA}.{table}.{name} is {kind}: marts hold scalar columns only")
        found[table].append(Column(name, kind, is_not_null, comment))
    return found
