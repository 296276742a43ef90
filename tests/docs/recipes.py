"""Code blocks of the pages under docs/bi, and the answer that each recipe has to give."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from joinedup.settings import PROJECT_ROOT

PAGES = PROJECT_ROOT / "docs" / "bi"

Row = tuple[str, float | None, str, float | None, float | None]
"""Council, rate, status, England's rate, England's plan."""


def blocks(page: str, language: str) -> list[str]:
    """Give the code blocks of a page in a language, in their order."""
    text = (PAGES / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def question() -> str:
    """Give the SQL of the question that every recipe answers."""
    (sql,) = blocks("README.md", "sql")
    return sql


def read_answer(text: str) -> list[Row]:
    """Read what a recipe printed; an empty cell is null."""
    rows = list(csv.DictReader(io.StringIO(text.strip())))
    return [
        (
            row["council"],
            _number(row["rate"]),
            row["value_status"],
            _number(row["england"]),
            _number(row["england_plan"]),
        )
        for row in rows
    ]


def _number(text: str) -> float | None:
    return float(text) if text else None


def rounded(rows: Sequence[Row]) -> list[Row]:
    """Leave out what programs print differently, beyond the sixth digit after the point."""
    return [(row[0], _six(row[1]), row[2], _six(row[3]), _six(row[4])) for row in rows]


def _six(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def answer(marts: Path) -> list[Row]:
    """Work the answer out from a release in another way than the recipes: figure by figure."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        connection.execute("use marts.marts")
        figures = connection.execute(
            "select area_code, value, value_status, denominator from metric_value "
            "where metric_id = 'delayed_days_per_100k_adults' and boundary = 'current' "
            "and period_type = 'financial_year' and period_start = '2015-04-01'"
        ).fetchall()
        names = connection.execute("select area_code, name, area_type from area").fetchall()
        ((planned,),) = connection.execute(
            "select planned from bcf_outturn where measure = 'delayed_days' "
            "and scenario = 'planned' and outturn_source = 'open_returns' "
            "and plan_version = 'reset' and area_code = 'E92000001' "
            "and period_start = '2015-04-01'"
        ).fetchall()
    councils = {code: name for code, name, kind in names if kind == "council"}
    ((england, adults),) = [
        (value, denominator) for code, value, _, denominator in figures if code == "E92000001"
    ]
    rows = [
        (councils[code], value, status, england, planned / adults * 100_000)
        for code, value, status, _ in figures
        if code in councils
    ]
    return sorted(rows, key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))
