"""A candidate of a few marts and its audit, quick to make and to release: each mart is alike.

Neither fixtures nor a connection that stays open, so that processes which fork can use it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from publishing.beside import TABLES
from publishing.quality_table import COLUMNS, FILE
from publishing.run_table import write_runs

MARTS = ("metric", "metric_value", "source_file", "release_change", "quality_result", "run")
"""What is promised where this is used; the last two lie beside the candidate."""

QUICKEST = ("metric_value", "source_file", "quality_result", "run")
"""The fewest that a release is made of."""

MONTHS = (1004.0, 1005.0, 1006.0)


def sum_of_months(added: float) -> float:
    """Give what the figures of a candidate add up to."""
    return sum(MONTHS) + len(MONTHS) * added


def to_release(folder: Path) -> dict[str, Any]:
    """Write a candidate and its audit, and give the arguments of a release of them."""
    return {
        "candidate": write_candidate(folder / "candidate.duckdb"),
        "quality": write_quality(folder / "quality"),
        "releases": folder / "releases",
        "inputs_fingerprint": "00c0ffee" * 8,
        "run_id": "run",
        "now": datetime(2026, 6, 9, 1, 2, 3, tzinfo=UTC),
    }


def write_candidate(path: Path, added: float = 0, marts: Sequence[str] = MARTS) -> Path:
    """Write a candidate with three figures, each shifted by `added`."""
    from tests.publishing.conftest import SHAPES

    path.unlink(missing_ok=True)
    with duckdb.connect(str(path), config={"threads": 1}) as connection:
        connection.execute("CREATE SCHEMA marts")
        for mart in set(marts) - TABLES.keys():
            connection.execute(f"CREATE TABLE marts.{mart} ({SHAPES[mart]})")
        if "metric" in marts:
            connection.execute("INSERT INTO marts.metric (metric_id) VALUES ('delayed_days')")
        connection.execute(
            "INSERT INTO marts.source_file (source_sha256, state) VALUES ('5a' , 'read')"
        )
        for month, value in enumerate(MONTHS, start=4):
            connection.execute(
                "INSERT INTO marts.metric_value (metric_id, area_code, boundary, period_type, "
                "period_start, value, value_status, published_on) "
                "VALUES ('delayed_days', 'E10000003', 'as_reported', 'month', ?, ?, 'reported', ?)",
                [date(2015, month, 1), value + added, date(2015, 8, 13)],
            )
    return path


def write_quality(folder: Path) -> Path:
    """Write the results of an audit that passed: one check, the table of it, and of one step."""
    folder.mkdir(parents=True)
    (folder / "quality.json").write_text(json.dumps({"outcome": "passed"}))
    write_results(folder / FILE)
    write_runs([step_of_a_run()], folder)
    return folder


def step_of_a_run(**other: object) -> dict[str, object]:
    """Give a row of the table of steps, as `other` says."""
    at = datetime(2026, 6, 9, 1, tzinfo=UTC)
    return {
        "run_id": "run",
        "step": "audit_candidate",
        "attempt": 1,
        "started_at": at,
        "ended_at": at,
        "outcome": "ok",
        "duration_seconds": 0.5,
        "rows_written": None,
        "bytes_written": 10,
        "peak_memory_bytes": 100,
        "code_version": "1.0+c0de",
    } | other


def write_results(path: Path, **other: object) -> None:
    """Write the table of one check that passed, or as `other` says."""
    row = {
        "suite": "metric",
        "check_name": "key_is_unique",
        "kind": "suite",
        "severity": "block",
        "outcome": "passed",
        "is_known": False,
        "examined": 3,
    } | other
    shape = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE result ({shape})")
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO result ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608
        connection.execute(f"COPY result TO '{path}'")
