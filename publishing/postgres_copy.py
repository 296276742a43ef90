"""The marts in PostgreSQL: a copy of one release for tools that ask a server, swapped in whole.

Everything happens in one transaction: the new tables are loaded beside the old, counted, and take
their name when it commits. A copy that fails or is killed anywhere has done nothing, and who reads
meanwhile sees the old release or the new one, never none and never some of each.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

import duckdb

from publishing.mart_keys import ALSO_SOUGHT, KEYS
from publishing.mart_tables import SCHEMA, MartError, Table, describe, quoted, text_literal
from publishing.pointer import MARTS_NAME, Release, ReleaseError, is_as_released

if TYPE_CHECKING:
    from psycopg2 import extensions  # type: ignore[import-untyped]

RELEASE_TABLE = "release"
"""One row beside the marts: which release they are."""

_LOADING = f"{SCHEMA}_new"
_LOCK = 0x6A6F696E
"""The advisory lock of whoever copies."""

_WAIT_FOR_ANOTHER = "60s"
_AT_ONCE_BYTES = 1 << 20
"""Rows on their way. In the 8 KB pieces that psycopg2 sends, a copy takes a third longer."""

INSTALL = "make up installs it, and so does: pip install -r requirements-server.lock"
"""How a warehouse that was set up to load only gets what a server needs."""

_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}

Report = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


class PostgresCopyError(Exception):
    """Nothing was copied: readers of the database see what they saw before."""


@dataclass(frozen=True)
class Target:
    """A PostgreSQL database for the marts.

    `address` starts with `postgresql://` and may hold a password; `password` is for one that does
    not. `reader` is a role that may read the marts, and has to exist. A swap waits for whoever
    reads the marts, and gives up after `patience_seconds`.
    """

    address: str
    password: str | None = None
    reader: str | None = None
    patience_seconds: float = 120

    def __repr__(self) -> str:
        """Leave out what may hold a password."""
        return f"Target(reader={self.reader!r})"


@dataclass(frozen=True)
class Copied:
    """What the database holds now; `is_new` says whether this call put it there."""

    release_id: str
    tables: int
    rows: int
    seconds: float
    is_new: bool


def copy_release(
    release: Release,
    target: Target,
    *,
    now: datetime,
    again: bool = False,
    memory: str = "700MB",
    report: Report | None = None,
) -> Copied:
    """Put all marts of a release into schema `marts` of a database, in place of those before.

    Nothing is done where the same release is there already, unless `again`. Types, comments, keys
    and rights go with the tables; table `release` says what they are and whether any figure is
    synthetic. Rows are counted there and held against the manifest before the swap.

    Raises PostgresCopyError, after which the database is as it was, and ReleaseError for a release
    that is not as it was made.
    """
    started = time.monotonic()
    _require_library()
    if not is_as_released(release, MARTS_NAME):
        raise ReleaseError(f"{release.id} is damaged: see joinedup releases verify.")
    with _errors_named(), _connected(target) as connection:
        _take_turn(connection)
        _require_reader(connection, target.reader)
        is_new = again or not _holds(connection, release)
        if is_new:
            _load(connection, release, now, memory, report or _silent)
            _swap(connection, target.patience_seconds)
        # The reader may be another than at the copy that is there.
        _let_read(connection, target.reader)
        connection.commit()
    tables = release.manifest.tables
    return Copied(
        release_id=release.id,
        tables=len(tables),
        rows=sum(table.rows for table in tables.values()),
        seconds=time.monotonic() - started,
        is_new=is_new,
    )


def _require_library() -> None:
    if find_spec("psycopg2") is None:
        raise PostgresCopyError(f"Nothing was copied: psycopg2 is not installed: {INSTALL}.")


@contextmanager
def _errors_named() -> Iterator[None]:
    """Turn what the libraries raise into one error that holds no password."""
    import psycopg2

    try:
        yield
    except psycopg2.Error as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise PostgresCopyError(f"Nothing was copied: {said}") from error
    except (duckdb.Error, MartError, OSError) as error:
        raise PostgresCopyError(f"Nothing was copied: {error}") from error


@contextmanager
def _connected(target: Target) -> Iterator[extensions.connection]:
    """Open a connection that commits only when told to."""
    import psycopg2

    address = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", target.address)
    given = {} if target.password is None else {"password": target.password}
    try:
        connection = psycopg2.connect(
            address, application_name="joinedup publish-postgres", connect_timeout=10, **given
        )
    except psycopg2.ProgrammingError:
        # What it says quotes the address, in which a password may stand; so it is not passed on.
        raise PostgresCopyError(
            "Nothing was copied: JOINEDUP_MARTS_DATABASE is not an address that PostgreSQL knows"
        ) from None
    with closing(connection):
        yield connection


def _take_turn(connection: extensions.connection) -> None:
    """Wait for another copy to end; the lock is given back with the connection."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_WAIT_FOR_ANOTHER}'")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("SET lock_timeout = 0")
    connection.commit()


