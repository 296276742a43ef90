"""What an audit says: each check's result, the verdict, and `quality.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import duckdb

from expectations.suites import Severity

Outcome = Literal["passed", "bad_data", "broken_check", "missing_check"]
CheckOutcome = Literal["passed", "bad_data", "broken_check", "missing_check", "not_applicable"]

CheckKind = Literal["suite", "dbt", "reconciliation"]
WhyNot = Literal["", "no_return", "empty", "nothing_examined", "no_last_release"]

QUALITY_FILE = "quality.json"
QUALITY_TABLE = "quality_result.parquet"
"""The same without examples and times, for readers of the marts: mart `quality_result`."""


def private_folder(results: Path) -> Path:
    """Where the rows lie that may not be released, for a folder of results."""
    return results.with_name(f"{results.name}-private")


@dataclass(frozen=True)
class CheckFailure:
    """A check that did not pass. `table` is `schema.table`, or a dbt node's name."""

    suite: str
    table: str
    expected: str
    """What was expected, in words."""
    check: str = ""
    column: str | None = None
    severity: Severity = "block"
    kind: CheckOutcome = "bad_data"
    unexpected_count: int | None = None
    examples: Sequence[Mapping[str, Any]] = ()
    detail: str = ""
    """What the tool said, for a check that broke or is missing."""
    return_ids: Sequence[str] = ()
    keys: Sequence[str] = ()
    is_known: bool = False
    owner: str = ""
    poisons: Sequence[str] = ()


@dataclass(frozen=True)
class CheckResult:
    """One check as it ran; `quality.json` holds one for each."""

    suite: str
    table: str
    check: str
    column: str | None
    expectation: str
    expected: str
    dimension: str
    severity: Severity
    owner: str
    poisons: Sequence[str]
    outcome: CheckOutcome
    observed: Any = None
    unexpected_count: int | None = None
    examples: Sequence[Mapping[str, Any]] = ()
    detail: str = ""
    seconds: float = 0.0
    return_ids: Sequence[str] = ()
    """Returns that the check is about; none for a check of all."""
    keys: Sequence[str] = ()
    """Where the first rows that failed are: area, period, cell. Never a value."""
    is_known: bool = False
    """Whether all that failed is listed as known, with owner, reason and expiry."""
    known_until: date | None = None
    examined: int | None = None
    """Rows that the check looked at; None where that was not counted."""
    kind: CheckKind = "suite"
    why: WhyNot = ""
    """Why a check does not apply."""

    @property
    def counts(self) -> bool:
        """Whether something was actually tested."""
        return self.outcome in {"passed", "bad_data", "broken_check"}

    @property
    def blocks(self) -> bool:
        """A check that broke or is missing blocks whatever its severity: nothing was shown."""
        if self.outcome == "bad_data":
            return self.severity == "block" and not self.is_known
        return self.outcome in {"broken_check", "missing_check"}

    @property
    def warns(self) -> bool:
        """Bad data that a reader should know of, or checks that had nothing to work on."""
        if self.outcome == "bad_data":
            return not self.blocks
        return self.outcome == "not_applicable" and self.severity == "warn"

    def failure(self) -> CheckFailure:
        """The same as a failure to hand on."""
        return CheckFailure(
            suite=self.suite,
            table=self.table,
            expected=self.expected,
            check=self.check,
            column=self.column,
            severity=self.severity,
            kind=self.outcome,
            unexpected_count=self.unexpected_count,
            examples=self.examples,
            detail=self.detail,
            return_ids=self.return_ids,
            keys=self.keys,
            is_known=self.is_known,
            owner=self.owner,
            poisons=self.poisons,
        )


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate may be released, and why not.

    `checks_run` counts checks that tested something; `failed` those that block, `warned` those
    that do not. `outcome` is the gravest kind: a missing check before a broken one before bad data.
    """

    outcome: Outcome
    checks_run: int
    passed: int
    failed: int
    warned: int
    failures: Sequence[CheckFailure]
    """Everything that did not pass, what blocks first."""
    quality: Path
    seconds: float = 0.0
    by_kind: Mapping[str, int] = field(default_factory=dict)

    @property
    def may_release(self) -> bool:
        """Only `passed` is released; warnings travel with the release."""
        return self.outcome == "passed"


def judge(results: Sequence[CheckResult], quality: Path, seconds: float) -> Verdict:
    """Turn results into a verdict. No results at all are a missing check."""
    blocking = [r for r in results if r.blocks]
    warning = [r for r in results if r.warns]
    return Verdict(
        outcome=_gravest(results, blocking),
        checks_run=sum(r.counts for r in results),
        passed=sum(r.outcome == "passed" for r in results),
        failed=len(blocking),
        warned=len(warning),
        failures=[r.failure() for r in (*blocking, *warning)],
        quality=quality,
        seconds=round(seconds, 3),
        by_kind={kind: sum(r.outcome == kind for r in blocking) for kind in _GRAVEST_FIRST},
    )


_GRAVEST_FIRST: tuple[Outcome, ...] = ("missing_check", "broken_check", "bad_data")


def _gravest(results: Sequence[CheckResult], blocking: Sequence[CheckResult]) -> Outcome:
    if not any(result.counts for result in results):
        return "missing_check"
    for kind in _GRAVEST_FIRST:
        if any(result.outcome == kind for result in blocking):
            return kind
    return "passed"


@dataclass(frozen=True)
class Audited:
    """What was audited, and at what cost."""

    candidate: str
    """The file's name."""
    sha256: str
    """Of the file, after the last check: what is released must be this."""
    compared_with: str | None
    """The release whose figures the candidate was compared with."""
    peak_mb: int
    """The most memory that the process had meanwhile, in MB."""


