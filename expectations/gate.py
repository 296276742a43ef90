"""The gate: every suite over a candidate, and a verdict on whether it may be released."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from expectations.dialect import read_only_url
from expectations.suites import STAGING, LoadedSuites, Severity, Suite, load_suites
from expectations.validation import Validator, open_validator
from expectations.verdict import (
    QUALITY_FILE,
    CheckFailure,
    CheckOutcome,
    CheckResult,
    Verdict,
    judge,
    write_quality,
)

__all__ = ["CheckFailure", "Verdict", "audit_candidate"]

Report = Callable[[str, int, int], None]

_RETURNS_READ = "SELECT DISTINCT return_id FROM marts.source_file WHERE state = 'read'"
_OF_NO_RETURN = frozenset({f"{STAGING}stg_source_file", f"{STAGING}stg_file_period"})
_TABLES = """
    SELECT table_schema || '.' || table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1
"""


@dataclass(frozen=True)
class Contents:
    """What a candidate holds, seen before any suite runs."""

    tables: frozenset[str]
    rows: Mapping[str, int]
    """Rows of each table that a suite names and the candidate has."""
    returns: frozenset[str]
    """Returns of which at least one file was read."""


def audit_candidate(
    candidate: Path,
    suites: Path,
    results: Path,
    *,
    lake: Path | None = None,
    build_failures: Sequence[CheckFailure] = (),
    memory: str | None = None,
    report: Report | None = None,
) -> Verdict:
    """Run the suites of the folder `suites` over a candidate and write `results/quality.json`.

    `lake` is the folder that the candidate's views read from; nothing else is opened besides
    it. `build_failures` are failed dbt tests; they count with the severity they carry. The
    candidate is opened read-only and is free again on return. `memory` is DuckDB's limit, such as
    `700MB`. Raises `FileNotFoundError` when there is no candidate.
    """
    if not candidate.is_file():
        raise FileNotFoundError(candidate)
    started = time.perf_counter()
    url = read_only_url(candidate, memory=memory, lake=lake)
    loaded = load_suites(suites)
    contents = look_into(url, loaded)
    found = [
        *(_from_build(failure) for failure in build_failures),
        *_lost_suites(loaded, contents),
        *run_suites(url, loaded.suites, contents, report=report),
    ]
    verdict = judge(found, results / QUALITY_FILE, time.perf_counter() - started)
    write_quality(verdict, found, candidate.name)
    return verdict


def look_into(url: str, loaded: LoadedSuites) -> Contents:
    """List the tables and the returns read, and count the rows of what the suites will look at."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = frozenset(str(name) for (name,) in connection.execute(text(_TABLES)))
            has_files = "marts.source_file" in tables
            found = connection.execute(text(_RETURNS_READ)).fetchall() if has_files else []
            returns = frozenset(str(name) for (name,) in found)
            wanted = [suite for suite in loaded.suites.values() if not _lacks_files(suite, returns)]
            named = {table for suite in wanted for table in (suite.table, *suite.reads)}
            rows = {table: _count(connection, table) for table in sorted(named & tables)}
            return Contents(tables, rows, returns)
    finally:
        engine.dispose()


def _lacks_files(suite: Suite, returns: frozenset[str]) -> bool:
    """Whether a suite is about returns of which no file was read."""
    return bool(suite.needs_a_return) and returns.isdisjoint(suite.needs_a_return)


def _count(connection: Connection, table: str) -> int:
    counted = connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  # strict names
    return int(str(counted.scalar_one()))


def run_suites(
    url: str, suites: Mapping[str, Suite], contents: Contents, *, report: Report | None = None
) -> list[CheckResult]:
    """Run each suite; one that cannot run says why instead."""
    runnable = {n: s for n, s in suites.items() if not _cannot_run(n, s, contents)}
    results = [r for n, s in suites.items() for r in _cannot_run(n, s, contents)]
    if not runnable:
        return results
    with open_validator(url) as validator:
        for done, (name, suite) in enumerate(runnable.items()):
            if report is not None:
                report(f"audit {name}", done, len(runnable))
            results.extend(_run_suite(validator, name, suite, contents))
        if report is not None:
            report("audit", len(runnable), len(runnable))
    return results


