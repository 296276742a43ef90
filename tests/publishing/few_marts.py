"""A candidate of a few marts and its audit, quick to make and to release: each mart is alike.

Neither fixtures nor a connection that stays open, so that processes which fork can use it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from publishing.quality_table import COLUMNS, FILE

MARTS = ("metric", "metric_value", "source_file", "release_change", "quality_result")
"""What is promised where this is used; the last comes from the audit."""

QUICKEST = ("metric_value", "source_file", "quality_result")
"""The fewest that a release is made of."""

MONTHS = (1004.0, 1005.0, 1006.0)


def sum_of_months(added: float) -> float:
    """Give what the figures of a candidate add up to."""
    return sum(MONTHS) + len(MONTHS) * added


def write_candidate(path: Path, added: float = 0, marts: Sequence[str] = MARTS) -> Path:
    """Write a candidate with three figures, each shifted by `added`."""
    from tests.publishing.conftest import SHAPES

    path.unlink(missing_ok=True)
    with duckdb.connect(str(path), config={"threads": 1}) as connection:
        connection.execute("CREATE SCHEMA marts")
        for mart in set(marts) - {"quality_result"}:
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
    """Write the results of an audit that passed: one check, and the table of it."""
    folder.mkdir(parents=True)
    (folder / "quality.json").write_text(json.dumps({"outcome": "passed"}))
    write_results(folder / FILE)
    return folder


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
