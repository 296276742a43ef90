"""Every dbt test of the project can fail: each is shown the one fault it is there to catch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import duckdb
import pytest
import yaml

from dbt_project.build import PROJECT, BuildResult
from expectations.dialect import read_only_url
from expectations.gate import Contents, look_into, of_dbt
from expectations.suites import STAGING, Dimension, load_suites
from tests.dbt_project.rebuilt import Recipe

FAULTS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("faults.yml").read_text())


@pytest.fixture(scope="module")
def doctored(
    built: BuildResult, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writable copy of the candidate, under the name that its views and tests know it by."""
    copy = tmp_path_factory.mktemp("doctored") / "copy.duckdb"
    shutil.copy(built.path, copy)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy}' as \"{built.path.stem}\"")
        connection.execute(f'use "{built.path.stem}"')
        yield connection


def compiled(built: BuildResult, name: str) -> str:
    """The SQL that dbt ran for a test."""
    folder = built.path.with_name(f"{built.path.stem}.dbt") / "target" / "compiled" / "joinedup"
    (found,) = [path for path in folder.rglob(f"{name}.sql") if path.is_file()]
    return found.read_text()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_check_finds_its_fault(
    built: BuildResult, doctored: duckdb.DuckDBPyConnection, name: str
) -> None:
    """Given a candidate with one fault, when the check's query runs, then it finds more rows."""
    query = compiled(built, name)
    before = len(doctored.execute(query).fetchall())
    doctored.execute("begin")
    try:
        doctored.execute(FAULTS[name])
        after = len(doctored.execute(query).fetchall())
    finally:
        doctored.execute("rollback")
    assert after > before


def test_every_check_has_a_fault() -> None:
    """Given the project's tests, then each one, and each kind of generic test, has a fault here."""
    singular = {path.stem for path in (PROJECT / "tests").glob("*.sql")}
    generic = {path.stem for path in (PROJECT / "tests" / "generic").glob("*.sql")}
    shown = {name for name in FAULTS if not name.endswith("*")}
    assert shown == singular
    kinds = {name for name in FAULTS if name.endswith("*")}
    assert {kind for kind in generic if any(name.startswith(kind) for name in kinds)} == generic


def test_every_check_says_what_it_is_about(built: BuildResult) -> None:
    """Given the project's tests, then each has a dimension, an owner, its tables and its marts.

    What staging models feed is said by their suites, since they are read by return, and a seed may
    be there for a test alone. A test of the project's own says its dimension itself.
    """
    names = {path.stem for path in (PROJECT / "tests").glob("*.sql")}
    of_data = [test for test in built.tests if test.tables]
    assert names <= {test.node for test in of_data}
    assert {test.dimension for test in of_data} <= set(get_args(Dimension))
    assert all(test.owner for test in of_data)
    without = {t.tables[0] for t in of_data if not t.poisons}
    assert {table for table in without if not table.startswith((STAGING, "seeds."))} == set()
    told = yaml.safe_load((PROJECT / "tests" / "singular.yml").read_text())["data_tests"]
    assert {one["name"]: one["config"]["meta"]["dimension"] for one in told} == {
        test.node: test.dimension for test in of_data if test.node in names
    }


def test_no_check_passes_on_an_empty_table(
    recipe: Recipe, empty_lake: Path, tmp_path: Path
) -> None:
    """Given a warehouse of no file at all, then only tests of tables with rows have passed."""
    built = recipe.rebuild(empty_lake, tmp_path)
    tables = sorted({table for test in built.tests for table in test.tables})
    loaded = load_suites(PROJECT.parent / "expectations" / "suites")
    url = read_only_url(built.path, lake=empty_lake)
    contents = look_into(url, loaded, tested=tables, made_from=built.made_from)
    with duckdb.connect(str(built.path), read_only=True) as connection:
        has_rows = {t: bool(connection.table(t).limit(1).fetchall()) for t in tables}
    results = {test.node: of_dbt(vars(test), contents, loaded.suites) for test in built.tests}
    on_nothing = {
        t.node for t in built.tests if t.tables and not any(has_rows[n] for n in t.tables)
    }
    assert len(on_nothing) > 100
    for name, result in results.items():
        assert not (result.outcome == "passed" and name in on_nothing), name


def test_each_check_alone_does_not_pass_on_empty_tables(built: BuildResult) -> None:
    """Given any one of the tests, and its tables empty with or without reason, then it is told."""
    suites = load_suites(PROJECT.parent / "expectations" / "suites").suites
    for test in built.tests:
        for why, outcome in (("", "missing_check"), ("so it is", "not_applicable")):
            empty = Contents(frozenset(), {}, frozenset(), empty=dict.fromkeys(test.tables, why))
            result = of_dbt({**vars(test), "outcome": "passed"}, empty, suites)
            assert result.outcome == (outcome if test.tables else "passed"), test.node
