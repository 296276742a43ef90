"""What changed since the last release: put into the candidate before its audit, for the checks.

The audit sees one file and nothing else, so what it compares with has to lie in that file: schema
`history`, which is never released, and mart `release_change`, which is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date
from pathlib import Path

import duckdb

from publishing.changes import (
    Decided,
    Side,
    accepted_metrics,
    can_be_compared,
    compare,
    is_other_code,
    is_since,
    side_of_candidate,
    side_of_release,
)
from publishing.mart_tables import SCHEMA, quoted, text_literal
from publishing.pointer import (
    BrokenReleaseError,
    Release,
    is_as_released,
    load_release,
    pointer_target,
    release_ids,
)
from publishing.release_log import last_move, read_log, withdrawals

__all__ = ["Cadence", "Decided", "write_history"]

FIRST_RELEASE = "first release"
LOOK_BACK = "look back"
DAMAGED = "damaged: no release is as it was released"
OWN_TABLES = frozenset({"metric_value", "release_change", "quality_result", "run"})
"""Marts that are looked at figure by figure, or that tell of a release and not of its figures."""

Column = tuple[str, str, str]
"""Name, DuckDB type, and what it means with its unit."""

CHANGE: Sequence[Column] = (
    ("compared_with", "VARCHAR", "Release that the figure is compared with"),
    ("metric_id", "VARCHAR", "Metric of the figure"),
    ("area_code", "VARCHAR", "Area of the figure"),
    ("boundary", "VARCHAR", "Areas as they were reported, or as they are now"),
    ("period_type", "VARCHAR", "Length of the period"),
    ("period_start", "DATE", "First day of the period"),
    ("period_end", "DATE", "Last day of the period"),
    ("change", "VARCHAR", "added, removed, revised (another value) or restatused (another status)"),
    ("old_value", "DOUBLE", "Value in that release; unit: column unit. Null where withheld now"),
    ("new_value", "DOUBLE", "Value in this release; unit: column unit"),
    ("difference", "DOUBLE", "New less old value; unit: column unit"),
    ("relative_change", "DOUBLE", "Difference as a share of the old value; unit: fraction"),
    ("old_status", "VARCHAR", "Status of the value in that release; null for none"),
    ("new_status", "VARCHAR", "Status of the value in this release; null for none"),
    ("unit", "VARCHAR", "Unit of both values"),
    ("old_published_on", "DATE", "Publication day of the newest file behind the old figure"),
    ("new_published_on", "DATE", "Publication day of the newest file behind the new figure"),
    ("is_closed", "BOOLEAN", "Whether the period was closed: its figures should not change"),
    ("explanation", "VARCHAR", "Why it changed, or unexplained"),
    ("size_rank", "BIGINT", "Place by size beside the metric's spread; 1 is the largest"),
    ("old_lineage_id", "VARCHAR", "Lineage of the old figure, in that release"),
    ("lineage_id", "VARCHAR", "Lineage of the new figure, in this release"),
)
"""Mart `release_change`: a figure that differs from the last release's, one row each."""

CONTEXT: Sequence[Column] = (
    ("compared_with", "VARCHAR", "Release compared with; null where there is none"),
    ("why_not", "VARCHAR", "Why nothing is compared: first release, look back, damaged"),
    ("today", "DATE", "Day of the run"),
    ("code_changed", "BOOLEAN", "Whether other code made the release compared with"),
)

PROFILE: Sequence[Column] = (
    ("kind", "VARCHAR", "metric, return or mart"),
    ("id", "VARCHAR", "Which of the kind"),
    ("period_type", "VARCHAR", "Length of the period"),
    ("period_start", "DATE", "First day of the period"),
    ("period_end", "DATE", "Last day of the period"),
    ("is_closed", "BOOLEAN", "Whether nothing of the period should change any more"),
    ("rows_now", "BIGINT", "Rows in the candidate"),
    ("rows_last", "BIGINT", "Rows in the release compared with"),
    ("areas_now", "BIGINT", "Areas in the candidate"),
    ("areas_last", "BIGINT", "Areas in the release compared with"),
    ("sum_now", "DOUBLE", "Sum of the values in the candidate"),
    ("sum_last", "DOUBLE", "Sum of the values in the release compared with"),
)

CADENCE: Sequence[Column] = (
    ("return_id", "VARCHAR", "Return"),
    ("every", "VARCHAR", "How often it is published"),
    ("published_after_days", "INTEGER", "Days from a period's end to its publication"),
    ("first", "DATE", "First period published"),
    ("last", "DATE", "Last period published; null while it goes on"),
    ("late_from", "DATE", "First day on which what is not held is late; null if nothing ever is"),
)

