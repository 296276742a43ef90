"""Metrics on the publishers' own files: published figures come out, and keep their contracts."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dbt_project.build import PROJECT
from tests.joinedup.conftest import Load
from tests.metric_contract import breaches

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("metric", "start", "expected"),
    [
        # Accident and emergency, from the England time series.
        ("ae_attendances", "2016-04-01", 23362301.0),
        ("ae_emergency_admissions", "2013-04-01", 3847572.0),
        # Beds and discharge.
        ("bed_occupancy_general_acute", "2019-10-01", 92.0),
        ("no_criteria_to_reside_remaining", "2023-01-01", 13964.9),
        ("no_criteria_to_reside_discharged_share", "2023-01-01", 39.8),
        ("virtual_ward_occupancy", "2024-06-01", 74.4),
    ],
)
def test_england_is_what_the_publisher_prints(
    real_marts: duckdb.DuckDBPyConnection, metric: str, start: str, expected: float
) -> None:
    """Given the publishers' files, then England's figure is the published one, as rounded."""
    found = real_marts.execute(
        "select value from metric_value where metric_id = ? and area_code = 'E92000001' "
        "and period_start = cast(? as date) and boundary = 'as_reported' "
        "order by period_end desc limit 1",
        [metric, start],
    ).fetchone()
    assert found is not None
    if expected > 1e6:
        assert found[0] == pytest.approx(expected, rel=1e-6)
    else:
        assert round(found[0], 1) == expected


@pytest.mark.parametrize(("start", "published"), [("2017-04-01", 12.3), ("2018-04-01", 10.3)])
def test_delayed_transfers_are_within_a_step_of_the_framework(
    real_marts: duckdb.DuckDBPyConnection, start: str, published: float
) -> None:
    """Given other populations than the publisher had, then the rate is within 0.1 of its own."""
    found = real_marts.execute(
        "select value from metric_value where metric_id = 'ascof_delayed_transfers' "
        "and area_code = 'E92000001' and period_type = 'financial_year' "
        "and period_start = cast(? as date) and boundary = 'as_reported'",
        [start],
    ).fetchone()
    assert found is not None
    assert abs(found[0] - published) < 0.1


def england_outcomes(lake: Path, return_id: str) -> dict[tuple[str, str, str, date], str]:
    """England's outcomes of all people as the cells of a return print them, by place and year."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select cast(table_id as varchar), cast(measure as varchar), "
            "cast(breakdown as varchar), "
            "period_start, raw_text from read_parquet(?) "
            "where subject_type = 'country' and measure like 'ascof_outcome_%' "
            "and regexp_full_match(cast(breakdown as varchar), '[^;]*(;disaggregation=total)?')",
            [str(lake / "observations" / return_id / "*.parquet")],
        ).fetchall()
    found = {
        (table, measure, breakdown, start): text for table, measure, breakdown, start, text in rows
    }
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize(
    ("return_id", "outcomes", "figures"), [("ascof_open", 21, 13), ("ascof", 135, 98)]
)
def test_every_outcome_of_the_framework_is_england_s_figure(
    real_load: Load,
    real_marts: duckdb.DuckDBPyConnection,
    return_id: str,
    outcomes: int,
    figures: int,
) -> None:
    """Given the frameworks of 2020-21 and 2024-25, then each outcome for England is a metric's.

    What a cell gives without a number, the metric does not give either.
    """
    with (PROJECT / "seeds" / "metric_sources.csv").open(encoding="utf-8") as seed:
        metrics = {
            (row["table_id"], row["measure"], row["breakdown"]): row["metric_id"]
            for row in csv.DictReader(seed)
            if row["return_id"] == return_id
        }
    shown = {
        (metric, start): value
        for metric, start, value in real_marts.execute(
            "select metric_id, period_start, value from metric_value "
            "where area_code = 'E92000001' and period_type = 'financial_year' "
            "and boundary = 'as_reported'"
        ).fetchall()
    }
    printed = england_outcomes(real_load.home / "lake", return_id)
    assert len(printed) == outcomes
    places = {(table, measure, breakdown) for table, measure, breakdown, _ in printed}
    assert places == set(metrics)
    differing = {
        (table, breakdown, start): (text, figure)
        for (table, measure, breakdown, start), text in printed.items()
        if (figure := shown.get((metrics[table, measure, breakdown], start))) != number(text)
    }
    assert differing == {}
    assert sum(number(text) is not None for text in printed.values()) == figures


def number(text: str) -> float | None:
    """Read a printed figure; a bracket beside it has another, which no metric gives."""
    first = text.split(" (")[0]
    return None if first in ("[x]", "[z]") else float(first)


def test_every_figure_keeps_its_contract(real_marts: duckdb.DuckDBPyConnection) -> None:
    """Given every rule that a contract sets, then no figure of the real files breaks one."""
    assert breaches(real_marts, "") == []


def test_the_shares_of_bodies_and_reasons_add_up(real_marts: duckdb.DuckDBPyConnection) -> None:
    """Given shares of delayed days, then bodies, and reasons, add up to 100 in every month."""
    for pattern in ("delayed_days_(nhs|social_care|both)_share", "delayed_days_reason_.*_share"):
        rows = real_marts.execute(
            "select period_start, sum(value) from metric_value where area_code = 'E92000001' "
            "and period_type = 'month' and boundary = 'as_reported' "
            "and regexp_full_match(metric_id, ?) group by 1",
            [pattern],
        ).fetchall()
        assert len(rows) == 115
        assert {round(total, 6) for _, total in rows} == {100.0}