def write_quality(verdict: Verdict, results: Sequence[CheckResult], audited: Audited) -> None:
    """Write every check's result as JSON, the summary first."""
    document = {
        "candidate": audited.candidate,
        "candidate_sha256": audited.sha256,
        "release_compared_with": audited.compared_with,
        "outcome": verdict.outcome,
        "checks_run": verdict.checks_run,
        "passed": verdict.passed,
        "failed": verdict.failed,
        "warned": verdict.warned,
        "blocking_by_kind": dict(verdict.by_kind),
        "seconds": verdict.seconds,
        "peak_mb": audited.peak_mb,
        "checks": [asdict(result) for result in results],
    }
    verdict.quality.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False, default=str)
    verdict.quality.write_text(text + "\n", encoding="utf-8")


TABLE_COLUMNS: Sequence[tuple[str, str]] = (
    ("suite", "VARCHAR"),
    ("check_name", "VARCHAR"),
    ("kind", "VARCHAR"),
    ("table_name", "VARCHAR"),
    ("return_id", "VARCHAR"),
    ("column_name", "VARCHAR"),
    ("says", "VARCHAR"),
    ("dimension", "VARCHAR"),
    ("severity", "VARCHAR"),
    ("owner", "VARCHAR"),
    ("poisons", "VARCHAR"),
    ("outcome", "VARCHAR"),
    ("is_known", "BOOLEAN"),
    ("unexpected_count", "BIGINT"),
    ("examined", "BIGINT"),
)
"""Mart `quality_result`: the same for the same candidate, so without times and examples."""


def write_table(results: Sequence[CheckResult], path: Path) -> None:
    """Write every check's result as a table for readers of the marts, in a fixed order."""
    rows = [
        (
            *(result.suite, result.check, result.kind, result.table),
            "; ".join(sorted(result.return_ids)) or None,
            *(result.column, result.expected, result.dimension, result.severity, result.owner),
            "; ".join(result.poisons) or None,
            *(result.outcome, result.is_known, result.unexpected_count, result.examined),
        )
        for result in sorted(results, key=lambda r: (r.kind, r.suite, r.check, r.table))
    ]
    shape = ", ".join(f"{name} {kind}" for name, kind in TABLE_COLUMNS)
    marks = ", ".join("?" for _ in TABLE_COLUMNS)
    path.parent.mkdir(parents=True, exist_ok=True)
    quoted = str(path).replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE result ({shape})")
        connection.executemany(f"INSERT INTO result VALUES ({marks})", rows)  # noqa: S608
        connection.execute(f"COPY result TO '{quoted}' (FORMAT parquet)")
