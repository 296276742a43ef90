"""A site over marts of a few rows, whose columns are those of the contracts of the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb
import yaml

from publishing.scorecard.facts import ReleaseFacts
from publishing.scorecard.site import Site

CONTRACTS = Path(__file__).parents[3] / "dbt_project/models/marts"
FACTS = ReleaseFacts(
    "20261122T000000Z-x", datetime(2026, 11, 22, tzinfo=UTC), None, None, False, {}
)

Row = Mapping[str, object]


def site_of(release: Path, marts: Mapping[str, Sequence[Row]], facts: ReleaseFacts = FACTS) -> Site:
    """Return a site over the marts that are given, with their rows; claim and metric are there."""
    connection = duckdb.connect(str(release / "marts.duckdb"))
    connection.execute("CREATE SCHEMA marts")
    connection.execute('USE "marts".marts')
    connection.execute("BEGIN")  # one write to the disk, not one for each column and row
    for mart, rows in ({"claim": (), "metric": ()} | dict(marts)).items():
        columns = _columns(mart)
        shape = ", ".join(f"{name} {kind}" for name, kind, _ in columns)
        connection.execute(f"CREATE TABLE {mart} ({shape})")
        for name, _, meaning in columns:
            said = meaning.replace("'", "''")
            connection.execute(f"COMMENT ON COLUMN {mart}.{name} IS '{said}'")
        for row in rows:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            sql = f"INSERT INTO {mart} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
            connection.execute(sql, list(row.values()))
    connection.execute("COMMIT")
    return Site(connection, release, facts)


@cache
def _contracts() -> Mapping[str, Sequence[tuple[str, str, str]]]:
    found: dict[str, Sequence[tuple[str, str, str]]] = {}
    for path in sorted(CONTRACTS.glob("*.yml")):
        for model in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("models", ()):
            found[model["name"]] = [
                (column["name"], column["data_type"], column.get("description", ""))
                for column in model["columns"]
            ]
    return found


def _columns(mart: str) -> Sequence[tuple[str, str, str]]:
    return _contracts()[mart]
