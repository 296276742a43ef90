"""Every dbt test of the project can fail: each is shown the one fault it is there to catch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from dbt_project.build import PROJECT, BuildResult

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
