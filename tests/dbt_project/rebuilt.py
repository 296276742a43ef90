"""Candidates of other lakes, from the SQL that dbt ran for one: seconds in place of its twenty.

dbt reads the project, writes its SQL and works out the order, and does so the same for every lake.
What it wrote for one candidate is kept here as a recipe, and run again, straight in DuckDB.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from dbt_project import build as build_step
from dbt_project.build import BuildResult, build_candidate, lay_foundation, settle

MEMORY = "500MB"
_SHUFFLED = "select * from ({}) as made order by hash(made)"
_RAN_AS = {"model": {"table", "view"}, "seed": {"seed"}, "test": {"test"}}


class NoRecipeError(Exception):
    """What dbt ran cannot be run again without it: the message says which node, and why."""


@dataclass(frozen=True)
class Node:
    """A seed, model or data test, as far as making it again and telling of it needs.

    `description` is what a test expects, in words. The four after it are dbt's settings of a test:
    what it counts, and when the count is a failure, or a warning. The rest is named as dbt has it:
    what a node reads, the node that a generic test is about, and the tags of a test.
    """

    unique_id: str
    name: str
    resource_type: str
    relation: str
    materialized: str
    compiled_code: str
    description: str = ""
    severity: str = ""
    fail_calc: str = ""
    error_if: str = ""
    warn_if: str = ""
    schema: str = ""
    alias: str = ""
    reads: tuple[str, ...] = ()
    attached_node: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)

    @property
    def depends_on(self) -> SimpleNamespace:
        """What the node reads, where dbt has it."""
        return SimpleNamespace(nodes=self.reads)

    @property
    def config(self) -> SimpleNamespace:
        """The tags of a test, where dbt has them."""
        return SimpleNamespace(meta=self.meta)


@dataclass(frozen=True)
class Recipe:
    """What dbt ran for one candidate, in its order, and that candidate with its seeds."""

    candidate: Path
    built: tuple[Node, ...]
    tests: tuple[Node, ...]

    def sql(self, name: str) -> str:
        """Return the SQL of the model or test of this name."""
        (found,) = [node for node in (*self.built, *self.tests) if node.name == name]
        return found.compiled_code

    def rebuild(
        self,
        lake: Path,
        folder: Path,
        *,
        seeds_changed: str = "",
        memory: str = MEMORY,
        is_shuffled: bool = False,
    ) -> BuildResult:
        """Make the candidate of another lake in a folder, under the name that the SQL has for it.

        Seeds are those of the first candidate, then changed by the statement `seeds_changed`. Where
        it `is_shuffled`, every seed and table gets its rows in another order.
        The models and tests are all of the project's; its unit tests, which are about the SQL and
        not about the lake, are not run.
        """
        started = time.monotonic()
        candidate = folder / self.candidate.name
        lay_foundation(lake, candidate, memory=memory)
        with duckdb.connect(str(candidate), config={"memory_limit": memory}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set checkpoint_threshold = '2GB'")
            connection.execute(f"attach '{self.candidate}' as first (read_only)")
            connection.begin()
            self._make_all(connection, seeds_changed, _SHUFFLED if is_shuffled else "{}")
            connection.commit()
            connection.execute("detach first")
            tested = [_tested(connection, node) for node in self.tests]
        settle(candidate)
        examples = build_step._examples(candidate, tested, memory)
        built = [SimpleNamespace(node=node) for node in self.built]
        return build_step._result(candidate, built, tested, examples, time.monotonic() - started)

    def _make_all(
        self, connection: duckdb.DuckDBPyConnection, seeds_changed: str, ordered: str
    ) -> None:
        """Make seeds, then models. A table is made as it was, and filled anew."""
        tables = dict(
            connection.execute(
                "select schema_name || '.' || table_name, sql from duckdb_tables() "
                "where database_name = 'first'"
            ).fetchall()
        )
        for schema in sorted({node.relation.split(".")[0] for node in self.built}):
            connection.execute(f"create schema {schema}")
        seeds = [node for node in self.built if node.resource_type == "seed"]
        for node in seeds:
            connection.execute(tables[node.relation])
            given = ordered.format(f"from first.{node.relation}")
            connection.execute(f"insert into {node.relation} {given}")
        if seeds_changed:
            (count,) = connection.execute(seeds_changed).fetchone() or (0,)
            assert count, f"no seed was changed by: {seeds_changed}"
        for node in self.built:
            if node.materialized == "view":
                connection.execute(f"create view {node.relation} as {node.compiled_code}")
            elif node.materialized == "table":
                connection.execute(tables[node.relation])
                rows = ordered.format(node.compiled_code)
                connection.execute(f"insert into {node.relation} by name ({rows})")


def build_and_record(lake: Path, candidate: Path, **options: Any) -> tuple[BuildResult, Recipe]:
    """Build a candidate through dbt, and note what dbt ran."""
    ran: list[tuple[list[Any], list[Any]]] = []
    run_dbt = build_step._run_dbt

    def noted(*arguments: Any, **named: Any) -> tuple[list[Any], list[Any]]:
        ran.append(run_dbt(*arguments, **named))
        return ran[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_step, "_run_dbt", noted)
        result = build_candidate(
            lake, candidate, memory=MEMORY, parsed=Path(os.environ["JOINEDUP_PARSED"]), **options
        )
    ((built, tested),) = ran
    return result, recipe_of(candidate, [r.node for r in built], [r.node for r in tested])


def recipe_of(candidate: Path, built: Sequence[Any], tested: Sequence[Any]) -> Recipe:
    """Keep dbt's nodes, in the order in which they ran.

    Raises `NoRecipeError` for one whose SQL is not there, or is not all that dbt did for it.
    """
    of_data = [node for node in tested if node.resource_type != "unit_test"]
    return Recipe(
        candidate,
        tuple(_node(candidate, node) for node in built),
        tuple(_node(candidate, node) for node in of_data),
    )


def _node(candidate: Path, node: Any) -> Node:
    kind, config = str(node.resource_type), node.config
    if config.materialized not in _RAN_AS.get(kind, set()):
        raise NoRecipeError(f"{node.name} is a {kind} that dbt makes as {config.materialized}")
    code = str(getattr(node, "compiled_code", None) or "")
    if not code and kind != "seed":
        raise NoRecipeError(f"dbt left no SQL of {node.name}")
    if str(candidate.parent) in code:
        raise NoRecipeError(f"the SQL of {node.name} names a folder: it is of one candidate only")
    others = set(re.findall(r'"([^"]+)"\."\w+"\."\w+"', code)) - {candidate.stem}
    if others:
        raise NoRecipeError(f"the SQL of {node.name} names other databases: {sorted(others)}")
    if getattr(config, "pre_hook", None) or getattr(config, "post_hook", None):
        raise NoRecipeError(f"{node.name} has hooks, which are not part of its SQL")
    made = Node(
        node.unique_id,
        node.name,
        kind,
        f"{node.schema}.{node.alias}",
        config.materialized,
        code,
        schema=node.schema,
        alias=node.alias,
        reads=() if kind == "seed" else tuple(node.depends_on.nodes),
        attached_node=str(getattr(node, "attached_node", None) or ""),
    )
    if kind != "test":
        return made
    return replace(
        made,
        description=build_step._words(node),
        severity=str(config.severity).lower(),
        fail_calc=config.fail_calc,
        error_if=config.error_if,
        warn_if=config.warn_if,
        meta=dict(zip(("dimension", "owner"), build_step._tags(node), strict=True)),
    )


def _tested(connection: duckdb.DuckDBPyConnection, node: Node) -> SimpleNamespace:
    """Judge a test as dbt does, and say it in its words."""
    query = (
        f"select {node.fail_calc}, {node.fail_calc} {node.error_if}, "  # noqa: S608 - dbt's own
        f"{node.fail_calc} {node.warn_if} from (\n{node.compiled_code}\n)"
    )
    try:
        found, is_error, is_warning = connection.execute(query).fetchone() or (0, False, False)
    except duckdb.Error as error:
        return SimpleNamespace(node=node, status="error", message=str(error), failures=None)
    counted = f"Got {found} result" + ("" if found == 1 else "s")
    status, message = "pass", None
    if is_error and node.severity == "error":
        status, message = "fail", f"{counted}, configured to fail if {node.error_if}"
    elif is_warning:
        status, message = "warn", f"{counted}, configured to warn if {node.warn_if}"
    return SimpleNamespace(node=node, status=status, message=message, failures=found)


_COLUMNS = """
    select schema_name, table_name, column_name, data_type, is_nullable from duckdb_columns()
    where database_name = ? and schema_name <> 'lake'
    order by schema_name, table_name, column_index
"""

_VIEWS = """
    select schema_name, view_name, sql from duckdb_views()
    where database_name = ? and schema_name <> 'lake' order by all
"""


def assert_same(one: BuildResult, other: BuildResult) -> None:
    """Hold two candidates against each other: tables, views, and what was told of them."""
    assert replace(one, path=other.path, seconds=other.seconds) == other
    with duckdb.connect() as both:
        both.execute(f"attach '{one.path}' as one (read_only)")
        both.execute(f"attach '{other.path}' as other (read_only)")
        for listed in (_COLUMNS, _VIEWS):
            first, second = (both.execute(listed, [name]).fetchall() for name in ("one", "other"))
            assert first == second
        tables = both.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'one'"
        ).fetchall()
        assert len(tables) > one.seeds
        for (table,) in tables:
            for left, right in (("one", "other"), ("other", "one")):
                query = f"from {left}.{table} except all from {right}.{table}"
                assert both.execute(query).fetchall() == [], table
