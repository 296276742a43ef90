"""The gate: every suite over a candidate, and a verdict on whether it may be released."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from expectations.dialect import read_only_url
from expectations.known import (
    KNOWN_FILE,
    judged_by_known,
    load_known,
    may_go,
    queries_of,
    unknown_checks,
)
from expectations.masking import AS_PUBLISHED, keys_of, mask, write_private
from expectations.suites import STAGING, Emptiness, LoadedSuites, Severity, Suite, load_suites
from expectations.validation import Validator, open_validator
from expectations.verdict import (
    QUALITY_FILE,
    QUALITY_TABLE,
    Audited,
    CheckFailure,
    CheckOutcome,
    CheckResult,
    Verdict,
    WhyNot,
    judge,
    private_folder,
    write_quality,
    write_table,
)

__all__ = ["CheckFailure", "Verdict", "audit_candidate"]

Report = Callable[[str, int, int], None]

_RETURNS_READ = "SELECT DISTINCT return_id FROM marts.source_file WHERE state = 'read'"
_OF_NO_RETURN = frozenset(
    {f"{STAGING}stg_source_file", f"{STAGING}stg_file_period", "lake.source_file"}
)
_TABLES = """
    SELECT table_schema || '.' || table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1
"""
_CONTEXT = "SELECT compared_with, why_not, today FROM history.context"
_OPEN_RETURNS = "SELECT return_id FROM seeds.disclosure_returns WHERE profile_id = :profile"
_OF_THE_DAY = frozenset({"history.cadence"})
"""Tables whose checks say something else every day; a mart is the same whenever it is made."""
_DBT = "dbt tests"
_OUTCOMES: Mapping[str, CheckOutcome] = {
    "passed": "passed",
    "warned": "bad_data",
    "failed": "bad_data",
    "broken": "broken_check",
}


@dataclass(frozen=True)
class Contents:
    """What a candidate holds, seen before any suite runs."""

    tables: frozenset[str]
    rows: Mapping[str, int]
    """Rows of each table that a suite names and the candidate has."""
    returns: frozenset[str]
    """Returns of which at least one file was read."""
    open_returns: frozenset[str] = frozenset()
    """Returns whose figures are shown as they were published."""
    compared_with: str | None = None
    """The release that the candidate is compared with."""
    why_not: str = ""
    """Why it is compared with none."""
    today: date | None = None
    """The day of the run, as the candidate has it."""
    empty: Mapping[str, str] = field(default_factory=dict)
    """Each empty table → why that is right, or nothing where it is not."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Each table that cannot be read, such as one whose lake file is damaged → what was said."""


