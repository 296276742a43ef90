"""What of a failing row may be released: where it is, not what it says.

A check looks at figures before they are withheld. Its rows go into a release only as far as they
are public anyway: rows of marts, of seeds, and of returns that are shown as they were published.
Of all others the released results keep the keys, and `private.json` beside them has the rows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from expectations.verdict import CheckResult

AS_PUBLISHED = "published_as_is"
"""The profile of a return whose figures are all public."""
PUBLIC = ("marts.", "seeds.")
"""Schemas that hold only what is released, or lies in the project for everyone to read."""
PRIVATE_FILE = "private.json"
KEYS = (
    *("file", "file_name", "return_id", "layout_id", "source_sha256", "source_sheet"),
    *("source_row", "source_column", "table_id", "metric_id", "measure", "breakdown", "unit"),
    *("area_code", "from_area_code", "to_area_code", "subject_type", "subject_code"),
    *("parent_code", "board_code", "boundary", "segment", "period_type", "period_start"),
    *("period_end", "published_on", "split", "responsible_body", "care_type", "reason_code"),
    *("figure_id", "claim_id", "commitment_id", "programme_id", "population_id", "deflator_id"),
    *("lineage_id", "part", "plan_version", "vintage", "feature", "kind", "state", "fault"),
    *("profile_id", "edition", "peer_code", "financial_year", "id", "change", "explanation"),
)
"""Columns that say where a row is. No value, no text of a cell, no count."""

_TOLD_OF_A_VALUE = re.compile(r"(?i)conversion error|invalid input|out of range|could not convert")
_SHOWN = 5


def keys_of(examples: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say where the rows are, in words: one text a row."""
    return [
        ", ".join(f"{k} {row[k]}" for k in KEYS if row.get(k) not in (None, ""))
        for row in examples
        if any(row.get(k) not in (None, "") for k in KEYS)
    ]


def mask(
    result: CheckResult,
    tables: Collection[str],
    return_ids: Collection[str],
    open_returns: Collection[str],
) -> CheckResult:
    """Leave only keys of the rows that are not public.

    `tables` are those that the check looks at, `return_ids` the returns of a row that does not name
    its own, `open_returns` those whose figures are shown as they were published.
    """
    if tables and all(table.startswith(PUBLIC) for table in tables):
        return result
    are_open = bool(return_ids) and set(return_ids) <= set(open_returns)
    examples = [
        row if _is_open(row, open_returns, otherwise=are_open) else only_keys(row)
        for row in result.examples
    ]
    is_count = result.expectation == "row_count"
    detail = result.detail
    if not are_open and _TOLD_OF_A_VALUE.search(detail):
        detail = detail.split(":", 1)[0] + ": not shown, as it may tell a figure"
    return replace(
        result,
        examples=examples,
        observed=result.observed if are_open or is_count else result.unexpected_count,
        detail=detail,
    )


def only_keys(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row that say where it is."""
    return {name: value for name, value in row.items() if name in KEYS}


def _is_open(row: Mapping[str, Any], open_returns: Collection[str], *, otherwise: bool) -> bool:
    named = row.get("return_id")
    return otherwise if named is None else str(named) in open_returns


def write_private(results: Sequence[CheckResult], folder: Path) -> Path | None:
    """Keep the rows as they are for the operator alone; None where nothing failed.

    The folder is never part of a release, and only its owner can look into it.
    """
    kept = [
        {
            "suite": result.suite,
            "check": result.check,
            "table": result.table,
            "observed": result.observed,
            "examples": [dict(row) for row in result.examples],
            "detail": result.detail,
        }
        for result in results
        if result.examples or result.detail
    ]
    if not kept:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / PRIVATE_FILE
    path.unlink(missing_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1, ensure_ascii=False, default=str)
    return path