def _require_reader(connection: extensions.connection, reader: str | None) -> None:
    if reader is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [reader])
        if cursor.fetchone() is None:
            raise PostgresCopyError(
                f"Nothing was copied: the database has no role {reader}, which is to read the marts"
            )


def _holds(connection: extensions.connection, release: Release) -> bool:
    """Say whether the release, with each of its tables, is what the database holds."""
    found = _tables_of(connection, SCHEMA)
    if not {RELEASE_TABLE, *release.manifest.tables} <= set(found):
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT release_id FROM {_name(SCHEMA, RELEASE_TABLE)}")  # noqa: S608
        return bool(cursor.fetchall() == [(release.id,)])


def _load(
    connection: extensions.connection,
    release: Release,
    now: datetime,
    memory: str,
    report: Report,
) -> None:
    """Make the new tables with their rows, keys and comments, under another name."""
    with duckdb.connect(config={"memory_limit": memory}) as marts, connection.cursor() as cursor:
        marts.execute(f"ATTACH {text_literal(str(release.marts))} AS released (READ_ONLY)")
        tables = describe(marts, "released")
        if any(table.name == RELEASE_TABLE for table in tables):
            raise MartError(f"{SCHEMA}.{RELEASE_TABLE} is made here, and the release has one")
        cursor.execute(f"CREATE SCHEMA {_LOADING}")
        for done, table in enumerate(tables, start=1):
            _create(cursor, table)
            _fill(cursor, marts, table)
            _count(cursor, table.name, release.manifest.tables[table.name].rows)
            _finish(cursor, table)
            report("tables copied", done, len(tables))
        _note_release(cursor, release, now)
        _say_what_it_is(cursor, release)


def _create(cursor: extensions.cursor, table: Table) -> None:
    columns = ", ".join(
        f"{quoted(column.name)} {_type(column.type)}{' NOT NULL' if column.is_not_null else ''}"
        for column in table.columns
    )
    cursor.execute(f"CREATE TABLE {_name(_LOADING, table.name)} ({columns})")


def _type(duckdb_type: str) -> str:
    if duckdb_type.startswith("DECIMAL"):
        return duckdb_type.replace("DECIMAL", "numeric")
    if duckdb_type not in _TYPES:
        raise MartError(f"no type of PostgreSQL is known for {duckdb_type}")
    return _TYPES[duckdb_type]