def audit_candidate(
    candidate: Path,
    suites: Path,
    results: Path,
    *,
    lake: Path | None = None,
    build_failures: Sequence[CheckFailure] = (),
    build_tests: Sequence[Mapping[str, Any]] = (),
    made_from: Mapping[str, Sequence[str]] | None = None,
    memory: str | None = None,
    report: Report | None = None,
) -> Verdict:
    """Run the suites of the folder `suites` over a candidate and write `results/quality.json`.

    `lake` is the folder that the candidate's views read from; nothing else is opened besides
    it. `build_tests` are all dbt tests as the build tells of them, `made_from` the tables that each
    table is made of; `build_failures` are failures without more. They count with the severity they
    carry. The candidate is opened read-only and is free again on return. `memory` is DuckDB's
    limit, such as `700MB`.

    Beside `quality.json` lies `quality_result.parquet`, and beside the folder, in a folder of its
    own that is never released, the rows that may not be shown. Raises `FileNotFoundError` when
    there is no candidate.
    """
    if not candidate.is_file():
        raise FileNotFoundError(candidate)
    started = time.perf_counter()
    _forget_peak()
    url = read_only_url(candidate, memory=memory, lake=lake)
    loaded = load_suites(suites)
    tested = sorted({table for test in build_tests for table in test["tables"]})
    contents = look_into(url, loaded, tested=tested, made_from=made_from or {})
    found = [
        *(_from_build(failure) for failure in build_failures),
        *(of_dbt(test, contents, loaded.suites) for test in build_tests),
        *_lost_suites(loaded, contents),
        *run_suites(url, loaded.suites, contents, report=report),
    ]
    found = _with_known(url, suites.parent / KNOWN_FILE, found, loaded, build_tests, contents)
    told = _told(url, found, loaded.suites, build_tests, contents, made_from or {})
    verdict = judge(told, results / QUALITY_FILE, time.perf_counter() - started)
    of_any_day = [result for result in told if result.table not in _OF_THE_DAY]
    write_table(of_any_day, results / QUALITY_TABLE)
    audited = Audited(candidate.name, _sha256(candidate), contents.compared_with, _peak_mb())
    write_quality(verdict, told, audited)
    write_private(found, private_folder(results))
    return verdict


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_peak() -> None:
    """Have the kernel count this process's most memory from now on, where it lets one ask."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> int:
    """The most memory that this process has had since; the kernel counts in KB."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def look_into(
    url: str,
    loaded: LoadedSuites,
    *,
    tested: Sequence[str] = (),
    made_from: Mapping[str, Sequence[str]] | None = None,
) -> Contents:
    """List the tables and the returns read, and count the rows of what the suites will look at.

    `tested` are tables that dbt's tests look at, `made_from` what each table is made of.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = frozenset(str(name) for (name,) in connection.execute(text(_TABLES)))
            found: Sequence[Any] = ()
            if "marts.source_file" in tables:
                found = connection.execute(text(_RETURNS_READ)).fetchall()
            returns = frozenset(str(name) for (name,) in found)
            wanted = [suite for suite in loaded.suites.values() if not _lacks_files(suite, returns)]
            named = {table for suite in wanted for table in (suite.table, *suite.reads)}
            rows, unreadable = _counts(connection, sorted(named & tables))
            compared_with, why_not, today = _context(connection, tables)
            contents = Contents(
                tables,
                rows,
                returns,
                _open_returns(connection, tables),
                compared_with,
                why_not,
                today,
                unreadable=unreadable,
            )
            emptiness = _Emptiness(connection, contents, loaded.may_be_empty, made_from or {})
            asked = {*named, *tested, *loaded.may_be_empty} & tables
            looked_at = sorted(asked - unreadable.keys())
            empty = {t: emptiness.why(t) for t in looked_at if emptiness.is_empty(t)}
            return replace(contents, empty=empty)
    finally:
        engine.dispose()


def _context(connection: Connection, tables: frozenset[str]) -> tuple[str | None, str, date | None]:
    """What the candidate is compared with, why not, and its day."""
    if "history.context" not in tables:
        return None, "the candidate has no history", None
    row = connection.execute(text(_CONTEXT)).fetchone()
    if row is None:
        return None, "the candidate does not say what it is compared with", None
    return row[0], str(row[1] or ""), row[2]


def _open_returns(connection: Connection, tables: frozenset[str]) -> frozenset[str]:
    if "seeds.disclosure_returns" not in tables:
        return frozenset()
    found = connection.execute(text(_OPEN_RETURNS), {"profile": AS_PUBLISHED}).fetchall()
    return frozenset(str(name) for (name,) in found)


class _Emptiness:
    """Tells which tables are empty, and why that is right.

    An empty table is right if its return has no file, or if what says so of it holds. Where nothing
    says so, it is right if one of the tables it is made of is rightly empty, unless that one lists
    what is left out. One that lost its rows in its own model is not.
    """

    def __init__(
        self,
        connection: Connection,
        contents: Contents,
        may_be_empty: Mapping[str, Emptiness],
        made_from: Mapping[str, Sequence[str]],
    ) -> None:
        self._connection = connection
        self._contents = contents
        self._may_be_empty = may_be_empty
        self._made_from = made_from
        self._has_rows: dict[str, bool] = {t: rows > 0 for t, rows in contents.rows.items()}

    def is_empty(self, table: str) -> bool:
        """Whether a table that is there has no row; one that cannot be read is not empty."""
        if table not in self._has_rows:
            one = text(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608  # names of the candidate's
            try:
                self._has_rows[table] = self._connection.execute(one).fetchone() is not None
            except SQLAlchemyError:
                self._has_rows[table] = True
        return not self._has_rows[table]

    def why(self, table: str) -> str:
        """Why an empty table is right; nothing where it is not."""
        return self._why(table, frozenset())

    def _why(self, table: str, seen: frozenset[str]) -> str:
        if declared := self._may_be_empty.get(table):
            return declared.says if self._holds(declared.when) else ""
        schema, _, name = table.partition(".")
        return_id = name.removeprefix("stg_")
        if schema in ("staging", "lake") and table not in _OF_NO_RETURN:
            is_read = return_id in self._contents.returns
            return "" if is_read else f"no file of {return_id} was read"
        for parent in self._made_from.get(table, ()):
            if parent in seen or parent not in self._contents.tables or not self.is_empty(parent):
                continue
            if parent in self._may_be_empty and not self._may_be_empty[parent].excuses:
                continue
            if why := self._why(parent, seen | {table}):
                return why
        return ""

    def _holds(self, when: str) -> bool:
        try:
            return self._connection.execute(text(when)).fetchone() is not None
        except SQLAlchemyError:
            return False


def _lacks_files(suite: Suite, returns: frozenset[str]) -> bool:
    """Whether a suite is about returns of which no file was read."""
    return bool(suite.needs_a_return) and returns.isdisjoint(suite.needs_a_return)


def _counts(connection: Connection, tables: Sequence[str]) -> tuple[dict[str, int], dict[str, str]]:
    """The rows of each table, and of one that cannot be read what was said."""
    rows, unreadable = {}, {}
    for table in tables:
        count = text(f"SELECT count(*) FROM {table}")  # noqa: S608  # strict names
        try:
            rows[table] = int(str(connection.execute(count).scalar_one()))
        except SQLAlchemyError as error:
            unreadable[table] = type(getattr(error, "orig", error)).__name__
    return rows, unreadable


def run_suites(
    url: str, suites: Mapping[str, Suite], contents: Contents, *, report: Report | None = None
) -> list[CheckResult]:
    """Run each suite; one that cannot run says why instead."""
    runnable = {n: s for n, s in suites.items() if not cannot_run(n, s, contents)}
    results = [r for n, s in suites.items() for r in cannot_run(n, s, contents)]
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
    rows = contents.rows[suite.table]
    yield _row_count(name, suite, rows)
    ran = 0
    for result in validator.validate(name, suite):
        ran += result.counts or result.why == "nothing_examined"
        yield result if result.examined is not None else replace(result, examined=rows)
    if ran != suite.checks_expected:
        said = f"{ran} checks ran, {suite.checks_expected} are pinned"
        yield _of_suite(name, suite, "missing_check", "every pinned check runs", said)


def cannot_run(name: str, suite: Suite, contents: Contents) -> list[CheckResult]:
    """Why a suite has nothing to work on; empty when it has."""
    absent = [t for t in (suite.table, *suite.reads) if t not in contents.tables]
    if absent:
        said = f"absent: {', '.join(absent)}"
        return [_of_suite(name, suite, "missing_check", "its tables are there", said)]
    did_not = f"{len(suite.checks)} checks did not run"
    broken = {t: why for t in (suite.table, *suite.reads) if (why := contents.unreadable.get(t))}
    if broken:
        listed = ", ".join(f"{table} ({why})" for table, why in broken.items())
        said = f"cannot be read: {listed}; {did_not}"
        return [_of_suite(name, suite, "broken_check", "its tables can be read", said)]
    if _lacks_files(suite, contents.returns):
        wanted = " or ".join(suite.needs_a_return)
        said = f"no file of {wanted} was read; {did_not}"
        # A warehouse seldom has every return; what a mart lacks for it is told by the mart's suite.
        severity: Severity = "block" if suite.is_staging else "warn"
        return [_not_applicable(name, suite, "no_return", "its return was read", said, severity)]
    if suite.needs_a_last_release and contents.compared_with is None:
        said = f"{contents.why_not}; {did_not}"
        told = "there is a release to compare with"
        severity = "block" if contents.why_not in _NOTHING_TO_COMPARE else "warn"
        return [_not_applicable(name, suite, "no_last_release", told, said, severity)]
    empty = [t for t in (suite.table, *suite.reads) if not contents.rows[t]]
    why = contents.empty.get(suite.table, "") if suite.empty_when else ""
    if empty == [suite.table] and why:
        said = f"empty, as {why}; {did_not}"
        return [_not_applicable(name, suite, "empty", "its tables have rows", said)]
    if empty:
        said = f"empty: {', '.join(empty)}"
        return [_of_suite(name, suite, "missing_check", "its tables have rows", said)]
    return []


_NOTHING_TO_COMPARE = frozenset({"look back", "first release"})
"""What a candidate rightly says that is compared with no release."""


def _not_applicable(
    name: str, suite: Suite, why: WhyNot, expected: str, detail: str, severity: Severity = "block"
) -> CheckResult:
    """A suite that has rightly nothing to work on."""
    return replace(_of_suite(name, suite, "not_applicable", expected, detail, severity), why=why)


def _of_suite(
    name: str,
    suite: Suite,
    outcome: CheckOutcome,
    expected: str,
    detail: str,
    severity: Severity = "block",
) -> CheckResult:
    """A finding about a suite that could be read: it has an owner, and marts that it guards."""
    told = _about_suite(name, suite.table, outcome, expected, detail, severity)
    return replace(told, owner=suite.owner, poisons=suite.poisons)


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
    for table in sorted(loaded.may_be_empty.keys() - audited):
        if table in contents.empty and not contents.empty[table]:
            said = "a table is empty only for the reason that the index gives"
            yield _about_suite(table, table, "missing_check", said, f"empty: {table}")
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
        owner=failure.owner,
        poisons=failure.poisons,
        outcome=failure.kind,
        unexpected_count=failure.unexpected_count,
        examples=failure.examples,
        detail=failure.detail,
        kind="dbt",
    )


def of_dbt(test: Mapping[str, Any], contents: Contents, suites: Mapping[str, Suite]) -> CheckResult:
    """A dbt test in the same shape as a check; it did not pass on tables without a row.

    Where one of its tables is empty and ought to have rows, a check is missing. What is rightly
    empty says nothing against the others: the test stands by these, and does not apply where none
    has a row. What the build does not know to be made of a staging model, its suite does.
    """
    tables = [str(table) for table in test["tables"]]
    staged = [suites.get(t.removeprefix(STAGING)) for t in tables if t.startswith(STAGING)]
    poisons = {*test["poisons"], *(mart for suite in staged if suite for mart in suite.poisons)}
    severity: Severity = "warn" if test["outcome"] == "warned" else "block"
    passed = CheckResult(
        suite=_DBT,
        table=tables[0] if len(tables) == 1 else test["node"],
        check=test["node"],
        column=None,
        expectation="dbt_test",
        expected=test["expected"],
        dimension=test["dimension"],
        severity=severity,
        owner=test["owner"],
        poisons=sorted(poisons),
        outcome=_OUTCOMES[test["outcome"]],
        unexpected_count=test["rows"],
        examples=test["examples"],
        detail="" if test["outcome"] == "passed" else test["message"],
        kind="dbt",
    )
    empty = [table for table in tables if table in contents.empty]
    if test["outcome"] != "passed" or not empty:
        return passed
    wrong = [table for table in empty if not contents.empty[table]]
    if wrong:
        return replace(passed, outcome="missing_check", detail=f"empty: {', '.join(wrong)}")
    if len(empty) < len(tables):
        return passed
    said = f"empty: {', '.join(tables)}; {contents.empty[tables[0]]}"
    return replace(passed, outcome="not_applicable", why="empty", detail=said)


def _with_known(
    url: str,
    path: Path,
    found: list[CheckResult],
    loaded: LoadedSuites,
    build_tests: Sequence[Mapping[str, Any]],
    contents: Contents,
) -> list[CheckResult]:
    """Mark the failures that are known, and tell which entries are wrong, or may go."""
    known = load_known(path)
    if isinstance(known, str):
        said = "the known failures can be read"
        return [*found, _about_suite("known_failures", "", "broken_check", said, known)]
    if not known:
        return found
    queries = queries_of(loaded.suites)
    queries |= {(_DBT, test["node"]): test["query"] for test in build_tests if test.get("query")}
    today = contents.today or datetime.now(UTC).date()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            judged = list(judged_by_known(found, known, queries, connection, today))
    finally:
        engine.dispose()
    said = "every known failure is of a check"
    for name in unknown_checks(known, loaded.suites, [test["node"] for test in build_tests]):
        judged.append(_about_suite(name, "", "missing_check", said, f"there is no check {name}"))
    for entry in may_go(found, known, contents.returns):
        told = _about_suite(
            entry.suite,
            "",
            "bad_data",
            f"{entry.check} still fails where it is listed as known",
            f"it passed: take it out of {KNOWN_FILE}",
            "warn",
        )
        judged.append(replace(told, check=f"known {entry.check}", owner=entry.owner))
    return judged


_SOURCES = "SELECT metric_id, source_returns FROM marts.metric"
_RETURNS_OF_FILES = "SELECT source_sha256, file_name, return_id FROM marts.source_file"


def _told(
    url: str,
    found: Sequence[CheckResult],
    suites: Mapping[str, Suite],
    build_tests: Sequence[Mapping[str, Any]],
    contents: Contents,
    made_from: Mapping[str, Sequence[str]],
) -> list[CheckResult]:
    """The results as they may be released, each with its returns and where its rows are."""
    tables_of: dict[tuple[str, str], Sequence[str]] = {
        (_DBT, test["node"]): test["tables"] for test in build_tests
    }
    leads = _leads_to_returns(url, contents)
    leading = leads.all
    fed = _fed_by(leads.metrics, made_from)
    told = []
    for result in found:
        suite = suites.get(result.suite)
        tables = tables_of.get((result.suite, result.check), ())
        if suite is not None and result.kind == "suite":
            tables = [suite.table, *suite.reads]
        of_check = _returns_of(suite, tables)
        masked = mask(result, tables, of_check or contents.returns, contents.open_returns)
        of_rows = {name for row in result.examples for name in _returns_in(row, leading)}
        told.append(
            replace(
                masked,
                poisons=sorted({*masked.poisons, *(m for t in tables for m in fed(t))}),
                return_ids=sorted({*of_check, *of_rows}),
                keys=keys_of(result.examples),
            )
        )
    return told


def _fed_by(
    metrics: Mapping[str, Sequence[str]], made_from: Mapping[str, Sequence[str]]
) -> Callable[[str], frozenset[str]]:
    """Tell the marts that a staging model feeds: by the models that read it, or by a metric.

    The metrics are read from the figures of all returns together, so no model says which.
    """
    used_by: dict[str, list[str]] = {}
    for table, parents in made_from.items():
        for parent in parents:
            used_by.setdefault(parent, []).append(table)
    of_metrics = {return_id for returns in metrics.values() for return_id in returns}

    def fed(table: str) -> frozenset[str]:
        if not table.startswith(STAGING) or table in _OF_NO_RETURN:
            return frozenset()
        found: set[str] = set()
        waiting = [table]
        if table.removeprefix(f"{STAGING}stg_") in of_metrics:
            waiting.append("marts.metric_value")
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(used_by.get(one, ()))
        return frozenset(t.removeprefix("marts.") for t in found if t.startswith("marts."))

    return fed


def _returns_of(suite: Suite | None, tables: Iterable[str]) -> list[str]:
    """The returns that a check is about, none where it is about all."""
    if suite is not None and suite.needs_a_return:
        return list(suite.needs_a_return)
    staged = {table for table in tables if table.startswith(STAGING)} - _OF_NO_RETURN
    return sorted(table.removeprefix(f"{STAGING}stg_") for table in staged)


@dataclass(frozen=True)
class _Leads:
    """What leads to returns: files by sha256 and by name, and metrics."""

    files: dict[str, list[str]] = field(default_factory=dict)
    metrics: dict[str, list[str]] = field(default_factory=dict)

    @property
    def all(self) -> Mapping[str, Sequence[str]]:
        """Both."""
        return {**self.metrics, **self.files}


def _leads_to_returns(url: str, contents: Contents) -> _Leads:
    """Read which returns the files and the metrics are of."""
    engine = create_engine(url)
    leads = _Leads()
    try:
        with engine.connect() as connection:
            if "marts.metric" in contents.tables:
                for metric_id, sources in connection.execute(text(_SOURCES)):
                    listed = str(sources or "").split(";")
                    leads.metrics[str(metric_id)] = [s.strip() for s in listed if s.strip()]
            if "marts.source_file" in contents.tables:
                for sha256, name, return_id in connection.execute(text(_RETURNS_OF_FILES)):
                    if return_id:
                        leads.files[str(sha256)] = leads.files[str(name)] = [str(return_id)]
    except SQLAlchemyError:  # a candidate that lacks these columns is told of by its suites
        return leads
    finally:
        engine.dispose()
    return leads


def _returns_in(row: Mapping[str, Any], leads: Mapping[str, Sequence[str]]) -> list[str]:
    """The returns that a row names, or is of."""
    if row.get("return_id"):
        return [str(row["return_id"])]
    for name in ("source_sha256", "file", "file_name", "metric_id"):
        if found := leads.get(str(row.get(name) or "")):
            return list(found)
    return []
