"""Failures that are known: who looks after each, why it stands, how many rows, and until when.

`known_failures.yml` lists them. A failure is known only where every row that fails is of an entry,
none has more rows than it may, and none has expired: then it tells and does not block. What is more
than that counts with the check's own severity, so that a known failure cannot hide a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from expectations.suites import SQL_EXPECTATION, Suite, rows_query
from expectations.verdict import CheckResult

KNOWN_FILE = "known_failures.yml"
_NAME = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class KnownFailure(BaseModel):
    """Rows of one check that are known to fail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: str = Field(min_length=1, description="The suite, or `dbt tests`.")
    check: str = Field(min_length=1)
    match: dict[_NAME, str | int | bool | list[str | int]] = Field(
        default={}, description="Column → the text of its value, or a list of them; none: all rows."
    )
    rows: int = Field(ge=1, description="As many rows as are known; more are not.")
    owner: str = Field(min_length=3)
    reason: str = Field(min_length=20)
    expires: date
    needs_a_return: list[str] = Field(
        default=[], description="It may go when a file of one of these was read and nothing failed."
    )


class KnownFailures(BaseModel):
    """The list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    known: list[KnownFailure]


def load_known(path: Path) -> list[KnownFailure] | str:
    """Read the list; why it cannot be read otherwise. No file is no known failure."""
    if not path.exists():
        return []
    try:
        return KnownFailures.model_validate(yaml.safe_load(path.read_text("utf-8"))).known
    except (OSError, ValidationError, yaml.YAMLError) as error:
        return f"{path.name} cannot be read: {error}"


def judged_by_known(
    results: Sequence[CheckResult],
    known: Sequence[KnownFailure],
    queries: Mapping[tuple[str, str], str],
    connection: Connection,
    today: date,
) -> Iterator[CheckResult]:
    """Say of each failure whether it is known, by counting its rows; the others pass unchanged.

    `queries` are the SQL of the rows that each failed check finds.
    """
    for result in results:
        entries = [k for k in known if (k.suite, k.check) == (result.suite, result.check)]
        if not entries or result.outcome != "bad_data":
            yield result
            continue
        yield _judged(result, entries, queries.get((result.suite, result.check)), connection, today)


def _judged(
    result: CheckResult,
    entries: Sequence[KnownFailure],
    query: str | None,
    connection: Connection,
    today: date,
) -> CheckResult:
    expired = [entry for entry in entries if entry.expires < today]
    if expired:
        days = ", ".join(sorted({str(entry.expires) for entry in expired}))
        return replace(result, detail=_added(result.detail, f"known, but expired on {days}"))
    if query is None:
        return replace(
            result, detail=_added(result.detail, "known, but its rows are not to be had")
        )
    try:
        every, together, each = _counted(query, entries, connection)
    except SQLAlchemyError as error:
        said = f"known, but not comparable: {type(error).__name__}"
        return replace(result, detail=_added(result.detail, said))
    over = [(e, n) for e, n in zip(entries, each, strict=True) if n > e.rows]
    if together < every:
        said = f"{every - together} of {every} rows are not known"
    elif over:
        said = "; ".join(f"{n} rows where {e.rows} are known" for e, n in over)
    else:
        return replace(
            result,
            is_known=True,
            known_until=min(entry.expires for entry in entries),
            owner=entries[0].owner if len({e.owner for e in entries}) == 1 else result.owner,
            detail=_added(result.detail, " ".join(dict.fromkeys(e.reason for e in entries))),
        )
    return replace(result, detail=_added(result.detail, said))


def _added(detail: str, said: str) -> str:
    return f"{detail}; {said}" if detail else said


def _counted(
    query: str, entries: Sequence[KnownFailure], connection: Connection
) -> tuple[int, int, list[int]]:
    """Count all rows, those of any entry, and those of each."""
    conditions = [_condition(entry) for entry in entries]
    counts = ", ".join(f"count(*) FILTER ({c})" for c in conditions)
    either = " OR ".join(f"({c})" for c in conditions)
    asked = f"SELECT count(*), count(*) FILTER ({either}), {counts} FROM ({query}) AS failing"  # noqa: S608
    found = connection.exec_driver_sql(asked).fetchone() or (0, 0)
    every, together, *each = (int(n) for n in found)
    return every, together, each


def _condition(entry: KnownFailure) -> str:
    """The rows of an entry, as SQL."""
    parts = []
    for column, wanted in entry.match.items():
        listed = wanted if isinstance(wanted, list) else [wanted]
        texts = ", ".join("'" + _text(one).replace("'", "''") + "'" for one in listed)
        parts.append(f'CAST("{column}" AS VARCHAR) IN ({texts})')
    return " AND ".join(parts) or "true"


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def queries_of(suites: Mapping[str, Suite]) -> dict[tuple[str, str], str]:
    """The SQL of the rows that each SQL check finds, as it would be run by hand."""
    return {
        (name, check.name): rows_query(
            check.kwargs["unexpected_rows_query"].format(batch="audited"), suite.table
        )
        for name, suite in suites.items()
        for check in suite.checks
        if check.expectation == SQL_EXPECTATION
    }


def may_go(
    results: Sequence[CheckResult], known: Sequence[KnownFailure], returns: frozenset[str]
) -> Iterator[KnownFailure]:
    """Entries whose check ran on their return and found nothing."""
    passed = {(r.suite, r.check) for r in results if r.outcome == "passed"}
    for entry in known:
        is_read = not returns.isdisjoint(entry.needs_a_return)
        if is_read and (entry.suite, entry.check) in passed:
            yield entry


def unknown_checks(
    known: Sequence[KnownFailure], suites: Mapping[str, Suite], tests: Sequence[str]
) -> list[str]:
    """Entries that name no check there is. Where dbt told of no test, its entries are let be."""
    there = {(name, check.name) for name, suite in suites.items() for check in suite.checks}
    there |= {("dbt tests", test) for test in tests}
    return sorted(
        f"{entry.suite}.{entry.check}"
        for entry in known
        if (entry.suite, entry.check) not in there and (tests or entry.suite != "dbt tests")
    )