DECISION: Sequence[Column] = (
    ("decision_id", "BIGINT", "Number of the decision, in the order they were made"),
    ("kind", "VARCHAR", "What was decided"),
    ("subject", "VARCHAR", "What it is about: a file, cells, a check, a metric"),
    ("reason", "VARCHAR", "Why, in the words of who decided"),
    ("decided_by", "VARCHAR", "Who decided"),
    ("decided_at", "TIMESTAMP", "When, UTC"),
    ("until", "DATE", "Last day it holds; null for no end"),
    ("is_new", "BOOLEAN", "Whether it was made after the release compared with"),
)

_TABLES: Mapping[str, tuple[str, Sequence[Column]]] = {
    "marts.release_change": ("A figure that differs from the last release's", CHANGE),
    "history.context": ("What the candidate is compared with", CONTEXT),
    "history.profile": ("Rows, areas and sums by period, now and in the last release", PROFILE),
    "history.cadence": ("When each return is published", CADENCE),
    "history.decision": ("What people decided about files, figures and checks", DECISION),
}


@dataclass(frozen=True)
class Cadence:
    """When a return is published, from its definition."""

    return_id: str
    every: str
    published_after_days: int
    first: date
    last: date | None
    late_from: date | None = None


def write_history(
    candidate: Path,
    releases: Path,
    *,
    today: date,
    code_fingerprint: str,
    cadences: Sequence[Cadence],
    decisions: Sequence[Decided],
    is_look_back: bool,
    memory: str,
) -> None:
    """Put into a built candidate what its audit compares with: the current release's figures.

    Makes schema `history` and mart `release_change`, and leaves the candidate closed. A first
    release and a look back are compared with nothing, and `history.context` says so. Where the
    current release is damaged, the newest one before it that is whole stands in for it.
    """
    last, why_not = (None, LOOK_BACK) if is_look_back else release_to_compare(releases)
    code_changed = last is not None and is_other_code(last, code_fingerprint)
    with duckdb.connect(str(candidate), config={"memory_limit": memory}) as connection:
        connection.execute("CREATE SCHEMA history")
        for name, (says, columns) in _TABLES.items():
            _create(connection, name, says, columns)
        _insert(connection, "cadence", cadences)
        for decided in decisions:
            at = decided.decided_at.astimezone(UTC).replace(tzinfo=None)
            row = [*astuple(replace(decided, decided_at=at))]
            row.append(last is not None and is_since(decided, last))
            connection.execute("INSERT INTO history.decision VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute(
            "INSERT INTO history.context VALUES (?, ?, ?, ?)",
            [None if last is None else last.id, why_not, today, code_changed],
        )
        if last is not None:
            old = side_of_release(last)
            new = side_of_candidate(_database(connection), "candidate")
            accepted = accepted_metrics(decisions, today=today, last=last)
            compare(
                connection,
                old,
                new,
                code_changed=code_changed,
                decisions=decisions,
                accepted=list(accepted),
            )
            connection.execute(
                "INSERT INTO marts.release_change BY NAME SELECT * FROM changed ORDER BY size_rank"
            )
            _profile(connection, old, new, last)
        connection.execute("CHECKPOINT")


def release_to_compare(releases: Path) -> tuple[Release | None, str | None]:
    """Give the release that readers see; if that is damaged, the newest whole one before it.

    None that was withdrawn stands in. Without one, the second says why. Where the pointer is lost,
    the log says where it was: a release is the first only if readers were never sent to another.
    """
    ids = release_ids(releases)
    try:
        current = pointer_target(releases)
        if current is None:
            last = last_move(read_log(releases))
            if last is None:
                return None, FIRST_RELEASE
            current = str(last.to)
        ids = [name for name in ids if name <= current]
    except BrokenReleaseError:
        pass
    withdrawn = withdrawals(releases)
    for name in reversed(ids):
        if name in withdrawn:
            continue
        try:
            release = load_release(releases, name)
        except BrokenReleaseError:
            continue
        if can_be_compared(release):
            return release, None
    return None, DAMAGED


def _profile(connection: duckdb.DuckDBPyConnection, old: Side, new: Side, last: Release) -> None:
    """Count rows and areas, and sum values, of each metric, return and mart by period."""
    _metric_profile(connection, old, new)
    _return_profile(connection, old, new)
    for mart in _marts_of_both(connection, last):
        parquet = str(last.path / "parquet" / f"{mart}.parquet")
        _mart_profile(
            connection,
            mart,
            f"read_parquet({text_literal(parquet)})",
            f"{SCHEMA}.{quoted(mart)}",
        )