def _fill(cursor: extensions.cursor, marts: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Send a table's rows from one database to the other through a pipe.

    They are frozen: without that, a reader whose transaction is older than the swap would find the
    new tables empty.
    """
    texts = [quoted(column.name) for column in table.columns if column.type == "VARCHAR"]
    # Texts are quoted, so that an empty one is told from none.
    quote = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
    source = f"released.{SCHEMA}.{quoted(table.name)}"
    read_end, write_end = _wide_pipe()
    failures: list[Exception] = []

    def send() -> None:
        try:
            marts.execute(
                f"COPY (FROM {source}) TO '/dev/fd/{write_end}' "
                f"(FORMAT csv, HEADER false, USE_TMP_FILE false{quote})"
            )
        except duckdb.Error as error:
            failures.append(error)
        finally:
            os.close(write_end)

    sender = threading.Thread(target=send, name=f"send {table.name}")
    with os.fdopen(read_end, "rb") as rows:
        sender.start()
        try:
            cursor.copy_expert(
                f"COPY {_name(_LOADING, table.name)} FROM STDIN (FORMAT csv, FREEZE)",
                rows,
                size=_AT_ONCE_BYTES,
            )
        finally:
            rows.close()  # a sender that is still writing then fails, and ends
            sender.join()
    if failures:
        raise failures[0]


def _wide_pipe() -> tuple[int, int]:
    """Open a pipe that holds much, so that neither side waits for the other at every page."""
    read_end, write_end = os.pipe()
    if sys.platform == "linux":
        # Refused to a user who has as many as they may: it is then as wide as any.
        with suppress(PermissionError):
            fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, _AT_ONCE_BYTES)
    return read_end, write_end


def _count(cursor: extensions.cursor, table: str, promised: int) -> None:
    cursor.execute(f"SELECT count(*) FROM {_name(_LOADING, table)}")  # noqa: S608
    (rows,) = cursor.fetchone()
    if rows != promised:
        raise MartError(f"{table} has {rows} rows in PostgreSQL, the manifest says {promised}")


def _finish(cursor: extensions.cursor, table: Table) -> None:
    """Add key, indexes and comments, and let the server look at what it got."""
    name = _name(_LOADING, table.name)
    there = {column.name for column in table.columns}
    key, sought = KEYS.get(table.name, ()), ALSO_SOUGHT.get(table.name, ())
    if key and there.issuperset(key):  # a release made before a column was has no such key
        cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY ({', '.join(map(quoted, key))})")
    if sought and there.issuperset(sought):
        cursor.execute(f"CREATE INDEX ON {name} ({', '.join(map(quoted, sought))})")
    if table.comment:
        cursor.execute(f"COMMENT ON TABLE {name} IS %s", [table.comment])
    for column in table.columns:
        if column.comment:
            where = f"{name}.{quoted(column.name)}"
            cursor.execute(f"COMMENT ON COLUMN {where} IS %s", [column.comment])
    cursor.execute(f"ANALYZE {name}")


def _note_release(cursor: extensions.cursor, release: Release, now: datetime) -> None:
    """Write the one row that says what the marts are."""
    name, manifest = _name(_LOADING, RELEASE_TABLE), release.manifest
    cursor.execute(
        f"CREATE TABLE {name} (release_id text PRIMARY KEY, made_at timestamptz NOT NULL, "
        "is_synthetic boolean NOT NULL, as_at date, run_id text NOT NULL, "
        "inputs_fingerprint text NOT NULL, copied_at timestamptz NOT NULL)"
    )
    row = {
        "release_id": manifest.release_id,
        "made_at": manifest.made_at.isoformat(),
        "is_synthetic": manifest.is_synthetic,
        "as_at": None if manifest.as_at is None else manifest.as_at.isoformat(),
        "run_id": manifest.run_id,
        "inputs_fingerprint": manifest.inputs_fingerprint,
        "copied_at": now.isoformat(),
    }
    line = io.StringIO()
    csv.writer(line).writerow(row.values())
    line.seek(0)
    cursor.copy_expert(f"COPY {name} FROM STDIN (FORMAT csv, FREEZE)", line)
    comments = {
        "release_id": "The release that the marts of this schema are, a folder under releases/",
        "made_at": "When it was released",
        "is_synthetic": "Whether any file that it was made from is synthetic: then no figure is",
        "as_at": "The day whose knowledge it holds, if it looks back",
        "run_id": "The run that made it",
        "inputs_fingerprint": "What it was made from",
        "copied_at": "When it was copied here",
    }
    cursor.execute(f"COMMENT ON TABLE {name} IS 'Which release the marts of this schema are'")
    for column, says in comments.items():
        cursor.execute(f"COMMENT ON COLUMN {name}.{column} IS %s", [says])


def _say_what_it_is(cursor: extensions.cursor, release: Release) -> None:
    what = "SYNTHETIC demonstration figures" if release.manifest.is_synthetic else "the marts"
    says = f"joinedup: {what} of release {release.id}; replaced as a whole by the next"
    cursor.execute(f"COMMENT ON SCHEMA {_LOADING} IS %s", [says])


def _let_read(connection: extensions.connection, reader: str | None) -> None:
    if reader is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {quoted(reader)}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {quoted(reader)}")


def _swap(connection: extensions.connection, patience_seconds: float) -> None:
    """Put the new tables in place of the old, as soon as nobody is reading those.

    Who asks for them in that moment waits for the end of it, and then finds the new ones.
    """
    with connection.cursor() as cursor:
        if old := _tables_of(connection, SCHEMA):
            _lock(cursor, old, patience_seconds)
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            # Without CASCADE: a view that someone made on the marts is not swept away with them.
            cursor.execute(f"DROP TABLE {', '.join(_name(SCHEMA, table) for table in old)}")
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA}")
        cursor.execute(f"ALTER SCHEMA {_LOADING} RENAME TO {SCHEMA}")


def _lock(cursor: extensions.cursor, tables: list[str], patience_seconds: float) -> None:
    """Lock all tables at once, or none and try again.

    Waiting for one while holding another could lock out a reader that has the other two the other
    way round; PostgreSQL would end one of them, and it might be the reader.
    """
    from psycopg2.errors import LockNotAvailable  # type: ignore[import-untyped]

    names = ", ".join(_name(SCHEMA, table) for table in tables)
    deadline = time.monotonic() + patience_seconds
    while True:
        cursor.execute("SAVEPOINT before_lock")
        try:
            cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE NOWAIT")
        except LockNotAvailable:
            cursor.execute("ROLLBACK TO SAVEPOINT before_lock")
            if time.monotonic() > deadline:
                raise PostgresCopyError(
                    f"Nothing was copied: others read the marts for {patience_seconds:.0f} s "
                    "without a break; the old copy stands"
                ) from None
            time.sleep(0.05)
        else:
            return


def _tables_of(connection: extensions.connection, schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
        return [str(name) for (name,) in cursor.fetchall()]


def _name(schema: str, table: str) -> str:
    return f"{schema}.{quoted(table)}"


def _silent(_what: str, _done: int, _all: int) -> None:
    """Say nothing."""
