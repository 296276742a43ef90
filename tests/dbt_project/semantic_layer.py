"""MetricFlow over one DuckDB file, without its command line: it words the SQL, DuckDB runs it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from dbt_project import build as build_step
from dbt_project.build import PROJECT
from dbt_project.parsed import parsed_project

NAMED = re.compile(r"(council|region|england|trust)_(\w+)_by_(month|quarter|year)")
"""A metric of figures: level, metric of the mart, length of the period."""

LEVELS = {
    "council": ("council", "current"),
    "region": ("region", "current"),
    "england": ("country", "as_reported"),
    "trust": ("trust", "as_reported"),
}
PERIODS = {"month": "month", "quarter": "quarter", "year": "financial_year"}


@dataclass(frozen=True)
class Asked:
    """The semantic layer of a DuckDB file, to be asked."""

    connection: duckdb.DuckDBPyConnection
    engine: MetricFlowEngine
    manifest: Any

    def sql(self, *metrics: str, by: Sequence[str] = (), where: str = "") -> str:
        """Word the SQL of metrics by dimensions and entities."""
        request = MetricFlowQueryRequest.create(
            metric_names=metrics,
            group_by_names=by,
            where_constraints=[where] if where else None,
        )
        return str(self.engine.explain(request).sql_statement.sql)

    def rows(self, *metrics: str, by: Sequence[str] = (), where: str = "") -> list[tuple[Any, ...]]:
        """Give the rows of metrics: what they are grouped by, then the metrics."""
        return self.connection.execute(self.sql(*metrics, by=by, where=where)).fetchall()

    def saved(self, name: str, order: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """Give the rows of a saved query."""
        request = MetricFlowQueryRequest.create(saved_query_name=name, order_by_names=order or None)
        sql = self.engine.explain(request).sql_statement.sql
        return self.connection.execute(str(sql)).fetchall()


def semantic_layer(
    connection: duckdb.DuckDBPyConnection, database: str, kept: Path, work: Path
) -> Asked:
    """Set MetricFlow over an open DuckDB file, with the project as the build kept it."""
    manifest = parsed_project(PROJECT, kept, database, lambda: _parsed(database, work))
    written = work / "semantic_manifest.json"
    SemanticManifest(manifest).write_json_to_file(str(written))
    semantics = parse_manifest_from_dbt_generated_manifest(written.read_text())
    client: Any = SimpleNamespace(
        sql_engine_type=SqlEngine.DUCKDB, sql_plan_renderer=DuckDbSqlPlanRenderer()
    )
    engine = MetricFlowEngine(SemanticManifestLookup(semantics), client)
    return Asked(connection, engine, manifest)


def _parsed(database: str, work: Path) -> Any:
    """Parse the project, where another build has put its own in the place of the kept one."""
    options = build_step._options(work / f"{database}.duckdb", work, "500MB", None)
    return build_step._invoke(dbtRunner(), "parse", options).result


def released(
    connection: duckdb.DuckDBPyConnection, level: str, metric: str, period: str
) -> dict[tuple[Any, str], float | None]:
    """Give the mart's own figures of a metric: (first day, area) → value."""
    area_type, boundary = LEVELS[level]
    rows = connection.execute(
        "select figure.period_start, figure.area_code, figure.value "
        "from marts.metric_value as figure inner join marts.area using (area_code) "
        "where figure.metric_id = ? and area.area_type = ? and figure.boundary = ? "
        "and figure.period_type = ?",
        [metric, area_type, boundary, PERIODS[period]],
    ).fetchall()
    return {(start, area): value for start, area, value in rows}
