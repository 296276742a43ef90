"""What changed since the last release: put into the candidate before its audit, for the checks.

The audit sees one file and nothing else, so what it compares with has to lie in that file: schema
`history`, which is never released, and mart `release_change`, which is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from publishing.mart_tables import text_literal

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
)

DECISION: Sequence[Column] = (
    ("decision_id", "BIGINT", "Number of the decision, in the order they were made"),
    ("kind", "VARCHAR", "What was decided"),
    ("subject", "VARCHAR", "What it is about: a file, cells, a check, a metric"),
    ("reason", "VARCHAR", "Why, in the words of who decided"),
    ("decided_by", "VARCHAR", "Who decided"),
    ("decided_on", "DATE", "When"),
    ("until", "DATE", "Last day it holds; null for no end"),
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


@dataclass(frozen=True)
class Decided:
    """A decision of a person that the diff has to know, from the catalogue."""

    decision_id: int
    kind: str
    subject: str
    reason: str
    decided_by: str
    decided_on: date
    until: date | None


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
    release and a look back are compared with nothing, and `history.context` says so.
    """
    with duckdb.connect(str(candidate), config={"memory_limit": memory}) as connection:
        connection.execute("CREATE SCHEMA history")
        for name, (says, columns) in _TABLES.items():
            _create(connection, name, says, columns)
        why_not = "a look back is compared with nothing" if is_look_back else "nothing yet"
        connection.execute(
            "INSERT INTO history.context VALUES (NULL, ?, ?, false)", [why_not, today]
        )
        connection.execute("CHECKPOINT")


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, says: str, columns: Sequence[Column]
) -> None:
    shape = ", ".join(f"{column} {kind}" for column, kind, _ in columns)
    connection.execute(f"CREATE TABLE {name} ({shape})")
    connection.execute(f"COMMENT ON TABLE {name} IS {text_literal(says)}")
    for column, _, meaning in columns:
        connection.execute(f"COMMENT ON COLUMN {name}.{column} IS {text_literal(meaning)}")