def _run_suite(
    validator: Validator, name: str, suite: Suite, contents: Contents
) -> Iterator[CheckResult]:
    """The suite's row count, its checks, and a missing check when fewer or more ran."""
    yield _row_count(name, suite, contents.rows[suite.table])
    ran = 0
    for result in validator.validate(name, suite):
        ran += result.counts
        yield result
    if ran != suite.checks_expected:
        said = f"{ran} checks ran, {suite.checks_expected} are pinned"
        yield _about_suite(name, suite.table, "missing_check", "every pinned check runs", said)


def _cannot_run(name: str, suite: Suite, contents: Contents) -> list[CheckResult]:
    """Why a suite has nothing to work on; empty when it has."""
    absent = [t for t in (suite.table, *suite.reads) if t not in contents.tables]
    if absent:
        said = f"absent: {', '.join(absent)}"
        return [_about_suite(name, suite.table, "missing_check", "its tables are there", said)]
    if _lacks_files(suite, contents.returns):
        wanted = " or ".join(suite.needs_a_return)
        said = f"no file of {wanted} was read; {len(suite.checks)} checks did not run"
        # A warehouse seldom has every return; what a mart lacks for it is told by the mart's suite.
        severity: Severity = "block" if suite.is_staging else "warn"
        return [
            _about_suite(name, suite.table, "not_applicable", "its return was read", said, severity)
        ]
    needed = [suite.table, *suite.reads] if suite.rows else suite.reads
    empty = [t for t in needed if not contents.rows[t]]
    if empty:
        said = f"empty: {', '.join(empty)}"
        return [_about_suite(name, suite.table, "missing_check", "its tables have rows", said)]
    return []


def _lost_suites(loaded: LoadedSuites, contents: Contents) -> Iterator[CheckResult]:
    """Suites that are absent, unlisted or unreadable, and marts that no suite looks at."""
    for name, why in loaded.missing.items():
        yield _about_suite(name, "", "missing_check", "the suite is there", why)
    for name, why in loaded.unreadable.items():
        yield _about_suite(name, "", "broken_check", "the suite can be read", why)
    audited = {suite.table for suite in loaded.suites.values()}
    for table in sorted(contents.tables - audited):
        if table.startswith("marts."):
            yield _about_suite(table, table, "missing_check", "every mart has a suite", "no suite")
        elif table.startswith(STAGING) and table not in _OF_NO_RETURN:
            said = "the staging model of every return has a suite"
            yield _about_suite(table, table, "missing_check", said, "no suite")
    staged = {table for table in contents.tables if table.startswith(STAGING)}
    for return_id in sorted(contents.returns if staged else ()):
        table = f"{STAGING}stg_{return_id}"
        if table not in staged:
            said = "every return that was read has a staging model"
            yield _about_suite(table, table, "missing_check", said, "no staging model")


def _row_count(name: str, suite: Suite, rows: int) -> CheckResult:
    outcome: CheckOutcome = "passed" if rows >= suite.rows else "bad_data"
    return CheckResult(
        suite=name,
        table=suite.table,
        check="row_count",
        column=None,
        expectation="row_count",
        expected=f"at least {suite.rows} rows",
        dimension="completeness",
        severity="block",
        owner=suite.owner,
        poisons=suite.poisons,
        outcome=outcome,
        observed=rows,
    )


def _about_suite(
    name: str,
    table: str,
    outcome: CheckOutcome,
    expected: str,
    detail: str,
    severity: Severity = "block",
) -> CheckResult:
    """A finding about a suite itself, not about the data."""
    return CheckResult(
        suite=name,
        table=table,
        check="suite",
        column=None,
        expectation="suite",
        expected=expected,
        dimension="completeness",
        severity=severity,
        owner="",
        poisons=(),
        outcome=outcome,
        detail=detail,
    )


def _from_build(failure: CheckFailure) -> CheckResult:
    """A failed dbt test in the same shape as a check."""
    return CheckResult(
        suite=failure.suite,
        table=failure.table,
        check=failure.check,
        column=failure.column,
        expectation="dbt_test",
        expected=failure.expected,
        dimension="validity",
        severity=failure.severity,
        owner="",
        poisons=(),
        outcome=failure.kind,
        unexpected_count=failure.unexpected_count,
        examples=failure.examples,
        detail=failure.detail,
    )
