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
    contents = look_into(read_only_url(good_candidate), LoadedSuites(suites, {}, {}))

    def run(candidate: Path, name: str, check: str) -> CheckResult:
        wanted = [c for c in suites[name].checks if c.name == check]
        only = suites[name].model_copy(update={"checks": wanted, "checks_expected": 1})
        results = run_suites(read_only_url(candidate), {name: only}, contents)
        return next(result for result in results if result.check == check)

    return run
