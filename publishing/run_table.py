"""The mart `run`: the steps that led to this release, and those of the runs before it.

Nobody builds it from returns: the run log writes it beside the audited candidate just before the
release, so it tells nothing of the release step itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from publishing.mart_tables import described, text_literal

NAME = "run"
FILE = f"{NAME}.parquet"

SAYS = "An attempt at a step of a run, up to the audit of this release; one row for each"

COLUMNS: Sequence[tuple[str, str, str]] = (
    ("run_id", "VARCHAR NOT NULL", "Run that the step is of; the manifest names this release's"),
    ("step", "VARCHAR NOT NULL", "Step, such as read_files"),
    ("attempt", "BIGINT NOT NULL", "Which attempt at the step, from 1; unit: attempts"),
    ("started_at", "TIMESTAMP NOT NULL", "When it began (timestamp, UTC)"),
    ("ended_at", "TIMESTAMP", "When it ended (timestamp, UTC); null where it did not"),
    (
        "outcome",
        "VARCHAR NOT NULL",
        "ok, nothing_new, failed, stopped (told to end, or out of time) or not_ended (killed, or "
        "still going when this was released)",
    ),
    ("duration_seconds", "DOUBLE", "How long it took; unit: seconds. Null where it did not end"),
    (
        "rows_written",
        "BIGINT",
        "Rows it wrote: figures read into the lake, rows of the marts; unit: rows. Null where a "
        "step writes none, or did not end well",
    ),
    (
        "bytes_written",
        "BIGINT",
        "Bytes it wrote: of files landed, of the lake, the candidate, the audit's results or the "
        "release; unit: bytes. Null where it did not end well",
    ),
    (
        "peak_memory_bytes",
        "BIGINT",
        "Most memory that the step's process held so far; unit: bytes. Steps that ran in one "
        "process share it",
    ),
    ("code_version", "VARCHAR NOT NULL", "Version of the program, and a mark of what made figures"),
)
"""Column, DuckDB type and meaning."""

AT_ONCE = 500
"""Rows of one statement: one by one, the attempts of some years take many seconds."""

TABLE = described(NAME, SAYS, COLUMNS)


def write_runs(rows: Sequence[Mapping[str, object]], quality: Path) -> Path:
    """Write the rows, each with every column, into the folder of an audit's results."""
    path = quality / FILE
    path.unlink(missing_ok=True)
    shape = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    marks = f"({', '.join('?' * len(COLUMNS))})"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE run ({shape})")
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            values = [row[name] for row in some for name, _, _ in COLUMNS]
            every = ", ".join([marks] * len(some))
            connection.execute(f"INSERT INTO run VALUES {every}", values)  # noqa: S608 - names of our own
        connection.execute(f"COPY run TO {text_literal(str(path))} (FORMAT parquet)")
    return path
