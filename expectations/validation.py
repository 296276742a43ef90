"""Great Expectations on one read-only candidate: the only module that knows its interfaces."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from expectations.suites import SQL_EXPECTATION, Check, Suite, rows_query
from expectations.verdict import CheckOutcome, CheckResult, WhyNot

EXAMPLES = 5
"""Example rows kept of a failed check."""

_DATASOURCE = "candidate"
_SUMMARY = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}


class Validator:
    """Runs checks one at a time, so that each has its own time and its own breakage."""

    def __init__(self, datasource: Any, expectation_class: Any) -> None:
        # One asset whose query changes: the whole configuration is written out for each new one.
        self._asset = datasource.add_query_asset("audited", query="SELECT 1")
        self._whole = self._asset.add_batch_definition_whole_table("all")
        self._expectation_class = expectation_class
        self._engine = datasource.get_engine()

    def validate(self, name: str, suite: Suite) -> Iterator[CheckResult]:
        """Results of a suite's checks in their order; a check that raises is a broken one."""
        self._asset.query = f"SELECT * FROM {suite.table}"  # noqa: S608  # strict names
        batch = self._whole.get_batch()
        for check in suite.checks:
            started = time.perf_counter()
            found = self._examined(check)
            if "outcome" not in found:
                found |= self._outcome(batch, check)
            yield CheckResult(
                suite=name,
                table=suite.table,
                check=check.name,
                column=check.kwargs.get("column"),
                expectation=check.expectation,
                expected=check.says,
                dimension=check.dimension,
                severity=check.severity,
                owner=suite.owner_of(check),
                poisons=suite.poisoned_by(check),
                seconds=round(time.perf_counter() - started, 3),
                **found,
            )

    def _examined(self, check: Check) -> dict[str, Any]:
        """How many rows a check that says so is about; it does not apply where there are none."""
        if not check.examines:
            return {}
        try:
            with self._engine.connect() as connection:
                (count,) = connection.execute(text(check.examines)).fetchone() or (0,)
        except Exception as error:  # whatever it is, the check showed nothing
            return {"outcome": "broken_check", "detail": f"{type(error).__name__}: {error}"}
        if count:
            return {"examined": int(count)}
        said = "there is no row that it is about"
        why: WhyNot = "nothing_examined"
        return {"outcome": "not_applicable", "why": why, "detail": said, "examined": 0}

    def _outcome(self, batch: Any, check: Check) -> dict[str, Any]:
        try:
            is_sql = check.expectation == SQL_EXPECTATION
            expectation = self._expectation_class(check.expectation)(
                **(_aliased(check.kwargs) if is_sql else check.kwargs),
                severity="critical" if check.severity == "block" else "warning",
            )
            answer = batch.validate(expectation, result_format="COMPLETE" if is_sql else _SUMMARY)
        except Exception as error:  # whatever it is, the check showed nothing
            return {"outcome": "broken_check", "detail": f"{type(error).__name__}: {error}"}
        return read_answer(answer.to_json_dict())


def _aliased(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Let a query give `{batch}` an alias, or none.

    Great Expectations puts a subquery in its place, which has an alias of its own unless the
    query contains a JOIN.
    """
    wrapped = f"{rows_query(kwargs['unexpected_rows_query'], '{batch}')} ORDER BY ALL"
    return {**kwargs, "unexpected_rows_query": wrapped}


def read_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Outcome, observed value, unexpected count and example rows of one validation result."""
    broke = _exception_messages(answer.get("exception_info") or {})
    if broke:
        return {"outcome": "broken_check", "detail": "; ".join(broke)}
    outcome: CheckOutcome = "passed" if answer["success"] else "bad_data"
    result = answer.get("result") or {}
    rows = result.get("details", {}).get("unexpected_rows")
    if rows is not None:
        count = int(result["observed_value"])
        return {
            "outcome": outcome,
            "observed": count,
            "unexpected_count": count,
            "examples": rows[:EXAMPLES],
        }
    return {
        "outcome": outcome,
        "observed": result.get("observed_value", result.get("element_count")),
        "unexpected_count": result.get("unexpected_count"),
        "examples": [_as_row(value) for value in result.get("partial_unexpected_list", ())],
    }


def _as_row(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def _exception_messages(info: Mapping[str, Any]) -> list[str]:
    """Great Expectations reports one exception flat, and those of metrics by metric."""
    parts = [info] if "raised_exception" in info else list(info.values())
    return [
        str(part.get("exception_message")).strip()
        for part in parts
        if isinstance(part, Mapping) and part.get("raised_exception")
    ]


@contextmanager
def open_validator(url: str) -> Iterator[Validator]:
    """Great Expectations over one candidate, closed to the last connection at the end.

    Importing it takes seconds, hence only here. It keeps two engines, and either would bar the
    next writer from the file.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.expectations.registry import get_expectation_impl

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    datasource = context.data_sources.add_sql(
        _DATASOURCE, connection_string=url, create_temp_table=False
    )
    try:
        yield Validator(datasource, get_expectation_impl)
    finally:
        datasource.get_execution_engine().close()
        datasource.get_engine().dispose()
