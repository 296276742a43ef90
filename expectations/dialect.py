"""A SQLAlchemy dialect that can only read a DuckDB file.

Great Expectations closes its connection before it fetches. The roll-back on close discards
DuckDB's unread rows, and every SQL expectation then fails with "list index out of range". Nothing
is ever written here, so transactions are simply left out. Reflection by `pg_catalog`, which
DuckDB imitates only in part, is replaced by `information_schema`.
"""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import Any

from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy import URL, Connection, TryCast, text
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import registry
from sqlalchemy.exc import NoSuchTableError

DRIVER = "duckdb+joinedup_readonly"

_LOCKED_DOWN = {"enable_external_access": "false", "lock_configuration": "true"}
"""`read_only` alone still lets a query read and write any other file."""

_FOLDER = "views_read_from"
"""In an address: the one folder whose files the views of the candidate may read."""

_COLUMNS = """
    SELECT column_name, data_type, is_nullable = 'YES' AS nullable, column_default
    FROM information_schema.columns
    WHERE table_name = :table_name
      AND table_schema = coalesce(:schema_name, current_schema())
      AND table_catalog = current_database()
    ORDER BY ordinal_position
"""

_TYPES: dict[str, type[sqltypes.TypeEngine[Any]]] = {
    "BIGINT": sqltypes.BIGINT,
    "BOOLEAN": sqltypes.BOOLEAN,
    "DATE": sqltypes.DATE,
    "DECIMAL": sqltypes.DECIMAL,
    "DOUBLE": sqltypes.DOUBLE,
    "FLOAT": sqltypes.FLOAT,
    "HUGEINT": sqltypes.NUMERIC,
    "INTEGER": sqltypes.INTEGER,
    "SMALLINT": sqltypes.SMALLINT,
    "TIMESTAMP": sqltypes.TIMESTAMP,
    "VARCHAR": sqltypes.VARCHAR,
}


class ReadOnlyDuckDBDialect(Dialect):  # type: ignore[misc]  # duckdb-engine is untyped
    """DuckDB opened read-only and locked down: no writing, no other files, no transactions."""

    driver = "joinedup_readonly"
    supports_statement_cache = False

    def create_connect_args(self, url: URL) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Refuse an address without a file: an in-memory database has nothing to audit."""
        if not url.database or url.database.startswith(":"):
            msg = f"{DRIVER} reads a file; {url.database!r} is none"
            raise ValueError(msg)
        positional, named = super().create_connect_args(url)
        return positional, dict(named)

    def connect(self, *cargs: Any, **cparams: Any) -> ConnectionWrapper:
        """Open the file read-only, whatever the caller asked for.

        Raises `duckdb.IOException` when the file is absent or a writer holds it.
        """
        cparams["read_only"] = True
        asked = {**cparams.get("config", {}), **cparams.pop("url_config", {})}
        folder = asked.pop(_FOLDER, None)
        if folder is None:
            cparams["config"] = {**asked, **_LOCKED_DOWN}
            return super().connect(*cargs, **cparams)
        cparams["config"] = asked
        connection = super().connect(*cargs, **cparams)
        _lock_down(connection, folder)
        return connection

    def do_begin(self, connection: Any) -> None:
        """Begin nothing: reads need no transaction."""

    def do_rollback(self, connection: Any) -> None:
        """Keep the rows that were not fetched yet."""

    def do_commit(self, connection: Any) -> None:
        """Commit nothing: nothing was written."""

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Columns of a table or view in their order.

        Raises `NoSuchTableError` when there is no such table.
        """
        names = {"table_name": table_name, "schema_name": schema}
        rows = connection.execute(text(_COLUMNS), names).fetchall()
        if not rows:
            raise NoSuchTableError(table_name if schema is None else f"{schema}.{table_name}")
        return [
            {
                "name": name,
                "type": _sql_type(str(declared)),
                "nullable": nullable,
                "default": default,
                "autoincrement": False,
                "comment": None,
            }
            for name, declared, nullable, default in rows
        ]


def _lock_down(connection: ConnectionWrapper, folder: str) -> None:
    """Allow one folder and lock the rest; connections to one file share this, once it is done."""
    (is_locked,) = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if is_locked:
        return
    quoted = folder.replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{quoted}/']")
    for setting, value in _LOCKED_DOWN.items():
        connection.execute(f"SET {setting} = {value}")


def _sql_type(declared: str) -> sqltypes.TypeEngine[Any]:
    """SQLAlchemy's type for DuckDB's, `NullType` for one that marts may not hold."""
    name, _, arguments = declared.partition("(")
    if name == "DECIMAL":
        precision, scale = arguments.rstrip(")").split(",")
        return sqltypes.DECIMAL(int(precision), int(scale))
    return _TYPES.get(name, sqltypes.NullType)()


def register() -> None:
    """Make the dialect known to SQLAlchemy where the package is not installed."""
    registry.register("duckdb.joinedup_readonly", __name__, ReadOnlyDuckDBDialect.__name__)


def read_only_url(path: Path, *, memory: str | None = None, lake: Path | None = None) -> str:
    """Address of a file for SQLAlchemy and Great Expectations.

    `memory` is DuckDB's limit, such as `700MB`; `lake` the folder that its views read from.
    """
    register()
    query = {} if memory is None else {"memory_limit": memory}
    if lake is not None:
        query[_FOLDER] = str(lake.resolve())
    url = URL.create(DRIVER, database=str(path.resolve()), query=query)
    return url.render_as_string(hide_password=False)


@atexit.register
def _let_duckdb_end() -> None:
    """Take duckdb-engine's hook off SQLAlchemy's `TryCast` at exit.

    With Great Expectations loaded, the hook keeps DuckDB's module alive to the very end, where
    DuckDB then prints pages of "leaked" objects to standard error.
    """
    for name in ("_compiler_dispatch", "_compiler_dispatcher"):
        if name in vars(TryCast):
            delattr(TryCast, name)
