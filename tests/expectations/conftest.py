"""A good candidate built once, and copies of it that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from expectations.dialect import read_only_url
from expectations.gate import look_into, run_suites
from expectations.suites import LoadedSuites, Suite, load_suites
from expectations.verdict import CheckResult

HERE = Path(__file__).resolve().parent
SUITES = HERE.parents[1] / "expectations" / "suites"
STAGED = {
    "observations": """
        SELECT 'r' AS return_id, 'l' AS layout_id, 't' AS table_id, 'month' AS period_type,
          DATE '2015-04-01' AS period_start, DATE '2015-04-30' AS period_end,
          'council' AS subject_type, '50' || i AS subject_code, 'Derby ' || i AS subject_name,
          'days' AS measure, '' AS breakdown, CAST(i AS DOUBLE) AS value,
          CAST(i AS VARCHAR) AS raw_text, 'reported' AS value_status, 'days' AS unit,
          false AS is_control_total,
          repeat('a', 64) AS source_sha256, 'Sheet' AS source_sheet,
          CAST(i + 1 AS INTEGER) AS source_row, 'C' AS source_column
        FROM range(2) AS t(i)""",
    "records": """
        SELECT 'r' AS return_id, 'l' AS layout_id, repeat('a', 64) AS source_sha256,
          CAST(i + 1 AS INTEGER) AS source_row FROM range(2) AS t(i)""",
}
"""Two good rows of a staging model, by the base that its suite takes over."""

Spoil = Callable[[str], Path]


@pytest.fixture(scope="session")
def suites_folder() -> Path:
    """The suites that ship."""
    return SUITES


@pytest.fixture(scope="session")
def suites() -> dict[str, Suite]:
    """The suites that ship, by name."""
    return load_suites(SUITES).suites


@pytest.fixture(scope="session")
def good_candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate that passes every suite. Never written to: copy it first."""
    path = tmp_path_factory.mktemp("good") / "candidate.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute((HERE / "good_candidate.sql").read_text(encoding="utf-8"))
        staged = [suite for suite in load_suites(SUITES).suites.values() if suite.is_staging]
        for suite in staged:
            connection.execute(f"CREATE TABLE {suite.table} AS {STAGED[suite.base]}")
        connection.execute(
            "CREATE TABLE staging.stg_source_file AS SELECT 'r' AS return_id, 'read' AS state, "
            "repeat('a', 64) AS source_sha256, CAST(2 AS BIGINT) AS observations"
        )
        connection.execute("CREATE SCHEMA lake")
        figures = " UNION ALL ".join(
            f"FROM {suite.table}" for suite in staged if suite.base == "observations"
        )
        connection.execute(f"CREATE VIEW lake.observation AS {figures}")
    return path


@pytest.fixture
def spoil(good_candidate: Path, tmp_path: Path) -> Spoil:
    """Copy the good candidate and run SQL on the copy."""

    def spoilt(sql: str) -> Path:
        copy = tmp_path / "spoilt.duckdb"
        shutil.copyfile(good_candidate, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute(sql)
        return copy

    return spoilt


@pytest.fixture(scope="session")
def run_suite() -> Callable[[Path, str, Suite], list[CheckResult]]:
    """Run one suite over one candidate."""

    def run(candidate: Path, name: str, suite: Suite) -> list[CheckResult]:
        url = read_only_url(candidate)
        contents = look_into(url, LoadedSuites({name: suite}, {}, {}))
        return run_suites(url, {name: suite}, contents)

    return run


@pytest.fixture(scope="session")
def run_check(good_candidate: Path, suites: dict[str, Suite]) -> Callable[..., CheckResult]:
    """Run one check over one candidate, taking for granted that its tables have rows."""
    always = {n: suite.model_copy(update={"needs_a_return": []}) for n, suite in suites.items()}
    contents = look_into(read_only_url(good_candidate), LoadedSuites(always, {}, {}))

    def run(candidate: Path, name: str, check: str) -> CheckResult:
        wanted = [c for c in suites[name].checks if c.name == check]
        only = always[name].model_copy(update={"checks": wanted, "checks_expected": 1})
        results = run_suites(read_only_url(candidate), {name: only}, contents)
        return next(result for result in results if result.check == check)

    return run