_BESIDE = """
    INSERT INTO history.profile
    WITH counted AS (
        SELECT 'now' AS side, * FROM ({now}) UNION ALL BY NAME
        SELECT 'last' AS side, * FROM ({last})
    ),
    beside AS (
        SELECT id, period_type, period_start, max(period_end) AS period_end,
            coalesce(max(figures) FILTER (side = 'now'), 0) AS rows_now,
            coalesce(max(figures) FILTER (side = 'last'), 0) AS rows_last,
            coalesce(max(areas) FILTER (side = 'now'),
                CASE WHEN max(areas) IS NOT NULL THEN 0 END) AS areas_now,
            coalesce(max(areas) FILTER (side = 'last'),
                CASE WHEN max(areas) IS NOT NULL THEN 0 END) AS areas_last,
            max(total) FILTER (side = 'now') AS sum_now,
            max(total) FILTER (side = 'last') AS sum_last
        FROM counted GROUP BY id, period_type, period_start
    )
    SELECT {kind}, id, period_type, period_start, period_end, {is_closed},
        rows_now, rows_last, areas_now, areas_last, sum_now, sum_last
    FROM beside ORDER BY ALL
"""

# The last two of its periods are still coming in; what has no period always is.
_BY_AGE = (
    "period_start IS NOT NULL AND dense_rank() OVER "
    "(PARTITION BY id, period_type ORDER BY period_start DESC NULLS LAST) > 2"
)


def _metric_profile(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> None:
    def counted(figures: str) -> str:
        return (
            "SELECT metric_id AS id, period_type, period_start, max(period_end) AS period_end, "  # noqa: S608 - names of our own
            "count(*) AS figures, count(DISTINCT area_code) FILTER (value IS NOT NULL) AS areas, "
            "sum(value ORDER BY value) AS total "
            f"FROM {figures} WHERE value_status <> 'missing' GROUP BY ALL"
        )

    is_closed = "(id, period_type, period_start) NOT IN (SELECT * FROM open_period)"
    connection.execute(
        _BESIDE.format(
            kind="'metric'",
            now=counted(new.metric_value),
            last=counted(old.metric_value),
            is_closed=is_closed,
        )
    )
    # A sum that holds a figure withheld from now on would tell it, beside the figures that it adds.
    connection.execute(
        "UPDATE history.profile SET sum_last = NULL WHERE kind = 'metric' "
        "AND (id, period_start, period_end) IN (SELECT * FROM hidden)"
    )


def _return_profile(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> None:
    def counted(files: str) -> str:
        return (
            "SELECT return_id AS id, NULL::VARCHAR AS period_type, period_start, "  # noqa: S608 - names of our own
            "max(period_end) AS period_end, sum(observations)::BIGINT AS figures, "
            "NULL::BIGINT AS areas, NULL::DOUBLE AS total "
            f"FROM {files} WHERE state = 'read' AND is_current_vintage GROUP BY ALL"
        )

    connection.execute(
        _BESIDE.format(
            kind="'return'",
            now=counted(new.source_file),
            last=counted(old.source_file),
            is_closed=_BY_AGE,
        )
    )


def _mart_profile(connection: duckdb.DuckDBPyConnection, mart: str, last: str, now: str) -> None:
    """Count a mart's rows by period where it has periods, else as a whole."""
    both = _columns(connection, last) & _columns(connection, now)
    has_period = {"period_start", "period_end"} <= both

    def counted(relation: str) -> str:
        chosen = {
            "id": text_literal(mart),
            "period_type": "period_type" if {"period_type"} <= both and has_period else "NULL",
            "period_start": "period_start" if has_period else "NULL::DATE",
            "period_end": "max(period_end)" if has_period else "NULL::DATE",
            "figures": "count(*)",
            "areas": "count(DISTINCT area_code)" if "area_code" in both else "NULL::BIGINT",
            "total": "NULL::DOUBLE",
        }
        listed = ", ".join(f"{what} AS {name}" for name, what in chosen.items())
        return f"SELECT {listed} FROM {relation} GROUP BY ALL"  # noqa: S608 - names of our own

    connection.execute(
        _BESIDE.format(kind="'mart'", now=counted(now), last=counted(last), is_closed=_BY_AGE)
    )


def _marts_of_both(connection: duckdb.DuckDBPyConnection, last: Release) -> Iterator[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? "
        "AND database_name = current_database() ORDER BY table_name",
        [SCHEMA],
    ).fetchall()
    for (name,) in rows:
        if name not in OWN_TABLES and is_as_released(last, f"parquet/{name}.parquet"):
            yield name


def _database(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("SELECT current_database()").fetchone()
    return quoted(str(row[0])) if row else ""


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608 - names of our own
    return {str(row[0]) for row in rows}


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Cadence | Decided]
) -> None:
    for row in rows:
        values = astuple(row)
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO history.{table} VALUES ({marks})", values)  # noqa: S608 - names of our own


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, says: str, columns: Sequence[Column]
) -> None:
    shape = ", ".join(f"{column} {kind}" for column, kind, _ in columns)
    connection.execute(f"CREATE TABLE {name} ({shape})")
    connection.execute(f"COMMENT ON TABLE {name} IS {text_literal(says)}")
    for column, _, meaning in columns:
        connection.execute(f"COMMENT ON COLUMN {name}.{column} IS {text_literal(meaning)}")
